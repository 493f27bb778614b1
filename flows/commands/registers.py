"""``register new`` and ``register check``: what no CRM holds, kept in workbooks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(
        help="Registers in XLSX: acceptance, QA, deviations, follow-ups, escalations.", no_args_is_help=True
    )
    group.command("new")(new)
    group.command("check")(check)
    app.add_typer(group, name="register")


def new(
    kinds: Annotated[
        list[str], typer.Argument(help="acceptance, deliverable, follow_up, escalation, deviation ...")
    ],
    to: Annotated[Path, typer.Option(help="the workbook to write")] = Path("register.xlsx"),
    lang: Annotated[str, typer.Option(help="zh or en; default: the settings'")] = "",
) -> None:
    """Write a workbook with headers, drop-downs and examples for these records.

    Example: clausewatch register new acceptance acceptance_item --to acceptance.xlsx
    """
    from config.settings import load_settings
    from tasks.crm.register_sheets import new_register

    path = new_register(kinds, to, lang or load_settings().lang)
    Console(highlight=False).print(f"[green]✓[/] {path}")


def check(
    place: Annotated[Path, typer.Argument(help="a workbook, or a folder of them")],
    zone: Annotated[str, typer.Option(help="zone of the stamps in it")] = "Asia/Shanghai",
) -> None:
    """Read workbooks back and name every cell that cannot be read.

    Example: clausewatch register check state/demo/registers
    """
    from tasks.crm.registers import read_register

    for entity, frame in read_register(place, zone).items():
        Console(highlight=False).print(f"[green]✓[/] {entity:<18} {len(frame):>6} rows")
