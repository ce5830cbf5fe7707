"""Power traces in standard deviations of their own background, with no rest period marked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.special import ndtri

from hemispasm.measure.emg.limits import spontaneous_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SCALES = ("detect.scale_fine_s", "detect.scale_middle_s", "detect.scale_coarse_s")
_LOW_QUANTILE = 0.16
_MOST_ACTIVE = 0.6
_ROUNDS = 8
_DRIFT = 1.6
_SAMPLED = 8000
_FAINTEST = 1e-6


@dataclass(frozen=True)
class PowerTraces:
    """Power of one channel on three scales.

    Attributes
    ----------
    power : ndarray of shape (n,)
        Mean square of each grid step, in squared units of the signal.
    root : ndarray of shape (3, n)
        Cube root of the smoothed power, finest scale first.
    z : ndarray of shape (3, n)
        ``root`` in standard deviations above the background.
    noise_power : float
        Power of the background.
    step_s : float
        Grid step in seconds.
    active_share : float
        Share of time that is not background, 0-1.
    freedom_per_s : float
        Independent values of the background's power per second (degrees of freedom of its chi
        square), from the spread of the finest trace.
    """

    power: NDArray[np.float64]
    root: NDArray[np.float64]
    z: NDArray[np.float64]
    noise_power: float
    step_s: float
    active_share: float
    freedom_per_s: float


def measure_power(
    filtered: NDArray[np.float32],
    rate_hz: float,
    spans: Sequence[tuple[int, int]] | None = None,
) -> PowerTraces:
    """Return the power traces of a band-passed signal.

    Parameters
    ----------
    filtered : ndarray of shape (n,)
        From :func:`~hemispasm.measure.emg.filters.band_pass`.
    rate_hz : float
        Samples per second.
    spans : sequence of (int, int), optional
        Sample ranges that count; the rest is background to the traces.

    Notes
    -----
    The cube root of a smoothed square is close to normal (Wilson and Hilferty, PNAS
    1931;17:684-688), so a threshold in standard deviations means the same on every scale and in
    every file, whatever the gain.
    """
    step = max(1, round(spontaneous_limit("detect.grid_s") * rate_hz))
    step_s = step / rate_hz
    power = _grid_power(filtered, step)
    good = np.ones(power.size, bool)
    if spans is not None:
        good[:] = False
        for a, b in spans:
            good[-(-a // step) : b // step] = True
    # Scaled to its own middle so that no gain can underflow the cube root.
    scale = float(np.median(power[good])) or float(power[good].mean()) or 1.0
    power[~good] = scale
    root = np.empty((len(SCALES), power.size))
    z = np.empty_like(root)
    share = 0.0
    for i, name in enumerate(SCALES):
        width = max(1, round(spontaneous_limit(name) / step_s))
        root[i] = np.cbrt(_box(power / scale, width))
        window = max(1, int(spontaneous_limit("detect.window_s") / step_s))
        middle, spread, share = _drifting_background(root[i], good, window)
        z[i] = np.where(good, (root[i] - middle) / spread, 0.0)
        root[i] *= scale ** (1 / 3)
        if i == 0:
            fine_middle, fine_spread = float(np.median(middle)), float(np.median(spread))
            freedom = 2 / 9 * (fine_middle / fine_spread) ** 2 / (width * step_s)
    # The cube root of a chi square has its centre a little below the cube root of the mean.
    shrink = 1 - 2 / (9 * freedom * spontaneous_limit(SCALES[0]))
    noise = scale * (fine_middle / max(shrink, 0.5)) ** 3
    return PowerTraces(power, root, z, noise, step_s, share, freedom)


def lower_mode(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return centre and spread of the background and the share of values above it.

    The lower part of the values is the background's own even when bursts fill half of the
    recording: centre and spread are read from its lower quantiles, given the share that is
    active, and the share from what lies above, in turn.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = np.r_[rng.normal(10, 1, 7000), rng.normal(25, 4, 3000)]
    >>> centre, spread, active = lower_mode(x)
    >>> round(centre), round(spread, 1), round(active, 1)
    (10, 1.0, 0.3)
    """
    ordered = np.sort(values)
    active = 0.0
    centre, spread = float(ordered[0]), 0.0
    tail = float(-ndtri(_LOW_QUANTILE))
    for _ in range(_ROUNDS):
        rest = 1 - active
        centre = float(ordered[int(0.5 * rest * (ordered.size - 1))])
        low = float(ordered[int(_LOW_QUANTILE * rest * (ordered.size - 1))])
        spread = max((centre - low) / tail, 1e-6 * abs(centre), 1e-300)
        below = float(np.searchsorted(ordered, centre + 2 * spread)) / ordered.size
        found = min(_MOST_ACTIVE, max(0.0, 1 - below / 0.97725))
        if abs(found - active) < 1e-3:
            break
        active = found
    return centre, spread, active


def _drifting_background(
    root: NDArray[np.float64], good: NDArray[np.bool_], window: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return centre and spread of the background at every step, and the active share."""
    where = np.flatnonzero(good)
    count = max(1, round(where.size / window))
    bounds = np.linspace(0, where.size, count + 1).astype(int)
    pieces = [where[a:b] for a, b in pairwise(bounds)]
    found = np.array([lower_mode(root[p[:: max(1, p.size // _SAMPLED)]]) for p in pieces])
    at = np.array([p.mean() for p in pieces])
    # A signal without any noise has a background of nothing.
    found[:, 0] = np.maximum(found[:, 0], _FAINTEST * (float(root[good].max()) or 1.0))
    found[:, 1] = np.maximum(found[:, 1], _FAINTEST * found[:, 0])
    # A window full of contraction has no background of its own: it borrows the others'.
    middle, ratio = np.median(found[:, 0]), np.median(found[:, 1] / found[:, 0])
    centre = np.clip(found[:, 0], middle / _DRIFT, middle * _DRIFT)
    line = np.interp(np.arange(root.size), at, centre)
    return line, line * ratio, float(found[:, 2].mean())


@njit(cache=True)
def _grid_power(x: NDArray[np.float32], step: int) -> NDArray[np.float64]:
    """Return the mean square of every grid step."""
    n = x.size // step
    out = np.empty(n)
    for i in range(n):
        total = 0.0
        for j in range(i * step, (i + 1) * step):
            total += x[j] * x[j]
        out[i] = total / step
    return out


@njit(cache=True)
def _box(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the centred running mean; ends are means of what is there."""
    n = x.size
    out = np.empty(n)
    before = (width - 1) // 2
    after = width - 1 - before
    total = 0.0
    for j in range(min(n, after)):
        total += x[j]
    count = min(n, after)
    for i in range(n):
        if i + after < n:
            total += x[i + after]
            count += 1
        if i - before - 1 >= 0:
            total -= x[i - before - 1]
            count -= 1
        # The running difference may leave a rounding error below zero.
        out[i] = max(total, 0.0) / count
    return out
