"""Severity over the visits: measured indices and scales side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hemispasm.model import lookup_code
from hemispasm.model.plan import Plan, SeverityPoint, SeverityTrend
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Cell,
    Columns,
    Day,
    Figure,
    Folded,
    FromRule,
    Number,
    Origin,
    Para,
    Section,
    Soft,
    Table,
    Verbatim,
    text_of,
)
from hemispasm.report.number import decimals_for, observed_number
from hemispasm.report.phrase import joined, phrase, say, side_words
from hemispasm.report.plan_trend import small_trend_figure
from hemispasm.report.plots import TrendPoint
from hemispasm.report.words import grade_words

_COLUMNS = ("measure", "before", "latest", "change", "verdict")
# In the order of importance; the others follow as the plan has them.
FIRST = (
    "video.spasm_rate",
    "video.spasm_time_fraction",
    "emg.burst_rate",
    "scale.smc",
    "scale.hfs7",
    "scale.vas_severity",
    "scale.jrs_total",
)
_MOST_ROWS, _MOST_TRENDS = 8, 4
_BAND = FromRule("severity.band")


def severity_section(plan: Plan) -> Section:
    """Return every measure over the visits, with what may be read from its change."""
    title = phrase("report.severity.title")
    trends = in_order(plan.severity)
    if not trends:
        return Section("severity", title, (Para(*phrase("report.severity.none")),))
    shown, more = trends[:_MOST_ROWS], trends[_MOST_ROWS:]
    children: list[Block] = [_table(shown), *_notes(trends)]
    if any(trend.band is not None for trend in trends):
        children.append(Para(*say("severity.band"), role="hint-text"))
    figures = [_figure(trend) for trend in trends if len(_days(trend)) > 1]
    if figures:
        children.append(Columns(tuple((figure,) for figure in figures[:_MOST_TRENDS])))
    if more:
        children.append(Folded(phrase("report.severity.more"), (_table(more),)))
    if figures[_MOST_TRENDS:]:
        rest = Columns(tuple((figure,) for figure in figures[_MOST_TRENDS:]))
        children.append(Folded(phrase("report.severity.more_trends"), (rest,)))
    return Section("severity", title, tuple(children))


def in_order(trends: Iterable[SeverityTrend]) -> list[SeverityTrend]:
    """Return the trends that have a point: those with a verdict, then the most important measures.

    Nobody may overlook a change behind a fold.
    """

    def place(trend: SeverityTrend) -> tuple[bool, int]:
        known = FIRST.index(trend.code) if trend.code in FIRST else len(FIRST)
        return (trend.verdict not in ("worse", "better"), known)

    return sorted((trend for trend in trends if trend.points), key=place)


def before_latest(trend: SeverityTrend) -> tuple[SeverityPoint | None, SeverityPoint]:
    """Return the point of the visit before, if there is one, and that of the latest visit."""
    points = sorted(trend.points, key=lambda point: point.day)
    latest = points[-1]
    return next((p for p in reversed(points) if p.day < latest.day), None), latest


def change_number(trend: SeverityTrend, change: float) -> Number:
    """Return the change of a measure with its sign, in the units that the page prints."""
    shown = observed_number(trend.code, trend.side, change)
    unit = "percentage points" if shown.unit == "%" else shown.unit
    rule = FromRule("severity.change")
    return Number(shown.value, unit, rule, signed=True, decimals=shown.decimals)


def short_verdict(trend: SeverityTrend) -> Cell:
    """Return what may be read from a change in few words, with the band where there is one."""
    words = phrase(f"report.severity.{trend.verdict}")
    if trend.band is None:
        return words
    low, high = (replace(change_number(trend, end), source=_BAND) for end in trend.band)
    # The unit stands once, after the upper end, which decides about the decimals.
    decimals = high.decimals
    if decimals is None:
        decimals = decimals_for(high.unit, max(abs(end) for end in _values(low, high)))
    low, high = replace(low, unit="1", decimals=decimals), replace(high, decimals=decimals)
    return (*words, *phrase("report.severity.band", low=low, high=high))


def _values(*numbers: Number) -> list[float]:
    return [float(number.value or 0) for number in numbers]


def _days(trend: SeverityTrend) -> list[SeverityPoint]:
    """Return one point of each day, the last that stands there."""
    return list({point.day: point for point in trend.points}.values())


def _table(trends: Sequence[SeverityTrend]) -> Table:
    columns = tuple(lookup_text(f"report.severity.{column}") for column in _COLUMNS)
    rows = tuple(_row(trend) for trend in trends)
    return Table.plain(phrase("report.severity.caption"), columns, rows)


def _row(trend: SeverityTrend) -> tuple[Cell, ...]:
    before, latest = before_latest(trend)
    change = trend.change
    return (
        _name(trend),
        phrase("report.severity.once") if before is None else _value(trend, before),
        _value(trend, latest),
        ("–",) if change is None else (change_number(trend, change),),
        short_verdict(trend),
    )


def _name(trend: SeverityTrend) -> Cell:
    label = Verbatim(lookup_code(trend.code).label, Origin.VOCABULARY)
    side: Cell = (", ", *side_words(trend.side)) if trend.side is not None else ()
    rater: Cell = ()
    if trend.rater is not None:
        rater = phrase("report.severity.rater", rater=Verbatim(trend.rater, Origin.CASE))
    return (label, *side, *rater)


def _value(trend: SeverityTrend, point: SeverityPoint) -> Cell:
    number = observed_number(trend.code, trend.side, point.value, point.interval, point.level)
    rater: Cell = ()
    if point.rater is not None and trend.rater is None:
        rater = phrase("report.severity.rater", rater=Verbatim(point.rater, Origin.CASE))
    return (number, " ", Soft("(", Day(point.day), *rater, ")"))


def _notes(trends: Sequence[SeverityTrend]) -> list[Para]:
    """Return once for each reason why there is no verdict, and each caution, whom it concerns."""
    reasons: dict[str, list[SeverityTrend]] = {}
    cautions: dict[str, list[SeverityTrend]] = {}
    for trend in trends:
        # That there was one visit stands in the row.
        if trend.why_not is not None and trend.why_not != "one_visit":
            reasons.setdefault(trend.why_not, []).append(trend)
        for caution in trend.cautions:
            cautions.setdefault(caution, []).append(trend)
    found = [_note("why_not", reason, whom) for reason, whom in reasons.items()]
    return [*found, *(_note("caution", caution, whom) for caution, whom in cautions.items())]


def _note(kind: str, key: str, whom: Sequence[SeverityTrend]) -> Para:
    measures = joined({text_of(_name(trend)): _name(trend) for trend in whom}.values(), "; ")
    words = phrase(f"report.severity.{kind}", measures=measures, why=say(f"severity.{key}"))
    return Para(*words, role="hint-text")


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
    return small_trend_figure(title, points, "" if unit == "1" else unit, where)
