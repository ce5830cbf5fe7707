"""A recorded operation: the lateral spread over its stimuli, the events of the operation below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from hemispasm.model import Trace
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
    Time,
    Verbatim,
)
from hemispasm.report.emg_channels import trace_words
from hemispasm.report.emg_plot import (
    AXIS,
    LEFT,
    RIGHT,
    WIDTH,
    Span,
    figure_svg,
    line_path,
    row_name,
    time_axis,
)
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

ROW = 86.0
STATE_ROW = 54.0
EVENT_ROW = 15.0
HIGHEST = 1.5
_STATES = ("absent", "reduced", "present")


def theatre_figure(traces: Sequence[Trace]) -> Figure | None:
    """Return the course of an operation; None where none was followed.

    Parameters
    ----------
    traces : sequence of Trace
        ``theatre_state`` of the operation, and ``theatre_ratio`` of each watched channel.
    """
    state = next((t for t in traces if t.name == "theatre_state" and len(t.time_s)), None)
    if state is None:
        return None
    ratios = [trace for trace in traces if trace.name == "theatre_ratio"]
    baseline = state.meta.get("baseline_s") or [float(state.time_s[0]), float(state.time_s[0])]
    events = [(float(at), str(text)) for at, text in state.meta.get("events", ())]
    span = Span(float(baseline[0]), float(state.time_s[-1]))
    parts: list[Markup] = _baseline(span, baseline, STATE_ROW + ROW * len(ratios) + 8)
    parts += _state_row(state, span, 4.0)
    y = 8.0 + STATE_ROW
    for trace in ratios:
        parts += _ratio_row(trace, span, y, float(state.meta.get("reduced_share", 0.5)))
        y += ROW
    inside = [(at, text) for at, text in events if span.start_s <= at <= span.end_s]
    parts += time_axis(span, y, lookup_text("emg.overview.axis"), clock=True)
    y += AXIS + 6
    parts += _events(inside, span, y)
    height = y + EVENT_ROW * (len(inside) + 1)
    return Figure(
        title=phrase("emg.theatre.title"),
        svg=figure_svg(height, parts),
        alt=_alt(state),
        data=_data(state, ratios, inside),
    )


def _baseline(span: Span, baseline: Sequence[float], height: float) -> list[Markup]:
    left, right = span.x(float(baseline[0])), span.x(float(baseline[1]))
    box = {"class": "emg-window", "x": left, "width": max(right - left, 1), "y": 4}
    said = {"class": "emg-small", "x": left + 3, "y": 14}
    return [
        element("rect", {**box, "height": height}),
        element("text", said, lookup_text("emg.theatre.baseline")),
    ]


def _state_row(state: Trace, span: Span, top: float) -> list[Markup]:
    name = lookup_text("emg.theatre.operation")
    parts = [element("text", {"class": "emg-name", "x": 0, "y": top + 14}, name)]
    low, step = top + STATE_ROW - 8, (STATE_ROW - 22) / 2
    for number, word in enumerate(_STATES):
        y = low - step * number
        path = f"M{short(LEFT)} {short(y)}H{short(WIDTH - RIGHT)}"
        parts.append(element("path", {"class": "emg-zero", "d": path}))
        label = {"class": "emg-small", "x": WIDTH - RIGHT + 6, "y": y + 4}
        parts.append(element("text", label, word))
    xs = np.array([span.x(t) for t in state.time_s.tolist()])
    ys = low - step * state.values
    # Steps: a state holds until the next one is called.
    path = line_path(np.repeat(xs, 2)[1:], np.repeat(ys, 2)[:-1])
    return [*parts, element("path", {"class": "emg-mean", "d": path})]


def _ratio_row(trace: Trace, span: Span, top: float, reduced: float) -> list[Markup]:
    low, high = top + ROW - 12, top + 8
    parts = row_name(trace, trace_words(trace), (low + high) / 2)
    for share in (0.0, reduced, 1.0):
        y = low - (low - high) * share / HIGHEST
        path = f"M{short(LEFT)} {short(y)}H{short(WIDTH - RIGHT)}"
        css = "emg-onset" if share == reduced else "emg-zero"
        parts.append(element("path", {"class": css, "d": path}))
        label = {"class": "emg-small", "x": WIDTH - RIGHT + 6, "y": y + 4}
        parts.append(element("text", label, f"{100 * share:g} %"))
    xs = np.array([span.x(t) for t in trace.time_s.tolist()])
    ys = low - (low - high) * np.clip(trace.values, 0, HIGHEST) / HIGHEST
    return [*parts, element("path", {"class": "emg-line", "d": line_path(xs, ys, per_unit=1)})]


def _events(events: Sequence[tuple[float, str]], span: Span, top: float) -> list[Markup]:
    parts = []
    for number, (at, text) in enumerate(events):
        x, y = span.x(at), top + EVENT_ROW * (number + 0.5)
        path = f"M{short(x)} 4V{short(y - 10)}"
        parts.append(element("path", {"class": "emg-stimulus", "d": path}))
        near_end = x > 0.7 * WIDTH
        label = {
            "class": "emg-small end" if near_end else "emg-small",
            "x": x + (-4 if near_end else 4),
        }
        parts.append(element("text", {**label, "y": y}, f"{Time(at).text} {text[:60]}"))
    return parts


def _alt(state: Trace) -> Cell:
    return phrase(
        "emg.theatre.alt",
        count=Count(int(state.meta.get("count", 0)), "sweep", "sweeps"),
        frozen=Count(int(state.meta.get("frozen", 0))),
        last=str(state.meta.get("last", "undetermined")),
    )


def _data(state: Trace, ratios: Sequence[Trace], events: Sequence[tuple[float, str]]) -> Table:
    at = np.unique(np.linspace(0, len(state.time_s) - 1, 13).astype(int)).tolist()
    rows: list[Row] = []
    for k in at:
        value = float(state.values[k])
        word = _STATES[int(value)] if value == value else "undetermined or frozen"
        before = [text for when, text in events if when <= float(state.time_s[k])]
        shares: list[Cell] = []
        for trace in ratios:
            share = float(trace.values[k])
            shown = None if share != share else round(100 * share)
            shares.append((Number(shown, "%", FromRule("trace.theatre"), absent="–"),))
        last: Cell = (Verbatim(before[-1][:60], Origin.SETTINGS),) if before else ("–",)
        rows.append(((Time(float(state.time_s[k])),), (word,), *shares, last))
    names = [lookup_text("emg.overview.time"), lookup_text("emg.theatre.state")]
    names += [_heading(trace) for trace in ratios] + [lookup_text("emg.theatre.last_event")]
    return Table.plain(phrase("emg.theatre.caption"), tuple(names), tuple(rows))


def _heading(trace: Trace) -> str:
    words = trace_words(trace)
    return words if not any(c.isnumeric() for c in words) else lookup_text("emg.theatre.channel")
