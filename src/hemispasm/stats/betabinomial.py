"""A centre's true rate: what the literature lets one expect, and what its own audit adds.

Published centres differ far more than chance explains, so the literature is worth few patients
when the question is about one centre. Two shapes of that prior are given. The beta is the simple
one: an audit adds its counts. The logit-normal follows the published prediction interval more
closely in its tails and is updated on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, expit, ndtri, xlog1py, xlogy

from hemispasm.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRID_POINTS = 4001
_GRID_REACH_SD = 8.0


@dataclass(frozen=True)
class BetaRate:
    """A beta distribution of a centre's true rate.

    Attributes
    ----------
    a, b : float
        Both above 0; their sum is the effective number of patients.

    Examples
    --------
    >>> prior = beta_from_mean(0.8625, 8)
    >>> round(prior.a, 1), round(prior.b, 1)
    (6.9, 1.1)
    >>> prior.updated(18, 20).effective_n
    28.0
    """

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Expected rate, which is also the chance of the next patient."""
        return self.a / (self.a + self.b)

    @property
    def effective_n(self) -> float:
        """Number of patients the distribution is worth."""
        return self.a + self.b

    def quantile(self, p: float) -> float:
        """Return the rate below which the true rate lies with probability ``p``."""
        return float(betaincinv(self.a, self.b, p))

    def interval(self, level: float = 0.95) -> Interval:
        """Return the central interval of the true rate."""
        tail = (1 - level) / 2
        return Interval(self.quantile(tail), self.quantile(1 - tail), level)

    def updated(self, successes: int, trials: int) -> BetaRate:
        """Return the distribution after a centre's own audit.

        Raises
        ------
        ValueError
            Counts that cannot be: fewer than none, or more successes than trials.
        """
        _check_counts(successes, trials)
        return BetaRate(self.a + successes, self.b + trials - successes)


@dataclass(frozen=True)
class LogitNormalRate:
    """A logit-normal distribution of a centre's true rate, updated by audited counts.

    Attributes
    ----------
    mu, sd : float
        Mean and standard deviation of the logit of the rate in centres.
    successes, trials : int
        The centre's own audit, none to begin with.

    Examples
    --------
    >>> prior = LogitNormalRate(1.796, 0.82)
    >>> round(prior.quantile(0.5), 3), round(prior.mean, 2)
    (0.858, 0.83)
    >>> low, high = prior.interval().pair
    >>> round(low, 2), round(high, 2)
    (0.55, 0.97)
    >>> prior.updated(190, 200).interval().low > low
    True
    """

    mu: float
    sd: float
    successes: int = field(default=0)
    trials: int = field(default=0)

    @property
    def mean(self) -> float:
        """Expected rate, which is also the chance of the next patient."""
        rate, weight = self._grid
        return float(rate @ weight)

    def quantile(self, p: float) -> float:
        """Return the rate below which the true rate lies with probability ``p``."""
        if self.trials == 0:
            return float(expit(self.mu + self.sd * ndtri(p)))
        rate, weight = self._grid
        below = np.cumsum(weight) - weight / 2
        return float(np.interp(p, below, rate))

    def interval(self, level: float = 0.95) -> Interval:
        """Return the central interval of the true rate."""
        tail = (1 - level) / 2
        return Interval(self.quantile(tail), self.quantile(1 - tail), level)

    def updated(self, successes: int, trials: int) -> LogitNormalRate:
        """Return the distribution after a centre's own audit; audits add up.

        Raises
        ------
        ValueError
            Counts that cannot be: fewer than none, or more successes than trials.
        """
        _check_counts(successes, trials)
        return LogitNormalRate(self.mu, self.sd, self.successes + successes, self.trials + trials)

    @cached_property
    def _grid(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        z = np.linspace(-_GRID_REACH_SD, _GRID_REACH_SD, _GRID_POINTS)
        rate = expit(self.mu + self.sd * z)
        misses = self.trials - self.successes
        log_weight = -z * z / 2 + xlogy(self.successes, rate) + xlog1py(misses, -rate)
        weight = np.exp(log_weight - log_weight.max())
        return rate, weight / weight.sum()


def beta_from_mean(mean: float, effective_n: float) -> BetaRate:
    """Return the beta with a mean and an effective number of patients.

    Raises
    ------
    ValueError
        The mean is not strictly between 0 and 1, or the number is not positive.

    Examples
    --------
    >>> round(beta_from_mean(0.8625, 8).interval().low, 2)
    0.57
    """
    if not 0 < mean < 1 or effective_n <= 0:
        raise ValueError("a beta needs a mean between 0 and 1 and a positive number of patients")
    return BetaRate(mean * effective_n, (1 - mean) * effective_n)


def _check_counts(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise ValueError(f"an audit cannot hold {successes} successes in {trials} patients")
