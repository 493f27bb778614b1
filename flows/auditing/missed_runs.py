"""Expected runs that did not come since the last report, for the report that follows."""

from typing import Any

from audits.saying import iso
from flows.auditing.run import AuditRun
from flows.serving.expecting import lines
from reports.runs import worded
from tasks.store.expected import Change

_BAD = ("late", "missed", "failed", "withheld")


def missed_runs(run: AuditRun) -> list[dict[str, Any]]:
    """Rows of this source, and of what serves all, that were an alarm and fell due since the last report.

    They are said among the run's alarms too. Made good for or not, they stand: a report that comes late says so.

    Returns:
        ``schedule``, ``kind`` (late, missed, killed, failed, withheld), ``n``, ``first`` and ``last`` instant due, ``periods``.
    """
    facts, settings = run.facts, run.settings
    zone = facts.zone if facts else "UTC"
    ours = {"", run.request.source or settings.source, facts.source if facts else ""}
    since = None if run.reported is None else run.reported + 1
    rows = run.store.expected.rows(since=since, until=run.as_of)
    changes = [
        Change(row, row.state, row.noted, row.alarm or row.state)
        for row in rows
        if row.key.source in ours and (row.alarm or row.state in _BAD)
    ]
    found = [
        {
            "schedule": one.schedule,
            "kind": one.alarm,
            "n": one.n,
            "first": iso(one.first, zone),
            "last": iso(one.last, zone),
            "periods": list(one.periods),
        }
        for one in lines(changes)
    ]
    run.alarms.extend(worded(one, run.lang) for one in found)
    return found
