"""docs/performance.md: what was measured, put between the markers of its section; the rest is written by people."""

import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import business_time, extraction, reports, verdicts
from benchmarks.business_time import Cost
from benchmarks.measuring import Run, best, middle
from benchmarks.reports import Opened

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_NAMES: Final = {"ours": "Clausewatch", "duckdb": "DuckDB by hand"}
_CLUSTERED: Final = {
    "whole": "one process",
    "parts": "one process, 8 parts",
    "one": "1 worker, 8 parts",
    "two": "2 workers, 8 parts",
}
_EXTRACTED: Final = {
    "psql": "psql `\\copy` to CSV",
    "read": "read into Arrow columns",
    "extract": "read, cast and checked at the boundary",
}


def of_verdicts(runs: dict[str, list[Run]]) -> list[str]:
    """Verdicts from Parquet: ratios, then figures."""
    ours, hand = runs["ours"], runs["duckdb"]
    said = ours[0].said
    ratios = {field: middle(ours, field) / middle(hand, field) for field in ("wall", "cpu", "peak_mb")}
    fastest = best(ours, "wall") / best(hand, "wall")
    return [
        _table(("against DuckDB by hand", "ratio", "target", ""), [
            ("seconds, medians", f"**{ratios['wall']:.2f}**", f"{verdicts.TARGET}", _kept(ratios["wall"] <= verdicts.TARGET)),
            ("seconds, the fastest run of each", f"{fastest:.2f}", "", ""),
            ("CPU seconds, all threads", f"{ratios['cpu']:.2f}", "", ""),
            ("peak memory", f"{ratios['peak_mb']:.2f}", "", ""),
        ]),
        f"{said['obligations']:,} obligations and {said['findings']:,} findings, proven equal row by row beforehand.",
        _table(("median of " + str(len(ours)), "s", "CPU s", "peak MB", "start-up s"), [
            (_NAMES[side], *(f"{middle(each, field):{form}}" for field, form in _FORMS)) for side, each in runs.items()
        ]),
    ]  # fmt: skip


_FORMS: Final = (("wall", ".2f"), ("cpu", ".2f"), ("peak_mb", ".0f"), ("start", ".2f"))


def of_business_time(costs: Sequence[Cost]) -> list[str]:
    """Nanoseconds a timestamp."""
    target = business_time.TARGET
    rows = []
    for cost in costs:
        judged = cost.name.startswith("opening hours")
        kept = _kept(cost.cpu <= target) if judged else ""
        rows.append(
            (cost.name, f"**{cost.cpu:.0f}**", f"{cost.wall:.0f}", f"{target}" if judged else "", kept)
        )
    head = ("a million timestamps", "ns a timestamp (CPU)", "ns (wall)", "target", "")
    return [_table(head, rows), "One thread, so that CPU time is what a calm machine would take."]


def of_extraction(runs: dict[str, list[Run]]) -> list[str]:
    """Reading PostgreSQL: ratios, then figures."""
    psql, rows = runs["psql"], []
    for side in ("read", "extract"):
        wall, cpu = (middle(runs[side], field) / middle(psql, field) for field in ("wall", "cpu"))
        fastest = best(runs[side], "wall") / best(psql, "wall")
        target = f"{extraction.TARGET}" if side == "read" else ""
        kept = _kept(wall <= extraction.TARGET) if side == "read" else ""
        rows.append((_EXTRACTED[side], f"**{wall:.2f}**", f"{fastest:.2f}", f"{cpu:.2f}", target, kept))
    figures = [
        (name, f"{middle(runs[side], 'wall'):.2f}", f"{middle(runs[side], 'cpu'):.2f}")
        for side, name in _EXTRACTED.items()
    ]
    return [
        _table(
            (
                "against psql `\\copy` to CSV",
                "seconds, medians",
                "fastest runs",
                "CPU, client and server",
                "target",
                "",
            ),
            rows,
        ),
        _table((f"{psql[0].said['rows']:,} rows x 12 columns, median of {len(psql)}", "s", "CPU s"), figures),
    ]


def of_cluster(cases: int, runs: dict[str, list[Run]]) -> list[str]:
    """One process against workers: what each costs."""
    rows = [
        (
            _CLUSTERED[side],
            f"**{middle(each, 'wall'):.2f}**",
            f"{middle(each, 'cpu'):.2f}",
            f"{each[0].said['sent'] / 1e6:.0f}" if "sent" in each[0].said else "",
            f"{middle(each, 'peak_mb'):.0f}",
            f"{median(run.said['worker_mb'] for run in each):.0f}" if "worker_mb" in each[0].said else "",
            f"{middle(each, 'start'):.1f}",
        )
        for side, each in runs.items()
    ]
    first = runs["whole"][0].said
    head = (
        f"{cases:,} cases, median of {len(runs['whole'])}", "s", "CPU s, all processes", "MB that travel",
        "peak MB, flow", "peak MB, a worker", "start-up s",
    )  # fmt: skip
    return [
        _table(head, rows),
        f"{first['obligations']:,} obligations and {first['breached']:,} breaches, the same on every side.",
    ]


def of_reports(runs: dict[str, list[Run]], opened: Sequence[Opened]) -> list[str]:
    """A large month: the page in a browser, then the files."""
    size = runs["report.html"][0].said["bytes"] / 1e6
    xlsx, alone = runs["findings.xlsx"], runs[reports.ALONE]
    loaded, first, stroke = (
        median(getattr(one, of) for one in opened) for of in ("loaded", "first_row", "keystroke")
    )
    sheet, pdf = middle(xlsx, "wall") / middle(alone, "wall"), middle(runs["report.pdf"], "wall")
    rows = [
        ("page: to DOMContentLoaded", f"**{loaded:.2f} s**", f"{reports.PAGE_SECONDS} s", _kept(loaded < reports.PAGE_SECONDS)),
        ("page: to the first finding", f"**{first:.2f} s**", f"{reports.PAGE_SECONDS} s", _kept(first < reports.PAGE_SECONDS)),
        ("page: a keystroke in the search", f"**{stroke:.0f} ms**", f"{reports.KEYSTROKE_MS} ms", _kept(stroke < reports.KEYSTROKE_MS)),
        ("page: size", f"**{size:.1f} MB**", f"{reports.PAGE_MB} MB", _kept(size < reports.PAGE_MB)),
        ("PDF", f"**{pdf:.2f} s**", f"{reports.PDF_SECONDS} s", _kept(pdf < reports.PDF_SECONDS)),
        ("sheets, against xlsxwriter alone", f"**{sheet:.2f}**", f"{reports.XLSX}", _kept(sheet <= reports.XLSX)),
        ("the same in CPU seconds", f"{middle(xlsx, 'cpu') / middle(alone, 'cpu'):.2f}", "", ""),
    ]  # fmt: skip
    files = [
        (f"`{side}`" if side != reports.ALONE else "xlsxwriter alone", f"{middle(each, 'wall'):.2f}",
         f"{middle(each, 'cpu'):.2f}", f"{middle(each, 'peak_mb'):.0f}", f"{each[0].said['bytes'] / 1e6:.1f}")
        for side, each in runs.items()
    ]  # fmt: skip
    n = runs["report.html"][0].said["rows"]
    return [
        _table((f"{n:,} findings", "median", "target", ""), rows),
        _table((f"median of {len(xlsx)}", "s", "CPU s", "peak MB", "MB"), files),
    ]


def _kept(kept: bool) -> str:
    return "kept" if kept else "**missed**"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(on: date, load: tuple[float, float]) -> str:
    """When and on what: no names, no paths.

    Args:
        on: the day of the measurement.
        load: programs that wanted a processor in the minute before it and in its last minute.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "pyarrow", "duckdb"))
    return (
        f"Measured {on.isoformat()} on {os.cpu_count()} cores and {memory:.0f} GB, load {load[0]:.1f} before and "
        f"{load[1]:.1f} at the end; Python {platform.python_version()}, {parts}."
    )


def put(page: Path, section: str, parts: Sequence[str]) -> None:
    """Replace what stands between the markers of a section.

    Raises:
        SystemExit: the page has no such markers.
    """
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"{page.name} has no section {section}: write {begin} and {end} where it belongs")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    page.write_text("\n\n".join([before + begin, *parts, end + after]), encoding="utf-8")
