"""House numbers over the standards: dated values that a house sets for itself, never written into a card.

``standards/overlays/*.yaml``. An overlay may build on another (``over``); a circle of them is refused, and so
are two that set one value from one day without saying which lies over which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audits.cards import Card, HouseNumber, Limit
from audits.errors import WrongUse
from audits.ladder import GRAVITY
from audits.model import MODEL
from audits.resolved import limit_of
from config.rule_columns import base_of, close
from config.rule_files import OverlayBlock, OverlaysFile
from config.rule_reading import RuleFile


@dataclass(frozen=True)
class _Overlay:
    """One overlay where it was found."""

    block: OverlayBlock
    file: RuleFile[OverlaysFile]
    at: int

    def wrong(self, key: str, found: str, do: str) -> WrongUse:
        return self.file.wrong(("overlays", self.at, key), f"{self.block.id}: {found}", do)


def overlaid(home: Path, cards: dict[str, Card], every: Mapping[str, Card]) -> dict[str, Card]:
    """The cards with the house's numbers laid over them.

    Args:
        home: the folder ``standards/``.
        cards: cards to lay them over.
        every: every card there is, switched on or not.

    Raises:
        WrongUse: an overlay is wrong, doubled, contradicts another, or stands in a circle.
    """
    found = _read(home)
    for overlay in found.values():
        _check(overlay, found, every)
    out = dict(cards)
    for overlay in _in_order(found):
        clause = overlay.block.clause
        if clause in out:
            out[clause] = _laid(out[clause], overlay)
    _contradictions(found)
    return out


def _read(home: Path) -> dict[str, _Overlay]:
    found: dict[str, _Overlay] = {}
    for path in sorted((home / "overlays").glob("*.yaml")):
        file = RuleFile(path, OverlaysFile)
        for at, block in enumerate(file.data.overlays):
            if block.id in found:
                raise file.wrong(("overlays", at, "id"), f"the overlay {block.id} stands twice", "rename one")
            found[block.id] = _Overlay(block, file, at)
    return found


def _check(overlay: _Overlay, found: Mapping[str, _Overlay], every: Mapping[str, Card]) -> None:
    block = overlay.block
    if block.clause not in every:
        raise overlay.wrong(
            "clause", f"the clause {block.clause} has no card", close(block.clause, list(every))
        )
    if block.over is not None and block.over not in found:
        raise overlay.wrong("over", f"there is no overlay {block.over!r}", close(block.over, list(found)))
    if block.parameter == "tells":
        if odd := [word for word in block.values.values() if word not in GRAVITY]:
            raise overlay.wrong(
                "values", f"nobody is called {odd[0]!r}", f"choose among {', '.join(GRAVITY)}"
            )
        return
    if block.parameter not in every[block.clause].parameters:
        raise overlay.wrong("parameter", f"{block.clause} has no `{block.parameter}`", "name one it has")
    if block.parameter == "among":
        _check_lists(overlay, every[block.clause])
        return
    _check_units(overlay, every[block.clause])


def _check_lists(overlay: _Overlay, card: Card) -> None:
    """Lists stand under values of the field that decides."""
    field = str(card.parameters["among"])
    known = list(MODEL[base_of(card.of)].fields[field].values)
    for lists in overlay.block.values.values():
        if not isinstance(lists, dict):
            do = f"write {{{known[0]}: [...], {known[1]}: [...]}}"
            raise overlay.wrong("values", f"{lists!r} is no list by {field}", do)
        if odd := [word for word in lists if word not in known]:
            raise overlay.wrong("values", f"{field} has no value {odd[0]!r}", close(odd[0], known))


def _check_units(overlay: _Overlay, card: Card) -> None:
    """A house number has the unit of the card's own."""
    own = card.parameters[overlay.block.parameter]
    units = {limit.unit for limit in own.values()} if isinstance(own, dict) else set()
    for value in overlay.block.values.values():
        try:
            unit = _value(value).unit
        except ValueError as error:
            raise overlay.wrong("values", str(error), "write it as the card does") from error
        if units and unit not in units:
            raise overlay.wrong("values", f"{value} has another unit than the card", "keep the card's unit")


def _said(value: str | int | dict[str, list[str]]) -> str:
    """A value as the report prints it."""
    if isinstance(value, dict):
        return "; ".join(f"{word}: {', '.join(one)}" for word, one in value.items())
    return str(value)


def _value(value: str | int | dict[str, list[str]]) -> Limit:
    if isinstance(value, dict):
        raise ValueError("a list where a limit is asked for")  # noqa: TRY004
    return Limit(value, "count") if isinstance(value, int) else limit_of(value)


def _in_order(found: dict[str, _Overlay]) -> Iterator[_Overlay]:
    """Each overlay after the one it lies over."""
    done: set[str] = set()
    for name in found:
        chain: list[str] = []
        at: str | None = name
        while at is not None and at not in done:
            if at in chain:
                circle = " -> ".join([*chain[chain.index(at) :], at])
                raise found[at].wrong(
                    "over", f"the overlays stand in a circle: {circle}", "take one `over:` out"
                )
            chain.append(at)
            at = found[at].block.over
        for one in reversed(chain):
            done.add(one)
            yield found[one]


def _contradictions(found: dict[str, _Overlay]) -> None:
    """Two overlays of one value from one day, neither over the other."""
    set_by: dict[tuple[str, str, str], str] = {}
    for name, overlay in found.items():
        block = overlay.block
        for day in block.values:
            key = (block.clause, block.parameter, day)
            other = set_by.setdefault(key, name)
            if other != name and not (_over(found, name, other) or _over(found, other, name)):
                text = f"{other} and {name} both set the {block.parameter} of {block.clause} from {day}"
                raise overlay.wrong("values", text, f"say `over: {other}` on the one that counts")


def _over(found: Mapping[str, _Overlay], upper: str, lower: str) -> bool:
    at = found[upper].block.over
    while at is not None and at != lower:
        at = found[at].block.over
    return at == lower


def _laid(card: Card, overlay: _Overlay) -> Card:
    block = overlay.block
    said = {day: _said(value) for day, value in block.values.items()}
    house = (*card.house, HouseNumber(block.id, block.parameter, said, block.by, block.on, block.why))
    card = replace(card, house=house)
    if block.parameter == "tells":
        return replace(card, tells=str(block.values[max(block.values)]))
    if block.parameter == "among":
        lists = {
            day: {word: tuple(one) for word, one in by.items()}
            for day, by in block.values.items()
            if isinstance(by, dict)
        }
        before: Any = card.parameters.get("lists", {})
        return replace(card, parameters={**card.parameters, "lists": {**before, **lists}})
    own: Any = card.parameters[block.parameter]
    dated = dict(own) if isinstance(own, dict) else {}
    dated |= {day: _value(value) for day, value in block.values.items()}
    return replace(card, parameters={**card.parameters, block.parameter: dated})
