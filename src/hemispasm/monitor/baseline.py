"""Which sweeps teach the response, and what can be watched with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.monitor_state import MonitorState, start_monitor
from hemispasm.measure.emg.monitor_sweeps import watched_channels
from hemispasm.model.emg import ChannelKind
from hemispasm.model.errors import UsageError
from hemispasm.model.monitor import MonitorBaseline, MonitorChannel, TheatreEvent
from hemispasm.monitor.events import find_time
from hemispasm.monitor.operation import Fault, Operation, cut_between, left_out

if TYPE_CHECKING:
    from hemispasm.measure.emg.monitor_state import ChannelModel
    from hemispasm.measure.emg.monitor_sweeps import SweepRun

USUAL_SWEEPS = 30
TRIED = ("no_response_in_baseline", "too_few_baseline_sweeps", "flat_channel")
TOUCHING = ("dura", "csf", "liquor", "vessel", "retract", "felt", "decompress", "arachnoid")


@dataclass(frozen=True)
class BaselineWish:
    """What the user asked for: a number of sweeps, or an end, and a start.

    Attributes
    ----------
    sweeps : int or None
        How many, the usual number when neither this nor an end is given.
    until, start : str or None
        Seconds, ``m:ss``, or the text of an event.
    """

    sweeps: int | None = None
    until: str | None = None
    start: str | None = None


@dataclass(frozen=True)
class Watch:
    """An operation that is ready to be followed, or why it is not.

    Attributes
    ----------
    operation : Operation
        What is replayed.
    baseline : MonitorBaseline or None
        The sweeps that taught the response.
    state : MonitorState or None
        Before the first sweep.
    run : SweepRun or None
        The sweeps after the baseline.
    places : tuple of int
        Place of each channel of the state among ``channels``.
    channels : tuple of MonitorChannel
        All EMG channels of the file.
    fault : Fault or None
        Why nothing is followed.
    notes : tuple of str
        On the baseline.
    """

    operation: Operation
    baseline: MonitorBaseline | None
    state: MonitorState | None
    run: SweepRun | None
    places: tuple[int, ...]
    channels: tuple[MonitorChannel, ...]
    fault: Fault | None = None
    notes: tuple[str, ...] = ()


def prepare(operation: Operation, wish: BaselineWish, seed: int = 0) -> Watch:
    """Learn the baseline and say which channels can be watched.

    Parameters
    ----------
    operation : Operation
        From :func:`hemispasm.monitor.operation.read_operation`.
    wish : BaselineWish
        Which sweeps are the baseline.
    seed : int
        Of the test for a response.

    Raises
    ------
    UsageError
        The wish contradicts itself or names a time or event that is not there.
    """
    first_s, last_s, until = _span(operation, wish)
    if operation.fault is not None:
        bare = _channels(operation, None, 0)
        return Watch(operation, None, None, None, (), bare, operation.fault)
    learnt = cut_between(operation, first_s, last_s)
    if until is None and wish.until is None:
        wanted = USUAL_SWEEPS if wish.sweeps is None else wish.sweeps
        times = [sweep.time_s for sweep in learnt.sweeps]
        last_s = times[wanted] if len(times) > wanted else np.inf
        learnt = cut_between(operation, first_s, last_s)
    few = int(evoked_limit("monitor", "fewest_baseline"))
    count = len(learnt.sweeps)
    if count < few:
        fault = Fault(
            "too_few_baseline_sweeps",
            f"The baseline holds {count} sweeps; {few} are needed.",
            "Choose a longer baseline, before the nerve is touched.",
        )
        return Watch(operation, None, None, None, (), _channels(operation, None, count), fault)
    times = [sweep.time_s for sweep in learnt.sweeps]
    baseline = MonitorBaseline(
        first_sweep=operation.number_of(times[0]),
        last_sweep=operation.number_of(times[-1]),
        start_s=times[0],
        end_s=times[-1],
        until=until,
    )
    state = start_monitor(learnt, seed)
    run = cut_between(operation, max(last_s, times[-1] + 1e-3), np.inf)
    channels = _channels(operation, state, count)
    places = _places(operation)
    notes = _notes(operation, baseline)
    return Watch(
        operation, baseline, state, run, places, channels, _fault(state, run, channels), notes
    )


def _span(operation: Operation, wish: BaselineWish) -> tuple[float, float, str | None]:
    if wish.sweeps is not None and wish.until is not None:
        raise UsageError(
            "baseline_twice",
            "The end of the baseline is given twice.",
            "Give a number of sweeps or an event, not both.",
        )
    first_s, last_s, until = -np.inf, np.inf, None
    if wish.start is not None:
        first_s, _ = find_time(wish.start, operation.events)
    if wish.until is not None:
        last_s, until = find_time(wish.until, operation.events)
    if last_s <= first_s:
        raise UsageError(
            "baseline_reversed",
            "The baseline would end before it begins.",
            "Give an end that comes after its start.",
        )
    return first_s, last_s, until


def _places(operation: Operation) -> tuple[int, ...]:
    emg = [k for k, one in enumerate(operation.channels) if one.kind is ChannelKind.EMG]
    return tuple(emg.index(k) for k in watched_channels(operation.segments[0]))


def _channels(
    operation: Operation, state: MonitorState | None, count: int
) -> tuple[MonitorChannel, ...]:
    """Return all EMG channels of the file, each watched or with the reason why not."""
    models: dict[int, ChannelModel] = {}
    if state is not None:
        chosen = watched_channels(operation.segments[0])
        models = {k: one.model for k, one in zip(chosen, state.channels, strict=True)}
    made = []
    for index, channel in enumerate(operation.channels):
        if channel.kind is not ChannelKind.EMG:
            continue
        model = models.get(index)
        if model is not None:
            reason = None if model.detector is not None else _why_not(model, count)
        elif state is None and index in watched_channels(operation.segments[0]):
            reason = "not_learnt: there is no baseline to know its response from"
        else:
            reason = left_out(operation, index)
        tested = model is not None and model.reason in (None, "no_response_in_baseline")
        made.append(
            MonitorChannel(
                label=channel.label,
                muscle=channel.muscle,
                side=channel.side,
                named_by=channel.named_by,
                watched=reason is None,
                reason=reason,
                p=model.p if model is not None and tested else None,
                noise_uv=round(model.noise_uv, 3) if model is not None and tested else None,
            )
        )
    return tuple(made)


def _why_not(model: ChannelModel, count: int) -> str:
    if model.reason == "too_few_baseline_sweeps":
        few = int(evoked_limit("monitor", "fewest_baseline"))
        return (
            f"too_few_baseline_sweeps: fewer than {few} of its {count} baseline sweeps are usable"
        )
    if model.reason == "flat_channel":
        return "flat_channel: it shows no signal in the baseline; the electrode has no contact"
    limit = evoked_limit("lateral_spread", "p_max")
    return (
        f"no_response_in_baseline: its {count} baseline sweeps show no response"
        f" (p {model.p:.2g}; below {limit:g} is needed)"
    )


def _fault(
    state: MonitorState, run: SweepRun, channels: tuple[MonitorChannel, ...]
) -> Fault | None:
    if not any(one.model.detector is not None for one in state.channels):
        tried = [
            f"{one.name} ({one.reason.split(': ')[1]})"
            for one in channels
            if one.reason is not None and one.reason.startswith(TRIED)
        ]
        return Fault(
            "no_response_to_watch",
            f"No channel shows a response in the baseline: {'; '.join(tried)}.",
            "Choose a baseline in which the response is there, or mend the noise.",
        )
    if not run.sweeps:
        return Fault(
            "no_sweep_after_baseline",
            "No sweep follows the baseline.",
            "Choose a shorter baseline.",
        )
    return None


def _notes(operation: Operation, baseline: MonitorBaseline) -> tuple[str, ...]:
    """Say which surgical step lies within the baseline: the response may change there."""
    inside: list[TheatreEvent] = [
        event
        for event in operation.events
        if baseline.start_s < event.time_s < baseline.end_s
        and any(word in event.text.casefold() for word in TOUCHING)
    ]
    if not inside:
        return ()
    named = ", ".join(f"{event.text!r} at {event.time_s:.1f} s" for event in inside[:4])
    return (
        f"event_in_baseline: the baseline holds {named}; the response may have changed there, so"
        " end it earlier with --baseline-until.",
    )
