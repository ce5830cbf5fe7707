"""A measured number with its interval, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hemispasm.stats import Interval


@dataclass(frozen=True)
class Measured:
    """One number of the spontaneous engine.

    Attributes
    ----------
    value : float or None
        None: not measured, and ``reason`` says why.
    interval : Interval or None
        95 % interval, None where too little was there to give one.
    count : int
        Events behind it.
    reason : str or None
        ``code: sentence``.
    count_interval : Interval or None
        For rates: what a perfect observer would have counted per minute in these seconds.
    """

    value: float | None
    interval: Interval | None = None
    count: int = 0
    reason: str | None = None
    count_interval: Interval | None = None


def missing(reason: str, count: int = 0) -> Measured:
    """Return a number that could not be measured, with the reason."""
    return Measured(None, None, count, reason)
