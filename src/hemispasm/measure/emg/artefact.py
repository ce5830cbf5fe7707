"""Taking the stimulus artefact, the direct response, mains and drift out of a sweep.

Everything that is not the response is written as a weighted sum of known shapes: a constant, a
slope, mains with its harmonics, exponentials that start at the stimulus, and (where the response
comes later) bumps for the direct response. The weights are fitted where no response is expected
(and, with a small say, where it is), each with a prior size, so that shapes which the data cannot
tell apart stay small. All sweeps go through the same linear operation, so noise stays noise:
nothing that differs from sweep to sweep is made alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfilt, sosfiltfilt

from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.sweeps import SweepSet

#: Decay in milliseconds and prior size in microvolt at the stimulus of each exponential.
DECAYS = ((0.4, 1e5), (0.8, 3e4), (1.6, 1e4), (3.0, 1e3), (6.0, 500.0), (20.0, 300.0))
#: Finer, for a response that comes after the direct one, where what is left of the artefact would
#: pass for a response; a direct response itself would be taken for a sum of so many decays.
FINE_DECAYS = (
    (0.4, 1e5), (0.8, 3e4), (1.5, 1e4), (2.2, 3e3), (3.2, 1e3), (4.7, 1e3), (7.0, 500.0),
    (20.0, 300.0),
)  # fmt: skip
HARMONICS = 3


@dataclass(frozen=True)
class Cleaning:
    """How a sweep is cleaned.

    Attributes
    ----------
    model_direct : bool
        Also take out the direct response up to 7 ms.
    late_start_ms : float or None
        From here on the sweep holds no response and is used for the fit; None: only what comes
        before the stimulus and the first 2.4 ms.
    response_weight : float
        Say of the samples between the early part and the late one, 0 to 1. Without any say the slow
        exponentials are guessed there from both ends, which adds noise.
    response_start_ms : float or None
        From here on ``response_weight`` holds; None: from the end of the early part.
    line_hz : float or None
        Mains frequency when known.
    causal : bool
        Use no sample later than the one that is given out: for a live display.
    low_pass_hz : float or None
        Upper edge of the band; the usual one when None. A large direct response needs a wider band
        than a small late one.
    """

    model_direct: bool = True
    late_start_ms: float | None = None
    response_weight: float = 0.0
    response_start_ms: float | None = None
    line_hz: float | None = None
    causal: bool = False
    low_pass_hz: float | None = None


def clean_sweeps(sweeps: SweepSet, cleaning: Cleaning, noise_uv: float) -> SweepSet:
    """Return the sweeps without artefact, direct response, mains and drift, band-passed.

    Parameters
    ----------
    sweeps : SweepSet
        As cut.
    cleaning : Cleaning
        What to take out.
    noise_uv : float
        Size of the noise, from :func:`hemispasm.measure.emg.reject.noise_of`.

    Returns
    -------
    SweepSet
        The samples of the artefact itself are a straight line.
    """
    if sweeps.data_uv.size == 0:
        return sweeps
    data = clean_rows(sweeps.data_uv, sweeps.time_ms, sweeps.rate_hz, cleaning, noise_uv)
    return sweeps.with_data(_align(data, sweeps.offset_ms, sweeps.rate_hz))


def clean_rows(
    data_uv: NDArray[np.float64],
    time_ms: NDArray[np.float64],
    rate_hz: float,
    cleaning: Cleaning,
    noise_uv: float,
) -> NDArray[np.float64]:
    """Clean rows of samples; see :func:`clean_sweeps`."""
    # Rounding the noise to a step of a tenth of a decade lets trains share one operator.
    bucket = float(10 ** (np.round(10 * np.log10(max(noise_uv, 1e-3))) / 10))
    key = (float(time_ms[0]), len(time_ms), rate_hz)
    basis, solve, fitted = _operator(key, cleaning, bucket)
    data = data_uv - (data_uv[:, fitted] @ solve.T) @ basis.T
    return _band_passed(_bridge(data, time_ms), rate_hz, cleaning)


def nuisance_shapes(
    time_ms: NDArray[np.float64], rate_hz: float, cleaning: Cleaning
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shapes that a clean sweep may still hold, as the filters leave them.

    Parameters
    ----------
    time_ms : ndarray, shape (n_samples,)
        Clock of the sweeps.
    rate_hz : float
        Samples per second.
    cleaning : Cleaning
        As the sweeps were cleaned.

    Returns
    -------
    shapes : ndarray, shape (n_samples, n_shapes)
        Constant, slope, mains and decays, bridged over the artefact and band-passed.
    size : ndarray, shape (n_shapes,)
        Prior size of each in microvolt.
    """
    basis, size = _shapes(time_ms, cleaning)
    return _band_passed(_bridge(basis.T, time_ms), rate_hz, cleaning).T, size


def _band_passed(
    data: NDArray[np.float64], rate_hz: float, cleaning: Cleaning
) -> NDArray[np.float64]:
    low = cleaning.low_pass_hz or evoked_limit("filter", "low_pass_hz")
    high = evoked_limit("filter", "high_pass_hz")
    low = min(low, 0.4 * rate_hz)
    if cleaning.causal:
        return np.asarray(sosfilt(_sections(2, low, "lowpass", rate_hz), data, axis=1))
    data = np.asarray(sosfiltfilt(_sections(2, low, "lowpass", rate_hz), data, axis=1))
    return np.asarray(sosfiltfilt(_sections(1, high, "highpass", rate_hz), data, axis=1))


@lru_cache(maxsize=32)
def _sections(order: int, cut_hz: float, kind: str, rate_hz: float) -> NDArray[np.float64]:
    return np.asarray(butter(order, cut_hz, kind, fs=rate_hz, output="sos"))


def _bridge(data: NDArray[np.float64], time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    start, end = (
        evoked_limit("artefact", "blank_start_ms"),
        evoked_limit("artefact", "blank_end_ms"),
    )
    blank = (time_ms >= start) & (time_ms <= end)
    where = np.flatnonzero(blank)
    if where.size == 0:
        return data
    first, last = max(where[0] - 1, 0), min(where[-1] + 1, len(time_ms) - 1)
    share = (where - first) / (last - first)
    out = data.copy()
    out[:, where] = data[:, [first]] * (1 - share) + data[:, [last]] * share
    return out


@lru_cache(maxsize=64)
def _operator(
    key: tuple[float, int, float], cleaning: Cleaning, noise_uv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int_]]:
    first_ms, count, rate_hz = key
    time = np.asarray(first_ms + np.arange(count) * 1000.0 / rate_hz, dtype=np.float64)
    basis, size = _shapes(time, cleaning)
    weight = _fit_weights(time, cleaning)
    fitted = np.flatnonzero(weight > 0)
    part = basis[fitted]
    # Neighbouring samples of band-limited noise say the same: weigh them as if at 4 kHz.
    worth = weight[fitted] * min(1.0, 4000.0 / rate_hz) / noise_uv**2
    normal = part.T @ (part * worth[:, None]) + np.diag(1.0 / size**2)
    return basis, np.asarray(np.linalg.solve(normal, part.T * worth), dtype=np.float64), fitted


def _fit_weights(time: NDArray[np.float64], cleaning: Cleaning) -> NDArray[np.float64]:
    end = "m_wave_end_ms" if cleaning.model_direct else "fit_end_ms"
    blank = evoked_limit("artefact", "blank_end_ms")
    early = (time > blank) & (time <= evoked_limit("artefact", end))
    rest = time < evoked_limit("sweep", "baseline_end_ms")
    weight = (rest | early).astype(float)
    if cleaning.late_start_ms is not None and not cleaning.causal:
        weight[time >= cleaning.late_start_ms] = 1.0
        start = cleaning.response_start_ms or evoked_limit("artefact", end)
        between = (time > start) & (time < cleaning.late_start_ms)
        weight[between] = cleaning.response_weight
    return weight


def _shapes(
    time: NDArray[np.float64], cleaning: Cleaning
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = [np.ones_like(time), time / 50.0]
    sizes = [1e5, 300.0]
    for order in range(1, HARMONICS + 1):
        for line in (50.0, 60.0) if cleaning.line_hz is None else (cleaning.line_hz,):
            angle = 2 * np.pi * order * line * time / 1000
            columns += [np.sin(angle), np.cos(angle)]
            sizes += [100.0 / order] * 2
    after = time >= 0
    clipped = np.maximum(time, 0.0)
    for decay, size in FINE_DECAYS if cleaning.model_direct else DECAYS:
        columns.append(np.where(after, np.exp(-clipped / decay), 0.0))
        sizes.append(size)
    if cleaning.model_direct:
        width = 0.4
        for centre in np.arange(2.4, evoked_limit("artefact", "m_wave_end_ms") + 0.3, 0.4):
            columns.append(np.exp(-0.5 * ((time - centre) / width) ** 2))
            sizes.append(1000.0)
    return np.stack(columns, axis=1), np.array(sizes)


def _align(
    data: NDArray[np.float64], offset_ms: NDArray[np.float64], rate_hz: float
) -> NDArray[np.float64]:
    """Shift each row by the part of a sample that its stimulus lay beside the grid."""
    if np.max(np.abs(offset_ms), initial=0.0) < 1e-4:
        return data
    size = data.shape[1]
    frequency = np.fft.rfftfreq(2 * size, 1.0 / rate_hz)
    padded = np.concatenate([data, data[:, ::-1]], axis=1)
    turn = np.exp(-2j * np.pi * frequency[None, :] * offset_ms[:, None] / 1000)
    moved = np.fft.irfft(np.fft.rfft(padded, axis=1) * turn, 2 * size, axis=1)
    return np.asarray(moved[:, :size])
