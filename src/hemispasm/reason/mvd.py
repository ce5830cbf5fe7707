"""Decompression for this patient: before it the checklist, after it the course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from hemispasm.reason.imaging_doubts import imaging_of_side
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
        again = not any("mvd_figures" in r.outputs and r.code != "redo" for r in refusals)
        return _after(chart, operations[-1], side, _Shared(rate, course, refused, notes, again))
    not_indicated = set(load_mvd_table()["not_indicated"]["refusals"])
    if any(refusal.code in not_indicated for refusal in refusals):
        return None
    return _before(chart, side, _Shared(rate, course, refused, notes))


@dataclass(frozen=True)
class _Shared:
    """What both phases show; ``second_operation``: figures of second operations may be shown."""

    rate: AuditedRate | None
    course: tuple[CourseStep, ...]
    refused: set[str]
    notes: tuple[str, ...]
    second_operation: bool = False


def _before(chart: Chart, side: Side | None, shared: _Shared) -> MvdView:
    rate, course, figures = shared.rate, shared.course, "mvd_figures" not in shared.refused
    about_hearing, hearing = hearing_context(chart, side)
    other = ("mvd_note.operated_other_side",) if decompressions(chart) else ()
    relief = ("mvd_note.delayed_relief", "mvd_note.late_first_look") if course else ()
    palsy = _palsy_notes(chart) if figures else ()
    older = ("mvd_note.hearing_older",) if figures else ()
    notes = (*other, *shared.notes, *relief, *palsy, *about_hearing, *older)
    return MvdView(
        phase="before",
        rate=rate,
        course=course,
        checklist=pre_operative_checklist(chart, view_side(chart)),
        notes=_with_figures(notes, figures),
        side=side,
        immediate=_immediate() if course else (),
        hearing=hearing,
        imaging=imaging_of_side(chart, side),
        basis=_basis(rate, course),
    )


def _after(chart: Chart, operation: Operation, side: Side | None, shared: _Shared) -> MvdView:
    course, refused = shared.course, shared.refused
    operated = operation.side or side
    days = (chart.as_of - operation.day).days
    relieved = _relieved(chart, operation, operated)
    waits = bool(course) and relieved is not True and operation.recurrence_day is None
    updates = not refused & {"mvd_figures", "lateral_spread_update"}
    recurred = operation.recurrence_day is not None
    # What a group had in the end tells nothing about a patient whose result is in.
    settled = relieved is True or recurred or days >= mvd_limit("failure_from_days")
    rate = None if settled else shared.rate
    about_hearing, hearing = hearing_context(chart, operated)
    state = _State(days, relieved, updates, shared.second_operation)
    notes = (*shared.notes, *_notes_after(chart, operation, operated, state), *about_hearing)
    return MvdView(
        phase="after",
        operated_on=operation.day,
        days_since=days,
        rate=rate,
        course=course,
        residual=residual_risks(chart, operation, operated) if updates else (),
        too_early=relieved is not True and days < mvd_limit("failure_from_days"),
        palsy_watch=palsy_watch_of(operation.day),
        notes=_with_figures(notes, "mvd_figures" not in refused),
        side=operated,
        relieved=relieved,
        immediate=_immediate() if course else (),
        waiting=still_waiting(days) if waits else None,
        month_after=month_after(chart, operation, operated) if updates else None,
        hearing=hearing,
        basis=_basis(rate, course),
    )


@dataclass(frozen=True)
class _State:
    """Where the patient stands after the operation."""

    days: int
    relieved: bool | None
    updates: bool
    second_operation: bool


def _notes_after(
    chart: Chart, operation: Operation, side: Side | None, state: _State
) -> tuple[str, ...]:
    notes = []
    recurred = operation.recurrence_day is not None
    if operation.kind is None:
        notes.append("mvd_note.kind_unknown")
    if state.relieved is True:
        # Nobody asks whether an operation failed that has done what it was for.
        pass
    elif state.days < mvd_limit("judge_from_days"):
        notes.append("mvd_note.too_early")
    elif state.days < mvd_limit("failure_from_days"):
        notes.append("mvd_note.judging_disputed")
    elif state.relieved is False and not recurred:
        notes.append("mvd_note.may_be_judged")
    if state.relieved is not True and not recurred and "mvd_note.may_be_judged" not in notes:
        notes.append("mvd_note.delayed_relief")
    if recurred:
        notes.append("mvd_note.recurrence_on_file")
        notes += ["mvd_note.second_operation"] if state.second_operation else []
    else:
        notes.append("mvd_note.recurrence")
    if state.updates:
        notes += ["mvd_note.lateral_spread", "mvd_note.lateral_spread_odds"]
        if lateral_spread_at_surgery(chart, operation, side) is None:
            notes.append("mvd_note.lateral_spread_not_on_file")
    watched = chart.as_of <= palsy_watch_of(operation.day)[1]
    return (*notes, *(_palsy_notes(chart) if watched else ()))


def _palsy_notes(chart: Chart) -> tuple[str, ...]:
    raised = chart.is_present("history.hypertension")
    more = ("mvd_note.palsy_hypertension",) if raised else ()
    return ("mvd_note.delayed_palsy", *more)


def _with_figures(notes: Iterable[str], allowed: bool) -> tuple[str, ...]:
    """Return the notes, each with its published figures behind it where they may be shown."""
    have = set(load_mvd_table()["notes"]["with_figures"])
    found: list[str] = []
    for note in notes:
        found.append(note)
        if allowed and note.removeprefix("mvd_note.") in have:
            found.append(f"{note}_figures")
    return tuple(found)


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
    newest = [o.finding for o in later if o.day == max(each.day for each in later)]
    if any(finding.value == "present" for finding in newest):
        return False
    # No spasm during an examination is not relief; a patient who says that it is gone has it.
    return True if any(finding.code == SPASM_AFTER[0] for finding in newest) else None


def _immediate() -> tuple[str, ...]:
    return tuple(load_mvd_table()["timing"]["immediate"])


def _basis(rate: AuditedRate | None, course: tuple[CourseStep, ...]) -> Basis:
    keys = () if rate is None else rate.basis.evidence
    return Basis(evidence=(*keys, *(relief_evidence() if course else ())), expert_rule=True)
