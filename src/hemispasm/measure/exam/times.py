"""Times that follow from dates: how long it has lasted, and at what age it began."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Range:
    """A value with the ends between which it must lie, given how exactly the dates are known."""

    value: float
    low: float
    high: float


def months_since(onset: str, day: date) -> Range | None:
    """Return the months from onset to a day.

    Parameters
    ----------
    onset : str
        ``YYYY-MM`` or ``YYYY``.
    day : date
        The visit.

    Returns
    -------
    Range or None
        In months, whole numbers; the ends hold every day that the onset can have been. None when
        the onset lies wholly after the day.

    Examples
    --------
    >>> months_since("2023-05", date(2026, 3, 2))
    Range(value=34, low=33, high=35)
    >>> months_since("2023", date(2026, 3, 2))
    Range(value=32, low=26, high=39)
    """
    year, month = _year_and_month(onset)
    first = year * 12 + (month - 1 if month else 0)
    last = first + (1 if month else 12)
    days = calendar.monthrange(day.year, day.month)[1]
    visit = day.year * 12 + day.month - 1 + (day.day - 1) / days
    if first > visit:
        return None
    low, high = max(0.0, visit - last), visit - first
    return Range(round((low + high) / 2), math.floor(low), math.ceil(high))


def age_in(year: int, birth_year: int) -> Range | None:
    """Return the age in a year of somebody whose birthday is not known.

    Returns
    -------
    Range or None
        In years; the value is the age reached in that year. None before birth.

    Examples
    --------
    >>> age_in(2026, 1961)
    Range(value=65, low=64, high=65)
    """
    reached = year - birth_year
    return None if reached < 0 else Range(reached, max(0, reached - 1), reached)


def onset_year(onset: str) -> int:
    """Return the year of an onset written ``YYYY-MM`` or ``YYYY``."""
    return _year_and_month(onset)[0]


def _year_and_month(onset: str) -> tuple[int, int | None]:
    year, _, month = onset.partition("-")
    return int(year), int(month) if month else None
