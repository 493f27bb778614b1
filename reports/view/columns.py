"""Whole columns of instants and lengths of time written at once: a list may hold 50,000 rows."""

import numpy as np
import pandas as pd

from audits.words import HOUR, MINUTE
from reports import format as fmt
from reports.view.base import Page

Texts = list[str]


def stamps(instants: pd.Series, page: Page) -> Texts:
    """A column of instants as ``10-10 12:25`` near the period, ISO outside; "" for none."""
    local = instants.dt.tz_convert(page.zone)
    near = (local >= page.near.start) & (local <= page.near.end)
    days = local.dt.strftime("%m-%d").where(near, local.dt.strftime("%Y-%m-%d"))
    midnight = (local + pd.Timedelta(microseconds=1)).dt.normalize() == local + pd.Timedelta(microseconds=1)
    clock = local.dt.strftime("%H:%M").mask(midnight, "24:00")
    return [str(text) for text in (days + " " + clock).where(instants.notna(), "")]


def microseconds(instants: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """A column of instants as microseconds UTC; none is the least integer."""
    return instants.to_numpy(dtype="datetime64[us]").view(np.int64)


def spans(lengths: pd.Series, open_hours: pd.Series, lang: str) -> Texts:
    """A column of microseconds as lengths of time; "" for none. Each distinct minute is written once."""
    us = lengths.astype("Int64").fillna(-1).to_numpy(dtype=np.int64)
    # Seconds are shown only below a minute: everything longer is written once a minute.
    coarse = np.where(us >= MINUTE, us // MINUTE * MINUTE, us)
    hours = open_hours.to_numpy(dtype=bool)
    keys = coarse * 2 + hours
    distinct, where = np.unique(keys, return_inverse=True)
    texts = [fmt.duration(int(key // 2), lang, bool(key % 2)) if key >= 0 else "" for key in distinct]
    return [texts[i] for i in where]


def hours(lengths: pd.Series) -> list[float | None]:
    """Microseconds as hours; for reading only."""
    known = lengths.notna()
    values = (lengths.fillna(0).astype("int64") / HOUR).round(4).tolist()
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]


def names(keys: pd.Series, entity: str, page: Page) -> Texts:
    """A column of keys as the codes or names that may be printed; "" for none."""
    known = keys.astype(object).where(keys.notna(), "")
    printed = {key: page.result.name(entity, key) for key in known.unique()}
    return [printed[key] for key in known]
