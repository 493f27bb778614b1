"""The pages over all reports: made anew from folders and store, whole or not at all, by whoever ends a run."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from audits.errors import ClausewatchError
from audits.saying import iso
from config.rulebook import choices
from config.settings import Settings
from flows.auditing.keeping import alone_in
from flows.auditing.run import AuditRun
from flows.past.archive import MANIFEST, Kept, kept
from flows.past.archive_packs import lines_of, packs_told
from reports.archive.packs import Packed
from reports.archive.pages import Line, pages
from reports.archive.verify_report import sha_of
from tasks.store.packs import PackRow

#: Where a run that left no report is noted, below the folder of runs.
FAILED: Final = "failed"
_SCHEMA: Final = 1
#: What the pages say of a report's results.
_SHOWN: Final = ("as_of", "audits", "period", "source", "source_title", "standards")
#: How ``life.json`` spells it; reading every one whole would take as long as all the rest.
_RECONSTRUCTED: Final = b'\n "reconstructed": true'
#: Errors that keep a report back though everything was judged: its books do not close.
_WITHHELD: Final = frozenset({"BooksDoNotClose"})


def refresh(settings: Settings) -> list[Path]:
    """Write ``index.html`` and a page a year; what they say is what lies in the folder at this moment.

    What became of reports that are sent the store says; where it cannot be read, the pages say so. Two runs
    that end at once take turns, so that the later one sees the report of both.
    """
    with alone_in(settings.out):
        told: list[tuple[PackRow, Packed]] | None = None
        with suppress(ClausewatchError):
            told = packs_told(settings)
        made = pages(_lines(settings.out, told or []), settings.lang, unknown=told is None)
        return [_put(settings.out / name, content) for name, content in made.items()]


def note_failure(run: AuditRun, error: Exception) -> None:
    """Note a run that left no report, so that the pages list it; a full disk is told elsewhere."""
    with suppress(OSError):  # what failed first matters more
        _note(run, error)
        refresh(run.settings)


def _note(run: AuditRun, error: Exception) -> None:
    told = (
        error if isinstance(error, ClausewatchError) else ClausewatchError(f"{type(error).__name__}: {error}")
    )
    source = run.facts.source if run.facts else run.mapping.file.source if run.mapping else run.request.source
    said = {
        "schema": _SCHEMA,
        "source": source or run.settings.source,
        "period": run.period.key if run.period else run.request.period,
        "at": run.started_at.isoformat(),
        "folder": run.folder.name,
        "step": run.step,
        "kind": type(error).__name__,
        "found": told.found,
        "where": told.where,
        "do": told.do,
    }
    name = f"{run.started_at:%Y%m%dT%H%M%S%fZ}.json"
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    _put(run.settings.out / FAILED / name, text.encode())


def _lines(out: Path, packs: list[tuple[PackRow, Packed]]) -> Iterator[Line]:
    told = list(_failures(out / FAILED))
    known = {one.folder for one in told}
    sent = {Path(row.folder).name: packed for row, packed in packs if row.folder}
    for one in kept(out):
        try:
            yield _with(_line(one), sent.get(one.folder.name))
        except (ClausewatchError, LookupError, TypeError, ValueError):
            continue  # damaged: told below as one that left no report
        known.add(one.folder.name)
    for path in sorted(out.glob("*/snapshot/manifest.json")):
        if path.parent.parent.name not in known:
            with suppress(OSError, LookupError, TypeError, ValueError):
                yield _unfinished(path.parent)
    yield from told
    yield from lines_of(packs, known)


def _with(line: Line, packed: Packed | None) -> Line:
    """The line of a report that is sent, with what became of it."""
    withheld = packed is not None and packed.state == "withheld"
    return replace(line, pack=packed, state="withheld" if withheld else line.state)


def _line(one: Kept) -> Line:
    results = {name: one.results[name] for name in _SHOWN}  # of years of runs, only what is shown is held
    return Line(
        source=results["source"], period=results["period"]["key"], as_of=results["as_of"],
        folder=one.folder.name, seal=sha_of(one.folder / "results.json"), results=results,
        files=tuple(sorted(path.name for path in one.folder.iterdir())),
        reconstructed=_RECONSTRUCTED in (one.folder / "life.json").read_bytes(),
    )  # fmt: skip


def _unfinished(place: Path) -> Line:
    """A folder with a snapshot and no report: its run was killed, or is under way."""
    facts = json.loads((place / "facts.json").read_bytes())
    as_of = iso(json.loads((place / MANIFEST).read_bytes())["as_of"], facts["zone"]) or ""
    period = choices(place / "rules").get("period", "")
    return Line(facts["source"], period, as_of, place.parent.name, state="unfinished")


def _failures(folder: Path) -> Iterator[Line]:
    for path in sorted(folder.glob("*.json")):
        try:
            said: dict[str, Any] = json.loads(path.read_bytes())
            state = "withheld" if said["kind"] in _WITHHELD else "failed"
            why = " · ".join(filter(None, (said["found"], said["where"])))
            yield Line(said["source"], said["period"], said["at"], said["folder"], state=state, why=why)
        except (OSError, ValueError, LookupError, TypeError):
            continue


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".unfinished-{os.getpid()}-{secrets.token_hex(4)}-{path.name}")
    try:
        aside.write_bytes(content)
        return aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
