"""Decompression: checklist, rate and audit, relief curve, lateral spread, hearing, too early."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reason_charts import DAY, chart, operation, seen
from reason_mvd import centre, view

from hemispasm.evidence import lookup_evidence
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Basis, MvdView, Refusal, ResidualRisk
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts
from hemispasm.model.treatment import Treatments
from hemispasm.reason.audit import audited_rate
from hemispasm.reason.mvd import palsy_watch_of, view_mvd
from hemispasm.reason.mvd_table import load_mvd_table
from hemispasm.reason.relief import relief_course, still_waiting

AT_SURGERY = "emg.lateral_spread_at_surgery"
OTHER = {"left": "right", "right": "left"}


# --- The rate and the audit --------------------------------------------------------------------


def test_without_an_audit_the_published_share_has_the_interval_of_a_new_centre():
    rate = audited_rate()
    assert (rate.origin, rate.share) == ("published", 0.858)
    assert rate.band == lookup_evidence("mvd_effect.new_centre").interval
    assert "mixed" in rate.definition


def test_a_large_audit_replaces_the_published_share_and_a_small_one_moves_it():
    large, small = audited_rate(centre(950, 1000)), audited_rate(centre(3, 3))
    assert large.share == pytest.approx(0.95, abs=0.002)
    assert large.band[0] > 0.93
    assert 0.858 < small.share < 0.91
    assert small.band[1] - small.band[0] > 5 * (large.band[1] - large.band[0])
    assert (large.origin, large.operated, large.good) == ("own_centre", 1000, 950)
    assert large.definition == "no spasm"


def test_ninety_five_of_a_hundred_come_close_to_ninety_five_per_cent():
    rate = audited_rate(centre(95, 100))
    assert rate.share == pytest.approx((95 + 8 * 0.858) / 108)
    assert rate.band[0] < 0.95 < rate.band[1]


def test_an_audit_of_nobody_is_not_possible():
    with pytest.raises(ValueError, match="operated"):
        centre(0, 0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_audited_share_lies_between_the_published_and_the_own(counts):
    good, operated = counts
    share = audited_rate(centre(good, operated)).share
    low, high = sorted((0.858, good / operated))
    assert low - 1e-9 <= share <= high + 1e-9


def test_an_audit_made_too_early_does_not_replace_the_published_share():
    early = view(centre=centre(40, 100, months=1))
    assert early.rate is not None
    assert early.rate.origin == "published"
    assert "mvd_note.audit_too_early" in early.notes
    assert view(centre=centre(40, 100)).notes.count("mvd_note.audit_too_early") == 0


# --- The relief curve --------------------------------------------------------------------------

SATO = {7: 62, 30: 90, 90: 128, 180: 153, 365: 170}
"""Counts of 175 patients as the source prints them."""


def test_the_relief_curve_reproduces_its_source_table():
    course = relief_course()
    assert {step.day: round(step.share * 175, 9) for step in course} == SATO
    for step in course:
        assert step.interval[0] < step.share < step.interval[1]
        published = lookup_evidence(f"relief_curve.day_{step.day:.0f}")
        assert step.interval == pytest.approx(published.interval, abs=0.0006)


@pytest.mark.parametrize(
    ("days", "since", "later"),
    [(7, 7, 113), (29, 7, 113), (30, 30, 85), (200, 180, 22), (4000, 365, 5)],
)
def test_who_still_waits_is_told_the_share_relieved_later(days, since, later):
    waiting = still_waiting(days)
    assert waiting is not None
    assert (waiting.since_day, waiting.count, waiting.n) == (since, later, 175)
    assert waiting.later_share == pytest.approx(later / 175)


def test_before_the_first_day_of_the_curve_nothing_is_said_about_waiting():
    assert still_waiting(6) is None


@pytest.mark.parametrize(
    ("done", "observations", "relieved"),
    [
        ({}, (), None),
        ({"relief_day": DAY - timedelta(days=50)}, (), True),
        ({"relief_day": DAY - timedelta(days=50), "recurrence_day": DAY}, (), False),
        ({}, (seen("history.spasm", side="left"),), False),
        ({}, (seen("history.spasm", side="right"),), None),
        ({}, (seen("history.spasm", side="left", days=-200),), None),
        ({}, (seen("exam.spasm", "absent", "left"),), None),
        ({}, (seen("history.spasm", "absent", "left"),), True),
        ({}, (seen("history.spasm", "absent", "right"),), None),
        ({}, (seen("history.spasm", "absent", "left"), seen("exam.spasm", side="left")), False),
        (
            {},
            (seen("history.spasm", "absent", "left", days=-9), seen("exam.spasm", side="left")),
            False,
        ),
    ],
)
def test_relief_is_known_only_when_somebody_wrote_it_down(done, observations, relieved):
    found = view(*observations, operated=operation(100, side="left", **done))
    assert found.relieved is relieved
    assert (found.waiting is None) == (relieved is True or "recurrence_day" in done)


def test_the_share_relieved_at_once_stands_beside_the_curve():
    keys = view().immediate
    assert {"mvd_timing.immediate_range", "mvd_timing.early_pooled"} <= set(keys)


# --- Before and after --------------------------------------------------------------------------


def test_an_operation_on_the_side_of_the_spasm_puts_the_view_after_it():
    found = view(operated=operation(40, side="left"))
    assert (found.phase, found.days_since, found.side) == ("after", 40, Side.LEFT)
    assert found.checklist == ()


def test_an_operation_on_the_other_side_is_pointed_at_and_counts_for_nothing():
    found = view(operated=operation(40, side="right"))
    assert (found.phase, found.side) == ("before", Side.LEFT)
    assert found.notes[0] == "mvd_note.operated_other_side"


def test_an_operation_of_unknown_kind_is_shown_with_a_request_to_check():
    found = view(operated=operation(40, side="left", kind=None))
    assert "mvd_note.kind_unknown" in found.notes
    assert view(operated=operation(40, side="left", kind="other")).phase == "before"


@pytest.mark.parametrize(
    ("days", "too_early", "note"),
    [
        (10, True, "mvd_note.too_early"),
        (182, True, "mvd_note.too_early"),
        (183, True, "mvd_note.judging_disputed"),
        (364, True, "mvd_note.judging_disputed"),
        (365, False, None),
    ],
)
def test_failure_is_not_judged_before_the_later_of_two_published_waits(days, too_early, note):
    found = view(operated=operation(days, side="left"))
    assert found.too_early is too_early
    notes = {n for n in found.notes if n in ("mvd_note.too_early", "mvd_note.judging_disputed")}
    assert notes == ({note} if note else set())


def test_delayed_palsy_is_watched_over_the_published_days():
    first, last = lookup_evidence("follow_up.delayed_palsy_window").range or (0, 0)
    operated = date(2026, 1, 31)
    assert palsy_watch_of(operated) == (
        operated + timedelta(days=first),
        operated + timedelta(days=last),
    )
    assert view(operated=operation(3, side="left")).palsy_watch is not None


# --- Refusals ----------------------------------------------------------------------------------


def test_withheld_figures_leave_the_checklist_and_nothing_that_predicts():
    found = view(refused=("mvd_figures",), centre=centre(95, 100))
    assert (found.rate, found.course, found.immediate) == (None, (), ())
    assert found.checklist
    assert not any("relief" in note for note in found.notes)


def test_a_refused_relief_curve_leaves_nobody_waiting_on_it():
    found = view(operated=operation(100, side="left"), refused=("relief_curve",))
    assert (found.course, found.waiting, found.immediate) == ((), None, ())
    assert found.rate is not None
    assert found.residual


def test_a_refused_lateral_spread_update_shows_neither_table_nor_note():
    found = view(
        seen("emg.lateral_spread_after_month", side="left", days=-70),
        operated=operation(100, side="left"),
        refused=("lateral_spread_update",),
    )
    assert (found.residual, found.month_after) == ((), None)
    assert not any("lateral_spread" in note for note in found.notes)


@pytest.mark.parametrize("code", ["post_paralytic", "tumour"])
def test_where_decompression_is_not_indicated_nothing_prepares_it(code):
    refusals = (Refusal(code=code, outputs=("mvd_figures",), basis=Basis()),)
    assert view_mvd(chart(), side=Side.LEFT, refusals=refusals) is None
    operated = Treatments(operations=(operation(10, side="left"),))
    after = view_mvd(chart(treatments=operated), side=Side.LEFT, refusals=refusals)
    assert after is not None
    assert after.palsy_watch is not None


# --- Lateral spread ----------------------------------------------------------------------------


def rows(found: MvdView) -> set[tuple[str, str, str]]:
    return {(r.source, r.lateral_spread, r.time) for r in found.residual}


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("lost_at_opening", "lost"),
        ("lost_at_arachnoid", "lost"),
        ("lost_at_decompression", "lost"),
        ("persisted", "persisted"),
    ],
)
def test_both_meta_analyses_stand_side_by_side(value, state):
    recorded = seen(AT_SURGERY, value, "left", days=-100)
    found = view(recorded, operated=operation(100, side="left"))
    assert {r.lateral_spread for r in found.residual} == {state}
    assert {r.source for r in found.residual} == {"Thirumala2020", "IOM2022"}
    times = {r.time for r in found.residual if r.source == "Thirumala2020"}
    assert times == {"discharge", "month_3", "year_1"}
    assert "mvd_note.lateral_spread" in found.notes


def test_each_row_points_at_the_number_of_its_own_source_and_state():
    expected = {
        ("lost", "discharge"): 0.073,
        ("lost", "month_3"): 0.042,
        ("lost", "year_1"): 0.04,
        ("persisted", "discharge"): 0.478,
        ("persisted", "month_3"): 0.408,
        ("persisted", "year_1"): 0.244,
        ("lost", "long_term"): 0.964,
        ("persisted", "long_term"): 0.863,
        ("never_recorded", "year_1"): 0.94,
    }
    shown = view(operated=operation(100, side="left")).residual
    found = {(r.lateral_spread, r.time): lookup_evidence(r.evidence).value for r in shown}
    assert found == expected
    assert all(r.source in lookup_evidence(r.evidence).sources for r in shown)
    assert {r.outcome for r in shown if r.source == "IOM2022"} == {"relieved"}


def test_what_another_side_or_an_earlier_day_recorded_is_not_used():
    other = seen(AT_SURGERY, "persisted", "right", days=-100)
    before = seen(AT_SURGERY, "persisted", "left", days=-101)
    found = view(other, before, operated=operation(100, side="left"))
    assert rows(found) == rows(view(operated=operation(100, side="left")))
    assert "mvd_note.lateral_spread_not_on_file" in found.notes


@pytest.mark.parametrize(
    ("value", "days_after", "side", "shown"),
    [
        ("present", 30, "left", True),
        ("absent", 30, "left", False),
        ("present", 30, "right", False),
        ("present", 5, "left", False),
        ("present", 90, "left", False),
    ],
)
def test_a_lateral_spread_a_month_after_surgery_has_its_own_figure(value, days_after, side, shown):
    recorded = seen("emg.lateral_spread_after_month", value, side, days=days_after - 100)
    found = view(recorded, operated=operation(100, side="left")).month_after
    assert (found is not None) is shown
    if found is not None:
        assert lookup_evidence(found.evidence).value == 0.507


# --- What must not matter, and words -----------------------------------------------------------


def test_age_sex_and_severity_change_nothing_about_the_course():
    plain = view(operated=operation(100, side="left"))
    old = view(
        seen("history.age", 82.0),
        seen("scale.smc", 4.0, "left"),
        operated=operation(100, side="left"),
        sex="female",
        birth_year=1944,
    )
    assert old == plain


def test_a_mirrored_chart_gives_the_same_view_of_the_other_side():
    observations = [
        seen("history.spasm", side="left"),
        seen(AT_SURGERY, "persisted", "left", days=-100),
        seen("imaging.offending_vessel", "va", "left", days=-200),
        seen("report.audiogram", "abnormal", "right", days=-200),
    ]
    for operated in (None, operation(100, side="left")):
        treatments = Treatments(operations=(operated,)) if operated else None
        left_chart: Chart = chart(*observations, treatments=treatments)
        left = view_mvd(left_chart, side=Side.LEFT, refusals=())
        right = view_mvd(left_chart.mirrored(), side=Side.RIGHT, refusals=())
        assert left is not None
        assert right is not None
        swapped = re.sub(r'"(left|right)"', lambda m: f'"{OTHER[m[1]]}"', right.model_dump_json())
        assert right.model_dump_json() != left.model_dump_json() == swapped


def test_every_code_of_the_view_has_a_sentence():
    found = [view(), view(operated=operation(100, side="left")), view(centre=centre(1, 2, 1))]
    keys = [note for each in found for note in each.notes]
    keys += [f"checklist.{item.code}" for item in found[0].checklist]
    table_rows = [*load_mvd_table()["residual"], load_mvd_table()["month_after"]]
    for risk in (ResidualRisk(**row) for row in table_rows):
        keys += [f"residual_time.{risk.time}", f"residual_outcome.{risk.outcome}"]
    assert [key for key in keys if key not in load_texts()] == []
