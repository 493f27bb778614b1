"""``pack``: the reports that are sent by themselves, and sending one now."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.commands.options import AsJson, print_json
from reports.harmless import printable

if TYPE_CHECKING:
    from config.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(
        help="Reports that are sent: what of, to whom, with which files.", no_args_is_help=True
    )
    group.callback()(_group)
    group.command("list")(list_)
    group.command("send")(send)
    app.add_typer(group, name="pack")


def _group() -> None:
    """Reports that are sent: what of, to whom, with which files."""


def list_(
    source: Annotated[str, typer.Option(help="what was sent of this source; default: the settings'")] = "",
    as_json: AsJson = False,
) -> None:
    """Every report of config/reports.yaml, and what was sent of it last, with the server's answers.

    Example: clausewatch pack list
    """
    from config.settings import load_settings
    from flows.reporting.pack_list import reports_listed

    rows = reports_listed(load_settings(), source)
    if as_json:
        print_json(rows)
        return
    table = Table("report", "period", "schedule", "to", "files", "last", box=None, pad_edge=False)
    for row in rows:
        to = ", ".join(one["to"] for one in row["recipients"])
        files = ", ".join(dict.fromkeys(name for one in row["recipients"] for name in one["files"]))
        off = "" if row["enabled"] else " (off)"
        table.add_row(row["report"] + off, row["every"], row["when"], to, files, _last(row["last"]))
    console = Console(highlight=False)
    console.print(table)
    for row in rows:
        if row["fault"]:
            console.print(f"[red]✕[/] {escape(row['fault'])}", soft_wrap=True)


def _last(last: dict[str, Any] | None) -> str:
    """The last entry and how its mails stand, with what the server said to them."""
    if last is None:
        return "never"
    why = f" ({last['note']})" if last["note"] else ""
    counts = Counter(_said(one) for one in last["mails"])
    mails = ", ".join(f"{n} {said}" for said, n in sorted(counts.items()))
    return escape(f"{last['period']} {last['state']}{why}: {mails or 'no mails'}")


def _said(mail: dict[str, Any]) -> str:
    """A mail's state, and the server's answer where one was asked."""
    answer = "" if mail["state"] == "written" else printable(mail["answer"])[:60]
    return f"{mail['state']} ({answer})" if answer else str(mail["state"])


def send(
    name: Annotated[str, typer.Argument(help="name in config/reports.yaml")],
    period: Annotated[
        str,
        typer.Option(
            help="2026-10-05, 2026-W41, 2026-10, 2026-Q4, 2026, FROM..TO; default: the last one over"
        ),
    ] = "",
    snapshot: Annotated[
        Path | None, typer.Option(help="judge this archived snapshot; default: the source's newest")
    ] = None,
    source: Annotated[str, typer.Option(help="mapping in config/crm/ or its path")] = "",
    as_json: AsJson = False,
) -> None:
    """Judge a period from a snapshot, without the CRM, and mail the report to its readers.

    No finding changes and nobody is escalated to. A snapshot is sent once, and what was sent stays as it is;
    other figures of the same period go out as a restatement. Exit 1 when the report is withheld: officer and engineer are told why.

    Example: clausewatch pack send monthly --period 2026-10
    """
    from config.settings import load_settings
    from flows.reporting.pack_sending import send_report

    settings = load_settings()
    told = send_report(settings, name, source=source, period=period, snapshot=snapshot)
    if as_json:
        print_json(told)
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"[green]✓[/] {told['report']} {told['period']}: {escape(_state(told, settings))}; "
        f"{told['population']:,} judged, {told['breached']:,} breached"
    )
    for one in told["readers"]:
        left = f"; left out: {', '.join(one['left_out'])}" if one["left_out"] else ""
        console.print(
            f"  {one['person']} ({one['as']}): {', '.join(one['files']) or 'no files'}{left}", markup=False
        )
    for alarm in told["alarms"]:
        console.print(f"  [yellow]?[/] {escape(alarm)}")
    console.print(f"  {told['new']} mails owed; {told['posted']}", markup=False)
    console.print(f"  {told['folder']}", markup=False)


def _state(told: dict[str, Any], settings: "Settings") -> str:
    """What sending did, in a few words; of what went before, when and to whom."""
    if told["state"] == "restated":
        return f"restated ({told['restated']})"
    if told["state"] == "unchanged":
        return "unchanged: sent before with these figures"
    if told["state"] != "sent before":
        return str(told["state"]) + (", late" if told["late"] else "")
    added = {one["person"] for one in told["readers"]}
    mails = [one for one in told["mails"] if one["to"] not in added]
    at = _local(min((one["at"] for one in mails if one["at"]), default=told["made_at"]), settings)
    gone = [one["to"] for one in mails if one["state"] in ("sent", "written")]
    rest = [f"{one['to']} {one['state']}" for one in mails if one["state"] not in ("sent", "written")]
    text = f"already sent at {at}, to {', '.join(gone)}" if gone else f"already made at {at}"
    text += f"; not sent: {', '.join(rest)}" if rest else ""
    return text + ("; one who was added gets the same" if added else "; nothing changes")


def _local(iso: str, settings: "Settings") -> str:
    """An instant in the calendar's zone."""
    from config.calendars import load_calendar

    zone = load_calendar(settings.calendar, settings.company_calendar).zone_name
    text = datetime.fromisoformat(iso).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %z")
    return f"{text[:-2]}:{text[-2:]}"
