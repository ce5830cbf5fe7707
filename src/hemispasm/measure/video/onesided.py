"""One-sided motion: where it is, and everything that helps to say what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import maximum_filter1d

from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.motion import beyond_other, brief_part, noise_level
from hemispasm.measure.video.patterns import Form, classify_form
from hemispasm.measure.video.spans import Span, find_spans, refine_span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.blinks import Balance, Closure
    from hemispasm.measure.video.motion import Array, Motion


@dataclass(frozen=True)
class Evidence:
    """How much each half-face moves alone, in units of its own thresholds.

    ``total`` is the root sum of squares of ``eye``, ``mouth`` and ``cheek``, each (n, 2).
    """

    eye: Array
    mouth: Array
    cheek: Array
    total: Array
    eye_unit: tuple[float, float]
    mouth_unit: tuple[float, float]


@dataclass(frozen=True)
class Candidate:
    """One-sided motion of one half-face with its features.

    Lengths are in IOD, closures fractions of the lid gap, ``column`` 0 is image left.
    ``brow_lift_iod`` is None where the brow could not be read.
    """

    column: int
    span: Span
    strength: float
    peak_s: float
    closure: float
    other_closure: float
    mouth_iod: float
    mouth_down_iod: float
    mouth_out_iod: float
    cheek_iod: float
    nose_iod: float
    mouth_shared_iod: float
    brow_lift_iod: float | None
    eye_strength: float
    mouth_strength: float
    rise_s: float
    lag_s: float | None
    form: Form


def weigh_evidence(
    motion: Motion,
    balance: Balance,
    closures: list[Closure] | None = None,
    known_side: int | None = None,
    lower_face: bool = False,
) -> Evidence:
    """Express one-sided motion in threshold units.

    Parameters
    ----------
    motion : Motion
        Motion per half-face.
    balance : Balance
        How the eyes share a blink.
    closures : list of Closure, optional
        Lid closures; where a weak side makes blinks uneven, the eyes say nothing during them.
    known_side : int, optional
        Column that is already known to have spasms: smaller closures of it count.
    lower_face : bool
        It is known by other movements or recordings, so that smaller movements of its mouth and
        cheek count as well.

    Returns
    -------
    Evidence
        1 means "as large as the smallest motion that counts". Mouth and cheek are muted around
        closures of both eyes, where the mesh lets lid motion leak into them.
    """
    eye = 0.5 * (
        beyond_other(motion.plain, balance.plain_gain) + beyond_other(motion.closure, balance.gain)
    )
    quiet = motion.valid & (motion.plain.max(axis=1) < event_limit("quiet_closure"))
    noise = event_limit("noise_units")

    def unit(floor: str, values: Array) -> float:
        return max(event_limit(floor), noise * noise_level(values, quiet))

    smaller = [event_limit("known_side_factor") if k == known_side else 1.0 for k in (0, 1)]
    left, right = (unit("eye_floor", motion.plain[:, k]) * smaller[k] for k in (0, 1))
    eye_unit = (left, right)
    mouth_unit = unit("mouth_floor_iod", motion.mouth[:, 0])
    cheek_unit = unit("cheek_floor_iod", motion.cheek[:, 0])
    both = motion.plain.min(axis=1) > event_limit("both_closed")
    muted = maximum_filter1d(both.astype(np.int8), 5, mode="nearest").astype(bool)
    loud = np.where(muted | ~motion.valid, 0.0, 1.0)[:, None]
    eye = eye / np.array(eye_unit)
    if balance.kind in ("weak_side", "one_eye"):
        tail = event_limit("blink_tail_s")
        eye[_explained_frames(motion, balance, closures or [], tail)] = 0.0
    mouth = np.clip(motion.mouth, 0, None) / mouth_unit * loud
    lift = np.clip(motion.cheek, 0, None) / cheek_unit * loud
    if lower_face and known_side is not None:
        # A weak eye hardly takes part in a blink, which leaks into mouth and cheek all the same.
        blinking = _explained_frames(motion, balance, closures or [], 0.05)
        _add_jerks(motion, quiet, known_side, mouth, lift, loud[:, 0] * ~blinking)
    total = np.sqrt(eye**2 + mouth**2 + lift**2) * motion.valid[:, None]
    return Evidence(eye, mouth, lift, total, eye_unit, (mouth_unit, mouth_unit))


def _add_jerks(
    motion: Motion,
    quiet: NDArray[np.bool_],
    column: int,
    mouth: Array,
    lift: Array,
    loud: Array,
) -> None:
    """Let quick movements of a known side's lower face count by their own, smaller noise.

    A mouth corner is pulled up, aside or down. Seen against the other one, a pull down on the left
    is a lift on the right: the side that itself moves more is the one that is pulled. A turn of the
    head moves both alike in opposite senses, and a smile in the same; neither is a pull.
    """
    noise, most = event_limit("jerk_noise_units"), event_limit("jerk_other_share")

    def evidence(each: Array, floor: str) -> Array:
        own = brief_part(each[:, column], motion.frame_rate_hz)
        other = brief_part(each[:, 1 - column], motion.frame_rate_hz)
        unit = max(event_limit(floor), noise * noise_level(own - other, quiet))
        own, other = np.abs(own), np.abs(other)
        return np.asarray(np.where(other <= most * own, own - other, 0.0) / unit * loud)

    for each in (motion.mouth_each, motion.out_each, motion.up_each):
        mouth[:, column] = np.maximum(mouth[:, column], evidence(each, "jerk_mouth_iod"))
    for each in (motion.cheek_each, motion.ala_each):
        lift[:, column] = np.maximum(lift[:, column], evidence(each, "jerk_cheek_iod"))


def _explained_frames(
    motion: Motion, balance: Balance, closures: list[Closure], tail: float
) -> NDArray[np.bool_]:
    explained = np.zeros(motion.time_s.size, dtype=bool)
    for closure in closures:
        if closure.brief and balance.explains(closure):
            span = closure.span
            explained |= (motion.time_s >= span.start_s - 0.05) & (
                motion.time_s <= span.end_s + tail
            )
    return explained


def find_candidates(motion: Motion, evidence: Evidence, *, told: bool = False) -> list[Candidate]:
    """Return one-sided motion in order of time; overlapping sides keep the stronger.

    ``told``: evidence of a known side, whose unit is nearer to its noise, ends sooner.
    """
    found: list[Candidate] = []
    hidden = motion.plain.min(axis=1) > event_limit("both_closed")
    edges = (event_limit("start_share"), event_limit("end_share"))
    for column in (0, 1):
        level = evidence.total[:, column]
        spans = find_spans(
            motion.time_s,
            level,
            event_limit("event_on"),
            event_limit("jerk_off" if told else "event_off"),
            event_limit("event_merge_s"),
            hidden,
        )
        for first, last in spans:
            span = refine_span(
                motion.time_s,
                level,
                first,
                last,
                edges,
                event_limit("edge_reach_s"),
                event_limit("edge_least"),
            )
            if span.duration_s >= event_limit("event_min_s"):
                found.append(_describe(motion, evidence, column, span))
    return sorted(_keep_stronger(found), key=lambda c: c.span.start_s)


def _describe(motion: Motion, evidence: Evidence, column: int, span: Span) -> Candidate:
    frames = span.frames
    total = evidence.total[frames, column]
    eye, mouth = evidence.eye[frames, column], evidence.mouth[frames, column]
    time_s = motion.time_s[frames]

    def top(values: Array) -> float:
        return float(values[frames, column].max())

    return Candidate(
        column=column,
        span=span,
        strength=float(total.max()),
        peak_s=float(time_s[int(np.argmax(total))]),
        closure=float(min(1.0, motion.closure[frames, column].max())),
        other_closure=_other_at_peak(motion.closure[frames, 1 - column], eye),
        mouth_iod=top(motion.mouth),
        mouth_down_iod=top(motion.mouth_down),
        mouth_out_iod=top(motion.mouth_out),
        cheek_iod=top(motion.cheek),
        nose_iod=top(motion.nose),
        mouth_shared_iod=float(motion.mouth_shared[frames].max()),
        brow_lift_iod=_brow_lift(motion, column, span),
        eye_strength=float(eye.max()),
        mouth_strength=float(mouth.max()),
        rise_s=_rise(time_s, eye if eye.max() >= mouth.max() else mouth),
        lag_s=_lag(time_s, eye, mouth),
        form=classify_form(time_s, total),
    )


def _other_at_peak(other_closure: Array, eye: Array) -> float:
    """Return the other eye's closure where this one moves most alone, not where both blink."""
    held = eye >= 0.7 * eye.max()
    return float(np.clip(np.median(other_closure[held]), 0, 1))


def _brow_lift(motion: Motion, column: int, span: Span) -> float | None:
    """Brow height while the eye is closed, minus just before; own side minus other side."""
    frames = span.frames
    closed = motion.closure[frames, column]
    if closed.size == 0 or closed.max() < event_limit("babinski_min_closure"):
        return None
    held = closed >= 0.6 * closed.max()
    own = motion.brow[frames, column][held] - motion.brow[frames, 1 - column][held]
    before = slice(max(0, span.first - round(0.4 * motion.frame_rate_hz)), max(1, span.first - 1))
    rest = motion.brow[before, column] - motion.brow[before, 1 - column]
    if rest.size == 0:
        return None
    return float(np.median(own) - np.median(rest))


def _rise(time_s: Array, level: Array) -> float:
    """Seconds from 20 to 80 % of the largest peak's first ascent."""
    top = float(level.max())
    if top <= 0:
        return 0.0
    high = int(np.argmax(level >= 0.8 * top))
    low_frames = np.flatnonzero(level[: high + 1] <= 0.2 * top)
    low = int(low_frames[-1]) if low_frames.size else 0
    return float(time_s[high] - time_s[low])


def _lag(time_s: Array, eye: Array, mouth: Array) -> float | None:
    """Seconds from the eye's to the mouth's half-peak; None unless both clearly move."""
    if eye.max() < 1 or mouth.max() < 1:
        return None
    return _half_peak_s(time_s, mouth) - _half_peak_s(time_s, eye)


def _half_peak_s(time_s: Array, level: Array) -> float:
    half = 0.5 * float(level.max())
    reached = int(np.argmax(level >= half))
    if reached == 0:
        return float(time_s[0])
    low, high = float(level[reached - 1]), float(level[reached])
    part = (half - low) / max(high - low, 1e-9)
    return float(time_s[reached - 1] + part * (time_s[reached] - time_s[reached - 1]))


def _keep_stronger(candidates: list[Candidate]) -> list[Candidate]:
    """Both sides at once is one motion seen twice: keep the stronger."""
    kept: list[Candidate] = []
    for c in sorted(candidates, key=lambda c: -c.strength * c.span.duration_s):
        rivals = [k for k in kept if k.column != c.column and k.span.overlap_s(c.span) > 0]
        if not rivals:
            kept.append(c)
    return kept
