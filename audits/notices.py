"""What telling is made of: notices owed once, the envelopes that carry them, and alerts for operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import pandas as pd

from audits.people import Addressee

#: Columns of the notices told before that planning reads; ``waiting`` (held, not sent yet) may be missing.
KNOWN: Final = ("notice", "finding", "role", "level", "person_id", "kind", "envelope", "at")

#: Kinds of envelopes: one matter; many of one cause; by age; the general manager's table; how the audit fares.
ESCALATION, INCIDENT, DIGEST, DAILY, OPERATIONS = "escalation", "incident", "digest", "daily", "operations"
#: What falls due before anybody could be told of it again; what was escalated and is over.
WARNING, CLOSING = "warning", "closing"
#: Kinds by which a matter is escalated: a mail of its own, or one with others of its cause.
ESCALATING: Final = (ESCALATION, INCIDENT)
#: Kinds that count towards the cap of single mails a day.
SINGLE_KINDS: Final = (*ESCALATING, WARNING, CLOSING)
#: What becomes of an envelope.
SEND, SHOWN, OUTSIDE, NO_ADDRESS = "send", "shown", "outside", "no_address"


@dataclass(frozen=True)
class Notice:
    """The duty to tell one person about one finding at one level and occurrence, owed once (law 17).

    Args:
        notice: identity, 16 hex digits: ``notice_id(finding, role, level, occurrence)``.
        finding: finding id; ``digest:<person>``, ``gap:<field>|<reason>`` or ``alert:<kind>:<what>`` for
            notices that belong to no finding.
        clause: clause id; "" without a finding.
        role: ladder key of the addressee.
        level: ``audits.ladder.Level``; 0 for the fact that a day's digest went out.
        occurrence: the finding's; of the others their source, and the day of a digest or month of an alert.
        person_id: who is told.
        kind: kind of the envelope.
        why: by which step the person was found, in words for machines (``via``, ``absent_of``).
        envelope: id of the envelope that carries it.
        at: instant from which the envelope may go out, in microseconds.
    """

    notice: str
    finding: str
    clause: str
    role: str
    level: int
    occurrence: str
    person_id: str
    kind: str
    why: str
    envelope: str
    at: int


@dataclass(frozen=True)
class Envelope:
    """One mail to one person.

    Args:
        id: 16 hex digits, from its kind, its person and its notices.
        kind: ``escalation``, ``incident``, ``digest``, ``daily``, ``warning``, ``closing`` or ``operations``.
        addressee: the person and why.
        notices: ids of the notices it carries.
        findings: what it tells for the first time, gravest first; of ``operations`` the gaps and alerts.
        standing: findings told before its day and still open, listed again by age.
        apart: findings still open of which a mail of their own went out on its day.
        before: subjects that were open for this person when his last digest went out; None before the
            first one.
        cause: clause id that an incident's matters share; "" when they share none.
        level: the loudest level of its notices; past ``audits.ladder.Level.NOW`` it tells again.
        thread: envelope by which its one matter was first told; "" for a first mail or for several matters.
        repeats: how often at most it is told again while nobody takes it up; 0 where nothing is.
        day: local day (ISO) on which it goes out.
        until: instant until which it is held, in microseconds; 0 goes out at once.
        fate: ``send``, ``shown`` (preview), ``outside`` (not on the pilot's list) or ``no_address``.
    """

    id: str
    kind: str
    addressee: Addressee
    notices: tuple[str, ...]
    findings: tuple[str, ...]
    standing: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    before: tuple[str, ...] | None = None
    cause: str = ""
    level: int = 0
    thread: str = ""
    repeats: int = 0
    day: str = ""
    until: int = 0
    fate: str = SEND


@dataclass(frozen=True, order=True)
class Alert:
    """Something that keeps telling or judging from working, for officer and engineer.

    ``kind`` is ``vacant`` (nobody holds a role), ``empty_step`` (a step found nobody), ``unaddressed``
    (a ladder led to nobody), ``no_address`` (the person has no e-mail), ``stale`` (the extract's newest row
    is of that day), ``shrunken`` (it holds far fewer cases than the last one) or ``waiver_ends`` (a waiver
    ends soon); ``what`` names it.
    """

    kind: str
    what: str
    count: int = 1


@dataclass(frozen=True)
class Plan:
    """What one run would tell.

    Args:
        notices: every notice of ``envelopes`` and ``held``, whatever its fate.
        envelopes: mails that may go out now.
        held: mails that wait for opening hours; each says until when.
        alerts: what is wrong with roles and addresses.
        recalled: envelopes planned earlier, still waiting, that this plan replaces.
    """

    notices: tuple[Notice, ...]
    envelopes: tuple[Envelope, ...]
    held: tuple[Envelope, ...]
    alerts: tuple[Alert, ...]
    recalled: tuple[str, ...] = ()

    @property
    def mails(self) -> tuple[Envelope, ...]:
        """Envelopes to store and send, held ones included: nothing in preview."""
        return tuple(e for e in (*self.envelopes, *self.held) if e.fate == SEND)

    @property
    def owed(self) -> tuple[Notice, ...]:
        """Notices to store with ``mails``: what was only shown stays owed."""
        sent = {e.id for e in self.mails}
        return tuple(n for n in self.notices if n.envelope in sent)


def notice_id(finding: str, role: str, level: int, occurrence: str) -> str:
    """16 hex digits; the same duty has the same id in every run."""
    return digest("|".join((finding, role, str(int(level)), occurrence)))


def envelope_id(kind: str, person_id: str, notices: Iterable[str]) -> str:
    """16 hex digits; the same notices to the same person make the same envelope."""
    return digest("|".join((kind, person_id, *sorted(notices))))


def digest(text: str) -> str:
    """The first 16 hex digits of its SHA-256."""
    return sha256(text.encode()).hexdigest()[:16]


def nothing_known() -> pd.DataFrame:
    """The frame of a source that has told nothing yet."""
    texts = {name: pd.Series(dtype="str") for name in KNOWN}
    return pd.DataFrame(texts).astype({"level": "int64", "at": "int64"})
