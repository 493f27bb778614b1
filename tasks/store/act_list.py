"""The officer's list: open matters in a workbook, with cells to fill, read back with errors by cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from audits.errors import ClausewatchError, WrongUse
from tasks.unpacking import too_large

#: What is shown, and what is to be filled: column -> (zh, en, width).
_SHOWN: Final = {
    "finding": ("发现", "finding", 18),
    "label": ("编号", "record", 20),
    "clause": ("条款", "clause", 26),
    "customer": ("客户", "customer", 12),
    "holder": ("经办", "holder", 12),
    "due": ("到期", "due", 17),
    "state": ("状态", "state", 14),
    "marks": ("记号", "marks", 16),
}
_FILLED: Final = {
    "act": ("动作", "act", 14),
    "by": ("由谁", "by", 12),
    "note": ("说明或理由", "note or reason", 40),
    "until": ("承诺日期", "promised by", 17),
}
#: Words of the drop-down, and what they order.
_ACTS: Final = {
    "确认": "acknowledged", "acknowledge": "acknowledged", "争议": "disputed", "dispute": "disputed",
}  # fmt: skip
_SHEET: Final = "findings"
_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_NAMED: Final = 10


@dataclass(frozen=True)
class Order:
    """One filled line.

    Args:
        cell: its first filled cell, for errors that are found later.
        finding: id as the list printed it.
        act: ``acknowledged`` or ``disputed``.
        until: local, naive; None where nothing is promised.
    """

    cell: str
    finding: str
    act: str
    by: str
    note: str
    until: datetime | None


def write_list(path: Path, matters: Sequence[Mapping[str, Any]], lang: str = "zh") -> Path:
    """Write the open matters, a line each.

    Args:
        matters: texts by the names of the shown columns.

    Raises:
        WrongUse: a file of that name is there, for it might be filled.
    """
    if path.exists():
        raise WrongUse("a file of that name is there, and may be filled", str(path), "choose another name")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    sheet = book.add_worksheet(_SHEET)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    open_head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#FFF6DC"})
    first, second = (0, 1) if lang == "zh" else (1, 0)
    for place, (name, words) in enumerate({**_SHOWN, **_FILLED}.items()):
        look = open_head if name in _FILLED else head
        sheet.write_string(0, place, f"{words[first]}\n{words[second]}", look)
        sheet.set_column(place, place, words[2])
    for line, matter in enumerate(matters, start=1):
        for place, name in enumerate(_SHOWN):
            sheet.write_string(line, place, str(matter.get(name, "")))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(matters), 1), len(_SHOWN) + len(_FILLED) - 1)
    choices = list(_ACTS)[0::2] if lang == "zh" else list(_ACTS)[1::2]
    place = len(_SHOWN)
    sheet.data_validation(1, place, max(len(matters), 1), place, {"validate": "list", "source": choices})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        book.close()
    except (OSError, FileCreateError) as error:
        raise ClausewatchError(
            f"the list cannot be written: {error}", str(path), "look at the path and the disk"
        ) from error
    return path


def read_list(path: Path) -> list[Order]:
    """The lines that somebody filled.

    Raises:
        WrongUse: no list, or cells that cannot be read; each is named, and nothing counts.
    """
    sheet = _sheet(path)
    places = _places(sheet, path)
    orders, wrong = [], []
    for line, row in enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2):
        cells = {name: row[place] if place < len(row) else None for name, place in places.items()}
        if any(_text(cells[name]) for name in _FILLED):
            named = {name: f"{_letter(place)}{line}" for name, place in places.items()}
            wrong += _wrong(cells, named)
            orders.append((cells, named))
    if wrong:
        more = f" (and {len(wrong) - _NAMED} more)" if len(wrong) > _NAMED else ""
        raise WrongUse("; ".join(wrong[:_NAMED]) + more, str(path), "mend these cells; nothing was entered")
    return [_order(cells, named) for cells, named in orders]


def _sheet(path: Path) -> Any:
    if said := too_large(path):
        raise WrongUse(said, str(path), "fill the file that --list wrote")
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except FileNotFoundError:
        raise WrongUse("there is no such file", str(path), "write one with --list") from None
    except Exception as error:
        raise WrongUse(
            f"this is no workbook: {type(error).__name__}", str(path), "save it as .xlsx"
        ) from error
    if _SHEET not in book.sheetnames:
        raise WrongUse(f"it has no sheet {_SHEET!r}", str(path), "fill the file that --list wrote")
    return book[_SHEET]


def _places(sheet: Any, path: Path) -> dict[str, int]:
    heads = next(sheet.iter_rows(min_row=1, max_row=1, values_only=True), ())
    found = {}
    for place, head in enumerate(heads):
        said = set(_text(head).splitlines())
        found.update({name: place for name, words in {**_SHOWN, **_FILLED}.items() if said & set(words[:2])})
    missing = [name for name in ("finding", *_FILLED) if name not in found]
    if missing:
        raise WrongUse(
            f"row 1 lacks {', '.join(missing)}", f"{path} {_SHEET}!1", "keep the heads that --list wrote"
        )
    return found


def _wrong(cells: Mapping[str, Any], named: Mapping[str, str]) -> list[str]:
    wrong = []
    act = _text(cells["act"])
    if act.lower() not in _ACTS:
        wrong.append(f"{named['act']}: {act!r} is none of {', '.join(_ACTS)}")
    wrong += [f"{named[name]}: it is empty" for name in ("finding", "by") if not _text(cells[name])]
    if _ACTS.get(act.lower()) == "disputed" and not _text(cells["note"]):
        wrong.append(f"{named['note']}: a dispute needs its reason")
    if _text(cells["until"]) and _moment(cells["until"]) is None:
        wrong.append(f"{named['until']}: {_text(cells['until'])!r} is no day such as 2026-11-05")
    return wrong


def _order(cells: Mapping[str, Any], named: Mapping[str, str]) -> Order:
    act = _ACTS[_text(cells["act"]).lower()]
    finding, by, note = (_text(cells[name]) for name in ("finding", "by", "note"))
    return Order(named["act"], finding, act, by, note, _moment(cells["until"]))


def _moment(cell: object) -> datetime | None:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    for form in _FORMATS:
        try:
            return datetime.strptime(_text(cell), form)  # noqa: DTZ007 - the business's own, zoned by the caller
        except ValueError:
            continue
    return None


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _letter(place: int) -> str:
    return chr(ord("A") + place)
