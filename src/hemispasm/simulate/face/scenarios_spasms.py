"""Spasms of the first family: when they come, what they look like, and their truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.event import EventKind, Pattern, Region
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face.parameters import number, pair
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ, Canvas
from hemispasm.simulate.face.scenarios_kinetics import (
    delayed,
    first_crossing,
    lid_with_peak,
    muscle_response,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.scenarios import Scenario

BEFORE_S, AFTER_S = 0.08, 0.7


@dataclass(frozen=True)
class Burst:
    """The neural side of one spasm.

    ``active_s`` is the length of the drive; ``frequency_hz`` is 0 unless clonic; ``pattern`` is
    None for a hold that is longer than a twitch and not long enough to be called tonic.
    """

    pattern: Pattern | None
    drive: NDArray[np.float64]
    active_s: float
    frequency_hz: float = 0.0


@dataclass(frozen=True)
class Spasm:
    """One spasm as movement: curves per part (grid steps), and its truth relative to ``start``."""

    lid: NDArray[np.float64]
    lower: NDArray[np.float64]
    brow: NDArray[np.float64]
    first_s: float
    last_s: float
    pattern: Pattern | None
    measures: dict[str, float]
    region: tuple[Region, ...]
    flags: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length from the first to the last movement above threshold."""
        return self.last_s - self.first_s


def _pulses(
    times_s: NDArray[np.float64], widths_s: NDArray[np.float64], heights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a drive made of rectangular discharges with soft edges."""
    total = BEFORE_S + float(times_s[-1] + widths_s[-1]) + AFTER_S
    t = np.arange(round(total * GRID_HZ)) / GRID_HZ - BEFORE_S
    edge = 0.006
    drive = np.zeros_like(t)
    for start, width, height in zip(times_s, widths_s, heights, strict=True):
        on = np.clip((t - start) / edge, 0.0, 1.0)
        off = np.clip((start + width - t) / edge, 0.0, 1.0)
        drive = np.maximum(drive, height * np.minimum(on, off))
    return drive


def draw_burst(shares: tuple[float, float, float], rng: np.random.Generator) -> Burst:
    """Return the discharge of one spasm: twitch, clonic burst or hold, by their shares."""
    kind = int(rng.choice(3, p=np.array(shares)))
    if kind == 0:
        width = rng.uniform(*pair("spasm.twitch_pulse_s"))
        drive = _pulses(np.zeros(1), np.array([width]), np.ones(1))
        return Burst(Pattern.TWITCH, drive, width)
    if kind == 1:
        return _draw_clonic(rng)
    length = rng.uniform(*pair("spasm.hold_s"))
    drive = _pulses(np.zeros(1), np.array([length]), np.ones(1))
    flutter = rng.normal(0.0, 1.0, len(drive))
    smooth = np.convolve(flutter, np.hanning(round(0.12 * GRID_HZ)), mode="same")
    drive = drive * np.clip(1.0 + 0.22 * smooth / smooth.std(), 0.45, 1.6)
    return Burst(Pattern.TONIC if length > number("spasm.tonic_from_s") else None, drive, length)


def _draw_clonic(rng: np.random.Generator) -> Burst:
    """Return a train of at least three discharges."""
    fast = rng.random() < number("spasm.clonic_fast_share")
    hz = rng.uniform(*pair("spasm.clonic_fast_hz" if fast else "spasm.clonic_hz"))
    n = max(3, round(rng.uniform(*pair("spasm.clonic_s")) * hz))
    steps = (1.0 + np.clip(rng.normal(0.0, 0.09, n - 1), -0.2, 0.2)) / hz
    times = np.r_[0.0, np.cumsum(steps)]
    widths = np.clip(rng.normal(0.34, 0.05, n) / hz, 0.03, 0.12)
    drive = _pulses(times, widths, rng.uniform(0.72, 1.0, n))
    return Burst(Pattern.CLONIC, drive, float(times[-1] + widths[-1]), 1.0 / float(steps.mean()))


def build_spasm(scenario: Scenario, rng: np.random.Generator) -> Spasm:
    """Return one spasm whose true peak closure lies in the range that the scenario asks for."""
    burst = draw_burst(scenario.pattern_shares(), rng)
    peak = float(rng.uniform(*scenario.peak_range()))
    lid = lid_with_peak(burst.drive, peak)
    share = number("spasm.lower_share") if scenario.lower_share is None else scenario.lower_share
    joins = rng.random() < share
    reach = scenario.mouth_gain * (0.35 + 0.65 * peak) * rng.uniform(0.75, 1.1) if joins else 0.0
    lag_s = _draw_lag_s(rng)
    response = muscle_response(burst.drive)
    shift = first_crossing(lid / lid.max(), 0.3) - first_crossing(response, 0.3)
    lower = min(reach, 1.0) * delayed(response, shift + lag_s * GRID_HZ)
    lifts = scenario.other_babinski and rng.random() < number("spasm.other_babinski_share")
    brow_gain = rng.uniform(0.6, 1.0) * min(1.0, 0.35 + peak) if lifts else 0.0
    brow = brow_gain * delayed(response, shift)
    return _with_truth(burst, lid, lower, brow, lag_s)


def _draw_lag_s(rng: np.random.Generator) -> float:
    late = rng.random() < number("spasm.late_lag_share")
    return float(rng.uniform(*pair("spasm.late_lag_ms" if late else "spasm.lag_ms")) / 1000.0)


def _with_truth(
    burst: Burst,
    lid: NDArray[np.float64],
    lower: NDArray[np.float64],
    brow: NDArray[np.float64],
    lag_s: float,
) -> Spasm:
    """Find when each part moves and write down what is true."""
    threshold = number("spasm.truth_threshold")
    moving = lid > threshold * lid.max()
    region: list[Region] = [Region.EYE]
    measures = {"peak_closure": float(lid.max())}
    flags: list[str] = []
    if brow.max() > 0.0:
        moving |= brow > threshold * brow.max()
        region.append(Region.BROW)
        flags.append("other_babinski")
    measures["brow_lift"] = float(brow.max())
    if lower.max() > 0.0:
        moving |= lower > threshold * lower.max()
        region += [Region.CHEEK, Region.MOUTH]
        measures["upper_lower_lag_ms"] = 1000.0 * lag_s
    measures["peak_mouth"] = float(lower.max())
    if burst.frequency_hz:
        measures["frequency_hz"] = burst.frequency_hz
    where = np.flatnonzero(moving)
    return Spasm(
        lid,
        lower,
        brow,
        where[0] / GRID_HZ,
        where[-1] / GRID_HZ,
        burst.pattern,
        {k: round(v, 4) for k, v in measures.items()},
        tuple(region),
        tuple(flags),
    )


def draw_starts(
    durations_s: NDArray[np.float64],
    rate_per_min: float,
    duration_s: float,
    rng: np.random.Generator,
    *,
    gap_shape: float | None = None,
) -> NDArray[np.float64]:
    """Return start times of a clustered renewal process with a dead time.

    The pause after each spasm is the minimum gap plus a gamma variate whose mean makes the long-run
    rate exactly ``rate_per_min``. The process is started long before the recording, so that the
    expected count is rate x duration.

    Parameters
    ----------
    durations_s : ndarray, shape (m,)
        Spasm lengths to cycle through; the first belongs to the first start that is returned.
    rate_per_min, duration_s : float
        Rate and length of the recording.
    gap_shape : float, optional
        Gamma shape; the parameter file's when None.
    """
    dead = number("spasm.minimum_gap_s")
    mean_pause = 60.0 / rate_per_min - float(durations_s.mean()) - dead
    mean_pause = max(mean_pause, 0.02)
    shape = number("spasm.gap_shape") if gap_shape is None else gap_shape
    now = -rng.uniform(3.0, 4.0) * 60.0 / rate_per_min * 3.0
    starts: list[float] = []
    while now < duration_s:
        if now >= 0.0:
            starts.append(now)
            length = float(durations_s[(len(starts) - 1) % len(durations_s)])
        else:
            length = float(rng.choice(durations_s))
        now += length + dead + rng.gamma(shape, mean_pause / shape)
    return np.array(starts)


def add_spasms(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Put spasms on the scenario's side into the canvas, with their truth.

    A spasm that began before the recording is left out, so every event is complete at its start.
    """
    rate = number("spasm.rate_per_min") if scenario.rate_per_min is None else scenario.rate_per_min
    canvas.values["spasm_rate_per_min"] = rate
    if rate <= 0.0:
        return
    expected = int(scenario.duration_s * rate / 60.0 * 1.5) + 12
    looks, timing = rng.spawn(2)
    spasms = [build_spasm(scenario, looks) for _ in range(expected)]
    durations = np.array([s.duration_s for s in spasms])
    starts = draw_starts(durations, rate, scenario.duration_s - 0.25, timing)
    for start, spasm in zip(starts, spasms, strict=False):
        put_spasm(canvas, scenario, float(start), spasm)


def put_spasm(canvas: Canvas, scenario: Scenario, start_s: float, spasm: Spasm) -> None:
    """Draw one spasm into the canvas: lid, cheek, mouth, nose, brow, neck of one side."""
    side: Side = scenario.side
    zero = start_s - spasm.first_s
    canvas.close_lid(side, zero, spasm.lid, weakened=False)

    def move(name: str, values: NDArray[np.float64]) -> None:
        canvas.move(name, side, zero, values, weakened=False)

    move("cheekSquint", 0.5 * spasm.lid + 0.4 * spasm.lower)
    move("eyeSquint", 0.45 * spasm.lid)
    if scenario.mouth_down:
        move("mouthFrown", spasm.lower)
    else:
        move("mouthSmile", 0.75 * spasm.lower)
    move("mouthStretch", 0.45 * spasm.lower)
    move("noseSneer", 0.25 * spasm.lower)
    region = spasm.region
    if scenario.platysma and spasm.lower.max() > 0.5:
        move("platysma", 0.8 * spasm.lower)
        region = (*region, Region.PLATYSMA)
    if spasm.brow.max() > 0.0:
        move("browOuterUp", spasm.brow)
    else:
        move("browDown", 0.3 * spasm.lid)
    end_s = min(start_s + spasm.duration_s, canvas.duration_s)
    canvas.mark_spasm(side, start_s, end_s)
    canvas.events.append(
        TruthEvent(
            kind=EventKind.SPASM,
            side=side,
            start_s=round(start_s, 4),
            end_s=round(end_s, 4),
            pattern=spasm.pattern,
            region=region,
            cause="ectopic",
            measures=spasm.measures,
            flags=spasm.flags,
        )
    )
