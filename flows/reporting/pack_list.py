"""The reports of ``reports.yaml`` with what became of the last one of each, and every mail of theirs."""

from os import environ
from typing import Any

from audits.errors import WrongUse
from audits.instants import instant_of, moment_of
from config.clock import now
from config.mapping import load_mapping
from config.report_times import unsent
from config.reports import Report, load_reports
from config.settings import Settings
from config.trail import key_of
from flows.reporting.pack_answers import Answered, answers, listed
from flows.reporting.pack_entries import row_of
from tasks.store import Store, open_store


def reports_listed(settings: Settings, source: str = "") -> list[dict[str, Any]]:
    """One row a report: what it is, to whom with which files, and the last entry with its mails' answers.

    Raises:
        WrongUse: ``reports.yaml`` or a mapping is wrong.
    """
    out, faults = [], unsent(settings, instant_of(now()))
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        for name, report in load_reports(settings.reports).reports.items():
            of = load_mapping(source or report.source or settings.source, dict(environ)).file.source
            out.append(_row(name, report, of, faults.get(name)) | {"last": _last(settings, store, of, name)})
    return out


def _row(name: str, report: Report, source: str, fault: WrongUse | None) -> dict[str, Any]:
    return {
        "report": name, "source": source, "title": report.title.model_dump(), "every": str(report.period),
        "when": report.when, "enabled": report.enabled, "limit_mb": report.limit_mb,
        "recipients": [{"to": one.named, "files": list(report.files_for(one))} for one in report.recipients],
        "fault": str(fault) if fault else "",
    }  # fmt: skip


def _last(settings: Settings, store: Store, source: str, name: str) -> dict[str, Any] | None:
    known = store.known_packs(source)
    mine = known[known["report"] == name]
    if mine.empty:
        return None
    row = row_of(mine.iloc[-1].to_dict())
    return {
        "period": row.period, "n": row.n, "state": row.state, "note": row.note,
        "as_of": moment_of(row.as_of).isoformat() if row.as_of else "", "folder": row.folder,
        "mails": listed(answers(settings, store, source).get(row.run, [])),
    }  # fmt: skip


def mails_listed(settings: Settings, store: Store, source: str) -> list[dict[str, Any]]:
    """Every mail of a source's reports, in the order in which they were made.

    Returns:
        ``report``, ``period``, ``n``, ``state`` of the report and ``note`` on it, and the fields of ``Answered``.
    """
    told = answers(settings, store, source)
    rows = map(row_of, store.known_packs(source).to_dict("records"))
    return [
        _mail(row.report, row.period, row.n, row.state, row.note, one)
        for row in rows
        for one in told.get(row.run, [])
    ]


def _mail(report: str, period: str, n: int, state: str, note: str, one: Answered) -> dict[str, Any]:
    return {"report": report, "period": period, "n": n, "pack": state, "note": note, **listed([one])[0]}
