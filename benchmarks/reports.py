"""A month with 50,000 findings as page, PDF and sheets. As a module: one file, one process."""

import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any, Final

BEGAN = time.perf_counter()

import xlsxwriter  # type: ignore[import-untyped]
from playwright.sync_api import Page

from benchmarks.measuring import Run, fresh, in_turn, say, timed
from reports import write
from reports.exports import Column, finding_columns
from reports.result_set import ResultSet
from reports.view.base import Page as View
from reports.view.findings import STORIES, listed
from tests.report_sample import sample
from tests.servers.chromium import open_browser

FINDINGS: Final = 50_000
#: Seconds until the page stands and its first row is drawn; milliseconds of a keystroke; megabytes.
PAGE_SECONDS: Final = 2.0
KEYSTROKE_MS: Final = 200
PAGE_MB: Final = 15
PDF_SECONDS: Final = 5.0
#: At most so many times as long as xlsxwriter alone needs for the same cells.
XLSX: Final = 1.3
ALONE: Final = "xlsxwriter"
SIDES: Final = ("report.html", "report.pdf", "findings.xlsx", ALONE, "findings.csv")
_TYPED: Final = "T-20261009-04"
_FIRST_ROW: Final = """
new MutationObserver((seen, watch) => {
  if (!document.querySelector("#list tbody tr.f")) return;
  window.firstRow = performance.now();
  watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
_KEYSTROKES: Final = """
window.strokes = [];
let pressed = 0;
document.querySelector("input[name=q]").addEventListener("input", () => { pressed = performance.now(); });
new MutationObserver(() => requestAnimationFrame(() => strokes.push(performance.now() - pressed)))
  .observe(document.querySelector("#shown"), { childList: true });
"""


@dataclass(frozen=True)
class Opened:
    """What a browser needed: seconds to DOMContentLoaded and to the first finding, milliseconds of a keystroke."""

    loaded: float
    first_row: float
    keystroke: float


def month(findings: int = FINDINGS) -> ResultSet:
    """The sample month with so many findings, and a story for as many as a page carries."""
    made = sample(more_late=findings - len(sample().findings))
    told = zip(made.findings["finding"].tolist()[:STORIES], cycle(made.stories.values()), strict=False)
    return replace(made, stories=dict(told) | made.stories)


def measure(
    rounds: int, folder: Path, told: Callable[[str], None]
) -> tuple[dict[str, list[Run]], list[Opened]]:
    """Each file in a process of its own, in turn; then the page in Chromium."""
    page = folder / "html" / "report.html"

    def one(side: str) -> Callable[[], Run]:
        return lambda: fresh("benchmarks.reports", side, str(folder))

    runs = in_turn({side: one(side) for side in SIDES}, rounds, told)
    return runs, [_open(page) for _ in range(rounds)]


def _open(path: Path) -> Opened:
    with open_browser() as browser, browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(_FIRST_ROW)
        page.goto(path.as_uri(), wait_until="load")
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        return Opened(loaded / 1000, page.evaluate("firstRow") / 1000, _keystroke(page))


def _keystroke(page: Page) -> float:
    page.evaluate(_KEYSTROKES)
    page.locator("input[name=q]").focus()
    for n, letter in enumerate(_TYPED, 1):
        page.keyboard.type(letter)
        while page.evaluate("strokes.length") < n:  # the page's policy lets nothing wait inside it
            page.wait_for_timeout(20)
    return float(median(page.evaluate("strokes")))


def _alone(columns: list[Column]) -> bytes:
    """The same cells by xlsxwriter and nothing else."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.head)
        values = [column.values for column in columns]
        for row in range(len(values[0])):
            for place, cells in enumerate(values):
                value = cells[row]
                if value is not None and value != "":
                    sheet.write(row + 1, place, value)
    return out.getvalue()


def main(side: str, folder: Path) -> None:
    """Make one file from the results, and say what it took; xlsxwriter alone gets its columns beforehand."""
    result = month()
    seen = View(result, "zh")
    columns = finding_columns(seen, listed(seen)) if side == ALONE else []

    def work() -> dict[str, Any]:
        if side == ALONE:
            made = len(_alone(columns))
        else:
            made = write(result, folder / side.partition(".")[2], "zh", (side,))[side].stat().st_size
        return {"bytes": made, "rows": len(result.findings)}

    say(timed(BEGAN, work))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
