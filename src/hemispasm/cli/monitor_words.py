"""How a replayed operation is told in words: times, shares, states, lines for what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hemispasm.monitor.concluding import measured_rate_hz, said_of
from hemispasm.monitor.events import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hemispasm.model.emg import StimulusInfo
    from hemispasm.model.monitor import ChannelMoment, MonitorChannel, SweepMoment, TheatreEvent
    from hemispasm.monitor.baseline import Watch

ALIKE = 0.05
BANNER = "Research display of a recording. Never an alarm device."


HELD = {
    "saturated": "amplifier saturated",
    "gap": "samples missing",
    "next_stimulus": "another stimulus in it",
    "flat": "no signal",
    "no_stimulus": "no stimulus seen",
    "quieter": "quieter than before",
    "gain_changed": "gain changed",
}


def held_text(reason: str) -> str:
    """Return why a sweep was not judged, in words.

    Examples
    --------
    >>> held_text("cautery"), held_text("flat")
    ('cautery', 'no signal')
    """
    return HELD.get(reason, reason)


def clock(seconds: float) -> str:
    """Return a time of the recording as a person reads it.

    Examples
    --------
    >>> clock(81.86), clock(3723.0), clock(59.96)
    ('1:21.9', '1:02:03.0', '1:00.0')
    """
    tenths = round(max(seconds, 0.0) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


def chance_text(chance: float | None) -> str:
    """Return a probability with two digits, never as a certainty.

    Examples
    --------
    >>> chance_text(0.9992), chance_text(0.42), chance_text(0.001), chance_text(None)
    ('>0.99', '0.42', '<0.01', '-')
    """
    if chance is None:
        return "-"
    if chance >= 0.995:
        return ">0.99"
    return "<0.01" if chance < 0.005 else f"{chance:.2f}"


def percent_text(ratio: float | None, interval: tuple[float, float] | None) -> str:
    """Return a share of the baseline in percent with its interval.

    Examples
    --------
    >>> percent_text(0.93, (0.884, 0.98)), percent_text(None, None)
    ('93 (88 to 98)', '-')
    """
    if ratio is None or interval is None:
        return "-"
    low, high = interval
    return f"{100 * ratio:.0f} ({100 * low:.0f} to {100 * high:.0f})".replace("-0 ", "0 ")


def stimulus_text(info: StimulusInfo, recorded_hz: float | None) -> str:
    """Return the protocol as stated beside the recording; what nobody said is unknown.

    Examples
    --------
    >>> from hemispasm.model.emg import StimulusInfo
    >>> stimulus_text(StimulusInfo(site="zygomatic", side="left", intensity_ma=12), 3.0)
    'zygomatic, left; 12 mA; pulse unknown; 3 Hz recorded'
    """
    site = f"{info.site or 'site unknown'}, {info.side or 'side unknown'}"
    current = "current unknown" if info.intensity_ma is None else f"{info.intensity_ma:g} mA"
    pulse = "pulse unknown" if info.pulse_ms is None else f"{info.pulse_ms:g} ms"
    return f"{site}; {current}; {pulse}; {_rate_text(info.rate_hz, recorded_hz)}"


def _rate_text(stated_hz: float | None, recorded_hz: float | None) -> str:
    if stated_hz is None:
        return "rate unknown" if recorded_hz is None else f"{recorded_hz:.3g} Hz recorded"
    if recorded_hz is None:
        return f"{stated_hz:.3g} Hz stated"
    if abs(recorded_hz - stated_hz) <= ALIKE * stated_hz:
        return f"{recorded_hz:.3g} Hz"
    return f"{stated_hz:.3g} Hz stated, {recorded_hz:.3g} Hz recorded"


def channel_names(channels: tuple[MonitorChannel, ...], *, short: bool = False) -> list[str]:
    """Return muscle and the patient's side of each channel; two alike also get their label."""
    names = [printable(one.name) for one in channels]
    if short:
        names = [
            name.replace("orbicularis", "orb.").replace("side unknown", "side ?") for name in names
        ]
    return [
        f"{name} [{printable(one.label)}]" if names.count(name) > 1 else name
        for name, one in zip(names, channels, strict=True)
    ]


def opening_lines(watch: Watch, title: str) -> Iterator[str]:
    """Yield what is known before the first sweep: protocol, baseline, channels."""
    operation = watch.operation
    mark = "  SIMULATED" if operation.ref.simulated else ""
    yield f"{title}{mark}"
    yield BANNER
    rate = measured_rate_hz(operation)
    yield f"Stimulus: {stimulus_text(operation.stimulus, rate)}"
    yield f"Baseline: {baseline_text(watch)}"
    for name, one in zip(channel_names(watch.channels), watch.channels, strict=True):
        named = " (side and muscle from the label alone)" if one.named_by == "label_rule" else ""
        if one.watched:
            yield f"Watched: {name}{named}; response in the baseline, p {one.p:.2g}"
        else:
            yield f"Not watched: {name}{named}: {(one.reason or '').partition(': ')[2]}"
    for note in watch.notes:
        yield f"Note: {note.partition(': ')[2]}"


def baseline_text(watch: Watch) -> str:
    """Return which sweeps taught the response."""
    span = watch.baseline
    if span is None:
        return "none"
    ended = f", until {span.until!r}" if span.until else ""
    return (
        f"sweeps {span.first_sweep} to {span.last_sweep},"
        f" {clock(span.start_s)} to {clock(span.end_s)}{ended}"
    )


@dataclass
class Teller:
    """Turns moments into lines, one per change; remembers what it has told.

    Attributes
    ----------
    watch : Watch
        What is followed.
    many : int
        More sweeps than this to call a loss are worth a line.
    call_absent : float
        Probability from which a loss is called by the filter.
    """

    watch: Watch
    many: int = 10
    call_absent: float = 0.99
    told: int = 0
    before: SweepMoment | None = None
    noisy: set[int] = field(default_factory=set)

    def tell(self, moment: SweepMoment) -> Iterator[str]:
        """Yield a line for every event and change since the moment before."""
        yield from self.tell_events(moment.time_s)
        names = channel_names(self.watch.channels)
        yield from self._tell_frozen(moment)
        for one in moment.channels:
            yield from self._tell_channel(moment, one, names[one.channel])
        if len(moment.channels) > 1:
            was = "present" if self.before is None else self.before.state
            if moment.state != was:
                yield _line(moment, f"every watched channel together: {was} -> {moment.state}")
        self.before = moment

    def tell_events(self, until_s: float) -> Iterator[str]:
        """Yield a line for every event up to a time that was not told yet."""
        events = self.watch.operation.events
        while self.told < len(events) and events[self.told].time_s <= until_s + 1e-6:
            event = events[self.told]
            self.told += 1
            yield f"{clock(event.time_s):>9}  {event.sweep:>6}  event: {event.text}"

    def skip_to(self, moment: SweepMoment) -> Iterator[str]:
        """Take a moment as told and yield one line with the state at it."""
        self.before = moment
        events = self.watch.operation.events
        self.told = sum(event.time_s <= moment.time_s for event in events)
        names = channel_names(self.watch.channels)
        states = "; ".join(f"{names[one.channel]}: {one.state}" for one in moment.channels)
        yield _line(moment, f"begins here, after {self.told} events. {states}")

    def _tell_channel(self, moment: SweepMoment, one: ChannelMoment, name: str) -> Iterator[str]:
        was = None if self.before is None else said_of(self.before, one.channel)
        before = "present" if was is None else was.state
        if one.state != before:
            yield _line(
                moment,
                f"{name}: {before} -> {one.state} ({self._how(one)}){self._after(moment)}",
            )
            self.noisy.discard(one.channel)
        if moment.frozen is None:
            frozen = None if was is None else was.frozen
            if one.frozen and not frozen:
                yield _line(
                    moment, f"{name}: held ({held_text(one.frozen)}), last state {one.state}"
                )
            elif frozen and not one.frozen and self.before and self.before.frozen is None:
                yield _line(moment, f"{name}: judged again")
        if one.more_sweeps is None or one.more_sweeps <= self.many // 2:
            self.noisy.discard(one.channel)
        elif one.more_sweeps > self.many and one.channel not in self.noisy:
            self.noisy.add(one.channel)
            yield _line(moment, f"{name}: noise forbids; average {one.more_sweeps} more sweeps")

    def _how(self, one: ChannelMoment) -> str:
        if one.chance is None and one.frozen is not None:
            return f"not known any more: {held_text(one.frozen)}"
        if one.chance is None:
            return "no state is likely enough"
        text = f"probability {chance_text(one.chance)}"
        if one.state == "absent" and one.chance < self.call_absent:
            return f"by the mean of {one.averaged} sweeps; {text}"
        return text

    def _tell_frozen(self, moment: SweepMoment) -> Iterator[str]:
        was = self.before
        if moment.frozen and (was is None or was.frozen is None):
            yield _line(moment, f"all held ({held_text(moment.frozen)}), last state {moment.state}")
        elif not moment.frozen and was is not None and was.frozen:
            since = clock(was.held_since_s or was.time_s)
            yield _line(moment, f"judged again; was held since {since} ({held_text(was.frozen)})")

    def _after(self, moment: SweepMoment) -> str:
        last = self.last_event(moment.time_s)
        if last is None:
            return ", no event before it"
        return f", {moment.time_s - last.time_s:.1f} s after {last.text!r}"

    def last_event(self, time_s: float) -> TheatreEvent | None:
        """Return the last event at or before a time."""
        earlier = [e for e in self.watch.operation.events if e.time_s <= time_s + 1e-6]
        return earlier[-1] if earlier else None


def _line(moment: SweepMoment, text: str) -> str:
    return f"{clock(moment.time_s):>9}  {moment.number:>6}  {text}"
