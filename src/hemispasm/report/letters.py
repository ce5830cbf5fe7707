"""Letters between clinicians: the answer to a referral, the plan, discharge, and the way back."""

from __future__ import annotations

from hemispasm.model import Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Plan
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Day,
    Document,
    Para,
    Provenance,
    Section,
    Table,
)
from hemispasm.report.letter_discharge import discharge_letter, operations_on_file
from hemispasm.report.letter_parts import (
    field,
    finding_lines,
    forecast_cells,
    letter_document,
    sign_bullets,
    visit_day,
    visits_in_order,
)
from hemispasm.report.letter_referral import referral_answer
from hemispasm.report.phrase import because_cells, joined, phrase, say
from hemispasm.report.plan_follow_up import emergency_para, record_words
from hemispasm.report.plan_summary import SEVERITY

_TEAM = ("items", "doctor", "specialist", "family")


def build_letters(
    plan: Plan, chart: Chart, *, signed: Signature | None = None
) -> dict[str, Document]:
    """Return the letters that apply to a patient, by kind.

    Names and addresses are fields to fill in; nothing in the data is one. Every letter that is
    not signed says DRAFT on each page. Sides are the patient's. What is not on file is said to be
    so, and never taken as absent.

    Parameters
    ----------
    plan : Plan
        What reasoning returned.
    chart : Chart
        What it saw: findings with their intervals, and operations as recorded.
    signed : Signature or None
        Who takes responsibility; None leaves a DRAFT.

    Returns
    -------
    dict of str to Document
        ``referral_answer``, ``plan`` and ``hand_back`` always; ``discharge`` only where an
        operation is on file.
    """
    letters = {
        "referral_answer": referral_answer(plan, chart, signed),
        "plan": plan_letter(plan, chart, signed),
    }
    if operations_on_file(chart):
        letters["discharge"] = discharge_letter(plan, chart, signed)
    letters["hand_back"] = hand_back_letter(plan, chart, signed)
    return letters


def plan_letter(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the plan: the way chosen, dates, who does what, and when to act at once."""
    pathway = phrase(f"report.pathway.{plan.follow_up.pathway}")
    summary = phrase("letter.plan.summary", pathway=pathway)
    said: list[Section] = [
        _section("plan", "chosen", *_chosen(plan, pathway)),
        _section("plan", "dates", *_dates(plan)),
    ]
    if plan.work_up:
        tests = tuple(say(f"test.{step.test}.title") for step in plan.work_up)
        said.append(_section("plan", "tests", Para(*joined(tests, "; "), ".")))
    said.append(_section("plan", "team", _team()))
    course = _course(plan)
    if course:
        said.append(_section("plan", "course", *(Para(*cell) for cell in course)))
    escalation = (sign_bullets(plan), emergency_para(plan.follow_up))
    said.append(_section("plan", "escalation", *escalation))
    if plan.options.driving is not None:
        said.append(_section("plan", "driving", Para(*say(plan.options.driving))))
    return letter_document("plan", plan, chart, summary, said, signed)


def _section(kind: str, name: str, *children: Block) -> Section:
    return Section(name, phrase(f"letter.{kind}.{name}"), children)


def _chosen(plan: Plan, pathway: Cell) -> list[Block]:
    chosen = phrase("letter.plan.chosen_record", pathway=pathway, field=field())
    wishes = [b for b in plan.options.values if b.value in ("most", "some")]
    key = "values" if wishes else "values_none"
    return [Para(*chosen), Para(*phrase(f"letter.plan.{key}", values=because_cells(wishes)))]


def _dates(plan: Plan) -> list[Block]:
    visits = visits_in_order(plan)
    if not visits:
        return [Para(*phrase("letter.plan.no_dates"))]
    rows = tuple(
        (
            visit_day(visit, plan),
            say(f"follow_up.{visit.code}"),
            joined((record_words(item) for item in visit.record), "; "),
            ("…………………",),
        )
        for visit in visits
    )
    columns = tuple(lookup_text(f"letter.plan.{n}") for n in ("when", "what", "record", "who"))
    return [Table.plain(phrase("letter.plan.caption"), columns, rows)]


def _team() -> Provenance:
    return Provenance(tuple((lookup_text(f"letter.plan.team_{n}"), (field(),)) for n in _TEAM))


def _course(plan: Plan) -> list[Cell]:
    said = forecast_cells(plan)
    view = plan.mvd
    if view is not None and view.phase == "after":
        said += [say(note) for note in view.notes if note in ("mvd_note.too_early",)]
        if plan.follow_up.palsy_watch is not None:
            start, end = (Day(day) for day in plan.follow_up.palsy_watch)
            said.append(phrase("report.mvd.palsy_watch", start=start, end=end))
    return said


def hand_back_letter(plan: Plan, chart: Chart, signed: Signature | None) -> Document:
    """Return the letter that gives a patient back, with the reasons to refer again."""
    summary = phrase("letter.hand_back.summary")
    again = plan.follow_up.refer_again
    listed: Block = Bullets(tuple(say(f"refer_again.{code}") for code in again))
    if not again:
        listed = Para(*phrase("letter.hand_back.none_listed"))
    found = finding_lines(chart, SEVERITY)
    state = Bullets(tuple(found)) if found else Para(*phrase("letter.hand_back.state_none"))
    sections = (
        _section("hand_back", "trigger", listed),
        _section("hand_back", "state", state),
        _section("hand_back", "toxin", *(Para(*cell) for cell in _toxin(plan, chart))),
        _section("hand_back", "judged", *(Para(*cell) for cell in _judged(plan))),
        _section("hand_back", "watch_for", sign_bullets(plan), emergency_para(plan.follow_up)),
    )
    return letter_document("hand_back", plan, chart, summary, sections, signed)


def _toxin(plan: Plan, chart: Chart) -> list[Cell]:
    if plan.toxin is None:
        key = "toxin_not_said" if chart.treatments is None else "toxin_none"
        return [phrase(f"letter.hand_back.{key}")]
    text = phrase("letter.hand_back.toxin_text")
    return [*forecast_cells(plan), text, phrase("letter.hand_back.toxin_trouble")]


def _judged(plan: Plan) -> list[Cell]:
    said: list[Cell] = []
    if plan.mvd is not None and plan.mvd.phase == "after":
        said.append(phrase("letter.hand_back.judged_mvd"))
        due = {visit.code: visit.due for visit in plan.follow_up.visits}
        half, whole = due.get("month_six"), due.get("month_twelve")
        if plan.mvd.operated_on is not None and half is not None and whole is not None:
            days = {"day": Day(plan.mvd.operated_on), "half": Day(half), "whole": Day(whole)}
            said.append(phrase("letter.hand_back.judged_day", **days))
    if plan.toxin is not None:
        said.append(phrase("letter.hand_back.judged_toxin"))
    if not said:
        said.append(phrase("letter.hand_back.judged_watch"))
    return [*said, phrase("letter.hand_back.review")]
