"""Family C, face: a real clip played on and on, and the lid course of real blinks on one side.

The clip is played back and forth at a varying pace, its own blinks and smiles included. A spasm is
the course of a real blink, warped in time, held or repeated, laid on one half of the face with its
mouth, cheek and brow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hemispasm.model.event import EventKind, Pattern, Region
from hemispasm.model.recording import Frame
from hemispasm.model.side import Side
from hemispasm.model.truth import Truth, TruthEvent
from hemispasm.simulate.face.clip import FaceClip, side_of
from hemispasm.simulate.face.mark import stamp_simulated
from hemispasm.simulate.families.face_warp import Pull, warp_half
from hemispasm.simulate.families.parameters import number, pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hemispasm.simulate.families.real_faces import RealFace

    Array = NDArray[np.float64]

COURSE_HZ = 30.0
FINE_HZ = 240.0


@dataclass(frozen=True)
class FaceOptions:
    """What is filmed.

    Attributes
    ----------
    scenario : {"hfs", "healthy"}
        With spasms on ``side``, or the real person alone.
    side : Side
        Affected side.
    closure_band : tuple of float
        Range of the true peak closure of the spasms.
    rate_per_min : float, optional
        Spasms per minute; drawn when None.
    duration_s, frame_rate_hz : float
        Length; frames per second.
    """

    scenario: Literal["hfs", "healthy"] = "hfs"
    side: Side = Side.LEFT
    closure_band: tuple[float, float] = (0.35, 0.95)
    rate_per_min: float | None = None
    duration_s: float = 35.0
    frame_rate_hz: float = 30.0


@dataclass(frozen=True)
class Spasm:
    """One spasm on the fine grid: its start, its course 0-1, and how far each part goes."""

    start_s: float
    course: NDArray[np.float64]
    pattern: Pattern
    lid: float
    mouth: float
    brow: float

    @property
    def edges_s(self) -> tuple[float, float]:
        """First and last moment above a tenth of the peak."""
        inside = np.flatnonzero(self.course > 0.1 * self.course.max())
        return self.start_s + inside[0] / FINE_HZ, self.start_s + inside[-1] / FINE_HZ


def playback(
    frames: int, times: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return which frame of the real clip is shown at each time: back and forth, pace varying.

    Examples
    --------
    >>> shown = playback(50, np.arange(300) / 30, np.random.default_rng(1))
    >>> int(np.abs(np.diff(shown)).max()) <= 2, int(shown.min()) >= 0, int(shown.max()) < 50
    (True, True, True)
    """
    step = times[1] - times[0] if len(times) > 1 else 1.0 / COURSE_HZ
    walk = gaussian_filter1d(rng.standard_normal(len(times)), 1.0 / step, mode="reflect")
    slow, fast = pair("playback.pace")
    pace = slow + (fast - slow) * (0.5 + 0.5 * np.tanh(walk / (walk.std() or 1.0)))
    gone = np.cumsum(pace * step * COURSE_HZ) + rng.uniform(0.0, 2.0 * frames)
    # A path that turns at both ends, again and again.
    turned = np.abs((gone % (2.0 * (frames - 1))) - (frames - 1))
    return np.asarray(np.round(turned), dtype=np.int64)


def resampled_face_clip(
    face: RealFace,
    courses: Sequence[NDArray[np.float64]],
    options: FaceOptions,
    seed: int,
) -> FaceClip:
    """Return a clip of a real face with spasms on one side, or without.

    Parameters
    ----------
    face : RealFace
        The clip, followed.
    courses : sequence of ndarray
        Lid courses of real blinks at 30 frames per second, of this or other clips.
    options : FaceOptions
        Scenario, side, strength, length.
    seed : int
        The same face, courses, options and seed give the same clip.
    """
    playing, acting = np.random.default_rng([seed, 8]).spawn(2)
    times = np.arange(round(options.duration_s * options.frame_rate_hz)) / options.frame_rate_hz
    shown = playback(len(face.frames), times, playing)
    shut = _own_blinks(face, shown)
    spasms = [] if options.scenario == "healthy" else _spasms(courses, options, times, shut, acting)
    rows = _rows(spasms, times)
    events = sorted(
        [*_spasm_events(spasms, options), *_blink_events(times, shut)], key=lambda e: e.start_s
    )
    truth = _truth(options, seed, tuple(events), rows, times)
    return FaceClip(_film(face, shown, rows, options.side, times), (), lambda: truth)


def _film(
    face: RealFace, shown: NDArray[np.int64], rows: dict[str, Array], side: Side, times: Array
) -> Iterator[Frame]:
    for k, time in enumerate(times):
        pull = Pull(*(float(rows[part][k]) for part in ("lid", "mouth", "cheek", "brow")))
        picture = warp_half(face.frames[shown[k]], face.places[shown[k]], face.marks, side, pull)
        yield Frame(float(time), stamp_simulated(picture.copy()))


def _own_blinks(face: RealFace, shown: NDArray[np.int64]) -> NDArray[np.bool_]:
    shut = np.zeros(len(shown), dtype=bool)
    for first, last in face.blinks:
        shut |= (shown >= first) & (shown <= last)
    return shut


def _spasms(
    courses: Sequence[Array], options: FaceOptions, times: Array, shut: NDArray[np.bool_],
    rng: np.random.Generator,
) -> list[Spasm]:  # fmt: skip
    rate = options.rate_per_min
    if rate is None:
        rate = float(rng.uniform(*pair("face_spasm.per_min")))
    spreads = float(rng.uniform(*pair("spasm.spread_share")))
    mean_s, now, found = 60.0 / rate, float(rng.uniform(0.5, 3.0)), []
    while now < options.duration_s - 0.8:
        pattern, course = _course(courses, rng)
        busy = shut[(times > now - 0.3) & (times < now + len(course) / FINE_HZ + 0.2)]
        length = len(course) / FINE_HZ
        # A person's own blink in the middle would make the true closure unknown: wait for its end.
        if busy.any() or now + length > options.duration_s:
            now += 0.2
            continue
        lid = float(rng.uniform(*options.closure_band))
        mouth = float(rng.uniform(0.4, 1.0)) if rng.random() < spreads else 0.0
        brow = float(rng.uniform(0.5, 1.0)) if rng.random() < number("face_spasm.brow") else 0.0
        found.append(Spasm(now, course, pattern, lid, mouth, brow))
        now += length + 0.35 + max(mean_s - length - 0.35, 0.3) * float(rng.gamma(2.0, 0.5))
    return found


def _course(courses: Sequence[Array], rng: np.random.Generator) -> tuple[Pattern, Array]:
    """Return the course of one spasm: a real blink, played once, again and again, or held."""
    blink = courses[int(rng.integers(len(courses)))]
    stretch = float(rng.uniform(*pair("face_spasm.stretch"))) * FINE_HZ / COURSE_HZ
    places = np.linspace(0.0, len(blink) - 1.0, max(round(len(blink) * stretch), 8))
    single = np.interp(places, np.arange(len(blink)), blink)
    lot = float(rng.random())
    if lot < number("face_spasm.twitch_share"):
        return Pattern.TWITCH, single
    top = int(np.argmax(single))
    if lot < number("face_spasm.twitch_share") + number("face_spasm.clonic_share"):
        pace_hz = float(rng.uniform(*pair("face_spasm.clonic_hz")))
        beats, row = int(rng.integers(3, 9)), np.zeros(0)
        for _ in range(beats):
            step = round(FINE_HZ / pace_hz * float(rng.uniform(0.85, 1.15)))
            first = len(row)
            row = np.append(row, np.zeros(max(step - (len(row) - first), 0)))
            beat = np.interp(np.linspace(0, len(single) - 1, round(1.6 * step)),
                             np.arange(len(single)), single)  # fmt: skip
            row = np.append(row, np.zeros(max(first + len(beat) - len(row), 0)))
            part = row[first : first + len(beat)]
            np.maximum(part, float(rng.uniform(0.7, 1.0)) * beat, out=part)
            row = row[: first + step] if _ < beats - 1 else row
        return Pattern.CLONIC, row / row.max()
    hold = np.ones(round(FINE_HZ * float(rng.uniform(*pair("face_spasm.hold_s")))))
    hold -= 0.15 * np.abs(gaussian_filter1d(rng.standard_normal(len(hold)), 0.05 * FINE_HZ))
    return Pattern.TONIC, np.concatenate([single[:top], hold, single[top:]])


def _rows(spasms: list[Spasm], times: Array) -> dict[str, Array]:
    rows = {part: np.zeros(len(times)) for part in ("lid", "mouth", "cheek", "brow", "spasm")}
    for spasm in spasms:
        grid = spasm.start_s + np.arange(len(spasm.course)) / FINE_HZ
        level = np.interp(times, grid, spasm.course, left=0.0, right=0.0)
        sizes = {"lid": spasm.lid, "mouth": spasm.mouth, "cheek": 0.7 * spasm.mouth,
                 "brow": spasm.brow}  # fmt: skip
        for part, size in sizes.items():
            rows[part] = np.maximum(rows[part], size * level)
        first, last = spasm.edges_s
        rows["spasm"][(times >= first) & (times <= last)] = 1.0
    return rows


def _spasm_events(spasms: list[Spasm], options: FaceOptions) -> list[TruthEvent]:
    events = []
    for spasm in spasms:
        first, last = spasm.edges_s
        region = [Region.EYE, *([Region.MOUTH, Region.CHEEK] if spasm.mouth else [])]
        events.append(
            TruthEvent(
                kind=EventKind.SPASM, side=options.side, start_s=round(first, 4),
                end_s=round(last, 4), pattern=spasm.pattern, cause="ectopic",
                region=(*region, *([Region.BROW] if spasm.brow else [])),
                flags=("other_babinski",) if spasm.brow else (),
                measures={"peak_closure": round(spasm.lid, 4), "brow_lift": round(spasm.brow, 4)},
            )
        )  # fmt: skip
    return events


def _blink_events(times: Array, shut: NDArray[np.bool_]) -> list[TruthEvent]:
    """Return the person's own blinks, as wide as the frames marked by eye."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    return [
        TruthEvent(
            kind=EventKind.BLINK, side=Side.BOTH, start_s=round(float(times[a]), 4),
            end_s=round(float(times[min(b, len(times)) - 1]), 4), cause="spontaneous_blink",
        )
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]  # fmt: skip


def _truth(
    options: FaceOptions, seed: int, events: tuple[TruthEvent, ...], rows: dict[str, Array],
    times: Array,
) -> Truth:  # fmt: skip
    still = np.zeros(len(times))
    frames: dict[str, Any] = {"time_s": times}
    for side in Side.LEFT, Side.RIGHT:
        moving = side is options.side
        frames[f"closure_{side}"] = rows["lid"] if moving else still
        frames[f"spasm_{side}"] = rows["spasm"] if moving else still
    return Truth(
        generator="resampled",
        scenario=options.scenario,
        seed=seed,
        affected_side=side_of([e for e in events if e.kind == EventKind.SPASM]),
        frame_rate_hz=options.frame_rate_hz,
        duration_s=options.duration_s,
        events=events,
        frames={name: tuple(np.round(v, 4).tolist()) for name, v in frames.items()},
        values={"spasm_count": float(sum(e.kind == EventKind.SPASM for e in events))},
    )
