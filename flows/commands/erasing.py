"""``erase`` and ``housekeeping``: what is let go, a person's names and what has grown old."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from flows.acts.erasing import Touched
    from tasks.store.erasing import Entry

_ENTITIES = ("staff", "customer", "contact", "team")


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("erase")(erase)
    app.command("housekeeping")(housekeeping)


def erase(
    person: Annotated[
        str, typer.Argument(help="id or code; or a part of the name, which lists who is meant")
    ],
    by: Annotated[str, typer.Option(help="who orders it: staff number")] = "",
    why: Annotated[str, typer.Option(help="the reason, without the name")] = "",
    source: Annotated[str, typer.Option(help="of this source alone")] = "",
    entity: Annotated[str, typer.Option(help="staff, customer or contact")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Erase a person's name, number and addresses; findings, events, hashes and the trail stay, by id and code.

    It says first what it would touch, and afterwards what it could not reach. Erasing again is harmless.

    Example: clausewatch erase E1008 --by E1028 --why "left the company; request 118"
    """
    from config.settings import load_settings
    from flows.acts import erasing

    if entity and entity not in _ENTITIES:
        raise WrongUse(f"no kind of person {entity!r}", "--entity", f"choose from {', '.join(_ENTITIES)}")
    settings = load_settings()
    console = Console(highlight=False, soft_wrap=True)
    with erasing.opened(settings) as store:
        entry = _only(store.people(person, source, entity), person)
        if not yes:
            _show(console, f"{_called(entry)} is named in", erasing.look(settings, store, entry))
            typer.confirm("Erase?", abort=True)
        touched = erasing.erase(settings, store, entry, by, why)
    _show(console, f"[green]✓[/] {_called(entry)} is erased", touched)
    console.print("not reached:")
    for line in touched.unreached:
        console.print(f"  [yellow]?[/] {escape(line)}")


def housekeeping(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    as_json: AsJson = False,
) -> None:
    """Let go what is older than the settings keep it: snapshots, mails, logs, staging, leftovers. Hashes stay.

    Example: clausewatch housekeeping --dry-run
    """
    from config.settings import load_settings
    from flows.acts.retention import let_go

    gone = let_go(load_settings(), dry=dry_run)
    if as_json:
        print_json([asdict(one) for one in gone], sort=False)
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(("would go:" if dry_run else "went:") if gone else "[green]✓[/] nothing is old")
    for one in gone:
        places = ", ".join(one.where[:5]) + (f" and {len(one.where) - 5} more" if len(one.where) > 5 else "")
        console.print(f"  {one.count:>6,}  {one.what:<32} {one.size / 2**20:>8,.1f} MB  {escape(places)}")


def _only(found: "list[Entry]", person: str) -> "Entry":
    if not found:
        raise WrongUse("nobody is called so", person, "give an id or code, as reports print it")
    if len(found) > 1:
        listed = "; ".join(_called(entry) for entry in found[:20])
        do = "name one by its code, with --source and --entity where that is not enough"
        raise WrongUse(f"{len(found)} are called so: {listed}", person, do)
    return found[0]


def _called(entry: "Entry") -> str:
    """Who is meant, by what stays."""
    code = f" ({entry.code})" if entry.code and entry.code != entry.id else ""
    return f"{entry.source}: {entry.entity} {entry.id}{code}{', erased before' if entry.erased else ''}"


def _show(console: Console, head: str, touched: "Touched") -> None:
    console.print(head)
    for place, count in touched.counts.items():
        console.print(f"  {count:>6,}  {place}")
