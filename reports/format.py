"""How figures, instants and durations are written: one way in page, PDF, sheet, mail and terminal."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale

from audits.words import DAY, HOUR, MINUTE, SECOND

#: What stands where there is nothing to write.
NONE: Final = "–"
MINUS: Final = "−"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCALES: Final = {"zh": Locale.parse("zh_CN"), "en": Locale("en")}


def count(n: int) -> str:
    """12904 -> ``12,904``; a negative one with a true minus."""
    return f"{n:,}" if n >= 0 else f"{MINUS}{-n:,}"


def signed(n: int) -> str:
    """452 -> ``+ 452``, -519 -> ``− 519``, 0 -> ``0``."""
    return "0" if n == 0 else f"{'+' if n > 0 else MINUS} {abs(n):,}"


def need(n: int, percent: int) -> int:
    """The least count of ``n`` that is at least ``percent`` per cent of it; integers only (law 6)."""
    return -(-n * percent // 100)


def rate(k: int, n: int, against: tuple[int, ...] = (), digits: int = 1) -> str:
    """``k / n`` as ``80.5%``, half up; ``–`` when n is 0.

    Where rounding would print a limit of ``against`` that is not reached (94.96 beside 95), further
    decimals are shown until it does not.
    """
    if n == 0:
        return NONE
    for places in range(digits, 9):
        scale = 10**places
        shown = (200 * k * scale + n) // (2 * n)
        if all((shown >= limit * scale) == (100 * k >= limit * n) for limit in against):
            break
    return f"{shown // scale}.{shown % scale:0{places}d}%"


def clock_time(us: int) -> str:
    """Hours and minutes as ``9:30``; seconds are dropped."""
    return f"{us // HOUR}:{us % HOUR // MINUTE:02d}"


def duration(us: int, lang: str, open_hours: bool = False) -> str:
    """A length of time in a table.

    Args:
        us: microseconds, not negative.
        lang: ``zh`` or ``en``.
        open_hours: counted in opening hours; then it says so, and days are never made of it.
    """
    zh = lang == "zh"
    if us == 0:
        figure, unit = "0", "分" if zh else "min"
    elif us < SECOND:
        figure, unit = ("不到 1", "秒") if zh else ("under 1", "s")
    elif us < MINUTE:
        figure, unit = str(us // SECOND), "秒" if zh else "s"
    elif us < HOUR:
        figure, unit = str(us // MINUTE), "分" if zh else "min"
    elif us < DAY or open_hours:
        figure, unit = clock_time(us), "h" if open_hours and not zh else ""
    else:
        figure, unit = f"{us // DAY} {'天' if zh else 'd'} {clock_time(us % DAY)}", ""
    before, between = ("营业", "") if zh else ("", "open")
    words = (before, figure, between, unit) if open_hours else (figure, unit)
    return " ".join(word for word in words if word)


def spoken(us: int, lang: str) -> str:
    """A length of time inside a sentence: ``17 小时 01 分``, ``17 h 01 min``."""
    day, hour, minute = ("天", "小时", "分") if lang == "zh" else ("d", "h", "min")
    if us < HOUR:
        return duration(us, lang)
    if us < DAY:
        return f"{us // HOUR} {hour} {us % HOUR // MINUTE:02d} {minute}"
    return f"{us // DAY} {day} {us % DAY // HOUR} {hour} {us % HOUR // MINUTE:02d} {minute}"


#: Units of a limit that are no time of their own: to the end of so many calendar periods, a share, a count.
_PERIODS = {
    "month": (" 个自然月", " calendar month"),
    "quarter": (" 个自然季度", " calendar quarter"),
    "year": (" 个自然年", " calendar year"),
    "percent": ("%", " %"),
    "count": (" 次", " time"),
}


def limit(amount: int, unit: str, lang: str) -> str:
    """A limit as the standard says it: ``15 分``, ``4 小时``, ``5 个工作日``."""
    if unit == "working_days":
        return f"{amount} 个工作日" if lang == "zh" else f"{amount} working day{'' if amount == 1 else 's'}"
    if unit in _PERIODS:
        zh, en = _PERIODS[unit]
        return (
            f"{amount}{zh}"
            if lang == "zh"
            else f"{amount}{en}{'s' if amount != 1 and unit != 'percent' else ''}"
        )
    if amount % HOUR == 0:
        return f"{amount // HOUR} {'小时' if lang == 'zh' else 'h'}"
    return duration(amount, lang)


def local(at: "str | int | datetime", zone: str) -> datetime:
    """An instant (ISO text, microseconds UTC, or zone-aware datetime) in the named zone."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    elif isinstance(at, int):
        at = _EPOCH + timedelta(microseconds=at)
    return at.astimezone(ZoneInfo(zone))


def instant(at: "str | int | datetime", zone: str, near: "Near | None" = None, seconds: bool = False) -> str:
    """``10-10 12:25`` near the period, ``2026-09-10 12:25`` outside; the last microsecond of a day is 24:00.

    Args:
        at: the instant.
        zone: IANA name of the business's zone; it is said once on the page, not here.
        near: the stretch in which the year goes without saying; None always writes it.
        seconds: write seconds too.
    """
    stamp = local(at, zone)
    text = f"{_day(stamp, near)} "
    if stamp.hour == 23 and stamp.minute == 59 and stamp.second == 59 and stamp.microsecond == 999_999:
        return text + "24:00"
    return text + stamp.strftime("%H:%M:%S" if seconds else "%H:%M")


def day(at: "str | int | datetime | date", zone: str, near: "Near | None" = None) -> str:
    """``11-03`` near the period, ``2026-09-10`` outside."""
    if isinstance(at, date) and not isinstance(at, datetime):
        return _day(datetime(at.year, at.month, at.day, tzinfo=ZoneInfo(zone)), near)
    return _day(local(at, zone), near)


def _day(stamp: datetime, near: "Near | None") -> str:
    return stamp.strftime("%m-%d" if near and near.holds(stamp) else "%Y-%m-%d")


class Near:
    """The stretch in which a date needs no year: from the period's start to a month after ``as_of``."""

    def __init__(self, start: str, as_of: str) -> None:
        self.start = datetime.fromisoformat(start)
        self.end = datetime.fromisoformat(as_of) + timedelta(days=31)

    def holds(self, stamp: datetime) -> bool:
        """Whether the instant lies in the stretch."""
        return self.start <= stamp <= self.end


def offset(at: str) -> str:
    """The zone of an ISO instant as ``UTC+8``."""
    delta = datetime.fromisoformat(at).utcoffset() or timedelta(0)
    minutes = int(delta.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def weekday(on: date, lang: str) -> str:
    """``一`` or ``Mon``: at the head of a column."""
    width = "narrow" if lang == "zh" else "abbreviated"
    return str(_LOCALES[lang].days["stand-alone"][width][on.weekday()])


def weekday_name(on: date, lang: str) -> str:
    """``周一`` or ``Monday``: in a sentence."""
    width = "abbreviated" if lang == "zh" else "wide"
    return str(_LOCALES[lang].days["format"][width][on.weekday()])


def month_name(number: int, lang: str) -> str:
    """``10 月`` or ``October``; Chinese sets a space between figure and sign."""
    return f"{number} 月" if lang == "zh" else str(_LOCALES[lang].months["format"]["wide"][number])


def period(key: str, lang: str) -> str:
    """A period's full name: ``2026 年 10 月``, ``October 2026``, ``week 41 of 2026``; an unknown form as it stands."""
    zh = lang == "zh"
    if m := re.fullmatch(r"(\d{4})-(\d\d)", key):
        month = month_name(int(m[2]), lang)
        return f"{m[1]} 年 {month}" if zh else f"{month} {m[1]}"
    if m := re.fullmatch(r"(\d{4})-Q([1-4])", key):
        return f"{m[1]} 年第 {m[2]} 季度" if zh else f"Q{m[2]} {m[1]}"
    if re.fullmatch(r"\d{4}", key):
        return f"{key} 年" if zh else key
    if m := re.fullmatch(r"(\d{4})-W(\d\d)", key):
        return f"{m[1]} 年第 {int(m[2])} 周" if zh else f"week {int(m[2])} of {m[1]}"
    if m := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", key):
        month = month_name(int(m[2]), lang)
        return f"{m[1]} 年 {month} {int(m[3])} 日" if zh else f"{int(m[3])} {month} {m[1]}"
    first, dots, last = key.partition("..")
    return _span(period(first, lang), period(last, lang), lang) if dots else key


def _span(first: str, last: str, lang: str) -> str:
    """From one period to another; Chinese sets a space before a figure."""
    if lang == "en":
        return f"{first} to {last}"
    return f"{first}至{' ' if last[:1].isdigit() else ''}{last}"


def period_short(key: str, lang: str) -> str:
    """A period's name where the year goes without saying: ``10 月``, ``October``, ``5 October``."""
    if m := re.fullmatch(r"\d{4}-(\d\d)", key):
        return month_name(int(m[1]), lang)
    if m := re.fullmatch(r"\d{4}-W(\d\d)", key):
        return f"第 {int(m[1])} 周" if lang == "zh" else f"week {int(m[1])}"
    if m := re.fullmatch(r"\d{4}-(\d\d)-(\d\d)", key):
        month = month_name(int(m[1]), lang)
        return f"{month} {int(m[2])} 日" if lang == "zh" else f"{int(m[2])} {month}"
    first, dots, last = key.partition("..")
    return _span(period_short(first, lang), period_short(last, lang), lang) if dots else period(key, lang)


def joined(parts: list[str], lang: str) -> str:
    """A list inside a sentence: ``甲、乙、丙``; ``a, b and c``."""
    if lang == "zh":
        return "、".join(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
