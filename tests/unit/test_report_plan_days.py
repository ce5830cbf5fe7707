"""What is no longer of today is told with its day; what is over, or was said, is not said again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from plan_fixtures import CASE, make_chart, make_differential, make_mvd, make_plan
from plan_parts import DAY, EARLIER, RULE, because
from report_fixtures import make_document, make_traces
from test_report_plan_layout import folded, in_front, words

from hemispasm.cli.shown_plan import plan_lines
from hemispasm.model.chart import Observation
from hemispasm.model.plan import ClassShare, Differential, Gate, Refusal
from hemispasm.report.case_report import VisitPart, build_case_report
from hemispasm.report.document import Folded, Table, text_of
from hemispasm.report.plan_differential import differential_section
from hemispasm.report.plan_gates import gate_banners, gates_section
from hemispasm.report.plan_mvd import mvd_section, note_cells
from hemispasm.report.plan_options import options_section
from hemispasm.report.plan_overview import overview_section
from hemispasm.report.plan_report import has_measured_change
from hemispasm.report.plan_summary import plan_summary
from hemispasm.report.share_plot import share_figure

OLD = date(2022, 1, 22)
ENDED = "Last recorded on 22 January 2022; nothing later on file says how it ended: ask today."
OVER = "Last recorded on"


def stroke(*days: date) -> Gate:
    told = tuple(because("history.sudden_deficit", origin="told", day=day) for day in days)
    return Gate(code="stroke", urgency="emergency", because=told, basis=RULE)


def test_an_old_emergency_says_its_day_before_the_action_in_banner_section_and_terminal():
    plan = make_plan(gates=(stroke(OLD),))
    banner = gate_banners(plan)[0]
    assert banner.tone == "emergency"
    for text in (
        banner.body[0].text,
        in_front(gates_section(plan)),
        " ".join(plan_lines(plan)),
    ):
        assert text.index(ENDED) < text.index("Call 999 now.")
    assert "Emergency: Possible stroke" in plan_summary(plan, make_chart()).text
    assert "last recorded 22 January 2022" in plan_summary(plan, make_chart()).text


def test_an_emergency_of_today_is_told_without_a_day_before_its_action():
    # The newest entry counts: a sign that is there again today is no old one.
    plan = make_plan(gates=(stroke(OLD, DAY),))
    assert gate_banners(plan)[0].body[0].text.startswith("Call 999 now.")
    text = in_front(gates_section(plan))
    assert "Do: Call 999 now." in text
    assert OVER not in text + " ".join(plan_lines(plan))
    assert "last recorded" not in plan_summary(plan, make_chart()).text


def operated(days_since: int, *, too_early: bool):
    day = DAY - timedelta(days=days_since)
    view = make_mvd().model_copy(
        update={
            "phase": "after", "operated_on": day, "days_since": days_since,
            "too_early": too_early,
            "palsy_watch": (day + timedelta(days=1), day + timedelta(days=44)),
        }
    )  # fmt: skip
    return words(mvd_section(make_plan(mvd=view)).children)


@pytest.mark.parametrize(("days", "watched"), [(5, True), (44, True), (45, False), (420, False)])
def test_the_delayed_palsy_is_watched_for_until_its_last_day_and_not_after(days, watched):
    assert ("Watch for a delayed facial palsy" in operated(days, too_early=True)) is watched


def test_who_is_not_relieved_is_said_not_to_have_failed_only_while_it_is_too_early():
    early, late = operated(35, too_early=True), operated(420, too_early=False)
    assert "Who is not relieved yet has not failed." in early
    assert "not failed" not in late
    assert "cannot say who will be relieved" in early
    assert "cannot say who will be relieved" in late


def test_the_figures_of_a_note_stand_in_its_bullet_and_others_alone():
    notes = ("mvd_note.recurrence", "mvd_note.recurrence_figures", "mvd_note.too_early")
    joined, alone = (text_of(cell) for cell in note_cells(notes))
    assert joined.startswith("Spasm that was gone can come back. It came back in ")
    assert alone.startswith("It is too early to judge")
    apart = ("mvd_note.too_early", "mvd_note.recurrence_figures", "mvd_note.recurrence")
    assert len(note_cells(apart)) == 3


def test_withheld_figures_of_options_are_told_with_their_reason():
    refusal = Refusal(code="child", outputs=("option_figures",), basis=RULE)
    assert "Not shown for this patient: " in in_front(
        options_section(make_plan(refusals=(refusal,)))
    )
    assert "Not shown for this patient: " not in in_front(options_section(make_plan()))


def test_one_refusal_of_an_option_is_printed_once_in_its_row_and_once_in_its_column():
    options = make_plan().options
    bare = tuple(
        o.model_copy(update={"figures": (), "withheld": ("redo",)}) if o.name == "mvd" else o
        for o in options.options
    )
    plan = make_plan(options=options.model_copy(update={"options": bare}))
    for section in (overview_section(plan), options_section(plan)):
        table = next(block for block in section.children if isinstance(block, Table))
        text = words((table,))
        assert text.count("This side has been decompressed before.") == 1
        assert "Not shown here either, for the same reason." in text


def chart_with_age(day: date):
    chart = make_chart()
    age, *others = chart.observations
    told = Observation(day=day, finding=age.finding)
    return chart.model_copy(update={"observations": (told, *others)})


def test_an_age_told_long_ago_is_printed_with_the_day_on_which_it_was_told():
    lines = plan_summary(make_plan(), chart_with_age(OLD)).text
    assert "Case P-1, 61 years when asked on 22 January 2022." in lines
    for day in (DAY, DAY - timedelta(days=365)):
        assert "Case P-1, 61 years." in plan_summary(make_plan(), chart_with_age(day)).text


def near_the_top(other: float = 0.0503) -> Differential:
    base = make_differential()
    shares = (
        ClassShare(name="hfs", share=1 - other, band=(0.9443, 0.9493), prior=0.6),
        ClassShare(name="other", share=other, band=(0.050001, other + 0.0006), prior=0.06),
    )
    return base.model_copy(update={"shares": shares, "other_floor": 0.05})


def test_the_largest_share_of_the_model_is_told_beside_the_differential_and_in_the_summary():
    plan = make_plan(differential=near_the_top())
    text = in_front(differential_section(plan))
    assert 'share of "something else" never falls below 5 %, by an expert rule' in text
    assert "So 95 % is the largest share that the model can give" in text
    assert "At most 95 % in this model." in plan_summary(plan, make_chart()).text
    assert "At most 95 % in this model" in " ".join(plan_lines(plan))


def test_a_share_below_the_top_is_not_told_with_the_most_there_can_be():
    found = make_differential().model_copy(update={"other_floor": 0.05})
    assert found.shares[0].band[1] == 0.97
    lower = tuple(
        s.model_copy(update={"band": (0.8, 0.93)}) if s.name == "hfs" else s for s in found.shares
    )
    plan = make_plan(differential=found.model_copy(update={"shares": lower}))
    assert "At most" not in plan_summary(plan, make_chart()).text


def test_something_else_at_its_floor_has_no_band_and_above_it_has_one():
    told = words((share_figure(near_the_top().shares, 0.05),))
    assert "something else less than 0.5 percentage points above its floor of 5 %" in told
    above = near_the_top(0.06)
    assert "something else 6.0 % (80 % interval 5.0 to 6.1 %)" in words(
        (share_figure(above.shares, 0.05),)
    )


def test_a_plan_that_names_no_floor_says_that_there_is_one_and_prints_no_number_for_it():
    plan = make_plan(differential=make_differential())
    text = in_front(differential_section(plan))
    assert 'share of "something else" never falls below a floor, by an expert rule' in text
    assert "At most" not in plan_summary(plan, make_chart()).text
    assert "its floor of" not in text


def two_visits(**more):
    document = make_document()
    traces = make_traces(list(document.events))
    parts = [VisitPart(day, document, traces, days_since_toxin=n) for day, n in VISITS]
    return build_case_report(CASE, parts, **more)


VISITS = ((EARLIER, 119), (DAY, 34))


def test_the_comparison_of_visits_stands_once_in_front_and_in_full_behind_folds():
    alone = two_visits()
    woven = two_visits(plan=make_plan(), chart=make_chart())
    idents = [section.ident for section in woven.sections]
    assert idents[idents.index("severity") + 1] == "change"
    assert "course" not in idents
    detail = woven.section("change")
    assert [isinstance(block, Folded) for block in detail.children] == [False, True, True]
    assert "119 days after toxin" in in_front(detail)
    lines = words((*alone.section("course").children, *alone.section("change").children))
    for line in lines.split(". "):
        assert line.strip(" .") in words(detail.children) + in_front(detail), line
    assert "Before and after" in folded(detail)


def test_without_a_plan_the_comparison_stays_in_front():
    idents = [section.ident for section in two_visits().sections]
    assert idents[:3] == ["record", "course", "change"]


def test_without_a_measured_course_in_severity_nothing_of_the_comparison_is_folded():
    rated = make_plan(severity=make_plan().severity[1:])
    assert not has_measured_change(rated)
    woven = two_visits(plan=rated, chart=make_chart())
    assert "course" in [section.ident for section in woven.sections]
    assert not [b for b in woven.section("change").children if isinstance(b, Folded)]


def test_one_visit_without_another_to_compare_with_is_left_as_it_is():
    document = make_document()
    visit = VisitPart(DAY, document, make_traces(list(document.events)))
    alone = build_case_report(CASE, [visit])
    woven = build_case_report(CASE, [visit], plan=make_plan(), chart=make_chart())
    assert len(alone.section("change").children) == 1
    assert woven.section("change") == alone.section("change")
