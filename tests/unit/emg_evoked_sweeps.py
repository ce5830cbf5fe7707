"""A small generator of stimulus trains for the tests of the evoked engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hemispasm.model.emg import Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.side import Side


@dataclass(frozen=True)
class Patient:
    """Motor units of one response: waveforms, delays and how often each takes part."""

    units: np.ndarray
    delays_ms: np.ndarray
    chance: float
    rate_hz: float
    rms: float


def make_patient(seed: int, rate_hz: float = 10000.0, latency_ms: float | None = None) -> Patient:
    """Return a patient whose lateral spread has 25 units after some 9 to 10.5 ms."""
    rng = np.random.default_rng([seed, 1])
    start = rng.uniform(8.8, 10.5) if latency_ms is None else latency_ms
    count = 25
    t = np.arange(0, 14, 1000 / rate_hz)
    units = []
    for _ in range(count):
        width = rng.uniform(0.5, 1.0)
        phase = (t - 2.5) / width
        shape = (1 - phase**2 if rng.random() < 0.5 else -1.5 * phase) * np.exp(-(phase**2) / 2)
        units.append(shape * rng.lognormal(0, 0.5))
    delays = start - 1.0 + rng.gamma(2.0, 0.4, count) + 2.0 * (rng.random(count) < 0.35)
    patient = Patient(np.array(units), delays, rng.uniform(0.35, 0.6), rate_hz, 1.0)
    time = np.arange(-10, 50, 1000 / rate_hz)
    clean = np.mean([_response(patient, time, rng, 0.0) for _ in range(100)], axis=0)
    inside = (time > 8) & (time < 16)
    return replace(patient, rms=float(np.sqrt(np.mean(clean[inside] ** 2))))


def _response(patient: Patient, time_ms, rng, shift_ms: float, scale: float = 1.0) -> np.ndarray:
    out = np.zeros_like(time_ms)
    common = rng.normal(0, 0.12)
    grid = np.arange(patient.units.shape[1]) * 1000 / patient.rate_hz
    for unit, delay in zip(patient.units, patient.delays_ms, strict=True):
        if rng.random() < patient.chance * scale:
            at = delay + common + rng.normal(0, 0.08) + shift_ms
            out += np.interp(time_ms - at, grid, unit, left=0, right=0)
    return out


@dataclass(frozen=True)
class Train:
    """Settings of a train: everything that varies in the tests."""

    sweeps: int = 8
    snr_db: float = -6.0
    present: float | tuple[float, ...] = 1.0
    shift_ms: float = 0.0
    noise_uv: float = 20.0
    rate_hz: float = 10000.0
    interval_s: float = 0.333
    artefact_uv: float = 2000.0
    leak_uv: float = 30.0
    hum_uv: float = 3.0
    cautery_share: float = 0.05
    free_share: float = 0.08
    site: Branch = Branch.ZYGOMATIC
    side: Side | None = Side.LEFT
    muscle: Muscle = Muscle.MENTALIS


def make_train(patient: Patient, train: Train, seed: int) -> EmgRecording:
    """Return a recording of one channel with a train of stimuli."""
    rng = np.random.default_rng([seed, 2])
    rate = train.rate_hz
    stimuli = 0.2 + np.arange(train.sweeps) * train.interval_s
    size = int((stimuli[-1] + 0.3) * rate)
    time_s = np.arange(size) / rate
    noise = _pole(rng.normal(0, 1, size), 2000, rate)
    signal = noise / noise.std() * train.noise_uv
    signal += train.hum_uv * np.sin(2 * np.pi * 50 * time_s + rng.uniform(0, 6.28))
    gain = train.noise_uv * 10 ** (train.snr_db / 20) / patient.rms
    scales = np.broadcast_to(train.present, train.sweeps)
    fast, slow = rng.uniform(0.3, 0.6), rng.uniform(2, 5)
    leak_at, leak_width = rng.uniform(3.5, 4.5), rng.uniform(0.4, 0.7)
    for stimulus, scale in zip(stimuli, scales, strict=True):
        first, last = int((stimulus - 0.001) * rate), int((stimulus + 0.06) * rate)
        ms = (time_s[first:last] - stimulus) * 1000
        piece = (
            train.artefact_uv
            * rng.normal(1, 0.03)
            * np.where(ms >= 0, np.exp(-ms / fast) - 0.06 * np.exp(-ms / slow), 0)
        )
        phase = (ms - leak_at) / leak_width
        piece += train.leak_uv * rng.normal(1, 0.05) * phase * np.exp(-(phase**2) / 2) * 1.6
        if scale > 0:
            piece += gain * _response(patient, ms, rng, train.shift_ms, float(scale))
        draw = rng.random()
        if draw < train.cautery_share:
            piece += rng.normal(0, 400, len(ms))
        elif draw < train.cautery_share + train.free_share:
            piece += _free_activity(ms, rng, 3 * train.noise_uv)
        signal[first:last] += piece
    channel = EmgChannel(
        label="M", muscle=train.muscle, side=train.side, rate_hz=rate, named_by="sidecar"
    )
    info = StimulusInfo(site=train.site, side=train.side, rate_hz=1 / train.interval_s)
    return EmgRecording((channel,), (signal,), stimuli, stimulus=info, line_hz=50.0)


def _pole(x: np.ndarray, cut_hz: float, rate: float) -> np.ndarray:
    from scipy.signal import lfilter

    a = np.exp(-2 * np.pi * cut_hz / rate)
    return lfilter([1 - a], [1, -a], x)


def _free_activity(ms: np.ndarray, rng, size_uv: float) -> np.ndarray:
    out = np.zeros_like(ms)
    for _ in range(rng.integers(3, 10)):
        phase = (ms - rng.uniform(-1, 60)) / 0.8
        out += size_uv * rng.normal() * phase * np.exp(-(phase**2) / 2)
    return out
