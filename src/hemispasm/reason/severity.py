"""Severity over the visits: measured indices and scales side by side, and what a change means.

A verdict needs a band within which a repeated measurement of an unchanged patient would lie.
Where none is known there is no verdict. The band is not a minimal clinically important difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.severity import SeverityPoint, SeverityTrend
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import load_vocabulary, lookup_code
from hemispasm.reason.conditions import read_table
from hemispasm.reason.records import toxin_cycles
from hemispasm.stats import Interval, difference_interval

SCALES = "scale."
LEVEL = 0.95


@dataclass(frozen=True)
class Repeatability:
    """Scatter of one recording of an unchanged patient beyond its own interval."""

    repeat_sd: float
    of_value: float
    source: str


@cache
def load_repeatability() -> dict[str, Repeatability]:
    """Return the measured indices that are followed, with their repeatability.

    Examples
    --------
    >>> load_repeatability()["video.spasm_rate"].repeat_sd
    0.5
    """
    table = read_table("severity")["measured"]
    return {code: Repeatability(**fields) for code, fields in table.items()}


def view_severity(chart: Chart, side: Side | None) -> tuple[SeverityTrend, ...]:
    """Return every measure of severity over the visits.

    Parameters
    ----------
    chart : Chart
        The chart.
    side : Side or None
        The side of the spasm. Measured indices of the other side are left out; with None, or
        with both sides, none is. Values that know only an edge of the picture cannot be followed
        over visits and are left out.

    Returns
    -------
    tuple of SeverityTrend
        Measured indices first, then the scales, each side and each rater apart. ``change`` is the
        newest value minus the one of the visit before. ``band`` holds both recordings' intervals
        and the repeatability of the method (Zou and Donner's difference, as for the comparison of
        two visits); scales have none, so their change stands without a verdict.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> from hemispasm.model.finding import Finding
    >>> def graded(day, grade):
    ...     return Observation(day=day, finding=Finding(code="scale.smc", side=Side.LEFT,
    ...         value=grade, unit="{score}", quality="measurable", method="exam/1",
    ...         origin="examined"))
    >>> days = date(2026, 3, 2), date(2026, 6, 1)
    >>> chart = Chart(case=Case(id="P-1"), as_of=days[1],
    ...               observations=(graded(days[0], 3.0), graded(days[1], 2.0)))
    >>> trend, = view_severity(chart, Side.LEFT)
    >>> trend.change, trend.verdict, trend.why_not
    (-1.0, 'not_judged', 'no_repeatability')
    """
    followed = [*load_repeatability(), *(c for c in load_vocabulary() if c.startswith(SCALES))]
    trends = []
    for code in followed:
        for series in _series(chart, code, side):
            trends.append(_trend(chart, code, series))
    return tuple(trends)


def _series(chart: Chart, code: str, side: Side | None) -> Iterator[list[Observation]]:
    """Yield the numeric observations of a code, of one side and one rater, oldest first."""
    measured = code in load_repeatability()
    found: dict[tuple[Side | None, str | None], list[Observation]] = {}
    for seen in chart.every(code):
        finding = seen.finding
        if isinstance(finding.value, str) or seen.day > chart.as_of:
            continue
        if measured and finding.side is None:
            continue
        if measured and side in (Side.LEFT, Side.RIGHT) and finding.side is side.other:
            continue
        found.setdefault((finding.side, finding.extra("rater")), []).append(seen)
    for key in sorted(found, key=lambda k: (str(k[0] or ""), str(k[1] or ""))):
        yield sorted(found[key], key=lambda seen: seen.day)


def _trend(chart: Chart, code: str, series: list[Observation]) -> SeverityTrend:
    newest = series[-1]
    trend = SeverityTrend(
        code=code,
        side=newest.finding.side,
        unit=newest.finding.unit,
        points=tuple(_point(seen) for seen in series),
        rater=newest.finding.extra("rater"),
    )
    earlier = [seen for seen in series if seen.day < newest.day]
    if not earlier:
        return trend.model_copy(update={"why_not": "one_visit"})
    before = earlier[-1]
    shared = {newest.day, before.day}
    if sum(seen.day in shared for seen in series) > len(shared):
        return trend.model_copy(update={"why_not": "several_on_one_day"})
    change = _number(newest) - _number(before)
    why_not = _why_not(chart, code, before, newest)
    if why_not is not None:
        return trend.model_copy(update={"change": change, "why_not": why_not})
    band = _band(code, before, newest)
    return trend.model_copy(
        update={
            "change": change,
            "band": band,
            "verdict": _verdict(code, change, band),
            "cautions": _cautions(chart, before, newest),
        }
    )


def _why_not(chart: Chart, code: str, before: Observation, newest: Observation) -> str | None:
    if code not in load_repeatability():
        return "no_repeatability"
    if before.finding.interval is None or newest.finding.interval is None:
        return "no_interval"
    if (before.finding.level or LEVEL) != (newest.finding.level or LEVEL):
        return "unlike_methods"
    if before.finding.method != newest.finding.method:
        return "unlike_methods"
    phases = [_phase(chart, seen.day) for seen in (before, newest)]
    # A toxin that had worn off leaves as good a starting point as none.
    if None in phases or phases[0] in ("never", "worn_off") or phases[0] == phases[1]:
        return None
    return "unlike_toxin_phases"


def _phase(chart: Chart, day: date) -> str | None:
    """Return where in a toxin cycle a day lies; None when treatments are not known."""
    if chart.treatments is None:
        return None
    since = [(day - cycle.day).days for cycle in toxin_cycles(chart) if cycle.day <= day]
    if not since:
        return "never"
    phases = read_table("severity")["phases"]
    for name in ("onset", "peak", "waning"):
        if min(since) <= phases[f"{name}_until"]:
            return name
    return "worn_off"


def _band(code: str, before: Observation, newest: Observation) -> tuple[float, float]:
    """Return the changes that are no change: those whose interval would still hold zero."""
    early, late = _number(before), _number(newest)
    rule = load_repeatability()[code]
    of_one = max(rule.repeat_sd, rule.of_value * max(early, late))
    interval = difference_interval(
        early, _interval(before), late, _interval(newest), repeat_sd=2**0.5 * of_one
    )
    change = late - early
    return change - interval.high, change - interval.low


def _interval(seen: Observation) -> Interval:
    if seen.finding.interval is None:
        raise ValueError(f"{seen.finding.code} has no interval")
    return Interval(*seen.finding.interval, seen.finding.level or LEVEL)


def _verdict(code: str, change: float, band: tuple[float, float]) -> str:
    if band[0] <= change <= band[1]:
        return "within_band"
    grew = change > 0
    return "worse" if grew == (lookup_code(code).worse != "lower") else "better"


def _cautions(chart: Chart, before: Observation, newest: Observation) -> tuple[str, ...]:
    found = []
    if chart.treatments is None:
        found.append("toxin_history_unknown")
    if Grade.LIMITED in (before.finding.quality, newest.finding.quality):
        found.append("limited_quality")
    return tuple(found)


def _number(seen: Observation) -> float:
    value = seen.finding.value
    if value is None or isinstance(value, str):
        raise ValueError(f"{seen.finding.code} is not a number")
    return float(value)


def _point(seen: Observation) -> SeverityPoint:
    finding = seen.finding
    return SeverityPoint(
        day=seen.day,
        value=_number(seen),
        interval=finding.interval,
        level=finding.level,
        quality=finding.quality,
        origin=finding.origin,
        rater=finding.extra("rater"),
    )
