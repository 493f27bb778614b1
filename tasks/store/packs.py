"""Packs: what was sent of each report and period, and why one was withheld; fixed together with its mails."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, NamedTuple

import pandas as pd
from sqlalchemy import Connection, and_, func, select, update

from tasks.store import bulk
from tasks.store.dialects import insert
from tasks.store.errors import StaleChanges
from tasks.store.rows import MailRow
from tasks.store.schema import deliveries, mails, packs

#: ``sent`` of a period that is over, ``running`` of one that is not, ``withheld`` from its readers.
PackState = Literal["sent", "running", "withheld"]
#: Kinds of their mails: the report itself, and to officer and engineer why there is none.
KINDS: Final = ("pack", "withheld")
_COLUMNS: Final = {
    **dict.fromkeys(("source", "report", "period"), "str"),
    "n": "int64",
    "state": "str",
    "as_of": "int64",
    **dict.fromkeys(("snapshot", "figures", "folder", "note"), "str"),
    "made_at": "int64",
}


@dataclass(frozen=True)
class PackRow:
    """One pack, or the word that there is none.

    Args:
        source, report, period: what it is of; the period by its key.
        n: the how-manieth entry of these three, from 0.
        as_of: instant judged at, microseconds; of a withheld one that of the newest snapshot that would not
            do, 0 without any.
        snapshot: hash of what was judged; "" where nothing was.
        figures: the counts of every clause as canonical JSON; "" where nothing was judged.
        folder: name of the folder of its files; "" without.
        note: of a withheld one the code of the reason; ``late`` of one that went after it was withheld.
    """

    source: str
    report: str
    period: str
    n: int
    state: PackState
    as_of: int
    snapshot: str = ""
    figures: str = ""
    folder: str = ""
    note: str = ""

    @property
    def run(self) -> str:
        """What its mails are entered under."""
        return f"pack {self.report} {self.period} {self.n}"


class Proof(NamedTuple):
    """What became of one mail of a pack; ``of`` is ``PackRow.run``, ``at`` microseconds, 0 without an answer."""

    of: str
    person_id: str
    kind: str
    state: str
    recipient: str
    code: int
    text: str
    at: int


def owe(connection: Connection, pack: PackRow, owed: Sequence[MailRow], now: int) -> int:
    """Enter a pack with its mails, all or nothing; how many of the mails are new.

    A pack that is entered already keeps its entry, a mail that is in the outbox its bytes; of a withheld one
    the entry says which snapshot was the last that would not do.

    Raises:
        StaleChanges: another pack stands under this number by now.
    """
    row = {**asdict(pack), "made_at": now}
    connection.execute(insert(connection, packs).values(row).on_conflict_do_nothing())
    key = (packs.c.source == pack.source, packs.c.report == pack.report, packs.c.period == pack.period)
    there = connection.execute(select(packs).where(*key, packs.c.n == pack.n)).one()
    if (there.state, there.snapshot, there.note) != (pack.state, pack.snapshot, pack.note):
        raise StaleChanges(
            "another process has entered a pack of this report and period meanwhile",
            f"report {pack.report}, {pack.period}, number {pack.n}",
            "send it again: it is compared with what was sent",
        )
    if pack.state == "withheld":
        tried = update(packs).where(*key, packs.c.n == pack.n, packs.c.as_of < pack.as_of)
        connection.execute(tried.values(as_of=pack.as_of))
    there_already = set(
        connection.execute(select(mails.c.mail).where(mails.c.mail.in_([one.mail for one in owed]))).scalars()
    )
    fresh = [one for one in owed if one.mail not in there_already]
    for one in fresh:
        connection.execute(insert(connection, mails).values(_mail(pack, one, now)).on_conflict_do_nothing())
    return len(fresh)


def _mail(pack: PackRow, mail: MailRow, now: int) -> dict[str, object]:
    return {
        "mail": mail.mail, "source": pack.source, "run": pack.run, "person_id": mail.person_id,
        "kind": mail.kind, "sender": mail.sender, "recipients": "\n".join(mail.recipients),
        "message_id": mail.message_id, "content": mail.content, "state": "pending", "attempts": 0,
        "resent_after": 0, "made_at": now, "not_before": 0, "claimed_by": "",
    }  # fmt: skip


def known(connection: Connection, source: str | None) -> pd.DataFrame:
    """Every entry of a source (None: of all), in the order in which they were made."""
    query = select(*(packs.c[name] for name in _COLUMNS))
    query = query if source is None else query.where(packs.c.source == source)
    order = (packs.c.made_at, packs.c.report, packs.c.period, packs.c.n)
    return bulk.read(connection, query.order_by(*order), _COLUMNS)


def proof(connection: Connection, source: str) -> list[Proof]:
    """What became of every mail of packs, by pack and person: the outbox's word and the server's last answer."""
    last = (
        select(deliveries.c.mail, func.max(deliveries.c.attempt).label("attempt"))
        .group_by(deliveries.c.mail)
        .subquery()
    )
    told = select(
        mails.c.run, mails.c.person_id, mails.c.kind, mails.c.state,
        deliveries.c.recipient, deliveries.c.code, deliveries.c.text, deliveries.c.at,
    )  # fmt: skip
    joined = mails.outerjoin(last, last.c.mail == mails.c.mail).outerjoin(
        deliveries, and_(deliveries.c.mail == mails.c.mail, deliveries.c.attempt == last.c.attempt)
    )
    query = told.select_from(joined).where(mails.c.source == source, mails.c.kind.in_(KINDS))
    rows = connection.execute(query.order_by(mails.c.made_at, mails.c.person_id)).all()
    return [
        Proof(
            row.run,
            row.person_id,
            row.kind,
            row.state,
            row.recipient or "",
            row.code or 0,
            row.text or "",
            row.at or 0,
        )
        for row in rows
    ]
