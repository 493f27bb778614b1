"""The page: one self-contained HTML file, no fonts, scripts or images from elsewhere."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reports.html.drawing import Drawing
from reports.icons import symbols
from reports.templates import environment
from reports.theme import DARK, LIGHT, css
from reports.view import Listed, Page, View
from reports.view.findings import data

_CSS: Final = ("base.css", "front.css", "sections.css", "charts.css", "findings.css", "print.css")
_JS: Final = ("page.js", "clock.js", "detail.js", "list.js")
#: Sections in their order, with the catalogue key of their name.
SECTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("front", "nav.front"),
    ("readings", "readings.title"),
    ("gaps", "gaps.title"),
    ("clauses", "clauses.title"),
    ("rates", "rates.title"),
    ("times", "times.title"),
    ("trend", "trend.title"),
    ("teams", "mix.title"),
    ("side", "side.title"),
    ("findings", "findings.title"),
    ("coverage", "coverage.title"),
    ("closing", "closing.title"),
    ("annex", "annex.title"),
)
#: Topics of the catalogue that the script speaks.
_SPOKEN: Final = ("verdict", "mark", "state", "reason", "finding", "findings", "clauses")


def render(page: Page, rows: Listed, view: View, other: str = "") -> bytes:
    """The page of one language.

    Args:
        page: result set and language.
        rows: its findings, listed.
        view: what it says.
        other: file name of the same report in the other language; "" for none.
    """
    text = (
        environment("reports.html")
        .get_template("page.html.j2")
        .render(
            v=view,
            w=page.w,
            other=other,
            sections=[one for one in SECTIONS if one[0] != "side" or view["side"]],
            draw=Drawing(),
            light=css(LIGHT),
            dark=css(DARK),
            css=_asset_text(_CSS),
            js='"use strict";\n' + _asset_text(_JS).replace('"use strict";\n', ""),
            symbols=symbols(),
            fit=_fit(view),
            data=_embedded(page, rows, view),
        )
    )
    return text.encode()


def _fit(view: View) -> str:
    """How much smaller the front is drawn on paper, so that all of it stays on page 1.

    Reckoned from the rows that vary; English runs longer. A browser cannot measure a page it is printing.
    """
    english = view["lang"] == "en"
    rows = len(view["escalated"]["rows"]) * (2 if english else 1) + len(view["falling"]["rows"])
    side = sum(len(view[part]["rows"]) for part in ("since", "repeat", "mails")) * (1.5 if english else 1)
    over = max(0, max(rows, side) - 10) + (3 if view["head"]["banner"] else 0)
    return f"{max(0.6, (0.93 if english else 0.95) - 0.0125 * over):.3f}"


@cache
def _asset_text(names: tuple[str, ...]) -> str:
    folder = files("reports.html") / "assets"
    return "".join((folder / name).read_text("utf-8") for name in names)


def _embedded(page: Page, rows: Listed, view: View) -> str:
    """The findings as JSON that cannot end the script element it stands in."""
    spoken = {f"{topic}.{key}": text for topic in _SPOKEN for key, text in page.w.under(topic).items()}
    document: dict[str, Any] = {
        **data(page, rows),
        "words": spoken,
        "lang": page.lang,
        "as_of": view["as_of"],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=int)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
