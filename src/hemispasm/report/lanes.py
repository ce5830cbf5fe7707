"""Which side is which: two lanes, the patient's or, where mirroring is unknown, the picture's.

A wrong side is the worst defect a report can have, so every side that a page prints comes from
here, and a document that mixes the patient's sides with the picture's is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from hemispasm.model import (
    Event,
    EventKind,
    Finding,
    FindingsDocument,
    ImageSide,
    IntegrityError,
    Side,
    Trace,
)

Lane: TypeAlias = Side | ImageSide
PATIENT_LANES: tuple[Lane, Lane] = (Side.LEFT, Side.RIGHT)
PICTURE_LANES: tuple[Lane, Lane] = (ImageSide.IMAGE_LEFT, ImageSide.IMAGE_RIGHT)

NAMES: dict[Lane, str] = {
    Side.LEFT: "patient's left",
    Side.RIGHT: "patient's right",
    Side.BOTH: "both sides",
    ImageSide.IMAGE_LEFT: "side at the left edge of the picture",
    ImageSide.IMAGE_RIGHT: "side at the right edge of the picture",
}
HALVES: dict[Lane, str] = {
    Side.LEFT: "the left half of the face",
    Side.RIGHT: "the right half of the face",
    Side.BOTH: "both halves of the face",
    ImageSide.IMAGE_LEFT: "the half of the face at the left edge of the picture",
    ImageSide.IMAGE_RIGHT: "the half of the face at the right edge of the picture",
}


def side_name(carrier: Event | Finding | Trace, absent: str = "whole face") -> str:
    """Return the words for the side of an event, finding or trace."""
    side = carrier.side or carrier.image_side
    return absent if side is None else NAMES[side]


def mirroring_unknown(document: FindingsDocument) -> bool:
    """Whether the document could not name the patient's side because of mirroring."""
    affected = document.find("video.affected_side")
    reason = (affected.reason or "") if affected else ""
    carriers: tuple[Event | Finding, ...] = (*document.findings, *document.events)
    return reason.startswith("mirroring_unknown") or any(c.image_side for c in carriers)


def lanes_of(document: FindingsDocument, traces: Sequence[Trace] = ()) -> tuple[Lane, Lane]:
    """Return the two lanes, upper first: the patient's left, or the picture's left edge.

    Raises
    ------
    IntegrityError
        Patient's sides and picture's sides stand side by side in one document.
    """
    unknown = mirroring_unknown(document) or any(trace.image_side for trace in traces)
    carriers: Iterable[Event | Finding | Trace] = (*document.findings, *document.events, *traces)
    if unknown and any(c.side in PATIENT_LANES for c in carriers):
        raise IntegrityError(
            "mixed_sides",
            "The findings name patient's sides and picture sides together.",
            "Measure the recording again and say whether its picture is mirrored.",
        )
    return PICTURE_LANES if unknown else PATIENT_LANES


def in_lane(carrier: Event | Trace, lane: Lane) -> bool:
    """Whether an event or trace belongs to a lane; two-sided and unsided ones belong to both."""
    side = carrier.side or carrier.image_side
    return side is None or side is Side.BOTH or side is lane


def spasms_in(document: FindingsDocument, lane: Lane) -> tuple[Event, ...]:
    """Return the spasms of one lane in the order of time."""
    found = [e for e in document.events if e.kind is EventKind.SPASM and in_lane(e, lane)]
    return tuple(sorted(found, key=lambda event: event.start_s))


def find_in(document: FindingsDocument, code: str, lane: Lane) -> Finding | None:
    """Return the finding with this code in one lane."""
    for finding in document.findings:
        if finding.code == code and (finding.side or finding.image_side) is lane:
            return finding
    return None


def rest_spans(document: FindingsDocument) -> tuple[tuple[float, float], ...] | None:
    """Return the spans that rates count events in; None when the findings do not say."""
    for finding in document.findings:
        spans = finding.extra("rest_spans") if finding.code == "video.spasm_rate" else None
        if spans is not None:
            return tuple((float(start), float(end)) for start, end in spans)
    return None


def at_rest(event: Event, spans: tuple[tuple[float, float], ...] | None) -> bool:
    """Whether an event begins in usable rest, where rates and medians count it."""
    return spans is None or any(start <= event.start_s <= end for start, end in spans)


def counted_spasms(document: FindingsDocument, lane: Lane) -> tuple[Event, ...]:
    """Return the spasms of one lane that its findings count: those at rest."""
    spans = rest_spans(document)
    return tuple(event for event in spasms_in(document, lane) if at_rest(event, spans))


def event_numbers(document: FindingsDocument) -> dict[str, int]:
    """Return the running number of every spasm, the same in timeline, table and pictures."""
    spasms = [e for e in document.events if e.kind is EventKind.SPASM]
    ordered = sorted(spasms, key=lambda event: (event.start_s, event.id))
    return {event.id: index for index, event in enumerate(ordered, start=1)}
