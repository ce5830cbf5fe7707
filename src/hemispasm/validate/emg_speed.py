"""What the measurement costs, on one core and alone: nothing else of the validation runs."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.monitor_state import start_monitor
from hemispasm.measure.emg.monitor_step import step
from hemispasm.measure.emg.monitor_sweeps import cut_run
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.spontaneous_channels import prepare_channels
from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain, TheatrePlan
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.validate.emg_bursts import one_channel
from hemispasm.validate.emg_plan import EmgJob
from hemispasm.validate.emg_scores import EmgScore

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemispasm.model.emg import EmgRecording

CHANNELS = 8
SWEEP_RATE_HZ = 20_000.0
SWEEP_SNR_DB = 6.0
SPEED_SNR_DB = 12.0
WATCHED = (Muscle.MENTALIS, Muscle.ORBICULARIS_ORIS, Muscle.PLATYSMA)


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that a piece of work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def speed_scores(seed: int, repeats: int) -> list[EmgScore]:
    """Return throughput per channel and the time of a sweep of eight channels.

    Parameters
    ----------
    seed : int
        Of the recordings.
    repeats : int
        Recordings timed.
    """
    prepare_channels(one_channel(EmgJob("speed", "mechanistic", seed, SPEED_SNR_DB)).recording)
    detect, whole = [], []
    for k in range(repeats):
        made = one_channel(EmgJob("speed", "mechanistic", seed + k, SPEED_SNR_DB)).recording
        seconds = made.duration_s
        detect.append(seconds / cpu_s(partial(prepare_channels, made)))
        whole.append(seconds / cpu_s(partial(measure_spontaneous, made)))
    rate = f"recordings of one channel at 10 kHz, {SPEED_SNR_DB:g} dB"
    return [
        _timed("burst_throughput", detect, "{times}", rate, "times real time: filter to bursts"),
        _timed("burst_measure_throughput", whole, "{times}", rate, "the whole measurement"),
        *sweep_times(seed, repeats * 20),
    ]


def _timed(key: str, values: list[float], unit: str, of: str, note: str | None) -> EmgScore:
    low, high = min(values), max(values)
    return EmgScore(
        key=key, value=float(np.median(values)), interval=(low, high), unit=unit, n=len(values),
        of=of, part="speed", note=f"{note}; fastest and slowest as interval",
    )  # fmt: skip


def sweep_times(seed: int, sweeps: int) -> list[EmgScore]:
    """Return the milliseconds of a step with eight channels, the usual and the slow ones."""
    recording = eight_channels(seed, sweeps)
    state = start_monitor(cut_run(recording, 0, 30))
    watched = sum(one.model.detector is not None for one in state.channels)
    after = cut_run(recording, 30).sweeps
    state = step(state, after[0])
    times = []
    for sweep in after[1:]:
        began = time.process_time()
        state = step(state, sweep)
        times.append(1000 * (time.process_time() - began))
    of = f"sweeps of {len(state.channels)} channels at 20 kHz"
    note = f"{watched} channels with a response"
    usual = _timed("theatre_sweep_time", times, "ms", of, note)
    late = {"key": "theatre_sweep_time_p95", "value": float(np.percentile(times, 95))}
    return [usual, usual.model_copy(update=late)]


def eight_channels(seed: int, sweeps: int) -> EmgRecording:
    """Return an operation in which eight channels can be watched: three muscles, again and again.

    Copies have noise of their own.
    """
    options = EmgOptions(
        "theatre",
        rate_hz=SWEEP_RATE_HZ,
        snr_db=SWEEP_SNR_DB,
        muscles=WATCHED,
        leading=Muscle.MENTALIS,
        record_sides=(EmgOptions().side,),
        stimuli=StimulusTrain(count=31 + sweeps),
        theatre=TheatrePlan(vanish_sweep=None),
    )
    made = simulate_emg(options, seed).recording
    rng = np.random.default_rng(seed)
    channels, signals = [], []
    for k in range(CHANNELS):
        channel, signal = made.channels[k % len(WATCHED)], made.signals_uv[k % len(WATCHED)]
        channels.append(channel.model_copy(update={"label": f"{channel.label} {k + 1}"}))
        signals.append(signal + rng.normal(0, 1, len(signal)).astype(signal.dtype))
    return replace(made, channels=tuple(channels), signals_uv=tuple(signals))
