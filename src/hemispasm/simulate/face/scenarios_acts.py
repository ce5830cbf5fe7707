"""What a scenario adds to a resting face: spasms, closures, smiles, speech, tics, winks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.event import EventKind, Region
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face.parameters import number, pair
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ, Canvas
from hemispasm.simulate.face.scenarios_kinetics import blink_shape, delayed, rise_hold_fall
from hemispasm.simulate.face.scenarios_rest import slow_noise
from hemispasm.simulate.face.scenarios_spasms import add_spasms
from hemispasm.simulate.face.scenarios_tasks import add_smile, add_speech, follow_protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.scenarios import Scenario

Act = Callable[[Canvas, "Scenario", np.random.Generator], None]


def act(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Add everything that the scenario's name stands for."""
    main, protocol, smiles = rng.spawn(3)
    if scenario.protocol != "none" or scenario.name == "voluntary":
        follow_protocol(canvas, scenario, protocol)
    else:
        _small_smiles(canvas, scenario, smiles)
    for part in ACTS[scenario.name]:
        part(canvas, scenario, main)


def irregular_times(
    duration_s: float, rate_per_min: float, minimum_gap_s: float, rng: np.random.Generator
) -> list[float]:
    """Return start times with a minimum spacing at about the given rate."""
    if rate_per_min <= 0.0:
        return []
    pause = max(60.0 / rate_per_min - minimum_gap_s, 0.05)
    now, starts = rng.uniform(0.3, 0.3 + pause), []
    while now < duration_s - minimum_gap_s:
        starts.append(float(now))
        now += minimum_gap_s + rng.gamma(1.5, pause / 1.5)
    return starts


def _small_smiles(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    rate = 5.0 if scenario.name == "synkinesis" else number("smile.rate_per_min")
    for start in irregular_times(canvas.duration_s, rate, 4.0, rng):
        add_smile(canvas, scenario, start, rng, cause="spontaneous_smile")


def _blepharospasm(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Close both eyes again and again with the brows down; flutter in some."""
    rate = 9.0 if scenario.rate_per_min is None else scenario.rate_per_min
    for start in irregular_times(canvas.duration_s, rate, 2.0, rng):
        length = min(float(rng.lognormal(np.log(0.9), 0.5)), 4.0)
        shape = rise_hold_fall(rng.uniform(0.08, 0.16), length, rng.uniform(0.2, 0.4))
        if rng.random() < 0.35:
            t = np.arange(len(shape)) / GRID_HZ
            shape = shape * (1.0 - 0.25 * (1.0 + np.sin(2 * np.pi * rng.uniform(3, 6) * t)) / 2)
        reach = (
            rng.uniform(*scenario.peak_range()) if scenario.closure_band else rng.uniform(0.7, 1)
        )
        tilt = float(np.clip(rng.normal(0.0, 0.03), -0.06, 0.06))
        peaks = {}
        for side, share in ((Side.LEFT, 1.0 + tilt), (Side.RIGHT, 1.0 - tilt)):
            closure = np.clip(reach * share * shape, 0.0, 1.0)
            canvas.close_lid(side, start, closure)
            canvas.move("browDown", side, start, 0.7 * share * shape)
            canvas.move("eyeSquint", side, start, 0.6 * share * shape)
            canvas.move("cheekSquint", side, start, 0.5 * share * shape)
            canvas.move("noseSneer", side, start, 0.2 * share * shape)
            peaks[f"peak_closure_{side}"] = round(float(closure.max()), 4)
        _note(canvas, EventKind.FORCED_CLOSURE, Side.BOTH, start, shape, "blepharospasm",
              (Region.EYE, Region.BROW), peaks)  # fmt: skip


def _tics(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Brief jerks of the face: hard blinks, nose, brows, mouth; single sides alternate."""
    rate = 12.0 if scenario.rate_per_min is None else scenario.rate_per_min
    side = Side.LEFT
    for start in irregular_times(canvas.duration_s, rate, 0.9, rng):
        shape = rise_hold_fall(
            rng.uniform(0.07, 0.12), rng.uniform(0.02, 0.2), rng.uniform(0.1, 0.2)
        )
        size = rng.uniform(0.5, 1.0)
        one_sided = rng.random() < 0.35
        where = side if one_sided else Side.BOTH
        side = side.other if one_sided else side
        sides = (where,) if one_sided else (Side.LEFT, Side.RIGHT)
        kind = int(rng.integers(4))
        region: tuple[Region, ...] = (Region.EYE,)
        if kind == 0:
            for lid in sides:
                canvas.close_lid(lid, start, size * shape)
            canvas.move("cheekSquint", where, start, 0.5 * size * shape)
        elif kind == 1:
            region = (Region.NOSE,)
            canvas.move("noseSneer", where, start, size * shape)
            canvas.move("cheekSquint", where, start, 0.3 * size * shape)
        elif kind == 2:
            region = (Region.BROW,)
            canvas.move("browOuterUp", where, start, size * shape)
        else:
            region = (Region.MOUTH,)
            canvas.move("mouthStretch", where, start, 0.6 * size * shape)
            canvas.move("mouthSmile", where, start, 0.5 * size * shape)
        _note(canvas, "tic", where, start, shape, "tic", region, {"size": round(float(size), 4)})


def _winks(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Wink on purpose: smooth, the cheek helps, and the other eye narrows too."""
    rate = 8.0 if scenario.rate_per_min is None else scenario.rate_per_min
    low, high = pair("wink.other_eye")
    for start in irregular_times(canvas.duration_s, rate, 1.5, rng):
        length = rng.uniform(*pair("wink.duration_s"))
        edge = min(0.16, 0.4 * length)
        shape = rise_hold_fall(edge, length - 2 * edge, 1.2 * edge)
        reach, other = rng.uniform(0.85, 1.0), rng.uniform(low, high)
        canvas.close_lid(scenario.side, start, reach * shape)
        canvas.close_lid(scenario.side.other, start, other * shape)
        canvas.move("cheekSquint", scenario.side, start, rng.uniform(0.4, 0.8) * shape)
        canvas.move("mouthSmile", scenario.side, start, rng.uniform(0.15, 0.45) * shape)
        canvas.move("browDown", scenario.side, start, rng.uniform(0.1, 0.4) * shape)
        measures = {"peak_closure": float(reach), "peak_closure_other": float(other)}
        measures = {k: round(v, 4) for k, v in measures.items()}
        _note(canvas, "wink", scenario.side, start, shape, "deliberate_wink",
              (Region.EYE, Region.CHEEK), measures)  # fmt: skip


def _talk(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Speak in phrases with pauses, with nods of the brows."""
    now = rng.uniform(0.3, 1.2)
    while now < canvas.duration_s - 1.0:
        length = min(rng.uniform(1.5, 4.5), canvas.duration_s - now)
        add_speech(canvas, now, length, rng)
        if rng.random() < 0.5:
            flash = rise_hold_fall(0.15, rng.uniform(0.1, 0.5), 0.25)
            canvas.move("browOuterUp", Side.BOTH, now, rng.uniform(0.2, 0.6) * flash)
            canvas.move("browInnerUp", None, now, rng.uniform(0.1, 0.4) * flash)
        now += length + rng.uniform(0.4, 1.5)


def _locked_smiles(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Close the eye of the injured side with every smile; that side also rests contracted."""
    n = len(canvas.time_s)
    side = scenario.side
    size = rng.uniform(0.3, 0.65)
    canvas.move("mouthSmile", side, 0.0, np.full(n, 0.08), weakened=False)
    canvas.rest_gap[side] *= 0.9
    smiles = [e for e in canvas.events if Region.MOUTH in e.region and e.side is Side.BOTH]
    for smile in smiles:
        source = canvas.units[f"mouthSmile{side.value.capitalize()}"]
        first = int(smile.start_s * GRID_HZ)
        part = source[first : int((smile.end_s + 0.2) * GRID_HZ)].copy()
        if len(part) < 4 or part.max() - part[0] < 0.05:
            continue
        shape = np.clip(part - part[0], 0.0, None) / (part.max() - part[0])
        shape = delayed(shape, rng.uniform(0.0, 0.05) * GRID_HZ)
        canvas.close_lid(side, smile.start_s, size * shape, weakened=False)
        _note(canvas, EventKind.SYNKINESIS, side, smile.start_s, shape, "synkinesis",
              (Region.EYE,), {"peak_closure": round(float(size), 4)})  # fmt: skip


def lock_to_blinks(
    canvas: Canvas, scenario: Scenario, blinks: list[TruthEvent], rng: np.random.Generator
) -> None:
    """Pull the mouth of the injured side with every blink (post-paralytic synkinesis only)."""
    if scenario.name != "synkinesis":
        return
    for blink in blinks:
        reach = blink.measures[f"peak_closure_{scenario.side.value}"]
        shape = blink_shape(0.09, 0.02, 0.2)
        size = float(rng.uniform(0.25, 0.5) * reach)
        start = blink.start_s + rng.uniform(0.0, 0.02)
        canvas.move("mouthSmile", scenario.side, start, 0.8 * size * shape, weakened=False)
        canvas.move("mouthStretch", scenario.side, start, 0.4 * size * shape, weakened=False)
        canvas.move("cheekSquint", scenario.side, start, 0.3 * size * shape, weakened=False)
        _note(canvas, EventKind.SYNKINESIS, scenario.side, start, shape, "synkinesis",
              (Region.MOUTH,), {"peak_mouth": round(size, 4)})  # fmt: skip


def _note(
    canvas: Canvas,
    kind: EventKind | str,
    side: Side,
    start_s: float,
    shape: NDArray[np.float64],
    cause: str,
    region: tuple[Region, ...],
    measures: dict[str, float],
) -> None:
    """Write the truth of a movement: from its first to its last moment above 10 % of its peak."""
    where = np.flatnonzero(shape > number("spasm.truth_threshold") * shape.max())
    canvas.events.append(
        TruthEvent.model_validate(
            {
                "kind": kind,
                "side": side,
                "start_s": round(start_s + where[0] / GRID_HZ, 4),
                "end_s": round(start_s + where[-1] / GRID_HZ, 4),
                "region": region,
                "cause": cause,
                "measures": measures,
            }
        )
    )


def _restless(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Add fidgeting of the mouth to people with tics."""
    n = len(canvas.time_s)
    canvas.move("mouthPucker", None, 0.0, np.clip(slow_noise(n, 0.7, rng, 0.04), 0.0, 0.15))


ACTS: dict[str, tuple[Act, ...]] = {
    "hfs": (add_spasms,),
    "blinks_only": (),
    "blepharospasm": (_blepharospasm,),
    "voluntary": (),
    "synkinesis": (_locked_smiles,),
    "tic": (_tics, _restless),
    "talking": (_talk,),
    "weak_side": (),
    "weak_side_hfs": (add_spasms,),
    "winks": (_winks,),
}
