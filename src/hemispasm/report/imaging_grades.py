"""Probabilities of the grades of a conflict as small bars."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import Cell, Figure, Row, Table, text_of
from hemispasm.report.imaging_tables import grade_words
from hemispasm.report.imaging_words import (
    GRADE,
    candidate_words,
    distances,
    partner,
    segment_words,
    share_number,
)
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

_MOST_GRADED = 3


def grades_figure(document: FindingsDocument, side: Side) -> Figure | None:
    """Return the probability of each grade as bars, the nearest candidates of a side."""
    graded = [
        (finding, found)
        for finding in distances(document, side)
        if (found := partner(document, finding, GRADE)) is not None and found.extra("probabilities")
    ][:_MOST_GRADED]
    if not graded:
        return None
    rows: list[Row] = []
    alt: Cell = phrase("imaging.grades.alt")
    for finding, found in graded:
        named = _named(finding)
        shares = found.extra("probabilities")
        told: Cell = ()
        for grade in "0123":
            share = share_number(found, float(shares[grade]), "probabilities")
            rows.append((named, grade_words(grade), (share,)))
            told = (*told, *([", "] if told else []), *grade_words(grade), " ", share)
        alt = (*alt, *named, ": ", *told, ". ")
    columns = tuple(lookup_text(f"imaging.grades.{c}") for c in ("candidate", "grade", "share"))
    table = Table.plain(phrase("imaging.grades.caption"), columns, tuple(rows))
    return Figure(phrase("imaging.grades.title"), _grades_svg(graded), alt, table)


def _named(finding: Finding) -> Cell:
    segment = segment_words(finding.extra("segment"))
    return (*candidate_words(finding, short=True), ", ", *segment)


def _grades_svg(graded: Sequence[tuple[Finding, Finding]]) -> Markup:
    left, wide, row = 128.0, 250.0, 20.0
    parts: list[Markup] = []
    top = 4.0
    for finding, found in graded:
        title = {"class": "grade-title", "x": 0, "y": top + 12}
        parts.append(element("text", title, text_of(_named(finding))))
        top += 20.0
        for grade in "0123":
            share = float(found.extra("probabilities")[grade])
            said = share_number(found, share, "probabilities").value_text
            y = top + row / 2
            name = {"class": "row-name", "x": left - 8, "y": y + 4}
            parts.append(element("text", name, text_of(grade_words(grade))))
            back = {"x": left, "y": top + 3, "width": wide, "height": row - 6}
            parts.append(element("rect", {"class": "grade-back", **back}))
            bar = {**back, "class": f"grade-bar grade-{grade}", "width": wide * share}
            parts.append(element("rect", bar))
            parts.append(element("text", {"x": left + wide + 8, "y": y + 4}, said))
            top += row
        top += 10.0
    box = f"0 0 460 {short(top)}"
    return element("svg", {"class": "chart", "viewBox": box, "aria-hidden": "true"}, *parts)
