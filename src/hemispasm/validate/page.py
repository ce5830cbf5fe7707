"""A validation as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Callout,
    Cell,
    Count,
    Document,
    FromRule,
    Identifier,
    Number,
    Para,
    Section,
    Table,
)
from hemispasm.report.html import render_html
from hemispasm.validate.tallies import side_outcome, spasm_tally

if TYPE_CHECKING:
    from hemispasm.validate.clips import ClipResult
    from hemispasm.validate.scoring import Score
    from hemispasm.validate.video import ValidationReport

SOURCE = FromRule("validation.score")
VERDICTS = {True: "kept", False: "NOT KEPT", None: ""}


def validation_document(report: ValidationReport) -> Document:
    """Return the document tree of a validation: scores, then clips."""
    kept = sum(score.passed is True for score in report.scores)
    sections = [_scores_section(report)]
    if report.clips:
        sections.append(_clips_section(report))
    return Document(
        title=("Validation of the video measurement",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(kept, "promise", "promises"), " kept, ",
            Count(len(report.failed), "promise", "promises"), " not kept.",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_validation(report: ValidationReport) -> str:
    """Return the page as text."""
    return render_html(validation_document(report))


def _banner(report: ValidationReport) -> Callout:
    seeds = Para("First seed: ", Identifier(str(report.seed_base)), ".")
    if report.fresh:
        return Callout("simulated", ("Simulated patients on seeds kept for releases",), (seeds,))
    return Callout("warning", ("Seeds open to tuning: this is no validation",), (seeds,))


def _scores_section(report: ValidationReport) -> Section:
    columns = ("Score", "Value", "Interval", "Rests on", "Bar", "Kept")
    rows = tuple(_score_row(score) for score in report.scores)
    return Section("scores", ("Scores",), (Table.plain(("Scores",), columns, rows),))


def _score_row(score: Score) -> tuple[Cell, ...]:
    unit = "1" if score.unit.startswith("{") else score.unit
    number = Number(score.value, unit, SOURCE, score.interval, 0.95, absent="no material")
    return (
        (Identifier(score.key),),
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(score.n), " ", Identifier(score.of)),
        (Identifier(score.bar or ""),),
        (VERDICTS[score.passed],),
    )


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
