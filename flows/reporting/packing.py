"""Which report is asked for, of which period and snapshot; and what is refused before anything is judged."""

import json
from dataclasses import dataclass
from os import environ
from pathlib import Path

from audits.errors import ClausewatchError, WrongUse
from audits.instants import HOUR, instant_of
from audits.periods import Period, Unit, parse, period_of
from audits.words import Words
from audits.zones import zone
from config.clock import now
from config.mapping import load_mapping
from config.reports import Report, load_reports, report_named
from config.settings import Settings
from reports.format import instant


class Held(ClausewatchError):
    """A report is not sent to its readers: why, and what to do (law 19, 20).

    Args:
        why: code of the reason, see ``reports.mail.withheld``.
        values: what the sentence about it names.
        todo: keys and values of what to do.
        as_of: instant of the snapshot; 0 without any.
    """

    exit_code = 1

    def __init__(
        self,
        why: str,
        found: str,
        where: str,
        todo: tuple[tuple[str, str], ...],
        *,
        as_of: int = 0,
        **values: object,
    ) -> None:
        super().__init__(found, where, "; ".join(value for _, value in todo if value))
        self.why, self.todo, self.as_of, self.values = why, todo, as_of, values

    @property
    def still_owed(self) -> bool:
        """Whether it goes once the cause is over; what a preview keeps back was never to go (law 16)."""
        return self.why != "preview"


@dataclass(frozen=True)
class Wanted:
    """One report that is asked for.

    Args:
        name, report: as ``config/reports.yaml`` has it.
        place: how readers reach ``out/``.
        source: the source's own name; ``zone``: its zone.
        asked: whether a person named the period or the snapshot.
        snapshot: folder of the snapshot to judge; None where there is none.
        as_of: instant it was judged at, microseconds.
    """

    name: str
    report: Report
    place: str
    source: str
    zone: str
    period: Period
    asked: str
    snapshot: Path | None
    as_of: int

    @property
    def title(self) -> Words:
        """What it is called."""
        return Words(self.report.title.in_("zh"), self.report.title.in_("en"))

    @property
    def again(self) -> str:
        """The command that sends it."""
        return f"clausewatch pack send {self.name} --period {self.period.key}"


def want(
    settings: Settings,
    name: str,
    source: str = "",
    period: str = "",
    snapshot: Path | None = None,
    due: int = 0,
) -> Wanted:
    """What is asked for, and the snapshot it would be judged from.

    Args:
        source: mapping; "" the report's, else the settings'.
        period: as people write it; "": the last one of the report's kind that is over.
        snapshot: an archived one; None: the newest of the source.
        due: instant by which the last period is found, microseconds.

    Raises:
        WrongUse: no such report, period, source or snapshot.
    """
    file = load_reports(settings.reports)
    report = report_named(file, name)
    mapping = load_mapping(source or report.source or settings.source, dict(environ)).file
    found = newest(settings.out, mapping.source) if snapshot is None else _given(snapshot, mapping.source)
    made = _period(period, report.period, mapping.zone, due)
    if made.start > max(due, instant_of(now())):
        raise WrongUse(f"the period {made.key} has not begun", "--period", "choose one that has begun")
    asked = "snapshot" if snapshot else "period" if period else ""
    folder, as_of = found or (None, 0)
    return Wanted(name, report, file.place, mapping.source, mapping.zone, made, asked, folder, as_of)


def _period(text: str, unit: Unit, zone_name: str, due: int) -> Period:
    if not text:
        return period_of(due, unit, zone_name).previous
    try:
        return parse(text, zone(zone_name).name)
    except WrongUse as error:
        raise WrongUse(error.found, error.where or "--period", error.do) from None


def newest(out: Path, source: str) -> tuple[Path, int] | None:
    """The snapshot of a source with the latest instant, and that instant; None where there is none."""
    found = []
    for path in out.glob("*/snapshot/manifest.json"):
        try:
            of, as_of = _said(path.parent)
        except (OSError, ValueError, KeyError):
            continue  # half of a snapshot says nothing; whoever reads it is told what is wrong
        if of == source:
            found.append((as_of, path.parent))
    return (max(found)[1], max(found)[0]) if found else None


def _said(folder: Path) -> tuple[str, int]:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return str(facts["source"]), int(
        json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["as_of"]
    )


def _given(folder: Path, source: str) -> tuple[Path, int]:
    try:
        of, as_of = _said(folder)
    except (OSError, ValueError, KeyError) as error:
        do = "give the folder `snapshot` of a run under out/"
        raise WrongUse("there is no snapshot here", str(folder), do) from error
    if of != source:
        raise WrongUse(
            f"the snapshot is of {of}, the report of {source}", "--snapshot", "give one of this source"
        )
    return folder, as_of


def refuse(settings: Settings, wanted: Wanted, at: int) -> None:
    """Withhold what would be judged from nothing, from too little, or from what has gone stale.

    A period that runs on at ``at`` is reported as running, and a snapshot that somebody named is his to judge.

    Raises:
        Held: with what to do.
    """
    where, audit_ = f"source {wanted.source}", ("audit", f"clausewatch audit --source {wanted.source}")
    again = ("again", wanted.again)
    if wanted.snapshot is None:
        raise Held("no_snapshot", "no audit of this source has left a snapshot", where, (audit_, again))
    if wanted.asked == "snapshot" and wanted.as_of > wanted.period.start:
        return
    stamp = instant(wanted.as_of, wanted.zone)
    if wanted.as_of < wanted.period.end <= at or wanted.as_of <= wanted.period.start:
        end = instant(wanted.period.end, wanted.zone)
        raise Held(
            "behind", f"the newest snapshot, of {stamp}, ends before the period does, at {end}",
            str(wanted.snapshot), (audit_, again), as_of=wanted.as_of, at=stamp, end=end,
        )  # fmt: skip
    if at - wanted.as_of > settings.stale_after_hours * HOUR:
        hours = settings.stale_after_hours
        archived = ("archived", f"{wanted.again} --snapshot {wanted.snapshot}")
        raise Held(
            "stale", f"the newest snapshot, of {stamp}, is more than {hours} h old",
            str(wanted.snapshot), (audit_, again, archived), as_of=wanted.as_of, at=stamp, hours=hours,
        )  # fmt: skip
