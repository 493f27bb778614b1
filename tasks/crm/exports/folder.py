"""A folder of exports as a source: which files hold which entity, what they say, and when they were taken."""

import fnmatch
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from audits.facts import Violation
from config.mapping import Mapping as CrmMapping
from config.mapping import MappingError
from config.mapping.exports import LISTS
from tasks.crm.exports.cells import Cells
from tasks.crm.exports.errors import ExportError, Problem, Unreadable
from tasks.crm.exports.joining import Part, Read, join
from tasks.crm.exports.layout import Table, lay_out
from tasks.crm.exports.parquets import read_parquet
from tasks.crm.exports.picking import known_headers, picked
from tasks.crm.exports.sheets import Sheet, counted
from tasks.crm.exports.taken import Clock
from tasks.crm.exports.texts import read_text
from tasks.crm.exports.wanted import Wanted, wanted
from tasks.crm.exports.workbooks import read_workbook
from tasks.crm.meaning import how

_NAMED: Final = 5
_TEXTS: Final = (".csv", ".tsv", ".txt")
_KINDS: Final = (*_TEXTS, ".xlsx", ".xlsm", ".xls", ".parquet", ".pq")


class Exports:
    """One connection's folder, its files read once.

    Args:
        mapping: the source's mapping.
        connection: name of the connection.
        now: the present instant in microseconds; no export lies ahead of it.

    Attributes:
        reads: entity -> what was read of it.
        remarks: what was found and left out, in words for the engineer.

    Raises:
        ExportError: there is no such folder, or no file in it.
    """

    def __init__(self, mapping: CrmMapping, connection: str, now: int) -> None:
        self._mapping, self._name = mapping, connection
        self.place = folder_of(mapping, connection)
        self._files = _listed(self.place)
        self._clock = Clock(mapping, connection, now)
        self._books: dict[str, list[Sheet]] = {}
        self._used: set[str] = set()
        self._missing: list[str] = []
        self.reads: dict[str, Read] = {}
        self.remarks: list[str] = []

    def read(self, entity: str) -> Read | None:
        """All records of an entity; None where no file holds it (its clauses are unconnected).

        Raises:
            ExportError: every file, sheet and cell that cannot be read.
        """
        patterns = self._mapping.file.entities[entity].files
        files = [path for path in self._files if any(_is_named(path.name, each) for each in patterns)]
        if not files:
            self._missing.append(f"{entity} ({patterns[0]}{' ...' if len(patterns) > 1 else ''})")
            return None
        self._used |= {path.name for path in files}
        problems: list[Problem] = []
        looked_for = wanted(self._mapping, entity)
        tables = [table for path in files for table in self._tables(path, looked_for, problems)]
        cells = Cells(
            entity, looked_for.kinds, self._forms(entity), how(self._mapping, entity).values, problems
        )
        given = [cells.read(table) for table in tables]
        parts = list(self._parts(entity, tables, given, problems))
        if problems:
            raise ExportError(problems)
        if not parts:
            return None
        self._remark(entity, tables, cells)
        self.reads[entity] = join(entity, parts, one_instant=self._clock.declared)
        self.remarks += self.reads[entity].remarks
        return self.reads[entity]

    def taken_at(self) -> int | None:
        """The instant up to which all exports tell of everything: the oldest entity's newest; lists aside."""
        moments = {entity: read.taken_at for entity, read in self.reads.items()}
        chosen = [moment for entity, moment in moments.items() if entity not in LISTS]
        return min(chosen or moments.values(), default=None)

    def tell(self, violations: Mapping[str, Sequence[Violation]]) -> None:
        """Note what was looked for in vain, and in which cells the values stand that nobody could take."""
        if self._missing:
            self.remarks.append(f"no file for {', '.join(self._missing)}")
        left = [path.name for path in self._files if path.name not in self._used]
        if left:
            self.remarks.append(f"{counted(len(left), 'file')} of no entity: {', '.join(left[:_NAMED])}")
        for entity, read in self.reads.items():
            self.remarks += read.told(violations.get(entity, ()))

    def _tables(self, path: Path, looked_for: Wanted, problems: list[Problem]) -> Iterator[Table]:
        """The tables of one file that hold the entity."""
        each = self._mapping.file.entities[looked_for.entity]
        try:
            content = path.read_bytes()
            if content.startswith(b"PAR1"):
                table = read_parquet(path.name, content, looked_for, problems)
                yield from [table] if table else []
                return
            for sheet in self._sheets(path, content, looked_for, problems):
                laid = lay_out(sheet, looked_for, each.header_row, problems)
                yield from [laid] if laid else []
        except Unreadable as error:
            problems.append(Problem(path.name, str(error)))
        except OSError as error:
            problems.append(
                Problem(path.name, f"cannot be read: {error.strerror}; check the path and its rights")
            )

    def _sheets(self, path: Path, content: bytes, looked_for: Wanted, problems: list[Problem]) -> list[Sheet]:
        if not content.strip():
            raise Unreadable("the file is empty; export it again")
        if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            if path.name not in self._books:
                self._books[path.name] = list(read_workbook(path.name, content, problems))
            asked = self._mapping.file.entities[looked_for.entity].sheet
            return picked(self._books[path.name], looked_for, asked)
        if content[:200].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
            raise Unreadable("a web page named like a workbook; open it in Excel and save it as .xlsx")
        sheet = read_text(path.name, content, lambda rows: known_headers(rows, looked_for))
        self.remarks.append(f"{path.name}: {sheet.how}")
        return [sheet]

    def _forms(self, entity: str) -> dict[str, str]:
        meant = how(self._mapping, entity)
        return {
            name: meant.by_field.get(name, meant.stamps) for name in wanted(self._mapping, entity).headers
        }

    def _parts(
        self, entity: str, tables: list[Table], given: list[dict[str, pa.Array]], problems: list[Problem]
    ) -> Iterator[Part]:
        """Each table with the instant of its export."""
        for table, columns in zip(tables, given, strict=True):
            try:
                yield Part(
                    table, columns, self._clock.taken_at(entity, table, columns, alone=len(tables) == 1)
                )
            except Unreadable as error:
                problems.append(Problem(table.file, str(error)))

    def _remark(self, entity: str, tables: list[Table], cells: Cells) -> None:
        for table in tables:
            self.remarks += [f"{table.name}: {said}" for said in table.remarks]
        for name, count in sorted(cells.days.items()):
            self.remarks.append(
                f"{entity}.{name}: all {count:,} stamps stand at 00:00, so they are taken as days"
            )
        if cells.blanks:
            named = ", ".join(f"{count:,} of {name}" for name, count in sorted(cells.blanks.items()))
            self.remarks.append(f"{entity}: marks for nothing (-, 无, N/A ...) read as blank: {named}")


def folder_of(mapping: CrmMapping, connection: str) -> Path:
    """The connection's folder, its names taken from the environment or the default.

    Raises:
        MappingError: a name is not set and there is no default.
    """
    each = mapping.file.connections[connection]
    try:
        filled = mapping.filled(each.exports or "", "connections", connection, "exports")
        return Path(filled.get_secret_value())
    except MappingError:
        if each.default is None:
            raise
        return Path(each.default)


def _listed(folder: Path) -> list[Path]:
    """The folder's exported files, by name."""
    if not folder.is_dir():
        raise ExportError([Problem(str(folder), "no such folder; check `exports` of the connection")])
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in _KINDS and p.name[0] not in "~.")
    if not found:
        what = "no export (*.csv, *.xlsx, *.parquet) lies in this folder"
        raise ExportError([Problem(str(folder), what)])
    return found


def _is_named(name: str, pattern: str) -> bool:
    """Whether a file's name fits; case and the way accents are stored do not matter."""
    return fnmatch.fnmatchcase(_plain(name), _plain(pattern))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
