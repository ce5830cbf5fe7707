"""The report on one face video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hemispasm.model import (
    Case,
    Finding,
    FindingsDocument,
    Mirrored,
    Review,
    Signature,
    Trace,
)
from hemispasm.report.change import change_section
from hemispasm.report.document import (
    Callout,
    Cell,
    Day,
    Document,
    Identifier,
    Inline,
    Moment,
    Origin,
    Para,
    Section,
    Verbatim,
)
from hemispasm.report.methods import provenance_section
from hemispasm.report.pictures import PictureStrip
from hemispasm.report.sections import (
    distributions_section,
    events_section,
    findings_section,
    patient_section,
    pictures_section,
    quality_section,
    review_section,
    suggestions_section,
    timeline_section,
)
from hemispasm.report.summary import record_text, summary_of

MIRRORED_NOTES = {
    Mirrored.YES: (
        "The picture is mirrored, as in a selfie preview: the patient's left is at the left edge"
        " of the picture."
    ),
    Mirrored.NO: (
        "The picture is not mirrored: the patient's left is at the right edge of the picture."
    ),
    Mirrored.UNKNOWN: (
        "To get the patient's side, measure again with --mirrored yes (a selfie preview) or"
        " --mirrored no (another person's camera)."
    ),
}


@dataclass(frozen=True)
class EarlierVisit:
    """An earlier visit, as far as a report on the later one needs it.

    Attributes
    ----------
    day : date
        Day of the earlier visit.
    document : FindingsDocument
        Its findings.
    days_since_toxin : int or None
        At the earlier visit; None when no treatment is known.
    """

    day: date
    document: FindingsDocument
    days_since_toxin: int | None = None


def mirrored_note_for(mirrored: Mirrored) -> str:
    """Return the sentence on mirroring for a report."""
    return MIRRORED_NOTES[mirrored]


def build_video_report(
    document: FindingsDocument,
    traces: Sequence[Trace],
    pictures: Sequence[PictureStrip] | None,
    *,
    mirrored_note: str,
    review: Review | None = None,
    signed: Signature | None = None,
    case: Case | None = None,
    earlier: EarlierVisit | None = None,
    day: date | None = None,
) -> Document:
    """Return the report on one recording as a document tree.

    Parameters
    ----------
    document : FindingsDocument
        Every result that the report prints comes from here.
    traces : sequence of Trace
        Signals for the timeline.
    pictures : sequence of PictureStrip or None
        Stills of the strongest spasms, strongest first; None leaves them out on request.
    mirrored_note : str
        A sentence on mirroring, such as ``mirrored_note_for(...)`` gives.
    review, signed, case, earlier, day
        What else is known; a report without ``signed`` is a DRAFT.

    Raises
    ------
    IntegrityError
        The document mixes patient's sides and picture sides.

    Examples
    --------
    >>> from hemispasm.model import Provenance, Quality, RecordingRef
    >>> findings = FindingsDocument(
    ...     recording=RecordingRef(kind="video", sha256="0" * 64, duration_s=4.0),
    ...     quality=Quality(grade="not_assessable", analysed_s=0.0,
    ...                     reasons=("no_face: no face was found",)),
    ...     provenance=Provenance(hemispasm="0.1.0"))
    >>> build_video_report(findings, (), None, mirrored_note="Unknown.").summary.text
    'No verdict: this recording cannot be measured. No face was found.'
    """
    ident = "timeline-main"
    sections: list[Section] = [
        record_section(document, day=day, signed=signed),
        timeline_section(document, traces, mirrored_note, ident),
        events_section(document, review, ident),
        pictures_section(document, pictures, mirrored_note, ident),
        distributions_section(document),
        findings_section(document),
        suggestions_section(document, ident),
        quality_section(document, ident),
        change_section(changes_in(document), earlier, day),
    ]
    if review is not None:
        sections.append(review_section(document, review))
    if case is not None:
        sections.append(patient_section(case))
    sections.append(provenance_section(document, mirrored_note))
    return Document(
        title=_title(case, day),
        mark=mark_of(signed),
        banners=banners_of(document, signed, case),
        summary=summary_of(document),
        sections=tuple(sections),
    )


def changes_in(document: FindingsDocument) -> tuple[Finding, ...]:
    """Return the findings of change that the document holds."""
    return tuple(f for f in document.findings if f.code == "video.change")


def record_section(
    document: FindingsDocument, *, day: date | None, signed: Signature | None
) -> Section:
    """Return the section with the paragraph to paste."""
    text = record_text(document, day=day, signed=signed)
    return Section("record", ("Paragraph for the record",), (text,))


def _title(case: Case | None, day: date | None) -> Cell:
    parts: list[Inline] = ["Face video"]
    if case is not None:
        parts += [", case ", Verbatim(case.id, Origin.CASE)]
    if day is not None:
        parts += [", ", Day(day)]
    return tuple(parts)


def mark_of(signed: Signature | None) -> Cell:
    """Return the mark that stands on every printed page."""
    if signed is None:
        return ("DRAFT – not signed",)
    return ("Signed by ", Verbatim(signed.initials, Origin.REVIEW), ", ", Moment(signed.time))


def banners_of(
    document: FindingsDocument, signed: Signature | None, case: Case | None
) -> tuple[Callout, ...]:
    """Return the boxes above the title: simulated, then draft or signed."""
    found: list[Callout] = []
    if document.recording.simulated or (case is not None and case.simulated):
        body = Para("The recording was made by a simulator. It is no evidence about a patient.")
        found.append(Callout("simulated", ("SIMULATED – not a patient",), (body,)))
    if signed is None:
        body = Para("Nobody has reviewed and signed this report. Do not file it as a result.")
        found.append(Callout("draft", ("DRAFT – not signed",), (body,)))
    else:
        said = Para(
            Verbatim(signed.initials, Origin.REVIEW),
            " (",
            Verbatim(signed.role, Origin.REVIEW),
            "), ",
            Moment(signed.time),
            ", for the findings ",
            Identifier(signed.findings_sha256[:12]),
            ".",
        )
        found.append(Callout("signed", ("Signed",), (said,)))
    return tuple(found)
