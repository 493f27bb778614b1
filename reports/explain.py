"""``clausewatch explain`` on a terminal: every clause on one record, met ones too, with its proof."""

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports.format import Near, duration, instant, offset
from reports.harmless import harmless
from reports.words import Catalogue, words

_SIGNS = {
    "met": ("✓", "green"),
    "breached": ("✕", "red"),
    "pending": ("◐", "blue"),
    "not_applicable": ("–", "dim"),
    "no_data": ("?", "yellow"),
}


def explanation(told: dict[str, Any], lang: str) -> RenderableType:
    """Render what ``explain`` found.

    Args:
        told: ``asked``, ``as_of``, ``zone``, ``clauses`` (with verdict, due, evidence, clocks, ledger, days,
            readings) and ``unconnected``.
        lang: ``zh`` or ``en``.
    """
    page = _Page(harmless(told), words(lang))
    blocks: list[RenderableType] = [page.head(), Text("")]
    for clause in page.told["clauses"]:
        blocks += [page.clause(clause), Text("")]
    if told["unconnected"]:
        blocks.append(Text(page.w("explain.unconnected", n=len(told["unconnected"])), style="dim"))
    return Group(*blocks)


class _Page:
    def __init__(self, told: dict[str, Any], say: Catalogue) -> None:
        self.told, self.w, self.lang, self.zone = told, say, say.lang, told["zone"]
        self.near = Near(told["as_of"][:4] + "-01-01T00:00:00" + told["as_of"][-6:], told["as_of"])

    def at(self, stamp: str | None) -> str:
        return instant(stamp, self.zone, self.near, seconds=True) if stamp else "–"

    def head(self) -> Text:
        counts: dict[str, int] = {}
        for clause in self.told["clauses"]:
            counts[clause["verdict"]] = counts.get(clause["verdict"], 0) + 1
        parts = [
            self.w("explain.part", n=n, verdict=self.w(f"verdict.short.{verdict}"))
            for verdict, n in counts.items()
        ]
        text = Text(self.w("explain.title", record=self.told["asked"]) + "\n", style="bold")
        said = self.w("explain.as_of", at=self.at(self.told["as_of"]), offset=offset(self.told["as_of"]))
        text.append(
            self.w(
                "explain.sum",
                n=len(self.told["clauses"]),
                parts="、".join(parts) if self.lang == "zh" else ", ".join(parts),
            ),
            style="not bold",
        )
        return text.append(f"   {said}", style="not bold dim")

    def clause(self, one: dict[str, Any]) -> RenderableType:
        sign, colour = _SIGNS[one["verdict"]]
        head = Text(f"{sign} {self.w('verdict.' + one['verdict'])}  ", style=f"bold {colour}")
        head.append(one["title"][self.lang], style="bold default")
        rows = Table.grid(padding=(0, 2))
        rows.add_column(style="dim", no_wrap=True)
        rows.add_column(overflow="fold")
        named = " ".join(filter(None, (one["clause"], one["occurrence"])))
        rows.add_row("", Text(f"{named}  {one['place']}", style="dim"))
        for name, text in self._lines(one):
            rows.add_row(name, text)
        return Group(head, Padding(rows, (0, 0, 0, 2)))

    def _lines(self, one: dict[str, Any]) -> list[tuple[str, RenderableType]]:
        reason = self.w.or_else(f"reason.{one['reason']}", one["reason"])
        field = f"  {one['field']}" if one["field"] else ""
        said = Text(reason + field).append_text(self._margin(one["margin_us"]))
        lines: list[tuple[str, RenderableType]] = [("", said), ("", self._span(one))]
        if one.get("clocks"):
            lines.append((self.w("explain.clocks"), self._clocks(one["clocks"])))
        if one.get("ledger"):
            lines.append((self.w("explain.ledger"), self._ledger(one["ledger"])))
        if one.get("days"):
            lines.append((self.w("explain.days"), self._days(one["days"])))
        lines.append((self.w("explain.evidence"), self._evidence(one["evidence"])))
        lines.append((self.w("explain.readings"), self._readings(one["readings"])))
        return lines

    def _span(self, one: dict[str, Any]) -> Text:
        parts = [
            f"{self.w('explain.' + key)} {self.at(one[name])}"
            for key, name in (("from", "anchor"), ("due", "due"), ("done", "done"))
        ]
        return Text("   ".join(parts))

    def _margin(self, margin: int | None) -> Text:
        """How far on this or that side of the due instant."""
        if not margin:
            return Text("")
        key, style = ("left", "") if margin > 0 else ("late", "red")
        return Text("   " + self.w(f"explain.margin.{key}", length=duration(abs(margin), self.lang)), style)

    def _clocks(self, clocks: list[dict[str, Any]]) -> Table:
        table = _grid(5)
        for clock in clocks:
            sign, colour = _SIGNS[clock["verdict"]]
            decides = self.w("explain.deciding") if clock["deciding"] else ""
            counted = self.w("explain.counted", length=duration(clock["counted_us"], self.lang))
            due = f"{self.w('explain.due')} {self.at(clock['due'])}"
            table.add_row(
                Text(sign, style=colour),
                Text(clock["authority"][self.lang]),
                due,
                counted,
                Text(decides, style="magenta"),
            )
        return table

    def _ledger(self, rows: list[dict[str, Any]]) -> Table:
        table = _grid(3)
        for row in rows:
            counted = row["counted_us"] > 0
            length = duration(row["counted_us"] or row["uncounted_us"], self.lang)
            style = "red" if row["late"] else "" if counted else "dim"
            shown = length if counted else f"{self.w('explain.not_counted')} {length}"
            table.add_row(
                Text(f"{self.at(row['start'])} – {self.at(row['end'])}", style=style),
                Text(shown, style=style),
                Text(row["why"][self.lang], style=style),
            )
        sums = [sum(row[name] for row in rows) for name in ("counted_us", "uncounted_us")]
        names = {"counted": sums[0], "uncounted": sums[1], "all": sum(sums)}
        table.add_row(self.w("explain.sum_line", **{k: duration(v, self.lang) for k, v in names.items()}))
        return table

    def _days(self, days: list[dict[str, Any]]) -> Text:
        text = Text()
        for day in days:
            number = f" ({day['n']})" if day["n"] is not None else ""
            why = f" {day['why'][self.lang]}" if day["n"] is None or day["kind"] != "working" else ""
            text.append(f"{day['date'][5:]}{number}{why}   ", style="" if day["n"] else "dim")
        return text

    def _evidence(self, facts: list[dict[str, Any]]) -> Table:
        table = _grid(3)
        for fact in facts:
            value = self.at(fact["at"]) if fact["at"] else fact["value"] or self.w("explain.blank")
            table.add_row(
                Text(fact["field"]),
                Text(value),
                Text(self._origin(fact["from"]), style="dim"),
            )
        return table

    def _origin(self, origin: str | dict[str, str]) -> str:
        """What a derived fact comes from, in words where we have them."""
        said = origin if isinstance(origin, str) else origin[self.lang]
        return self.w.or_else(f"origin.{said}", said) if said else ""

    def _readings(self, readings: list[dict[str, Any]]) -> Text:
        signed = {True: self.w("explain.signed"), False: self.w("explain.unsigned")}
        return Text(
            "  ".join(f"{r['id']}={r['option']} ({signed[r['signed']]})" for r in readings), style="dim"
        )


def _grid(columns: int) -> Table:
    """Columns whose texts go on below themselves: a text of East Asia has no blank to break at."""
    table = Table.grid(padding=(0, 2))
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table
