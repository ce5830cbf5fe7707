"""The summary sentence and the paragraph to paste into a record."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from hemispasm.model import (
    Finding,
    FindingsDocument,
    Grade,
    Side,
    Signature,
)
from hemispasm.report.document import (
    FOOTER,
    Count,
    Day,
    Identifier,
    Inline,
    Moment,
    Number,
    Origin,
    Para,
    RecordText,
    Verbatim,
)
from hemispasm.report.lanes import (
    HALVES,
    NAMES,
    PATIENT_LANES,
    Lane,
    counted_spasms,
    find_in,
    lanes_of,
    mirroring_unknown,
    spasms_in,
)
from hemispasm.report.number import number_of, seconds_by
from hemispasm.report.words import GRADES, PATTERNS, sentence_of

Parts = list[Inline]
NO_SIDE = (
    "Which side of the patient this is cannot be said: nobody has said whether the picture is"
    " mirrored."
)


def analysed(document: FindingsDocument) -> Number:
    """Return the analysed seconds."""
    return seconds_by("quality.analysed", document.quality.analysed_s)


def lanes_with_spasm(document: FindingsDocument) -> tuple[Lane, ...]:
    """Return the lanes to name: those of the verdict, or those where spasms were counted."""
    lanes = lanes_of(document)
    affected = document.find("video.affected_side")
    if lanes == PATIENT_LANES and affected is not None:
        if affected.value == Side.BOTH:
            return lanes
        if affected.value in (Side.LEFT, Side.RIGHT):
            return (Side(str(affected.value)),)
        if affected.value == "none_seen":
            return ()
    return tuple(lane for lane in lanes if spasms_in(document, lane))


def rate_parts(document: FindingsDocument, lane: Lane) -> Parts:
    """Return ``N /min (interval), share of the time (interval)`` of one lane."""
    parts: Parts = []
    rate = find_in(document, "video.spasm_rate", lane)
    share = find_in(document, "video.spasm_time_fraction", lane)
    if rate is not None:
        parts.append(number_of(rate))
    if share is not None and not (rate is not None and number_of(rate).is_zero):
        parts += [", " if parts else "", replace(number_of(share), of="of the time")]
    return parts or ["rate not assessable"]


def summary_of(document: FindingsDocument) -> Para:
    """Return the one sentence that stands on top of the report."""
    grade = document.quality.grade
    affected = document.find("video.affected_side")
    if grade is Grade.NOT_ASSESSABLE:
        return Para("No verdict: this recording cannot be measured. ", *_reasons(document))
    if affected is not None and affected.value == "none_seen":
        return Para(*_none_seen(document), *_limited(document))
    lanes = lanes_with_spasm(document)
    if mirroring_unknown(document):
        doubt = affected is not None and affected.reason not in (None, "mirroring_unknown")
        if not lanes and doubt:
            return Para(*_uncertain(document, affected, lanes), " ", NO_SIDE)
        if not lanes:
            return Para(*_none_seen(document), *_limited(document))
        return Para(*_seen(document, lanes), " ", NO_SIDE, *_limited(document))
    if affected is None or affected.value is None or affected.value == "uncertain":
        return Para(*_uncertain(document, affected, lanes))
    return Para(*_seen(document, lanes), *_limited(document))


def _seen(document: FindingsDocument, lanes: tuple[Lane, ...]) -> Parts:
    parts: Parts = []
    for lane in lanes:
        lead = "Spasms of " if not parts else " Spasms of "
        parts += [lead, HALVES[lane], " were seen: ", *rate_parts(document, lane), "."]
    return parts


def _none_seen(document: FindingsDocument) -> Parts:
    parts: Parts = ["No spasm was seen in ", analysed(document), " of usable rest"]
    limits = [
        (lane, number_of(found))
        for lane in lanes_of(document)
        if (found := find_in(document, "video.spasm_rate", lane)) is not None and found.interval
    ]
    if not limits:
        return [*parts, "."]
    parts.append("; up to ")
    for index, (lane, number) in enumerate(limits):
        upper = Number(number.interval[1] if number.interval else None, "/min", number.source)
        parts += [" and " if index else "", upper, " on the ", NAMES[lane]]
    parts += [" could have been missed"]
    first = limits[0][1]
    if first.level is not None:
        parts += [" (", Number(first.level * 100, "%", first.source), " interval)"]
    return [*parts, "."]


def _uncertain(
    document: FindingsDocument, affected: Finding | None, lanes: tuple[Lane, ...]
) -> Parts:
    parts: Parts = ["No verdict: the evidence does not decide which side is affected."]
    if affected is not None and affected.reason:
        parts += [" ", Verbatim(sentence_of(affected.reason).rstrip("."), Origin.FINDING), "."]
    for lane in lanes:
        parts += [" Events on the ", NAMES[lane], ": ", *rate_parts(document, lane), "."]
    return parts


def _limited(document: FindingsDocument) -> Parts:
    if document.quality.grade is not Grade.LIMITED:
        return []
    return [" This recording is limited, so this is no verdict. ", *_reasons(document)]


def _reasons(document: FindingsDocument) -> Parts:
    said = [sentence_of(reason).rstrip(".") for reason in document.quality.reasons]
    return [Verbatim(". ".join(said), Origin.QUALITY), "."] if said else []


def record_text(
    document: FindingsDocument,
    *,
    day: date | None,
    signed: Signature | None,
    ident: str = "record-text",
) -> RecordText:
    """Return the paragraph to paste into a record, complete in itself."""
    opening: Parts = ["Face video"]
    if document.recording.simulated:
        opening = ["SIMULATED face video (no patient)"]
    if day is not None:
        opening += [" of ", Day(day)]
    opening += [", ", analysed(document), " analysed"]
    if document.recording.duration_s is not None:
        opening += [
            " of ",
            seconds_by("recording.duration", document.recording.duration_s),
        ]
    opening += [", quality ", GRADES[document.quality.grade], ". "]
    body = Para(
        *opening,
        *summary_of(document).parts,
        *_details(document),
        *_other_side(document),
        *_blinks(document),
        *_excluded(document),
    )
    return RecordText(ident, (body, Para(*_closing(document, signed))))


def _details(document: FindingsDocument) -> Parts:
    if document.quality.grade is Grade.NOT_ASSESSABLE:
        return []
    parts: Parts = []
    for lane in lanes_with_spasm(document):
        spasms = counted_spasms(document, lane)
        if not spasms:
            continue
        parts += [" On the ", NAMES[lane], ": ", Count(len(spasms), "spasm", "spasms")]
        kinds = Counter(spasm.pattern for spasm in spasms if spasm.pattern)
        named = [Count(kinds[p], word, word) for p, word in PATTERNS.items() if kinds[p]]
        if named:
            parts += [" (", *_listed(list(named)), ")"]
        for code, lead in (
            ("video.spasm_duration", ", median duration "),
            ("video.spasm_closure", ", median peak eye closure "),
            ("video.lower_face_fraction", ", reaching the lower face in "),
            ("video.other_babinski_fraction", ", other Babinski sign in "),
        ):
            found = find_in(document, code, lane)
            if found is not None and found.value is not None:
                parts += [lead, number_of(found)]
        parts.append(".")
    return parts


def _listed(items: Parts) -> Parts:
    parts: Parts = []
    for index, item in enumerate(items):
        parts += [", " if index else "", item]
    return parts


def _other_side(document: FindingsDocument) -> Parts:
    """Name the unaffected side, with what could have been missed there."""
    named = lanes_with_spasm(document)
    if document.quality.grade is Grade.NOT_ASSESSABLE or not named:
        return []
    parts: Parts = []
    for lane in lanes_of(document):
        rate = find_in(document, "video.spasm_rate", lane)
        if lane not in named and rate is not None:
            parts += [" Spasms on the ", NAMES[lane], ": ", number_of(rate), "."]
    return parts


def _blinks(document: FindingsDocument) -> Parts:
    blinks = document.find("video.blink_rate")
    if blinks is None or blinks.value is None:
        return []
    side = blinks.side or blinks.image_side
    where = f" ({NAMES[side]})" if side is not None and side is not Side.BOTH else ""
    return [f" Blinks{where}: ", number_of(blinks), "."]


def _excluded(document: FindingsDocument) -> Parts:
    spans = document.quality.excluded
    if not spans:
        return []
    seconds = sum(span.end_s - span.start_s for span in spans)
    reasons = dict.fromkeys(sentence_of(span.reason).rstrip(".").lower() for span in spans)
    return [
        " Left out: ",
        seconds_by("quality.excluded", seconds),
        " (",
        Verbatim("; ".join(reasons), Origin.QUALITY),
        ").",
    ]


def _closing(document: FindingsDocument, signed: Signature | None) -> Parts:
    methods = dict.fromkeys(finding.method for finding in document.findings)
    parts: Parts = ["Measured with hemispasm ", Identifier(document.provenance.hemispasm)]
    if methods:
        parts += [", method ", Identifier(", ".join(methods))]
    parts += [
        ", recording ",
        Identifier("SHA-256"),
        " ",
        Identifier(document.recording.sha256[:12]),
    ]
    if signed is None:
        parts.append(". DRAFT, not signed. ")
    else:
        parts += [". Signed by ", Verbatim(signed.initials, Origin.REVIEW), " ("]
        parts += [Verbatim(signed.role, Origin.REVIEW), ") on ", Moment(signed.time), ". "]
    return [*parts, FOOTER]
