"""The pages over all reports of a folder: one a year, and one that leads to them; two languages, one file each."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from audits.errors import WrongUse
from audits.instants import instant_of
from audits.periods import parse
from reports import format as fmt
from reports.archive.packs import Packed, minute, pack_row
from reports.brief import Brief
from reports.icons import symbols
from reports.templates import environment
from reports.theme import DARK, LIGHT, css
from reports.words import LANGUAGES, Catalogue, words

#: The four, in the mission's order.
AUDITS: Final = ("timing", "acceptance", "survey", "qa")
_STATES: Final = ("kept", "gone", "failed", "withheld", "unfinished")
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
        state: ``kept``, ``failed``, ``withheld``, ``unfinished``, or ``gone``: it was sent, and its folder is no more.
        why: what stopped it, as it was told; "".
        pack: of a report that is sent, what became of it.
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
    pack: Packed | None = None

    @property
    def stood(self) -> int:
        """When it came to what it is, microseconds, for the order; 0 where its instant cannot be read."""
        try:
            return instant_of(datetime.fromisoformat(self.pack.at if self.pack else self.as_of))
        except ValueError:
            return 0

    @property
    def there(self) -> bool:
        """Whether it is a report, and not the word that there is none."""
        return self.state in ("kept", "gone")

    @property
    def year(self) -> str:
        """The year whose page lists it: that of the period, else that of the instant; it names a file."""
        found = (text[:4] for text in (self.period, self.as_of))
        return next((year for year in found if _YEAR.fullmatch(year)), "0000")


def pages(lines: Iterable[Line], lang: str, *, unknown: bool = False) -> dict[str, bytes]:
    """File name -> page: ``index.html`` and ``2026.html`` in ``lang``, and each in the other language beside it.

    Args:
        lines: in any order.
        lang: ``zh`` or ``en``.
        unknown: nobody could say which reports were sent.
    """
    other = next(one for one in LANGUAGES if one != lang)
    files_of = ((lang, "", f".{other}"), (other, f".{other}", ""))
    ordered = sorted(map(_legible, lines), key=lambda one: (one.source, one.period, one.stood, one.folder))
    years = sorted({one.year for one in ordered}, reverse=True)
    made = {}
    for here, ending, away in files_of:
        frame = _Frame(here, years, ending, unknown)
        made[f"index{ending}.html"] = _page(frame, "", f"index{away}.html", newest(ordered), ordered)
        for year in years:
            mine = [one for one in ordered if one.year == year]
            made[f"{year}{ending}.html"] = _page(frame, year, f"{year}{away}.html", mine, mine)
    return made


@dataclass(frozen=True)
class _Frame:
    """What every page of a language shares; ``ending`` is that of its files."""

    lang: str
    years: list[str]
    ending: str
    unknown: bool


def _legible(line: Line) -> Line:
    """The line; without its words where another version wrote its results in a way that is not known here."""
    try:
        for lang in LANGUAGES:
            _row(line, lang)
    except (AttributeError, LookupError, TypeError, ValueError, WrongUse):
        return replace(line, results=None)
    return line


def newest(ordered: list[Line]) -> list[Line]:
    """Of each source the newest audit and the newest of each report that is sent, and what is withheld still."""
    out = []
    for mine in _matters(ordered, lambda one: (one.source, one.pack.name if one.pack else "")):
        there = [one for one in mine if one.there]
        last = max(there, key=lambda one: (one.stood, one.period), default=None)
        out += [last] if last else []
        if mine[0].pack:
            periods = _matters(mine, lambda one: (one.period,))
            out += [one for each in periods for one in unfold(each)[0] if not one.there]
    return sorted(out, key=lambda one: one.source)


def unfold(matter: list[Line]) -> tuple[list[Line], list[Line]]:
    """Lines of one period and report: the newest report with what came after it, and all that is older.

    Both the newest first. Without any report every line is shown.
    """
    ordered = sorted(matter, key=lambda one: one.stood, reverse=True)
    first = next((place for place, one in enumerate(ordered) if one.there), len(ordered))
    return ordered[: first + 1], ordered[first + 1 :]


def _matters(lines: Iterable[Line], key: Callable[[Line], tuple[str, ...]]) -> list[list[Line]]:
    """Lines that belong together, in the order of their keys."""
    return [list(mine) for _, mine in groupby(sorted(lines, key=key), key=key)]


def _page(frame: _Frame, year: str, other: str, shown: list[Line], counted: list[Line]) -> bytes:
    lang, w = frame.lang, words(frame.lang)
    counts = {state: sum(one.state == state for one in counted) for state in _STATES}
    text = environment("reports.archive").get_template("archive.html.j2").render(
        w=w,
        lang="zh-CN" if lang == "zh" else "en",
        other=other,
        other_lang="en" if lang == "zh" else "zh-CN",
        year=year,
        years=[{"year": one, "href": f"{one}{frame.ending}.html"} for one in frame.years],
        home=f"index{frame.ending}.html",
        heads=[w(f"run.audit.{audit}") for audit in AUDITS],
        groups=[_group(mine, lang) for mine in _matters(shown, lambda one: (one.source,))],
        counts=" · ".join(w(f"archive.n_{state}", n=n) for state, n in counts.items() if n or state == "kept"),
        unknown=frame.unknown,
        light=css(LIGHT),
        dark=css(DARK),
        css=_css(),
        symbols=symbols(),
    )  # fmt: skip
    return text.encode()


def _group(mine: list[Line], lang: str) -> dict[str, Any]:
    """A source's rows: the newest period first, an audit before the reports of its period, older ones folded."""
    matters = _matters(mine, lambda one: (one.period, one.pack.name if one.pack else ""))
    rows: list[dict[str, Any]] = []
    for matter in sorted(matters, key=lambda one: _ends(one[0].period), reverse=True):
        shown, earlier = unfold(matter)
        rows += [{**_row(one, lang), "earlier": []} for one in shown]
        rows[-1]["earlier"] = [_row(one, lang, over=True) for one in earlier]
    title = next((_title(one, lang) for one in reversed(mine) if one.results), mine[0].source)
    return {"source": mine[0].source, "title": title, "rows": rows}


@cache
def _ends(period: str) -> tuple[int, int]:
    """For the order of periods: by their ends, the longer later; what is no period comes first."""
    try:
        found = parse(period, "UTC")
    except (WrongUse, ValueError):
        return 0, 0
    return found.end, -found.start


def _title(line: Line, lang: str) -> str:
    """What a source is called."""
    return str((line.results or {}).get("source_title", {}).get(lang, line.source))


def _row(line: Line, lang: str, *, over: bool = False) -> dict[str, Any]:
    """One line of the table; ``over``: a newer report has come since."""
    w = words(lang)
    pack = pack_row(line.pack, lang, w, over=over) if line.pack else None
    return {
        "period": fmt.period(line.period, lang) if line.results or line.pack else line.period or fmt.NONE,
        "as_of": minute(line.as_of),
        "audits": _audits(line, lang),
        "seal": " ".join(line.seal[at : at + 8] for at in range(0, len(line.seal), 8)),
        "standards": " + ".join(one["code"] for one in (line.results or {}).get("standards", [])),
        "reconstructed": line.reconstructed,
        "badges": [*(pack["badges"] if pack else ()), *_badges(line, w)],
        "why": line.why,
        "files": _files(line, lang),
        "pack": pack,
    }


def _badges(line: Line, w: Catalogue) -> list[tuple[str, str]]:
    """How a line stands that is no report with its audits; of one that is sent that its folder is gone."""
    if line.pack and line.state != "gone":
        return []
    state = {"kept": "not_applicable", "unfinished": "no_data", "gone": "no_data"}.get(line.state, "breached")
    return [(state, w(f"archive.{line.state}"))]


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
