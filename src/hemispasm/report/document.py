"""The document tree: what a report says, before any renderer decides how it looks.

Plain strings may not hold digits (see ``inline``); ``Number`` alone prints results.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, TypeAlias

from markupsafe import Markup

from hemispasm.report.inline import (
    Cell,
    Cite,
    Count,
    Day,
    Explained,
    Identifier,
    Inline,
    Jump,
    LineBreak,
    Moment,
    Origin,
    Soft,
    SourceName,
    Strong,
    Time,
    Verbatim,
    checked,
    text_of,
)
from hemispasm.report.number import FromEvidence, FromFinding, FromRule, Number

NO_MARKUP = Markup("")
FOOTER = "Research software, not a medical device."

__all__ = [
    "FOOTER",
    "Block",
    "Bullets",
    "Callout",
    "Cell",
    "Cite",
    "Columns",
    "Count",
    "Day",
    "Document",
    "Explained",
    "Figure",
    "Folded",
    "FromEvidence",
    "FromFinding",
    "FromRule",
    "Group",
    "Identifier",
    "Inline",
    "Jump",
    "LineBreak",
    "Moment",
    "Number",
    "Origin",
    "Para",
    "Picture",
    "Provenance",
    "RecordText",
    "Section",
    "Soft",
    "SourceName",
    "Strip",
    "Strong",
    "Table",
    "Time",
    "Verbatim",
    "text_of",
]

Row: TypeAlias = tuple[Cell, ...]
Layout: TypeAlias = Literal["plain", "grid", "prose", "small"]


@dataclass(frozen=True, init=False)
class Para:
    """A paragraph of text parts.

    Raises
    ------
    ValueError
        A plain string holds a digit.

    Examples
    --------
    >>> Para("Seen at ", Time(12.4), ".").text
    'Seen at 0:12.4.'
    >>> Para("Seen 12 times.")
    Traceback (most recent call last):
    ValueError: plain text must not hold digits ('1' in 'Seen 12 times.')
    """

    parts: tuple[Inline, ...]
    role: str = "text"
    kind: ClassVar[str] = "para"

    def __init__(self, *parts: Inline, role: str = "text") -> None:
        object.__setattr__(self, "parts", checked(parts))
        object.__setattr__(self, "role", role)

    @property
    def text(self) -> str:
        """The paragraph as plain text."""
        return text_of(self.parts)


@dataclass(frozen=True)
class Bullets:
    """A list of short lines."""

    items: tuple[Cell, ...]
    kind: ClassVar[str] = "bullets"

    def __post_init__(self) -> None:
        for item in self.items:
            checked(item)


@dataclass(frozen=True)
class Group:
    """Rows of a table under a common heading (empty for none)."""

    title: Cell
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its heading.

    ``layout`` is ``grid`` for a comparison of things that stand in the columns, ``prose`` for
    other sentences in cells, ``small`` for such in small type; on a narrow screen these stack,
    each cell with its column's name.

    Raises
    ------
    ValueError
        A row has another number of cells than there are columns, or text holds a digit.
    """

    caption: Cell
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    layout: Layout = "plain"
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        checked(self.caption)
        checked(self.columns)
        for group in self.groups:
            checked(group.title)
            for row in group.rows:
                if len(row) != len(self.columns):
                    raise ValueError(f"a row has {len(row)} cells, not {len(self.columns)}")
                for cell in row:
                    checked(cell)

    @classmethod
    def plain(
        cls,
        caption: Cell,
        columns: tuple[str, ...],
        rows: tuple[Row, ...],
        layout: Layout = "plain",
    ) -> Table:
        """Return a table without groups."""
        return cls(caption, columns, (Group((), rows),), layout)


@dataclass(frozen=True)
class Figure:
    """A chart. Words for those who cannot see it are not optional, and nor are its data.

    Attributes
    ----------
    svg : Markup
        Made by ``svg.py``, which escapes everything; axis ticks are structural digits.
    alt : tuple of inline nodes
        What the chart shows, in words.
    data : Table
        The same data as a table.
    timeline : str
        Identifier when the figure can be zoomed; empty for a still chart.
    """

    title: Cell
    svg: Markup
    alt: Cell
    data: Table
    timeline: str = ""
    legend: Markup = NO_MARKUP
    kind: ClassVar[str] = "figure"

    def __post_init__(self) -> None:
        checked(self.title)
        checked(self.alt)
        if not text_of(self.alt).strip():
            raise ValueError("a figure needs alternative text")
        if not isinstance(self.svg, Markup):
            raise TypeError("a figure takes an SVG made by svg.py, which escapes its text")


@dataclass(frozen=True)
class Picture:
    """One still of a recording, as PNG or JPEG bytes.

    ``moment`` is ``before``, ``onset``, ``peak`` or ``offset``.
    """

    moment: Literal["before", "onset", "peak", "offset"]
    time_s: float
    data: bytes

    @property
    def time_text(self) -> str:
        """When it was taken, as printed."""
        return Time(self.time_s).text

    @property
    def media_type(self) -> str:
        """Media type, told from the first bytes.

        Raises
        ------
        ValueError
            Neither PNG nor JPEG.
        """
        if self.data.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        if self.data.startswith(b"\xff\xd8\xff"):
            return "image/jpeg"
        raise ValueError("a picture must be PNG or JPEG")


@dataclass(frozen=True)
class Strip:
    """Stills of one event, in the order of time."""

    title: Cell
    pictures: tuple[Picture, ...]
    who: str
    kind: ClassVar[str] = "strip"

    def __post_init__(self) -> None:
        checked(self.title)
        checked((self.who,))
        for picture in self.pictures:
            _ = picture.media_type


@dataclass(frozen=True)
class Callout:
    """A boxed message; ``emergency`` and ``urgent`` are for gates alone."""

    tone: Literal["draft", "signed", "simulated", "warning", "note", "emergency", "urgent"]
    title: Cell
    body: tuple[Para, ...] = ()
    kind: ClassVar[str] = "callout"

    def __post_init__(self) -> None:
        checked(self.title)


@dataclass(frozen=True)
class Provenance:
    """What the report was made from and by."""

    items: tuple[tuple[str, Cell], ...]
    kind: ClassVar[str] = "provenance"

    def __post_init__(self) -> None:
        for label, cell in self.items:
            checked((label, *cell))


@dataclass(frozen=True)
class RecordText:
    """The paragraph to paste into a record."""

    ident: str
    paras: tuple[Para, ...]
    kind: ClassVar[str] = "record"


@dataclass(frozen=True)
class Columns:
    """Blocks side by side where the page is wide enough."""

    columns: tuple[tuple[Block, ...], ...]
    kind: ClassVar[str] = "columns"


@dataclass(frozen=True)
class Folded:
    """Blocks behind a heading that the reader opens."""

    title: Cell
    children: tuple[Block, ...]
    kind: ClassVar[str] = "folded"

    def __post_init__(self) -> None:
        checked(self.title)


@dataclass(frozen=True)
class Section:
    """A titled part of the report.

    Attributes
    ----------
    ident : str
        Stable; used in links and tests.
    title, children
        What is printed.
    brief : Cell
        Its name in the list at the top, under a heading that names instrument and visit; the title
        where empty.
    day : date or None
        The visit that it is about, where several stand in one report.
    """

    ident: str
    title: Cell
    children: tuple[Block, ...]
    brief: Cell = ()
    day: date | None = None
    kind: ClassVar[str] = "section"

    def __post_init__(self) -> None:
        checked(self.title)
        checked(self.brief)


Block: TypeAlias = (
    "Para | Bullets | Table | Figure | Strip | Callout | Provenance | RecordText | Columns"
    " | Folded | Section"
)


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes
    ----------
    mark : tuple of inline nodes
        Repeated at the top of every printed page (DRAFT, or who signed).
    large_print : bool
        Printed in larger type, for patients.
    """

    title: Cell
    mark: Cell
    banners: tuple[Callout, ...]
    summary: Para
    sections: tuple[Section, ...]
    footer: str = FOOTER
    language: str = "en"
    large_print: bool = False

    def __post_init__(self) -> None:
        checked(self.title)
        checked(self.mark)
        idents = [section.ident for section in self.sections]
        if len(set(idents)) != len(idents):
            raise ValueError(f"two sections share an identifier: {idents}")

    def section(self, ident: str) -> Section:
        """Return a section by its identifier."""
        return next(section for section in self.sections if section.ident == ident)
