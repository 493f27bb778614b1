"""The rule files of a run as one bundle: gathered from the settings, laid into the snapshot, read from there.

A run judges by the files in its snapshot, so that the same folder gives the same verdicts for ever (law 2).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from audits.calendars import WorkingCalendar
from audits.clocks import OpeningHours
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


def gather(
    settings: Settings, mapping: str, period: str = "", standards: tuple[str, ...] = ()
) -> dict[str, bytes]:
    """Every rule file of an installation by its name in the bundle.

    Args:
        settings: where the files are, and what is chosen among them.
        mapping: text of the mapping that was used.
        period: key of the period judged.
        standards: codes of those judged by; none: all that are bound.

    Raises:
        WrongUse: a file is missing.
    """
    files = {_CALENDAR: settings.calendar, _COMPANY: settings.company_calendar, _HOURS: settings.hours_file}
    for folder in ("standards", "readings"):
        for path in sorted((settings.rules / folder).rglob("*.yaml")):
            files[path.relative_to(settings.rules).as_posix()] = path
    chosen = {"hours": settings.hours, "period": period, "profile": settings.profile}
    if standards:
        chosen["standards"] = " ".join(sorted(set(standards)))
    texts = {MAPPING: mapping.encode(), CHOICES: yaml.safe_dump(chosen, sort_keys=True).encode()}
    return texts | {name: _read(path) for name, path in files.items()}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"a rule file cannot be read: {error.strerror}", str(path), "set its path in the settings"
        ) from error


def choices(folder: Path) -> dict[str, str]:
    """What was chosen for the bundle in ``folder``: hours, period, profile, standards."""
    chosen: dict[str, str] = yaml.safe_load((folder / CHOICES).read_text(encoding="utf-8"))
    return chosen


def open_rules(folder: Path, period: str, zone: str, standards: tuple[str, ...] = ()) -> tuple[Rules, Period]:
    """The rules of a bundle that lies in ``folder``, and the period they are asked for.

    Args:
        folder: a bundle laid out by name (``rules/`` of a snapshot).
        period: a period as people write it, e.g. ``2026-10``.
        zone: the business's zone.
        standards: codes to judge by; none: those chosen for the bundle.

    Raises:
        WrongUse: a file is wrong, or no standard of that code is bound.
    """
    chosen = choices(folder)
    calendar = load_calendar(folder / _CALENDAR, folder / _COMPANY)
    hours = _hours(folder / _HOURS, calendar, chosen["hours"])
    named = parse(period, zone)
    rules = load_rules(named, calendar, hours, folder, profile=_profile(chosen["profile"]))
    return _only(rules, standards or tuple(chosen.get("standards", "").split())), named


def prove_rules(settings: Settings, standards: tuple[str, ...] = ()) -> None:
    """Read every rule file where people edit it, so that what is wrong is named there and before any audit.

    Raises:
        WrongUse: a card, reading, calendar or choice is wrong; file and line are named.
    """
    calendar = load_calendar(settings.calendar, settings.company_calendar)
    hours = _hours(settings.hours_file, calendar, settings.hours)
    any_period = parse(calendar.known_through.isoformat(), "UTC")
    profile = _profile(settings.profile)
    _only(load_rules(any_period, calendar, hours, settings.rules, profile=profile), standards)


def _hours(path: Path, calendar: WorkingCalendar, chosen: str) -> OpeningHours:
    hours = load_hours(path, {calendar.id: calendar})
    if chosen not in hours:
        raise WrongUse(
            f"there are no opening hours {chosen!r}", str(path), f"choose one of {', '.join(hours)}"
        )
    return hours[chosen]


def _only(rules: Rules, standards: tuple[str, ...]) -> Rules:
    """The rules of these standards alone; no codes: of all."""
    if not standards:
        return rules
    if unknown := sorted(set(standards) - set(rules.standards)):
        bound = ", ".join(rules.standards)
        raise WrongUse(f"no standard {unknown[0]!r} is bound", "standards", f"choose from {bound}")
    kept = {code: one for code, one in rules.standards.items() if code in standards}
    cards = {key: card for key, card in rules.cards.items() if card.standard in kept}
    return replace(rules, standards=kept, cards=cards)


def _profile(profile: str) -> str | None:
    """``all`` switches every card on, ``ecs`` those of the main standard; ``core`` leaves it to the bindings."""
    return None if profile == "core" else profile


def source_title(folder: Path) -> Words:
    """What the bundle's mapping calls its source, in both languages."""
    mapping: dict[str, Any] = yaml.safe_load((folder / MAPPING).read_text(encoding="utf-8"))
    title = mapping.get("title") or {}
    name = str(mapping.get("source", ""))
    return Words(str(title.get("zh", name)), str(title.get("en", name)))
