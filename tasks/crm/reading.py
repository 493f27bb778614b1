"""Reading a source: each connection opened once, each SELECT guarded, timed and counted."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from audits.facts import Violation
from config.mapping import Mapping as CrmMapping
from tasks.crm import register_names, registers
from tasks.crm.columns import as_text, columns
from tasks.crm.exports import Exports
from tasks.crm.guard import bind, single_select
from tasks.crm.sources import Source, open_source, told

#: Called after each read with what was read and how many rows it has.
Progress = Callable[[str, int], None]
#: Raw columns by name.
Given = dict[str, pa.Array]


class Reader:
    """All reads of one extraction; a context manager that lets every database go.

    Args:
        mapping: what to read.
        progress: told after each read.
        now: the present instant in microseconds; no export lies ahead of it.

    Attributes:
        durations: what was read -> seconds.
        counts: what was read -> rows.
        exports: connection -> its folder of exports, where it has one.
        violations: what registers lack, and names in them that are nobody's.
    """

    def __init__(self, mapping: CrmMapping, progress: Progress | None = None, now: int = 0) -> None:
        self._mapping, self._progress, self._now = mapping, progress, now
        self._sources: dict[str, Source] = {}
        self._books: dict[str, registers.Registers] = {}
        self._listed: dict[str, Given] = {}
        self._ahead: dict[str, Given | None] = {}
        self.violations: list[Violation] = []
        self._stack = ExitStack()
        self.exports: dict[str, Exports] = {}
        self.durations: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def entity(self, name: str) -> Given | None:
        """An entity's raw columns; None for a sheet that no register has (its clauses are unconnected)."""
        if name in self._ahead:
            return self._ahead.pop(name)
        each = self._mapping.file.entities[name]
        with self._timed(name) as counted:
            if each.select is not None:
                given: Given | None = self._selected(each.from_, each.select, "entities", name, "select")
            elif self._mapping.file.connections[each.from_].exports is not None:
                given = self._exported(each.from_, name)
            else:
                given = self._registered(each.from_, name)
            counted(given)
        return given

    def log(self, entity: str) -> Given:
        """The raw columns of an entity's change log."""
        log = self._mapping.file.change_logs[entity]
        with self._timed(f"log of {entity}") as counted:
            given = self._selected(log.from_ or "", log.select or "", "change_logs", entity, "select")
            counted(given)
        return given

    def labels(self, entity: str, name: str) -> dict[str, str]:
        """Key -> label of one field of a change log.

        Raises:
            MappingError: the SELECT has not two columns.
        """
        log = self._mapping.file.change_logs[entity]
        path = ("change_logs", entity, "labels", name)
        given = self._selected(log.from_ or "", log.labels[name], *path)
        if len(given) != 2:
            found = f"the labels of `{name}` have {len(given)} columns"
            raise self._mapping.error(found, "select key and label", *path)
        keys, labels = (as_text(column).to_pylist() for column in given.values())
        return {k: v for k, v in zip(keys, labels, strict=True) if k is not None and v is not None}

    def actors(self, entity: str) -> dict[str, str]:
        """Actor of a change log -> its kind; one of several kinds is a bot first, then staff.

        Raises:
            MappingError: a SELECT of actors has more than one column.
        """
        log = self._mapping.file.change_logs[entity]
        kinds: dict[str, str] = {}
        for kind in ("customer", "staff", "bot"):
            listed = getattr(log.actors, kind)
            if isinstance(listed, str):
                path = ("change_logs", entity, "actors", kind)
                given = self._selected(log.from_ or "", listed, *path)
                if len(given) != 1:
                    found = f"the SELECT of {kind} has {len(given)} columns"
                    raise self._mapping.error(found, "select the actors alone", *path)
                listed = [name for name in as_text(next(iter(given.values()))).to_pylist() if name]
            kinds |= dict.fromkeys(listed, kind)
        return kinds

    def _selected(self, connection: str, sql: str, *path: str) -> Given:
        where = f"{path[0]}.{path[1]}, {self._mapping.where(*path)}"
        text = single_select(sql, where)
        self._check_parameters(text, *path)
        source = self._source(connection)
        with told(where):
            return columns(source.read(text, self._mapping.file.parameters))

    def _source(self, connection: str) -> Source:
        if connection not in self._sources:
            self._sources[connection] = source = open_source(self._mapping, connection)
            self._stack.callback(source.close)
        return self._sources[connection]

    def _check_parameters(self, text: str, *path: str) -> None:
        known = self._mapping.file.parameters
        for name in bind(text, "named")[1]:
            if name not in known:
                do = f"add it under `parameters`; known are: {', '.join(known) or 'none'}"
                raise self._mapping.error(f"the SELECT has a parameter :{name} without value", do, *path)

    def _registered(self, connection: str, entity: str) -> Given | None:
        """An entity's columns from a folder of registers, keys in the place of names."""
        if connection not in self._books:
            folder = Path(self._mapping.file.connections[connection].folder or "")
            self._books[connection] = registers.read_registers(folder, self._mapping.file.zone)
        book = self._books[connection]
        if entity not in book.frames:
            self.violations.append(Violation(entity, "id", "not_there", 1, (connection,)))
            return None
        given = columns(book.frames[entity])
        known = {
            listed: register_names.people_named(listed, self._list(listed), words)
            for listed, words in register_names.wanted(entity, given).items()
            if self._list(listed)
        }
        given, lost = register_names.with_keys(entity, given, known, partial(book.where, entity))
        self.violations += lost
        return given

    def _list(self, entity: str) -> Given:
        """What the source knows of an entity that registers name, read ahead of its turn; empty if nothing."""
        if entity not in self._listed and entity in self._mapping.file.entities:
            connection = self._mapping.file.entities[entity].from_
            if self._mapping.file.connections[connection].folder is not None:
                frame = self._books[connection].frames.get(entity) if connection in self._books else None
                given = None if frame is None else columns(frame)
            else:
                given = self._ahead[entity] = self.entity(entity)
            kept = register_names.columns_of_list(entity)
            self._listed[entity] = {name: column for name, column in (given or {}).items() if name in kept}
        return self._listed.get(entity, {})

    def _exported(self, connection: str, entity: str) -> Given | None:
        """An entity's columns from a folder of exports."""
        if connection not in self.exports:
            self.exports[connection] = Exports(self._mapping, connection, self._now)
        read = self.exports[connection].read(entity)
        return None if read is None else read.given

    @contextmanager
    def _timed(self, name: str) -> Iterator[Callable[[Given | None], None]]:
        """Measure one read; the block says what it got."""
        began = time.perf_counter()

        def counted(given: Given | None) -> None:
            self.counts[name] = 0 if given is None else len(next(iter(given.values()), ()))

        yield counted
        self.durations[name] = time.perf_counter() - began
        if self._progress:
            self._progress(name, self.counts[name])
