"""An endpoint's pages one after the other, and of their rows only what the mapping names."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from config.mapping.landing import Column, Stream, Table
from tasks.crm.rest.api import Api, LandingError, Query

#: A row of a staging table.
Row = dict[str, str | int | bool | None]
_DO: Final = "correct the stream in the mapping; docs/rest.md explains its keys"


class Page(NamedTuple):
    """One page: rows by table, the position after it, and the server's own instant."""

    tables: dict[str, list[Row]]
    position: str | None
    at: datetime | None


def pages(api: Api, stream: Stream, position: str | None, since: int, where: str) -> Iterator[Page]:
    """Ask for page after page, from a position to the end of the stream.

    Args:
        position: where an earlier landing stopped; None: at the first page.
        since: the landing's first second.
        where: file and line, for errors.

    Raises:
        LandingError: the API gave up, or its pages do not move on, or a row does not fit its columns.
    """
    while True:
        answer = api.get(stream.path, _query(stream, position, since))
        following = _position(stream, answer.body)
        ended = _ended(stream, answer.body, following == position)
        if not ended and following in (None, position):
            found = f"the pages of {stream.path} do not move on from {position or 'the first'}"
            raise LandingError(found, where, _DO)
        position = following or position
        yield Page(_tables(stream, answer.body, where), position, answer.at)
        if ended:
            return


def _query(stream: Stream, position: str | None, since: int) -> Query:
    query: Query = {name: since if value == ":since" else value for name, value in stream.query.items()}
    if stream.pages is None:
        return query
    if position is not None:
        return query | {stream.pages.send: position}
    return query | ({stream.pages.first: since} if stream.pages.first else {})


def _position(stream: Stream, body: Mapping[str, Any]) -> str | None:
    found = None if stream.pages is None else _dig(body, stream.pages.next.split("."))
    return None if found is None else str(found)


def _ended(stream: Stream, body: Mapping[str, Any], stands: bool) -> bool:
    """Whether this was the last page; an answer without the sign ends where its position does."""
    if stream.pages is None:
        return True
    sign = _dig(body, (stream.pages.done or stream.pages.more or "").split("."))
    if sign is None:
        return stands or _position(stream, body) is None
    return bool(sign) == (stream.pages.done is not None)


def _tables(stream: Stream, body: Mapping[str, Any], where: str) -> dict[str, list[Row]]:
    rows = _dig(body, stream.rows.split("."))
    if not isinstance(rows, list):
        raise LandingError(f"the answer of {stream.path} has no list `{stream.rows}`", where, _DO)
    return {name: _rows(name, table, rows, where) for name, table in stream.tables.items()}


def _rows(name: str, table: Table, rows: list[Any], where: str) -> list[Row]:
    """A table's rows, each key once: the last that comes counts."""
    columns, found = table.read(), {}
    for row in rows:
        for element in _elements(row, table.each):
            made = {n: _value(n, column, row, element, table.each, where) for n, column in columns.items()}
            key = tuple(made[part] for part in table.key)
            if None in key:
                raise LandingError(f"a row of `{name}` has no {' and '.join(table.key)}", where, _DO)
            found[key] = made
    return list(found.values())


def _elements(row: Mapping[str, Any], each: str | None) -> list[Any]:
    if each is None:
        return [row]
    found = _dig(row, each.split("."))
    return found if isinstance(found, list) else []


def _value(
    name: str, column: Column, row: Any, element: Any, each: str | None, where: str
) -> str | int | bool | None:
    lead = tuple(each.split(".")) if each else ()
    inside = bool(lead) and column.path[: len(lead)] == lead
    found = _dig(element, column.path[len(lead) :]) if inside else _dig(row, column.path)
    try:
        return None if found is None else _CASTS[column.kind](found)
    except (ValueError, TypeError):
        raise LandingError(f"the column `{name}` holds what is no {column.kind}", where, _DO) from None


def _dig(found: Any, path: "list[str] | tuple[str, ...]") -> Any:
    """What lies at a path of keys; None where it does not go on."""
    for key in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def _whole(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _words(value: Any) -> str:
    """Text as it is; a truth, number, list or object as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _truth(value: Any) -> bool:
    if value not in (True, False):
        raise ValueError
    return bool(value)


def _names(value: Any) -> str:
    """A list's words, or an object's keys, between bars: ``|vip|closed_by_merge|``."""
    if not isinstance(value, list | Mapping):
        raise TypeError
    return "|".join(("", *(str(name) for name in value), ""))


_CASTS: Final[dict[str, Callable[[Any], str | int | bool]]] = {
    "int": _whole,
    "text": _words,
    "truth": _truth,
    "names": _names,
}
