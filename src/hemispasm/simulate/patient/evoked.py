"""Stimuli to the patient's nerves: lateral spread and blink reflex as recordings with truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.electrodes import record
from hemispasm.simulate.emg.evoked import stimulus_times
from hemispasm.simulate.emg.mechanistic import channel_label, recording_of, truth_of
from hemispasm.simulate.emg.options import StimulusTrain
from hemispasm.simulate.emg.truth import SimulatedEmg
from hemispasm.simulate.patient.acts import SIDES
from hemispasm.simulate.patient.emg import EVOKED_HZ, RECORDED, emg_options, emg_patient
from hemispasm.simulate.patient.nerves import run_seed, settings_of
from hemispasm.simulate.patient.parameters import pair
from hemispasm.simulate.population.acts import ABNORMAL, CAUSES
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.evoked import evoke_blink_reflex, evoke_lateral_spread
from hemispasm.simulate.population.fibres import draw_fibres
from hemispasm.simulate.population.parameters import number as population_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hemispasm.simulate.emg.patient import Patient
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.condition import NerveCondition
    from hemispasm.simulate.population.fibres import Fibres
    from hemispasm.simulate.population.responses import EvokedRun
    from hemispasm.simulate.population.settings import PopulationSettings

FIRST_S, LAST_S = 0.5, 0.8
R2_MS = 22.0
"""Reflex impulses from here on are the late answer."""


@dataclass(frozen=True)
class EvokedRecording:
    """One recording with stimuli.

    Attributes
    ----------
    made : SimulatedEmg
        What the amplifier wrote, and its truth.
    side : Side
        Stimulated.
    spread_share : dict of Muscle to float
        Share of the sweeps in which any unit answers, per muscle of another branch.
    spread_present : bool
        Whether a recorded muscle of another branch answers with enough units on average, in the
        words of the population (``spread.units``).
    """

    made: SimulatedEmg
    side: Side
    spread_share: dict[Muscle, float]
    spread_present: bool = False


def record_lateral_spread(
    options: PatientOptions,
    conditions: Mapping[Side, NerveCondition],
    visit: int,
    side: Side,
) -> EvokedRecording:
    """Stimulate the zygomatic branch of one side and record both sides.

    Parameters
    ----------
    options : PatientOptions
        Seed.
    conditions : mapping of Side to NerveCondition
        Both nerves on this day.
    visit : int
        Number of the visit.
    side : Side
        Stimulated.
    """
    count, rate_hz = pair("evoked.stimuli")
    train = StimulusTrain(
        site=Branch.ZYGOMATIC, side=side, count=int(count), rate_hz=rate_hz, first_s=FIRST_S
    )
    times = _times(options, train, visit, side)
    settings = settings_of(options, side)
    seed = run_seed(options.seed, side, visit) + 1
    evoked = evoke_lateral_spread(
        conditions[side], Branch.ZYGOMATIC, times, seed,
        settings=_quiet(settings),
    )  # fmt: skip
    shares = _shares(evoked)
    beyond = [muscle for muscle in RECORDED if muscle not in evoked.supplied]
    present = any(evoked.has_lateral_spread(muscle) for muscle in beyond)
    spread = max(shares.values(), default=0.0) if present else 0.0
    patient = _patient(options, conditions, visit, "lsr", train, times, spread, side)
    _note_evoked(patient, evoked, side)
    taking_part = np.zeros((len(times), len(patient.pools)))
    for channel in patient.on_side(side):
        pool = patient.pools[channel]
        units = evoked.units("LSR")[:, MUSCLES.index(pool.muscle)]
        taking_part[:, channel] = units / len(pool)
    made = _recorded(patient, train, times, taking_part)
    return EvokedRecording(made, side, shares, spread_present=present)


def record_blink_reflex(
    options: PatientOptions, conditions: Mapping[Side, NerveCondition], visit: int, side: Side
) -> EvokedRecording:
    """Stimulate the supraorbital nerve of one side: R1 there, R2 on both sides."""
    count, rate_hz = pair("evoked.blinks")
    train = StimulusTrain(
        site=Branch.SUPRAORBITAL, side=side, count=int(count), rate_hz=rate_hz, first_s=FIRST_S,
        intensity_ma=8.0,
    )  # fmt: skip
    times = _times(options, train, visit, side)
    patient = _patient(options, conditions, visit, "blink_reflex", train, times, 0.0, side)
    for one in SIDES:
        evoked = evoke_blink_reflex(
            conditions[one], times, run_seed(options.seed, one, visit) + 2,
            settings=_quiet(settings_of(options, one)),
        )  # fmt: skip
        _note_reflex(patient, evoked, one, is_stimulated=one is side)
    none = np.zeros((len(times), len(patient.pools)))
    return EvokedRecording(_recorded(patient, train, times, none), side, {})


def _quiet(settings: PopulationSettings) -> PopulationSettings:
    return replace(settings, seeds=False)


def _times(
    options: PatientOptions, train: StimulusTrain, visit: int, side: Side
) -> NDArray[np.float64]:
    rng = np.random.default_rng([options.seed, visit, SIDES.index(side), 0x7374])
    return stimulus_times(train, _length_s(train), rng)


def _length_s(train: StimulusTrain) -> float:
    return float(np.ceil(train.first_s + train.count / train.rate_hz + LAST_S))


def _patient(
    options: PatientOptions,
    conditions: Mapping[Side, NerveCondition],
    visit: int,
    scenario: str,
    train: StimulusTrain,
    times: NDArray[np.float64],
    spread: float,
    side: Side,
) -> Patient:
    """Return the patient under the electrodes; the truth's side is the stimulated one."""
    settings = emg_options(
        replace(options, side=side),
        scenario=scenario,
        duration_s=_length_s(train),
        rate_hz=EVOKED_HZ,
        compression=conditions[side].compression if side in options.affected else 0.0,
        stimuli=train,
    )
    units = int(population_number("unit.per_muscle"))
    fibres: dict[Side, Fibres] = {}
    for one in SIDES:
        person = settings_of(options, one).anatomy_seed or 0
        fibres[one] = draw_fibres(conditions[one], person, units)
    return emg_patient(options, settings, fibres, conditions, visit, spread=spread)


def _shares(evoked: EvokedRun) -> dict[Muscle, float]:
    """Return the share of the sweeps in which each muscle of another branch answers."""
    found = {}
    for muscle in MUSCLES:
        if muscle not in evoked.supplied:
            sweeps = {row.stimulus for row in evoked.of("LSR", muscle)}
            found[muscle] = round(len(sweeps) / len(evoked.stimuli_s), 4)
    return found


def _note_evoked(patient: Patient, evoked: EvokedRun, side: Side) -> None:
    """Hand direct answers, lateral spread and F waves to the book."""
    run = evoked.run
    for channel in patient.on_side(side):
        muscle = patient.pools[channel].muscle
        row = MUSCLES.index(muscle)
        first = int(np.flatnonzero(run.fibres.muscle == row)[0])
        direct = run.fibres.muscle[evoked.direct_fibre] == row
        patient.book.add(
            channel, evoked.direct_fibre[direct] - first, evoked.direct_s[direct], "antidromic", "M"
        )
        mine = run.fibres.muscle[run.spikes.fibre] == row
        supplied = muscle in evoked.supplied
        for cause in ABNORMAL:
            chosen = mine & (run.spikes.cause == CAUSES.index(cause))
            layer = "F" if supplied and cause == "f" else "ectopic" if supplied else "LSR"
            unit = run.spikes.fibre[chosen] - first
            patient.book.add(channel, unit, run.arrival_s[chosen], cause, layer)


def _note_reflex(patient: Patient, evoked: EvokedRun, side: Side, *, is_stimulated: bool) -> None:
    """Hand R1 and R2 to the book; the side that was not stimulated has R2 alone."""
    run, times = evoked.run, evoked.stimuli_s
    sweep = np.maximum(np.searchsorted(times, run.arrival_s, "right") - 1, 0)
    late = 1000.0 * (run.arrival_s - times[sweep]) >= R2_MS
    names = ("R1", "R2") if is_stimulated else (None, "R2c")
    for channel in patient.on_side(side):
        row = MUSCLES.index(patient.pools[channel].muscle)
        first = int(np.flatnonzero(run.fibres.muscle == row)[0])
        mine = run.fibres.muscle[run.spikes.fibre] == row
        for cause in ("reflex", *ABNORMAL):
            own = mine & (run.spikes.cause == CAUSES.index(cause))
            for name, chosen in zip(names, (own & ~late, own & late), strict=True):
                if name is None:
                    continue
                layer = name if cause == "reflex" else f"synkinetic_{name[:2]}"
                unit = run.spikes.fibre[chosen] - first
                patient.book.add(channel, unit, run.arrival_s[chosen], cause, layer)


def _recorded(
    patient: Patient,
    train: StimulusTrain,
    times: NDArray[np.float64],
    taking_part: NDArray[np.float64],
) -> SimulatedEmg:
    signals = record(patient, train, times)
    labels = tuple(channel_label(pool.muscle, pool.side) for pool in patient.pools)
    openness = np.ones(len(times))
    return SimulatedEmg(
        recording_of(patient, signals, times, labels),
        truth_of(patient, signals, times, labels, openness, taking_part),
    )
