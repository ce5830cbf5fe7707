"""Exact edges of bursts, and which neighbours are one burst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def refine_edges(
    power: NDArray[np.float64], spans: NDArray[np.int64], noise: float, step_s: float
) -> NDArray[np.int64]:
    """Return grid ranges with each edge at the likeliest change of power near a coarse one."""
    reach = max(1, round(limit("detect.edge_reach_s") / step_s))
    return np.asarray(_refine(power, spans, noise, reach, limit("detect.edge_floor_share")))


def belong_together(
    power: NDArray[np.float64],
    edges: NDArray[np.int64],
    noise: float,
    freedom_per_s: float,
    step_s: float,
) -> NDArray[np.bool_]:
    """Return which neighbours are one burst.

    Parameters
    ----------
    power : ndarray of shape (n,)
        Power of each grid step.
    edges : ndarray of int, shape (m, 2)
        Events in order, as grid ranges.
    noise : float
        Power of the background.
    freedom_per_s : float
        Degrees of freedom of the background's power per second.
    step_s : float
        Grid step in seconds.

    Returns
    -------
    ndarray of bool, shape (m - 1,)
        Whether each event goes on in the next.

    Notes
    -----
    A pause as short as that between impulses does not divide; it looks longer where the weak
    first and last potentials sink below a high background. Nor does a longer pause that is none:
    one that keeps a fair part of the bursts' power, clearly above the background, or one within a
    contraction that fills most of the time around it.
    """
    if len(edges) < 2:
        return np.zeros(0, bool)
    total = np.r_[0.0, np.cumsum(power)]
    steps = np.maximum(edges[:, 1] - edges[:, 0], 1)
    excess = np.maximum((total[edges[:, 1]] - total[edges[:, 0]]) / steps / noise - 1, 1e-3)
    weaker = np.minimum(excess[1:], excess[:-1])
    known_db = [limit(f"detect.join_{name}_db") for name in ("noisy", "usual", "clear")]
    known_s = [limit(f"detect.join_{name}_s") for name in ("noisy", "usual", "clear")]
    ratio_db = 10 * np.log10(weaker)
    longest = np.interp(ratio_db, known_db, known_s)
    first, last = edges[:-1, 1], edges[1:, 0]
    pause = np.maximum(last - first, 1)
    left = np.maximum(total[np.maximum(last, first)] - total[first], 0) / pause / noise
    variance = 2 / (9 * freedom_per_s * step_s * pause)
    above = (np.cbrt(left) - (1 - variance)) / np.sqrt(variance)
    filled = (
        (above > limit("detect.gap_sd"))
        & (left - 1 > limit("detect.gap_share") * weaker)
        & (pause * step_s <= limit("detect.gap_s"))
    )
    # In a long contraction the sum of many units sinks now and then, the lower the noisier.
    centre, width = (first + last) / 2, limit("detect.dense_s") / step_s
    longest_dip = [limit(f"detect.dip_{name}_s") for name in ("noisy", "usual", "clear")]
    dipped = (_active_share(edges, centre, width) > limit("detect.dense_share")) & (
        pause * step_s <= np.interp(ratio_db, known_db, longest_dip)
    )
    return np.asarray(((last - first) * step_s <= longest) | filled | dipped)


def _active_share(
    edges: NDArray[np.int64], centre: NDArray[np.floating], width: float
) -> NDArray[np.float64]:
    """Return the share of time inside events around given places."""
    length = np.r_[0.0, np.cumsum(edges[:, 1] - edges[:, 0])]
    knots, covered = edges.ravel().astype(float), np.repeat(length, 2)[1:-1]
    upto = np.interp([centre - width / 2, centre + width / 2], knots, covered)
    return np.asarray((upto[1] - upto[0]) / width)


def join_neighbours(
    edges: NDArray[np.int64], spans: NDArray[np.int64], together: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join neighbours that are marked as one burst."""
    if len(edges) < 2:
        return edges, spans
    keep = np.flatnonzero(~together)
    first, last = np.r_[0, keep + 1], np.r_[keep, len(edges) - 1]
    return (
        np.c_[edges[first, 0], edges[last, 1]],
        np.c_[spans[first, 0], spans[last, 1]],
    )


@njit(cache=True)
def _refine(
    power: NDArray[np.float64],
    spans: NDArray[np.int64],
    noise: float,
    reach: int,
    floor_share: float,
) -> NDArray[np.int64]:
    """Move each edge to the likeliest change of power (largest sum of log likelihood ratios)."""
    n = power.size
    out = spans.copy()
    for e in range(spans.shape[0]):
        a, b = spans[e, 0], spans[e, 1]
        inside = 0.0
        for k in range(a, b):
            inside += power[k]
        inside /= max(1, b - a)
        low = max(noise, floor_share * inside)
        high = max(inside, 2 * low)
        gain, cost = 1 / low - 1 / high, np.log(high / low)
        middle = (a + b) // 2
        left = max(0, a - reach)
        right = min(n, b + reach)
        if e > 0:
            left = max(left, (spans[e - 1, 1] + a) // 2)
        if e + 1 < spans.shape[0]:
            right = min(right, (b + spans[e + 1, 0] + 1) // 2)
        total, best, at = 0.0, -1e300, a
        for k in range(middle, left - 1, -1):
            total += gain * power[k] - cost
            if total > best:
                best, at = total, k
        out[e, 0] = at
        total, best, at = 0.0, -1e300, b - 1
        for k in range(middle, right):
            total += gain * power[k] - cost
            if total > best:
                best, at = total, k
        out[e, 1] = at + 1
        if out[e, 1] <= out[e, 0]:
            out[e, 0], out[e, 1] = a, b
    return out
