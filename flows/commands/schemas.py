"""``schema``: the published form of a run's JSON files."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command."""
    app.command("schema")(schema)


def schema(name: Annotated[str, typer.Argument(help="results or life")] = "results") -> None:
    """Print the JSON Schema of results.json or life.json, for programs that read them.

    Example: clausewatch schema results > results.schema.json
    """
    from reports.schemas import schema_text

    typer.echo(schema_text(name), nl=False)
