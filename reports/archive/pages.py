"""The pages over all reports of a folder: one a year, and one that leads to them; two languages, one file each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from audits.errors import WrongUse
from reports import format as fmt
from reports.brief import Brief
from reports.icons import symbols
from reports.templates import environment
from reports.theme import DARK, LIGHT, css
from reports.words import LANGUAGES, words

#: The four, in the mission's order.
AUDITS: Final = ("timing", "acceptance", "survey", "qa")
_YEAR: Final = re.compile("[0-9]{4}")
#: Files of a run that a line leads to, in this order.
_LINKED: Final = (
    "report.html",
    "report.pdf",
    "findings.xlsx",
    "findings.csv",
    "verdicts.parquet",
    "results.json",
    "manifest.json",
)


@dataclass(frozen=True)
class Line:
    """One run, or what came of one that left no report.

    Args:
        results: ``results.json``; empty where there is none.
        seal: its sha256; "".
        source, period, as_of: of what; ISO text.
        folder: name of the run's folder beside the pages; "" where none is left.
        files: names of the files in it.
        reconstructed: judged at a past instant from later data.
        state: ``kept``, ``failed``, ``withheld`` or ``unfinished``.
        why: what stopped it, as it was told; "".
    """

    source: str
    period: str
    as_of: str
    folder: str = ""
    seal: str = ""
    results: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()
    reconstructed: bool = False
    state: str = "kept"
    why: str = ""

    @property
    def year(self) -> str:
        """The year whose page lists it: that of the period, else that of the instant; it names a file."""
        found = (text[:4] for text in (self.period, self.as_of))
        return next((year for year in found if _YEAR.fullmatch(year)), "0000")


def pages(lines: Iterable[Line], lang: str) -> dict[str, bytes]:
    """File name -> page: ``index.html`` and ``2026.html`` in ``lang``, and each in the other language beside it.

    Args:
        lines: in any order.
        lang: ``zh`` or ``en``.
    """
    other = next(one for one in LANGUAGES if one != lang)
    files_of = ((lang, "", f".{other}"), (other, f".{other}", ""))
    ordered = sorted(map(_legible, lines), key=lambda one: (one.source, one.period, one.as_of, one.folder))
    years = sorted({one.year for one in ordered}, reverse=True)
    made = {}
    for here, ending, away in files_of:
        made[f"index{ending}.html"] = _page(
            _newest(ordered), here, "", years, ending, f"index{away}.html", ordered
        )
        for year in years:
            mine = [one for one in ordered if one.year == year]
            made[f"{year}{ending}.html"] = _page(mine, here, year, years, ending, f"{year}{away}.html", mine)
    return made


def _legible(line: Line) -> Line:
    """The line; without its words where another version wrote its results in a way that is not known here."""
    try:
        for lang in LANGUAGES:
            _row(line, lang)
    except (AttributeError, LookupError, TypeError, ValueError, WrongUse):
        return replace(line, results=None)
    return line


def _newest(ordered: list[Line]) -> list[Line]:
    """The newest report of each source's newest period."""
    kept = [one for one in ordered if one.state == "kept"]
    return [list(mine)[-1] for _, mine in groupby(kept, key=lambda one: one.source)]


def _page(
    shown: list[Line], lang: str, year: str, years: list[str], ending: str, other: str, counted: list[Line]
) -> bytes:
    w = words(lang)
    groups = [
        {
            "source": source,
            "title": next((_title(one, lang) for one in reversed(mine) if one.results), source),
            "rows": [
                _row(one, lang) for one in sorted(mine, key=lambda one: (one.period, one.as_of), reverse=True)
            ],
        }
        for source, mine in ((key, list(rows)) for key, rows in groupby(shown, key=lambda one: one.source))
    ]
    counts = {
        state: sum(one.state == state for one in counted)
        for state in ("kept", "failed", "withheld", "unfinished")
    }
    text = environment("reports.archive").get_template("archive.html.j2").render(
        w=w,
        lang="zh-CN" if lang == "zh" else "en",
        other=other,
        other_lang="en" if lang == "zh" else "zh-CN",
        year=year,
        years=[{"year": one, "href": f"{one}{ending}.html"} for one in years],
        home=f"index{ending}.html",
        heads=[w(f"run.audit.{audit}") for audit in AUDITS],
        groups=groups,
        counts=[w(f"archive.n_{state}", n=n) for state, n in counts.items() if n or state == "kept"],
        light=css(LIGHT),
        dark=css(DARK),
        css=_css(),
        symbols=symbols(),
    )  # fmt: skip
    return text.encode()


def _title(line: Line, lang: str) -> str:
    """What a source is called."""
    return str((line.results or {}).get("source_title", {}).get(lang, line.source))


def _row(line: Line, lang: str) -> dict[str, Any]:
    w = words(lang)
    return {
        "period": fmt.period(line.period, lang) if line.results else line.period or fmt.NONE,
        "as_of": line.as_of[:16].replace("T", " "),
        "audits": _audits(line, lang),
        "seal": " ".join(line.seal[at : at + 8] for at in range(0, len(line.seal), 8)),
        "standards": " + ".join(one["code"] for one in (line.results or {}).get("standards", [])),
        "reconstructed": line.reconstructed,
        "state": {"kept": "not_applicable", "unfinished": "no_data"}.get(line.state, "breached"),
        "said": w(f"archive.{line.state}"),
        "why": line.why,
        "files": _files(line, lang),
    }


def _files(line: Line, lang: str) -> list[dict[str, str]]:
    """The ways to the files; the page in this language where the run left it in both."""
    page = f"report.{lang}.html"
    here = {"report.html": page} if page in line.files else {}
    return [
        {"name": name, "href": f"{line.folder}/{here.get(name, name)}"}
        for name in _LINKED
        if name in line.files
    ]


def _audits(line: Line, lang: str) -> list[dict[str, str]]:
    if not line.results:
        return []
    brief, by_id = Brief(dict(line.results), lang), {}
    for audit, said in zip(line.results["audits"], brief.audits(), strict=True):
        connected, missing = len(audit["connected"]), len(audit["missing"])
        partly = audit["word"] == "met" and missing
        word = (
            brief.w("audit_word.met_on", n=connected, m=connected + missing)
            if partly
            else brief.w(f"audit_word.{audit['word']}")
        )
        by_id[audit["id"]] = {
            "name": said.name,
            "state": {"undecided": "no_data", "none_due": "not_applicable"}.get(audit["word"], audit["word"]),
            "word": word,
            "n": brief.w("archive.of", k=said.k, n=said.n) if said.n else brief.w("archive.n", n=said.judged),
        }
    return [by_id[audit] for audit in AUDITS if audit in by_id]


@cache
def _css() -> str:
    base = files("reports.html") / "assets" / "base.css"
    return base.read_text("utf-8") + (files("reports.archive") / "archive.css").read_text("utf-8")
