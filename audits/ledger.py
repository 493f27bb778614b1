"""The minute ledger of one timing verdict: which stretches counted, which did not, and why (law 8).

Written for one record at a time, on demand. Its rows join up from start to end without a gap, so counted
and uncounted microseconds add up to the elapsed time exactly, and the counted ones to the clock's figure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from audits.calendars import DayKind, WorkingCalendar
from audits.clocks import ElapsedClock, OpeningHours
from audits.errors import WrongUse
from audits.instants import MINUTE, NAT, SECOND, date_of
from audits.pauses import Pauses, joined
from audits.words import Words

WEEKDAYS = tuple(
    Words(f"周{zh}", en)
    for zh, en in zip(
        "一二三四五六日",
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)


class Reason(NamedTuple):
    """Why a stretch counted or not: a code for programs, words for people."""

    code: str
    words: Words


class Pause(NamedTuple):
    """One recorded pause of the record: instants, NAT for an end not known yet, and its reason."""

    start: int
    end: int
    reason: Words


class LedgerRow(NamedTuple):
    """One stretch [start, end): exactly one of the two counts is its length, the other 0."""

    start: int
    end: int
    counted_us: int
    uncounted_us: int
    why: tuple[Reason, ...]
    late: bool

    def say(self, lang: str) -> str:
        """The reasons as one phrase."""
        return ("; " if lang == "en" else "；").join(part.words.in_(lang) for part in self.why)


OPEN = Reason("open", Words("营业时间", "opening hours"))
ELAPSED = Reason("elapsed", Words("自然时间", "elapsed time"))
NIGHT = Reason("night", Words("夜间停业", "closed for the night"))
BREAK = Reason("break", Words("班次之间停业", "closed between shifts"))
WEEKEND = Reason("weekend", Words("周末", "weekend"))
NO_SHIFT = Reason("no_shift", Words("当日无班次", "no shift on that day"))
UNKNOWN = Reason("unknown", Words("节假日安排尚未录入", "holidays not known yet"))
_EXCEPTIONS = ("make_up", "company_working")
LATE = Reason("late", Words("超时", "late"))


@dataclass(frozen=True)
class _Record:
    """What the ledger of one record is drawn from."""

    start: int
    end: int
    clock: ElapsedClock | OpeningHours
    pauses: Sequence[Pause]
    due: int
    limit: int | None


def ledger(
    start: int,
    end: int,
    clock: ElapsedClock | OpeningHours,
    pauses: Sequence[Pause] = (),
    limit: int | None = None,
) -> list[LedgerRow]:
    """The ledger of one record from start to end.

    Args:
        start, end: instants, start <= end; for an open record `end` is as_of.
        clock: the clock that decides.
        pauses: the record's granted pauses, in any order; parts outside start..end are left out.
        limit: the budget in microseconds; rows are cut at its due instant and marked late after it.

    Raises:
        WrongUse: end lies before start, or one is null.
    """
    if NAT in (start, end) or end < start:
        raise WrongUse("a ledger needs a start and an end that is not before it", do="give both instants")
    due = NAT if limit is None else _due(start, end, clock, pauses, limit)
    record = _Record(start, end, clock, pauses, due, limit)
    cuts = sorted({at for at in (start, end, due, *_cuts(record)) if start <= at <= end})
    rows = (_row(begin, finish, record) for begin, finish in pairwise(cuts))
    return _merged(_said_once(rows, clock))


def _due(
    start: int, end: int, clock: ElapsedClock | OpeningHours, pauses: Sequence[Pause], limit: int
) -> int:
    return int(clock.due_after(_one(start), limit, _as_columns(pauses, end)).due[0])


def _as_columns(pauses: Sequence[Pause], end: int) -> Pauses:
    starts, ends = ([pause[side] for pause in pauses] for side in (0, 1))
    return joined(np.zeros(len(pauses), np.int64), np.array(starts, np.int64), np.array(ends, np.int64), end)


def _cuts(record: _Record) -> Iterable[int]:
    for pause in record.pauses:
        yield pause.start
        yield pause.end
    if isinstance(record.clock, OpeningHours):
        table = record.clock.table
        first, last = np.searchsorted(table.opens, [record.start, record.end], side="right")
        for at in (*table.opens[first - 1 : last], *table.closes[first - 1 : last], *record.clock.known):
            yield int(at)
        # A make-up day is named on its own row, and only on its own.
        begin, finish = record.clock.zone.days(np.array([record.start, record.end], np.int64))
        for day in range(int(begin), int(finish) + 1):
            if _worked_exception(record.clock, day):
                yield from (int(at) for at in record.clock.zone.day_starts[day : day + 2])


def _row(start: int, end: int, record: _Record) -> LedgerRow:
    clock, late = record.clock, record.due != NAT and start >= record.due
    pause = next((pause for pause in record.pauses if pause.start <= start < _ends(pause)), None)
    counted, why = (True, [ELAPSED]) if isinstance(clock, ElapsedClock) else _opening(start, clock, record)
    if counted and pause is not None:
        counted, why = False, [Reason("pause", pause.reason)]
    if counted and late:
        why.append(LATE)
    if counted and record.limit and end == record.due:
        why.append(_used_up(record.limit))
    length = end - start
    return LedgerRow(start, end, length * counted, length * (not counted), tuple(why), late)


def _opening(start: int, hours: OpeningHours, record: _Record) -> tuple[bool, list[Reason]]:
    """Whether the stretch that begins here is open, and why."""
    first, last = hours.known
    if not first <= start < last:
        return False, [UNKNOWN]
    table = hours.table
    at = int(np.searchsorted(table.opens, start, side="right")) - 1
    if start >= table.closes[at]:
        opens = int(table.opens[at + 1]) if at + 1 < len(table.opens) else last
        return False, _closed(max(int(table.closes[at]), first), min(opens, last), hours, record)
    day = int(hours.zone.days(_one(start))[0])
    exception = _worked_exception(hours, day)
    return True, [OPEN, exception] if exception else [OPEN]


def _closed(closes: int, opens: int, hours: OpeningHours, record: _Record) -> list[Reason]:
    """Why nothing is open between a closing and the next opening: days off the record saw, else the hour."""
    seen = (max(closes, record.start), min(opens, record.end) - 1)
    begin, finish, closed, opened = hours.zone.days(np.array([*seen, closes, opens - 1], np.int64)).tolist()
    if hours.calendar is not None:
        reasons = [_day_off(hours.calendar, day) for day in range(begin, finish + 1)]
        if named := list(dict.fromkeys(reason for reason in reasons if reason)):
            return named
    midnight, next_midnight = hours.zone.day_starts[[closed, closed + 1]].tolist()
    if midnight < closes and opens < next_midnight:
        return [BREAK]
    return [NO_SHIFT] if max(begin, closed + 1) <= min(finish, opened - 1) else [NIGHT]


def _day_off(calendar: WorkingCalendar, day: int) -> Reason | None:
    date = date_of(day)
    kind, name = calendar.kind(date), calendar.name(date)
    if kind is DayKind.HOLIDAY and name:
        return Reason("holiday", Words(f"{name.zh}放假", f"{name.en} holiday"))
    if kind is DayKind.COMPANY_OFF and name:
        return Reason("company_off", name)
    return WEEKEND if kind is DayKind.WEEKEND else None


def _worked_exception(hours: OpeningHours, day: int) -> Reason | None:
    if hours.calendar is None:
        return None
    date = date_of(day)
    kind, name, weekday = hours.calendar.kind(date), hours.calendar.name(date), WEEKDAYS[date.weekday()]
    if kind is DayKind.MAKE_UP:
        words = Words(f"{weekday.zh}为调休上班日", f"this {weekday.en} is a make-up working day")
        return Reason("make_up", words)
    if kind is DayKind.COMPANY_WORKING and name:
        return Reason("company_working", name)
    return None


def _used_up(limit: int) -> Reason:
    for unit, zh, en in ((MINUTE, "分", "minutes"), (SECOND, "秒", "seconds")):
        if limit % unit == 0:
            return Reason("limit", Words(f"至此满 {limit // unit:,} {zh}", f"{limit // unit:,} {en} reached"))
    return Reason("limit", Words("至此满时限", "limit reached"))


def _said_once(rows: Iterable[LedgerRow], clock: ElapsedClock | OpeningHours) -> Iterator[LedgerRow]:
    """A make-up day is named on its first open row only."""
    said: set[int] = set()
    for row in rows:
        plain = tuple(part for part in row.why if part.code not in _EXCEPTIONS)
        if isinstance(clock, OpeningHours) and plain != row.why:
            day = int(clock.zone.days(_one(row.start))[0])
            yield row._replace(why=plain) if day in said else row
            said.add(day)
        else:
            yield row


def _merged(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    """Neighbours that say the same become one row."""
    merged: list[LedgerRow] = []
    for row in rows:
        before = merged[-1] if merged else None
        if before and (before.why, before.late, before.counted_us > 0) == (
            row.why,
            row.late,
            row.counted_us > 0,
        ):
            merged[-1] = before._replace(
                end=row.end,
                counted_us=before.counted_us + row.counted_us,
                uncounted_us=before.uncounted_us + row.uncounted_us,
            )
        else:
            merged.append(row)
    return merged


def _ends(pause: Pause) -> int:
    return np.iinfo(np.int64).max if pause.end == NAT else pause.end


def _one(instant: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([instant], dtype=np.int64)
