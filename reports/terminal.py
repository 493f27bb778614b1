"""The end of a run on the terminal: four audits, verdicts by section, books, what needs you, what is next."""

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audits.errors import ClausewatchError
from reports import format as fmt
from reports.brief import Brief, Told
from reports.harmless import harmless, printable

#: Sign and colour of a word; the word itself always stands beside them.
_SIGNS: Final = {
    "met": ("✓", "green"),
    "breached": ("✕", "red"),
    "undecided": ("?", "yellow"),
    "pending": ("▸", "blue"),
    "unconnected": ("–", "bright_black"),
    "none_due": ("–", "bright_black"),
}
_COLOURS: Final = {"breached": "red", "no_data": "yellow", "pending": "blue"}
_FATES: Final = {
    "sent": "",
    "written": "",
    "held": "",
    "unknown": "yellow",
    "refused": "red",
    "failed": "red",
}
_LABEL: Final = 10


def run_summary(told: Told, lang: str) -> RenderableType:
    """The summary of one audit.

    Args:
        told: what the run found and did, as ``flows.auditing.summary`` gives it.
        lang: ``zh`` or ``en``.
    """
    brief = Brief(harmless(told), lang)
    parts: list[RenderableType] = ["", Text(brief.w("run.four_audits", period=brief.period()), "bold")]
    parts.append(_audits(brief))
    for code, _ in brief.sections():
        parts += ["", _sections(brief, code)]
    parts += ["", _books(brief), *_gaps(brief), *_needs(brief), _paths(brief)]
    return Group(*parts)


def _audits(brief: Brief) -> Table:
    table = Table.grid(padding=(0, 1))
    for right in (False, False, False, True, False, False):
        table.add_column(justify="right" if right else "left")
    for line in brief.audits():
        sign, colour = _SIGNS[line.word]
        of = brief.w("run.of", n=line.n) if line.n else ""
        word = brief.w(f"audit_word.{line.word}")
        bad = colour if line.word == "breached" else ""
        table.add_row(
            Text(sign, colour), line.name, Text(word, colour), Text(line.k, bad), of, Text(line.said)
        )
    return table


def _sections(brief: Brief, code: str) -> Table:
    table = Table.grid(padding=(0, 2))
    verdicts = brief.verdicts()
    table.add_column(min_width=28)
    for _ in range(len(verdicts) + 1):
        table.add_column(justify="right", min_width=7)
    heads = [brief.w("page.due"), *(brief.w(f"verdict.short.{v}") for v in verdicts)]
    table.add_row(Text(code, "bold"), *(Text(head, "bright_black") for head in heads))
    rows = dict(brief.sections())[code]
    for name, sums in rows:
        table.add_row(Text(name), *_figures(sums, verdicts))
    total = {key: sum(sums[key] for _, sums in rows) for key in ("due", *verdicts)}
    table.add_row(
        Text("─" * 28, "bright_black"), *(Text("─" * 7, "bright_black") for _ in range(len(verdicts) + 1))
    )
    table.add_row(Text(brief.w("run.total"), "bold"), *_figures(total, verdicts, "bold "))
    return table


def _figures(sums: Told, verdicts: tuple[str, ...], bold: str = "") -> list[Text]:
    cells = [Text(fmt.count(sums["due"]), bold.strip())]
    for verdict in verdicts:
        colour = _COLOURS.get(verdict, "") if sums[verdict] else ""
        cells.append(Text(fmt.count(sums[verdict]), f"{bold}{colour}".strip()))
    return cells


def _books(brief: Brief) -> Text:
    told, w = brief.told, brief.w
    checks, notices = told["checks"], told["notices"]
    line = Text("✓ ", "green") + Text(w("run.books", n=checks["held"], m=checks["all"]), "bold")
    if notices.get("owed"):
        line += Text("    ✓ ", "green") + Text(w("run.mails", n=notices["owed"]))
        for fate, colour in _FATES.items():
            if n := notices.get(fate, 0):
                line += Text(", ") + Text(w(f"run.mails_{fate}", n=n), colour)
    return line


def _gaps(brief: Brief) -> list[Text]:
    told, w = brief.told, brief.w
    said = []
    if gaps := len(told["gaps"]):
        said.append(Text("? " + w("run.gaps", n=gaps, duties=told["totals"]["no_data"]), "yellow"))
    if n := told["readings"]["unsigned_with_effect"]:
        text = f"? {w('run.readings')} {told['readings']['all']}: {w('run.readings_unsigned', n=n)}"
        said.append(Text(text, "yellow"))
    return said


def _needs(brief: Brief) -> list[Text]:
    needs = brief.needs()
    said = [Text("? " + brief.w("run.needs", n=len(needs)), "bold yellow")] if needs else []
    said += [Text(f"  {need.found} · {need.where} · {need.do}") for need in needs]
    if not brief.told["committed"]:
        said.append(Text("? " + brief.w("run.older"), "yellow"))
    return said


def _paths(brief: Brief) -> Table:
    told, w = brief.told, brief.w
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=_LABEL, style="bright_black")
    table.add_column(overflow="fold")
    if report := told["files"].get("report.html"):
        table.add_row("  " + w("run.report"), Text(report))
    table.add_row("  " + w("run.folder"), Text(told["folder"]))
    table.add_row("  " + w("run.coverage"), brief.coverage())
    table.add_row("  " + w("run.again"), Text(told["again"]))
    return table


def failure(error: ClausewatchError, lang: str) -> RenderableType:
    """What cannot be done, and why: found, where, do; what stays on disk and who was told, or that nothing does.

    Notes of the error that begin with ``kept: `` and ``told: `` say what stays and who was told.
    """
    from reports.words import words  # noqa: PLC0415 - an error needs no catalogue until it is said

    w = words(lang)
    notes = dict(note.split(": ", 1) for note in getattr(error, "__notes__", ()) if ": " in note)
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=_LABEL, style="bright_black")
    table.add_column(overflow="fold")
    rows = {"where": error.where, "do": error.do, "kept": notes.get("kept"), "told": notes.get("told")}
    for key, text in rows.items():
        if text:
            table.add_row("  " + w(f"run.{key}"), Text(printable(text)))
    head = Text("✕ ", "red") + Text(printable(error.found), "bold")
    end = "run.exit" if "kept" in notes else "run.nothing_written"
    return Group(head, table, Text(w(end, code=error.exit_code), "bright_black"))
