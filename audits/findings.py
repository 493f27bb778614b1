"""How findings and their events stand in frames: one page of columns for judging, storing and rendering."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import pandas_dtype

INSTANT: Final = "datetime64[us, UTC]"
#: Columns of a frame of findings. Texts are never null: "" says that there is none.
#: ``state`` is open, acknowledged, cleared or withdrawn; ``marks`` a sorted list joined by ``|`` (baseline,
#: disputed, waived); ``changes`` the number of its events so far; ``first_seen_as_of`` and
#: ``last_change_as_of`` the ``as_of`` of the first run that saw it and of the last one that told an event;
#: ``reported_verdict`` what the last run that judged it said: a verdict, or ``missing``; ``open_since`` the
#: ``as_of`` of the run that opened it last: what people did to it before that belongs to an earlier life.
FINDING_COLUMNS: Final[dict[str, str]] = {
    "finding": "str",
    "source": "str",
    "standards": "str",
    "clause": "str",
    "subject": "str",
    "record": "str",
    "label": "str",
    "occurrence": "str",
    "state": "str",
    "marks": "str",
    "changes": "int64",
    "first_seen_as_of": INSTANT,
    "last_change_as_of": INSTANT,
    "anchor_at": INSTANT,
    "due_at": INSTANT,
    "done_at": INSTANT,
    "reason": "str",
    "customer_id": "str",
    "team_id": "str",
    "assignee_id": "str",
    "reported_verdict": "str",
    "open_since": INSTANT,
}
#: Columns of a frame of events. ``n`` counts a finding's events from 1; ``run`` is "" for what a person did;
#: ``was`` and ``state`` are its state before ("" for a new one) and after; ``detail`` is JSON.
EVENT_COLUMNS: Final[dict[str, str]] = {
    "finding": "str",
    "n": "int64",
    "as_of": INSTANT,
    "run": "str",
    "kind": "str",
    "was": "str",
    "state": "str",
    "detail": "str",
}


def no_findings() -> pd.DataFrame:
    """An empty frame of findings."""
    return cast_columns(pd.DataFrame(columns=list(FINDING_COLUMNS)), FINDING_COLUMNS)


def no_events() -> pd.DataFrame:
    """An empty frame of events."""
    return cast_columns(pd.DataFrame(columns=list(EVENT_COLUMNS)), EVENT_COLUMNS)


def cast_columns(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """These columns of ``frame`` in these dtypes, in this order, nulls of text as ""."""
    cast = {}
    for name, dtype in columns.items():
        column = frame[name].astype(pandas_dtype(dtype))
        cast[name] = column.fillna("") if dtype == "str" else column
    return pd.DataFrame(cast, index=frame.index)


def as_ints(instants: pd.Series) -> npt.NDArray[np.int64]:
    """Microseconds since the epoch, UTC; ``words.NAT`` where null."""
    return instants.to_numpy(dtype="datetime64[us]").view(np.int64)
