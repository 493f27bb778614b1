"""Findings and obligations as columns: what the sheet, the CSV and the Parquet file hold."""

import io
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reports.view.base import Page
from reports.view.columns import hours, names
from reports.view.findings import Listed

Kind = Literal["text", "stamp", "number", "count"]
#: Cells that a spreadsheet would take for a formula begin with one of these; the wide ones count in East Asia.
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'")


@dataclass(frozen=True)
class Column:
    """One column of the findings: its head, what it holds (naive local stamps), how wide it reads."""

    head: str
    kind: Kind
    values: list[Any]
    width: int


def finding_columns(page: Page, rows: Listed) -> list[Column]:
    """The findings in the order of the list, one a row, in the page's language.

    Nothing is left out: names and numbers have every character that the CRM gave them.
    """
    found = page.result.findings.set_index(page.result.findings["finding"].astype(str), drop=False)
    found, shown = found.loc[rows.frame["finding"]], rows.frame
    clauses = {key: page.clauses.get(key) for key in shown["clause"].unique()}

    def of_clause(field: str) -> list[str]:
        texts = {key: page.say(row[field]) if row else "" for key, row in clauses.items()}
        return [texts[key] for key in shown["clause"]]

    def text(head: str, values: list[str], width: int = 14) -> Column:
        return Column(page.w(f"head.{head}"), "text", values, width)

    def texts(name: str) -> list[str]:
        return found[name].astype(object).fillna("").astype(str).tolist()

    def stamp(head: str) -> Column:
        return Column(page.w(f"head.{head}", zone=page.zone), "stamp", _local(found[head], page.zone), 17)

    return [
        text("finding", shown["finding"].tolist(), 18),
        text("clause", shown["clause"].tolist(), 28),
        text("title", of_clause("title"), 34),
        text("label", texts("label"), 18),
        text("customer", names(found["customer_id"], "customer", page), 10),
        text("team", names(found["team_id"], "team", page), 10),
        text("assignee", names(found["assignee_id"], "staff", page), 10),
        *(stamp(head) for head in ("anchor_at", "due_at", "done_at")),
        text("late", shown["late"].tolist(), 14),
        Column(page.w("head.late_hours"), "number", hours(found["late_us"].astype("Int64")), 10),
        Column(page.w("head.late_days"), "count", _whole(found, "late_days"), 10),
        text("reason", _words(page, "reason", shown["reason"]), 16),
        text("state", _words(page, "state", shown["state"]), 10),
        text("marks", _marks(page, shown["marks"]), 12),
        text("notified", texts("notified"), 16),
        stamp("other_due_at"),
        text("other_verdict", _words(page, "verdict", shown["other_verdict"]), 12),
    ]


def _words(page: Page, topic: str, keys: "pd.Series[str]") -> list[str]:
    texts = {key: page.w.or_else(f"{topic}.{key}", key) for key in keys.unique()}
    return [texts[key] for key in keys]


def _marks(page: Page, marks: "pd.Series[str]") -> list[str]:
    texts = {key: " ".join(page.w(f"mark.{one}") for one in key.split("|") if one) for key in marks.unique()}
    return [texts[key] for key in marks]


def _whole(found: pd.DataFrame, name: str) -> list[int | None]:
    if name not in found:
        return [None] * len(found)
    known = found[name].notna()
    return [
        n if is_known else None for n, is_known in zip(found[name].fillna(0).tolist(), known, strict=True)
    ]


def _local(instants: pd.Series, zone: str) -> list[Any]:
    """Naive local stamps, down to the second: the last microsecond of a day stays on its day."""
    naive = instants.dt.tz_convert(zone).dt.tz_localize(None).dt.floor("s")
    stamps = naive.dt.to_pydatetime().tolist()
    return [at if known else None for at, known in zip(stamps, instants.notna(), strict=True)]


def csv_bytes(columns: list[Column]) -> bytes:
    """The findings as CSV that Excel opens as it is: UTF-8 with a mark, CRLF, local stamps without offset.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, and so does one that begins
    with an apostrophe: whoever takes one leading apostrophe away has what the CRM holds.
    """
    frame = pd.DataFrame({column.head: _plain(column) for column in columns})
    out = io.StringIO()
    frame.to_csv(out, index=False, lineterminator="\r\n")
    return out.getvalue().encode("utf-8-sig")


def _plain(column: Column) -> "pd.Series[Any]":
    if column.kind == "stamp":
        return pd.Series(["" if at is None else at.strftime("%Y-%m-%d %H:%M:%S") for at in column.values])
    if column.kind in ("number", "count"):
        return pd.Series(["" if n is None else f"{n:g}" for n in column.values])
    return pd.Series([f"'{text}" if text.startswith(_FORMULA) else text for text in column.values])


def parquet_bytes(obligations: pd.DataFrame) -> bytes:
    """Every obligation as Parquet, in the order of its identity; the same rows give the same bytes."""
    ordered = obligations.sort_values(["clause", "subject", "occurrence"], kind="stable", ignore_index=True)
    table = pa.Table.from_pandas(ordered, preserve_index=False).replace_schema_metadata(None)
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", row_group_size=1 << 17)
    return out.getvalue()
