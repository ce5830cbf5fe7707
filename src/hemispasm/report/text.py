"""Plain text from the same nodes as the page: for the record, and to check the page against."""

from __future__ import annotations

from collections.abc import Iterable

from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Columns,
    Document,
    Figure,
    Folded,
    Para,
    Provenance,
    RecordText,
    Section,
    Strip,
    Table,
    text_of,
)
from hemispasm.report.words import MOMENTS


def record_paragraph(document: Document) -> str:
    """Return the paragraph for the record as plain text, one line per part.

    Raises
    ------
    LookupError
        The document has no such paragraph.
    """
    for section in document.sections:
        for block in section.children:
            if isinstance(block, RecordText):
                return "\n".join(para.text for para in block.paras)
    raise LookupError("the document has no paragraph for the record")


def render_text(document: Document, *, twins: bool = True) -> str:
    """Return the whole report as plain text, in the order of the page.

    ``twins`` False leaves out the table that repeats the data of each figure, as paper does.
    """
    lines = [text_of(document.mark)]
    for banner in document.banners:
        lines += _lines(banner, twins)
    lines += [text_of(document.title), document.summary.text]
    for section in document.sections:
        lines += ["", *_lines(section, twins)]
    return "\n".join([*lines, "", document.footer]) + "\n"


def _lines(block: Block, twins: bool) -> list[str]:
    match block:
        case Para():
            return [block.text]
        case Bullets():
            return [f"- {text_of(item)}" for item in block.items]
        case Table():
            return _table(block)
        case Figure():
            data = _table(block.data) if twins else []
            return [text_of(block.title), text_of(block.alt), *data]
        case Strip():
            moments = [f"{MOMENTS[p.moment]} {p.time_text}" for p in block.pictures]
            return [text_of(block.title), *moments]
        case Callout():
            return [text_of(block.title), *(para.text for para in block.body)]
        case Provenance():
            return [f"{label}: {text_of(cell)}" for label, cell in block.items]
        case RecordText():
            return [para.text for para in block.paras]
        case Columns():
            return _all((child for column in block.columns for child in column), twins)
        case Folded() | Section():
            return [text_of(block.title), *_all(block.children, twins)]


def _all(blocks: Iterable[Block], twins: bool) -> list[str]:
    return [line for block in blocks for line in _lines(block, twins)]


def _table(table: Table) -> list[str]:
    lines = [text_of(table.caption), " | ".join(table.columns)]
    for group in table.groups:
        if group.title:
            lines.append(text_of(group.title))
        lines += [" | ".join(text_of(cell) for cell in row) for row in group.rows]
    return lines
