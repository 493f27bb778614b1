"""What the names on a card refer to: entities, fields, values, readings; and which words its check takes.

The grammar (``config.rule_files``) says how a card is written; here it is held against the canonical model,
the views and the readings. Everything is a pure function from a card to its problems.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from audits.cards import Reading
from audits.context import BASE, columns_of
from audits.judge import KINDS
from audits.model import MODEL
from audits.resolved import word_value
from audits.sampling import STRATA
from config.rule_columns import (
    LISTS,
    NAMES,
    Derived,
    Problem,
    base_of,
    close,
    derive,
    filter_problems,
    rows_of,
    word_of,
)
from config.rule_files import CardBlock, DrawnBlock, Values

#: Words that a check or function must have, and others that it may have. ``a|b``: one of them.
TAKES: Final[dict[str, tuple[str, str]]] = {
    "deadline": ("of from|due to limit|due", "bounded_by only_begun"),
    "completeness": ("of from|due fields", "limit contains contains_also done only_begun must among"),
    "sequence": ("of from|due steps", "required limit in_time unbroken fields must only_begun"),
    "membership": ("of from|due field values|map|equals", "limit only_begun"),
    "format": ("of from|due field pattern|length|scale", "limit only_begun"),
    "confidentiality": ("of from allowed|forbidden", "only_begun"),
    "threshold": ("of from part whole once limit", ""),
    "figure": ("of from figure at_most|at_least", "limit only_begun must"),
    "goal": ("of from to every statistic limit", "in_year"),
    "rate": ("of by counts limit", "without window every at_least in_year"),
    "rhythm": (
        "of every rows|fields|must",
        "least all_rows each_of distinct when joined left grace within contains shown_from holds",
    ),
    "overtime": ("of where evidence roles", ""),
    "formal_acceptance": ("of from limit", ""),
    "rectification": ("of from limit", ""),
    "checked_before_delivery": ("of from", ""),
    "special_visit": ("of by counts below", "without window"),
    "supervisor_steps_in": ("of from limit", ""),
    "graded": ("of from", ""),
    "picked_up": ("of from to limit|at_most", "figure"),
    "on_the_spot": ("of from to limit", ""),
    "result_asked": ("of from limit", ""),
    "delay_told": ("of from", ""),
    "told_every": ("of from limit", ""),
    "urgent_first": ("of from", ""),
    "routed": ("of from", ""),
    "parity": ("of by to", ""),
    "file_number": ("of from field", ""),
    "no_duplicates": ("of from limit", ""),
    "purpose_bound": ("of from allowed", ""),
    "access_rights": ("of every", ""),
    "growth": ("of every limit", "in_year"),
}
#: Types of column that a word may name.
_TYPES: Final = {
    "from": ("ts",), "to": ("ts",), "due": ("ts",), "bounded_by": ("ts",), "by": ("ts",), "once": ("ts",),
    "done": ("ts",), "steps": ("ts",), "part": ("int",), "whole": ("int",), "without": ("bool",),
    "among": ("enum",),
    "joined": ("ts", "date"), "shown_from": ("ts", "date"), "left": ("ts", "date"), "figure": ("int", "decimal", "count"),
}  # fmt: skip
_FREE: Final = frozenset(
    "id place title check function audit decides profile where either unless above with needs absence_of tells "
    "strength basis obligation_key readings trial auditable rests_on reason way".split()
)
#: Checks whose limit is a share.
_SHARES: Final = frozenset({"rate", "threshold", "growth"})
_HOUSE: Final = "house"


def way_of(card: CardBlock) -> str:
    """Which way of judging a card's words choose: its function, a rhythm, a figure, a goal, else its kind."""
    if card.function:
        return card.function
    if card.statistic is not None:
        return "goal"
    if card.figure is not None:
        return "figure"
    if card.way is not None:
        return card.way
    if card.check == "cadence" and card.every is None and card.rows is None:
        return "completeness" if card.fields is not None else "deadline" if card.to is not None else "rhythm"
    if card.every is not None and card.check != "rate":
        return "rhythm"
    return "rhythm" if card.check == "cadence" else card.check


def problems(card: CardBlock, readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Everything that is wrong with one card, in the order in which a person would mend it."""
    yield from _names(card, readings)
    if card.auditable != "auto":
        yield from _by_people(card)
        yield from _timing(card)
        return
    way = way_of(card)
    if way not in TAKES or (not card.function and card.check not in KINDS):
        yield Problem(("check",), f"a {card.check} card needs a function", "name one in `function:`")
        return
    yield from _words(card, way)
    columns = columns_of(card.of)
    if not columns and not (way == "rhythm" and card.of == _HOUSE):
        yield Problem(("of",), f"the model has no entity {card.of!r}", close(card.of, [*MODEL, *BASE]))
        return
    derived = derive(card)
    yield from derived.problems
    types = {**columns, **derived.types}
    yield from _columns(card, types, readings)
    yield from _counts(card, types)
    yield from _filters(card, types, derived)
    for word in ("rows", "when"):
        seen = Derived(dict(derived.columns), dict(derived.types))
        rows_of(seen, card, word, word_of(card, word) or [])
        yield from seen.problems
    yield from _limits(card)
    yield from _asked(card, readings)
    yield from _timing(card)


def _timing(card: CardBlock) -> Iterator[Problem]:
    """What the audit of timing prints of each limit."""
    if card.audit == "timing" and not isinstance(card.where.get("service_type"), str):
        found = "a card of the audit of timing is of one service type, and this one names none"
        yield Problem(("audit",), found, "add `where: {service_type: ...}`, or leave `audit` out")


def _by_people(card: CardBlock) -> Iterator[Problem]:
    """What a card says that no record can judge."""
    if card.auditable == "none" and card.reason is None:
        yield Problem((), "a card that nobody judges says why", "add `reason: {zh: ..., en: ...}`")
    if card.auditable == "attest" and card.rests_on is None:
        yield Problem(
            (), "an attested card says what it rests on", "add `rests_on: attestation` or scorecard"
        )
    if card.drawn_from is not None:
        yield from _drawn(card, card.drawn_from)


def _drawn(card: CardBlock, drawn: DrawnBlock) -> Iterator[Problem]:
    """What a sample for the card is drawn from."""
    if card.auditable != "attest" or card.rests_on != "scorecard":
        do = "take it out, or write `auditable: attest` and `rests_on: scorecard`"
        yield Problem(("drawn_from",), "only what people score is drawn", do)
    types = columns_of(drawn.of)
    for one in filter_problems(drawn.of, types, {}, "where", drawn.where):
        yield Problem(("drawn_from", *one.place), one.found, one.do)
    for at, name in enumerate(drawn.strata):
        if types.get(name) not in STRATA:
            known = [one for one, kind in types.items() if kind in STRATA]
            found = f"{drawn.of} has no {name!r} to tell strata by"
            yield Problem(("drawn_from", "strata", at), found, close(name, known))


def _names(card: CardBlock, readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Entities, fields and readings that the card lists."""
    for at, need in enumerate(card.needs):
        for name in need.split("|"):
            entity, _, field = name.partition(".")
            if entity not in MODEL or field not in MODEL[entity].fields:
                yield Problem(("needs", at), f"the model has no {name}", _field_hint(entity, field))
    for at, entity in enumerate(card.absence_of):
        if entity not in MODEL:
            yield Problem(("absence_of", at), f"the model has no entity {entity!r}", close(entity, MODEL))
    for at, name in enumerate(card.readings):
        if name not in readings:
            yield Problem(("readings", at), f"there is no reading {name!r}", close(name, readings))
    if card.decides and card.audit is None:
        yield Problem(("decides",), "the card decides an audit and names none", "say which in `audit:`")


def _words(card: CardBlock, way: str) -> Iterator[Problem]:
    """Words that are missing, and words that the check does not know."""
    given = {name.rstrip("_") for name in card.model_fields_set}
    must, may = (words.split() for words in TAKES[way])
    for names in must:
        if not given & set(names.split("|")):
            first = names.split("|")[0]
            one_of = " or ".join(f"`{name}`" for name in names.split("|"))
            yield Problem((), f"a {way} card needs {one_of}", f"add `{first}:`")
    known = {name for names in must for name in names.split("|")} | set(may)
    for name in sorted(given - known - _FREE):
        yield Problem((name,), f"a {way} card has no `{name}`", f"it takes {', '.join(sorted(known))}")


def _columns(card: CardBlock, types: Mapping[str, str], readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """Words that name columns of the view."""
    for word in (*NAMES, *LISTS):
        value = word_of(card, word)
        if word == "counts" or (isinstance(value, list) and word not in LISTS):
            continue
        for at, whole in enumerate([value] if isinstance(value, str) else value or []):
            place = (word,) if isinstance(value, str) else (word, at)
            for name in _chosen(whole, readings) if word == "from" else whole.split("|"):
                yield from _column(card, types, word, place, name)
    if card.map is not None:
        yield from _column(card, types, "map", ("map", "by"), card.map.by)
    if card.window is not None and card.window not in readings:
        yield Problem(("window",), f"there is no reading {card.window!r}", close(card.window, readings))
    roles = MODEL["escalation"].fields["target_role"].values
    for role in (card.roles or "").split():
        if role not in roles:
            yield Problem(("roles",), f"there is no role {role!r}", f"choose among {', '.join(roles)}")


def _column(
    card: CardBlock, types: Mapping[str, str], word: str, place: tuple[str | int, ...], name: str
) -> Iterator[Problem]:
    wanted = _TYPES.get(word, ())
    if name not in types:
        if "." not in name:  # a path that leads nowhere was told already
            yield Problem(place, f"{card.of} has no field {name!r}", close(name, types))
    elif wanted and types[name] not in wanted:
        yield Problem(place, f"{card.of}.{name} is no {wanted[0]}", "name another field")


def _chosen(name: str, readings: Mapping[str, Reading]) -> list[str]:
    """A column, or with ``reading NAME`` the columns that its options name."""
    reading = readings.get(name.removeprefix("reading ")) if name.startswith("reading ") else None
    return [name] if reading is None else [str(option.value) for option in reading.options]


def _counts(card: CardBlock, types: Mapping[str, str]) -> Iterator[Problem]:
    """``counts``: a stamp, ``field=value`` of a list, or a figure with ``at_least``."""
    if card.counts is None:
        return
    name, equals, wanted = card.counts.partition("=")
    figure = card.at_least is not None
    if name not in types:
        yield Problem(("counts",), f"{card.of} has no field {name!r}", close(name, types))
    elif figure and types[name] not in ("int", "decimal", "count"):
        yield Problem(("counts",), f"{card.of}.{name} is no figure", "name a number, or drop `at_least`")
    elif not equals and not figure and types[name] != "ts":
        yield Problem(("counts",), f"{card.of}.{name} is no ts", f"write `{name}=value`")
    elif equals and wanted not in MODEL[base_of(card.of)].fields[name].values:
        yield Problem(("counts",), f"{card.of}.{name} has no value {wanted!r}", "see audits/model.py")


def _filters(card: CardBlock, types: Mapping[str, str], derived: Derived) -> Iterator[Problem]:
    """Fields and values of every filter, of a map, and of the values listed."""
    entity = base_of(card.of)
    for word in ("where", "unless", "must", "allowed", "forbidden"):
        given = word_of(card, word) or {}
        yield from filter_problems(entity, types, derived.columns, word, given)
    for name in (*card.above, *card.above.values()):
        if types.get(name) not in ("int", "decimal", "count"):
            yield Problem(("above",), f"{card.of} has no figure {name!r}", close(name, types))
    for one in card.either:
        yield from filter_problems(entity, types, derived.columns, "either", one)
    if card.values is not None and card.field is not None and card.field in types:
        yield from filter_problems(entity, types, derived.columns, "values", {card.field: list(card.values)})
    if card.map is not None and card.field is not None and card.field in types and card.map.by in types:
        for value, wanted in card.map.to.items():
            key: Values = int(value) if types[card.map.by] in ("int", "count") and value.isdigit() else value
            yield from filter_problems(entity, types, derived.columns, "map", {card.map.by: key})
            yield from filter_problems(entity, types, derived.columns, "map", {card.field: wanted})


def _limits(card: CardBlock) -> Iterator[Problem]:
    """One unit throughout, and the one that the check compares."""
    dated = card.limit if isinstance(card.limit, dict) else {}
    units = {text.split(" ", 1)[1] for text in dated.values()}
    kinds = {_kind(unit) for unit in units}
    if len(kinds) > 1:
        found = f"the limits of one card contradict each other: {', '.join(sorted(units))}"
        yield Problem(("limit",), found, "keep one unit")
    elif kinds and ("%" in kinds) != (way_of(card) in _SHARES):
        found = f"a {card.check} card cannot have a limit in {units.pop()}"
        yield Problem(("limit",), found, "write 95 %, or 15 min, 2 h, 5 working days")
    if card.holds is not None and "working" in card.holds:
        yield Problem(("holds",), "a state cannot hold for working days", "write 12 months, or 14 days")
    bounds = card.below if isinstance(card.below, dict) else {"": card.below} if card.below else {}
    for text in bounds.values():
        if not text.endswith("%"):
            yield Problem(("below",), f"{text!r} is no share", "write 60 %")
    shares = [*dated.values(), *bounds.values()]
    for text in shares:
        if text.endswith("%") and not 0 < int(text.split(" ")[0]) <= 100:
            yield Problem(("limit",), f"no share can reach {text}", "write a share from 1 % to 100 %")


def _kind(unit: str) -> str:
    return (
        unit.rstrip("s")
        if unit in {"month", "months", "quarter", "quarters", "year", "years"}
        else ("%" if unit == "%" else "days" if unit.startswith("working") else "time")
    )


def _asked(card: CardBlock, readings: Mapping[str, Reading]) -> Iterator[Problem]:
    """``reading NAME`` as a word: the reading is there, listed on the card, and gives what the word takes."""
    for word in (
        "limit", "at_most", "at_least", "every", "least", "grace", "within", "holds", "statistic", "in_year", "contains_also"
    ):  # fmt: skip
        said = word_of(card, word)
        if not isinstance(said, str) or not said.startswith("reading "):
            continue
        name, _, key = said.removeprefix("reading ").partition(".")
        if name not in readings:
            yield Problem((word,), f"there is no reading {name!r}", close(name, readings))
        elif name not in card.readings:
            yield Problem(
                (word,), f"the card asks the reading {name} and does not list it", "add it to `readings:`"
            )
        else:
            yield from _gives(word, readings[name], key)


def _gives(word: str, reading: Reading, key: str) -> Iterator[Problem]:
    """Every option gives something that the word can take."""
    for option in reading.options:
        try:
            word_value(word, reading, option.key, key)
        except (KeyError, StopIteration, TypeError, ValueError):
            found = f"`{word}` cannot take the option {option.key} of reading {reading.id}: {option.value!r}"
            yield Problem(
                (word,), found, "give the option a `value:` such as 5 working days, 4 h, quarter or 3"
            )


def _field_hint(entity: str, field: str) -> str:
    if entity not in MODEL:
        return close(entity, MODEL)
    return close(field, MODEL[entity].fields)
