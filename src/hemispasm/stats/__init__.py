"""Intervals and agreement. Numbers in, numbers out; no signal processing."""

from hemispasm.stats.agreement import (
    Agreement,
    LimitsOfAgreement,
    cluster_bootstrap_interval,
    intraclass_correlation,
    limits_of_agreement,
    weighted_kappa,
)
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
    "Agreement",
    "Interval",
    "LimitsOfAgreement",
    "cluster_bootstrap_interval",
    "difference_interval",
    "dispersion_estimate",
    "fraction_interval",
    "intraclass_correlation",
    "limits_of_agreement",
    "median_interval",
    "observed_count_interval",
    "rate_interval",
    "time_fraction_interval",
    "weighted_kappa",
    "wilson_interval",
]
