"""The PDF says what the page says: one tree, two renderers, the same words."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from report_fixtures import DAY, EARLIER_DAY, make_document, make_strips, make_traces
from report_page import Page

from hemispasm.model import Case
from hemispasm.report.case_report import VisitPart, build_case_report
from hemispasm.report.document import Callout, Document, Para, Section, Table, Verbatim
from hemispasm.report.html import render_html
from hemispasm.report.inline import Origin
from hemispasm.report.pdf import render_page_pictures, render_pdf
from hemispasm.report.svg_print import printable_svg
from hemispasm.report.text import render_text


def bare(text: str) -> str:
    """Text without white space, and without the colons that only plain text puts into lists."""
    return re.sub(r"[\s\u00ad\u00a0:]+", "", text)


@pytest.fixture(scope="module")
def document() -> Document:
    latest = make_document(changes=True)
    traces = make_traces(list(latest.events))
    visits = [
        VisitPart(EARLIER_DAY, make_document(), traces),
        VisitPart(DAY, latest, traces, make_strips(latest), "Not mirrored."),
    ]
    return build_case_report(Case(id="P-1"), visits)


@pytest.fixture(scope="module")
def pdf(document: Document) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(document)))


def pdf_text(reader: PdfReader, mark: str, title: str, footer: str) -> str:
    """Text of all pages without what stands at the top and foot of each."""
    pages = []
    for page in reader.pages:
        text = bare(page.extract_text())
        text = text.removeprefix(bare(mark)).removeprefix(bare(title))
        pages.append(re.sub(re.escape(bare(footer)) + r"\d+/\d+$", "", text))
    return "".join(pages)


def test_every_line_of_the_tree_stands_on_paper_and_on_the_page(
    document: Document, pdf: PdfReader
) -> None:
    paper = pdf_text(pdf, "DRAFT – not signed", "Case P-1, visit of 2 March 2026", document.footer)
    screen = bare(Page(render_html(document)).text)
    lines = [line for line in render_text(document, twins=False).splitlines() if line.strip()]
    assert len(lines) > 100
    for line in lines:
        for cell in line.removeprefix("- ").split(" | "):
            assert bare(cell) in screen, cell
            assert bare(cell) in paper or split_over_pages(bare(cell), paper), cell


def split_over_pages(cell: str, paper: str) -> bool:
    """A cell that a page break cuts in two; the head of the table is repeated in between."""
    return any(cell[:k] in paper and cell[k:] in paper for k in range(4, len(cell) - 3))


def test_the_paper_holds_no_number_that_the_tree_does_not(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The ticks of charts are structural digits and run together when text is taken out of a PDF.
    empty = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
    monkeypatch.setattr("hemispasm.report.typst_source.printable_svg", lambda svg: empty)
    reader = PdfReader(io.BytesIO(render_pdf(document)))
    known = set(re.findall(r"\d+", render_text(document)))
    known |= {str(number) for number in range(1, len(reader.pages) + 1)}
    for page in reader.pages:
        assert set(re.findall(r"\d+", page.extract_text())) <= known


def test_draft_and_disclaimer_stand_on_every_page(pdf: PdfReader) -> None:
    for page in pdf.pages:
        text = page.extract_text()
        assert "DRAFT – not signed" in text
        assert "Research software, not a medical device." in text


def test_the_same_tree_gives_the_same_bytes(document: Document) -> None:
    assert render_pdf(document) == render_pdf(document)


def test_text_cannot_become_markup() -> None:
    nasty = '#panic("x") *b* $x$ \\ "q" <a> @ref `r` // c'
    words = Verbatim(nasty, Origin.CASE)
    table = Table.plain((words,), ("Column",), (((words,),),))
    section = Section("s", (words,), (Para(words), Callout("note", (words,)), table))
    made = Document((words,), (words,), (), Para(words), (section,))
    text = bare("".join(p.extract_text() for p in PdfReader(io.BytesIO(render_pdf(made))).pages))
    assert text.count(bare(nasty)) >= 6


def test_charts_keep_their_colours_and_plots_their_place_without_a_style_sheet() -> None:
    svg = (
        '<svg viewBox="0 0 100 10"><svg class="plot" x="10" y="2" width="50" height="4" '
        'viewBox="0 0 1000 1000" preserveAspectRatio="none"><path class="trace trace-eye_closure" '
        'd="M0 1000 500 0"/></svg><rect class="bar"/><rect class="bar" fill="url(#a)"/></svg>'
    )
    made = printable_svg(svg).decode()
    assert 'd="M 10 6 35 2"' in made
    assert 'stroke="#0b4f8a"' in made
    assert made.count('fill="#a3261c"') == 1
    assert 'fill="url(#a)"' in made


def test_pages_can_be_looked_at_as_pictures(document: Document, pdf: PdfReader) -> None:
    pictures = render_page_pictures(document, 40)
    assert len(pictures) == len(pdf.pages)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
