"""All channels of an EMG recording over its whole length, spasms and bursts marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from hemispasm.model import EventKind, FindingsDocument, Side, Trace
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Count,
    Figure,
    FromRule,
    Inline,
    Number,
    Table,
    Time,
)
from hemispasm.report.emg_channels import in_reading_order, side_words, trace_words
from hemispasm.report.emg_plot import (
    AXIS,
    ROW,
    Span,
    figure_svg,
    gain_bar,
    gain_key,
    gains,
    ribbon_paths,
    row_name,
    time_axis,
)
from hemispasm.report.number import seconds_by
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

SPASM_ROW = 16.0
COLUMNS = 760
MOST_MARKS = 1500


def overview_figure(document: FindingsDocument, traces: Sequence[Trace]) -> Figure | None:
    """Return the envelope of every channel over the recording; None without an envelope.

    Parameters
    ----------
    document : FindingsDocument
        Spasms and bursts.
    traces : sequence of Trace
        Those called ``emg_envelope`` are drawn.
    """
    shown = in_reading_order([t for t in traces if t.name == "emg_envelope" and len(t.time_s)])
    if not shown:
        return None
    duration_s = document.recording.duration_s or float(shown[0].time_s[-1])
    span = Span(0.0, duration_s)
    scale = gains(shown)
    parts: list[Markup] = []
    y, before = 4.0, None
    for trace in shown:
        if trace.side is not before and trace.side in (Side.LEFT, Side.RIGHT):
            parts += _spasm_row(document, trace.side, span, y)
            y += SPASM_ROW + 6
        before = trace.side
        parts += _channel_row(document, trace, span, y, scale.get(gain_key(trace)))
        y += ROW
    parts += time_axis(span, y + 4, lookup_text("emg.overview.axis"), clock=True)
    return Figure(
        title=phrase("emg.overview.title"),
        svg=figure_svg(y + 4 + AXIS, parts),
        alt=_alt(document, shown, duration_s),
        data=_data(shown, duration_s),
    )


def _spasm_row(document: FindingsDocument, side: Side, span: Span, y: float) -> list[Markup]:
    words = side_words(side)
    name = f"{words[:1].upper()}{words[1:]}: {lookup_text('emg.overview.spasms')}"
    parts = [element("text", {"class": "emg-name", "x": 0, "y": y + 12}, name)]
    for event in document.events:
        if event.kind is EventKind.SPASM and event.side is side and event.channel is None:
            left, right = span.x(event.start_s), span.x(event.end_s)
            box = {"class": "emg-spasm", "x": left, "width": max(right - left, 1.5), "y": y + 2}
            parts.append(element("rect", {**box, "height": SPASM_ROW - 4}))
    return parts


def _channel_row(
    document: FindingsDocument, trace: Trace, span: Span, top: float, gain_uv: float | None
) -> list[Markup]:
    middle, half = top + ROW / 2, ROW / 2 - 9
    parts = row_name(trace, trace_words(trace), middle)
    if gain_uv is None:
        return parts
    edges = np.linspace(span.start_s, span.end_s, COLUMNS + 1)
    heights = _highest(trace, edges)
    centres = np.array([span.x(t) for t in ((edges[1:] + edges[:-1]) / 2).tolist()])
    parts += _missing(heights, centres, top)
    # A quiet channel is still a line.
    size = np.maximum(np.clip(heights / gain_uv, 0, 1) * half, 0.3)
    css = {Side.LEFT: "emg-band", Side.RIGHT: "emg-right"}.get(trace.side or Side.BOTH, "emg-none")
    for path in ribbon_paths(
        centres, middle - np.maximum(size, 0.3), middle + np.maximum(size, 0.3)
    ):
        parts.append(element("path", {"class": css, "d": path}))
    parts += gain_bar(middle, half, gain_uv)
    parts.append(_burst_ticks(document, trace, span, top + ROW - 7))
    return parts


def _highest(trace: Trace, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest value in each column, so that no burst vanishes; NaN where all miss."""
    cuts = np.searchsorted(trace.time_s, edges)
    out = np.full(len(edges) - 1, np.nan)
    known = np.isfinite(trace.values)
    filled = np.where(known, trace.values, -np.inf)
    for k, (a, b) in enumerate(pairwise(cuts.tolist())):
        # A column narrower than a step takes the step that it lies in.
        stretch = filled[a:b] if b > a else filled[max(0, a - 1) : a]
        if len(stretch) and np.isfinite(stretch).any():
            out[k] = float(stretch.max())
    return out


def _missing(
    heights: NDArray[np.float64], centres: NDArray[np.float64], top: float
) -> list[Markup]:
    gone = np.flatnonzero(np.diff(np.r_[False, np.isnan(heights), False].astype(int)))
    half = float(centres[1] - centres[0]) / 2
    return [
        element(
            "rect",
            {
                "class": "emg-missing",
                "x": float(centres[a]) - half,
                "width": float(centres[b - 1] - centres[a]) + 2 * half,
                "y": top + 6,
                "height": ROW - 14,
            },
        )
        for a, b in zip(gone[::2], gone[1::2], strict=True)
    ]


def _burst_ticks(document: FindingsDocument, trace: Trace, span: Span, y: float) -> Markup:
    label = trace.meta.get("channel")
    starts = [
        e.start_s
        for e in document.events
        if e.kind is EventKind.BURST and e.channel == label and not e.flags
    ]
    # Strokes closer than the printer's dot would be one bar; every one of them stays in the file.
    columns = sorted({round(span.x(t), 1) for t in starts})[:MOST_MARKS]
    path = "".join(f"M{short(x)} {short(y)}v5" for x in columns)
    return element("path", {"class": "emg-burst", "d": path})


def _alt(document: FindingsDocument, shown: Sequence[Trace], duration_s: float) -> Cell:
    parts: list[Inline] = list(
        phrase(
            "emg.overview.alt",
            channels=Count(len(shown), "channel", "channels"),
            duration=seconds_by("recording.duration", duration_s),
        )
    )
    for side in (Side.LEFT, Side.RIGHT):
        if not any(trace.side is side for trace in shown):
            continue
        spasms = [e for e in document.events if e.kind is EventKind.SPASM and e.side is side]
        bursts = [e for e in document.events if e.kind is EventKind.BURST and e.side is side]
        words = side_words(side)
        parts += phrase(
            "emg.overview.alt_side",
            side=words[:1].upper() + words[1:],
            spasms=Count(len(spasms), "spasm", "spasms"),
            bursts=Count(sum(not e.flags for e in bursts), "burst", "bursts"),
        )
    parts += phrase("emg.overview.legend")
    return tuple(parts)


def _data(shown: Sequence[Trace], duration_s: float) -> Table:
    edges = np.linspace(0.0, duration_s, 11)
    rows = []
    for start, end in pairwise(edges.tolist()):
        cells: list[Cell] = [(Time(start), " to ", Time(end))]
        for trace in shown:
            inside = trace.values[(trace.time_s >= start) & (trace.time_s < end)]
            inside = inside[np.isfinite(inside)]
            mean = round(float(inside.mean()), 3) if len(inside) else None
            cells.append((Number(mean, "uV", FromRule("trace.mean"), absent="left out"),))
        rows.append(tuple(cells))
    columns = (lookup_text("emg.overview.time"), *(_column(trace) for trace in shown))
    return Table.plain(phrase("emg.overview.data"), columns, tuple(rows))


def _column(trace: Trace) -> str:
    """Return a heading without digits; a label that has some is named by its place."""
    words = trace_words(trace)
    return words if not any(c.isnumeric() for c in words) else side_words(trace.side)
