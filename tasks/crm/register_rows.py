"""From the cells of one sheet to records: headers, rows, keys; what cannot be read is named, all at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter

from audits.errors import ClausewatchError
from audits.model import MODEL, Field
from tasks.crm.register_cells import Unreadable, Value, plain, read
from tasks.crm.register_words import LEFT_OUT, columns, must_be_filled

#: A column whose header begins so is the people's own, and is left out.
OWN_COLUMN: Final = ("备注", "note", "remark", "#")


@dataclass(frozen=True)
class Problem:
    """One place that cannot be read: ``where`` is ``file.xlsx sheet!D17``, or a sheet, or a file."""

    where: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}"


class RegisterError(ClausewatchError):
    """Registers cannot be read; ``problems`` names every place, and nothing was taken from them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = "one place" if len(problems) == 1 else f"{len(problems)} places"
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the registers cannot be read at {count}",
            problems[0].where,
            f"correct these and run again; nothing was taken from the registers:{listed}",
        )


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
        columns: sheet -> the columns it has.
        seen: key -> where it stands.
    """

    entity: str
    rows: list[dict[str, Value]] = field(default_factory=list)
    columns: dict[str, frozenset[str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)


def squeezed(name: str) -> str:
    """A name as it is compared: no case, no space, no underscore, no full-width signs."""
    return re.sub(r"[\s_]+", "", plain(name).lower())


def read_sheet(sheet: Sheet, into: Gathered) -> None:
    """Add the sheet's records to ``into``; what cannot be read becomes a problem of the sheet."""
    for merged in sheet.merged:
        sheet.wrong(merged, "merged cells; unmerge them, one record a row")
    heads = _headers(sheet)
    for number, cells in sheet.cells.items():
        if number == 1:
            continue
        values = dict(_values(sheet, number, cells, heads))
        if _number_is_key(sheet.entity):
            values["id"] = values.get("id") or values.get("code")
        _note_key(sheet, into, number, values, heads)
        into.rows.append(values)
    into.columns[f"{sheet.file} {sheet.title}"] = frozenset(f.name for f in heads.values())


def _number_is_key(entity: str) -> bool:
    return "id" in LEFT_OUT.get(entity, frozenset())


def _headers(sheet: Sheet) -> dict[int, Field]:
    """Column number -> field; columns of the people's own are left out."""
    key = MODEL[sheet.entity].fields["id"]
    fields = {"id": key} | {f.name: f for f in columns(sheet.entity)}
    known = {squeezed(word): fields["id"] for word in (key.zh, key.en)}
    known |= {squeezed(word): f for f in fields.values() for word in (f.name, f.zh, f.en)}
    heads: dict[int, Field] = {}
    for column, cell in sheet.cells.get(1, {}).items():
        words = [part.strip(" *＊") for part in str(cell.value).split("\n") if part.strip(" *＊")]
        found = next((known[squeezed(word)] for word in words if squeezed(word) in known), None)
        place = f"{get_column_letter(column)}1"
        if found is None and words and not words[0].lower().startswith(OWN_COLUMN):
            sheet.wrong(place, f"{words[0]!r} is no column of this sheet; {_hint(words[0], known)}")
        elif found is not None and found in heads.values():
            sheet.wrong(place, f"the column {found.zh} / {found.name} stands twice")
        elif found is not None:
            heads[column] = found
    _want(sheet, fields, {f.name for f in heads.values()})
    return heads


def _want(sheet: Sheet, fields: dict[str, Field], there: set[str]) -> None:
    """Say which columns are missing without which no row says anything."""
    keys = {"id", "code"} if _number_is_key(sheet.entity) else {"id"}
    for f in fields.values():
        if f.name in there or not must_be_filled(sheet.entity, f.name) or (f.name in keys and keys & there):
            continue
        if f.name == "id" and "code" in keys:
            continue  # the missing number is said already
        sheet.wrong("1:1", f"the column {f.zh} / {f.name} is missing")


def _hint(word: str, known: dict[str, Field]) -> str:
    close = get_close_matches(squeezed(word), known, n=1, cutoff=0.5)
    own = "begin its header with 备注 or note to keep it as a column of your own"
    return f"did you mean {known[close[0]].zh} / {known[close[0]].name}? Or {own}" if close else own


def _values(
    sheet: Sheet, number: int, cells: Mapping[int, Cell | MergedCell], heads: dict[int, Field]
) -> Iterator[tuple[str, Value]]:
    """The record in one row, field by field; a cell that cannot be read becomes a problem."""
    for column in sorted(cells.keys() - sheet.cells.get(1, {}).keys()):
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


def _note_key(
    sheet: Sheet, into: Gathered, number: int, values: dict[str, Value], heads: dict[int, Field]
) -> None:
    """Refuse a key that stands already, in this sheet or another of the same entity."""
    key = values.get("id")
    if not isinstance(key, str):
        return
    column = next(at for at, f in heads.items() if f.name in ("id", "code") and values.get(f.name) == key)
    place = f"{get_column_letter(column)}{number}"
    if key in into.seen:
        sheet.wrong(place, f"{key} stands already at {into.seen[key]}; one record a row, one number each")
    into.seen.setdefault(key, sheet.where(place))
