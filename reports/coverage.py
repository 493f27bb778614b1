"""``clausewatch crm check`` on a terminal: what a source lets us judge, and what is cheapest to connect next."""

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from audits.model import MODEL
from reports.format import count, instant, offset, period
from reports.harmless import harmless
from reports.view.tile_rates import REGISTERS
from reports.words import Catalogue, words

Told = dict[str, Any]

_SIGNS: Final = {
    "judged": ("✓", "green"),
    "partly": ("?", "yellow"),
    "none_due": ("·", "bright_black"),
    "unconnected": ("–", "bright_black"),
}
_QUIET: Final = "bright_black"
_CELLS: Final = 10  # of a share bar
_VALUES: Final = 6  # unknown values named of one field
_WEEKS: Final = 4  # empty weeks named of one promise
_INDENT: Final = (0, 0, 0, 2)


def coverage_screen(told: Told, lang: str) -> RenderableType:
    """Render what ``crm check`` found.

    Args:
        told: as ``audits.coverage.coverage`` gives it, with ``title`` (zh, en) and ``zone``.
        lang: ``zh`` or ``en``.
    """
    return _Screen(harmless(told), words(lang)).whole()


class _Screen:
    def __init__(self, told: Told, say: Catalogue) -> None:
        self.told, self.w, self.lang = told, say, say.lang

    def whole(self) -> RenderableType:
        parts = [self._head(), self._clauses(), self._next(), self._gaps(), self._values()]
        parts += [self._promises(), self._disagreements(), self._violations(), self._end()]
        return Group(*(part for part in parts if part is not None))

    def _titled(self, key: str, *blocks: RenderableType) -> RenderableType:
        return Group("", Text(self.w(key), "bold"), *(Padding(block, _INDENT) for block in blocks))

    def _head(self) -> RenderableType:
        told, w = self.told, self.w
        at = instant(told["as_of"], told["zone"])
        named = period(told["period"], self.lang)
        head = Text(w("crm.title", source=told["title"][self.lang]), "bold")
        line = w("crm.head", period=named, at=at, offset=offset(told["as_of"]))
        tables = " · ".join(f"{entity} {count(n)}" for entity, n in told["rows"].items())
        return Group(head, Text(line, _QUIET), Text(tables, _QUIET))

    def _entity(self, name: str) -> str:
        if "." in name or name not in MODEL:
            return name
        return MODEL[name].zh if self.lang == "zh" else MODEL[name].en

    def _reason(self, reason: str) -> str:
        return self.w.or_else(f"reason.{reason}", reason)

    def _clauses(self) -> RenderableType:
        counted = Text()
        for state, n in self.told["counts"].items():
            if n:
                sign, colour = _SIGNS.get(state, ("–", _QUIET))
                counted.append(f"{sign} {self.w(f'crm.state.{state}')} ", colour)
                counted.append(f"{count(n)}   ", "bold")
        lines = [line for line in self.told["clauses"] if line["state"] in _SIGNS]
        seen = [line for line in lines if line["state"] != "unconnected"]
        return self._titled(
            "crm.clauses", counted, *([self._seen(seen)] if seen else []), *self._blind(lines)
        )

    def _seen(self, lines: list[Told]) -> Table:
        """Connected clauses: share of records judged, and why not the rest."""
        table = Table.grid(padding=(0, 1))
        table.add_column()
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold", style=_QUIET)
        for line in lines:
            sign, colour = _SIGNS[line["state"]]
            share = self.w("crm.of", k=line["judged"], n=line["records"])
            none = line["state"] == "none_due"
            bar = Text("·" * _CELLS, _QUIET) if none else _bar(line["judged"], line["records"])
            why = self.w("crm.state.none_due") if none else self._why(line)
            table.add_row(Text(sign, colour), Text(line["id"]), bar, Text("" if none else share), Text(why))
        return table

    def _why(self, line: Told) -> str:
        """Records without a verdict, field by field; the causes stand among the data gaps."""
        fields: dict[str, int] = {}
        for one in line["why"]:
            name = one["field"].partition(".")[2] or one["field"]
            fields[name] = fields.get(name, 0) + one["n"]
        return ("，" if self.lang == "zh" else ", ").join(f"{count(n)} {name}" for name, n in fields.items())

    def _blind(self, lines: list[Told]) -> list[RenderableType]:
        """Unconnected clauses, one block for each set of things that they lack."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for line in lines:
            if line["state"] == "unconnected":
                groups.setdefault(tuple(sorted(line["missing"])), []).append(line["id"])
        blocks: list[RenderableType] = []
        for missing, ids in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
            what = (" + ").join(self._entity(name) for name in missing)
            head = Text.assemble(("– ", _QUIET), self.w("crm.needs_clauses", what=what, n=len(ids)))
            blocks += [head, Padding(Text("  ".join(sorted(ids)), _QUIET), _INDENT)]
        return blocks

    def _next(self) -> RenderableType | None:
        steps = self.told["next"]
        if not steps:
            return None
        blocks: list[RenderableType] = []
        for place, step in enumerate(steps):
            what = " + ".join(self._entity(name) for name in step["connect"])
            loud = "bold" if not place else ""
            gain, fields = (
                self.w("crm.gain", n=len(step["clauses"])),
                self.w("crm.fields", n=len(step["fields"])),
            )
            line = Text.assemble((gain, f"{loud} green"), (f"  {what}  ", loud), (fields, _QUIET))
            blocks += [line, Padding(Text(self._how(step["connect"]), _QUIET), _INDENT)]
        return self._titled("crm.next", *blocks)

    def _how(self, connect: list[str]) -> str:
        said = []
        for name in connect:
            if "." in name:
                said.append(self.w("crm.field_here", field=name))
            elif name in REGISTERS:
                said.append(f"clausewatch register new {REGISTERS[name]}")
            else:
                said.append(self.w("crm.entity_here", entity=name))
        return " · ".join(dict.fromkeys(said))

    def _gaps(self) -> RenderableType | None:
        blocks: list[RenderableType] = []
        for gap in self.told["gaps"]:
            head = _asked(gap["field"], self._reason(gap["reason"]))
            said = self.w("crm.gap", n=gap["records"], duties=gap["duties"])
            if self.w.has(f"gap_do.{gap['reason']}"):
                said += "  → " + self.w(f"gap_do.{gap['reason']}", n=gap["records"])
            quiet = [self.w("crm.examples", examples=", ".join(gap["examples"]))] if gap["examples"] else []
            quiet.append("  ".join(gap["clauses"]))
            blocks += [head, Padding(Text(said), _INDENT)]
            blocks += [Padding(Text(line, _QUIET), _INDENT) for line in quiet]
        return self._titled("crm.gaps", *blocks) if blocks else None

    def _values(self) -> RenderableType | None:
        told = [
            line for line in self.told["values"] if line["unmapped"] or (line["blank"] and line["decides"])
        ]
        whole = len(self.told["values"]) - len(told)
        if not told and not whole:
            return None
        blocks = [part for line in told for part in self._value(line)]
        if whole:
            blocks.append(Text.assemble(("✓ ", "green"), (self.w("crm.values_whole", n=whole), _QUIET)))
        return self._titled("crm.values", *blocks)

    def _value(self, line: Told) -> list[RenderableType]:
        parts = [self.w("crm.values_known", n=line["known"])]
        parts += [self.w("crm.values_unmapped", n=line["unmapped"])] if line["unmapped"] else []
        parts += [self.w("crm.values_blank", n=line["blank"])] if line["blank"] else []
        head = _asked(line["field"], " · ".join(parts))
        named = [f"{one['value']} {count(one['count'])}" for one in line["values"][:_VALUES]]
        if more := len(line["values"]) - _VALUES:
            named += [self.w("crm.values_more", n=more)] if more > 0 else []
        return [head, *([Padding(Text(" · ".join(named), _QUIET), _INDENT)] if named else [])]

    def _promises(self) -> RenderableType | None:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style=_QUIET)
        table.add_column(overflow="fold")
        for line in self.told["promises"]:
            found = line["finding"]
            sign, colour = _promise_sign(found)
            field = line["field"] and f".{line['field']}"
            said = ""
            if line["promised"]:
                said = self.w("crm.kept" if line["field"] else "crm.promised", day=line["promised"][:10])
            name = Text.assemble((f"{sign} ", colour), f"{line['entity']}{field}")
            table.add_row(name, Text(said), Text(self._promise(line), _QUIET if found == "holds" else ""))
        return self._titled("crm.promises", table) if self.told["promises"] else None

    def _promise(self, line: Told) -> str:
        weeks = ", ".join(line["weeks"][:_WEEKS]) + (" …" if len(line["weeks"]) > _WEEKS else "")
        n = len(line["waits"]) if line["finding"] == "none" else len(line["weeks"])
        first = (line["first"] or "")[:10]
        return self.w(f"crm.promise.{line['finding']}", n=n, weeks=weeks, first=first)

    def _disagreements(self) -> RenderableType | None:
        blocks = [
            _asked(
                f"{one['entity']}.{one['field']}",
                self.w("crm.disagree_line", n=one["count"], examples=", ".join(one["examples"])),
            )
            for one in self.told["disagreements"]
        ]
        return self._titled("crm.disagree", *blocks) if blocks else None

    def _violations(self) -> RenderableType | None:
        table = Table.grid(padding=(0, 2))
        for one in self.told["violations"]:
            rule = self.w.or_else(f"violation.{one['rule']}", one["rule"])
            name = Text.assemble(("? ", "yellow"), f"{one['entity']}.{one['field']}")
            table.add_row(name, Text(rule), count(one["count"]), Text(", ".join(one["examples"]), _QUIET))
        return self._titled("crm.violations", table) if self.told["violations"] else None

    def _end(self) -> RenderableType:
        told, w = self.told, self.w
        counts = told["counts"]
        checkable = sum(counts[state] for state in _SIGNS)
        blind = sum(
            line["state"] == "unconnected" or (line["state"] == "partly" and not line["judged"])
            for line in told["clauses"]
        )
        if told["covered"]:
            end = Text.assemble(("✓ ", "green"), (w("crm.covered"), "bold"))
        else:
            end = Text.assemble(("✕ ", "red"), (w("crm.open", n=blind, m=checkable), "bold"))
        command = f"clausewatch audit --source {told['asked']} --period {told['period']}"
        return Group("", end, Padding(Text(w("crm.audit", command=command), _QUIET), _INDENT))


def _promise_sign(found: str) -> tuple[str, str]:
    if found == "holds":
        return "✓", "green"
    return ("–", _QUIET) if found == "no_stamp" else ("?", "yellow")


def _bar(k: int, n: int) -> Text:
    """A share in ten cells; it is full only when all is, and empty only when nothing is."""
    full = k * _CELLS // n if n else 0
    full = max(full, 1) if k else 0
    return Text.assemble(("█" * full, "blue"), ("░" * (_CELLS - full), _QUIET))


def _asked(field: str, said: str) -> Text:
    """A field with something to look at."""
    return Text.assemble(("? ", "yellow"), (field, "bold"), f"  {said}")
