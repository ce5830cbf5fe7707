"""Which frames deserve the slow look: around any closure or asymmetry of the lids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.baseline import widen

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The decision for a frame rests on this much before and after it and on nothing else, so that it
# does not depend on how the clip was cut into chunks.
PAST_S = 32.0
FUTURE_S = 5.0
_NODE_STEP_S = 0.5
_SHORT_S = 4.0


def local_open_level(
    time_s: NDArray[np.float64], aperture: NDArray[np.floating], at_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the open level of one eye at some times from nearby frames only.

    Parameters
    ----------
    time_s, aperture : ndarray (n,)
    at_s : ndarray (m,)

    Returns
    -------
    ndarray (m,)
    """
    good = np.isfinite(aperture)
    t, v = time_s[good], aperture[good]
    if not t.size:
        return np.full(len(at_s), np.nan)
    nodes = np.arange(np.floor(at_s[0] / _NODE_STEP_S), np.floor(at_s[-1] / _NODE_STEP_S) + 2)
    nodes = nodes * _NODE_STEP_S
    level = np.full(len(nodes), np.nan)
    for k, node in enumerate(nodes):
        a, b = np.searchsorted(t, [node - _SHORT_S, node + _SHORT_S])
        c = np.searchsorted(t, node - 30.0)
        if b - a < 3:
            continue
        # The long look back keeps an eye that has been shut for seconds from becoming the norm.
        level[k] = max(np.percentile(v[a:b], 85), 0.88 * np.percentile(v[c:b], 85))
    known = np.isfinite(level)
    if not known.any():
        return np.full(len(at_s), np.nan)
    return np.interp(at_s, nodes[known], level[known])


def candidate_frames(
    time_s: NDArray[np.float64],
    aperture: NDArray[np.floating],
    start: int,
    stop: int,
    limits: dict[str, float],
) -> NDArray[np.bool_]:
    """Say for frames ``start`` to ``stop`` whether they deserve the slow look.

    Parameters
    ----------
    time_s : ndarray (n,)
    aperture : ndarray (n, 2)
        From at least ``PAST_S`` before ``start`` to ``FUTURE_S`` after ``stop``, where it exists.
    start, stop : int
    limits : dict
        ``candidate_closure``, ``candidate_asymmetry``, ``candidate_margin_s``.

    Returns
    -------
    ndarray of bool (stop - start,)
    """
    margin = limits["candidate_margin_s"]
    low = int(np.searchsorted(time_s, time_s[start] - margin - 0.2))
    high = int(np.searchsorted(time_s, time_s[stop - 1] + margin + 0.2, side="right"))
    t = time_s[low:high]
    lost = np.full((len(t), 2), np.nan)
    for side in (0, 1):
        level = local_open_level(time_s, aperture[:, side], t)
        lost[:, side] = 1.0 - _median3(aperture[low:high, side]) / np.maximum(level, 1e-6)
    with np.errstate(invalid="ignore"):
        hit = (lost > limits["candidate_closure"]).any(axis=1)
        hit |= np.abs(lost[:, 0] - lost[:, 1]) > limits["candidate_asymmetry"]
    return widen(t, hit, margin, margin)[start - low : stop - low]


def _median3(values: NDArray[np.floating]) -> NDArray[np.float64]:
    v = np.asarray(values, np.float64)
    if len(v) < 3:
        return v
    out = v.copy()
    out[1:-1] = np.median(np.stack([v[:-2], v[1:-1], v[2:]]), axis=0)
    return out
