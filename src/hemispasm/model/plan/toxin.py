"""Toxin cycles and when the next may wear off. No dose, no conversion."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.side import Side
from hemispasm.model.treatment import Product


class CycleView(Noun):
    """One cycle as recorded; ``duration_days`` from injection to wear-off, None when unknown.

    ``units`` are those of the product, per site in the clinic's words; they mean nothing for
    another product and are never added up or converted.
    """

    day: date
    product: Product | None = None
    side: Side | None = None
    onset_days: float | None = None
    duration_days: float | None = None
    best_benefit_percent: float | None = None
    effects: tuple[str, ...] | None = None
    units: dict[str, float] | None = None


class WearOff(Noun):
    """When the running cycle may wear off: a prior of published series, moved by own cycles.

    Attributes
    ----------
    from_day : date
        Day of the injection; the days of the forecast count from it.
    median_days, interval_days, level : float, pair of float, float
        Half of such cycles end by the median; a share ``level`` of them within the interval.
    own_cycles : int
        Own cycles of the same product and side, without a change of product in between, whose
        duration is known.
    rests_on : str
        ``published`` (no own cycle), ``published_and_own``, or ``own`` (no published duration).
    side : Side or None
        Side of the running cycle.
    assumed_working_on : date or None
        The day on which benefit is assumed to go on, since no wear-off is recorded: the forecast
        is that of cycles that last beyond it.
    """

    from_day: date
    median_days: float
    interval_days: tuple[float, float]
    level: float = 0.8
    own_cycles: int
    product: Product | None
    basis: Basis
    rests_on: Literal["published", "published_and_own", "own"] = "published"
    side: Side | None = None
    assumed_working_on: date | None = None


class NoForecast(Noun):
    """Why there is no forecast for the newest cycle of a side. Text: ``toxin.<reason>``."""

    side: Side | None = None
    reason: str


class ToxinCaution(Noun):
    """Something to ask before toxin, and whether it was. Text: ``toxin.caution.<code>``.

    ``not_asked`` is not ``absent``.
    """

    code: str
    status: Literal["present", "absent", "not_asked"]
    because: tuple[Because, ...] = ()
    basis: Basis


class ToxinView(Noun):
    """Cycles, forecast, and the rule on a failing response.

    Attributes
    ----------
    cycles : tuple of CycleView
        Oldest first, every side.
    forecast, no_forecast : WearOff or None, str or None
        For the newest cycle of all; ``no_forecast`` is the key of the reason when there is none
        (text ``toxin.<key>``).
    forecasts, no_forecasts : tuple
        The same for the newest cycle of each side, for patients treated on both.
    failing, failing_cycles, failing_sides : bool, tuple of date, tuple of Side
        Whether the rule on secondary non-response fired, on which cycles and sides.
    cautions : tuple of str
        Codes of what is present or was not asked.
    caution_states : tuple of ToxinCaution
        Every caution with its status.
    """

    cycles: tuple[CycleView, ...]
    forecast: WearOff | None = None
    no_forecast: str | None = None
    failing: bool = False
    failing_cycles: tuple[date, ...] = ()
    cautions: tuple[str, ...] = ()
    basis: Basis = Basis()
    forecasts: tuple[WearOff, ...] = ()
    no_forecasts: tuple[NoForecast, ...] = ()
    failing_sides: tuple[Side, ...] = ()
    caution_states: tuple[ToxinCaution, ...] = ()
