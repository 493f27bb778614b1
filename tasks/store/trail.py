"""The chain of batches: what a run told and what people did, each batch bound to the one before by a keyed hash.

Whoever has the key can prove that nothing was changed, removed or cut off since. Whoever has only the
database cannot make a batch that fits. A tail that is cut off with its runs is betrayed by the head that
an earlier report prints.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, select, text

from audits.acts import ACT_COLUMNS
from audits.findings import EVENT_COLUMNS, INSTANT, as_ints
from audits.words import NAT
from tasks.store import bulk
from tasks.store.schema import acts, batches, events, runs

Key = Callable[[], bytes]
#: ``run``: the events of one run; ``act``: the acts of one order; ``before``: what the store held already
#: when its chain began.
Kind = Literal["run", "act", "before"]
#: What each kind of batch is made of, in the order in which it is hashed.
_EVENT: Final = {"standards": "str", **EVENT_COLUMNS}
_ACT: Final = {**ACT_COLUMNS, "entered_at": "int64", "why": "str", "evidence": "str"}
_EVENT_ORDER: Final = ["standards", "finding", "n"]
_ID: Final = b"which key this is"


class Head(NamedTuple):
    """The last batch of a chain; 0 and "" before the first."""

    batch: int
    hash: str


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a chain: ``what`` is changed, removed, cut, outside or key."""

    source: str
    batch: int
    what: str
    said: str


def no_key() -> bytes:
    """The key of a store that was opened without one: its hashes bind, and prove nothing."""
    return b""


def seal_events(
    connection: Connection, key: bytes, source: str, run: str, told: pd.DataFrame, at: int
) -> Head:
    """Bind the events of a run that are written in this transaction into the chain.

    Args:
        told: columns of the events and ``standards``.
    """
    previous = _head_to_follow(connection, key, source, run, at)
    rows = told.sort_values(_EVENT_ORDER, kind="stable")
    return _seal(connection, key, source, previous, "run", run, at, lines(rows, _EVENT), len(rows))


def next_batch(connection: Connection, key: bytes, source: str, at: int) -> Head:
    """Where the chain ends, held against everybody else until this transaction ends."""
    return _head_to_follow(connection, key, source, "", at)


def seal_acts(
    connection: Connection, key: bytes, source: str, previous: Head, rows: pd.DataFrame, at: int
) -> Head:
    """Bind acts that are written in this transaction into the chain, after ``previous``."""
    rows = rows.sort_values("act", kind="stable")
    return _seal(connection, key, source, previous, "act", "", at, lines(rows, _ACT), len(rows))


def head(connection: Connection, source: str) -> Head:
    """The last batch of a source's chain."""
    last = select(batches.c.n, batches.c.hash).where(batches.c.source == source).order_by(batches.c.n.desc())
    row = connection.execute(last.limit(1)).one_or_none()
    return Head(0, "") if row is None else Head(row.n, row.hash)


def _head_to_follow(connection: Connection, key: bytes, source: str, run: str, at: int) -> Head:
    if connection.dialect.name == "postgresql":  # SQLite's transaction is alone already
        connection.execute(text("LOCK TABLE batches IN EXCLUSIVE MODE"))
    last = head(connection, source)
    if last.batch:
        return last
    earlier = _read_events(connection, source)
    earlier = earlier[earlier["run"] != run]
    if earlier.empty:
        return last
    return _seal(connection, key, source, last, "before", "", at, _all_lines(earlier), len(earlier))


def _seal(
    connection: Connection, key: bytes, source: str, previous: Head, kind: Kind, of: str, at: int,
    content: bytes, rows: int,
) -> Head:  # fmt: skip
    row = {"source": source, "n": previous.batch + 1, "kind": kind, "of": of, "at": at, "rows": rows}
    row |= {"previous": previous.hash}
    made = _hash(key, row, content)
    connection.execute(batches.insert().values(**row, hash=made, key=_name(key)))
    return Head(previous.batch + 1, made)


def _hash(key: bytes, row: Mapping[str, Any], content: bytes) -> str:
    names = ("source", "n", "kind", "of", "at", "rows", "previous")
    begin = "\t".join(_escaped(str(row[name])) for name in names) + "\n"
    return hmac.new(key, begin.encode() + content, hashlib.sha256).hexdigest()


def _name(key: bytes) -> str:
    return hmac.new(key, _ID, hashlib.sha256).hexdigest()[:8]


def lines(frame: pd.DataFrame, columns: Mapping[str, str]) -> bytes:
    r"""The one spelling of rows: a line each, fields parted by tabs; ``\\``, tab, CR and LF are escaped.

    Args:
        columns: what is spelled, in this order: ``str``, ``int64`` (``NAT`` is spelled as nothing) or the
            instants of ``audits.findings``.
    """
    if frame.empty:
        return b""
    whole = None
    for name, dtype in columns.items():
        spelled = _spelled(frame[name].reset_index(drop=True), dtype)
        whole = spelled if whole is None else whole + "\t" + spelled
    return ("\n".join(whole.tolist() if whole is not None else []) + "\n").encode()


def _spelled(column: pd.Series, dtype: str) -> pd.Series:
    if dtype == "str":
        texts = column.astype("str").fillna("")
        if not texts.str.contains(r"[\\\t\r\n]").any():
            return texts
        return texts.map(_escaped).astype("str")
    numbers = as_ints(column) if dtype == INSTANT else column.to_numpy(np.int64)
    return pd.Series(numbers).astype("str").where(numbers != NAT, "")


def _escaped(one: str) -> str:
    escaped = one.replace("\\", "\\\\").replace("\t", "\\t")
    return escaped.replace("\r", "\\r").replace("\n", "\\n")


def _read_events(connection: Connection, source: str) -> pd.DataFrame:
    query = select(*(events.c[name] for name in _EVENT)).where(events.c.source == source)
    return bulk.read(connection, query, _EVENT)


def read_acts(connection: Connection, source: str, until: int | None = None) -> pd.DataFrame:
    """Every act of a source known until then, in the columns that are hashed, and its ``batch``."""
    columns = {**_ACT, "batch": "int64", "begins": "Int64", "until": "Int64"}
    query = select(*(acts.c[name] for name in columns)).where(acts.c.source == source)
    if until is not None:
        query = query.where(acts.c.at <= until)
    frame = bulk.read(connection, query.order_by(acts.c.at, acts.c.act), columns)
    return frame.assign(**{name: frame[name].fillna(NAT).astype("int64") for name in ("begins", "until")})


def _all_lines(rows: pd.DataFrame) -> bytes:
    return lines(rows.sort_values(["run", *_EVENT_ORDER], kind="stable"), _EVENT)


# Proving


def faults(connection: Connection, key: bytes, source: str) -> Iterator[Fault]:
    """Everything that is wrong with a source's chain, the earliest batch first."""
    chain = connection.execute(select(batches).where(batches.c.source == source).order_by(batches.c.n)).all()
    told, done = _read_events(connection, source), read_acts(connection, source)
    bound = {row.of for row in chain if row.kind == "run"}
    by_run = {str(run): rows for run, rows in told.groupby("run")}
    before = told[~told["run"].isin(bound)]
    for row, previous in zip(chain, [None, *chain][: len(chain)], strict=True):
        yield from _gap(source, row, previous)
        content, n = _content(row, by_run, before, done)
        yield from _wrong(source, key, row, content, n)
    yield from _outside(source, chain, before, done)
    yield from _cut(connection, source, chain, bound)


def _gap(source: str, row: "Row[Any]", previous: "Row[Any] | None") -> Iterator[Fault]:
    expected = 1 if previous is None else previous.n + 1
    for n in range(expected, row.n):
        yield Fault(source, n, "removed", f"batch {n} was removed")
    if row.n == expected and row.previous != ("" if previous is None else previous.hash):
        yield Fault(source, row.n, "changed", f"batch {row.n} does not follow the batch before it")


def _content(
    row: "Row[Any]", by_run: Mapping[str, pd.DataFrame], before: pd.DataFrame, done: pd.DataFrame
) -> tuple[bytes, int]:
    """The rows of a batch as they stand now, and how many."""
    if row.kind == "before":
        return _all_lines(before), len(before)
    if row.kind == "act":
        rows = done[done["batch"] == row.n].sort_values("act", kind="stable")
        return lines(rows, _ACT), len(rows)
    rows = by_run.get(row.of, before.iloc[:0]).sort_values(_EVENT_ORDER, kind="stable")
    return lines(rows, _EVENT), len(rows)


def _wrong(source: str, key: bytes, row: "Row[Any]", content: bytes, n: int) -> Iterator[Fault]:
    named = f"batch {row.n} ({row.of or row.kind})"
    if row.key != _name(key):
        yield Fault(source, row.n, "key", f"{named} was written with another key, and cannot be proved")
    elif not hmac.compare_digest(_hash(key, row._asdict(), content), row.hash):
        count = f": it had {row.rows} rows, now {n}" if n != row.rows else ""
        yield Fault(source, row.n, "changed", f"{named} was changed{count}")


def _outside(
    source: str, chain: Sequence["Row[Any]"], before: pd.DataFrame, done: pd.DataFrame
) -> Iterator[Fault]:
    """Rows that no batch speaks of; without any chain nothing was ever bound."""
    last = chain[-1].n if chain else 0
    if chain and not any(row.kind == "before" for row in chain):
        for run, rows in before.groupby("run"):
            said = f"{len(rows)} events of {str(run) or 'no run'} stand in no batch"
            yield Fault(source, last, "outside", said)
    lost = done[~done["batch"].isin([row.n for row in chain])]
    for batch in sorted(set(lost["batch"].tolist())):
        n = int((lost["batch"] == batch).sum())
        yield Fault(source, batch, "outside", f"{n} acts of batch {batch} stand in no batch")


def _cut(
    connection: Connection, source: str, chain: Sequence["Row[Any]"], bound: set[str]
) -> Iterator[Fault]:
    if not chain:
        return
    query = select(runs.c.run).where(runs.c.source == source, runs.c.committed_at >= chain[0].at)
    for run in connection.execute(query.order_by(runs.c.committed_at)).scalars():
        if run not in bound:
            yield Fault(source, chain[-1].n, "cut", f"run {run} was committed, and its batch is gone")


def missing_heads(connection: Connection, source: str, heads: Sequence[tuple[str, Head]]) -> Iterator[Fault]:
    """Heads that were printed and are not in the chain: it was cut off, or written anew.

    Args:
        heads: where each was printed, and what it says.
    """
    chain = select(batches.c.n, batches.c.hash).where(batches.c.source == source)
    known = {row.n: row.hash for row in connection.execute(chain)}
    for where, printed in heads:
        found = known.get(printed.batch)
        if found is None:
            said = f"{where} prints batch {printed.batch}; the chain ends at {max(known, default=0)}: cut off"
            yield Fault(source, printed.batch, "cut", said)
        elif not found.startswith(printed.hash):
            said = f"{where} prints another hash of batch {printed.batch}: the chain was written anew"
            yield Fault(source, printed.batch, "changed", said)
