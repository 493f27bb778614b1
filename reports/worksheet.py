"""The auditor's worksheet: drawn verdicts with what they rest on, and room for a finding of one's own."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]

from audits.errors import ClausewatchError
from config.whole import whole
from reports import format as fmt
from reports.theme import LIGHT
from reports.words import Catalogue, words

_FONT: Final = "Microsoft YaHei"
_TODO: Final = "#fbf6e6"
_STAMPS: Final = ("anchor_at", "due_at", "done_at")
#: Columns in their order, with their widths in characters.
_COLUMNS: Final = {
    "number": 6, "clause": 28, "place": 30, "title": 38, "label": 18, "subject": 20, "verdict": 12, "reason": 22,
    "evidence": 26, "anchor_at": 19, "due_at": 19, "done_at": 19, "own": 14, "remark": 40, "by": 14, "on": 13,
}  # fmt: skip
_FREE: Final = ("own", "remark", "by", "on")
_OURS: Final = frozenset({"number", "verdict", "evidence", *_FREE})
_TOP: Final = 2


def write_worksheet(
    path: Path, plan: Mapping[str, Any], rows: pd.DataFrame, results: Mapping[str, Any], lang: str
) -> Path:
    """Write the worksheet; whole or not at all. The same sample gives the same bytes.

    Args:
        path: ``.xlsx``.
        plan: the plan of the sample.
        rows: the drawn verdicts, as ``verdicts.parquet`` holds them, in the order of drawing.
        results: the run's results, for titles and places.
        lang: ``zh`` or ``en``.

    Raises:
        ClausewatchError: the disk is full, or the folder may not be written.
    """
    try:
        with whole(path) as half:
            half.write_bytes(_bytes(plan, rows, results, words(lang)))
    except OSError as error:
        found = f"the worksheet cannot be written: {error.strerror}"
        raise ClausewatchError(found, str(path), "make room, or choose another folder") from error
    return path


def _bytes(plan: Mapping[str, Any], rows: pd.DataFrame, results: Mapping[str, Any], w: Catalogue) -> bytes:
    out, zone = io.BytesIO(), results["zone"]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        as_of = fmt.local(plan["as_of"], zone).replace(tzinfo=None)
        title = w("worksheet.title", id=plan["id"], period=plan["period"], n=len(rows))
        book.set_properties({"title": title, "author": "Clausewatch", "created": as_of})
        sheet = book.add_worksheet(w("worksheet.sheet"))
        base = {"font_name": _FONT, "font_size": 10, "valign": "top", "text_wrap": True}
        line = {**base, "bottom": 1, "bottom_color": LIGHT["line"]}
        big = book.add_format({**base, "text_wrap": False, "font_size": 14, "bold": True})
        sheet.write_string(0, 0, title, big)
        lead = w("worksheet.lead", frame=plan["frame"]["records"])
        sheet.write_string(
            1, 0, lead, book.add_format({**base, "text_wrap": False, "font_color": LIGHT["ink2"]})
        )
        looks = {
            "text": book.add_format(line),
            "stamp": book.add_format({**line, "num_format": "yyyy-mm-dd hh:mm:ss"}),
            "free": book.add_format({**line, "locked": False, "bg_color": _TODO}),
            "on": book.add_format({**line, "locked": False, "bg_color": _TODO, "num_format": "yyyy-mm-dd"}),
        }
        head = {**base, "bold": True, "bottom": 2, "bg_color": LIGHT["wash"]}
        for at, (name, width) in enumerate(_COLUMNS.items()):
            sheet.set_column(at, at, width)
            word = w(f"worksheet.{name}") if name in _OURS else w(f"head.{name}", **_zone(name, zone))
            sheet.write_string(
                _TOP, at, word, book.add_format(head | ({"bg_color": _TODO} if name in _FREE else {}))
            )
        for number, row in enumerate(rows.to_dict("records"), start=1):
            _row(sheet, _TOP + number, _cells(number, row, results, w), looks)
        _manners(sheet, len(rows), [w(f"worksheet.{word}") for word in ("agrees", "differs", "unclear")])
    return out.getvalue()


def _zone(name: str, zone: str) -> dict[str, str]:
    return {"zone": zone} if name in _STAMPS else {}


def _cells(
    number: int, row: Mapping[Any, Any], results: Mapping[str, Any], w: Catalogue
) -> dict[str, str | int | datetime | None]:
    clause = next((c for c in results["clauses"] if c["id"] == row["clause"]), None)
    title = clause["title"][w.lang] if clause else ""
    stamps = {name: _local(row[name], results["zone"]) for name in _STAMPS}
    return {
        "number": number, "clause": row["clause"], "place": clause["place"] if clause else "", "title": title,
        "label": str(row["label"]), "subject": str(row["subject"]), "verdict": w(f"verdict.{row['verdict']}"),
        "reason": w.or_else(f"reason.{row['reason']}", str(row["reason"])), "evidence": str(row["field"]), **stamps,
    }  # fmt: skip


def _local(at: Any, zone: str) -> datetime | None:
    """A naive local stamp, down to the second."""
    if pd.isna(at):
        return None
    stamp: datetime = at.tz_convert(zone).tz_localize(None).floor("s").to_pydatetime()
    return stamp


def _row(
    sheet: Any, at: int, cells: Mapping[str, str | int | datetime | None], looks: Mapping[str, Any]
) -> None:
    for column, name in enumerate(_COLUMNS):
        value = cells.get(name)
        if name in _FREE:
            sheet.write_blank(at, column, None, looks["on" if name == "on" else "free"])
        elif isinstance(value, datetime):
            sheet.write_datetime(at, column, value, looks["stamp"])
        elif isinstance(value, int):
            sheet.write_number(at, column, value, looks["text"])
        else:
            sheet.write_string(at, column, value or "", looks["text"])


def _manners(sheet: Any, rows: int, choices: Sequence[str]) -> None:
    """Frozen, filtered, printable; what was drawn is locked."""
    own = list(_COLUMNS).index("own")
    sheet.data_validation(
        _TOP + 1, own, _TOP + max(rows, 1), own, {"validate": "list", "source": list(choices)}
    )
    sheet.set_row(_TOP, 32)
    sheet.freeze_panes(_TOP + 1, 2)
    sheet.autofilter(_TOP, 0, _TOP + rows, len(_COLUMNS) - 1)
    sheet.protect("", {"autofilter": True, "format_cells": True, "format_columns": True, "format_rows": True})
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_TOP)
