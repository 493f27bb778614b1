"""``config show`` and ``doctor``: what is set, and what needs doing."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="for programs")]
_SIGNS = {"ok": "[green]✓[/]", "warn": "[yellow]?[/]", "bad": "[red]✕[/]"}


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="The settings in force.", no_args_is_help=True)
    group.command("show")(show)
    group.command("prefect")(prefect)
    app.add_typer(group, name="config")
    app.command("doctor")(doctor)


def show(as_json: Json = False) -> None:
    """Every setting, its value (secrets masked) and where it came from.

    Example: clausewatch config show
    """
    from config.settings import load_settings, origins

    rows = origins(load_settings())
    if as_json:
        typer.echo(
            json.dumps([{"name": n, "value": v, "from": f} for n, v, f in rows], ensure_ascii=False, indent=1)
        )
        return
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


def prefect() -> None:
    """The schedules as a prefect.yaml, which deploys them to work pools.

    Example: clausewatch config prefect > prefect.yaml
    """
    from config.schedules import load_schedules
    from config.settings import load_settings
    from flows.deploying import prefect_yaml

    typer.echo(prefect_yaml(load_schedules(load_settings())), nl=False)


def doctor(as_json: Json = False) -> None:
    """Settings, CRM and its privileges, mapping, store, calendar, people, mail: each line says what to do.

    Example: clausewatch doctor
    """
    from config.settings import load_settings
    from flows.doctor import examine

    found = examine(load_settings())
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False)
        for one in found:
            console.print(f"{_SIGNS[one.state]} {one.what:<12} {one.found}")
            if one.do:
                console.print(f"  {'':<12} [dim]{one.do}[/]")
    raise typer.Exit(1 if any(one.state == "bad" for one in found) else 0)
