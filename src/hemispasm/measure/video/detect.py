"""Events of one recording from its signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.known_side import mark_counted
from hemispasm.measure.video.blinks import Balance, Closure, estimate_balance, find_closures
from hemispasm.measure.video.classify import Label, enough_jerks, label_candidates
from hemispasm.measure.video.faint import with_faint
from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.motion import Motion, extract_motion, rescale_closure
from hemispasm.measure.video.observed import SideKey, side_fields
from hemispasm.measure.video.onesided import (
    Candidate,
    Evidence,
    find_candidates,
    weigh_evidence,
)
from hemispasm.model import (
    Event,
    EventKind,
    ImageSide,
    Mirrored,
    Region,
    Side,
    TaskMark,
    patient_side,
)

if TYPE_CHECKING:
    from hemispasm.measure.video.facesignals import FaceSignals

IMAGE_SIDES = (ImageSide.IMAGE_LEFT, ImageSide.IMAGE_RIGHT)


@dataclass(frozen=True)
class Detection:
    """Events with the motion and the evidence they were found in."""

    events: tuple[Event, ...]
    motion: Motion
    evidence: Evidence
    balance: Balance
    closure_scale: tuple[float, float] | None


def detect_events(
    signals: FaceSignals,
    mirrored: Mirrored,
    tasks: tuple[TaskMark, ...] = (),
    told_side: Side | None = None,
) -> Detection:
    """Find spasms, blinks, forced closures, voluntary movement and synkinesis.

    Parameters
    ----------
    signals : FaceSignals
        Tracked signals.
    mirrored : Mirrored
        Whether the picture is flipped; unknown leaves events with picture sides.
    tasks : tuple of TaskMark
        Cued tasks.
    told_side : Side, optional
        The side that this or other recordings name: fainter movements of it count, and those that
        count only for this are flagged. Without effect while mirroring is unknown.

    Returns
    -------
    Detection
        Events in order of time.
    """
    motion = extract_motion(signals)
    closures = find_closures(motion)
    seen_s = observed_s(motion)
    balance = estimate_balance(closures, seen_s)
    motion = rescale_closure(motion, balance.plain_depth, balance.depth)
    found = _look(motion, balance, closures, tasks, None)
    known = _known_side(found.candidates, found.labels)
    if known is not None:
        found = _look(motion, balance, closures, tasks, known)
    scale = calibrate_closure(motion, tasks)
    keys = column_keys(mirrored)
    events = _events(found, closures, balance, keys, scale)

    def told_events(column: int, enough: float) -> tuple[_Look, list[Event]]:
        look = _look(motion, balance, closures, tasks, column, enough)
        return look, _events(look, closures, balance, keys, scale)

    enough = enough_jerks(seen_s)
    if not any(event.kind is EventKind.SPASM for event in events):
        firm, loose = ([told_events(k, n)[1] for k in (0, 1)] for n in (enough, 0.0))
        events = with_faint(events, keys, firm, loose)
    if told_side is not None and told_side in keys:
        found, told = told_events(keys.index(told_side), enough)
        events = list(mark_counted(told, events, told_side))
    return Detection(tuple(events), motion, found.evidence, balance, scale)


def observed_s(motion: Motion) -> float:
    """Return how long the face was seen."""
    return float(motion.valid.sum() / motion.frame_rate_hz) if motion.frame_rate_hz else 0.0


@dataclass(frozen=True)
class _Look:
    evidence: Evidence
    candidates: list[Candidate]
    labels: list[Label | None]


def _look(
    motion: Motion,
    balance: Balance,
    closures: list[Closure],
    tasks: tuple[TaskMark, ...],
    known: int | None,
    enough: float | None = None,
) -> _Look:
    """Find and label one-sided motion; a side that was told (``enough``) answers more."""
    told = enough is not None
    evidence = weigh_evidence(motion, balance, closures, known, told)
    candidates = find_candidates(motion, evidence, told=told)
    side = known if told else None
    labels = label_candidates(candidates, closures, balance, tasks, side, enough or 0.0)
    return _Look(evidence, candidates, labels)


def _events(
    found: _Look,
    closures: list[Closure],
    balance: Balance,
    keys: tuple[SideKey, SideKey],
    scale: tuple[float, float] | None,
) -> list[Event]:
    labelled = [
        (c, label)
        for c, label in zip(found.candidates, found.labels, strict=True)
        if label is not None
    ]
    events = [_event(c, label, keys[c.column], scale) for c, label in labelled]
    taken = [c.span for c, label in labelled if label.kind is EventKind.SPASM]
    for closure in closures:
        covered = sum(closure.span.overlap_s(s) for s in taken)
        if covered <= 0.5 * closure.span.duration_s:
            event = _closure_event(closure, balance, keys)
            if event is not None:
                events.append(event)
    return sorted(events, key=lambda e: (e.start_s, e.end_s, e.id))


def _known_side(candidates: list[Candidate], labels: list[Label | None]) -> int | None:
    """Return the column that alone shows several clear spasms, None when there is no such."""
    clear = [0, 0]
    for c, label in zip(candidates, labels, strict=True):
        if label is not None and label.kind is EventKind.SPASM:
            clear[c.column] += 1
    for column in (0, 1):
        if clear[column] >= event_limit("known_side_events") and clear[1 - column] == 0:
            return column
    return None


def column_keys(mirrored: Mirrored) -> tuple[SideKey, SideKey]:
    """Return the side that the picture's left and right half belong to.

    Examples
    --------
    >>> [str(k) for k in column_keys(Mirrored.NO)]
    ['right', 'left']
    """
    known = [patient_side(side, mirrored) for side in IMAGE_SIDES]
    if known[0] is None or known[1] is None:
        return IMAGE_SIDES
    return known[0], known[1]


def calibrate_closure(motion: Motion, tasks: tuple[TaskMark, ...]) -> tuple[float, float] | None:
    """Return what each eye's closure reads when the patient closes gently, or None.

    Notes
    -----
    The gentle-closure task defines 100 %: a face mesh reads a shut eye as anything between 0.6
    and 1.0, depending on the face. An eye that closes far less than the other on request, as after
    toxin, does not say what shut is: it takes the other's scale, so that visits compare.
    """
    peaks = []
    for task in tasks:
        if task.task != "gentle_closure":
            continue
        inside = (motion.time_s >= task.start_s) & (motion.time_s <= task.end_s) & motion.valid
        if inside.sum() >= 5:
            peaks.append(np.percentile(motion.closure[inside], 90, axis=0))
    if not peaks:
        return None
    scale = np.median(np.array(peaks), axis=0)
    if scale.max() < event_limit("calibration_min"):
        return None
    shut = scale >= event_limit("calibration_share") * scale.max()
    left, right = np.where(shut, scale, scale.max())
    return float(left), float(right)


def _event(c: Candidate, label: Label, key: SideKey, scale: tuple[float, float] | None) -> Event:
    flags = list(label.flags)
    closure = c.closure
    if scale is not None:
        closure = min(1.0, closure / scale[c.column])
        flags.append("calibrated")
    measures: dict[str, float] = {
        "peak_closure": closure,
        "other_closure": c.other_closure,
        "strength": c.strength,
        "peak_s": c.peak_s,
        "rise_ms": 1000 * c.rise_s,
    }
    region = _regions(c)
    if Region.MOUTH in region:
        measures["mouth_excursion_iod"] = c.mouth_iod
        flags.append(f"mouth:{_mouth_direction(c)}")
    if c.lag_s is not None:
        measures["upper_lower_lag_ms"] = 1000 * c.lag_s
    if c.form.frequency_hz is not None:
        measures["frequency_hz"] = c.form.frequency_hz
    if c.brow_lift_iod is not None:
        measures["brow_lift_iod"] = c.brow_lift_iod
        flags.append("brow_assessable")
        if c.brow_lift_iod > event_limit("babinski_lift_iod"):
            flags.append("other_babinski")
    sides: dict[str, Any] = side_fields(key)
    return Event(
        id=f"{label.kind}-{key}-{round(c.span.start_s * 1000):07d}",
        kind=label.kind,
        start_s=round(c.span.start_s, 4),
        end_s=round(c.span.end_s, 4),
        pattern=c.form.pattern if label.kind is EventKind.SPASM else None,
        region=tuple(region),
        confidence=label.confidence,
        measures={k: round(v, 4) for k, v in measures.items()},
        flags=tuple(flags),
        **sides,
    )


def _regions(c: Candidate) -> list[Region]:
    region = []
    if c.eye_strength >= event_limit("eye_present"):
        region.append(Region.EYE)
    if c.brow_lift_iod is not None and c.brow_lift_iod > event_limit("babinski_lift_iod"):
        region.append(Region.BROW)
    if c.cheek_iod > event_limit("cheek_floor_iod"):
        region.append(Region.CHEEK)
    if c.nose_iod > event_limit("nose_floor_iod"):
        region.append(Region.NOSE)
    if c.mouth_strength >= 1:
        region.append(Region.MOUTH)
    return region


def _mouth_direction(c: Candidate) -> str:
    up = c.mouth_iod
    if c.mouth_down_iod > max(up, c.mouth_out_iod):
        return "down"
    return "lateral" if c.mouth_out_iod > 1.5 * up else "up"


def _closure_event(
    closure: Closure, balance: Balance, keys: tuple[SideKey, SideKey]
) -> Event | None:
    """Return a blink or a forced closure; None for a closure of one eye alone."""
    if not balance.explains(closure):
        return None
    if max(closure.peak) < event_limit("closure_on"):
        return None
    kind = EventKind.BLINK if closure.brief else EventKind.FORCED_CLOSURE
    sides: dict[str, Any] = (
        {"side": Side.BOTH} if isinstance(keys[0], Side) else {"side": None, "image_side": None}
    )
    measures = {f"peak_closure_{keys[k]}": round(min(1.0, closure.peak[k]), 4) for k in (0, 1)}
    return Event(
        id=f"{kind}-{round(closure.span.start_s * 1000):07d}",
        kind=kind,
        start_s=round(closure.span.start_s, 4),
        end_s=round(closure.span.end_s, 4),
        region=(Region.EYE,),
        confidence=round(min(0.99, 0.5 + max(closure.peak)), 3),
        measures=measures,
        **sides,
    )
