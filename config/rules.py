"""Standards, cards and readings as people write them (YAML), read into what the engine judges by.

Every error names file and line. Cards stand in ``standards/<code>/*.yaml`` in the order of the text,
readings in ``readings/*.yaml``, the officer's signatures in ``readings/signatures.yaml``. How the files are
written is said in ``config.rule_files``, what their names refer to in ``config.rule_checks``.
"""

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from audits.calendars import WorkingCalendar
from audits.cards import Card, Limit, Option, Reading, Readings, Signature, Standard
from audits.clocks import OpeningHours
from audits.errors import WrongUse
from audits.periods import Period
from audits.rules import Rules
from audits.words import DAY, HOUR, MINUTE
from config.calendars.reading import text_of
from config.mapping.lines import Lined, YamlProblem, read_lined
from config.rule_checks import Place, problems
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

HOME: Final = Path(__file__).parent
_UNITS: Final = {"min": MINUTE, "h": HOUR, "days": DAY}
#: Words of a card that only its check reads.
_PARAMETERS: Final = (
    "from to bounded_by only_begun evidence roles by counts without window part whole once steps required "
    "in_time fields contains done"
).split()
Grammar = TypeVar("Grammar", bound=BaseModel)


class RuleFile(Generic[Grammar]):
    """One YAML file that follows its grammar, with the line of each of its parts.

    Raises:
        WrongUse: the file is missing, no YAML, or says something the grammar does not know.
    """

    def __init__(self, path: Path, grammar: type[Grammar]) -> None:
        self.path = path
        self.lined = _lined(path)
        try:
            self.data = grammar.model_validate(self.lined.data)
        except ValidationError as error:
            raise self.wrong(*_worded(error, grammar)) from error

    def where(self, place: Place) -> str:
        """File and line of a part."""
        return f"{self.path}:{self.lined.line(place)}"

    def wrong(self, place: Place, found: str, do: str) -> WrongUse:
        """An error at a part of this file."""
        return WrongUse(found, self.where(place), do)


def _lined(path: Path) -> Lined:
    try:
        return read_lined(text_of(path))
    except YamlProblem as error:
        raise WrongUse(str(error), f"{path}:{error.line}", "mend the YAML") from error


def _worded(error: ValidationError, grammar: type[BaseModel]) -> tuple[Place, str, str]:
    """Place, finding and advice of the first problem."""
    first = error.errors(include_url=False)[0]
    place = tuple(first["loc"])
    name = str(place[-1]) if place else ""
    if first["type"] == "extra_forbidden":
        keys = _keys(grammar)
        close = get_close_matches(name, keys, n=1)
        do = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(sorted(keys))}"
        return place, f"there is no key `{name}`", do
    if first["type"] == "missing":
        return place, f"the key `{name}` is missing", f"add `{name}:`"
    said = first["msg"].removeprefix("Value error, ")
    dotted = ".".join(str(part) for part in place if part != "[key]")
    return place, f"{dotted or 'the file'}: {said[:1].lower()}{said[1:]}", "see docs/cards.md"


def _keys(grammar: type[BaseModel]) -> set[str]:
    """Every key that the grammar has in any of its blocks."""
    schema = grammar.model_json_schema(by_alias=True)
    blocks = [schema, *schema.get("$defs", {}).values()]
    return {key for block in blocks for key in block.get("properties", {})}


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
        standards[code] = _standard(folder / "standard.yaml", code, binding.mode)
        own = _cards_of(folder, code, readings)
        for at, pattern in enumerate(binding.also):
            if not any(fnmatchcase(card.id, pattern) for card in own):
                place = ("standards", code, "also", at)
                raise bindings.wrong(place, f"no clause is called {pattern}", "name one, or end it with *")
        every |= {card.id: card for card in own}
        cards |= {card.id: card for card in own if _switched_on(card, profile or binding.profile, binding)}
    _check_signed_clauses(home.parent / "readings" / "signatures.yaml", every, standards)
    return standards, cards


def _switched_on(card: Card, profile: str, binding: Binding) -> bool:
    return profile in {"all", card.profile} or any(fnmatchcase(card.id, one) for one in binding.also)


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
    raw = block.model_dump(by_alias=True, exclude_unset=True)
    parameters: dict[str, Any] = {key: raw[key] for key in _PARAMETERS if key in raw}
    if block.limit is not None:
        parameters["limit"] = {day: _limit(text) for day, text in block.limit.items()}
    if block.below is not None:
        parameters["below"] = _limit(block.below).amount
    return Card(
        id=block.id, standard=code, place=block.place, title=block.title.words, check=block.check,
        of=block.of, audit=block.audit or "", decides=block.decides, function=block.function or "",
        where={name: str(wanted) for name, wanted in block.where.items()}, needs=tuple(block.needs),
        absence_of=tuple(block.absence_of), parameters=parameters, readings=tuple(block.readings),
        tells=block.tells or "", severity=block.severity, obligation_key=block.obligation_key,
        profile=block.profile, trial=block.trial, auditable=block.auditable, where_found=file.where(place),
    )  # fmt: skip


def _limit(text: str) -> Limit:
    amount, unit = text.split(" ", 1)
    if unit in _UNITS:
        return Limit(int(amount) * _UNITS[unit], "us")
    return Limit(int(amount), "percent" if unit == "%" else "working_days")


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
