"""Standards, cards and readings as people write them (YAML), read into what the engine judges by.

Every error names file and line. Cards stand in ``standards/<code>/*.yaml`` in the order of the text,
readings in ``readings/*.yaml``, the officer's signatures in ``readings/signatures.yaml``. How the files are
written is said in ``config.rule_files``, what their names refer to in ``config.rule_checks``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from audits.calendars import WorkingCalendar
from audits.cards import Card, Drawn, Limit, Option, Reading, Readings, Signature, Standard
from audits.clocks import OpeningHours
from audits.judge import WAYS
from audits.periods import Period
from audits.resolved import limit_of
from audits.rules import Rules
from config.rule_checks import problems, way_of
from config.rule_columns import Derived, derive, joined, rows_of, wanted
from config.rule_files import (
    Binding,
    BindingsFile,
    CardBlock,
    CardsFile,
    ReadingBlock,
    ReadingsFile,
    SignaturesFile,
    StandardFile,
)
from config.rule_needs import needs_of
from config.rule_overlays import overlaid
from config.rule_reading import RuleFile

HOME: Final = Path(__file__).parent
#: The main standard, which has a profile of its own.
MAIN: Final = "ECS"
#: Words of a card that only its check reads, and that it takes as they are written.
_PARAMETERS: Final = (
    "from to due bounded_by only_begun evidence roles by counts without window part whole once steps required "
    "in_time unbroken fields contains contains_also done field values equals pattern length scale figure every least all_rows each_of "
    "distinct joined left statistic in_year shown_from among"
).split()


def load_rules(
    period: Period,
    calendar: WorkingCalendar,
    hours: OpeningHours,
    home: Path = HOME,
    *,
    profile: str | None = None,
) -> Rules:
    """Read standards, cards and readings in force for a period.

    Args:
        period: signatures are looked up at its first day.
        calendar, hours: the house's working days and opening hours.
        home: folder that holds ``standards/`` and ``readings/``.
        profile: overrides the profile of every binding (``core``, ``all``).

    Raises:
        WrongUse: a card, reading or binding is wrong; file and line are named.
    """
    readings = load_readings(home / "readings")
    standards, cards = load_standards(home / "standards", readings, profile)
    in_force = Readings(readings, period.first_day.isoformat())
    return Rules(standards, cards, in_force, calendar, hours)


def load_standards(
    home: Path, readings: dict[str, Reading], profile: str | None = None
) -> tuple[dict[str, Standard], dict[str, Card]]:
    """The bound standards and their switched-on cards, in the order of the texts.

    Raises:
        WrongUse: a file, binding or card is wrong, or a signature is for a clause nobody knows.
    """
    bindings = RuleFile(home / "bindings.yaml", BindingsFile)
    standards: dict[str, Standard] = {}
    every: dict[str, Card] = {}
    cards: dict[str, Card] = {}
    for code, binding in bindings.data.standards.items():
        folder = home / code.lower()
        if not folder.is_dir():
            raise bindings.wrong(("standards", code), f"no standard {code}", f"add the folder {folder}")
        standard = _bound(_standard(folder / "standard.yaml", code, binding.mode), binding)
        own = _cards_of(folder, code, readings)
        for at, pattern in enumerate(binding.also):
            if not any(fnmatchcase(card.id, pattern) for card in own):
                place = ("standards", code, "also", at)
                raise bindings.wrong(place, f"no clause is called {pattern}", "name one, or end it with *")
        every |= {card.id: card for card in own}
        on = {card.id: card for card in own if _switched_on(card, profile or binding.profile, binding)}
        standards |= {code: standard} if on else {}
        cards |= on
    _check_signed_clauses(home.parent / "readings" / "signatures.yaml", every, standards)
    return standards, overlaid(home, cards, every)


def _switched_on(card: Card, profile: str, binding: Binding) -> bool:
    """``all``, or ``ecs`` for all of the main standard, or the profile of the card; or called by name."""
    wide = profile == "all" or (profile == MAIN.lower() and card.standard == MAIN)
    narrow = binding.profile if profile == MAIN.lower() else profile
    return wide or narrow in {"all", card.profile} or any(fnmatchcase(card.id, one) for one in binding.also)


def every_card(home: Path, readings: dict[str, Reading]) -> tuple[dict[str, Standard], dict[str, Card]]:
    """Every card that lies in ``standards/``, bound or not, switched on or not: for coverage and pages."""
    bound = RuleFile(home / "bindings.yaml", BindingsFile).data.standards
    standards: dict[str, Standard] = {}
    cards: dict[str, Card] = {}
    order = {code: at for at, code in enumerate(bound)}
    found = {path.parent.name.upper(): path for path in sorted(home.glob("*/standard.yaml"))}
    for code, path in sorted(found.items(), key=lambda one: order.get(one[0], len(order))):
        standards[code] = _standard(path, code, bound[code].mode if code in bound else "reference")
        cards |= {card.id: card for card in _cards_of(path.parent, code, readings)}
    return standards, overlaid(home, cards, cards)


def _bound(standard: Standard, binding: Binding) -> Standard:
    """Whom and from when the standard binds; the fields are looked for on each record."""
    binds = {
        "customer_id": binding.customers, "standard_codes": [], "channel": binding.channels,
        "service_type": binding.service_lines, "survey.kind": binding.survey_kinds,
    }  # fmt: skip
    given = {name: tuple(values) for name, values in binds.items() if values}
    return replace(standard, binds_from=binding.from_ or "", binds=given)


def _standard(path: Path, code: str, mode: str) -> Standard:
    file = RuleFile(path, StandardFile)
    d = file.data
    if d.code != code:
        raise file.wrong(("code",), f"the file calls the standard {d.code}", f"write `code: {code}`")
    return Standard(d.code, d.title.words, d.edition, d.adopted_by.words, d.adopted_on, d.in_force_from, mode)


def _cards_of(folder: Path, code: str, readings: dict[str, Reading]) -> list[Card]:
    """The cards of a standard's folder, each clause once."""
    found: dict[str, Card] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == "standard.yaml":
            continue
        file = RuleFile(path, CardsFile)
        if file.data.standard != code:
            raise file.wrong(("standard",), "the file names another standard", f"write `standard: {code}`")
        for at, block in enumerate(file.data.cards):
            card = _card(file, at, block, code, readings)
            if card.id in found:
                do = f"keep one; the other stands at {found[card.id].where_found}"
                raise file.wrong(("cards", at, "id"), f"the clause {card.id} has two cards", do)
            found[card.id] = card
    return list(found.values())


def _card(
    file: RuleFile[CardsFile], at: int, block: CardBlock, code: str, readings: dict[str, Reading]
) -> Card:
    place = ("cards", at)
    if not block.id.startswith(f"{code}-"):
        raise file.wrong((*place, "id"), f"{block.id} is no clause of {code}", f"begin it with {code}-")
    for problem in problems(block, readings):
        raise file.wrong((*place, *problem.place), f"{block.id}: {problem.found}", problem.do)
    derived = derive(block) if block.auditable == "auto" else Derived()
    return Card(
        id=block.id, standard=code, place=block.place, title=block.title.words, check=block.check,
        of=block.of, audit=block.audit or "", decides=block.decides, function=block.function or "",
        where=wanted(block.where), either=tuple(wanted(one) for one in block.either),
        unless=wanted(block.unless), above=block.above, columns=derived.columns, needs=needs_of(block, derived),
        absence_of=tuple(block.absence_of), parameters=_parameters(block, derived),
        readings=tuple(block.readings), tells=block.tells or "", severity=block.strength,
        obligation_key=block.obligation_key, profile=block.profile, trial=block.trial,
        auditable=block.auditable, basis=block.basis, evidence=block.rests_on or "", drawn=_drawn(block),
        why_not=block.reason.words if block.reason else None, where_found=file.where(place),
    )  # fmt: skip


def _drawn(block: CardBlock) -> Drawn | None:
    """What its scorecards are drawn from."""
    said = block.drawn_from
    return None if said is None else Drawn(said.of, wanted(said.where), tuple(said.strata))


def _parameters(block: CardBlock, derived: Derived) -> dict[str, Any]:
    """The words of the check, as the engine takes them."""
    raw = block.model_dump(by_alias=True, exclude_unset=True)
    found: dict[str, Any] = {key: raw[key] for key in _PARAMETERS if key in raw}
    for word, take in (("from", "else"), ("due", "else"), ("to", "earliest")):
        if isinstance(found.get(word), list):
            found[word] = joined(take, found[word])
    found |= {word: wanted(raw[word]) for word in ("must", "allowed", "forbidden") if word in raw}
    found |= _limits_of(block)
    if (way := way_of(block)) != block.check and way in WAYS:
        found["way"] = way
    if block.map is not None:
        found |= {"by": block.map.by, "map": wanted(block.map.to)}
    for word in ("rows", "when"):
        if word in raw:
            found[word] = (
                rows_of(derived, block, word, raw_rows) if (raw_rows := getattr(block, word)) else ()
            )
    return found


def _limits_of(block: CardBlock) -> dict[str, Any]:
    """Budgets and figures, dated or left to a reading."""
    found: dict[str, Any] = {}
    for word in ("limit", "at_most", "at_least"):
        if (said := getattr(block, word)) is not None:
            found[word] = dated(said) if isinstance(said, dict) else said
    for word in ("grace", "within", "holds"):
        if (text := getattr(block, word)) is not None:
            found[word] = text if text.startswith("reading ") else {"": limit_of(text)}
    if block.below is not None:
        found["below"] = dated(block.below if isinstance(block.below, dict) else {"1970-01-01": block.below})
    return found


def dated(values: Mapping[str, str | int]) -> dict[str, Limit]:
    """Dated limits or counts as the engine takes them."""
    return {
        day: Limit(value, "count") if isinstance(value, int) else limit_of(value)
        for day, value in values.items()
    }


def load_readings(home: Path) -> dict[str, Reading]:
    """Every reading with its options (the first is the default) and the officer's signatures.

    Raises:
        WrongUse: a reading or signature is wrong; file and line are named.
    """
    found: dict[str, Reading] = {}
    for path in sorted(home.glob("*.yaml")):
        if path.name == "signatures.yaml":
            continue
        file = RuleFile(path, ReadingsFile)
        for at, block in enumerate(file.data.readings):
            if block.id in found:
                raise file.wrong(("readings", at), f"the reading {block.id} stands twice", "keep one")
            found[block.id] = _reading(block)
    signed = home / "signatures.yaml"
    return _signed(found, RuleFile(signed, SignaturesFile)) if signed.exists() else found


def _reading(block: ReadingBlock) -> Reading:
    options = tuple(Option(o.key, o.text.words, o.value) for o in block.options)
    question, why = block.question.words, block.why.words
    return Reading(block.id, question, options, options[0].key, why, unit=block.unit)


def _signed(readings: dict[str, Reading], file: RuleFile[SignaturesFile]) -> dict[str, Reading]:
    for at, block in enumerate(file.data.signatures):
        place = ("signatures", at)
        reading = readings.get(block.reading)
        if reading is None:
            do = _known(block.reading, readings)
            raise file.wrong((*place, "reading"), f"there is no reading {block.reading!r}", do)
        if block.option not in {option.key for option in reading.options}:
            do = f"choose one of {', '.join(option.key for option in reading.options)}"
            raise file.wrong((*place, "option"), f"{reading.id} has no option {block.option!r}", do)
        made = Signature(block.option, block.by, block.on, block.why, block.from_, tuple(block.clauses))
        readings[reading.id] = replace(reading, signatures=(*reading.signatures, made))
    return readings


def _check_signed_clauses(path: Path, cards: dict[str, Card], standards: Iterable[str]) -> None:
    """A signature for a clause that nobody knows would silently change nothing.

    Clauses of standards that no longer bind are passed over: what was signed stays.
    """
    if not path.exists():
        return
    file = RuleFile(path, SignaturesFile)
    for at, block in enumerate(file.data.signatures):
        for number, clause in enumerate(block.clauses):
            if clause not in cards and clause[:3] in standards:
                place = ("signatures", at, "clauses", number)
                raise file.wrong(place, f"the clause {clause} has no card", _known(clause, cards))


def _known(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else "`clausewatch readings` and `standards` list them"
