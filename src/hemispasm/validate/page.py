"""What the pages of all validations share: whose seeds, how many promises, one row per score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hemispasm.report.document import (
    Callout,
    Cell,
    Count,
    FromRule,
    Identifier,
    Inline,
    Number,
    Para,
    Section,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hemispasm.validate.scoring import Score

SOURCE = FromRule("validation.score")
VERDICTS = {True: "kept", False: "NOT KEPT", None: ""}

SCORE_COLUMNS = ("Value", "Interval", "Rests on", "Bar", "Kept", "Note")
"""Headings above :func:`score_cells`."""


class SeededReport(Protocol):
    """A report that knows its seeds."""

    @property
    def seed_base(self) -> int:
        """First seed."""

    @property
    def fresh(self) -> bool:
        """Whether no seed was open to tuning."""


class ScoredReport(Protocol):
    """A report of scores, some of them promised."""

    @property
    def scores(self) -> Sequence[Score]:
        """All of them."""

    @property
    def failed(self) -> Sequence[Score]:
        """Those below what was promised."""


def seeds_banner(report: SeededReport, *more: Para, code: str | None = None) -> Callout:
    """Return the line above a page: the seeds it rests on, and whether they were open to tuning.

    Parameters
    ----------
    report : SeededReport
        Anything with a first seed.
    *more : Para
        What else a reader must know first.
    code : str, optional
        Digest of the code that made the results.
    """
    seeds = Para("First seed: ", Identifier(str(report.seed_base)), ".")
    if code is not None:
        seeds = Para(
            "First seed: ", Identifier(str(report.seed_base)), "; code ", Identifier(code), "."
        )
    if report.fresh:
        return Callout(
            "simulated", ("Simulated patients on seeds kept for releases",), (seeds, *more)
        )
    return Callout("warning", ("Seeds open to tuning: this is no validation",), (seeds, *more))


def promises_summary(report: ScoredReport) -> Para:
    """Return how many promises were kept and how many were not."""
    kept = sum(score.passed is True for score in report.scores)
    return Para(
        Count(kept, "promise", "promises"), " kept, ",
        Count(len(report.failed), "promise", "promises"), " not kept.",
    )  # fmt: skip


def score_number(value: float | None, unit: str, interval: tuple[float, float] | None) -> Number:
    """Return a score as the report room prints numbers; what is counted has no unit."""
    plain = "1" if unit.startswith("{") else unit
    return Number(value, plain, SOURCE, interval, 0.95, absent="no material")


def score_cells(score: Score) -> tuple[Cell, ...]:
    """Return value, interval, what it rests on, bar, verdict and note of a score."""
    number = score_number(score.value, score.unit, score.interval)
    return (
        (Identifier(number.value_text),),
        (Identifier(number.limits_text),),
        (Count(score.n), " ", Identifier(score.of)),
        (Identifier(score.bar or ""),),
        (VERDICTS[score.passed],),
        (Identifier(score.note or ""),),
    )


def table_sections(
    titles: Mapping[str, Inline],
    columns: tuple[str, ...],
    rows: Mapping[str, tuple[tuple[Cell, ...], ...]],
) -> list[Section]:
    """Return a section with one table for every part that has rows, in the order of the titles.

    Parameters
    ----------
    titles : mapping of str to Inline
        Heading of each part by its name.
    columns : tuple of str
        Headings of all tables.
    rows : mapping of str to tuple
        Rows by part; a part without any is left out.
    """
    return [
        Section(part, (title,), (Table.plain((title,), columns, rows[part]),))
        for part, title in titles.items()
        if rows.get(part)
    ]
