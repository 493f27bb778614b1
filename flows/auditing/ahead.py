"""What an audit knows of the time to come: duties still running, the next run, and the officer's day."""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.context import Judgement
from audits.current import with_findings
from audits.errors import ClausewatchError
from audits.instants import DAY, HOUR
from audits.judge import Judged, obligations
from audits.ladder import us
from audits.marking import joined, marks_of
from audits.soon import Ahead, to_account_managers
from audits.watched import nearly_due
from audits.words import Verdict
from config.due import due_between
from config.schedules import load_schedules
from flows.auditing.run import AuditRun

Bools = npt.NDArray[np.bool_]
#: No next run and no holiday is further off.
_HORIZON = timedelta(days=14) // timedelta(microseconds=1)


def ahead_of(run: AuditRun, judged: Judged) -> Ahead:
    """What planning is told of the time to come; where no schedule says when the next run is, one a day is meant.

    ``run.day`` must stand: an officer with nothing open, running or to call gets no mail.
    """
    later = _next_audit(run) or run.as_of + DAY
    run.running = pending = _running(run, judged)
    if run.looks:  # it comes again soon: what falls due tomorrow can wait until then
        pending, later = _nearly_due(run, judged, pending), run.as_of + HOUR
    day = run.day
    anything = day["open"]["n"] or day["calls"] or any(one["n"] for one in day["falling_due"])
    return Ahead(pending, later, officers_day=bool(anything))


def _nearly_due(run: AuditRun, judged: Judged, running: pd.DataFrame) -> pd.DataFrame:
    """Those whose holder must hear of them now, for a mail could not go out in time later."""
    if running.empty:
        return running
    out = nearly_due(running, run.as_of).to_numpy()
    opens = judged.rules.hours.due_after(out, np.ones(len(out), np.int64)).earliest - 1
    near: pd.DataFrame = running[us(running["due_at"]) <= np.maximum(opens, out)]
    return near


def _next_audit(run: AuditRun) -> int | None:
    """When the source is audited next by the schedules; None where none audits, or nobody can read them."""
    names = {run.request.source or run.settings.source, run.facts.source if run.facts else ""}
    begin = run.as_of + 1
    with suppress(ClausewatchError):
        audits = load_schedules(run.settings).of("audit")
        mine = [one for one in audits if one.source in names] or audits
        found = [due_between(one.rule, begin, begin + _HORIZON).instants[:1] for one in mine]
        return min((at for first in found for at in first), default=None)
    return None


def _running(run: AuditRun, judged: Judged) -> pd.DataFrame:
    """Pending duties that fall due within two weeks, with identity and marks."""

    def falls_due(made: Judgement) -> Bools:
        due = made.outcome.due
        near = (due > judged.as_of) & (due <= judged.as_of + _HORIZON)
        return np.asarray((made.outcome.verdict == Verdict.PENDING) & near)

    rows = with_findings(judged, obligations(judged, falls_due))
    rows = to_account_managers(rows, judged.rules.cards, judged.facts)
    if rows.empty:
        return rows.assign(marks="")
    return rows.assign(marks=joined(marks_of(rows, run.known, run.as_of, judged.period)))
