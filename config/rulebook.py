"""The rule files of a run as one bundle: gathered from the settings, laid into the snapshot, read from there.

A run judges by the files in its snapshot, so that the same folder gives the same verdicts for ever (law 2).
"""

from pathlib import Path
from typing import Any, Final

import yaml

from audits.errors import WrongUse
from audits.periods import Period, parse
from audits.rules import Rules
from audits.words import Words
from config.calendars import load_calendar, load_hours
from config.rules import load_rules
from config.settings import Settings

CHOICES: Final = "choices.yaml"
MAPPING: Final = "mapping.yaml"
_CALENDAR, _COMPANY, _HOURS = "calendars/state.yaml", "calendars/company.yaml", "calendars/hours.yaml"


def gather(settings: Settings, mapping: str) -> dict[str, bytes]:
    """Every rule file of an installation by its name in the bundle.

    Args:
        settings: where the files are, and what is chosen among them.
        mapping: text of the mapping that was used.

    Raises:
        WrongUse: a file is missing.
    """
    files = {_CALENDAR: settings.calendar, _COMPANY: settings.company_calendar, _HOURS: settings.hours_file}
    for folder in ("standards", "readings"):
        for path in sorted((settings.rules / folder).rglob("*.yaml")):
            files[path.relative_to(settings.rules).as_posix()] = path
    chosen = {"hours": settings.hours, "profile": settings.profile}
    texts = {MAPPING: mapping.encode(), CHOICES: yaml.safe_dump(chosen, sort_keys=True).encode()}
    return texts | {name: _read(path) for name, path in files.items()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"a rule file cannot be read: {error.strerror}", str(path), "set its path in the settings"
        ) from error


def open_rules(folder: Path, period: str, zone: str) -> tuple[Rules, Period]:
    """The rules of a bundle that lies in ``folder``, and the period they are asked for.

    Args:
        folder: a bundle laid out by name (``rules/`` of a snapshot).
        period: a period as people write it, e.g. ``2026-10``.
        zone: the business's zone.
    """
    chosen: dict[str, Any] = yaml.safe_load((folder / CHOICES).read_text(encoding="utf-8"))
    calendar = load_calendar(folder / _CALENDAR, folder / _COMPANY)
    hours = load_hours(folder / _HOURS, {calendar.id: calendar})
    if chosen["hours"] not in hours:
        known = ", ".join(hours)
        raise WrongUse(
            f"there are no opening hours {chosen['hours']!r}", str(folder / _HOURS), f"choose one of {known}"
        )
    named = parse(period, zone)
    return load_rules(named, calendar, hours[chosen["hours"]], folder, profile=_profile(chosen)), named


def _profile(chosen: dict[str, Any]) -> str | None:
    """``all`` switches every card on; ``core`` leaves it to the bindings."""
    return "all" if chosen["profile"] == "all" else None


def source_title(folder: Path) -> Words:
    """What the bundle's mapping calls its source, in both languages."""
    mapping: dict[str, Any] = yaml.safe_load((folder / MAPPING).read_text(encoding="utf-8"))
    title = mapping.get("title") or {}
    name = str(mapping.get("source", ""))
    return Words(str(title.get("zh", name)), str(title.get("en", name)))
