"""A recorded operation as it is watched: its stretches, its stimuli, its events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import direct_muscles, evoked_limit
from hemispasm.measure.emg.monitor_sweeps import LiveSweep, SweepRun, cut_run, watched_channels
from hemispasm.model.emg import Branch, ChannelKind, Muscle
from hemispasm.model.errors import DecodeError
from hemispasm.model.finding import RecordingRef
from hemispasm.monitor.events import find_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgChannel, EmgRecording, StimulusInfo
    from hemispasm.model.monitor import TheatreEvent

ELSEWHERE = {Branch.SUPRAORBITAL: "supraorbital nerve", Branch.ARTERY: "wall of the artery"}
# A sweep, the rest before it included, must fit between two stimuli.
LONGEST_SWEEP_S = 0.085


@dataclass(frozen=True)
class Fault:
    """Why an operation cannot be watched, in one sentence, and what to do."""

    code: str
    sentence: str
    next_step: str

    @property
    def reason(self) -> str:
        """As a quality lists it."""
        return f"{self.code}: {self.sentence}"


@dataclass(frozen=True)
class Operation:
    """A recorded operation.

    Attributes
    ----------
    ref : RecordingRef
        Which recording.
    segments : tuple of EmgRecording
        Stretches without a pause, with the stimuli that can be used.
    stimuli_s : ndarray
        Times of all stimuli from the first sample of the file, used or not.
    events : tuple of TheatreEvent
        Notes that are no stimuli, in order of time.
    notes : tuple of str
        What reading mended, left out or took from a rule.
    fault : Fault or None
        Why nothing can be watched.
    """

    ref: RecordingRef
    segments: tuple[EmgRecording, ...]
    stimuli_s: NDArray[np.float64]
    events: tuple[TheatreEvent, ...]
    notes: tuple[str, ...] = ()
    fault: Fault | None = None

    @property
    def stimulus(self) -> StimulusInfo:
        """The site's protocol."""
        return self.segments[0].stimulus

    @property
    def channels(self) -> tuple[EmgChannel, ...]:
        """The channels of the file."""
        return self.segments[0].channels

    @property
    def end_s(self) -> float:
        """When the last stretch ends, seconds from the first sample of the file."""
        return max(one.start_s + one.duration_s for one in self.segments)

    def number_of(self, time_s: float) -> int:
        """Return the number of the last stimulus at or before a time; 0 before the first."""
        return int(np.searchsorted(self.stimuli_s, time_s + 1e-6, side="right"))


def read_operation(path: Path | str) -> Operation:
    """Read a recorded operation with everything that stands beside it.

    Parameters
    ----------
    path : path-like
        An EDF, BDF or WFDB file, or a text export with its profile. A pause stays a pause.

    Raises
    ------
    DecodeError
        The file is missing or cannot be decoded.
    UsageError
        The sidecar or the profile is wrong.
    """
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.measuring_emg import emg_digest

    path = Path(path)
    if not path.is_file():
        raise DecodeError(
            "no_file", f"There is no file {path.name}.", "Check the path and its spelling."
        )
    return as_operation(read_emg_segments(path), emg_digest(path))


def as_operation(segments: Sequence[EmgRecording], sha256: str = "") -> Operation:
    """Return the operation that a recording holds, or why it holds none that can be watched.

    Parameters
    ----------
    segments : sequence of EmgRecording
        Stretches of one file, in order of time.
    sha256 : str
        Of the file.
    """
    every = np.concatenate([one.start_s + one.stimuli_s for one in segments])
    usable, close = [], 0
    for one in segments:
        kept = apart(one.stimuli_s)
        close += len(one.stimuli_s) - len(kept)
        usable.append(replace(one, stimuli_s=kept))
    notes = [note for one in segments for note in one.notes]
    if close:
        notes.append(
            f"stimuli_too_close: {close} of {len(every)} stimuli stand so close to another one that"
            " no sweep fits between them; they are left out."
        )
    if len(segments) > 1:
        notes.append(
            f"has_pauses: the file holds {len(segments)} stretches; no sweep crosses a pause."
        )
    made = Operation(
        ref=RecordingRef(
            kind="emg",
            sha256=sha256,
            duration_s=round(max(one.start_s + one.duration_s for one in segments), 6),
            simulated=any(one.simulated for one in segments),
        ),
        segments=tuple(usable),
        stimuli_s=np.sort(every),
        events=find_events(segments, np.sort(every)),
        notes=tuple(dict.fromkeys(notes)),
    )
    return replace(made, fault=_fault(made))


def apart(stimuli_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stimuli that no other stimulus disturbs.

    Examples
    --------
    >>> apart(np.array([0.0, 0.3, 0.6, 0.61, 0.9]))
    array([0. , 0.3, 0.9])
    """
    times = np.sort(np.asarray(stimuli_s, dtype=float))
    if len(times) < 2:
        return times
    gaps = np.diff(times)
    # A quarter of the gap is kept for the rest before a stimulus.
    least = (evoked_limit("sweep", "shortest_after_ms") + 1.0) / 750.0
    limit = max(least, min(0.5 * float(np.median(gaps)), LONGEST_SWEEP_S))
    before = np.concatenate([[np.inf], gaps])
    after = np.concatenate([gaps, [np.inf]])
    return times[np.minimum(before, after) >= limit]


def cut_between(operation: Operation, first_s: float, last_s: float) -> SweepRun:
    """Cut the sweeps of a span of time, all stretches on one clock.

    Parameters
    ----------
    operation : Operation
        Without a fault of its own.
    first_s, last_s : float
        Stimuli from the first up to, but not including, the last.

    Returns
    -------
    SweepRun
        Times count from the first sample of the file.
    """
    runs = []
    for one in operation.segments:
        if len(one.stimuli_s) == 0:
            continue
        ends = np.array([first_s, last_s]) - one.start_s - 1e-6
        first, last = np.searchsorted(one.stimuli_s, ends).tolist()
        run = cut_run(one, first, last) if first < last else _empty(one)
        moved = tuple(replace(s, time_s=round(s.time_s + one.start_s, 6)) for s in run.sweeps)
        runs.append(replace(run, sweeps=moved))
    return _join(runs)


def _empty(recording: EmgRecording) -> SweepRun:
    """Return a run without sweeps, with the clock of the stretch."""
    run = cut_run(recording, 0, 1)
    rest = tuple(pieces[:0] for pieces in run.rest_uv)
    return replace(run, sweeps=(), rest_uv=rest)


def _join(runs: list[SweepRun]) -> SweepRun:
    """Put the sweeps of several stretches on the part of the clock that all of them have."""
    if len(runs) == 1:
        return runs[0]
    clocks, pieces = [], []
    for channel in range(len(runs[0].channels)):
        low = max(float(run.times_ms[channel][0]) for run in runs)
        high = min(float(run.times_ms[channel][-1]) for run in runs)
        parts = [
            (run.times_ms[channel] >= low - 1e-6) & (run.times_ms[channel] <= high + 1e-6)
            for run in runs
        ]
        clocks.append(runs[0].times_ms[channel][parts[0]])
        pieces.append(parts)
    sweeps = [
        LiveSweep(
            sweep.time_s,
            tuple(row[pieces[k][r]] for k, row in enumerate(sweep.rows_uv)),
            sweep.offset_ms,
        )
        for r, run in enumerate(runs)
        for sweep in run.sweeps
    ]
    rest = [
        np.concatenate(
            [
                run.rest_uv[k][:, parts[r]]
                for r, run in enumerate(runs)
                if run.rest_uv[k].shape[1] == len(parts[r])
            ]
        )
        for k, parts in enumerate(pieces)
    ]
    return replace(runs[0], times_ms=tuple(clocks), sweeps=tuple(sweeps), rest_uv=tuple(rest))


def left_out(operation: Operation, index: int) -> str:
    """Return why a channel of the file is not watched, as ``code: sentence``."""
    channel, info = operation.channels[index], operation.stimulus
    slowest = evoked_limit("sweep", "slowest_rate_hz")
    if channel.muscle is None:
        return "muscle_unknown: nobody said which muscle it records"
    if channel.muscle in (Muscle.MASSETER, Muscle.OTHER):
        return "other_muscle: not supplied by the facial nerve"
    if None not in (channel.side, info.side) and channel.side is not info.side:
        return f"other_side: not on the stimulated side, the {info.side}"
    if info.site is not None and channel.muscle in direct_muscles(info.site):
        return "answers_directly: the stimulated branch excites it directly"
    if channel.rate_hz < slowest:
        return f"slow_rate: {channel.rate_hz:g} samples per second; {slowest:g} are needed"
    if info.site is None:
        return "no_stimulus_site: nobody said which branch was stimulated"
    return "not_watched: no lateral spread can be followed here"


def _fault(operation: Operation) -> Fault | None:
    info = operation.stimulus
    if len(operation.stimuli_s) == 0:
        return Fault(
            "no_stimuli",
            "The recording marks no stimulus.",
            "Name the stimulus annotation or the trigger channel in the file beside the recording.",
        )
    if info.site is None:
        return Fault(
            "no_stimulus_site",
            "Nobody said which branch of the facial nerve was stimulated.",
            "Write the site and side of the stimulus into the file beside the recording.",
        )
    if info.site in ELSEWHERE:
        return Fault(
            "no_spread_from_site",
            f"The stimulus went to the {ELSEWHERE[info.site]}, not to a facial branch.",
            "Lateral spread is watched with a facial branch stimulated.",
        )
    if not any(watched_channels(one) for one in operation.segments):
        return _no_channel(operation)
    run = cut_between(operation, -np.inf, np.inf)
    if not run.sweeps:
        return Fault(
            "no_whole_sweep",
            "No stimulus has enough recording around it for a sweep.",
            "Record without a pause from 20 ms before to 60 ms after each stimulus.",
        )
    return None


def _no_channel(operation: Operation) -> Fault:
    emg = [k for k, one in enumerate(operation.channels) if one.kind is ChannelKind.EMG]
    said = [
        f"{operation.channels[k].label!r} ({left_out(operation, k).split(': ')[1]})" for k in emg
    ]
    listed = "; ".join(said[:6]) if said else "there is no EMG channel"
    return Fault(
        "no_channel_to_watch",
        f"No channel records a facial muscle that could show the lateral spread: {listed}.",
        "Check muscles and sides in the file beside the recording, and the stimulated branch.",
    )
