"""The sources of a report: every published number that it prints, collected from the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hemispasm.evidence import EvidenceItem, load_sources, lookup_evidence
from hemispasm.evidence.wording import describe_source
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Cite,
    Columns,
    Explained,
    Figure,
    Folded,
    FromEvidence,
    Inline,
    Number,
    Origin,
    Para,
    Provenance,
    RecordText,
    Section,
    Soft,
    SourceName,
    Strip,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.phrase import (
    cited_names,
    evidence_cell,
    evidence_cite,
    is_known,
    joined,
    lines,
    phrase,
)


def evidence_in(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return the evidence keys that blocks print or cite, in the order of reading.

    Examples
    --------
    >>> evidence_in([Para(*evidence_cell("other_babinski.hfs_pawlowski"))])
    ('other_babinski.hfs_pawlowski',)
    """
    keys = (key for block in blocks for cell in _cells(block) for key in evidence_in_parts(cell))
    return tuple(dict.fromkeys(keys))


def evidence_in_parts(parts: Iterable[Inline]) -> Iterator[str]:
    """Yield the evidence keys of the nodes of a line."""
    for part in parts:
        if isinstance(part, Cite):
            yield from (part.evidence, *part.also)
        elif isinstance(part, Number) and isinstance(part.source, FromEvidence):
            yield part.source.key
        elif isinstance(part, Strong | Soft):
            yield from evidence_in_parts(part.parts)
        elif isinstance(part, Explained):
            yield from evidence_in_parts((*part.term, *part.definition))


def _cells(block: Block) -> Iterator[Cell]:
    match block:
        case Para():
            yield block.parts
        case Bullets():
            yield from block.items
        case Table():
            yield block.caption
            for group in block.groups:
                yield group.title
                for row in group.rows:
                    yield from row
        case Figure():
            yield from (block.title, block.alt)
            yield from _cells(block.data)
        case Strip():
            yield block.title
        case Provenance():
            yield from (cell for _, cell in block.items)
        case Callout():
            yield block.title
            yield from (para.parts for para in block.body)
        case RecordText():
            yield from (para.parts for para in block.paras)
        case Columns():
            yield from (
                cell for column in block.columns for each in column for cell in _cells(each)
            )
        case Folded() | Section():
            yield block.title
            yield from (cell for each in block.children for cell in _cells(each))


def with_conflicts(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the keys, each followed by those it conflicts with: they are shown together."""
    found: dict[str, None] = {}
    for key in keys:
        if is_known(key):
            found |= dict.fromkeys((key, *lookup_evidence(key).conflicts))
    return tuple(found)


def sources_section(blocks: Iterable[Block]) -> Section:
    """Return every evidence item that blocks print, and the full citations.

    Parameters
    ----------
    blocks : iterable of Block
        The whole report but this section.
    """
    title = phrase("report.sources.title")
    keys = with_conflicts(evidence_in(blocks))
    if not keys:
        return Section("sources", title, (Para(*phrase("report.sources.none")),))
    columns = tuple(
        lookup_text(f"report.sources.{column}")
        for column in ("statement", "value", "whom", "source")
    )
    rows = tuple(_row(lookup_evidence(key)) for key in keys)
    table = Table.plain(phrase("report.sources.caption"), columns, rows, "small")
    # The table names what disagrees with its rows, which may have no row of its own.
    named = {other for key in keys for other in (key, *lookup_evidence(key).conflicts)}
    names = sorted({source for key in named for source in lookup_evidence(key).sources})
    citations = tuple(citation(name) for name in names)
    children: tuple[Block, ...] = (
        Para(*phrase("report.sources.lead")),
        Folded(phrase("report.sources.table"), (table,)),
        Folded(phrase("report.sources.citations"), (Bullets(citations),)),
    )
    return Section("sources", title, children)


def citation(name: str) -> Cell:
    """Return the full citation of a source, under the name by which it is cited."""
    said = Verbatim(describe_source(load_sources()[name]), Origin.EVIDENCE)
    return (Strong(SourceName(name)), ": ", said)


def _row(item: EvidenceItem) -> tuple[Cell, ...]:
    about = f"{item.population}; {item.outcome}"
    cells: list[Cell] = [(Verbatim(about, Origin.EVIDENCE),)]
    if item.note:
        cells.append((*phrase("report.sources.note"), Verbatim(item.note, Origin.EVIDENCE)))
    others = [
        (Verbatim(lookup_evidence(other).label, Origin.EVIDENCE), " [", *cited_names(other), "]")
        for other in item.conflicts
    ]
    if others:
        cells.append((*phrase("report.sources.conflicts"), *joined(others, "; "), "."))
    return (
        (Verbatim(item.label, Origin.EVIDENCE),),
        _value(item),
        lines(cells),
        evidence_cite(item.key),
    )


def _value(item: EvidenceItem) -> Cell:
    """Return the number without sample and source, which have columns of their own."""
    parts = evidence_cell(item.key)[:-1]
    return parts[:-1] if parts else ("–",)
