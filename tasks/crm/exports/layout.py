"""Where things stand on an exported sheet: titles above, the header row, records, totals below.

Titles and totals are left out, and that is said. A record that does not fit the header is an error: most often
a line end or a separator inside a value has torn it apart.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from audits.model import MODEL
from config.mapping.exports import squeezed
from tasks.crm.exports.errors import Problem
from tasks.crm.exports.sheets import Row, Sheet, counted
from tasks.crm.exports.wanted import Wanted, number_of

_LOOKED_AT: Final = 40
_NAMED: Final = 5
_TOTAL: Final = re.compile(
    r"(?:本页|本月|全部|总)?(?:合计|总计|小计|共计|汇总|累计|总数)\s*[:：]?\s*[\d,.]*\s*[条行个项]?"
    r"|共\s*[\d,]+\s*[条行项个](?:记录|数据|工单)?|(?:grand |sub ?)?totals?\s*[:：]?\s*[\d,.]*(?: records?| rows?)?"
    r"|[\d,]+ (?:records?|rows?)",
    re.IGNORECASE,
)
_REMARK: Final = re.compile(
    r"(?:制表|打印|导出|生成|统计|数据来源|备注|说明|注|exported|generated|printed|report)[^:：]{0,20}[:：].*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Table:
    """The records of one sheet, by column of the entity.

    Args:
        file, title: where it stands.
        columns: column -> raw values.
        at: column -> its place among the sheet's columns, from 0.
        numbers: the row number of each record.
        remarks: what was left out, in words.
        headers: column -> its header as it is written.
    """

    file: str
    title: str
    columns: dict[str, pa.Array]
    at: Mapping[str, int]
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    remarks: tuple[str, ...]
    headers: Mapping[str, str]

    @property
    def name(self) -> str:
        """File and sheet, as people say it."""
        return f"{self.file} {self.title}".strip()


def best_header(rows: list[Row], looked_for: Wanted) -> tuple[int, int]:
    """Place of the row with the most known headers among the first, and how many it has."""
    found = [looked_for.known(set().union(*map(_names, filter(None, row)))) for row in rows[:_LOOKED_AT]]
    most = max(found, default=0)
    return (found.index(most) if found else 0), most


def _names(cell: str) -> set[str]:
    """What a header may be called: all of it, or one of its lines."""
    return {squeezed(cell), *(squeezed(line) for line in cell.splitlines())} - {""}


def choose(headers: list[str | None], looked_for: Wanted) -> dict[str, int]:
    """Column -> place of its header; the printed number is the key where there is no other."""
    places: dict[str, list[int]] = {}
    for at, header in enumerate(headers):
        for word in _names(header or ""):
            places.setdefault(word, []).append(at)
    chosen = {
        name: places[word][0]
        for name, words in looked_for.headers.items()
        for word in [next((word for word in words if word in places), "")]
        if word
    }
    number = number_of(looked_for.entity)
    if "id" not in chosen and "id" not in looked_for.fixed and number in chosen:
        chosen["id"] = chosen[number]
    return chosen


def missing(chosen: Mapping[str, int], looked_for: Wanted) -> list[str]:
    """Columns without which the sheet cannot be read, in words."""
    fields = MODEL[looked_for.entity].fields
    lost = [f"no column `{word}`" for name, word in looked_for.fixed.items() if name not in chosen]
    gone = [n for n in looked_for.needed if n not in chosen and n not in looked_for.fixed]
    return lost + [f"no column for {fields[name].zh} / {name}" for name in gone]


def lay_out(
    sheet: Sheet, looked_for: Wanted, header_row: int | None, problems: list[Problem]
) -> Table | None:
    """The sheet's records; None where it cannot be read, and then ``problems`` says why."""
    found, known = best_header(sheet.rows, looked_for)
    if not known and header_row is None:  # the rows themselves are not shown: they could be records
        do = "say `header_row`, or name the headers under `columns`"
        problems.append(Problem(sheet.name, f"no known header in the first {_LOOKED_AT} rows; {do}"))
        return None
    top = header_row - 1 if header_row else found
    headers = sheet.rows[top] if top < len(sheet.rows) else []
    chosen, before = choose(headers, looked_for), len(problems)
    for what in missing(chosen, looked_for):
        shown = ", ".join(h for h in headers if h and h.strip())[:200] or "nothing"
        do = f"row {top + 1} has: {shown}; name the right header under `columns`"
        problems.append(Problem(sheet.name, f"{what}; {do}"))
    problems += doubled(sheet, top, headers, chosen, looked_for)
    problems += _merged(sheet, top, chosen)
    if len(problems) > before:
        return None
    kept, left_out = _records(sheet, top, chosen, problems)
    if len(problems) > before:
        return None
    said = (*_said_of_top(sheet, top), *_said_of_foot(sheet, left_out), *unused(headers, chosen))
    written = {name: " ".join((headers[at] or "").split()) for name, at in chosen.items()}
    columns = {name: _column(sheet.rows, kept, at) for name, at in chosen.items()}
    numbers = np.array(kept, dtype=np.int64) + 1
    return Table(sheet.file, sheet.title, columns, chosen, numbers, said, written)


def _column(rows: list[Row], kept: list[int], at: int) -> pa.Array:
    values = [rows[number][at] if at < len(rows[number]) else None for number in kept]
    return pa.array(values, pa.large_string())


def doubled(
    sheet: Sheet, top: int, headers: list[str | None], chosen: Mapping[str, int], looked_for: Wanted
) -> Iterator[Problem]:
    """Headers that stand twice where one is used: nobody knows which of them is meant."""
    names = [_names(header or "") for header in headers]
    for at in sorted(set(chosen.values())):
        used = names[at] & looked_for.words
        for other in range(at + 1, len(headers)):
            if used & names[other]:
                first = sheet.cell(top + 1, at)
                what = f"the header {(headers[other] or '').strip()!r} stands already at {first}"
                do = "rename one of them, or name another header under `columns`"
                yield Problem(sheet.cell(top + 1, other), f"{what}; {do}")


def _merged(sheet: Sheet, top: int, chosen: Mapping[str, int]) -> Iterator[Problem]:
    """Cells merged downwards among the records: all but the first would read as blank."""
    for first, last, left, right in sheet.merged:
        if last > top + 1 and any(left <= at + 1 <= right for at in chosen.values()):
            where = f"{sheet.cell(first, left - 1)}:{sheet.cell(last, right - 1).rpartition('!')[2]}"
            yield Problem(where, "merged cells; unmerge them, one record a row")


def _records(
    sheet: Sheet, top: int, chosen: Mapping[str, int], problems: list[Problem]
) -> tuple[list[int], dict[str, list[int]]]:
    """Places of the records, and of rows that are none by what they are (totals, notes, repeated headers)."""
    width, key = len(sheet.rows[top]), chosen["id"]
    key_header = sheet.rows[top][key]
    fits: Callable[[Row], bool] = (lambda row: len(row) == width) if sheet.even else (lambda _: True)
    kept: list[int] = []
    left_out: dict[str, list[int]] = {}
    torn: list[int] = []
    for number in range(top + 1, len(sheet.rows)):
        row = sheet.rows[number]
        if not any(row) or not any(cell and cell.strip() for cell in row):
            continue
        what = _no_record(row, key, key_header)
        if what:
            left_out.setdefault(what, []).append(number)
        elif not fits(row) and (len(row) < width or any(row[width:])):
            torn.append(number)
        else:
            kept.append(number)
    for number in torn[:_NAMED]:
        what = f"{len(sheet.rows[number])} cells where the header has {width}"
        do = "a separator or line end stands in a value without quotes; export again with quotes, or as XLSX"
        problems.append(Problem(f"{sheet.name} row {number + 1}", f"{what}; {do}"))
    if len(torn) > _NAMED:
        problems.append(Problem(sheet.name, f"and {len(torn) - _NAMED} more such rows"))
    return kept, left_out


def _no_record(row: Row, key: int, key_header: str | None) -> str:
    """What a row is that is no record; "" for a record."""
    its_key = (row[key] or "").strip() if key < len(row) else ""
    if its_key and row[key] == key_header:
        return "repeated header"
    filled = (cell.strip() for cell in row if cell and cell.strip())
    first = next(filled, "")
    if its_key not in ("", first):
        return ""
    if _TOTAL.fullmatch(first):
        return "total"
    return "note" if _REMARK.fullmatch(first) and next(filled, None) is None else ""


def _said_of_top(sheet: Sheet, top: int) -> Iterator[str]:
    above = [number for number in range(top) if any(cell and cell.strip() for cell in sheet.rows[number])]
    if above:
        yield f"{counted(len(above), 'title row')} above the header in row {top + 1}"


def _said_of_foot(sheet: Sheet, left_out: Mapping[str, list[int]]) -> Iterator[str]:
    for what, numbers in left_out.items():
        first = next(cell.strip() for cell in sheet.rows[numbers[0]] if cell and cell.strip())
        word = re.split("[:：]", first)[0][:20]  # what follows may be a name
        yield f"{counted(len(numbers), f'{what} row')} left out (row {numbers[0] + 1}: {word})"


def unused(headers: list[str | None], chosen: Mapping[str, int]) -> Iterator[str]:
    """Say which columns no field takes."""
    used = set(chosen.values())
    names = [" ".join(h.split()) for at, h in enumerate(headers) if h and h.strip() and at not in used]
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"{counted(len(names), 'column')} not used: {', '.join(names[:_NAMED])}{more}"
