"""``notices`` and ``live``: what was told to whom, and from when a source may mail."""

import json
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.settings import Settings
    from flows.acts.going_live import Outlook
    from tasks.store.rows import Mode

_NOTICE = ("notice", "finding", "clause", "person_id", "kind", "mail_state")
_PACK = ("report", "period", "pack", "note", "to", "state", "answer")
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
    as_json: AsJson = False,
) -> None:
    """Every notice owed or told, to whom, and what became of its mail; then those of the reports that are sent.

    Example: clausewatch notices --source demo
    """
    from config.settings import load_settings
    from flows.reporting.pack_list import mails_listed
    from tasks.store import open_store

    settings = load_settings()
    if send:
        _send(settings)
    with open_store(settings.store_url.get_secret_value()) as store:
        frame = store.notices(source or settings.source)
        packs = mails_listed(settings, store, source or settings.source)
    rows = frame.drop(columns=["settled_at"]).to_dict("records")
    if as_json:
        typer.echo(json.dumps([*rows, *map(_as_notice, packs)], ensure_ascii=False, indent=1, default=str))
        return
    _table(("notice", "finding", "clause", "to", "kind", "mail"), rows, _NOTICE)
    if packs:
        _table(("report", "period", "pack", "note", "to", "mail", "answer"), packs, _PACK)


def _table(heads: "Sequence[str]", rows: "Sequence[Mapping[Any, Any]]", names: "Sequence[str]") -> None:
    from reports.harmless import printable

    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(str(row[name]))) for name in names))
    Console(highlight=False).print(table)


def _as_notice(mail: "Mapping[str, Any]") -> dict[str, Any]:
    """A report's mail in the words of a notice, for programs that read one list; of no finding."""
    same = {"person_id": mail["to"], "mail_state": mail["state"]}
    return {"notice": "", "finding": "", "clause": "", **mail, **same}


def _send(settings: "Settings") -> None:
    from flows.auditing.mails import said
    from flows.auditing.posting import post_all
    from flows.past.archive_index import refresh

    console = Console(stderr=True, highlight=False)
    told = post_all(settings)
    for source, posted in told.items():
        console.print(f"[green]✓[/] {source}: {said(posted)}")
    if told:  # reports may be among what went
        with suppress(OSError):
            refresh(settings)


def live(
    source: Annotated[str, typer.Argument(help="name of the source")],
    from_: Annotated[
        datetime | None, typer.Option("--from", help="obligations due before it are baseline", formats=_DAYS)
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="mail nobody, and show what would be sent")
    ] = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="mail only the allow-list of config/people.yaml")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="though somebody gets more than the settings allow")
    ] = False,
    why: Annotated[str, typer.Option(help="the reason, with --force; it stays on record")] = "",
    by: Annotated[str, typer.Option(help="who orders it: staff number")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a source mail: nobody (preview), an allow-list (pilot), or everybody from a day on.

    Shows what the next audit would send, to whom, and how many mails a day. Going live is refused (exit 1)
    while somebody would get more on one day than live_mails_a_day in the settings.

    Example: clausewatch live mycrm --from 2026-11-01
    """
    from config.settings import load_settings
    from flows.acts.going_live import Wish, go

    mode: Mode = "preview" if preview else "pilot" if pilot else "live"
    name, outlook = go(load_settings(), source, Wish(mode, from_, by, why, force))
    if as_json:
        rows = outlook.rows() if outlook else []
        print_json({"source": name, "mode": mode, "would_send": rows}, sort=False)
        return
    console = Console(highlight=False, soft_wrap=True)
    if outlook:
        _show(console, outlook)
    console.print(f"[green]✓[/] {name}: {mode}")


def _show(console: Console, outlook: "Outlook") -> None:
    rows = outlook.rows()
    if not rows:
        console.print(f"By the audit {outlook.run} nobody would get a mail.")
        return
    table = Table(
        "person", "first audit: mails", "matters", "busiest day", f"last {rows[0]['days']} days",
        box=None, pad_edge=False,
    )  # fmt: skip
    for row in rows:
        shown = ("first_mails", "first_matters", "busiest_day", "mails")
        table.add_row(row["person"], *(str(row[name]) for name in shown))
    console.print(f"What live mail would have been, by the audit {outlook.run}:")
    console.print(table)
