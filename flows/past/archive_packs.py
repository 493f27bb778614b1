"""What became of reports that are sent, for the pages over all reports; the store knows it, and no folder."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd
from sqlalchemy.engine import make_url

from audits.instants import instant_of
from audits.saying import iso
from audits.words import Words
from config.calendars import load_calendar
from config.reports import Report, load_reports
from config.settings import Settings
from flows.reporting.pack_answers import Answered, answers
from flows.reporting.pack_entries import WENT, row_of, withheld_before
from reports.archive.packs import Mailed, Packed
from reports.archive.pages import Line
from tasks.store import open_store
from tasks.store.packs import PackRow

#: What to do about each reason, in order; the mails to officer and engineer say it in full.
_STEPS: Final = {
    "no_snapshot": ("audit", "again"),
    "behind": ("audit", "again"),
    "stale": ("audit", "again"),
    "preview": ("look", "live", "again"),
    "books": ("makers",),
    "nobody": ("people", "again"),
    "failed": ("again",),
}


def packs_told(settings: Settings) -> list[tuple[PackRow, Packed]]:
    """Every entry of the store, the oldest first; none where there is no store yet.

    Raises:
        ClausewatchError: the store cannot be read, or a file that people edit is wrong.
    """
    url = settings.store_url.get_secret_value()
    if not _is_made(url):
        return []
    reports = load_reports(settings.reports).reports
    zone = load_calendar(settings.calendar, settings.company_calendar).zone_name
    with open_store(url, settings.store_wait_s) as store:
        known = store.known_packs()
        mails = {source: answers(settings, store, str(source)) for source in known["source"].unique()}
    out = []
    for _, rows in known.groupby(["source", "report", "period"], sort=False):
        for at, row in zip(rows["made_at"], map(row_of, rows.to_dict("records")), strict=True):
            found = mails[row.source].get(row.run, [])
            out.append((row, _packed(row, rows, int(at), zone, reports.get(row.report), found)))
    return out


def _is_made(url: str) -> bool:
    """Whether there is a store: the pages make none."""
    parsed = make_url(url)
    return not parsed.drivername.startswith("sqlite") or Path(parsed.database or "").exists()


def _packed(
    row: PackRow, rows: pd.DataFrame, at: int, zone: str, report: Report | None, found: list[Answered]
) -> Packed:
    def local(instant: int) -> str:
        return str(iso(instant, zone))

    title = Words(report.title.in_("zh"), report.title.in_("en")) if report else Words(row.report, row.report)
    mails = tuple(Mailed(one.to, one.state, one.answer, _local(one.at, zone)) for one in found)
    entered = local(at)
    if row.state not in WENT:
        tried = local(row.as_of) if row.as_of else ""
        return Packed(
            row.report,
            title,
            row.state,
            entered,
            why=row.note,
            tried=tried,
            steps=tuple(_steps(row)),
            mails=mails,
        )
    late = withheld_before(rows, row.n)
    restated = int(((rows["state"] == "sent") & (rows["n"] < row.n)).sum()) if row.state == "sent" else 0
    since = (late.why, _local(late.since, zone)) if late else None
    return Packed(row.report, title, row.state, entered, restated, late=since, mails=mails)


def _local(text: str, zone: str) -> str:
    return str(iso(instant_of(datetime.fromisoformat(text)), zone)) if text else ""


def _steps(row: PackRow) -> Iterator[tuple[str, str]]:
    """What to do, with the command or place of each step."""
    said = {
        "audit": f"clausewatch audit --source {row.source}",
        "again": f"clausewatch pack send {row.report} --period {row.period}",
        "live": f"clausewatch live {row.source} --pilot",
        "look": Path(row.folder).name,
    }
    for key in _STEPS.get(row.note, ("again",)):
        yield key, said.get(key, "")


def lines_of(told: list[tuple[PackRow, Packed]], listed: set[str]) -> Iterator[Line]:
    """Entries whose folder is not listed: those withheld before there was one, and those whose folder is gone."""
    for row, packed in told:
        if not row.folder:
            yield Line(row.source, row.period, packed.at, state="withheld", pack=packed)
        elif Path(row.folder).name not in listed:
            state = "gone" if row.state in WENT else "withheld"
            yield Line(row.source, row.period, packed.at, state=state, pack=packed)
