"""A second or two of the clearest bursts on every channel, so that common firing can be seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from hemispasm.model import Event, EventKind, FindingsDocument, Side, Trace
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Count,
    Figure,
    FromRule,
    Number,
    Origin,
    Row,
    Table,
    Verbatim,
)
from hemispasm.report.emg_channels import in_reading_order, side_words, trace_words
from hemispasm.report.emg_plot import (
    AXIS,
    LEFT,
    Span,
    figure_svg,
    gain_bar,
    gain_key,
    gains,
    line_path,
    row_name,
    time_axis,
)
from hemispasm.report.number import seconds_by
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

ROW = 74.0
SCALE_S = 0.1
MOST_ROWS = 60


def closeup_figure(document: FindingsDocument, traces: Sequence[Trace]) -> Figure | None:
    """Return the close-up; None where the measurement kept none.

    Parameters
    ----------
    document : FindingsDocument
        Spasms and bursts.
    traces : sequence of Trace
        Those called ``emg_closeup`` are drawn, all with one axis of time.
    """
    shown = in_reading_order([t for t in traces if t.name == "emg_closeup" and len(t.time_s) > 1])
    if not shown:
        return None
    span = Span(min(float(t.time_s[0]) for t in shown), max(float(t.time_s[-1]) for t in shown))
    scale = gains(shown)
    inside = [e for e in document.events if e.start_s < span.end_s and e.end_s > span.start_s]
    parts: list[Markup] = []
    y, before = 4.0, None
    for trace in shown:
        if trace.side is not before and trace.side in (Side.LEFT, Side.RIGHT):
            parts += _spasm_row(inside, trace.side, span, y)
            y += 20
        before = trace.side
        parts += _channel_row(inside, trace, span, y, scale.get(gain_key(trace)))
        y += ROW
    parts += _scale_bar(span, y + 2)
    parts += time_axis(span, y + 10, lookup_text("emg.closeup.axis"), clock=False)
    return Figure(
        title=phrase("emg.closeup.title"),
        svg=figure_svg(y + 10 + AXIS, parts),
        alt=(
            *phrase(
                "emg.closeup.alt",
                channels=Count(len(shown), "channel", "channels"),
                start=seconds_by("trace.span", span.start_s),
                end=seconds_by("trace.span", span.end_s),
            ),
            " ",
            *phrase("emg.closeup.legend"),
        ),
        data=_data(inside),
    )


def _spasm_row(events: Sequence[Event], side: Side, span: Span, y: float) -> list[Markup]:
    words = side_words(side)
    name = f"{words[:1].upper()}{words[1:]}: {lookup_text('emg.overview.spasms')}"
    parts = [element("text", {"class": "emg-name", "x": 0, "y": y + 11}, name)]
    for event in events:
        if event.kind is EventKind.SPASM and event.side is side and event.channel is None:
            left, right = span.x(event.start_s), span.x(event.end_s)
            box = {"class": "emg-spasm", "x": left, "width": max(right - left, 1.5)}
            parts.append(element("rect", {**box, "y": y + 4, "height": 7}))
    return parts


def _channel_row(
    events: Sequence[Event], trace: Trace, span: Span, top: float, gain_uv: float | None
) -> list[Markup]:
    middle, half = top + ROW / 2, ROW / 2 - 4
    parts = []
    for event in events:
        if event.kind is EventKind.BURST and event.channel == trace.meta.get("channel"):
            left, right = span.x(event.start_s), span.x(event.end_s)
            css = "emg-found" if not event.flags else "emg-missing"
            box = {"class": css, "x": left, "width": max(right - left, 1), "y": top + 3}
            parts.append(element("rect", {**box, "height": ROW - 6}))
    zero = f"M{short(LEFT)} {short(middle)}H{short(span.x(span.end_s))}"
    parts.append(element("path", {"class": "emg-zero", "d": zero}))
    parts += row_name(trace, trace_words(trace), middle)
    if gain_uv is None:
        return parts
    xs = np.array([span.x(t) for t in trace.time_s.tolist()])
    ys = middle + np.clip(trace.values / gain_uv, -1, 1) * half
    parts.append(element("path", {"class": "emg-line", "d": line_path(xs, ys, per_unit=1)}))
    return parts + gain_bar(middle, half, gain_uv)


def _scale_bar(span: Span, y: float) -> list[Markup]:
    right = span.x(span.end_s)
    left = span.x(span.end_s - SCALE_S)
    label = {"class": "emg-small end", "x": left - 6, "y": y + 4}
    path = f"M{short(left)} {short(y)}H{short(right)}"
    return [
        element("path", {"class": "emg-gain", "d": path}),
        element("text", label, f"{1000 * SCALE_S:g} ms"),
    ]


def _data(events: Sequence[Event]) -> Table:
    rows: list[Row] = []
    for event in [e for e in events if e.kind is EventKind.BURST][:MOST_ROWS]:
        cells: tuple[Cell, ...] = (
            (seconds_by("trace.span", event.start_s),),
            (Number(1000 * event.duration_s, "ms", FromRule("event.duration"), decimals=1),),
            (Verbatim(event.channel or "–", Origin.SETTINGS),),
            (side_words(event.side),),
            (Number(event.measures.get("rms_uv"), "uV", FromRule("event.measure"), absent="–"),),
            (Number(event.measures.get("snr_db"), "dB", FromRule("event.measure"), absent="–"),),
        )
        rows.append(cells)
    keys = ("closeup.start", "closeup.length", "channels.channel", "channels.side",
            "closeup.size", "closeup.ratio")  # fmt: skip
    names = tuple(lookup_text(f"emg.{key}") for key in keys)
    return Table.plain(phrase("emg.closeup.data"), names, tuple(rows))
