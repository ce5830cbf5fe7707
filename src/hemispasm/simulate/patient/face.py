"""From activated muscles to a face: units of the mesh, lids, and the pose of a resting head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.event import EventKind, Region
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face import scenarios_rest as rest
from hemispasm.simulate.face.scenarios import Scenario, sample
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ, LEAD_S, SIDES, Canvas
from hemispasm.simulate.patient.acts import closing_spans
from hemispasm.simulate.patient.lids import close_lid
from hemispasm.simulate.patient.nerves import contraction_delay_s
from hemispasm.simulate.patient.parameters import group
from hemispasm.simulate.patient.visible import Seen, see_faint, see_movements, see_spasms
from hemispasm.simulate.population.acts import ABNORMAL
from hemispasm.simulate.population.condition import MUSCLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hemispasm.simulate.face.timeline import FaceTimeline
    from hemispasm.simulate.patient.acts import Deed
    from hemispasm.simulate.patient.nerves import Sitting
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.run import PopulationRun

DRIVEN = ("blink", "voluntary", "speech", "reflex")
LETS_GO_S = 0.15
"""The muscle's last twitches after a drive."""

OCULI = MUSCLES.index(Muscle.ORBICULARIS_OCULI)
REGIONS = {
    Muscle.FRONTALIS: Region.BROW,
    Muscle.ORBICULARIS_OCULI: Region.EYE,
    Muscle.ZYGOMATICUS: Region.MOUTH,
    Muscle.ORBICULARIS_ORIS: Region.MOUTH,
    Muscle.MENTALIS: Region.MOUTH,
    Muscle.PLATYSMA: Region.PLATYSMA,
}


@dataclass(frozen=True)
class HalfFace:
    """One side of the face over the video, on the grid of the canvas.

    Attributes
    ----------
    total, abnormal : ndarray, shape (6, n)
        Activation of each muscle by all impulses, and by those that a healthy nerve has not.
    closure : ndarray, shape (n,)
        Lid closure.
    seen : tuple of Seen
        Visible spasms, in the words of ``visible``; clock of the video.
    faint_s : tuple of float
        When movements begin that stay below what is visible.
    """

    total: NDArray[np.float32]
    abnormal: NDArray[np.float32]
    closure: NDArray[np.float64]
    seen: tuple[Seen, ...]
    faint_s: tuple[float, ...] = ()


def blend(name: str) -> dict[str, NDArray[np.float64]]:
    """Return the matrix from muscles to face units: ``unit`` (sided) or ``midline``.

    Examples
    --------
    >>> blend("unit")["mouthSmile"].tolist()
    [0.0, 0.0, 0.75, 0.0, 0.0, 0.0]
    """
    return {unit: np.array(row) for unit, row in group(name).items()}


def half_face(
    run: PopulationRun,
    zero_s: float,
    length_s: float,
    delay_s: float,
    closing_s: list[tuple[float, float]],
) -> HalfFace:
    """Return what one side shows from ``zero_s`` of the run on.

    Parameters
    ----------
    run : PopulationRun
        Of that side.
    zero_s, length_s : float
        Beginning of the video on the run's clock, and length of the canvas.
    delay_s : float
        From the potential of a muscle to its twitch.
    closing_s : list of (start, end)
        When the brain closes the eyes, clock of the video.
    """
    n = int(np.ceil(length_s * GRID_HZ)) + 1
    index = (zero_s - delay_s) * GRID_HZ + np.arange(n)
    # Fused twitches saturate within each unit, so that blocked units take their share of force.
    full = replace(run, fibres=replace(run.fibres, release=np.ones(len(run.fibres))))
    left = [run.condition.released(muscle) for muscle in MUSCLES]

    def taken(causes: tuple[str, ...] | None) -> NDArray[np.float32]:
        whole = full.activation(GRID_HZ, causes=causes)
        grid = np.arange(whole.shape[1])
        rows = [share * np.interp(index, grid, row) for share, row in zip(left, whole, strict=True)]
        return np.stack(rows).astype(np.float32)

    total, driven, abnormal = taken(None), taken(DRIVEN), taken(ABNORMAL)
    at = np.arange(n) / GRID_HZ
    asked = np.zeros(n, dtype=np.bool_)
    for start, end in closing_s:
        asked |= (at >= start) & (at <= end + delay_s + LETS_GO_S)
    closure = close_lid(total[OCULI], GRID_HZ, driven[OCULI] * asked)
    busy = [(a.start_s - zero_s, a.end_s - zero_s) for a in run.acts]
    alone = close_lid(abnormal[OCULI], GRID_HZ)
    seen = see_spasms(alone, abnormal, GRID_HZ, busy)
    faint = see_faint(alone, abnormal, GRID_HZ, busy)
    return HalfFace(total, abnormal, closure, seen, faint)


def face_timeline(
    options: PatientOptions, sitting: Sitting, visit: int
) -> tuple[FaceTimeline, Mapping[Side, HalfFace]]:
    """Return what the face does in front of the camera, with its truth.

    Parameters
    ----------
    options : PatientOptions
        Length of the video, seed.
    sitting : Sitting
        What the nerves did.
    visit : int
        Number of the visit: poses and glances differ from visit to visit.

    Returns
    -------
    FaceTimeline
        For the renderer. Events are visible spasms (``visible``), blinks, and what else was done.
    mapping of Side to HalfFace
        Both sides as they were before the picture.
    """
    canvas = Canvas(options.video_s)
    delay = contraction_delay_s(options.seed)
    closing = closing_spans(sitting.script, sitting.zero_s)
    halves = {
        side: half_face(run, sitting.zero_s, options.video_s + LEAD_S, delay, closing)
        for side, run in sitting.runs.items()
    }
    _move(canvas, options, sitting, halves)
    canvas.tasks += sitting.script.tasks
    canvas.events += _events(options, sitting, halves)
    canvas.values |= sitting.script.values
    streams = np.random.default_rng([options.seed, visit, 0x6661]).spawn(4)
    rest.add_fluctuation(canvas, streams[0])
    rest.add_gaze(canvas, streams[1])
    rest.add_head_motion(canvas, 1.0, streams[2])
    scenario = Scenario(
        "blinks_only", duration_s=options.video_s, frame_rate_hz=options.frame_rate_hz
    )
    return sample(canvas, scenario, streams[3]), halves


def _move(
    canvas: Canvas,
    options: PatientOptions,
    sitting: Sitting,
    halves: Mapping[Side, HalfFace],
) -> None:
    """Put both sides into the canvas."""
    for side, half in halves.items():
        canvas.close_lid(side, 0.0, half.closure)
        for unit, row in blend("unit").items():
            canvas.move(unit, side, 0.0, row @ half.total)
        for event in half.seen:
            if options.has_spasm and not event.synkinetic:
                canvas.mark_spasm(side, event.start_s, event.end_s)
        weak = sitting.runs[side].condition.released(Muscle.ZYGOMATICUS)
        droop = np.full(len(canvas.time_s), 0.22 * (1.0 - weak))
        canvas.move("mouthFrown", side, 0.0, droop)
    mean = 0.5 * (halves[Side.LEFT].total + halves[Side.RIGHT].total)
    for unit, row in blend("midline").items():
        canvas.move(unit, None, 0.0, row @ mean)
    if options.imitator == "post_paralytic":
        canvas.rest_gap[options.leading] *= 0.9
        resting = np.full(len(canvas.time_s), 0.08)
        canvas.move("mouthSmile", options.leading, 0.0, resting)


def _events(
    options: PatientOptions, sitting: Sitting, halves: Mapping[Side, HalfFace]
) -> list[TruthEvent]:
    """Return the truth of everything seen, on the clock of the video."""
    found: list[TruthEvent] = []
    for side, half in halves.items():
        for event in half.seen:
            if event.start_s < 0.0 or event.start_s >= options.video_s:
                continue
            found.append(_spasm(event, side, options))
    zero, delay = sitting.zero_s, contraction_delay_s(options.seed)
    for deed in sitting.script.deeds:
        found += _deed(deed, halves, zero, delay, options.video_s)
    return sorted(found, key=lambda event: event.start_s)


def _spasm(event: Seen, side: Side, options: PatientOptions) -> TruthEvent:
    cause = "ectopic" if options.has_spasm else str(options.imitator)
    kind = EventKind.SPASM if options.has_spasm else EventKind.UNDETERMINED
    regions = [REGIONS[MUSCLES[m]] for m in event.muscles]
    if Region.MOUTH in regions:
        regions.append(Region.CHEEK)
    return TruthEvent(
        kind=EventKind.SYNKINESIS if event.synkinetic else kind,
        side=side,
        start_s=round(event.start_s, 4),
        end_s=round(min(event.end_s, options.video_s), 4),
        pattern=event.pattern,
        region=tuple(dict.fromkeys(regions)),
        cause="blink_or_movement" if event.synkinetic else cause,
        measures={
            "peak_closure": round(event.peak_closure, 4),
            "peak_mouth_mm": round(event.peak_mouth_mm, 3),
        },
    )


def _deed(
    deed: Deed,
    halves: Mapping[Side, HalfFace],
    zero_s: float,
    delay_s: float,
    video_s: float,
) -> list[TruthEvent]:
    """Return the truth of a blink, closure or other act; none where nothing moved."""
    start, end = deed.start_s - zero_s + delay_s, deed.end_s - zero_s + delay_s
    if start < 0.0:
        return []
    sides = SIDES if deed.side is Side.BOTH else (deed.side,)
    rows = [MUSCLES.index(m) for m in deed.muscles]
    moved, peaks = None, {}
    for side in sides:
        half = halves[side]
        signal = half.total[rows].max(axis=0).astype(np.float64)
        if Muscle.ORBICULARIS_OCULI in deed.muscles:
            signal = np.maximum(signal, half.closure)
        moved = signal if moved is None else np.maximum(moved, signal)
        first, last = int(max(start, 0.0) * GRID_HZ), int((end + 0.1) * GRID_HZ) + 2
        near = half.closure[first:last]
        peaks[f"peak_closure_{side}"] = round(float(near.max()), 4) if len(near) else 0.0
    span = None if moved is None else see_movements(moved, GRID_HZ, start, end)
    if span is None or not 0.0 <= span[0] < video_s:
        return []
    kind = {"blink": EventKind.BLINK, "forced_closure": EventKind.FORCED_CLOSURE,
            "synkinesis": EventKind.SYNKINESIS, "voluntary": EventKind.VOLUNTARY}  # fmt: skip
    regions = dict.fromkeys(REGIONS[m] for m in deed.muscles)
    return [
        TruthEvent(
            kind=kind.get(deed.kind, "tic"),
            side=deed.side,
            start_s=round(span[0], 4),
            end_s=round(min(span[1], video_s), 4),
            region=tuple(regions),
            cause=deed.cause,
            measures=peaks,
        )
    ]
