"""From the cells of one sheet to records: headers, rows, keys; what cannot be read is named, all at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter

from audits.errors import ClausewatchError
from audits.model import MODEL, Field
from tasks.crm.register_cells import Unreadable, Value, plain, read
from tasks.crm.register_words import EXAMPLE, NUMBER, columns, hidden, key_of, must_be_filled

#: A column whose header begins so is the people's own, whatever it resembles.
OWN_COLUMN: Final = ("备注", "note", "remark", "#")
#: People put a title above the header; it is looked for in so many rows.
_HEADER_WITHIN: Final = 10
#: From this likeness on a header is taken for a slip of the pen.
_LIKE: Final = 0.5


@dataclass(frozen=True)
class Problem:
    """One place that cannot be read: ``where`` is ``file.xlsx sheet!D17``, or a sheet, or a file."""

    where: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}"


class FilesError(ClausewatchError):
    """Files of people cannot be read; ``problems`` names every place, and nothing was taken from them."""

    files: ClassVar = "files"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = "one place" if len(problems) == 1 else f"{len(problems)} places"
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the {self.files} cannot be read at {count}",
            problems[0].where,
            f"correct these and run again; nothing was taken from the {self.files}:{listed}",
        )


class RegisterError(FilesError):
    """Registers cannot be read."""

    files = "registers"


#: Row number -> column number -> cell; blank cells are not there.
Cells = Mapping[int, Mapping[int, Cell | MergedCell]]


@dataclass(frozen=True)
class Sheet:
    """One sheet that holds an entity, still as cells, and the problems found so far.

    Args:
        entity: what its rows are.
        file, title: names of the workbook and the sheet.
        cells: the sheet's cells that hold something, formulas as formulas.
        results: the same with the results of the formulas, where it has any.
        merged: ranges of merged cells.
        epoch: day zero of the workbook's serial numbers.
        zone: the zone in which people write.
        problems: grows while the sheet is read.
    """

    entity: str
    file: str
    title: str
    cells: Cells
    results: Cells
    merged: tuple[str, ...]
    epoch: datetime
    zone: ZoneInfo
    problems: list[Problem]

    def where(self, place: str) -> str:
        """The place as people say it: file, sheet, cell."""
        return f"{self.file} {self.title}!{place}"

    def wrong(self, place: str, found: str) -> None:
        """Note a problem at a place of this sheet."""
        self.problems.append(Problem(self.where(place), found))


@dataclass
class Gathered:
    """What was read of one entity from all its sheets.

    Args:
        entity: whose rows these are.
        rows: records, a value by field.
        columns: sheet -> field -> letter of its column.
        own: sheet -> headers of columns that are the people's own.
        seen: key -> sheet and row number.
    """

    entity: str
    rows: list[dict[str, Value]] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seen: dict[str, tuple[str, int]] = field(default_factory=dict)

    def where(self, key: str, name: str) -> str:
        """The cell in which a field of a record stands, as people say it."""
        sheet, number = self.seen[key]
        letters = self.columns[sheet]
        return f"{sheet}!{letters.get(name) or letters[key_of(self.entity)]}{number}"


def squeezed(name: str) -> str:
    """A name as it is compared: no case, no space, no underscore, no full-width signs."""
    return re.sub(r"[\s_]+", "", plain(name).lower())


def read_sheet(sheet: Sheet, into: Gathered) -> None:
    """Add the sheet's records to ``into``; what cannot be read becomes a problem of the sheet."""
    for merged in sheet.merged:
        sheet.wrong(merged, "merged cells; unmerge them, one record a row")
    top = header_row(sheet.entity, sheet.cells)
    heads, own = _headers(sheet, top)
    name = f"{sheet.file} {sheet.title}"
    into.columns[name] = {f.name: get_column_letter(at) for at, f in heads.items()}
    into.own[name] = own
    key = next((at for at, f in heads.items() if f.name == key_of(sheet.entity)), None)
    for number, cells in sheet.cells.items():
        if number <= top or _is_example(cells.get(key or 0)):
            continue
        values = dict(_values(sheet, top, number, cells, heads))
        if sheet.entity in NUMBER:
            values["id"] = values.get(NUMBER[sheet.entity])
        _note_key(sheet, into, name, number, values)
        into.rows.append(values)


def _is_example(cell: Cell | MergedCell | None) -> bool:
    """Whether a row, told by its number, only shows how a row is filled."""
    return cell is not None and plain(cell.value or "").upper().startswith(tuple(EXAMPLE.values()))


def known_headers(entity: str) -> dict[str, Field]:
    """Every spelling of a column's name, squeezed -> the field."""
    fields = {f.name: f for f in columns(entity)}
    key = MODEL[entity].fields["id"]
    known = {squeezed(word): fields[key_of(entity)] for word in (key.name, key.zh, key.en)}
    return known | {squeezed(word): f for f in fields.values() for word in (f.name, f.zh, f.en)}


def header_row(entity: str, cells: Cells) -> int:
    """The row of the header: the first that names the record's number; the first row where none does."""
    known, key = known_headers(entity), key_of(entity)
    for number in sorted(cells)[:_HEADER_WITHIN]:
        names = {squeezed(word) for cell in cells[number].values() for word in words_of(cell)}
        if any(known[name].name == key for name in names & known.keys()):
            return number
    return 1


def words_of(cell: Cell | MergedCell) -> list[str]:
    """The names in a header cell: one a line, without the star of what must be filled."""
    return [part.strip(" *＊") for part in str(cell.value).split("\n") if part.strip(" *＊")]


def _headers(sheet: Sheet, top: int) -> tuple[dict[int, Field], tuple[str, ...]]:
    """Column number -> field, and the headers of the people's own columns."""
    known = known_headers(sheet.entity)
    heads: dict[int, Field] = {}
    strange: dict[int, str] = {}
    for column, cell in sheet.cells.get(top, {}).items():
        words = words_of(cell)
        found = next((known[squeezed(word)] for word in words if squeezed(word) in known), None)
        if found is None and words:
            strange[column] = words[0]
        elif found is not None and found in heads.values():
            place = f"{get_column_letter(column)}{top}"
            sheet.wrong(place, f"the column {found.zh} / {found.name} stands twice")
        elif found is not None:
            heads[column] = found
    there = {f.name for f in heads.values()}
    for column, word in strange.items():
        _may_be_own(sheet, f"{get_column_letter(column)}{top}", word, known, there)
    _want(sheet, top, there)
    return heads, tuple(strange.values())


def _may_be_own(sheet: Sheet, place: str, word: str, known: dict[str, Field], there: set[str]) -> None:
    """Refuse a header that looks like one of ours that is missing, or is one that nobody types."""
    if word.lower().startswith(OWN_COLUMN):
        return
    fields = MODEL[sheet.entity].fields
    never = {squeezed(w) for n in hidden(sheet.entity) for w in (n, fields[n].zh, fields[n].en)}
    if squeezed(word) in never:
        sheet.wrong(place, f"{word!r} is known from elsewhere and never typed; delete the column")
        return
    missing = [name for name, f in known.items() if f.name not in there]
    close = get_close_matches(squeezed(word), missing, n=1, cutoff=_LIKE)
    if close:
        meant, own = known[close[0]], "begin its header with 备注 or note to keep it as a column of your own"
        found = f"{word!r} is no column of this sheet; did you mean {meant.zh} / {meant.name}? Or {own}"
        sheet.wrong(place, found)


def _want(sheet: Sheet, top: int, there: set[str]) -> None:
    """Say which columns are missing without which no row says anything."""
    for f in columns(sheet.entity):
        if f.name not in there and must_be_filled(sheet.entity, f.name):
            sheet.wrong(f"{top}:{top}", f"the column {f.zh} / {f.name} is missing")


def _values(
    sheet: Sheet, top: int, number: int, cells: Mapping[int, Cell | MergedCell], heads: dict[int, Field]
) -> Iterator[tuple[str, Value]]:
    """The record in one row, field by field; a cell that cannot be read becomes a problem."""
    for column in sorted(cells.keys() - sheet.cells.get(top, {}).keys()):
        sheet.wrong(f"{get_column_letter(column)}{number}", "a value under no header")
    for column, head in heads.items():
        place = f"{get_column_letter(column)}{number}"
        try:
            value = _value(sheet, number, column, cells.get(column), head)
        except Unreadable as error:
            sheet.wrong(place, str(error))
            continue
        if value is None and must_be_filled(sheet.entity, head.name):
            sheet.wrong(place, f"{head.zh} / {head.name} must be filled")
        yield head.name, value


def _value(sheet: Sheet, number: int, column: int, cell: Cell | MergedCell | None, head: Field) -> Value:
    """What the cell says; of a formula its last result. Text that looks like a formula is text."""
    if cell is None:
        return None
    if cell.data_type == "f":
        cell = sheet.results.get(number, {}).get(column)
        if cell is None:
            raise Unreadable("a formula without a result; paste its value instead")
    if cell.data_type == "e":
        raise Unreadable(f"{cell.value} is an error of the spreadsheet")
    return read(sheet.entity, head, cell.value, cell.number_format or "", sheet.epoch, sheet.zone)


def _note_key(sheet: Sheet, into: Gathered, name: str, number: int, values: dict[str, Value]) -> None:
    """Refuse a key that stands already, in this sheet or another of the same entity."""
    key = values.get("id")
    if not isinstance(key, str):
        return
    if key in into.seen:
        stands = into.where(key, key_of(into.entity))
        place = f"{into.columns[name][key_of(into.entity)]}{number}"
        sheet.wrong(place, f"{key} stands already at {stands}; one record a row, one number each")
    into.seen.setdefault(key, (name, number))
