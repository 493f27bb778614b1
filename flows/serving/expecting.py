"""What is expected, what has become of it, and how it is made up for; plain functions over rows and instants.

An audit that is owed several times is run once for each period, for one look at the CRM of today says all
that the earlier ones could still say (law 15). Reports are sent once each, in order. Housekeeping is done
once. The watch and the sending of mails resume: what they missed, the next one finds.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, NamedTuple

from audits.instants import DAY, NAT
from config.due import due_between, periods_of
from config.schedules import Schedule
from tasks.store.expected import Change, ExpectedRow, Key, State

#: Flows of which only the next run matters.
RESUMED: Final = frozenset({"watch", "mailing"})
#: How far ahead rows are laid.
AHEAD: Final = DAY
#: A run begun on another machine and not heard of for so long is taken for dead.
_UNHEARD: Final = DAY
#: A run that died is begun once more, not for ever.
_ATTEMPTS: Final = 2


class Job(NamedTuple):
    """One run that makes good for rows: the last of ``keys`` is its own, the others it covers.

    ``due`` is the last one's instant, ``period`` "" where the flow has none.
    """

    period: str
    due: int
    keys: tuple[Key, ...]


def rows_between(schedule: Schedule, start: int, end: int) -> tuple[list[Key], date | None]:
    """What a schedule expects in ``start <= due < end``, and the first day the calendar could not tell."""
    instants, unknown = due_between(schedule.rule, start, end)
    keys = [
        Key(schedule.name, schedule.source, due, period)
        for due in instants
        for period in periods_at(schedule, due)
    ]
    return keys, unknown


def periods_at(schedule: Schedule, due: int) -> tuple[str, ...]:
    """The periods of a run due then, each a row: an audit has one each, a report one in all, others none."""
    if schedule.unit is None:
        return ("",)
    return periods_of(schedule.rule, schedule.unit, due, joined=schedule.flow == "report")


def jobs(flow: str, rows: Sequence[ExpectedRow]) -> list[Job]:
    """How rows that are owed are made good for, in order.

    Args:
        rows: of one schedule, by instant.
    """
    if flow == "audit":
        groups = {
            row.key.period: [one.key for one in rows if one.key.period == row.key.period] for row in rows
        }
        made = list(groups.values())
    elif flow == "report":
        made = [[row.key] for row in rows]
    else:
        made = [[row.key for row in rows]] if rows else []
    return [Job(keys[-1].period, keys[-1].due, tuple(keys)) for keys in made]


def noticed(
    rows: Sequence[ExpectedRow],
    now: int,
    late_after: int,
    told: Collection[str] = (),
    ended: Collection[str] = (),
) -> list[Change]:
    """What has become of rows that nobody settled: begun and died, or never begun.

    Args:
        rows: expected, late and started ones, by instant.
        late_after: microseconds after which a run that has not begun is late.
        told: schedules whose last run that ended is an alarm already; one that only resumes says no more
            until a run of it has ended well.
        ended: Prefect's ids of runs that are over.
    """
    said, out = set(told), []
    for row in rows:
        change = _change(row, now, late_after, ended)
        if change is None:
            continue
        if row.flow in RESUMED:
            if row.key.schedule in said:
                change = change._replace(alarm="")
            said.add(row.key.schedule)
        out.append(change)
    return out


def _change(row: ExpectedRow, now: int, late_after: int, ended: Collection[str]) -> Change | None:
    if row.state == "started":
        dead = row.dead or (row.run != "" and row.run in ended)
        if not dead and now - (row.began_at or now) <= _UNHEARD:
            return None
        over = row.flow in RESUMED or row.attempts >= _ATTEMPTS
        found = "its process is gone" if dead else "not heard of for a day"
        return Change(row, "failed", found, "failed") if over else Change(row, "late", found, "killed")
    if row.state == "expected" and row.key.due + late_after <= now:
        state: State = "missed" if row.flow in RESUMED else "late"
        return Change(row, state, alarm=state)
    return None


class Line(NamedTuple):
    """Rows of one schedule of which the same is said; ``first`` and ``last`` are instants due."""

    schedule: str
    flow: str
    source: str
    alarm: str
    first: int
    last: int
    n: int
    periods: tuple[str, ...]
    #: Whether a run still makes good for them.
    owed: bool
    found: str


def lines(changes: Sequence[Change]) -> list[Line]:
    """Alarms as a letter lists them: a line for each schedule and kind."""
    groups: dict[tuple[str, str], list[Change]] = {}
    silent: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        kind = (one.row.key.schedule, one.alarm or one.state)
        (groups if one.alarm else silent).setdefault(kind, []).append(one)
    return [_line(kind, [*group, *silent.get(kind, ())]) for kind, group in groups.items()]


def _line(kind: tuple[str, str], group: list[Change]) -> Line:
    first = group[0].row
    dues = [one.row.key.due for one in group]
    periods = tuple(dict.fromkeys(one.row.key.period for one in group if one.row.key.period))
    return Line(
        kind[0], first.flow, first.key.source, kind[1], min(dues, default=NAT), max(dues, default=NAT),
        len(group), periods, any(one.state == "late" for one in group), group[0].noted,
    )  # fmt: skip


def troubled(rows: Sequence[ExpectedRow], now: int, late_after: int) -> list[ExpectedRow]:
    """Rows that somebody should look at: still owed though late or withheld, or begun by a process that is gone."""
    unseen = {one.row.key for one in noticed(rows, now, late_after)}
    return [row for row in rows if row.state in ("late", "withheld") or row.key in unseen]
