"""Find bursts of activity in power traces: two thresholds, and valleys between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.measure.emg.background import lower_mode
from hemispasm.measure.emg.edges import belong_together, join_neighbours, refine_edges
from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.background import PowerTraces

_STARTS = ("detect.start_fine_sd", "detect.start_middle_sd", "detect.start_sd")


@dataclass(frozen=True)
class Burst:
    """One burst of one channel, or of one side.

    Attributes
    ----------
    start_s, end_s : float
        Edges in seconds from the first sample.
    z : float
        Highest value of the power traces in standard deviations of the background.
    rms_uv : float
        Root mean square inside the edges, background taken off, in the unit of the signal.
    snr_db : float
        Power inside the edges over that of the background.
    label : str
        ``spontaneous``; ``bilateral`` when the other side fires too (as in a blink); ``marked``
        when the recording notes a movement there; ``evoked`` after a stimulus; ``artefact``
        when the electrode moved.
    """

    start_s: float
    end_s: float
    z: float
    rms_uv: float = 0.0
    snr_db: float = 0.0
    label: str = "spontaneous"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


def find_bursts(traces: PowerTraces, *, offset_s: float = 0.0) -> tuple[Burst, ...]:
    """Return the bursts of one channel.

    Parameters
    ----------
    traces : PowerTraces
        From :func:`~hemispasm.measure.emg.background.measure_power`.
    offset_s : float
        Time of the first step.
    """
    spans = find_spans(traces.z, traces.step_s)
    return describe_spans(traces, spans, offset_s=offset_s)


def find_joint_bursts(
    several: Sequence[PowerTraces], *, offset_s: float = 0.0
) -> tuple[Burst, ...]:
    """Return the bursts that the channels of one side show together.

    Notes
    -----
    Stouffer's sum of the channels' traces: what is too weak in each of them may be clear in all.
    Its background is measured again, because mains and heart beats are not independent.
    """
    z = joint_z([traces.z for traces in several])
    spans = find_spans(z, several[0].step_s)
    freedom = sum(t.freedom_per_s for t in several)
    power = np.sum([t.power[: z.shape[1]] / t.noise_power for t in several], axis=0)
    return _described(z, power, float(len(several)), freedom, several[0].step_s, spans, offset_s)


def find_supported_bursts(
    traces: PowerTraces,
    joint: Sequence[Burst],
    *,
    support_sd: float | None = None,
    offset_s: float = 0.0,
) -> tuple[Burst, ...]:
    """Return the bursts of one channel, given those of its side.

    A joint burst that the channel shows too weakly to be found alone is taken when the channel's
    own trace rises clearly during it (``support_sd`` standard deviations; the limit when None).
    """
    least = limit("detect.support_sd") if support_sd is None else support_sd
    step = traces.step_s
    own = find_spans(traces.z, step)
    extra = []
    for burst in joint:
        first = int((burst.start_s - offset_s) / step)
        last = min(int((burst.end_s - offset_s) / step) + 1, traces.z.shape[1])
        if last - first < 2 or _touches(own, first, last):
            continue
        if _span_z(traces, first, last) > least:
            extra.append((first, last))
    spans = np.array(sorted([*map(tuple, own), *extra]), dtype=np.int64).reshape(-1, 2)
    return describe_spans(traces, spans, offset_s=offset_s)


def joint_z(several: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return Stouffer's sum of z-traces, in standard deviations of its own background."""
    size = min(z.shape[1] for z in several)
    if len(several) == 1:
        return several[0]
    total = np.sum([z[:, :size] for z in several], axis=0) / np.sqrt(len(several))
    for row in total:
        centre, spread, _ = lower_mode(row[:: max(1, size // 50_000)])
        row -= centre
        row /= max(spread, 1.0)
    return total


def find_spans(z: NDArray[np.float64], step_s: float) -> NDArray[np.int64]:
    """Return grid ranges (first, one past last) of events in z-traces of three scales.

    Bursts come in runs: near a clear one a weaker one is believed.
    """
    z = np.ascontiguousarray(z)
    starts = np.array([limit(name) for name in _STARTS])
    spans = _segment(
        z,
        starts * limit("detect.near_share"),
        limit("detect.extent_sd"),
        limit("detect.valley_share"),
        limit("detect.valley_sd"),
        max(1, round(limit("detect.join_usual_s") / step_s)),
        max(1, round(limit("detect.shortest_s") / step_s)),
    )
    near = round(limit("detect.near_s") / step_s)
    return spans[_is_believed(z, spans, starts, near, limit("detect.near_height"))]


def describe_spans(
    traces: PowerTraces, spans: NDArray[np.int64], *, offset_s: float = 0.0
) -> tuple[Burst, ...]:
    """Return bursts with exact edges and sizes for coarse ranges of one channel."""
    return _described(
        traces.z,
        traces.power,
        traces.noise_power,
        traces.freedom_per_s,
        traces.step_s,
        spans,
        offset_s,
    )


def _described(
    z: NDArray[np.float64],
    power: NDArray[np.float64],
    noise: float,
    freedom_per_s: float,
    step_s: float,
    spans: NDArray[np.int64],
    offset_s: float,
) -> tuple[Burst, ...]:
    """Refine edges and measure each burst."""
    edges = refine_edges(power, spans, noise, step_s)
    together = belong_together(power, edges, noise, freedom_per_s, step_s)
    edges, spans = join_neighbours(edges, spans, together)
    found = []
    for (a, b), (first, last) in zip(edges, spans, strict=True):
        inside = float(power[a:b].mean())
        found.append(
            Burst(
                start_s=float(offset_s + a * step_s),
                end_s=float(offset_s + b * step_s),
                z=float(z[:, first:last].max()),
                rms_uv=float(np.sqrt(max(inside - noise, 0.0))),
                snr_db=float(10 * np.log10(max(inside / noise - 1, 1e-3))),
            )
        )
    return tuple(found)


def _touches(spans: NDArray[np.int64], first: int, last: int) -> bool:
    """Tell whether any of the ordered spans overlaps a range."""
    at = int(np.searchsorted(spans[:, 1], first, side="right"))
    return at < len(spans) and bool(spans[at, 0] < last)


def _span_z(traces: PowerTraces, first: int, last: int) -> float:
    """Return how far the channel rises in a range, on the scale closest to its length."""
    widths = [
        limit(name)
        for name in ("detect.scale_fine_s", "detect.scale_middle_s", "detect.scale_coarse_s")
    ]
    scale = int(np.argmin([abs(np.log((last - first) * traces.step_s / w)) for w in widths]))
    return float(traces.z[scale, (first + last) // 2])


@njit(cache=True)
def _segment(
    z: NDArray[np.float64],
    start_sd: NDArray[np.float64],
    extent_sd: float,
    valley_share: float,
    valley_sd: float,
    join: int,
    shortest: int,
) -> NDArray[np.int64]:
    """Two thresholds, then valleys; see the module."""
    n = z.shape[1]
    out = np.empty((n // 2 + 1, 2), np.int64)
    count = 0
    i = 0
    while i < n:
        if not (z[0, i] > extent_sd or z[1, i] > extent_sd + 1 or z[2, i] > start_sd[2]):
            i += 1
            continue
        first, last, quiet = i, i + 1, 0
        j = i + 1
        while j < n and quiet <= join:
            if z[0, j] > extent_sd or z[1, j] > extent_sd + 1 or z[2, j] > start_sd[2]:
                last, quiet = j + 1, 0
            else:
                quiet += 1
            j += 1
        i = last + 1
        level = max(valley_share * z[1, first:last].max(), valley_sd)
        part = first
        while part < last:
            while part < last and z[1, part] < level:
                part += 1
            end = part
            while end < last and z[1, end] >= level:
                end += 1
            a, b = _trim(z, part, end, start_sd, extent_sd)
            if b - a >= shortest:
                out[count, 0], out[count, 1] = a, b
                count += 1
            part = end
    return out[:count].copy()


@njit(cache=True)
def _is_believed(
    z: NDArray[np.float64],
    spans: NDArray[np.int64],
    starts: NDArray[np.float64],
    near: int,
    share: float,
) -> NDArray[np.bool_]:
    """Return which spans reach a start threshold, or lie near one that does and is not far taller.

    Beside a tall burst a low one is its own tail or the filter's.
    """
    count = spans.shape[0]
    clear = np.zeros(count, np.bool_)
    height = np.zeros(count)
    for i in range(count):
        for scale in range(3):
            for k in range(spans[i, 0], spans[i, 1]):
                height[i] = max(height[i], z[scale, k])
                if z[scale, k] > starts[scale]:
                    clear[i] = True
    out = clear.copy()
    for i in range(count):
        if not clear[i]:
            continue
        j = i + 1
        while j < count and spans[j, 0] - spans[i, 1] <= near:
            out[j] = out[j] or height[j] > share * height[i]
            j += 1
        j = i - 1
        while j >= 0 and spans[i, 0] - spans[j, 1] <= near:
            out[j] = out[j] or height[j] > share * height[i]
            j -= 1
    return out


@njit(cache=True)
def _trim(
    z: NDArray[np.float64], part: int, end: int, start_sd: NDArray[np.float64], extent_sd: float
) -> tuple[int, int]:
    """Trim a part to where the finest trace is high; nothing when it never reaches the start."""
    reached = False
    for k in range(part, end):
        if z[0, k] > start_sd[0] or z[1, k] > start_sd[1] or z[2, k] > start_sd[2]:
            reached = True
            break
    if not reached:
        return part, part
    a, b = part, end
    while a < end and z[0, a] <= extent_sd:
        a += 1
    while b > a and z[0, b - 1] <= extent_sd:
        b -= 1
    if a >= b:
        return part, end
    return a, b
