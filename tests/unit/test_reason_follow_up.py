"""Follow-up: pathway, dates, what is watched, when to act, and whom to call."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from reason_charts import DAY, chart, operation, seen, toxin

from hemispasm.evidence import load_evidence
from hemispasm.model.plan import Basis, FollowUp, Gate, ToxinView, Urgency
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts
from hemispasm.model.treatment import Operation, ToxinCycle, Treatments
from hemispasm.reason.follow_up import (
    emergency_number,
    load_emergency_numbers,
    load_follow_up_table,
    plan_follow_up,
)
from hemispasm.reason.mvd import view_mvd
from hemispasm.reason.options import build_options

REPORTED = seen("imaging.radiologist_report", "no_secondary_cause")


def follow(
    *observations: Any,
    operations: tuple[Operation, ...] = (),
    cycles: tuple[ToxinCycle, ...] = (),
    side: Side | None = Side.LEFT,
    gates: tuple[Gate, ...] = (),
    toxin_view: ToxinView | None = None,
    chosen: Any = None,
    **case: Any,
) -> FollowUp:
    given = chart(*observations, treatments=Treatments(toxin=cycles, operations=operations), **case)
    return plan_follow_up(
        given,
        side=side,
        gates=gates,
        options=build_options(given, side=side, gates=gates, refusals=()),
        mvd=view_mvd(given, side=side, refusals=()),
        toxin=toxin_view,
        chosen=chosen,
    )


def gate(urgency: Urgency) -> Gate:
    return Gate(code="stroke", urgency=urgency, because=(), basis=Basis(expert_rule=True))


def dates(plan: FollowUp) -> dict[str, date | None]:
    return {visit.code: visit.due for visit in plan.visits}


def test_without_a_radiologists_report_tests_come_before_a_choice():
    assert follow().pathway == "work_up"
    assert dates(follow()) == {"after_tests": None}


def test_with_a_report_and_no_treatment_the_patient_is_watched_and_seen_again():
    plan = follow(REPORTED)
    assert plan.pathway == "observation"
    (visit,) = plan.visits
    assert (visit.due, visit.until) == (DAY + timedelta(91), DAY + timedelta(183))


@pytest.mark.parametrize("urgency", [Urgency.EMERGENCY, Urgency.URGENT])
def test_a_warning_sign_puts_today_first_and_tests_before_watching(urgency):
    plan = follow(REPORTED, gates=(gate(urgency),))
    assert plan.pathway == "work_up"
    assert (plan.visits[0].code, plan.visits[0].due) == ("act_on_warning", DAY)


@pytest.mark.parametrize(
    ("operated", "injected", "pathway"),
    [
        ((100, "left"), None, "mvd_after"),
        ((100, "right"), None, "observation"),
        (None, (30, "left"), "toxin"),
        (None, (30, "right"), "observation"),
        ((100, "left"), (30, "left"), "mvd_after"),
        ((500, "left"), (30, "left"), "toxin"),
        ((500, "left"), (600, "left"), "mvd_after"),
    ],
)
def test_the_treatments_of_the_side_decide_the_pathway(operated, injected, pathway):
    operations = (operation(operated[0], side=operated[1]),) if operated else ()
    cycles = (toxin(injected[0], side=injected[1]),) if injected else ()
    assert follow(REPORTED, operations=operations, cycles=cycles).pathway == pathway


def test_what_patient_and_clinician_have_chosen_goes_before_the_chart():
    plan = follow(REPORTED, chosen="mvd_before")
    assert plan.pathway == "mvd_before"
    assert plan.level_of_care == "ward_or_icu"
    assert dates(plan) == {"before_operation": None}


def test_after_surgery_the_visits_lie_where_the_schedule_says():
    operated = date(2024, 2, 29)
    plan = follow(
        operations=(operation((DAY - operated).days, side="left"),),
    )
    assert dates(plan) == {
        "day_seven": date(2024, 3, 7),
        "month_one": date(2024, 3, 30),
        "month_three": date(2024, 5, 30),
        "month_six": date(2024, 8, 30),
        "month_twelve": date(2025, 2, 28),
        "yearly": date(2027, 2, 28),
    }
    assert [v.code for v in plan.visits if not v.past] == ["yearly"]


def test_the_first_yearly_visit_comes_two_years_after_surgery():
    plan = follow(operations=(operation(3, side="left"),))
    operated = DAY - timedelta(3)
    assert dates(plan)["yearly"] == operated.replace(year=operated.year + 2)
    assert not any(visit.past for visit in plan.visits)


def test_after_toxin_come_a_check_the_earliest_next_treatment_and_a_yearly_doubt():
    plan = follow(cycles=(toxin(200, side="left"), toxin(20, side="left")))
    last, first = DAY - timedelta(20), DAY - timedelta(200)
    check, following, review = plan.visits
    assert (check.code, check.due, check.until) == (
        "toxin_check",
        last + timedelta(14),
        last + timedelta(28),
    )
    assert not check.past
    assert following.due == last + timedelta(84)
    assert (review.code, review.due) == ("diagnosis_review", first.replace(year=first.year + 1))


def test_a_failing_toxin_brings_the_review_forward_to_today():
    failing = ToxinView(cycles=(), failing=True)
    plan = follow(cycles=(toxin(20, side="left"),), toxin_view=failing)
    assert (plan.visits[0].code, plan.visits[0].due) == ("toxin_failing_review", DAY)


def test_ward_or_unit_and_what_they_watch_stand_in_the_plan_soon_after_surgery_only():
    soon = follow(operations=(operation(2, side="left"),))
    assert soon.level_of_care == "ward_or_icu"
    assert {"consciousness", "facial_power", "hearing", "leak", "swallowing_and_voice"} <= set(
        soon.watch
    )
    assert "care_level.ward_236" in soon.basis.evidence
    later = follow(operations=(operation(31, side="left"),))
    assert (later.level_of_care, later.watch) == (None, ())


def test_delayed_palsy_is_watched_until_its_last_published_day():
    last = load_evidence()["follow_up.delayed_palsy_window"].range[1]
    on_the_day = follow(operations=(operation(int(last), side="left"),))
    assert on_the_day.palsy_watch is not None
    assert on_the_day.palsy_watch[1] == DAY
    assert follow(operations=(operation(int(last) + 1, side="left"),)).palsy_watch is None


SIGNS = {
    "sudden_deficit",
    "severe_headache",
    "drowsiness",
    "seizure",
    "limb_weakness",
    "sudden_hearing_loss",
    "fever_and_neck_stiffness",
    "watery_discharge",
    "swallowing_or_breathing",
    "eye_pain_or_vision_loss",
    "palsy_with_open_eye",
}


@pytest.mark.parametrize("pathway", ["observation", "toxin", "mvd_before", "mvd_after", "work_up"])
def test_every_pathway_has_all_signs_on_which_to_act_and_triggers_to_come_back(pathway):
    plan = follow(
        operations=(operation(400, side="left"),),
        cycles=(toxin(30, side="left"),),
        chosen=pathway,
    )
    assert set(plan.escalation) == SIGNS
    assert {"new_neurological_signs", "side_changes", "patient_wish"} < set(plan.refer_again)
    keys = [f"escalation.{c}" for c in plan.escalation]
    keys += [f"refer_again.{c}" for c in plan.refer_again]
    keys += [f"watch.{c}" for c in plan.watch]
    for visit in plan.visits:
        keys += [f"follow_up.{visit.code}", *(f"record.{c}" for c in visit.record)]
    assert [key for key in keys if key not in load_texts()] == []


@pytest.mark.parametrize(
    ("country", "number"),
    [("DE", "112"), ("GB", "999"), ("US", "911"), ("JP", "119"), ("KR", "119"), ("CN", "120"),
     ("AU", "000"), ("NZ", "111"), ("IN", "112"), ("BR", "192"), ("XX", None), (None, None)],
)  # fmt: skip
def test_the_emergency_number_is_the_countrys_or_none(country, number):
    assert emergency_number(country) == number
    plan = follow(country=country)
    assert (plan.country, plan.emergency_number) == (country, number)


def test_every_country_of_the_union_is_reached_by_its_common_number():
    union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    assert {emergency_number(code) for code in union.split()} == {"112"}
    assert all(number.isdigit() for number in load_emergency_numbers().values())


def test_a_mirrored_chart_has_the_same_follow_up():
    treatments = {
        "operations": (operation(500, side="left"),),
        "cycles": (toxin(30, side="left"),),
    }
    given = chart(
        REPORTED,
        treatments=Treatments(toxin=treatments["cycles"], operations=treatments["operations"]),
    )
    plans = []
    for each, side in ((given, Side.LEFT), (given.mirrored(), Side.RIGHT), (given, Side.RIGHT)):
        plans.append(
            plan_follow_up(
                each,
                side=side,
                gates=(),
                options=build_options(each, side=side, gates=(), refusals=()),
                mvd=view_mvd(each, side=side, refusals=()),
            )
        )
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


def test_every_record_of_the_table_is_asked_for_in_words():
    for visits in load_follow_up_table()["visit"].values():
        for visit in visits:
            assert f"follow_up.{visit['code']}" in load_texts()
            assert [r for r in visit["record"] if f"record.{r}" not in load_texts()] == []
