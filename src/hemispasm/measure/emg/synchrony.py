"""Whether two branches fire together within bursts, impulse by impulse."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.measure.emg.conduction import estimate_conduction, remove_conduction
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.stats import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_REPLICATES = 400


@dataclass(frozen=True)
class Synchrony:
    """Correlation of two channels' envelopes within bursts.

    Attributes
    ----------
    peak : float
        Highest mean correlation over the lags, -1 to 1; stronger pieces weigh more.
    interval : Interval or None
        Of the peak, over bursts drawn again.
    lag_ms : float
        Lag of the peak; positive when the second channel is later.
    lag_interval_ms : Interval or None
        Of the lag, over the same draws.
    null_95 : float
        95th percentile of the peak when bursts of one channel are paired with others of the
        second.
    p : float
        Share of the shuffles that reach the peak.
    count : int
        Pieces of bursts that were correlated.
    conducted_share : float
        Share of one channel's amplitude that was still heard by the other, and taken out.
    null_peaks : tuple of float
        Peak of every shuffle.
    """

    peak: float
    interval: Interval | None
    lag_ms: float
    lag_interval_ms: Interval | None
    null_95: float
    p: float
    count: int
    conducted_share: float
    null_peaks: tuple[float, ...] = field(default=(), repr=False)

    @property
    def excess(self) -> float:
        """How far the peak lies above what shuffled bursts reach."""
        return self.peak - self.null_95


def measure_synchrony(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    bursts: Sequence[Burst],
    rate_hz: float,
    rng: np.random.Generator,
) -> Synchrony | None:
    """Return how far two branches fire together within bursts.

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        Band-passed signals of one rate.
    bursts : sequence of Burst
        Bursts to look into, times from the first sample.
    rate_hz : float
        Samples per second.
    rng : numpy.random.Generator
        For the interval and the shuffles.

    Returns
    -------
    Synchrony or None
        None with too few bursts or too low a rate.

    Notes
    -----
    Muscles that are moved together also start and stop together, so the start alone proves
    nothing: the null pairs the same bursts wrongly, which keeps their common shape and breaks the
    common impulses.
    """
    if rate_hz < limit("synchrony.rate_hz"):
        return None
    share = estimate_conduction([first, second], [bursts, ()], rate_hz)
    first, second = remove_conduction([first, second], share)
    step = max(1, round(limit("detect.grid_s") * rate_hz))
    a, b = envelope(first, rate_hz, step), envelope(second, rate_hz, step)
    lags = max(1, round(limit("synchrony.lag_s") * rate_hz / step))
    pieces = _pieces(bursts, rate_hz / step, a.size, lags)
    if len(pieces) < limit("synchrony.bursts_min"):
        return None
    most = int(limit("synchrony.bursts_most"))
    if len(pieces) > most:
        pieces = pieces[np.sort(rng.choice(len(pieces), most, replace=False))]
    table, weight = correlate_pieces(a, b, pieces, pieces, lags)
    peak, lag = _peak((table * weight).sum(axis=0) / weight.sum(axis=0))
    drawn = _drawn_peaks(table, weight, rng)
    null = _null_peaks(a, b, pieces, lags, rng)
    to_ms = 1000 * step / rate_hz
    return Synchrony(
        peak=peak,
        interval=Interval(*np.percentile(drawn[:, 0], [2.5, 97.5]).tolist()),
        lag_ms=lag * to_ms,
        lag_interval_ms=Interval(*(np.percentile(drawn[:, 1], [2.5, 97.5]) * to_ms).tolist()),
        null_95=float(np.percentile(null, 95)),
        p=float((1 + (null >= peak).sum()) / (1 + null.size)),
        count=len(pieces),
        conducted_share=float(np.abs(share).max()),
        null_peaks=tuple(null.tolist()),
    )


def family_p(best: Synchrony, pairs: Sequence[Synchrony]) -> float:
    """Return how often chance lifts any of several pairs as far above its shuffles as one of them.

    Parameters
    ----------
    best : Synchrony
        The pair that was chosen.
    pairs : sequence of Synchrony
        All pairs of one side, among which it was chosen.

    Notes
    -----
    Of ten pairs the best reaches a small p of its own by chance alone. The shuffles of every pair
    are measured by the same yardstick, and the highest of each round makes the null.
    """
    highest = np.max([np.array(pair.null_peaks) - pair.null_95 for pair in pairs], axis=0)
    return float((1 + (highest >= best.excess).sum()) / (1 + highest.size))


def envelope(signal: NDArray[np.float32], rate_hz: float, step: int) -> NDArray[np.float64]:
    """Return the root of the power on the grid, smoothed, without its slow course.

    Branches that are moved together swell and fade together; only faster changes tell whether
    single impulses reach both.
    """
    width = max(1, round(limit("synchrony.envelope_s") * rate_hz / step))
    count = signal.size // step
    power = np.square(signal[: count * step].reshape(count, step), dtype=np.float64).mean(axis=1)
    root = np.sqrt(np.convolve(power, np.ones(width) / width, "same"))
    slow = max(3, round(limit("synchrony.slow_s") * rate_hz / step))
    return np.asarray(root - np.convolve(root, np.ones(slow) / slow, "same"))


def _pieces(bursts: Sequence[Burst], grid_hz: float, size: int, lags: int) -> NDArray[np.int64]:
    """Return bursts as grid ranges, long ones cut, those near the ends left out."""
    edge, longest = limit("synchrony.edge_s"), limit("synchrony.piece_s")
    found: list[tuple[int, int]] = []
    for burst in bursts:
        start, end = burst.start_s - edge, burst.end_s + edge
        count = max(1, round((end - start) / longest))
        cuts = np.linspace(start, end, count + 1) * grid_hz
        found.extend(
            (int(a), int(b))
            for a, b in pairwise(cuts)
            if a >= lags and b + lags < size and b - a >= 8
        )
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _peak(mean: NDArray[np.float64]) -> tuple[float, float]:
    """Return height and lag (grid steps, interpolated) of a mean correlation."""
    at = int(np.argmax(mean))
    shift = 0.0
    if 0 < at < mean.size - 1:
        left, top, right = mean[at - 1 : at + 2]
        bend = left - 2 * top + right
        shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(mean[at]), at - (mean.size - 1) / 2 + shift


def _drawn_peaks(
    table: NDArray[np.float64], weight: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return height and lag of the peak over pieces drawn again."""
    count = len(table)
    times = rng.multinomial(count, np.full(count, 1 / count), _REPLICATES).astype(float)
    means = (times @ (table * weight)) / np.maximum(times @ weight, 1e-300)
    return np.array([_peak(mean) for mean in means])


def _null_peaks(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    pieces: NDArray[np.int64],
    lags: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the peaks of wrongly paired bursts; partners are of like length."""
    count = len(pieces)
    order = np.argsort(pieces[:, 1] - pieces[:, 0], kind="stable")
    found = np.empty(int(limit("synchrony.surrogates")))
    reach = max(3, count // 8)
    for i in range(found.size):
        # A partner a few places away in order of length; never itself.
        jump = rng.integers(1, reach + 1, count) * rng.choice([-1, 1], count)
        place = np.arange(count) + jump
        place = np.where(place < 0, place + 2 * reach, place)
        place = np.where(place >= count, place - 2 * reach, place) % count
        partner = np.empty(count, np.int64)
        partner[order] = order[place]
        table, weight = correlate_pieces(a, b, pieces, pieces[partner], lags)
        found[i] = ((table * weight).sum(axis=0) / weight.sum(axis=0)).max()
    return found


@njit(cache=True, fastmath=True)
def correlate_pieces(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    lags: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the correlation of each piece of ``a`` with its partner in ``b`` at every lag.

    And its weight: the length times the mean height of what fluctuates, because in a piece in
    which one branch is faint the noise hides what they share.
    """
    count = first.shape[0]
    out = np.zeros((count, 2 * lags + 1))
    weight = np.full((count, 2 * lags + 1), 1e-300)
    for i in range(count):
        n = first[i, 1] - first[i, 0]
        start = first[i, 0]
        own = a[start : start + n] - a[start : start + n].mean()
        var_a = (own * own).sum()
        for j in range(2 * lags + 1):
            from_b = second[i, 0] + j - lags
            if from_b < 0 or from_b + n > b.size:
                continue
            # ``own`` has no mean, so that of the partner drops out of the product.
            total, square, both = 0.0, 0.0, 0.0
            for k in range(n):
                y = b[from_b + k]
                total += y
                square += y * y
                both += own[k] * y
            var_b = square - total * total / n
            if var_a > 0 and var_b > 1e-12 * square:
                out[i, j] = both / np.sqrt(var_a * var_b)
                weight[i, j] = np.sqrt(n) * (var_a * var_b) ** 0.25
    return out, weight
