"""The live screen of a replayed operation: fits any terminal from 60 x 16 upwards."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.cells import set_cell_size
from rich.text import Text

from hemispasm.cli.monitor_trend import BLOCKS, PLAIN, TOP, Trace, event_letters, event_marks
from hemispasm.cli.monitor_words import (
    BANNER,
    chance_text,
    channel_names,
    clock,
    held_text,
    percent_text,
    stimulus_text,
)
from hemispasm.monitor.concluding import measured_rate_hz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import OverflowMethod

    from hemispasm.model.monitor import ChannelMoment, SweepMoment, TheatreEvent
    from hemispasm.monitor.baseline import Watch

FOOTER = "Research software, not a medical device."
#: Neither red nor green: no state is an alarm, and none is a reward.
STYLES = {
    "present": "cyan",
    "reduced": "yellow",
    "absent": "bright_white",
    "undetermined": "bright_black",
}
TAGS = {
    "present": "black on cyan",
    "reduced": "black on yellow",
    "absent": "black on bright_white",
    "undetermined": "bright_white on bright_black",
}
#: Channels that never could show the response, counted in one line.
ELSEWHERE = {
    "answers_directly": "excited directly",
    "other_side": "on the other side",
    "other_muscle": "of another nerve",
    "muscle_unknown": "of unknown muscle",
    "slow_rate": "sampled too slowly",
}
WIDE = 120
EVENTS_WIDTH = 36
NAME, STATE, CHANCE, RATIO, SINCE = 19, 14, 6, 17, 9
NOTE, GUTTER = 30, 4
HEIGHTS = (6, 3, 2, 1)
EVENT_LINES = 5


class Screen:
    """What a person sees while an operation is replayed.

    Parameters
    ----------
    watch : Watch
        What is followed.
    title : str
        The file's name.
    speed : str
        How it is replayed, such as ``10 x``.
    unicode : bool
        Whether the terminal shows block characters.
    """

    def __init__(self, watch: Watch, title: str, speed: str, *, unicode: bool = True) -> None:
        self.watch = watch
        self.title = title
        self.speed = speed
        self.glyphs = BLOCKS if unicode else PLAIN
        self._cut: OverflowMethod = "ellipsis" if unicode else "crop"
        self.moment: SweepMoment | None = None
        self.traces: dict[int, Trace] = {}
        run = watch.run
        begin = 0.0 if watch.baseline is None else watch.baseline.start_s
        end = run.sweeps[-1].time_s if run is not None and run.sweeps else begin
        self.span = (begin, end)
        self.rate_hz = measured_rate_hz(watch.operation)

    def add(self, moment: SweepMoment) -> None:
        """Take what was said after one more sweep."""
        self.moment = moment
        for one in moment.channels:
            self.traces.setdefault(one.channel, Trace()).add(moment.time_s, one)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Text]:
        """Yield the lines for the console's present size."""
        yield from self.lines(options.max_width, options.height or console.size.height)

    def lines(self, width: int, height: int) -> list[Text]:
        """Return the screen, at most ``height`` lines of at most ``width`` characters."""
        wide = width >= WIDE
        left = width - EVENTS_WIDTH - 3 if wide else width
        top = [Text(f" {BANNER} ".center(width), style="reverse"), *self._header(width)]
        spare = 0 if wide else min(len(self.watch.operation.events) // 2 + 2, EVENT_LINES)
        body = self._channels(left, height - len(top) - 2 - spare)
        ending = [self._legend(width), Text(FOOTER, style="dim")]
        room = height - len(top) - len(ending)
        if wide:
            body = self._beside(body, self._events(EVENTS_WIDTH, room, 1), left, room)
        else:
            body = body[:room]
            body += self._events(width, room - len(body), 2)
        body += [Text("")] * (room - len(body))
        made = [*top, *body[:room], *ending][:height]
        for line in made:
            line.truncate(width, overflow=self._cut)
            line.no_wrap, line.end = True, "\n"
        made[-1].end = ""
        return made

    def _header(self, width: int) -> list[Text]:
        operation, moment = self.watch.operation, self.moment
        name = Text(self.title, style="bold")
        if operation.ref.simulated:
            name.append("  SIMULATED", style="bold yellow")
        name.append(f"  replay {self.speed}".rjust(max(width - name.cell_len, 0)), style="dim")
        now = self.span[0] if moment is None else moment.time_s
        number = 0 if moment is None else moment.number
        times = f"Time {clock(now)} of {clock(operation.end_s)}   Sweep {number} of "
        times += f"{len(operation.stimuli_s)}   {self._baseline()}"
        info = stimulus_text(operation.stimulus, self.rate_hz)
        return [name, Text(times), Text(f"Stimulus: {info}"), self._verdict()]

    def _baseline(self) -> str:
        span = self.watch.baseline
        if span is None:
            return "No baseline"
        until = f" until {span.until}" if span.until else ""
        return f"Baseline: sweeps {span.first_sweep}-{span.last_sweep}{until}"

    def _verdict(self) -> Text:
        line, moment = Text("Lateral spread: "), self.moment
        if moment is None:
            return line.append("waits for the first sweep", style="dim")
        line.append(f" {moment.state.upper()} ", style=TAGS[moment.state])
        if moment.frozen and moment.held_since_s is not None:
            held = f" HELD since {clock(moment.held_since_s)}: {held_text(moment.frozen)} "
            line.append(" ").append(held, style="reverse")
            return line.append(" nothing is judged")
        return line.append(f"  {self._since(moment)}")

    def _since(self, moment: SweepMoment) -> str:
        base = self.watch.baseline
        if base is not None and moment.since_sweep == base.last_sweep:
            return "as in the baseline"
        count = moment.number - moment.since_sweep
        called = float(self.watch.operation.stimuli_s[moment.since_sweep - 1])
        text = f"since {clock(called)}, {count} {'sweep' if count == 1 else 'sweeps'} ago"
        before = [e for e in self.watch.operation.events if e.time_s <= called + 1e-6]
        return f"{text}, after {before[-1].text}" if before else text

    def _channels(self, width: int, room: int) -> list[Text]:
        names = channel_names(self.watch.channels, short=width < WIDE - EVENTS_WIDTH)
        watched = [k for k, one in enumerate(self.watch.channels) if one.watched]
        name = max([NAME, *(len(names[k]) + 1 for k in watched)])
        name = min(name, max(NAME, width // 3))
        spark = max(width - name - STATE - CHANCE - RATIO - SINCE, 4)
        most = 10 if self.moment is None else max(c.averaged for c in self.moment.channels)
        heading = (
            f"{'Channel':<{name}}{'Last called':<{STATE}}{'p now':<{CHANCE}}"
            f"{f'Mean of {most}, %':<{RATIO}}{'Last sweeps'[:spark]:<{spark}}{'Called':>{SINCE}}"
        )
        lines = [Text(heading, style="dim")]
        said = {} if self.moment is None else {one.channel: one for one in self.moment.channels}
        below = self._not_watched(names)
        high = (room - 2 - len(below)) // max(len(watched), 1) - 1
        for k in watched:
            lines.append(self._row(names[k], said.get(k), k, (name, spark)))
            if high > 0:
                lines += self._chart(said.get(k), k, width, _height(high))
        if high > 0:
            lines.append(self._marks(width))
        return [*lines, *below]

    def _row(
        self, name: str, said: ChannelMoment | None, place: int, widths: tuple[int, int]
    ) -> Text:
        name_width, spark = widths
        line = Text("").append(
            set_cell_size(set_cell_size(name, name_width - 1), name_width), style="bold"
        )
        if said is None:
            return line.append("waits", style="dim")
        held = said.frozen is not None
        line.append(f" {said.state.upper()} ", style="reverse dim" if held else TAGS[said.state])
        line.append(" " * max(name_width + STATE - line.cell_len, 0))
        style = "dim" if held else ""
        line.append(chance_text(said.chance).ljust(CHANCE), style=style)
        ratio = percent_text(said.ratio, said.ratio_interval)
        line.append(ratio.ljust(RATIO), style=style)
        for glyph, state in self.traces[place].last(spark, self.glyphs):
            line.append(glyph, style=STYLES[state] if state else "dim")
        line.append(" " * max(name_width + STATE + CHANCE + RATIO + spark - line.cell_len, 0))
        number = 0 if self.moment is None else self.moment.number
        return line.append(f"{number - said.since_sweep} ago".rjust(SINCE))

    def _chart(self, said: ChannelMoment | None, place: int, width: int, height: int) -> list[Text]:
        base = self.watch.baseline
        ended = self.span[0] if base is None else base.end_s
        size = (self._chart_width(width), height)
        rows = self.traces.get(place, Trace()).chart(size, self.span, self.glyphs, ended)
        notes = [] if said is None else _notes(said)
        lines = []
        for row, cells in enumerate(rows):
            line = Text("").append(_scale(row, height).rjust(GUTTER - 1) + " ", style="dim")
            for glyph, state in cells:
                line.append(glyph, style=STYLES[state] if state else "dim")
            line.append(f"  {notes[row]}" if row < len(notes) else "", style="bold")
            lines.append(line)
        return lines

    def _chart_width(self, width: int) -> int:
        return max(width - NOTE - GUTTER - 2, 10)

    def _shown(self) -> tuple[TheatreEvent, ...]:
        now = self.span[0] if self.moment is None else self.moment.time_s
        return tuple(e for e in self.watch.operation.events if e.time_s <= now + 1e-6)

    def _marks(self, width: int) -> Text:
        cells = self._chart_width(width)
        marks = event_marks(self._shown(), self.span, cells)
        line = Text("").append(" " * GUTTER + marks.ljust(cells), style="bold")
        return line.append(f"  {clock(self.span[0])} to {clock(self.span[1])}", style="dim")

    def _not_watched(self, names: list[str]) -> list[Text]:
        lines: list[Text] = []
        other: Counter[str] = Counter()
        for name, one in zip(names, self.watch.channels, strict=True):
            if one.watched or one.reason is None:
                continue
            code, _, sentence = one.reason.partition(": ")
            if code in ELSEWHERE:
                other[ELSEWHERE[code]] += 1
            else:
                lines.append(Text(f"Cannot be watched: {name}: {sentence}", style="dim"))
        if other:
            listed = ", ".join(f"{count} {what}" for what, count in other.items())
            lines.append(Text(f"Not watched: {listed}", style="dim"))
        return lines

    def _events(self, width: int, room: int, columns: int) -> list[Text]:
        shown = self._shown()
        if room < 2:
            return []
        heading = Text("Events" if shown else "Events: none so far", style="dim")
        fits = (room - 1) * columns
        pairs = list(zip(event_letters(shown), shown, strict=True))
        if len(pairs) > fits:
            heading.append(f", the last {fits} of {len(pairs)}")
            pairs = pairs[-fits:]
        each, rows = width // columns, min(len(pairs), room - 1)
        lines = [Text("") for _ in range(rows)]
        for place, (letter, event) in enumerate(pairs):
            text = f"{letter}  {clock(event.time_s):>7}  {event.text}"
            style = "bold" if event is shown[-1] else ""
            cell = Text(set_cell_size(set_cell_size(text, each - 1), each), style=style)
            lines[place % rows].append_text(cell)
        return [heading, *lines]

    def _beside(self, left: list[Text], right: list[Text], width: int, room: int) -> list[Text]:
        """Put the events beside the channels."""
        made = []
        for row in range(room):
            line = left[row].copy() if row < len(left) else Text("")
            line.truncate(width, overflow=self._cut)
            line.append(" " * (width - line.cell_len))
            line.append(f" {self.glyphs.rule} ", style="dim")
            if row < len(right):
                line.append_text(right[row])
            made.append(line)
        return made

    def _legend(self, width: int) -> Text:
        low, full, top = (self.glyphs.level(share) for share in (0.0, 1.0, 1.5))
        text = f"% of the baseline: {low} 0, {full} 100, {top} 150 or more; "
        text += f"{self.glyphs.held} not judged; {self.glyphs.baseline} baseline"
        return Text(text if len(text) <= width else text[:width], style="dim")


def _notes(said: ChannelMoment) -> list[str]:
    """Return what stands beside a channel's chart, the most pressing first."""
    notes = []
    if said.frozen is not None and said.held_since_s is not None:
        notes.append(f"held since {clock(said.held_since_s)}: {held_text(said.frozen)}")
    if said.more_sweeps is not None:
        sweeps = "sweep" if said.more_sweeps == 1 else "sweeps"
        notes.append(f"average {said.more_sweeps} more {sweeps}")
    order = ("present", "reduced", "absent")
    likely = max(range(3), key=lambda k: said.probability[k])
    if order[likely] != said.state and said.frozen is None:
        notes.append(f"now likelier: {order[likely]}, {chance_text(said.probability[likely])}")
    return notes


def _height(room: int) -> int:
    """Return the tallest chart that fits and has round percentages at its rows."""
    return next((rows for rows in HEIGHTS if rows <= room), 0)


def _scale(row: int, height: int) -> str:
    """Return the percentage at the top of a chart's row, where it is a round one."""
    percent = TOP * 100 * (height - row) / height
    return f"{percent:.0f}" if height > 1 and percent % 50 == 0 else ""
