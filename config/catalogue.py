"""Our own list of the clauses that the standards hold, and which of them have a card.

A clause that nobody wrote a card for would be silent for ever: the list is what coverage is measured by.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from audits.cards import Card
from audits.errors import WrongUse
from config.rule_files import Block, Filled
from config.rule_reading import RuleFile

FILE: Final = Path(__file__).parent / "catalogue.yaml"
#: States of a clause: its card is judged from records, attested by people, openly not judged, or not there.
CHECKED, ATTESTED, NOT_AUDITABLE, MISSING = "checked", "attested", "not_auditable", "missing"
#: With a source: judged by it, or a record it needs is not given.
JUDGED, UNCONNECTED = "judged", "unconnected"
_STATES: Final = {"auto": CHECKED, "attest": ATTESTED, "none": NOT_AUDITABLE}


class ClauseBlock(Block):
    """One clause of the list."""

    id: Filled
    standard: Filled
    section: Filled
    auditable: Literal["auto", "attest", "none"]


class CatalogueFile(Block):
    """The list, in the order of the texts."""

    schema_: Literal[1] = Field(alias="schema")
    clauses: list[ClauseBlock]


@dataclass(frozen=True)
class Clause:
    """A clause of the list: which standard and section it stands in, and how it can be audited."""

    id: str
    standard: str
    section: str
    auditable: str


def load_catalogue(path: Path = FILE) -> list[Clause]:
    """Every clause of the list.

    Raises:
        WrongUse: the list is wrong, or names a clause twice; file and line are named.
    """
    file = RuleFile(path, CatalogueFile)
    seen: set[str] = set()
    for at, one in enumerate(file.data.clauses):
        if one.id in seen:
            raise file.wrong(("clauses", at), f"the clause {one.id} stands twice", "keep one")
        seen.add(one.id)
    return [Clause(one.id, one.standard, one.section, one.auditable) for one in file.data.clauses]


def covered(
    clauses: list[Clause], cards: dict[str, Card], entities: frozenset[str] | None = None
) -> dict[str, Any]:
    """Which clauses have a card, by standard and section.

    Args:
        clauses: the list.
        cards: every card there is.
        entities: what a source gives; None asks for cards alone.

    Returns:
        ``standards`` (``code``, ``counts`` by state, ``sections`` of ``clauses`` with ``id``, ``state``,
        ``missing``), ``missing`` (ids without a card), ``extra`` (cards that the list does not know) and
        ``differs`` (cards that are audited otherwise than the list says).
    """
    standards: dict[str, dict[str, Any]] = {}
    for clause in clauses:
        line = _line(clause, cards.get(clause.id), entities)
        one = standards.setdefault(clause.standard, {"code": clause.standard, "counts": {}, "sections": {}})
        one["counts"][line["state"]] = one["counts"].get(line["state"], 0) + 1
        one["sections"].setdefault(clause.section, []).append(line)
    for one in standards.values():
        one["sections"] = [{"section": key, "clauses": lines} for key, lines in one["sections"].items()]
    known = {clause.id: clause for clause in clauses}
    differs = [key for key, one in known.items() if key in cards and cards[key].auditable != one.auditable]
    return {
        "standards": list(standards.values()),
        "missing": [clause.id for clause in clauses if clause.id not in cards],
        "extra": sorted(set(cards) - set(known)),
        "differs": differs,
    }


def _line(clause: Clause, card: Card | None, entities: frozenset[str] | None) -> dict[str, Any]:
    state = MISSING if card is None else _STATES[card.auditable]
    lacking: list[str] = []
    if card is not None and card.auditable == "auto" and entities is not None:
        lacking = _lacking(card, entities)
        state = UNCONNECTED if lacking else JUDGED
    return {
        "id": clause.id,
        "state": state,
        "title": {"zh": card.title.zh, "en": card.title.en} if card else None,
        "place": card.place if card else None,
        "trial": bool(card and card.trial),
        "missing": lacking,
    }


def _lacking(card: Card, entities: frozenset[str]) -> list[str]:
    """Entities that a card reads and the source does not give; of ``a|b`` one is enough."""
    found = []
    for need in card.needs:
        names = {one.partition(".")[0] for one in need.split("|")}
        if not names & entities:
            found.append("|".join(sorted(names)))
    return list(dict.fromkeys(found))


def card_named(clause: str, cards: dict[str, Card]) -> Card:
    """The card of a clause.

    Raises:
        WrongUse: there is none of that id.
    """
    if clause not in cards:
        near = [name for name in cards if clause.upper() in name]
        do = f"perhaps {', '.join(near[:5])}" if near else "`clausewatch standards list` names them all"
        raise WrongUse(f"there is no card {clause}", "standards", do)
    return cards[clause]
