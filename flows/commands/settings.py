"""``config`` and ``doctor``: what is set, and what needs doing."""

import json
import os
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audits.errors import WrongUse

Json = Annotated[bool, typer.Option("--json", help="for programs")]
_SIGNS = {"ok": "[green]✓[/]", "warn": "[yellow]?[/]", "bad": "[red]✕[/]"}


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="The settings in force.", no_args_is_help=True)
    group.command("show")(show)
    group.command("prefect")(prefect)
    group.command("automations")(automations)
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
    from flows.serving.deploying import prefect_yaml

    typer.echo(prefect_yaml(load_schedules(load_settings())), nl=False)


def automations(
    apply: Annotated[
        bool, typer.Option("--apply", help="make them in the server that PREFECT_API_URL names")
    ] = False,
) -> None:
    """What Prefect's server is to tell by itself of runs and workers. `up` makes them in its own server; --apply
    in the one that PREFECT_API_URL names.

    Example: clausewatch config automations
    """
    from config.schedules import load_schedules
    from config.settings import load_settings
    from flows.serving import environment

    settings = load_settings()
    late_after = timedelta(microseconds=load_schedules(settings).late_after)
    environment.prepare(settings.state)
    from flows.serving import automations as made  # Prefect is imported once its environment stands

    if apply and not os.environ.get("PREFECT_API_URL"):
        raise WrongUse(
            "PREFECT_API_URL names no server", "environment", "set it; `clausewatch up` needs no --apply"
        )
    hook = bool(settings.alarm_webhook.get_secret_value())
    lines = (
        made.apply(settings, late_after)
        if apply
        else [f"{made.PREFIX}{one.word}: {one.says}" for one in made.watched(late_after, by_webhook=hook)]
    )
    for line in lines:
        typer.echo(line)


def doctor(
    as_json: Json = False,
    offline: Annotated[bool, typer.Option("--offline", help="pass over what lies on other machines")] = False,
) -> None:
    """What could keep an audit from running or from being believed; each line says what to do. Exit 1 on a bad one.

    Settings, rules, calendar, mapping and coverage, CRM and its privileges, store, schedules, people and their
    addresses, mail server, Prefect, fonts, clocks, disk.

    Example: clausewatch doctor
    """
    from config.settings import load_settings
    from flows.serving.doctor import examine

    found = examine(load_settings(), offline=offline)
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False)
        for one in found:
            console.print(f"{_SIGNS[one.state]} {one.what:<12} {one.found}")
            if one.do:
                console.print(f"  {'':<12} [dim]{one.do}[/]")
    raise typer.Exit(1 if any(one.state == "bad" for one in found) else 0)
