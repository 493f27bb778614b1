"""Did it happen in the order that is asked?

What: stamps that must not run backwards, or an act that must follow a trigger. Why: a signature before
the test proves nothing. Edges: equal stamps are in order, and so are two of one day where one has no
time of day (reading same_day_after). A person clears the finding by nothing: order cannot be mended,
only explained.
"""

import numpy as np
import numpy.typing as npt

from audits.words import DAY, NAT

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def runs_back(steps: list[Ints], coarse: list[Bools]) -> Bools:
    """Rows in which a later step is stamped before an earlier one; steps without a stamp are passed over.

    Args:
        steps: instants of the steps in the order asked, NAT where a step has no stamp.
        coarse: for each step, rows whose stamp has no time of day (local midnight).
    """
    wrong = np.zeros(len(steps[0]), bool)
    reached = np.full(len(steps[0]), NAT, np.int64)
    for step, by_day in zip(steps, coarse, strict=True):
        until = np.where(by_day & (step != NAT), step + DAY - 1, step)
        wrong |= (step != NAT) & (reached != NAT) & (reached > until)
        reached = np.maximum(reached, step)
    return wrong
