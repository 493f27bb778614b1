"""How results spell instants and keys: exact, in the business's zone, without floats."""

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from audits.facts import Facts
from audits.instants import moment_of
from audits.words import NAT

Ints = npt.NDArray[np.int64]


def iso(instant: int, zone: str) -> str | None:
    """ISO text with the zone's offset; microseconds only when not zero; None for null."""
    if instant == NAT:
        return None
    return moment_of(int(instant)).astimezone(ZoneInfo(zone)).isoformat()


def local_date(instant: int, zone: str) -> str:
    """ISO date of an instant in a zone."""
    return moment_of(int(instant)).astimezone(ZoneInfo(zone)).date().isoformat()


def codes_of(facts: Facts, entity: str, code: str) -> dict[str, str]:
    """Printable code of each record of an entity; its key where there is no code."""
    if entity not in facts.frames:
        return {}
    frame = facts.frames[entity]
    printed = frame[code].fillna(frame["id"]) if code in frame.columns else frame["id"]
    return dict(zip(frame["id"], printed, strict=True))


def text_at(series: pd.Series, row: int) -> str:
    """A key or code, "" where null."""
    value = series.iloc[int(row)]
    return "" if pd.isna(value) else str(value)
