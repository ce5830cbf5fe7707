"""Band-pass, mains and heart beat: what stands between the electrode and the bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from hemispasm.measure.emg.limits import spontaneous_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float32]

_CHUNK_S = 6.0
_PAD_S = 0.2
_ORDER = 2


def band_edges(rate_hz: float) -> tuple[float, float]:
    """Return the pass band in hertz, as far as the sampling rate allows.

    Examples
    --------
    >>> band_edges(10_000.0)
    (80.0, 1000.0)
    >>> band_edges(1000.0)
    (80.0, 450.0)
    """
    high = spontaneous_limit("filter.band_high_share") * rate_hz
    return (
        spontaneous_limit("filter.band_low_hz"),
        min(spontaneous_limit("filter.band_high_hz"), high),
    )


def band_pass(signal: NDArray[np.floating], rate_hz: float) -> Signal:
    """Return the signal between the band edges, without delay.

    Parameters
    ----------
    signal : ndarray of shape (n,)
        Finite values; the offset does not matter.
    rate_hz : float
        Samples per second.

    Notes
    -----
    The squared magnitude of a second-order Butterworth at either end, applied to the spectrum of
    overlapping chunks: no phase, and gentle edges that do not ring around a burst.
    """
    size = signal.size
    if size == 0:
        return np.zeros(0, np.float32)
    # A line through the medians of the ends keeps an offset or a slow drift out of the first chunk.
    x = (signal - np.median(signal[: max(1, int(rate_hz))])).astype(np.float32)
    pad, core = int(_PAD_S * rate_hz), int(_CHUNK_S * rate_hz)
    length = fft.next_fast_len(min(size, core) + 2 * pad, real=True)
    core = length - 2 * pad
    response = _response(length, rate_hz)
    out = np.empty(size, np.float32)
    mirrored = np.concatenate([x[pad:0:-1], x, x[-2 : -pad - 2 : -1]])
    short = max(0, length - mirrored.size % length)
    lead = x[pad:0:-1].size
    padded = np.concatenate([np.zeros(pad - lead, np.float32), mirrored, np.zeros(short + length, np.float32)])
    for start in range(0, size, core):
        spectrum = fft.rfft(padded[start : start + length])
        spectrum *= response
        stop = min(size, start + core)
        out[start:stop] = fft.irfft(spectrum, n=length)[pad : pad + stop - start]
    return out


def _response(length: int, rate_hz: float) -> NDArray[np.float32]:
    """Return the gain of each frequency."""
    low, high = band_edges(rate_hz)
    frequency = np.maximum(fft.rfftfreq(length, 1 / rate_hz), 1e-6)
    gain = 1 / (1 + (low / frequency) ** (2 * _ORDER)) / (1 + (frequency / high) ** (2 * _ORDER))
    gain[0] = 0
    return gain.astype(np.float32)


def finite_spans(signal: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Return the sample ranges without missing values.

    Examples
    --------
    >>> finite_spans(np.array([1.0, np.nan, 2.0, 3.0]))
    [(0, 1), (2, 4)]
    """
    good = np.isfinite(signal)
    if good.all():
        return [(0, signal.size)] if signal.size else []
    edges = np.flatnonzero(np.diff(np.r_[0, good.astype(np.int8), 0]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
