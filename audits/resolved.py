"""A card as it is judged: what it leaves to a reading is asked, and put in the place of the word.

``reading NAME`` stands for the value of the option that counts, ``reading NAME.KEY`` for one of its named
figures. As a limit the value is a text such as ``5 working days``; a bare figure takes the reading's unit.
"""

from dataclasses import replace
from typing import Final

from audits.cards import Card, Limit, Reading, Readings
from audits.rules import Rules
from audits.words import DAY, HOUR, MINUTE, SECOND

#: Lengths of calendar periods in months.
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
#: Figures of a period that a goal may be set for.
STATISTICS: Final = ("mean", "median", "p90")
#: Units of a limit, as a card writes them.
UNITS: Final = {
    "s": ("us", SECOND), "min": ("us", MINUTE), "h": ("us", HOUR), "days": ("us", DAY), "day": ("us", DAY),
    "minutes": ("us", MINUTE), "hours": ("us", HOUR), "hour": ("us", HOUR), "seconds": ("us", SECOND),
    "working days": ("working_days", 1), "working day": ("working_days", 1), "%": ("percent", 1),
    "per cent": ("percent", 1), "months": ("month", 1), "month": ("month", 1), "quarters": ("quarter", 1),
    "quarter": ("quarter", 1), "years": ("year", 1), "year": ("year", 1), "times": ("count", 1),
}  # fmt: skip
#: Words of a card that are limits, and words that readings never replace here.
_LIMITS: Final = frozenset({"limit", "at_most", "grace", "within", "holds"})
_LEFT: Final = frozenset({"from", "window"})


def limit_of(text: str) -> Limit:
    """``15 min`` or ``5 working days`` as a limit.

    Raises:
        ValueError: no such unit, or no whole number.
    """
    amount, _, unit = text.strip().partition(" ")
    if unit not in UNITS or not amount.isdigit():
        raise ValueError(f"{text!r} is no limit such as 15 min or 5 working days")
    kind, size = UNITS[unit]
    return Limit(int(amount) * size, kind)


def resolved(card: Card, rules: Rules) -> Card:
    """The card with the readings in force put in; the card itself where it leaves nothing to one."""
    asked = {
        name: word
        for name, word in card.parameters.items()
        if isinstance(word, str) and word.startswith("reading ") and name not in _LEFT
    }
    if not asked:
        return card
    since = rules.standards[card.standard].in_force_from
    found = {name: _value(name, word, card.id, rules.readings, since) for name, word in asked.items()}
    return replace(card, parameters={**card.parameters, **found})


def _value(name: str, word: str, clause: str, readings: Readings, since: str) -> object:
    reading, _, key = word.removeprefix("reading ").partition(".")
    asked = readings.by_id[reading]
    value = word_value(name, asked, readings.ask(reading, clause), key)
    return {since: value} if isinstance(value, Limit) else value


def word_value(word: str, reading: Reading, option: str, key: str = "") -> object:
    """What an option of a reading says for a word of a card; without a value its key is the value.

    Raises:
        TypeError, ValueError: the word cannot take it.
    """
    value = reading.option(option).value
    if key:
        value = value[key] if isinstance(value, dict) else None
    value = option if value is None else value
    if word in _LIMITS:
        return as_limit(value, reading.unit)
    if word == "every":
        return value if value in MONTHS else _period(as_limit(value, reading.unit))
    if word == "contains_also":  # keys of a list, with blanks between them; none where the text is empty
        return tuple(str(value).split())
    if word == "statistic":
        if value not in STATISTICS:
            raise ValueError(f"{value!r} is no statistic")
    elif not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _period(limit: Limit) -> str:
    """The calendar period of so many months, quarters or years."""
    months = MONTHS.get(limit.unit, 0) * limit.amount
    return next(name for name, length in MONTHS.items() if length == months)


def as_limit(value: object, unit: str) -> Limit:
    """An option's value as a limit; a bare figure has the reading's own unit, or is a count.

    Raises:
        ValueError: the value is no limit.
    """
    unit = unit.removeprefix("calendar ")
    if isinstance(value, int):
        known = next(
            (word for word in sorted(UNITS, key=len, reverse=True) if unit.startswith(word)), "times"
        )
        return limit_of(f"{value} {known}")
    return limit_of(str(value))
