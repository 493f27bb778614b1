"""A kept report written again: from its snapshot, its ``life.json`` and the names of its time.

Nothing is asked of the CRM, and no finding, notice or mail is touched. What comes out is compared, file by
file, with the sums under which the report was sealed.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import pandas as pd

import reports
from audits.errors import ClausewatchError, WrongUse
from audits.judge import Judged
from config.settings import Settings
from config.trail import key_of
from flows.auditing import steps
from flows.auditing.request import AuditRequest
from flows.auditing.result_set import PLACE, names, result_set
from flows.auditing.run import ENGINE, AuditRun
from flows.past.archive import MANIFEST, Kept, snapshot_of
from reports.made_with import Change, changed
from reports.words import language
from tasks.store import Store, open_store

#: ``names``: it differs, and names were erased while every figure is the same; ``gone``: a mail that was
#: erased or whose time was over; ``language``: the archive holds it in the other language alone.
State = Literal["identical", "differs", "missing", "names", "gone", "language"]
WRONG: Final = ("differs", "missing")
#: Files without words: they hold every figure, and no name.
_FIGURES: Final = ("results.json", "life.json", "verdicts.parquet")
_MAILS: Final = "notices/"


@dataclass(frozen=True)
class Rebuilt:
    """What came of it.

    Args:
        kept: the report as it lies in its folder.
        files: file -> how the one written again compares with the sum it was sealed under.
        erased: how many names of this report are no longer known.
        engine: version that wrote it, where it is not this one; else "".
        changed: what is made with other words, templates or libraries today; None where its manifest, of an
            earlier version, does not say.
    """

    kept: Kept
    files: dict[str, State]
    erased: int
    engine: str
    changed: list[Change] | None

    @property
    def holds(self) -> bool:
        """Whether nothing differs that should not."""
        return not any(state in WRONG for state in self.files.values())


def rebuild(settings: Settings, kept: Kept, to: Path | None = None, lang: str = "") -> Rebuilt:
    """Write a report again, every file of it.

    Args:
        to: a folder to be made; None: only compare.
        lang: language of the files; "": that of the report.

    Raises:
        WrongUse: ``to`` holds something, or the report is of a version that noted too little.
        ClausewatchError: its snapshot is gone or was changed.
    """
    if PLACE not in kept.life:
        raise WrongUse(
            "this report was written by a version that could not write it again",
            str(kept.folder / "life.json"),
            f"judge its snapshot again: clausewatch audit --snapshot {kept.folder / 'snapshot'}",
        )
    if to is not None:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise WrongUse("there is something already", str(to), "name a folder that is empty or not there")
        return _rebuild(settings, kept, to, lang, keep=True)
    with TemporaryDirectory(prefix="clausewatch-report-") as aside:
        return _rebuild(settings, kept, Path(aside), lang, keep=False)


def _rebuild(settings: Settings, kept: Kept, to: Path, lang: str, *, keep: bool) -> Rebuilt:
    run = _judged_again(settings, kept)
    judged = _judged(run)
    own = language(kept.life[PLACE]["lang"])
    known: int | None = kept.life[PLACE]["names_known"]
    url, wait = settings.store_url.get_secret_value(), settings.store_wait_s
    with open_store(url, wait, key_of(settings)) as store:
        directory = None if known is None else store.directory(judged.facts.source, known)
        erased = _erased(store, judged) if known is not None else 0
        result = result_set(judged, run.results, kept.life, run.known, directory)
        formats = tuple(name for name in reports.ALL if name in kept.sums)
        with _by_its_version(kept):
            reports.write(result, to, language(lang) if lang else own, formats)
        files = dict(_mails(store, kept, to if keep else None))
    files |= dict(_taken(kept, to if keep else None))
    files |= dict(_written(kept, to, other_language=bool(lang) and language(lang) != own))
    files = _excused(files, erased)
    if keep:
        reports.seal_folder(to)
    engine = str(kept.results["engine"])
    noted = kept.read(MANIFEST).get("made_with")
    since = changed(noted) if noted else None
    return Rebuilt(kept, dict(sorted(files.items())), erased, "" if engine == ENGINE else engine, since)


def _judged_again(settings: Settings, kept: Kept) -> AuditRun:
    results = kept.results
    request = AuditRequest(
        snapshot=snapshot_of(kept, settings.out),
        as_of=datetime.fromisoformat(results["as_of"]),
        period=results["period"]["key"],
        standards=tuple(one["code"] for one in results["standards"]),
    )  # fmt: skip
    run = AuditRun(request, settings, {})
    steps.extract(run)
    steps.open_rulebook(run)
    steps.join(run, [steps.judge_part(run, number) for number in steps.divide(run)])
    return run


def _judged(run: AuditRun) -> Judged:
    if run.judged is None:
        raise ClausewatchError("nothing was judged", str(run.snapshot_folder), "see the lines above")
    return run.judged


@contextmanager
def _by_its_version(kept: Kept) -> Iterator[None]:
    """What an earlier version noted may lack what this one prints."""
    try:
        yield
    except (AttributeError, LookupError, TypeError) as error:
        raise ClausewatchError(
            f"this version prints what that report does not hold: {type(error).__name__} {error}",
            str(kept.folder / "life.json"),
            f"write it again with Clausewatch {kept.results['engine']}, which made it",
        ) from error


def _erased(store: Store, judged: Judged) -> int:
    """How many of those whom this report may print are no longer known by name."""
    return len(set(store.erased(judged.facts.source)) & set(names(judged)))


def _written(kept: Kept, to: Path, *, other_language: bool) -> Iterator[tuple[str, State]]:
    """The files that were rendered."""
    for name, sealed in kept.sums.items():
        if "/" in name:
            continue
        if other_language and name not in _FIGURES:
            yield name, "language"
        elif not (to / name).exists():
            yield name, "missing"
        else:
            yield name, "identical" if _sum((to / name).read_bytes()) == sealed else "differs"


def _taken(kept: Kept, to: Path | None) -> Iterator[tuple[str, State]]:
    """What a report is made from is taken as it lies: its snapshot."""
    for name, sealed in kept.sums.items():
        if "/" not in name or name.startswith(_MAILS):
            continue
        path = kept.folder / name
        if not path.is_file():
            yield name, "missing"
            continue
        content = path.read_bytes()
        yield name, "identical" if _sum(content) == sealed else "differs"
        if to is not None:
            _put(to / name, content)


def _mails(store: Store, kept: Kept, to: Path | None) -> Iterator[tuple[str, State]]:
    """Mails are the outbox's bytes; where it forgot them, the file itself is the last to know."""
    wanted = [name for name in kept.sums if name.startswith(_MAILS)]
    contents = store.mail_contents([_mail_of(name) for name in wanted])
    for name in wanted:
        path = kept.folder / name
        content = contents.get(_mail_of(name)) or (path.read_bytes() if path.is_file() else b"")
        if not content:
            yield name, "gone"
            continue
        yield name, "identical" if _sum(content) == kept.sums[name] else "differs"
        if to is not None:
            _put(to / name, content)


def _mail_of(name: str) -> str:
    """The envelope's id, which ends the name of its file."""
    return Path(name).stem.rpartition("-")[2]


def _excused(files: dict[str, State], erased: int) -> dict[str, State]:
    """Files with words that differ while names are gone and every figure is the same."""
    if not erased or any(files.get(name, "identical") != "identical" for name in _FIGURES):
        return files
    return {
        name: "names" if state == "differs" and "/" not in name else state for name, state in files.items()
    }


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def said(rebuilt: Rebuilt) -> dict[str, Any]:
    """The outcome as data: counts by state, and every file that is not identical."""
    counts = pd.Series(list(rebuilt.files.values()), dtype="str").value_counts()
    return {
        "report": str(rebuilt.kept.folder),
        "as_of": rebuilt.kept.results["as_of"],
        "holds": rebuilt.holds,
        "files": len(rebuilt.files),
        "counts": {str(state): int(n) for state, n in sorted(counts.items())},
        "other": {name: state for name, state in rebuilt.files.items() if state != "identical"},
        "names_erased": rebuilt.erased,
        "engine": rebuilt.engine or ENGINE,
        "changed": None if rebuilt.changed is None else [one._asdict() for one in rebuilt.changed],
    }
