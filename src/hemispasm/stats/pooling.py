"""Pooling proportions of several series: random effects on logits, and what a new centre may see.

The mean of pooled series answers "what was found on average"; the prediction interval answers
"what may the next centre find", which is the question of the patient who asks there. Both are
given, with the share of the spread that chance does not explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from hemispasm.stats.intervals import Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Added to both cells of every series, so that a series without an event has a logit.
HALF_EVENT = 0.5


@dataclass(frozen=True)
class PooledProportion:
    """Random-effects summary of proportions.

    Attributes
    ----------
    mean : float
        Inverse logit of the pooled logit: the proportion of the median centre.
    interval : Interval
        Interval of that mean.
    prediction : Interval
        Interval of the proportion in a new centre.
    mu_logit, se_logit, tau_logit : float
        Pooled logit, its standard error, and the standard deviation between centres.
    i_squared : float
        Share of the spread beyond chance, 0-1.
    n_series, n : int
        Number of series and of patients.
    """

    mean: float
    interval: Interval
    prediction: Interval
    mu_logit: float
    se_logit: float
    tau_logit: float
    i_squared: float
    n_series: int
    n: int


def inverse_logit(x: float) -> float:
    """Return the proportion of a logit.

    Examples
    --------
    >>> inverse_logit(0.0)
    0.5
    """
    return float(1 / (1 + np.exp(-x)))


def logit(p: float) -> float:
    """Return the logit of a proportion strictly between 0 and 1.

    Examples
    --------
    >>> round(logit(inverse_logit(1.796)), 3)
    1.796
    """
    return float(np.log(p / (1 - p)))


def pool_proportions(
    successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95
) -> PooledProportion:
    """Return the DerSimonian-Laird random-effects summary of proportions, on logits.

    Parameters
    ----------
    successes, trials : array_like of shape (k,)
        Counts of each series; at least three series.
    level : float
        Coverage of both intervals, 0-1.

    Returns
    -------
    PooledProportion
        The interval of the mean is normal; the prediction interval uses Student's t with
        ``k - 2`` degrees of freedom (Higgins, J R Stat Soc A 2009;172:137-159).

    Raises
    ------
    ValueError
        Fewer than three series, unequal lengths, or more successes than trials.

    References
    ----------
    DerSimonian R, Laird N. Control Clin Trials 1986;7:177-188.

    Examples
    --------
    >>> pooled = pool_proportions([16, 48, 45], [248, 400, 311])
    >>> round(pooled.mean, 3)
    0.11
    """
    k = np.asarray(successes, dtype=float)
    n = np.asarray(trials, dtype=float)
    if k.shape != n.shape or k.size < 3:
        raise ValueError("pooling needs at least three series, each with both counts")
    if np.any(k < 0) or np.any(k > n):
        raise ValueError("more successes than trials")
    y = np.log((k + HALF_EVENT) / (n - k + HALF_EVENT))
    variance = 1 / (k + HALF_EVENT) + 1 / (n - k + HALF_EVENT)
    tau2, q = _between_variance(y, variance)
    weight = 1 / (variance + tau2)
    mu = float(np.sum(weight * y) / np.sum(weight))
    se = float(np.sqrt(1 / np.sum(weight)))
    half = float(ndtri(0.5 + level / 2)) * se
    wide = float(stdtrit(k.size - 2, 0.5 + level / 2)) * float(np.hypot(se, np.sqrt(tau2)))
    return PooledProportion(
        mean=inverse_logit(mu),
        interval=Interval(inverse_logit(mu - half), inverse_logit(mu + half), level),
        prediction=Interval(inverse_logit(mu - wide), inverse_logit(mu + wide), level),
        mu_logit=mu,
        se_logit=se,
        tau_logit=float(np.sqrt(tau2)),
        i_squared=max(0.0, 1 - (k.size - 1) / q) if q > 0 else 0.0,
        n_series=int(k.size),
        n=int(n.sum()),
    )


def _between_variance(y: NDArray[np.float64], variance: NDArray[np.float64]) -> tuple[float, float]:
    """Return the moment estimate of the variance between series, and Cochran's Q."""
    weight = 1 / variance
    fixed = np.sum(weight * y) / np.sum(weight)
    q = float(np.sum(weight * (y - fixed) ** 2))
    scale = np.sum(weight) - np.sum(weight**2) / np.sum(weight)
    return max(0.0, float((q - (y.size - 1)) / scale)), q
