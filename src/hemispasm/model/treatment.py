"""What has been done to the patient, as the clinic's files describe it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.side import Side


class Product(StrEnum):
    """Botulinum toxin products. Units of different products cannot be converted."""

    ONABOTULINUM = "onabotulinumtoxinA"
    ABOBOTULINUM = "abobotulinumtoxinA"
    INCOBOTULINUM = "incobotulinumtoxinA"
    RIMABOTULINUM = "rimabotulinumtoxinB"
    OTHER = "other"


class AdverseEffect(Noun):
    """One unwanted effect: what, from when, until when (None: not over, or not known)."""

    kind: Literal[
        "ptosis", "facial_weakness", "double_vision", "dry_eye", "tearing", "bruising",
        "swallowing", "breathing", "other",
    ]  # fmt: skip
    start: date | None = None
    end: date | None = None


class ToxinCycle(Noun):
    """One toxin treatment as the clinic wrote it down.

    Attributes
    ----------
    day, product, side : date, Product, Side
        When, what and where; units mean nothing without the product.
    units : dict of str to float
        Units of this product per site, the site in the clinic's own words.
    benefit_from, benefit_until : date or None
        First day of benefit, and the day on which it had worn off. Unknown stays unknown.
    best_benefit_percent : float or None
        The patient's own rating at the best time, 0 to 100.
    effects : tuple of AdverseEffect or None
        None when nobody asked; empty when there were none.
    """

    day: date
    product: Product | None = None
    side: Side | None = None
    units: dict[str, float] | None = None
    benefit_from: date | None = None
    benefit_until: date | None = None
    best_benefit_percent: float | None = Field(default=None, ge=0, le=100)
    effects: tuple[AdverseEffect, ...] | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for later in (self.benefit_from, self.benefit_until):
            if later is not None and later < self.day:
                raise ValueError("benefit cannot begin or end before the injection")
        if self.benefit_from and self.benefit_until and self.benefit_until < self.benefit_from:
            raise ValueError("benefit_until lies before benefit_from")
        if self.units is not None and any(u < 0 for u in self.units.values()):
            raise ValueError("units cannot be negative")
        return self


class Operation(Noun):
    """One operation as the clinic wrote it down; every field but the day may be unknown.

    ``relief_day`` is the first day without spasm. ``level_of_care`` is where the first night was
    spent. ``technique`` says how vessel and nerve were kept apart.
    """

    day: date
    kind: Literal["microvascular_decompression", "other"] | None = None
    side: Side | None = None
    outcome: str | None = None
    approach: Literal["microscopic", "endoscopic", "combined"] | None = None
    technique: Literal["interposition", "transposition", "both", "other"] | None = None
    vessels: tuple[str, ...] | None = None
    relief_day: date | None = None
    recurrence_day: date | None = None
    level_of_care: Literal["ward", "intermediate", "icu"] | None = None
    complications: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for later in (self.relief_day, self.recurrence_day):
            if later is not None and later < self.day:
                raise ValueError("relief and recurrence cannot come before the operation")
        return self


class Treatments(Noun):
    """``treatments.toml``."""

    toxin: tuple[ToxinCycle, ...] = ()
    operations: tuple[Operation, ...] = ()


class Centre(Noun):
    """``centre.toml``: a clinic's own audited results, which replace the published default.

    ``good`` of ``operated`` patients had the outcome that ``definition`` describes at
    ``months`` after microvascular decompression.
    """

    name: str = Field(min_length=1)
    operated: int = Field(ge=1)
    good: int = Field(ge=0)
    definition: str = Field(min_length=3)
    months: float = Field(gt=0)
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if self.good > self.operated:
            raise ValueError("more good results than operations")
        return self
