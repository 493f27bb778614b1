"""Standards as data for programs: every card there is, and what a source lets us judge of them."""

import os
from typing import Any

from audits.cards import Card, Limit
from config.catalogue import card_named, covered, load_catalogue
from config.mapping.load import load_mapping
from config.rules import every_card, load_readings, load_standards
from config.settings import Settings


def coverage_of(settings: Settings, source: str = "") -> dict[str, Any]:
    """Which clauses of our list have a card; with a source, which of those it lets us judge."""
    cards = _cards(settings)[1]
    return covered(load_catalogue(), cards, _given(source) if source else None)


def _given(source: str) -> frozenset[str]:
    """Entities a mapping gives: those it reads, and those whose rows it derives."""
    file = load_mapping(source, os.environ).file
    return frozenset(file.entities) | {name for name in file.derive if "." not in name}


def cards_on(settings: Settings) -> dict[str, Card]:
    """The cards that an audit judges by: those of the profile, of the standards that the house uses."""
    readings = load_readings(settings.rules / "readings")
    return load_standards(settings.rules / "standards", readings, _profile(settings))[1]


def standards_known(settings: Settings) -> list[dict[str, Any]]:
    """Every standard: what it is called, how it binds, and how many of its cards are on."""
    readings = load_readings(settings.rules / "readings")
    standards, cards = every_card(settings.rules / "standards", readings)
    bound, on = load_standards(settings.rules / "standards", readings, _profile(settings))
    return [
        {
            "code": code,
            "title": {"zh": one.title.zh, "en": one.title.en},
            "edition": one.edition,
            "in_force_from": one.in_force_from,
            "mode": one.mode if code in bound else "off",
            "binds_from": bound[code].binds_from if code in bound else "",
            "binds": {key: list(values) for key, values in bound[code].binds.items()}
            if code in bound
            else {},
            "cards": sum(card.standard == code for card in cards.values()),
            "on": sum(card.standard == code for card in on.values()),
        }
        for code, one in standards.items()
    ]


def card_shown(settings: Settings, clause: str) -> dict[str, Any]:
    """One card with everything it says."""
    standards, cards = _cards(settings)
    card = card_named(clause, cards)
    return {
        "id": card.id,
        "standard": card.standard,
        "edition": standards[card.standard].edition,
        "place": card.place,
        "title": {"zh": card.title.zh, "en": card.title.en},
        "kind": card.check,
        "function": card.function,
        "auditable": card.auditable,
        "reason": {"zh": card.why_not.zh, "en": card.why_not.en} if card.why_not else None,
        "strength": card.severity,
        "basis": card.basis,
        "profile": card.profile,
        "trial": card.trial,
        "of": card.of,
        "where": _plain(card.where),
        "words": {name: _plain(value) for name, value in sorted(card.parameters.items())},
        "needs": list(card.needs),
        "readings": list(card.readings),
        "tells": card.tells,
        "obligation_key": card.obligation_key,
        "house": [one.plain() for one in card.house],
    }


def _profile(settings: Settings) -> str | None:
    return None if settings.profile == "core" else settings.profile


def _cards(settings: Settings) -> tuple[dict[str, Any], dict[str, Card]]:
    return every_card(settings.rules / "standards", load_readings(settings.rules / "readings"))


def _plain(value: object) -> Any:
    """A word of a card as plain data."""
    if isinstance(value, Limit):
        return {"amount": value.amount, "unit": value.unit}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)
