"""Open points on the terminal: one block a reading, its options below, the one in use marked."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_WORDS = {
    "zh": {
        "unsigned": "未签署",
        "signed": "已签 {by} {on}",
        "breached": "违反 {n}",
        "clauses": "{n} 条款",
        "sum": "{all} 项读法，{open} 项未签署，其中 {effect} 项的选择会改变结果",
        "sign": "签署：clausewatch readings sign 编号 --option 选项 --by 谁 --why 缘由",
    },
    "en": {
        "unsigned": "unsigned",
        "signed": "signed {by} {on}",
        "breached": "{n} breached",
        "clauses": "{n} clauses",
        "sum": "{all} readings, {open} unsigned, {effect} of them change figures",
        "sign": "To sign: clausewatch readings sign ID --option KEY --by WHO --why REASON",
    },
}


def open_points(rows: Sequence[dict[str, Any]], lang: str) -> RenderableType:
    """Every reading with its options.

    Args:
        rows: as ``flows.signing.readings_known`` gives them.
        lang: ``zh`` or ``en``.
    """
    words = _WORDS["en" if lang == "en" else "zh"]
    parts: list[RenderableType] = []
    for row in rows:
        parts += [_head(row, lang, words), _options(row, lang, words), ""]
    unsigned = [row for row in rows if not row["signed"]]
    effect = sum(row["effect"] for row in unsigned)
    parts.append(Text(words["sum"].format(all=len(rows), open=len(unsigned), effect=effect), "bold"))
    if unsigned:
        parts.append(Text(words["sign"], "bright_black"))
    return Group(*parts)


def _head(row: dict[str, Any], lang: str, words: dict[str, str]) -> Text:
    head = Text.assemble((row["id"], "bold"), "  ", row["question"][lang], "  ")
    if row["signed"]:
        newest = row["signed"][-1]
        head.append(words["signed"].format(by=newest["by"], on=newest["on"]), "green")
    else:
        head.append(f"? {words['unsigned']}", "yellow")
    if row["clauses"]:
        head.append(f"  {words['clauses'].format(n=len(row['clauses']))}", "bright_black")
    return head


def _options(row: dict[str, Any], lang: str, words: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=3)
    table.add_column(min_width=16)
    table.add_column(ratio=1)
    table.add_column(justify="right")
    for option in row["options"]:
        used = option["key"] == row["in_use"]
        told = "" if option["breached"] is None else words["breached"].format(n=f"{option['breached']:,}")
        style = "" if used else "bright_black"
        sign = Text("  ▸" if used else "   ", "cyan")
        table.add_row(sign, Text(option["key"], style), Text(option["text"][lang], style), Text(told, style))
    return table
