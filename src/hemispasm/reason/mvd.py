"""Decompression for this patient: before it the checklist, after it the course."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hemispasm.evidence import lookup_evidence
from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.gates import Refusal
from hemispasm.model.plan.mvd import AuditedRate, CourseStep, MvdView
from hemispasm.model.side import Side
from hemispasm.model.treatment import Centre, Operation
from hemispasm.reason.audit import audit_is_too_early, audited_rate
from hemispasm.reason.checklist import pre_operative_checklist
from hemispasm.reason.hearing import hearing_context
from hemispasm.reason.mvd_table import load_mvd_table, mvd_limit
from hemispasm.reason.operations import decompressions_of
from hemispasm.reason.records import decompressions
from hemispasm.reason.relief import relief_course, relief_evidence, still_waiting
from hemispasm.reason.residual import lateral_spread_at_surgery, month_after, residual_risks
from hemispasm.reason.sides import view_side

SPASM_AFTER = ("history.spasm", "exam.spasm")


def view_mvd(
    chart: Chart,
    *,
    side: Side | None,
    refusals: Sequence[Refusal],
    centre: Centre | None = None,
) -> MvdView | None:
    """Return what applies to this patient before or after microvascular decompression.

    Nothing in it depends on age, sex, ancestry or severity, and nothing is one patient's chance.

    Parameters
    ----------
    chart : Chart
        The patient; an operation on file puts the view after it.
    side : Side or None
        The affected side; None while it is unknown or in conflict. An operation of the other side
        does not count as one of this side.
    refusals : sequence of Refusal
        ``mvd_figures``, ``relief_curve`` and ``lateral_spread_update`` withhold those parts.
    centre : Centre, optional
        The clinic's own audit, which replaces the published default.

    Returns
    -------
    MvdView or None
        None before an operation that is not indicated for what the patient has.
    """
    operations = decompressions_of(chart, side)
    refused = {output for refusal in refusals for output in refusal.outputs}
    rate = None if "mvd_figures" in refused else audited_rate(centre)
    course = () if refused & {"mvd_figures", "relief_curve"} else relief_course()
    early_audit = centre is not None and audit_is_too_early(centre)
    notes = ("mvd_note.audit_too_early",) if rate and early_audit else ()
    if operations:
        return _after(chart, operations[-1], side, (rate, course, refused, notes))
    not_indicated = set(load_mvd_table()["not_indicated"]["refusals"])
    if any(refusal.code in not_indicated for refusal in refusals):
        return None
    return _before(chart, side, (rate, course, refused, notes))


_Shared = tuple[AuditedRate | None, tuple[CourseStep, ...], set[str], tuple[str, ...]]


def _before(chart: Chart, side: Side | None, shared: _Shared) -> MvdView:
    rate, course, _, notes = shared
    about_hearing, hearing = hearing_context(chart, side)
    other = ("mvd_note.operated_other_side",) if decompressions(chart) else ()
    relief = ("mvd_note.delayed_relief", "mvd_note.late_first_look") if course else ()
    return MvdView(
        phase="before",
        rate=rate,
        course=course,
        checklist=pre_operative_checklist(chart, view_side(chart)),
        notes=(*other, *notes, *relief, *about_hearing, "mvd_note.hearing_older"),
        side=side,
        immediate=_immediate() if course else (),
        hearing=hearing,
        basis=_basis(rate, course),
    )


def _after(chart: Chart, operation: Operation, side: Side | None, shared: _Shared) -> MvdView:
    rate, course, refused, notes = shared
    operated = operation.side or side
    days = (chart.as_of - operation.day).days
    relieved = _relieved(chart, operation, operated)
    waits = bool(course) and relieved is not True and operation.recurrence_day is None
    updates = not refused & {"mvd_figures", "lateral_spread_update"}
    about_hearing, hearing = hearing_context(chart, operated)
    return MvdView(
        phase="after",
        operated_on=operation.day,
        days_since=days,
        rate=rate,
        course=course,
        residual=residual_risks(chart, operation, operated) if updates else (),
        too_early=days < mvd_limit("failure_from_days"),
        palsy_watch=palsy_watch_of(operation.day),
        notes=(
            *notes,
            *_notes_after(chart, operation, operated, (days, relieved, updates)),
            *about_hearing,
        ),
        side=operated,
        relieved=relieved,
        immediate=_immediate() if course else (),
        waiting=still_waiting(days) if waits else None,
        month_after=month_after(chart, operation, operated) if updates else None,
        hearing=hearing,
        basis=_basis(rate, course),
    )


def _notes_after(
    chart: Chart,
    operation: Operation,
    side: Side | None,
    state: tuple[int, bool | None, bool],
) -> tuple[str, ...]:
    days, relieved, updates = state
    notes = []
    if operation.kind is None:
        notes.append("mvd_note.kind_unknown")
    if days < mvd_limit("judge_from_days"):
        notes.append("mvd_note.too_early")
    elif days < mvd_limit("failure_from_days"):
        notes.append("mvd_note.judging_disputed")
    if relieved is not True:
        notes.append("mvd_note.delayed_relief")
    if operation.recurrence_day is not None:
        notes += ["mvd_note.recurrence_on_file", "mvd_note.second_operation"]
    else:
        notes.append("mvd_note.recurrence")
    if updates:
        notes += ["mvd_note.lateral_spread", "mvd_note.lateral_spread_odds"]
        if lateral_spread_at_surgery(chart, operation, side) is None:
            notes.append("mvd_note.lateral_spread_not_on_file")
    return (*notes, "mvd_note.delayed_palsy")


def palsy_watch_of(operated_on: date) -> tuple[date, date]:
    """Return the first and last day on which delayed facial palsy is looked for.

    Parameters
    ----------
    operated_on : date
        Day of the decompression.

    Returns
    -------
    tuple of date
        Over the days on which it began in published series (``follow_up.delayed_palsy_window``).

    Examples
    --------
    >>> palsy_watch_of(date(2026, 3, 1))
    (datetime.date(2026, 3, 2), datetime.date(2026, 4, 14))
    """
    days = lookup_evidence(load_mvd_table()["palsy_watch"]["days"]).range
    if days is None:
        raise ValueError("the days of delayed facial palsy need a range")
    return operated_on + timedelta(days=days[0]), operated_on + timedelta(days=days[1])


def _relieved(chart: Chart, operation: Operation, side: Side | None) -> bool | None:
    """Return whether the spasm is gone: by the treatment file, else by spasm told or seen since."""
    if operation.recurrence_day is not None and operation.recurrence_day <= chart.as_of:
        return False
    if operation.relief_day is not None and operation.relief_day <= chart.as_of:
        return True
    sides = (side,) if side in (Side.LEFT, Side.RIGHT) else tuple(Side)
    later = [
        o
        for code in SPASM_AFTER
        for each in sides
        for o in chart.every(code, each)
        if o.day > operation.day
    ]
    if not later:
        return None
    newest = max(o.day for o in later)
    present = any(o.finding.value == "present" for o in later if o.day == newest)
    return False if present else None


def _immediate() -> tuple[str, ...]:
    return tuple(load_mvd_table()["timing"]["immediate"])


def _basis(rate: AuditedRate | None, course: tuple[CourseStep, ...]) -> Basis:
    keys = () if rate is None else rate.basis.evidence
    return Basis(evidence=(*keys, *(relief_evidence() if course else ())), expert_rule=True)
