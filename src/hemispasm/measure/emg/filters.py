"""Band-pass, mains and heart beat: what stands between the electrode and the bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from hemispasm.measure.emg.limits import spontaneous_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Signal = NDArray[np.float32]

_CHUNK_S = 6.0
_PAD_S = 0.2
_ORDER = 2
_MAINS_ROUNDS = 6
_MAINS_LEFT = 0.3


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
    if signal.size == 0:
        return np.zeros(0, np.float32)
    # Without a large offset single precision is enough.
    x = (signal - np.median(signal[: max(1, int(rate_hz))])).astype(np.float32)
    return apply_gain(x, rate_hz, _band_gain(rate_hz))


def apply_gain(
    x: Signal, rate_hz: float, gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Signal:
    """Return a signal with a gain of each frequency, without delay.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Signal; its ends are mirrored.
    rate_hz : float
        Samples per second.
    gain : callable
        Frequencies in hertz in, real gains out.
    """
    size = x.size
    pad, core = int(_PAD_S * rate_hz), int(_CHUNK_S * rate_hz)
    length = fft.next_fast_len(min(size, core) + 2 * pad, real=True)
    core = length - 2 * pad
    response = gain(fft.rfftfreq(length, 1 / rate_hz)).astype(np.float32)
    before, after = x[pad:0:-1], x[-2 : -pad - 2 : -1]
    padded = np.zeros(pad + size + pad + length, np.float32)
    padded[pad - before.size : pad] = before
    padded[pad : pad + size] = x
    padded[pad + size : pad + size + after.size] = after
    out = np.empty(size, np.float32)
    for start in range(0, size, core):
        spectrum = fft.rfft(padded[start : start + length])
        spectrum *= response
        stop = min(size, start + core)
        out[start:stop] = fft.irfft(spectrum, n=length)[pad : pad + stop - start]
    return out


def _band_gain(rate_hz: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the gain of the pass band."""
    low, high = band_edges(rate_hz)

    def gain(frequency: NDArray[np.float64]) -> NDArray[np.float64]:
        above = np.maximum(frequency, 1e-6)
        passed = 1 / (1 + (low / above) ** (2 * _ORDER)) / (1 + (above / high) ** (2 * _ORDER))
        return np.asarray(np.where(frequency > 0, passed, 0.0))

    return gain


def find_mains(
    signal: NDArray[np.floating], rate_hz: float, line_hz: float | None
) -> tuple[float, tuple[int, ...]] | None:
    """Return the mains frequency and the harmonics that stand in a signal, None without any.

    Parameters
    ----------
    signal : ndarray of shape (n,)
        Finite values, at least four seconds of them.
    rate_hz : float
        Samples per second.
    line_hz : float or None
        Nominal frequency; 50 and 60 Hz are tried without one.
    """
    block = int(4 * rate_hz)
    if signal.size < block:
        return None
    count = min(8, signal.size // block)
    starts = np.linspace(0, signal.size - block, count).astype(int)
    window = np.hanning(block).astype(np.float32)
    blocks = [(signal[a : a + block] - signal[a : a + block].mean()) * window for a in starts]
    # The quieter blocks: in the louder ones the muscle hides the line.
    power = np.percentile([np.abs(fft.rfft(b)) ** 2 for b in blocks], 40, axis=0)
    found = [(_standing(power, base), base) for base in ([line_hz] if line_hz else [50.0, 60.0])]
    orders, base = max(found, key=lambda pair: len(pair[0]))
    return (base, orders) if orders else None


def _standing(power: NDArray[np.float64], base: float) -> tuple[int, ...]:
    """Return the harmonics whose power stands out from that of their neighbourhood."""
    found = []
    for order in range(1, int(spontaneous_limit("filter.mains_harmonics")) + 1):
        at = round(order * base * 4)
        if at + 24 >= power.size:
            break
        near = np.r_[power[at - 20 : at - 6], power[at + 7 : at + 21]]
        height = power[at - 2 : at + 3].max() / max(np.median(near), 1e-30)
        if height > spontaneous_limit("filter.mains_ratio"):
            found.append(order)
    return tuple(found)


def remove_mains(
    filtered: Signal, rate_hz: float, base_hz: float, harmonics: tuple[int, ...]
) -> Signal:
    """Return a band-passed signal without mains hum and its harmonics.

    Notes
    -----
    Sines of the exact frequency are fitted to overlapping two-second blocks with loud samples
    held back, so that bursts neither bend the fit nor lose power to a notch, and nothing rings.
    The crests of a loud hum are held back as well, so what it leaves is fitted again.
    """
    block = int(2 * rate_hz)
    if filtered.size < block:
        return filtered
    exact = _exact_mains(filtered, rate_hz, base_hz, harmonics)
    phase = 2 * np.pi * exact / rate_hz * np.outer(harmonics, np.arange(block))
    basis = np.concatenate([np.cos(phase), np.sin(phase)]).astype(np.float32)
    for _ in range(_MAINS_ROUNDS):
        hum = _fitted_hum(filtered, basis)
        filtered = filtered - hum
        if np.abs(hum[::8]).max() < _MAINS_LEFT * np.median(np.abs(filtered[::8])):
            break
    return filtered


def _fitted_hum(filtered: Signal, basis: NDArray[np.float32]) -> Signal:
    """Return the sines of a basis as they stand in a signal, block by block."""
    size, block = filtered.size, basis.shape[1]
    inverse = np.linalg.inv((basis @ basis.T).astype(np.float64))
    held = 4 * float(np.median(np.abs(filtered[::8])))
    fade = np.hanning(block + 2)[1:-1].astype(np.float32)
    hum, weight = np.zeros(size, np.float32), np.full(size, 1e-6, np.float32)
    starts = np.unique(np.r_[np.arange(0, size - block, block // 2), size - block])
    for a in starts:
        piece = np.clip(filtered[a : a + block], -held, held)
        fit = (inverse @ (basis @ piece)).astype(np.float32) @ basis
        # Nothing overlaps the outer halves of the first and the last block.
        blend = fade.copy()
        if a == 0:
            blend[: block // 2] = 1
        if a == size - block:
            blend[block // 2 :] = 1
        hum[a : a + block] += blend * fit
        weight[a : a + block] += blend
    return hum / weight


def _exact_mains(
    filtered: Signal, rate_hz: float, base_hz: float, harmonics: tuple[int, ...]
) -> float:
    """Return the frequency near the nominal one, from how the phase of a harmonic moves on."""
    block = int(rate_hz)
    count = filtered.size // block
    if count < 3:
        return base_hz
    held = 4 * float(np.median(np.abs(filtered[::8])))
    rows = np.clip(filtered[: count * block], -held, held).reshape(count, block)
    best, exact = 0.0, base_hz
    for order in harmonics[:3]:
        turn = np.exp(-2j * np.pi * order * base_hz / rate_hz * np.arange(block))
        wave = rows @ (turn * np.hanning(block))
        # Each block starts at another phase of the nominal line unless a second holds whole turns.
        wave = wave * np.exp(-2j * np.pi * order * base_hz * block / rate_hz * np.arange(count))
        drift = np.sum(wave[1:] * np.conj(wave[:-1]))
        if abs(drift) > best:
            best = float(abs(drift))
            exact = base_hz + float(np.angle(drift)) / (2 * np.pi * order) * rate_hz / block
    return exact


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
