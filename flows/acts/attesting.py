"""``attest``: what somebody says of a clause that no record can judge, written down once and never changed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from audits.attested import holds_until, months
from audits.cards import Card, Readings
from audits.errors import WrongUse
from audits.instants import instant_of, moment_of
from audits.model import MODEL
from audits.periods import parse
from config.catalogue import card_named
from config.rules import every_card, load_readings
from config.settings import Settings
from flows.acts.register_folders import folder_for, mapping_of
from flows.auditing.people_known import one_of, staff_known
from tasks.crm.register_rows import RegisterError
from tasks.crm.register_sheets import write_register
from tasks.crm.registers import read_registers

VERDICTS: Final = MODEL["attestation"].fields["verdict"].values


@dataclass(frozen=True)
class Said:
    """What somebody says.

    Args:
        clause: of what.
        by: staff number, key or name.
        verdict: ``met``, ``breached`` or ``not_applicable``.
        period: what time it speaks of, as people write periods.
        evidence: number of the document it rests on.
        until: last day on which it holds; None: as long as the reading says.
        on: day on which it was said; None: now.
        source: mapping; "": the one in the settings.
    """

    clause: str
    by: str
    verdict: str
    period: str
    evidence: str
    until: date | None = None
    on: date | None = None
    source: str = ""


def attest(settings: Settings, said: Said, now: datetime) -> dict[str, Any]:
    """Record an attestation in a workbook of its own among the source's registers.

    A later attestation of the clause goes before it; none is ever changed. The same words again are the same
    attestation.

    Returns:
        ``id``, ``clause``, ``verdict``, ``by``, ``period``, ``evidence``, ``at``, ``until`` (ISO), ``file``,
        and ``checked`` (whether the author was looked up).

    Raises:
        WrongUse: the clause is unknown or not attested, nobody is called so, or the days do not fit.
    """
    readings = load_readings(settings.rules / "readings")
    card = _attested(card_named(said.clause, every_card(settings.rules / "standards", readings)[1]))
    if said.verdict not in VERDICTS:
        do = f"choose among {', '.join(VERDICTS)}"
        raise WrongUse(f"an attestation has no verdict {said.verdict!r}", "--verdict", do)
    if not said.evidence.strip():
        raise WrongUse("an attestation rests on a document", "--evidence", "give its number")
    mapping = mapping_of(settings, said.source)
    folder, zone = folder_for(mapping, "attestation"), ZoneInfo(mapping.file.zone)
    period = parse(said.period, mapping.file.zone)
    known = staff_known(settings, mapping.file.source)
    by = one_of(said.by, known, "--by")
    at = _said_at(said.on, now, zone)
    if period.start > instant_of(at):
        raise WrongUse(f"the period {period.key} has not begun", "--period", "attest what has been")
    holds = months(Readings(readings, at.date().isoformat()), card.id)
    until = _until(said.until, at, holds, zone)
    row = {
        "clause_id": card.id, "period": period.key, "attested_by": by, "attested_at": at.replace(tzinfo=None),
        "verdict": said.verdict, "evidence_doc_id": said.evidence.strip(), "expires_at": until.replace(tzinfo=None),
    }  # fmt: skip
    name = _name(row)
    path = _written(
        folder / f"attestation-{name}.xlsx", {"id": name, **row}, settings.lang, mapping.file.zone
    )
    return {
        "id": name, "clause": card.id, "verdict": said.verdict, "by": by, "period": period.key,
        "evidence": row["evidence_doc_id"], "at": at.isoformat(), "until": until.isoformat(), "file": str(path),
        "checked": bool(known),
    }  # fmt: skip


def _attested(card: Card) -> Card:
    if card.auditable == "attest":
        return card
    how = "judged from the records" if card.auditable == "auto" else "openly not judged"
    do = "attest only what `clausewatch standards coverage` lists as attested"
    raise WrongUse(f"{card.id} is {how}, so nobody attests it", card.where_found, do)


def _said_at(on: date | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant it was said: now, or the last second of an earlier day."""
    here = now.astimezone(zone).replace(microsecond=0)
    if on is None or on == here.date():
        return here
    if on > here.date():
        raise WrongUse(f"{on} lies ahead", "--on", "give the day on which it was said")
    return datetime.combine(on, time(23, 59, 59), zone)


def _until(day: date | None, at: datetime, holds: int, zone: ZoneInfo) -> datetime:
    """The instant from which it holds no more: after its last day, or so many months later."""
    if day is None:
        return moment_of(holds_until(instant_of(at), zone.key, holds)).astimezone(zone)
    if day < at.date():
        raise WrongUse(f"it would have ended on {day}, before it was said", "--until", "give a later day")
    return datetime.combine(day + timedelta(days=1), time(0), zone)


def _name(row: dict[str, Any]) -> str:
    """Number of an attestation: its day, and a hash of what it says."""
    said = "\t".join(f"{name}={row[name]}" for name in sorted(row))
    return f"AT-{row['attested_at']:%Y%m%d}-{sha256(said.encode()).hexdigest()[:8]}"


def _written(path: Path, row: dict[str, Any], lang: str, zone: str) -> Path:
    """The workbook, proved to be readable beside the others; one that is there already says the same."""
    if path.exists():
        return path
    write_register(path, {"attestation": [row]}, lang)
    try:
        read_registers(path.parent, zone)
    except RegisterError:
        path.unlink()
        raise
    return path
