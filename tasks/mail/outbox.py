"""Empties the outbox: each mail claimed, sent once, and settled by what the server said (law 17)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tasks.mail.transport import Delivery, Transport
from tasks.store import Answer, OutboxMail, Store
from tasks.store.rows import Outcome

#: Tries of a mail that the server puts off (4xx); then it is failed, and a person decides.
TRIES: Final = 8
#: Wait after the first put-off answer; doubled after each further one.
FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=4)


@dataclass
class Posted:
    """What one emptying of the outbox did.

    Args:
        outcomes: how many mails ended ``sent``, ``written``, ``refused``, ``failed`` or ``unknown``.
        put_off: how many wait for another try.
        recovered: of processes that died: mails that wait again, and mails whose fate is unknown.
        trouble: what was wrong with the server; mails behind it were left to wait. "" when nothing was.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    put_off: int = 0
    recovered: tuple[int, int] = (0, 0)
    trouble: str = ""


class _ClaimLost(Exception):
    """Another process took the mail meanwhile: nothing may be sent."""


def send_pending(
    store: Store,
    transport: Transport,
    clock: Callable[[], datetime],
    source: str | None = None,
    kind: str = "",
) -> Posted:
    """Send what may go now.

    A mail goes out at most once: from just before its content leaves it is ``sending``, and whoever finds
    it so later counts it ``unknown`` and sends it no more. A server in trouble is not asked again in this
    call. The connection is closed at the end.

    Args:
        store: holds the outbox; other processes may work on it at the same time.
        transport: used by this call alone.
        clock: gives the present instant, zone-aware.
        source: whose mails; None: everybody's. What one source may send says nothing of another.
        kind: mails of this kind alone; "": of every kind.
    """
    posted = Posted(recovered=store.recover_mails(clock()))
    seen: set[str] = set()
    try:
        while not posted.trouble:
            batch = [mail for mail in store.waiting_mails(clock(), source, kind) if mail not in seen]
            if not batch:
                break
            seen.update(batch)
            _send_batch(store, transport, clock, batch, posted)
    finally:
        transport.close()
    return posted


def _send_batch(
    store: Store,
    transport: Transport,
    clock: Callable[[], datetime],
    batch: Sequence[str],
    posted: Posted,
) -> None:
    """One at a time: what mails of reports carry is large."""
    for key in batch:
        mail = store.waiting_mail(key, clock())
        if mail is None or not store.claim(key, clock()):
            continue
        try:
            delivery = transport.deliver(mail, lambda mail=mail: _begin(store, mail, clock()))  # type: ignore[misc]
        except _ClaimLost:
            continue
        _settle(store, mail, delivery, clock(), posted)
        if delivery.trouble:
            posted.trouble = delivery.trouble
            return


def _begin(store: Store, mail: OutboxMail, now: datetime) -> None:
    if not store.sending(mail.mail, now):
        raise _ClaimLost


def _settle(store: Store, mail: OutboxMail, delivery: Delivery, now: datetime, posted: Posted) -> None:
    outcome, answers = whole_outcome(delivery.answers), delivery.answers
    again = None
    if outcome == "failed" and (delivery.trouble or mail.attempts + 1 < TRIES):
        # A server in trouble is no fault of this mail: that is never a reason to give it up.
        again = now + wait(0 if delivery.trouble else mail.attempts)
    store.settle(mail.mail, outcome, now, answers, again)
    if again is None:
        posted.outcomes[outcome] += 1
    else:
        posted.put_off += 1


def whole_outcome(answers: Sequence[Answer]) -> Outcome:
    """The mail's outcome from those of its recipients.

    Unknown for one is unknown; put off for one waits for him alone; else taken for one is sent.
    """
    found = {answer.outcome for answer in answers}
    order: tuple[Outcome, ...] = ("unknown", "failed", "sent", "written", "refused")
    return next((outcome for outcome in order if outcome in found), "failed")


def wait(attempts: int) -> timedelta:
    """How long a mail that was put off waits after so many earlier tries."""
    return min(FIRST_WAIT * (1 << attempts), LONGEST_WAIT)
