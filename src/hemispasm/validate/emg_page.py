"""An EMG validation as a self-contained page, printed by the report room."""

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
from hemispasm.validate.emg_tables import TITLES
from hemispasm.validate.page import SOURCE, VERDICTS

if TYPE_CHECKING:
    from hemispasm.validate.emg import EmgValidationReport
    from hemispasm.validate.emg_scores import EmgScore

COLUMNS = ("Score", "Family", "Tool", "Value", "Interval", "Rests on", "Bar", "Kept", "Note")


def emg_validation_document(report: EmgValidationReport) -> Document:
    """Return the document tree of a validation: one section per part, then the other tools."""
    kept = sum(score.passed is True for score in report.scores)
    sections = [
        Section(part, (title,), (Table.plain((title,), COLUMNS, _rows(report, part)),))
        for part, title in TITLES.items()
        if any(score.part == part for score in report.scores)
    ]
    if report.peers:
        lines = tuple(
            Para(Identifier(peer.name), ": ", Identifier(peer.words)) for peer in report.peers
        )
        sections.append(Section("peers", ("Other tools",), lines))
    return Document(
        title=("Validation of the EMG measurement",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(kept, "promise", "promises"), " kept, ",
            Count(len(report.failed), "promise", "promises"), " not kept.",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_emg_validation(report: EmgValidationReport) -> str:
    """Return the page as text."""
    return render_html(emg_validation_document(report))


def _rows(report: EmgValidationReport, part: str) -> tuple[tuple[Cell, ...], ...]:
    return tuple(_row(score) for score in report.scores if score.part == part)


def _row(score: EmgScore) -> tuple[Cell, ...]:
    unit = "1" if score.unit.startswith("{") else score.unit
    number = Number(score.value, unit, SOURCE, score.interval, 0.95, absent="no material")
    return (
        (Identifier(score.key),),
        (score.family or "",),
        (Identifier(score.tool),),
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(score.n), " ", Identifier(score.of)),
        (Identifier(score.bar or ""),),
        (VERDICTS[score.passed],),
        (Identifier(score.note or ""),),
    )


def _banner(report: EmgValidationReport) -> Callout:
    seeds = Para("First seed: ", Identifier(str(report.seed_base)), ".")
    if report.fresh:
        return Callout("simulated", ("Simulated patients on seeds kept for releases",), (seeds,))
    return Callout("warning", ("Seeds open to tuning: this is no validation",), (seeds,))
