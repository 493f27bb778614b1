"""The four tiles of a report's first page as a mail can show them: one below the other, tables only."""

from itertools import pairwise
from typing import Any, Final

from reports.mail.blocks import Bar100, Rich, Tile, bold
from reports.view import Page, View
from reports.words import Catalogue, Run

#: Signs of the states, beside their words.
_SHAPES: Final = {
    "breached": "✕", "met": "✓", "no_data": "?", "pending": "◔", "not_applicable": "–", "unconnected": "○",
}  # fmt: skip


def tile(seen: Page, view: View) -> Tile:
    """One of the four as the report's first page has it."""
    word, w = view["word"], seen.w
    frame_ = {
        "number": view["number"], "name": view["name"], "state": word["state"], "word": word["text"],
        "shape": _SHAPES.get(word["state"], ""),
    }  # fmt: skip
    if view["unconnected"]:
        without = view["unconnected"]
        gain = _rich(without["gain"]) + ("" if seen.lang == "zh" else " ") + without["time"]
        return Tile(**frame_, lines=(Rich(without["head"]), Rich(gain)), dashed=True)
    figure = view["figure"] or {"k": "", "n": "", "text": "", "state": ""}
    inside = {"timing": _timing, "acceptance": _acceptance, "survey": _survey, "qa": _qa}[view["id"]]
    return Tile(
        **frame_, k=figure["k"], of=figure["n"], what=figure["text"], bad=figure["state"] == "breached",
        **inside(view, w),
    )  # fmt: skip


def _timing(view: View, w: Catalogue) -> dict[str, Any]:
    """Eight limits by both clocks; the count that decides is bold and red where it is not 0."""
    clocks = ("elapsed", "open_hours")
    rows = [
        (f"{row['service']} {row['limit']}", row["n"], row["elapsed"], row["open_hours"], row["longest"])
        for row in view["rows"]
    ]
    total = view["total"]
    heads = (w("tile.service"), "n", *(f"{w('tile.late')} {w(f'tile.late_{clock}')}" for clock in clocks))
    decides = {
        (at, 2 + clocks.index(row["deciding"]))
        for at, row in enumerate(view["rows"])
        if row["deciding"] in clocks
    }
    return {
        "heads": (*heads, w("tile.longest")),
        "rows": (
            *rows,
            (w("tile.total"), total["n"], total["elapsed"], total["open_hours"], total["verdict"]),
        ),
        "right": frozenset({1, 2, 3, 4}),
        "decides": frozenset(decides),
        "red": frozenset(at for at in decides if view["rows"][at[0]]["late"]),
        "deciding": w("tile.decides"),
        "lines": tuple(_rich(note) for note in view["notes"] if note),
    }


def _acceptance(view: View, w: Catalogue) -> dict[str, Any]:
    """What is running with its days left; where the time goes is for the report."""
    lines = [view["running_more"] if view["running"] else w("acceptance.none_running"), view["chain"]]
    return {
        "heads": (view["running_head"], w("acceptance.days_left"), w("acceptance.step_now")),
        "rows": tuple((row["label"], row["text"], row["step"]) for row in view["running"]),
        "lines": tuple(Rich(line) for line in lines if line),
    }


def _survey(view: View, w: Catalogue) -> dict[str, Any]:
    running = view["running"] or {"runs": [], "calls": [], "note": ""}
    lines = [_rich(view["said"]), _rich(running["runs"]), Rich(running["note"])]
    return {
        "bar": _bar(view["bar"]),
        "heads": tuple(w(f"survey.{key}") for key in ("call", "sent_on", "window", "manager")),
        "rows": tuple(
            tuple(row[key] for key in ("customer", "sent", "left", "manager")) for row in running["calls"]
        ),
        "lines": tuple(line for line in lines if line),
    }


def _qa(view: View, w: Catalogue) -> dict[str, Any]:
    lines = [_rich(view["said"]), Rich(view["below_more"]), *(Rich(note) for note in view["notes"])]
    return {
        "bar": _bar(view["bar"]),
        "heads": (view["below_head"], w("qa.passed"), w("col.customer")),
        "rows": tuple((row["label"], row["passed"], row["customer"]) for row in view["below"]),
        "right": frozenset({1, 2}),
        "lines": tuple(line for line in lines if line),
    }


def _bar(view: View | None) -> Bar100 | None:
    """The report's rate bar as stretches of a table's row; a stretch without width is a tick."""
    if view is None or view["none"]:
        return None
    fill = int(view["fill"].replace(".", ""))
    ticks = tuple(view["ticks"])
    edges = sorted({0, 10_000, fill, *(tick * 100 for tick in ticks)})
    out: list[tuple[int, bool]] = []
    for start, end in pairwise(edges):
        out.append((end - start, end <= fill))
        if end // 100 in ticks and end % 100 == 0 and end < 10_000:
            out.append((0, False))
    return Bar100(tuple(out), ticks)


def _rich(runs: list[Run]) -> Rich:
    return Rich("".join(bold(run.text) if run.style == "b" else run.text for run in runs))
