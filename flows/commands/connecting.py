"""``init``: a first mapping for a CRM, proposed from its schema."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from tasks.crm.proposing import Proposal


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command."""
    app.command("init")(init)


def init(
    place: Annotated[
        str,
        typer.Argument(
            metavar="URL|VARIABLE|FOLDER",
            help="the CRM's database, an environment variable that holds its URL, or a folder of exports",
        ),
    ],
    name: Annotated[str, typer.Option(help="what the source is to be called; default: from the place")] = "",
    out: Annotated[Path | None, typer.Option(help="the file to write; default: config/crm/NAME.yaml")] = None,
    force: Annotated[bool, typer.Option("--force", help="write over a file that is there")] = False,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="propose from the tables even where the product is known")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a CRM's schema, read-only, and write a first mapping to check and finish.

    It reads names of tables and columns, counts, and the values of columns that hold codes; no other data.

    Example: clausewatch init postgresql://reader@crm.example.com/helpdesk --name acme
    """
    from audits.errors import WrongUse
    from tasks.crm.proposing import propose, propose_folder
    from tasks.crm.proposing.files import name_for, path_for, refuse_to_overwrite, write

    folder = Path(os.environ.get(place, place))
    url, suggested = (None, folder.resolve().name) if folder.is_dir() else _address(place)
    called = name or name_for(suggested)
    if called != name_for(called):
        do = f"lower-case letters, digits, _ and -, such as {name_for(called)}"
        raise WrongUse(f"`{called}` is no name of a source", "--name", do)
    path = out or path_for(called)
    refuse_to_overwrite(path, force=force)
    variable = place if place in os.environ else ""
    console = Console(stderr=True, highlight=False)
    with console.status("reading the schema") as status:
        proposal = (
            propose_folder(folder, called)
            if url is None
            else propose(
                url,
                called,
                variable=variable,
                from_scratch=from_scratch,
                progress=lambda said: status.update(escape(said)),
            )
        )
    write(proposal.text, path, dict(os.environ))
    _tell(proposal, path, as_json=as_json)


def _address(place: str) -> "tuple[URL, str]":
    """The database meant, and a name for it."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from audits.errors import WrongUse
    from tasks.crm.sources import readable

    given = os.environ.get(place, place)
    path = Path(given)
    if "://" not in given and path.is_file():
        given = f"sqlite:///{path}"
    do = "write postgresql://, mysql://, mariadb:// or sqlite:///path, or a SQLite file or folder of exports"
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        shown = place if "://" not in place else "the URL"
        raise WrongUse(f"{shown} is no address of a database", "", do) from None
    if not readable(url):
        raise WrongUse(f"`{url.get_backend_name()}` is no database we can read", "", do)
    return url, Path(url.database or "crm").stem


def _tell(proposal: "Proposal", path: Path, *, as_json: bool) -> None:
    """What was written, and what to do next."""
    if as_json:
        told = {"file": str(path), "product": proposal.product, "tables": proposal.tables}
        print_json(told | {"open_values": proposal.open_values}, sort=False)
        return
    from tasks.crm.proposing.files import path_for

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[green]✓[/] {escape(str(path))}")
    if proposal.product:
        console.print(
            f"  a copy of the mapping shipped for [bold]{proposal.product}[/], which the tables are of"
        )
    for entity, table in proposal.tables.items():
        console.print(f"  {entity:<12} {table}", markup=False)
    console.print(f"  {proposal.open_values} values wait for their meaning (`?` in the file)\n")
    source = path.stem if path == path_for(path.stem) and path.parent.name else path
    steps = [f"check the file: zone, stamps, and every `?`; then `source: {source}` in clausewatch.yaml"]
    if proposal.variable and proposal.variable not in os.environ and "default:" not in _line(proposal):
        steps.insert(0, f"export {proposal.variable}='the URL you gave'   # the file holds no secret")
    steps += [
        "clausewatch doctor   # may the role only read?",
        f"clausewatch crm check {source}   # what each clause has",
        "clausewatch audit   # in preview: nobody is mailed",
    ]
    for number, step in enumerate(steps, 1):
        console.print(f"  {number}. {step}", markup=False)


def _line(proposal: "Proposal") -> str:
    return next((line for line in proposal.text.splitlines() if proposal.variable in line), "")
