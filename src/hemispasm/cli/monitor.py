"""`hemispasm monitor`: a recorded operation replayed, its lateral spread followed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hemispasm.model.monitor import MonitorDocument, SweepMoment
    from hemispasm.monitor.baseline import Watch

FRAMES_PER_S = 12.0
LONGEST_WAIT_S = 3.0
SHOWN_LINES = 60
STOPPED_EXIT = 130

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="EDF, BDF, WFDB, or a text export with a profile.")
]
Speed = Annotated[
    str | None,
    typer.Option(help="1, 10, any number, or max; 10 on a screen, else max.", show_default=False),
]
First = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Show from here: seconds, m:ss or an event."),
]
Last = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Stop here.")]
Baseline = Annotated[
    int | None,
    typer.Option(min=1, max=100_000, help="Sweeps that teach the response; 30 unless told."),
]
BaselineUntil = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="End of the baseline: seconds, m:ss or an event."),
]
BaselineFrom = Annotated[str | None, typer.Option(metavar="TIME", help="Start of the baseline.")]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write every sweep; - for stdout.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 when nothing can be watched.")]


def command(
    file: File,
    speed: Speed = None,
    first: First = None,
    last: Last = None,
    baseline: Baseline = None,
    baseline_until: BaselineUntil = None,
    baseline_from: BaselineFrom = None,
    json_to: JsonFile = None,
    strict: Strict = False,
) -> None:
    """Replay a recorded operation and follow its lateral spread, sweep by sweep.

    A research display of a recording, never an alarm device. What is learnt before the nerve is
    touched is the baseline; after it every sweep is called present, reduced or absent, and held
    under cautery. Ctrl-C stops and sums up.
    """
    from hemispasm.cli.shown import check_targets, put_text, say
    from hemispasm.formats.findings import json_text
    from hemispasm.monitor.baseline import BaselineWish, prepare
    from hemispasm.monitor.events import find_time, printable
    from hemispasm.monitor.operation import read_operation

    check_targets(json_to)
    _spare_recording(file, json_to)
    factor = _factor(speed)
    operation = read_operation(file)
    ends = [None if one is None else find_time(one, operation.events)[0] for one in (first, last)]
    _check_order(*ends)
    watch = prepare(operation, BaselineWish(baseline, baseline_until, baseline_from))
    player = _Player(watch, printable(file.name), factor, *ends, quiet=json_to == "-")
    document = player.play()
    if json_to is not None:
        put_text(json_to, json_text(document.to_json()))
        if json_to != "-":
            say(f"Written: {json_to}")
    if player.stopped:
        raise typer.Exit(STOPPED_EXIT)
    if strict and document.quality.grade == "not_assessable":
        raise typer.Exit(1)


class _Player:
    """Shows a watch at a speed, on a screen or line by line, and sums up."""

    def __init__(
        self,
        watch: Watch,
        title: str,
        factor: float | None,
        first_s: float | None,
        last_s: float | None,
        *,
        quiet: bool,
    ) -> None:
        from hemispasm.cli.shown import stdout_console

        self.watch, self.title, self.quiet = watch, title, quiet
        self.first_s, self.last_s = first_s, last_s
        self.console = stdout_console()
        self.live = not quiet and self.console.is_terminal and not self.console.is_dumb_terminal
        # Nobody waits for a screen that is not there.
        self.factor = factor if factor is not None else (10.0 if self.live else float("inf"))
        self.moments: list[SweepMoment] = []
        self.step_s: list[float] = []
        self.stopped = False
        self.began = time.perf_counter()

    def play(self) -> MonitorDocument:
        """Replay to the end or until Ctrl-C, and return the document."""
        from hemispasm.cli.monitor_summary import print_summary

        try:
            if self.quiet or self.watch.fault is not None:
                self._open()
                self.moments.extend(self._follow())
            elif self.live:
                self._on_screen()
            else:
                self._in_lines()
        except KeyboardInterrupt:
            self.stopped = True
        document = self._document()
        if not self.quiet:
            if self.live and self.watch.fault is None:
                self._tell_again()
            print_summary(document, self.title, self.console)
            self._say_speed()
        return document

    def _open(self) -> None:
        from hemispasm.cli.monitor_words import opening_lines

        if not self.quiet:
            for line in opening_lines(self.watch, self.title):
                self._say(line)

    def _on_screen(self) -> None:
        from rich.live import Live

        from hemispasm.cli.monitor_screen import Screen

        speed = "at once" if self.factor == float("inf") else f"{self.factor:g} x"
        unicode = (self.console.encoding or "").lower().startswith("utf")
        screen = Screen(self.watch, self.title, speed, unicode=unicode)
        drawn = 0.0
        with Live(screen, console=self.console, screen=True, auto_refresh=False) as live:
            for moment in self._paced():
                screen.add(moment)
                now = time.perf_counter()
                if now - drawn >= 1.0 / FRAMES_PER_S:
                    live.refresh()
                    drawn = now
            live.refresh()

    def _in_lines(self) -> None:
        from hemispasm.cli.monitor_words import Teller

        self._open()
        self._say(f"{'time':>9}  {'sweep':>6}  change")
        teller = Teller(self.watch)
        if self.first_s is None and self.watch.baseline is not None:
            for line in teller.tell_events(self.watch.baseline.end_s):
                self._say(line)
        for moment in self._paced():
            if self._is_before(moment):
                continue
            lines = teller.tell(moment)
            if self.first_s is not None and teller.before is None:
                lines = teller.skip_to(moment)
            for line in lines:
                self._say(line)

    def _tell_again(self) -> None:
        """After the screen has gone, print what had changed."""
        from hemispasm.cli.monitor_words import Teller

        self._open()
        teller = Teller(self.watch)
        lines = [line for moment in self.moments for line in teller.tell(moment)]
        if len(lines) > SHOWN_LINES:
            self._say(f"({len(lines) - SHOWN_LINES} earlier lines; --json keeps every sweep)")
        for line in lines[-SHOWN_LINES:]:
            self._say(line)

    def _paced(self) -> Iterator[SweepMoment]:
        """Yield moments when their time has come; what lies before --from comes at once."""
        due, earlier = time.perf_counter(), None
        for moment in self._follow():
            if self.factor != float("inf") and not self._is_before(moment):
                if earlier is not None:
                    gap = (moment.time_s - earlier) / self.factor
                    # A long pause in the recording is not sat out.
                    due += min(gap, LONGEST_WAIT_S)
                    late = time.perf_counter() - due
                    if late < 0:
                        time.sleep(-late)
                    elif late > 1.0:
                        due += late
                earlier = moment.time_s
            self.moments.append(moment)
            yield moment

    def _follow(self) -> Iterator[SweepMoment]:
        from hemispasm.monitor.following import follow

        steps = follow(self.watch, self.last_s)
        while True:
            start = time.perf_counter()
            moment = next(steps, None)
            if moment is None:
                return
            self.step_s.append(time.perf_counter() - start)
            yield moment

    def _is_before(self, moment: SweepMoment) -> bool:
        return self.first_s is not None and moment.time_s < self.first_s

    def _document(self) -> MonitorDocument:
        from datetime import UTC, datetime
        from importlib.metadata import version

        from hemispasm.model.finding import Provenance
        from hemispasm.monitor.concluding import conclude

        settings: dict[str, str | float | bool | None] = {"to_s": self.last_s}
        if self.step_s:
            ordered = sorted(self.step_s)
            settings["step_ms_median"] = round(1000 * ordered[len(ordered) // 2], 3)
            settings["step_ms_p95"] = round(1000 * ordered[int(0.95 * (len(ordered) - 1))], 3)
        made = Provenance(
            hemispasm=version("hemispasm"),
            settings=settings,
            seconds=round(time.perf_counter() - self.began, 2),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return conclude(self.watch, self.moments, provenance=made)

    def _say_speed(self) -> None:
        if self.step_s:
            usual = 1000 * sorted(self.step_s)[len(self.step_s) // 2]
            count = sum(one.watched for one in self.watch.channels)
            channels = "channel" if count == 1 else "channels"
            self._say(f"Followed in {usual:.1f} ms per sweep of {count} watched {channels}.")

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        sys.stdout.flush()


def _factor(text: str | None) -> float | None:
    from hemispasm.model.errors import UsageError

    if text is None:
        return None
    if text.strip().casefold() == "max":
        return float("inf")
    try:
        factor = float(text.strip().casefold().removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0.0 < factor <= 1e6:
        raise UsageError(
            "unknown_speed", f"{text!r} is no speed.", "Give a number such as 1 or 10, or max."
        )
    return factor


def _check_order(first_s: float | None, last_s: float | None) -> None:
    from hemispasm.model.errors import UsageError

    if first_s is not None and last_s is not None and last_s <= first_s:
        raise UsageError(
            "span_reversed", "The replay would end before it begins.", "Give --to after --from."
        )


def _spare_recording(file: Path, target: str | None) -> None:
    """Refuse a target that is the recording, or that belongs beside it."""
    from hemispasm.model.errors import UsageError

    if target in (None, "-"):
        return
    beside = (".json", ".toml", ".hea", ".dat", ".truth.json")
    taken: list[Any] = [file.resolve(), *(file.with_suffix(end).resolve() for end in beside)]
    if Path(target).resolve() in taken:
        raise UsageError(
            "would_overwrite",
            f"{Path(target).name} belongs to the recording and would be overwritten.",
            "Choose another name for the output.",
        )
