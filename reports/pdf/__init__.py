"""report.pdf: the front page for signature, then the proof and the worst findings, set by typst.

Its length does not grow with the findings: the worst are listed, "n of N", the rest stand in the sheet.
"""

import json
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import typst

from audits.errors import ClausewatchError
from reports.icons import ICONS, picture
from reports.pdf.drawn import pictures
from reports.pdf.glyphs import drawable
from reports.theme import LIGHT
from reports.view import Listed, Page, View
from reports.view.findings import worst

#: Findings that are printed.
WORST: Final = 40
#: The one font: regular weight only, from the package mplfonts; it covers both languages.
FONT: Final = "Noto Sans CJK SC"
_FILE: Final = "NotoSansCJKsc-Regular.*"
_HERE: Final = Path(__file__).parent
#: Colour of each icon.
_INK: Final = {"logo": "ink", "waived": "pending", "baseline": "pending", "disputed": "no_data"}
#: Topics of the catalogue that the templates speak.
_TOPICS: Final = (
    "acceptance", "attested", "bridge", "chain", "clauses", "closing", "col", "coverage", "escalated", "falling", "findings",
    "force", "gaps", "mix", "page", "qa", "rates", "readings", "side", "sign", "sources", "summary", "survey", "teams",
    "tile", "times", "trend", "verdict",
)  # fmt: skip


class MissingFont(ClausewatchError):
    """The PDF cannot be set without its font."""


def render(page: Page, rows: Listed, view: View) -> bytes:
    """The PDF of one language; the same result set gives the same bytes."""
    compiler = typst.Compiler(input=_HERE / "report.typ", root=_HERE, font_paths=_fonts())
    made = compiler.compile(
        sys_inputs={"view": _drawable(_document(page, rows, view))},
        timestamp=datetime.fromisoformat(page.results["as_of"]).replace(microsecond=0),  # a PDF knows seconds
        format="pdf",
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def _drawable(document: dict[str, Any]) -> str:
    """The document as JSON that the font can draw; where something had to be spelt, the report says so."""
    font = next(font_folder().glob(_FILE))
    text = json.dumps({**document, "spelt": False}, ensure_ascii=False)
    drawn = drawable(text, font)
    if drawn.count("[U+") == text.count("[U+"):
        return drawn
    return drawable(json.dumps({**document, "spelt": True}, ensure_ascii=False), font)


def font_folder(package: str = "mplfonts") -> Path:
    """Where the font lies; MissingFont, since without it every Chinese character would print as a box."""
    spec = find_spec(package)
    folder = Path(spec.origin or "").parent / "fonts" if spec else Path(package)
    if not any(folder.glob(_FILE)):
        raise MissingFont(
            f"the font of the PDF is missing: {FONT}",
            str(folder),
            "install the locked packages again (make setup)",
        )
    return folder


@cache
def _fonts() -> typst.Fonts:
    folder = font_folder()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _document(page: Page, rows: Listed, view: View) -> dict[str, Any]:
    listed, shown = view["findings"], worst(page, rows, WORST)
    said = {f"{topic}.{key}": text for topic in _TOPICS for key, text in page.w.under(topic).items()}
    return {
        **{key: part for key, part in view.items() if key not in ("findings", "annex")},
        "pictures": pictures(view, FONT),
        "short": page.lang,
        "words": said,
        "theme": LIGHT,
        "icons": {
            name: picture(name, LIGHT[_INK.get(name, name)], LIGHT["paper"], LIGHT["duty"]) for name in ICONS
        },
        "worst": {
            "lead": listed["lead"],
            "rows": [{**row, "short": row["finding"][:8]} for row in shown],
            "note": page.w("findings.printed", k=len(shown), m=listed["n"]),
        },
    }
