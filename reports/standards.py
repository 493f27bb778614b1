"""Standards on the terminal: the list, one card, and which clauses have a card."""

from typing import Any, Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reports.harmless import harmless
from reports.words import Catalogue, words

_STYLES: Final = {"missing": "bold red", "unconnected": "bright_black", "not_auditable": "bright_black"}


def standards_table(rows: list[dict[str, Any]], lang: str) -> RenderableType:
    """The standards, one a line."""
    w = words(lang)
    table = Table(box=None, pad_edge=False)
    for head in ("", "", w("rulebook.edition"), "", w("rulebook.cards"), w("rulebook.on")):
        table.add_column(head, overflow="fold")
    for row in map(harmless, rows):
        mode = w(f"rulebook.{row['mode']}")
        if row["binds_from"]:
            mode = w("rulebook.since", mode=mode, day=row["binds_from"])
        cells = (row["code"], row["title"][w.lang], row["edition"], mode, str(row["cards"]), str(row["on"]))
        table.add_row(*map(Text, cells))
    return table


def card_page(card: dict[str, Any], lang: str) -> RenderableType:
    """One card as it stands, in the order of its file."""
    w, card = words(lang), harmless(card)
    key = w.lang
    parts: list[RenderableType] = [Text(f"{card['id']}  {card['title'][key]}", style="bold")]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bright_black")
    table.add_column(overflow="fold")
    reason = card["reason"][key] if card["reason"] else ""
    lines = {
        "place": f"{card['standard']} {card['edition']} · {card['place']}",
        "kind": " · ".join(filter(None, (card["kind"], card["function"]))),
        "auditable": card["auditable"],
        "reason": reason,
        "strength": card["strength"] + (f" · {w('rulebook.trial')}" if card["trial"] else ""),
        "where": " ".join(filter(None, (card["of"], _words(card["where"])))),
        "words": _words(card["words"]),
        "needs": ", ".join(card["needs"]),
        "readings": ", ".join(card["readings"]),
        "tells": card["tells"],
        "house": "; ".join(_house(one) for one in card.get("house", ())),
    }
    for name, text in lines.items():
        if text:
            table.add_row(w(f"rulebook.{name}"), Text(text))
    return Group(*parts, table)


def _house(number: dict[str, Any]) -> str:
    """A number this house set: word, values by day, by whom and why."""
    values = ", ".join(f"{value} ({day})" for day, value in number["values"].items())
    return f"{number['parameter']} {values} · {number['by']} {number['on']}: {number['why']}"


def _words(given: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {_value(value)}" for name, value in given.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"amount", "unit"}:
            return f"{value['amount']} {value['unit']}"
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def coverage_page(told: dict[str, Any], lang: str) -> RenderableType:
    """Every clause by standard and section, with its state; what is missing stands last."""
    w, told = words(lang), harmless(told)
    parts: list[RenderableType] = []
    for one in told["standards"]:
        lines = [line for section in one["sections"] for line in section["clauses"]]
        widths = max(len(line["id"]) for line in lines), max(cell_len(_state(line, w)) for line in lines)
        counts = " · ".join(f"{w(f'rulebook.{state}')} {n}" for state, n in one["counts"].items())
        parts.append(Text(f"{one['code']}  {counts}", style="bold"))
        for section in one["sections"]:
            place = next((line["place"] for line in section["clauses"] if line["place"]), section["section"])
            parts.append(Text(f"  {place.partition('·')[0]}", style="bright_black"))
            parts.append(_clauses(section["clauses"], widths, w))
    n = sum(n for one in told["standards"] for n in one["counts"].values())
    parts.append(Text(w("rulebook.sum", n=n, k=len(told["missing"])), style="bold"))
    parts.extend(
        Text(w(f"rulebook.{name}", names=", ".join(told[name])), style="yellow")
        for name in ("extra", "differs")
        if told[name]
    )
    return Group(*parts)


def _state(line: dict[str, Any], w: Catalogue) -> str:
    return w(f"rulebook.{line['state']}") + (f" · {w('rulebook.trial')}" if line["trial"] else "")


def _clauses(lines: list[dict[str, Any]], widths: tuple[int, int], w: Catalogue) -> Table:
    """A line a clause; a long title goes on below itself, and so does what it lacks."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=2)
    table.add_column(no_wrap=True, width=widths[0])
    table.add_column(no_wrap=True, width=widths[1])
    table.add_column(ratio=1, overflow="fold")
    for line in lines:
        style = _STYLES.get(line["state"], "")
        title = line["title"][w.lang] if line["title"] else ""
        lacking = f" ← {', '.join(line['missing'])}" if line["missing"] else ""
        table.add_row("", *(Text(part, style) for part in (line["id"], _state(line, w), title + lacking)))
    return table
