"""The course of one patient over days to years, and the state of the nerve on any of its days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.course.decompression import (
    RESULTS,
    CentreProfile,
    Decompression,
    Result,
    centre_profile,
    days_until_lost,
    draw_results,
    relieved_share,
)
from hemispasm.simulate.course.laws import Operations, follow_days, laws_of
from hemispasm.simulate.course.parameters import CourseSettings, default_settings
from hemispasm.simulate.course.patients import Patients, draw_patients
from hemispasm.simulate.course.toxin import ToxinCycle, doses, release_after
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoursePatient:
    """One person with hemifacial spasm on the day of the first visit.

    Attributes
    ----------
    people : Patients
        A cohort of this one person.
    seed : int
        What made the person.
    centre : CentreProfile
        Where the person would be operated.
    planned : str
        What an operation there would do: ``complete``, ``partial`` or ``failed``.
    contact_place : tuple of float
        Centre of the contact on the cross-section of the root (unit disc); y is towards the fibres
        of the upper face.
    toxin_sensitivity : float
        Answer to a unit of toxin, 1 at the median.
    light_chain_half_life_d : float
    settings : CourseSettings
    """

    people: Patients
    seed: int
    centre: CentreProfile
    planned: Result
    contact_place: tuple[float, float]
    toxin_sensitivity: float
    light_chain_half_life_d: float
    settings: CourseSettings

    @property
    def duration_years(self) -> float:
        """Years from the first spasms to the visit."""
        return float(self.people.duration_years[0])

    @property
    def atypical(self) -> bool:
        """Whether spasms began in the lower face."""
        return bool(self.people.atypical[0])


@dataclass(frozen=True)
class CourseRun:
    """The course of one patient, one value per day from the first visit on.

    Attributes
    ----------
    patient : CoursePatient
    treatments : tuple
        What was done.
    pressure, bare, reach, nuclear : ndarray
        Pressure on the nerve, bare share of the patch, reach of the contact, nuclear gain.
    coupling : ndarray
        Crossing between fibres, 0 to 1 (fast part times the square of the bare share).
    drive, block : ndarray
        Spasms come while the drive exceeds one plus the transient block of conduction.
    spasms : ndarray of bool
    rate_per_min : ndarray
        Spasms per minute at rest, as the nerve makes them, before toxin.
    lateral_spread : ndarray of bool, shape (days, 2)
        Seen awake, in the direction that the surgeon monitors and in the other.
    lateral_spread_in_theatre : ndarray of bool, shape (days, 2)
        The same if the patient were anaesthetised on that day, as during an operation.
    afterdischarge : ndarray of bool
        A stimulus starts repeated firing of the patch.
    release : ndarray, shape (days, 6)
        Share of release that toxin leaves in each muscle.
    """

    patient: CoursePatient
    treatments: tuple[ToxinCycle | Decompression, ...]
    pressure: Floats
    bare: Floats
    reach: Floats
    nuclear: Floats
    coupling: Floats
    drive: Floats
    block: Floats
    spasms: NDArray[np.bool_]
    rate_per_min: Floats
    lateral_spread: NDArray[np.bool_]
    lateral_spread_in_theatre: NDArray[np.bool_]
    afterdischarge: NDArray[np.bool_]
    release: Floats

    @property
    def days(self) -> int:
        """How many days were followed."""
        return len(self.drive)


def draw_course(
    seed: int, centre: str = "pooled", settings: CourseSettings | None = None
) -> CoursePatient:
    """Draw one person who comes to a clinic because of spasms.

    Parameters
    ----------
    seed : int
        The same seed gives the same person, and the same operation at the same centre.
    centre : str
        Name of a centre's profile.
    settings : CourseSettings, optional
        Defaults with changes.

    Returns
    -------
    CoursePatient

    Raises
    ------
    UsageError
        There is no such centre.

    Examples
    --------
    >>> draw_course(3).planned in ("complete", "partial", "failed")
    True
    """
    chosen = settings or default_settings()
    profile = centre_profile(centre, chosen)
    people = draw_patients(1, seed, chosen)
    result, _ = draw_results(people, profile, chosen)
    half_life = chosen.number("toxin.light_chain_half_life_d") * np.exp(
        chosen.number("toxin.half_life_spread") * people.normal("half_life")[0]
    )
    return CoursePatient(
        people=people,
        seed=seed,
        centre=profile,
        planned=RESULTS[int(result[0])],
        contact_place=(float(people.place[0, 0]), float(people.place[0, 1])),
        toxin_sensitivity=float(
            np.exp(chosen.number("toxin.sensitivity_spread") * people.normal("sensitivity")[0])
        ),
        light_chain_half_life_d=float(half_life),
        settings=chosen,
    )


def run_course(
    patient: CoursePatient,
    days: int,
    treatments: tuple[ToxinCycle | Decompression, ...] = (),
) -> CourseRun:
    """Follow one patient from the first visit on.

    Parameters
    ----------
    patient : CoursePatient
    days : int
        How many; the vessel is drawn for fifteen years and stays where it is after them.
    treatments : tuple of ToxinCycle or Decompression
        In any order, on days from the first visit.

    Returns
    -------
    CourseRun

    Examples
    --------
    >>> run = run_course(draw_course(1), 400, (Decompression(10, "complete"),))
    >>> bool(run.coupling[11] < run.coupling[9]), run.release.shape
    (True, (400, 6))
    """
    people, settings = patient.people, patient.settings
    operations = [done for done in treatments if isinstance(done, Decompression)]
    traces = follow_days(
        people.vessel, people.state, _operations(patient, operations), days, True,
        people.traits, laws_of(settings),
    )[:, 0].astype(np.float64)  # fmt: skip
    drive, block, crossing, pressure, bare, reach, nuclear = traces
    excess = np.maximum(drive - 1.0 - block, 0.0)
    patch = drive - people.traits.nuclear_weight[0] * nuclear
    seen_from = people.spread_from[0] * (1.0 + block[:, None])
    anaesthesia = settings.number("coupling.anaesthesia")
    return CourseRun(
        patient=patient,
        treatments=treatments,
        pressure=pressure,
        bare=bare,
        reach=reach,
        nuclear=nuclear,
        coupling=crossing,
        drive=drive,
        block=block,
        spasms=excess > 0.0,
        rate_per_min=spasm_rate(excess, settings),
        lateral_spread=crossing[:, None] > seen_from,
        lateral_spread_in_theatre=crossing[:, None] > anaesthesia * seen_from,
        afterdischarge=patch > settings.number("drive.provoked_from") * (1.0 + block),
        release=_release(patient, treatments, days),
    )


def spasm_rate(excess: Floats, settings: CourseSettings | None = None) -> Floats:
    """Return spasms per minute from the excess of the drive over what spasms need."""
    largest, half = (settings or default_settings()).pair("drive.rate_per_min")
    rate: Floats = largest * excess / (excess + half)
    return rate


def condition_on(run: CourseRun, day: int) -> NerveCondition:
    """Return the nerve on one day, as the population of motor units takes it.

    Parameters
    ----------
    run : CourseRun
    day : int
        From the first visit, below ``run.days``.

    Returns
    -------
    NerveCondition
        Without spasms the ectopic gain is 0; coupling falls at once when the pressure goes.

    Raises
    ------
    UsageError
        The course was not followed that far (``course_day``).

    Examples
    --------
    >>> run = run_course(draw_course(1), 30)
    >>> condition_on(run, 3).ephaptic_r > 0.0
    True
    """
    if not 0 <= day < run.days:
        raise UsageError(
            "course_day", f"Day {day} is not part of this course.", "Follow it for longer."
        )
    settings = run.patient.settings
    bare = float(run.bare[day])
    busy = float(run.rate_per_min[day]) / settings.pair("drive.rate_per_min")[0]
    return NerveCondition(
        compression=float(np.clip(run.pressure[day], 0.0, 1.0)),
        bareness=float(np.clip(settings.number("bare.scale") * bare, 0.0, 1.0)),
        contact_place=run.patient.contact_place,
        contact_radius=float(run.reach[day]),
        ephaptic_r=settings.number("coupling.r_at_full") * float(run.coupling[day]),
        ectopic_gain=settings.number("drive.ectopic_gain") * busy,
        nuclear_gain=float(np.clip(settings.number("nucleus.scale") * run.nuclear[day], 0.0, 1.0)),
        release={m: float(run.release[day, k]) for k, m in enumerate(MUSCLES)},
    )


def _operations(patient: CoursePatient, operations: list[Decompression]) -> Operations:
    """Return the operations of one patient; a result that is not given is the planned one."""
    shares = []
    for done in operations:
        index = RESULTS.index(done.result or patient.planned)
        chosen = relieved_share(patient.people, np.array([index], dtype=np.int8), patient.settings)
        shares.append(float(chosen[0]))
    days = np.array([[done.day for done in operations]], dtype=np.int64)
    after = int(days_until_lost(patient.people, patient.settings)[0])
    lost = np.where(after >= 0, days + after, -1).astype(np.int64)
    return Operations(days, np.array([shares]), lost)


def _release(
    patient: CoursePatient, treatments: tuple[ToxinCycle | Decompression, ...], days: int
) -> Floats:
    cycles = [done for done in treatments if isinstance(done, ToxinCycle)]
    if not cycles:
        return np.ones((days, len(MUSCLES)))
    return release_after(
        doses(cycles, patient.settings),
        np.array([float(cycle.day) for cycle in cycles]),
        days,
        patient.settings,
        sensitivity=patient.toxin_sensitivity,
        half_life_d=patient.light_chain_half_life_d,
    )
