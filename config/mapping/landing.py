"""The grammar of a REST landing: which pages an API gives, and which columns of them are kept.

Only what is named here is ever stored. A column that no answer mentions still exists, empty, so that a SELECT
never misses one. ``docs/rest.md`` explains it with examples.
"""

import re
from collections import Counter
from datetime import date
from typing import Final, NamedTuple

from pydantic import Field, field_validator, model_validator

from config.mapping.block import Block

_NAME: Final = re.compile(r"[a-z](?:[a-z0-9]|_(?=[a-z0-9])){0,50}")
_COLUMN: Final = re.compile(r"(int|text|truth|names)(?: ([\w.]+))?")
#: Tables that a landing keeps for itself.
OWN: Final = ("landing",)


class Column(NamedTuple):
    """What a column holds, and the keys that lead to it in a row of the answer."""

    kind: str
    path: tuple[str, ...]


class Table(Block):
    """One table of the staging schema.

    Args:
        each: list in every row whose elements are the table's rows; absent: the row itself is one.
        key: columns that name a row; a row that comes again replaces the earlier one.
        columns: name -> kind and, where it differs from the name, the path: ``int``, ``text via.channel``.
            Under ``each``, a path that begins with its name leads into the element.
    """

    each: str | None = None
    key: list[str] = Field(min_length=1)
    columns: dict[str, str]

    @model_validator(mode="after")
    def _known(self) -> "Table":
        for name, said in self.columns.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"the column `{name}` is not in snake_case")
            if not _COLUMN.fullmatch(said):
                raise ValueError(f"`{name}: {said}` is not `int`, `text`, `truth` or `names`, then a path")
        missing = [name for name in self.key if name not in self.columns]
        if missing:
            raise ValueError(f"the key `{missing[0]}` is no column")
        return self

    def read(self) -> dict[str, Column]:
        """The columns, taken apart."""
        found = {}
        for name, said in self.columns.items():
            kind, _, path = said.partition(" ")
            found[name] = Column(kind, tuple((path or name).split(".")))
        return found


class Pages(Block):
    """How one answer leads to the next; paths lead into the answer.

    Args:
        next: path of the next position.
        send: query parameter that carries it.
        done: path of a truth that says when there is no more.
        more: path of a truth that says when there is.
        first: query parameter of the very first request: the landing's ``since`` in seconds since 1970.
        kept: the last position is where the next landing begins; else each one begins at the first page.
    """

    next: str
    send: str
    done: str | None = None
    more: str | None = None
    first: str | None = None
    kept: bool = False

    @model_validator(mode="after")
    def _ends(self) -> "Pages":
        if (self.done is None) == (self.more is None):
            raise ValueError("pages end by either `done` or `more`")
        return self


class Stream(Block):
    """One endpoint and the tables made of its rows.

    Args:
        path: of the endpoint, from the API's root.
        rows: key of the list of rows in an answer.
        query: parameters of every request, a list for one that is repeated; the value ``:since`` is the
            landing's ``since`` in seconds.
        pages: absent: there is one page.
    """

    path: str = Field(pattern=r"^/[^/]")
    rows: str
    query: dict[str, str | int | list[str]] = Field(default_factory=dict)
    pages: Pages | None = None
    tables: dict[str, Table] = Field(min_length=1)


class Landing(Block):
    """A REST API that fills the connection's database before it is read.

    Args:
        api: root of the API, ``https://...`` or ``${NAME}``.
        user: of HTTP basic authentication; absent: the token is a bearer's.
        token: ``${NAME}``, nothing else: it never stands in a file.
        into: URL by which the staging database is written, where that differs from the one it is read by.
        schema_: schema of the staging tables; SQLite has none.
        folder: where a landing works, and holds others back; emptied each time.
        since: first day asked for.
        lag: seconds before a request that the API leaves out of its answer.
        attempts: how often one request is tried.
        longest_wait: seconds that are waited at most before a further try, whatever the API asks for.
        pages_at_once: pages that are written together; a landing that was killed asks for no more again.
        streams: name -> endpoint.
    """

    api: str
    user: str | None = None
    token: str = Field(pattern=r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$")
    into: str | None = Field(default=None, repr=False)
    schema_: str = Field(default="landing", alias="schema", pattern=r"^[a-z][a-z0-9_]{0,40}$")
    folder: str
    since: str
    lag: int = Field(default=0, ge=0, le=86_400)
    attempts: int = Field(default=6, ge=1, le=20)
    longest_wait: int = Field(default=300, ge=1, le=3600)
    pages_at_once: int = Field(default=10, ge=1, le=1000)
    streams: dict[str, Stream] = Field(min_length=1)

    @field_validator("since")
    @classmethod
    def _a_day(cls, text: str) -> str:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"`{text}` is no day such as 2026-01-01") from None
        return text

    @model_validator(mode="after")
    def _own_names(self) -> "Landing":
        names = Counter(name for stream in self.streams.values() for name in stream.tables)
        for name, times in names.items():
            if name in OWN or not _NAME.fullmatch(name) or name.startswith("dlt"):
                raise ValueError(f"the table `{name}` needs another name, in snake_case")
            if times > 1:
                raise ValueError(f"the table `{name}` is filled by {times} streams")
        return self
