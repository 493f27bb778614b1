"""The pen that all charts are drawn with: sizes of type, colours of the medium, and the few marks there are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final

from reports.theme import LIGHT

#: What a digit takes of the size of its type, for keeping labels apart.
DIGIT: Final = 0.54


@dataclass
class Pen:
    """A medium to draw for.

    Args:
        colour: colour of a token.
        size: size of the type, in the drawing's own units.
        font: family of the type; "" takes that of the page.
        thin: width of a fine line.
    """

    colour: Callable[[str], str]
    size: float
    font: str = ""
    thin: float = 1.0
    made: list[str] = field(default_factory=list)

    def fresh(self) -> "Pen":
        """The same pen with an empty sheet."""
        return Pen(self.colour, self.size, self.font, self.thin)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> None:
        """A filled box; ``fill`` is a token or ``url(#...)``."""
        paint = fill if fill.startswith("url") else self.colour(fill)
        clear = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        self.made.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{paint}"{clear}/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.made.append(
            f'<path d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" stroke="{self.colour(stroke)}"'
            f' stroke-width="{_n(width * self.thin)}"{dashed}/>'
        )

    def path(self, points: list[tuple[float, float]], stroke: str, width: float = 1) -> None:
        """A line through points."""
        way = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        self.made.append(
            f'<path d="M{way}" fill="none" stroke="{self.colour(stroke)}" stroke-linejoin="round"'
            f' stroke-width="{_n(width * self.thin)}"/>'
        )

    def dot(self, x: float, y: float, radius: float, stroke: str, *, hollow: bool = False) -> None:
        """A point; a hollow one shows the paper inside."""
        fill = self.colour("paper" if hollow else stroke)
        self.made.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"'
            f' stroke="{self.colour(stroke)}" stroke-width="{_n(1.5 * self.thin)}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        said: str,
        fill: str = "ink2",
        anchor: str = "middle",
        *,
        strong: bool = False,
        upright: bool = False,
        halo: bool = False,
    ) -> None:
        """A label on its base line; ``upright`` turns it to read upwards, ``halo`` keeps lines off it."""
        weight = ' font-weight="680"' if strong and not self.font else ""
        turn = f' transform="rotate(-90 {_n(x)} {_n(y)})"' if upright else ""
        if halo:
            edge = (
                f'stroke="{self.colour("paper")}" stroke-width="{_n(self.size / 3)}" stroke-linejoin="round"'
            )
            turn += f' paint-order="stroke" {edge}'
        self.made.append(
            f'<text x="{_n(x)}" y="{_n(y)}" fill="{self.colour(fill)}" text-anchor="{anchor}"{weight}{turn}>'
            f"{escape(said)}</text>"
        )

    def hatch(self, name: str, ink: str, ground: str, step: float) -> str:
        """A hatched paint, to be used as a fill; ``name`` must be its own on the page."""
        self.made.append(
            f'<defs><pattern id="{escape(name)}" width="{_n(step)}" height="{_n(step)}" '
            f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="{_n(step)}" height="{_n(step)}" fill="{self.colour(ground)}"/>'
            f'<rect width="{_n(step / 2)}" height="{_n(step)}" fill="{self.colour(ink)}"/></pattern></defs>'
        )
        return f"url(#{escape(name)})"

    def picture(self, width: float, height: float, label: str, kind: str = "") -> str:
        """What was drawn, as one SVG image."""
        family = f' font-family="{escape(self.font)}"' if self.font else ""
        css = f' class="chart {kind}"' if kind else ' class="chart"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg"{css} viewBox="0 0 {_n(width)} {_n(height)}" '
            f'width="{_n(width)}" height="{_n(height)}" role="img" aria-label="{escape(label)}" '
            f'font-size="{_n(self.size)}"{family}>{"".join(self.made)}</svg>'
        )


def _n(value: float) -> str:
    """A coordinate without needless digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def for_page() -> Pen:
    """For the page: its colours follow light and dark."""
    return Pen(lambda token: f"var(--{token.replace('_', '-')})", 11.5)


def for_paper(font: str) -> Pen:
    """For the printed report: light colours, in points."""
    return Pen(lambda token: LIGHT[token], 6.2, font, 0.7)


def nice_step(top: float, parts: int) -> float:
    """A round step that reaches ``top`` in at most ``parts`` of it: 1, 2 or 5 times a power of ten."""
    step = 0.001
    while True:
        for factor in (1, 2, 5):
            if step * factor * parts >= top:
                return step * factor
        step *= 10
