"""F-waves: how many stimuli are followed by one, how large and how long they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfiltfilt

from hemispasm.measure.emg.latency import Estimate, resampled
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.trains import prepare_train
from hemispasm.stats import wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.trains import Train
    from hemispasm.model.emg import EmgRecording, Muscle
    from hemispasm.model.side import Side


@dataclass(frozen=True)
class FWave:
    """F-waves of one muscle.

    Attributes
    ----------
    channel, muscle, side
        Where they were recorded.
    persistence : Estimate or None
        Share of stimuli with an F-wave; where many barely rise above the noise, the upper end of
        the interval allows for as many that stayed below it.
    count, used, total : int
        Sweeps with an F-wave, usable sweeps, all sweeps.
    f_m_ratio : Estimate or None
        Mean peak-to-peak size of the F-waves over that of the direct response.
    onset_ms, duration_ms : Estimate or None
        Shortest part of the onsets (their tenth percentile), and median length.
    reasons : tuple of str
        Why something is missing, in codes.
    """

    channel: str
    muscle: Muscle | None
    side: Side | None
    persistence: Estimate | None
    count: int
    used: int
    total: int
    f_m_ratio: Estimate | None = None
    onset_ms: Estimate | None = None
    duration_ms: Estimate | None = None
    reasons: tuple[str, ...] = ()


def measure_f_wave(recording: EmgRecording, index: int, seed: int) -> FWave:
    """Measure the F-waves on one channel.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli of a branch that supplies the muscle.
    index : int
        Channel.
    seed : int
        Of the bootstrap draws.

    Returns
    -------
    FWave
        A sweep counts when its largest deflection after the direct response exceeds what the quiet
        parts of the same sweeps reach but rarely.
    """
    channel = recording.channels[index]
    late = evoked_limit("f_wave", "late_start_ms")
    train = prepare_train(
        recording, index, model_direct=False, late_start_ms=late, after_ms=80.0,
        response_weight=1.0, response_start_ms=evoked_limit("f_wave", "tail_end_ms"),
    )  # fmt: skip
    total = len(train.sweeps.reasons)
    if train.count == 0 or train.late_start_ms is None:
        reason = "no_sweep" if train.count == 0 else "sweeps_too_short"
        return FWave(
            channel.label, channel.muscle, channel.side, None, 0, train.count, total,
            reasons=(reason,),
        )  # fmt: skip
    rate, time = train.sweeps.rate_hz, train.sweeps.time_ms
    cut = min(evoked_limit("f_wave", "high_pass_hz"), 0.2 * rate)
    sections = butter(1, cut, "highpass", fs=rate, output="sos")
    # In this order, or the filter would spread the direct response over the window.
    sharp = sosfiltfilt(sections, _without_tail(train), axis=1)
    direct = train.sweeps.window(
        evoked_limit("cmap", "first_ms"), evoked_limit("f_wave", "first_ms")
    )
    m_size = float(np.ptp(train.average_uv[direct]))
    window = np.flatnonzero(
        train.sweeps.window(evoked_limit("f_wave", "first_ms"), evoked_limit("f_wave", "last_ms"))
    )
    size = np.ptp(sharp[:, window], axis=1)
    ceiling = _ceiling(sharp, train, len(window))
    shown = size > ceiling
    interval = wilson_interval(int(shown.sum()), train.count)
    # As many as barely rose above the ceiling may have stayed below it.
    near = int((shown & (size < evoked_limit("f_wave", "near_share") * ceiling)).sum())
    missed = min(2 * near, train.count - int(shown.sum()))
    most = wilson_interval(int(shown.sum()) + missed, train.count).high
    persistence = Estimate(float(shown.mean()), interval.low, max(interval.high, most))
    spans = [_span(row[window], time[window], ceiling) for row in sharp[shown]]
    return FWave(
        channel.label,
        channel.muscle,
        channel.side,
        persistence,
        int(shown.sum()),
        train.count,
        total,
        f_m_ratio=_mean_of(size[shown] / m_size, seed) if m_size > 0 else None,
        onset_ms=_low_of(np.array([span[0] for span in spans]), seed),
        duration_ms=_middle_of(np.array([span[1] - span[0] for span in spans]), seed),
        reasons=("small_waves_may_be_missed",) if missed >= 2 else (),
    )


def _without_tail(train: Train) -> NDArray[np.float64]:
    """Return the sweeps without the tail of the direct response, which repeats exactly.

    It is learnt from the quietest third of the sweeps, so that F-waves are not spread into others.
    """
    rows = train.rows_uv
    full, end = evoked_limit("f_wave", "tail_full_ms"), evoked_limit("f_wave", "tail_end_ms")
    share = np.clip((end - train.sweeps.time_ms) / (end - full), 0.0, 1.0)
    later = train.sweeps.window(full, evoked_limit("f_wave", "last_ms"))
    loud = np.ptp(rows[:, later] - train.average_uv[later] * share[later], axis=1)
    quiet = np.argsort(loud)[: max(len(rows) // 3, 3)]
    return np.asarray(rows - share * rows[quiet].mean(axis=0))


def _ceiling(rows: NDArray[np.float64], train: Train, length: int) -> float:
    quiet = np.flatnonzero(train.late)
    pieces = [
        np.ptp(rows[:, quiet[start : start + length]], axis=1)
        for start in range(0, max(len(quiet) - length, 0) + 1, max(length // 3, 1))
    ]
    found = np.concatenate(pieces)
    middle = float(np.median(found))
    spread = 1.4826 * float(np.median(np.abs(found - middle)))
    tail = np.quantile(found, 1 - evoked_limit("f_wave", "false_share"))
    return float(max(min(tail, middle + 5 * spread), middle + 4 * spread))


def _span(
    row: NDArray[np.float64], time_ms: NDArray[np.float64], ceiling: float
) -> tuple[float, float]:
    """Return first and last time of the wave around the largest deflection."""
    size = np.abs(row)
    top = first = int(np.argmax(size))
    limit = evoked_limit("f_wave", "onset_share") * ceiling
    pause = evoked_limit("f_wave", "pause_ms")
    for index in np.flatnonzero(size[:top] > limit)[::-1]:
        # A wave of noise long before is not its beginning.
        if time_ms[first] - time_ms[index] > pause:
            break
        first = int(index)
    loud = np.flatnonzero(size > ceiling / 2)
    return float(time_ms[first]), float(time_ms[loud[-1] if loud.size else top])


def _mean_of(values: NDArray[np.float64], seed: int) -> Estimate | None:
    if len(values) == 0:
        return None
    return resampled(
        lambda index: float(values[index].mean()), float(values.mean()), len(values), seed
    )


def _middle_of(values: NDArray[np.float64], seed: int) -> Estimate | None:
    if len(values) == 0:
        return None
    return resampled(
        lambda index: float(np.median(values[index])), float(np.median(values)), len(values), seed
    )


def _low_of(values: NDArray[np.float64], seed: int) -> Estimate | None:
    if len(values) == 0:
        return None
    return resampled(
        lambda index: float(np.quantile(values[index], 0.1)),
        float(np.quantile(values, 0.1)),
        len(values),
        seed,
        extra_sd=evoked_limit("f_wave", "onset_error_ms"),
    )
