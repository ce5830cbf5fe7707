"""The report on one recording: order, sides and words."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pytest
from report_fixtures import (
    DAY,
    EARLIER_DAY,
    finding,
    make_blinks,
    make_document,
    make_spasms,
    make_traces,
)
from report_page import NOTE, SIGNED, Page, full_page, lane_of, report

from hemispasm.model import (
    Case,
    IntegrityError,
    Mirrored,
    Review,
    ReviewItem,
    Side,
    Trace,
)
from hemispasm.report.case_report import VisitPart, build_case_report
from hemispasm.report.document import FromRule, Number
from hemispasm.report.html import MAX_BYTES, render_html
from hemispasm.report.plots import TrendPoint, trend_figure
from hemispasm.report.text import record_paragraph, render_text
from hemispasm.report.video_report import (
    mirrored_note_for,
)


@pytest.fixture(scope="module")
def page() -> str:
    return full_page()


def test_the_sections_stand_in_the_agreed_order():
    document = make_document(changes=True)
    built = report(document, review=Review(), case=Case(id="x"))
    assert [section.ident for section in built.sections] == [
        "record",
        "timeline",
        "events",
        "pictures",
        "distributions",
        "findings",
        "suggestions",
        "quality",
        "change",
        "review",
        "patient",
        "provenance",
    ]


def test_a_simulated_recording_says_so_on_top_and_in_the_paragraph(page):
    assert Page(page).text.index("SIMULATED") < Page(page).text.index("Spasms of")
    assert record_paragraph(report(make_document(simulated=True))).startswith("SIMULATED")
    assert "SIMULATED" not in render_html(report())


def test_a_simulated_earlier_visit_marks_the_whole_case():
    visits = [
        VisitPart(EARLIER_DAY, make_document(simulated=True), mirrored_note=NOTE),
        VisitPart(DAY, make_document(), mirrored_note=NOTE),
    ]
    assert build_case_report(Case(id="x"), visits).banners[0].tone == "simulated"


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_an_event_of_one_side_stands_in_the_lane_of_that_side_only(side):
    spasms = make_spasms(side, 4)
    document = make_document(affected=side.value, events=spasms + make_blinks(), findings=[])
    html = render_html(report(document))
    assert lane_of(html, side.value).count("data-event=") == 4
    assert lane_of(html, side.other.value).count("data-event=") == 0
    assert f"Spasms of the {side} half" in report(document).summary.text
    assert f"Spasms of the {side.other} half" not in report(document).summary.text


def test_a_trace_of_one_side_stands_in_the_lane_of_that_side_only():
    time_s = np.array([0.0, 1.0])
    left = Trace("eye_closure", "1", time_s, np.array([0.0, 0.25]), side=Side.LEFT)
    right = Trace("eye_closure", "1", time_s, np.array([0.0, 0.75]), side=Side.RIGHT)
    html = render_html(report(make_document(events=[]), traces=(right, left)))
    assert 'd="M0 1000 1000 750"' in lane_of(html, "left")
    assert 'd="M0 1000 1000 250"' in lane_of(html, "right")


def test_left_stands_above_right():
    html = render_html(report())
    assert html.index('data-lane="left"') < html.index('data-lane="right"')
    assert html.index("Patient&#39;s left") < html.index("Patient&#39;s right")


def test_unknown_mirroring_names_the_edges_of_the_picture_and_no_side_of_the_patient():
    document = make_document(
        image_sides=True, affected="uncertain", affected_reason="mirroring_unknown: not said",
        suggestions=False,
    )  # fmt: skip
    traces = make_traces(list(document.events), image_sides=True)
    note = mirrored_note_for(Mirrored.UNKNOWN)
    built = report(document, traces, note=note)
    text = Page(render_html(built)).text
    assert "the half of the face at the left edge of the picture" in built.summary.text
    assert "nobody has said whether the picture is mirrored" in built.summary.text
    assert "side at the right edge of the picture" in text
    allowed = text.replace("patient's side", "").replace("patient's rate", "")
    assert "patient's left" not in allowed
    assert "patient's right" not in allowed
    assert not re.search(r"\b(left|right) half", text)


def test_patient_sides_and_picture_sides_together_are_refused():
    mixed = [*make_spasms(n=2), *make_spasms(n=2, image_sides=True, seed=8)]
    with pytest.raises(IntegrityError, match="together"):
        report(make_document(events=mixed), traces=())


def test_no_spasm_says_how_much_could_have_been_missed():
    findings = [
        finding("video.spasm_rate", 0.0, interval=(0.0, up), side=side, count=0)
        for side, up in (("left", 5.2), ("right", 4.9))
    ]
    built = report(make_document(affected="none_seen", events=make_blinks(), findings=findings))
    assert built.summary.text == (
        "No spasm was seen in 42.8 s of usable rest; up to 5.2 /min on the patient's left and"
        " 4.9 /min on the patient's right could have been missed (95 % interval)."
    )
    assert "No spasm was seen" in record_paragraph(built)


def test_a_recording_that_cannot_be_measured_says_why_and_what_to_do():
    document = make_document(
        affected=None, events=[], findings=[], grade="not_assessable", suggestions=False,
        reasons=("short_recording: 3.1 s usable; 5 s are needed",), analysed_s=3.1,
    )  # fmt: skip
    built = report(document, traces=())
    assert built.summary.text.startswith("No verdict: this recording cannot be measured.")
    assert "3.1 s usable; 5 s are needed" in built.summary.text
    text = Page(render_html(built)).text
    assert "Record 60 s of quiet rest." in text
    assert "Nothing could be measured" in text
    assert "short_recording" not in text


def test_a_limited_recording_gives_no_verdict():
    document = make_document(
        grade="limited", reasons=("short_recording: 12 s usable; a verdict needs 30 s",),
        suggestions=False,
    )  # fmt: skip
    summary = report(document).summary.text
    assert "this is no verdict" in summary
    assert "a verdict needs 30 s" in summary


def test_an_uncertain_side_gives_no_verdict():
    document = make_document(affected="uncertain", affected_reason="both_sides: similar counts")
    summary = report(document).summary.text
    assert summary.startswith("No verdict: the evidence does not decide")
    assert "Similar counts" in summary


def test_suggestions_are_called_suggestions_and_come_with_clips(page):
    text = Page(page).text
    assert "Suggestions, not assessments." in text
    assert text.count("strong spasm") == 3


def test_a_refused_change_is_not_claimed(page):
    text = Page(page).text
    assert "refused" in text
    assert "unlike phases of the toxin cycle" in text
    assert "31 days after toxin" in text.replace("\u00a0", " ")


def test_a_review_decision_stands_beside_its_event():
    document = make_document()
    spasm = next(e for e in document.events if e.kind == "spasm")
    item = ReviewItem(
        target="event", recording_sha256=document.recording.sha256, id=spasm.id,
        decision="reject", initials="CD", time=SIGNED.time, reason="talking",
    )  # fmt: skip
    text = render_text(report(document, review=Review(items=(item,))))
    assert "✗ rejected by CD" in text
    assert "talking" in text


def test_a_decision_on_another_recording_is_not_shown():
    document = make_document()
    item = ReviewItem(
        target="event", recording_sha256="0" * 64, id=document.events[0].id,
        decision="reject", initials="CD", time=SIGNED.time, reason="talking",
    )  # fmt: skip
    text = render_text(report(document, review=Review(items=(item,))))
    assert "rejected" not in text
    assert "Nobody has reviewed" in text


def test_the_paragraph_for_the_record_is_complete_in_itself():
    text = record_paragraph(report(day=DAY))
    for needed in (
        "2 March 2026", "16.8 /min (95 % interval 8.4 to 28.9)", "quality measurable",
        "up to 5.2 could have been missed", "hemispasm 0.1.0", "video/1", "DRAFT",
        "Research software, not a medical device.",
    ):  # fmt: skip
        assert needed in text


def test_a_result_on_the_page_changes_with_the_document():
    rate = finding("video.spasm_rate", 3.7, interval=(1.2, 8.8), side="left")
    text = render_text(report(make_document(findings=[rate])))
    assert "3.7 /min (95 % interval 1.2 to 8.8)" in text
    assert "16.8" not in text


def test_the_latest_visit_stands_on_top_whatever_the_order_given():
    document = make_document(changes=True)
    visits = [
        VisitPart(DAY, document, mirrored_note=NOTE, days_since_toxin=28),
        VisitPart(EARLIER_DAY, make_document(), mirrored_note=NOTE, days_since_toxin=31),
    ]
    built = build_case_report(Case(id="hfs-001"), visits)
    idents = [section.ident for section in built.sections]
    assert idents.index("course") < idents.index("timeline") < idents.index("earlier-0")
    assert "visit of 2 March 2026" in render_text(built)
    assert "−11.3 /min (95 % interval −19.7 to −2.4)" in built.summary.text
    assert "−11.3 /min" in record_paragraph(built)
    assert len(render_html(built)) < MAX_BYTES


def test_events_outside_rest_are_listed_and_not_counted():
    document = make_document()
    spasms = [event for event in document.events if event.kind == "spasm"]
    cut_s = (spasms[6].start_s + spasms[7].start_s) / 2
    findings = [
        finding.model_copy(update={"rest_spans": [[0.0, cut_s]]})
        if finding.code == "video.spasm_rate"
        else finding
        for finding in document.findings
    ]
    built = report(document.model_copy(update={"findings": tuple(findings)}))
    assert "On the patient's left: 7 spasms" in record_paragraph(built)
    assert render_text(built).count("not at rest, so not counted in the rate") == 5


def test_codes_of_the_measurement_are_said_in_words():
    event = make_spasms(n=2)[0].model_copy(
        update={"flags": ("mouth:up", "brow_assessable", "during_task:brow_raise")}
    )
    lag = finding("video.upper_lower_lag", 22.0, side="left", reason="interval_needs_six_events")
    document = make_document(
        affected="uncertain", affected_reason="possible_wink", events=[event], findings=[lag]
    )
    text = render_text(report(document))
    for words_wanted in (
        "mouth corner up; during the task brow raise",
        "22 ms | – An interval needs six events",
        "Some movements may be deliberate winks",
    ):
        assert words_wanted in text
    assert not re.search(r"possible_wink|brow_assessable|needs_six", text)


def test_a_second_recording_of_the_latest_day_is_not_called_earlier():
    visits = [
        VisitPart(DAY, make_document(), mirrored_note=NOTE, label="recording 1"),
        VisitPart(DAY, make_document(), mirrored_note=NOTE, label="recording 2"),
    ]
    text = render_text(build_case_report(Case(id="x"), visits))
    assert "Same visit: 2 March 2026, recording 1" in text
    assert "Earlier:" not in text


def test_days_without_room_are_left_to_the_table_and_the_latest_is_kept():
    days = [date(2026, 3, 2) - timedelta(days=3 * back) for back in range(12)]
    number = Number(4.0, "/min", FromRule("events.median"), (2.0, 8.0), 0.95)
    points = [TrendPoint(day, number) for day in days]
    figure = trend_figure("Rate", points, "/min", "patient's left")
    assert "2026-03-02" in figure.svg
    assert figure.svg.count("2026-0") < 6
    assert len(figure.data.groups[0].rows) == 12
