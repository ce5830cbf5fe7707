"""A small EMG of our own for the tests of the burst engine: two branches, impulses, noise.

It shares nothing with the detector and nothing with ``simulate``: numbers stand here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from hemispasm.model.emg import ChannelKind, EmgChannel, EmgRecording, Muscle
from hemispasm.model.side import Side

RATE_HZ = 10_000.0
_MERGE_S = 0.010
_VISIBLE_UV = 5.0


@dataclass(frozen=True)
class Made:
    """Clean and noisy signals in microvolt, and true burst edges of each channel."""

    clean: np.ndarray
    noisy: np.ndarray
    bursts: tuple[np.ndarray, ...]


def _units(rng, count):
    """Motor-unit shapes of two or three phases, log-normal in amplitude, 3-7 ms long."""
    shapes = []
    for _ in range(count):
        width = rng.uniform(0.003, 0.007)
        t = np.arange(int(width * RATE_HZ)) / RATE_HZ
        x = (t / width - 0.5) * 6
        wave = (x if rng.random() < 0.5 else (1 - x**2)) * np.exp(-(x**2) / 1.2)
        shapes.append(40 * rng.lognormal(0, 0.5) * wave / np.abs(wave).max())
    return shapes


def cluster_times(rng, duration_s, per_min=30.0):
    """Onsets of bursts: clusters of 0.1-1.5 s, in which bursts come at 5-20 a second."""
    starts, t = [], rng.exponential(1.0)
    while t < duration_s - 2:
        end, every = t + rng.uniform(0.1, 1.5), 1 / rng.uniform(5, 20)
        while t < end:
            starts.append(t)
            t += every * rng.lognormal(0, 0.35)
        t += 0.4 + rng.exponential(60 / per_min)
    return np.array(starts)


def impulse_times(rng, onsets, low=2, high=12, rate=(150, 350)):
    """Return the impulses of each burst."""
    found = []
    for onset in onsets:
        mean = 1 / rng.uniform(*rate)
        gaps = mean * np.clip(rng.normal(1, 0.15, rng.integers(low, high + 1) - 1), 0.5, 2)
        found.append(onset + np.r_[0, np.cumsum(gaps)])
    return found


def place(rng, trains, units, size, share=(0.2, 0.7), delay=0.0055, keep=1.0):
    """Return a clean signal in which each impulse fires a random share of the units."""
    signal = np.zeros(size)
    for train in trains:
        for impulse in train:
            if rng.random() > keep:
                continue
            drawn = np.flatnonzero(rng.random(len(units)) < rng.uniform(*share))
            for unit in drawn:
                at = int((impulse + delay + rng.normal(0, 0.0003)) * RATE_HZ)
                wave = units[unit]
                stop = min(size, at + wave.size)
                if 0 <= at < stop:
                    signal[at:stop] += wave[: stop - at]
    return signal


def visible_spans(clean, level=_VISIBLE_UV):
    """Return where the clean signal can be seen, gaps under 10 ms joined; seconds."""
    hits = np.flatnonzero(np.abs(clean) > level)
    if hits.size == 0:
        return np.zeros((0, 2))
    cut = np.flatnonzero(np.diff(hits) > _MERGE_S * RATE_HZ)
    return np.c_[hits[np.r_[0, cut + 1]], hits[np.r_[cut, hits.size - 1]] + 1] / RATE_HZ


def add_noise(rng, clean, snr_db, hum_uv=3.0, ecg_uv=8.0):
    """Noise through a 2 kHz pole at a ratio to the bursts' own RMS, hum and heart beats."""
    spans = visible_spans(clean)
    t = np.arange(clean.size) / RATE_HZ
    inside = np.zeros(clean.size, bool)
    for a, b in spans:
        inside[int(a * RATE_HZ) : int(b * RATE_HZ)] = True
    rms = np.sqrt(np.mean(clean[inside] ** 2)) if inside.any() else 40.0
    pole = np.exp(-2 * np.pi * 2000 / RATE_HZ)
    noise = lfilter([1 - pole], [1, -pole], rng.standard_normal(clean.size))
    noise *= rms / 10 ** (snr_db / 20) / noise.std()
    phase = rng.uniform(0, 6, 3)
    hum = sum(hum_uv / k * np.sin(2 * np.pi * 50 * k * t + phase[k - 1]) for k in (1, 2, 3))
    beats = np.cumsum(rng.normal(0.85, 0.03, int(clean.size / RATE_HZ / 0.7)))
    ecg = sum((ecg_uv * np.exp(-0.5 * ((t - b) / 0.012) ** 2) for b in beats[beats < t[-1]]), 0)
    return clean + noise + hum + ecg


def make_pair(seed, snr_db, duration_s=40.0, gain=0.8, **noise):
    """Two branches of one side: the second follows each impulse with probability ``gain``."""
    rng = np.random.default_rng(seed)
    size = int(duration_s * RATE_HZ)
    trains = impulse_times(rng, cluster_times(rng, duration_s))
    first = place(rng, trains, _units(rng, 25), size)
    second = place(rng, trains, _units(rng, 25), size, delay=0.0068, keep=gain)
    clean = np.stack([first, second])
    noisy = np.stack([add_noise(rng, row, snr_db, **noise) for row in clean])
    return Made(clean, noisy, tuple(visible_spans(row) for row in clean))


def make_contraction(seed, snr_db, duration_s=40.0):
    """Two muscles moved at will together: independent units under one drive."""
    rng = np.random.default_rng(seed)
    size = int(duration_s * RATE_HZ)
    starts = np.cumsum(rng.uniform(1.5, 4.0, int(duration_s)))
    starts = starts[starts < duration_s - 2]
    clean = []
    lengths = rng.uniform(0.15, 1.2, starts.size)
    for _ in range(2):
        units, signal = _units(rng, 25), np.zeros(size)
        for start, length in zip(starts + rng.normal(0, 0.01, starts.size), lengths, strict=True):
            for unit in units:
                gaps = rng.normal(1, 0.2, 60).clip(0.4) / rng.uniform(8, 30)
                fired = start + rng.uniform(0, 0.05) + np.cumsum(gaps)
                for at in (fired[fired < start + length] * RATE_HZ).astype(int):
                    stop = min(size, at + unit.size)
                    signal[at:stop] += unit[: stop - at]
        clean.append(signal)
    noisy = np.stack([add_noise(rng, row, snr_db) for row in clean])
    return Made(np.stack(clean), noisy, tuple(visible_spans(row) for row in clean))


def quiet(seed, duration_s=40.0, uv=4.0):
    """Noise alone."""
    return np.random.default_rng(seed).normal(0, uv, int(duration_s * RATE_HZ))


def recording(signals, channels, rate_hz=RATE_HZ, **more):
    """Return a recording; ``channels`` are pairs of muscle and side."""
    nouns = tuple(
        EmgChannel(
            label=f"{muscle} {side}",
            kind=ChannelKind.EMG,
            muscle=muscle,
            side=side,
            rate_hz=rate_hz,
            electrode="surface",
            named_by="sidecar",
        )
        for muscle, side in channels
    )
    return EmgRecording(channels=nouns, signals_uv=tuple(signals), stimuli_s=np.zeros(0), **more)


EYE, CHIN = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS
BOTH_SIDES = ((EYE, Side.LEFT), (CHIN, Side.LEFT), (EYE, Side.RIGHT), (CHIN, Side.RIGHT))
