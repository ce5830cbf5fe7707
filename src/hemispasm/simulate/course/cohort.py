"""Cohorts and trials of simulated patients: who they are, what a visit records, what is true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from hemispasm.simulate.course.decompression import (
    RESULTS,
    centre_profile,
    days_until_lost,
    draw_results,
    operate_all,
)
from hemispasm.simulate.course.laws import follow_days, laws_of
from hemispasm.simulate.course.parameters import default_settings
from hemispasm.simulate.course.patient import spasm_rate
from hemispasm.simulate.course.patients import draw_patients
from hemispasm.simulate.course.rows import toxin_traits
from hemispasm.simulate.course.toxin import ToxinCycle, doses, release_of_many
from hemispasm.simulate.course.trial import TREATMENT_DAY, TRIALS, Trial
from hemispasm.simulate.population.condition import MUSCLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.decompression import CentreProfile
    from hemispasm.simulate.course.parameters import CourseSettings
    from hemispasm.simulate.course.patients import Patients
    from hemispasm.simulate.course.trial import Arm

    Floats = NDArray[np.float64]

CHUNK = 1000
WATERMARK = "SIMULATED"


@dataclass(frozen=True)
class Truths:
    """What is true of patients at visits; arrays of shape (patients, visits).

    Attributes
    ----------
    rate_per_min : ndarray
        Spasms that the nerve makes.
    visible_rate_per_min : ndarray
        Spasms that toxin leaves visible.
    spasm : ndarray of bool
        There are spasms by the criterion of the centre.
    lateral_spread : ndarray of bool
        In the direction that the surgeon would monitor, awake.
    release : ndarray
        Share of release left in the orbicularis oculi.
    result : ndarray of int, shape (patients,)
        What the operation did, an index into ``RESULTS``; -1 without one.
    """

    rate_per_min: Floats
    visible_rate_per_min: Floats
    spasm: NDArray[np.bool_]
    lateral_spread: NDArray[np.bool_]
    release: Floats
    result: NDArray[np.int8]


@dataclass(frozen=True)
class CohortTable:
    """A cohort or trial: what was recorded, and what is true.

    Attributes
    ----------
    trial : Trial
    centre : CentreProfile
    seed : int
    arm : ndarray of int, shape (patients,)
        Index into the arms of the trial.
    age_years : ndarray of float
    sex : ndarray of str
        ``f`` or ``m``.
    duration_years : ndarray of float
        From the first spasms to the first visit.
    count : ndarray of float, shape (patients, visits)
        Spasms counted in the recording of a visit; nan where it is missing.
    spasm_free : ndarray of float, shape (patients, visits)
        1, 0, or nan where the visit is missing.
    missing : ndarray of str, shape (patients, visits)
        Empty, ``missed`` or ``left``.
    truth : Truths
    """

    trial: Trial
    centre: CentreProfile
    seed: int
    arm: NDArray[np.int64]
    age_years: Floats
    sex: NDArray[np.str_]
    duration_years: Floats
    count: Floats
    spasm_free: Floats
    missing: NDArray[np.str_]
    truth: Truths

    def __len__(self) -> int:
        return len(self.arm)

    @property
    def rate_per_min(self) -> Floats:
        """Spasms counted per minute of recording; nan where the visit is missing."""
        rate: Floats = self.count / self.trial.recorded_min
        return rate


def draw_cohort(
    n: int,
    seed: int,
    centre: str = "pooled",
    trial: Trial | None = None,
    settings: CourseSettings | None = None,
) -> CohortTable:
    """Draw patients, randomise and treat them, and visit them.

    Parameters
    ----------
    n, seed : int
        How many patients, and which: the same seed gives the same table.
    centre : str
        Whose operations and whose word for spasm-free: ``centre_a`` or ``pooled``.
    trial : Trial, optional
        By default nobody is treated.
    settings : CourseSettings, optional
        Defaults with changes.

    Returns
    -------
    CohortTable

    Raises
    ------
    UsageError
        There is no such centre.

    Examples
    --------
    >>> table = draw_cohort(40, seed=1, trial=TRIALS["toxin"])
    >>> table.count.shape, sorted(set(table.arm.tolist()))
    ((40, 4), [0, 1])
    """
    chosen, plan = settings or default_settings(), trial or TRIALS["untreated"]
    profile = centre_profile(centre, chosen)
    people = draw_patients(n, seed, chosen)
    rng = np.random.default_rng([seed, 17])
    arm = _randomise(n, plan, rng)
    truth = _follow(people, arm, plan, profile, chosen)
    missing = _missing(truth, plan, rng)
    count = _counts(truth, plan, rng, chosen)
    gone = missing != ""
    age, spread = chosen.pair("person.age_years")
    women = chosen.number("person.women")
    return CohortTable(
        trial=plan,
        centre=profile,
        seed=seed,
        arm=arm,
        age_years=np.clip(age + spread * people.normal("age"), 18.0, 85.0) + people.duration_years,
        sex=np.where(ndtr(people.normal("sex")) < women, "f", "m"),
        duration_years=people.duration_years,
        count=np.where(gone, np.nan, count),
        spasm_free=np.where(gone, np.nan, (~truth.spasm).astype(np.float64)),
        missing=missing,
        truth=truth,
    )


def _randomise(n: int, trial: Trial, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the arm of each patient, in permuted blocks."""
    block = np.repeat(np.arange(len(trial.arms)), [arm.weight for arm in trial.arms])
    blocks = -(-n // len(block))
    order = rng.permuted(np.tile(block, (blocks, 1)), axis=1)
    return order.ravel()[:n].astype(np.int64)


def _follow(
    people: Patients,
    arm: NDArray[np.int64],
    trial: Trial,
    profile: CentreProfile,
    settings: CourseSettings,
) -> Truths:
    """Return what is true of each patient at each visit."""
    visits = np.array(trial.visits, dtype=np.int64)
    n, shape = len(people), (len(people), len(visits))
    truth = Truths(
        np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.bool_),
        np.zeros(shape, dtype=np.bool_), np.ones(shape), np.full(n, -1, dtype=np.int8),
    )  # fmt: skip
    for index, each in enumerate(trial.arms):
        own = np.flatnonzero(arm == index)
        for k in range(0, len(own), CHUNK):
            rows = own[k : k + CHUNK]
            _follow_arm(people.take(rows), each, visits, profile, settings, truth, rows)
    return truth


def _follow_arm(
    some: Patients,
    arm: Arm,
    visits: NDArray[np.int64],
    profile: CentreProfile,
    settings: CourseSettings,
    truth: Truths,
    rows: NDArray[np.intp],
) -> None:
    """Fill in what is true of some patients of one arm."""
    relieved, day = np.zeros(len(some)), -1
    if arm.treatment == "decompression":
        complete = profile.complete if arm.complete is None else arm.complete
        partial = profile.partial if arm.partial is None else arm.partial
        own = replace(profile, complete=complete, partial=min(partial, 1.0 - complete))
        truth.result[rows], relieved = draw_results(some, own, settings)
        day = TREATMENT_DAY
    traces = follow_days(
        some.vessel, some.state, operate_all(day, relieved, days_until_lost(some, settings)),
        int(visits[-1]) + 1, False, some.traits, laws_of(settings),
    )[:, :, visits].astype(np.float64)  # fmt: skip
    drive, block, crossing = traces
    rate = spasm_rate(np.maximum(drive - 1.0 - block, 0.0), settings)
    release = np.ones((*rate.shape, len(MUSCLES)))
    if arm.treatment == "toxin":
        starts = [TREATMENT_DAY + k * arm.every_days for k in range(arm.rounds)]
        cycles = [ToxinCycle(start, arm.given_units()) for start in starts]
        sensitivity, half_life = toxin_traits(some, settings)
        release = release_of_many(
            doses(cycles, settings), np.array(starts, dtype=np.float64), visits,
            sensitivity, half_life, settings,
        ).astype(np.float64)  # fmt: skip
    share = np.array(settings.row("visit.muscle_weight"))
    truth.rate_per_min[rows] = rate
    truth.visible_rate_per_min[rows] = rate * (release @ (share / share.sum()))
    truth.spasm[rows] = drive > profile.criterion + block
    truth.lateral_spread[rows] = crossing > some.spread_from[:, :1] * (1.0 + block)
    truth.release[rows] = release[:, :, 1]


def _missing(truth: Truths, trial: Trial, rng: np.random.Generator) -> NDArray[np.str_]:
    """Return why a visit has no recording: missed at random, or the patient has left."""
    shape = truth.spasm.shape
    missed, leaving = rng.random(shape), rng.random(shape)
    leaves = leaving < trial.dropout + trial.dropout_with_spasm * truth.spasm
    leaves[:, 0] = False
    left = np.logical_or.accumulate(leaves, axis=1)
    absent = missed < trial.missed
    absent[:, 0] = False
    why: NDArray[np.str_] = np.where(left, "left", np.where(absent, "missed", ""))
    return why


def _counts(
    truth: Truths, trial: Trial, rng: np.random.Generator, settings: CourseSettings
) -> Floats:
    """Return the spasms counted at each visit: days differ, and counts vary by chance."""
    spread = settings.number("visit.day_spread")
    day = np.exp(spread * rng.standard_normal(truth.spasm.shape) - spread**2 / 2.0)
    mean = truth.visible_rate_per_min * trial.recorded_min * day
    return rng.poisson(mean).astype(np.float64)


def table_columns(table: CohortTable) -> dict[str, list[Any]]:
    """Return what a trial would have in hand, one entry per patient and visit.

    The first column says of every row that it is simulated.
    """
    visits = len(table.trial.visits)
    n = len(table)
    names = [arm.name for arm in table.trial.arms]

    def each(values: NDArray[np.generic]) -> list[Any]:
        return np.repeat(values, visits).tolist()

    return {
        "simulated": [WATERMARK] * (n * visits),
        "patient": each(np.char.add("sim-", np.char.zfill(np.arange(1, n + 1).astype(str), 5))),
        "arm": each(np.array(names)[table.arm]),
        "age_years": each(np.round(table.age_years, 1)),
        "sex": each(table.sex),
        "duration_years": each(table.duration_years),
        "day": list(table.trial.visits) * n,
        "recorded_min": [table.trial.recorded_min] * (n * visits),
        "spasm_count": _or_none(table.count),
        "spasm_free": _or_none(table.spasm_free),
        "missing": table.missing.ravel().tolist(),
    }


def truth_columns(table: CohortTable) -> dict[str, list[Any]]:
    """Return what is true, one entry per patient and visit, beside `table_columns`."""
    visits, truth = len(table.trial.visits), table.truth
    shown = table_columns(table)
    results = np.array([*RESULTS, ""])[truth.result]
    return {
        **{name: shown[name] for name in ("simulated", "patient", "arm", "day")},
        "rate_per_min": np.round(truth.rate_per_min, 4).ravel().tolist(),
        "visible_rate_per_min": np.round(truth.visible_rate_per_min, 4).ravel().tolist(),
        "spasm": truth.spasm.astype(int).ravel().tolist(),
        "lateral_spread": truth.lateral_spread.astype(int).ravel().tolist(),
        "release_oculi": np.round(truth.release, 4).ravel().tolist(),
        "operation": np.repeat(results, visits).tolist(),
    }


def _or_none(values: Floats) -> list[Any]:
    return [None if np.isnan(v) else int(v) for v in values.ravel()]
