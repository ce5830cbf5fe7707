"""What the figures of EMG share: rows of channels, gains that are stated, time axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from hemispasm.model import Trace
from hemispasm.report.inline import Time
from hemispasm.report.svg import element, nice_step, short

WIDTH = 1000.0
LEFT = 176.0
RIGHT = 66.0
ROW = 62.0
AXIS = 40.0
#: An electrode at rest hears a few microvolt: a smaller scale would show its noise as activity.
LEAST_UV = 10.0
_OUTLIERS = 0.998


@dataclass(frozen=True)
class Span:
    """The time that a figure shows."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds shown."""
        return max(self.end_s - self.start_s, 1e-9)

    def x(self, time_s: float) -> float:
        """Page coordinate of a time, kept inside the plot."""
        inside = min(max(time_s, self.start_s), self.end_s)
        return LEFT + (WIDTH - LEFT - RIGHT) * (inside - self.start_s) / self.length_s


def gains(traces: Sequence[Trace]) -> dict[object, float]:
    """Return the microvolt that half a row holds, by muscle.

    The same muscle has the same gain on both sides, so that the sides can be compared by eye; a
    channel without a muscle has its own.
    """
    found: dict[object, float] = {}
    for trace in traces:
        values = np.abs(trace.values[np.isfinite(trace.values)])
        if len(values) == 0:
            continue
        high = max(float(np.quantile(values, _OUTLIERS)), LEAST_UV)
        key = gain_key(trace)
        found[key] = max(found.get(key, 0.0), high)
    return {key: 1.05 * high for key, high in found.items()}


def gain_key(trace: Trace) -> object:
    """Return what shares a gain with a trace."""
    return trace.meta.get("muscle") or ("channel", trace.meta.get("channel"))


def round_below(value: float) -> float:
    """Return the largest of one, two or five times a power of ten that is not above a value.

    Examples
    --------
    >>> round_below(137.0), round_below(49.9), round_below(5.0)
    (100.0, 20.0, 5.0)
    """
    power = 10.0 ** np.floor(np.log10(value))
    fitting = (factor * power for factor in (5, 2, 1))
    return float(next((step for step in fitting if step <= value * (1 + 1e-9)), power))


def gain_bar(middle: float, half: float, half_uv: float) -> list[Markup]:
    """Return the vertical bar that states the gain, at the right of a row.

    Parameters
    ----------
    middle, half : float
        Middle and half height of the row on the page.
    half_uv : float
        Microvolt that the half height holds.
    """
    x = WIDTH - RIGHT + 10
    gain_uv = round_below(half_uv)
    length = half * gain_uv / half_uv
    path = f"M{short(x)} {short(middle - length / 2)}V{short(middle + length / 2)}"
    label = {"class": "emg-small", "x": x + 5, "y": middle + 4}
    return [
        element("path", {"class": "emg-gain", "d": path}),
        element("text", label, f"{gain_uv:g} µV"),
    ]


def row_name(trace: Trace, words: str, middle: float) -> list[Markup]:
    """Return muscle and side, and below them the label of the file."""
    muscle, _, side = words.rpartition(", ")
    texts = [("emg-name", muscle[:1].upper() + muscle[1:], -9), ("emg-small", side, 5)]
    label = str(trace.meta.get("channel", ""))
    if label and label != muscle:
        texts.append(("emg-small", f"[{label[:24]}]", 18))
    return [
        element("text", {"class": css, "x": 0, "y": middle + down}, text)
        for css, text, down in texts
    ]


def time_axis(span: Span, y: float, title: str, *, clock: bool) -> list[Markup]:
    """Return the axis of time: minutes and seconds, or seconds with decimals."""
    step = nice_step(span.length_s, 10)
    line = {"class": "axis-line", "x1": LEFT, "x2": WIDTH - RIGHT, "y1": y, "y2": y}
    parts = [element("line", line)]
    first = int(np.ceil(span.start_s / step - 1e-9))
    for k in range(first, int(np.floor(span.end_s / step + 1e-9)) + 1):
        x = span.x(k * step)
        parts.append(element("path", {"class": "tick", "d": f"M{short(x)} {short(y)}v5"}))
        said = Time(k * step).text if clock else f"{round(k * step, 6):g}"
        parts.append(element("text", {"class": "tick-label", "x": x, "y": y + 18}, said))
    parts.append(element("text", {"class": "axis-title", "x": LEFT, "y": y + 33}, title))
    return parts


def line_path(xs: NDArray[np.float64], ys: NDArray[np.float64], per_unit: int = 0) -> str:
    """Return a path through points; gaps where a value is missing.

    Parameters
    ----------
    xs, ys : ndarray
        Page coordinates.
    per_unit : int
        Where given, a line with more points keeps the lowest and the highest of each of so many
        columns per page unit: no spike vanishes and the page stays small.
    """
    if per_unit:
        xs, ys = _extremes(xs, ys, per_unit)
    pieces: list[str] = []
    drawing = False
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if y != y:
            drawing = False
            continue
        pieces.append(f"{'L' if drawing else 'M'}{_tenths(x)} {_tenths(y)}")
        drawing = True
    return "".join(pieces)


def _tenths(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _extremes(
    xs: NDArray[np.float64], ys: NDArray[np.float64], per_unit: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = np.floor(xs * per_unit).astype(int)
    starts = np.flatnonzero(np.diff(np.r_[columns[:1] - 1, columns]))
    if 2 * len(starts) >= len(xs):
        return xs, ys
    kept: list[int] = []
    for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(xs)], strict=True):
        column = ys[a:b]
        if np.isnan(column).any():
            kept.append(a + int(np.argmax(np.isnan(column))))
            continue
        kept += sorted({a + int(column.argmin()), a + int(column.argmax())})
    return xs[kept], ys[kept]


def ribbon_paths(
    xs: NDArray[np.float64], tops: NDArray[np.float64], bottoms: NDArray[np.float64]
) -> Iterable[str]:
    """Yield closed paths between two lines, one for each stretch without a gap."""
    known = np.isfinite(tops) & np.isfinite(bottoms)
    edges = np.flatnonzero(np.diff(np.r_[False, known, False].astype(int)))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        along = [*zip(xs[a:b], tops[a:b], strict=True)]
        along += zip(xs[a:b][::-1], bottoms[a:b][::-1], strict=True)
        yield f"M{'L'.join(f'{_tenths(x)} {_tenths(y)}' for x, y in along)}z"


def figure_svg(height: float, parts: Iterable[Markup]) -> Markup:
    """Return the picture over the width of the page."""
    box = f"0 0 {short(WIDTH)} {short(height)}"
    return element("svg", {"class": "emg-svg", "viewBox": box, "aria-hidden": "true"}, *parts)
