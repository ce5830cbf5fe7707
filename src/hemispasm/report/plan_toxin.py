"""Toxin: the cycles as recorded, and when the present one may wear off. No dose, no conversion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hemispasm.model import Side
from hemispasm.model.plan import CycleView, Plan, ToxinView, WearOff
from hemispasm.model.plan.toxin import ToxinCaution
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Callout,
    Cell,
    Count,
    Day,
    Figure,
    Folded,
    FromRule,
    Identifier,
    Number,
    Origin,
    Para,
    Section,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.number import plain_decimals
from hemispasm.report.phrase import basis_cell, because_cells, joined, phrase, say, side_words
from hemispasm.report.plan_cites import basis_names
from hemispasm.report.plan_gates import refusals_of

_COLUMNS = ("day", "product", "side", "units", "onset", "duration", "benefit", "effects")
_MOST_CYCLES = 6
# Readable without colour.
STATE_MARKS = {"present": "▲ ", "not_asked": "○ ", "absent": "✓ "}


def toxin_section(plan: Plan, saw_tooth: Figure | None = None) -> Section | None:
    """Return cycles, forecast, the rule on a failing response, and cautions; None without toxin."""
    view = plan.toxin
    if view is None:
        return None
    children: list[Block] = list(refusals_of(plan, "toxin_forecast"))
    if view.failing:
        days = joined([(Day(day),) for day in view.failing_cycles])
        cycles = phrase("report.toxin.failing_body", days=days) if days else ()
        body = Para(*say("toxin.failing"), *cycles)
        title = (*phrase("report.toxin.failing"), *_sides(view.failing_sides))
        children.append(Callout("warning", title, (body,)))
    children += _forecasts(view)
    if saw_tooth is not None:
        children.append(saw_tooth)
    if view.cycles:
        ordered = sorted(view.cycles, key=lambda cycle: cycle.day)
        children += [cycles_table(ordered[-_MOST_CYCLES:]), Para(*say("toxin.units"))]
        if ordered[:-_MOST_CYCLES]:
            older = cycles_table(ordered[:-_MOST_CYCLES])
            children.append(Folded(phrase("report.toxin.older"), (older,)))
    else:
        children.append(Para(*phrase("report.toxin.none")))
    if view.caution_states:
        children.append(cautions_table(view.caution_states))
    children.append(Para(*phrase("report.toxin.no_dose")))
    basis = basis_cell(view.basis)
    if basis:
        children.append(Para(*phrase("report.rests_on"), *basis, ".", role="basis"))
    return Section("toxin", phrase("report.toxin.title"), tuple(children))


def _sides(sides: Sequence[Side]) -> Cell:
    found = joined(side_words(side) for side in sides)
    return phrase("report.gate.side", side=found) if found else ()


def _forecasts(view: ToxinView) -> list[Block]:
    """Return the forecast of each side, or why there is none."""
    known = view.forecasts or (() if view.forecast is None else (view.forecast,))
    several = len(known) + len(view.no_forecasts) > 1
    blocks: list[Block] = []
    for forecast in known:
        blocks.append(Para(*_lead(forecast.side, several), *forecast_words(forecast)))
    for none in view.no_forecasts:
        blocks.append(Para(*_lead(none.side, several), *say(f"toxin.{none.reason}")))
    if not blocks and view.no_forecast is not None:
        blocks.append(Para(*say(f"toxin.{view.no_forecast}")))
    return blocks


def _lead(side: Side | None, several: bool) -> Cell:
    return (Strong(*phrase("report.toxin.side_of", side=side_words(side))),) if several else ()


def cautions_table(cautions: Sequence[ToxinCaution]) -> Table:
    """Return what must be asked before toxin, with the answers on file; no answer is no "no"."""
    order = ("present", "not_asked", "absent")
    rows = tuple(
        (
            say(f"toxin.caution.{caution.code}"),
            (STATE_MARKS[caution.status], *say(f"toxin.caution_status.{caution.status}")),
            because_cells(caution.because) or ("–",),
            basis_names(caution.basis) or ("–",),
        )
        for caution in sorted(cautions, key=lambda caution: order.index(caution.status))
    )
    columns = (
        lookup_text("report.toxin.caution"),
        lookup_text("report.toxin.answer"),
        lookup_text("report.mvd.because"),
        lookup_text("report.causes.basis"),
    )
    return Table.plain(phrase("report.toxin.cautions_caption"), columns, rows, "prose")


def forecast_words(forecast: WearOff) -> Cell:
    """Return when the present cycle may wear off, as days with their interval.

    Dates are rounded to whole days; the interval is that of the model, and says so.
    """
    rule = FromRule("toxin.forecast")
    level = Number(round(forecast.level * 100, 6), "%", rule, decimals=0)
    own = [lookup_text(f"report.toxin.own_{name}") for name in ("one", "many")]
    words = phrase(
        "report.toxin.forecast",
        day=Day(forecast.from_day),
        median=Number(forecast.median_days, "days", rule, decimals=0),
        date=Day(_after(forecast.from_day, forecast.median_days)),
        level=level,
        first=Day(_after(forecast.from_day, forecast.interval_days[0])),
        last=Day(_after(forecast.from_day, forecast.interval_days[1])),
    )
    rests = phrase("report.toxin.forecast_basis", own=Count(forecast.own_cycles, own[0], own[1]))
    basis = basis_cell(forecast.basis)
    tail: Cell = (" ", *phrase("report.rests_on"), *basis, ".") if basis else ()
    source = say(f"toxin.rests_on_{forecast.rests_on}")
    assumed: Cell = ()
    if forecast.assumed_working_on is not None:
        assumed = (" ", *say("toxin.assumed_working", day=Day(forecast.assumed_working_on)))
    return (*words, " ", *source, " ", *rests, *assumed, *tail)


def _after(day: date, days: float) -> date:
    return day + timedelta(days=round(days))


def cycles_table(cycles: Sequence[CycleView]) -> Table:
    """Return cycles as the clinic recorded it; what is not known says so."""
    columns = tuple(lookup_text(f"report.toxin.{column}") for column in _COLUMNS)
    rows = tuple(_row(cycle) for cycle in cycles)
    return Table.plain(phrase("report.toxin.caption"), columns, rows)


def _row(cycle: CycleView) -> tuple[Cell, ...]:
    unknown = phrase("report.not_known")
    effects = phrase("report.toxin.not_asked")
    if cycle.effects is not None:
        effects = joined(say(f"effect.{name}") for name in cycle.effects) or phrase("report.none")
    return (
        (Day(cycle.day),),
        (Identifier(cycle.product),) if cycle.product is not None else unknown,
        side_words(cycle.side),
        _units(cycle),
        _recorded(cycle.onset_days, "days"),
        _recorded(cycle.duration_days, "days"),
        _recorded(cycle.best_benefit_percent, "%"),
        effects,
    )


def _units(cycle: CycleView) -> Cell:
    """Return the units by site in the clinic's words; never a sum."""
    if cycle.units is None:
        return phrase("report.not_known")
    rule = FromRule("toxin.cycle")
    return joined(
        (Verbatim(site, Origin.CASE), " ", Number(n, "U", rule, decimals=plain_decimals((n,))))
        for site, n in cycle.units.items()
    )


def _recorded(value: float | None, unit: str) -> Cell:
    absent = lookup_text("report.not_known")
    return (Number(value, unit, FromRule("toxin.cycle"), absent=absent, decimals=0),)
