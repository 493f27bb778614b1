"""One result set becomes the files of a run, each written whole or not at all."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, get_args

from audits.errors import ClausewatchError, WrongUse
from config.reports import FileName
from reports.exports import Column, csv_bytes, finding_columns, parquet_bytes
from reports.harmless import harmless
from reports.made_with import made_with
from reports.result_set import BooksDoNotClose, ResultSet, canonical
from reports.view.base import Page, View
from reports.view.closing import all_checks, check_sum
from reports.view.findings import Listed, listed
from reports.words import LANGUAGES, language

#: Every file of a report; ``manifest.json`` goes with any of them.
ALL: Final[tuple[str, ...]] = get_args(FileName)
_MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished-"
#: Words of a manifest under which it names what is gone.
_LET_GO: Final = ("erased", "expired")


class _Rendering:
    """What several files are made of in one language, made once."""

    def __init__(self, result: ResultSet, lang: str) -> None:
        self.page = Page(result, lang)

    @cached_property
    def rows(self) -> Listed:
        return listed(self.page)

    @cached_property
    def view(self) -> View:
        from reports.view import view  # noqa: PLC0415 - JSON and CSV do without it

        return {part: harmless(said) for part, said in view(self.page, self.rows).items()}

    @cached_property
    def columns(self) -> list[Column]:
        return finding_columns(self.page, self.rows)


def write(
    result: ResultSet, folder: Path, lang: str = "zh", formats: tuple[str, ...] = ALL
) -> dict[str, Path]:
    """Write a report.

    ``report.html`` is in ``lang``; beside it stands the same page in the other language, and each leads to
    the other. The same result set and language give the same bytes.

    Args:
        result: what to render.
        folder: made if missing.
        lang: ``zh``, ``zh-CN`` or ``en``.
        formats: which of ``ALL``.

    Returns:
        File name -> path, ``manifest.json`` (sha256 of every file in the folder) last.

    Raises:
        BooksDoNotClose: a closing sum does not hold; nothing is written.
        WrongUse: unknown language or format.
        ClausewatchError: the folder cannot be written, or a font is missing.
    """
    short = language(lang)
    if unknown := set(formats) - set(ALL):
        raise WrongUse(f"no report file {min(unknown)!r}", "formats", f"choose from {', '.join(ALL)}")
    refuse_open_books(result)
    unfinished: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in _makers(result, short).items():
            if name in formats or (name.endswith(".html") and "report.html" in formats):
                path = folder / f"{_UNFINISHED}{name}"
                unfinished[name] = path
                path.write_bytes(make())
        for name, path in unfinished.items():
            path.replace(folder / name)
        if "report.html" in formats:  # a report written before in the other language left this page
            (folder / f"report.{short}.html").unlink(missing_ok=True)
    except OSError as error:
        found = f"the report cannot be written: {error.strerror or error}"
        do = "make room, give the right to write there, or choose another folder"
        raise ClausewatchError(found, str(error.filename or folder), do) from error
    finally:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
    sealed = seal_folder(folder, made_with())
    return {**{name: folder / name for name in unfinished}, _MANIFEST: sealed}


def refuse_open_books(result: ResultSet) -> None:
    """BooksDoNotClose, with both sides, when a closing sum does not hold (law 19)."""
    for check in all_checks(result):
        if not check["holds"]:
            raise BooksDoNotClose(
                f"the books do not close: {check_sum(check).replace('=', '≠').replace('≤', '>')}",
                f"closing sum {check['id']}",
                "no report was written; keep the snapshot and tell whoever maintains Clausewatch",
            )


def _makers(result: ResultSet, lang: str) -> dict[str, Callable[[], bytes]]:
    """File name -> what makes its bytes; heavy libraries are imported by the file that needs them."""
    other = next(one for one in LANGUAGES if one != lang)
    here, there = _Rendering(result, lang), _Rendering(result, other)
    return {
        "report.html": lambda: _html(here, f"report.{other}.html"),
        f"report.{other}.html": lambda: _html(there, "report.html"),
        "report.pdf": lambda: _pdf(here),
        "findings.xlsx": lambda: _workbook(here),
        "findings.csv": lambda: csv_bytes(here.columns),
        "verdicts.parquet": lambda: parquet_bytes(result.obligations),
        "results.json": lambda: canonical(result.results),
        "life.json": lambda: canonical(result.life),
    }


def _html(made: _Rendering, other: str) -> bytes:
    from reports.html import render  # noqa: PLC0415

    return render(made.page, made.rows, made.view, other)


def _pdf(made: _Rendering) -> bytes:
    from reports.pdf import render  # noqa: PLC0415

    return render(made.page, made.rows, made.view)


def _workbook(made: _Rendering) -> bytes:
    from reports.workbook import workbook_bytes  # noqa: PLC0415

    return workbook_bytes(made.page, made.columns)


def seal_folder(folder: Path, made: Mapping[str, str] | None = None) -> Path:
    """Write ``manifest.json``: the sha256 of every file in the folder, by its path in it.

    Files that were let go keep their hash, and the word that says when and why (``expired``, ``erased``).

    Args:
        folder: of the report.
        made: what its files were just made with; None: what the manifest before said of that.
    """
    before = _sealed(folder)
    sums = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != _MANIFEST and not path.name.startswith(_UNFINISHED):
            with path.open("rb") as stream:
                sums[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    said: dict[str, Any] = {"schema": 1, "files": sums}
    if noted := made or before.get("made_with"):
        said["made_with"] = dict(noted)
    for why in _LET_GO:
        gone = {name: day for name, day in before.get(why, {}).items() if name not in sums}
        sums.update({name: before["files"][name] for name in gone})
        said |= {why: gone} if gone else {}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    unfinished = folder / f"{_UNFINISHED}{_MANIFEST}"
    unfinished.write_text(text, "utf-8", newline="\n")
    return unfinished.replace(folder / _MANIFEST)


def _sealed(folder: Path) -> dict[str, Any]:
    """The manifest of an earlier report in the same folder; empty where there is none that can be read."""
    try:
        said = json.loads((folder / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) and isinstance(said.get("files"), dict) else {}
