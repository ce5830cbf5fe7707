"""The saw-tooth of toxin: injections, benefit, measured severity, and the forecast of wear-off.

One figure per side. Only what is recorded is drawn: a wear-off that nobody wrote down stays open,
values are not joined across a cycle that went by unseen, and severity of the other side is never
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from hemispasm.model import Side, lookup_code
from hemispasm.model.plan import CycleView, SeverityPoint, SeverityTrend, ToxinView, WearOff
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Day,
    Figure,
    FromRule,
    Identifier,
    Number,
    Origin,
    Table,
    Verbatim,
)
from hemispasm.report.inline import MONTHS
from hemispasm.report.number import observed_number
from hemispasm.report.phrase import joined, phrase, side_words
from hemispasm.report.svg import element, nice_step, short

WIDTH, LEFT, RIGHT = 640.0, 60.0, 16.0
TOP, SEVERITY_HEIGHT, LANE_HEIGHT, GAP = 30.0, 130.0, 56.0, 20.0
LABEL_WIDTH = 66.0
# Which measure is drawn when several are recorded: what a recording shows before what is rated.
PREFERRED = (
    "video.spasm_rate",
    "video.spasm_time_fraction",
    "scale.jrs_total",
    "scale.tunc",
    "scale.smc",
    "scale.vas_severity",
    "scale.hfs7",
)


def saw_tooth_figure(
    view: ToxinView,
    severity: Sequence[SeverityTrend] = (),
    *,
    side: Side | None,
    as_of: date,
) -> Figure | None:
    """Return the cycles of one side over time.

    Parameters
    ----------
    view : ToxinView
        Cycles and forecasts; those of other sides are left out.
    severity : sequence of SeverityTrend
        One measure is drawn: the first of ``PREFERRED`` recorded for this side or for the patient
        as a whole, else the one with the most points.
    side : Side or None
        Side to draw; None for cycles whose side is not known.
    as_of : date
        Day of the report, drawn as a line.

    Returns
    -------
    Figure or None
        None when no cycle of this side is recorded.
    """
    cycles = sorted((c for c in view.cycles if c.side == side), key=lambda c: c.day)
    if not cycles:
        return None
    trend = choose_trend(severity, side)
    forecast = next((f for f in view.forecasts if f.side == side), None)
    where = side_words(side)
    return Figure(
        phrase("toxin.plot.title", where=where),
        _Drawing.of(cycles, trend, forecast, as_of).svg(),
        _alt(cycles, trend, forecast, where),
        _table(cycles, trend, forecast, where),
    )


def choose_trend(severity: Sequence[SeverityTrend], side: Side | None) -> SeverityTrend | None:
    """Return the measure that is drawn for a side; None when there is none.

    A measure of the other side is never chosen; one without a side (a questionnaire) may be.
    """
    fitting = [t for t in severity if t.points and t.side in (None, side)]
    for code in PREFERRED:
        for trend in fitting:
            if trend.code == code:
                return trend
    return max(fitting, key=lambda t: len(t.points), default=None)


def _alt(
    cycles: Sequence[CycleView],
    trend: SeverityTrend | None,
    forecast: WearOff | None,
    where: Cell,
) -> Cell:
    told = joined((_cycle_words(c) for c in cycles), "; ")
    parts: Cell = (*phrase("toxin.plot.title", where=where), ": ", *told, ".")
    if trend is None:
        parts = (*parts, *phrase("toxin.plot.no_severity"))
    else:
        values = joined([(Day(p.day), " ", _number(trend, p)) for p in _points(trend)], "; ")
        parts = (*parts, *phrase("toxin.plot.severity", label=_label(trend)), *values, ".")
    if forecast is None:
        return (*parts, *phrase("toxin.plot.no_forecast"))
    first, last = _forecast_days(forecast)
    level = Number(round(forecast.level * 100, 6), "%", FromRule("toxin.forecast"), decimals=0)
    words = phrase("toxin.plot.forecast", first=Day(first), last=Day(last), level=level)
    return (*parts, *words)


def _cycle_words(cycle: CycleView) -> Cell:
    worn_off = _worn_off(cycle)
    words = phrase("toxin.plot.injected", day=Day(cycle.day))
    if worn_off is None:
        words = (*words, *phrase("toxin.plot.benefit_open"))
    else:
        words = (*words, *phrase("toxin.plot.benefit", day=Day(worn_off)))
    if cycle.best_benefit_percent is None:
        return words
    benefit = _recorded(cycle.best_benefit_percent, "%")
    return (*words, *phrase("toxin.plot.rated", benefit=benefit))


def _table(
    cycles: Sequence[CycleView],
    trend: SeverityTrend | None,
    forecast: WearOff | None,
    where: Cell,
) -> Table:
    rows: list[tuple[date, Cell, Cell, Cell]] = []
    unknown = phrase("report.not_known")
    for cycle in cycles:
        product: Cell = (Identifier(cycle.product),) if cycle.product else unknown
        rows.append((cycle.day, (Day(cycle.day),), phrase("toxin.plot.injection"), product))
        worn_off = _worn_off(cycle)
        if worn_off is not None and cycle.duration_days is not None:
            after = (_recorded(cycle.duration_days, "days"), *phrase("toxin.plot.wear_off_after"))
            rows.append((worn_off, (Day(worn_off),), phrase("toxin.plot.wear_off"), after))
    if trend is not None:
        label = (_label(trend),)
        rows += [(p.day, (Day(p.day),), label, (_number(trend, p),)) for p in _points(trend)]
    if forecast is not None:
        first, last = _forecast_days(forecast)
        median = Number(forecast.median_days, "days", FromRule("toxin.forecast"), decimals=0)
        value: Cell = (median, *phrase("toxin.plot.wear_off_after"))
        span: Cell = (Day(first), " to ", Day(last))
        rows.append((first, span, phrase("toxin.plot.forecast_row"), value))
    ordered = tuple(row[1:] for row in sorted(rows, key=lambda row: row[0]))
    columns = tuple(lookup_text(f"toxin.plot.{name}") for name in ("day", "what", "value"))
    return Table.plain(phrase("toxin.plot.caption", where=where), columns, ordered)


def _label(trend: SeverityTrend) -> Verbatim:
    return Verbatim(lookup_code(trend.code).label, Origin.VOCABULARY)


def _points(trend: SeverityTrend) -> list[SeverityPoint]:
    return sorted(trend.points, key=lambda point: point.day)


def _number(trend: SeverityTrend, point: SeverityPoint) -> Number:
    return observed_number(trend.code, trend.side, point.value, point.interval, point.level)


def _recorded(value: float, unit: str) -> Number:
    return Number(value, unit, FromRule("toxin.cycle"), decimals=0)


def _worn_off(cycle: CycleView) -> date | None:
    return None if cycle.duration_days is None else _after(cycle.day, cycle.duration_days)


def _after(day: date, days: float) -> date:
    return day + timedelta(days=round(days))


def _forecast_days(forecast: WearOff) -> tuple[date, date]:
    low, high = forecast.interval_days
    return _after(forecast.from_day, low), _after(forecast.from_day, high)


@dataclass(frozen=True)
class _Drawing:
    """Everything that is drawn, with the scale of time that all parts share."""

    cycles: Sequence[CycleView]
    trend: SeverityTrend | None
    forecast: WearOff | None
    as_of: date
    first: date
    last: date

    @classmethod
    def of(
        cls,
        cycles: Sequence[CycleView],
        trend: SeverityTrend | None,
        forecast: WearOff | None,
        as_of: date,
    ) -> _Drawing:
        days = [as_of, *(c.day for c in cycles), *(p.day for p in (trend.points if trend else ()))]
        days += [worn_off for c in cycles if (worn_off := _worn_off(c)) is not None]
        if forecast is not None:
            days += _forecast_days(forecast)
        margin = timedelta(days=max(10, (max(days) - min(days)).days // 40))
        return cls(cycles, trend, forecast, as_of, min(days) - margin, max(days) + margin)

    @property
    def lane_top(self) -> float:
        return TOP + (SEVERITY_HEIGHT + GAP if self.trend else 0.0)

    @property
    def bottom(self) -> float:
        return self.lane_top + LANE_HEIGHT

    def x(self, day: date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def svg(self) -> Markup:
        height = self.bottom + 66
        parts = [*self._forecast(), *self._lane(), *self._months()]
        if self.trend is not None:
            parts += self._severity(self.trend)
        parts += [*self._injections(), self._today(), *self._legend(self.bottom + 40)]
        box = f"0 0 {short(WIDTH)} {short(height)}"
        return element("svg", {"class": "chart", "viewBox": box, "aria-hidden": "true"}, *parts)

    def _forecast(self) -> list[Markup]:
        if self.forecast is None:
            return []
        left, right = (self.x(day) for day in _forecast_days(self.forecast))
        shade = {"class": "band", "x": left, "y": TOP, "width": right - left}
        middle = short(self.x(_after(self.forecast.from_day, self.forecast.median_days)))
        return [
            element("rect", {**shade, "height": self.bottom - TOP}),
            element("path", {"class": "median", "d": f"M{middle} {TOP}V{short(self.bottom)}"}),
        ]

    def _lane(self) -> list[Markup]:
        title = {"class": "tick-label end", "x": LEFT - 6, "y": self.bottom - LANE_HEIGHT / 2 + 4}
        parts = [element("text", title, lookup_text("toxin.plot.lane"))]
        line = f"M{LEFT} {short(self.bottom)}H{WIDTH - RIGHT}"
        parts.append(element("path", {"class": "axis-line", "d": line}))
        ends = [cycle.day for cycle in self.cycles[1:]] + [self.as_of]
        for cycle, end in zip(self.cycles, ends, strict=True):
            parts += self._benefit(cycle, end)
        return parts

    def _benefit(self, cycle: CycleView, until: date) -> list[Markup]:
        began = _after(cycle.day, cycle.onset_days or 0.0)
        worn_off = _worn_off(cycle)
        left = self.x(began)
        if worn_off is None:
            right = max(self.x(until), left)
            level = short(self.bottom - LANE_HEIGHT / 2)
            line = f"M{short(left)} {level}H{short(right)}"
            return [element("path", {"class": "trend-line", "d": line})]
        width = max(self.x(worn_off) - left, 1.0)
        rated = cycle.best_benefit_percent
        high = (LANE_HEIGHT - 8) * (1.0 if rated is None else rated / 100)
        box = {"x": left, "y": self.bottom - high, "width": width, "height": high}
        name = "share-bar" if rated is not None else "other-boxes"
        parts = [element("rect", {"class": name, **box})]
        if rated is not None and width > 30:
            label = {"class": "bar-number", "x": left + width / 2, "y": self.bottom - 6}
            parts.append(element("text", label, f"{round(rated)} %"))
        return parts

    def _severity(self, trend: SeverityTrend) -> list[Markup]:
        numbers = [(p.day, _number(trend, p)) for p in _points(trend)]
        tops = [n.interval[1] if n.interval else float(n.value or 0) for _, n in numbers]
        step = nice_step(max([*tops, 1e-3]), 4)
        ceiling = step * -(-max([*tops, step]) // step)
        floor = TOP + SEVERITY_HEIGHT

        def y(value: float) -> float:
            return floor - SEVERITY_HEIGHT * max(value, 0.0) / ceiling

        unit = numbers[0][1].unit
        tail = "" if unit in ("1", "") else f", {unit}"
        title = {"class": "axis-title", "x": LEFT, "y": TOP - 16}
        parts = [element("text", title, f"{lookup_code(trend.code).label}{tail}")]
        for k in range(round(ceiling / step) + 1):
            level = short(y(k * step))
            grid = {"class": "grid", "d": f"M{LEFT} {level}H{WIDTH - RIGHT}"}
            label = {"class": "tick-label end", "x": LEFT - 6, "y": y(k * step) + 4}
            parts += [element("path", grid), element("text", label, f"{round(k * step, 6):g}")]
        return parts + self._values(numbers, y)

    def _values(
        self, numbers: Sequence[tuple[date, Number]], y: Callable[[float], float]
    ) -> list[Markup]:
        at = [(self.x(day), y(float(n.value or 0)), n) for day, n in numbers]
        days = [day for day, _ in numbers]
        spots = [f"{short(a)} {short(b)}" for a, b, _ in at]
        parts = [
            element("path", {"class": "trend-line", "d": f"M{one}L{two}"})
            for one, two, *gap in zip(spots, spots[1:], days, days[1:], strict=False)
            if sum(gap[0] < cycle.day <= gap[1] for cycle in self.cycles) < 2
        ]
        for a, b, number in at:
            if number.interval is not None:
                low, high = (short(y(v)) for v in number.interval)
                path = f"M{short(a)} {low}V{high}M{short(a - 4)} {low}h8M{short(a - 4)} {high}h8"
                parts.append(element("path", {"class": "whisker", "d": path}))
            parts.append(element("circle", {"class": "point", "cx": a, "cy": b, "r": 4}))
        return parts

    def _injections(self) -> list[Markup]:
        return [_needle(self.x(cycle.day), TOP - 2, self.bottom) for cycle in self.cycles]

    def _today(self) -> Markup:
        at = short(self.x(self.as_of))
        return element("path", {"class": "cursor", "d": f"M{at} {TOP}V{short(self.bottom)}"})

    def _months(self) -> list[Markup]:
        """Write months under the axis, at steps that leave room for their names."""
        room = (WIDTH - LEFT - RIGHT) / LABEL_WIDTH
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if months / s <= room), 120)
        parts = []
        for count in range(self.first.year * 12, (self.last.year + 1) * 12, step):
            day = date(count // 12, count % 12 + 1, 1)
            at = self.x(day)
            if not LEFT <= at <= WIDTH - LABEL_WIDTH / 2:
                continue
            tick = f"M{short(at)} {short(self.bottom)}v5"
            parts.append(element("path", {"class": "tick", "d": tick}))
            label = {"class": "tick-label", "x": at, "y": self.bottom + 18}
            parts.append(element("text", label, f"{MONTHS[day.month - 1][:3]} {day.year}"))
        return parts

    def _legend(self, y: float) -> list[Markup]:
        """Name what is drawn, and nothing that is not."""
        worn_off = [c for c in self.cycles if c.duration_days is not None]
        shown = {
            "injection": True,
            "benefit": any(c.best_benefit_percent is not None for c in worn_off),
            "unrated": any(c.best_benefit_percent is None for c in worn_off),
            "open": len(worn_off) < len(self.cycles),
            "forecast": self.forecast is not None,
            "day": True,
        }
        parts: list[Markup] = []
        at, line = LEFT, y
        for name in (n for n, drawn in shown.items() if drawn):
            words = lookup_text(f"toxin.plot.legend_{name}")
            width = 26 + 6.0 * len(words) + 14
            if at + width > WIDTH:
                at, line = LEFT, line + 18
            parts += _sample(name, at, line)
            label = {"class": "axis-title", "x": at + 24, "y": line + 4}
            parts.append(element("text", label, words))
            at += width
        return parts


def _needle(x: float, top: float, bottom: float) -> Markup:
    """Return an injection: a line with a triangle that points down at its upper end."""
    head = f"M{short(x - 5)} {short(top - 8)}h10l-5 8z"
    return element(
        "g",
        None,
        element("path", {"class": "axis-line", "d": f"M{short(x)} {short(top)}V{short(bottom)}"}),
        element("path", {"class": "dot", "d": head}),
    )


def _sample(name: str, x: float, y: float) -> list[Markup]:
    """Return what a row of the legend looks like in the drawing."""
    box = {"x": x, "y": y - 6, "width": 18, "height": 12}
    line = f"M{short(x)} {short(y)}h18"
    if name == "injection":
        return [_needle(x + 9, y + 1, y + 7)]
    if name == "day":
        upright = f"M{short(x + 9)} {short(y - 7)}v14"
        return [element("path", {"class": "cursor", "d": upright})]
    if name == "open":
        return [element("path", {"class": "trend-line", "d": line})]
    kind = {"benefit": "share-bar", "unrated": "other-boxes", "forecast": "band"}[name]
    parts = [element("rect", {"class": kind, **box})]
    if name == "forecast":
        middle = f"M{short(x + 9)} {short(y - 6)}v12"
        parts.append(element("path", {"class": "median", "d": middle}))
    return parts
