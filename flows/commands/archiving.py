"""``report`` and ``verify``: a kept report written again, and the proof that reports and trail stand."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from audits.errors import WrongUse
from flows.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.past.archive_rebuild import Rebuilt

_MOMENTS: Final = ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]
_SCRIPT: Final = "verify_report.py"


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("report")(report)
    app.command("verify")(verify)


def report(
    period: Annotated[
        str, typer.Option(help="of a kept report: 2026-10, 2026-Q4, 2026-10-05, FROM..TO")
    ] = "",
    source: Annotated[str, typer.Option(help="its source, where several have one")] = "",
    to: Annotated[Path | None, typer.Option(help="leave the files here; default: only compare")] = None,
    lang: Annotated[str, typer.Option(help="zh or en; default: the report's own")] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(help="the newest judged not later; default: the newest", formats=_MOMENTS),
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="only write the pages over all reports anew")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Write a kept report again, byte for byte, from its snapshot; ask no CRM, change no finding, mail nobody.

    Exit 1 where a file differs from what the report was sealed with; names that were erased are no difference.

    Example: clausewatch report --period 2026-10 --to again
    """
    from config.settings import load_settings

    settings = load_settings()
    if index:
        return _index(settings, as_json=as_json)
    if not period:
        raise WrongUse(
            "no period was named", "--period", "write --period 2026-10, or --index for the pages alone"
        )
    from flows.past.archive import choose
    from flows.past.archive_rebuild import rebuild, said

    rebuilt = rebuild(settings, choose(settings.out, period, source, as_of), to, lang)
    if as_json:
        print_json(said(rebuilt), sort=False)
    else:
        _show(rebuilt, said(rebuilt), to)
    return 0 if rebuilt.holds else 1


def _show(rebuilt: "Rebuilt", told: dict[str, Any], to: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for name, state in told["other"].items():
        if state in ("differs", "missing"):
            console.print(f"[red]✗[/] {name} {'is missing' if state == 'missing' else 'differs'}")
    by_state: dict[str, list[str]] = {}
    for name, state in told["other"].items():
        by_state.setdefault(state, []).append(name)
    excuses = {
        "names": f"codes stand for {told['names_erased']} erased names; every figure is the same",
        "gone": "mails that were erased, or whose time was over",
        "language": "kept in the other language alone, so not compared",
    }
    for state, why in excuses.items():
        if state in by_state:
            console.print(f"[yellow]?[/] {', '.join(by_state[state])}: {why}")
    if rebuilt.engine:
        console.print(
            f"[yellow]?[/] written by Clausewatch {rebuilt.engine}; another version may print otherwise"
        )
    if not rebuilt.holds:
        console.print(f"[yellow]?[/] {_why(rebuilt)}")
    same, every = told["counts"].get("identical", 0), told["files"]
    said = f"identical, {every} files" if same == every else f"{same} of {every} files identical"
    mark = "[green]✓[/]" if rebuilt.holds else "[red]✗[/]"
    console.print(f"{mark} {said}: {rebuilt.kept.folder}, as of {told['as_of']}")
    if to is not None:
        console.print(f"  written again in {to}")


def _why(rebuilt: "Rebuilt") -> str:
    """What could make a file come out otherwise: what it is made with is other, or somebody changed something."""
    if rebuilt.changed is None:
        return "its manifest is of an earlier version, which noted not what it was made with"
    if not rebuilt.changed:
        return (
            f"made with the same program, words and libraries: see `clausewatch verify {rebuilt.kept.folder}`"
        )
    sides = (f"{one.what} {one.then or 'none'} → {one.now or 'none'}" for one in rebuilt.changed)
    return f"changed since it was written: {', '.join(sides)}"


def _index(settings: "Settings", *, as_json: bool) -> int:
    from flows.past.archive_index import refresh

    pages = refresh(settings)
    if as_json:
        print_json([str(path) for path in pages], sort=False)
    else:
        Console(highlight=False, soft_wrap=True).print(f"[green]✓[/] {', '.join(map(str, pages))}")
    return 0


def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="folder of one report; default: the trail of the store")
    ] = None,
    source: Annotated[str, typer.Option(help="of the trail; default: every source of the store")] = "",
    head: Annotated[
        list[str] | None, typer.Option(help="BATCH:HASH as a report prints it; more than one may be given")
    ] = None,
    script: Annotated[
        bool,
        typer.Option("--script", help="print the check of a folder as a script that needs only Python 3.9"),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Prove a report's folder, or the trail: nothing was changed, removed, added or cut off. Exit 1 where it was.

    A folder: the sum of every file, the closing sums, the seal in page, print and sheet, the snapshot, and the
    head of the trail that it prints. The trail: each batch, and the heads that reports under out/ print.

    Example: clausewatch verify out/demo-2026-10-20261101T180000Z
    """
    if script:
        typer.echo(script_text(), nl=False)
        return 0
    if folder is not None:
        if source or head:
            raise WrongUse("a folder names its own source and head", "--source, --head", "leave them out")
        return _verify_folder(folder, as_json=as_json)
    return _verify_trail(source, tuple(head or ()), as_json=as_json)


def script_text() -> str:
    """The check of a folder, as it stands alone."""
    from importlib.resources import files

    return (files("reports.archive") / _SCRIPT).read_text("utf-8")


def _verify_folder(folder: Path, *, as_json: bool) -> int:
    from config.settings import load_settings
    from flows.past.proving import prove_report
    from reports.archive.verify_report import as_json as in_json
    from reports.archive.verify_report import words

    proof = prove_report(load_settings(), folder)
    typer.echo(in_json(folder, proof) if as_json else "\n".join(words(folder, proof)))
    return 1 if proof.faults else 0


def _verify_trail(source: str, heads: tuple[str, ...], *, as_json: bool) -> int:
    from config.settings import load_settings
    from flows.past.proving import prove_trails

    proved = prove_trails(load_settings(), source, heads)
    faults = [fault for one in proved for fault in one["faults"]]
    if as_json:
        print_json(proved, sort=False)
        return 1 if faults else 0
    console = Console(highlight=False, soft_wrap=True)
    for one in proved:
        said = f"{one['source']}: {one['batches']} batches, head {one['batches']}:{one['head'][:16]}"
        console.print(
            f"[red]✗[/] {said}" if one["faults"] else f"[green]✓[/] {said}, {one['printed']} printed heads"
        )
        for fault in one["faults"]:
            console.print(f"  [red]{fault['what']}[/] {fault['said']}")
    return 1 if faults else 0
