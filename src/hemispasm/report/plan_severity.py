"""Severity over the visits: measured indices and scales side by side."""

from __future__ import annotations

from hemispasm.model import lookup_code
from hemispasm.model.plan import Plan, SeverityPoint, SeverityTrend
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Cell,
    Columns,
    Day,
    Figure,
    FromRule,
    Number,
    Origin,
    Para,
    Section,
    Table,
    Verbatim,
)
from hemispasm.report.number import observed_number
from hemispasm.report.phrase import lines, phrase, say, side_words
from hemispasm.report.plots import TrendPoint, trend_figure
from hemispasm.report.words import grade_words

_COLUMNS = ("measure", "before", "latest", "change", "band", "verdict")


def severity_section(plan: Plan) -> Section:
    """Return every measure over the visits, with what may be read from its change."""
    title = phrase("report.severity.title")
    if not plan.severity:
        return Section("severity", title, (Para(*phrase("report.severity.none")),))
    columns = tuple(lookup_text(f"report.severity.{column}") for column in _COLUMNS)
    rows = tuple(_row(trend) for trend in plan.severity if trend.points)
    children: list[Block] = [
        Table.plain(phrase("report.severity.caption"), columns, rows, "prose"),
        Para(*say("severity.band", "report.severity.band_note")),
    ]
    figures = [_figure(trend) for trend in plan.severity if len(_days(trend)) > 1]
    if figures:
        children.append(Columns(tuple((figure,) for figure in figures)))
    return Section("severity", title, tuple(children))


def _days(trend: SeverityTrend) -> list[SeverityPoint]:
    """Return one point of each day, the last that stands there."""
    return list({point.day: point for point in trend.points}.values())


def _row(trend: SeverityTrend) -> tuple[Cell, ...]:
    points = sorted(trend.points, key=lambda point: point.day)
    latest = points[-1]
    before = next((p for p in reversed(points) if p.day < latest.day), None)
    change = trend.change
    return (
        _name(trend),
        phrase("report.severity.once") if before is None else _value(trend, before),
        _value(trend, latest),
        ("–",) if change is None else (_change(trend, change),),
        _band(trend),
        _verdict(trend),
    )


def _name(trend: SeverityTrend) -> Cell:
    label = Verbatim(lookup_code(trend.code).label, Origin.VOCABULARY)
    return (label, ", ", *side_words(trend.side)) if trend.side is not None else (label,)


def _value(trend: SeverityTrend, point: SeverityPoint) -> Cell:
    number = observed_number(trend.code, trend.side, point.value, point.interval, point.level)
    rater: Cell = ()
    if point.rater is not None:
        rater = phrase("report.severity.rater", rater=Verbatim(point.rater, Origin.CASE))
    return (number, " (", Day(point.day), *rater, ")")


def _change(trend: SeverityTrend, change: float) -> Number:
    shown = observed_number(trend.code, trend.side, change)
    unit = "percentage points" if shown.unit == "%" else shown.unit
    rule = FromRule("severity.change")
    return Number(shown.value, unit, rule, signed=True, decimals=shown.decimals)


def _band(trend: SeverityTrend) -> Cell:
    if trend.band is None:
        return phrase("report.severity.no_band")
    ends = [observed_number(trend.code, trend.side, end) for end in trend.band]
    low, high = (
        Number(end.value, end.unit, FromRule("severity.band"), decimals=end.decimals, signed=True)
        for end in ends
    )
    return (low, " to ", high)


def _verdict(trend: SeverityTrend) -> Cell:
    words = phrase(f"report.severity.{trend.verdict}")
    if trend.why_not is not None:
        words = (*words, ": ", *say(f"severity.{trend.why_not}"))
    notes = [(*phrase("report.severity.caution"), *say(f"severity.{c}")) for c in trend.cautions]
    return lines([words, *notes])


def _figure(trend: SeverityTrend) -> Figure:
    points = [
        TrendPoint(
            point.day,
            observed_number(trend.code, trend.side, point.value, point.interval, point.level),
            (*phrase(f"origin.{point.origin}"), ", ", grade_words(point.quality)),
        )
        for point in _days(trend)
    ]
    title = (Verbatim(lookup_code(trend.code).label, Origin.VOCABULARY),)
    where = lookup_text(f"side.{trend.side}") if trend.side else ""
    unit = points[0].number.unit
    return trend_figure(title, points, "" if unit == "1" else unit, where)
