"""Folders of exports for tests: tables written the ways that systems and people write them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]

from config.mapping import load_mapping
from tasks.crm import Extract, extract

NOW = datetime(2026, 10, 9, 12, tzinfo=UTC)
Rows = Sequence[Sequence[object]]

HEAD = """
schema: 1
source: house
title: {{zh: 甲, en: A}}
zone: Asia/Shanghai
extracted_at: {at}
connections:
  files: {{exports: {folder}{taken_at}}}{more}
entities:
"""
CASES = """
  case:
    from: files
    file: "工单*"
    complete_since: 2026-08-01
    values: {service_type: {咨询: consultation, 技术支持: technical_support, 投诉: complaint}}
"""
STAFF = '\n  staff: {from: files, file: "人员*"}\n'


def text_of(rows: Rows, separator: str = ",", end: str = "\r\n") -> str:
    """Rows as CSV, quoted where they must be."""

    def cell(value: object) -> str:
        word = "" if value is None else str(value)
        return (
            f'"{word.replace(chr(34), chr(34) * 2)}"' if any(c in word for c in f'{separator}"\r\n') else word
        )

    return "".join(separator.join(map(cell, row)) + end for row in rows)


def write_text(path: Path, rows: Rows, encoding: str = "utf-8", separator: str = ",") -> Path:
    """One CSV file."""
    path.write_bytes(text_of(rows, separator).encode(encoding))
    return path


def write_book(path: Path, sheets: Mapping[str, Rows], formats: Mapping[int, str] | None = None) -> Path:
    """One workbook; ``formats`` gives columns a number format."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        made = {at: book.add_format({"num_format": shown}) for at, shown in (formats or {}).items()}
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for at, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, at, value, *([made[at]] if at in made and number else []))
    return path


def write_parquet(path: Path, rows: Rows) -> Path:
    """One Parquet file of text columns."""
    frame = pd.DataFrame([list(row) for row in rows[1:]], columns=list(rows[0]))
    frame.astype("str").where(frame.notna(), None).to_parquet(path)
    return path


def read(
    folder: Path,
    entities: str = CASES,
    at: str = "newest",
    pattern: str = "",
    now: datetime = NOW,
    more: str = "",
) -> Extract:
    """What an extraction of this folder gives."""
    taken_at = f', taken_at: "{pattern}"' if pattern else ""
    path = folder.parent / f"{folder.name}.yaml"
    path.write_text(
        HEAD.format(at=at, folder=folder, taken_at=taken_at, more=more) + entities, encoding="utf-8"
    )
    return extract(load_mapping(path, {}), now=now)
