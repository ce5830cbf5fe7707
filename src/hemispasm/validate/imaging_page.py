"""An imaging validation as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import Cell, Document, Identifier
from hemispasm.report.html import render_html
from hemispasm.validate.imaging_tables import TITLES
from hemispasm.validate.page import (
    SCORE_COLUMNS,
    promises_summary,
    score_cells,
    seeds_banner,
    table_sections,
)

if TYPE_CHECKING:
    from hemispasm.validate.imaging import ImagingValidationReport
    from hemispasm.validate.imaging_statistics import ImagingScore

COLUMNS = ("Score", "Way", *SCORE_COLUMNS)


def imaging_validation_document(report: ImagingValidationReport) -> Document:
    """Return the document tree of a validation: one section per row."""
    titles = {row: Identifier(title) for row, title in TITLES.items()}
    lines = {row: tuple(_line(s) for s in report.scores if s.row == row) for row in TITLES}
    return Document(
        title=("Validation of the imaging measurement",),
        mark=("Simulated patients",),
        banners=(seeds_banner(report, code=report.code),),
        summary=promises_summary(report),
        sections=tuple(table_sections(titles, COLUMNS, lines)),
    )


def render_imaging_validation(report: ImagingValidationReport) -> str:
    """Return the page as text."""
    return render_html(imaging_validation_document(report))


def _line(score: ImagingScore) -> tuple[Cell, ...]:
    return ((Identifier(score.key),), (Identifier(score.tool),), *score_cells(score))
