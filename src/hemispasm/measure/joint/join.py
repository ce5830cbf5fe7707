"""The public verb: two recordings of one session in, one clock and what both saw out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.joint.agree import (
    compare_spasms,
    judge_sides,
    on_video_clock,
    share_by_chance,
    usable,
)
from hemispasm.measure.joint.align import Refusal, align_onsets
from hemispasm.measure.joint.clock import clock_from_events, measure_lag
from hemispasm.measure.joint.findings import (
    agreement_findings,
    clock_findings,
    events_of_both,
    side_finding,
)
from hemispasm.measure.joint.limits import joint_limit
from hemispasm.measure.joint.onsets import contractions_of_emg, contractions_of_video, onsets_s
from hemispasm.measure.joint.sync import clock_from_marks
from hemispasm.measure.joint.watched import JointResult
from hemispasm.model import FindingsDocument, Grade, Provenance, Quality, RecordingRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.joint.align import Alignment
    from hemispasm.measure.joint.onsets import Contraction
    from hemispasm.measure.joint.watched import JointClock, Watched
    from hemispasm.model import Event, Finding

#: Offsets are tried on so much of a long video; what drifts farther is followed afterwards.
COARSE_S = 600.0
_ORDER = (Grade.NOT_ASSESSABLE, Grade.LIMITED, Grade.MEASURABLE)


def join_recordings(
    video: Watched, emg: Watched, *, provenance: Provenance | None = None, seed: int = 0
) -> JointResult:
    """Put a video and an EMG recording of one session on one clock.

    Parameters
    ----------
    video, emg : Watched
        What was measured in each, and the sync marks that each names.
    provenance : Provenance, optional
        Versions, from the caller.
    seed : int
        Of the draws that tell an alignment from chance.

    Returns
    -------
    JointResult
        Always. Without a mark, and where the events of both do not line up in one way alone, the
        offset is not stated and the document says why: it is never guessed. Sides are compared as
        each recording states them and never exchanged.
    """
    rng = np.random.default_rng([seed, 7])
    frame_s = frame_interval_s(video)
    marks = clock_from_marks(video, emg, frame_s)
    moved = contractions_of_video(video.document)
    fired = contractions_of_emg(emg.document)
    lengths = video.duration_s, emg.duration_s
    seen, heard = onsets_s(moved), onsets_s(fired)
    spasms = _spasm_onsets(moved), _spasm_onsets(fired)
    aligned = _align(seen, heard, lengths, rng)
    by_events = None
    if not isinstance(aligned, Refusal):
        by_events = clock_from_events(seen, heard, spasms, aligned, lengths, frame_s)
    clock, reason = _choose(marks.clock, by_events, aligned)
    notes = marks.notes
    lag = None
    if clock is not None and clock.method == "sync":
        lag = measure_lag(*spasms, clock, frame_s)
    findings: list[Finding] = []
    events: tuple[Event, ...] = ()
    exposure_s = 0.0
    grade = _grade(video, emg, clock, contradicts=marks.contradicts)
    findings += clock_findings(clock, lag, grade, reason)
    if clock is not None:
        agreed, events, exposure_s = _compare(video, emg, clock, moved, fired, grade, rng)
        findings += agreed
    recording = RecordingRef(
        kind="joint",
        sha256=joint_sha256(video.document, emg.document),
        duration_s=video.document.recording.duration_s,
        simulated=video.document.recording.simulated or emg.document.recording.simulated,
    )
    document = FindingsDocument(
        recording=recording,
        quality=Quality(
            grade=grade,
            analysed_s=round(exposure_s, 3),
            reasons=tuple(r for r in (reason, *notes, *_unmeasured(video, emg)) if r),
            next_steps=() if clock is not None and clock.method == "sync" else (NEXT_STEP,),
        ),
        findings=tuple(f.model_copy(update={"recording": recording}) for f in findings),
        events=events,
        provenance=(provenance or Provenance(hemispasm="unknown")).model_copy(
            update={
                "settings": {
                    "seed": float(seed),
                    "video": video.document.recording.sha256,
                    "emg": emg.document.recording.sha256,
                    **_clock_settings(clock),
                }
            }
        ),
    )
    return JointResult(document, clock, lag, notes)


NEXT_STEP = (
    "Let both recorders see a mark: flash a light or clap in view of the camera while a marker is"
    " set in the EMG, three times at the beginning and three times at the end."
)


def joint_sha256(video: FindingsDocument, emg: FindingsDocument) -> str:
    """Return the hash that names the pair: of the two recordings' hashes, video first."""
    both = f"{video.recording.sha256}\n{emg.recording.sha256}\n"
    return hashlib.sha256(both.encode("ascii")).hexdigest()


def frame_interval_s(video: Watched) -> float:
    """Return the time between two frames: from the traces, else from what the file says."""
    steps = [np.median(np.diff(t.time_s)) for t in video.traces if t.time_s.size > 2]
    if steps:
        return float(np.median(steps))
    stated = video.document.provenance.settings.get("frame_rate_hz")
    return 1.0 / float(stated) if stated else 1.0 / 25.0


def _clock_settings(clock: JointClock | None) -> dict[str, float]:
    """Return the clock as the page needs it to draw both recordings over one another."""
    if clock is None:
        return {}
    return {
        "offset_s": round(clock.offset_s, 5),
        "at_s": round(clock.at_s, 3),
        "drift_ppm": round(1e6 * clock.drift, 3),
    }


def _spasm_onsets(found: Sequence[Contraction]) -> tuple[float, ...]:
    return onsets_s([one for one in found if one.name == "spasm"])


def _align(
    seen: Sequence[float],
    heard: Sequence[float],
    lengths: tuple[float, float],
    rng: np.random.Generator,
) -> Alignment | Refusal:
    """Align by the liveliest part of a long video, over which no clock drifts much."""
    if lengths[0] <= COARSE_S:
        return align_onsets(seen, heard, lengths, rng)
    times = np.asarray(seen)
    starts = np.arange(0.0, lengths[0] - COARSE_S + 60.0, 60.0)
    counts = [int(((times >= a) & (times < a + COARSE_S)).sum()) for a in starts]
    begin = float(starts[int(np.argmax(counts))])
    part = times[(times >= begin) & (times < begin + COARSE_S)] - begin
    found = align_onsets(part, heard, (COARSE_S, lengths[1]), rng)
    if isinstance(found, Refusal):
        return found
    return type(found)(found.shift_s - begin, found.score, found.second, found.p)


def _choose(
    by_marks: JointClock | None, by_events: JointClock | None, aligned: Alignment | Refusal
) -> tuple[JointClock | None, str | None]:
    """Return the clock to believe, or why there is none."""
    if by_marks is not None and by_events is not None:
        apart = abs(by_events.emg_time(by_marks.at_s) - by_marks.at_s - by_marks.offset_s)
        if apart > joint_limit("sync.against_events_s"):
            return None, (
                f"sync_against_events: the marks place the clocks {apart:.1f} s from where spasms"
                " and blinks line up; either the marks or the recordings do not belong together"
            )
    if by_marks is not None:
        return by_marks, None
    if by_events is not None:
        return by_events, None
    if isinstance(aligned, Refusal):
        return None, aligned.reason
    return None, (
        "few_matched: too few of the events of both recordings line up, so they may not show the"
        " same minutes"
    )


def _unmeasured(video: Watched, emg: Watched) -> tuple[str, ...]:
    """Return which of the recordings cannot be measured itself."""
    return tuple(
        f"{name}_not_assessable: the {shown} itself cannot be measured"
        for name, shown, watched in (("video", "video", video), ("emg", "EMG recording", emg))
        if watched.document.quality.grade is Grade.NOT_ASSESSABLE
    )


def _grade(video: Watched, emg: Watched, clock: JointClock | None, *, contradicts: bool) -> Grade:
    if clock is None:
        return Grade.NOT_ASSESSABLE
    grades = [video.document.quality.grade, emg.document.quality.grade]
    if contradicts:
        grades.append(Grade.LIMITED)
    worst = min(grades, key=_ORDER.index)
    return worst


def _compare(
    video: Watched,
    emg: Watched,
    clock: JointClock,
    moved: Sequence[Contraction],
    fired: Sequence[Contraction],
    grade: Grade,
    rng: np.random.Generator,
) -> tuple[list[Finding], tuple[Event, ...], float]:
    """Return findings and events of agreement, and the seconds that both show."""
    shared = (
        max(0.0, clock.video_time(0.0)),
        min(video.duration_s, clock.video_time(emg.duration_s)),
    )
    left_out = [(e.start_s, e.end_s) for e in video.document.quality.excluded]
    left_out += [
        (clock.video_time(e.start_s), clock.video_time(e.end_s))
        for e in emg.document.quality.excluded
    ]
    exposure_s = shared_seconds(shared, left_out)
    seen = usable(moved, shared, left_out)
    heard = usable(on_video_clock(fired, clock), shared, left_out)
    verdict = judge_sides(seen, heard)
    by_side = verdict.value in ("agree", "undecided")
    spasms = compare_spasms(seen, heard, by_side=by_side)
    chance = 0.0
    if exposure_s >= joint_limit("match.least_s"):
        chance = share_by_chance(seen, heard, shared, rng, by_side=by_side)
    findings = [
        side_finding(verdict, grade),
        *agreement_findings(spasms, verdict, exposure_s, chance, grade),
    ]
    return findings, events_of_both(spasms, verdict), max(exposure_s, 0.0)


def shared_seconds(shared: tuple[float, float], left_out: Sequence[tuple[float, float]]) -> float:
    """Return the seconds of a span that none of others covers.

    Examples
    --------
    >>> shared_seconds((0.0, 10.0), [(2.0, 4.0), (3.0, 5.0), (9.0, 20.0)])
    6.0
    """
    total, at = 0.0, shared[0]
    for start, end in sorted(left_out):
        start, end = max(start, at), min(end, shared[1])
        if end > start:
            total += start - at
            at = end
    return max(total + shared[1] - at, 0.0)
