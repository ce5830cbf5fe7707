"""A document tree as PDF, from the same nodes as the page and with the same words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from hemispasm.report.document import Document
from hemispasm.report.typst_source import typst_pages

MAIN = "main.typ"
STYLE = "report.typ"


def render_pdf(document: Document) -> bytes:
    """Return the report as a PDF with tags, the same bytes for the same document.

    Nothing is fetched, no system font is used, and no file is written.

    Examples
    --------
    >>> from hemispasm.report.document import Para
    >>> pdf = render_pdf(Document(title=("Title",), mark=("DRAFT",), banners=(),
    ...                           summary=Para("Nothing."), sections=()))
    >>> pdf[:5]
    b'%PDF-'
    """
    return _compile(document, "pdf")[0]


def render_page_pictures(document: Document, pixels_per_inch: float = 110.0) -> list[bytes]:
    """Return each page of the PDF as a PNG, to look at."""
    return _compile(document, "png", pixels_per_inch)


def _compile(
    document: Document, form: Literal["pdf", "png"], pixels_per_inch: float | None = None
) -> list[bytes]:
    # Importing it takes a third of a second that no other command should pay.
    import typst

    pages = typst_pages(document)
    source = "\n".join([f'#import "{STYLE}": *', *pages.lines])
    # The stubs know single files only; a table of files is documented and checked by tests.
    inputs: Any = {MAIN: source.encode(), STYLE: _style(), **pages.files}
    made: Any = typst.compile(
        inputs,
        format=form,
        ppi=pixels_per_inch,
        font_paths=[_figure_fonts()],
        ignore_system_fonts=True,
        timestamp=0,
    )
    return made if isinstance(made, list) else [made]


@cache
def _style() -> bytes:
    return files("hemispasm.report").joinpath("templates", STYLE).read_bytes()


@cache
def _figure_fonts() -> str:
    """Return the folder of the free DejaVu fonts that Matplotlib carries."""
    from matplotlib import get_data_path

    return str(Path(get_data_path()) / "fonts" / "ttf")
