"""What an amplifier adds at all times: its own noise, mains, the heart, a wandering baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

from hemispasm.simulate.emg.parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray


def amplifier_noise(
    n: int, rms_uv: float, rate_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return white noise through one pole, scaled to an RMS."""
    white = rng.standard_normal(n, dtype=np.float32)
    pole = number("noise.pole_hz")
    if pole < 0.45 * rate_hz:
        keep = float(np.exp(-2.0 * np.pi * pole / rate_hz))
        white = lfilter([1.0 - keep], [1.0, -keep], white).astype(np.float32)
        white *= np.float32(np.sqrt((1.0 + keep) / (1.0 - keep)))
    return np.asarray(white * np.float32(rms_uv), dtype=np.float32)


def mains(
    n: int,
    rate_hz: float,
    line_hz: float,
    amplitude_uv: float,
    harmonics: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return mains hum with odd and even harmonics, slightly off its nominal frequency."""
    t = np.arange(n) / rate_hz
    exact = line_hz * (1.0 + 2e-4 * rng.normal())
    swell = 1.0 + 0.15 * np.sin(2.0 * np.pi * rng.uniform(0.05, 0.2) * t + rng.uniform(0.0, 6.28))
    total = np.sin(2.0 * np.pi * exact * t + rng.uniform(0.0, 6.28))
    for order, share in ((2, 0.25), (3, 1.0), (5, 0.6), (7, 0.3)):
        if harmonics > 0.0 and order * exact < 0.45 * rate_hz:
            phase = rng.uniform(0.0, 6.28)
            total += harmonics * share * np.sin(2.0 * np.pi * order * exact * t + phase)
    return np.asarray(amplitude_uv * swell * total, dtype=np.float32)


def heart_beats(duration_s: float, per_min: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the times of the R waves; breathing makes the rhythm irregular."""
    times, now = [], rng.uniform(0.0, 0.8)
    while now < duration_s:
        times.append(now)
        sway = 1.0 + 0.04 * np.sin(2.0 * np.pi * 0.25 * now) + 0.015 * rng.normal()
        now += 60.0 / per_min * sway
    return np.array(times)


def ecg(
    n: int, rate_hz: float, beats_s: NDArray[np.float64], height_uv: float
) -> NDArray[np.float32]:
    """Return the electrocardiogram as the face sees it: QRS and a low T wave."""
    t = np.arange(round(0.5 * rate_hz)) / rate_hz - 0.06
    wave = np.exp(-((t / 0.010) ** 2)) - 0.35 * np.exp(-(((t - 0.022) / 0.012) ** 2))
    wave += 0.18 * np.exp(-(((t - 0.27) / 0.05) ** 2))
    out = np.zeros(n + len(t), dtype=np.float32)
    for beat in beats_s:
        first = max(round((beat - 0.06) * rate_hz), 0)
        out[first : first + len(t)] += (height_uv * wave).astype(np.float32)
    return out[:n]


def baseline_drift(
    n: int, rate_hz: float, sd_uv: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return a slow wander (skin potentials, anaesthesia) of the given spread."""
    knots = max(int(n / rate_hz * 2.0), 4) + 2
    walk = lfilter([1.0], [1.0, -0.97], rng.normal(size=knots + 200))[200:]
    walk = walk / max(float(walk.std()), 1e-9)
    return np.asarray(
        sd_uv * np.interp(np.linspace(0, knots - 1, n), np.arange(knots), walk), dtype=np.float32
    )
