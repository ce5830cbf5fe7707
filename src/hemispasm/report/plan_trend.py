"""Small courses: one measure over the visits, to stand several in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from markupsafe import Markup

from hemispasm.report.document import Cell, Figure
from hemispasm.report.plots import TrendPoint, trend_figure
from hemispasm.report.svg import element, nice_step, short

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 220.0, 140.0, 34.0, 36.0, 12.0, 104.0


def small_trend_figure(
    title: Cell, points: Sequence[TrendPoint], unit: str, where: str = ""
) -> Figure:
    """Return a measure over the visits as `plots.trend_figure` does, drawn small.

    Only the first and the latest day are written under the axis; every day is in the table.
    """
    figure = trend_figure(title, points, unit, where)
    ordered = sorted(points, key=lambda point: point.day)
    shown = [p for p in ordered if isinstance(p.number.value, float | int)]
    return replace(figure, svg=_svg(shown, unit)) if shown else figure


def _top(point: TrendPoint) -> float:
    return point.number.interval[1] if point.number.interval else float(point.number.value or 0)


def _svg(points: Sequence[TrendPoint], unit: str) -> Markup:
    highest = max([*(_top(point) for point in points), 1e-3])
    step = nice_step(highest, 3)
    ceiling = float(step * np.ceil(highest / step))
    first, last = points[0].day.toordinal(), points[-1].day.toordinal()

    def x(day: date) -> float:
        share = 0.5 if last == first else (day.toordinal() - first) / (last - first)
        return LEFT + 26 + (WIDTH - LEFT - RIGHT - 26) * share

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / ceiling

    parts = []
    for k in range(round(ceiling / step) + 1):
        level = short(y(k * step))
        parts.append(element("path", {"class": "grid", "d": f"M{LEFT} {level}H{WIDTH - 4}"}))
        label = {"class": "tick-label end", "x": LEFT - 5, "y": y(k * step) + 4}
        parts.append(element("text", label, f"{round(k * step, 6):g}"))
    centre = [(x(p.day), y(float(p.number.value or 0))) for p in points]
    path = "L".join(f"{short(a)} {short(b)}" for a, b in centre)
    parts.append(element("path", {"class": "trend-line", "d": f"M{path}"}))
    for point, (a, b) in zip(points, centre, strict=True):
        if point.number.interval:
            low, high = (short(y(v)) for v in point.number.interval)
            whisker = f"M{short(a)} {low}V{high}M{short(a - 4)} {low}h8M{short(a - 4)} {high}h8"
            parts.append(element("path", {"class": "whisker", "d": whisker}))
        parts.append(element("circle", {"class": "point", "cx": a, "cy": b, "r": 4}))
    ends = {points[0].day: centre[0][0], points[-1].day: centre[-1][0]}
    for day, at in ends.items():
        label = {"class": "tick-label", "x": at, "y": BOTTOM + 16}
        parts.append(element("text", label, day.isoformat()))
    if unit:
        axis = {"class": "axis-title", "x": LEFT, "y": HEIGHT - 6}
        parts.append(element("text", axis, unit))
    box = f"0 0 {short(WIDTH)} {short(HEIGHT)}"
    return element("svg", {"class": "chart small", "viewBox": box, "aria-hidden": "true"}, *parts)
