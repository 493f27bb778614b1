"""The ledger of expected runs: a row before each run, what became of it, and the alarms that it made (law 20)."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, update

from tasks.store.dialects import insert
from tasks.store.errors import StaleChanges
from tasks.store.processes import is_dead
from tasks.store.rows import MailRow, Moment, micros
from tasks.store.schema import expected_runs, laid_schedules, mails

#: ``expected``; ``late`` (not begun in time, or broken off, and still owed); ``started``; ``done``;
#: ``covered`` (another run did it too); ``missed`` (not done, and nothing to make up for); ``failed``;
#: ``withheld`` (a report whose data are not there, still owed, and ``late`` as soon as they are).
State = Literal["expected", "late", "started", "done", "covered", "missed", "failed", "withheld"]
#: States in which a run is owed by now.
OWED: Final = ("expected", "late")
#: The same, and withheld: whoever begins the schedule's runs takes it too.
_TO_COME: Final = (*OWED, "withheld")
#: States in which nothing more is to come.
ENDED: Final = ("done", "covered", "missed", "failed")


class Key(NamedTuple):
    """What a run is expected for: schedule, source ("" for all), the instant due, the period ("" for none)."""

    schedule: str
    source: str
    due: int
    period: str


class ExpectedRow(NamedTuple):
    """One expected run.

    ``process`` and ``run`` (Prefect's id) say who began it; ``attempts`` counts the beginnings. ``alarm`` is
    the last thing said aloud of it: late, missed, killed, failed or withheld; "" where nothing was. Instants are
    microseconds, None where there is none.
    """

    key: Key
    flow: str
    state: State
    attempts: int
    process: str
    run: str
    began_at: int | None
    ended_at: int | None
    noted: str
    alarm: str

    @property
    def dead(self) -> bool:
        """Whether it was begun by a process of this host that is gone."""
        return self.state == "started" and is_dead(self.process)


class Change(NamedTuple):
    """A row that is to become something else; ``alarm`` "" leaves what was said as it is."""

    row: ExpectedRow
    state: State
    noted: str = ""
    alarm: str = ""


class ExpectedRuns:
    """The ledger; each method is one transaction.

    Args:
        read, write: transactions of the store.
        process: name of this process.
    """

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Connection]],
        write: Callable[[], AbstractContextManager[Connection]],
        process: str,
    ) -> None:
        self._read, self._write, self._process = read, write, process

    def laid(self) -> dict[str, tuple[int, str]]:
        """Schedule -> the instant until which its rows are laid, and its text then."""
        with self._read() as connection:
            rows = connection.execute(select(laid_schedules)).all()
        return {row.schedule: (row.until, row.text) for row in rows}

    def lay(self, schedule: str, text: str, start: int, until: int, rows: Sequence[tuple[Key, str]]) -> None:
        """Put rows of one schedule in the place of what is expected from ``start`` on.

        Args:
            rows: key and flow; those that are there already stay as they are.
            until: instant up to which these are all.
        """
        late = and_(
            expected_runs.c.schedule == schedule,
            expected_runs.c.state == "expected",
            expected_runs.c.due >= start,
        )
        mark = {"until": until, "text": text}
        with self._write() as connection:
            connection.execute(delete(expected_runs).where(late))
            for key, flow in rows:
                row = _fresh(key, flow)
                connection.execute(insert(connection, expected_runs).values(row).on_conflict_do_nothing())
            known = insert(connection, laid_schedules).values(schedule=schedule, **mark)
            connection.execute(known.on_conflict_do_update(index_elements=["schedule"], set_=mark))

    def forget(self, schedule: str) -> None:
        """A schedule that is no more: nobody misses its runs."""
        with self._write() as connection:
            owed = and_(expected_runs.c.schedule == schedule, expected_runs.c.state.in_(_TO_COME))
            connection.execute(delete(expected_runs).where(owed))
            connection.execute(delete(laid_schedules).where(laid_schedules.c.schedule == schedule))

    def rows(
        self,
        states: Iterable[State] = (),
        *,
        schedule: str = "",
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> list[ExpectedRow]:
        """Rows in the order in which they fall due; ``since <= due <= until``, of these states or of all."""
        query = select(expected_runs)
        if wanted := tuple(states):
            query = query.where(expected_runs.c.state.in_(wanted))
        if schedule:
            query = query.where(expected_runs.c.schedule == schedule)
        if since is not None:
            query = query.where(expected_runs.c.due >= micros(since))
        if until is not None:
            query = query.where(expected_runs.c.due <= micros(until))
        order = (
            expected_runs.c.due,
            expected_runs.c.schedule,
            expected_runs.c.source,
            expected_runs.c.period,
        )
        with self._read() as connection:
            found = connection.execute(query.order_by(*order)).all()
        return [_row(row) for row in found]

    def last_ended(self, schedule: str) -> ExpectedRow | None:
        """The newest row of a schedule that is settled, however."""
        over = expected_runs.c.state.in_(ENDED)
        query = select(expected_runs).where(expected_runs.c.schedule == schedule, over)
        with self._read() as connection:
            found = connection.execute(query.order_by(expected_runs.c.due.desc()).limit(1)).all()
        return _row(found[0]) if found else None

    def add(self, key: Key, flow: str) -> None:
        """Expect one run more, unless it is expected already."""
        with self._write() as connection:
            connection.execute(
                insert(connection, expected_runs).values(_fresh(key, flow)).on_conflict_do_nothing()
            )

    def begin(self, keys: Sequence[Key], now: Moment, run: str = "") -> list[Key]:
        """Take the rows that are still owed, for this process; those that it got."""
        values = {
            "state": "started", "attempts": expected_runs.c.attempts + 1, "process": self._process,
            "run": run, "began_at": micros(now), "ended_at": None,
        }  # fmt: skip
        with self._write() as connection:
            return [
                key
                for key in keys
                if connection.execute(
                    update(expected_runs).where(_is(key), expected_runs.c.state.in_(_TO_COME)).values(values)
                ).rowcount
            ]

    def settle(
        self, keys: Sequence[Key], state: State, now: Moment, noted: str = "", alarm: str = ""
    ) -> None:
        """Say what became of rows that this process has begun; others are left alone."""
        ours = and_(expected_runs.c.state == "started", expected_runs.c.process == self._process)
        values: dict[str, object] = {"state": state, "ended_at": micros(now)}
        values |= {name: text for name, text in (("noted", noted), ("alarm", alarm)) if text}
        with self._write() as connection:
            for key in keys:
                connection.execute(update(expected_runs).where(_is(key), ours).values(values))

    def drop(self, key: Key) -> None:
        """A run that is not owed after all: the calendar says otherwise by now."""
        with self._write() as connection:
            owed = expected_runs.c.state.in_(OWED)
            connection.execute(delete(expected_runs).where(_is(key), owed))

    def notice(self, changes: Sequence[Change], letters: Sequence[tuple[str, MailRow]], now: Moment) -> bool:
        """Change rows and owe the letters about them, all or nothing.

        Args:
            letters: source and mail of each.

        Returns:
            False when another process has changed one of the rows since it was read; then nothing was written.
        """
        try:
            with self._write() as connection:
                for change in changes:
                    _change(connection, change, micros(now))
                for source, mail in letters:
                    row = _mail(source, mail, micros(now))
                    connection.execute(insert(connection, mails).values(row).on_conflict_do_nothing())
        except StaleChanges:
            return False
        return True

    def prune(self, flows: Sequence[str], before: Moment) -> int:
        """Take away what has ended of these flows and fell due before; how many rows."""
        over = and_(
            expected_runs.c.flow.in_(tuple(flows)),
            expected_runs.c.state.in_(ENDED),
            expected_runs.c.due < micros(before),
        )
        with self._write() as connection:
            return connection.execute(delete(expected_runs).where(over)).rowcount


def _fresh(key: Key, flow: str) -> dict[str, object]:
    """A row that nobody has begun."""
    blank = {"attempts": 0, "process": "", "run": "", "noted": "", "alarm": ""}
    return {**key._asdict(), "flow": flow, "state": "expected", **blank}


def _row(row: "Row[Any]") -> ExpectedRow:
    key = Key(row.schedule, row.source, row.due, row.period)
    return ExpectedRow(
        key, row.flow, row.state, row.attempts, row.process, row.run, row.began_at, row.ended_at, row.noted,
        row.alarm,
    )  # fmt: skip


def _is(key: Key) -> ColumnElement[bool]:
    return and_(*(expected_runs.c[name] == value for name, value in key._asdict().items()))


def _change(connection: Connection, change: Change, now: int) -> None:
    was = change.row
    same = and_(
        _is(was.key), expected_runs.c.state == was.state, expected_runs.c.attempts == was.attempts
    )  # fmt: skip
    values: dict[str, object] = {"state": change.state}
    if change.noted:
        values["noted"] = change.noted
    if change.alarm:
        values["alarm"] = change.alarm
    if change.state in ("missed", "failed"):
        values["ended_at"] = now
    if not connection.execute(update(expected_runs).where(same).values(values)).rowcount:
        raise StaleChanges("another process has changed this row", was.key.schedule, "look again")


def _mail(source: str, mail: MailRow, now: int) -> dict[str, object]:
    return {
        "mail": mail.mail, "source": source, "run": "", "person_id": mail.person_id, "kind": mail.kind,
        "sender": mail.sender, "recipients": "\n".join(mail.recipients), "message_id": mail.message_id,
        "content": mail.content, "state": "pending", "attempts": 0, "resent_after": 0, "made_at": now,
        "not_before": 0, "claimed_by": "",
    }  # fmt: skip
