"""The timeline: one lane per side, events as bars over traces, drawn once and zoomed in place.

Traces live in nested SVGs whose view box is time, so that zooming changes one attribute; bars,
hatching and ticks stay in page units and carry ``data-t0`` / ``data-t1``, from which the script
places them. Without the script the same SVG is a complete still picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from hemispasm.model import Event, EventKind, Exclusion, FindingsDocument, Trace
from hemispasm.report.document import Count, Figure, FromRule, Inline, Number, Table, Time
from hemispasm.report.inline import Cell
from hemispasm.report.lanes import NAMES, Lane, event_numbers, in_lane, lanes_of, spasms_in
from hemispasm.report.svg import element, nice_step, short
from hemispasm.report.timeline_marks import pattern_definitions, timeline_legend
from hemispasm.report.trace_path import trace_path
from hemispasm.report.words import KINDS, TRACES, pattern_words

WIDTH = 1000.0
GUTTER = 58.0
RIGHT = 8.0
TITLE_HEIGHT = 24.0
NUMBER_HEIGHT = 14.0
SPASM_HEIGHT = 18.0
OTHER_HEIGHT = 12.0
EYE_HEIGHT = 74.0
STRIP_HEIGHT = 44.0
GAP = 8.0
AXIS_HEIGHT = 34.0
MAX_BARS = 600
# A still face must look still: the scale never shrinks to the noise.
LEAST_HIGH = {"mouth_excursion": 0.06, "brow_lift": 0.03}


@dataclass(frozen=True)
class Strip:
    """One signal row that both lanes share, so that left and right have the same scale."""

    name: str
    height: float
    low: float
    high: float


@dataclass(frozen=True)
class Layout:
    """Where things go: the time span and the rows of a lane."""

    ident: str
    start_s: float
    end_s: float
    strips: tuple[Strip, ...]

    @property
    def span_s(self) -> float:
        """Seconds shown."""
        return self.end_s - self.start_s

    @property
    def lane_height(self) -> float:
        """Height of one lane."""
        rows = sum(strip.height + GAP for strip in self.strips)
        return TITLE_HEIGHT + NUMBER_HEIGHT + SPASM_HEIGHT + 4 + OTHER_HEIGHT + GAP + rows

    @property
    def height(self) -> float:
        """Height of the whole figure."""
        return 2 * self.lane_height + AXIS_HEIGHT

    def x(self, time_s: float) -> float:
        """Page coordinate of a time, kept inside the plot."""
        inside = min(max(time_s, self.start_s), self.end_s)
        return GUTTER + (WIDTH - GUTTER - RIGHT) * (inside - self.start_s) / self.span_s


def timeline_figure(
    document: FindingsDocument, traces: Sequence[Trace], *, ident: str = "timeline"
) -> Figure:
    """Return the two-lane timeline of a recording.

    Parameters
    ----------
    document : FindingsDocument
        Events, exclusions and length.
    traces : sequence of Trace
        ``eye_closure``, ``mouth_excursion`` and ``brow_lift`` are drawn where present.
    ident : str
        Identifier of the figure in the page.
    """
    lanes = lanes_of(document, traces)
    layout = _layout(document, traces, ident)
    parts = [pattern_definitions(ident)]
    for index, lane in enumerate(lanes):
        parts.append(_lane(document, traces, layout, lane, index * layout.lane_height))
    parts += [_axis(layout), _cursor(layout)]
    svg = element(
        "svg",
        {
            "class": "timeline-svg",
            "viewBox": f"0 0 {short(WIDTH)} {short(layout.height)}",
            "aria-hidden": "true",
            "data-start": layout.start_s,
            "data-end": layout.end_s,
        },
        *parts,
    )
    return Figure(
        title=("Timeline: ", NAMES[lanes[0]], " above, ", NAMES[lanes[1]], " below"),
        svg=svg,
        alt=_alt(document, lanes, layout),
        data=_data(traces, lanes, layout),
        timeline=ident,
        legend=timeline_legend(ident),
    )


def _layout(document: FindingsDocument, traces: Sequence[Trace], ident: str) -> Layout:
    span = document.recording.span
    start_s = span.start_s if span else 0.0
    ends = [float(t.time_s[-1]) for t in traces if len(t.time_s)]
    ends += [event.end_s for event in document.events]
    end_s = span.end_s if span else document.recording.duration_s or max(ends, default=1.0)
    strips = []
    for name in ("eye_closure", "mouth_excursion", "brow_lift"):
        values = [t.values[np.isfinite(t.values)] for t in traces if t.name == name]
        if not any(len(v) for v in values):
            continue
        low = min(float(v.min()) for v in values if len(v))
        high = max(float(v.max()) for v in values if len(v))
        if name == "eye_closure":
            strips.append(Strip(name, EYE_HEIGHT, 0.0, 1.0))
            continue
        high = max(high, LEAST_HIGH[name])
        step = nice_step(high - min(low, 0.0), 4)
        low, high = step * np.floor(min(low, 0.0) / step), step * np.ceil(high / step)
        strips.append(Strip(name, STRIP_HEIGHT, float(low), float(high)))
    return Layout(ident, start_s, max(end_s, start_s + 0.5), tuple(strips))


def _lane(
    document: FindingsDocument,
    traces: Sequence[Trace],
    layout: Layout,
    lane: Lane,
    top: float,
) -> Markup:
    name = NAMES[lane]
    y = top + TITLE_HEIGHT
    title = {"class": "lane-title", "x": 0, "y": top + 16}
    parts = [element("text", title, _capital(name))]
    parts += [_excluded(layout, span, y, top) for span in document.quality.excluded]
    parts += _bars(document, layout, lane, y)
    y += NUMBER_HEIGHT + SPASM_HEIGHT + 4
    parts.append(_others(document, layout, lane, y))
    parts.append(_label("other", y + OTHER_HEIGHT - 2))
    y += OTHER_HEIGHT + GAP
    for strip in layout.strips:
        found = [t for t in traces if t.name == strip.name and in_lane(t, lane)]
        parts += _strip(layout, strip, found, y, name)
        y += strip.height + GAP
    return element("g", {"class": "lane", "data-lane": str(lane)}, *parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _label(text: str, y: float) -> Markup:
    return element("text", {"class": "row-label", "x": GUTTER - 6, "y": y}, text)


def _excluded(layout: Layout, span: Exclusion, y: float, top: float) -> Markup:
    left, right = layout.x(span.start_s), layout.x(span.end_s)
    return element(
        "rect",
        {
            "class": "excluded",
            "data-t0": span.start_s,
            "data-t1": span.end_s,
            "x": left,
            "width": max(right - left, 1),
            "y": y,
            "height": top + layout.lane_height - y,
            "fill": f"url(#{layout.ident}-excluded)",
        },
        element("title", None, f"left out: {span.reason}"),
    )


def _bars(document: FindingsDocument, layout: Layout, lane: Lane, y: float) -> list[Markup]:
    numbers = event_numbers(document)
    parts = [_label("spasms", y + NUMBER_HEIGHT + SPASM_HEIGHT - 5)]
    spasms = spasms_in(document, lane)
    if len(spasms) > MAX_BARS:
        return [*parts, _boxes(layout, spasms, y + NUMBER_HEIGHT, SPASM_HEIGHT, "spasm-boxes")]
    for event in spasms:
        parts.append(_bar(layout, event, numbers[event.id], y))
    return parts


def _bar(layout: Layout, event: Event, number: int, y: float) -> Markup:
    left, right = layout.x(event.start_s), layout.x(event.end_s)
    width = max(right - left, 2)
    pattern = pattern_words(event)
    fill = f"url(#{layout.ident}-{pattern})" if pattern in ("clonic", "tonic") else None
    said = f"Spasm {number}, {pattern}, {Time(event.start_s).text} to {Time(event.end_s).text}"
    row = y + NUMBER_HEIGHT
    return element(
        "g",
        {
            "class": "event",
            "data-t0": event.start_s,
            "data-t1": event.end_s,
            "data-event": event.id,
            "data-say": said,
        },
        element("title", None, said),
        element(
            "rect",
            {
                "class": "bar",
                "x": left,
                "width": width,
                "y": row,
                "height": SPASM_HEIGHT,
                "fill": fill,
            },
        ),
        element("text", {"class": "bar-number", "x": left + width / 2, "y": row - 3}, number),
    )


def _others(document: FindingsDocument, layout: Layout, lane: Lane, y: float) -> Markup:
    """Blinks and everything else that is no spasm: hollow boxes, never filled."""
    found = [e for e in document.events if e.kind is not EventKind.SPASM and in_lane(e, lane)]
    blinks = [e for e in found if e.kind is EventKind.BLINK]
    rest = [e for e in found if e.kind is not EventKind.BLINK]
    return element(
        "g",
        None,
        _boxes(layout, blinks, y, OTHER_HEIGHT, "blink-boxes", inset=150),
        _boxes(layout, rest, y, OTHER_HEIGHT, "other-boxes"),
    )


def _boxes(
    layout: Layout, events: Sequence[Event], y: float, height: float, css: str, inset: int = 0
) -> Markup:
    path = []
    for event in events:
        start, end = round(event.start_s * 1000), round(event.end_s * 1000)
        path.append(f"M{start} {inset}H{end}V{1000 - inset}H{start}z")
    kinds = "|".join(KINDS[event.kind] for event in events) if css == "other-boxes" else None
    attributes = {"class": css, "d": "".join(path), "data-kinds": kinds}
    return _plot(layout, y, height, element("path", attributes))


def _plot(layout: Layout, y: float, height: float, *children: Markup) -> Markup:
    box = f"{short(layout.start_s * 1000)} 0 {short(layout.span_s * 1000)} 1000"
    return element(
        "svg",
        {
            "class": "plot",
            "x": GUTTER,
            "y": y,
            "width": WIDTH - GUTTER - RIGHT,
            "height": height,
            "viewBox": box,
            "preserveAspectRatio": "none",
        },
        *children,
    )


def _strip(
    layout: Layout, strip: Strip, traces: Sequence[Trace], y: float, lane_name: str
) -> list[Markup]:
    frame = {"class": "strip-frame", "x": GUTTER, "y": y, "height": strip.height}
    parts = [element("rect", {**frame, "width": WIDTH - GUTTER - RIGHT, "data-full": "yes"})]
    if strip.name == "eye_closure":
        parts += [_label("shut", y + 10), _label("eye", y + strip.height / 2 + 4)]
        parts.append(_label("open", y + strip.height - 1))
    else:
        short_name = {"mouth_excursion": "mouth", "brow_lift": "brow"}[strip.name]
        parts += [_label(f"{strip.high:g}", y + 10)]
        parts += [_label(short_name, y + strip.height / 2 + 4)]
        parts.append(_label(f"{strip.low:g}".replace("-", "−"), y + strip.height - 1))
    for trace in traces:
        attributes = {
            "class": f"trace trace-{strip.name}",
            "d": trace_path(trace.time_s, trace.values, strip.low, strip.high),
            "data-name": TRACES[strip.name],
            "data-lane-name": lane_name,
            "data-low": strip.low,
            "data-high": strip.high,
            "data-percent": "yes" if strip.name == "eye_closure" else None,
        }
        parts.append(_plot(layout, y, strip.height, element("path", attributes)))
    return parts


def _axis(layout: Layout) -> Markup:
    y = 2 * layout.lane_height
    step = nice_step(layout.span_s, 10)
    ticks = []
    for k in range(int(np.ceil(layout.start_s / step)), int(layout.end_s / step) + 1):
        x = layout.x(k * step)
        ticks.append(element("path", {"class": "tick", "d": f"M{short(x)} {short(y)}v5"}))
        anchor = "end" if x > WIDTH - 24 else None
        said = Time(k * step).text
        settings = {"class": "tick-label", "x": x, "y": y + 18, "text-anchor": anchor}
        ticks.append(element("text", settings, said))
    line = {"class": "axis-line", "x1": GUTTER, "x2": WIDTH - RIGHT, "y1": y, "y2": y}
    return element(
        "g",
        {"class": "axis", "data-y": y},
        element("line", line),
        element("g", {"class": "ticks"}, *ticks),
        element("text", {"class": "axis-title", "x": GUTTER, "y": y + 32}, "minutes : seconds"),
    )


def _cursor(layout: Layout) -> Markup:
    line = {"class": "cursor", "x1": -9, "x2": -9, "y1": 0, "y2": 2 * layout.lane_height}
    return element("line", line)


def _alt(document: FindingsDocument, lanes: tuple[Lane, Lane], layout: Layout) -> Cell:
    parts: list[Inline] = ["Traces and events from ", Time(layout.start_s), " to "]
    parts += [Time(layout.end_s), ". "]
    for lane in lanes:
        spasms = spasms_in(document, lane)
        parts += [_capital(NAMES[lane]), ": ", Count(len(spasms), "spasm", "spasms"), ". "]
    parts.append("Every spasm is listed in the table of events.")
    return tuple(parts)


def _data(traces: Sequence[Trace], lanes: tuple[Lane, Lane], layout: Layout) -> Table:
    """Return the traces as a table: the mean over each tenth of the recording."""
    shown = [
        (trace, lane)
        for lane in lanes
        for strip in layout.strips
        for trace in traces
        if trace.name == strip.name and in_lane(trace, lane)
    ]
    edges = np.linspace(layout.start_s, layout.end_s, 11)
    rows = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        cells: list[Cell] = [(Time(start), " to ", Time(end))]
        for trace, _ in shown:
            inside = trace.values[(trace.time_s >= start) & (trace.time_s < end)]
            inside = inside[np.isfinite(inside)]
            mean = round(float(inside.mean()), 3) if len(inside) else None
            cells.append((Number(mean, "1", FromRule("trace.mean"), absent="left out"),))
        rows.append(tuple(cells))
    columns = ("Time", *(f"{TRACES[trace.name]}, {NAMES[lane]}" for trace, lane in shown))
    caption: Cell = ("Mean of each trace over a tenth of the recording",)
    return Table.plain(caption, columns, tuple(rows))
