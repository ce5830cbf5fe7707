"""Toxin: cycles as recorded, when the running one may wear off, failing response, what to ask.

Never a dose, never a conversion between products. A forecast starts from the published durations
of the product and moves to the patient's own cycles of the same product and side; a change of
product starts the history anew.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from hemispasm.evidence import lookup_evidence
from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.plan.toxin import CycleView, NoForecast, ToxinCaution, ToxinView, WearOff
from hemispasm.model.side import Side
from hemispasm.model.treatment import Product, ToxinCycle
from hemispasm.reason.records import toxin_cycles
from hemispasm.stats.lognormal import LogNormal, lognormal_from_moments, update_lognormal

FORECAST_OUTPUT = "toxin_forecast"


def view_toxin(chart: Chart, *, withheld: frozenset[str] = frozenset()) -> ToxinView | None:
    """Return the toxin cycles with what follows from them.

    Parameters
    ----------
    chart : Chart
        Cycles after its day are not read, and a wear-off after it is not known yet.
    withheld : frozenset of str
        Outputs that a refusal withholds; ``toxin_forecast`` keeps the forecast back.

    Returns
    -------
    ToxinView or None
        None when no cycle is recorded, be it that there was none or that nobody said.
    """
    cycles = tuple(_view(cycle, chart.as_of) for cycle in toxin_cycles(chart))
    if not cycles:
        return None
    forecasts: list[WearOff] = []
    reasons: list[NoForecast] = []
    failing: dict[Side | None, tuple[date, ...]] = {}
    # The side injected last comes first, and speaks for the view as a whole.
    sides = dict.fromkeys(cycle.side for cycle in reversed(cycles))
    for side in sides:
        own = [cycle for cycle in cycles if cycle.side == side]
        found = forecast_wear_off(own, chart.as_of, withheld=withheld)
        if isinstance(found, WearOff):
            forecasts.append(found)
        else:
            reasons.append(NoForecast(side=side, reason=found))
        days = failing_cycles(own)
        if days:
            failing[side] = days
    newest = next(iter(sides))
    states = ask_cautions(chart)
    return ToxinView(
        cycles=cycles,
        forecast=next((f for f in forecasts if f.side == newest), None),
        no_forecast=next((r.reason for r in reasons if r.side == newest), None),
        forecasts=tuple(forecasts),
        no_forecasts=tuple(reasons),
        failing=bool(failing),
        failing_cycles=tuple(sorted({day for days in failing.values() for day in days})),
        failing_sides=tuple(side for side in failing if side is not None),
        cautions=tuple(state.code for state in states if state.status != "absent"),
        caution_states=states,
        basis=Basis(evidence=("toxin_label.units_not_interchangeable",)),
    )


def forecast_wear_off(
    cycles: Sequence[CycleView], as_of: date, *, withheld: frozenset[str] = frozenset()
) -> WearOff | str:
    """Return when the newest of these cycles may wear off, or the key of the reason why not.

    Parameters
    ----------
    cycles : sequence of CycleView
        Cycles of one side, oldest first; at least one.
    as_of : date
        The cycle is taken to be working on this day when no wear-off is recorded.
    withheld : frozenset of str
        Outputs that may not be shown.

    Returns
    -------
    WearOff or str
        Days from the injection, with an interval at the level of the table; or a reason
        (text ``toxin.<reason>``).

    Notes
    -----
    The prior is the log-normal with the published mean and standard deviation (evidence keys in
    ``data/toxin.toml``); `update_lognormal` moves it to the patient's own cycles. Only durations
    longer than the days already gone are left in the distribution. A cycle that was given again
    before it had worn off has no duration and is not counted.
    """
    running = cycles[-1]
    reason = _why_not(running, withheld)
    if reason is not None:
        return reason
    own = _own_days(cycles)
    predicted = predict_duration(running.product, own)
    if predicted is None:
        return "too_few_own_cycles"
    gone = float((as_of - running.day).days)
    if predicted.survival(gone) < toxin_limit("still_working_share"):
        return "wear_off_not_recorded"
    level = toxin_limit("level")
    low, middle, high = (
        predicted.quantile(p, beyond=gone) for p in ((1 - level) / 2, 0.5, (1 + level) / 2)
    )
    prior = _prior_keys(running.product)
    rests_on: Literal["published", "published_and_own", "own"] = "published"
    if own:
        rests_on = "published_and_own" if prior else "own"
    return WearOff(
        from_day=running.day,
        median_days=middle,
        interval_days=(low, high),
        level=level,
        own_cycles=len(own),
        product=running.product,
        side=running.side,
        rests_on=rests_on,
        assumed_working_on=as_of,
        basis=Basis(evidence=(prior or _prior_keys(Product.ONABOTULINUM))[2:], expert_rule=True),
    )


def predict_duration(product: Product | None, own_days: Sequence[float]) -> LogNormal | None:
    """Return the prediction for the next cycle of a product, in days of benefit.

    Parameters
    ----------
    product : Product or None
        Product of the cycle.
    own_days : sequence of float
        Durations of the patient's own cycles of that product and side, days, oldest first.

    Returns
    -------
    LogNormal or None
        None for a product without a published duration until there are two own cycles.

    Examples
    --------
    >>> round(predict_duration(Product.ONABOTULINUM, []).median)
    77
    >>> predict_duration(Product.INCOBOTULINUM, [90.0]) is None
    True
    """
    cycles, memory = toxin_limit("prior_cycles"), toxin_limit("memory")
    prior = _published(product)
    if prior is not None:
        return update_lognormal(prior, own_days, cycles, memory=memory)
    if len(own_days) < toxin_limit("own_cycles_without_prior"):
        return None
    return _predict_from_own(own_days, cycles, memory)


def failing_cycles(cycles: Sequence[CycleView]) -> tuple[date, ...]:
    """Return the two newest cycles when both fell below half of the patient's benefit before them.

    Parameters
    ----------
    cycles : sequence of CycleView
        Cycles of one side, oldest first. Benefit is the patient's own rating, which can be
        compared between products, so a change of product does not hide a failing response.

    Returns
    -------
    tuple of date
        Empty when the rule does not fire. Newest cycles with an unknown benefit are left out
        (the running one often is); an unknown benefit between two poor cycles keeps the rule
        from firing. The benefit before them is the newest one known.

    Examples
    --------
    >>> def rated(*percent):
    ...     return [CycleView(day=date(2025, month, 1), best_benefit_percent=p)
    ...             for month, p in enumerate(percent, start=1)]
    >>> [day.month for day in failing_cycles(rated(80, 30, 35))]
    [2, 3]
    >>> failing_cycles(rated(80, 30, None, 35))
    ()
    """
    rated = list(cycles)
    while rated and rated[-1].best_benefit_percent is None:
        rated.pop()
    earlier = [c.best_benefit_percent for c in rated[:-2] if c.best_benefit_percent is not None]
    if not earlier:
        return ()
    below = toxin_limit("failing_ratio") * earlier[-1]
    pair = rated[-2:]
    poor = [c.best_benefit_percent is not None and c.best_benefit_percent < below for c in pair]
    return tuple(cycle.day for cycle in pair) if all(poor) else ()


def ask_cautions(chart: Chart) -> tuple[ToxinCaution, ...]:
    """Return what has to be asked before toxin, each with whether it is known.

    Needed before a first injection too, so it does not wait for a recorded cycle.

    Examples
    --------
    >>> from hemispasm.model.case import Case
    >>> states = ask_cautions(Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2)))
    >>> {state.status for state in states}
    {'not_asked'}
    """
    return tuple(_ask(chart, row) for row in load_toxin_table()["caution"])


def _ask(chart: Chart, row: Mapping[str, Any]) -> ToxinCaution:
    seen = chart.latest(row["finding"])
    status: Literal["present", "absent", "not_asked"] = "not_asked"
    if seen is not None:
        status = "present" if seen.finding.value == "present" else "absent"
    return ToxinCaution(
        code=row["code"],
        status=status,
        because=() if seen is None else (Because.of(seen),),
        basis=Basis(evidence=tuple(row["evidence"])),
    )


@cache
def load_toxin_table() -> Mapping[str, Any]:
    """Return the parsed table of priors, limits and cautions.

    Examples
    --------
    >>> [row["code"] for row in load_toxin_table()["caution"]][-1]
    'pregnancy'
    """
    text = files("hemispasm.reason").joinpath("data", "toxin.toml").read_text("utf-8")
    return tomllib.loads(text)


def toxin_limit(name: str) -> float:
    """Return a limit of the table.

    Examples
    --------
    >>> toxin_limit("level")
    0.8
    """
    return float(load_toxin_table()["limit"][name]["value"])


def _view(cycle: ToxinCycle, as_of: date) -> CycleView:
    def days_until(day: date | None) -> float | None:
        # A day after the chart's is not known on the chart's day.
        return None if day is None or day > as_of else float((day - cycle.day).days)

    return CycleView(
        day=cycle.day,
        product=cycle.product,
        side=cycle.side,
        onset_days=days_until(cycle.benefit_from),
        duration_days=days_until(cycle.benefit_until),
        best_benefit_percent=cycle.best_benefit_percent,
        effects=None if cycle.effects is None else tuple(e.kind for e in cycle.effects),
        units=cycle.units,
    )


def _why_not(running: CycleView, withheld: frozenset[str]) -> str | None:
    if FORECAST_OUTPUT in withheld:
        return "withheld"
    if running.side is None:
        return "side_unknown"
    if running.best_benefit_percent == 0:
        return "no_benefit"
    if running.duration_days is not None:
        return "worn_off"
    if running.product is None:
        return "product_unknown"
    return None


def _own_days(cycles: Sequence[CycleView]) -> list[float]:
    """Return known durations before the running cycle, back to the last change of product."""
    running = cycles[-1]
    days: list[float] = []
    for cycle in reversed(cycles[:-1]):
        if cycle.product != running.product:
            break
        if cycle.day < running.day and cycle.duration_days:
            days.append(cycle.duration_days)
    return days[::-1]


def _prior_keys(product: Product | None) -> tuple[str, ...]:
    row = load_toxin_table()["prior"].get(str(product))
    return () if row is None else (row["mean"], row["sd"], row["shown"])


def _published(product: Product | None) -> LogNormal | None:
    keys = _prior_keys(product)
    if not keys:
        return None
    mean, sd = (lookup_evidence(key).value for key in keys[:2])
    if mean is None or sd is None:
        raise ValueError(f"{keys[:2]} need a mean and a standard deviation")
    return lognormal_from_moments(mean, sd)


def _predict_from_own(own: Sequence[float], cycles: float, memory: float) -> LogNormal:
    """Predict from own cycles alone; only how much cycles vary is borrowed, never the level."""
    lender = _published(Product.ONABOTULINUM)
    if lender is None:
        raise ValueError("the table lacks the product whose spread is borrowed")
    weights = [memory**age for age in range(len(own))][::-1]
    total = sum(weights)
    level = sum(w * math.log(d) for w, d in zip(weights, own, strict=True)) / total
    updated = update_lognormal(LogNormal(level, lender.sigma), own, cycles, memory=memory)
    # The update believes that the level was known from `cycles` more cycles than there are.
    wider = math.sqrt((1 + 1 / total) / (1 + 1 / (cycles + total)))
    return LogNormal(updated.mu, updated.sigma * wider, updated.df)
