"""How long answers and solutions took, beside their limits: one distribution for each limit and clock.

A verdict says on which side of its limit a duty lies; the distribution says how close. Lengths are counted
by the clock they are shown for, pauses taken away where a reading grants them. Bins are tenths of a limit and
are decided in integers: exactly on the limit is inside, and no bin says other than the verdict.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from audits.checks.outcome import Outcome
from audits.clocks import ElapsedClock, OpeningHours
from audits.context import Context, Judgement
from audits.duties import limits
from audits.judge import Judged
from audits.pauses import Pauses
from audits.words import NAT, Reason, Verdict

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Bins of a tenth of the limit up to twice the limit; one more holds what took longer.
BINS: Final = 20
#: Bins that lie inside the limit.
INSIDE: Final = 10
#: Under so many no shape can be seen: each length is given by itself.
FEW: Final = 20


def times(judged: Judged) -> list[dict[str, Any]]:
    """The distributions of the period, a row for each limit that the audit of timing judges.

    Returns:
        ``clause``, ``service_type``, ``act`` (``response`` or ``resolution``), ``limit_us`` and ``clocks``,
        the deciding one first. Of each: ``clock``, ``deciding``, ``n`` (duties with a known length),
        ``inside`` and ``late`` of them, ``open`` (late ones still running, counted up to ``as_of``),
        ``no_length`` (judged from a bound, or beyond the calendar), ``bins`` (``BINS`` and one more),
        ``median_us`` and ``p90_us`` (nearest rank), ``thousandths`` (of fewer than ``FEW`` each length, in
        thousandths of its limit; else empty).
    """
    context = Context(judged.facts, judged.rules, judged.as_of, judged.period)
    return [_limit(judged, context, made) for made in judged.made.values() if is_limit(made)]


def is_limit(made: Judgement) -> bool:
    """Whether a clause is one of the audit of timing's limits, judged by both clocks."""
    return made.card.audit == "timing" and made.card.check == "deadline" and made.other is not None


def _limit(judged: Judged, context: Context, made: Judgement) -> dict[str, Any]:
    amount, _ = context.limit_of(limits(made.card), made.anchor)
    granted = context.ask("pauses", made.card) == "recorded" if "pauses" in made.card.readings else False
    paused = context.pauses_of(made.view, made.rows) if granted else None
    second = "open_hours" if made.clock == "elapsed" else "elapsed"
    both = ((made.clock, made.outcome), (second, made.other))
    dated = limits(made.card)
    return {
        "clause": made.card.id,
        "service_type": made.card.where["service_type"],
        "act": "response" if made.card.obligation_key == "first_response" else "resolution",
        "limit_us": dated[_in_force(sorted(dated), judged.period.last_day.isoformat())].amount,
        "clocks": [
            {"clock": name, "deciding": name == made.clock, **_by(judged, made, out, name, amount, paused)}
            for name, out in both
            if out is not None
        ],
    }


def _in_force(days: list[str], day: str) -> str:
    return ([since for since in days if since <= day] or days[:1])[-1]


def _by(
    judged: Judged, made: Judgement, out: Outcome, name: str, amount: Ints, paused: Pauses | None
) -> dict[str, Any]:
    """The distribution by one clock."""
    decided = judged.in_period(made) & np.isin(out.verdict, (Verdict.MET, Verdict.BREACHED))
    late = out.verdict == Verdict.BREACHED
    counted = _counted(judged, made, out, name, paused)
    known = decided & (counted != NAT)
    tenths = in_bins(counted[known], amount[known], late[known])
    lengths = np.sort(counted[known])
    few = np.sort(_thousandths(counted[known], amount[known], late[known]))
    return {
        "n": len(lengths),
        "inside": int((known & ~late).sum()),
        "late": int((known & late).sum()),
        "open": int((known & late & (out.done == NAT)).sum()),
        "no_length": int((decided & ~known).sum()),
        "bins": [int(n) for n in np.bincount(tenths, minlength=BINS + 1)],
        "median_us": nearest_rank(lengths, 50),
        "p90_us": nearest_rank(lengths, 90),
        "thousandths": [int(one) for one in few] if len(few) < FEW else [],
    }


def _counted(judged: Judged, made: Judgement, out: Outcome, name: str, paused: Pauses | None) -> Ints:
    """Microseconds from start to end by a clock, to ``as_of`` where there is no end yet; NAT where unknown."""
    clock: ElapsedClock | OpeningHours = judged.rules.hours if name == "open_hours" else ElapsedClock()
    bounded = (out.reason == Reason.BOUNDED) | (
        made.view.after(str(made.card.parameters["to"]))[made.rows] != NAT
    )
    end = np.where(out.done == NAT, judged.as_of, out.done)
    return np.where(bounded, NAT, clock.open_between(made.anchor, end, paused))


def in_bins(counted: Ints, amount: Ints, late: Bools) -> Ints:
    """The bin of each length: tenths of its limit, closed above, so that exactly on the limit is inside.

    A duty whose opening hours end with its last counted moment can be late without one more moment counted:
    then the verdict says on which side of the limit it stands.
    """
    tenths = np.clip((INSIDE * counted + amount - 1) // amount - 1, 0, BINS)
    return np.asarray(np.where(late, np.maximum(tenths, INSIDE), np.minimum(tenths, INSIDE - 1)))


def _thousandths(counted: Ints, amount: Ints, late: Bools) -> Ints:
    """Each length in thousandths of its limit, rounded up; what is late is more than the limit."""
    exact = (1000 * counted + amount - 1) // amount
    return np.asarray(np.where(late, np.maximum(exact, 1001), np.minimum(exact, 1000)))


def nearest_rank(ordered: Ints, percent: int) -> int | None:
    """The least value that at least ``percent`` per cent do not exceed; None of nothing."""
    if not len(ordered):
        return None
    return int(ordered[-(-len(ordered) * percent // 100) - 1])
