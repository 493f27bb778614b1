"""``register list``, ``new`` and ``check``: what no CRM holds, kept in workbooks."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.commands.options import AsJson, Lang

if TYPE_CHECKING:
    from config.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(
        help="Registers in XLSX: acceptance, reviews, documents, trainings and what else no CRM holds.",
        no_args_is_help=True,
    )
    group.command("list")(kinds_of_registers)
    group.command("new")(new)
    group.command("check")(check)
    app.add_typer(group, name="register")


def kinds_of_registers(
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """List the kinds of registers, the sheets of each and what they are for.

    Example: clausewatch register list
    """
    from audits.model import MODEL
    from config.settings import load_settings
    from tasks.crm.register_words import KINDS, columns

    if as_json:
        told = {
            kind.name: {
                "zh": kind.zh,
                "en": kind.en,
                "sheets": {sheet: [field.name for field in columns(sheet)] for sheet in kind.sheets},
            }
            for kind in KINDS.values()
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    english = (lang or load_settings().lang) == "en"
    table = Table(box=None, pad_edge=False)
    for head in ("kind", "sheets", "for"):
        table.add_column(head)
    for kind in KINDS.values():
        names = [MODEL[sheet].en if english else MODEL[sheet].zh for sheet in kind.sheets]
        table.add_row(kind.name, Text(", ".join(names)), Text(kind.en if english else kind.zh))
    Console(highlight=False).print(table)


def new(
    kinds: Annotated[list[str], typer.Argument(help="as `register list` names them, or single sheets")],
    to: Annotated[Path, typer.Option(help="the workbook to write")] = Path("register.xlsx"),
    lang: Lang = "",
    used: Annotated[
        bool, typer.Option("--used", help="only columns that the clauses you judge read")
    ] = False,
) -> None:
    """Write a workbook with headers, drop-downs and examples for these records.

    Example: clausewatch register new acceptance deliverable --used --to quality.xlsx
    """
    from config.settings import load_settings
    from reports.harmless import printable
    from tasks.crm.register_sheets import new_register

    settings = load_settings()
    path = new_register(kinds, to, lang or settings.lang, _used(settings) if used else None)
    Console(highlight=False, soft_wrap=True).print(Text.assemble(("✓", "green"), f" {printable(str(path))}"))


def _used(settings: "Settings") -> frozenset[str]:
    """``entity.field`` names that the cards of the house's profile read."""
    from config.rules import load_readings, load_standards

    readings = load_readings(settings.rules / "readings")
    _, cards = load_standards(settings.rules / "standards", readings, settings.profile)
    return frozenset(name for card in cards.values() for need in card.needs for name in need.split("|"))


def check(
    place: Annotated[Path, typer.Argument(help="a workbook, or a folder of them")],
    zone: Annotated[str, typer.Option(help="zone of the stamps in it")] = "Asia/Shanghai",
) -> None:
    """Read workbooks back, name every cell that cannot be read, and every column that is left out.

    Example: clausewatch register check state/demo/registers
    """
    from reports.harmless import printable
    from tasks.crm.registers import read_registers

    console = Console(highlight=False)
    found = read_registers(place, zone)
    for entity, frame in found.frames.items():
        console.print(f"[green]✓[/] {entity:<18} {len(frame):>6} rows")
        for sheet, head in found.own_columns(entity):
            console.print(Text(f"  left out: column {printable(head)} of {printable(sheet)}"))
