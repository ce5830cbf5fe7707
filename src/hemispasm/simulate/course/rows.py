"""Virtual patients for the rows of the table of behaviour: patients in, findings of each out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from hemispasm.simulate.course.decompression import (
    centre_profile,
    days_until_lost,
    draw_results,
    operate_all,
    operate_nobody,
)
from hemispasm.simulate.course.laws import follow_days, laws_of
from hemispasm.simulate.course.outcomes import OUTCOMES, judge
from hemispasm.simulate.course.parameters import default_settings
from hemispasm.simulate.course.patients import draw_patients, muscle_exposure
from hemispasm.simulate.course.toxin import doses, effect_of, release_after, usual_cycle
from hemispasm.simulate.course.untreated import CHANGES, Untreated, untreated_cohort
from hemispasm.simulate.population.condition import MUSCLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.parameters import CourseSettings
    from hemispasm.simulate.course.patients import Patients

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

CHUNK = 1000
LONGEST_CYCLE_D = 400
RELIEF_EDGES_D = (7.0, 30.0, 90.0, 180.0, 365.0)
"""Edges of the published times to relief; the last class is later than all of them."""
UPPER = (0, 1)
__all__ = [
    "CHANGES",
    "RELIEF_EDGES_D",
    "Decompressed",
    "Presented",
    "ToxinCohort",
    "Untreated",
    "clinic_cohort",
    "decompressed_cohort",
    "toxin_cohort",
    "untreated_cohort",
]


@dataclass(frozen=True)
class Decompressed:
    """Patients after decompression, one entry each; days count from the operation.

    Attributes
    ----------
    relief_day : ndarray of float
        nan where relief never came.
    outcome : ndarray of str
        ``complete``, ``partial`` or ``none`` at two years.
    lsr_before, lsr_at_end : ndarray of bool
        As monitored under anaesthesia, before and at the end of the operation.
    directions_before, directions_week, directions_months : ndarray of int
        In how many of the two directions it is seen awake: before the operation, after a week and
        at two to eight months.
    lsr_month : ndarray of bool
        In the monitored direction after a month, awake.
    afterdischarge_before, afterdischarge_week, afterdischarge_months : ndarray of bool
        A stimulus starts repeated firing, on the same days.
    spasm_discharge, spasm_3_months, spasm_1_year : ndarray of bool
        By the centre's own criterion.
    silent_days : ndarray of float
        Silence right after the operation, where spasms came back before relief; nan otherwise.
    recurrence_day : ndarray of float
        First spasm after relief; nan where none came within five years.
    """

    relief_day: Floats
    outcome: NDArray[np.str_]
    lsr_before: Bools
    lsr_at_end: Bools
    directions_before: NDArray[np.int64]
    directions_week: NDArray[np.int64]
    directions_months: NDArray[np.int64]
    lsr_month: Bools
    afterdischarge_before: Bools
    afterdischarge_week: Bools
    afterdischarge_months: Bools
    spasm_discharge: Bools
    spasm_3_months: Bools
    spasm_1_year: Bools
    silent_days: Floats
    recurrence_day: Floats

    def __len__(self) -> int:
        return len(self.relief_day)

    def relief_classes(self) -> NDArray[np.int64]:
        """Return how many of the patients with complete relief fall between the published edges."""
        days = self.relief_day[(self.outcome == "complete") & ~np.isnan(self.relief_day)]
        return np.bincount(np.searchsorted(RELIEF_EDGES_D, days, side="right"), minlength=6)


def decompressed_cohort(
    n: int,
    seed: int,
    centre: str = "pooled",
    settings: CourseSettings | None = None,
    *,
    years: float = 5.0,
    judged_by: str | None = None,
) -> Decompressed:
    """Operate on patients at the visit, and follow them.

    Parameters
    ----------
    n, seed : int
        How many, and which.
    centre : str
        ``centre_a`` or ``pooled``.
    settings : CourseSettings, optional
        Defaults with changes.
    years : float
        How long, at least 2.3; shorter than five years sees fewer recurrences.
    judged_by : str, optional
        Centre whose word for spasm-free judges the results; by default the one that operates.

    Returns
    -------
    Decompressed

    Examples
    --------
    >>> found = decompressed_cohort(40, seed=1, years=2.3)
    >>> len(found), int(found.relief_classes().sum()) <= 40
    (40, True)
    """
    chosen = settings or default_settings()
    people = draw_patients(n, seed, chosen)
    days = int(years * 365.25)
    parts = [
        _decompress(people.take(slice(k, k + CHUNK)), centre, judged_by or centre, days, chosen)
        for k in range(0, n, CHUNK)
    ]
    names = Decompressed.__dataclass_fields__
    return Decompressed(**{m: np.concatenate([getattr(p, m) for p in parts]) for m in names})


def _decompress(
    people: Patients, centre: str, judged_by: str, days: int, settings: CourseSettings
) -> Decompressed:
    """Operate on one chunk of patients."""
    profile = centre_profile(centre, settings)
    _, relieved = draw_results(people, profile, settings)
    laws, n = laws_of(settings), len(people)
    untreated = follow_days(
        people.vessel, people.state, operate_nobody(n), 1, True, people.traits, laws
    )
    operations = operate_all(0, relieved, days_until_lost(people, settings))
    traces = follow_days(people.vessel, people.state, operations, days, True, people.traits, laws)
    before = untreated[0, :, 0].astype(np.float64)
    found = judge(traces, before, centre_profile(judged_by, settings).criterion, settings)
    rows = np.arange(n)
    months = (60 + np.floor(181 * ndtr(people.normal("later_day")))).astype(np.int64)
    discharge = int(settings.number("judged.discharge_day"))
    # In theatre a response has to stand out under anaesthesia as well.
    asleep = settings.number("coupling.anaesthesia") * people.spread_from[:, 0]
    patch = traces[0] - people.traits.nuclear_weight[:, None] * traces[6]
    fires = untreated[0, :, 0] - people.traits.nuclear_weight * untreated[6, :, 0]
    provoked = settings.number("drive.provoked_from")

    def seen(day: NDArray[np.int64]) -> Bools:
        """Return in which directions the spread is seen on a day of each patient, awake."""
        height = people.spread_from * (1.0 + traces[1, rows, day][:, None])
        crossed: Bools = traces[2, rows, day][:, None] > height
        return crossed

    def discharging(day: NDArray[np.int64]) -> Bools:
        """Return in whom a stimulus starts repeated firing on a day of each patient."""
        sustained: Bools = patch[rows, day] > provoked * (1.0 + traces[1, rows, day])
        return sustained

    week, month = np.full(n, 7), np.full(n, 30)
    return Decompressed(
        relief_day=found.relief_day,
        outcome=np.array(OUTCOMES)[found.outcome],
        lsr_before=untreated[2, :, 0] > asleep,
        lsr_at_end=traces[2, :, 0] > asleep * (1.0 + traces[1, :, 0]),
        directions_before=(untreated[2, :, :1] > people.spread_from).sum(axis=1),
        directions_week=seen(week).sum(axis=1),
        directions_months=seen(months).sum(axis=1),
        lsr_month=seen(month)[:, 0],
        afterdischarge_before=fires > provoked,
        afterdischarge_week=discharging(week),
        afterdischarge_months=discharging(months),
        spasm_discharge=found.spasm[:, discharge],
        spasm_3_months=found.spasm[:, 91],
        spasm_1_year=found.spasm[:, 365],
        silent_days=found.silent_days,
        recurrence_day=found.recurrence_day,
    )


@dataclass(frozen=True)
class Presented:
    """Patients on the day they come to the clinic.

    Attributes
    ----------
    upper_first : ndarray of bool
        The first spasms were of the upper face.
    both_regions : ndarray of bool
        Upper and lower face take part by now.
    duration_years : ndarray of float
        Since the first spasms.
    """

    upper_first: Bools
    both_regions: Bools
    duration_years: Floats


def clinic_cohort(n: int, seed: int, settings: CourseSettings | None = None) -> Presented:
    """Return where spasms began and where they are at the visit.

    A muscle takes part when its axons are exposed to a set share of those exposed most.

    Examples
    --------
    >>> bool(clinic_cohort(200, seed=1).upper_first.mean() > 0.8)
    True
    """
    chosen = settings or default_settings()
    people = draw_patients(n, seed, chosen)
    first = np.argmax(muscle_exposure(people.place, people.onset_reach), axis=1)
    return Presented(
        upper_first=np.isin(first, UPPER),
        both_regions=both_regions(people, chosen),
        duration_years=people.duration_years,
    )


def both_regions(people: Patients, settings: CourseSettings) -> Bools:
    """Return in whom muscles of the upper and of the lower face take part at the visit."""
    exposure = muscle_exposure(people.place, people.state.reach)
    most = exposure.max(axis=1, keepdims=True)
    part = exposure >= settings.number("contact.involved_from") * most
    upper = np.isin(np.arange(len(MUSCLES)), UPPER)
    both: Bools = np.logical_and(part[:, upper].any(axis=1), part[:, ~upper].any(axis=1))
    return both


@dataclass(frozen=True)
class ToxinCohort:
    """Patients over cycles of toxin.

    Attributes
    ----------
    onset_d : ndarray of float, shape (patients,)
        Days until the effect of the first cycle is noticed, in the muscle injected most.
    duration_weeks : ndarray of float, shape (patients, cycles)
    block_at_20_units : ndarray of float, shape (patients,)
        Largest block of release after 20 units into one muscle, 0 to 1.
    """

    onset_d: Floats
    duration_weeks: Floats
    block_at_20_units: Floats


def toxin_cohort(
    n: int, seed: int, settings: CourseSettings | None = None, *, cycles: int = 10
) -> ToxinCohort:
    """Give usual rounds of toxin, each a while after the first wore off, and read their effect.

    Onset and duration are nan in patients who notice no effect.

    Examples
    --------
    >>> toxin_cohort(3, seed=1, cycles=2).duration_weeks.shape
    (3, 2)
    """
    chosen = settings or default_settings()
    people = draw_patients(n, seed, chosen)
    usual = doses([usual_cycle(0)], chosen)
    units = float(usual.max())
    onset, weeks, most = np.full(n, np.nan), np.full((n, cycles), np.nan), np.zeros(n)
    for i, (sensitivity, half_life) in enumerate(zip(*toxin_traits(people, chosen), strict=True)):

        def blocked(
            dose: float, on_days: Floats, days: int, s: float = sensitivity, h: float = half_life
        ) -> Floats:
            """Return the block of one muscle of this patient on each day."""
            given = np.full((len(on_days), 1), dose)
            left = release_after(given, on_days, days, chosen, sensitivity=s, half_life_d=h)
            return 1.0 - left[:, 0]

        most[i] = blocked(20.0, np.zeros(1), 60).max()
        first = effect_of(blocked(units, np.zeros(1), LONGEST_CYCLE_D))
        onset[i] = first.onset_d
        if np.isnan(first.end_d):
            continue
        apart = int(np.ceil(first.end_d + chosen.number("toxin.days_between")))
        block = blocked(units, apart * np.arange(cycles, dtype=np.float64), apart * cycles)
        for k in range(cycles):
            weeks[i, k] = effect_of(block[apart * k : apart * (k + 1)]).duration_d / 7.0
    return ToxinCohort(onset, weeks, most)


def toxin_traits(people: Patients, settings: CourseSettings) -> tuple[Floats, Floats]:
    """Return each patient's sensitivity to toxin and half-life of the light chain, days."""
    sensitivity = np.exp(settings.number("toxin.sensitivity_spread") * people.normal("sensitivity"))
    half_life = settings.number("toxin.light_chain_half_life_d") * np.exp(
        settings.number("toxin.half_life_spread") * people.normal("half_life")
    )
    return sensitivity, half_life
