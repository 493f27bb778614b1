"""What people did, written once: each order is a batch of the chain, and counts from the instant it names."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import pandas as pd
from sqlalchemy import Connection, func, select

from audits.acts import ACT_COLUMNS, Act, frame_of
from audits.words import NAT
from tasks.store import trail
from tasks.store.dialects import insert
from tasks.store.schema import acts, deliveries, findings, mails, notices

_DIGITS = 10


@dataclass(frozen=True)
class ActRow:
    """An act as a person orders it: what judging reads, and the words that stay in the store.

    Args:
        act: without its id.
        why: the reason or note.
        evidence: what proves it: a document's number or path.
    """

    act: Act
    why: str = ""
    evidence: str = ""


def note(connection: Connection, key: bytes, source: str, ordered: Sequence[ActRow], now: int) -> list[str]:
    """Write acts as one batch; their ids, in the order given. One that is written already stays as it is."""
    ids = [_id(source, row, now) for row in ordered]
    known = set(connection.execute(select(acts.c.act).where(acts.c.source == source)).scalars())
    fresh = {name: row for name, row in zip(ids, ordered, strict=True) if name not in known}
    if fresh:
        previous = trail.next_batch(connection, key, source, now)
        for name, row in fresh.items():
            values = _values(source, name, row, now) | {"batch": previous.batch + 1}
            connection.execute(insert(connection, acts).values(values))
        trail.seal_acts(connection, key, source, previous, _frame(fresh, now), now)
    return ids


def _id(source: str, row: ActRow, now: int) -> str:
    said = [source, str(now), *(str(value) for value in asdict(row.act).values()), row.why, row.evidence]
    return sha256("\x1f".join(said).encode()).hexdigest()[:_DIGITS]


def _values(source: str, name: str, row: ActRow, now: int) -> dict[str, object]:
    values: dict[str, object] = {**asdict(row.act), "act": name, "source": source}
    for instant in ("begins", "until"):
        values[instant] = None if values[instant] == NAT else values[instant]
    return values | {"entered_at": now, "why": row.why, "evidence": row.evidence}


def _frame(rows: dict[str, ActRow], now: int) -> pd.DataFrame:
    plain = [Act(**{**asdict(row.act), "act": name}) for name, row in rows.items()]
    frame = frame_of(plain)
    words = frame["act"].map({name: (row.why, row.evidence) for name, row in rows.items()})
    why, evidence = (pd.Series([pair[n] for pair in words], dtype="str") for n in (0, 1))
    return frame[list(ACT_COLUMNS)].assign(entered_at=now, why=why, evidence=evidence)


def told(connection: Connection, source: str) -> dict[str, int]:
    """Finding -> when a server first took a mail about its breach; an .eml file told nobody, a warning of nothing."""
    first = (
        select(notices.c.finding, func.min(deliveries.c.at))
        .join(mails, mails.c.mail == notices.c.mail)
        .join(deliveries, deliveries.c.mail == mails.c.mail)
        .where(notices.c.source == source, notices.c.level > 0, deliveries.c.outcome == "sent")
        .group_by(notices.c.finding)
    )
    return {row[0]: row[1] for row in connection.execute(first)}


def find(connection: Connection, source: str, name: str) -> list[tuple[str, str, str, str]]:
    """Findings whose id begins so, or whose record is printed so: id, clause, label, state."""
    columns = (findings.c.finding, findings.c.clause, findings.c.label, findings.c.state)
    fits = findings.c.finding.startswith(name, autoescape=True) | (findings.c.label == name)
    query = select(*columns).distinct().where(findings.c.source == source, fits).order_by(*columns)
    return [tuple(row) for row in connection.execute(query)]
