"""Agreement of two raters: weighted kappa, intraclass correlation, Bland-Altman limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import fdtri, ndtri, stdtrit

from hemispasm.stats.intervals import Interval, wilson_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_NEARLY_ONE = 0.995
Weights = Literal["none", "linear", "quadratic"]


@dataclass(frozen=True)
class Agreement:
    """One coefficient of agreement with its interval.

    Attributes
    ----------
    value : float or None
        The coefficient; None where it is not defined because every rating is the same.
    interval : Interval or None
        None where the value is, and for a correlation of one: raters who never differ leave
        nothing to estimate an interval from.
    n : int
        Subjects rated.
    """

    value: float | None
    interval: Interval | None
    n: int


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Bland-Altman: the mean difference (second minus first) and where differences lie.

    ``level`` of the intervals is their own; the limits hold 95 % of differences.
    """

    mean: float
    mean_interval: Interval
    low: float
    low_interval: Interval
    high: float
    high_interval: Interval
    n: int


def weighted_kappa(
    first: ArrayLike,
    second: ArrayLike,
    categories: ArrayLike | None = None,
    *,
    weights: Weights = "linear",
    level: float = 0.95,
) -> Agreement:
    """Return Cohen's kappa of two raters on an ordered scale.

    Parameters
    ----------
    first, second : array_like of shape (n,)
        The grades of the two raters, subject by subject.
    categories : array_like, optional
        Every grade of the scale in order, used or not; weights depend on it. Without it the grades
        that were given, which overstates each step when some grade was never given.
    weights : {"none", "linear", "quadratic"}
        How much a disagreement of several grades counts.
    level : float
        Coverage of the interval, 0-1.

    Returns
    -------
    Agreement
        The interval is symmetric on Fisher's scale; it holds for about ten subjects and more. Where
        both raters agree on every subject the interval's lower end comes from the interval
        of the share agreed, since the usual standard error is then zero.

    Raises
    ------
    ValueError
        Unequal lengths, fewer than two subjects, or a grade that is not a category.

    References
    ----------
    Cohen J. Psychol Bull 1968;70:213-220. Fleiss JL, Cohen J, Everitt BS. Psychol Bull
    1969;72:323-327.

    Examples
    --------
    >>> first, second = [1] * 25 + [0] * 25, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    >>> round(weighted_kappa(first, second, [0, 1], weights="none").value, 2)
    0.4
    """
    shares, n = _shares(np.asarray(first), np.asarray(second), categories)
    agreed = _agreement_weights(shares.shape[0], weights)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    by_chance = float(rows @ agreed @ columns)
    if by_chance >= 1 - 1e-12:
        return Agreement(None, None, n)
    observed = float((agreed * shares).sum())
    kappa = (observed - by_chance) / (1 - by_chance)
    if observed >= 1 - 1e-12:
        share = wilson_interval(n, n, level).low
        low = max(-1.0, (share - by_chance) / (1 - by_chance))
        return Agreement(1.0, Interval(low, 1.0, level), n)
    # Fleiss, Cohen and Everitt's variance for kappa not assumed to be zero.
    margin = (agreed @ columns)[:, None] + (rows @ agreed)[None, :]
    spread = float((shares * (agreed - margin * (1 - kappa)) ** 2).sum())
    variance = (spread - (kappa - by_chance * (1 - kappa)) ** 2) / (n * (1 - by_chance) ** 2)
    error = float(np.sqrt(max(variance, 0.0)))
    return Agreement(kappa, _kappa_interval(kappa, error, n, level), n)


def intraclass_correlation(
    ratings: ArrayLike, *, raters: Literal["random", "fixed"] = "random", level: float = 0.95
) -> Agreement:
    """Return the intraclass correlation of single ratings.

    Parameters
    ----------
    ratings : array_like of shape (n_subjects, n_raters)
        Every rater has rated every subject.
    raters : {"random", "fixed"}
        ``random`` is ICC(2,1), absolute agreement with raters like these; ``fixed`` is ICC(3,1),
        consistency between exactly these raters, blind to one grading higher throughout.
    level : float
        Coverage of the interval, 0-1.

    Returns
    -------
    Agreement
        With the interval from the F distribution; its value is None when no subject differs from
        another, since nothing can then be told apart.

    Raises
    ------
    ValueError
        Fewer than two subjects or raters, or a missing rating.

    References
    ----------
    Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-428. McGraw KO, Wong SP. Psychol Methods
    1996;1:30-46.

    Examples
    --------
    The table of Shrout and Fleiss:

    >>> table = [
    ...     [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(intraclass_correlation(table).value, 2)
    0.29
    >>> round(intraclass_correlation(table, raters="fixed").value, 2)
    0.71
    """
    x = np.asarray(ratings, dtype=float)
    if x.ndim != 2 or min(x.shape) < 2:
        raise ValueError("agreement needs at least two subjects and two raters")
    if not np.isfinite(x).all():
        raise ValueError("a rating is missing")
    n, k = x.shape
    between, by_rater, residual = _mean_squares(x)
    tail = (1 - level) / 2
    if between <= 0:
        return Agreement(None, None, n)
    if residual <= 0 and (raters == "fixed" or by_rater <= 0):
        return Agreement(1.0, None, n)
    if raters == "fixed":
        below = between + (k - 1) * residual
        ratio, inner = between / residual, (n - 1) * (k - 1)
        low = ratio / float(fdtri(n - 1, inner, 1 - tail))
        high = ratio * float(fdtri(inner, n - 1, 1 - tail))
        ends = Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1), level)
        return Agreement((between - residual) / below, ends, n)
    below = between + (k - 1) * residual + k * (by_rater - residual) / n
    value = max(-1.0, (between - residual) / below)
    ends = _random_raters_interval(value, n, k, between, by_rater, residual, level)
    return Agreement(value, ends, n)


def limits_of_agreement(
    first: ArrayLike, second: ArrayLike, *, level: float = 0.95
) -> LimitsOfAgreement:
    """Return Bland and Altman's limits: where 95 % of differences between two raters lie.

    Parameters
    ----------
    first, second : array_like of shape (n,)
        The values of the two raters, or of two measurements, subject by subject.
    level : float
        Coverage of the intervals of the mean and of each limit, 0-1.

    Raises
    ------
    ValueError
        Unequal lengths or fewer than three subjects.

    References
    ----------
    Bland JM, Altman DG. Lancet 1986;1:307-310; Stat Methods Med Res 1999;8:135-160.

    Examples
    --------
    >>> found = limits_of_agreement([1, 2, 3, 4, 5], [2, 2, 4, 4, 6])
    >>> round(found.mean, 2), round(found.low, 2), round(found.high, 2)
    (0.6, -0.47, 1.67)
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or a.size < 3:
        raise ValueError("limits of agreement need at least three pairs")
    difference = b - a
    n = difference.size
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    z = float(ndtri(0.975))
    t = float(stdtrit(n - 1, 0.5 + level / 2))
    mean_half = t * sd / np.sqrt(n)
    limit_half = t * sd * np.sqrt(1 / n + z * z / (2 * (n - 1)))
    low, high = mean - z * sd, mean + z * sd

    def around(centre: float, half: float) -> Interval:
        return Interval(float(centre - half), float(centre + half), level)

    return LimitsOfAgreement(
        mean=mean,
        mean_interval=around(mean, mean_half),
        low=low,
        low_interval=around(low, limit_half),
        high=high,
        high_interval=around(high, limit_half),
        n=n,
    )


def cluster_bootstrap_interval(
    statistic: Callable[[NDArray[Any]], float | None],
    rows: ArrayLike,
    clusters: ArrayLike,
    rng: np.random.Generator,
    *,
    replicates: int = 2000,
    level: float = 0.95,
) -> Interval | None:
    """Return the interval of a coefficient between -1 and 1 when rows belong to clusters.

    Ratings of one patient at several visits are not independent; patients are drawn whole. The
    spread of the coefficient over the samples, on Fisher's scale, is taken with Student's t for
    the number of patients: in simulations with 5 to 20 patients it covers 92 to 95 % where it says
    95 %, and percentiles cover 80 to 92 %.

    Parameters
    ----------
    statistic : callable
        Rows in, number out; None where it is not defined for a sample, which is then left out.
    rows : array_like of shape (n, k)
        One row per rated subject.
    clusters : array_like of shape (n,)
        To which patient each row belongs.
    rng : numpy.random.Generator
        Handed in, so that the same seed gives the same interval.
    replicates : int
        Samples drawn.
    level : float
        Coverage, 0-1.

    Returns
    -------
    Interval or None
        None when there is one patient only, when the coefficient is one, or when it was undefined
        in more than half of the samples.
    """
    table = np.asarray(rows)
    labels, index = np.unique(np.asarray(clusters), return_inverse=True)
    estimate = statistic(table)
    if estimate is None or abs(estimate) >= 1 or labels.size < 2:
        return None
    members = [np.flatnonzero(index == i) for i in range(labels.size)]
    found = []
    for _ in range(replicates):
        drawn = rng.integers(0, labels.size, labels.size)
        value = statistic(table[np.concatenate([members[i] for i in drawn])])
        if value is not None:
            found.append(value)
    if len(found) * 2 < replicates:
        return None
    # A sample in which everybody agrees lies at infinity on Fisher's scale.
    fisher = np.arctanh(np.clip(found, -_NEARLY_ONE, _NEARLY_ONE))
    few = labels.size / (labels.size - 1)
    half = float(stdtrit(labels.size - 1, 0.5 + level / 2) * fisher.std(ddof=1) * np.sqrt(few))
    centre = float(np.arctanh(estimate))
    return Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)), level)


def _kappa_interval(kappa: float, error: float, n: int, level: float) -> Interval:
    """Return the interval on Fisher's scale with Student's t.

    In simulations with 10 to 50 pairs the plain interval of quadratic weights covers as little as
    81 % where it says 95 %; this one covers 90 to 97 %.
    """
    t = float(stdtrit(n - 1, 0.5 + level / 2))
    if kappa <= -1 + 1e-9:
        return Interval(-1.0, min(1.0, kappa + t * error), level)
    centre, half = np.arctanh(kappa), t * error / (1 - kappa * kappa)
    return Interval(float(np.tanh(centre - half)), float(np.tanh(centre + half)), level)


def _shares(
    first: NDArray[Any], second: NDArray[Any], categories: ArrayLike | None
) -> tuple[NDArray[np.float64], int]:
    if first.shape != second.shape or first.ndim != 1 or first.size < 2:
        raise ValueError("agreement needs at least two subjects rated by both raters")
    names = np.unique(np.concatenate([first, second]))
    if categories is not None:
        given = np.asarray(categories)
        missing = set(names.tolist()) - set(given.tolist())
        if missing:
            raise ValueError(f"not a category: {sorted(missing)}")
        names = given
    place = {name: i for i, name in enumerate(names.tolist())}
    table = np.zeros((len(place), len(place)))
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        table[place[a], place[b]] += 1
    return table / first.size, int(first.size)


def _agreement_weights(k: int, weights: Weights) -> NDArray[np.float64]:
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    if weights == "none":
        return (distance == 0).astype(float)
    steps = distance / max(k - 1, 1)
    return 1 - (steps if weights == "linear" else steps**2)


def _mean_squares(x: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean squares between subjects, between raters, and of the residual."""
    n, k = x.shape
    grand, subjects, raters = x.mean(), x.mean(axis=1), x.mean(axis=0)
    rest = x - subjects[:, None] - raters[None, :] + grand
    # Equal ratings leave rounding, not variance.
    floor = 1e-12 * max(1.0, float((x**2).sum()))

    def mean_square(total: float, freedom: int) -> float:
        return 0.0 if total < floor else total / freedom

    return (
        mean_square(float(k * ((subjects - grand) ** 2).sum()), n - 1),
        mean_square(float(n * ((raters - grand) ** 2).sum()), k - 1),
        mean_square(float((rest**2).sum()), (n - 1) * (k - 1)),
    )


def _random_raters_interval(
    value: float, n: int, k: int, between: float, by_rater: float, residual: float, level: float
) -> Interval:
    """Return the interval of ICC(2,1) by Satterthwaite's degrees of freedom."""
    tail = (1 - level) / 2
    # At a coefficient of one the weights below are infinite; the interval is taken beside it.
    value = min(value, 1 - 1e-9)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    mixed = a * by_rater + b * residual
    freedom = mixed**2 / ((a * by_rater) ** 2 / (k - 1) + (b * residual) ** 2 / ((n - 1) * (k - 1)))
    f_low = float(fdtri(n - 1, freedom, 1 - tail))
    f_high = float(fdtri(freedom, n - 1, 1 - tail))
    rest = k * by_rater + (k * n - k - n) * residual
    if rest <= 0:
        return Interval(-1.0, 1.0, level)
    # With hardly any freedom the lower F is infinite; this is the limit.
    low = -n * residual / rest
    if np.isfinite(f_low):
        low = n * (between - f_low * residual) / (f_low * rest + n * between)
    high = n * (f_high * between - residual) / (rest + n * f_high * between)
    low, high = min(low, value), max(high, value)
    return Interval(max(-1.0, float(low)), min(1.0, float(high)), level)
