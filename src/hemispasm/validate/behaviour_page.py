"""The table of behaviour as a self-contained page, printed by the report room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.document import (
    Bullets,
    Callout,
    Cell,
    Count,
    Document,
    Group,
    Identifier,
    Para,
    Section,
    Table,
)
from hemispasm.report.html import render_html
from hemispasm.validate.behaviour_table import LEVEL_WORDS, USE_MEANINGS, USE_WORDS
from hemispasm.validate.behaviour_tables import (
    CHANGED,
    bar_lines,
    changed_words,
    first_look_words,
    group_words,
    reason_words,
    show_first,
    show_use,
    show_value,
    show_within,
    unit_words,
)
from hemispasm.validate.page import seeds_banner

if TYPE_CHECKING:
    from hemispasm.validate.behaviour_report import BehaviourReport, CheckResult, RowResult

COLUMNS = (
    "What is counted", "Simulated patient", "Published", "Accepted", "Rests on", "First look",
    "Holds",
)  # fmt: skip
HOLDS = {True: "yes", False: "NO", None: ""}


def behaviour_document(report: BehaviourReport) -> Document:
    """Return the document tree: one table of 27 rows, then what fails and why."""
    held = [report.count(outcome, "hold_out") for outcome in (True, False)]
    groups = tuple(
        Group(_title(row), tuple(_line(row, c) for c in row.checks)) for row in report.rows
    )
    sections = [
        Section("bar", ("The bar, and the first look",), (_items(_bar_lines(report)),)),
        Section("rows", ("Rows",), (Table(("Rows",), COLUMNS, groups),)),
    ]
    missed = [row for row in report.rows if row.reason]
    if missed:
        items = tuple((_name(row), ": ", Identifier(reason_words(row))) for row in missed)
        sections.append(Section("missed", ("What does not pass, and why",), (Bullets(items),)))
    anew = [row for row in report.rows if changed_words(row) and row.passed is not None]
    if anew:
        items = tuple((_name(row), ": ", Identifier(changed_words(row))) for row in anew)
        sections.append(Section("changed", (CHANGED,), (Bullets(items),)))
    return Document(
        title=("Does it behave like hemifacial spasm?",),
        mark=("Simulated patients",),
        banners=(_banner(report),),
        summary=Para(
            Count(report.count(True), "row", "rows"), " pass, ",
            Count(report.count(False), "row", "rows"), " fail, ",
            Count(report.count(None), "row", "rows"), " not tried. Of the hold-out rows ",
            Count(held[0]), " pass and ", Count(held[1]), " fail.",
        ),
        sections=tuple(sections),
    )  # fmt: skip


def render_behaviour(report: BehaviourReport) -> str:
    """Return the page as text."""
    return render_html(behaviour_document(report))


def _bar_lines(report: BehaviourReport) -> tuple[str, ...]:
    meaning = f"Seen: {USE_MEANINGS['seen']}. {first_look_words()}"
    return (*group_words(report), *bar_lines(report), meaning)


def _items(lines: tuple[str, ...]) -> Bullets:
    return Bullets(tuple((Identifier(line),) for line in lines))


def _name(row: RowResult) -> Identifier:
    return Identifier(f"{row.number}. {row.observation}")


def _title(row: RowResult) -> Cell:
    words = f"{USE_WORDS[row.use]}, {LEVEL_WORDS[row.level]}"
    biased = ", a badly selected sample" if row.biased else ""
    first = f"; first look: {row.first_verdict}"
    return (_name(row), " (", Identifier(words + biased), "): ", Identifier(row.verdict + first))


def _line(row: RowResult, check: CheckResult) -> tuple[Cell, ...]:
    note = f" ({check.note})" if check.note else ""
    return (
        (Identifier(check.statement + show_use(row, check) + note),),
        (Identifier(show_value(check)),),
        (Identifier(f"{check.target:g}{unit_words(check.unit)}"),),
        (Identifier(show_within(check)),),
        (Count(check.n), " ", Identifier(check.of)),
        (Identifier(show_first(check)),),
        (HOLDS[check.passed],),
    )


def _banner(report: BehaviourReport) -> Callout:
    star = Para("An asterisk marks limits that are ours: the source gives words and no numbers.")
    return seeds_banner(report, star)
