"""The reasoned summary: who, which side, how severe, what leads, which cause, what is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hemispasm.model import lookup_code
from hemispasm.model.chart import Chart
from hemispasm.model.plan import ClassShare, Differential, Gate, Plan, SeverityTrend
from hemispasm.report.document import (
    Cell,
    Count,
    Day,
    FromRule,
    LineBreak,
    Number,
    Origin,
    Para,
    Strong,
    Verbatim,
)
from hemispasm.report.gate_age import earlier_day
from hemispasm.report.number import observed_number, percent_decimals, plain_decimals
from hemispasm.report.phrase import (
    because_cells,
    class_words,
    joined,
    phrase,
    say,
    side_words,
    words_of,
)
from hemispasm.report.plan_gates import gate_title, gates_in_order
from hemispasm.report.plan_severity import before_latest, change_number, short_verdict
from hemispasm.report.plan_side import by_kind, kind_words, kinds_count

# The first of these with a value is named: measured before rated, rated before told.
SEVERITY = (
    "video.spasm_rate",
    "emg.burst_rate",
    "scale.smc",
    "scale.jrs_total",
    "scale.vas_severity",
)
# Of these the first with a change is named as well, where nothing measured has one.
RATED = ("scale.smc", "scale.jrs_total", "scale.vas_severity", "scale.hfs7")
_OPEN_TESTS = 3
# An age told longer ago than a year is no longer the age.
_AGE_HOLDS = timedelta(days=365)


def share_number(found: ClassShare) -> Number:
    """Return the share of a class in per cent with its band."""
    share = round(found.share * 100, 6)
    band = (round(found.band[0] * 100, 6), round(found.band[1] * 100, 6))
    decimals = percent_decimals((share, *band))
    rule = FromRule("differential.share")
    return Number(share, "%", rule, band, found.level, decimals=decimals)


def other_floor(differential: Differential) -> float | None:
    """Return the share that "something else" always keeps; None where the plan does not say."""
    return differential.other_floor


def floor_numbers(floor: float) -> dict[str, Number]:
    """Return the floor of "something else", and the largest share that it leaves, in per cent."""
    rule = FromRule("differential.share")
    values = {"floor": round(floor * 100, 6), "most": round((1 - floor) * 100, 6)}
    decimals = plain_decimals(values.values())
    return {name: Number(v, "%", rule, decimals=decimals) for name, v in values.items()}


def reaches_most(share: ClassShare, floor: float) -> bool:
    """Return whether the band of a share prints as reaching the largest share there can be."""
    decimals = share_number(share).decimals or 0
    return round(share.band[1] * 100, decimals) >= round((1 - floor) * 100, decimals)


def leading_share(differential: Differential) -> ClassShare:
    """Return the share of the leading class; without one, the largest share."""
    name = differential.leading
    by_name = {share.name: share for share in differential.shares}
    return by_name[name] if name else max(differential.shares, key=lambda share: share.share)


def plan_summary(plan: Plan, chart: Chart, *, measured: Cell = (), signed: bool = False) -> Para:
    """Return the summary, one line for each thing, complete in itself.

    Parameters
    ----------
    plan, chart
        What reasoning returned, and what it saw.
    measured : tuple of inline nodes
        What a recording showed; stands beside the severity named otherwise.
    signed : bool
        The report is signed; otherwise the summary says that it is a draft.
    """
    told = [
        ("", _who(plan, chart)),
        ("gates", _gates(plan)),
        ("side", _side(plan)),
        ("treated", _treated(plan)),
        ("measured", measured),
        ("severity", _severity(plan, chart, measured=bool(measured))),
        ("differential", _leading(plan)),
        ("cause", _cause(plan)),
        ("open", _open(plan)),
        ("", () if signed else phrase("report.summary.draft")),
    ]
    lines = [(*_lead(name), *said) for name, said in told if said]
    return Para(*joined(lines, LineBreak()))


def _lead(name: str) -> Cell:
    return (Strong(*phrase(f"report.summary.{name}_lead")),) if name else ()


def _who(plan: Plan, chart: Chart) -> Cell:
    parts = phrase("report.summary.case", case=Verbatim(plan.case, Origin.CASE))
    age = chart.latest("history.age")
    if age is not None:
        number = observed_number("history.age", None, age.finding.value)
        key = "age_told" if plan.as_of - age.day > _AGE_HOLDS else "age"
        parts = (*parts, *phrase(f"report.summary.{key}", age=number, day=Day(age.day)))
    return (*parts, ".")


def _gates(plan: Plan) -> Cell:
    asked = [m for m in plan.missing if m.matters_for == "gates"]
    unasked: Cell = ()
    if asked:
        unasked = (" ", *phrase("report.summary.not_asked", n=Count(len(asked))))
    if not plan.gates:
        return (*phrase("report.summary.gates_none"), *unasked)
    titles = joined((_gate(gate, plan) for gate in gates_in_order(plan)), "; ")
    return (*phrase("report.summary.gates", titles=titles), *unasked)


def _gate(gate: Gate, plan: Plan) -> Cell:
    day = earlier_day(gate, plan)
    old = () if day is None else phrase("report.summary.gate_earlier", day=Day(day))
    return (*gate_title(gate), *old)


def _side(plan: Plan) -> Cell:
    view = plan.side
    if view.conflict:
        return phrase("report.summary.side_conflict", because=because_cells(view.because))
    if view.side is None:
        return phrase("report.summary.side_none")
    kinds = joined(kind_words(kind) for kind in by_kind(view.because))
    n = kinds_count(view.because)
    return phrase("report.summary.side", side=side_words(view.side), n=n, kinds=kinds)


def _treated(plan: Plan) -> Cell:
    """Return the operation and the running toxin cycle, where they set what can be judged now."""
    cells: list[Cell] = []
    view = plan.mvd
    if view is not None and view.phase == "after" and view.operated_on is not None:
        side: Cell = phrase("report.gate.side", side=side_words(view.side)) if view.side else ()
        early = (" ", *phrase("report.summary.too_early")) if view.too_early else ()
        day = Day(view.operated_on)
        cells.append((*phrase("report.summary.operated", day=day, side=side), *early))
    for forecast in plan.toxin.forecasts if plan.toxin is not None else ():
        level = Number(round(forecast.level * 100, 6), "%", FromRule("toxin.forecast"), decimals=0)
        first, last = (
            Day(forecast.from_day + timedelta(days=round(days))) for days in forecast.interval_days
        )
        injected = Day(forecast.from_day)
        where: Cell = ()
        if forecast.side is not None:
            where = phrase("report.gate.side", side=side_words(forecast.side))
        cells.append(
            phrase(
                "report.summary.toxin",
                day=injected, side=where, first=first, last=last, level=level,
            )
        )  # fmt: skip
    return joined(cells, " ")


def _leading(plan: Plan) -> Cell:
    found = plan.differential
    if found is None:
        return phrase("report.summary.withheld")
    first = leading_share(found)
    key = "no_leading" if found.leading is None else "leading"
    said = phrase(f"report.summary.{key}", name=class_words(first.name), share=share_number(first))
    floor = other_floor(found)
    if floor is not None and first.name != "other" and reaches_most(first, floor):
        said = (*said, " ", *phrase("report.summary.at_most", most=floor_numbers(floor)["most"]))
    if found.leading is None and found.no_lead is not None:
        said = (*said, " ", *say(f"differential.no_lead.{found.no_lead}"))
    return said


def _severity(plan: Plan, chart: Chart, *, measured: bool) -> Cell:
    """Return the measure that comes first, and one with a change where that one has none."""
    # What the recording showed is told before; beside it stands what was rated.
    codes = (*RATED, *SEVERITY[1:]) if measured else SEVERITY
    for code in codes:
        seen = chart.latest(code, plan.side.side) or chart.latest(code)
        if seen is None:
            continue
        found = seen.finding
        number = observed_number(code, found.side, found.value, found.interval, found.level)
        side: Cell = (", ", *side_words(found.side)) if found.side is not None else ()
        value: Cell = (_label(code), *side, " ", number)
        trend = _with_change(plan.severity, (code,), found.side)
        said = phrase("report.summary.severity", day=Day(seen.day), value=value)
        if trend is not None:
            return (*said, *_change(trend), ".")
        if any(t.code == code and t.side == found.side for t in plan.severity):
            said = (*said, *phrase("report.summary.once"))
        return (*said, *_rated(plan.severity), ".")
    return ()


def _label(code: str) -> Verbatim:
    label = lookup_code(code).label
    # An abbreviation keeps its capitals.
    lower = label if label[:2].isupper() else label[0].lower() + label[1:]
    return Verbatim(lower, Origin.VOCABULARY)


def _with_change(
    trends: Sequence[SeverityTrend], codes: Sequence[str], side: object = ...
) -> SeverityTrend | None:
    for code in codes:
        for trend in trends:
            if trend.code == code and trend.change is not None and side in (..., trend.side):
                return trend
    return None


def _rated(trends: Sequence[SeverityTrend]) -> Cell:
    trend = _with_change(trends, RATED)
    if trend is None:
        return ()
    latest = before_latest(trend)[1]
    number = observed_number(trend.code, trend.side, latest.value, latest.interval, latest.level)
    return phrase(
        "report.summary.and_rated",
        value=(_label(trend.code), " ", number),
        day=Day(latest.day),
        change=_change(trend),
    )


def _change(trend: SeverityTrend) -> Cell:
    before = before_latest(trend)[0]
    if before is None or trend.change is None:
        return ()
    return phrase(
        "report.summary.change",
        change=change_number(trend, trend.change),
        day=Day(before.day),
        verdict=short_verdict(trend),
    )


def _cause(plan: Plan) -> Cell:
    """Return the causes that something points to, and what is known of a secondary one."""
    view = plan.causes
    named = [
        (*say(f"cause.{cause.name}.title", f"cause.{cause.name}"), ": ",
         *phrase(f"report.cause_status.{cause.status}"))
        for cause in view.causes
        if cause.status in ("reported", "suggested")
    ]  # fmt: skip
    said = phrase("report.summary.cause_unknown")
    if named:
        said = phrase("report.summary.cause_named", causes=joined(named, "; "))
    if view.secondary_report_day is None or view.secondary_report is None:
        return (*said, *phrase("report.summary.cause_no_report"))
    report = Verbatim(words_of(view.secondary_report), Origin.FINDING)
    day = Day(view.secondary_report_day)
    return (*said, *phrase("report.summary.cause_report", day=day, said=report))


def _open(plan: Plan) -> Cell:
    tests = [say(f"test.{step.test}.title") for step in plan.work_up[:_OPEN_TESTS]]
    if not tests:
        return phrase("report.summary.open_none")
    return phrase("report.summary.open", items=joined(tests))
