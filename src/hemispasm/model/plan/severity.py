"""Severity over visits: measured indices and scales side by side."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.finding import Origin
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side


class SeverityPoint(Noun):
    """One value of one visit; ``rater`` tells two raters apart."""

    day: date
    value: float
    interval: tuple[float, float] | None = None
    level: float | None = None
    quality: Grade
    origin: Origin
    rater: str | None = None


class SeverityTrend(Noun):
    """One measure over visits.

    ``change`` is newest minus the one before; ``band`` is the repeatability of the measure, None
    where none is known, and is not a minimal clinically important difference: a change inside it
    is no change that could be shown. ``rater`` keeps several raters of one scale apart. Without a
    verdict ``why_not`` says why; ``cautions`` hold although there is one. Texts:
    ``severity.<why_not>``, ``severity.<caution>``.
    """

    code: str
    side: Side | None
    unit: str | None
    points: tuple[SeverityPoint, ...]
    change: float | None = None
    band: tuple[float, float] | None = None
    verdict: Literal["better", "worse", "within_band", "not_judged"] = "not_judged"
    why_not: str | None = None
    rater: str | None = None
    cautions: tuple[str, ...] = ()
