"""One number of an imaging validation, and how its interval is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.stats import wilson_interval
from hemispasm.validate.imaging_plan import Row
from hemispasm.validate.intervals import resampled_interval
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OURS = "hemispasm"


class ImagingScore(Score):
    """A score with the row it belongs to, and whose it is.

    Attributes
    ----------
    row : str
        Row of the plan; the key ends with it.
    tool : str
        ``hemispasm``, ``masks`` or ``surfaces``.
    """

    row: Row
    tool: str = OURS


def bias_and_spread(
    row: Row,
    errors: Sequence[float],
    rng: np.random.Generator,
    tool: str,
    of: str,
    note: str | None = None,
) -> list[ImagingScore]:
    """Return mean and standard deviation of errors."""
    return [
        number_of(row, "distance_bias", errors, mean_of, rng, "mm", of, note, tool),
        number_of(row, "distance_sd", errors, sd_of, rng, "mm", of, note, tool),
    ]


def number_of(
    row: Row,
    name: str,
    values: Sequence[float],
    statistic: Callable[[Sequence[float]], float | None],
    rng: np.random.Generator,
    unit: str,
    of: str,
    note: str | None = None,
    tool: str = OURS,
) -> ImagingScore:
    """Return a statistic of one number per session, sessions resampled for the interval."""
    return ImagingScore(
        key=f"{name}.{row}", value=statistic(values),
        interval=resampled_interval(values, statistic, rng), unit=unit, n=len(values), of=of,
        row=row, tool=tool, note=note,
    )  # fmt: skip


def share_of(
    row: Row, name: str, hits: int, n: int, of: str, note: str | None = None, tool: str = OURS
) -> ImagingScore:
    """Return a share in percent with Wilson's interval."""
    interval = None
    if n:
        low, high = wilson_interval(hits, n).pair
        interval = (100.0 * low, 100.0 * high)
    counted = f"{hits} of {n}" + (f"; {note}" if note else "")
    return ImagingScore(
        key=f"{name}.{row}", value=100.0 * hits / n if n else None, interval=interval, unit="%",
        n=n, of=of, row=row, tool=tool, note=counted,
    )  # fmt: skip


def count_of(row: Row, name: str, flags: Sequence[bool], note: str | None = None) -> ImagingScore:
    """Return how often something that should not happen did; the interval is that of the count."""
    n, hits = len(flags), sum(flags)
    low, high = wilson_interval(hits, n).pair
    return ImagingScore(
        key=f"{name}.{row}", value=float(hits), interval=(n * low, n * high), unit="{sessions}",
        n=n, of="sessions", row=row, note=note,
    )  # fmt: skip


def mean_of(values: Sequence[float]) -> float | None:
    """Return the mean, None of nothing."""
    return float(np.mean(values)) if len(values) else None


def median_of(values: Sequence[float]) -> float | None:
    """Return the median, None of nothing."""
    return float(np.median(values)) if len(values) else None


def sd_of(values: Sequence[float]) -> float | None:
    """Return the standard deviation, None of fewer than two."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def worst_of(values: Sequence[float]) -> float | None:
    """Return the largest absolute value, None of nothing."""
    return float(np.max(np.abs(values))) if len(values) else None


def quantiles_of(values: Sequence[float]) -> str | None:
    """Return the 95th percentile and the largest value in words, None of nothing."""
    if not len(values):
        return None
    return f"95th percentile {np.percentile(values, 95):.2f}, largest {max(values):.2f}"
