"""Toxin: the cycles as recorded, and when the present one may wear off. No dose, no conversion."""

from __future__ import annotations

from datetime import date, timedelta

from hemispasm.model.plan import CycleView, Plan, ToxinView, WearOff
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Count,
    Day,
    Figure,
    FromRule,
    Identifier,
    Number,
    Para,
    Section,
    Strong,
    Table,
)
from hemispasm.report.phrase import basis_cell, joined, phrase, say, side_words
from hemispasm.report.plan_gates import refusals_of

_COLUMNS = ("day", "product", "side", "onset", "duration", "benefit", "effects")


def toxin_section(plan: Plan, saw_tooth: Figure | None = None) -> Section | None:
    """Return cycles, forecast, the rule on a failing response, and cautions; None without toxin."""
    view = plan.toxin
    if view is None:
        return None
    children: list[Block] = list(refusals_of(plan, "toxin_forecast"))
    if view.failing:
        days = joined([(Day(day),) for day in view.failing_cycles])
        body = Para(*phrase("report.toxin.failing_body", days=days))
        children.append(Callout("warning", phrase("report.toxin.failing"), (body,)))
    children += _forecast(view)
    if saw_tooth is not None:
        children.append(saw_tooth)
    if view.cycles:
        children.append(cycles_table(view))
    else:
        children.append(Para(*phrase("report.toxin.none")))
    if view.cautions:
        children.append(Para(Strong(*phrase("report.toxin.cautions"))))
        children.append(Bullets(tuple(_caution(code) for code in view.cautions)))
    children.append(Para(*phrase("report.toxin.no_dose")))
    basis = basis_cell(view.basis)
    if basis:
        children.append(Para(*phrase("report.rests_on"), *basis, ".", role="basis"))
    return Section("toxin", phrase("report.toxin.title"), tuple(children))


def _caution(code: str) -> Cell:
    return say(code, f"toxin.caution.{code}", f"toxin.{code}", f"caution.{code}")


def _forecast(view: ToxinView) -> list[Block]:
    if view.forecast is not None:
        return [Para(*forecast_words(view.forecast))]
    if view.no_forecast is not None:
        return [Para(*say(f"toxin.{view.no_forecast}"))]
    return []


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
    return (*words, " ", *rests, *tail)


def _after(day: date, days: float) -> date:
    return day + timedelta(days=round(days))


def cycles_table(view: ToxinView) -> Table:
    """Return every cycle as the clinic recorded it; what is not known says so."""
    columns = tuple(lookup_text(f"report.toxin.{column}") for column in _COLUMNS)
    rows = tuple(_row(cycle) for cycle in sorted(view.cycles, key=lambda cycle: cycle.day))
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
        _recorded(cycle.onset_days, "days"),
        _recorded(cycle.duration_days, "days"),
        _recorded(cycle.best_benefit_percent, "%"),
        effects,
    )


def _recorded(value: float | None, unit: str) -> Cell:
    absent = lookup_text("report.not_known")
    return (Number(value, unit, FromRule("toxin.cycle"), absent=absent, decimals=0),)
