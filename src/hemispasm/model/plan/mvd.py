"""Microvascular decompression: checklist, expected course, and what the operation showed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.side import Side


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
    """One published figure, given what the lateral spread did.

    Attributes
    ----------
    source : str
        Key of the source; two sources stand side by side and are never merged.
    time : str
        ``discharge``, ``month_1``, ``month_3``, ``year_1``, ``short_term`` or ``long_term``.
        Text: ``residual_time.<time>``.
    outcome : str
        What the figure counts. Text: ``residual_outcome.<outcome>``.
    """

    source: str
    lateral_spread: Literal["lost", "persisted", "never_recorded"]
    time: str
    evidence: str
    outcome: Literal["residual", "relieved", "favourable"] = "residual"


class Waiting(Noun):
    """Of those relieved in the end, the share relieved only after a day.

    Says nothing about whether a patient will be relieved. ``since_day`` is the last day of the
    published curve that has passed; ``days_since`` is where the patient stands.
    """

    days_since: int
    since_day: float
    later_share: float
    interval: tuple[float, float]
    level: float = 0.95
    count: int
    n: int
    basis: Basis


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

    ``notes`` are whole keys of texts (``mvd_note.…``). ``side`` is the side of the operation, or
    the side it would be on. ``relieved`` is None when nobody said. ``immediate`` are evidence
    keys of relief within days, to be shown beside ``course``. ``waiting`` is for a patient not
    relieved yet; ``month_after`` what the lateral spread a month after surgery says;
    ``hearing`` the findings for which hearing needs care; ``imaging`` what images say of the side
    before an operation, measured and read.
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
    side: Side | None = None
    relieved: bool | None = None
    immediate: tuple[str, ...] = ()
    waiting: Waiting | None = None
    month_after: ResidualRisk | None = None
    hearing: tuple[Because, ...] = ()
    imaging: tuple[Because, ...] = ()
    basis: Basis
