"""``explain``: why a verdict is what it is."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.commands.options import AsJson, Lang, print_json


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("explain")(explain)


def explain(
    record: Annotated[str, typer.Argument(help="a case or acceptance number, a CRM id, or a finding id")],
    snapshot: Annotated[
        Path | None, typer.Option(help="snapshot to look into; default: the newest run's")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="instant with a zone; default: the snapshot's",
            formats=["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"],
        ),
    ] = None,
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Every clause on one record, met ones too: evidence, hours counted and not, due instant, verdict.

    Example: clausewatch explain T-20261009-0417
    """
    from config.settings import load_settings
    from flows.asking.explaining import explain_record
    from reports.explain import explanation

    settings = load_settings()
    told = explain_record(settings, record, snapshot, as_of)
    if as_json:
        print_json(told)
        return
    Console(highlight=False).print(explanation(told, lang or settings.lang))
