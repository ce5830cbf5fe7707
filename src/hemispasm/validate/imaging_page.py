"""An imaging validation as a self-contained page, printed by the report room."""

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
from hemispasm.validate.imaging_tables import TITLES
from hemispasm.validate.page import SOURCE, VERDICTS

if TYPE_CHECKING:
    from hemispasm.validate.imaging import ImagingValidationReport
    from hemispasm.validate.imaging_statistics import ImagingScore

COLUMNS = ("Score", "Way", "Value", "Interval", "Rests on", "Bar", "Kept", "Note")


def imaging_validation_document(report: ImagingValidationReport) -> Document:
    """Return the document tree of a validation: one section per row."""
    kept = sum(score.passed is True for score in report.scores)
    sections = tuple(
        Section(row, (Identifier(title),), (_table(report, row, title),))
        for row, title in TITLES.items()
        if any(score.row == row for score in report.scores)
    )
    return Document(
        title=("Validation of the imaging measurement",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(kept, "promise", "promises"), " kept, ",
            Count(len(report.failed), "promise", "promises"), " not kept.",
        ),
        sections=sections,
    )  # fmt: skip


def render_imaging_validation(report: ImagingValidationReport) -> str:
    """Return the page as text."""
    return render_html(imaging_validation_document(report))


def _table(report: ImagingValidationReport, row: str, title: str) -> Table:
    return Table.plain((Identifier(title),), COLUMNS, _cells(report, row))


def _cells(report: ImagingValidationReport, row: str) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_line(score) for score in report.scores if score.row == row)


def _line(score: ImagingScore) -> tuple[Cell, ...]:
    unit = "1" if score.unit.startswith("{") else score.unit
    number = Number(score.value, unit, SOURCE, score.interval, 0.95, absent="no material")
    return (
        (Identifier(score.key),),
        (Identifier(score.tool),),
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(score.n), " ", Identifier(score.of)),
        (Identifier(score.bar or ""),),
        (VERDICTS[score.passed],),
        (Identifier(score.note or ""),),
    )


def _banner(report: ImagingValidationReport) -> Callout:
    seeds = Para(
        "First seed: ", Identifier(str(report.seed_base)), "; code ", Identifier(report.code), "."
    )
    if report.fresh:
        return Callout("simulated", ("Simulated patients on seeds kept for releases",), (seeds,))
    return Callout("warning", ("Seeds open to tuning: this is no validation",), (seeds,))
