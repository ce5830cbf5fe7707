"""Voluntary movement: smiles, speech and the cued tasks of the recording protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.event import EventKind, Region
from hemispasm.model.recording import TaskMark
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ, SIDES, Canvas
from hemispasm.simulate.face.scenarios_kinetics import rise_hold_fall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.scenarios import Scenario

FULL = (
    ("rest", 60.0, 0),
    ("gentle_closure", 12.0, 3),
    ("forced_closure", 12.0, 3),
    ("brow_raise", 9.0, 3),
    ("smile", 9.0, 3),
    ("pucker", 9.0, 3),
    ("platysma", 7.0, 2),
    ("reading", 12.0, 0),
    ("rest", 20.0, 0),
)
"""Task, seconds and repetitions of the recording protocol; scaled to the clip's length."""
SHORT = (("rest", 30.0, 0), ("gentle_closure", 10.0, 3), ("rest", 5.0, 0))
ACTIVE = (
    ("rest", 4.0, 0),
    ("gentle_closure", 10.0, 3),
    ("forced_closure", 10.0, 3),
    ("brow_raise", 8.0, 3),
    ("smile", 8.0, 3),
    ("pucker", 7.0, 3),
    ("platysma", 6.0, 2),
    ("reading", 7.0, 0),
)

Look = tuple[tuple[str, Side | None, float], ...]
LOOKS: dict[str, Look] = {
    "gentle_closure": (),
    "forced_closure": (
        ("eyeSquint", Side.BOTH, 0.9),
        ("cheekSquint", Side.BOTH, 0.8),
        ("browDown", Side.BOTH, 0.8),
        ("noseSneer", Side.BOTH, 0.45),
        ("mouthUpperUp", Side.BOTH, 0.2),
    ),
    "brow_raise": (("browOuterUp", Side.BOTH, 0.9), ("browInnerUp", None, 0.9)),
    "smile": (
        ("mouthSmile", Side.BOTH, 0.9),
        ("mouthUpperUp", Side.BOTH, 0.4),
        ("cheekSquint", Side.BOTH, 0.45),
    ),
    "pucker": (("mouthPucker", None, 0.9),),
    "platysma": (
        ("platysma", Side.BOTH, 0.9),
        ("mouthStretch", Side.BOTH, 0.8),
        ("mouthLowerDown", Side.BOTH, 0.5),
    ),
}
CLOSES = {"gentle_closure": 0.985, "forced_closure": 1.0, "smile": 0.15}
REGIONS: dict[str, tuple[Region, ...]] = {
    "gentle_closure": (Region.EYE,),
    "forced_closure": (Region.EYE, Region.BROW),
    "brow_raise": (Region.BROW,),
    "smile": (Region.MOUTH, Region.CHEEK),
    "pucker": (Region.MOUTH,),
    "platysma": (Region.PLATYSMA, Region.MOUTH),
}


def follow_protocol(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Do the cued tasks one after the other, with marks, scaled to the clip's length."""
    plans = {"full": FULL, "short": SHORT, "none": ACTIVE}
    plan = plans[scenario.protocol]
    scale = canvas.duration_s / sum(seconds for _, seconds, _ in plan)
    now = 0.0
    for task, seconds, repeats in plan:
        length = seconds * scale
        end = min(now + length, canvas.duration_s)
        canvas.tasks.append(TaskMark(task=task, start_s=round(now, 3), end_s=round(end, 3)))
        if task == "reading":
            add_speech(canvas, now + 0.4, length - 0.6, rng)
        for k in range(repeats):
            slot = length / repeats
            reaction = rng.uniform(0.08, 0.2) * slot
            held = slot * rng.uniform(0.6, 0.72)
            _perform(canvas, task, now + k * slot + reaction, held, rng)
        now += length


def _perform(
    canvas: Canvas, task: str, start_s: float, length_s: float, rng: np.random.Generator
) -> None:
    """Do one repetition of a task, a little uneven between the sides as people are."""
    edge = min(rng.uniform(0.22, 0.4), 0.3 * length_s)
    shape = rise_hold_fall(edge, length_s - 2 * edge, 1.1 * edge)
    size = rng.uniform(0.85, 1.0)
    uneven = float(np.clip(rng.normal(0.0, 0.05), -0.1, 0.1))
    for name, where, weight in LOOKS[task]:
        if where is None:
            canvas.move(name, None, start_s, size * weight * shape)
            continue
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
            canvas.move(name, side, start_s, size * weight * (1.0 + sign * uneven) * shape)
    for side in SIDES:
        canvas.close_lid(side, start_s, CLOSES.get(task, 0.0) * shape)
    kind = EventKind.FORCED_CLOSURE if task == "forced_closure" else EventKind.VOLUNTARY
    note_both(canvas, kind, start_s, shape, f"cued_{task}", REGIONS[task])


def note_both(
    canvas: Canvas,
    kind: EventKind | Literal["speech"],
    start_s: float,
    shape: NDArray[np.float64],
    cause: str,
    region: tuple[Region, ...],
) -> None:
    """Write the truth of a movement of both sides."""
    where = np.flatnonzero(shape > number("spasm.truth_threshold") * shape.max())
    canvas.events.append(
        TruthEvent(
            kind=kind,
            side=Side.BOTH,
            start_s=round(start_s + where[0] / GRID_HZ, 4),
            end_s=round(start_s + where[-1] / GRID_HZ, 4),
            region=region,
            cause=cause,
        )
    )


def add_smile(
    canvas: Canvas, scenario: Scenario, start_s: float, rng: np.random.Generator, cause: str
) -> None:
    """Smile a little: both corners up, the eyes narrow slightly."""
    size = rng.uniform(0.15, 0.45)
    shape = rise_hold_fall(rng.uniform(0.3, 0.6), rng.uniform(0.5, 1.8), rng.uniform(0.4, 0.8))
    uneven = float(np.clip(rng.normal(0.0, 0.05), -0.1, 0.1))
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        canvas.move("mouthSmile", side, start_s, size * (1.0 + sign * uneven) * shape)
        canvas.move("cheekSquint", side, start_s, 0.4 * size * shape)
        canvas.close_lid(side, start_s, 0.25 * size * shape)
    note_both(canvas, EventKind.VOLUNTARY, start_s, shape, cause, REGIONS["smile"])


def add_speech(canvas: Canvas, start_s: float, length_s: float, rng: np.random.Generator) -> None:
    """Move jaw and lips syllable by syllable, both sides alike to within a few percent."""
    n = max(round(length_s * GRID_HZ), 8)
    jaw, round_lips, wide = np.zeros(n), np.zeros(n), np.zeros(n)
    now = 0.0
    while now < length_s - 0.15:
        step = rng.uniform(0.13, 0.3)
        part = rise_hold_fall(0.45 * step, 0.1 * step, 0.45 * step)
        k = int(now * GRID_HZ)
        part = part[: n - k]
        jaw[k : k + len(part)] += rng.uniform(0.08, 0.35) * part
        row = round_lips if rng.random() < 0.4 else wide
        row[k : k + len(part)] += rng.uniform(0.1, 0.45) * part
        now += step
    canvas.move("jawOpen", None, start_s, jaw)
    canvas.move("mouthFunnel", None, start_s, round_lips)
    uneven = float(np.clip(rng.normal(0.0, 0.04), -0.08, 0.08))
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        canvas.move("mouthStretch", side, start_s, (1.0 + sign * uneven) * wide)
        canvas.move("mouthLowerDown", side, start_s, 0.5 * (1.0 + sign * uneven) * jaw)
    whole = np.ones(n)
    note_both(canvas, "speech", start_s, whole, "speech", (Region.MOUTH,))
