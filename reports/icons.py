"""The shapes that stand for states beside their words: drawn once, for page and PDF.

Each is the inside of an SVG of 16 by 16, stroked in ``currentColor``; ``PAPER`` and ``DUTY`` stand for the
page's own colours.
"""

from typing import Final

ICONS: Final = {
    "logo": '<path d="M2.6 1h10.8v14H2.6z"/><path d="M5.3 4.6h5.4M5.3 7.4h2.9"/>'
    '<path d="M10.8 7.4v4.8H8" stroke="DUTY" stroke-width="1.9"/>',
    "breached": '<rect x=".8" y=".8" width="14.4" height="14.4" fill="currentColor" stroke="none"/>'
    '<path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" stroke="PAPER" stroke-width="1.9"/>',
    "no_data": '<path d="M8 .9 15.1 8 8 15.1.9 8z"/>'
    '<path d="M6.3 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.1M8 11.2v.1" stroke-width="1.5"/>',
    "not_applicable": '<rect x=".9" y="3.9" width="14.2" height="8.2" rx="4.1"/><path d="M5.4 8h5.2"/>',
    "met": '<circle cx="8" cy="8" r="6.9"/><path d="M5 8.3l2.1 2.1L11.1 6"/>',
    "pending": '<circle cx="8" cy="8" r="6.9"/>'
    '<path d="M8 1.1a6.9 6.9 0 0 1 0 13.8z" fill="currentColor" stroke="none"/>',
    "unconnected": '<path d="M.8 8h3.6M4.4 5.2v5.6M4.4 6.6h2.4M4.4 9.4h2.4M15.2 8h-3.6M11.6 4.8v6.4"/>',
    "waived": '<path d="M3.4 15V1.4M3.4 2.2h8.8l-2 3.1 2 3.1H3.4"/>',
    "baseline": '<path d="M1.4 13.6h13.2M8 10.4V2.4M4.8 5.4 8 2.2l3.2 3.2"/>',
    "disputed": '<path d="M2.4 5.8h11.2M2.4 10.2h11.2M11 2.2 5 13.8"/>',
}


def symbols() -> str:
    """All of them as SVG symbols, for ``<use href="#i-met"/>``; colours follow the page's."""
    shapes = {name: _coloured(body, "var(--paper)", "var(--duty)") for name, body in ICONS.items()}
    made = (f'<symbol id="i-{name}" viewBox="0 0 16 16">{body}</symbol>' for name, body in shapes.items())
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true">{"".join(made)}</svg>'


def picture(name: str, colour: str, paper: str, duty: str) -> str:
    """One of them as an SVG of its own in this colour."""
    body = _coloured(ICONS[name], paper, duty).replace("currentColor", colour)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16" fill="none" '
        f'stroke="{colour}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
    )


def _coloured(body: str, paper: str, duty: str) -> str:
    return body.replace("PAPER", paper).replace("DUTY", duty)
