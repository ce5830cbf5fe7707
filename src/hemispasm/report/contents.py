"""What a report lists at its top: every section, by instrument and visit once there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from hemispasm.report.document import Cell, Day, Section
from hemispasm.report.phrase import phrase

MOST_IN_ONE_LIST = 12
"""Sections that a reader overlooks in one list; more are grouped."""

CHAPTERS = {
    "short": ("gates", "overview", "side", "record"),
    "video": (
        "findings", "timeline", "events", "pictures", "distributions", "suggestions", "quality",
        "review", "earlier",
    ),
    "emg": ("emg",),
    "joint": ("joint",),
    "imaging": ("imaging",),
    "course": ("severity", "course", "change", "options", "mvd", "toxin", "follow"),
    "diagnosis": ("differential", "causes", "work", "missing"),
}  # fmt: skip
"""Chapters, and how the identifiers of their sections begin; any other is about the report."""
_OTHER = "report"


@dataclass
class ContentsLine:
    """Sections of one visit.

    Attributes
    ----------
    visit : Cell
        Its day; empty where the sections belong to no single visit.
    entries : list of (str, Cell)
        Identifier of each section, and its name here.
    """

    visit: Cell
    entries: list[tuple[str, Cell]] = field(default_factory=list)


@dataclass
class Chapter:
    """Sections that belong together; the title is empty where all stand in one list."""

    title: Cell
    lines: list[ContentsLine] = field(default_factory=list)


def contents_of(sections: Sequence[Section]) -> list[Chapter]:
    """Return the sections of a report as it lists them at its top.

    Parameters
    ----------
    sections : sequence of Section
        In the order of the page. A section with a ``day`` stands with the others of that visit,
        and under the name that it has in short.

    Returns
    -------
    list of Chapter
        One without a title for a short report; else by instrument and purpose, in the order of the
        page.

    Examples
    --------
    >>> [chapter.title for chapter in contents_of([Section("quality", ("Quality",), ())])]
    [()]
    """
    if len(sections) <= MOST_IN_ONE_LIST:
        return [Chapter((), [ContentsLine((), [(s.ident, s.title) for s in sections])])]
    chapters: dict[str, Chapter] = {}
    lines: dict[tuple[str, date | None], ContentsLine] = {}
    for section in sections:
        name = _chapter_of(section.ident)
        chapter = chapters.setdefault(name, Chapter(phrase(f"report.contents.{name}")))
        place = (name, section.day)
        if place not in lines:
            lines[place] = ContentsLine(() if section.day is None else (Day(section.day),))
            chapter.lines.append(lines[place])
        lines[place].entries.append((section.ident, section.brief or section.title))
    return list(chapters.values())


def _chapter_of(ident: str) -> str:
    start = ident.partition("-")[0]
    return next((name for name, starts in CHAPTERS.items() if start in starts), _OTHER)
