"""Power of a planned trial, by simulating it many times, and how far the answer can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtr

from hemispasm.model.errors import UsageError
from hemispasm.simulate.course.cohort import draw_cohort
from hemispasm.simulate.course.parameters import fitting_settings
from hemispasm.stats import Interval, wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.cohort import CohortTable
    from hemispasm.simulate.course.parameters import CourseSettings
    from hemispasm.simulate.course.trial import Trial

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Power:
    """How often a trial of this size would have shown a difference of its first two arms.

    Attributes
    ----------
    power : float
        Share of simulated trials with p below the level, 0 to 1.
    interval : Interval
        Of the power, for the limited number of simulated trials (Wilson).
    model_range : Interval or None
        Central 95 % of the power over parameter sets that fit the published rows about as well:
        the power, moved by what each set changes in the same trials; None where not asked for.
    significant, trials, patients : int
        Trials with p below the level, trials simulated, patients of each.
    effect : float
        Mean difference of the outcome, second arm minus first.
    """

    power: float
    interval: Interval
    model_range: Interval | None
    significant: int
    trials: int
    patients: int
    effect: float


def simulate_power(
    trial: Trial,
    patients: int,
    seed: int,
    centre: str = "pooled",
    *,
    trials: int = 400,
    level: float = 0.05,
    over_models: bool = False,
    settings: CourseSettings | None = None,
) -> Power:
    """Simulate a trial many times.

    Parameters
    ----------
    trial : Trial
        With two arms or more; the first two are compared at the primary visit.
    patients : int
        In all arms together.
    seed : int
    centre : str
        ``centre_a`` or ``pooled``.
    trials : int
        How many.
    level : float
        Two-sided level of the test: Welch's t-test of the change of log(1 + rate), or a test of
        two proportions. Patients without the visit are left out, as a simple analysis does.
    over_models : bool
        Also simulate under every stored parameter set that fits about as well.
    settings : CourseSettings, optional
        Defaults with changes.

    Returns
    -------
    Power

    Raises
    ------
    UsageError
        There is nothing to compare (``one_arm``), or too few patients (``few_patients``).

    Examples
    --------
    >>> from hemispasm.simulate.course.trial import named_trial
    >>> simulate_power(named_trial("toxin"), 40, seed=1, trials=20).power > 0.5
    True
    """
    if len(trial.arms) < 2:
        raise UsageError("one_arm", "Power compares two arms.", "Give the trial a second arm.")
    if patients < 2 * len(trial.arms):
        raise UsageError("few_patients", "Each arm needs two patients.", "Plan more patients.")
    hits, effect = _run(trial, patients, seed, centre, trials, level, settings)
    ranged = None
    if over_models:
        fewer = max(50, trials // 4)
        # The same trials under each set: what they share by chance falls out of the difference.
        here, *others = (
            _run(trial, patients, seed, centre, fewer, level, each)[0] / fewer
            for each in (settings, *fitting_settings())
        )
        low, high = np.percentile(np.array(others) - here, [2.5, 97.5])
        ends = np.clip(hits / trials + np.array([min(low, 0.0), max(high, 0.0)]), 0.0, 1.0)
        ranged = Interval(float(ends[0]), float(ends[1]))
    return Power(
        hits / trials, wilson_interval(hits, trials), ranged, hits, trials, patients, effect
    )


def _run(
    trial: Trial,
    patients: int,
    seed: int,
    centre: str,
    trials: int,
    level: float,
    settings: CourseSettings | None,
) -> tuple[int, float]:
    """Return the trials with p below the level, and the mean effect."""
    # One large draw, cut into trials: blocks of randomisation may straddle two trials.
    table = draw_cohort(patients * trials, seed, centre, trial, settings)
    outcome = _outcome(table).reshape(trials, patients)
    arm = table.arm.reshape(trials, patients)
    test = _welch_p if trial.outcome == "rate" else _proportions_p
    hits, effects = 0, []
    for values, arms in zip(outcome, arm, strict=True):
        here = ~np.isnan(values)
        first, second = values[here & (arms == 0)], values[here & (arms == 1)]
        if min(len(first), len(second)) < 2:
            continue
        hits += int(test(first, second) < level)
        effects.append(second.mean() - first.mean())
    return hits, float(np.mean(effects)) if effects else float("nan")


def _outcome(table: CohortTable) -> Floats:
    """Return each patient's outcome at the primary visit."""
    place = table.trial.visits.index(table.trial.primary_day)
    if table.trial.outcome == "spasm_free":
        free: Floats = table.spasm_free[:, place]
        return free
    rate = np.log1p(table.rate_per_min)
    change: Floats = rate[:, place] - rate[:, 0]
    return change


def _welch_p(first: Floats, second: Floats) -> float:
    """Return the two-sided p of Welch's t-test."""
    parts = first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)
    error = sum(parts)
    if error <= 0.0:
        return 1.0 if first.mean() == second.mean() else 0.0
    t = (second.mean() - first.mean()) / np.sqrt(error)
    freedom = error**2 / (parts[0] ** 2 / (len(first) - 1) + parts[1] ** 2 / (len(second) - 1))
    return float(2.0 * stdtr(freedom, -abs(t)))


def _proportions_p(first: Floats, second: Floats) -> float:
    """Return the two-sided p of the pooled test of two proportions."""
    pooled = (first.sum() + second.sum()) / (len(first) + len(second))
    error = pooled * (1.0 - pooled) * (1.0 / len(first) + 1.0 / len(second))
    if error <= 0.0:
        return 1.0
    return float(2.0 * ndtr(-abs(second.mean() - first.mean()) / np.sqrt(error)))
