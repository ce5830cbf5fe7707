"""Small still charts: distributions over spasms, and the trend of a rate over visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from hemispasm.report.document import Count, Day, Figure, FromRule, Inline, Number, Table
from hemispasm.report.inline import Cell
from hemispasm.report.svg import element, nice_step, short

WIDTH, HEIGHT = 320.0, 190.0
LEFT, TOP, BOTTOM = 30.0, 12.0, 150.0


@dataclass(frozen=True)
class TrendPoint:
    """A visit's value with its limits, a note for the table, and a word under the day."""

    day: date
    number: Number
    note: Cell = ()
    under: str = ""


def histogram_figure(
    title: str, values: Sequence[float], unit: str, where: str, what: str
) -> Figure:
    """Return a histogram with one dot per value below it, the median marked.

    Parameters
    ----------
    title, where : str
        What is shown and on which side, in words.
    values : sequence of float
        One value per event, in ``unit`` (``%`` already multiplied).
    what : str
        What one value belongs to, plural: ``spasms``.
    """
    array = np.sort(np.asarray(values, dtype=float))
    step = nice_step(max(float(array[-1]) - min(float(array[0]), 0.0), 1e-3), 8)
    low = step * np.floor(float(array[0]) / step)
    edges = low + step * np.arange(int(np.floor((float(array[-1]) - low) / step)) + 2)
    counts, _ = np.histogram(array, edges)
    median = Number(_tidy(np.median(array)), unit, FromRule("events.median"))
    quartiles = [
        Number(_tidy(np.quantile(array, q)), unit, FromRule("events.quartile"))
        for q in (0.25, 0.75)
    ]
    alt: Cell = (
        f"{title}, {where}: ",
        Count(len(array), "value", "values"),
        ", median ",
        median,
        ", quartiles ",
        quartiles[0],
        " and ",
        quartiles[1],
        ".",
    )
    rows = tuple(
        (
            (_edge(edges[i], unit), " to ", _edge(edges[i + 1], unit)),
            (Count(int(counts[i])),),
        )
        for i in range(len(counts))
    )
    svg = _histogram_svg(edges, counts, array, unit, what)
    table = Table.plain((f"{title}, {where}",), ("From, to", f"Number of {what}"), rows)
    return Figure((f"{title}, {where}",), svg, alt, table)


def _tidy(value: float | np.float64) -> float:
    return round(float(value), 6)


def _edge(value: float, unit: str) -> Number:
    return Number(round(float(value), 6), unit, FromRule("events.bin"))


def _histogram_svg(
    edges: NDArray[np.float64],
    counts: NDArray[np.int64],
    values: NDArray[np.float64],
    unit: str,
    what: str,
) -> Markup:
    top = max(int(counts.max()), 1)
    span = float(edges[-1] - edges[0])

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 18) * (value - float(edges[0])) / span

    def y(count: float) -> float:
        return BOTTOM - (BOTTOM - TOP - 8) * count / top

    parts = []
    step = max(1, int(nice_step(top, 4)))
    for count in range(0, top + 1, step):
        level = short(y(count))
        parts.append(element("path", {"class": "grid", "d": f"M{LEFT} {level}H{WIDTH - 18}"}))
        label = {"class": "tick-label end", "x": LEFT - 4, "y": y(count) + 4}
        parts.append(element("text", label, count))
    for i, count in enumerate(counts.tolist()):
        if count:
            left, right = x(float(edges[i])), x(float(edges[i + 1]))
            box = {"class": "column", "x": left + 1, "width": right - left - 2}
            parts.append(element("rect", {**box, "y": y(count), "height": BOTTOM - y(count)}))
    dots = [{"class": "dot", "cx": x(v), "cy": BOTTOM + 6, "r": 2.4} for v in values[:400].tolist()]
    parts += [element("circle", dot) for dot in dots]
    middle = short(x(float(np.median(values))))
    parts.append(element("path", {"class": "median", "d": f"M{middle} {TOP}V{BOTTOM + 10}"}))
    every = max(1, int(np.ceil(len(edges) / 6)))
    for edge in edges[::every].tolist():
        label = {"class": "tick-label", "x": x(edge), "y": BOTTOM + 24}
        parts.append(element("text", label, f"{round(edge, 6):g}"))
    axis = {"class": "axis-title middle", "x": (LEFT + WIDTH) / 2, "y": HEIGHT - 2}
    parts.append(element("text", axis, f"{unit}; dashed line: median; dots: single {what}"))
    parts.append(element("path", {"class": "axis-line", "d": f"M{LEFT} {BOTTOM}H{WIDTH - 18}"}))
    return _still(WIDTH, HEIGHT, parts)


def trend_figure(
    title: str | Cell, points: Sequence[TrendPoint], unit: str, where: str = ""
) -> Figure:
    """Return a value with its interval at each visit, in the order of the days.

    The days are drawn to scale, so that a long gap looks long. ``where`` is empty for a value
    that has no side.
    """
    ordered = sorted(points, key=lambda point: point.day)
    shown = [p for p in ordered if isinstance(p.number.value, float | int)]
    lead: Cell = (title,) if isinstance(title, str) else title
    head: Cell = (*lead, f", {where}") if where else lead
    alt: list[Inline] = [*head, ": "]
    for index, point in enumerate(ordered):
        alt += ["; " if index else "", Day(point.day), ": ", point.number]
    rows = tuple(((Day(p.day),), (p.number,), p.note or ("–",)) for p in ordered)
    table = Table.plain(head, ("Visit", "Value", "Note"), rows)
    return Figure(head, _trend_svg(shown, unit), (*alt, "."), table)


def _trend_svg(points: Sequence[TrendPoint], unit: str) -> Markup:
    width, height, left, bottom, top = 400.0, 240.0, 40.0, 180.0, 14.0
    if not points:
        return _still(width, 40, [element("text", {"class": "tick-label", "x": 8, "y": 24}, "–")])
    highs = [
        p.number.interval[1] if p.number.interval else float(p.number.value or 0) for p in points
    ]
    step = nice_step(max([*highs, 1e-3]), 5)
    ceiling = step * np.ceil(max([*highs, step]) / step)
    first, last = points[0].day.toordinal(), points[-1].day.toordinal()

    def x(day: date) -> float:
        share = 0.5 if last == first else (day.toordinal() - first) / (last - first)
        return left + 50 + (width - left - 110) * share

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / float(ceiling)

    parts = []
    for k in range(round(float(ceiling / step)) + 1):
        level = short(y(k * step))
        parts.append(element("path", {"class": "grid", "d": f"M{left} {level}H{width - 8}"}))
        label = {"class": "tick-label end", "x": left - 6, "y": y(k * step) + 4}
        parts.append(element("text", label, f"{round(k * step, 6):g}"))
    centre = [(x(p.day), y(float(p.number.value or 0))) for p in points]
    path = " ".join(
        f"{'M' if i == 0 else 'L'}{short(a)} {short(b)}" for i, (a, b) in enumerate(centre)
    )
    parts.append(element("path", {"class": "trend-line", "d": path}))
    for point, (a, b) in zip(points, centre, strict=True):
        if point.number.interval:
            low, high = (short(y(v)) for v in point.number.interval)
            whisker = f"M{short(a)} {low}V{high}M{short(a - 6)} {low}h12M{short(a - 6)} {high}h12"
            parts.append(element("path", {"class": "whisker", "d": whisker}))
        parts.append(element("circle", {"class": "point", "cx": a, "cy": b, "r": 5}))
    parts += _day_labels(points, [a for a, _ in centre], bottom)
    axis = {"class": "axis-title", "x": left, "y": height - 6}
    whiskers = f"whiskers: {points[0].number.level_text} interval"
    under = (unit, whiskers if any(p.number.interval for p in points) else "")
    parts.append(element("text", axis, "; ".join(filter(None, under))))
    return _still(width, height, parts)


def _day_labels(points: Sequence[TrendPoint], at: Sequence[float], y: float) -> list[Markup]:
    """Write the days under the points, the latest first; one without room is in the table."""
    parts: list[Markup] = []
    limit = np.inf
    for point, x in reversed(list(zip(points, at, strict=True))):
        if x > limit - 112:
            continue
        limit = x
        for text, down in ((point.day.isoformat(), 18), (point.under, 32)):
            parts.append(element("text", {"class": "tick-label", "x": x, "y": y + down}, text))
    return parts


def _still(width: float, height: float, parts: Sequence[Markup]) -> Markup:
    box = f"0 0 {short(width)} {short(height)}"
    return element("svg", {"class": "chart", "viewBox": box, "aria-hidden": "true"}, *parts)
