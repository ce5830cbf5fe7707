"""In plain words: what happens after a treatment, the next visits, the diary and driving."""

from __future__ import annotations

from datetime import date, timedelta

from hemispasm.model.plan import FollowUpVisit, MvdView, Plan, WearOff
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    Day,
    FromRule,
    Number,
    Para,
    Section,
)
from hemispasm.report.phrase import phrase, say
from hemispasm.report.plain_figures import hundred, whole
from hemispasm.report.plain_found import patient_side

_DIARY = ("day", "part", "effect", "film", "medicine", "other_side")


def after_section(plan: Plan) -> Section:
    """Return what follows injections and the operation, with this patient's own days."""
    toxin = Section("after-toxin", phrase("plain.after.toxin"), tuple(_toxin(plan)))
    children: list[Block] = [toxin]
    if plan.mvd is not None:
        blocks = tuple(_mvd(plan.mvd, plan.as_of))
        operation = Section("after-operation", phrase("plain.after.mvd"), blocks)
        # Who has been operated on reads of that first.
        children.insert(0 if plan.mvd.phase == "after" else 1, operation)
    return Section("after", phrase("plain.after.title"), tuple(children))


def _toxin(plan: Plan) -> list[Block]:
    said: list[Block] = []
    view = plan.toxin
    if view is not None:
        forecasts = view.forecasts or ((view.forecast,) if view.forecast else ())
        said += [Para(*_forecast(each, several=len(forecasts) > 1)) for each in forecasts]
        if view.failing:
            said.append(Para(*phrase("plain.after.failing")))
    keys = ("toxin_course", "toxin_watch")
    return [*said, *(Para(*phrase(f"plain.after.{key}")) for key in keys)]


def _forecast(found: WearOff, *, several: bool) -> Cell:
    def day(after: float) -> Day:
        return Day(found.from_day + timedelta(days=round(after)))

    first, last = found.interval_days
    share = whole(found.level * 100, FromRule("toxin.forecast"))
    return phrase(
        "plain.after.forecast_side" if several else "plain.after.forecast",
        side=patient_side(found.side),
        day=Day(found.from_day),
        date=day(found.median_days),
        share=share,
        hundred=hundred(),
        first=day(first),
        last=day(last),
    )


def _mvd(view: MvdView, today: date) -> list[Block]:
    said: list[Block] = []
    if view.phase == "after" and view.operated_on is not None:
        side = patient_side(view.side)
        cell = phrase("plain.after.operated", day=Day(view.operated_on), side=side)
        if view.too_early and view.relieved is not True:
            cell = (*cell, " ", *phrase("plain.after.too_early"))
        said.append(Para(*cell))
    else:
        said.append(Para(*phrase("plain.after.mvd_ward")))
    if "mvd_note.recurrence_on_file" in view.notes:
        said.append(Para(*phrase("plain.after.spasm_back")))
    if view.phase == "before" or (view.too_early and view.relieved is not True):
        said.append(Para(*phrase("plain.after.mvd_late")))
        said += _course(view)
    if view.palsy_watch is None or view.palsy_watch[1] >= today:
        said.append(Para(*_palsy(view)))
    said.append(Para(*phrase("plain.after.mvd_hearing")))
    return said


def _palsy(view: MvdView) -> Cell:
    if view.palsy_watch is None:
        return phrase("plain.after.mvd_palsy")
    first, last = (Day(day) for day in view.palsy_watch)
    return phrase("plain.after.mvd_palsy_days", first=first, last=last)


def _course(view: MvdView) -> list[Block]:
    if not view.course:
        return []
    rule = FromRule("mvd.course")
    steps = tuple(
        phrase(
            "plain.after.mvd_course_step",
            have=whole(step.share * 100, rule),
            hundred=hundred(),
            days=Number(step.day, "1", rule, decimals=0),
        )
        for step in view.course
    )
    lead = Para(*phrase("plain.after.mvd_course", hundred=hundred()))
    return [lead, Bullets(steps), Para(*phrase("plain.after.mvd_course_note"))]


def visits_section(plan: Plan) -> Section:
    """Return the next visits with their days, and when to come back sooner."""
    follow = plan.follow_up
    children: list[Block] = []
    if follow.visits:
        visits = sorted(follow.visits, key=lambda visit: visit.due or date.max)
        children.append(Bullets(tuple(_visit(visit, plan.as_of) for visit in visits)))
    else:
        children.append(Para(*phrase("plain.visits.none")))
    if follow.refer_again:
        children.append(Para(*phrase("plain.visits.sooner")))
        signs = (say(f"plain.refer.{c}", f"refer_again.{c}") for c in follow.refer_again)
        children.append(Bullets(tuple(signs)))
    return Section("visits", phrase("plain.visits.title"), tuple(children))


def _visit(visit: FollowUpVisit, today: date) -> Cell:
    what = say(f"plain.visit.{visit.code}", f"follow_up.{visit.code}")
    if visit.due is None:
        return (*phrase("plain.visits.no_date"), *what)
    if visit.until is not None:
        when = phrase("plain.visits.span", day=Day(visit.due), until=Day(visit.until))
    else:
        when = phrase("plain.visits.date", day=Day(visit.due))
    over = visit.past or (visit.until or visit.due) < today
    return (*when, *what, *(phrase("plain.visits.past") if over else ()))


def diary_section(plan: Plan) -> Section:
    """Return what to write down."""
    items = list(_DIARY)
    items.insert(4, "toxin")
    if plan.mvd is not None and plan.mvd.phase == "after":
        items.insert(4, "operation")
    children = (
        Para(*phrase("plain.diary.lead")),
        Bullets(tuple(phrase(f"plain.diary.{item}") for item in items)),
    )
    return Section("diary", phrase("plain.diary.title"), children)


def driving_section(plan: Plan) -> Section | None:
    """Return the sentence on driving; None for a patient who does not drive."""
    key = plan.options.driving
    if key is None:
        return None
    said = say(f"plain.driving.{key.rpartition('.')[2]}", key)
    return Section("driving", phrase("plain.driving.title"), (Para(*said),))
