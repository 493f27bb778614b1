"""``calendar show`` and ``calendar import``: the state's working days, and next year's when they are published."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows.commands.options import AsJson, print_json


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="Working days: the state's, with the house's own on top.", no_args_is_help=True)
    group.command("show")(show)
    group.command("import")(import_)
    app.add_typer(group, name="calendar")


def show(
    span: Annotated[str, typer.Argument(help="2026, 2026-10 or FROM..TO")],
    as_json: AsJson = False,
) -> None:
    """Each day that is not an ordinary one, and the sums.

    Example: clausewatch calendar show 2026-10
    """
    from config.calendars import describe, load_calendar, summary
    from config.calendars.show import KINDS
    from config.settings import load_settings

    settings = load_settings()
    calendar = load_calendar(settings.calendar, settings.company_calendar)
    rows = describe(calendar, span)
    total = summary(rows)
    if as_json:
        days = [{"date": r.day.isoformat(), "kind": r.kind.value, "working": r.working} for r in rows]
        print_json({"days": days, "sums": total._asdict()}, sort=False)
        return
    table = Table("day", "number", "what", "name", box=None, pad_edge=False)
    for row in rows:
        if row.kind.value in {"working", "weekend"} and len(rows) > 62:
            continue
        name = row.name.in_(settings.lang) if row.name else ""
        number = "" if row.number is None else str(row.number)
        table.add_row(f"{row.day.isoformat()} {row.day:%a}", number, KINDS[row.kind].in_(settings.lang), name)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{calendar.id} {calendar.version}, known through {calendar.known_through}: "
        f"{total.working} working days, {total.free} free, {total.make_up} make-up, {total.unknown} unknown"
    )


def import_(
    rows: Annotated[Path, typer.Argument(help="CSV or YAML: date, name, off or work")],
    year: Annotated[int, typer.Option(help="the year the notice is for")],
    replace: Annotated[bool, typer.Option(help="replace a year that is known already")] = False,
) -> None:
    """Take a year's holidays and make-up days into the calendar, as a new version of its file.

    Example: clausewatch calendar import 2027.csv --year 2027
    """
    from config.calendars import import_year
    from config.settings import load_settings

    done = import_year(rows, year, load_settings().calendar, replace=replace)
    Console(highlight=False).print(
        f"[green]✓[/] {year}: {done.days_off} days off, {done.working_days} made up for; "
        f"known through {done.calendar.known_through}"
    )
