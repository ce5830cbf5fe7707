"""The report on one MRI examination that stands in no case."""

from __future__ import annotations

from hemispasm.model import FindingsDocument
from hemispasm.report.document import (
    Block,
    Cell,
    Document,
    Identifier,
    Origin,
    Para,
    Provenance,
    Section,
    Verbatim,
)
from hemispasm.report.imaging_section import ImagingPart, imaging_blocks, imaging_summary
from hemispasm.report.methods import method_names
from hemispasm.report.phrase import phrase
from hemispasm.report.plan_sources import sources_section
from hemispasm.report.video_report import banners_of, mark_of


def build_imaging_report(part: ImagingPart) -> Document:
    """Return the report on one examination as a document tree.

    Parameters
    ----------
    part : ImagingPart
        Findings with their pictures.

    Examples
    --------
    >>> from hemispasm.model import Provenance, Quality, RecordingRef
    >>> findings = FindingsDocument(
    ...     recording=RecordingRef(kind="imaging", sha256="0" * 64),
    ...     quality=Quality(grade="not_assessable", analysed_s=0.0),
    ...     provenance=Provenance(hemispasm="0.1.0"))
    >>> build_imaging_report(ImagingPart(findings)).summary.text[:61]
    "MRI: Patient's left: not assessable on these series (class C)"
    """
    document = part.document
    summary = Para(*imaging_summary((part,)))
    blocks = (
        Section("imaging", phrase("imaging.measured"), imaging_blocks(part)),
        imaging_provenance(document),
    )
    every: tuple[Block, ...] = (summary, *blocks)
    return Document(
        title=phrase("imaging.report_title"),
        mark=mark_of(None),
        banners=banners_of(document, None, None),
        summary=summary,
        sections=(*blocks, sources_section(every)),
    )


def imaging_provenance(document: FindingsDocument) -> Section:
    """Return what was measured by what; the header of a series is never shown."""
    source = document.provenance
    items: list[tuple[str, Cell]] = [
        ("Examination", (Identifier("SHA-256"), " ", Identifier(document.recording.sha256))),
        ("Simulated", ("yes" if document.recording.simulated else "no",)),
        ("Software", ("hemispasm ", Identifier(source.hemispasm))),
        ("Method", (Identifier(method_names(document)),)),
        ("Findings format", (Identifier(document.schema_),)),
    ]
    if source.created:
        items.append(("Measured", (Identifier(source.created),)))
    for name, value in sorted(source.settings.items()):
        shown = "not set" if value is None else str(value)
        items.append(("Setting", (Identifier(name), " = ", Verbatim(shown, Origin.SETTINGS))))
    return Section("provenance", phrase("imaging.provenance"), (Provenance(tuple(items)),))
