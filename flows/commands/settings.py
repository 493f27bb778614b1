"""``config`` and ``doctor``: what is set, and what needs doing."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from flows.serving.found import Finding

_SIGNS = {"ok": "[green]✓[/]", "warn": "[yellow]?[/]", "bad": "[red]✕[/]"}


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="The settings in force.", no_args_is_help=True)
    group.command("show")(show)
    group.command("prefect")(prefect)
    group.command("automations")(automations)
    app.add_typer(group, name="config")
    app.command("doctor")(doctor)


def show(as_json: AsJson = False) -> None:
    """Every setting, its value (secrets masked) and where it came from.

    Example: clausewatch config show
    """
    from config.settings import load_settings, origins

    rows = origins(load_settings())
    if as_json:
        print_json([{"name": n, "value": v, "from": f} for n, v, f in rows], sort=False)
        return
    table = Table(box=None, pad_edge=False)
    for head in ("setting", "value", "from"):
        table.add_column(head, overflow="fold", no_wrap=head != "value")
    for name, value, origin in rows:
        table.add_row(name, Text(value) if value not in ("", "None") else Text("–", "bright_black"), origin)
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


def _looked_over(found: "list[Finding]") -> Table:
    """A line a finding, what is to be done below it; what is long goes on below itself."""
    table = Table.grid(padding=(0, 1))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        table.add_row(_SIGNS[one.state], f"{one.what:<12}", Text(one.found))
        if one.do:
            table.add_row("", "", Text(one.do, "dim"))
    return table


def doctor(
    as_json: AsJson = False,
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
        print_json([one._asdict() for one in found], sort=False)
    else:
        Console(highlight=False).print(_looked_over(found))
    raise typer.Exit(1 if any(one.state == "bad" for one in found) else 0)
