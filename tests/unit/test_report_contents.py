"""What a report lists at its top: everything once, by instrument and visit once there is much."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from hemispasm.report.contents import CHAPTERS, MOST_IN_ONE_LIST, contents_of
from hemispasm.report.document import Day, Document, Para, Section, text_of
from hemispasm.report.emg_section import emg_brief
from hemispasm.report.html import render_html

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "paths"))
from imaging_cases import imaging_document
from report_page import Page

BEFORE, AFTER = date(2026, 3, 2), date(2026, 6, 1)


def section(ident, brief=(), day=None):
    return Section(ident, (ident.partition("-")[0],), (Para("Words."),), brief, day)


def emg(number, brief, day):
    return section(f"emg-{number}", (brief,), day)


LONG = (
    *map(section, ("gates", "side", "record", "findings", "timeline")),
    emg(1, "zygomatic branch, left", AFTER),
    emg(2, "at rest", AFTER),
    emg(3, "at rest", BEFORE),
    section("emg-compared", ("two visits side by side",)),
    section("joint", (Day(AFTER),)),
    section("imaging-1", (Day(AFTER),)),
    *map(section, ("severity", "differential", "events", "earlier-0", "patient", "sources")),
)


def shown(chapter):
    return [
        (text_of(line.visit), [text_of(name) for _, name in line.entries]) for line in chapter.lines
    ]


def test_a_short_report_lists_its_sections_one_after_the_other():
    short = LONG[:MOST_IN_ONE_LIST]
    (only,) = contents_of(short)
    assert only.title == ()
    assert [ident for ident, _ in only.lines[0].entries] == [s.ident for s in short]


def test_every_section_of_a_long_report_is_listed_once():
    listed = [
        ident
        for chapter in contents_of(LONG)
        for line in chapter.lines
        for ident, _ in line.entries
    ]
    assert sorted(listed) == sorted(section.ident for section in LONG)


def test_emg_stands_by_visit_with_the_test_alone_as_its_name():
    chapters = {text_of(chapter.title): shown(chapter) for chapter in contents_of(LONG)}
    assert chapters["EMG"] == [
        ("1 June 2026", ["zygomatic branch, left", "at rest"]),
        ("2 March 2026", ["at rest"]),
        ("", ["two visits side by side"]),
    ]
    assert chapters["MRI"] == [("", ["1 June 2026"])]
    assert chapters["Video"] == [("", ["findings", "timeline", "events", "earlier"])]


def test_chapters_follow_one_another_as_their_first_sections_do():
    titles = [text_of(chapter.title) for chapter in contents_of(LONG)]
    assert titles == [
        "In short", "Video", "EMG", "Video and EMG", "MRI", "Course, treatment", "Diagnosis",
        "This report",
    ]  # fmt: skip


def test_no_kind_of_section_belongs_to_two_chapters():
    starts = [start for kinds in CHAPTERS.values() for start in kinds]
    assert len(starts) == len(set(starts))


def test_the_page_links_to_every_section_under_its_heading():
    page = render_html(
        Document(("Title",), ("DRAFT",), banners=(), summary=Para("Nothing."), sections=LONG)
    )
    links = [a["href"][1:] for tag, a in Page(page).tags if tag == "a" and "href" in a]
    assert {section.ident for section in LONG} <= set(links)
    assert page.index("<p>EMG</p>") < page.index("zygomatic branch, left") < page.index("<main")


@pytest.mark.parametrize(
    ("stimulated", "words"),
    [
        (None, "at rest"),
        ("zygomatic, left", "zygomatic branch, left"),
        ("supraorbital", "supraorbital nerve, side not stated"),
        ("elsewhere, right", "stimulated site not stated, right"),
    ],
)
def test_a_recording_is_named_by_its_stimulus_and_side(stimulated, words):
    document = imaging_document([])
    settings = {} if stimulated is None else {"stimulated": stimulated}
    provenance = document.provenance.model_copy(update={"settings": settings})
    assert text_of(emg_brief(document.model_copy(update={"provenance": provenance}))) == words
