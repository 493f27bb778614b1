"""``sample`` and ``attest``: what people score and say of clauses that no record can judge."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from audits.errors import ClausewatchError, WrongUse
from flows.commands.options import AsJson, Lang, print_json

if TYPE_CHECKING:
    from audits.cards import Wanted
    from config.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Put the verbs on the command."""
    app.command("sample")(sample)
    app.command("attest")(attest)


_Clauses = Annotated[list[str] | None, typer.Argument(help="ids of clauses that people score")]
_Of = Annotated[str, typer.Option(help="interaction or case; default: what the card says")]
_Where = Annotated[
    list[str] | None, typer.Option(help="FIELD=VALUE[,VALUE]; may be given again; default: the card's")
]
_Strata = Annotated[str, typer.Option(help="FIELD,FIELD to spread it by; default: the card's")]
_Period = Annotated[str, typer.Option(help="2026-Q3, 2026-10 ...; default: the snapshot's quarter")]
_Size = Annotated[int | None, typer.Option(min=1, help="how many; default: reading sample_size")]
_Seed = Annotated[str, typer.Option(help="any text; default: one is made and written down")]
_Snapshot = Annotated[
    Path | None, typer.Option(help="a snapshot (for verdicts: a run's folder); default: the newest")
]
_To = Annotated[Path | None, typer.Option(help="folder to write; default: state/samples/ID")]
_Redraw = Annotated[Path | None, typer.Option(help="a plan.json to draw again; exit 1 when it differs")]
_Filled = Annotated[Path | None, typer.Option(help="a filled scorecard, with --plan")]
_Plan = Annotated[Path | None, typer.Option(help="the plan.json of that scorecard")]
_Target = Annotated[str, typer.Option(help="per cent to be shown by the scores")]
_Source = Annotated[str, typer.Option(help="mapping whose registers take the scores; default: the plan's")]
_Auditor = Annotated[int | None, typer.Option(min=1, help="draw so many of all verdicts for an auditor")]


def sample(  # noqa: PLR0913, PLR0917 - each is an option of the command
    clauses: _Clauses = None,
    of: _Of = "",
    where: _Where = None,
    strata: _Strata = "",
    period: _Period = "",
    size: _Size = None,
    seed: _Seed = "",
    snapshot: _Snapshot = None,
    to: _To = None,
    redraw: _Redraw = None,
    read: _Filled = None,
    plan: _Plan = None,
    target: _Target = "95",
    source: _Source = "",
    for_auditor: _Auditor = None,
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Draw contacts for people to score, read the filled scorecard back, or draw verdicts for an auditor.

    Example: clausewatch sample ECS-1.2-PHONE-OPENING --where channel=phone --period 2026-Q3

    Example: clausewatch sample --read scorecard.xlsx --plan plan.json

    Example: clausewatch sample --redraw plan.json --snapshot out/demo-2026-10/snapshot

    Example: clausewatch sample --for-auditor 25 --seed audit-2026
    """
    from config.settings import load_settings
    from flows.acts.sampling import Wish, draw_contacts
    from flows.acts.sampling_verdicts import draw_verdicts

    settings = load_settings()
    shown = _language(lang or settings.lang)
    _one_of({"--redraw": redraw, "--read": read, "--for-auditor": for_auditor, "clauses": clauses or None})
    by = _fields(strata)
    if redraw is not None:
        _redraw(settings, redraw, snapshot, shown, as_json=as_json)
    elif read is not None:
        _read(settings, (read, plan), target, source, shown, as_json=as_json)
    elif for_auditor is not None:
        told = draw_verdicts(settings, for_auditor, seed=seed, strata=by, place=snapshot, to=to, lang=shown)
        _drawn(told, shown, as_json=as_json)
    else:
        found = _filter(where or [])
        wish = Wish(tuple(clauses or ()), of, found, by, period, size or 0, seed, snapshot, to, shown)
        _drawn(draw_contacts(settings, wish), shown, as_json=as_json)


def _language(lang: str) -> str:
    if lang not in {"zh", "en"}:
        raise WrongUse(f"no scorecard is written in {lang!r}", "--lang", "choose zh or en")
    return lang


def _one_of(modes: dict[str, object]) -> None:
    """One thing is asked, and no other with it."""
    asked = [name for name, value in modes.items() if value is not None]
    if len(asked) != 1:
        found = f"{' and '.join(asked)} do not go together" if asked else "nothing was asked"
        raise WrongUse(found, "clausewatch sample", "name clauses, or one of --read, --redraw, --for-auditor")


def _drawn(told: dict[str, Any], lang: str, *, as_json: bool) -> None:
    from reports.sampling import drawn_page

    if not _tell(told, as_json):
        Console(highlight=False, soft_wrap=True).print(drawn_page(told, lang))


def _redraw(settings: "Settings", plan: Path, place: Path | None, lang: str, *, as_json: bool) -> None:
    from flows.acts.sampling import redraw
    from reports.sampling import redrawn_page

    told = redraw(settings, plan, place)
    if not _tell(told, as_json):
        Console(highlight=False).print(redrawn_page(told, lang))
    if not told["same"]:
        raise typer.Exit(1)


def _read(
    settings: "Settings",
    files: tuple[Path, Path | None],
    target: str,
    source: str,
    lang: str,
    *,
    as_json: bool,
) -> None:
    from flows.acts.sampling import read_filled, target_of
    from reports.sampling import read_page

    filled, plan = files
    if plan is None:
        raise WrongUse(
            "a scorecard is read against its plan", "--plan", "give the plan.json written beside it"
        )
    told = read_filled(settings, filled, plan, target_of(target), source)
    why_not: ClausewatchError | None = told.pop("why_not")
    if not _tell(told, as_json):
        Console(highlight=False, soft_wrap=True).print(read_page(told, lang))
    if why_not is not None:
        raise why_not
    if not told["whole"]:
        raise typer.Exit(1)


def attest(
    clause: Annotated[str, typer.Argument(help="id of the clause")],
    by: Annotated[str, typer.Option(help="who says so: staff number, key or name")],
    verdict: Annotated[str, typer.Option(help="met, breached or not_applicable")],
    period: Annotated[str, typer.Option(help="what time it speaks of: 2026, 2026-Q3, 2026-10 ...")],
    evidence: Annotated[str, typer.Option(help="number of the document it rests on")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day it holds; default: the reading")
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day on which it was said; default: now")
    ] = None,
    source: Annotated[str, typer.Option(help="mapping whose registers take it")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Record what somebody says of a clause that no record can judge; a later word goes before it.

    Example: clausewatch attest ECS-2.4-DELIVERABLE-HANDBOOK --by E1028 --verdict met --period 2026 --evidence D-17
    """
    from config.clock import now
    from config.settings import load_settings
    from flows.acts.attesting import Said
    from flows.acts.attesting import attest as record
    from reports.sampling import attested_page

    settings = load_settings()
    days = (until.date() if until else None, on.date() if on else None)
    told = record(settings, Said(clause, by, verdict, period, evidence, *days, source), now())
    if not _tell(told, as_json):
        Console(highlight=False, soft_wrap=True).print(attested_page(told, lang or settings.lang))


def _fields(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _filter(given: list[str]) -> "dict[str, Wanted]":
    """``channel=phone,chat`` as a filter."""
    found: dict[str, Wanted] = {}
    for text in given:
        name, equals, values = text.partition("=")
        wanted = _fields(values)
        if not equals or not name.strip() or not wanted:
            raise WrongUse(f"{text!r} is no condition", "--where", "write FIELD=VALUE, e.g. channel=phone")
        if name.strip() in found:
            raise WrongUse(f"{name.strip()} is asked twice", "--where", "write FIELD=VALUE,VALUE")
        found[name.strip()] = wanted
    return found


def _tell(told: Any, as_json: bool) -> bool:
    """Write it for programs, where they asked; whether they did."""
    if as_json:
        print_json(told)
    return as_json
