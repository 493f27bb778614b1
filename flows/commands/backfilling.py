"""``backfill``: past periods judged from today's data."""

from typing import Annotated

import typer
from rich.console import Console

from flows.commands.options import AsJson, print_json


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command."""
    app.command("backfill")(backfill)


def backfill(
    first: Annotated[str, typer.Option("--from", help="the earliest period, e.g. 2026-01")],
    last: Annotated[str, typer.Option("--to", help="the latest one; it must be over")],
    source: Annotated[
        str, typer.Option(help="mapping in config/crm/ or its path; default: the settings'")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Judge past periods from today's data, in order: reports marked reconstructed, counts for the trend.

    No finding changes and nobody is told. A period that has a report stays as it is; stopped or killed, the
    same command goes on at the first period without one.

    Example: clausewatch backfill --from 2026-01 --to 2026-09
    """
    from config.settings import load_settings
    from flows.past.backfilling import Backfill

    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    work = Backfill(load_settings(), first, last, source, at_terminal=True)
    keys = work.prepare()
    console.print(f"[green]✓[/] read once     {work.said}")
    told = []
    for key in keys:
        one = work.judge(key)
        told.append(one)
        if one["done"]:
            said = f"{one['population']:,} verdicts, {one['breached']:,} breached   {one['folder']}"
            console.print(f"[green]✓[/] {key:<13} {said}")
        else:
            console.print(f"[dim]–[/] {key:<13} [dim]has a result as of {one['as_of']}[/]")
    work.end()
    if as_json:
        print_json(told, sort=False)
    else:
        console.print("No finding changed and nobody was told; what is still open, the next audit takes up.")
