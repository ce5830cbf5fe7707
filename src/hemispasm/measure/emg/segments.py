"""Stretches of one recording on one clock: a pause stays a pause, and rest is known from trains."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.model.emg import Annotation, EmgRecording

#: A pause is kept as missing samples, at most this long: longer than any window that is measured.
LONGEST_PAUSE_S = 3.0
#: Around a train of stimuli nothing counts as spontaneous: before it, after it, and in its pauses.
BEFORE_TRAIN_S = 0.05
AFTER_TRAIN_S = 1.5
LONGEST_STEP_S = 10.0


@dataclass(frozen=True)
class Clock:
    """Maps times of joined stretches back to the recording.

    Attributes
    ----------
    joined_s, true_s : tuple of float
        Start of every stretch on the joined clock, and in seconds from the first sample of the
        recording.

    Examples
    --------
    >>> Clock((0.0, 5.0), (0.0, 102.0)).true_time(6.5)
    103.5
    """

    joined_s: tuple[float, ...]
    true_s: tuple[float, ...]

    def true_time(self, time_s: float) -> float:
        """Return the seconds from the first sample of the recording."""
        at = max(0, bisect_right(self.joined_s, time_s) - 1)
        return self.true_s[at] + time_s - self.joined_s[at]


def join_segments(segments: Sequence[EmgRecording]) -> tuple[EmgRecording, Clock]:
    """Put the stretches of one file on one clock, missing samples between them.

    Parameters
    ----------
    segments : sequence of EmgRecording
        In order of time, all with the same channels.

    Returns
    -------
    EmgRecording, Clock
        The recording with every pause as missing samples (shortened when it is long, so that a
        pause of hours costs no memory), and the way back to the true times.
    """
    first = segments[0]
    joined, true = [0.0], [0.0]
    for before, after in pairwise(segments):
        pause = after.start_s - before.start_s - before.duration_s
        joined.append(joined[-1] + before.duration_s + min(max(pause, 0.0), LONGEST_PAUSE_S))
        true.append(after.start_s - first.start_s)
    if len(segments) == 1:
        return replace(first, start_s=0.0), Clock((0.0,), (0.0,))
    end_s = joined[-1] + segments[-1].duration_s
    signals = []
    for number, channel in enumerate(first.channels):
        whole = np.full(round(end_s * channel.rate_hz), np.nan, np.float32)
        for start_s, segment in zip(joined, segments, strict=True):
            piece = segment.signals_uv[number]
            at = round(start_s * channel.rate_hz)
            piece = piece[: whole.size - at]
            whole[at : at + piece.size] = piece
        signals.append(whole)
    return (
        replace(
            first,
            signals_uv=tuple(signals),
            stimuli_s=np.concatenate(
                [start + s.stimuli_s for start, s in zip(joined, segments, strict=True)]
            ),
            start_s=0.0,
            annotations=_joined_notes(segments, joined, end_s),
            notes=tuple(dict.fromkeys(note for s in segments for note in s.notes)),
        ),
        Clock(tuple(joined), tuple(true)),
    )


def rest_of(recording: EmgRecording) -> tuple[EmgRecording, float]:
    """Return the recording with its trains of stimuli taken out, and the seconds that are left.

    Parameters
    ----------
    recording : EmgRecording
        With or without stimuli; without any it comes back as it is.
    """
    if len(recording.stimuli_s) == 0:
        return recording, recording.duration_s
    times = np.sort(recording.stimuli_s)
    breaks = np.flatnonzero(np.diff(times) > LONGEST_STEP_S)
    starts = times[np.r_[0, breaks + 1]] - BEFORE_TRAIN_S
    ends = times[np.r_[breaks, times.size - 1]] + AFTER_TRAIN_S
    signals, left_s = [], 0.0
    for channel, signal in zip(recording.channels, recording.signals_uv, strict=True):
        masked = np.array(signal, copy=True)
        for start, end in zip(starts, ends, strict=True):
            masked[max(0, int(start * channel.rate_hz)) : max(0, int(end * channel.rate_hz))] = (
                np.nan
            )
        left_s = max(left_s, float(np.isfinite(masked).sum()) / channel.rate_hz)
        signals.append(masked)
    # What lies in a train is gone; a stimulus or a note left there would be taken off twice.
    notes = tuple(
        note
        for note in recording.annotations
        if not any(a <= note.time_s <= b for a, b in zip(starts, ends, strict=True))
    )
    rest = replace(recording, signals_uv=tuple(signals), stimuli_s=np.zeros(0), annotations=notes)
    return rest, left_s


def _joined_notes(
    segments: Sequence[EmgRecording], joined: Sequence[float], end_s: float
) -> tuple[Annotation, ...]:
    """Return all notes; one made in a pause stays in that pause."""
    limits = [*joined[1:], end_s]
    return tuple(
        note.model_copy(update={"time_s": min(start + note.time_s, limit)})
        for start, limit, segment in zip(joined, limits, segments, strict=True)
        for note in segment.annotations
    )
