"""Activity that comes down from the brain: blinks, movements, speech; and where it crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.ectopy import arrival_s, leaves_root_s
from hemispasm.simulate.emg.parameters import number, pair
from hemispasm.simulate.emg.patient import refractory_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.patient import Patient

GRID_HZ = 1000.0


def fire(
    patient: Patient,
    channel: int,
    start_s: float,
    level: NDArray[np.float64],
    rate_hz: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return when units fire at the root under a common drive, each for itself.

    Parameters
    ----------
    start_s : float
        Time of the first value of ``level``.
    level : ndarray
        Drive 0-1 at 1 kHz.
    rate_hz : tuple of float
        Rate at recruitment and at full drive.
    """
    threshold = patient.pools[channel].threshold
    low, high = rate_hz
    above = (level[None, :] - threshold[:, None]) / (1.0 - threshold[:, None])
    rate = np.where(above > 0.0, low + (high - low) * np.clip(above, 0.0, 1.0), 0.0)
    passed = np.cumsum(rate, axis=1) / GRID_HZ
    shape = 1.0 / number("drive.isi_cv") ** 2
    times, units = [], []
    for unit in np.flatnonzero(passed[:, -1] > 0.0):
        n = int(passed[unit, -1] * 1.3) + 4
        due = rng.random() + np.r_[0.0, np.cumsum(rng.gamma(shape, 1.0 / shape, n))]
        due = due[due < passed[unit, -1]]
        when = np.searchsorted(passed[unit], due) + rng.random(len(due))
        times.append(start_s + when / GRID_HZ)
        units.append(np.full(len(due), unit, dtype=np.intp))
    if not times:
        return np.zeros(0), np.zeros(0, dtype=np.intp)
    return np.concatenate(times), np.concatenate(units)


def contract(
    patient: Patient,
    muscle: Muscle,
    side: Side,
    start_s: float,
    level: NDArray[np.float64],
    cause: str,
    layer: str,
    rng: np.random.Generator,
    rate_hz: tuple[float, float] | None = None,
) -> None:
    """Contract a muscle by drive, and let the impulses cross where the nerve is compressed."""
    channel = patient.index(muscle, side)
    rng = rng.spawn(1)[0]
    if channel is None:
        return
    used = _interference_rate(patient) if rate_hz is None else rate_hz
    root_s, unit = fire(patient, channel, start_s, level, used, rng)
    kept = refractory_filter(root_s, unit)
    root_s, unit = root_s[kept], unit[kept]
    time_s = arrival_s(patient, channel, root_s, unit, rng, crosses=False)
    patient.book.add(channel, unit, time_s, cause, layer)
    relay(patient, channel, root_s, unit, "synkinesis", rng)
    _misdirect(patient, channel, start_s, level, used, rng)


def _misdirect(
    patient: Patient,
    source: int,
    start_s: float,
    level: NDArray[np.float64],
    rate_hz: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Let units that regrew from this muscle's axons fire in the others (after a palsy)."""
    for channel in patient.on_side(patient.pools[source].side):
        aberrant = patient.pools[channel].aberrant
        if channel == source or not aberrant.any():
            continue
        root_s, unit = fire(patient, channel, start_s, level, rate_hz, rng)
        kept = refractory_filter(root_s, unit)
        kept = kept[aberrant[unit[kept]]]
        time_s = arrival_s(patient, channel, root_s[kept], unit[kept], rng, crosses=False)
        patient.book.add(channel, unit[kept], time_s, "aberrant", "synkinesis")


def _interference_rate(patient: Patient) -> tuple[float, float]:
    """Return the firing rates of voluntary activity; at the skin a unit stands for several."""
    many = 1.0 if patient.options.electrode == "needle" else number("drive.stands_for")
    low, high = pair("drive.rate_hz")
    return many * low, many * high


def relay(
    patient: Patient,
    source: int,
    root_s: NDArray[np.float64],
    unit: NDArray[np.integer],
    layer: str,
    rng: np.random.Generator,
) -> None:
    """Let impulses in exposed axons of one muscle excite exposed axons of the others."""
    origin = patient.pools[source]
    if origin.side is not patient.options.side or patient.state.cross_talk_gain <= 0.0:
        return
    if patient.options.scenario == "post_paralytic":
        return
    near = np.flatnonzero(origin.exposure[unit] > 0.0)
    for channel in patient.on_side(origin.side):
        pool = patient.pools[channel]
        if channel == source or len(pool.exposed) == 0:
            continue
        gain = number("drive.relay_share") * patient.state.muscle_gain(pool.muscle)
        chosen = near[rng.random(len(near)) < gain]
        weights = pool.exposure[pool.exposed]
        met = rng.choice(pool.exposed, size=len(chosen), p=weights / weights.sum())
        kept = refractory_filter(root_s[chosen], met)
        time_s = arrival_s(patient, channel, root_s[chosen][kept], met[kept], rng, crosses=True)
        patient.book.add(channel, met[kept], time_s, "ephaptic", layer)


def hump(length_s: float, level: float, rise: float = 0.35) -> NDArray[np.float64]:
    """Return a drive that rises, holds and falls, at 1 kHz.

    Examples
    --------
    >>> float(hump(0.1, 0.5).max())
    0.5
    """
    n = max(round(length_s * GRID_HZ), 3)
    x = (np.arange(n) + 0.5) / n
    edge = np.clip(np.minimum(x, 1.0 - x) / max(rise, 1e-6), 0.0, 1.0)
    smooth = np.sin(0.5 * np.pi * edge) ** 2
    return np.asarray(level * smooth / smooth.max())


def act_blinks(patient: Patient, rate_per_min: float | None = None) -> NDArray[np.float64]:
    """Act out spontaneous blinks of both eyes and return their times."""
    options, rng = patient.options, patient.stream("blinks")
    median, spread = pair("drive.blinks_per_min")
    drawn = float(np.clip(median * np.exp(spread * rng.normal()), 7.0, 28.0))
    rate = drawn if rate_per_min is None else rate_per_min
    if options.given_blinks is not None:
        times = [leaves_root_s(patient, b.start_s) for b in options.given_blinks]
        rate = 60.0 * len(times) / options.duration_s
    else:
        times = []
        now = float(rng.exponential(60.0 / rate)) if rate > 0.0 else np.inf
        while now < options.duration_s:
            times.append(now)
            now += 0.5 + float(rng.gamma(1.5, max(60.0 / rate - 0.5, 0.05) / 1.5))
    patient.values["blink_rate_per_min"] = rate
    for start in times:
        length = float(rng.uniform(*pair("drive.blink_s")))
        level = float(rng.uniform(*pair("drive.blink_level")))
        for side in (options.side, options.side.other):
            contract(
                patient,
                Muscle.ORBICULARIS_OCULI,
                side,
                start,
                hump(length, level * rng.uniform(0.9, 1.1), 0.25),
                "blink",
                "blink",
                rng,
                pair("drive.blink_rate_hz"),
            )
    return np.array(times)
