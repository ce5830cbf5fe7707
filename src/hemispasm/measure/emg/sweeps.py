"""One sweep model for every evoked response: pieces of one channel around each stimulus."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgChannel


@dataclass(frozen=True)
class SweepSet:
    """Sweeps of one channel, time zero at the stimulus.

    Attributes
    ----------
    channel : EmgChannel
        Where they come from.
    time_ms : ndarray, shape (n_samples,)
        Common clock of the sweeps.
    data_uv : ndarray, shape (n_sweeps, n_samples)
        One row per stimulus that could be cut.
    stimuli_s : ndarray, shape (n_sweeps,)
        Time of each stimulus in the recording.
    offset_ms : ndarray, shape (n_sweeps,)
        How long after the stimulus the sample at time zero was taken (less than half a sample).
    reasons : tuple of str or None
        Why a sweep is left out (``cautery``, ``movement``, ``saturated``, ``gap``, ``flat``,
        ``no_stimulus``, ``next_stimulus``), None when kept.
    """

    channel: EmgChannel
    time_ms: NDArray[np.float64]
    data_uv: NDArray[np.float64]
    stimuli_s: NDArray[np.float64]
    offset_ms: NDArray[np.float64]
    reasons: tuple[str | None, ...]

    @property
    def rate_hz(self) -> float:
        """Samples per second."""
        return self.channel.rate_hz

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which sweeps are used."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)

    @property
    def used_uv(self) -> NDArray[np.float64]:
        """The sweeps that are used."""
        return self.data_uv[self.kept]

    def window(self, first_ms: float, last_ms: float) -> NDArray[np.bool_]:
        """Return which samples lie in a window, both ends included."""
        edge = 1e-6
        return (self.time_ms >= first_ms - edge) & (self.time_ms <= last_ms + edge)

    def with_data(self, data_uv: NDArray[np.float64]) -> SweepSet:
        """Return the same sweeps with other samples."""
        return replace(self, data_uv=data_uv)


def cut_sweeps(
    signal_uv: NDArray[np.floating],
    channel: EmgChannel,
    stimuli_s: NDArray[np.float64],
    after_ms: float | None = None,
) -> SweepSet:
    """Cut a channel around its stimuli.

    Parameters
    ----------
    signal_uv : ndarray, shape (n_samples,)
        Signal in microvolt; a missing sample is NaN.
    channel : EmgChannel
        What it records and how fast.
    stimuli_s : ndarray
        Times of the stimuli, seconds from the first sample.
    after_ms : float, optional
        Length after the stimulus; shortened to end before the next stimulus.

    Returns
    -------
    SweepSet
        Stimuli whose sweep would leave the recording are dropped; a sweep with a missing sample
        is kept as a row of zeros with reason ``gap``, one that holds another stimulus as well
        (a doubled mark, a pair) with reason ``next_stimulus``.

    Examples
    --------
    >>> from hemispasm.model.emg import EmgChannel
    >>> channel = EmgChannel(label="M", rate_hz=10000)
    >>> sweeps = cut_sweeps(np.zeros(20000), channel, np.array([0.5, 1.0, 1.99]))
    >>> sweeps.data_uv.shape[0], float(sweeps.time_ms[0]), float(sweeps.time_ms[-1])
    (2, -20.0, 80.0)
    """
    rate = channel.rate_hz
    stimuli = np.asarray(stimuli_s, dtype=float)
    gap_ms = 1000 * usual_gap(stimuli)
    before = min(evoked_limit("sweep", "before_ms"), gap_ms / 4)
    after = min(after_ms or evoked_limit("sweep", "after_ms"), gap_ms - before - 1.0)
    first = -int(before * rate / 1000)
    count = int(max(after, 0.0) * rate / 1000) - first + 1
    zero = np.rint(stimuli * rate).astype(int)
    inside = (zero + first >= 0) & (zero + first + count <= len(signal_uv))
    index = zero[inside, None] + first + np.arange(count)[None, :]
    data = np.asarray(signal_uv, dtype=np.float64)[index] if index.size else np.zeros((0, count))
    missing = np.asarray(~np.isfinite(data).all(axis=1), dtype=bool)
    data[missing] = 0.0
    kept_s, crowded = stimuli[inside], crowded_stimuli(stimuli)[inside]
    return SweepSet(
        channel=channel,
        time_ms=np.asarray((first + np.arange(count)) * 1000.0 / rate, dtype=np.float64),
        data_uv=data,
        stimuli_s=kept_s,
        offset_ms=(zero[inside] / rate - kept_s) * 1000,
        reasons=tuple(
            "gap" if gone else "next_stimulus" if near else None
            for gone, near in zip(missing.tolist(), crowded.tolist(), strict=True)
        ),
    )


def usual_gap(stimuli_s: NDArray[np.float64]) -> float:
    """Return the shortest gap between stimuli in seconds, a few doubled marks left aside.

    Examples
    --------
    >>> float(round(usual_gap(np.array([0.0, 0.3, 0.305, 0.6, 0.9])), 3))
    0.295
    >>> usual_gap(np.array([1.0]))
    inf
    """
    if len(stimuli_s) < 2:
        return float("inf")
    gaps = np.diff(stimuli_s)
    wide = gaps[gaps * 1000 >= evoked_limit("sweep", "least_gap_ms")]
    share = evoked_limit("sweep", "wide_share")
    return float(np.min(wide if len(wide) >= share * len(gaps) else gaps))


def crowded_stimuli(stimuli_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which stimuli have another one too near, before or after.

    Examples
    --------
    >>> crowded_stimuli(np.array([0.0, 0.3, 0.305, 0.6, 0.9])).tolist()
    [False, True, True, False, False]
    """
    if len(stimuli_s) == 0:
        return np.zeros(0, dtype=bool)
    near = np.diff(stimuli_s) < usual_gap(stimuli_s) - 1e-9
    return np.concatenate([near, [False]]) | np.concatenate([[False], near])


def rest_offsets(stimuli_s: NDArray[np.float64], time_ms: NDArray[np.float64]) -> list[float]:
    """Return how long after each stimulus a piece of the same length fits before the next one.

    Parameters
    ----------
    stimuli_s : ndarray
        Times of the stimuli.
    time_ms : ndarray
        Clock of the sweeps.

    Returns
    -------
    list of float
        Seconds from a stimulus to time zero of each piece; empty when the stimuli follow too fast.

    Examples
    --------
    >>> rest_offsets(np.array([0.0, 0.333, 0.666]), np.arange(-20.0, 60.1, 0.1))
    [0.085, 0.17, 0.255]
    """
    if len(stimuli_s) < 2:
        return []
    room = usual_gap(np.asarray(stimuli_s, dtype=float))
    length = float(time_ms[-1] - time_ms[0]) / 1000 + 0.005
    last = room - float(time_ms[-1]) / 1000 - 0.002
    count = int(evoked_limit("sweep", "most_pieces"))
    offsets = [round(length * (piece + 1), 6) for piece in range(count)]
    return [offset for offset in offsets if offset <= last]
