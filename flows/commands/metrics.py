"""``metrics``: the figures that Prometheus asks for."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Put the verb on the command."""
    app.command("metrics")(metrics)


def metrics(
    serve: Annotated[
        int, typer.Option(help="serve them on this port of loopback until stopped", min=0, max=65535)
    ] = 0,
) -> None:
    """Figures for Prometheus: how fresh the data are, verdicts, gaps, delays, mails, calendar, schedules.

    `clausewatch up` serves them by itself where `metrics_port` is set.

    Example: clausewatch metrics | grep extract_age
    """
    from config.settings import load_settings
    from flows.serving.metrics import exposition, serving

    settings = load_settings()
    if not serve:
        typer.echo(exposition(settings), nl=False)
        return
    with serving(settings, serve) as thread:
        typer.echo(f"http://127.0.0.1:{serve}/metrics")
        thread.join()
