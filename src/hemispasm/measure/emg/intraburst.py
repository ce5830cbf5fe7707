"""How fast impulses follow one another within bursts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.stats import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_REPLICATES = 400


@dataclass(frozen=True)
class IntraburstRate:
    """Rate of impulses within the bursts of one channel.

    Attributes
    ----------
    rate_hz : float
        From the lag of the highest peak of the mean autocorrelation.
    interval_hz : Interval
        Over bursts drawn again.
    prominence : float
        Height of the peak over the lower of the troughs beside it.
    share : float
        Share of bursts whose own autocorrelation has a peak in the range.
    count : int
        Bursts that were long enough.
    """

    rate_hz: float
    interval_hz: Interval
    prominence: float
    share: float
    count: int


def measure_intraburst_rate(
    filtered: NDArray[np.float32],
    bursts: Sequence[Burst],
    rate_hz: float,
    rng: np.random.Generator,
    *,
    offset_s: float = 0.0,
) -> IntraburstRate | None:
    """Return the impulse rate within bursts, from lags of 2 to 8 ms.

    None with too few bursts, too low a sampling rate, or no peak.
    """
    if rate_hz < limit("intraburst.rate_hz"):
        return None
    table = autocorrelations(filtered, bursts, rate_hz, offset_s)
    if len(table) < limit("intraburst.bursts_min"):
        return None
    low = round(limit("intraburst.lag_low_s") * rate_hz)
    lag, prominence = _peak(table.mean(axis=0), low)
    if lag is None or prominence < limit("intraburst.prominence"):
        return None
    drawn = rng.integers(0, len(table), (_REPLICATES, len(table)))
    found = [_peak(table[i].mean(axis=0), low)[0] for i in drawn]
    lags = np.array([x for x in found if x is not None])
    own = [_peak(row, low) for row in table]
    least = limit("intraburst.prominence")
    ends = rate_hz / np.percentile(lags, [97.5, 2.5])
    return IntraburstRate(
        rate_hz=rate_hz / lag,
        interval_hz=Interval(float(ends[0]), float(ends[1])),
        prominence=prominence,
        share=float(np.mean([at is not None and height >= least for at, height in own])),
        count=len(table),
    )


def autocorrelations(
    filtered: NDArray[np.float32], bursts: Sequence[Burst], rate_hz: float, offset_s: float = 0.0
) -> NDArray[np.float64]:
    """Return the autocorrelation of the signal in every burst that is long enough, one row each.

    The signal itself, not its envelope: potentials last as long as the intervals between them, so
    envelopes run together, while the same units return with the same shape.
    """
    most = round(1.5 * limit("intraburst.lag_high_s") * rate_hz)
    rows = []
    for burst in bursts:
        if burst.duration_s < limit("intraburst.length_s"):
            continue
        a, b = (int((t - offset_s) * rate_hz) for t in (burst.start_s, burst.end_s))
        x = filtered[max(0, a) : b].astype(float)
        if x.size < most + 8:
            continue
        power = np.abs(np.fft.rfft(x, 1 << int(2 * x.size - 1).bit_length())) ** 2
        # Fewer products enter at long lags.
        row = np.fft.irfft(power)[: most + 1] / (x.size - np.arange(most + 1))
        if row[0] > 0:
            rows.append(row / row[0])
    return np.array(rows).reshape(-1, most + 1)


def _peak(row: NDArray[np.float64], low: int) -> tuple[float | None, float]:
    """Return lag (samples, interpolated) and prominence of the best peak beyond the lowest lag."""
    high = round((row.size - 1) / 1.5)
    best, at = 0.0, None
    for k in range(max(2, low), min(high, row.size - 2) + 1):
        if row[k] >= row[k - 1] and row[k] > row[k + 1]:
            height = row[k] - max(row[low // 2 : k].min(), row[k:].min())
            if height > best:
                best, at = float(height), k
    if at is None:
        return None, 0.0
    bend = row[at - 1] - 2 * row[at] + row[at + 1]
    shift = 0.5 * (row[at - 1] - row[at + 1]) / bend if bend < 0 else 0.0
    return at + float(shift), best
