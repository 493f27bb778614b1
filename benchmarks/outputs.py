"""What both sides leave behind, in one shape, so that they can be compared to the last row."""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audits.errors import ClausewatchError
from audits.instants import SECOND
from benchmarks.load import AS_OF

#: Clauses that are measured: those the load's entities connect.
CLAUSES: Final = (
    *(f"ECS-1.3-{act}-{kind}" for kind in ("CONSULT", "TECH", "COMPLAINT", "EMERGENCY")
      for act in ("RESPONSE", "RESOLVE", "OVERTIME")),
    "ECS-2.4-QA-BEFORE-DELIVERY", "ECS-2.4-QA-RATE-95", "ECS-2.4-QA-ITEMS-95",
    "ECS-2.4-ACCEPT-5WD", "ECS-2.4-SURVEY-3WD", "ECS-2.4-SURVEY-RETURN-80",
)  # fmt: skip
#: A count: clause, team ("" where records have none), verdict, verdict by the other clock ("" where none).
Key = tuple[str, str, str, str]
FINDINGS: Final = pa.schema(
    [("clause", pa.string()), ("record", pa.string()), ("due", pa.int64()), ("done", pa.int64())]
)


@dataclass(frozen=True)
class Outputs:
    """The result of one run.

    Args:
        counts: obligations by clause, team, verdict and verdict by the other clock.
        findings: breached rows; columns ``FINDINGS`` (text may be of any Arrow kind), in any order.
    """

    counts: dict[Key, int]
    findings: pa.Table

    def checksum(self) -> dict[str, int]:
        """Small figures that tell a different result at once; instants are summed as seconds before the audit's."""
        return {
            "obligations": sum(self.counts.values()),
            "findings": self.findings.num_rows,
            "due": _seconds(self.findings["due"]),
            "done": _seconds(self.findings["done"]),
        }


def _seconds(instants: pa.ChunkedArray) -> int:
    return int(pc.sum(pc.divide(pc.subtract(AS_OF, instants), SECOND)).as_py() or 0)


class Mismatch(ClausewatchError):
    """The two sides do not say the same: nothing is timed."""


def compare(ours: Outputs, theirs: Outputs) -> None:
    """Prove that both sides left the same counts and the same findings, to the last row.

    Raises:
        Mismatch: they did not; the first difference is named.
    """
    for key in sorted(ours.counts.keys() | theirs.counts.keys()):
        mine, other = ours.counts.get(key, 0), theirs.counts.get(key, 0)
        if mine != other:
            raise Mismatch(f"ours counts {mine}, by hand {other}", " / ".join(filter(None, key)), _DO)
    mine, other = (_sorted(side.findings) for side in (ours, theirs))
    if mine.num_rows != other.num_rows:
        raise Mismatch(f"ours has {mine.num_rows} findings, by hand {other.num_rows}", "findings", _DO)
    for name in FINDINGS.names:
        if not mine[name].equals(other[name]):
            raise Mismatch(*_first_difference(mine, other, name), _DO)


_DO: Final = "find out which side is wrong, and correct it"


def _sorted(findings: pa.Table) -> pa.Table:
    table = findings.select(FINDINGS.names).cast(FINDINGS)
    return table.sort_by([("clause", "ascending"), ("record", "ascending")]).combine_chunks()


def _first_difference(mine: pa.Table, other: pa.Table, name: str) -> tuple[str, str]:
    both = zip(mine.to_pylist(), other.to_pylist(), strict=True)
    one, two = next((one, two) for one, two in both if one[name] != two[name])
    return f"{name} is {one[name]} in ours, {two[name]} by hand", f"finding {one['clause']} / {one['record']}"
