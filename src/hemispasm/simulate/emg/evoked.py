"""Responses to electrical stimuli: direct, lateral spread, F, Z-L; blink reflex elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.simulate.emg.parameters import number, numbers, pair
from hemispasm.simulate.emg.state import MUSCLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.emg.patient import Patient

SUPPLIES = {
    Branch.TEMPORAL: (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI),
    Branch.ZYGOMATIC: (Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS),
    Branch.BUCCAL: (Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS),
    Branch.MANDIBULAR: (Muscle.MENTALIS, Muscle.ORBICULARIS_ORIS),
    Branch.CERVICAL: (Muscle.PLATYSMA,),
    Branch.TRUNK: MUSCLES,
}
"""Muscles that answer a branch directly."""


def stimulus_times(
    train: StimulusTrain, duration_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the times of the stimuli that fit into the recording."""
    steps = np.full(train.count - 1, 1.0 / train.rate_hz)
    steps += np.clip(train.jitter_s * rng.normal(size=len(steps)), -0.2 * steps, 0.2 * steps)
    times = train.first_s + np.r_[0.0, np.cumsum(steps)]
    return np.asarray(times[times < duration_s - 0.05])


def antidromic_ms(patient: Patient, site: Branch) -> float:
    """Return the path from the stimulated branch back to the root."""
    short, long = pair("nerve.antidromic_ms")
    order = [Branch.TRUNK, Branch.ZYGOMATIC, Branch.TEMPORAL, Branch.BUCCAL, Branch.MANDIBULAR]
    share = order.index(site) / (len(order) - 1) if site in order else 1.0
    return patient.factor * (short + share * (long - short))


def act_train(
    patient: Patient,
    train: StimulusTrain,
    times_s: NDArray[np.float64],
    openness: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Act out direct responses, lateral spread and F-waves of a train.

    Parameters
    ----------
    openness : ndarray, shape (n_stimuli,)
        Factor on the cross-talk at each stimulus (an operation changes it).

    Returns
    -------
    ndarray, shape (n_stimuli, n_channels)
        Share of each muscle's units with a lateral spread.
    """
    side: Side = train.side or patient.options.side
    direct = SUPPLIES.get(train.site, ())
    taking_part = np.zeros((len(times_s), len(patient.pools)))
    for channel in patient.on_side(side):
        pool = patient.pools[channel]
        rng = patient.stream(f"evoked {pool.muscle.value} {patient.side_name(side)}")
        if train.site is Branch.ARTERY:
            _z_l(patient, channel, times_s, openness, rng)
        elif pool.muscle in direct:
            _direct_and_f(patient, channel, train, times_s, rng)
        elif side is patient.options.side:
            taking_part[:, channel] = _lateral_spread(
                patient, channel, train, times_s, openness, rng
            )
    return taking_part


def _direct_and_f(
    patient: Patient,
    channel: int,
    train: StimulusTrain,
    times_s: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Add M-wave and F-wave of a directly stimulated muscle."""
    pool = patient.pools[channel]
    n = len(pool)
    near, far = pair("m_wave.terminal_ms")
    share = MUSCLES.index(pool.muscle) / (len(MUSCLES) - 1)
    terminal = patient.factor * (near + share * (far - near))
    spread = 0.5 * (pool.conduction_ms - pool.conduction_ms.mean())
    nuclear = patient.state.nuclear_gain if pool.side is patient.options.side else 0.0
    chance, rise = pair("f_wave.probability")
    turn = number("f_wave.turnaround_ms")
    turn_sd = pair("f_wave.spread_ms")[0] * (1.0 + pair("f_wave.spread_ms")[1] * nuclear)
    turn_of_unit = turn + turn_sd * pool.turnaround
    back = antidromic_ms(patient, train.site)
    hit = rng.random((len(times_s), n)) < train.strength
    fires = hit & (rng.random(hit.shape) < chance * (1.0 + rise * nuclear))
    jitter = rng.normal(0.0, 0.05, hit.shape)
    sweep, unit = np.nonzero(hit)
    delay = terminal + spread[unit] + jitter[sweep, unit]
    patient.book.add(channel, unit, times_s[sweep] + delay / 1000.0, "antidromic", "M")
    sweep, unit = np.nonzero(fires)
    late = back + turn_of_unit[unit] + pool.conduction_ms[unit] + 3.0 * jitter[sweep, unit]
    patient.book.add(channel, unit, times_s[sweep] + late / 1000.0, "f", "F")


def _lateral_spread(
    patient: Patient,
    channel: int,
    train: StimulusTrain,
    times_s: NDArray[np.float64],
    openness: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Add the lateral spread of one muscle and return the share of its units per sweep."""
    pool = patient.pools[channel]
    n, count = len(pool), len(times_s)
    gain = patient.state.muscle_gain(pool.muscle) * openness
    swing = np.clip(1.0 + number("lsr.sweep_cv") * rng.normal(size=count), 0.2, 1.8)
    chance = number("lsr.participation") * (gain * swing)[:, None] * (pool.exposure > 0.0)[None, :]
    fires = rng.random((count, n)) < np.clip(chance * train.strength, 0.0, 1.0)
    common, own = pair("nerve.jitter_ms")
    path = antidromic_ms(patient, train.site) + pool.transfer_ms + pool.conduction_ms
    path = path + np.where(pool.is_slow, number("nerve.slow_extra_ms"), 0.0)
    path = path + patient.values.get("lateral_spread_extra_ms", 0.0)
    swept = common * rng.normal(size=count)
    jitter = own * rng.normal(size=(count, n))
    sweep, unit = np.nonzero(fires)
    first = times_s[sweep] + (path[unit] + swept[sweep] + jitter[sweep, unit]) / 1000.0
    patient.book.add(channel, unit, first, "ephaptic", "LSR")
    _afterdischarge(patient, channel, sweep, unit, first, rng)
    _late_spread(patient, channel, times_s, gain, rng)
    return np.asarray(fires.mean(axis=1))


def _afterdischarge(
    patient: Patient,
    channel: int,
    sweep: NDArray[np.intp],
    unit: NDArray[np.intp],
    first_s: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Let some units fire again at the rate of a burst, more often when excitable."""
    again = patient.pools[channel].fires_again[unit]
    now, live = first_s.copy(), again.copy()
    low, high = pair("spasm.impulse_hz")
    for _ in range(6):
        live &= rng.random(len(live)) < 0.35 + 0.45 * patient.state.excitability
        now = now + 1.0 / rng.uniform(max(low, 250.0), high, len(now))
        patient.book.add(channel, unit[live], now[live], "autoexcitation", "LSR")


def _late_spread(
    patient: Patient,
    channel: int,
    times_s: NDArray[np.float64],
    gain: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Add the late, variable response by way of the nucleus."""
    pool = patient.pools[channel]
    mean, spread = pair("lsr.late_ms")
    chance = number("lsr.late_share") * patient.state.nuclear_gain * (gain > 0.0)
    for sweep in np.flatnonzero(rng.random(len(times_s)) < chance):
        unit = np.flatnonzero(rng.random(len(pool)) < 0.15)
        delay = patient.factor * rng.normal(mean, spread) + rng.normal(0.0, 2.0, len(unit))
        patient.book.add(channel, unit, times_s[sweep] + delay / 1000.0, "nuclear", "LSR_late")


def _z_l(
    patient: Patient,
    channel: int,
    times_s: NDArray[np.float64],
    openness: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Add the response to stimulation of the offending artery's wall."""
    pool = patient.pools[channel]
    mean = pair("z_l.latency_ms")[0] - number("unit.visible_ms")
    base = numbers("nerve.conduction_ms")[MUSCLES.index(pool.muscle)]
    extra = patient.factor * (mean - base)
    gain = patient.state.muscle_gain(pool.muscle) / number("gain.largest")
    chance = number("z_l.share") / 0.3 * gain * openness[:, None] * (pool.exposure > 0.0)
    fires = rng.random((len(times_s), len(pool))) < np.clip(chance, 0.0, 1.0)
    sweep, unit = np.nonzero(fires)
    common, own = pair("nerve.jitter_ms")
    swept = common * rng.normal(size=len(times_s))
    delay = extra + pool.conduction_ms[unit] + swept[sweep] + own * rng.normal(size=len(unit))
    patient.book.add(channel, unit, times_s[sweep] + delay / 1000.0, "ephaptic", "ZL")
