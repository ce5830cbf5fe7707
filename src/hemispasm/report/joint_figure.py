"""The figure of video and EMG on one clock: bars of both, linked where both saw the same spasm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from hemispasm.model import Trace
from hemispasm.report.document import Figure, FromRule, Inline, Number, Table, Time
from hemispasm.report.inline import Cell, Count
from hemispasm.report.joint_rows import Bar, JointLane, Pair, Span, lanes_of_pair
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, nice_step, short
from hemispasm.report.timeline_marks import pattern_definitions
from hemispasm.report.trace_path import trace_path
from hemispasm.report.words import TRACES

WIDTH = 1000.0
GUTTER = 96.0
RIGHT = 8.0
TITLE_HEIGHT = 24.0
NUMBER_HEIGHT = 14.0
BAR_HEIGHT = 16.0
LINK_HEIGHT = 16.0
STRIP_HEIGHT = 46.0
GAP = 7.0
AXIS_HEIGHT = 34.0
#: Amplitudes above this share of the samples are cut off, so that one artefact flattens nothing.
SHOWN_SHARE = 99.8
#: A quiet channel must look quiet: the scale never shrinks to the noise.
LEAST_UV = 20.0


@dataclass(frozen=True)
class _Canvas:
    """Time span and identifier; turns times into page coordinates."""

    ident: str
    end_s: float

    def x(self, time_s: float) -> float:
        inside = min(max(time_s, 0.0), self.end_s)
        return GUTTER + (WIDTH - GUTTER - RIGHT) * inside / self.end_s

    def plot(self, y: float, height: float, *children: Markup) -> Markup:
        """Return a box whose width is time in milliseconds and whose height is a thousand."""
        return element(
            "svg",
            {
                "class": "plot",
                "x": GUTTER,
                "y": y,
                "width": WIDTH - GUTTER - RIGHT,
                "height": height,
                "viewBox": f"0 0 {short(self.end_s * 1000)} 1000",
                "preserveAspectRatio": "none",
            },
            *children,
        )


def joint_figure(pair: Pair, *, ident: str) -> Figure:
    """Return the two lanes of a pair of recordings on the video's clock.

    Parameters
    ----------
    pair : Pair
        Joined recordings with their traces.
    ident : str
        Identifier of the figure in the page.
    """
    lanes = lanes_of_pair(pair)
    canvas = _Canvas(ident, max(pair.length_s, 0.5))
    tops = _tops(lanes)
    parts, y = [pattern_definitions(ident)], 0.0
    for lane in lanes:
        drawn, y = _lane(canvas, lane, tops, y)
        parts.append(drawn)
    parts += [_axis(canvas, y)]
    line = {"class": "cursor", "x1": -9, "x2": -9, "y1": 0, "y2": y}
    parts.append(element("line", line))
    svg = element(
        "svg",
        {
            "class": "timeline-svg",
            "viewBox": f"0 0 {short(WIDTH)} {short(y + AXIS_HEIGHT)}",
            "aria-hidden": "true",
            "data-start": 0.0,
            "data-end": canvas.end_s,
        },
        *parts,
    )
    sided = any(lane.closures and lane.envelopes for lane in lanes) or any(
        lane.video and lane.emg for lane in lanes
    )
    names = {"first": lanes[0].title, "second": lanes[-1].title}
    title = phrase("joint.figure.title", **names) if sided else phrase("joint.figure.title_one")
    return Figure(
        title=title,
        svg=svg,
        alt=_alt(lanes, canvas),
        data=_data(lanes, canvas),
        timeline=ident,
        legend=_legend(),
    )


def _tops(lanes: Sequence[JointLane]) -> dict[str, float]:
    """Return the scale of every muscle, the same on both sides."""
    tops: dict[str, float] = {}
    for lane in lanes:
        for trace in lane.envelopes:
            values = trace.values[np.isfinite(trace.values)]
            high = float(np.percentile(values, SHOWN_SHARE)) if values.size else 0.0
            name = _muscle(trace)
            tops[name] = max(tops.get(name, LEAST_UV), high)
    return tops


def _muscle(trace: Trace) -> str:
    return str(trace.meta.get("muscle") or trace.meta.get("channel") or "")


def _lane(
    canvas: _Canvas, lane: JointLane, tops: dict[str, float], top: float
) -> tuple[Markup, float]:
    title = lane.title[:1].upper() + lane.title[1:]
    parts = [element("text", {"class": "lane-title", "x": 0, "y": top + 16}, title)]
    y = top + TITLE_HEIGHT
    if lane.video or lane.closures:
        y += NUMBER_HEIGHT
        parts.append(_label("video", y + BAR_HEIGHT - 4))
        parts += [_bar(canvas, bar, y, f"Spasm {bar.number} of the video") for bar in lane.video]
        y += BAR_HEIGHT
    if lane.emg or lane.envelopes:
        parts.append(_links(canvas, lane.links, y))
        y += LINK_HEIGHT
        parts.append(_label("EMG", y + BAR_HEIGHT - 4))
        parts += [_bar(canvas, bar, y, "Spasm in the EMG") for bar in lane.emg]
        parts.append(_boxes(canvas, lane.others, y))
        y += BAR_HEIGHT
    y += GAP
    for trace in lane.closures:
        parts += _strip(canvas, trace, y, lane.title, "eye closure", 1.0)
        y += STRIP_HEIGHT + GAP
    for trace in lane.envelopes:
        name = str(trace.meta.get("channel") or "EMG")
        parts += _strip(canvas, trace, y, lane.title, name, tops[_muscle(trace)])
        y += STRIP_HEIGHT + GAP
    return element("g", {"class": "lane"}, *parts), y


def _label(text: str, y: float) -> Markup:
    return element("text", {"class": "row-label", "x": GUTTER - 6, "y": y}, text)


def _bar(canvas: _Canvas, bar: Bar, y: float, name: str) -> Markup:
    left, right = canvas.x(bar.start_s), canvas.x(bar.end_s)
    width = max(right - left, 2)
    said = f"{name}, {Time(max(bar.start_s, 0.0)).text} to {Time(max(bar.end_s, 0.0)).text}"
    number = {"class": "bar-number", "x": left + width / 2, "y": y - 3}
    box = {"class": "bar", "x": left, "width": width, "y": y, "height": BAR_HEIGHT}
    return element(
        "g",
        {
            "class": "event",
            "data-t0": max(bar.start_s, 0.0),
            "data-t1": bar.end_s,
            "data-event": bar.event.id,
            "data-say": said,
        },
        element("title", None, said),
        element("rect", box),
        element("text", number, bar.number or ""),
    )


def _boxes(canvas: _Canvas, bars: Sequence[Bar], y: float) -> Markup:
    path = "".join(
        f"M{round(1000 * bar.start_s)} 120H{round(1000 * bar.end_s)}V880"
        f"H{round(1000 * bar.start_s)}z"
        for bar in bars
    )
    return canvas.plot(y, BAR_HEIGHT, element("path", {"class": "other-boxes", "d": path}))


def _links(canvas: _Canvas, links: Sequence[tuple[Span, Span]], y: float) -> Markup:
    """Return a shade from each bar of the video to its partner in the EMG."""
    path = ""
    for (seen0, seen1), (heard0, heard1) in links:
        upper = f"M{round(1000 * seen0)} 0H{round(1000 * seen1)}"
        path += f"{upper}L{round(1000 * heard1)} 1000H{round(1000 * heard0)}z"
    return canvas.plot(y, LINK_HEIGHT, element("path", {"class": "share-bar", "d": path}))


def _strip(
    canvas: _Canvas, trace: Trace, y: float, lane: str, name: str, high: float
) -> list[Markup]:
    frame = {"class": "strip-frame", "x": GUTTER, "y": y, "height": STRIP_HEIGHT}
    frame |= {"width": WIDTH - GUTTER - RIGHT, "data-full": "yes"}
    closure = trace.name == "eye_closure"
    attributes = {
        "class": f"trace trace-{'eye_closure' if closure else 'mouth_excursion'}",
        "d": trace_path(trace.time_s, trace.values, 0.0, high),
        "data-name": TRACES["eye_closure"] if closure else f"{name} (µV)",
        "data-lane-name": lane,
        "data-low": 0.0,
        "data-high": high,
        "data-percent": "yes" if closure else None,
    }
    return [
        element("rect", frame),
        _label("shut" if closure else f"{high:.0f} µV", y + 10),
        _label("eye" if closure else name, y + STRIP_HEIGHT / 2 + 4),
        _label("open" if closure else "0", y + STRIP_HEIGHT - 1),
        canvas.plot(y, STRIP_HEIGHT, element("path", attributes)),
    ]


def _axis(canvas: _Canvas, y: float) -> Markup:
    step = nice_step(canvas.end_s, 10)
    ticks = []
    for k in range(int(canvas.end_s / step) + 1):
        x = canvas.x(k * step)
        ticks.append(element("path", {"class": "tick", "d": f"M{short(x)} {short(y)}v5"}))
        anchor = "end" if x > WIDTH - 24 else None
        settings = {"class": "tick-label", "x": x, "y": y + 18, "text-anchor": anchor}
        ticks.append(element("text", settings, Time(k * step).text))
    line = {"class": "axis-line", "x1": GUTTER, "x2": WIDTH - RIGHT, "y1": y, "y2": y}
    words = {"class": "axis-title", "x": GUTTER, "y": y + 32}
    return element(
        "g",
        {"class": "axis", "data-y": y},
        element("line", line),
        element("g", {"class": "ticks"}, *ticks),
        element("text", words, "minutes : seconds of the video"),
    )


def _alt(lanes: Sequence[JointLane], canvas: _Canvas) -> Cell:
    parts: list[Inline] = [
        *phrase("joint.figure.alt", start=Time(0.0), end=Time(canvas.end_s)),
    ]
    for lane in lanes:
        parts += phrase(
            "joint.figure.alt_lane",
            lane=lane.title[:1].upper() + lane.title[1:],
            video=Count(len(lane.video), "spasm", "spasms"),
            emg=Count(len(lane.emg), "spasm", "spasms"),
            both=Count(len(lane.links)),
        )
    return tuple(parts)


def _data(lanes: Sequence[JointLane], canvas: _Canvas) -> Table:
    edges = np.linspace(0.0, canvas.end_s, 11).tolist()
    rows = []
    for start, end in pairwise(edges):
        cells: list[Cell] = [(Time(start), " to ", Time(end))]
        for lane in lanes:
            for bars in (lane.video, lane.emg):
                inside = sum(start <= bar.start_s < end for bar in bars)
                cells.append((Number(float(inside), "1", FromRule("events.bin"), decimals=0),))
        rows.append(tuple(cells))
    columns = ("Time", *(f"{kind}, {lane.title}" for lane in lanes for kind in ("video", "EMG")))
    return Table.plain(phrase("joint.figure.data"), columns, tuple(rows))


def _legend() -> Markup:
    def sample(css: str) -> Markup:
        box = {"class": css, "x": 1, "y": 2, "width": 26, "height": 12}
        svg = {"class": "sample", "viewBox": "0 0 28 16", "aria-hidden": "true"}
        return element("svg", svg, element("rect", box))

    rows = (
        ("bar", "legend_bar"),
        ("share-bar", "legend_link"),
        ("other-boxes", "legend_other"),
    )
    items = []
    for css, key in rows:
        words = "".join(str(part) for part in phrase(f"joint.figure.{key}"))
        items.append(element("li", None, sample(css), element("span", None, words)))
    return element("ul", {"class": "legend"}, *items)
