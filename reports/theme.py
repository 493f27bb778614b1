"""The colours of report, PDF and mail: one table, light and dark, and how their contrast is computed.

Blue is what happened, plum what the standard demands, red where the two disagree. A colour never speaks
alone: every state has a shape and a word too.
"""

from typing import Final

#: Token -> colour on white paper.
LIGHT: Final = {
    "paper": "#ffffff",
    "wash": "#f5f6f8",
    "ink": "#1b2026",
    "ink2": "#525b66",
    "line": "#d7dce2",
    "hair": "#e8ebef",
    "fact": "#1f5a96",
    "fact_pale": "#d6e3f1",
    "duty": "#7a3e8c",
    "breached": "#b42318",
    "breached_fill": "#c2362b",
    "breached_pale": "#f9dedb",
    "no_data": "#8a5600",
    "no_data_fill": "#bb7a0e",
    "not_applicable": "#5f6975",
    "not_applicable_fill": "#d5dae0",
    "met": "#1a6b54",
    "met_fill": "#c3ddd4",
    "pending": "#4a55a2",
    "unconnected": "#5f6975",
    "band": "#d5dae0",
    "track": "#eff1f4",
}
#: The same on dark paper.
DARK: Final = {
    "paper": "#14181d",
    "wash": "#1c2228",
    "ink": "#e7eaee",
    "ink2": "#a8b1bc",
    "line": "#3a424c",
    "hair": "#2a3038",
    "fact": "#7db3e8",
    "fact_pale": "#213a54",
    "duty": "#d2a2e0",
    "breached": "#ff8d7d",
    "breached_fill": "#e2594b",
    "breached_pale": "#47211e",
    "no_data": "#e8b552",
    "no_data_fill": "#b98422",
    "not_applicable": "#9ba5b0",
    "not_applicable_fill": "#454e58",
    "met": "#74c7aa",
    "met_fill": "#224439",
    "pending": "#a5aef0",
    "unconnected": "#9ba5b0",
    "band": "#3a424c",
    "track": "#232a32",
}
#: Tokens that set text: at least 4.5 to 1 on paper and wash.
TEXT: Final = (
    "ink", "ink2", "fact", "duty", "breached", "no_data", "not_applicable", "met", "pending", "unconnected",
)  # fmt: skip
#: Tokens that draw marks: at least 3 to 1 on paper. Pale fills carry nothing alone and are not among them.
MARKS: Final = ("fact", "duty", "breached_fill", "no_data_fill", "pending", "unconnected")


def css(tokens: dict[str, str]) -> str:
    """The tokens as CSS custom properties."""
    return "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in tokens.items())


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two ``#rrggbb`` colours, from 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
