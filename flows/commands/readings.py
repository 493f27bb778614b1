"""``readings``: which points of the texts are open, what each choice would change, and the officer's decision."""

from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from flows.commands.options import AsJson, Lang, print_json


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="Points the texts leave open: list them, sign one.", invoke_without_command=True)
    group.callback()(list_them)
    group.command("sign")(sign_one)
    app.add_typer(group, name="readings")


def list_them(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="those too that no card in use rests on")] = False,
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Open points: question, options, the one in use, cases breached under each by the newest audit, who signed.

    Example: clausewatch readings
    """
    if context.invoked_subcommand:
        return
    from config.settings import load_settings
    from flows.acts.signing import readings_known
    from reports.readings import open_points

    settings = load_settings()
    told = readings_known(settings, every=every)
    if as_json:
        print_json(told)
        return
    Console(highlight=False).print(open_points(told, lang or settings.lang))


def sign_one(
    reading: Annotated[str, typer.Argument(help="id of the reading")],
    option: Annotated[str, typer.Option(help="key of the option chosen")],
    by: Annotated[str, typer.Option(help="who decides: the officer's number or name")],
    why: Annotated[str, typer.Option(help="the reason, for the auditor who asks in two years")],
    from_: Annotated[
        datetime | None,
        typer.Option("--from", help="first day it counts from; default: today", formats=["%Y-%m-%d"]),
    ] = None,
    clause: Annotated[list[str] | None, typer.Option(help="only for this clause; may be given again")] = None,
    restates: Annotated[bool, typer.Option("--restates", help="let it change closed periods too")] = False,
) -> None:
    """Record the officer's decision on one reading, dated.

    Example: clausewatch readings sign clock_choice --option elapsed --by E0003 --why "as the text says"
    """
    from zoneinfo import ZoneInfo

    from config.clock import now
    from config.settings import load_settings
    from config.signing import Decision, sign
    from flows.demo import zone_of

    settings = load_settings()
    today = now().astimezone(ZoneInfo(zone_of(settings))).date()
    begins: date = from_.date() if from_ else today
    decision = Decision(reading, option, by, why, today, begins, tuple(clause or ()))
    path = sign(settings.rules, decision, restates)
    said: dict[str, Any] = {"reading": reading, "option": option, "from": begins.isoformat()}
    Console(highlight=False).print(
        Text.assemble(("✓", "green"), f" {said['reading']} = {said['option']} from {said['from']}: {path}")
    )
