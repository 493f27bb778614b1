"""What one cell of a register says: people type dates, numbers and words in many ways, all of them plain.

Nothing is guessed: what cannot be read for certain is an error that names the cell. Figures are read as
the sheet shows them (15 significant digits), never as the binary fraction behind them.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import TypeAlias
from zoneinfo import ZoneInfo

from openpyxl.utils.datetime import from_excel

from audits.model import Field
from tasks.crm.register_words import NO, YES, values_by_label

#: What a cell may become; None is blank, ``date`` a day without a time.
Value: TypeAlias = str | int | bool | Decimal | date | datetime | None


#: Excel day numbers of 1990-01-01 and 2100-01-01 (and of the 1904 system near them): outside is no date.
FIRST_DAY, LAST_DAY = 31_000, 73_050
#: A larger figure is a slip of the pen (and would not fit the model's billionths).
LARGEST = 10**9

_STAMP = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:(?:[T\s]\s*|(?<=日))(?P<H>\d{1,2})[:时](?P<M>\d{1,2})(?:[:分](?P<S>\d{1,2})(?:\.(?P<f>\d{1,6}))?)?[分秒]?)?"
    r"\s*(?P<z>Z|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_SEPARATORS = re.compile(r"[|,;、\n]")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


class Unreadable(ValueError):
    """A cell that cannot be read; the text says why and what is expected."""


def plain(value: object) -> str:
    """The characters of a cell with full-width signs made ordinary and outer space removed."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip()


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing but space."""
    return value is None or (isinstance(value, str) and not value.strip())


def read(entity: str, field: Field, value: object, shown_as: str, epoch: datetime, zone: ZoneInfo) -> Value:
    """The canonical meaning of one cell.

    Args:
        entity: entity of the sheet.
        field: field of the column.
        value: what openpyxl found (text, number, boolean, date, instant).
        shown_as: the cell's number format; a format without hours makes a whole day a date.
        epoch: day zero of the workbook's serial numbers.
        zone: the business's zone, in which people write.

    Returns:
        An aware instant or a bare ``date`` for stamps, ``Decimal``, ``int``, ``bool``, canonical words for
        list values, text otherwise.

    Raises:
        Unreadable: what was found and what would do.
    """
    if is_blank(value):
        return None
    match field.type:
        case "ts" | "date":
            meaning: Value = _stamp(value, shown_as, epoch, zone)
        case "int":
            meaning = _whole(value)
        case "decimal":
            meaning = _decimal(field, value, shown_as)
        case "bool":
            meaning = _yes_or_no(value)
        case "enum":
            meaning = _listed(entity, field, value)
        case "text":
            meaning = _text(value)
        case "keys":
            meaning = _several(entity, field, value)
        case _:
            meaning = _key(value)
    return meaning


def _text(value: object) -> str:
    return value if isinstance(value, str) else plain(value)


def _key(value: object) -> str:
    if isinstance(value, bool | date):
        raise Unreadable(f"{value} is no number of a record; write it as text")
    return plain(value)


def _several(entity: str, field: Field, value: object) -> str:
    """Several keys or words, however they are separated; words that clauses ask for become canonical."""
    spelled = values_by_label(entity, field)
    words = [word.strip() for word in _SEPARATORS.split(_key(value))]
    return "|".join(spelled.get(word.lower(), word) for word in words if word)


def _listed(entity: str, field: Field, value: object) -> str:
    spelled = values_by_label(entity, field)
    word = plain(value)
    found = spelled.get(word.lower()) or spelled.get(word.lower().replace(" ", "_"))
    if not found:
        raise Unreadable(f"{word!r} is none of: {', '.join(_choices(spelled))}")
    return found


def _choices(spelled: dict[str, str]) -> list[str]:
    """One spelling of each value, the first that is not the canonical word where there is one."""
    best: dict[str, str] = {}
    for word, value in spelled.items():
        if best.get(value, value) == value:
            best[value] = word
    return list(best.values())


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = plain(value).lower()
    if word in YES or word in NO:
        return word in YES
    raise Unreadable(f"{word!r} is neither 是 / yes nor 否 / no")


def _number(value: object) -> Decimal:
    if isinstance(value, bool | date):
        raise Unreadable(f"{value} is not a number")
    if isinstance(value, float):
        return Decimal(format(value, ".15g"))
    text = plain(value)
    try:
        number = Decimal(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
    except InvalidOperation:
        raise Unreadable(f"{text!r} is not a number") from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise Unreadable(f"{text!r} is not a number that can be meant")
    return number


def _whole(value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise Unreadable(f"{number} is not a whole number")
    return int(number)


def _decimal(field: Field, value: object, shown_as: str) -> Decimal:
    """A figure; per cent may be written 60, ``60%``, or be a cell that shows 0.6 as 60 %."""
    per_cent = "%" in field.zh
    if per_cent and isinstance(value, str) and plain(value).endswith("%"):
        return _number(plain(value)[:-1].strip())
    number = _number(value)
    return number * 100 if per_cent and not isinstance(value, str) and "%" in shown_as else number


def _stamp(value: object, shown_as: str, epoch: datetime, zone: ZoneInfo) -> date:
    if isinstance(value, bool):
        raise Unreadable(f"{value} is not a date")
    if isinstance(value, int | float):
        return _serial(value, epoch, zone)
    if isinstance(value, datetime):
        whole_day = value.time() == datetime.min.time()
        return value.date() if whole_day and not shows_hours(shown_as) else _local(value, zone)
    if isinstance(value, date):
        return value
    return _written(plain(value), epoch, zone)


def shows_hours(number_format: str) -> bool:
    """Whether a cell so formatted shows a time of day: then 00:00 is midnight and not a day alone."""
    return "h" in re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format.lower())


def _serial(value: float, epoch: datetime, zone: ZoneInfo) -> date:
    compact = _COMPACT.fullmatch(plain(value))
    if compact:
        return _day(compact)
    if not FIRST_DAY <= value <= LAST_DAY:
        raise Unreadable(f"{plain(value)} is not a date")
    moment = from_excel(value, epoch)
    if not isinstance(moment, datetime):
        raise Unreadable(f"{plain(value)} is not a date")
    return moment.date() if float(value).is_integer() else _local(moment, zone)


def _written(text: str, epoch: datetime, zone: ZoneInfo) -> date:
    found = _STAMP.fullmatch(text) or _COMPACT.fullmatch(text)
    if not found:
        try:
            return _serial(float(text), epoch, zone)
        except ValueError:
            raise Unreadable(f"{text!r} is not a date; write 2026-09-01 or 2026-09-01 09:05") from None
    parts = found.groupdict()
    day = _day(found)
    if parts.get("H") is None:
        if parts.get("z"):
            raise Unreadable(f"{text!r} has a zone but no time")
        return day
    try:
        clock = time(int(parts["H"]), int(parts["M"]), int(parts["S"] or 0), _micros(parts["f"]))
    except ValueError:
        raise Unreadable(f"{text!r} is not a time of day; midnight is 00:00 of the next day") from None
    moment, offset = datetime.combine(day, clock), parts["z"]
    return moment.replace(tzinfo=_offset(offset)) if offset else _local(moment, zone)


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0"))


def _day(found: re.Match[str]) -> date:
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        raise Unreadable(f"{found[0]} is not a date") from None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant a wall clock showed; a time the clock never showed, or showed twice, is refused."""
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    why = "came twice" if back == moment else "was skipped"
    raise Unreadable(
        f"{moment:%Y-%m-%d %H:%M} {why} when {zone.key} changed its clocks; add the offset, e.g. +08:00"
    )
