"""Microvascular decompression: checklist, expected course, and what the operation showed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis, Because


class AuditedRate(Noun):
    """Share with a good result: the published default, or a clinic's own audit replacing it.

    ``band`` is where a centre's true rate may lie (not where one patient's chance lies).
    """

    origin: Literal["published", "own_centre"]
    share: float
    band: tuple[float, float]
    level: float = 0.95
    operated: int | None = None
    good: int | None = None
    definition: str
    basis: Basis


class CourseStep(Noun):
    """Share relieved by a day after surgery, of those relieved in the end."""

    day: float
    share: float
    interval: tuple[float, float]
    level: float = 0.95


class ResidualRisk(Noun):
    """One published share with residual spasm, given what the lateral spread did."""

    source: str
    lateral_spread: Literal["lost", "persisted", "never_recorded"]
    time: str
    evidence: str


class ChecklistItem(Noun):
    """One item before an operation. Text: ``checklist.<code>``."""

    code: str
    status: Literal["done", "open", "caution"]
    because: tuple[Because, ...] = ()


class MvdView(Noun):
    """Everything on decompression that applies to this patient.

    ``phase`` is ``before`` an operation or ``after`` one; ``residual`` holds both meta-analyses
    side by side, never one number. ``too_early`` says that failure cannot be judged yet;
    ``palsy_watch`` is the span of days in which delayed facial palsy appears.
    """

    phase: Literal["before", "after"]
    operated_on: date | None = None
    days_since: int | None = None
    rate: AuditedRate | None = None
    course: tuple[CourseStep, ...] = ()
    residual: tuple[ResidualRisk, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    too_early: bool = False
    palsy_watch: tuple[date, date] | None = None
    notes: tuple[str, ...] = ()
    basis: Basis
