"""Evoked responses drawn: the average with its band and marks, and single sweeps below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from hemispasm.model import FindingsDocument, Trace
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Count,
    Figure,
    FromRule,
    Identifier,
    Inline,
    Number,
    Origin,
    Row,
    Table,
    Verbatim,
)
from hemispasm.report.emg_channels import muscle_words, side_words
from hemispasm.report.emg_plot import line_path, ribbon_paths, round_below
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, nice_step, short

WIDTH, LEFT, RIGHT = 640.0, 58.0, 14.0
TOP, MEAN_HEIGHT, GAP, SWEEP_HEIGHT, AXIS = 34.0, 150.0, 10.0, 7.0, 40.0
#: Right after the stimulus the electrode shows artefact and direct response: they set no scale.
SCALED_FROM_MS = 1.5
F_WAVES_FROM_MS = 9.0
LEAST_UV = 10.0
TESTS = ("lateral_spread", "direct", "blink_reflex", "z_l")
_TABLE_STEP_MS = 2.5
_OF_ENVELOPE = ("R2", "R2c")


def evoked_figures(document: FindingsDocument, traces: Sequence[Trace]) -> list[Figure]:
    """Return one figure for each channel that answers to the stimuli, or was looked at for it.

    Parameters
    ----------
    document : FindingsDocument
        Of the recording; it decides nothing that the traces' own marks do not say.
    traces : sequence of Trace
        ``evoked_mean`` with its band and sweeps.
    """
    means = [trace for trace in traces if trace.name == "evoked_mean"]
    means.sort(key=lambda t: (TESTS.index(str(t.meta["test"])), t.meta.get("index", 0)))
    return [_figure(mean, traces) for mean in means]


def _figure(mean: Trace, traces: Sequence[Trace]) -> Figure:
    def of(name: str) -> list[Trace]:
        return [
            t
            for t in traces
            if t.name == name
            and (t.meta["test"], t.meta["index"]) == (mean.meta["test"], mean.meta["index"])
        ]

    band = (*of("evoked_low"), *of("evoked_high"))
    sweeps = of("evoked_sweep")
    where = muscle_words(mean.meta.get("muscle"))
    title = phrase(
        "emg.evoked.average_title",
        channel=(where[:1].upper() + where[1:], " [", Verbatim(_label(mean), Origin.SETTINGS), "]"),
        side=side_words(mean.side),
        test=phrase(f"emg.evoked.test_{mean.meta['test']}"),
    )
    return Figure(
        title=title,
        svg=_svg(mean, band, sweeps),
        alt=_alt(mean),
        data=_data(mean, band),
    )


def _label(trace: Trace) -> str:
    return str(trace.meta.get("channel", ""))


class _Plane:
    """Where milliseconds and microvolt lie on the page."""

    def __init__(self, mean: Trace, sweeps: Sequence[Trace]) -> None:
        self.first_ms = 1000 * float(mean.time_s[0])
        self.last_ms = 1000 * float(mean.time_s[-1])
        late = mean.values[1000 * mean.time_s >= SCALED_FROM_MS]
        step = nice_step(max(float(np.abs(late).max(initial=0.0)), LEAST_UV / 2), 2)
        high = float(np.abs(late).max(initial=0.0))
        self.step_uv = step
        self.limit_uv = max(step * float(np.ceil(high / step)), step)
        self.middle = TOP + MEAN_HEIGHT / 2
        # Single sweeps of a muscle that answers directly are there for its F-waves.
        from_ms = F_WAVES_FROM_MS if mean.meta["test"] == "direct" else SCALED_FROM_MS
        single = [t.values[1000 * t.time_s >= from_ms] for t in sweeps]
        highs = [float(np.quantile(np.abs(v), 0.995)) for v in single if len(v)]
        self.sweep_uv = round_below(max([*highs, LEAST_UV]))
        self.raster_top = TOP + MEAN_HEIGHT + GAP
        self.bottom = self.raster_top + SWEEP_HEIGHT * (len(sweeps) + 2)

    def x(self, ms: float) -> float:
        """Page coordinate of a time after the stimulus."""
        share = (ms - self.first_ms) / (self.last_ms - self.first_ms)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def xs(self, trace: Trace) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Page coordinates of a trace's times."""
        return np.array([self.x(ms) for ms in (1000 * trace.time_s).tolist()])

    def y(self, values: Any) -> Any:
        """Page coordinates of microvolt; negative upwards, as neurophysiology draws."""
        inside = np.clip(values, -self.limit_uv, self.limit_uv)
        return self.middle + inside / self.limit_uv * (MEAN_HEIGHT / 2)


def _svg(mean: Trace, band: Sequence[Trace], sweeps: Sequence[Trace]) -> Markup:
    plane = _Plane(mean, sweeps)
    parts: list[Markup] = []
    window = mean.meta.get("window_ms")
    if window:
        left, right = plane.x(float(window[0])), plane.x(float(window[1]))
        box = {"class": "emg-window", "x": left, "width": right - left, "y": TOP}
        parts.append(element("rect", {**box, "height": plane.bottom - TOP}))
    parts += _scale(plane)
    if len(band) == 2:
        low, high = (plane.y(t.values)[::2] for t in band)
        for path in ribbon_paths(plane.xs(mean)[::2], low, high):
            parts.append(element("path", {"class": "emg-ribbon", "d": path}))
    path = line_path(plane.xs(mean), plane.y(mean.values))
    parts.append(element("path", {"class": "emg-mean", "d": path}))
    for number, mark in enumerate(mean.meta.get("marks", ())):
        parts += _mark(plane, mean, mark, number)
    parts += _raster(plane, sweeps)
    parts += _axis(plane, len(sweeps), mean)
    box_text = f"0 0 {short(WIDTH)} {short(plane.bottom + AXIS)}"
    attributes = {"class": "chart wide", "viewBox": box_text, "aria-hidden": "true"}
    return element("svg", attributes, *parts)


def _scale(plane: _Plane) -> list[Markup]:
    parts = []
    steps = round(plane.limit_uv / plane.step_uv)
    for k in range(-steps, steps + 1):
        y = float(plane.y(k * plane.step_uv))
        path = f"M{short(LEFT)} {short(y)}H{short(WIDTH - RIGHT)}"
        parts.append(element("path", {"class": "emg-zero", "d": path}))
        said = f"{k * plane.step_uv:g}".replace("-", "−")
        label = {"class": "tick-label end", "x": LEFT - 6, "y": y + 4}
        parts.append(element("text", label, said))
    parts.append(element("text", {"class": "axis-title", "x": 2, "y": TOP - 8}, "µV (negative up)"))
    x = plane.x(0.0)
    path = f"M{short(x)} {short(TOP)}V{short(plane.bottom)}"
    parts.append(element("path", {"class": "emg-stimulus", "d": path}))
    return parts


def _mark(plane: _Plane, mean: Trace, mark: Mapping[str, Any], number: int) -> list[Markup]:
    if mark.get("state") != "present" or "onset_ms" not in mark:
        return []
    onset = float(mark["onset_ms"])
    low, high = (float(end) for end in mark.get("onset_interval_ms", (onset, onset)))
    x, foot = plane.x(onset), TOP + MEAN_HEIGHT
    box = {"class": "emg-doubt", "x": plane.x(low), "y": foot - 7}
    parts = [
        element("rect", {**box, "width": max(plane.x(high) - plane.x(low), 1), "height": 7}),
        element("path", {"class": "emg-onset", "d": f"M{short(x)} {short(TOP)}V{short(foot)}"}),
        element(
            "text",
            {"class": "emg-name", "x": x, "y": TOP - 6 - 12 * (number % 2)},
            f"{mark['name']} {onset:.1f} ms",
        ),
    ]
    # The late response has another shape in every sweep: its peak is one of the envelope.
    if "peak_ms" in mark and mark["name"] not in _OF_ENVELOPE:
        peak = float(mark["peak_ms"])
        value = float(np.interp(peak, 1000 * mean.time_s, mean.values))
        dot = {"class": "emg-peak", "cx": plane.x(peak), "cy": float(plane.y(value)), "r": 3.5}
        parts.append(element("circle", dot))
    return parts


def _raster(plane: _Plane, sweeps: Sequence[Trace]) -> list[Markup]:
    parts = []
    for number, sweep in enumerate(sweeps):
        middle = plane.raster_top + SWEEP_HEIGHT * (number + 1)
        # One row's gain lets neighbours overlap by two rows, as stacked sweeps do on a screen.
        size = np.clip(sweep.values / plane.sweep_uv, -1, 1) * 2 * SWEEP_HEIGHT
        path = line_path(plane.xs(sweep)[::2], (middle + size)[::2])
        parts.append(element("path", {"class": "emg-sweep", "d": path}))
    if sweeps:
        x = WIDTH - RIGHT - 3
        top = plane.raster_top + SWEEP_HEIGHT
        path = f"M{short(x)} {short(top)}v{short(2 * SWEEP_HEIGHT)}"
        label = {"class": "emg-small end", "x": x - 4, "y": top + SWEEP_HEIGHT + 4}
        parts.append(element("path", {"class": "emg-gain", "d": path}))
        parts.append(element("text", label, f"{plane.sweep_uv:g} µV"))
    return parts


def _axis(plane: _Plane, count: int, mean: Trace) -> list[Markup]:
    y = plane.bottom
    line = {"class": "axis-line", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": y, "y2": y}
    parts = [element("line", line)]
    step = nice_step(plane.last_ms - plane.first_ms, 12)
    first = int(np.ceil(plane.first_ms / step - 1e-9))
    for k in range(first, int(np.floor(plane.last_ms / step + 1e-9)) + 1):
        x = plane.x(k * step)
        parts.append(element("path", {"class": "tick", "d": f"M{short(x)} {short(y)}v5"}))
        said = f"{k * step:g}".replace("-", "−")
        parts.append(element("text", {"class": "tick-label", "x": x, "y": y + 17}, said))
    said = f"{lookup_text('emg.evoked.axis')}; {mean.meta.get('count')} sweeps averaged"
    if count:
        said += f", {count} of them below"
    parts.append(element("text", {"class": "axis-title", "x": LEFT, "y": y + 33}, said))
    return parts


def _alt(mean: Trace) -> Cell:
    marks: list[Inline] = []
    for mark in mean.meta.get("marks", ()):
        name = Identifier(str(mark["name"]))
        if mark.get("state") == "present" and "onset_ms" in mark:
            key = "emg.evoked.alt_mark" if "peak_ms" in mark else "emg.evoked.alt_onset"
            numbers = {
                what: _milliseconds(mark.get(f"{what}_ms"), mark.get(f"{what}_interval_ms"))
                for what in ("onset", "peak")
            }
            marks += phrase(key, name=name, **numbers)
        else:
            state = str(mark.get("state", "undetermined"))
            marks += phrase("emg.evoked.alt_state", name=name, state=state)
    if not marks:
        marks += phrase("emg.evoked.alt_none")
    count = Count(int(mean.meta.get("count", 0)), "sweep", "sweeps")
    alt = phrase("emg.evoked.alt", count=count, marks=tuple(marks))
    return (*alt, " ", *phrase("emg.evoked.legend"))


def _milliseconds(value: Any, interval: Any) -> Number:
    ends = None if interval is None else (float(interval[0]), float(interval[1]))
    found = None if value is None else float(value)
    level = None if ends is None else 0.95
    return Number(found, "ms", FromRule("trace.curve"), ends, level, absent="–", decimals=1)


def _data(mean: Trace, band: Sequence[Trace]) -> Table:
    times = np.arange(0.0, 1000 * float(mean.time_s[-1]) + 1e-9, _TABLE_STEP_MS)
    rows: list[Row] = []
    for ms in times.tolist():
        cells: list[Cell] = [
            (Number(ms, "ms", FromRule("trace.curve"), decimals=1),),
        ]
        for trace in (mean, *band):
            value = float(np.interp(ms, 1000 * trace.time_s, trace.values))
            cells.append((Number(round(value, 1), "uV", FromRule("trace.curve"), decimals=1),))
        rows.append(tuple(cells))
    keys = ("after", "mean", "low", "high")[: 2 + len(band)]
    names = tuple(lookup_text(f"emg.evoked.{key}") for key in keys)
    return Table.plain(phrase("emg.evoked.data"), names, tuple(rows))
