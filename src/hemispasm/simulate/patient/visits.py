"""Both nerves at the first visit, and what treatment made of them at the second."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.side import Side
from hemispasm.simulate.course.decompression import Decompression
from hemispasm.simulate.course.patient import CourseRun, condition_on, draw_course, run_course
from hemispasm.simulate.course.toxin import ToxinCycle, doses, release_after
from hemispasm.simulate.patient.acts import SIDES
from hemispasm.simulate.patient.parameters import numbers, pair
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.stages import condition_of_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.model.emg import Muscle
    from hemispasm.simulate.patient.options import PatientOptions

PAUSE_DAYS = 1
"""From the first visit to the treatment."""


@dataclass(frozen=True)
class PlannedVisit:
    """One visit.

    Attributes
    ----------
    number : int
        From 0.
    day : date
        When.
    days_after : int or None
        Since the treatment; None before it, and without one.
    conditions : mapping of Side to NerveCondition
        Both nerves on this day.
    """

    number: int
    day: date
    days_after: int | None
    conditions: Mapping[Side, NerveCondition]


@dataclass(frozen=True)
class PlannedCourse:
    """All visits of a patient, and the treatment between them.

    Attributes
    ----------
    visits : tuple of PlannedVisit
        One or two.
    treated : date or None
        Day of the treatment.
    units : mapping of Muscle to float
        Of toxin, per muscle and side; empty without.
    relief_day : date or None
        First day on which the nerve of the leading side has no drive for spasms after an operation.
    """

    visits: tuple[PlannedVisit, ...]
    treated: date | None = None
    units: Mapping[Muscle, float] = field(default_factory=dict)
    relief_day: date | None = None


def plan_course(options: PatientOptions) -> PlannedCourse:
    """Return the visits that the options ask for, each with the state of both nerves.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> course = plan_course(PatientOptions(treatment="toxin"))
    >>> eye = MUSCLES[1]
    >>> [visit.conditions[Side.LEFT].released(eye) < 0.6 for visit in course.visits]
    [False, True]
    """
    before = {side: nerve_before(options, side) for side in SIDES}
    first = PlannedVisit(0, options.first_day, None, before)
    if not options.has_second_visit:
        return PlannedCourse((first,))
    rng = np.random.default_rng([options.seed, 0x7669])
    name = {"none": "untreated"}.get(options.treatment, options.treatment)
    after = round(float(rng.uniform(*pair(f"visit.{name}_days"))))
    if options.treatment == "none":
        later = options.first_day + timedelta(days=after)
        return PlannedCourse((first, PlannedVisit(1, later, None, before)))
    treated = options.first_day + timedelta(days=PAUSE_DAYS)
    day = treated + timedelta(days=after)
    sides = options.affected or (options.leading,)
    if options.treatment == "toxin":
        changed = {side: _injected(before[side], options, side, after) for side in sides}
        units = injected_units(options)
        second = PlannedVisit(1, day, after, {**before, **changed})
        return PlannedCourse((first, second), treated, units)
    runs = {side: _operated(options, side, after) for side in sides[:1]}
    changed = {side: _follow(before[side], run, after) for side, run in runs.items()}
    second = PlannedVisit(1, day, after, {**before, **changed})
    relief = _relief(runs[sides[0]], before[sides[0]])
    relieved = None if relief is None else treated + timedelta(days=relief)
    return PlannedCourse((first, second), treated, relief_day=relieved)


def nerve_before(options: PatientOptions, side: Side) -> NerveCondition:
    """Return one side's nerve at the first visit."""
    if side not in options.affected:
        return NerveCondition()
    if options.condition is not None:
        return options.condition
    seed = options.seed if side is options.leading else options.seed + 1_000_003
    return condition_of_stage(options.stage, seed, atypical=options.atypical)


def injected_units(options: PatientOptions) -> dict[Muscle, float]:
    """Return units per muscle: round the eye and cheek, and the lower face where it takes part."""
    name = "eye" if options.stage == "early" else "half_face"
    given = numbers(f"toxin.{name}")
    return {muscle: units for muscle, units in zip(MUSCLES, given, strict=True) if units > 0.0}


def _injected(
    before: NerveCondition, options: PatientOptions, side: Side, after: int
) -> NerveCondition:
    """Return the same nerve; the muscles of this side release less."""
    person = draw_course(options.seed)
    left = release_after(
        doses([ToxinCycle(0, injected_units(options))]),
        np.zeros(1),
        after + 1,
        sensitivity=person.toxin_sensitivity,
        half_life_d=person.light_chain_half_life_d,
    )[-1]
    release = {m: float(before.released(m) * left[k]) for k, m in enumerate(MUSCLES)}
    return replace(before, release=release)


def _operated(options: PatientOptions, side: Side, after: int) -> CourseRun:
    seed = options.seed if side is options.leading else options.seed + 1_000_003
    done = Decompression(PAUSE_DAYS, options.result)  # type: ignore[arg-type]
    return run_course(draw_course(seed), PAUSE_DAYS + max(after, 400) + 1, (done,))


def _follow(before: NerveCondition, run: CourseRun, after: int) -> NerveCondition:
    """Return the nerve some days after the operation: each state changed as in the course."""
    then, now = condition_on(run, 0), condition_on(run, PAUSE_DAYS + after)

    def part(name: str) -> float:
        old = float(getattr(then, name))
        return float(getattr(now, name)) / old if old > 1e-9 else 0.0

    return replace(
        before,
        compression=float(np.clip(before.compression * part("compression"), 0.0, 1.0)),
        bareness=float(np.clip(before.bareness * part("bareness"), 0.0, 1.0)),
        contact_radius=before.contact_radius * part("contact_radius"),
        ephaptic_r=before.ephaptic_r * part("ephaptic_r"),
        ectopic_gain=before.ectopic_gain * part("ectopic_gain"),
        nuclear_gain=float(np.clip(before.nuclear_gain * part("nuclear_gain"), 0.0, 1.0)),
    )


def _relief(run: CourseRun, before: NerveCondition) -> int | None:
    """Return days from the operation to the last stretch without spasms; None if they go on."""
    spasms = run.spasms[PAUSE_DAYS:]
    if spasms[-1]:
        return None
    lasting = np.flatnonzero(spasms)
    return int(lasting[-1]) + 1 if len(lasting) else 0
