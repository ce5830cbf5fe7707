"""Intervals and agreement. Numbers in, numbers out; no signal processing."""

from hemispasm.stats.intervals import (
    Interval,
    fraction_interval,
    median_interval,
    difference_interval,
    wilson_interval,
)
from hemispasm.stats.rates import (
    dispersion_estimate,
    observed_count_interval,
    rate_interval,
    time_fraction_interval,
)

__all__ = [
    "Interval",
    "dispersion_estimate",
    "fraction_interval",
    "median_interval",
    "observed_count_interval",
    "difference_interval",
    "rate_interval",
    "time_fraction_interval",
    "wilson_interval",
]
