"""What every check returns: verdict, reason and evidence, one entry a row."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


@dataclass
class Outcome:
    """Verdicts of one check over n rows.

    Args:
        verdict: ``Verdict`` codes, int8.
        reason: ``Reason`` codes, int8.
        field: position in ``fields`` of the field a ``no_data`` is blamed on, -1 for none.
        due: instant the obligation falls due (NAT where the calendar cannot say).
        done: instant of the evidence (NAT where there is none).
    """

    verdict: Bytes
    reason: Bytes
    field: Bytes
    due: Ints
    done: Ints

    @classmethod
    def blank(cls, due: Ints, done: Ints) -> "Outcome":
        """All rows undecided yet; every check then settles them in the order of its rules."""
        n = len(due)
        return cls(np.full(n, -1, np.int8), np.zeros(n, np.int8), np.full(n, -1, np.int8), due, done)

    def settle(self, where: Bools, verdict: Verdict, reason: Reason, field: int = -1) -> None:
        """Give the rows of ``where`` that have no verdict yet this one: the first rule that fits counts."""
        rows = np.flatnonzero(where & (self.verdict < 0))  # places are many times quicker to fill than a mask
        self.verdict[rows], self.reason[rows], self.field[rows] = verdict, reason, field

    def settle_holes(self, holes: npt.NDArray[np.int16], field: int) -> None:
        """Rows with a hole are ``no_data`` with the hole's own reason."""
        rows = np.flatnonzero((holes != 0) & (self.verdict < 0))
        self.verdict[rows], self.reason[rows], self.field[rows] = Verdict.NO_DATA, holes[rows], field


def after(start: Ints, budget: int) -> Ints:
    """``start + budget``, NAT where start is null."""
    return np.where(start == NAT, NAT, start + budget)
