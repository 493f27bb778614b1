"""A new year's holidays enter the table whole or not at all (calendar import).

The rows are a person's list, typed from the official notice: every day off and every weekend day worked,
one line each. They are checked against themselves and against the year before, the table with the new
year is read back in memory, and only then does it take the old one's place in one step.
"""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import yaml

from audits.calendars import WorkingCalendar
from audits.errors import WrongUse
from audits.words import Words
from config.calendars.reading import Part, parsed, text_of
from config.calendars.table import calendar_of

_OFF: Final = ("off", "放假")
_WORK: Final = ("work", "上班")
_DATE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_LEAST_SHARE: Final = (2, 3)
_HELP: Final = "one line a day: date,name,off|work[,English name]"


class Row(NamedTuple):
    """One line of the person's list."""

    day: date
    name: Words
    off: bool
    where: str


class _YamlRow(Part):
    date: str
    name: str
    kind: str
    name_en: str = ""


class _YamlRows(Part):
    days: list[_YamlRow]


class _Fields(NamedTuple):
    date: str
    name: str
    kind: str
    name_en: str
    where: str


@dataclass(frozen=True)
class ImportedYear:
    """A table with a new year in it.

    Attributes:
        calendar: the calendar as it will be read from now on.
        text: the new content of the file.
        days_off, working_days: how many rows of each kind the year has.
    """

    calendar: WorkingCalendar
    text: str
    days_off: int
    working_days: int


def import_year(rows: Path, year: int, table: Path, *, replace: bool = False) -> ImportedYear:
    """Put a year's holidays into the table file, in one step.

    Args:
        rows: CSV (`date,name,off|work[,English name]`, with or without a header line) or YAML
            (`days: [{date, name, kind, name_en}]`).
        year: the year they are for: the one after `known_through`, or a known one with `replace`.
        table: the table file, such as `cn.yaml`.

    Raises:
        WrongUse: a row or the year contradicts something; the file is as it was.
    """
    planned = plan_import(rows, year, table, replace=replace)
    _write_atomically(table, planned.text)
    return planned


def plan_import(rows: Path, year: int, table: Path, *, replace: bool = False) -> ImportedYear:
    """What `import_year` would write, without writing it."""
    old_text = text_of(table)
    old = calendar_of(old_text, str(table))
    _check_year(old, year, rows, replace=replace)
    names = {name.zh: name.en for name in (*old.holidays.values(), *old.make_up.values())}
    found = [_row(fields, names) for fields in _fields(rows)]
    _check_rows(found, year, old, rows)
    text = _with_year(old_text, year, _block(year, found), old)
    calendar = calendar_of(text, str(table))
    off = sum(row.off for row in found)
    return ImportedYear(calendar, text, off, len(found) - off)


def _check_year(old: WorkingCalendar, year: int, rows: Path, *, replace: bool) -> None:
    known = range(old.known_from.year, old.known_through.year + 1)
    if year in known and not replace:
        _refuse(f"{year} is known already (version {old.version})", str(rows), "add --replace to correct it")
    if year not in known and year != known[-1] + 1:
        _refuse(f"the next year is {known[-1] + 1}, not {year}", str(rows), f"import {known[-1] + 1} first")


def _fields(path: Path) -> Iterator[_Fields]:
    text = text_of(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        file, lined = parsed(_YamlRows, text, str(path))
        for at, row in enumerate(file.days):
            yield _Fields(row.date, row.name, row.kind, row.name_en, f"{path}:{lined.line(('days', at))}")
        return
    reader = csv.reader(io.StringIO(text))
    for line in reader:
        where, cells = f"{path}:{reader.line_num}", [cell.strip() for cell in line]
        if not any(cells) or (reader.line_num == 1 and cells[0].lower() in ("date", "日期")):
            continue
        if not 3 <= len(cells) <= 4:
            _refuse(f"{len(cells)} columns", where, _HELP)
        yield _Fields(cells[0], cells[1], cells[2], cells[3] if len(cells) == 4 else "", where)


def _row(fields: _Fields, names: dict[str, str]) -> Row:
    day, kind = _date(fields), fields.kind.lower()
    if kind not in (*_OFF, *_WORK):
        _refuse(f"{fields.kind!r} is neither off nor work", fields.where, _HELP)
    if not fields.name:
        _refuse(f"{day} has no name", fields.where, _HELP)
    english = fields.name_en or names.get(fields.name) or _joined_name(fields.name, names)
    if not english:
        message = f"no English name is known for {fields.name}"
        _refuse(message, fields.where, "add it as the fourth column (name_en)")
    return Row(day, Words(fields.name, english), kind in _OFF, fields.where)


def _date(fields: _Fields) -> date:
    match = _DATE.fullmatch(fields.date)
    try:
        return date(*(int(part) for part in match.groups())) if match else _not_a_date(fields)
    except ValueError:
        _not_a_date(fields)


def _not_a_date(fields: _Fields) -> NoReturn:
    _refuse(f"{fields.date!r} is not a date", fields.where, "write it as 2027-01-01")


def _joined_name(name: str, names: dict[str, str]) -> str:
    """The English of a double holiday such as 国庆节、中秋节, when both parts are known."""
    parts = [names.get(part, "") for part in name.split("、")]
    return " and ".join(parts) if len(parts) > 1 and all(parts) else ""


def _check_rows(rows: list[Row], year: int, old: WorkingCalendar, path: Path) -> None:
    seen: dict[date, Row] = {}
    for row in rows:
        if row.day.year != year:
            _refuse(f"{row.day} does not lie in {year}", row.where, f"leave only days of {year}")
        if before := seen.get(row.day):
            what = "twice" if before.off == row.off else "as a day off and as a working day"
            _refuse(
                f"{row.day} stands {what} (also {before.where})", row.where, "leave one line for each day"
            )
        if not row.off and row.day.weekday() not in old.weekend:
            message = f"{row.day} is no weekend day: it is worked anyway"
            _refuse(message, row.where, "look at the date again, or leave the line out")
        seen[row.day] = row
    _check_complete(sum(row.off for row in rows), year, old, path)


def _check_complete(off: int, year: int, old: WorkingCalendar, path: Path) -> None:
    """Half a list would make every missing holiday a working day, silently."""
    earlier = [known for known in range(old.known_from.year, old.known_through.year + 1) if known != year]
    if not earlier:
        return
    nearest = min(earlier, key=lambda known: abs(known - year))
    usual = sum(day.year == nearest for day in old.holidays)
    if off * _LEAST_SHARE[1] < usual * _LEAST_SHARE[0]:
        message = f"only {off} days off for {year}; {nearest} has {usual}"
        _refuse(message, str(path), "list every day off of the notice, weekends inside a holiday included")


def _block(year: int, rows: list[Row]) -> str:
    """The year as it stands in the table."""
    source = {
        "zh": f"{year} 年节假日安排通知，逐日录入",
        "en": f"notice for {year}, entered day by day",
    }
    lines = [f"  {year}:", f"    source: {_flow(source)}", "    days_off:"]
    lines += [f"      - {_flow(entry)}" for entry in _ranges(sorted(row for row in rows if row.off))]
    worked = [row for row in sorted(rows) if not row.off]
    lines.append("    working_days:" if worked else "    working_days: []")
    lines += [f"      - {_flow({**row.name._asdict(), 'date': row.day})}" for row in worked]
    return "\n".join(lines) + "\n"


def _ranges(rows: list[Row]) -> Iterator[dict[str, object]]:
    """Days that follow each other under one name become one entry."""
    begins = [0, *(at + 1 for at, (one, other) in enumerate(pairwise(rows)) if not _follows(one, other))]
    for first, after in zip(begins, [*begins[1:], len(rows)], strict=True):
        if rows:
            yield {**rows[first].name._asdict(), "from": rows[first].day, "to": rows[after - 1].day}


def _follows(one: Row, other: Row) -> bool:
    return one.name == other.name and (other.day - one.day).days == 1


class _Plain(yaml.SafeDumper):
    """Writes a date that stands twice as a date twice, not as an anchor and a reference."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _flow(entry: Mapping[str, object]) -> str:
    written = yaml.dump(
        dict(entry), Dumper=_Plain, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000
    )
    return written.strip()


def _with_year(text: str, year: int, block: str, old: WorkingCalendar) -> str:
    """The table's text with this year's block; comments and the other years stay as they are."""
    kept = re.sub(rf"(?m)^  {year}:\n(?:    .*\n|\n)*", "", text if text.endswith("\n") else text + "\n")
    before, after = _around(kept, year)
    last = max(year, old.known_through.year)
    return _set(
        _set(before + block + after, "version", f'"{_next_version(old.version, last)}"'),
        "known_through",
        f"{last}-12-31",
    )


def _around(text: str, year: int) -> tuple[str, str]:
    """The text before and after the place of a year's block, in order of years."""
    later = next((m for m in re.finditer(r"(?m)^  (\d{4}):$", text) if int(m[1]) > year), None)
    return (text[: later.start()], text[later.start() :]) if later else (text, "")


def _set(text: str, key: str, value: str) -> str:
    return re.sub(rf"(?m)^{key}:.*$", f"{key}: {value}", text, count=1)


def _next_version(version: str, last: int) -> str:
    """Versions are the last year known and a count of its editions: 2027.1, 2027.2."""
    year, _, edition = version.partition(".")
    if year == str(last) and edition.isdigit():
        return f"{last}.{int(edition) + 1}"
    return f"{last}.1"


def _write_atomically(path: Path, text: str) -> None:
    """The file holds the old text or the new one, whatever happens in between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise WrongUse(
            f"cannot be written: {error}", where=str(path), do="free the disk or the rights"
        ) from error


def _refuse(found: str, where: str, do: str) -> NoReturn:
    raise WrongUse(found, where=where, do=do) from None
