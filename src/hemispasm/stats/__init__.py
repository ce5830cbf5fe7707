"""Intervals and agreement. Numbers in, numbers out; no signal processing."""

from hemispasm.stats.intervals import (
    Interval,
    difference_interval,
    fraction_interval,
    median_interval,
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
    "difference_interval",
    "dispersion_estimate",
    "fraction_interval",
    "median_interval",
    "observed_count_interval",
    "rate_interval",
    "time_fraction_interval",
    "wilson_interval",
]
