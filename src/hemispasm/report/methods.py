"""Provenance, and a paragraph on methods generated from it."""

from __future__ import annotations

from hemispasm.model import FindingsDocument
from hemispasm.report.document import (
    Cell,
    FromRule,
    Identifier,
    Inline,
    Number,
    Origin,
    Para,
    Provenance,
    Section,
    Strong,
    Time,
    Verbatim,
)


def method_names(document: FindingsDocument) -> str:
    """Return the methods that the findings name, once each."""
    return ", ".join(dict.fromkeys(finding.method for finding in document.findings)) or "none"


def methods_para(document: FindingsDocument) -> Para:
    """Return the methods paragraph, from the provenance and not from memory."""
    parts: list[Inline] = [
        "Face landmarks were located in every frame of the recording at its true presentation"
        " times, without smoothing over time. Eye closure and the movement of mouth corner, cheek"
        " and brow were measured on each side of the face after removing head pose; the width"
        " between the outer eye corners is the unit of length. Movements of one side beyond the"
        " other were taken as spasms, symmetric brief closures as blinks, and seconds that failed"
        " the quality gate were left out. Rates carry an interval that allows for uneven spacing"
        " of spasms and for errors of detection. The analysis ran as method ",
        Identifier(method_names(document)),
        " of hemispasm ",
        Identifier(document.provenance.hemispasm),
    ]
    if document.provenance.assets:
        names = ", ".join(sorted(document.provenance.assets))
        parts += [" with the assets ", Identifier(names)]
    return Para(*parts, ".")


def provenance_section(document: FindingsDocument, mirrored_note: str) -> Section:
    """Return what the report was made from and by, and how."""
    source = document.provenance
    items: list[tuple[str, Cell]] = [
        ("Recording", (Identifier("SHA-256"), " ", Identifier(document.recording.sha256))),
    ]
    span = document.recording.span
    if span is not None:
        items.append(("Part analysed", (Time(span.start_s), " to ", Time(span.end_s))))
    items += [
        ("Mirrored", (Verbatim(mirrored_note, Origin.MIRRORING),)),
        ("Simulated", ("yes" if document.recording.simulated else "no",)),
        ("Software", ("hemispasm ", Identifier(source.hemispasm))),
        ("Method", (Identifier(method_names(document)),)),
        ("Findings format", (Identifier(document.schema_),)),
    ]
    if source.created:
        items.append(("Measured", (Identifier(source.created),)))
    if source.seconds is not None:
        seconds = Number(source.seconds, "s", FromRule("provenance.seconds"))
        items.append(("Analysis took", (seconds,)))
    for name, digest in sorted(source.assets.items()):
        items.append(("Asset", (Identifier(name), ", ", Identifier(digest))))
    for name, value in sorted(source.settings.items()):
        shown = "not set" if value is None else str(value)
        items.append(("Setting", (Identifier(name), " = ", Verbatim(shown, Origin.SETTINGS))))
    children = (Provenance(tuple(items)), Para(Strong("Methods. "), *methods_para(document).parts))
    return Section("provenance", ("Provenance and methods",), children)
