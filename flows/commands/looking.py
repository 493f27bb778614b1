"""``explain`` and ``readings``: why a verdict is what it is, and which points are open."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("explain")(explain)
    app.command("readings")(readings)


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
    lang: Annotated[str, typer.Option(help="zh or en; default: the settings'")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Every clause on one record, met ones too: evidence, hours counted and not, due instant, verdict.

    Example: clausewatch explain T-20261009-0417
    """
    from config.settings import load_settings
    from flows.explaining import explain_record
    from reports.explain import explanation

    settings = load_settings()
    told = explain_record(settings, record, snapshot, as_of)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True))
        return
    Console(highlight=False).print(explanation(told, lang or settings.lang))


def readings(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """Open points of the texts: question, options, the one in use, and who signed it.

    Example: clausewatch readings
    """
    from config.rules import load_readings
    from config.settings import load_settings

    settings = load_settings()
    known = load_readings(settings.rules / "readings")
    if as_json:
        rows = [
            {
                "id": r.id,
                "question": r.question._asdict(),
                "default": r.default,
                "signed": [s.option for s in r.signatures],
            }
            for r in known.values()
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("reading", "question", "in use", "signed", box=None, pad_edge=False)
    for reading in known.values():
        newest = max(reading.signatures, key=lambda s: s.from_, default=None)
        option = reading.option(newest.option if newest else reading.default)
        signed = f"{newest.by} {newest.on}" if newest else "[yellow]? unsigned[/]"
        table.add_row(reading.id, reading.question.in_(settings.lang), option.text.in_(settings.lang), signed)
    Console(highlight=False).print(table)
