"""Rows gathered by group equal what a walk over them gathers; shared columns cannot be written into."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.facts import EntityFacts
from audits.tables import Groups, Table
from audits.views import View


@given(
    st.integers(1, 8).flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.lists(st.integers(-1, size - 1), max_size=40),
            st.lists(st.integers(0, size - 1), max_size=12),
        )
    )
)
def test_every_row_of_a_wanted_group_comes_once_for_each_time_it_is_wanted(
    drawn: tuple[int, list[int], list[int]],
) -> None:
    size, group, wanted = drawn
    groups = Groups.of(np.array(group, np.int64), size)
    place, row = groups.members(np.array(wanted, np.int64))
    walked = [(at, row) for at, one in enumerate(wanted) for row, mine in enumerate(group) if mine == one]
    assert list(zip(place.tolist(), row.tolist(), strict=True)) == walked


def test_a_view_of_all_rows_shares_the_columns_and_nobody_can_write_into_them() -> None:
    frame = pd.DataFrame(
        {"id": pd.Series(["A", "B"], dtype="str"), "level": pd.Series([1, 2], dtype="Int64")}
    )
    table = Table("deviation", frame, EntityFacts(frozenset(frame.columns)), as_of=0)
    every = View("deviation", table, np.arange(2, dtype=np.int64))
    turned = View("deviation", table, np.array([1, 0], np.int64))
    assert every.number("level") is not turned.number("level")
    assert np.shares_memory(every.number("level"), table.number("level"))
    assert turned.number("level").tolist() == [2, 1]
    with pytest.raises(ValueError, match="read-only"):
        every.number("level")[0] = 9
