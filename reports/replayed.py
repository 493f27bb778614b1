"""What a replay found, on the terminal: what it was judged with, figures clause by clause, matters one by one."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

#: Matters that are listed; ``--json`` lists them all.
_MOST: Final = 20
_SIGNS: Final = {
    "appeared": ("+", "red"),
    "vanished": ("-", "green"),
    "changed": ("~", "yellow"),
    "other": ("·", "bright_black"),
}
#: Microseconds of the units a limit may be said in, the longest first.
_UNITS: Final = ((3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"))
_SHORT: Final = {
    "population": "due",
    "met": "met",
    "breached": "breached",
    "pending": "pending",
    "not_applicable": "n/a",
    "no_data": "no data",
    "numerator": "k",
    "denominator": "n",
}


def replayed(told: dict[str, Any]) -> RenderableType:
    """The whole of a replay's answer (``flows.past.replay``)."""
    parts: list[RenderableType] = [_head(told)]
    if told["versions"] or told["files"]["changed"] or told["files"]["added"] or told["files"]["removed"]:
        parts += ["", _judged_with(told)]
    if told["cards"] or told["readings"]:
        parts += ["", _rules(told)]
    if told["clauses"]:
        parts += ["", Text("Clauses whose figures are other", "bold"), _clauses(told["clauses"])]
    if told["findings"]:
        parts += ["", _title(told), _findings(told["findings"])]
    return Group(*parts, "", _verdict(told))


def _head(told: dict[str, Any]) -> Text:
    rules = "the rules in it" if told["rules"] == "archived" else "the rules of today"
    line = Text(f"{told['source']} {told['period']} as of {told['as_of']}", "bold")
    return line.append(f"   {told['folder']}, judged again by {rules}", "dim")


def _judged_with(told: dict[str, Any]) -> Table:
    table = _grid()
    for one in told["versions"]:
        table.add_row(Text(one["what"]), _arrow(one["before"] or "none", one["after"] or "none"))
    for kind, files in told["files"].items():
        for path in files:
            table.add_row(Text(f"rule file {kind}", "dim"), Text(path))
    return table


def _rules(told: dict[str, Any]) -> Table:
    table = _grid()
    for one in told["cards"]:
        name = one["field"]
        table.add_row(Text(f"{one['clause']} {name}"), _arrow(_plain(one["before"]), _plain(one["after"])))
    for one in told["readings"]:
        table.add_row(
            Text(f"reading {one['reading']}, {one['clause']}"),
            _arrow(one["before"] or "not used", one["after"] or "not used"),
        )
    return table


def _plain(value: Any) -> str:
    if isinstance(value, dict) and value.get("unit") == "us":
        unit, name = next((pair for pair in _UNITS if value["amount"] % pair[0] == 0), (1, "us"))
        return f"{value['amount'] // unit} {name}"
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values())
    return "none" if value is None else str(value)


def _clauses(rows: list[dict[str, Any]]) -> Table:
    shown = [name for name in _SHORT if any(_differs(row, name) for row in rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("clause")
    for name in shown:
        table.add_column(_SHORT[name], justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(row["clause"], *(_figure(row, name) for name in shown), _state(row))
    return table


def _differs(row: dict[str, Any], name: str) -> bool:
    return bool(_of(row, "before", name) != _of(row, "after", name))


def _of(row: dict[str, Any], side: str, name: str) -> Any:
    return (row[side] or {}).get(name)


def _figure(row: dict[str, Any], name: str) -> Text:
    was, is_ = _of(row, "before", name), _of(row, "after", name)
    if was == is_:
        return Text("" if was is None else f"{was:,}", "dim")
    return _arrow(*("–" if one is None else f"{one:,}" for one in (was, is_)))


def _state(row: dict[str, Any]) -> Text:
    if row["before"] is None or row["after"] is None:
        return Text("is new" if row["before"] is None else "is gone", "yellow")
    return _arrow(row["before"]["state"], row["after"]["state"]) if _differs(row, "state") else Text("")


def _title(told: dict[str, Any]) -> Text:
    kinds = [(kind, sum(one["kind"] == kind for one in told["findings"])) for kind in _SIGNS]
    counts = ", ".join(f"{n} {kind}" for kind, n in kinds if n)
    return Text("Matters: ", "bold").append(counts, "not bold")


def _findings(rows: list[dict[str, Any]]) -> Table:
    table = _grid()
    for row in rows[:_MOST]:
        sign, colour = _SIGNS[row["kind"]]
        table.add_row(Text(sign, colour), row["finding"][:8], row["clause"], row["label"], _says(row))
    if len(rows) > _MOST:
        table.add_row("", "", Text(f"{_MOST} of {len(rows):,}; --json lists them all", "dim"))
    return table


def _says(row: dict[str, Any]) -> Text:
    was, is_ = row["before"], row["after"]
    if was is None or is_ is None:
        return _arrow(*("no such duty" if one is None else _words(one) for one in (was, is_)))
    if _words(was) != _words(is_):
        return _arrow(_words(was), _words(is_))
    name = next(name for name in was if was[name] != is_[name])
    sides = (one[name].rpartition("+")[0] or one[name] or "none" for one in (was, is_))
    return Text(f"{name.removesuffix('_at')} ").append_text(_arrow(*sides))


def _words(said: dict[str, str]) -> str:
    return f"{said['verdict']} {said['reason']}".strip()


def _verdict(told: dict[str, Any]) -> Text:
    rows = told["obligations"]
    n = "" if rows is None else f" of {rows['same'] + rows['other']:,}"
    if told["identical"]:
        return Text("✓ ", "green").append(
            f"identical: every verdict{n}, and results.json as a whole", "default"
        )
    if told["same"]:
        parts = ", ".join(told["parts"])
        line = Text("✓ ", "green").append(f"every verdict{n} is the same", "default")
        return line.append(f"; results.json differs in: {parts}", "dim")
    figures = f"the figures of {len(told['clauses'])} clauses"
    text = figures if rows is None else f"{figures} and {rows['other']:,} duties{n}"
    line = Text("✕ ", "red").append(f"{text} are other than reported", "default")
    if rows is None:
        line.append("; verdicts.parquet is gone, so only figures were compared", "yellow")
    return line.append("; nothing was changed", "dim")


def _arrow(was: str, is_: str) -> Text:
    return Text(was, "dim").append(" → ", "dim").append(is_, "not dim bold")


def _grid() -> Table:
    return Table.grid(padding=(0, 2, 0, 0))
