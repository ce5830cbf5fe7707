"""MRI in the report on a case: two examinations in words, and pictures that may be left out."""

import sys
from datetime import date
from pathlib import Path

import pytest
from markupsafe import Markup

from hemispasm.model import Side
from hemispasm.report.case_imaging import change_of, compared_section, imaging_sections
from hemispasm.report.document import Document, Figure, Para, Section, Table, text_of
from hemispasm.report.imaging_section import ImagingPart
from hemispasm.report.lighten import drawn, lighten

sys.path.insert(0, str(Path(__file__).parent / "paths"))
from imaging_cases import assessed, conflict, imaging_document

BEFORE, AFTER = date(2026, 3, 2), date(2026, 9, 7)


def examined(left_mm, right_mm, segment="transition"):
    found = []
    for side, mm in ((Side.LEFT, left_mm), (Side.RIGHT, right_mm)):
        found += [assessed(side), *conflict(side, "absent", 0.1, mm=mm, segment=segment)]
    return imaging_document(found)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(1.0, 2.0, "farther"), (2.0, 1.0, "closer"), (1.0, 1.7, None), (1.0, 1.0, None)],
)
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_verdict_is_of_its_side_and_needs_intervals_that_exclude_each_other(
    side, before, after, expected
):
    def of(mm):
        return examined(mm, 0.5) if side is Side.LEFT else examined(0.5, mm)

    assert change_of(of(before), of(after), side) == expected
    assert change_of(of(before), of(after), side.other) is None


def test_another_stretch_of_the_nerve_is_not_compared():
    later = examined(3.0, 3.0, segment="meatal")
    assert change_of(examined(1.0, 1.0), later, Side.LEFT) is None


def test_the_distance_to_the_brainstem_is_no_distance_to_the_nerve():
    surface = conflict(Side.LEFT, "absent", None, mm=0.1, segment="attached")[:1]
    document = imaging_document([assessed(Side.LEFT), *surface])
    assert change_of(document, examined(2.0, 2.0), Side.LEFT) is None


def test_the_comparison_names_the_earlier_day_first_and_claims_nothing_else():
    parts = (
        ImagingPart(examined(2.0, 0.5), day=AFTER, number=1),
        ImagingPart(examined(1.0, 0.5), day=BEFORE, number=2),
    )
    section = compared_section(parts)
    (table,) = [b for b in section.children if isinstance(b, Table)]
    caption = text_of(table.caption)
    assert caption.index("2 March") < caption.index("7 September")
    words = " ".join(text_of(b.parts) for b in section.children if isinstance(b, Para))
    assert "On the left the nearest vessel was measured farther" in words
    assert "On the right" not in words
    assert compared_section(parts[:1]) is None


def test_an_earlier_examination_keeps_its_answers_in_front_of_the_fold():
    parts = [
        ImagingPart(examined(2.0, 0.5), day=day, number=number)
        for number, day in ((1, AFTER), (2, BEFORE))
    ]
    latest, earlier, _ = imaging_sections(parts)
    assert (latest.ident, earlier.ident) == ("imaging-1", "imaging-2")
    assert len(earlier.children) == 3
    assert text_of(earlier.children[0].parts) == text_of(latest.children[0].parts)


def test_a_heavy_report_loses_pictures_of_earlier_examinations_and_no_table():
    table = Table.plain(("kept",), ("a",), ((("b",),),))
    figure = Figure(("drawn",), Markup("<svg>" + "x" * 5000 + "</svg>"), ("a picture",), table)

    def section(ident):
        return Section(ident, ("MRI",), (Section(f"{ident}-left", ("left",), (figure, table)),))

    whole = Document(
        title=("Case",), mark=("DRAFT",), banners=(), summary=Para("Said."),
        sections=(section("imaging-1"), section("imaging-2")),
    )  # fmt: skip
    latest, earlier = lighten(whole, most=6000).sections
    assert drawn(latest.children) > 0
    assert drawn(earlier.children) == 0
    assert earlier.children[0].children == (table,)
    assert "left out" in text_of(earlier.children[-1].parts)
