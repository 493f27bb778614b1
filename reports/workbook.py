"""findings.xlsx: the report as sheets, with frozen heads, filters, real dates and real percentages."""

import io
from collections.abc import Callable
from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from reports import format as fmt
from reports.exports import Column
from reports.result_set import seal
from reports.sampling import answered
from reports.sheets import CELL, Book, Cell, Table, fitting
from reports.view import front
from reports.view.attested import said_in_words, told
from reports.view.base import Page, plain
from reports.view.clauses import clause_order
from reports.view.closing import all_checks, check_sum
from reports.view.front import coverage_line
from reports.view.tiles import word
from reports.workbook_charts import charted

#: Widths of the columns of the summary, and of the chain.
_SUMMARY: Final = (34, 96, 14, 14)
_CHAIN: Final = (30, 12)
#: Columns of a scored sample.
_SCORED: Final = ("n", "met", "breached", "not_observable", "share", "low", "high", "target", "answer")


def workbook_bytes(page: Page, findings: list[Column]) -> bytes:
    """The workbook of one language; the same result set gives the same bytes."""
    out = io.BytesIO()
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with (
        TemporaryDirectory(prefix="clausewatch-") as aside,  # gone also where the disk was full
        xlsxwriter.Workbook(out, {**options, "tmpdir": aside}) as book,
    ):
        as_of = _local(page, page.results["as_of"])
        book.set_properties({"title": page.w("report.other"), "author": "Clausewatch", "created": as_of})
        made = Book(book, f"Clausewatch · {page.results['period']['key']} · {seal(page.results)[:12]}")
        for add in (_summary, _clauses):
            add(made, page)
        _findings(made, page, findings)
        for add in (_gaps, _values, _teams):
            add(made, page)
        for table in charted(page):
            made.table(table)
        for add in (_readings, _attested, _chain):
            add(made, page)
    return out.getvalue()


def _summary(made: Book, page: Page) -> None:
    sheet = made.sheet(page.w("sheet.summary"), _SUMMARY)
    results, row = page.results, 0
    facts: list[tuple[str, Cell]] = [
        (page.w("summary.sentence"), plain(front.sentence(page))),
        (page.w("summary.period"), page.period),
        (page.w("summary.source"), page.say(results["source_title"])),
        *((page.w("summary.standard"), f"{s['code']} {s['edition']} {page.say(s['title'])}") for s in results["standards"]),
        (f"{page.w('summary.as_of')} ({fmt.offset(results['as_of'])})", _local(page, results["as_of"])),
        (page.w("summary.coverage"), coverage_line(page)),
        (page.w("summary.snapshot"), results["snapshot"]["hash"]),
        (page.w("summary.seal"), seal(results)),
    ]  # fmt: skip
    sheet.write_string(row, 0, f"{front.head(page)['title']} · {page.period}", made.title)
    row = made.lines(sheet, row + 2, facts, _SUMMARY)
    heads = [page.w(f"head.{key}") for key in ("audit", "word", "breached", "population")]
    made.heads(sheet, row + 1, heads, _SUMMARY, (2, 3))
    audits: list[tuple[Cell, ...]] = [
        (page.w(f"audit.{a['id']}"), word(page, a)["text"], a["breached"], a["n"]) for a in results["audits"]
    ]
    row = made.lines(sheet, row + 2, audits, _SUMMARY)
    made.heads(sheet, row + 1, [page.w("summary.totals"), page.w("head.count")], _SUMMARY)
    totals: list[tuple[Cell, ...]] = [(page.w(f"verdict.{v}"), results["totals"][v]) for v in page.verdicts]
    totals.append((page.w("head.population"), results["totals"]["population"]))
    row = made.lines(sheet, row + 2, totals, _SUMMARY, made.left)
    made.heads(sheet, row + 1, [page.w("summary.checks"), page.w("head.sum")], _SUMMARY)
    checks = [(page.w.or_else(f"check.{c['id']}", c["id"]), check_sum(c)) for c in all_checks(page.result)]
    made.lines(sheet, row + 2, checks, _SUMMARY)


def _local(page: Page, instant: str) -> datetime:
    """An instant as a naive local stamp, which is what a sheet knows."""
    return fmt.local(instant, page.zone).replace(tzinfo=None)


def _clauses(made: Book, page: Page) -> None:
    w = page.w
    keys = ["standard", "clause", "title", "place", "kind", "clause_state", "population"]
    heads = [w(f"head.{key}") for key in keys] + [w(f"verdict.{v}") for v in page.verdicts]
    more = ["breach_rate", "numerator", "denominator", "rate", "shortfall", "other_clock", "other_breached"]
    heads += [w(f"head.{key}") for key in (*more, "readings", "missing")]
    first = len(keys) + len(page.verdicts)
    widths = [9, 32, 40, 30, 10, 10, 9, *[9] * len(page.verdicts), 9, 9, 9, 9, 7, 12, 12, 30, 20]
    rows = (_clause(page, clause) for clause in clause_order(page))
    shares = frozenset({first, first + 3})
    made.table(Table(w("sheet.clauses"), heads, rows, widths, shares, held=2))


def _clause(page: Page, clause: dict[str, Any]) -> list[Cell]:
    counts, other = clause["counts"], clause["other_clock"]
    judged = counts["breached"] + counts["met"]
    k, n = clause["numerator"], clause["denominator"]
    counted = clause["state"] == "judged"
    return [
        clause["standard"],
        clause["id"],
        page.say(clause["title"]),
        clause["place"],
        page.w.or_else(f"kind.{clause['kind']}", clause["kind"]),
        page.w(f"clause_state.{clause['state']}"),
        clause["population"] if counted else None,
        *(counts[verdict] if counted else None for verdict in page.verdicts),
        counts["breached"] / judged if judged else None,
        k,
        n,
        k / n if n else None,
        clause["shortfall"],
        page.w(f"clock.{other['clock']}") if other else None,
        other["breached"] if other else None,
        ", ".join(clause["readings"]),
        ", ".join(clause["missing"]),
    ]


def _findings(made: Book, page: Page, columns: list[Column]) -> None:
    """Column by column would not fit constant memory: rows, each cell by its column's own writer."""
    widths = [column.width for column in columns]
    sheet = made.sheet(page.w("sheet.findings"), widths, (1, 1))
    numbers = [i for i, column in enumerate(columns) if column.kind in ("number", "count")]
    made.heads(sheet, 0, [column.head for column in columns], widths, numbers)
    count = len(columns[0].values)
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    writers: dict[str, tuple[Callable[..., Any], Any]] = {
        "text": (sheet.write_string, made.line),
        "stamp": (sheet.write_datetime, made.stamp),
        "number": (sheet.write_number, made.decimal),
        "count": (sheet.write_number, made.number),
    }
    ways = [(*writers[column.kind], _values_of(column)) for column in columns]
    for row in range(count):
        for place, (write, look, values) in enumerate(ways):
            value = values[row]
            if value is not None and value != "":
                write(row + 1, place, value, look)


def _values_of(column: Column) -> list[Any]:
    """The column's values; texts cut to what a cell holds where one is longer."""
    if column.kind != "text" or max(map(len, column.values), default=0) <= CELL:
        return column.values
    return [fitting(text) for text in column.values]


def _gaps(made: Book, page: Page) -> None:
    w = page.w
    keys = ["field", "reason", "cause", "records", "duties", "clauses", "do", "examples"]
    rows: list[list[Cell]] = [
        [
            gap["field"],
            gap["reason"],
            w(f"reason.{gap['reason']}"),
            gap["records"],
            gap["duties"],
            ", ".join(gap["clauses"]),
            w(f"gap_do.{gap['reason']}", n=gap["records"]),
            ", ".join(gap["examples"]),
        ]
        for gap in page.results["gaps"]
    ]
    heads = [w(f"head.{key}") for key in keys]
    made.table(Table(w("sheet.gaps"), heads, rows, [28, 20, 34, 10, 10, 40, 36, 40], held=1))


def _values(made: Book, page: Page) -> None:
    """Values nobody mapped, and rows that break the model."""
    w = page.w
    rows: list[list[Cell]] = [
        [row["field"], w("unmapped.title"), row["value"], row["count"]] for row in page.results["unmapped"]
    ]
    rows += [
        [
            f"{row['entity']}.{row['field']}",
            w.or_else(f"violation.{row['rule']}", row["rule"]),
            ", ".join(row["examples"]),
            row["count"],
        ]
        for row in page.results["violations"]
    ]
    heads = [w(f"head.{key}") for key in ("field", "rule", "value_or_records", "count")]
    made.table(Table(w("sheet.values"), heads, rows, [34, 34, 60, 10]))


def _teams(made: Book, page: Page) -> None:
    w = page.w
    heads = [
        w("head.team"),
        *(w(f"verdict.{v}") for v in page.verdicts),
        w("head.population"),
        w("head.breach_rate"),
    ]
    rows: list[list[Cell]] = []
    for team in sorted(page.results["teams"], key=lambda team: not team["code"]):
        counts = team["counts"]
        judged = counts["breached"] + counts["met"]
        share = counts["breached"] / judged if judged else None
        name = team["code"] or w("teams.none")
        rows.append([name, *(counts[v] for v in page.verdicts), team["population"], share])
    widths, last = [20] + [10] * (len(heads) - 1), len(heads) - 1
    made.table(Table(w("sheet.teams"), heads, rows, widths, frozenset({last}), held=1))


def _readings(made: Book, page: Page) -> None:
    """A line an option; of one that moves several rates a line a rate, its counts in the first."""
    w = page.w
    keys = ["reading", "question", "option", "default", "in_use", "breached"]
    keys += ["rate_of", "numerator", "denominator", "rate", "effect", "signed_by", "signed_on", "why"]
    rows = [row for r in page.results["readings"] for o in r["options"] for row in _option(page, r, o)]
    heads = [w(f"head.{key}") for key in keys]
    widths = [24, 40, 34, 8, 12, 9, 32, 12, 13, 9, 12, 12, 12, 34]
    made.table(Table(w("sheet.readings"), heads, rows, widths, frozenset({keys.index("rate")}), held=1))


def _option(page: Page, reading: dict[str, Any], option: dict[str, Any]) -> list[list[Cell]]:
    w = page.w
    signed = next((s for s in reading["signatures"] if s["option"] == option["key"]), None)
    said: list[Cell] = [
        reading["id"],
        page.say(reading["question"]),
        page.say(option["text"]),
        w("value.yes" if option["key"] == reading["default"] else "value.no"),
    ]
    told: list[Cell] = [
        w("value.yes" if reading["effect"] else "value.no"),
        signed["by"] if signed else w("value.unsigned"),
        date.fromisoformat(signed["on"]) if signed else None,
        page.say(signed["why"]) if signed else None,
    ]
    rates: list[list[Cell]] = [
        [rate["clause"], rate["numerator"], rate["denominator"], rate["numerator"] / rate["denominator"]]
        for rate in option["rates"]
        if rate["denominator"]
    ] or [[None] * 4]
    counts: list[Cell] = [len(option["in_use_for"]), option["breached"]]
    return [[*said, *(counts if not i else (None, None)), *rate, *told] for i, rate in enumerate(rates)]


def _attested(made: Book, page: Page) -> None:
    """Clauses that people score or attest; no sheet where nobody has said anything."""
    w, clauses = page.w, told(page)
    if not clauses:
        return
    keys = ("clause", "title", "said", "by", "at", "period", "until", "evidence")
    heads = [w(f"attested.head.{key}") for key in (*keys, *_SCORED)]
    rows = (_said(page, clause) for clause in clauses)
    widths = [32, 40, 14, 12, 18, 12, 18, 16, *[11] * len(_SCORED)]
    shares = frozenset(len(keys) + n for n in (4, 5, 6, 7))
    made.table(Table(w("sheet.attested"), heads, rows, widths, shares, held=1))


def _said(page: Page, clause: dict[str, Any]) -> list[Cell]:
    said = clause["attested"]
    items, sample = said["items"], said.get("sample") or {}
    stamps = [said[key] and _local(page, said[key]) for key in ("at", "expires_at")]
    met, n = sample.get("met"), sample.get("n")
    shares = [sample.get(key) for key in ("low", "high", "target")]
    return [
        clause["id"], page.say(clause["title"]), said_in_words(page, said), said["by"], stamps[0], said["period"],
        stamps[1], said["evidence"], n, met, items["breached"], items["not_observable"], met / n if n else None,
        *(None if share is None else share / 10_000 for share in shares),
        answered(page.w, sample) if sample else None,
    ]  # fmt: skip


def _chain(made: Book, page: Page) -> None:
    w = page.w
    sheet = made.sheet(w("sheet.chain"), _CHAIN, (1, 0))
    made.heads(sheet, 0, [w("head.step"), w("head.count")], _CHAIN, (1,))
    links: list[tuple[Cell, ...]] = [
        (w.or_else(f"chain.{link['key']}", link["key"]), link["n"]) for link in page.results["chain"]
    ]
    row = made.lines(sheet, 1, links, _CHAIN)
    if labels := page.results["delivered_without_acceptance"]:
        made.heads(sheet, row + 1, [w("head.delivered")], _CHAIN)
        made.lines(sheet, row + 2, [(label,) for label in labels], _CHAIN)
