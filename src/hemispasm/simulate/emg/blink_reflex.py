"""The blink reflex: R1 on the stimulated side, R2 on both, and where the nerve cross-talks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.drive import fire, hump, relay
from hemispasm.simulate.emg.ectopy import arrival_s
from hemispasm.simulate.emg.parameters import number, pair
from hemispasm.simulate.emg.patient import refractory_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.emg.patient import Patient

OCULI = Muscle.ORBICULARIS_OCULI


def act_blink_reflex(
    patient: Patient,
    train: StimulusTrain,
    times_s: NDArray[np.float64],
    strength: float = 1.0,
) -> None:
    """Act out the answers to supraorbital stimuli.

    Parameters
    ----------
    strength : float
        Factor on R2; below 1 for the second stimulus of a pair.
    """
    side = train.side or patient.options.side
    rng = patient.stream("blink reflex")
    r1 = float(rng.normal(*pair("blink_reflex.r1_ms")))
    r2 = float(rng.normal(*pair("blink_reflex.r2_ms")))
    difference = float(rng.normal(*pair("blink_reflex.side_difference_ms")))
    r1 += difference / 2.0 if side is patient.options.side else -difference / 2.0
    patient.values["r1_ms"], patient.values["r2_ms"] = r1, r2
    level = float(rng.uniform(*pair("blink_reflex.r2_level")))
    for k, time_s in enumerate(times_s):
        _r1(patient, side, time_s + r1 / 1000.0, rng)
        tired = 1.0 if k == 0 else _habituated(train.rate_hz)
        late = time_s + (r2 + 0.8 * rng.normal()) / 1000.0
        for eye, kind in ((side, "R2"), (side.other, "R2c")):
            _r2(patient, eye, kind, late, strength * tired * level, rng)


def _habituated(rate_hz: float) -> float:
    """Return the size of R2 relative to the first, smaller at fast stimulation."""
    return 1.0 - (1.0 - number("blink_reflex.habituation")) * min(rate_hz, 1.0)


def _r1(patient: Patient, side: Side, due_s: float, rng: np.random.Generator) -> None:
    own = rng.spawn(1)[0]
    channel = patient.index(OCULI, side)
    if channel is None:
        return
    pool = patient.pools[channel]
    unit = np.flatnonzero(own.random(len(pool)) < number("blink_reflex.r1_share"))
    spread = np.abs(own.normal(0.0, 0.8, len(unit))) + own.normal(0.0, 0.25)
    spread -= number("unit.visible_ms")
    root_s = due_s + (spread - pool.conduction_ms.mean()) / 1000.0
    time_s = arrival_s(patient, channel, root_s, unit, own, crosses=False)
    patient.book.add(channel, unit, time_s, "reflex", "R1")
    relay(patient, channel, root_s, unit, "synkinetic_R1", own)


def _r2(
    patient: Patient, side: Side, kind: str, due_s: float, level: float, rng: np.random.Generator
) -> None:
    own = rng.spawn(1)[0]
    channel = patient.index(OCULI, side)
    if channel is None:
        return
    gain = patient.state.nuclear_gain if side is patient.options.side else 0.0
    top = float(np.clip(level * (1.0 + 0.5 * gain) * (1.0 + 0.2 * own.normal()), 0.0, 1.0))
    length = float(own.uniform(*pair("blink_reflex.r2_s"))) * (1.0 + 0.3 * gain)
    later = 0.001 if kind == "R2c" else 0.0
    start = due_s + later - float(patient.pools[channel].conduction_ms.mean()) / 1000.0
    drive = hump(length, top, 0.3)
    drive[: len(drive) // 2] = top
    root_s, unit = fire(patient, channel, start, drive, pair("drive.blink_rate_hz"), own)
    kept = refractory_filter(root_s, unit)
    root_s, unit = root_s[kept], unit[kept]
    time_s = arrival_s(patient, channel, root_s, unit, own, crosses=False)
    patient.book.add(channel, unit, time_s, "reflex", kind)
    relay(patient, channel, root_s, unit, "synkinetic_R2", own)


def recovery(patient: Patient, interval_ms: float) -> float:
    """Return the size of R2 to the second stimulus of a pair; nuclear gain speeds it."""
    tau = number("blink_reflex.recovery_ms") / (1.0 + 2.0 * patient.state.nuclear_gain)
    return float(1.0 - np.exp(-interval_ms / tau))
