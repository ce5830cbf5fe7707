"""Running baselines that a spasm of many seconds cannot pull along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_NODE_STEP_S = 0.5


def _running(
    time_s: NDArray[np.float64],
    values: NDArray[np.float64],
    window_s: float,
    summary: Callable[[NDArray[np.float64]], float],
    min_values: int,
) -> NDArray[np.float64]:
    """Return a summary over a centred time window, at nodes every half second, interpolated."""
    good = np.isfinite(values)
    if not good.any():
        return np.full(len(values), np.nan)
    t, v = time_s[good], values[good]
    first = np.floor(time_s[0] / _NODE_STEP_S)
    last = np.ceil(time_s[-1] / _NODE_STEP_S)
    nodes = np.arange(first, last + 1) * _NODE_STEP_S
    low = np.searchsorted(t, nodes - 0.5 * window_s)
    high = np.searchsorted(t, nodes + 0.5 * window_s, side="right")
    at_nodes = np.array(
        [summary(v[a:b]) if b - a >= min_values else np.nan for a, b in zip(low, high, strict=True)]
    )
    known = np.isfinite(at_nodes)
    if not known.any():
        return np.full(len(values), summary(v))
    return np.interp(time_s, nodes[known], at_nodes[known])


def open_level(
    time_s: NDArray[np.float64],
    aperture: NDArray[np.floating],
    *,
    short_s: float = 8.0,
    long_s: float = 60.0,
    percentile: float = 90.0,
    give: float = 0.12,
) -> NDArray[np.float64]:
    """Return how far this eye is open when it is open, frame by frame.

    A high percentile over a short window follows slow change; it may leave the same percentile
    over a long window by ``give`` only, so that an eye held shut for longer than the short window
    keeps its baseline. The level is the median of the values near that percentile, so that an
    open eye sits at the level rather than below it.

    Parameters
    ----------
    time_s : ndarray (n,)
    aperture : ndarray (n,)
        NaN where not measured.
    short_s, long_s : float
        Windows in seconds, centred.
    percentile : float
    give : float
        Largest relative difference from the long window.

    Returns
    -------
    ndarray (n,)
        NaN throughout when nothing was measured.

    Examples
    --------
    >>> t = np.arange(0, 60, 1 / 30)
    >>> gap = np.where((t > 20) & (t < 32), 0.02, 0.30)  # shut for twelve seconds
    >>> bool(np.all(np.abs(open_level(t, gap) - 0.30) < 0.04))
    True
    """
    values = np.asarray(aperture, np.float64)

    def level(window: NDArray[np.float64]) -> float:
        top = float(np.percentile(window, percentile))
        near = window[window >= 0.88 * top]
        return float(np.median(near)) if near.size else top

    short = _running(time_s, values, short_s, level, 5)
    long = _running(time_s, values, long_s, level, 5)
    return np.clip(short, (1.0 - give) * long, (1.0 + give) * long)


def rest_level(
    time_s: NDArray[np.float64],
    values: NDArray[np.floating],
    quiet: NDArray[np.bool_],
    *,
    window_s: float = 10.0,
    min_quiet: int = 10,
) -> NDArray[np.float64]:
    """Return the resting position of a signal: the running median over quiet frames only.

    Where a window holds too few quiet frames the neighbouring windows are interpolated; where
    the whole clip does, the median over all measured frames stands in.
    """
    at_rest = np.where(quiet, np.asarray(values, np.float64), np.nan)
    if int(np.isfinite(at_rest).sum()) < min_quiet:
        everything = np.asarray(values, np.float64)
        known = everything[np.isfinite(everything)]
        return np.full(len(everything), np.median(known) if known.size else np.nan)
    return _running(time_s, at_rest, window_s, lambda v: float(np.median(v)), min_quiet)


def spread(values: NDArray[np.floating]) -> float:
    """Return 1.4826 x the median absolute deviation of the finite values; 0 when there are none."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(1.4826 * np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def widen(
    time_s: NDArray[np.float64], mask: NDArray[np.bool_], before_s: float, after_s: float
) -> NDArray[np.bool_]:
    """Return a mask grown by a margin in time on each side.

    Examples
    --------
    >>> widen(np.arange(5.0), np.array([0, 0, 1, 0, 0], bool), 1.0, 0.0).astype(int).tolist()
    [0, 1, 1, 0, 0]
    """
    out = np.zeros(len(mask), np.bool_)
    if not mask.any():
        return out
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    low = np.searchsorted(time_s, time_s[starts] - before_s - 1e-9)
    high = np.searchsorted(time_s, time_s[ends] + after_s + 1e-9, side="right")
    for a, b in zip(low, high, strict=True):
        out[a:b] = True
    return out
