"""The distinct values of a code column and how often each stands there: all that is ever read of a CRM's rows.

Least data: at most 50 values of a column; none at all where they look like free text, names or addresses.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tasks.crm.columns import as_text, columns
from tasks.crm.guard import single_select
from tasks.crm.sources import Source

SHOWN: Final = 50
#: More distinct values than this, in more than a quarter of the rows: these are no codes.
_MANY: Final = 200
_LONG: Final = 60
_TOTALS: Final = "SELECT count(v.{c}) AS n, count(DISTINCT v.{c}) AS d FROM ({inner}) v"
_LISTED: Final = """
SELECT v.{c} AS value, count(*) AS n FROM ({inner}) v WHERE v.{c} IS NOT NULL
GROUP BY v.{c} ORDER BY 2 DESC, 1 LIMIT {shown}
"""
_NO_CODES: Final = "so many different values are no codes"
_PERSONAL: Final = re.compile(r"@|\d{7,}|://")


@dataclass(frozen=True)
class Codes:
    """Values of one column.

    Args:
        rows: rows with a value.
        distinct: how many different values.
        listed: (value, rows), commonest first; empty where ``withheld`` says why.
        withheld: why no value is listed, or "".
    """

    rows: int
    distinct: int
    listed: tuple[tuple[str, int], ...] = ()
    withheld: str = ""


def codes(
    source: Source, select: str, column: str, parameters: Mapping[str, str | int] | None = None
) -> Codes:
    """Values of a column of a SELECT.

    Args:
        source: the open database.
        select: a SELECT that gives the column.
        column: its name there.
        parameters: what the SELECT's ``:name`` stand for.

    Raises:
        Refusal: the database cannot run it.
    """
    inner = single_select(select)
    told = _read(source, _TOTALS, inner, column, parameters)
    rows, distinct = (int(values[0] or 0) for values in told)
    if distinct > _MANY and distinct * 4 > rows:
        return Codes(rows, distinct, withheld=_NO_CODES)
    values, counts = _read(source, _LISTED, inner, column, parameters)
    blank = sum(value is None for value in values)  # an empty text is no value, though databases count it
    listed = ((value, int(count or 0)) for value, count in zip(values, counts, strict=True) if value)
    return judged(rows, distinct - blank, tuple(listed))


def counted(values: Iterable[str | None]) -> Codes:
    """Values of a column that has been read already."""
    found = Counter(value.strip() for value in values if value and value.strip())
    rows = found.total()
    if len(found) > _MANY and len(found) * 4 > rows:
        return Codes(rows, len(found), withheld=_NO_CODES)
    return judged(
        rows, len(found), tuple(sorted(found.items(), key=lambda each: (-each[1], each[0]))[:SHOWN])
    )


def judged(rows: int, distinct: int, listed: tuple[tuple[str, int], ...]) -> Codes:
    """The values, unless they look like anything but codes."""
    if any(len(value) > _LONG or _PERSONAL.search(value) for value, _ in listed):
        return Codes(rows, distinct, withheld="they look like free text, names or addresses")
    return Codes(rows, distinct, listed)


def _read(
    source: Source, form: str, inner: str, column: str, parameters: Mapping[str, str | int] | None
) -> list[list[str | None]]:
    """The answer's columns as text."""
    asked = single_select(form.format(c=column, inner=inner, shown=SHOWN))
    return [as_text(each).to_pylist() for each in columns(source.read(asked, parameters or {})).values()]
