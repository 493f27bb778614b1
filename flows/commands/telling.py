"""``notices`` and ``live``: what was told to whom, and from when a source may mail."""

import json
from datetime import datetime
from os import environ
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from audits.errors import WrongUse

if TYPE_CHECKING:
    from config.settings import Settings

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M%z"]


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("notices")(notices)
    app.command("live")(live)


def notices(
    source: Annotated[str, typer.Option(help="default: the settings'")] = "",
    send: Annotated[
        bool, typer.Option("--send", help="first send mails that waited and may go now, of every source")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Every notice owed or told, to whom, and what became of its mail.

    Example: clausewatch notices --source demo
    """
    from config.settings import load_settings
    from tasks.store import open_store

    settings = load_settings()
    if send:
        _send(settings)
    with open_store(settings.store_url.get_secret_value()) as store:
        frame = store.notices(source or settings.source)
    if as_json:
        rows = frame.drop(columns=["settled_at"]).to_dict("records")
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    table = Table("notice", "finding", "clause", "to", "kind", "mail", box=None, pad_edge=False)
    for row in frame.to_dict("records"):
        table.add_row(
            *(str(row[name]) for name in ("notice", "finding", "clause", "person_id", "kind", "mail_state"))
        )
    Console(highlight=False).print(table)


def _send(settings: "Settings") -> None:
    from flows.mails import said
    from flows.posting import post_all

    console = Console(stderr=True, highlight=False)
    for source, posted in post_all(settings).items():
        console.print(f"[green]✓[/] {source}: {said(posted)}")


def live(
    source: Annotated[str, typer.Argument(help="name of the source")],
    from_: Annotated[
        datetime | None, typer.Option("--from", help="obligations due before it are baseline", formats=_DAYS)
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="mail nobody again")] = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="mail only the allow-list of config/people.yaml")
    ] = False,
) -> None:
    """Let a source mail: nobody (preview), an allow-list (pilot), or everybody from a day on.

    Example: clausewatch live mycrm --from 2026-11-01
    """
    from config.clock import now
    from config.mapping import load_mapping
    from config.settings import load_settings
    from tasks.store import open_store

    settings = load_settings()
    mapping = load_mapping(source, dict(environ))
    name, zone = mapping.file.source, ZoneInfo(mapping.file.zone)
    with open_store(settings.store_url.get_secret_value()) as store:
        if preview:
            store.go(name, "preview", now())
        elif from_ is None:
            raise WrongUse(
                "going live needs the day from which it mails",
                "--from",
                "write --from 2026-11-01, or --preview",
            )
        else:
            day = from_ if from_.tzinfo else from_.replace(tzinfo=zone)
            store.go(name, "pilot" if pilot else "live", now(), day)
        state = store.source_state(name)
    Console(highlight=False).print(f"[green]✓[/] {name}: {state.mode}")
