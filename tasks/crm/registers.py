"""Registers: XLSX workbooks for what no CRM holds (acceptance, QA checks, deviations, follow-ups).

People fill them, so writing makes them pleasant (``register_sheets``) and reading is strict: every cell
that cannot be read is named, all of them at once, and then nothing is taken at all.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

import pandas as pd
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from audits.model import MODEL
from tasks.crm.register_cells import is_blank
from tasks.crm.register_rows import (
    Cells,
    Gathered,
    Problem,
    RegisterError,
    Sheet,
    header_row,
    known_headers,
    read_sheet,
    squeezed,
    words_of,
)
from tasks.crm.register_sheets import new_register, write_register
from tasks.crm.register_words import ENTITIES, GUIDE, KINDS, key_of
from tasks.unpacking import too_large

__all__ = [
    "KINDS",
    "Problem",
    "RegisterError",
    "Registers",
    "new_register",
    "read_register",
    "read_registers",
    "write_register",
]


@dataclass(frozen=True)
class Registers:
    """What stands in a folder of registers.

    Args:
        frames: entity -> frame of raw values (``read_register``).
        found: entity -> how it was read: sheets, columns, places.
    """

    frames: Mapping[str, pd.DataFrame]
    found: Mapping[str, Gathered]

    def where(self, entity: str, key: str, name: str) -> str:
        """``file.xlsx sheet!D17``: the cell in which a field of a record stands."""
        return self.found[entity].where(key, name)

    def own_columns(self, entity: str) -> list[tuple[str, str]]:
        """Columns that were left out as the people's own: sheet and header."""
        return [(sheet, head) for sheet, heads in self.found[entity].own.items() for head in heads]


def read_register(folder_or_file: Path, zone: str) -> dict[str, pd.DataFrame]:
    """Read every sheet of one workbook, or of all workbooks (``*.xlsx``, ``*.xlsm``) of a folder.

    Headers and list values may be Chinese, English or canonical words. Sheets of one entity are joined;
    they must have the same columns, for a blank says that something has not happened, and a missing column
    says nothing. A sheet may carry more behind its name (``验收 2026-09``), or another name altogether as
    long as its header tells what it is. Where a printed number is the key, ``id`` is that number. Rows whose
    number begins with 示例 or EXAMPLE are left out.

    Args:
        folder_or_file: where the register is.
        zone: IANA name of the zone in which people write stamps.

    Returns:
        entity -> frame of raw values (dtype object, None = blank): aware ``datetime``, or ``date`` where
        only a day was given; ``Decimal``, ``int``, ``bool``; canonical words of lists; text.

    Raises:
        RegisterError: every file, sheet and cell that cannot be read.
    """
    return dict(read_registers(folder_or_file, zone).frames)


def read_registers(folder_or_file: Path, zone: str) -> Registers:
    """``read_register``, and where everything stands."""
    problems: list[Problem] = []
    gathered: dict[str, Gathered] = {}
    for path in _workbooks(folder_or_file):
        for sheet in _sheets(path, ZoneInfo(zone), problems):
            read_sheet(sheet, gathered.setdefault(sheet.entity, Gathered(sheet.entity)))
    for found in gathered.values():
        problems += _unlike(found)
    if problems:
        raise RegisterError(problems)
    return Registers({entity: _frame(found) for entity, found in gathered.items()}, gathered)


def entity_of_sheet(title: str) -> str | None:
    """The entity a sheet is named after (zh, en or canonical, perhaps with more behind it), or None."""
    names = {squeezed(word): e for e in ENTITIES for word in (e, MODEL[e].zh, MODEL[e].en)}
    without_date = re.split(r"[\s_\-·(（]*\d", title, maxsplit=1)[0]
    without_rest = re.split(r"[-·(（]", title, maxsplit=1)[0]
    return next(
        (names[squeezed(n)] for n in (title, without_date, without_rest) if squeezed(n) in names), None
    )


def entity_of_header(cells: Cells) -> str | None:
    """The one entity whose columns a header names: its number, and most of what stands there; or None."""
    fits = []
    for entity in ENTITIES:
        known = known_headers(entity)
        heads = [words_of(cell) for cell in cells.get(header_row(entity, cells), {}).values()]
        names = [
            next((known[squeezed(w)].name for w in words if squeezed(w) in known), "") for words in heads
        ]
        ours = sum(map(bool, names))
        if key_of(entity) in names and ours >= 3 and 2 * ours > len(heads):
            fits.append((ours, entity))
    best = max(fits, default=(0, ""))
    return best[1] if [ours for ours, _ in fits].count(best[0]) == 1 else None


def _workbooks(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise RegisterError([Problem(place.name, "no such folder or workbook")])
    found = sorted(
        p for p in place.iterdir() if p.suffix.lower() in (".xlsx", ".xlsm") and p.name[0] not in "~."
    )
    if not found:
        raise RegisterError([Problem(place.name, "no workbook (*.xlsx) lies in this folder")])
    return found


def _sheets(path: Path, zone: ZoneInfo, problems: list[Problem]) -> Iterator[Sheet]:
    """Sheets of a workbook that hold an entity; what cannot be placed becomes a problem."""
    book = _load(path, problems, results=False)
    filled = {cells.title: _filled(cells) for cells in book.worksheets} if book else {}
    calculated = _load(path, problems, results=True) if any(map(_has_formulas, filled.values())) else None
    for title, cells in filled.items():
        if book is None or title in GUIDE.values() or title.startswith("#") or not cells:
            continue
        entity = entity_of_sheet(title) or entity_of_header(cells)
        if entity is None:
            known = ", ".join(f"{MODEL[e].zh} / {e}" for e in ENTITIES)
            what = f"this sheet is none of: {known}; rename it, or begin its name with # to leave it out"
            problems.append(Problem(f"{path.name} {title}", what))
            continue
        results = _filled(calculated[title]) if calculated and _has_formulas(cells) else {}
        merged = tuple(each.coord for each in book[title].merged_cells.ranges)
        yield Sheet(entity, path.name, title, cells, results, merged, book.epoch, zone, problems)


def _load(path: Path, problems: list[Problem], *, results: bool) -> Workbook | None:
    if said := too_large(path):
        problems.append(Problem(path.name, said))
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions of other programs; no cell is lost
            return load_workbook(path, data_only=results)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError, TypeError) as error:
        what = f"cannot be opened as a workbook ({type(error).__name__}); save it anew as .xlsx, without password"
        problems.append(Problem(path.name, what))
        return None


def _filled(sheet: Worksheet) -> Cells:
    """The cells that hold something, by row and column.

    Asking openpyxl for rows would make every blank cell up to a stray one far below, a million rows of them.
    """
    found: dict[int, dict[int, Cell | MergedCell]] = {}
    for (row, column), cell in sorted(sheet._cells.items()):  # noqa: SLF001 - see above
        if not is_blank(cell.value):
            found.setdefault(row, {})[column] = cell
    return found


def _has_formulas(cells: Cells) -> bool:
    return any(cell.data_type == "f" for row in cells.values() for cell in row.values())


def _unlike(found: Gathered) -> list[Problem]:
    """Sheets of one entity that lack columns which another has."""
    everything = {name for names in found.columns.values() for name in names}
    fields = MODEL[found.entity].fields
    return [
        Problem(
            f"{sheet}!1:1",
            f"the column {fields[n].zh} / {n} is missing, which another sheet of {found.entity} has",
        )
        for sheet, names in found.columns.items()
        for n in fields
        if n in everything - names.keys()
    ]


def _frame(found: Gathered) -> pd.DataFrame:
    """All rows of an entity, columns in the model's order."""
    names = {"id"} | {name for each in found.columns.values() for name in each}
    order = [name for name in MODEL[found.entity].fields if name in names]
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in found.rows], dtype=object) for name in order}
    )
    if found.entity == "escalation":  # our own deliveries never come from a workbook
        frame["origin"] = pd.Series(["crm"] * len(frame), dtype=object)
    return frame
