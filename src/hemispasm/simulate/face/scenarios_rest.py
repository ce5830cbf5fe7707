"""What every face does: blinks, gaze, small fluctuations, head motion; and a weak side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hemispasm.model.event import EventKind, Region
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.face.parameters import number, pair, triple
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ, LEAD_S, SIDES, Canvas
from hemispasm.simulate.face.scenarios_kinetics import blink_shape, minimum_jerk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.scenarios import Scenario

BUSY = {"talking": 1.4, "blepharospasm": 1.8, "tic": 1.2}


def slow_noise(
    n: int, scale_s: float, rng: np.random.Generator, sd: float = 1.0
) -> NDArray[np.float64]:
    """Return smooth noise with the given correlation time and standard deviation."""
    sigma = scale_s * GRID_HZ
    pad = int(4 * sigma)
    coarse = max(int(sigma / 8), 1)
    raw = gaussian_filter1d(rng.normal(size=(n + 2 * pad) // coarse + 2), sigma / coarse)
    raw = raw / (1e-12 + raw.std())
    return np.asarray(sd * np.interp((np.arange(n) + pad) / coarse, np.arange(len(raw)), raw))


def weaken_side(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> None:
    """Take strength from one side: blinks, voluntary movement and resting tone.

    Three looks of a weak side are drawn unless weakness and ptosis are given: palsy (weak closure,
    wide eye, drooping mouth), toxin (weak closure, mild droop) and ptosis (a low lid, full blinks).
    """
    weak = scenario.name in ("weak_side", "weak_side_hfs")
    if not weak and scenario.weakness is None and scenario.ptosis is None:
        return
    looks = ("palsy", "toxin", "ptosis")
    look = looks[int(rng.integers(3))]
    ranges = {"palsy": (0.45, 1.0), "toxin": (0.3, 0.6), "ptosis": (0.3, 0.45)}
    drops = {"palsy": (-0.12, 0.0), "toxin": (0.0, 0.12), "ptosis": (0.15, 0.35)}
    weakness = float(rng.uniform(*ranges[look]))
    ptosis = float(rng.uniform(*drops[look]))
    if not weak:
        weakness, ptosis = 0.0, 0.0
    weakness = weakness if scenario.weakness is None else scenario.weakness
    ptosis = ptosis if scenario.ptosis is None else scenario.ptosis
    side = scenario.side
    canvas.lid_gain[side] = 1.0 - weakness
    canvas.unit_gain[side] = 1.0 - 0.9 * weakness
    canvas.rest_gap[side] = 1.0 - ptosis
    droop = np.full(len(canvas.time_s), 0.22 * weakness)
    canvas.move("mouthFrown", side, 0.0, droop, weakened=False)
    canvas.values.update(weakness=weakness, ptosis=ptosis)


def blink_times(
    canvas: Canvas, scenario: Scenario, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the starts of the spontaneous blinks: log-normal intervals at this person's rate."""
    middle, spread = pair("blink.rate_per_min")
    rate = float(np.clip(rng.lognormal(np.log(middle), spread), *pair("blink.rate_limits_per_min")))
    rate *= BUSY.get(scenario.name, 1.0)
    if scenario.blink_rate_per_min is not None:
        rate = scenario.blink_rate_per_min
    canvas.values["blink_rate_per_min"] = rate
    if rate <= 0.0:
        return np.zeros(0)
    log_sd = number("blink.interval_log_sd")
    mean = 60.0 / rate
    n = int(canvas.duration_s / mean * 2.5) + 12
    steps = 0.55 + (mean - 0.55) * rng.lognormal(-0.5 * log_sd**2, log_sd, n)
    times = np.cumsum(steps) - rng.uniform(0.2, 1.0) * mean * 2
    return np.asarray(times[(times > 0.1) & (times < canvas.duration_s - 0.1)])


def add_blinks(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> list[TruthEvent]:
    """Put blinks into the canvas: both lids together, with the same reach on a healthy face."""
    times, looks = rng.spawn(2)
    partial, double, long = triple("blink.shares_partial_double_long")
    made: list[TruthEvent] = []
    free_from = 0.0
    for start in blink_times(canvas, scenario, times):
        draw = looks.random()
        reach = looks.uniform(0.93, 1.0)
        hold = looks.uniform(0.0, 0.03)
        if draw < partial:
            reach = looks.uniform(0.4, 0.75)
        elif draw < partial + long:
            hold = looks.uniform(0.1, 0.3)
        if start < free_from or _in_closure(canvas, start):
            continue
        made.append(put_blink(canvas, float(start), float(reach), float(hold), looks))
        if partial + long <= draw < partial + long + double:
            again = made[-1].end_s + looks.uniform(0.02, 0.12)
            if again < canvas.duration_s - 0.1:
                made.append(put_blink(canvas, again, 0.9 * float(reach), 0.0, looks))
        free_from = made[-1].end_s + 0.15
    return made


def _in_closure(canvas: Canvas, start_s: float) -> bool:
    """Tell whether both eyes are already held shut, so that a blink could not be seen."""
    k = min(int(start_s * GRID_HZ), len(canvas.time_s) - 1)
    return all(canvas.closure(side)[k] > 0.5 for side in SIDES)


def put_blink(
    canvas: Canvas,
    start_s: float,
    reach: float,
    hold_s: float,
    rng: np.random.Generator,
    cause: str = "spontaneous_blink",
) -> TruthEvent:
    """Draw one blink and return its truth (start and end at 10 % of its peak)."""
    shape = blink_shape(
        rng.uniform(*pair("blink.close_s")), hold_s, rng.uniform(*pair("blink.open_s"))
    )
    differ = rng.normal(0.0, number("blink.side_difference_sd"))
    peaks = {}
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        share = min(reach * (1.0 + 0.5 * sign * differ), 1.0)
        canvas.close_lid(side, start_s, share * shape)
        peaks[side] = canvas.lid_gain[side] * share
    canvas.move("browDown", Side.BOTH, start_s, 0.06 * reach * shape)
    where = np.flatnonzero(shape > number("spasm.truth_threshold"))
    event = TruthEvent(
        kind=EventKind.BLINK,
        side=Side.BOTH,
        start_s=round(start_s + where[0] / GRID_HZ, 4),
        end_s=round(start_s + where[-1] / GRID_HZ, 4),
        region=(Region.EYE,),
        cause=cause,
        measures={
            "peak_closure_left": round(peaks[Side.LEFT], 4),
            "peak_closure_right": round(peaks[Side.RIGHT], 4),
        },
    )
    canvas.events.append(event)
    return event


def add_fluctuation(canvas: Canvas, rng: np.random.Generator) -> None:
    """Let lids and mouth wander a little, mostly together, as every face at rest does."""
    n = len(canvas.time_s)
    common = slow_noise(n, 1.5, rng, 0.012)
    for side in SIDES:
        own = slow_noise(n, 0.9, rng, 0.005)
        canvas.open_share[side] *= 1.0 - np.clip(0.02 + common + own, 0.0, 0.08)
        canvas.move("mouthSmile", side, 0.0, np.clip(slow_noise(n, 1.2, rng, 0.012), 0.0, 0.05))
        canvas.move("mouthStretch", side, 0.0, np.clip(slow_noise(n, 0.8, rng, 0.008), 0.0, 0.04))


def add_gaze(canvas: Canvas, rng: np.random.Generator) -> None:
    """Look about: small saccades every second or two; looking down lowers both lids a little."""
    n = len(canvas.time_s)
    level = np.zeros((n, 2))
    now, k = np.zeros(2), 0
    while k < n:
        step = int(rng.gamma(2.0, 0.9) * GRID_HZ) + 24
        level[k : k + step] = now
        k += step
        now = np.clip(rng.normal(0.0, (0.16, 0.09)), -0.4, 0.3)
    gaze = gaussian_filter1d(level, 3.0, axis=0)
    to_left, up = gaze[:, 0], gaze[:, 1]
    zero = 0.0
    canvas.move("eyeLookOut", Side.LEFT, zero, np.maximum(to_left, 0.0), weakened=False)
    canvas.move("eyeLookIn", Side.RIGHT, zero, np.maximum(to_left, 0.0), weakened=False)
    canvas.move("eyeLookIn", Side.LEFT, zero, np.maximum(-to_left, 0.0), weakened=False)
    canvas.move("eyeLookOut", Side.RIGHT, zero, np.maximum(-to_left, 0.0), weakened=False)
    canvas.move("eyeLookUp", Side.BOTH, zero, np.maximum(up, 0.0), weakened=False)
    canvas.move("eyeLookDown", Side.BOTH, zero, np.maximum(-up, 0.0), weakened=False)
    for side in SIDES:
        canvas.open_share[side] *= 1.0 - 0.25 * np.maximum(-up, 0.0)


def add_head_motion(canvas: Canvas, motion: float, rng: np.random.Generator) -> None:
    """Sway slowly, and turn quickly once in a while."""
    n = len(canvas.time_s)
    names = ("yaw_deg", "pitch_deg", "roll_deg")
    for name, sd in zip(names, triple("head.slow_sd_deg"), strict=True):
        sway = slow_noise(n, 1.6, rng, sd) + slow_noise(n, 0.35, rng, 0.12 * sd)
        canvas.pose[name] = motion * sway
    for name, sd in zip(("x_mm", "y_mm", "z_mm"), triple("head.slow_sd_mm"), strict=True):
        canvas.pose[name] = motion * (slow_noise(n, 2.2, rng, sd) + slow_noise(n, 0.4, rng, 0.3))
    turns = rng.poisson(motion * number("head.turn_rate_per_min") * canvas.duration_s / 60.0)
    for start in rng.uniform(0.5, canvas.duration_s + LEAD_S, turns):
        k = int(start * GRID_HZ)
        there = minimum_jerk(round(rng.uniform(0.25, 0.5) * GRID_HZ))
        stay = np.ones(round(rng.uniform(0.2, 1.2) * GRID_HZ))
        path = np.r_[there, stay, there[::-1]][: n - k]
        which = names[int(rng.choice(3, p=(0.55, 0.35, 0.10)))]
        size = rng.uniform(3.5, 8.0) * rng.choice((-1.0, 1.0))
        canvas.pose[which][k : k + len(path)] += motion * size * path
