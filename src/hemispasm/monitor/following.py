"""Sweep by sweep: what is said after each of them. No clock; nothing is read ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measure.emg.monitor_step import step
from hemispasm.model.monitor import ChannelMoment, SweepMoment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hemispasm.measure.emg.monitor_state import ChannelState, MonitorState
    from hemispasm.measure.emg.monitor_sweeps import LiveSweep
    from hemispasm.monitor.baseline import Watch


def follow(watch: Watch, until_s: float | None = None) -> Iterator[SweepMoment]:
    """Yield what is said after each sweep of a prepared operation.

    Parameters
    ----------
    watch : Watch
        From :func:`hemispasm.monitor.baseline.prepare`. One with a fault yields nothing.
    until_s : float, optional
        Sweeps later than this are left.
    """
    if watch.fault is not None or watch.state is None or watch.run is None:
        return
    sweeps = (s for s in watch.run.sweeps if until_s is None or s.time_s <= until_s)
    first = 0 if watch.baseline is None else watch.baseline.last_sweep
    yield from follow_sweeps(
        watch.state, sweeps, watch.places, watch.operation.number_of, since=first
    )


def follow_sweeps(
    state: MonitorState,
    sweeps: Iterable[LiveSweep],
    places: tuple[int, ...],
    number_of: Callable[[float], int],
    since: int = 0,
) -> Iterator[SweepMoment]:
    """Yield what is said after each sweep, from wherever the sweeps come.

    Parameters
    ----------
    state : MonitorState
        Before the first of them.
    sweeps : iterable of LiveSweep
        A recording's, or a live source's.
    places : tuple of int
        Place of each channel of the state in the document.
    number_of : callable
        Number of the stimulus at a time.
    since : int
        Number of the last baseline sweep.
    """
    before: SweepMoment | None = None
    for sweep in sweeps:
        last = state
        state = step(state, sweep)
        before = _moment(last, state, places, number_of(sweep.time_s), before, since)
        yield before


def _moment(
    last: MonitorState,
    state: MonitorState,
    places: tuple[int, ...],
    number: int,
    before: SweepMoment | None,
    since: int,
) -> SweepMoment:
    time_s = float(state.time_s or 0.0)
    earlier = {} if before is None else {one.channel: one for one in before.channels}
    channels = tuple(
        _channel(was, now, place, number, time_s, earlier.get(place), since)
        for was, now, place in zip(last.channels, state.channels, places, strict=True)
        if now.model.detector is not None
    )
    called = since if before is None else before.since_sweep
    held = None if before is None or before.frozen is None else before.held_since_s
    return SweepMoment(
        number=number,
        time_s=time_s,
        state=state.label,
        since_sweep=called if state.label == last.label else number,
        frozen=state.frozen,
        held_since_s=None if state.frozen is None else (time_s if held is None else held),
        more_sweeps=state.more_sweeps,
        channels=channels,
    )


def _channel(
    was: ChannelState,
    now: ChannelState,
    place: int,
    number: int,
    time_s: float,
    before: ChannelMoment | None,
    since: int,
) -> ChannelMoment:
    called = since if before is None else before.since_sweep
    held = None if before is None else before.held_since_s
    ratio = now.ratio
    return ChannelMoment(
        channel=place,
        state=now.label,
        probability=now.probability,
        since_sweep=called if now.label == was.label else number,
        amplitude=None if now.frozen or not now.amplitudes else now.amplitudes[-1],
        ratio=None if ratio is None else ratio.value,
        ratio_interval=None if ratio is None else (ratio.low, ratio.high),
        averaged=len(now.amplitudes),
        frozen=now.frozen,
        held_since_s=None if now.frozen is None else (time_s if held is None else held),
        more_sweeps=now.more_sweeps,
    )
