"""The report on one EMG recording that stands in no case."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model import FindingsDocument, Trace
from hemispasm.report.document import (
    Cell,
    Document,
    Identifier,
    Origin,
    Para,
    Provenance,
    Section,
    Verbatim,
)
from hemispasm.report.emg_section import EmgPart, answer_paras, emg_blocks, emg_title
from hemispasm.report.methods import method_names
from hemispasm.report.phrase import phrase
from hemispasm.report.video_report import banners_of, mark_of

#: Settings that the table of channels prints.
_IN_THE_TABLE = ("channel ", "rate ", "electrode ", "noise ", "grade ", "reasons ", "conducted ")


def build_emg_report(document: FindingsDocument, traces: Sequence[Trace]) -> Document:
    """Return the report on one recording as a document tree.

    Parameters
    ----------
    document : FindingsDocument
        Every result that the report prints comes from here.
    traces : sequence of Trace
        Envelopes, close-up and curves for the figures.

    Examples
    --------
    >>> from hemispasm.model import Provenance, Quality, RecordingRef
    >>> findings = FindingsDocument(
    ...     recording=RecordingRef(kind="emg", sha256="0" * 64, duration_s=4.0),
    ...     quality=Quality(grade="not_assessable", analysed_s=0.0),
    ...     provenance=Provenance(hemispasm="0.1.0"))
    >>> build_emg_report(findings, ()).summary.text
    'Activity at rest was not measured.'
    """
    part = EmgPart(document, tuple(traces))
    answers = [part for para in answer_paras(document, traces) for part in (*para.parts, " ")]
    return Document(
        title=emg_title(document),
        mark=mark_of(None),
        banners=banners_of(document, None, None),
        summary=Para(*answers[:-1]),
        sections=(
            Section("emg", phrase("emg.measured"), emg_blocks(part, with_answer=False)),
            emg_provenance(document),
        ),
    )


def emg_provenance(document: FindingsDocument) -> Section:
    """Return what was measured by what; the header of the file is never shown."""
    source = document.provenance
    items: list[tuple[str, Cell]] = [
        ("Recording", (Identifier("SHA-256"), " ", Identifier(document.recording.sha256))),
        ("Simulated", ("yes" if document.recording.simulated else "no",)),
        ("Software", ("hemispasm ", Identifier(source.hemispasm))),
        ("Method", (Identifier(method_names(document)),)),
        ("Findings format", (Identifier(document.schema_),)),
    ]
    if source.created:
        items.append(("Measured", (Identifier(source.created),)))
    for name, value in sorted(source.settings.items()):
        if name.startswith(_IN_THE_TABLE):
            continue
        shown = "not set" if value is None else str(value)
        items.append(("Setting", (Identifier(name), " = ", Verbatim(shown, Origin.SETTINGS))))
    return Section("provenance", phrase("emg.provenance"), (Provenance(tuple(items)),))
