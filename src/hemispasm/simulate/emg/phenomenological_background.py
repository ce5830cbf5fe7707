"""Background of the second EMG family: coloured noise, mains that wanders, heart, faults.

Noise is drawn in the frequency domain, mains as an oscillator whose pitch and strength walk, the
heart as a wave on a jittered clock. Electrode faults are steps that leak away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def coloured_noise(
    count: int, rate_hz: float, slope: float, corner_hz: float, edge_hz: float,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Return noise whose power falls as 1/f**slope below a corner, flat above, gone at an edge.

    The flat part would have an RMS of 1 over the whole band without the edge.

    Examples
    --------
    >>> quiet = coloured_noise(20_000, 10_000.0, 0.0, 20.0, 1e9, np.random.default_rng(1))
    >>> bool(abs(quiet.std() - 1.0) < 0.05)
    True
    """
    if count < 2:
        return np.zeros(max(count, 0))
    full = int(2 ** np.ceil(np.log2(count)))
    freqs = np.fft.rfftfreq(full, 1.0 / rate_hz)
    # Amplifiers pass nothing slower than this.
    lowest = max(freqs[1], 0.5)
    rise = (corner_hz / np.maximum(freqs, lowest)) ** slope if slope > 0.0 else 0.0 * freqs
    amplitude = np.sqrt((1.0 + rise) / (1.0 + (freqs / edge_hz) ** 4))
    amplitude[0] = 0.0
    phases = rng.standard_normal(len(freqs)) + 1j * rng.standard_normal(len(freqs))
    return np.asarray(np.fft.irfft(amplitude * phases, full)[:count] * np.sqrt(full / 2.0))


def _walk(count: int, rate_hz: float, step_s: float, rng: np.random.Generator) -> Array:
    """Return a slow random course of SD 1 that has a knot every ``step_s`` seconds."""
    knots = max(int(np.ceil(count / rate_hz / step_s)) + 2, 3)
    heights = rng.standard_normal(knots)
    return np.interp(np.arange(count) / rate_hz, np.arange(knots) * step_s, heights)


def wandering_mains(
    count: int, rate_hz: float, line_hz: float, rms: float, harmonics: float,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Return hum of a given RMS whose pitch and strength drift.

    ``harmonics`` is how strong they may be at most, relative to the hum.
    """
    if rms <= 0.0 or count < 2:
        return np.zeros(max(count, 0))
    pitch = line_hz * (1.0 + 4e-4 * _walk(count, rate_hz, 4.0, rng))
    turns = 2.0 * np.pi * np.cumsum(pitch) / rate_hz + rng.uniform(0.0, 2.0 * np.pi)
    hum = np.sin(turns)
    for order in (2, 3, 4, 5, 7):
        share = harmonics * rng.uniform(0.0, 1.0) * (1.0 if order % 2 else 0.3)
        phase = rng.uniform(0.0, 2.0 * np.pi)
        if order * line_hz < 0.45 * rate_hz:
            hum += share * np.sin(order * turns + phase)
    hum *= np.exp(0.15 * _walk(count, rate_hz, 6.0, rng))
    return np.asarray(hum * (rms / np.sqrt(np.mean(hum**2))))


def heart_times(duration_s: float, per_min: float, rng: np.random.Generator) -> Array:
    """Return the times of heart beats of a mean rate, with breathing in the rhythm."""
    mean_s = 60.0 / max(per_min, 1.0)
    count = int(duration_s / mean_s * 1.3) + 4
    breath = 0.03 * np.sin(0.9 * np.arange(count))
    gaps = mean_s * (1.0 + breath + 0.02 * rng.standard_normal(count))
    times = np.cumsum(gaps) - mean_s * rng.random()
    return np.asarray(times[(times > 0.0) & (times < duration_s)])


def heart_wave(count: int, rate_hz: float, beats_s: Array, height: float) -> Array:
    """Return QRS-like waves of a given height and a low T wave at the given beats."""
    wave = np.zeros(count)
    # Centre after the beat, width, height: a small dip, the spike, a dip, a slow wave.
    parts = ((-0.02, 0.008, -0.15), (0.0, 0.007, 1.0), (0.02, 0.009, -0.3), (0.24, 0.045, 0.2))
    for beat in beats_s:
        first = max(int((beat - 0.06) * rate_hz), 0)
        last = min(int((beat + 0.42) * rate_hz), count)
        times = np.arange(first, last) / rate_hz - beat
        for centre, width, size in parts:
            wave[first:last] += height * size * np.exp(-0.5 * ((times - centre) / width) ** 2)
    return wave


def electrode_step(count: int, rate_hz: float, at_s: float, height: float, leak_s: float) -> Array:
    """Return a contact fault: a jump at once that leaks away through the amplifier."""
    step = np.zeros(count)
    first = int(np.ceil(at_s * rate_hz))
    if 0 <= first < count:
        times = np.arange(count - first) / rate_hz
        step[first:] = height * np.exp(-times / leak_s)
    return step


def movement_wave(
    count: int, rate_hz: float, at_s: float, length_s: float, height: float,
    rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Return the slow swing of a cable or an electrode that is touched."""
    wave = np.zeros(count)
    first, last = max(int(at_s * rate_hz), 0), min(int((at_s + length_s) * rate_hz), count)
    if last - first > 2:
        place = np.linspace(0.0, 1.0, last - first)
        swings = rng.uniform(1.0, 6.0) * length_s
        wave[first:last] = (
            height * np.sin(np.pi * place) ** 2
            * np.sin(2.0 * np.pi * swings * place + rng.uniform(0.0, 6.28))
        )  # fmt: skip
    return wave


def cautery_noise(count: int, rate_hz: float, rms: float, rng: np.random.Generator) -> Array:
    """Return what electrocautery leaves after the amplifier: gated, broad, saturating."""
    if count < 2:
        return np.zeros(max(count, 0))
    gate = np.where(_walk(count, rate_hz, 0.02, rng) > -0.8, 1.0, 0.15)
    raw = coloured_noise(count, rate_hz, 0.6, 200.0, 3000.0, rng) * gate
    return np.asarray(rms * 1.5 * np.tanh(raw / 1.2))
