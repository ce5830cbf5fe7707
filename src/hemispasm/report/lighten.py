"""Keep a report small enough to be sent: figures of earlier recordings go first, numbers stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.report.document import Block, Columns, Document, Figure, Folded, Para, Section, Strip
from hemispasm.report.phrase import phrase

#: Bytes of figures and pictures; tables, words and style sheet take up about as much again.
MOST_DRAWN = 1_700_000
#: What may lose its figures: the page that `hemispasm measure` makes of one recording has them.
_MAY_LOSE = ("emg-", "joint", "imaging-")
#: The latest examination keeps its pictures: they show what its numbers were measured on.
_KEPT = "imaging-1"
_BASE64 = 4 / 3


def lighten(document: Document, most: int = MOST_DRAWN) -> Document:
    """Return the report, without the figures of EMG where all figures are too much.

    Parameters
    ----------
    document : Document
        The whole report.
    most : int
        Bytes that figures and pictures may take up.

    Returns
    -------
    Document
        The same document where it is small enough. Else sections on EMG and on earlier MRI lose
        their figures, the last one first, until it is; each says so.
    """
    total = sum(drawn(section.children) for section in document.sections)
    sections = list(document.sections)
    for at in reversed(range(len(sections))):
        if total <= most:
            break
        section = sections[at]
        weight = drawn(section.children)
        if section.ident.startswith(_MAY_LOSE) and section.ident != _KEPT and weight:
            said = "case_imaging" if section.ident.startswith("imaging-") else "emg"
            note = Para(*phrase(f"{said}.figures_left_out"))
            kept = (*without_figures(section.children), note)
            sections[at] = replace(section, children=kept)
            total -= weight
    return replace(document, sections=tuple(sections))


def drawn(blocks: Sequence[Block]) -> int:
    """Return the bytes that figures and pictures take up."""
    total = 0
    for block in blocks:
        if isinstance(block, Figure):
            total += len(block.svg)
        elif isinstance(block, Strip):
            total += int(_BASE64 * sum(len(picture.data) for picture in block.pictures))
        elif isinstance(block, Columns):
            total += sum(drawn(column) for column in block.columns)
        elif isinstance(block, Folded | Section):
            total += drawn(block.children)
    return total


def without_figures(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks without figures, also behind folds."""
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Folded | Section):
            kept.append(replace(block, children=without_figures(block.children)))
        elif drawn((block,)) == 0:
            kept.append(block)
    return tuple(kept)
