"""An EMG validation as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import Cell, Document, Identifier, Para, Section
from hemispasm.report.html import render_html
from hemispasm.validate.emg_tables import TITLES
from hemispasm.validate.page import (
    SCORE_COLUMNS,
    promises_summary,
    score_cells,
    seeds_banner,
    table_sections,
)

if TYPE_CHECKING:
    from hemispasm.validate.emg import EmgValidationReport
    from hemispasm.validate.emg_scores import EmgScore

COLUMNS = ("Score", "Family", "Tool", *SCORE_COLUMNS)


def emg_validation_document(report: EmgValidationReport) -> Document:
    """Return the document tree of a validation: one section per part, then the other tools."""
    rows = {
        part: tuple(_row(score) for score in report.scores if score.part == part) for part in TITLES
    }
    sections = table_sections(TITLES, COLUMNS, rows)
    if report.peers:
        lines = tuple(
            Para(Identifier(peer.name), ": ", Identifier(peer.words)) for peer in report.peers
        )
        sections.append(Section("peers", ("Other tools",), lines))
    return Document(
        title=("Validation of the EMG measurement",),
        mark=("Simulated patients",),
        banners=(seeds_banner(report),),
        summary=promises_summary(report),
        sections=tuple(sections),
    )


def render_emg_validation(report: EmgValidationReport) -> str:
    """Return the page as text."""
    return render_html(emg_validation_document(report))


def _row(score: EmgScore) -> tuple[Cell, ...]:
    return (
        (Identifier(score.key),),
        (score.family or "",),
        (Identifier(score.tool),),
        *score_cells(score),
    )
