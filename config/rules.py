"""Standards, cards and readings as people write them (YAML), read into what the engine judges by.

Every error names file and line. Cards stand in ``standards/<code>/*.yaml`` in the order of the text,
readings in ``readings/*.yaml``, the officer's signatures in ``readings/signatures.yaml``.
"""

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from audits.calendars import WorkingCalendar
from audits.cards import Card, Limit, Option, Reading, Readings, Signature, Standard
from audits.clocks import OpeningHours
from audits.errors import WrongUse
from audits.judge import FUNCTIONS, KINDS
from audits.model import MODEL
from audits.periods import Period
from audits.rules import Rules
from audits.words import DAY, HOUR, MINUTE, Words
from config.mapping.lines import Lined, YamlProblem, read_lined

HOME: Final = Path(__file__).parent
_UNITS: Final = {"min": MINUTE, "h": HOUR, "days": DAY}
_LIMIT: Final = re.compile(r"(\d+) (min|h|days|working days|%)")
_CHECKS: Final = (
    "deadline completeness membership sequence rate threshold format confidentiality cadence behaviour"
).split()
_COMMON: Final = frozenset(
    "id place title check function audit decides profile of where needs absence_of tells severity "
    "obligation_key readings trial auditable".split()
)
_PARAMETERS: Final = frozenset(
    "from to bounded_by limit evidence roles by counts without window below part whole once steps "
    "required fields done contains only_begun in_time".split()
)


class _File:
    """One YAML file and the place of each of its parts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.lined: Lined = read_lined(path.read_text(encoding="utf-8"))
        except YamlProblem as error:
            raise WrongUse(str(error), f"{path}:{error.line}", "mend the YAML") from error
        if not isinstance(self.lined.data, dict):
            raise WrongUse("the file holds no mapping", str(path), "begin it with `schema: 1`")
        self.data: dict[str, Any] = self.lined.data
        if self.data.get("schema") != 1:
            raise self.wrong(("schema",), "the schema is not 1", "write `schema: 1`")

    def where(self, path: tuple[str | int, ...]) -> str:
        """File and line of a part."""
        return f"{self.path}:{self.lined.line(path)}"

    def wrong(self, path: tuple[str | int, ...], found: str, do: str) -> WrongUse:
        """An error at a part of this file."""
        return WrongUse(found, self.where(path), do)


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
    """The bound standards and their switched-on cards, in the order of the texts."""
    bindings = _File(home / "bindings.yaml")
    standards: dict[str, Standard] = {}
    cards: dict[str, Card] = {}
    for code, binding in bindings.data["standards"].items():
        folder = home / code.lower()
        if not folder.is_dir():
            raise bindings.wrong(("standards", code), f"no standard {code}", f"add the folder {folder}")
        standards[code] = _standard(folder / "standard.yaml", str(binding["mode"]))
        for card in _cards_of(folder, code, readings):
            if card.id in cards:
                raise WrongUse(f"the clause {card.id} has two cards", card.where_found, "keep one")
            if _switched_on(card, profile or str(binding["profile"]), binding.get("also", [])):
                cards[card.id] = card
    return standards, cards


def _switched_on(card: Card, profile: str, also: list[str]) -> bool:
    return profile in {"all", card.profile} or any(fnmatchcase(card.id, one) for one in also)


def _standard(path: Path, mode: str) -> Standard:
    file = _File(path)
    d = file.data
    if mode not in {"binding", "reference"}:
        raise file.wrong(("code",), f"the mode {mode!r} is unknown", "choose binding or reference")
    return Standard(
        str(d["code"]), _words(d["title"]), str(d["edition"]), _words(d["adopted_by"]),
        str(d["adopted_on"]), str(d["in_force_from"]), mode,
    )  # fmt: skip


def _cards_of(folder: Path, code: str, readings: dict[str, Reading]) -> list[Card]:
    out = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == "standard.yaml":
            continue
        file = _File(path)
        if file.data.get("standard") != code:
            raise file.wrong(("standard",), "the file names another standard", f"write `standard: {code}`")
        out += [_card(file, at, raw, code, readings) for at, raw in enumerate(file.data["cards"])]
    return out


def _card(file: _File, at: int, raw: dict[str, Any], code: str, readings: dict[str, Reading]) -> Card:
    place = ("cards", at)
    for key in raw:
        if key not in _COMMON | _PARAMETERS:
            raise file.wrong((*place, key), f"a card has no key {key!r}", "see docs/cards.md for the keys")
    for key in ("id", "place", "title", "check"):
        if key not in raw:
            raise file.wrong(place, f"the card has no {key}", f"add `{key}:`")
    _check_names(file, place, raw, readings)
    parameters = {key: raw[key] for key in raw if key in _PARAMETERS}
    if "limit" in raw:
        parameters["limit"] = _limits(file, (*place, "limit"), raw["limit"])
    if "below" in raw:
        parameters["below"] = _limit(file, (*place, "below"), str(raw["below"])).amount
    return Card(
        id=str(raw["id"]), standard=code, place=str(raw["place"]), title=_words(raw["title"]),
        check=str(raw["check"]), of=str(raw.get("of", "")), audit=str(raw.get("audit", "")),
        decides=bool(raw.get("decides", False)), function=str(raw.get("function", "")),
        where={str(k): str(v) for k, v in raw.get("where", {}).items()},
        needs=tuple(raw.get("needs", ())), absence_of=tuple(raw.get("absence_of", ())),
        parameters=parameters, readings=tuple(raw.get("readings", ())), tells=str(raw.get("tells", "")),
        severity=str(raw.get("severity", "must")), obligation_key=str(raw.get("obligation_key", "")),
        profile=str(raw.get("profile", "full")), trial=bool(raw.get("trial", False)),
        auditable=str(raw.get("auditable", "auto")), where_found=file.where(place),
    )  # fmt: skip


def _check_names(
    file: _File, place: tuple[str | int, ...], raw: dict[str, Any], readings: dict[str, Reading]
) -> None:
    if raw["check"] not in _CHECKS:
        raise file.wrong(
            (*place, "check"), f"there is no check {raw['check']!r}", f"choose one of {', '.join(_CHECKS)}"
        )
    function = raw.get("function", "")
    if function and function not in FUNCTIONS:
        do = f"choose one of {', '.join(sorted(FUNCTIONS))}"
        raise file.wrong((*place, "function"), f"there is no function {function!r}", do)
    if not function and raw.get("auditable", "auto") == "auto" and raw["check"] not in KINDS:
        raise file.wrong(
            (*place, "check"), f"a {raw['check']} card needs a function", "name one in `function:`"
        )
    for name in "|".join(str(need) for need in raw.get("needs", ())).split("|"):
        if not name:
            continue
        entity, _, field = name.partition(".")
        if entity not in MODEL or (field and field not in MODEL[entity].fields):
            raise file.wrong(
                (*place, "needs"), f"the model has no {name}", "see audits/model.py for the names"
            )
    for name in raw.get("readings", ()):
        if name not in readings:
            raise file.wrong((*place, "readings"), f"there is no reading {name!r}", "add it under readings/")


def _limits(file: _File, place: tuple[str | int, ...], raw: dict[str, Any]) -> dict[str, Limit]:
    if not isinstance(raw, dict) or not raw:
        raise file.wrong(
            place, "a limit needs the date from which it holds", "write `limit: {2024-01-01: 15 min}`"
        )
    out = {}
    for day, text in raw.items():
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(day)):
            raise file.wrong((*place, day), f"{day!r} is not a date", "write it as 2024-01-01")
        out[str(day)] = _limit(file, (*place, day), str(text))
    if len({limit.unit for limit in out.values()}) > 1:
        raise file.wrong(place, "the limits of one card contradict each other in their unit", "keep one unit")
    return out


def _limit(file: _File, place: tuple[str | int, ...], text: str) -> Limit:
    found = _LIMIT.fullmatch(text)
    if not found:
        raise file.wrong(place, f"{text!r} is no limit", "write 15 min, 2 h, 14 days, 5 working days or 95 %")
    amount, unit = int(found[1]), found[2]
    if unit in _UNITS:
        return Limit(amount * _UNITS[unit], "us")
    return Limit(amount, "percent" if unit == "%" else "working_days")


def load_readings(home: Path) -> dict[str, Reading]:
    """Every reading with its options (the first is the default) and the officer's signatures."""
    out: dict[str, Reading] = {}
    for path in sorted(home.glob("*.yaml")):
        if path.name == "signatures.yaml":
            continue
        file = _File(path)
        for at, raw in enumerate(file.data["readings"]):
            reading = _reading(raw)
            if reading.id in out:
                raise file.wrong(("readings", at), f"the reading {reading.id} stands twice", "keep one")
            out[reading.id] = reading
    signed = home / "signatures.yaml"
    return _signed(out, _File(signed)) if signed.exists() else out


def _reading(raw: dict[str, Any]) -> Reading:
    options = tuple(Option(str(o["key"]), _words(o["text"]), o.get("value")) for o in raw["options"])
    return Reading(
        str(raw["id"]),
        _words(raw["question"]),
        options,
        options[0].key,
        _words(raw["why"]),
        unit=str(raw.get("unit", "")),
    )


def _signed(readings: dict[str, Reading], file: _File) -> dict[str, Reading]:
    for at, raw in enumerate(file.data["signatures"]):
        place = ("signatures", at)
        for key in ("reading", "option", "by", "on", "from", "why"):
            if not raw.get(key):
                raise file.wrong(place, f"the signature has no {key}", "say who decided what, when and why")
        reading = readings.get(str(raw["reading"]))
        if reading is None:
            raise file.wrong(place, f"there is no reading {raw['reading']!r}", "see `clausewatch readings`")
        if str(raw["option"]) not in {option.key for option in reading.options}:
            keys = ", ".join(option.key for option in reading.options)
            raise file.wrong(place, f"{reading.id} has no option {raw['option']!r}", f"choose one of {keys}")
        signature = Signature(
            str(raw["option"]), str(raw["by"]), str(raw["on"]), str(raw["why"]), str(raw["from"]),
            tuple(raw.get("clauses", ())),
        )  # fmt: skip
        readings[reading.id] = replace(reading, signatures=(*reading.signatures, signature))
    return readings


def _words(raw: dict[str, str]) -> Words:
    return Words(str(raw["zh"]), str(raw["en"]))
