"""``ack``, ``waive``, ``dispute`` and ``acts``: what people do to matters."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from flows.acts.acting import Desk

_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z"]
Source = Annotated[str, typer.Option(help="default: the settings'")]
By = Annotated[str, typer.Option(help="who: staff number")]
At = Annotated[
    datetime | None,
    typer.Option(help="when it was done, if it is entered later; default: now", formats=_DAYS),
]
End = Annotated[str, typer.Option(help="number of an earlier one that ends now (see `clausewatch acts`)")]


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("ack")(ack)
    app.command("waive")(waive)
    app.command("dispute")(dispute)
    app.command("acts")(acts)


def ack(
    finding: Annotated[
        str, typer.Argument(help="id from the report (six characters do), or a record's number")
    ] = "",
    by: By = "",
    note: Annotated[str, typer.Option(help="what is being done")] = "",
    until: Annotated[
        datetime | None, typer.Option(help="promised to be over by; then it lapses", formats=_DAYS)
    ] = None,
    write: Annotated[Path | None, typer.Option("--list", help="write open matters to this workbook")] = None,
    read: Annotated[Path | None, typer.Option("--read", help="enter what was filled in it")] = None,
    source: Source = "",
    at: At = None,
) -> None:
    """Acknowledge an open matter: somebody has it. Repeats stop; a day that was promised and passes reopens it.

    Example: clausewatch ack 3f2a9c1b --by E1008 --note "part ordered" --until 2026-11-05
    """
    with _desk(source, at) as desk:
        if write is not None:
            _write_list(desk, write)
        elif read is not None:
            _read_list(desk, read)
        elif finding:
            _done(desk, [desk.acknowledge(finding, by, note, until)])
        else:
            raise WrongUse("nothing was named", "ack", "name a finding, or --list FILE, or --read FILE")


def waive(  # noqa: PLR0913, PLR0917 - one parameter an option
    finding: Annotated[str, typer.Argument(help="id from the report; none: a scope")] = "",
    clause: Annotated[str, typer.Option(help="of a scope: its clause")] = "",
    customer: Annotated[str, typer.Option(help="... for this customer, by number")] = "",
    team: Annotated[str, typer.Option(help="... for this team, by number")] = "",
    record: Annotated[str, typer.Option(help="... for this record, by its CRM id")] = "",
    why: Annotated[str, typer.Option(help="the reason, for the auditor who asks in two years")] = "",
    by: By = "",
    approved_by: Annotated[str, typer.Option(help="who approved it: somebody else")] = "",
    from_: Annotated[
        datetime | None, typer.Option("--from", help="holds from; default: now", formats=_DAYS)
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help="holds until, to the minute; a day alone: to its end", formats=_DAYS),
    ] = None,
    evidence: Annotated[str, typer.Option(help="what proves it: a document's number or path")] = "",
    end: End = "",
    source: Source = "",
    at: At = None,
) -> None:
    """Waive a finding, or a clause for one customer, team or record, for a time. The check still runs.

    Example: clausewatch waive 3f2a9c1b --by E1007 --approved-by E1003 --until 2026-11-30
    --why "customer closed for works" --evidence letter-118
    """
    from flows.acts.acting import Scope

    with _desk(source, at) as desk:
        if end:
            _done(desk, [desk.end(end, by, why)])
            return
        if until is None:
            raise WrongUse("a waiver needs an end", "--until", "write --until 2026-11-30, or with T18:00")
        order = desk.waive(
            finding, Scope(clause, customer, team, record), by=by, approved_by=approved_by, why=why,
            evidence=evidence, begins=from_, until=until,
        )  # fmt: skip
        _done(desk, [order])


def dispute(
    finding: Annotated[str, typer.Argument(help="id from the report")] = "",
    why: Annotated[str, typer.Option(help="what is wrong with it")] = "",
    by: By = "",
    end: End = "",
    source: Source = "",
    at: At = None,
) -> None:
    """Dispute a finding: it is told to nobody meanwhile, and reports count it both ways.

    Example: clausewatch dispute 3f2a9c1b --by E1012 --why "the answer was by phone, call 8841"
    """
    with _desk(source, at) as desk:
        _done(desk, [desk.end(end, by, why) if end else desk.dispute(finding, by, why)])


def acts(source: Source = "", as_json: AsJson = False) -> None:
    """Every act on record: who did what, when it counts from, when it was entered, and why.

    Example: clausewatch acts --source demo
    """
    from reports.harmless import printable

    with _desk(source, None) as desk:
        rows = _told(desk)
    if as_json:
        print_json(rows, sort=False)
        return
    table = Table("number", "act", "about", "by", "approved", "at", "until", "why", box=None, pad_edge=False)
    for row in rows:
        shown = (row[name] for name in ("kind", "about", "by", "approved_by", "at", "until", "why"))
        table.add_row(row["act"], *(Text(printable(text or "")) for text in shown))
    Console(highlight=False, width=140).print(table)


def _desk(source: str, at: datetime | None) -> "Desk":
    from config.settings import load_settings
    from flows.acts.acting import Desk

    return Desk(load_settings(), source, at)


def _done(desk: "Desk", orders: "list[Any]") -> None:
    ids = desk.write(orders)
    console = Console(highlight=False, soft_wrap=True)
    for name, order in zip(ids, orders, strict=True):
        about = order.act.finding[:8] or " ".join(filter(None, (order.act.clause, order.act.customer_id)))
        console.print(
            f"[green]✓[/] {order.act.kind} {about}: number {name}; it counts from the next audit on"
        )


def _write_list(desk: "Desk", path: Path) -> None:
    from flows.auditing.officer import open_matters
    from tasks.store.act_list import write_list

    matters = open_matters(desk)
    write_list(path, matters, desk.settings.lang)
    Console(highlight=False, soft_wrap=True).print(f"[green]✓[/] {path}: {len(matters)} open matters")


def _read_list(desk: "Desk", path: Path) -> None:
    from flows.auditing.officer import orders_of
    from tasks.store.act_list import read_list

    orders = orders_of(desk, read_list(path), path)
    if not orders:
        raise WrongUse("nothing is filled in the list", str(path), "fill act and by in the lines you mean")
    _done(desk, orders)


def _told(desk: "Desk") -> list[dict[str, str]]:
    from flows.auditing.officer import acts_on_record

    return acts_on_record(desk)
