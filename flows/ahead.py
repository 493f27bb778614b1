"""What an audit knows of the time to come: duties still running, the next run, and the officer's day."""

from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.context import Judgement
from audits.current import with_findings
from audits.instants import DAY
from audits.judge import Judged, obligations
from audits.marking import joined, marks_of
from audits.soon import Ahead, to_account_managers
from audits.words import Verdict
from config.cron import next_run
from flows.run import AuditRun

Bools = npt.NDArray[np.bool_]
#: No next run and no holiday is further off.
_HORIZON = timedelta(days=14) // timedelta(microseconds=1)


def ahead_of(run: AuditRun, judged: Judged) -> Ahead:
    """What planning is told of the time to come; a cron nobody can read means a run a day.

    ``run.day`` must stand: an officer with nothing open, running or to call gets no mail.
    """
    zone = judged.facts.zone
    later = next_run(run.settings.nightly, run.as_of, zone) or run.as_of + DAY
    run.running = _running(run, judged)
    day = run.day
    anything = day["open"]["n"] or day["calls"] or any(one["n"] for one in day["falling_due"])
    return Ahead(run.running, later, officers_day=bool(anything))


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
