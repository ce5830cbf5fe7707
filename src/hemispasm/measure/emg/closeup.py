"""The second and a half of a recording that shows its bursts best, on every channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.traces import describe_channel, filtered_channel
from hemispasm.model.emg import ChannelKind
from hemispasm.model.side import Side
from hemispasm.model.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.segments import Clock
    from hemispasm.measure.emg.spontaneous_result import SideActivity, SpontaneousResult
    from hemispasm.model.emg import EmgRecording

CLOSE_UP = "emg_closeup"
LENGTH_S = 1.5
BEFORE_S = 0.1
#: The pass band ends at 1 kHz at most, so this many samples per second hold it whole.
SHOWN_RATE_HZ = 2500.0
#: A burst far above the noise counts no more than this, or one jerk would outweigh a group.
HIGHEST_Z = 25.0


def choose_closeup(result: SpontaneousResult, duration_s: float) -> tuple[float, float]:
    """Return the span to look at closely.

    The affected side, else the side with more bursts: where most of its bursts stand, each
    weighed by its height and by the number of muscles that show it. The start of the recording
    where there is no burst.

    Parameters
    ----------
    result : SpontaneousResult
        What was measured.
    duration_s : float
        Length of the recording.
    """
    activity = _shown_side(result)
    if activity is None or not activity.spontaneous:
        return 0.0, min(LENGTH_S, duration_s)
    bursts = sorted(activity.spontaneous, key=lambda burst: burst.start_s)
    starts = np.array([burst.start_s for burst in bursts])
    heights = np.array([min(burst.z, HIGHEST_Z) for burst in bursts])
    weights = heights * np.array([_muscles(burst, result, activity) for burst in bursts])
    until = np.searchsorted(starts, starts - BEFORE_S + LENGTH_S)
    total = np.r_[0.0, np.cumsum(weights)]
    best = int(np.argmax(total[until] - total[: starts.size]))
    start_s = max(0.0, min(float(starts[best]) - BEFORE_S, duration_s - LENGTH_S))
    return start_s, min(start_s + LENGTH_S, duration_s)


def make_closeup(whole: EmgRecording, result: SpontaneousResult, clock: Clock) -> tuple[Trace, ...]:
    """Return every channel over the span of `choose_closeup`, as recorded in the pass band.

    Parameters
    ----------
    whole : EmgRecording
        On one clock.
    result : SpontaneousResult
        What was measured in it.
    clock : Clock
        The way back to the seconds from the recording's first sample.

    Returns
    -------
    tuple of Trace
        ``emg_closeup`` in microvolt: mains out, nothing else taken away, so that what electrodes
        hear of one another shows as it is.
    """
    start_s, end_s = choose_closeup(result, whole.duration_s)
    found = []
    for index, channel in enumerate(whole.channels):
        if channel.kind is not ChannelKind.EMG:
            continue
        filtered, spans = filtered_channel(whole, index)
        every = max(1, int(channel.rate_hz / SHOWN_RATE_HZ))
        a, b = round(start_s * channel.rate_hz), round(end_s * channel.rate_hz)
        at = np.arange(a, min(b, filtered.size), every)
        if at.size == 0:
            continue
        values = filtered[at].astype(np.float64)
        counts = np.zeros(filtered.size, bool)
        for first, last in spans:
            counts[first:last] = True
        values[~counts[at]] = np.nan
        if not np.isfinite(values).any():
            continue
        time_s = np.array([clock.true_time(t) for t in (at / channel.rate_hz).tolist()])
        found.append(
            Trace(
                CLOSE_UP, "uV", time_s, np.round(values, 1), channel.side,
                meta=describe_channel(channel, index),
            )
        )  # fmt: skip
    return tuple(found)


def _shown_side(result: SpontaneousResult) -> SideActivity | None:
    named = {"left": Side.LEFT, "right": Side.RIGHT}.get(result.verdict.value)
    if named is not None:
        return result.side(named)
    return max(result.sides, key=lambda one: len(one.spontaneous), default=None)


def _muscles(burst: Burst, result: SpontaneousResult, activity: SideActivity) -> int:
    channels = [c for c in result.channels if c.index in activity.channels]
    return sum(_overlaps(burst, c.bursts) for c in channels)


def _overlaps(burst: Burst, others: Sequence[Burst]) -> bool:
    return any(o.start_s < burst.end_s and o.end_s > burst.start_s for o in others)
