"""``up``, ``runs`` and ``config prefect``: what runs by itself."""

import asyncio
import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.serving.standing import Standing

_SIGNS = {"ok": "[green]✓[/]", "new": "[green]✓[/]"}


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("up")(up_)
    app.command("runs")(runs)


def up_(port: Annotated[int | None, typer.Option(help="port of the server and UI")] = None) -> None:
    """Prefect's server, its UI and everything that config/schedules.yaml says, until stopped (Ctrl-C).

    Example: clausewatch up
    """
    from config.schedules import load_schedules
    from config.settings import load_settings
    from flows.serving import environment, up
    from flows.serving.metrics import serving

    settings = load_settings()
    environment.prepare(settings.state)
    environment.log_as(settings.log_format)
    schedules = load_schedules(settings)
    number = port or settings.up_port
    up.refuse_taken(number)
    os.environ["PREFECT_API_URL"] = up.api_of(number)
    say = up.speaker(settings.log_format)
    with ExitStack() as stack:
        stack.enter_context(suppress(KeyboardInterrupt))
        if settings.metrics_port:
            stack.enter_context(serving(settings, settings.metrics_port))
        stack.enter_context(up.server(number, settings.state / "prefect" / "server.log"))
        ui = f"http://127.0.0.1:{number}"
        say(f"[green]✓[/] UI {ui}   {', '.join(schedules.by_name)}   Ctrl-C stops")
        up.serve_all(schedules, settings, say, ui)
    say("[green]✓[/] stopped; the schedules stay as they are")


def runs(
    fail_on: Annotated[
        str, typer.Option(help="exit 1 when a run is late, or the last one failed or was missed: late")
    ] = "",
    as_json: AsJson = False,
    mind: Annotated[
        bool, typer.Option("--mind", help="look each minute and begin what is owed, until stopped")
    ] = False,
) -> None:
    """Every schedule: what ran last, what comes next, what is owed.

    Whoever asks also notices: what has not come in time is mailed to officer and engineer, once for each run.

    Example: clausewatch runs --fail-on late
    """
    from config.clock import now
    from config.schedules import load_schedules
    from config.settings import load_settings
    from config.trail import key_of
    from flows.serving.expected import look_round
    from flows.serving.standing import documents, standing
    from tasks.store import open_store

    if fail_on not in {"", "late"}:
        raise WrongUse(f"--fail-on knows no {fail_on!r}", "--fail-on", "write late")
    settings = load_settings()
    if mind:
        _mind(settings)
        return
    schedules, at = load_schedules(settings), now()
    with open_store(settings.store_url.get_secret_value(), settings.store_wait_s, key_of(settings)) as store:
        look_round(store, schedules, settings, at)
        found = standing(store, schedules, at)
    if as_json:
        print_json(documents(found), sort=False)
    else:
        _show(found, ZoneInfo(schedules.calendar.zone_name))
    if fail_on and not all(one.good for one in found):
        raise typer.Exit(1)


def _mind(settings: "Settings") -> None:
    """Beside workers of a work pool: what `up` does where it runs everything itself."""
    from flows.serving import environment

    environment.prepare(settings.state)
    from flows.serving.minding import mind_deployed

    console = Console(highlight=False)
    minder = mind_deployed(settings, console.print)
    console.print("[green]✓[/] the schedules are minded   Ctrl-C stops")
    with suppress(KeyboardInterrupt):
        asyncio.run(minder.mind())


def _show(found: "list[Standing]", zone: ZoneInfo) -> None:
    from audits.instants import moment_of

    def local(instant: int | None) -> str:
        return "" if instant is None else f"{moment_of(instant).astimezone(zone):%Y-%m-%d %H:%M}"

    table = Table("", "schedule", "last", "next", "", box=None, pad_edge=False)
    for one in found:
        said = [f"{len(one.owed)} owed since {local(one.owed[0].key.due)}"] if one.owed else []
        said += [f"withheld: {one.owed[0].noted}"] if one.word == "withheld" else []
        said += [f"last: {one.last.state}"] if one.last and one.word == one.last.state else []
        said += [one.last.noted] if one.last and one.last.noted else []
        ahead = f"the calendar ends before {one.unknown}" if one.unknown else local(one.next)
        last = local(one.last.key.due) if one.last else ""
        table.add_row(_SIGNS.get(one.word, "[red]✕[/]"), one.schedule.name, last, ahead, "; ".join(said))
    Console(highlight=False).print(table)
