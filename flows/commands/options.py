"""What many commands have in common: options of one name and meaning, and how they speak to programs."""

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]
Lang = Annotated[str, typer.Option(help="zh or en; default: the settings'")]


def print_json(told: object, *, sort: bool = True) -> None:
    """Print plain data as JSON."""
    typer.echo(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=sort))
