"""The clock of a text export: what its time column says of rate, jitter and rows that are gone.

Printed times are rounded, and a computer that stamps rows does so a little late, now more, now
less. Neither is a gap: after a gap the clock stays behind, after a late row it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_LONGEST_S = 30 * 86_400.0
# Rows over which a first estimate of the rate is taken.
_SPAN = 200
# Share by which a stated rate may differ from that of the times; no recorder's clock is this bad.
_RATES_DIFFER = 0.05


@dataclass(frozen=True)
class RowClock:
    """Where each row of a text export belongs.

    Attributes
    ----------
    rate_hz : float
        Samples per second.
    places : ndarray of int64, shape (n_rows,)
        Number of each row's sample from the first, rows that are gone counted.
    jitter_s : float
        How much later than an even clock, at most, a row was stamped that is not gone; 0 where
        rounding explains it all.
    """

    rate_hz: float
    places: NDArray[np.int64]
    jitter_s: float = 0.0


def read_clock(
    times_s: NDArray[np.float64], rounding_s: NDArray[np.float64], rate_hz: float | None, path: Path
) -> RowClock:
    """Return where each row belongs by its time.

    Parameters
    ----------
    times_s : ndarray of float64, shape (n_rows,)
        NaN where the row's time cannot be read; such a row follows the one before it.
    rounding_s : ndarray of float64, shape (n_rows,)
        The last digit of each time.
    rate_hz : float or None
        Where it is known; None: found from the times.
    path : Path
        How messages name the file.

    Raises
    ------
    DecodeError
        ``no_rate`` (the times do not rise), ``time_backwards``, or ``profile_does_not_fit`` (they
        span weeks).
    """
    known = np.flatnonzero(~np.isnan(times_s))
    if rate_hz is None:
        rate_hz = _rate(times_s, known, rounding_s, path)
    else:
        _check_rate(times_s[known], rounding_s[known], rate_hz, path)
    places = np.arange(len(times_s), dtype=np.int64)
    if known.size < 2:
        return RowClock(rate_hz, places)
    known = _without_outliers(known, times_s, rate_hz, rounding_s)
    _check_course(times_s[known], rounding_s[known], path)
    off_s = times_s[known] - known / rate_hz
    gone, jitter_s = _gone(off_s, rounding_s[known], rate_hz)
    for index, count in gone:
        places[known[index + 1] :] += count
    return RowClock(rate_hz, places, jitter_s)


def decimals_around(decimals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the most decimals among each row's neighbours: 10.366 may stand for 10.3660."""
    padded = np.pad(decimals, 20, mode="edge")
    return sliding_window_view(padded, 41).max(axis=1).astype(np.float64)


def _gone(
    off_s: NDArray[np.float64], rounding_s: NDArray[np.float64], rate_hz: float
) -> tuple[list[tuple[int, int]], float]:
    """Return behind which times rows are gone and how many, and the jitter that is no gap."""
    late_s = np.diff(off_s)
    tolerance_s = 0.5 / rate_hz + rounding_s[1:]
    candidates = np.flatnonzero(late_s > tolerance_s)
    if not candidates.size:
        return [], 0.0
    # The wider the jitter, the more rows it takes until one of them is stamped in time. Gaps are
    # too rare to widen it.
    spread_s = float(np.quantile(late_s, 0.99))
    doublings = int(np.clip(np.ceil(np.log2(max(spread_s * rate_hz, 1.0))) + 6, 6, 12))
    size = 1 << doublings
    # No row is stamped before its time: the earliest of the neighbours show the clock.
    before_s = _earliest(off_s[::-1], doublings)[::-1]
    after_s = _earliest(off_s, doublings)
    gone = []
    jitter_s = 0.0
    last = 0
    for index in candidates.tolist():
        own_s = off_s[max(last, index + 1 - size) : index + 1]
        earlier_s = float(before_s[index] if len(own_s) == size else own_s.min())
        shift_s = float(after_s[index + 1]) - earlier_s
        # Few neighbours may all be late.
        is_sure = min(len(own_s), len(off_s) - index - 1) >= size // 2
        if shift_s > tolerance_s[index] + (0.0 if is_sure else max(spread_s, 0.0)):
            gone.append((index, round(shift_s * rate_hz)))
            last = index + 1
        else:
            jitter_s = max(jitter_s, float(off_s[index + 1] - after_s[index + 1]))
    return gone, jitter_s


def _earliest(off_s: NDArray[np.float64], doublings: int) -> NDArray[np.float64]:
    """Return the least of each value and those behind it, two to the power ``doublings`` in all."""
    least = off_s.copy()
    for step in (1 << power for power in range(doublings)):
        if step < len(least):
            np.minimum(least[:-step], least[step:], out=least[:-step])
    return least


def _rate(
    times_s: NDArray[np.float64],
    known: NDArray[np.intp],
    rounding_s: NDArray[np.float64],
    path: Path,
) -> float:
    """Return the rate that the times show, rounded to what rounded times can show."""
    span = min(_SPAN, max(known.size // 10, 1), known.size - 1)
    rate_hz = 0.0
    if span > 0:
        # The median over many rows is blind to a gap, and coarse where times are rounded ...
        slopes = (times_s[known[span:]] - times_s[known[:-span]]) / (known[span:] - known[:-span])
        period_s = float(np.median(slopes))
        rate_hz = 1 / period_s if period_s > 0 else 0.0
    if not 0 < rate_hz < np.inf:
        raise DecodeError(
            "no_rate", f"The times in {path.name} do not rise.", "Give rate_hz in the profile."
        )
    # ... and the longest stretch without a gap is fine.
    kept = _without_outliers(known, times_s, rate_hz, rounding_s)
    off_s = times_s[kept] - kept / rate_hz
    gone, jitter_s = _gone(off_s, rounding_s[kept], rate_hz)
    edges = np.array([-1, *(index for index, _ in gone), kept.size - 1])
    longest = int(np.argmax(np.diff(edges)))
    stretch = kept[edges[longest] + 1 : edges[longest + 1] + 1]
    length_s = float(times_s[stretch[-1]] - times_s[stretch[0]])
    if length_s <= 0:
        return rate_hz
    if jitter_s > 0:
        rate_hz = float(1 / np.polyfit(stretch, times_s[stretch], 1)[0])
    else:
        rate_hz = float((stretch[-1] - stretch[0]) / length_s)
    # Recorders run at round rates: the shortest number that the rounding of the times allows.
    candidates = (float(f"{rate_hz:.{digits}g}") for digits in range(1, 16))
    allowed = rate_hz * (float(np.median(rounding_s)) + jitter_s) / length_s
    return next((rate for rate in candidates if abs(rate - rate_hz) <= allowed), rate_hz)


def _check_rate(
    times_s: NDArray[np.float64], rounding_s: NDArray[np.float64], rate_hz: float, path: Path
) -> None:
    """Refuse a stated rate that the times contradict: all else would be gaps."""
    span = min(_SPAN, max(len(times_s) // 10, 1), len(times_s) - 1)
    if span < 1:
        return
    took_s = times_s[span:] - times_s[:-span]
    typical_s = float(np.median(took_s))
    slack_s = _RATES_DIFFER * span / rate_hz + float(np.median(rounding_s))
    if abs(typical_s - span / rate_hz) > slack_s:
        shown = f"{span / typical_s:.4g} Hz" if typical_s > 0 else "no rate at all"
        raise DecodeError(
            "rate_conflict",
            f"The profile says {rate_hz:g} Hz and the times in {path.name} say {shown}.",
            "Correct rate_hz, or the unit of the times, in the profile.",
        )


def _check_course(
    times_s: NDArray[np.float64], rounding_s: NDArray[np.float64], path: Path
) -> None:
    backwards = np.flatnonzero(np.diff(times_s) < -rounding_s[1:])
    if backwards.size:
        raise DecodeError(
            "time_backwards",
            f"The time in {path.name} runs backwards after {times_s[backwards[0]]:g} s.",
            "Export the recording again, or as sweeps where each begins at zero.",
        )
    if times_s[-1] - times_s[0] > _LONGEST_S:
        raise DecodeError(
            "profile_does_not_fit",
            f"The times in {path.name} span more than {_LONGEST_S / 86_400:g} days.",
            "Correct the column or the unit of the times in the profile.",
        )


def _without_outliers(
    known: NDArray[np.intp],
    times_s: NDArray[np.float64],
    rate_hz: float,
    rounding_s: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Leave out single times that their two neighbours, which agree, contradict: damaged digits."""
    tolerance_s = 0.5 / rate_hz + rounding_s[known]
    off_s = np.abs(np.diff(times_s[known]) - np.diff(known) / rate_hz)
    over_s = np.abs(times_s[known[2:]] - times_s[known[:-2]] - (known[2:] - known[:-2]) / rate_hz)
    is_off = off_s > tolerance_s[1:]
    is_outlier = np.zeros(known.size, dtype=bool)
    is_outlier[1:-1] = is_off[:-1] & is_off[1:] & (over_s <= tolerance_s[2:])
    return known[~is_outlier]
