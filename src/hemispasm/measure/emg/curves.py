"""Averages and single sweeps of evoked responses, as a page draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.emg.evoked import response_window, spread_train
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.trains import Train, prepare_train
from hemispasm.model.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hemispasm.measure.emg.evoked import EvokedResult
    from hemispasm.measure.emg.latency import Estimate
    from hemispasm.measure.emg.lateral_spread import EvokedResponse
    from hemispasm.model.emg import EmgRecording

MEAN, LOW, HIGH, SWEEP = "evoked_mean", "evoked_low", "evoked_high", "evoked_sweep"
NAMES = (MEAN, LOW, HIGH, SWEEP)

STEP_MS = 0.1
SWEEP_STEP_MS = 0.2
MOST_SWEEPS = 24
BEFORE_MS = 5.0
AFTER_MS = {"blink_reflex": 100.0}
USUAL_AFTER_MS = 50.0
_Z = 1.96


@dataclass(frozen=True)
class _Part:
    """One channel of one test: its sweeps, and what the marks on them are."""

    index: int
    test: str
    train: Train
    marks: dict[str, Any]


def make_curves(recording: EmgRecording, result: EvokedResult) -> tuple[Trace, ...]:
    """Return what each channel answers: the average, its band, and single sweeps.

    Parameters
    ----------
    recording : EmgRecording
        On one clock, with stimuli.
    result : EvokedResult
        What was measured in it.

    Returns
    -------
    tuple of Trace
        Times in seconds from the stimulus. ``evoked_mean`` is the noise-weighted average,
        ``evoked_low`` and ``evoked_high`` its pointwise 95 % band, ``evoked_sweep`` single sweeps,
        spread evenly over the train. ``meta`` of the average: ``test`` (``lateral_spread``,
        ``direct``, ``blink_reflex``, ``z_l``), ``channel``, ``index``, ``muscle``, ``count`` and
        ``total`` sweeps, ``window_ms``, ``noise_uv`` of a single sweep, and ``marks``: what was
        measured there, by name. Artefact and (lateral spread) direct response are taken out.
    """
    found: list[Trace] = []
    for part in _parts(recording, result):
        if part.train.count >= 2:
            found += _traces(recording, part)
    return tuple(found)


def _parts(recording: EmgRecording, result: EvokedResult) -> Iterator[_Part]:
    places = {channel.label: index for index, channel in enumerate(recording.channels)}
    late = evoked_limit("artefact", "late_start_ms")
    for spread in result.lateral_spreads:
        index = places[spread.channel]
        marks = {"window_ms": list(response_window()), "marks": [_mark("LSR", spread.response)]}
        yield _Part(index, "lateral_spread", spread_train(recording, index), marks)
    for cmap in result.cmaps:
        index = places[cmap.channel]
        train = prepare_train(
            recording, index, model_direct=False, late_start_ms=late, after_ms=60.0
        )
        direct = {"name": "M", "state": "present" if cmap.amplitude_uv else "undetermined"}
        direct |= _latency("onset", cmap.onset_ms)
        waves = [w for w in result.f_waves if w.channel == cmap.channel and w.onset_ms]
        found = [{"name": "F", "state": "present"} | _latency("onset", w.onset_ms) for w in waves]
        yield _Part(index, "direct", train, {"marks": [direct, *found]})
    for artery in result.z_l:
        index = places[artery.channel]
        train = prepare_train(
            recording, index, model_direct=False, late_start_ms=late, after_ms=60.0,
            response_weight=evoked_limit("artefact", "response_weight"),
        )  # fmt: skip
        window = [evoked_limit("z_l", "first_ms"), evoked_limit("z_l", "last_ms")]
        marks = {"window_ms": window, "marks": [_mark("Z-L", artery.response)]}
        yield _Part(index, "z_l", train, marks)
    if result.blink_reflex is not None:
        yield from _blink_parts(recording, result, places)


def _blink_parts(
    recording: EmgRecording, result: EvokedResult, places: dict[str, int]
) -> Iterator[_Part]:
    assert result.blink_reflex is not None
    labels = dict.fromkeys(one.channel for one in result.blink_reflex.components)
    for label in labels:
        train = prepare_train(
            recording, places[label], model_direct=False,
            late_start_ms=evoked_limit("blink", "late_start_ms"),
            after_ms=evoked_limit("blink", "after_ms"),
            response_weight=evoked_limit("artefact", "response_weight"),
        )  # fmt: skip
        here = [one for one in result.blink_reflex.components if one.channel == label]
        marks = {"marks": [_mark(one.kind, one.response) for one in here]}
        yield _Part(places[label], "blink_reflex", train, marks)


def _mark(name: str, response: EvokedResponse) -> dict[str, Any]:
    mark: dict[str, Any] = {"name": name, "state": response.state}
    if response.state == "present":
        mark |= _latency("onset", response.onset_ms) | _latency("peak", response.peak_ms)
    return mark


def _latency(name: str, estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None or not np.isfinite([estimate.value, estimate.low, estimate.high]).all():
        return {}
    ends = [round(estimate.low, 2), round(estimate.high, 2)]
    return {f"{name}_ms": round(estimate.value, 2), f"{name}_interval_ms": ends}


def _traces(recording: EmgRecording, part: _Part) -> list[Trace]:
    channel, train = recording.channels[part.index], part.train
    last = min(AFTER_MS.get(part.test, USUAL_AFTER_MS), float(train.sweeps.time_ms[-1]))
    first = max(-BEFORE_MS, float(train.sweeps.time_ms[0]))
    grid = np.arange(np.ceil(first / STEP_MS), np.floor(last / STEP_MS) + 1) * STEP_MS
    rows, weight = train.rows_uv, train.weight
    mean = train.average_uv
    # The spread of the sweeps themselves at each point; the weights are those of the average.
    spare = max(1.0 - float(np.square(weight).sum()), 1e-9)
    error = np.sqrt(np.square(weight[:, None] * (rows - mean)).sum(axis=0) / spare)
    about: dict[str, Any] = {
        "test": part.test,
        "channel": channel.label,
        "index": part.index,
        "muscle": None if channel.muscle is None else channel.muscle.value,
    }
    meta = {
        **about,
        **part.marks,
        "count": train.count,
        "total": len(train.sweeps.reasons),
        "noise_uv": round(train.noise_uv, 2),
    }
    time = train.sweeps.time_ms
    made = [
        Trace(MEAN, "uV", grid / 1000, _on(grid, time, mean), channel.side, meta=meta),
        Trace(LOW, "uV", grid / 1000, _on(grid, time, mean - _Z * error), channel.side, meta=about),
        Trace(HIGH, "uV", grid / 1000, _on(grid, time, mean + _Z * error), channel.side,
              meta=about),
    ]  # fmt: skip
    coarse = grid[:: round(SWEEP_STEP_MS / STEP_MS)]
    shown = np.unique(np.linspace(0, len(rows) - 1, min(MOST_SWEEPS, len(rows))).astype(int))
    made += [
        Trace(SWEEP, "uV", coarse / 1000, _on(coarse, time, rows[i]), channel.side,
              meta={**about, "sweep": int(i) + 1})
        for i in shown.tolist()
    ]  # fmt: skip
    return made


def _on(
    grid: NDArray[np.float64], time_ms: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.round(np.interp(grid, time_ms, values), 1)
