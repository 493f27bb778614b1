"""The reports of ``reports.yaml`` with what became of the last one of each."""

from os import environ
from typing import Any

from audits.instants import moment_of
from config.mapping import load_mapping
from config.reports import Report, load_reports
from config.settings import Settings
from config.trail import key_of
from tasks.store import Store, open_store


def reports_listed(settings: Settings, source: str = "") -> list[dict[str, Any]]:
    """One row a report: what it is, to whom with which files, and the last entry with its mails' answers.

    Raises:
        WrongUse: ``reports.yaml`` or a mapping is wrong.
    """
    out = []
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        for name, report in load_reports(settings.reports).reports.items():
            of = load_mapping(source or report.source or settings.source, dict(environ)).file.source
            out.append(_row(name, report, of, _last(store, of, name)))
    return out


def _row(name: str, report: Report, source: str, last: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "report": name, "source": source, "title": report.title.model_dump(), "every": str(report.period),
        "when": report.when, "enabled": report.enabled, "limit_mb": report.limit_mb,
        "recipients": [{"to": one.named, "files": list(report.files_for(one))} for one in report.recipients],
        "last": last,
    }  # fmt: skip


def _last(store: Store, source: str, name: str) -> dict[str, Any] | None:
    known = store.known_packs(source)
    mine = known[known["report"] == name]
    if mine.empty:
        return None
    row = mine.iloc[-1]
    run = f"pack {name} {row['period']} {row['n']}"
    mails = [
        {
            "to": one.recipient or one.person_id,
            "state": one.state,
            "answer": f"{one.code or ''} {one.text}".strip(),
        }
        for one in store.proof_of_packs(source)
        if one.of == run
    ]
    as_of = int(row["as_of"])
    return {
        "period": str(row["period"]), "n": int(row["n"]), "state": str(row["state"]), "note": str(row["note"]),
        "as_of": moment_of(as_of).isoformat() if as_of else "", "folder": str(row["folder"]), "mails": mails,
    }  # fmt: skip
