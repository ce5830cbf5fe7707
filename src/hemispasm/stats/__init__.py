"""Intervals and agreement. Numbers in, numbers out; no signal processing."""

from hemispasm.stats.agreement import (
    Agreement,
    LimitsOfAgreement,
    cluster_bootstrap_interval,
    intraclass_correlation,
    limits_of_agreement,
    weighted_kappa,
)
from hemispasm.stats.betabinomial import BetaRate, LogitNormalRate, beta_from_mean
from hemispasm.stats.intervals import (
    Interval,
    difference_interval,
    fraction_interval,
    median_interval,
    wilson_interval,
)
from hemispasm.stats.lognormal import LogNormal, lognormal_from_moments, update_lognormal
from hemispasm.stats.pooling import PooledProportion, inverse_logit, logit, pool_proportions
from hemispasm.stats.rates import (
    dispersion_estimate,
    observed_count_interval,
    rate_interval,
    time_fraction_interval,
)
from hemispasm.stats.shift import shift_interval

__all__ = [
    "Agreement",
    "BetaRate",
    "Interval",
    "LimitsOfAgreement",
    "LogNormal",
    "LogitNormalRate",
    "PooledProportion",
    "beta_from_mean",
    "cluster_bootstrap_interval",
    "difference_interval",
    "dispersion_estimate",
    "fraction_interval",
    "intraclass_correlation",
    "inverse_logit",
    "limits_of_agreement",
    "logit",
    "lognormal_from_moments",
    "median_interval",
    "observed_count_interval",
    "pool_proportions",
    "rate_interval",
    "shift_interval",
    "time_fraction_interval",
    "update_lognormal",
    "weighted_kappa",
    "wilson_interval",
]
