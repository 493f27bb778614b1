"""A private copy of the shipped rule files, to be written to and read back."""

import shutil
from pathlib import Path

from audits.clocks import OpeningHours
from audits.periods import parse
from audits.rules import Rules
from config.calendars import FOLDER, load_calendar, load_hours
from config.rules import HOME, load_rules
from tests.facts import ZONE

CALENDAR = load_calendar(FOLDER / "cn.yaml")


def hours() -> OpeningHours:
    """The shipped opening hours."""
    return next(iter(load_hours(FOLDER / "hours.yaml", {CALENDAR.id: CALENDAR}).values()))


def copied(folder: Path, *names: str) -> Path:
    """A home with the shipped standards and readings, or with only some of them."""
    for name in names or ("standards", "readings"):
        shutil.copytree(HOME / name, folder / name)
    return folder


def changed(home: Path, file: str, old: str, new: str) -> Path:
    """The home with one text in one file put in another's place (its first occurrence)."""
    path = home / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return home


def loaded(home: Path, month: str = "2026-10", profile: str | None = None) -> Rules:
    """The rules of a home for a month."""
    return load_rules(parse(month, ZONE), CALENDAR, hours(), home, profile=profile)
