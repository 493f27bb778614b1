"""Is it moving: twelve periods from zero, no line across a gap, hollow as reported and solid as known."""

from reports.charts.pen import DIGIT, Pen, nice_step
from reports.view.base import View


def trend(pen: Pen, series: View, name: str, width: float, height: float) -> str:
    """One series over the periods.

    Args:
        series: from ``reports.view.trend``.
        name: a name of its own on the page.
        width, height: of the drawing; where periods stand too close, labels are shorter and n stands upright.
    """
    return _Trend(pen.fresh(), series, width, height).drawn(name)


class _Trend:
    """One drawing under way: where its slots and its scale lie."""

    def __init__(self, pen: Pen, series: View, width: float, height: float) -> None:
        self.pen, self.series, self.width, self.height = pen, series, width, height
        size = pen.size
        self.points = series["points"]
        self.left = size * 3.1
        self.right = width - (size * 3.9 if series["targets"] else 0)
        self.slot = (self.right - self.left) / len(self.points)
        widest = max((len(point["n"]) for point in self.points), default=1)
        self.close = self.slot < size * DIGIT * max(widest, 4.4)
        self.foot = size * (3.4 if not self.close else 2.4 + DIGIT * widest)
        self.top, self.floor = size * 2.2, height - self.foot
        highest = max([point["value"] for point in self.points if point["shown"]] + [1])
        highest = max([highest, *(p["then_value"] for p in self.points if p["restated"]), *series["targets"]])
        self.step = 20.0 if series["whole"] else nice_step(highest, 5)
        self.end = 100.0 if series["whole"] else -(-highest // self.step) * self.step

    def x(self, place: int) -> float:
        return self.left + self.slot * (place + 0.5)

    def y(self, value: float) -> float:
        return self.floor - (self.floor - self.top) * value / self.end

    def drawn(self, name: str) -> str:
        self._scale()
        self._gaps(name)
        self._changes()
        self._line()
        self._labels()
        return self.pen.picture(self.width, self.height, self.series["alt"], "trend")

    def _scale(self) -> None:
        pen, value = self.pen, 0.0
        while value <= self.end + self.step / 2:
            pen.line(self.left, self.y(value), self.right, self.y(value), "line" if not value else "hair")
            pen.text(self.left - pen.size * 0.5, self.y(value) + pen.size * 0.35, f"{value:g}%", anchor="end")
            value += self.step
        for target in self.series["targets"]:
            pen.line(self.left, self.y(target), self.right, self.y(target), "duty", 1.6)
            said = f"≥ {target}%" if target == self.series["targets"][-1] else f"{target}%"
            at = self.y(target) + pen.size * 0.35
            pen.text(self.right + pen.size * 0.3, at, said, "duty", "start", strong=True)

    def _gaps(self, name: str) -> None:
        pen = self.pen
        missing = [i for i, point in enumerate(self.points) if point["state"] == "missing"]
        hatch = pen.hatch(f"gap-{name}", "line", "paper", 5 * pen.thin) if missing else ""
        for i in missing:
            wide = min(self.slot * 0.62, pen.size * 4)
            pen.rect(self.x(i) - wide / 2, self.top, wide, self.floor - self.top, hatch)
            middle = (self.top + self.floor) / 2
            if self.slot < pen.size * 4.4:
                pen.text(self.x(i) + pen.size * 0.35, middle, self.series["no_run"], upright=True, halo=True)
            else:
                half = pen.size * self.series["no_run_width"] / 2
                pen.rect(self.x(i) - half, middle - pen.size, 2 * half, pen.size * 1.5, "paper")
                pen.text(self.x(i), middle + pen.size * 0.1, self.series["no_run"])
        before = sum(point["state"] == "before" for point in self.points)
        if before:
            pen.text(self.left + self.slot * before / 2, (self.top + self.floor) / 2, self.series["before"])

    def _changes(self) -> None:
        pen = self.pen
        for i, point in enumerate(self.points):
            if point["change"]:
                x = self.x(i) - self.slot / 2
                pen.line(x, self.top - pen.size, x, self.floor, "duty", 1.4, "3 3")
                end = i > len(self.points) * 2 / 3
                shift = -pen.size * 0.4 if end else pen.size * 0.4
                anchor = "end" if end else "start"
                pen.text(x + shift, self.floor - pen.size * 0.6, point["change"], "duty", anchor, strong=True)

    def _line(self) -> None:
        run: list[tuple[float, float]] = []
        for i, point in enumerate([*self.points, {"shown": False}]):
            if point["shown"]:
                run.append((self.x(i), self.y(point["value"])))
            elif run:
                if len(run) > 1:
                    self.pen.path(run, "fact", 1.8)
                run = []
        for i, point in enumerate(self.points):
            if point["shown"]:
                self._point(i, point)

    def _point(self, i: int, point: View) -> None:
        pen, x, y = self.pen, self.x(i), self.y(point["value"])
        radius = pen.size * 0.3
        above = True
        if point["restated"]:
            then = self.y(point["then_value"])
            above = then >= y
            near = abs(then - y) < pen.size * 0.6
            pen.dot(x, then, radius * (1.8 if near else 1), "fact", hollow=True)
            low = then + pen.size * (1.6 if above else -0.75)
            pen.text(x, low, point["then_short"] if self.close else point["then"], "ink2")
        pen.dot(x, y, radius, "fact")
        at = y - pen.size * 0.75 if above else y + pen.size * 1.35
        last = i == len(self.points) - 1
        said = point["short"] if self.close else point["rate"]
        room = self.slot >= pen.size * DIGIT * len(said) or (len(self.points) - i) % 2
        if room:
            pen.text(x, at, said, "ink", strong=last, halo=True)

    def _labels(self) -> None:
        pen = self.pen
        first = self.floor + pen.size * 1.5
        for i, point in enumerate(self.points):
            pen.text(self.x(i), first, point["short_name"] if self.close else point["name"])
            if self.close:
                pen.text(
                    self.x(i) + pen.size * 0.35,
                    first + pen.size * 0.6,
                    point["n"],
                    "ink2",
                    "end",
                    upright=True,
                )
            else:
                pen.text(self.x(i), first + pen.size * 1.45, point["n"])
        row = first + pen.size * (1.45 if not self.close else 1.3)
        pen.text(self.left - pen.size * 0.9, row, "n", anchor="end")
