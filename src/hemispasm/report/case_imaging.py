"""Where MRI stands in the report on a case: the latest examination in full, earlier ones folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Cell,
    Day,
    Document,
    Folded,
    Inline,
    LineBreak,
    Origin,
    Para,
    Section,
    Table,
    Verbatim,
)
from hemispasm.report.imaging_section import ImagingPart, imaging_section, imaging_summary
from hemispasm.report.number import number_of
from hemispasm.report.phrase import joined, phrase, side_words, words_of

_BEFORE = ("patient", "provenance")
_SIDES = (Side.LEFT, Side.RIGHT)
_DISTANCE, _CONTACT = "imaging.vessel_nerve_distance", "imaging.vessel_contact"


def imaging_sections(parts: Sequence[ImagingPart]) -> list[Section]:
    """Return the sections on MRI: the latest examination in full, earlier ones behind a fold.

    Parameters
    ----------
    parts : sequence of ImagingPart
        The latest visit first.
    """
    made: list[Section] = []
    for number, part in enumerate(parts, start=1):
        section = imaging_section(part, f"imaging-{number}")
        if number > 1:
            said = len(_SIDES)  # a sentence a side stands in front
            fold = Folded(phrase("case_imaging.earlier"), section.children[said:])
            section = replace(section, children=(*section.children[:said], fold))
        made.append(section)
    compared = compared_section(parts)
    return [*made, compared] if compared is not None else made


def compared_section(parts: Sequence[ImagingPart]) -> Section | None:
    """Return the last two examinations side by side, in words.

    Parameters
    ----------
    parts : sequence of ImagingPart
        The latest visit first.

    Returns
    -------
    Section or None
        None with fewer than two. A distance is said to differ only where its intervals exclude
        each other; otherwise nothing is said about change.
    """
    if len(parts) < 2:
        return None
    later, earlier = parts[0], parts[1]
    rows: list[tuple[Cell, ...]] = []
    for side in _SIDES:
        for label, tell in (("class", _class), ("contact", _contacts), ("distance", _distances)):
            rows.append(
                (
                    (*phrase(f"case_imaging.row.{label}"), ", ", *side_words(side)),
                    tell(earlier.document, side),
                    tell(later.document, side),
                )
            )
    columns = tuple(lookup_text(f"case_imaging.{name}") for name in ("measure", "before", "after"))
    caption = phrase("case_imaging.caption", before=_day(earlier), after=_day(later))
    table = Table.plain(caption, columns, tuple(rows), "prose")
    verdicts = [
        Para(*phrase(f"case_imaging.{word}", side=side_words(side)))
        for side in _SIDES
        if (word := change_of(earlier.document, later.document, side)) is not None
    ]
    children: tuple[Block, ...] = (table, *verdicts, Para(*phrase("case_imaging.no_verdict")))
    brief = phrase("case_imaging.brief")
    return Section("imaging-compared", phrase("case_imaging.title"), children, brief)


def change_of(earlier: FindingsDocument, later: FindingsDocument, side: Side) -> str | None:
    """Return ``closer`` or ``farther`` where the intervals of both examinations exclude each other.

    Parameters
    ----------
    earlier, later : FindingsDocument
        Two examinations.
    side : Side
        The patient's.

    Returns
    -------
    str or None
        Of the nearest vessel of the side at the same stretch of the nerve; None where nothing may
        be said.
    """
    before, after = nearest_of(earlier, side), nearest_of(later, side)
    if before is None or after is None or before.interval is None or after.interval is None:
        return None
    if before.extra("segment") != after.extra("segment"):
        return None
    if after.interval[1] < before.interval[0]:
        return "closer"
    return "farther" if after.interval[0] > before.interval[1] else None


def nearest_of(document: FindingsDocument, side: Side) -> Finding | None:
    """Return the smallest measured distance of a side to the nerve itself; None without any."""
    found = [
        finding
        for finding in document.findings
        if finding.code == _DISTANCE and finding.side is side and isinstance(finding.value, float)
        if finding.extra("p_contact") is not None
    ]
    return min(found, key=lambda finding: float(finding.value or 0.0), default=None)


def _day(part: ImagingPart) -> Inline:
    return "–" if part.day is None else Day(part.day)


def _class(document: FindingsDocument, side: Side) -> Cell:
    found = document.find("imaging.assessability", side)
    return ("–",) if found is None else (Verbatim(str(found.value), Origin.FINDING),)


def _contacts(document: FindingsDocument, side: Side) -> Cell:
    said = [
        (
            Verbatim(_words(finding.extra("segment")), Origin.FINDING),
            ": ",
            Verbatim(_words(finding.value), Origin.FINDING),
        )
        for finding in document.findings
        if finding.code == _CONTACT and finding.side is side and finding.value is not None
    ]
    return joined(said, "; ") or ("–",)


def _distances(document: FindingsDocument, side: Side) -> Cell:
    found = nearest_of(document, side)
    if found is None:
        return ("–",)
    where = Verbatim(_words(found.extra("segment")), Origin.FINDING)
    return (number_of(found), ", ", where)


def _words(code: object) -> str:
    return "–" if code is None else words_of(str(code))


def with_imaging(document: Document, parts: Sequence[ImagingPart]) -> Document:
    """Return the report on recordings with MRI before the patient's data and provenance."""
    if not parts:
        return document
    last = [section for section in document.sections if section.ident in _BEFORE]
    first = [section for section in document.sections if section.ident not in _BEFORE]
    summary = Para(*joined((document.summary.parts, imaging_summary(parts)), LineBreak()))
    sections = (*first, *imaging_sections(parts), *last)
    return replace(document, summary=summary, sections=sections)
