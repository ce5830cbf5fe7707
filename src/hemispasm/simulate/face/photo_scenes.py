"""Second family: which movements each scenario puts on the portrait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.event import EventKind, Pattern, Region
from hemispasm.model.recording import TaskMark
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face.photo_process import (
    Movement,
    Pulse,
    draw_spasm,
    self_exciting_times,
    true_frequency_hz,
    weibull_times,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO_SCENARIOS = (
    "hfs",
    "blinks_only",
    "blepharospasm",
    "voluntary",
    "talking",
    "weak_side",
    "weak_side_hfs",
    "winks",
)
BOTH = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True)
class PhotoScene:
    """What the person in the portrait does.

    ``closure_band`` is the range of true peak closure of the spasms; ``weak_gain`` what is left of
    blinks and smiles on ``side`` in the weak-side scenarios; ``motion`` scales head movement.

    Examples
    --------
    >>> PhotoScene("hfs", side=Side.RIGHT).closure_band
    (0.35, 0.95)
    """

    name: str
    side: Side = Side.LEFT
    duration_s: float = 20.0
    closure_band: tuple[float, float] = (0.35, 0.95)
    rate_per_min: float | None = None
    brow_lift: bool = True
    weak_gain: float | None = None
    motion: float = 1.0
    blink_rate_per_min: float | None = None

    def __post_init__(self) -> None:
        if self.name not in PHOTO_SCENARIOS:
            raise UsageError(
                "unknown_scenario",
                f"The portrait cannot do {self.name!r}.",
                f"Choose one of: {', '.join(PHOTO_SCENARIOS)}; or use the head.",
            )


@dataclass
class Act:
    """Movements by channel, with the truth of each event."""

    closures: dict[Side, list[Movement]] = field(default_factory=lambda: {s: [] for s in BOTH})
    moves: dict[str, list[Movement]] = field(default_factory=dict)
    events: list[TruthEvent] = field(default_factory=list)
    tasks: list[TaskMark] = field(default_factory=list)
    rest_closure: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(BOTH, 0.0))
    gain: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(BOTH, 1.0))

    def shut(self, side: Side, movement: Movement) -> None:
        """Close one eye, as far as that side can."""
        self.closures[side].append(movement.scaled(self.gain[side]))

    def move(self, part: str, movement: Movement) -> None:
        """Move one part of the face."""
        self.moves.setdefault(part, []).append(movement)

    def note(self, kind: str, side: Side, movement: Movement, cause: str, **more: object) -> None:
        """Write down what was put in, from 10 % to 10 % of its peak."""
        first, last = movement.edges()
        row = {"kind": kind, "side": side, "cause": cause, **more}
        row |= {"start_s": round(max(first, 0.0), 4), "end_s": round(max(last, 0.0), 4)}
        self.events.append(TruthEvent.model_validate(row))

    def closure(self, side: Side, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the total closure of one eye; the tightest movement rules."""
        rows = [m.at(t_s) for m in self.closures[side]]
        moving = np.max(rows, axis=0) if rows else np.zeros(len(t_s))
        resting = self.rest_closure[side]
        return np.clip(resting + (1.0 - resting) * moving, 0.0, 1.0)

    def level(self, part: str, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the strength of one part."""
        return np.sum([m.at(t_s) for m in self.moves[part]], axis=0)


def stage(scene: PhotoScene, rng: np.random.Generator) -> Act:
    """Return everything the person does in a scene.

    Examples
    --------
    >>> act = stage(PhotoScene("winks", duration_s=30), np.random.default_rng(0))
    >>> any(e.kind == "spasm" for e in act.events)
    False
    """
    act = Act()
    blinks, main = rng.spawn(2)
    if scene.name.startswith("weak_side"):
        _weaken(act, scene, main)
    if scene.name in ("hfs", "weak_side_hfs"):
        _spasms(act, scene, main)
    elif scene.name == "blepharospasm":
        _both_shut(act, scene, main)
    elif scene.name == "winks":
        _winks(act, scene, main)
    elif scene.name == "talking":
        _talk(act, 0.4, scene.duration_s - 0.4, main)
    elif scene.name == "voluntary":
        _tasks(act, scene, main)
    _blinks(act, scene, blinks)
    act.events.sort(key=lambda e: e.start_s)
    return act


def _weaken(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    gain = rng.uniform(0.1, 0.7) if scene.weak_gain is None else scene.weak_gain
    act.gain[scene.side] = float(gain)
    act.rest_closure[scene.side] = float(rng.choice((0.0, rng.uniform(0.05, 0.25))))
    tired = Pulse(-5.0, 1.0, scene.duration_s + 10.0, 1.0, 0.6 * (1.0 - float(gain)))
    act.move(f"droop_{scene.side}", Movement((tired,)))


def _blinks(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    mean = float(np.clip(rng.normal(4.2, 1.1), 2.4, 7.0))
    if scene.blink_rate_per_min is not None:
        mean = 60.0 / max(scene.blink_rate_per_min, 1e-3)
    for start in weibull_times(scene.duration_s - 0.4, mean, 1.3, 0.7, rng):
        height = 1.0 if rng.random() < 0.85 else rng.uniform(0.45, 0.8)
        hold = 0.02 if rng.random() < 0.95 else rng.uniform(0.08, 0.2)
        blink = Movement(
            (Pulse(start, rng.uniform(0.07, 0.09), hold, rng.uniform(0.07, 0.1), height),)
        )
        k = np.array([start + 0.08])
        if min(float(act.closure(side, k)[0]) for side in BOTH) > 0.5:
            continue
        for side in BOTH:
            act.shut(side, blink)
        reach = {f"peak_closure_{s}": round(height * act.gain[s], 4) for s in BOTH}
        act.note("blink", Side.BOTH, blink, "spontaneous_blink",
                 region=(Region.EYE,), measures=reach)  # fmt: skip


def _spasms(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    rate = 13.0 if scene.rate_per_min is None else scene.rate_per_min
    free_from = 0.2
    for start in self_exciting_times(scene.duration_s - 0.3, rate, rng):
        height = float(min(rng.uniform(*scene.closure_band), 0.985))
        form, closing = draw_spasm(start, height, rng)
        if start < free_from:
            continue
        free_from = closing.edges()[1] + 0.45
        _one_spasm(act, scene, form, closing, rng)


def _one_spasm(
    act: Act, scene: PhotoScene, form: str, closing: Movement, rng: np.random.Generator
) -> None:
    """Close the eye, pull the mouth after it, and lift or lower the brow."""
    side, height = scene.side, closing.peak
    act.closures[side].append(closing)
    region = [Region.EYE]
    later = float(rng.triangular(0.0, 0.008, 0.03))
    measures = {"peak_closure": height, "upper_lower_lag_ms": 1000.0 * later}
    pull = rng.uniform(0.45, 1.0) * (0.4 + 0.6 * height) if rng.random() < 0.9 else 0.0
    if pull:
        region += [Region.MOUTH, Region.CHEEK]
        act.move(f"mouth_{side}", closing.scaled(pull / height, later))
        act.move(f"cheek_{side}", closing.scaled(0.8 * pull / height, later))
    else:
        measures.pop("upper_lower_lag_ms")
    measures["peak_mouth"] = float(pull)
    lift = float(rng.uniform(0.55, 1.0)) if scene.brow_lift and rng.random() < 0.9 else 0.0
    flags: tuple[str, ...] = ()
    if lift:
        region.append(Region.BROW)
        flags = ("other_babinski",)
        act.move(f"brow_{side}", closing.scaled(lift / height))
    else:
        act.move(f"frown_{side}", closing.scaled(0.25))
    measures["brow_lift"] = lift
    if form == "clonic":
        measures["frequency_hz"] = true_frequency_hz(closing.pulses)
    first, last = closing.edges()
    patterns = {"twitch": Pattern.TWITCH, "clonic": Pattern.CLONIC}
    pattern = patterns.get(form, Pattern.TONIC if last - first > 1.0 else None)
    act.note(
        EventKind.SPASM, side, closing, "ectopic", pattern=pattern, region=tuple(region),
        flags=flags, measures={k: round(v, 4) for k, v in measures.items()},
    )  # fmt: skip


def _both_shut(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    rate = 8.0 if scene.rate_per_min is None else scene.rate_per_min
    for start in weibull_times(scene.duration_s - 1.0, 60.0 / rate, 1.6, 2.6, rng):
        hold = float(np.clip(rng.exponential(0.9), 0.35, 2.6))
        squeeze = Movement(
            (Pulse(start, rng.uniform(0.1, 0.2), hold, rng.uniform(0.15, 0.28), 1.0, 0.1),)
        )
        for side in BOTH:
            act.shut(side, squeeze.scaled(rng.uniform(0.93, 1.0)))
            act.move(f"frown_{side}", squeeze.scaled(rng.uniform(0.7, 0.8)))
            act.move(f"cheek_{side}", squeeze.scaled(rng.uniform(0.4, 0.45)))
        act.note("forced_closure", Side.BOTH, squeeze, "blepharospasm",
                 region=(Region.EYE, Region.BROW), measures={"peak_closure": 1.0})  # fmt: skip


def _winks(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    rate = 9.0 if scene.rate_per_min is None else scene.rate_per_min
    for start in weibull_times(scene.duration_s - 1.0, 60.0 / rate, 2.0, 1.8, rng):
        length = rng.uniform(0.25, 0.8)
        wink = Movement((Pulse(start, 0.3 * length, 0.35 * length, 0.28 * length, 1.0),))
        act.shut(scene.side, wink.scaled(rng.uniform(0.85, 1.0)))
        act.shut(scene.side.other, wink.scaled(rng.uniform(0.06, 0.3)))
        act.move(f"cheek_{scene.side}", wink.scaled(rng.uniform(0.5, 0.9)))
        act.move(f"mouth_{scene.side}", wink.scaled(rng.uniform(0.1, 0.4)))
        act.note("wink", scene.side, wink, "deliberate_wink",
                 region=(Region.EYE, Region.CHEEK))  # fmt: skip


def _talk(act: Act, start_s: float, end_s: float, rng: np.random.Generator) -> None:
    now = start_s
    while now < end_s - 1.0:
        stop = min(now + rng.uniform(1.2, 4.0), end_s)
        first, syllables = now, []
        while now < stop - 0.2:
            step = rng.uniform(0.14, 0.28)
            beat = Pulse(now, 0.4 * step, 0.1 * step, 0.3 * step, rng.uniform(0.1, 0.7))
            syllables.append(beat)
            if rng.random() < 0.4:
                for side in BOTH:
                    act.move(f"purse_{side}", Movement((beat,)).scaled(rng.uniform(0.55, 0.6)))
            now += step
        if syllables:
            act.move("jaw", Movement(tuple(syllables)))
            phrase = Movement((Pulse(first, 0.1, max(now - first - 0.2, 0.0), 0.1, 1.0),))
            act.note("speech", Side.BOTH, phrase, "speech", region=(Region.MOUTH,))
        now = stop + rng.uniform(0.3, 1.2)


def _tasks(act: Act, scene: PhotoScene, rng: np.random.Generator) -> None:
    """Do a short round of cued tasks: closures, brow raises, smiles, speech."""
    plan = ("rest", "gentle_closure", "forced_closure", "brow_raise", "smile", "pucker", "reading")
    slot = scene.duration_s / len(plan)
    parts = {"brow_raise": ("brow",), "smile": ("mouth", "cheek"), "pucker": ("purse",),
             "forced_closure": ("frown", "cheek"), "gentle_closure": ()}  # fmt: skip
    for i, task in enumerate(plan):
        begin = i * slot
        act.tasks.append(TaskMark(task=task, start_s=round(begin, 3), end_s=round(begin + slot, 3)))
        if task == "reading":
            _talk(act, begin + 0.2, begin + slot - 0.1, rng)
        for k in range(3 if task in parts else 0):
            each = slot / 3
            push = Pulse(begin + k * each + rng.uniform(0.05, 0.15) * each, 0.2, 0.4 * each, 0.15,
                         rng.uniform(0.85, 1.0))  # fmt: skip
            move = Movement((push,))
            tilt = rng.normal(0.0, 0.03)
            for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
                for part in parts[task]:
                    act.move(f"{part}_{side}", move.scaled((1.0 + sign * tilt) * act.gain[side]))
                if task.endswith("closure"):
                    act.shut(side, move.scaled(0.99 / push.height))
            kind = "forced_closure" if task == "forced_closure" else "voluntary"
            act.note(kind, Side.BOTH, move, f"cued_{task}")
