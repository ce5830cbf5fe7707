"""The page: silent, safe, complete, small, the same every time and the same as the text."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from report_fixtures import (
    DAY,
    make_document,
    make_strips,
)
from report_page import SIGNED, Page, full_page, lane_of, report

from hemispasm.model import (
    Case,
    Event,
    Review,
    ReviewItem,
    Side,
    Trace,
)
from hemispasm.report.html import MAX_BYTES, render_html
from hemispasm.report.text import record_paragraph, render_text


@pytest.fixture(scope="module")
def page() -> str:
    return full_page()


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
