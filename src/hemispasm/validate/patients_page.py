"""A validation on whole patients as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import Cell, Document, Identifier, Section, Table
from hemispasm.report.html import render_html
from hemispasm.validate.page import (
    SCORE_COLUMNS,
    promises_summary,
    score_cells,
    seeds_banner,
    table_sections,
)
from hemispasm.validate.patients_tables import TITLES, case_cells

if TYPE_CHECKING:
    from hemispasm.validate.patients import PatientsReport

COLUMNS = ("Score", *SCORE_COLUMNS)
PATIENT_COLUMNS = (
    "Seed", "Patient", "Side", "Video", "EMG", "MRI", "Video and EMG", "Rate: true, said",
    "Distance: true, said", "Clock error, ms", "Effect: true, said",
)  # fmt: skip


def patients_document(report: PatientsReport) -> Document:
    """Return the document tree: one section per part, then every patient."""
    rows = {
        part: tuple(
            ((Identifier(score.key),), *score_cells(score))
            for score in report.scores
            if score.part == part
        )
        for part in TITLES
    }
    sections = table_sections(TITLES, COLUMNS, rows)
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        tuple((Identifier(text),) for text in case_cells(case)) for case in report.cases
    )
    if lines:
        table = Table.plain(("Patients",), PATIENT_COLUMNS, lines)
        sections.append(Section("patients", ("Patients",), (table,)))
    return Document(
        title=("Validation on whole simulated patients",),
        mark=("Simulated patients",),
        banners=(seeds_banner(report, code=report.code),),
        summary=promises_summary(report),
        sections=tuple(sections),
    )


def render_patients(report: PatientsReport) -> str:
    """Return the page as text."""
    return render_html(patients_document(report))
