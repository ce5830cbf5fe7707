"""The report on one recording: order, sides, words, safety, size, determinism."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from report_fixtures import (
    DAY,
    EARLIER_DAY,
    finding,
    make_blinks,
    make_document,
    make_spasms,
    make_strips,
    make_traces,
)

from hemispasm.model import (
    Case,
    Event,
    IntegrityError,
    Mirrored,
    Review,
    ReviewItem,
    Side,
    Signature,
    Trace,
)
from hemispasm.report.case_report import VisitPart, build_case_report
from hemispasm.report.html import MAX_BYTES, render_html
from hemispasm.report.text import record_paragraph, render_text
from hemispasm.report.video_report import (
    EarlierVisit,
    build_video_report,
    mirrored_note_for,
)

NOTE = mirrored_note_for(Mirrored.NO)
SIGNED = Signature(
    initials="AB",
    role="neurologist",
    time=datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
    findings_sha256="ab" * 32,
)
VOID = {"meta", "link", "img", "br", "input"}


class Page(HTMLParser):
    """Visible text of a page, with what marks each piece."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, bool]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        names = {tag for tag, _ in self.stack}
        if names & {"script", "style", "svg", "title"}:
            return
        marked = any("data-kind" in attributes for _, attributes in self.stack)
        self.pieces.append((data, marked))

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(piece for piece, _ in self.pieces))


def report(document=None, traces=None, pictures=None, note=NOTE, **more):
    document = document or make_document()
    if traces is None:
        traces = make_traces(list(document.events))
    return build_video_report(document, traces, pictures, mirrored_note=note, **more)


def lane_of(html: str, lane: str) -> str:
    start = html.index(f'data-lane="{lane}"')
    end = html.find('<g class="lane"', start)
    return html[start : end if end > 0 else html.index('<g class="axis"', start)]


@pytest.fixture(scope="module")
def page() -> str:
    document = make_document(changes=True, simulated=True)
    earlier = EarlierVisit(EARLIER_DAY, document, 31)
    case = Case(id="hfs-001", birth_year=1961)
    more = {"case": case, "earlier": earlier, "day": DAY, "review": Review()}
    return render_html(report(document, pictures=make_strips(document), **more))


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


def test_no_digit_on_the_page_stands_outside_a_marked_node(page):
    stray = [text for text, marked in Page(page).pieces if not marked and re.search(r"\d", text)]
    assert stray == []


def test_every_number_names_its_source(page):
    sources = [a["data-source"] for _, a in Page(page).tags if a.get("data-kind") == "number"]
    assert len(sources) > 50
    assert all(re.match(r"(finding|evidence|rule):", source) for source in sources)


def test_the_page_requests_nothing(page):
    allowed = {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r"https?://[^\s\"'<>)]+", page)) <= allowed
    for tag, attributes in Page(page).tags:
        for name in ("src", "href", "srcset", "action", "poster"):
            assert re.match(r"(data:|#)", attributes.get(name) or "#"), (tag, attributes)
    policy = next(a["content"] for t, a in Page(page).tags if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
    assert not re.search(r"@import|url\((?!#)", page)


def test_no_element_carries_an_inline_style_or_handler(page):
    for _, attributes in Page(page).tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_identifiers_are_unique_and_every_reference_resolves(page):
    tags = Page(page).tags
    idents = [a["id"] for _, a in tags if "id" in a]
    assert len(idents) == len(set(idents))
    wanted = [a["href"][1:] for t, a in tags if t == "a"]
    for name in ("aria-labelledby", "aria-describedby", "aria-controls"):
        wanted += [a[name] for _, a in tags if name in a]
    assert set(wanted) <= set(idents)


def test_every_figure_has_alternative_text_and_a_table(page):
    tags = [tag for tag, _ in Page(page).tags]
    assert tags.count("figure") == page.count('class="alt"') == page.count('class="twin"') == 4


def test_the_page_has_language_headings_and_landmarks(page):
    tags = Page(page).tags
    assert ("html", {"lang": "en", "class": "no-script"}) in tags
    names = [tag for tag, _ in tags]
    for tag in ("header", "main", "nav", "footer", "h1"):
        assert names.count(tag) == 1, tag
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_same_document_gives_the_same_page():
    assert render_html(report()) == render_html(report())


def test_every_page_carries_draft_and_footer_until_it_is_signed():
    draft, signed = render_html(report()), render_html(report(signed=SIGNED))
    for html in (draft, signed):
        assert "Research software, not a medical device." in Page(html).text
    assert "DRAFT – not signed" in Page(draft).text
    assert "DRAFT" not in Page(signed).text
    assert "Signed by AB" in Page(signed).text


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


def test_a_report_without_pictures_holds_no_face_and_says_so():
    document = make_document()
    assert "data:image" not in render_html(report(document, pictures=None))
    assert "left out of this report on request" in render_text(report(document, pictures=None))
    with_faces = render_html(report(document, pictures=make_strips(document)))
    assert with_faces.count("data:image/jpeg") == 12
    assert "identifying" in with_faces


def test_hostile_words_are_printed_and_never_run():
    bad = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
    document = make_document(reasons=(f"odd: {bad}",))
    event = document.events[0].model_copy(update={"flags": (bad,), "id": f"spasm-{bad}"})
    document = document.model_copy(update={"events": (event, *document.events[1:])})
    item = ReviewItem(
        target="event", recording_sha256=document.recording.sha256, id=event.id,
        decision="reject", initials="<b>", time=SIGNED.time, reason=bad,
    )  # fmt: skip
    signed = SIGNED.model_copy(update={"role": bad})
    case = Case(id="x", notes=bad, medication=(bad,))
    html = render_html(
        report(document, review=Review(items=(item,)), case=case, signed=signed, note=bad)
    )
    assert bad in Page(html).text
    tags = Page(html).tags
    assert [tag for tag, _ in tags].count("script") == 1
    assert not [a for t, a in tags if t == "img" or "onerror" in a]


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


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_the_page_says_word_for_word_what_the_plain_text_says():
    document = make_document(changes=True)
    built = report(document, pictures=make_strips(document), case=Case(id="x"), day=DAY)
    html = render_html(built)
    html = re.sub(r"(?s)<(nav|button)\b.*?</\1>", " ", html)
    html = html.replace("Skip to the report", "")
    html = re.sub(r'(?s)<p class="(hint|status|copy-line)".*?</p>', " ", html)
    html = re.sub(r'(?s)<span class="page-title">.*?</span></div>', "</div>", html)
    html = re.sub(r'(?s)<ul class="legend">.*?</ul>', " ", html)
    html = html.replace("Data of this figure as a table", "")
    assert words(Page(html).text) == words(render_text(built))


def test_the_paragraph_for_the_record_is_the_same_on_the_page():
    built = report(day=DAY)
    html = render_html(built)
    block = re.search(r'(?s)<div class="record".*?</div>', html)
    paras = re.findall(r"(?s)<p.*?</p>", block.group())
    shown = ["".join(piece for piece, _ in Page(para).pieces) for para in paras]
    assert "\n".join(shown).replace("\u00a0", " ") == record_paragraph(built)


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


def test_four_hours_with_pictures_stay_under_three_megabytes():
    rng = np.random.default_rng(0)
    time_s = np.arange(0, 4 * 3600, 1 / 30)
    traces = tuple(
        Trace(name, "1", time_s, rng.uniform(0, 1, len(time_s)), side=side)
        for name in ("eye_closure", "mouth_excursion", "brow_lift")
        for side in (Side.LEFT, Side.RIGHT)
    )
    events = [
        Event(
            id=f"{kind}-{i}", kind=kind, side=side, start_s=4.8 * i + shift,
            end_s=4.8 * i + shift + 0.4, confidence=0.9, pattern=pattern,
            measures={"peak_closure": 0.5},
        )
        for i in range(3000)
        for kind, side, shift, pattern in (
            ("spasm", Side.LEFT, 1.0, "twitch"), ("blink", Side.BOTH, 3.0, None),
        )
    ]  # fmt: skip
    document = make_document(events=events)
    strips = make_strips(document, 40)
    html = render_html(report(document, traces, strips))
    assert len(html.encode()) <= MAX_BYTES
    assert "first 400 of 3000" in " ".join("".join(p for p, _ in Page(html).pieces).split())


def test_a_twitch_survives_the_thinning_of_a_long_trace():
    time_s = np.arange(0, 4 * 3600, 1 / 30)
    values = np.zeros(len(time_s))
    values[123_456] = 1.0
    trace = Trace("eye_closure", "1", time_s, values, side=Side.LEFT)
    html = render_html(report(make_document(events=[]), (trace,)))
    assert re.search(rf" {round(time_s[123_456] * 1000)} 0 ", lane_of(html, "left"))


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
