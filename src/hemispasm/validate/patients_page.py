"""A validation on whole patients as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Callout,
    Cell,
    Count,
    Document,
    Identifier,
    Number,
    Para,
    Section,
    Table,
)
from hemispasm.report.html import render_html
from hemispasm.validate.page import SOURCE, VERDICTS
from hemispasm.validate.patients_tables import TITLES, case_cells

if TYPE_CHECKING:
    from hemispasm.validate.patients import PatientsReport
    from hemispasm.validate.scoring import Score

COLUMNS = ("Score", "Value", "Interval", "Rests on", "Bar", "Kept", "Note")
PATIENT_COLUMNS = (
    "Seed", "Patient", "Side", "Video", "EMG", "MRI", "Video and EMG", "Rate: true, said",
    "Distance: true, said", "Clock error, ms",
)  # fmt: skip


def patients_document(report: PatientsReport) -> Document:
    """Return the document tree: one section per part, then every patient."""
    kept = sum(score.passed is True for score in report.scores)
    sections = [
        Section(part, (title,), (Table.plain((title,), COLUMNS, rows),))
        for part, title in TITLES.items()
        if (rows := tuple(score_row(s) for s in report.scores if s.part == part))
    ]
    lines: tuple[tuple[Cell, ...], ...] = tuple(
        tuple((Identifier(text),) for text in case_cells(case)) for case in report.cases
    )
    if lines:
        table = Table.plain(("Patients",), PATIENT_COLUMNS, lines)
        sections.append(Section("patients", ("Patients",), (table,)))
    return Document(
        title=("Validation on whole simulated patients",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(kept, "promise", "promises"), " kept, ",
            Count(len(report.failed), "promise", "promises"), " not kept.",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_patients(report: PatientsReport) -> str:
    """Return the page as text."""
    return render_html(patients_document(report))


def score_row(score: Score) -> tuple[Cell, ...]:
    """Return the cells of one score."""
    unit = "1" if score.unit.startswith("{") else score.unit
    number = Number(score.value, unit, SOURCE, score.interval, 0.95, absent="no material")
    return (
        (Identifier(score.key),),
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(score.n), " ", Identifier(score.of)),
        (Identifier(score.bar or ""),),
        (VERDICTS[score.passed],),
        (Identifier(score.note or ""),),
    )


def _banner(report: PatientsReport) -> Callout:
    seeds = Para(
        "First seed: ", Identifier(str(report.seed_base)), "; code ", Identifier(report.code), "."
    )
    if report.fresh:
        return Callout("simulated", ("Simulated patients on seeds kept for releases",), (seeds,))
    return Callout("warning", ("Seeds open to tuning: this is no validation",), (seeds,))
