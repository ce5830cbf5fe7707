"""One face video's signals in, its findings document out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.known_side import COUNTED
from hemispasm.measure.video.detect import Detection, column_keys, detect_events
from hemispasm.measure.video.findings import findings_from_events
from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.observed import (
    Observed,
    events_of,
    observed_of,
    side_keys,
)
from hemispasm.measure.video.quality import GATE_BITS
from hemispasm.measure.video.quality_words import describe_gate, worth_a_warning
from hemispasm.measure.video.resting import findings_from_signals
from hemispasm.measure.video.side import decide_side
from hemispasm.model import (
    Clip,
    Event,
    EventKind,
    Exclusion,
    Finding,
    FindingsDocument,
    Grade,
    Mirrored,
    Provenance,
    Quality,
    RecordingRef,
    Side,
    TaskMark,
    TimeSpan,
    Trace,
    VideoInfo,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals


@dataclass(frozen=True)
class VideoMeasurement:
    """A findings document with the traces it was read from."""

    document: FindingsDocument
    traces: tuple[Trace, ...]


def measure_video(
    signals: FaceSignals,
    info: VideoInfo,
    *,
    mirrored: Mirrored,
    tasks: tuple[TaskMark, ...] = (),
    span: TimeSpan | None = None,
    known_side: Side | None = None,
    notes: tuple[str, ...] = (),
    provenance: Provenance | None = None,
) -> VideoMeasurement:
    """Measure one face video.

    Parameters
    ----------
    signals : FaceSignals
        Tracked signals of the whole recording or of ``span``.
    info : VideoInfo
        What the container says.
    mirrored : Mirrored
        Whether the picture is flipped; unknown makes the side ``uncertain``.
    tasks : tuple of TaskMark
        Cued tasks; empty means that the whole recording is rest.
    span : TimeSpan, optional
        Part of the recording that was analysed.
    known_side : Side, optional
        The side that other recordings of the patient name (earlier videos, EMG). Movements of it
        that a single video leaves open then count as spasms, as they do on a side that this video
        itself names, so that visits are counted alike; the side that it names never rests on
        them. Where it names the other one, the known side has no effect.
    notes : tuple of str
        What the reader noticed (early end, unordered timestamps); passed on as reasons.
    provenance : Provenance, optional
        Versions and assets, from the caller.

    Returns
    -------
    VideoMeasurement
        Always; a recording in which nothing can be measured is ``not_assessable`` with reasons.
    """
    recording = RecordingRef(
        kind="video",
        sha256=info.sha256,
        duration_s=info.duration_s,
        span=span,
        simulated=info.simulated,
    )
    quality = _quality(signals, mirrored, tasks, notes)
    observed = _observe(signals, recording, quality, mirrored, tasks)
    alone = detect_events(signals, mirrored, tasks)
    observed = replace(observed, blink_balance=alone.balance.kind)
    own_side = _own_side(alone.events, observed)
    side = known_side if own_side is None else own_side
    told: dict[str, Any] = {} if known_side is None else {"known_side": str(known_side)}
    detection = alone if side is None else detect_events(signals, mirrored, tasks, side)
    if known_side is not None and _names_other(alone.events, observed, known_side):
        told["known_side_used"] = False
        detection = alone if own_side is None else detection
    events = detection.events if quality.grade is not Grade.NOT_ASSESSABLE else ()
    kept: tuple[Finding, ...] = ()
    if quality.grade is not Grade.NOT_ASSESSABLE:
        kept = findings_from_signals(signals, detection.motion, observed, tasks, mirrored)
    base = provenance or Provenance(hemispasm="unknown")
    settings = {
        **base.settings,
        "mirrored": str(mirrored),
        "verdict_allowed": observed.verdict_allowed,
        "frame_rate_hz": round(observed.frame_rate_hz, 3),
        "blink_balance": detection.balance.kind,
        **told,
    }
    quality = _with_counted(quality, events, side, itself=own_side is not None)
    document = FindingsDocument(
        recording=recording,
        quality=quality,
        findings=findings_from_events(events, observed, kept),
        events=events,
        clips=pick_clips(events, observed),
        provenance=base.model_copy(update={"settings": settings}),
    )
    return VideoMeasurement(document, _traces(detection, signals, mirrored))


def _own_side(events: tuple[Event, ...], observed: Observed) -> Side | None:
    """Return the side that the video names without any knowledge of the patient."""
    value = decide_side(events, observed).value
    return Side(value) if value in ("left", "right") else None


def _names_other(events: tuple[Event, ...], observed: Observed, side: Side) -> bool:
    return decide_side(events, observed).value not in (str(side), "uncertain", "none_seen")


def _with_counted(
    quality: Quality, events: tuple[Event, ...], side: Side | None, *, itself: bool
) -> Quality:
    """Say how many spasms count only because the side was known."""
    counted = sum(COUNTED in e.flags for e in events)
    if not counted:
        return quality
    named = "the other movements in this video name" if itself else "another recording names"
    reason = (
        f"known_side: {counted} movements of the {side} side count as spasms because {named} this"
        " side; by themselves they would be left open"
    )
    return quality.model_copy(update={"reasons": (*quality.reasons, reason)})


def refind(document: FindingsDocument, events: tuple[Event, ...]) -> FindingsDocument:
    """Return the document with other events and the findings that follow from them.

    Parameters
    ----------
    document : FindingsDocument
        The machine's document.
    events : tuple of Event
        Events after a person's review.

    Returns
    -------
    FindingsDocument
        Findings that come from signals alone are kept as they are.
    """
    if document.find("video.spasm_rate") is None:
        return document.model_copy(update={"events": events})
    observed = observed_of(document)
    kept = tuple(f for f in document.findings if f.code in SIGNAL_CODES)
    return document.model_copy(
        update={
            "events": events,
            "findings": findings_from_events(events, observed, kept),
            "clips": pick_clips(events, observed),
        }
    )


SIGNAL_CODES = frozenset(
    {
        "video.eye_closed_fraction",
        "video.resting_aperture_asymmetry",
        "video.resting_mouth_asymmetry",
        "video.incomplete_closure",
    }
)


def pick_clips(events: tuple[Event, ...], observed: Observed, most: int = 3) -> tuple[Clip, ...]:
    """Return the clips that show a reader the strongest spasms, one second around each."""
    spasms = events_of(events, EventKind.SPASM)
    spasms.sort(key=lambda e: -e.confidence * e.measures.get("strength", 0.0))
    chosen = sorted(spasms[:most], key=lambda e: e.start_s)
    last = observed.recording.duration_s or float("inf")
    return tuple(
        Clip(
            start_s=round(max(0.0, e.start_s - 1.0), 3),
            end_s=round(min(last, e.end_s + 1.0), 3),
            why=f"strong {e.pattern} spasm",
            event_id=e.id,
        )
        for e in chosen
    )


def rest_spans(
    signals: FaceSignals, tasks: tuple[TaskMark, ...]
) -> tuple[tuple[float, float], ...]:
    """Return the spans of usable rest: gate passed, outside every cued task but ``rest``."""
    time_s = signals.time_s
    resting = signals.usable & signals.found
    for task in tasks:
        if task.task != "rest":
            resting = resting & ~((time_s >= task.start_s) & (time_s <= task.end_s))
    return _runs(time_s, resting)


def _observe(
    signals: FaceSignals,
    recording: RecordingRef,
    quality: Quality,
    mirrored: Mirrored,
    tasks: tuple[TaskMark, ...],
) -> Observed:
    spans = rest_spans(signals, tasks)
    rest_s = sum(b - a for a, b in spans)
    steps = np.diff(signals.time_s)
    return Observed(
        recording=recording,
        keys=side_keys(mirrored),
        analysed_s=quality.analysed_s,
        rest_s=rest_s,
        rest_spans=spans,
        grade=quality.grade,
        verdict_allowed=rest_s >= event_limit("verdict_rest_s")
        and quality.grade is not Grade.NOT_ASSESSABLE,
        frame_rate_hz=1 / float(np.median(steps)) if steps.size else 0.0,
    )


def _quality(
    signals: FaceSignals, mirrored: Mirrored, tasks: tuple[TaskMark, ...], notes: tuple[str, ...]
) -> Quality:
    gate = describe_gate(signals)
    reasons = [f"{r.code}: {r.sentence}" for r in gate] + list(notes)
    steps = [r.next_step for r in gate]
    reasons += [f"warning: {w}" for w in worth_a_warning(signals)]
    rest_s = sum(b - a for a, b in rest_spans(signals, tasks))
    grade = Grade.MEASURABLE
    needed, least = event_limit("verdict_rest_s"), event_limit("assessable_s")
    analysed_s = _seconds(signals.time_s, signals.usable & signals.found)
    if analysed_s < least:
        grade = Grade.NOT_ASSESSABLE
        reasons.append(f"too_short: {analysed_s:.1f} s usable; {least:.0f} s are the least")
    elif rest_s < needed:
        grade = Grade.LIMITED
        reasons.append(
            f"short_recording: {rest_s:.1f} s of usable rest; a verdict needs {needed:.0f} s"
        )
    if grade is not Grade.MEASURABLE:
        steps.append("Record at least one minute of quiet rest, face to the camera.")
    if mirrored is Mirrored.UNKNOWN:
        reasons.append(
            "mirroring_unknown: nobody said whether the picture is flipped, so sides are those of"
            " the picture and not the patient's"
        )
        steps.append("State it: --mirrored yes for a selfie preview, --mirrored no otherwise.")
    return Quality(
        grade=grade,
        analysed_s=round(analysed_s, 3),
        reasons=tuple(reasons),
        next_steps=tuple(dict.fromkeys(steps)),
        excluded=_exclusions(signals),
    )


def _seconds(time_s: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
    return sum(b - a for a, b in _runs(time_s, chosen))


def _runs(
    time_s: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> tuple[tuple[float, float], ...]:
    """Return the spans (start_s, end_s) of consecutive chosen frames."""
    if time_s.size < 2:
        return ()
    step = float(np.median(np.diff(time_s)))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return tuple((float(time_s[a]), float(time_s[b - 1] + step)) for a, b in edges.reshape(-1, 2))


def _exclusions(signals: FaceSignals) -> tuple[Exclusion, ...]:
    out = ~(signals.usable & signals.found)
    codes = list(GATE_BITS.items())
    spans = []
    for start, end in _runs(signals.time_s, out):
        inside = (signals.time_s >= start) & (signals.time_s < end)
        bits = int(np.bitwise_or.reduce(signals.gate[inside])) if inside.any() else 0
        why = ", ".join(name for name, bit in codes if bits & bit) or "no_face"
        spans.append(Exclusion(start_s=round(start, 3), end_s=round(end, 3), reason=why))
    return tuple(spans)


def _traces(detection: Detection, signals: FaceSignals, mirrored: Mirrored) -> tuple[Trace, ...]:
    traces = []
    motion = detection.motion
    shown = {
        "eye_closure": ("1", motion.closure),
        "mouth_excursion": ("1", motion.mouth),
        "brow_lift": ("1", motion.brow),
        "evidence": ("1", detection.evidence.total),
    }
    for name, (unit, values) in shown.items():
        for column, key in enumerate(column_keys(mirrored)):
            masked = np.where(motion.valid, values[:, column], np.nan)
            known = isinstance(key, Side)
            traces.append(
                Trace(
                    name=name,
                    unit=unit,
                    time_s=motion.time_s,
                    values=masked,
                    side=key if isinstance(key, Side) else None,
                    image_side=None if known else key,  # type: ignore[arg-type]
                )
            )
    return tuple(traces)
