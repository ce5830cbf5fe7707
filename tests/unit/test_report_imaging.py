"""The report on MRI: classes, both sides, readers, checklist; never a number that is withheld."""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imaging_scenes import views
from pypdf import PdfReader
from report_page import Page

from hemispasm.model import Finding, Side
from hemispasm.model.reading import Reading, SideReading
from hemispasm.report.document import Columns, Figure, Folded, Section, text_of
from hemispasm.report.html import render_html
from hemispasm.report.imaging_checklist import rule_out_table
from hemispasm.report.imaging_report import build_imaging_report
from hemispasm.report.imaging_section import ImagingPart, imaging_answer, imaging_section
from hemispasm.report.imaging_tables import compare_table, conflicts_table, readings_table
from hemispasm.report.pdf import render_pdf
from hemispasm.report.text import render_text

sys.path.insert(0, str(Path(__file__).parent / "paths"))
from imaging_cases import assessed, conflict, imaging_document

GRADES = {"0": 0.05, "1": 0.15, "2": 0.7, "3": 0.1}
COMMON = "39 %"


def extras(found, **more):
    return [found[0].model_copy(update=more), *found[1:]]


def measured_left(**more):
    found = conflict(Side.LEFT, "present", 0.93, mm=-0.12, grades=GRADES)
    inner = {"interval_phantom": (-0.25, 0.01), "real_factor": 3.0, "contributor": "clicks"}
    return extras(found, **inner, **more)


def both_sides():
    surface = conflict(Side.LEFT, "absent", None, mm=1.3, segment="attached")[:1]
    right = conflict(Side.RIGHT, "absent", 0.02, mm=1.44, segment="proximal_cisternal")
    return imaging_document(
        [assessed(Side.LEFT), *measured_left(), *surface, assessed(Side.RIGHT), *right]
    )


def class_b():
    found = conflict(Side.LEFT, "not_assessable", 0.5)
    spread = {"interval": (-0.3, 0.9), "level": 0.95, "quality": "limited"}
    reason = "category_only: these series carry no number"
    thick = assessed(Side.LEFT, "B", "voxel_large: 0.50 x 0.50 x 1.40 mm; limit 1.05 mm through")
    return imaging_document(
        [thick, *extras(found, reason=reason, **spread), assessed(Side.RIGHT, "C", "outside: gone")]
    )


def draft():
    reason = "seeds_unconfirmed: no reader has confirmed the clicks"
    return imaging_document([assessed(side, "C", reason) for side in (Side.LEFT, Side.RIGHT)])


def report_of(document, **more):
    return build_imaging_report(ImagingPart(document, views(), **more))


def cells_of(table, row):
    """Return the cells of the row that begins with some words, as text."""
    rows = [r for group in table.groups for r in group.rows]
    return next([text_of(c) for c in r[1:]] for r in rows if text_of(r[0]).startswith(row))


def figures_in(blocks):
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Columns):
            yield from figures_in(child for column in block.columns for child in column)
        elif isinstance(block, Folded | Section):
            yield from figures_in(block.children)


@pytest.mark.parametrize("made", [both_sides, class_b, draft])
def test_no_digit_stands_outside_a_marked_node(made):
    page = render_html(report_of(made()))
    stray = [text for text, marked in Page(page).pieces if not marked and re.search(r"\d", text)]
    assert stray == []


@pytest.mark.parametrize("made", [both_sides, class_b, draft])
def test_nothing_is_called_normal_or_offending_or_excluded(made):
    text = render_text(report_of(made())).lower()
    for word in ("normal", "offending", "tumour excluded", "ruled out"):
        assert word not in text


def test_the_two_sides_stand_beside_each_other_and_are_not_swapped():
    table = compare_table(both_sides())
    assert table.columns[1:] == ("Patient's left", "Patient's right")
    assert cells_of(table, "Distance")[0].startswith("−0.12 mm")
    assert cells_of(table, "Distance")[1].startswith("1.44 mm")
    assert cells_of(table, "Contact") == ["present", "not seen by measurement"]
    assert cells_of(table, "Probability of contact") == ["93 %", "2 %"]
    assert cells_of(table, "Most probable grade")[0] == "II displacement (70 %)"


def test_every_distance_has_both_intervals_and_names_the_factor():
    document = both_sides()
    table = conflicts_table(document, Side.LEFT, None)
    assert "95 % interval −0.52 to 0.28" in cells_of(table, "Distance")[0]
    assert cells_of(table, "Interval on simulated series") == ["−0.25 to 0.01 mm (95 %)"]
    text = render_text(report_of(document))
    assert "widened by a factor of 3 (expert rule)" in text
    assert "not calibrated" in text
    assert "Most of the uncertainty comes from the reader's clicks." in text


@pytest.mark.parametrize("made", [both_sides, class_b])
def test_beside_a_probability_of_contact_stands_how_common_contact_is(made):
    document = made()
    report = report_of(document)
    assert COMMON in report.summary.text
    section = imaging_section(ImagingPart(document), "imaging-1")
    assert COMMON in " ".join(line for line in render_text(report).splitlines())
    (left,) = [b for b in section.children if isinstance(b, Section) and b.ident.endswith("-left")]
    assert any(COMMON in getattr(block, "text", "") for block in left.children)


def test_class_b_prints_an_interval_and_neither_a_distance_nor_a_grade():
    document = class_b()
    (cell,) = cells_of(conflicts_table(document, Side.LEFT, views()), "Distance")
    assert cell == "−0.30 to 0.90 mm (95 %), no single value"
    text = render_text(report_of(document))
    assert "cannot be said (class B; probability of contact 50 %)" in text
    assert "Crossing angle" not in text
    assert "Most probable grade" not in text
    assert "1.40 mm" in text


def test_clicks_that_nobody_confirmed_yield_a_banner_and_no_number():
    document = draft()
    section = imaging_section(ImagingPart(document, views(confirmed=False)), "imaging-1")
    titles = [text_of(b.title) for b in section.children if b.kind == "callout"]
    assert titles[0] == "DRAFT: nobody has confirmed the clicks"
    for para in imaging_answer(document):
        assert "not assessable" in para.text
        assert not re.search(r"\d", para.text)
    assert not [f for f in figures_in(section.children) if "from the front" in text_of(f.title)]


def test_clicks_on_the_wrong_side_are_said_before_everything_else():
    reason = "side_conflict: the clicks of the left side lie on the right"
    document = imaging_document([assessed(Side.LEFT, "C", reason), assessed(Side.RIGHT)])
    first = next(
        b
        for b in imaging_section(ImagingPart(document), "imaging-1").children
        if b.kind == "callout"
    )
    assert text_of(first.title) == "The clicks contradict the name of their side"
    assert "Patient's left" in first.body[0].text


def test_a_side_without_a_vessel_is_not_called_free_of_one():
    document = imaging_document([assessed(Side.LEFT), assessed(Side.RIGHT)])
    assert "That does not exclude one." in imaging_answer(document)[0].text


def test_every_figure_has_words_letters_and_a_ruler():
    figures = list(figures_in(report_of(both_sides()).sections))
    assert len(figures) == 6 + 4 + 1
    for figure in figures:
        assert text_of(figure.alt)
    cuts = [f for f in figures if 'class="chart cut"' in str(f.svg)]
    assert all(">5 mm<" in str(f.svg) and "native 0.50" in str(f.svg) for f in cuts)
    assert "L, A, P" in text_of(cuts[0].alt)


def test_the_rendered_view_prints_a_distance_only_with_its_interval():
    figures = list(figures_in(report_of(both_sides()).sections))
    left = next(f for f in figures if text_of(f.title) == "Patient's left, from the front")
    assert "−0.12 mm" in str(left.svg)
    assert "(−0.52 to 0.28)" in str(left.svg)
    bare = report_of(imaging_document([assessed(Side.LEFT), assessed(Side.RIGHT)]))
    for figure in figures_in(bare.sections):
        if "from the front" in text_of(figure.title):
            said = re.findall(r">([^<>]+)</text>", str(figure.svg))
            assert "5 mm" in said
            assert not any(re.search(r"\d\.\d", text) for text in said)


def test_a_hint_is_never_worded_as_an_answer():
    def row(value, **more):
        return Finding(code="imaging.cpa_mass", side=Side.LEFT, value=value, quality="limited",
                       method="imaging/1", **more)  # fmt: skip

    over = row("not_looked", series=["ciss"], hint="seen", hint_measure="fluid_asymmetry",
               hint_value=0.3, hint_limit=0.16)  # fmt: skip
    under = row("not_looked", series=["ciss"], hint="not_seen", hint_measure="fluid_asymmetry",
                hint_value=0.1, hint_limit=0.16)  # fmt: skip
    told = row("not_seen", origin="reported")
    status = {}
    for name, finding in (("over", over), ("under", under), ("told", told)):
        status[name] = cells_of(rule_out_table(imaging_document([finding])), "Mass")
    assert status["over"][0] == "a hint by measurement: look here"
    assert "30 %, above 16 % (expert rule)" in status["over"][2]
    assert "excludes nothing" in status["under"][0]
    assert status["told"][0] == "not seen by the reader"
    assert status["over"][1] == "–"


def test_readings_stand_under_the_measurement_with_what_the_reader_knew():
    seen = SideReading(contact="present", segment="attached", vessel="pica", grade=2)
    none = SideReading(contact="absent")
    when = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    blind = Reading(reader="AB", time=when, blind=True, software="1",
                    sides={"left": seen, "right": none})  # fmt: skip
    open_ = Reading(reader="CD", time=when, blind=False, software="1", sides={"right": seen},
                    reason="theatre in an hour")  # fmt: skip
    table = readings_table(both_sides(), (blind, open_))
    assert "probability of contact 93 %" in cells_of(table, "Measurement")[1]
    how, left, right = cells_of(table, "AB")
    assert how == "blinded to the side of the symptoms"
    assert left.startswith("contact, attached segment, PICA")
    assert right == "no contact"
    how, left, right = cells_of(table, "CD")
    assert how.endswith("theatre in an hour")
    assert (left, right[:7]) == ("not read", "contact")


def test_the_paper_says_what_the_page_says():
    report = report_of(both_sides())
    reader = PdfReader(io.BytesIO(render_pdf(report)))
    paper = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    for words in ("Patient'sleft:contactofcandidatev1(AICA)", "Othercauses:achecklist", "39%"):
        assert words in paper.replace("’", "'").replace("\u00a0", "")
    assert all("not a medical device" in page.extract_text() for page in reader.pages)


def test_pictures_leave_room_for_the_rest_of_a_report():
    assert len(render_html(report_of(both_sides()))) < 1_700_000


def test_a_cisternogram_alone_names_a_vessel_like_structure_and_no_contact():
    found = conflict(Side.LEFT, "not_assessable", None)[:1]
    spread = {"interval": (0.2, 1.4), "level": 0.95, "quality": "limited"}
    document = imaging_document([assessed(Side.LEFT, "B"), *extras(found, **spread)])
    said = imaging_answer(document)[0].text
    assert "a vessel-like structure" in said
    assert "0.20 to 1.40 mm (95 %), no single value" in said
    assert "contact is not stated" in said
