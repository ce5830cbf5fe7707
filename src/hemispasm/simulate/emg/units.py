"""The motor units of one muscle: potentials, paths, exposure to the compressed patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.parameters import number, numbers, pair
from hemispasm.simulate.emg.state import MUSCLES, NerveState, unit_block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions

PHASES = 8
"""Sub-sample positions at which every potential is prepared."""


@dataclass(frozen=True)
class Pool:
    """The motor units of a muscle; one value per unit unless said otherwise.

    Attributes
    ----------
    conduction_ms : ndarray
        Root exit zone to muscle.
    exposure : ndarray
        0 for an axon away from the patch; else its readiness to be recruited there, up to 1.
    is_slow, fires_again : ndarray of bool
        Crossing through a slow fibre; tendency to repeat after a crossing.
    threshold : ndarray
        Voluntary drive at which the unit is recruited, small units first.
    transfer_ms, turnaround : ndarray
        Delay of crossing into this axon; how long its cell takes to backfire (standard normal).
    templates : ndarray, shape (n_units, PHASES, n_samples)
        Potentials in microvolt at sub-sample positions, scaled by what toxin leaves.
    transmits, aberrant : ndarray of bool
        False for a unit that is silent; true for one that regrew from another muscle's axon.
    """

    muscle: Muscle
    side: Side
    conduction_ms: NDArray[np.float64]
    exposure: NDArray[np.float64]
    is_slow: NDArray[np.bool_]
    fires_again: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    transfer_ms: NDArray[np.float64]
    turnaround: NDArray[np.float64]
    templates: NDArray[np.float32]
    transmits: NDArray[np.bool_]
    aberrant: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.threshold)

    @property
    def exposed(self) -> NDArray[np.intp]:
        """Indices of the units whose axons pass the patch."""
        return np.flatnonzero(self.exposure > 0.0)


def _waveform(
    x: NDArray[np.float64], mix: float, width_ms: float, sign: float
) -> NDArray[np.float64]:
    """Return a Hermite-Rodriguez potential of two or three phases with peak 1."""
    u = x / width_ms
    bell = np.exp(-(u**2))
    raw = (1.0 - mix) * 2.0 * u * bell + mix * (1.0 - 2.0 * u**2) * bell
    return np.asarray(sign * raw / np.abs(raw).max())


def _templates(
    amplitude: NDArray[np.float64], scale: float, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    low, high = pair("unit.length_ms")
    n = len(amplitude)
    lengths = rng.uniform(low, high, n) * scale
    mix = np.where(rng.random(n) < 0.5, rng.uniform(0.0, 0.3, n), rng.uniform(0.6, 1.0, n))
    sign = np.where(rng.random(n) < 0.85, 1.0, -1.0)
    size = int(np.ceil(high * scale * rate_hz / 1000.0)) + 2
    made = np.zeros((n, PHASES, size), dtype=np.float32)
    for unit in range(n):
        for phase in range(PHASES):
            t_ms = (np.arange(size) - phase / PHASES) * 1000.0 / rate_hz
            wave = _waveform(t_ms - lengths[unit] / 2.0, mix[unit], lengths[unit] / 5.5, sign[unit])
            edge = np.clip(np.minimum(t_ms, lengths[unit] - t_ms) / 0.25, 0.0, 1.0)
            made[unit, phase] = amplitude[unit] * wave * edge
    return made


def _amplitudes(options: EmgOptions, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the peak of each unit in ascending order of threshold."""
    if options.electrode != "needle":
        median, spread = pair(f"unit.{options.electrode}_uv")
        return np.sort(median * np.exp(spread * rng.normal(size=n)))
    median, spread = pair("unit.needle_uv")
    half, reach = pair("unit.needle_reach_mm")
    distance = reach * np.sqrt(rng.random(n))
    return median * np.exp(spread * rng.normal(size=n)) / (1.0 + (distance / half) ** 2)


def make_pool(
    options: EmgOptions,
    muscle: Muscle,
    side: Side,
    state: NerveState,
    patient_factor: float,
    rng: np.random.Generator,
) -> Pool:
    """Return the motor units of a muscle, with toxin already in effect.

    Parameters
    ----------
    state : NerveState
        Of this side; a free nerve exposes no axon.
    patient_factor : float
        Length of this patient's paths relative to the mean.
    """
    n = int(number("unit.count"))
    amplitude = _amplitudes(options, n, rng)
    scale = number("unit.needle_length_scale") if options.electrode == "needle" else 1.0
    templates = _templates(amplitude, scale, options.rate_hz, rng)
    base = numbers("nerve.conduction_ms")[MUSCLES.index(muscle)]
    unit_sd = number("nerve.conduction_unit_sd_ms")
    conduction = patient_factor * base + unit_sd * np.clip(rng.normal(size=n), -2, 2)
    at_none, added = pair("nerve.exposed_share")
    rank = rng.permutation(n)
    exposure = rng.uniform(0.4, 1.0, n)
    share = (at_none + added * state.compression) if state.cross_talk_gain > 0.0 else 0.0
    exposure[rank >= round(share * n)] = 0.0
    block = unit_block(state.block.get(muscle, 0.0), exposure > 0.0)
    mean, spread = pair("gain.transfer_ms")
    kept = np.sqrt(1.0 - block)
    left = np.where(rng.random(n) < kept, kept, 0.0)
    return Pool(
        muscle=muscle,
        side=side,
        conduction_ms=conduction,
        exposure=exposure,
        is_slow=rng.random(n) < number("nerve.slow_share"),
        fires_again=rng.random(n) < number("lsr.multiple_share"),
        threshold=np.sort(rng.beta(1.0, 2.2, n) * 0.9),
        transfer_ms=np.clip(rng.normal(mean, spread, n), 0.1, 1.1),
        turnaround=np.abs(rng.normal(size=n)),
        templates=np.asarray(templates * left[:, None, None], dtype=np.float32),
        transmits=left > 0.0,
        aberrant=np.zeros(n, dtype=np.bool_),
    )
