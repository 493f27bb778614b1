"""``watch``: looks between two audits, once or every few minutes."""

import json
import time
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.console import Console

from audits.errors import ClausewatchError


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command."""
    app.command("watch")(watch)


def watch(
    source: Annotated[
        str, typer.Option(help="mapping in config/crm/ or its path; default: the settings'")
    ] = "",
    once: Annotated[
        bool, typer.Option("--once", help="look once and end, for a crontab of your own")
    ] = False,
    every: Annotated[int, typer.Option(help="minutes between two looks", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: an object a look")] = False,
) -> None:
    """Look at what is open or new since the last audit, store only that, and tell it in time. No report.

    Under `clausewatch up` the schedule does this; here it runs until stopped (Ctrl-C).

    Example: clausewatch watch --once
    """
    from config.settings import load_settings
    from flows.auditing.watch import watch_once

    console = Console(highlight=False, soft_wrap=True)
    settings = load_settings()
    if once:
        _say(console, watch_once(settings, source, at_terminal=True), as_json=as_json)
        return
    with suppress(KeyboardInterrupt):
        while True:
            begun = time.monotonic()
            try:
                _say(console, watch_once(settings, source), as_json=as_json)
            except ClausewatchError as error:
                _say_failure(error, settings.lang)
            time.sleep(max(0.0, every * 60 - (time.monotonic() - begun)))


def _say(console: Console, told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, sort_keys=True))
        return
    if told["aside"]:
        console.print(f"[dim]–[/] {told['source']}: {told['aside']}")
        return
    seconds = sum(one["milliseconds"] for one in told["steps"]) / 1000
    kinds = [f"{told[kind]} {kind}" for kind in ("opened", "reopened", "cleared", "withdrawn") if told[kind]]
    found = ", ".join(kinds) or ("nothing new" if told["looked"] else "nothing changed")
    sent = next((one["said"] for one in told["steps"] if one["step"] == "send"), "")
    line = f"{told['source']} as of {told['as_of']}: {found}; {told['mails']} mails owed; {sent or 'nothing sent'}"
    console.print(f"[green]✓[/] {line} [dim]{seconds:.1f} s[/]")
    read = next((one["said"] for one in told["steps"] if one["step"] == "extract"), "")
    console.print(f"  [dim]read {read}[/]")
    for alarm in told["alarms"]:
        console.print(f"  [yellow]? {alarm}[/]")


def _say_failure(error: ClausewatchError, lang: str) -> None:
    from reports.terminal import failure

    Console(stderr=True, highlight=False, soft_wrap=True).print(failure(error, lang))
