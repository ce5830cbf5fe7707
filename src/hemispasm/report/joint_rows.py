"""What the figure of video and EMG shows: lanes, bars and curves, all on the video's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import numpy as np

from hemispasm.model import Event, EventKind, FindingsDocument, Side, Trace
from hemispasm.report.inline import Cell
from hemispasm.report.lanes import NAMES, PATIENT_LANES, event_numbers, in_lane, lanes_of
from hemispasm.report.phrase import phrase

Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Pair:
    """The three documents of a pair with the traces of both recordings, and the visit's day."""

    joint: FindingsDocument
    video: FindingsDocument
    video_traces: tuple[Trace, ...]
    emg: FindingsDocument
    emg_traces: tuple[Trace, ...]
    day: date

    @property
    def is_joined(self) -> bool:
        """Whether the two clocks could be joined."""
        return "offset_s" in self.joint.provenance.settings

    def video_time(self, emg_s: float) -> float:
        """Return the time of the video at a time of the EMG."""
        settings = self.joint.provenance.settings
        offset, at, ppm = (float(settings.get(k) or 0.0) for k in ("offset_s", "at_s", "drift_ppm"))
        return (emg_s - offset + 1e-6 * ppm * at) / (1.0 + 1e-6 * ppm)

    @property
    def length_s(self) -> float:
        """Length of the video."""
        return self.video.recording.duration_s or max(
            (e.end_s for e in self.video.events), default=1.0
        )


@dataclass(frozen=True)
class Bar:
    """One spasm of one recording; ``number`` is that of the video's timeline, 0 for the EMG."""

    start_s: float
    end_s: float
    number: int
    event: Event


@dataclass(frozen=True)
class JointLane:
    """One lane of the figure.

    Attributes
    ----------
    title : tuple of inline nodes
        Whose side it is.
    video, emg : tuple of Bar
        Spasms of each recording, on the video's clock.
    others : tuple of Bar
        One-sided activity of the EMG that is no spasm by the video.
    links : tuple of (Span, Span)
        What both saw: its span in the video and in the EMG.
    closures, envelopes : tuple of Trace
        Eye closure, and the envelope of each channel on the video's clock.
    """

    title: str
    video: tuple[Bar, ...]
    emg: tuple[Bar, ...]
    others: tuple[Bar, ...]
    links: tuple[tuple[Span, Span], ...]
    closures: tuple[Trace, ...]
    envelopes: tuple[Trace, ...]


def lanes_of_pair(pair: Pair) -> tuple[JointLane, ...]:
    """Return the lanes of a pair: the patient's left and right as each recording states them.

    Where the sides of the picture are not known, the video has a lane of its own and the EMG
    another, so that nothing looks as if it were of one side.
    """
    envelopes = tuple(_moved(trace, pair) for trace in pair.emg_traces if _is_envelope(trace))
    closures = tuple(t for t in pair.video_traces if t.name == "eye_closure")
    if lanes_of(pair.video, pair.video_traces) != PATIENT_LANES:
        video, emg, others, _ = _bars(pair, None)
        blank: tuple[Bar, ...] = ()
        return (
            JointLane(_words("picture"), video, blank, blank, (), closures, ()),
            JointLane(_words("montage"), blank, emg, others, (), (), envelopes),
        )
    found = []
    for lane in PATIENT_LANES:
        side = Side.LEFT if lane is Side.LEFT else Side.RIGHT
        video, emg, others, links = _bars(pair, side)
        found.append(
            JointLane(
                NAMES[lane],
                video,
                emg,
                others,
                links,
                tuple(t for t in closures if in_lane(t, lane)),
                tuple(t for t in envelopes if t.side is side),
            )
        )
    return tuple(found)


def _words(key: str) -> str:
    cell: Cell = phrase(f"joint.figure.{key}")
    return "".join(str(part) for part in cell)


def _bars(
    pair: Pair, side: Side | None
) -> tuple[tuple[Bar, ...], tuple[Bar, ...], tuple[Bar, ...], tuple[tuple[Span, Span], ...]]:
    numbers = event_numbers(pair.video)
    of_video = {
        e.id: Bar(e.start_s, e.end_s, numbers[e.id], e)
        for e in pair.video.events
        if e.kind is EventKind.SPASM and (side is None or in_lane(e, side))
    }
    of_emg = {
        e.id: Bar(pair.video_time(e.start_s), pair.video_time(e.end_s), 0, e)
        for e in pair.emg.events
        if e.kind is EventKind.SPASM and (side is None or e.side is side)
    }
    of_emg = {k: b for k, b in of_emg.items() if b.end_s > 0 and b.start_s < pair.length_s}
    counted: set[str] = set()
    links = []
    for event in pair.joint.events:
        parts = _parts(event, "video"), _parts(event, "emg")
        counted.update(parts[1])
        seen = [of_video[i] for i in parts[0] if i in of_video]
        heard = [of_emg[i] for i in parts[1] if i in of_emg]
        if seen and heard and side is not None:
            links.append((_span(seen), _span(heard)))
    return (
        tuple(of_video.values()),
        tuple(bar for ident, bar in of_emg.items() if ident in counted),
        tuple(bar for ident, bar in of_emg.items() if ident not in counted),
        tuple(links),
    )


def _parts(event: Event, kind: str) -> list[str]:
    return [flag.partition(":")[2] for flag in event.flags if flag.startswith(f"{kind}:")]


def _span(bars: Sequence[Bar]) -> Span:
    return min(b.start_s for b in bars), max(b.end_s for b in bars)


def _is_envelope(trace: Trace) -> bool:
    return trace.name == "emg_envelope"


def _moved(trace: Trace, pair: Pair) -> Trace:
    """Return a trace on the video's clock, cut to the video."""
    times = np.asarray([pair.video_time(0.0), pair.video_time(1.0)])
    moved = times[0] + (times[1] - times[0]) * trace.time_s
    inside = (moved >= 0.0) & (moved <= pair.length_s)
    return replace(trace, time_s=moved[inside], values=trace.values[inside])
