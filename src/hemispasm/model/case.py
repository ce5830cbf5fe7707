"""A patient as the clinic's files describe one. Every field may be unknown."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.side import Side


class Context(StrEnum):
    """Where and when a visit was recorded."""

    CLINIC = "clinic"
    HOME = "home"
    NIGHT = "night"
    THEATRE = "theatre"


class ClinicType(StrEnum):
    """What sort of clinic sees the patient: it decides how common each disease is there."""

    COMMUNITY = "community"
    EYE = "eye"
    MOVEMENT_DISORDER = "movement_disorder"
    NEUROSURGERY = "neurosurgery"


class Onset(Noun):
    """When and where it began. ``month`` is YYYY-MM or YYYY; unknown stays unknown."""

    month: str | None = Field(default=None, pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$")
    side: Side | None = None
    first_site: str | None = None


class Case(Noun):
    """``case.toml``: a pseudonymous patient.

    ``country`` is an ISO 3166 code of two letters, for the emergency number and driving rules.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.case/1"] | None = Field(default=None, alias="schema")
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    sex: Literal["female", "male", "other"] | None = None
    clinic_type: ClinicType | None = None
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    onset: Onset | None = None
    medication: tuple[str, ...] | None = None
    prior_treatment: tuple[str, ...] | None = None
    notes: str | None = None
    simulated: bool = False


class Visit(Noun):
    """``visits/<date>/visit.toml``; the date is the folder's name."""

    day: date
    context: Context | None = None
    notes: str | None = None
