"""What one electrode hears of another's muscle, and taking it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_LEADING = 4
_AUDIBLE = 0.5
_MOST_BURSTS = 60


def estimate_conduction(
    filtered: Sequence[NDArray[np.float32]],
    bursts: Sequence[Sequence[Burst]],
    rate_hz: float,
) -> NDArray[np.float64]:
    """Return the share of each channel's amplitude (column) that each other channel (row) hears.

    Parameters
    ----------
    filtered : sequence of ndarray of shape (n,)
        Band-passed signals of one rate and length.
    bursts : sequence of sequence of Burst
        Bursts of each channel, times from the first sample.
    rate_hz : float
        Samples per second.

    Notes
    -----
    Tissue conducts at once, nerves do not: only what two channels share at no lag counts. Over
    the bursts of either channel their common power is ``a P1 + b P2``, with P1 and P2 the power
    of each; a and b, not below zero, follow from bursts in which one or the other is the stronger.
    """
    size = len(filtered)
    share = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1, size):
            table = _burst_products(filtered[i], filtered[j], [*bursts[i], *bursts[j]], rate_hz)
            if table is None:
                continue
            common, power = table[:, 0], table[:, 1:]
            weight = 1 / np.sqrt(power[:, 0] * power[:, 1])
            sign = 1.0 if np.sum(common * weight) >= 0 else -1.0
            # Of a channel that is silent in all bursts nothing is known that it could send.
            known = [(power[:, k] > _AUDIBLE * power[:, 1 - k]).sum() >= _LEADING for k in (0, 1)]
            (to_j, to_i), _ = nnls(power * known * weight[:, None], sign * common * weight)
            least = limit("conduction.share")
            if to_j > least:
                share[j, i] = sign * to_j
            if to_i > least:
                share[i, j] = sign * to_i
    return share


def remove_conduction(
    filtered: Sequence[NDArray[np.float32]], share: NDArray[np.float64]
) -> list[NDArray[np.float32]]:
    """Return the signals without what each channel hears of the others.

    Examples
    --------
    >>> own = np.array([1.0, 0.0, 0.0], np.float32), np.array([0.1, 1.0, 0.0], np.float32)
    >>> clean = remove_conduction(own, np.array([[0.0, 0.0], [0.1, 0.0]]))
    >>> clean[1].tolist()
    [0.0, 1.0, 0.0]
    """
    if not share.any():
        return list(filtered)
    mixing = np.linalg.inv(np.eye(len(filtered)) + share).astype(np.float32)
    out = []
    for row, own in zip(mixing, filtered, strict=True):
        if np.count_nonzero(row) == 1:
            out.append(own)
            continue
        total = row[0] * filtered[0]
        for gain, other in zip(row[1:], filtered[1:], strict=True):
            if gain:
                total = total + gain * other
        out.append(total)
    return out


def _burst_products(
    x: NDArray[np.float32], y: NDArray[np.float32], bursts: Sequence[Burst], rate_hz: float
) -> NDArray[np.float64] | None:
    """Return common power and each channel's power per burst; None unless they peak at no lag."""
    reach = max(1, round(limit("conduction.reach_s") * rate_hz))
    still = max(1, round(limit("conduction.lag_s") * rate_hz))
    rows, alike = [], np.zeros(2 * reach + 1)
    loudest = sorted(bursts, key=lambda b: b.rms_uv, reverse=True)[: 2 * _MOST_BURSTS : 2]
    for burst in loudest:
        a, b = int(burst.start_s * rate_hz), int(burst.end_s * rate_hz)
        if a < reach or b + reach >= x.size or b - a < 8:
            continue
        first, second = x[a:b].astype(float), y[a - reach : b + reach].astype(float)
        lagged = np.correlate(second, first, "valid")
        middle = second[reach : reach + first.size]
        powers = float(first @ first), float(middle @ middle)
        if min(powers) <= 0:
            continue
        alike += lagged / np.sqrt(powers[0] * powers[1])
        rows.append((float(lagged[reach]), *powers))
    if len(rows) < limit("conduction.bursts_min"):
        return None
    if abs(int(np.argmax(np.abs(alike))) - reach) > still:
        return None
    return np.array(rows)
