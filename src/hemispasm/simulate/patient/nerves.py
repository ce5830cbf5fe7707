"""Run both facial nerves of a patient over one span of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.patient.acts import SIDES, Script, rest_script
from hemispasm.simulate.patient.clocks import draw_clock, lead_s, run_length_s
from hemispasm.simulate.patient.imitators import add_imitator
from hemispasm.simulate.patient.parameters import numbers
from hemispasm.simulate.population.acts import Volley, drive_acts
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.fibres import Fibres, draw_fibres
from hemispasm.simulate.population.parameters import number as population_number
from hemispasm.simulate.population.run import PopulationRun, run_volley, simulate_population
from hemispasm.simulate.population.settings import PopulationSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.simulate.emg.options import Clock
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.condition import NerveCondition


@dataclass(frozen=True)
class Sitting:
    """What both nerves did while a patient was recorded, on the run's clock.

    Attributes
    ----------
    runs : mapping of Side to PopulationRun
        One per side, over the same span and with the same blinks and movements.
    script : Script
        What the patient did.
    clock : Clock
        Of the EMG against the video.
    zero_s : float
        When the video begins, on the run's clock.
    """

    runs: Mapping[Side, PopulationRun]
    script: Script
    clock: Clock
    zero_s: float


def anatomy_seed(seed: int, side: Side) -> int:
    """Return the number that draws the axons of one side; the same at every visit."""
    return int(np.random.SeedSequence([seed, SIDES.index(side), 0x6E65]).generate_state(1)[0])


def run_seed(seed: int, side: Side, visit: int) -> int:
    """Return the number that draws the activity of one side at one visit."""
    words = [seed, SIDES.index(side), visit, 0x7275]
    return int(np.random.SeedSequence(words).generate_state(1)[0])


def settings_of(options: PatientOptions, side: Side) -> PopulationSettings:
    """Return the settings under which a side's nerve runs: its own axons, no drug."""
    return PopulationSettings(anatomy_seed=anatomy_seed(options.seed, side))


def sit(options: PatientOptions, conditions: Mapping[Side, NerveCondition], visit: int) -> Sitting:
    """Let both nerves run through one recording at rest.

    Parameters
    ----------
    options : PatientOptions
        Lengths, seed, imitator.
    conditions : mapping of Side to NerveCondition
        Both sides on this day.
    visit : int
        Number of the visit, from 0.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> from hemispasm.simulate.population.condition import NerveCondition
    >>> healthy = {side: NerveCondition() for side in SIDES}
    >>> sitting = sit(PatientOptions("healthy", video_s=20.0, emg_s=50.0), healthy, 0)
    >>> any(run.abnormal.any() for run in sitting.runs.values())
    False
    """
    clock = draw_clock(options, visit)
    zero, length = lead_s(clock), run_length_s(options, clock)
    smiles = options.imitator != "post_paralytic"
    script = rest_script(options, visit, zero, length, smiles=smiles)
    add_imitator(script, options, visit, zero, length)
    runs = {side: _run(options, side, conditions[side], visit, length, script) for side in SIDES}
    return Sitting(runs, script, clock, zero)


def _run(
    options: PatientOptions,
    side: Side,
    condition: NerveCondition,
    visit: int,
    length_s: float,
    script: Script,
) -> PopulationRun:
    seed, settings = run_seed(options.seed, side, visit), settings_of(options, side)
    if options.imitator != "myokymia" or side is not options.leading:
        return simulate_population(
            condition, length_s, seed, acts=script.of(side), settings=settings
        )
    person = anatomy_seed(options.seed, side)
    fibres = draw_fibres(condition, person, int(population_number("unit.per_muscle")))
    acts, own = np.random.default_rng([seed, 0x6D79]).spawn(2)
    volley = Volley.merged(
        [drive_acts(fibres, script.of(side), acts), myokymic_groups(fibres, length_s, own)]
    )
    return run_volley(condition, settings, fibres, person, length_s, seed, volley, script.of(side))


def myokymic_groups(fibres: Fibres, length_s: float, rng: np.random.Generator) -> Volley:
    """Return semi-rhythmic groups of a few small units around the eye, with pauses.

    Parameters
    ----------
    fibres : Fibres
        Of the side that has them.
    length_s : float
        Of the run.
    """
    count, slow, fast, low, high = numbers("imitator.myokymia")
    members = np.flatnonzero(fibres.muscle == MUSCLES.index(Muscle.ORBICULARIS_OCULI))
    small = members[np.argsort(fibres.amplitude_uv[members])][: len(members) // 3]
    units = rng.choice(small, int(count), replace=False)
    times, who = [np.zeros(0)], [np.zeros(0, dtype=np.int32)]
    now = float(rng.uniform(0.0, 1.5))
    while now < length_s:
        until = min(now + float(rng.uniform(1.0, 6.0)), length_s)
        spacing, inside = 1.0 / rng.uniform(slow, fast), rng.uniform(low, high)
        while now < until:
            for unit in units:
                steps = np.abs(1.0 + 0.15 * rng.normal(size=int(rng.integers(2, 7)))) / inside
                times.append(now + abs(rng.normal(0.0, 0.004)) + np.cumsum(steps))
                who.append(np.full(len(steps), unit, dtype=np.int32))
            now += max(spacing * (1.0 + 0.12 * rng.normal()), 0.05)
        now += float(rng.uniform(0.5, 4.0))
    time_s, fibre = np.concatenate(times), np.concatenate(who)
    kept = time_s < length_s - 0.05
    return Volley.of(time_s[kept], fibre[kept], "seed")


def contraction_delay_s(seed: int) -> float:
    """Return this person's delay from the potential of a muscle to its twitch."""
    low, high = numbers("lid.contraction_delay_s")
    return float(np.random.default_rng([seed, 0x656D]).uniform(low, high))
