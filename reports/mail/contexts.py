"""What each mail is about, in no language yet: facts, codes and instants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audits.cards import Card, Signature, Standard
from audits.instants import NAT
from audits.people import Addressee


@dataclass(frozen=True)
class Item:
    """One broken duty, as mails list it.

    Args:
        finding, subject, label: its id, ``case:T-1``, and the printable number.
        kind: ``consultation`` ... for cases, else ``acceptance``, ``survey``, ``qa``, ``deviation``, ``other``.
        customer: customer's code; "" when there is none.
        card, standard: the clause and its document.
        anchor, due, done: instants in microseconds, ``NAT`` where there is none.
        late: microseconds past the due instant by the deciding clock; ``NAT`` where that says nothing.
        other_due: due instant by the clock that does not decide; ``NAT`` where there is only one.
        clock: the deciding one: ``elapsed``, ``open_hours``, ``working_days`` or "".
        limit: microseconds or working days; 0 without one.
        is_open: something is left to do.
        holder, team: printable; "" for nobody.
    """

    finding: str
    subject: str
    label: str
    kind: str
    customer: str
    card: Card
    standard: Standard
    anchor: int = NAT
    due: int = NAT
    done: int = NAT
    late: int = NAT
    other_due: int = NAT
    clock: str = ""
    limit: int = 0
    is_open: bool = True
    holder: str = ""
    team: str = ""


@dataclass(frozen=True)
class Reader:
    """To whom a mail goes and why; persons by their printable numbers.

    ``above`` is true where nobody below took the matter up.
    """

    addressee: Addressee
    deputy: str = ""
    absent: str = ""
    above: bool = False


@dataclass(frozen=True)
class CountedDay:
    """A day of the strip: ISO date, its number in the count or 0, and what it is (``DayKind``'s word)."""

    date: str
    number: int
    kind: str
    name: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Matter:
    """One record and everything broken about it.

    Args:
        mail, notice: id of the envelope, and of the leading notice.
        items: the leading one first.
        reader: who gets it.
        act_by: until when taking it up still avoids a missing escalation; ``NAT`` when unknown or past.
        signed: who signed the reading that decides how the limit is counted; None while unsigned.
        days: working days of the limit, skipped ones included; empty for other limits.
        steps: acceptance steps: (step, instant or ``NAT``), in order; empty for other records.
        uncounted: why (zh, en) and microseconds that did not count.
        rate: of a month or cohort: how many of how many, and the per cent asked for.
        attested: who said that it was broken, and the number of the document; None of what records show.
        again: the how-manieth repeat this is; 0 for the first mail.
        repeats: how often at most it comes again while nobody takes it up.
    """

    mail: str
    notice: str
    items: tuple[Item, ...]
    reader: Reader
    act_by: int = NAT
    signed: Signature | None = None
    days: tuple[CountedDay, ...] = ()
    steps: tuple[tuple[str, int], ...] = ()
    uncounted: tuple[tuple[str, str, int], ...] = ()
    rate: tuple[int, int, int] | None = None
    attested: tuple[str, str] | None = None
    again: int = 0
    repeats: int = 0


@dataclass(frozen=True)
class DueSoon:
    """What the reader holds and falls due before he can be told again; the first of ``items`` is the next.

    ``days`` are the working days of the first one's limit, where it is counted in them.
    """

    mail: str
    items: tuple[Item, ...]
    reader: Reader
    days: tuple[CountedDay, ...] = ()


@dataclass(frozen=True)
class Closing:
    """What was escalated to the reader and is over; ``withdrawn`` names findings that were none after all."""

    mail: str
    items: tuple[Item, ...]
    reader: Reader
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Incident:
    """Many matters of one cause (``cause`` true), or what exceeds a day's single mails."""

    mail: str
    items: tuple[Item, ...]
    reader: Reader
    cause: bool


@dataclass(frozen=True)
class Digest:
    """Everything open with one person by age, and what was over when it was found.

    Args:
        mail, day: id of the envelope and the local day it goes out.
        who: the team it is about, "" for the role of the reader.
        items: open ones, then those that are over.
        apart: findings among them of which a mail of their own went out today.
        ages: finding -> working days since it fell due; missing where the calendar cannot say.
        before: subjects open when the last digest went out; None before the first.
        officers: the officer's day (``audits.officer.officers_day``); None for everybody else.
        clauses: cards by id, for the officer's day to name them.
    """

    mail: str
    day: str
    who: str
    items: tuple[Item, ...]
    reader: Reader
    apart: frozenset[str] = frozenset()
    ages: tuple[tuple[str, int], ...] = ()
    before: tuple[str, ...] | None = None
    officers: Mapping[str, Any] | None = None
    clauses: Mapping[str, Card] | None = None

    def titles(self, lang: str) -> dict[str, str]:
        """Clause id -> title."""
        return {key: card.title.in_(lang) for key, card in (self.clauses or {}).items()}


@dataclass(frozen=True)
class Complaint:
    """One complaint of the general manager's table; instants ``NAT`` where there is none.

    ``needs`` says that it is for the general manager himself; the others are over or nearly so.
    """

    label: str
    customer: str
    received: int
    answered: int
    answer_due: int
    end: int
    solved: int
    needs: bool
    is_open: bool


@dataclass(frozen=True)
class Daily:
    """The complaints of the day.

    ``day_counts`` and ``month_counts``: answers that fell due on ``counted_on`` (ISO) and in its month so
    far, and how many of them were late.
    """

    mail: str
    day: str
    complaints: tuple[Complaint, ...]
    reader: Reader
    counted_on: str = ""
    day_counts: tuple[int, int] = (0, 0)
    month_counts: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Gap:
    """One data gap: field, reason code, records and duties it leaves unjudged, some records, its clauses."""

    field: str
    reason: str
    records: int = 0
    duties: int = 0
    examples: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operations:
    """Data gaps and what keeps telling from working (kind and what, as ``audits.notices.Alert``)."""

    mail: str
    day: str
    gaps: tuple[Gap, ...]
    alerts: tuple[tuple[str, str], ...]
    reader: Reader


@dataclass(frozen=True)
class RunFailed:
    """A run that did not complete: what was found, where, and what to do."""

    source: str
    step: str
    found: str
    where: str
    do: str
    run: str = ""


Context = Matter | DueSoon | Closing | Incident | Digest | Daily | Operations | RunFailed
