"""A history for CRMs that keep none: what differed between our own earlier extracts of the same source.

Each extract adds one file to a folder: the values that differ from those the files before it add up to. What
changed is known only to lie between two extracts, so a change never claims an instant: it happened after the
extract that still saw the old value, and by the one that saw the new (``Changes.after``). The first extract
knows no past. What came and went between two extracts was never seen by anybody.

The folder holds keys and codes of the columns the mapping names, nothing else. A file names the one before it,
so that a lost one is told; writing takes turns, and a file is there whole or not at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from audits.errors import ClausewatchError
from audits.words import NAT
from tasks.crm.changes import ALREADY, UNKNOWN, Changes, in_order, really_changed
from tasks.crm.stamps import Ints

_SCHEMA: Final = pa.schema(
    {"record": pa.large_string(), "field": pa.large_string(), "value": pa.large_string(), "there": pa.bool_()}
)
_PAIR: Final = ["record", "field"]
_FORM: Final = "%Y%m%dT%H%M%S.%fZ"
_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z\.parquet")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE: Final = b"clausewatch.before"
_WAIT_S: Final = 60


@dataclass(frozen=True)
class Diary:
    """What all extracts so far add up to.

    Args:
        instants: int64[extracts], microseconds, rising.
        rows: entries in the order they were written: record, field, value, there (False: it was gone), and
            ``extract``, the place in ``instants``.
    """

    instants: Ints
    rows: pd.DataFrame


def remembered(
    folder: Path, entity: str, keys: pa.Array, values: Mapping[str, pa.Array], instant: int, *, keep: bool
) -> Diary:
    """The extracts before an instant, and this one; it is kept, unless one of this instant or later is there.

    Args:
        folder: of the mapping's change log.
        entity: whose records these are.
        keys: ids of its frame.
        values: name in the mapping -> value of each record now.
        instant: when they were seen, in microseconds.
        keep: whether to write what is new.

    Raises:
        ClausewatchError: a file is missing or broken, the folder cannot be written, another run holds it.
    """
    place, now = folder / entity, _as_rows(keys, values)
    if not keep:
        return _with(_read(place, instant)[0], now, instant)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / ".lock", timeout=_WAIT_S):
            earlier, last, is_newest = _read(place, instant)
            diary = _with(earlier, now, instant)
            if is_newest:
                _write(place, diary, last)
    except Timeout as error:
        raise ClausewatchError("another run holds our own extracts", str(place), "run again later") from error
    except OSError as error:
        found = f"what was seen cannot be kept: {error.strerror or error}"
        raise ClausewatchError(found, str(place), "make room, or give the folder to this user") from error
    return diary


def changes_of(diary: Diary, keys: pa.Array, created: Ints) -> Changes:
    """What changed between the extracts, of the records in ``keys``.

    A record that came after the extract before the one that first saw it changed to its first value since it
    was created; of any other the first value says only how it was already.

    Args:
        created: int64[keys], instant of creation in microseconds, ``NAT`` = not known.
    """
    rows = diary.rows.sort_values([*_PAIR, "extract"], kind="stable", ignore_index=True)
    rows["row"] = pd.Index(keys.to_pylist()).get_indexer(pd.Index(rows["record"]))
    follows = (rows[_PAIR] == rows[_PAIR].shift()).all(axis=1).to_numpy()
    gone = follows & ~rows["there"].shift(fill_value=True).to_numpy(dtype=bool)
    place = np.arange(len(rows)) - follows - gone  # the last time it was there
    seen_until = rows["extract"].to_numpy(dtype=np.int64) - 1
    seen_until = np.where(gone, np.append(0, seen_until[:-1])[: len(rows)], seen_until)
    when = diary.instants[rows["extract"].to_numpy(dtype=np.int64)]
    before = np.where(seen_until < 0, ALREADY, diary.instants[np.maximum(seen_until, 0)])
    born = np.where(rows["row"] < 0, NAT, np.append(created, NAT)[rows["row"]])
    new_to_us = (born > before) & (seen_until >= 0) & (born < when)
    after = np.where(follows, before, np.where(new_to_us, born, ALREADY))
    value = pa.array(rows["value"], pa.large_string(), from_pandas=True)
    old = pc.if_else(pa.array(follows), value.take(pa.array(place)), pa.scalar(UNKNOWN, pa.large_string()))
    empty = pa.nulls(len(rows), pa.large_string())
    found = Changes(
        rows["row"].to_numpy(dtype=np.int64), when, after, pa.array(rows["field"], pa.large_string()),
        empty, empty, old, value, empty, np.zeros(len(keys), dtype=np.int16),
    )  # fmt: skip
    known = rows["there"].to_numpy(dtype=bool) & (rows["row"] >= 0).to_numpy()
    kept = found.take(known)
    return really_changed(in_order(kept, np.arange(len(kept.row))))


def _as_rows(keys: pa.Array, values: Mapping[str, pa.Array]) -> pd.DataFrame:
    """One row for each record and field."""
    tables = [
        pa.table(
            [keys.cast(pa.large_string()), pa.array([name] * len(keys), pa.large_string()), column,
             pa.array([True] * len(keys), pa.bool_())], schema=_SCHEMA,
        )
        for name, column in values.items()
    ]  # fmt: skip
    return _frame(pa.concat_tables(tables)) if tables else _frame(_SCHEMA.empty_table())


def _frame(table: pa.Table) -> pd.DataFrame:
    made: dict[str, Any] = {
        name: pd.array(table.column(name).combine_chunks(), dtype="str") for name in (*_PAIR, "value")
    }
    return pd.DataFrame({**made, "there": table.column("there").to_numpy()})


def _with(earlier: Diary, now: pd.DataFrame, instant: int) -> Diary:
    """The extracts before, and what this one saw that differs from what they add up to."""
    state = earlier.rows.drop_duplicates(_PAIR, keep="last")
    state = state[state["there"].to_numpy(dtype=bool)]
    both = now.merge(state[[*_PAIR, "value"]], on=_PAIR, how="left", suffixes=("", "_was"), indicator="_both")
    same = (both["value"] == both["value_was"]) | (both["value"].isna() & both["value_was"].isna())
    fresh = now[~(same & (both["_both"] == "both")).to_numpy(dtype=bool)]
    left = state[_PAIR].merge(now[_PAIR], on=_PAIR, how="left", indicator="_both")
    vanished = left.loc[(left["_both"] == "left_only").to_numpy(), _PAIR]
    vanished = vanished.assign(value=pd.array([None] * len(vanished), dtype="str"), there=False)
    added = pd.concat([fresh, vanished], ignore_index=True).assign(extract=len(earlier.instants))
    return Diary(np.append(earlier.instants, instant), pd.concat([earlier.rows, added], ignore_index=True))


def _read(place: Path, instant: int) -> tuple[Diary, str, bool]:
    """Entries from before an instant, the name of the last file of them, and whether there is none after it."""
    names = sorted(path.name for path in place.glob("*.parquet") if _NAME.fullmatch(path.name))
    used = [name for name in names if _instant(name) < instant]
    parts = [_frame(_SCHEMA.empty_table()).assign(extract=0)]
    for at, name in enumerate(used):
        parts.append(_frame(_table(place / name, used[at - 1] if at else "")).assign(extract=at))
    diary = Diary(
        np.array([_instant(name) for name in used], dtype=np.int64), pd.concat(parts, ignore_index=True)
    )
    return diary, used[-1] if used else "", len(used) == len(names)


def _table(path: Path, before: str) -> pa.Table:
    """One file, whole, and written after the one that lies before it."""
    do = "restore the folder from a copy, or empty it and begin anew"
    try:
        table = pq.read_table(path, partitioning=None)
        said = (table.schema.metadata or {}).get(_BEFORE, b"").decode()
        table = table.select(_SCHEMA.names).cast(_SCHEMA)
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise ClausewatchError("a file of our own extracts is broken", str(path), do) from error
    if said != before:
        found = f"a file of our own extracts is missing: {said or 'the first one was taken for another'}"
        raise ClausewatchError(found, str(path), do)
    return table


def _write(place: Path, diary: Diary, last: str) -> None:
    """The newest extract's entries, in a file of their own."""
    rows = diary.rows[(diary.rows["extract"] == len(diary.instants) - 1).to_numpy()]
    columns = [
        pa.array(rows[name], kind, from_pandas=True)
        for name, kind in zip(_SCHEMA.names, _SCHEMA.types, strict=True)
    ]
    table = pa.table(columns, schema=_SCHEMA.with_metadata({_BEFORE: last.encode()}))
    name = (_EPOCH + timedelta(microseconds=int(diary.instants[-1]))).strftime(_FORM) + ".parquet"
    made = place / f".{name}.new"
    try:
        pq.write_table(table, made, compression="zstd", version="2.6")
        made.replace(place / name)
    finally:
        made.unlink(missing_ok=True)


def _instant(name: str) -> int:
    since = datetime.strptime(name.removesuffix(".parquet"), _FORM).replace(tzinfo=UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
