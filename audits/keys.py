"""Finding rows by key: most CRMs number their records, so a key's digits nearly say its row.

The last eight characters of every key are read as one 64-bit word and decoded as if they were digits; a table
by that number names the one id that can be meant, and the characters decide whether it is. Ids without such a
number of their own (UUIDs, names) are found by Arrow's hash.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Word = npt.NDArray[np.uint64]

_WIDTH: Final = 8  # bytes of a word
_SPARSE: Final = 4  # a table may be so many times as long as the ids are many
_LEAST: Final = 1 << 10
_BLOCK: Final = 1 << 16  # keys looked at together: what is made of them stays in the processor's cache


class KeyIndex:
    """Rows of unique ids, found again and again.

    Args:
        ids: ``str`` series without doubles; nulls are never found.
    """

    def __init__(self, ids: pd.Series) -> None:
        self._ids = as_array(ids)
        self._words = None if self._ids.null_count else words_of(self._ids)
        self._table = None if self._words is None else _table(self._words.number())

    def find(self, keys: pd.Series | pa.Array | pa.ChunkedArray) -> Ints:
        """Row of each key, -1 where it is null or unknown."""
        given = as_array(keys)
        out = np.empty(len(given), np.int64)
        for begin in range(0, len(given), _BLOCK):
            block = given.slice(begin, _BLOCK)
            if (rows := self._by_number(block)) is None:
                return self._by_hash(given)
            out[begin : begin + _BLOCK] = rows
        return out

    def _by_hash(self, keys: pa.LargeStringArray) -> Ints:
        found = pc.index_in(keys, value_set=self._ids, skip_nulls=True)
        return np.asarray(found.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False))

    def _by_number(self, keys: pa.LargeStringArray) -> Ints | None:
        words = None if self._table is None else words_of(keys)
        if self._words is None or self._table is None or words is None:
            return None
        number = words.number()
        known = number < len(self._table)
        row = self._table[np.where(known, number, 0)]
        known &= row >= 0
        known &= words.same(self._words, np.maximum(row, 0))
        if keys.null_count:
            known &= keys.is_valid().to_numpy(zero_copy_only=False)
        return np.where(known, row, -1)


@dataclass(frozen=True)
class _Words:
    """The last sixteen bytes of each text as two words, shorter ones filled with zeros in front."""

    length: Ints
    low: Word
    high: Word

    def number(self) -> Word:
        """The last eight bytes decoded as digits, whatever they are: a number below 2**32, not always its own."""
        digits = (self.low & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(2561) >> np.uint64(8)
        pairs = (digits & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601) >> np.uint64(16)
        return (pairs & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001) >> np.uint64(32)

    def same(self, others: "_Words", rows: Ints) -> npt.NDArray[np.bool_]:
        """Where each text equals the one that stands in its row of ``others``."""
        equal = np.asarray(others.low[rows] == self.low)
        equal &= others.high[rows] == self.high
        equal &= others.length[rows] == self.length
        return equal


def words_of(texts: pa.LargeStringArray) -> _Words | None:
    """The ends of the texts as words; None when one is longer than two words."""
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    length = np.diff(ends)
    if not len(length) or length.max() > 2 * _WIDTH:
        return None
    first, last = int(ends[0]), int(ends[-1])
    padded = np.zeros(last - first + 2 * _WIDTH, np.uint8)
    padded[2 * _WIDTH :] = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[first:last]
    every = np.lib.stride_tricks.as_strided(padded[:_WIDTH].view("<u8"), (len(padded) - _WIDTH + 1,), (1,))
    at = ends[1:] - first
    return _Words(length, _kept(every[at + _WIDTH], length), _kept(every[at], length - _WIDTH))


def _kept(word: Word, length: Ints) -> Word:
    """Each word without the bytes in front of its text."""
    if len(length) and length.min() >= _WIDTH:
        return word
    foreign = (8 * (_WIDTH - np.clip(length, 1, _WIDTH))).astype(np.uint64)
    return np.where(length > 0, word >> foreign << foreign, np.uint64(0))


def _table(number: Word) -> Ints | None:
    """Row by number, -1 where there is none; None when two share a number or the numbers lie too far apart."""
    if int(number.max()) > max(_SPARSE * len(number), _LEAST):
        return None
    table = np.full(int(number.max()) + 1, -1, np.int64)
    rows = np.arange(len(number), dtype=np.int64)
    table[number] = rows
    return table if np.array_equal(table[number], rows) else None


def as_array(texts: pd.Series | pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    """Texts as one Arrow array with 64-bit offsets."""
    column = pa.array(texts) if isinstance(texts, pd.Series) else texts
    if column.type != pa.large_string():
        column = pc.cast(column, pa.large_string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
