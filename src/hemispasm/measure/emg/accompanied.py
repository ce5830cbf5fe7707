"""Whether the other side takes part in bursts, too faintly for one burst to show it.

A movement of both sides of which one side's electrodes record little looks one-sided: burst by
burst the other side stays below what can be detected. That is not absence. Over all bursts
together even faint activity stands out, as an average over sweeps shows a faint response.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst

_SHORTEST_S = 0.01
_AWAY_S = 0.5


@dataclass(frozen=True)
class Company:
    """What a muscle of the other side does during the bursts of its fellow.

    Attributes
    ----------
    share : float
        Amplitude there over that of the bursts, both above their background.
    p : float
        How often the same bursts, moved elsewhere in the recording, find as much.
    count : int
        Bursts.
    """

    share: float
    p: float
    count: int

    @property
    def is_there(self) -> bool:
        """Whether the other side takes part: surely more than by chance and by conduction."""
        return self.p <= limit("side.company_p") and self.share >= limit("side.company_share")


def measure_company(
    bursting: NDArray[np.float32],
    across: NDArray[np.float32],
    bursts: Sequence[Burst],
    rate_hz: float,
    rng: np.random.Generator,
) -> Company | None:
    """Return how far the same muscle of the other side takes part in bursts.

    Parameters
    ----------
    bursting, across : ndarray of shape (n,)
        Band-passed signals of the muscle that bursts and of its fellow, of one rate.
    bursts : sequence of Burst
        One-sided bursts, times from the first sample.
    rate_hz : float
        Samples per second.
    rng : numpy.random.Generator
        For the places the bursts are moved to.

    Returns
    -------
    Company or None
        None with fewer bursts than a pattern needs.

    Examples
    --------
    >>> from hemispasm.measure.emg.bursts import Burst
    >>> rng = np.random.default_rng(1)
    >>> bursts = [Burst(t, t + 0.05, 9.0) for t in np.arange(1.0, 19.0, 0.9)]
    >>> active = np.zeros(20_000)
    >>> for burst in bursts:
    ...     active[int(burst.start_s * 1000) : int(burst.end_s * 1000)] = 1.0
    >>> left, right = (rng.normal(size=20_000) * (1 + size * active) for size in (9.0, 0.8))
    >>> measure_company(left, right, bursts, 1000.0, rng).is_there
    True
    >>> quiet = rng.normal(size=20_000)
    >>> measure_company(left, quiet, bursts, 1000.0, rng).is_there
    False
    """
    away = int(_AWAY_S * rate_hz)
    if len(bursts) < limit("pattern.bursts_min") or bursting.size <= 2 * away:
        return None
    if bursting.size != across.size:
        return None
    starts = np.array([int(b.start_s * rate_hz) for b in bursts])
    lengths = np.array([int(max(b.duration_s, _SHORTEST_S) * rate_hz) for b in bursts])
    moves = rng.integers(away, bursting.size - away, int(limit("synchrony.surrogates")))
    here, there = _Power(bursting, starts, lengths), _Power(across, starts, lengths)
    elsewhere = [there.at(int(move)) for move in moves]
    # The cube root keeps a few strong moments, of a blink say, from deciding for all.
    null = np.array([np.cbrt(power).mean() for power in elsewhere])
    seen = np.cbrt(there.at(0)).mean()
    own_background = float(np.median([np.median(here.at(int(move))) for move in moves]))
    own = float(np.median(here.at(0))) - own_background
    faint = float(np.median(there.at(0))) - float(np.median([np.median(x) for x in elsewhere]))
    share = float(np.sqrt(max(faint, 0.0) / own)) if own > 0 else 1.0
    return Company(share, float((1 + (null >= seen).sum()) / (1 + null.size)), len(bursts))


class _Power:
    """Mean power of a signal in the places of bursts, or moved in a circle."""

    def __init__(
        self, signal: NDArray[np.float32], starts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> None:
        self._total = np.r_[0.0, np.cumsum(np.square(signal, dtype=np.float64))]
        self._starts, self._lengths = starts, lengths

    def at(self, move: int) -> NDArray[np.float64]:
        size = self._total.size - 1
        start = (self._starts + move) % size
        end = np.minimum(start + self._lengths, size)
        power = (self._total[end] - self._total[start]) / np.maximum(end - start, 1)
        return np.asarray(power)
