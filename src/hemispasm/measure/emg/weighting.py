"""Weigh each frequency by what a channel's own bursts carry there above its background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.filters import apply_gain
from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.background import PowerTraces
    from hemispasm.measure.emg.bursts import Burst

_SEGMENT_S = 0.0256
_MOST_SEGMENTS = 1000


def weigh_frequencies(
    filtered: NDArray[np.float32],
    traces: PowerTraces,
    bursts: Sequence[Burst],
    rate_hz: float,
) -> NDArray[np.float32] | None:
    """Return the signal with each frequency weighted by its share of burst power.

    Parameters
    ----------
    filtered : ndarray of shape (n,)
        Band-passed signal.
    traces : PowerTraces
        Of this signal.
    bursts : sequence of Burst
        Found in it.
    rate_hz : float
        Samples per second.

    Returns
    -------
    ndarray or None
        None where the bursts are too few to tell, or so clear that nothing is gained.

    Notes
    -----
    Wiener's weight ``S / (S + N)`` with the spectra of the patient's own bursts and background.
    """
    if len(bursts) < limit("weight.bursts_min"):
        return None
    if float(np.median([b.snr_db for b in bursts])) > limit("weight.clear_db"):
        return None
    size = 2 * round(_SEGMENT_S * rate_hz / 2)
    half = traces.step_s * rate_hz
    hop = _SEGMENT_S / 2
    loud = [t for b in bursts for t in np.arange(b.start_s + hop / 2, b.end_s, hop)]
    quiet = np.flatnonzero(traces.z[2] < 0.5)
    if not loud or quiet.size < _MOST_SEGMENTS:
        return None
    noise = _spectrum(filtered, quiet[:: quiet.size // _MOST_SEGMENTS] * half, size)
    both = _spectrum(filtered, np.array(loud, float) * rate_hz, size)
    signal = np.convolve(np.maximum(both - noise, 0), [0.25, 0.5, 0.25], "same")
    weight = signal / (signal + noise + 1e-30 + 1e-9 * noise.max())
    known = np.fft.rfftfreq(size, 1 / rate_hz)
    return apply_gain(filtered, rate_hz, lambda frequency: np.interp(frequency, known, weight))


def measure_size(
    bursts: Sequence[Burst],
    filtered: NDArray[np.float32],
    rate_hz: float,
    noise_power: float,
    offset_s: float = 0.0,
) -> tuple[Burst, ...]:
    """Return bursts with size and ratio to the background as in the unweighted pass band."""
    total = np.r_[0.0, np.cumsum(np.square(filtered, dtype=np.float64))]
    out = []
    for burst in bursts:
        a, b = (round((t - offset_s) * rate_hz) for t in (burst.start_s, burst.end_s))
        b = min(max(b, a + 1), filtered.size)
        inside = (total[b] - total[a]) / max(1, b - a)
        out.append(
            replace(
                burst,
                rms_uv=float(np.sqrt(max(inside - noise_power, 0.0))),
                snr_db=float(10 * np.log10(max(inside / noise_power - 1, 1e-3))),
            )
        )
    return tuple(out)


def _spectrum(
    x: NDArray[np.float32], centres: NDArray[np.floating], size: int
) -> NDArray[np.float64]:
    """Return the mean power spectrum of windowed segments around given samples."""
    first = centres.astype(int) - size // 2
    first = first[(first >= 0) & (first + size < x.size)]
    if first.size > _MOST_SEGMENTS:
        first = first[:: -(-first.size // _MOST_SEGMENTS)]
    if first.size == 0:
        return np.zeros(size // 2 + 1)
    rows = x[first[:, None] + np.arange(size)] * np.hanning(size).astype(np.float32)
    return np.asarray((np.abs(np.fft.rfft(rows, axis=1)) ** 2).mean(axis=0))
