"""The sweeps of an operation as they come in, from a recording that is replayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import direct_muscles, evoked_limit
from hemispasm.measure.emg.sweeps import crowded_stimuli, cut_sweeps, rest_offsets
from hemispasm.model.emg import Branch, ChannelKind, Muscle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgChannel, EmgRecording, StimulusInfo

AFTER_MS = 60.0


@dataclass(frozen=True)
class LiveSweep:
    """One stimulus on every monitored channel.

    Attributes
    ----------
    time_s : float
        Time of the stimulus on the recording's clock.
    rows_uv : tuple of ndarray
        One row per channel of the run, each as long as that channel's clock; a missing sample is
        NaN.
    offset_ms : tuple of float
        How long after the stimulus each channel's sample at time zero was taken.
    reason : str or None
        Why no channel of this sweep can be read (``next_stimulus``: another one lies within it).
    """

    time_s: float
    rows_uv: tuple[NDArray[np.float64], ...]
    offset_ms: tuple[float, ...]
    reason: str | None = None


@dataclass(frozen=True)
class SweepRun:
    """Consecutive sweeps of the same channels.

    Attributes
    ----------
    channels : tuple of EmgChannel
        Those in which a lateral spread of this stimulus can be seen.
    times_ms : tuple of ndarray
        Clock of each channel's rows.
    stimulus : StimulusInfo
        The site's protocol.
    sweeps : tuple of LiveSweep
        In order of time.
    rest_uv : tuple of ndarray, each of shape (n_pieces, n_samples)
        Pieces of the same length between the stimuli, per channel; empty when there is no room.
    line_hz : float or None
        Mains frequency when known.
    """

    channels: tuple[EmgChannel, ...]
    times_ms: tuple[NDArray[np.float64], ...]
    stimulus: StimulusInfo
    sweeps: tuple[LiveSweep, ...]
    rest_uv: tuple[NDArray[np.float64], ...]
    line_hz: float | None = None


def cut_run(recording: EmgRecording, first: int = 0, last: int | None = None) -> SweepRun:
    """Cut a recording into the sweeps of a run.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli; channels in which the stimulated branch answers directly are left out.
    first, last : int, optional
        Stimuli to take, as in a slice.

    Returns
    -------
    SweepRun
        Stimuli whose sweep leaves the recording are dropped.

    Examples
    --------
    >>> from hemispasm.model.emg import Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
    >>> channel = EmgChannel(label="M", muscle=Muscle.MENTALIS, rate_hz=10000)
    >>> made = EmgRecording(
    ...     (channel,), (np.zeros(20000),), np.array([0.5, 1.0, 1.5]),
    ...     stimulus=StimulusInfo(site=Branch.ZYGOMATIC),
    ... )
    >>> run = cut_run(made, 1)
    >>> [sweep.time_s for sweep in run.sweeps], run.rest_uv[0].shape[0] > 0
    ([1.0, 1.5], True)
    """
    chosen = watched_channels(recording)
    every = np.asarray(recording.stimuli_s, dtype=float)
    cuts = [
        cut_sweeps(recording.signals_uv[index], recording.channels[index], every, AFTER_MS)
        for index in chosen
    ]
    wanted = every[slice(first, last)]
    common = [
        time for time in wanted if all(np.any(cut.stimuli_s == time) for cut in cuts)
    ] if cuts else []  # fmt: skip
    sweeps = []
    for time in common:
        rows = [int(np.flatnonzero(cut.stimuli_s == time)[0]) for cut in cuts]
        data = [
            np.full(len(cut.time_ms), np.nan) if cut.reasons[row] == "gap" else cut.data_uv[row]
            for cut, row in zip(cuts, rows, strict=True)
        ]
        offsets = [float(cut.offset_ms[row]) for cut, row in zip(cuts, rows, strict=True)]
        crowded = any(
            cut.reasons[row] == "next_stimulus" for cut, row in zip(cuts, rows, strict=True)
        )
        reason = "next_stimulus" if crowded else None
        sweeps.append(LiveSweep(float(time), tuple(data), tuple(offsets), reason))
    return SweepRun(
        channels=tuple(recording.channels[index] for index in chosen),
        times_ms=tuple(cut.time_ms for cut in cuts),
        stimulus=recording.stimulus,
        sweeps=tuple(sweeps),
        rest_uv=tuple(
            _rest(recording, index, wanted, cut.time_ms)
            for index, cut in zip(chosen, cuts, strict=True)
        ),
        line_hz=recording.line_hz,
    )


def watched_channels(recording: EmgRecording) -> list[int]:
    """Return the channels in which a lateral spread of this stimulus can be seen.

    Parameters
    ----------
    recording : EmgRecording
        Without a stimulated branch nothing can be watched.
    """
    info = recording.stimulus
    if info.site is None or info.site in (Branch.SUPRAORBITAL, Branch.ARTERY):
        return []
    direct, slowest = direct_muscles(info.site), evoked_limit("sweep", "slowest_rate_hz")
    return [
        index
        for index, channel in enumerate(recording.channels)
        if channel.kind is ChannelKind.EMG
        and channel.muscle not in (None, Muscle.MASSETER, Muscle.OTHER)
        and channel.muscle not in direct
        and channel.rate_hz >= slowest
        and (None in (channel.side, info.side) or channel.side is info.side)
    ]


def _rest(
    recording: EmgRecording,
    index: int,
    stimuli_s: NDArray[np.float64],
    time_ms: NDArray[np.float64],
) -> NDArray[np.float64]:
    channel, rows = recording.channels[index], []
    stimuli_s = stimuli_s[~crowded_stimuli(stimuli_s)]
    for offset in rest_offsets(np.asarray(recording.stimuli_s, dtype=float), time_ms):
        cut = cut_sweeps(
            recording.signals_uv[index], channel, stimuli_s + offset, float(time_ms[-1])
        )
        if cut.data_uv.shape[1] == len(time_ms):
            rows.append(cut.used_uv)
    return np.concatenate(rows) if rows else np.zeros((0, len(time_ms)))
