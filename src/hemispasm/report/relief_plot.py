"""When relief comes after decompression: shares by day, of those relieved in the end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from hemispasm.model.plan import CourseStep
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import Cell, Figure, FromRule, Number, Table
from hemispasm.report.number import percent_decimals
from hemispasm.report.phrase import joined, phrase
from hemispasm.report.svg import element, short

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480.0, 260.0, 40.0, 24.0, 14.0, 200.0
_TICKS = (0, 25, 50, 75, 100)


def relief_figure(course: Sequence[CourseStep], days_since: int | None = None) -> Figure:
    """Return the published steps with their intervals, and where the patient stands.

    The share between two steps is not known, so the steps are joined by a dashed line.

    Parameters
    ----------
    course : sequence of CourseStep
        At least one.
    days_since : int or None
        Days from the operation to the day of the report; drawn when it lies within the plot.
    """
    ordered = sorted(course, key=lambda step: step.day)
    told: list[Cell] = [
        (*phrase("report.mvd.course_day"), " ", _day(step), ": ", share_of(step))
        for step in ordered
    ]
    alt = (*phrase("report.mvd.course_alt"), *joined(told, "; "), ".")
    columns = (lookup_text("report.mvd.course_day"), lookup_text("report.mvd.course_share"))
    rows = tuple(((_day(step),), (share_of(step),)) for step in ordered)
    table = Table.plain(phrase("report.mvd.course_caption"), columns, rows)
    return Figure(phrase("report.mvd.course_title"), _svg(ordered, days_since), alt, table)


def share_of(step: CourseStep) -> Number:
    """Return the share relieved by a step, in per cent with its interval."""
    share = round(step.share * 100, 6)
    limits = (round(step.interval[0] * 100, 6), round(step.interval[1] * 100, 6))
    decimals = percent_decimals((share, *limits))
    return Number(share, "%", FromRule("mvd.course"), limits, step.level, decimals=decimals)


def _day(step: CourseStep) -> Number:
    return Number(step.day, "days", FromRule("mvd.course"), decimals=0)


def _svg(course: Sequence[CourseStep], days_since: int | None) -> Markup:
    last = course[-1].day

    def x(day: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.sqrt(max(day, 0.0) / last)

    def y(share: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * share

    parts = []
    for tick in _TICKS:
        level = short(y(tick / 100))
        parts.append(element("path", {"class": "grid", "d": f"M{LEFT} {level}H{WIDTH - RIGHT}"}))
        label = {"class": "tick-label end", "x": LEFT - 6, "y": y(tick / 100) + 4}
        parts.append(element("text", label, f"{tick} %"))
    if days_since is not None and 0 <= days_since <= last:
        at = short(x(days_since))
        parts.append(element("path", {"class": "median", "d": f"M{at} {TOP}V{BOTTOM}"}))
    upper = [f"{short(x(s.day))} {short(y(s.interval[1]))}" for s in course]
    lower = [f"{short(x(s.day))} {short(y(s.interval[0]))}" for s in reversed(course)]
    parts.append(element("path", {"class": "band", "d": f"M{'L'.join([*upper, *lower])}z"}))
    centre = [(x(step.day), y(step.share)) for step in course]
    path = "L".join(f"{short(a)} {short(b)}" for a, b in centre)
    parts.append(element("path", {"class": "trend-line", "d": f"M{path}"}))
    for step, (a, b) in zip(course, centre, strict=True):
        low, high = (short(y(end)) for end in step.interval)
        whisker = f"M{short(a)} {low}V{high}M{short(a - 5)} {low}h10M{short(a - 5)} {high}h10"
        parts.append(element("path", {"class": "whisker", "d": whisker}))
        parts.append(element("circle", {"class": "point", "cx": a, "cy": b, "r": 4.5}))
        label = {"class": "tick-label", "x": a, "y": BOTTOM + 18}
        parts.append(element("text", label, f"{step.day:g} d"))
    axis = {"class": "axis-title", "x": LEFT, "y": BOTTOM + 42}
    parts.append(element("text", axis, lookup_text("report.mvd.course_axis")))
    box = f"0 0 {short(WIDTH)} {short(HEIGHT)}"
    return element("svg", {"class": "chart", "viewBox": box, "aria-hidden": "true"}, *parts)
