"""``crm check``: read a source once, judge it, and say what it lets us judge; nothing is kept, nobody is told."""

from datetime import datetime
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audits.coverage import coverage
from audits.errors import WrongUse
from audits.facts import Facts
from audits.instants import instant_of, moment_of
from audits.judge import Judged, audit
from audits.periods import Period, Unit, parse, period_of
from config.clock import now
from config.mapping import load_mapping
from config.rulebook import gather, open_rules, prove_rules
from config.settings import Settings
from tasks.crm import extract
from tasks.crm.reading import Progress


def check_source(
    settings: Settings,
    name: str,
    as_of: datetime | None = None,
    period: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Read one source and say, clause by clause, what can be judged; see ``audits.coverage``.

    Args:
        settings: of this installation.
        name: a mapping in config/crm/, or its path; "": the one in the settings.
        as_of: instant to look from; None: the extract's own.
        period: as people write it; "": the whole month before that instant's.
        progress: told after each read.

    Raises:
        WrongUse: mapping, rules, instant or period are wrong.
        CrmError: the CRM is down, slow, refuses the login, or lacks what is selected.
    """
    mapping = load_mapping(name or settings.source, dict(environ))
    prove_rules(settings)
    facts = extract(mapping, now=now(), progress=progress, remember=False).facts
    at = _instant(facts, as_of)
    looked_at = _period(period, at, facts.zone)
    bundle = gather(settings, mapping.text, looked_at.key)
    told = coverage(_judged(facts, bundle, at, looked_at))
    asked = name or settings.source
    return told | {"asked": asked, "title": mapping.file.title.model_dump(), "zone": facts.zone}


def _instant(facts: Facts, asked: datetime | None) -> int:
    if asked is None:
        return facts.extracted_at
    at = instant_of(asked)
    if at > facts.extracted_at:
        taken = moment_of(facts.extracted_at).isoformat()
        found = f"the instant {asked.isoformat()} is later than the extract, which was taken at {taken}"
        raise WrongUse(found, "--as-of", "choose an instant not later than the extract")
    return at


def _period(text: str, at: int, zone: str) -> Period:
    found = parse(text, zone) if text else period_of(at, Unit.MONTH, zone).previous
    if found.start > at:
        raise WrongUse(
            f"the period {found.key} begins after the extract", "--period", "choose one that has begun"
        )
    return found


def _judged(facts: Facts, bundle: dict[str, bytes], at: int, period: Period) -> Judged:
    """Judge by the very files an audit would lay into its snapshot."""
    with TemporaryDirectory(prefix="clausewatch-rules-") as folder:
        for name, content in bundle.items():
            place = Path(folder) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        rules, _ = open_rules(Path(folder), period.key, facts.zone)
    return audit(facts, rules, at, period)
