"""``demo`` and ``audit``: running audits."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.auditing.request import AuditRequest

_MOMENTS = [
    "%Y-%m-%dT%H:%M%z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
]


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("demo")(demo)
    app.command("audit")(audit)


def demo(as_json: AsJson = False, lang: Annotated[str, typer.Option(help="zh or en")] = "") -> None:
    """Build a demo CRM with two kinds of registers and run the nightly audit on it; nothing to set up.

    Example: clausewatch demo
    """
    from config.settings import load_settings
    from flows import demo as demonstration
    from flows.auditing.request import request_of
    from flows.serving import environment

    settings = load_settings()
    environment.prepare(settings.state)
    request_of(lang=lang)
    request = demonstration.prepare(settings, lang)
    _run(settings, request, as_json=as_json, fail_on="")


def audit(  # each is an option of the command
    source: Annotated[str, typer.Option(help="mapping in config/crm/ or its path")] = "",
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q4, 2026-10-05, FROM..TO")] = "",
    as_of: Annotated[datetime | None, typer.Option(help="instant with a zone", formats=_MOMENTS)] = None,
    snapshot: Annotated[Path | None, typer.Option(help="judge this snapshot again, without the CRM")] = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "",
    standard: Annotated[
        list[str] | None, typer.Option(help="judge by this standard alone; may be given again")
    ] = None,
    fail_on: Annotated[str, typer.Option(help="exit 1 when there are findings: breached, no_data")] = "",
    diff: Annotated[
        bool,
        typer.Option("--diff", help="with --snapshot: only say what is other than reported; changes nothing"),
    ] = False,
    rules: Annotated[
        str, typer.Option(help="of --diff: archived (in the snapshot), or current")
    ] = "archived",
    as_json: AsJson = False,
) -> None:
    """Audit one source over one period; report, notices and snapshot are left under out/.

    With --diff nothing is left: exit 1 when a verdict is other than reported.

    Example: clausewatch audit --period 2026-10 --as-of 2026-11-02T02:00+08:00
    """
    if diff:
        _diff(snapshot, rules, as_json=as_json)
        return
    from config.settings import load_settings
    from flows.auditing.request import request_of
    from flows.serving import environment

    if as_of is not None and as_of.tzinfo is None:
        raise WrongUse(
            f"the instant {as_of.isoformat()} has no zone", "--as-of", "add one: 2026-11-02T02:00+08:00"
        )
    if fail_on not in {"", "breached", "no_data"}:
        raise WrongUse(f"--fail-on knows no {fail_on!r}", "--fail-on", "write breached or no_data")
    settings = load_settings()
    environment.prepare(settings.state)
    request = request_of(
        source=source, period=period, as_of=as_of, snapshot=snapshot, lang=lang, standards=standard or ()
    )
    _run(settings, request, as_json=as_json, fail_on=fail_on)


def _diff(snapshot: Path | None, rules: str, *, as_json: bool) -> None:
    from config.settings import load_settings
    from flows.past.replay import replay
    from reports.replayed import replayed

    if snapshot is None:
        raise WrongUse("there is nothing to compare", "--diff", "name an archived run: --snapshot out/RUN")
    if rules not in {"archived", "current"}:
        raise WrongUse(f"--rules knows no {rules!r}", "--rules", "write archived or current")
    told = replay(snapshot, load_settings(), current_rules=rules == "current")
    if as_json:
        print_json(told)
    else:
        Console(highlight=False).print(replayed(told))
    if not told["same"]:
        raise typer.Exit(1)


def _run(settings: "Settings", request: "AuditRequest", *, as_json: bool, fail_on: str) -> None:
    from flows.auditing.progress import each_step
    from flows.auditing.run import AuditRun
    from flows.serving import environment
    from reports.terminal import run_summary

    AuditRun(request, settings, dict(os.environ)).prove()  # said at once, before a server starts
    environment.quiet()
    from flows.nightly_audit import audit_now  # Prefect takes seconds to import; only runs pay for it

    console = Console(stderr=as_json, highlight=False)
    with each_step(console) as watch:
        told = audit_now(request, watch)
    if as_json:
        print_json(told)
    else:
        console.print(run_summary(told, request.lang or settings.lang))
    if fail_on and told["totals"].get(fail_on, 0):
        raise typer.Exit(1)
