"""``standards``: which there are, how they bind, what each card says, which clauses have none, a page of each."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from flows.commands.options import AsJson, Lang, print_json


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    group = typer.Typer(help="The standards: list them, show a card, see that every clause has one.")
    group.command("list")(list_them)
    group.command("show")(show_one)
    group.command("coverage")(coverage)
    group.command("pages")(pages)
    app.add_typer(group, name="standards")


def list_them(lang: Lang = "", as_json: AsJson = False) -> None:
    """Every standard: edition, whether it binds or is measured only, how many cards it has and how many are on.

    Example: clausewatch standards list
    """
    from config.settings import load_settings
    from flows.asking.covering import standards_known
    from reports.standards import standards_table

    settings = load_settings()
    rows = standards_known(settings)
    if not _tell(rows, as_json):
        Console(highlight=False).print(standards_table(rows, lang or settings.lang))


def show_one(
    clause: Annotated[str, typer.Argument(help="id of the clause")], lang: Lang = "", as_json: AsJson = False
) -> None:
    """One card: its place, how it is judged, and what it rests on.

    Example: clausewatch standards show ECS-2.4-SURVEY-3WD
    """
    from config.settings import load_settings
    from flows.asking.covering import card_shown
    from reports.standards import card_page

    settings = load_settings()
    told = card_shown(settings, clause)
    if not _tell(told, as_json):
        Console(highlight=False).print(card_page(told, lang or settings.lang))


def coverage(
    source: Annotated[str, typer.Option(help="mapping in config/crm/: what it lets us judge")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Every clause by standard and section with its state; exit 1 when one has no card.

    Example: clausewatch standards coverage --source demo
    """
    from config.settings import load_settings
    from flows.asking.covering import coverage_of
    from reports.standards import coverage_page

    settings = load_settings()
    told = coverage_of(settings, source)
    if not _tell(told, as_json):
        Console(highlight=False).print(coverage_page(told, lang or settings.lang))
    if told["missing"]:
        raise typer.Exit(1)


def pages(
    to: Annotated[Path, typer.Option("--to", help="folder to write into; made if it is not there")],
    clauses: Annotated[list[str] | None, typer.Argument(help="only these clauses; default: all")] = None,
    lang: Annotated[str, typer.Option(help="zh or en; default: both")] = "",
) -> None:
    """A page of Markdown for each clause: what it asks, how it is judged, its edges, and how to clear it.

    Example: clausewatch standards pages --to docs/clauses
    """
    from config.settings import load_settings
    from flows.asking.clause_docs import write_clause_pages

    n = write_clause_pages(load_settings(), to, lang, clauses or ())
    typer.echo(f"{n} pages in {to}")


def _tell(told: Any, as_json: bool) -> bool:
    """Write it for programs, where they asked; whether they did."""
    if as_json:
        print_json(told)
    return as_json
