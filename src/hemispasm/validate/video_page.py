"""A video validation as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import Cell, Count, Document, Identifier, Section, Table
from hemispasm.report.html import render_html
from hemispasm.validate.page import SCORE_COLUMNS, promises_summary, score_cells, seeds_banner
from hemispasm.validate.tallies import side_outcome, spasm_tally

if TYPE_CHECKING:
    from hemispasm.validate.clips import ClipResult
    from hemispasm.validate.video import ValidationReport

COLUMNS = ("Score", *SCORE_COLUMNS)


def validation_document(report: ValidationReport) -> Document:
    """Return the document tree of a validation: scores, then clips."""
    sections = [_scores_section(report)]
    if report.clips:
        sections.append(_clips_section(report))
    return Document(
        title=("Validation of the video measurement",),
        mark=("Simulated patients",),
        banners=(seeds_banner(report),),
        summary=promises_summary(report),
        sections=tuple(sections),
    )


def render_validation(report: ValidationReport) -> str:
    """Return the page as text."""
    return render_html(validation_document(report))


def _scores_section(report: ValidationReport) -> Section:
    rows = tuple(((Identifier(score.key),), *score_cells(score)) for score in report.scores)
    return Section("scores", ("Scores",), (Table.plain(("Scores",), COLUMNS, rows),))


def _clips_section(report: ValidationReport) -> Section:
    columns = ("Clip", "Seed", "Generator", "True side", "Named", "Outcome", "Hit, false, missed")
    rows = tuple(_clip_row(clip) for clip in report.clips)
    return Section("clips", ("Clips",), (Table.plain(("Clips",), columns, rows),))


def _clip_row(clip: ClipResult) -> tuple[Cell, ...]:
    said = clip.document.find("video.affected_side")
    tally = spasm_tally(clip)
    return (
        (Identifier(clip.spec.clip_id),),
        (Identifier(str(clip.spec.seed)),),
        (clip.spec.generator,),
        (clip.truth.affected_side.replace("_", " "),),
        ("" if said is None else str(said.value).replace("_", " "),),
        (str(side_outcome(clip)),),
        (Count(tally.hits), ", ", Count(tally.false), ", ", Count(tally.missed)),
    )
