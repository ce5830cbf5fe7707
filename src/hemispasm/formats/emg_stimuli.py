"""Where the stimuli of a recording are: noted in its annotations, or edges of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation, ChannelKind, EmgChannel
from hemispasm.model.emg_sidecar import StimulusMontage
from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def find_stimuli(
    channels: Sequence[EmgChannel],
    signals: Sequence[NDArray[np.floating]],
    annotations: Sequence[Annotation],
    montage: StimulusMontage,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the times of the stimuli, in seconds from the first sample, with notes.

    Parameters
    ----------
    channels, signals, annotations
        Of one recording without a pause.
    montage : StimulusMontage
        Where to look. Without a channel named there, the annotations count; without such an
        annotation, the first channel that carries stimuli.

    Raises
    ------
    UsageError
        The montage names a channel that is not there (``unknown_channel``).
    """
    if montage.channel is not None:
        number = next((i for i, c in enumerate(channels) if c.label == montage.channel), None)
        if number is None:
            raise UsageError(
                "unknown_channel",
                f"The stimulus channel {montage.channel!r} is not in the recording.",
                f"Its channels are: {', '.join(repr(c.label) for c in channels[:64])}.",
            )
        return find_edges(signals[number], channels[number].rate_hz, montage.threshold), ()
    wanted = montage.annotation.strip().casefold()
    noted = sorted(n.time_s for n in annotations if n.text.strip().casefold() == wanted)
    if noted:
        return _within(np.array(noted, dtype=np.float64), channels, signals)
    for channel, signal in zip(channels, signals, strict=True):
        if channel.kind is ChannelKind.STIMULUS:
            edges = find_edges(signal, channel.rate_hz, montage.threshold)
            if edges.size == 0:
                continue
            note = (
                f"stimuli_from_channel: no annotation reads {montage.annotation!r};"
                f" {edges.size} stimuli were taken from the channel {channel.label!r}."
            )
            return edges, (note,)
    return np.empty(0, dtype=np.float64), ()


def _within(
    times_s: NDArray[np.float64],
    channels: Sequence[EmgChannel],
    signals: Sequence[NDArray[np.floating]],
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Leave out stimuli that were noted where nothing was recorded: in a pause, or by mistake."""
    pairs = zip(channels, signals, strict=True)
    end_s = max((len(signal) / channel.rate_hz for channel, signal in pairs), default=0.0)
    is_in = (times_s >= 0) & (times_s < end_s)
    left_out = int(np.count_nonzero(~is_in))
    if left_out == 0:
        return times_s, ()
    note = f"stimuli_outside: {left_out} stimuli are noted where nothing was recorded; left out."
    return times_s[is_in], (note,)


def find_edges(
    signal: NDArray[np.floating], rate_hz: float, threshold: float | None = None
) -> NDArray[np.float64]:
    """Return when a signal first passes its threshold, once for every pulse.

    Parameters
    ----------
    signal : ndarray, shape (n_samples,)
        Trigger pulses or a stimulator's current; NaN is at rest.
    rate_hz : float
        Samples per second.
    threshold : float, optional
        Negative: crossings downwards. Absent: half way between the median and the sample that is
        farthest from it.

    Examples
    --------
    >>> find_edges(np.array([0.0, 0, 5, 5, 0, 0, 5, 0]), 10.0)
    array([0.2, 0.6])
    >>> find_edges(np.zeros(5), 10.0)
    array([], dtype=float64)
    """
    values = np.asarray(signal, dtype=np.float64)
    if values.size == 0 or np.all(np.isnan(values)):
        return np.empty(0, dtype=np.float64)
    rest = float(np.nanmedian(values))
    values = np.nan_to_num(values, nan=rest) - rest
    if threshold is None:
        farthest = float(values[np.argmax(np.abs(values))])
        if farthest == 0:
            return np.empty(0, dtype=np.float64)
        level = farthest / 2
    else:
        level = threshold - rest
    if level < 0:
        values, level = -values, -level
    # A pulse has ended when the signal is back at half of the level: noise on an edge counts once.
    above = values >= level
    below = values < level / 2
    state = np.where(above, 1, np.where(below, 0, -1))
    known = np.flatnonzero(state >= 0)
    if known.size == 0:
        return np.empty(0, dtype=np.float64)
    steps = np.diff(np.concatenate([[0], state[known]]))
    return np.asarray(known[steps == 1] / rate_hz, dtype=np.float64)
