"""Disturbances of an EMG recording, with the truth of when they happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.course import plan_of
from hemispasm.simulate.emg.noise import amplifier_noise, baseline_drift, ecg, heart_beats, mains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import Artefacts, StimulusTrain
    from hemispasm.simulate.emg.patient import Patient

Spans = list[tuple[float, float, str]]


@dataclass(frozen=True)
class Disturbance:
    """Everything that is added to the muscles' signals, one row per channel."""

    signal_uv: NDArray[np.float32]
    spans: tuple[tuple[float, float, str], ...]
    rejected_sweeps: tuple[int, ...]


def disturb(
    patient: Patient,
    chosen: Artefacts,
    train: StimulusTrain | None,
    stimuli_s: NDArray[np.float64],
    noise_uv: float,
    n: int,
) -> Disturbance:
    """Return noise and artefacts of all channels."""
    options = patient.options
    rate, duration = options.rate_hz, options.duration_s
    beats = heart_beats(duration, chosen.ecg_per_min, patient.stream("heart"))
    runs = _cautery_runs(patient, chosen, stimuli_s)
    spans: Spans = [(a, b, "cautery") for a, b in runs]
    total = np.zeros((len(patient.pools), n), dtype=np.float32)
    for channel, pool in enumerate(patient.pools):
        name = f"{pool.muscle.value} {patient.side_name(pool.side)}"
        rng = patient.stream(f"noise {name}")
        row = total[channel]
        row += amplifier_noise(n, noise_uv, rate, rng)
        if chosen.mains_uv > 0.0:
            size = chosen.mains_uv * rng.uniform(0.8, 1.2)
            row += mains(n, rate, options.line_hz, size, chosen.mains_harmonics, rng)
        if chosen.ecg_uv > 0.0:
            row += ecg(n, rate, beats, chosen.ecg_uv * rng.uniform(0.7, 1.2))
        if chosen.drift_uv > 0.0:
            row += baseline_drift(n, rate, chosen.drift_uv, rng)
        if len(stimuli_s) and train is not None and chosen.stimulus_uv > 0.0:
            near = 1.0 if pool.side is (train.side or options.side) else 0.35
            stimulus_artefact(row, rate, stimuli_s, near, chosen, train, rng)
        if chosen.movement_per_min > 0.0:
            spans += _movements(row, rate, duration, chosen, rng)
        for a, b in runs:
            _cauterise(row, rate, a, b, chosen.cautery_uv, rng)
    if chosen.pops_per_min > 0.0:
        channel = int(patient.stream("pops").integers(len(patient.pools)))
        spans += _pops(total[channel], rate, duration, chosen, patient.stream("pops"))
    rejected = [
        k for k, t in enumerate(stimuli_s) if any(a < t + 0.06 and b > t - 0.01 for a, b in runs)
    ]
    return Disturbance(total, tuple(sorted(spans)), tuple(rejected))


def stimulus_artefact(
    row: NDArray[np.float32],
    rate_hz: float,
    stimuli_s: NDArray[np.float64],
    near: float,
    chosen: Artefacts,
    train: StimulusTrain,
    rng: np.random.Generator,
) -> None:
    """Add the stimulus artefact: the pulse, then a fast and a slow decay."""
    size = chosen.stimulus_uv * near * rng.uniform(0.6, 1.0) * rng.choice((-1.0, 1.0))
    slow = rng.uniform(0.08, 0.2) * rng.choice((-1.0, 1.0))
    for time_s in stimuli_s:
        first = int(np.ceil(time_s * rate_hz))
        t_ms = (np.arange(first, first + round(0.04 * rate_hz)) / rate_hz - time_s) * 1000.0
        wave = np.where(t_ms <= train.pulse_ms, 1.0, 0.0)
        after = np.maximum(t_ms - train.pulse_ms, 0.0)
        tail = -0.6 * np.exp(-after / chosen.stimulus_fast_ms)
        tail += slow * np.exp(-after / chosen.stimulus_slow_ms)
        wave = size * (1.0 + 0.03 * rng.normal()) * np.where(t_ms > train.pulse_ms, tail, wave)
        fits = max(min(len(wave), len(row) - first), 0)
        row[first : first + fits] += wave[:fits].astype(np.float32)


def _cautery_runs(
    patient: Patient, chosen: Artefacts, stimuli_s: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Return when diathermy is on: the plan's runs and scattered ones."""
    rng, plan = patient.stream("cautery"), plan_of(patient.options)
    runs: list[tuple[float, float]] = []
    if plan is not None and len(stimuli_s):
        last = len(stimuli_s) - 1
        runs += [
            (float(stimuli_s[min(a, last)]) - 0.02, float(stimuli_s[min(b, last)]) + 0.08)
            for a, b in plan.cautery
        ]
    if chosen.cautery_share > 0.0:
        times = stimuli_s if len(stimuli_s) else np.arange(0.0, patient.options.duration_s, 1.0)
        step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
        for time_s in times[rng.random(len(times)) < chosen.cautery_share / 2.0]:
            start = float(time_s) - rng.uniform(0.0, 0.02)
            runs.append((start, start + step + rng.uniform(0.03, 0.06)))
    return sorted(runs)


def _cauterise(
    row: NDArray[np.float32],
    rate_hz: float,
    start_s: float,
    end_s: float,
    rms_uv: float,
    rng: np.random.Generator,
) -> None:
    a, b = max(round(start_s * rate_hz), 0), min(round(end_s * rate_hz), len(row))
    if b <= a:
        return
    t = np.arange(b - a) / rate_hz
    hum = np.sin(2.0 * np.pi * 100.0 * t + rng.uniform(0.0, 6.28))
    wild = rng.standard_normal(b - a) * (0.6 + 0.4 * np.abs(hum)) + 0.7 * hum
    wild += 0.8 * np.sin(2.0 * np.pi * rng.uniform(2.0, 15.0) * t)
    row[a:b] += (rms_uv * rng.uniform(0.7, 1.4) * wild).astype(np.float32)


def _movements(
    row: NDArray[np.float32],
    rate_hz: float,
    duration_s: float,
    chosen: Artefacts,
    rng: np.random.Generator,
) -> Spans:
    spans: Spans = []
    for _ in range(rng.poisson(chosen.movement_per_min * duration_s / 60.0)):
        length = rng.uniform(0.15, 0.8)
        start = rng.uniform(0.0, max(duration_s - length, 0.01))
        a = round(start * rate_hz)
        t = np.arange(min(round(length * rate_hz), len(row) - a)) / rate_hz
        swing = np.sin(2.0 * np.pi * rng.uniform(1.0, 8.0) * t + rng.uniform(0.0, 6.28))
        wave = np.sin(np.pi * t / length) ** 2 * (0.6 + 0.8 * swing)
        row[a : a + len(t)] += (chosen.movement_uv * rng.uniform(0.5, 1.5) * wave).astype(
            np.float32
        )
        spans.append((round(start, 4), round(start + length, 4), "movement"))
    return spans


def _pops(
    row: NDArray[np.float32],
    rate_hz: float,
    duration_s: float,
    chosen: Artefacts,
    rng: np.random.Generator,
) -> Spans:
    spans: Spans = []
    for start in np.sort(
        rng.uniform(0.0, duration_s, rng.poisson(chosen.pops_per_min * duration_s / 60.0))
    ):
        now, count = float(start), int(1 + rng.geometric(0.6))
        for _ in range(count):
            a, decay = round(now * rate_hz), rng.uniform(0.01, 0.08)
            t = np.arange(max(min(round(5.0 * decay * rate_hz), len(row) - a), 0)) / rate_hz
            size = chosen.pop_uv * rng.uniform(0.3, 1.5) * rng.choice((-1.0, 1.0))
            row[a : a + len(t)] += (size * np.exp(-t / decay)).astype(np.float32)
            spans.append((round(now, 4), round(min(now + 3.0 * decay, duration_s), 4), "pop"))
            now += float(rng.uniform(0.02, 0.15))
    return [span for span in spans if span[0] < duration_s]
