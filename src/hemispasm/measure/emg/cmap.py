"""The direct response of a muscle (M-wave, CMAP) and the ratio of both sides (ENoG)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.latency import Estimate, onset_ms, resampled
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.trains import prepare_train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording, Muscle
    from hemispasm.model.side import Side


@dataclass(frozen=True)
class Cmap:
    """The direct response of one muscle.

    Attributes
    ----------
    channel, muscle, side
        Where it was recorded.
    onset_ms, amplitude_uv : Estimate or None
        Onset latency and peak-to-peak size of the average; None when nothing rises above the noise.
    used, total : int
        Sweeps averaged, and sweeps of the train.
    """

    channel: str
    muscle: Muscle | None
    side: Side | None
    onset_ms: Estimate | None
    amplitude_uv: Estimate | None
    used: int
    total: int


def measure_cmap(recording: EmgRecording, index: int, seed: int) -> Cmap:
    """Measure the direct response on one channel.

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
    Cmap
    """
    channel = recording.channels[index]
    late = evoked_limit("artefact", "late_start_ms")
    train = prepare_train(recording, index, model_direct=False, late_start_ms=late, after_ms=60.0)
    window = (evoked_limit("cmap", "first_ms"), evoked_limit("cmap", "last_ms"))
    inside = train.sweeps.window(*window)
    rows, weight = train.rows_uv, train.weight
    total = len(train.sweeps.reasons)
    nothing = Cmap(channel.label, channel.muscle, channel.side, None, None, train.count, total)
    if train.count == 0:
        return nothing
    noise = max(train.average_noise_uv, 1e-6)

    def average(index: NDArray[np.int_]) -> NDArray[np.float64]:
        return np.asarray((weight[index] / weight[index].sum()) @ rows[index])

    def onset(index: NDArray[np.int_]) -> float | None:
        found = onset_ms(
            average(index), train.sweeps.time_ms, noise, window,
            evoked_limit("latency", "crossing_sd"), evoked_limit("latency", "quiet_ms"),
            evoked_limit("cmap", "least_share"),
        )  # fmt: skip
        return None if found is None else found[0]

    def size(index: NDArray[np.int_]) -> float:
        return float(np.ptp(average(index)[inside]))

    every = np.arange(train.count)
    if np.abs(average(every)[inside]).max() < evoked_limit("cmap", "least_over_noise") * noise:
        return nothing
    first = onset(every)
    return Cmap(
        channel.label,
        channel.muscle,
        channel.side,
        None if first is None else resampled(onset, first, train.count, seed),
        resampled(size, size(every), train.count, seed),
        train.count,
        total,
    )


def side_ratio(this: Cmap, other: Cmap) -> Estimate | None:
    """Return the amplitude of one side over the other's, with an interval.

    Parameters
    ----------
    this, other : Cmap
        The same muscle on the two sides.

    Returns
    -------
    Estimate or None
        None unless both are measured. The interval covers the spread between sweeps only; the
        placement of the electrodes adds more, and one examiner's repeats differ a lot.

    Examples
    --------
    >>> left = Cmap("L", None, None, None, Estimate(900.0, 850.0, 950.0), 10, 10)
    >>> right = Cmap("R", None, None, None, Estimate(1800.0, 1700.0, 1900.0), 10, 10)
    >>> round(side_ratio(left, right).value, 2)
    0.5
    """
    if this.amplitude_uv is None or other.amplitude_uv is None or other.amplitude_uv.value <= 0:
        return None
    a, b = this.amplitude_uv, other.amplitude_uv
    if not np.isfinite([a.high, b.high]).all():
        return Estimate(a.value / b.value, 0.0, float("inf"), a.level)
    spread = np.hypot((a.high - a.low) / (2 * max(a.value, 1e-9)), (b.high - b.low) / (2 * b.value))
    ratio = a.value / b.value
    return Estimate(ratio, float(ratio * np.exp(-spread)), float(ratio * np.exp(spread)), a.level)
