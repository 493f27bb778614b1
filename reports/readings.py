"""Open points on the terminal: one block a reading, its options below, the one in use marked."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reports.harmless import harmless
from reports.words import Catalogue, words


def open_points(rows: Sequence[dict[str, Any]], lang: str) -> RenderableType:
    """Every reading with its options.

    Args:
        rows: as ``flows.acts.signing.readings_known`` gives them.
        lang: ``zh`` or ``en``.
    """
    w = words(lang)
    parts: list[RenderableType] = []
    for row in map(harmless, rows):
        parts += [_head(row, w), _options(row, w), ""]
    unsigned = [row for row in rows if not row["signed"]]
    effect = sum(row["effect"] for row in unsigned)
    parts.append(Text(w("signing.sum", all=len(rows), open=len(unsigned), effect=effect), "bold"))
    if unsigned:
        parts.append(Text(w("signing.sign"), "bright_black"))
    return Group(*parts)


def _head(row: dict[str, Any], w: Catalogue) -> Text:
    head = Text.assemble((row["id"], "bold"), "  ", row["question"][w.lang], "  ")
    if row["signed"]:
        newest = row["signed"][-1]
        head.append(w("signing.signed", by=newest["by"], on=newest["on"]), "green")
    else:
        head.append(f"? {w('signing.unsigned')}", "yellow")
    if row["clauses"]:
        head.append(f"  {w('signing.clauses', n=len(row['clauses']))}", "bright_black")
    return head


def _options(row: dict[str, Any], w: Catalogue) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=3)
    table.add_column(min_width=16)
    table.add_column(ratio=1)
    table.add_column(justify="right")
    for option in row["options"]:
        used = option["key"] == row["in_use"]
        told = "" if option["breached"] is None else w("signing.breached", n=option["breached"])
        style = "" if used else "bright_black"
        sign = Text("  ▸" if used else "   ", "cyan")
        table.add_row(
            sign, Text(option["key"], style), Text(option["text"][w.lang], style), Text(told, style)
        )
    return table
