"""Toxin cycles and when the next may wear off. No dose, no conversion."""

from __future__ import annotations

from datetime import date

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis
from hemispasm.model.side import Side
from hemispasm.model.treatment import Product


class CycleView(Noun):
    """One cycle as recorded; ``duration_days`` from injection to wear-off, None when unknown."""

    day: date
    product: Product | None = None
    side: Side | None = None
    onset_days: float | None = None
    duration_days: float | None = None
    best_benefit_percent: float | None = None
    effects: tuple[str, ...] | None = None


class WearOff(Noun):
    """When the running cycle may wear off: a prior of published series, moved by own cycles."""

    from_day: date
    median_days: float
    interval_days: tuple[float, float]
    level: float = 0.8
    own_cycles: int
    product: Product | None
    basis: Basis


class ToxinView(Noun):
    """Cycles, forecast, and the rule on a failing response.

    ``no_forecast`` is the key of the reason when there is none (text ``toxin.<key>``);
    ``failing`` says that the rule on secondary non-response fired, on the cycles in
    ``failing_cycles``.
    """

    cycles: tuple[CycleView, ...]
    forecast: WearOff | None = None
    no_forecast: str | None = None
    failing: bool = False
    failing_cycles: tuple[date, ...] = ()
    cautions: tuple[str, ...] = ()
    basis: Basis = Basis()
