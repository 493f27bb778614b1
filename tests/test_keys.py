"""Rows found by key equal what a dictionary finds, whatever the keys look like."""

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audits.keys import KeyIndex

_DIGITS = st.integers(0, 3000).map(str)
_PADDED = st.integers(0, 3000).map(lambda n: f"WO-2026-{n:06d}")
_MIXED = st.text(string.digits + string.ascii_letters + "-_|单 ", min_size=1, max_size=20)


def _series(texts: Sequence[Any]) -> "pd.Series[str]":
    return pd.Series(list(texts), dtype="str")


@given(
    st.one_of(*(st.lists(kind, unique=True, max_size=60) for kind in (_DIGITS, _PADDED, _MIXED))),
    st.lists(st.one_of(st.none(), _DIGITS, _PADDED, _MIXED), max_size=40),
)
@example(["7"], ["07", "7", "", None])
@example(["07", "7"], ["7", "07", "007"])
@example(["T00000012"], ["T00000012", "U00000012", "00000012", "TT00000012"])
@example(["12345678", "912345678"], ["12345678", "912345678", "812345678"])
@example(["1?", "2"], ["1?", "1/", "2", "\x02"])
def test_every_key_is_found_where_its_id_stands_and_nothing_else_is(
    ids: list[str], strangers: list[str | None]
) -> None:
    keys = [*strangers, *ids, *reversed(ids)]
    rows = {key: row for row, key in enumerate(ids)}
    expected = [-1 if key is None else rows.get(key, -1) for key in keys]
    assert KeyIndex(_series(ids)).find(_series(keys)).tolist() == expected


@pytest.mark.parametrize("ids", [[f"{n}" for n in range(5000)], [f"{n:036x}" for n in range(5000)]])
def test_numbers_and_long_keys_are_found_in_slices_and_chunks_too(ids: list[str]) -> None:
    index = KeyIndex(_series(["head", *ids]).iloc[1:])
    parts: list[pd.Series[str]] = [
        _series(ids).iloc[100:4000],
        _series([None, "head"]),
        _series(ids).iloc[:50],
    ]
    keys = pd.concat(parts)
    assert index.find(keys).tolist() == [*range(100, 4000), -1, -1, *range(50)]


def test_an_id_that_is_null_is_never_found() -> None:
    assert KeyIndex(_series(["1", None, "2"])).find(_series([None, "", "2"])).tolist() == [-1, -1, 2]


def test_rows_are_whole_numbers_even_when_nothing_is_there() -> None:
    found = KeyIndex(_series([])).find(_series(["1", None]))
    assert found.dtype == np.int64
    assert found.tolist() == [-1, -1]
