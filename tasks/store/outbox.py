"""The outbox: what waits to be sent, who is sending it, and what became of it (law 17).

A mail goes ``pending`` -> ``claimed`` -> ``sending`` -> ``sent``, ``written``, ``refused``, ``failed`` or
``unknown``. ``sending`` is written just before DATA. A claim whose process is gone, or that outlives its
time, is given up: before ``sending`` nothing can have left, so the mail is pending again; from there on its
fate is unknown, and only a person has it sent again.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from tasks.store.dialects import insert
from tasks.store.processes import is_dead
from tasks.store.rows import Answer, OutboxMail, Outcome
from tasks.store.schema import deliveries, mails

#: States from which a person may have a mail sent again.
_ENDED: Final = ("refused", "failed", "unknown")
_SECOND: Final = 1_000_000
_UNCLAIMED: Final[dict[str, object]] = {"state": "pending", "claimed_by": "", "claimed_until": None}


def waiting(connection: Connection, now: int | None, source: str | None = None, kind: str = "") -> list[str]:
    """Ids of mails that wait and may go at ``now`` (None: at any time), the longest waiting first."""
    waits = select(mails.c.mail).where(*_waits(now, source, kind))
    return list(connection.execute(waits.order_by(mails.c.made_at, mails.c.mail)).scalars())


def pending(
    connection: Connection,
    now: int | None,
    limit: int | None,
    source: str | None = None,
    kind: str = "",
    mail: str = "",
) -> list[OutboxMail]:
    """The same with all that they hold: as large as their attachments, so ask for few; ``mail`` for one alone."""
    waits = select(mails).where(*_waits(now, source, kind))
    if mail:
        waits = waits.where(mails.c.mail == mail)
    rows = connection.execute(waits.order_by(mails.c.made_at, mails.c.mail).limit(limit)).all()
    return [
        OutboxMail(
            mail=row.mail,
            source=row.source,
            person_id=row.person_id,
            kind=row.kind,
            sender=row.sender,
            recipients=_owed(connection, row),
            message_id=row.message_id,
            content=row.content,
            attempts=row.attempts,
        )
        for row in rows
    ]


def _waits(now: int | None, source: str | None, kind: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [mails.c.state == "pending"]
    found += [] if now is None else [mails.c.not_before <= now]
    found += [] if source is None else [mails.c.source == source]
    return found + ([mails.c.kind == kind] if kind else [])


def claim(connection: Connection, mail: str, owner: str, now: int, ttl_s: int) -> bool:
    """Take a mail that waits; False when somebody else was first, or it waits no more."""
    free = and_(mails.c.mail == mail, mails.c.state == "pending", mails.c.not_before <= now)
    values = {
        "state": "claimed",
        "attempts": mails.c.attempts + 1,
        "claimed_by": owner,
        "claimed_until": now + ttl_s * _SECOND,
    }
    return _changed(connection, free, values)


def begin(connection: Connection, mail: str, owner: str, now: int) -> bool:
    """Note that DATA begins now; False when the claim was lost, and then nothing may be sent."""
    ours = and_(_claimed_by(mail, owner), mails.c.state == "claimed", mails.c.claimed_until >= now)
    return _changed(connection, ours, {"state": "sending"})


def settle(
    connection: Connection,
    mail: str,
    owner: str,
    outcome: Outcome,
    now: int,
    answers: Sequence[Answer],
    retry_at: int | None,
) -> bool:
    """Note what became of a mail we claimed; False when it is not ours (any more)."""
    # Also from `unknown`: who was slow, not dead, knows better than whoever took him for dead.
    ours = and_(_claimed_by(mail, owner), mails.c.state.in_(("claimed", "sending", "unknown")))
    row = connection.execute(select(mails).where(ours).with_for_update()).one_or_none()
    if row is None:
        return False
    _note(connection, row, outcome, now, answers)
    ended: dict[str, object] = {"state": outcome, "settled_at": now}
    if outcome == "failed" and retry_at is not None and _owed(connection, row):
        ended = {**_UNCLAIMED, "not_before": retry_at}
    return _changed(connection, ours, ended)


def recover(connection: Connection, now: int) -> tuple[int, int]:
    """Settle the claims of processes that died: how many mails wait again, how many are unknown."""
    claimed = mails.c.state.in_(("claimed", "sending"))
    owners = connection.execute(select(mails.c.claimed_by).where(claimed).distinct()).scalars()
    dead = [owner for owner in owners if is_dead(owner)]
    left = or_(mails.c.claimed_until < now, mails.c.claimed_by.in_(dead))
    waiting = update(mails).where(mails.c.state == "claimed", left).values(_UNCLAIMED)
    again = connection.execute(waiting).rowcount
    lost = select(mails).where(mails.c.state == "sending", left).with_for_update()
    rows = connection.execute(lost).all()
    for row in rows:
        _note(connection, row, "unknown", now, ())
        _changed(connection, mails.c.mail == row.mail, {"state": "unknown", "settled_at": now})
    return again, len(rows)


def resend(connection: Connection, mail: str, now: int) -> bool:
    """Have an ended mail wait again, same bytes and Message-ID, for whoever has it not for certain."""
    there = and_(mails.c.recipients != "", mails.c.gone_at.is_(None))
    ended = and_(mails.c.mail == mail, mails.c.state.in_(_ENDED), there)
    again = {**_UNCLAIMED, "not_before": now, "settled_at": None, "resent_after": mails.c.attempts}
    return _changed(connection, ended, again)


def _owed(connection: Connection, row: "Row[Any]") -> tuple[str, ...]:
    """Recipients who have not got it; one who refused it or may have it counts until a person resends it."""
    if not row.attempts:
        return tuple(row.recipients.splitlines())
    since = and_(deliveries.c.outcome.in_(("refused", "unknown")), deliveries.c.attempt > row.resent_after)
    told = or_(deliveries.c.outcome.in_(("sent", "written")), since)
    query = select(deliveries.c.recipient).where(deliveries.c.mail == row.mail, told)
    done = set(connection.execute(query).scalars())
    return tuple(one for one in row.recipients.splitlines() if one not in done)


def _note(
    connection: Connection, row: "Row[Any]", outcome: Outcome, now: int, answers: Sequence[Answer]
) -> None:
    """One delivery a recipient; what was not answered for one by one has the mail's outcome."""
    given = {answer.recipient: answer for answer in answers}
    for recipient in dict.fromkeys((*_owed(connection, row), *given)):
        answer = given.get(recipient, Answer(recipient, outcome))
        told = {"outcome": answer.outcome, "code": answer.code, "text": answer.text, "at": now}
        key = {"mail": row.mail, "attempt": row.attempts, "recipient": recipient}
        statement = insert(connection, deliveries).values(**key, **told)
        connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=told))


def _claimed_by(mail: str, owner: str) -> ColumnElement[bool]:
    return and_(mails.c.mail == mail, mails.c.claimed_by == owner)


def _changed(connection: Connection, where: ColumnElement[bool], values: dict[str, Any]) -> bool:
    return connection.execute(update(mails).where(where).values(values)).rowcount == 1
