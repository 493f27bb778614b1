"""Expected runs kept to: laid ahead from the schedules file, noticed when they do not come, made good for once.

Every run looks round for all the others, ``clausewatch up`` does so each minute, and ``clausewatch runs``
whenever somebody outside asks: so a silence is noticed by whoever speaks next (law 20).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from audits.calendars import CalendarTooShort
from audits.errors import ClausewatchError
from audits.instants import DAY, instant_of
from config.clock import now
from config.due import day_start, is_due, local_day, why_not
from config.schedules import Schedule, Schedules, load_schedules
from config.settings import Settings
from flows.reporting.pack_owed import release
from flows.serving.expected_letters import letters, missing, send_letters
from flows.serving.expecting import AHEAD, RESUMED, Job, jobs, lines, noticed, rows_between
from reports.runs import sentence
from tasks.store import Store
from tasks.store.expected import ENDED, OWED, Change, Key, State

#: Rows of frequent flows are kept so long.
_KEPT: Final = 14 * DAY
_TRIES: Final = 3


def lay(store: Store, schedules: Schedules, at: datetime) -> None:
    """Lay the rows of every schedule a day ahead, from where they ended, and forget schedules that are gone.

    A schedule that is new is expected from now on; a changed one keeps what was owed before the change. Where
    the calendar cannot tell, laying stops, and goes on from there once it can.
    """
    present, laid = instant_of(at), store.expected.laid()
    for name in laid.keys() - schedules.by_name.keys():
        store.expected.forget(name)
    for name, schedule in schedules.by_name.items():
        until, text = laid.get(name, (present, ""))
        same = text == schedule.text
        if same and until >= present + AHEAD // 2:
            continue
        start, end = until if same else min(until, present), present + AHEAD
        if schedule.flow in RESUMED:  # of a long silence it is enough to know that it was one
            start = max(start, present - _KEPT)
        keys, unknown = rows_between(schedule, start, end)
        if unknown is not None:
            end = max(start, day_start(schedule.rule, unknown))
        store.expected.lay(name, schedule.text, start, end, [(key, schedule.flow) for key in keys])
    store.expected.prune(tuple(RESUMED), present - _KEPT)
    _drop_free_days(store, schedules, at)


def _drop_free_days(store: Store, schedules: Schedules, at: datetime) -> None:
    """Rows of days that the calendar has made free since they were laid."""
    for row in store.expected.rows(["expected"], until=at):
        schedule = schedules.by_name.get(row.key.schedule)
        if schedule and is_due(schedule.rule, local_day(schedule.rule, row.key.due)) is False:
            store.expected.drop(row.key)


def look_round(
    store: Store, schedules: Schedules, settings: Settings, at: datetime, ended: Collection[str] = ()
) -> list[Change]:
    """Lay what is expected, notice what has not come, and write to engineer and officer, once for each row.

    Reports that were withheld and whose data have arrived are to begin again.

    Args:
        ended: Prefect's ids of runs that are over; a row still begun by one of them has lost its process.
    """
    lay(store, schedules, at)
    release(store, schedules, settings, at)
    for _ in range(_TRIES):  # another process may notice the same at this moment
        changes = _noticed(store, schedules, at, ended)
        if not changes:
            break
        if say_aloud(store, schedules, settings, changes, at):
            return changes
    send_letters(settings, store)  # those that could not go before
    return []


def say_aloud(
    store: Store, schedules: Schedules, settings: Settings, changes: Sequence[Change], at: datetime
) -> bool:
    """Write changes and their letters, and send these; False when somebody else was first."""
    if not store.expected.notice(changes, letters(settings, store, schedules, changes, at), at):
        return False
    send_letters(settings, store)
    return True


def _noticed(store: Store, schedules: Schedules, at: datetime, ended: Collection[str]) -> list[Change]:
    rows = store.expected.rows((*OWED, "started"), until=at)
    told = _told(store, {row.key.schedule for row in rows})
    return noticed(rows, instant_of(at), schedules.late_after, told, ended)


def _told(store: Store, names: set[str]) -> set[str]:
    """Schedules whose last run was an alarm."""
    ended = [store.expected.last_ended(name) for name in sorted(names)]
    return {row.key.schedule for row in ended if row and row.state in ("missed", "failed")}


#: Does one job of a schedule; what it returns may name ``alarms``, or be ``Idle`` where another run did it.
Work = Callable[[Schedule, Job], Any]


class Idle(NamedTuple):
    """Nothing was to do: ``state`` in a word, ``why`` in a sentence."""

    state: str
    why: str


def take_turn(
    store: Store,
    settings: Settings,
    name: str,
    due: datetime,
    work: Work,
    *,
    run: str = "",
    say: Callable[[list[str]], None] | None = None,
) -> Any:
    """Do all that a schedule owes by now, so that what was missed is made good for once, in order.

    Args:
        name: of the schedule.
        due: when this run was to begin.
        work: does one job.
        run: Prefect's id of the run.
        say: is told what was noticed of other runs, in sentences.

    Returns:
        What the last job returned, or ``Idle``.

    Raises:
        CalendarTooShort: the calendar cannot tell whether this day is due; the run stands as failed.
        Exception: whatever a job raised; jobs after it are owed again.
    """
    schedules, begun = load_schedules(settings), instant_of(now())
    with suppress(
        ClausewatchError, OSError
    ):  # what keeps an alarm from being said keeps no run from its work
        changes = look_round(store, schedules, settings, now())
        if say and (told := in_sentences(changes, settings.lang, schedules)):
            say(told)
    schedule = schedules.by_name.get(name)
    if schedule is None:
        return Idle("NotExpected", f"{settings.schedules} has no schedule {name} in force")
    try:
        return _do(store, schedule, due, work, settings.lang, run)
    except Exception as error:
        with suppress(ClausewatchError, OSError):
            tell_failed(store, schedules, settings, name, error, begun)
        raise


def in_sentences(changes: Sequence[Change], lang: str, schedules: Schedules) -> list[str]:
    """What is said aloud of changes."""
    zone = schedules.calendar.zone_name
    return [sentence(missing(one), lang, zone) for one in lines(changes)]


def _do(store: Store, schedule: Schedule, due: datetime, work: Work, lang: str, run: str) -> Any:
    made = begin(store, schedule, due, run)
    if not made:
        return _idle(store, schedule, due, lang, run)
    told: Any = None
    withheld: list[Exception] = []
    for job in made:
        try:
            with doing(store, made, job) as ending:
                told = work(schedule, job)
                if isinstance(told, Idle):
                    ending.state, ending.noted = "covered", told.why
                elif isinstance(told, dict):
                    ending.noted = "; ".join(told.get("alarms", ()))
        except Exception as error:
            if not still_owed(error):
                raise
            withheld.append(error)  # of one period; the others may go
    if withheld:
        raise withheld[0]
    return told


def begin(store: Store, schedule: Schedule, due: datetime, run: str = "") -> list[Job]:
    """Take for this process what a schedule owes by now, in the order in which it is to be done."""
    at = now()
    rows = store.expected.rows((*OWED, "withheld"), schedule=schedule.name, until=max(due, at))
    got = set(store.expected.begin([row.key for row in rows], at, run))
    return jobs(schedule.flow, [row for row in rows if row.key in got])


@dataclass
class Ending:
    """How a job ended well: ``done``, or ``covered`` by another run; and what there is to say of it."""

    state: State = "done"
    noted: str = ""


@contextmanager
def doing(store: Store, made: Sequence[Job], job: Job) -> Iterator[Ending]:
    """Settle a job's rows by how it ends.

    Jobs after one that failed, and one that was stopped from outside, are owed again; a report that was
    withheld is owed still, until its data have arrived.
    """
    ending = Ending()
    place = made.index(job)
    try:
        yield ending
    except Exception as error:
        if still_owed(error):
            store.expected.settle(job.keys, "withheld", now(), said(error), alarm="withheld")
            raise
        store.expected.settle(job.keys, "failed", now(), said(error))
        _owe(store, made[place + 1 :])
        raise
    except BaseException:
        _owe(store, made[place:])
        raise
    store.expected.settle(job.keys[:-1], "covered", now())
    store.expected.settle(job.keys[-1:], ending.state, now(), ending.noted)


def _owe(store: Store, made: Sequence[Job]) -> None:
    store.expected.settle([key for job in made for key in job.keys], "late", now())


def _idle(store: Store, schedule: Schedule, due: datetime, lang: str, run: str) -> Idle:
    at = now()
    try:
        reason = why_not(schedule.rule, local_day(schedule.rule, instant_of(due)))
    except CalendarTooShort as error:
        key = Key(schedule.name, schedule.source, instant_of(due), "")
        store.expected.add(key, schedule.flow)
        store.expected.begin([key], at, run)
        store.expected.settle([key], "failed", at, said(error))
        raise
    if reason:
        return Idle("NotDue", f"not due: {reason.in_(lang)}")
    return Idle("CaughtUp", "already done, or under way, by another run")


def still_owed(error: Exception) -> bool:
    """Whether what raised it is to be done once the cause is over: a report that was withheld."""
    return bool(getattr(error, "still_owed", False))


def said(error: Exception) -> str:
    """An error in a line."""
    return (error.found if isinstance(error, ClausewatchError) else f"{type(error).__name__}: {error}")[:300]


def tell_failed(
    store: Store, schedules: Schedules, settings: Settings, name: str, error: Exception, begun: int
) -> None:
    """Say aloud that runs of a schedule failed, unless a letter about the error itself went out.

    Of a frequent flow it is said once until a run of it ends well.

    Args:
        begun: instant from which on they ended.
    """
    notes = [str(note) for note in getattr(error, "__notes__", ())]
    if any(note.startswith("told: ") and not note.startswith("told: nobody") for note in notes):
        return
    fresh = [
        row
        for row in store.expected.rows(["failed"], schedule=name)
        if row.ended_at and row.ended_at >= begun
    ]
    since = fresh[0].key.due - AHEAD if fresh else 0
    before = [row for row in store.expected.rows(ENDED, schedule=name, since=since) if row not in fresh]
    silent = bool(before) and before[-1].flow in RESUMED and before[-1].state in ("failed", "missed")
    changes = [Change(row, "failed", alarm="" if silent else "failed") for row in fresh]
    if changes:
        say_aloud(store, schedules, settings, changes, now())
