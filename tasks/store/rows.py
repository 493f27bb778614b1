"""What goes into the store and comes out of it a record at a time; findings and events travel as frames."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from audits.instants import instant_of

#: A moment: zone-aware, or microseconds since the epoch, UTC.
Moment = datetime | int
Mode = Literal["preview", "pilot", "live"]
#: How far a run came: ``started`` (judging), ``waiting`` (for the lease), ``committed`` (its changes stand),
#: ``finished`` (its files are delivered), ``older`` (judged an instant before the last committed one, so it
#: reported and changed nothing), ``looked`` (the newest look between two audits, which found nothing to
#: change), ``reconstructed`` (a past period judged from today's data: its counts stand, and no finding knows of
#: it), ``failed``.
RunState = Literal[
    "started", "waiting", "committed", "finished", "older", "looked", "reconstructed", "failed"
]
#: What became of a mail or of one of its recipients: ``sent`` (250 after DATA), ``written`` (an .eml file:
#: owed no more, but nobody was told), ``refused`` (5xx), ``failed`` (4xx or no connection, before DATA),
#: ``unknown`` (DATA may have begun and no answer came: never sent again unless a person orders it).
Outcome = Literal["sent", "written", "refused", "failed", "unknown"]


def micros(moment: Moment) -> int:
    """Microseconds since the epoch.

    Raises:
        ValueError: the moment is naive.
    """
    return instant_of(moment) if isinstance(moment, datetime) else moment


class SourceState(NamedTuple):
    """How far a source may go: ``preview`` mails nobody, ``pilot`` an allow-list, ``live`` everybody.

    ``live_from`` in microseconds: obligations due before it are baseline; None while not live.
    """

    mode: Mode
    live_from: int | None


@dataclass(frozen=True)
class RunRow:
    """One audit, as it begins.

    Args:
        run: id, unique for ever; also the owner's name on its lease.
        standards: key of the standard set; life advances per source and standard set.
        as_of: the instant judged at, microseconds.
        started_at: by the real clock.
        period: name of the period, e.g. ``2026-10``; "" for a look between two audits, which reports none.
        snapshot: hash of the snapshot judged from.
        engine: version of the engine.
    """

    run: str
    source: str
    standards: str
    as_of: int
    started_at: Moment
    period: str = ""
    snapshot: str = ""
    engine: str = ""


@dataclass(frozen=True)
class CountRow:
    """The counts of one clause in one run; ``team_id`` "" is the whole clause.

    ``numerator`` and ``denominator`` belong to rates and are None elsewhere.
    """

    clause: str
    population: int
    met: int
    breached: int
    pending: int
    not_applicable: int
    no_data: int
    waived: int = 0
    baseline: int = 0
    disputed: int = 0
    numerator: int | None = None
    denominator: int | None = None
    team_id: str = ""


@dataclass(frozen=True)
class MailRow:
    """An envelope as it is fixed before anything is sent.

    Args:
        mail: id of the envelope (``audits.notices.Envelope``); its notices name it and are committed with it.
        person_id: whom it is for.
        kind: kind of the envelope.
        sender: envelope address it comes from.
        recipients: envelope addresses, each once.
        message_id: kept on any resend.
        content: the bytes to send, headers included.
        not_before: it waits until then (opening hours); 0 sends at once.
    """

    mail: str
    person_id: str
    kind: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes = field(repr=False)
    not_before: Moment = 0


@dataclass(frozen=True)
class OutboxMail:
    """A mail that waits to be sent.

    ``recipients`` are those it is still owed to: whoever has it, refused it or may have it is left out.
    ``attempts`` counts the claims so far.
    """

    mail: str
    source: str
    person_id: str
    kind: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes = field(repr=False)
    attempts: int


@dataclass(frozen=True)
class Answer:
    """What the server said of one recipient; ``code`` 0 when it said nothing."""

    recipient: str
    outcome: Outcome
    code: int = 0
    text: str = ""
