"""``crm check``: what one source lets us judge, and the cheapest next thing to connect."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from flows.commands.options import AsJson, Lang, print_json

_MOMENTS = ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="The CRM's side: what a source lets us judge.", no_args_is_help=True)
    group.callback()(_group)
    group.command("check")(check)
    app.add_typer(group, name="crm")


def _group() -> None:
    """The CRM's side: what a source lets us judge."""


def check(
    source: Annotated[
        str, typer.Argument(help="mapping in config/crm/ or its path; default: settings'")
    ] = "",
    period: Annotated[
        str, typer.Option(help="2026-10, 2026-Q4, FROM..TO; default: the last whole month")
    ] = "",
    as_of: Annotated[
        datetime | None, typer.Option(help="instant with a zone; default: the extract's", formats=_MOMENTS)
    ] = None,
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Clause by clause what this source lets us judge, why not the rest, and what to connect next.

    It reads the source once and keeps nothing. Exit 1 when a clause is left without a verdict.

    Example: clausewatch crm check mycrm --period 2026-10
    """
    from audits.errors import WrongUse
    from config.settings import load_settings
    from flows.asking.checking import check_source
    from flows.auditing.progress import each_table
    from reports.coverage import coverage_screen
    from reports.words import language

    if as_of is not None and as_of.tzinfo is None:
        found = f"the instant {as_of.isoformat()} has no zone"
        raise WrongUse(found, "--as-of", "add one: 2026-11-02T02:00+08:00")
    settings = load_settings()
    speech = language(lang or settings.lang)
    with each_table(Console(stderr=True, highlight=False), speech) as watch:
        told = check_source(settings, source, as_of, period, watch)
    if as_json:
        print_json(told)
    else:
        Console(highlight=False).print(coverage_screen(told, speech))
    if not told["covered"]:
        raise typer.Exit(1)
