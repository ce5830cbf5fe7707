"""The same patient seen in other ways: flipped, slower, faster, smaller, squeezed."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from hemispasm.measure.video.measure import measure_video
from hemispasm.model import Event, FindingsDocument, Frame, Mirrored, Side
from hemispasm.model.base import Noun
from hemispasm.validate.clips import ClipSpec
from hemispasm.validate.matching import match_events
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hemispasm.validate.plan import View

RATE_TOLERANCE_PER_MIN = 2.0
RATE_TOLERANCE_SHARE = 0.15
TIME_TOLERANCE_POINTS = 5.0

SWAPPED = {"left": "right", "right": "left"}


class ViewOutcome(Noun):
    """What one view of a patient gave."""

    view: str
    side: str | None
    rate_per_min: float
    time_percent: float


class MirrorOutcome(Noun):
    """What flipping a picture changed.

    ``mismatches`` counts sides that did not swap (of the clip, of paired events, of findings when
    only the statement on mirroring is turned round); ``unpaired`` counts events without a partner.
    """

    paired: int
    unpaired: int
    mismatches: int
    onset_shifts_s: tuple[float, ...] = ()


class PatientOutcome(Noun):
    """One patient in every view; the first view is the one that the others are held against."""

    spec: ClipSpec
    views: tuple[ViewOutcome, ...] = ()
    mirror: MirrorOutcome | None = None
    cpu_seconds: dict[str, float] = Field(default_factory=dict)


def swapped_side(side: str | None) -> str | None:
    """Return the other side; both, none_seen and uncertain are their own.

    Examples
    --------
    >>> swapped_side("left"), swapped_side("uncertain")
    ('right', 'uncertain')
    """
    return None if side is None else SWAPPED.get(side, side)


def said_side(document: FindingsDocument) -> str | None:
    """Return the affected side that a document names."""
    finding = document.find("video.affected_side")
    return None if finding is None or finding.value is None else str(finding.value)


def compare_mirrored(plain: FindingsDocument, flipped: FindingsDocument) -> MirrorOutcome:
    """Compare a clip with its mirror image, both measured as not mirrored.

    Every event is paired with the one of the same kind at the same time, whatever its side, and
    the sides of a pair must be swapped.
    """
    shifts, mismatches, unpaired = [], 0, 0
    for kind in sorted({e.kind for e in (*plain.events, *flipped.events)}):
        one = [e for e in plain.events if e.kind is kind]
        other = [e for e in flipped.events if e.kind is kind]
        matching = match_events(one, other)
        unpaired += len(matching.missed) + len(matching.extra)
        for i, j in matching.pairs:
            shifts.append(other[j].start_s - one[i].start_s)
            mismatches += other[j].side != swapped_side(one[i].side)
    mismatches += said_side(flipped) != swapped_side(said_side(plain))
    return MirrorOutcome(
        paired=len(shifts),
        unpaired=unpaired,
        mismatches=mismatches,
        onset_shifts_s=tuple(round(s, 6) for s in shifts),
    )


def count_stated_mismatches(plain: FindingsDocument, stated: FindingsDocument) -> int:
    """Count what did not swap, or changed, when only ``mirrored`` was stated the other way."""

    def event_key(event: Event, swap: bool) -> tuple[str, ...]:
        side = swapped_side(event.side) if swap else event.side
        return (str(event.kind), str(side), f"{event.start_s}", f"{event.end_s}")

    def values(document: FindingsDocument, swap: bool) -> dict[tuple[str, str], str]:
        found = {}
        for f in document.findings:
            side = swapped_side(f.side) if swap else f.side
            value = swapped_side(f.value) if swap and isinstance(f.value, str) else f.value
            found[(f.code, str(side))] = str(value)
        return found

    one = sorted(event_key(e, swap=True) for e in plain.events)
    other = sorted(event_key(e, swap=False) for e in stated.events)
    before, after = values(plain, swap=True), values(stated, swap=False)
    differing = sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())
    return len(set(one) ^ set(other)) + differing


def flipped_frames(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Return the frames with left and right exchanged."""
    for frame in frames:
        yield Frame(t_s=frame.t_s, rgb=np.ascontiguousarray(frame.rgb[:, ::-1]))


def reviewed_frames(frames: Iterable[Frame], view: View, source_rate_hz: float) -> Iterator[Frame]:
    """Return the frames as a slower, smaller camera would have taken them."""
    import cv2

    step = max(1, round(source_rate_hz / view.frame_rate_hz))
    for number, frame in enumerate(frames):
        if number % step:
            continue
        rgb = frame.rgb
        if rgb.shape[:2] != (view.height, view.width):
            size = (view.width, view.height)
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        yield Frame(t_s=frame.t_s, rgb=rgb)


def outcome_of(name: str, document: FindingsDocument, side: Side) -> ViewOutcome:
    """Return rate and time in spasm of the affected side; nothing reported is 0."""

    def number(code: str) -> float:
        finding = document.find(code, side)
        value = None if finding is None else finding.value
        return float(value) if isinstance(value, float | int) else 0.0

    return ViewOutcome(
        view=name,
        side=said_side(document),
        rate_per_min=number("video.spasm_rate"),
        time_percent=100 * number("video.spasm_time_fraction"),
    )


def run_patient(spec: ClipSpec, views: dict[str, View]) -> PatientOutcome:
    """Render one patient once, then measure every view and the mirror image of the first."""
    from hemispasm.formats.video import probe_video, read_frames
    from hemispasm.formats.video_write import write_video
    from hemispasm.validate.running import render_spec, signals_of

    began = time.process_time()
    outcomes, mirror = [], None
    with TemporaryDirectory(prefix="hemispasm-invariance-") as scratch:
        master = Path(scratch) / "master.mp4"
        truth = render_spec(spec, master)
        side = Side.LEFT if truth.affected_side == "left" else Side.RIGHT
        for name, view in views.items():
            path = Path(scratch) / f"{name}.mp4"
            frames = reviewed_frames(read_frames(master), view, spec.frame_rate_hz)
            write_video(path, frames, frame_rate_hz=view.frame_rate_hz, crf=view.crf)
            signals, info = signals_of(path), probe_video(path)
            plain = measure_video(signals, info, mirrored=Mirrored.NO).document
            outcomes.append(outcome_of(name, plain, side))
            if mirror is None:
                stated = measure_video(signals, info, mirrored=Mirrored.YES).document
                turned = signals_of(path, flipped_frames(read_frames(path)))
                flipped = measure_video(turned, info, mirrored=Mirrored.NO).document
                mirror = compare_mirrored(plain, flipped)
                wrong = mirror.mismatches + count_stated_mismatches(plain, stated)
                mirror = mirror.model_copy(update={"mismatches": wrong})
    cpu = {"all": round(time.process_time() - began, 2)}
    return PatientOutcome(spec=spec, views=tuple(outcomes), mirror=mirror, cpu_seconds=cpu)


def differences(
    patients: Sequence[PatientOutcome], value: Callable[[ViewOutcome], float]
) -> list[tuple[float, float]]:
    """Return (reference, view minus reference) for every view but the first of every patient."""
    return [
        (value(p.views[0]), value(view) - value(p.views[0]))
        for p in patients
        for view in p.views[1:]
    ]


def invariance_scores(patients: Sequence[PatientOutcome]) -> list[Score]:
    """Return the shares of differences inside the tolerances, and their 95 % limits."""
    from hemispasm.stats import wilson_interval

    rates = differences(patients, lambda view: view.rate_per_min)
    times = differences(patients, lambda view: view.time_percent)
    inside = {
        "invariance_rate": sum(
            abs(d) <= max(RATE_TOLERANCE_PER_MIN, RATE_TOLERANCE_SHARE * base) for base, d in rates
        ),
        "invariance_time": sum(abs(d) <= TIME_TOLERANCE_POINTS for _, d in times),
    }
    scores = [
        Score(
            key=key,
            value=count / len(rates) if rates else None,
            interval=wilson_interval(count, len(rates)).pair,
            n=len(rates),
            of=f"views of {len(patients)} patients",
        )
        for key, count in inside.items()
    ]
    for key, pairs, unit in (("rate", rates, "/min"), ("time", times, "%")):
        ends = np.percentile([d for _, d in pairs], [2.5, 97.5]) if pairs else (None, None)
        for name, end in zip(("low", "high"), ends, strict=True):
            value = None if end is None else float(end)
            key_end = f"invariance_{key}_limit_{name}"
            scores.append(Score(key=key_end, value=value, unit=unit, n=len(pairs), of="views"))
    return scores + mirror_scores([p.mirror for p in patients if p.mirror is not None])


def mirror_scores(outcomes: Sequence[MirrorOutcome]) -> list[Score]:
    """Return how many sides did not swap, and how far onsets moved (95th percentile, ms)."""
    shifts = [abs(s) for outcome in outcomes for s in outcome.onset_shifts_s]
    unpaired = sum(o.unpaired for o in outcomes)
    total = 2 * sum(o.paired for o in outcomes) + unpaired
    return [
        Score(
            key="mirror_side_mismatch", unit="{count}", n=len(outcomes), of="mirrored clips",
            value=float(sum(o.mismatches for o in outcomes)) if outcomes else None,
        ),
        Score(
            key="mirror_onset_shift", unit="ms", n=len(shifts), of="paired events",
            value=1000 * float(np.percentile(shifts, 95)) if shifts else None,
            note="95th percentile",
        ),
        Score(
            key="mirror_unpaired_share", n=unpaired, of=f"unpaired of {total} events",
            value=unpaired / total if total else None,
        ),
    ]  # fmt: skip
