"""Surface EMG of a run: every impulse draws its unit's potential; leakage and noise on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.laws import DRIVEN, STIMULUS
from hemispasm.simulate.population.noise import Noise
from hemispasm.simulate.population.parameters import number, pair
from hemispasm.simulate.population.responses import EvokedRun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.fibres import Fibres
    from hemispasm.simulate.population.run import PopulationRun

PHASES = 8
"""Sub-sample positions at which every potential is prepared."""

CHUNK = 1 << 20
"""Samples of each muscle that are mixed and made noisy at a time; noise is drawn in this order."""

AT_HAND = 1 << 12
"""Samples that stay in a processor's cache while they are worked on, and are too few for the
linear algebra to set other cores to work on, which would cost more than it saves."""

BLOCK = 16
"""Potentials are drawn in whole blocks of so many samples."""


@njit(cache=True)
def _draw(
    out: NDArray[np.float32],
    arrival_s: NDArray[np.float64],
    fibre: NDArray[np.int32],
    cause: NDArray[np.int8],
    rate_hz: float,
    muscle: NDArray[np.int8],
    templates: NDArray[np.float32],
    length: NDArray[np.int64],
) -> None:
    """Add the potential of every impulse but stimuli to the row of its muscle."""
    n, phases = out.shape[1], templates.shape[1]
    for k in range(len(arrival_s)):
        position = arrival_s[k] * rate_hz
        first = int(np.floor(position))
        if first < 0 or cause[k] == STIMULUS:
            continue
        unit = fibre[k]
        phase, row = int((position - first) * phases), muscle[unit]
        for j in range(min(length[unit], n - first)):
            out[row, first + j] += templates[unit, phase, j]


def _in_blocks(
    templates: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return templates with zeros behind them, and how much of each to draw: whole blocks.

    A processor then adds many samples at a time and none one by one: less than half the time.
    """
    drawn = (templates != 0.0).any(axis=1)
    length = templates.shape[2] - np.argmax(drawn[:, ::-1], axis=1)
    spare = -templates.shape[2] % BLOCK
    return np.pad(templates, ((0, 0), (0, 0), (0, spare))), -(-length // BLOCK) * BLOCK


def unit_templates(fibres: Fibres, rate_hz: float, seed: int) -> NDArray[np.float32]:
    """Return the potentials of all units, microvolt, at sub-sample positions, toxin included.

    Returns
    -------
    ndarray of float32, shape (n_units, PHASES, n_samples)
    """
    rng = np.random.default_rng([seed, 0x7470])
    low, high = pair("unit.length_ms")
    n = len(fibres)
    length = rng.uniform(low, high, n)
    sharp = rng.uniform(0.0, 1.0, n)
    sign = np.where(rng.random(n) < 0.85, 1.0, -1.0)
    size = int(np.ceil(high * rate_hz / 1000.0)) + 2
    at_ms = (np.arange(size)[None, :] - np.arange(PHASES)[:, None] / PHASES) * 1000.0 / rate_hz
    u = (at_ms[None] - 0.5 * length[:, None, None]) / (length[:, None, None] / 5.5)
    bell = np.exp(-(u**2))
    wave = (1.0 - sharp[:, None, None]) * 2.0 * u * bell
    wave += sharp[:, None, None] * (1.0 - 2.0 * u**2) * bell
    inside = np.minimum(at_ms[None], length[:, None, None] - at_ms[None]) / 0.25
    wave *= np.clip(inside, 0.0, 1.0)
    peak = np.abs(wave).max(axis=(1, 2), keepdims=True)
    size_uv = sign * fibres.amplitude_uv * fibres.release
    return np.asarray(wave / peak * size_uv[:, None, None], dtype=np.float32)


def leak_matrix() -> NDArray[np.float32]:
    """Return the share of each muscle (column) on every electrode (row) of one side."""
    anywhere, next_to = pair("emg.leak")
    matrix = np.full((len(MUSCLES), len(MUSCLES)), anywhere, dtype=np.float32)
    for k in range(len(MUSCLES) - 1):
        matrix[k, k + 1] = matrix[k + 1, k] = next_to
    np.fill_diagonal(matrix, 1.0)
    return matrix


def render_surface_emg(
    run: PopulationRun | EvokedRun,
    rate_hz: float = 4000.0,
    *,
    noise_uv: float | None = None,
    leak: bool = True,
    seed: int | None = None,
) -> NDArray[np.float32]:
    """Return the EMG of six muscles as surface electrodes see it.

    Parameters
    ----------
    run : PopulationRun or EvokedRun
        Direct answers of an evoked run are drawn as well.
    rate_hz : float
        Samples per second, at least 500.
    noise_uv : float, optional
        RMS of white noise; 0 for the noiseless signal.
    leak : bool
        Whether electrodes also see other muscles of the side.
    seed : int, optional
        Of noise; the run's when left out. Shapes of potentials belong to the person.

    Returns
    -------
    ndarray of float32, shape (6, n)
        Microvolt; rows in the order of ``MUSCLES``.

    Examples
    --------
    >>> from hemispasm.simulate.population.run import NerveCondition, simulate_population
    >>> quiet = simulate_population(NerveCondition(), 1.0, seed=1)
    >>> render_surface_emg(quiet).shape
    (6, 4000)
    """
    if rate_hz < 500.0:
        raise UsageError("population_rate", "Surface EMG needs 500 Hz or more.", "Raise rate_hz.")
    base = run.run if isinstance(run, EvokedRun) else run
    person = base.seed if base.settings.anatomy_seed is None else base.settings.anatomy_seed
    templates = unit_templates(base.fibres, rate_hz, person)
    n = int(np.floor(base.duration_s * rate_hz + 1e-9))
    out = np.zeros((len(MUSCLES), n), dtype=np.float32)
    units = rate_hz, base.fibres.muscle, *_in_blocks(templates)
    for first, arrival_s in base.arrivals():
        rows = slice(first, first + len(arrival_s))
        _draw(out, arrival_s, base.spikes.fibre[rows], base.spikes.cause[rows], *units)
    if isinstance(run, EvokedRun):
        direct = np.full(len(run.direct_s), DRIVEN, dtype=np.int8)
        _draw(out, run.direct_s, run.direct_fibre, direct, *units)
    rms = np.float32(number("emg.noise_uv") if noise_uv is None else noise_uv)
    _mix(out, leak_matrix() if leak else None, rms, base.seed if seed is None else seed)
    return out


def _mix(
    out: NDArray[np.float32], leaks: NDArray[np.float32] | None, rms: np.float32, seed: int
) -> None:
    """Let muscles leak onto other electrodes and add noise, piece by piece in place."""
    noise = Noise(np.random.default_rng([seed, 0x6E6F]))
    for first in range(0, out.shape[1], CHUNK):
        part = out[:, first : first + CHUNK]
        if leaks is not None:
            for begin in range(0, part.shape[1], AT_HAND):
                piece = part[:, begin : begin + AT_HAND]
                piece[:] = leaks @ piece
        if rms > 0.0:
            for row in part:
                noise.add_to(row, rms)
