"""A comparison of generator families as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Callout,
    Cell,
    Count,
    Document,
    Identifier,
    Para,
    Section,
    Table,
)
from hemispasm.report.html import render_html
from hemispasm.simulate.families.imitators import IMITATORS
from hemispasm.validate.families_plan import WORDS
from hemispasm.validate.families_tables import TITLES, flattery
from hemispasm.validate.page import (
    SCORE_COLUMNS,
    score_cells,
    score_number,
    seeds_banner,
    table_sections,
)

if TYPE_CHECKING:
    from hemispasm.validate.families import FamiliesReport
    from hemispasm.validate.families_scores import FamilyGap, FamilyScore

COLUMNS = ("Family", "Score", "Imitator", *SCORE_COLUMNS)
GAP_COLUMNS = ("Gap", "Part", "Score", "Difference", "Interval", "First family flattered")


def families_document(report: FamiliesReport) -> Document:
    """Return the document tree: gaps first, then each part, then what the imitators are."""
    titles = {part: Identifier(title) for part, title in TITLES.items()}
    rows = {part: tuple(_row(s) for s in report.scores if s.part == part) for part in TITLES}
    sections = [
        *([_gaps(report)] if report.gaps else []),
        *table_sections(titles, COLUMNS, rows),
        _imitators(),
    ]
    return Document(
        title=("The measurement on four families of simulated recordings",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(report.recordings, "recording", "recordings"), "; ",
            Count(sum(gap.flattered is True for gap in report.gaps), "gap", "gaps"),
            " in which the first family flatters beyond chance.",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_families(report: FamiliesReport) -> str:
    """Return the page as text."""
    return render_html(families_document(report))


def _gaps(report: FamiliesReport) -> Section:
    rows = tuple(_gap_row(gap) for gap in report.gaps)
    title = "Gaps; of shares in percentage points"
    return Section("gaps", (title,), (Table.plain((title,), GAP_COLUMNS, rows),))


def _gap_row(gap: FamilyGap) -> tuple[Cell, ...]:
    number = score_number(gap.value, gap.unit, gap.interval)
    return (
        (Identifier(gap.pair),),
        (TITLES_PLAIN[gap.part],),
        (Identifier(gap.key),),
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (flattery(gap),),
    )


def _row(score: FamilyScore) -> tuple[Cell, ...]:
    return (
        (f"{score.family}: {WORDS[score.family]}",),
        (Identifier(score.key),),
        ((score.scenario or "").replace("_", " "),),
        *score_cells(score),
    )


def _imitators() -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            (row.name.replace("_", " "),),
            (row.words,),
            (", ".join(answer.replace("_", " ") for answer in row.right),),
            (row.why,),
        )
        for row in IMITATORS.values()
    )
    columns = ("Imitator", "What it is", "Right answers", "Why")
    title = "Imitators and the answers that are right"
    return Section("imitators", (title,), (Table.plain((title,), columns, rows),))


def _banner(report: FamiliesReport) -> Callout:
    if report.real_signals:
        return seeds_banner(report)
    left_out = Para("Family C was left out: no folder with real signals was given.")
    return seeds_banner(report, left_out)


TITLES_PLAIN = {"video": "video", "emg": "EMG at rest", "lsr": "lateral spread"}
