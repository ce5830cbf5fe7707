"""What happens in each scenario of the mechanistic generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation, Branch
from hemispasm.simulate.emg.blink_reflex import act_blink_reflex, recovery
from hemispasm.simulate.emg.course import note_events
from hemispasm.simulate.emg.drive import act_blinks
from hemispasm.simulate.emg.ectopy import act_spasms, arrival_s
from hemispasm.simulate.emg.electrodes import artefacts_of
from hemispasm.simulate.emg.evoked import act_train
from hemispasm.simulate.emg.imitators import act_myokymia, act_seizures
from hemispasm.simulate.emg.parameters import number, pair
from hemispasm.simulate.emg.tasks import act_cocontraction, act_movements, act_speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.emg.patient import Patient

MOVEMENTS_PER_MIN = {"voluntary": 12.0, "post_paralytic": 10.0, "healthy": 1.0}
"""Voluntary movements of a scenario unless the options say otherwise."""


def act_scenario(patient: Patient) -> None:
    """Act out everything of the scenario that is not an answer to a stimulus."""
    options = patient.options
    moments = [np.zeros(0)]
    if options.train() is None or options.blink_rate_per_min is not None:
        rate = options.blink_rate_per_min
        if rate is None and options.scenario == "blinks_only":
            rate = number("drive.frequent_blinks_per_min")
        moments.append(act_blinks(patient, rate))
    movements = options.voluntary_per_min
    if movements is None:
        movements = MOVEMENTS_PER_MIN.get(options.scenario, 0.0)
    if options.scenario == "cocontraction":
        act_cocontraction(patient)
    elif movements > 0.0:
        moments.append(act_movements(patient, movements))
    if options.scenario == "speech":
        act_speech(patient)
    if options.scenario == "myokymia":
        act_myokymia(patient)
    if options.scenario == "seizure_rhythm":
        act_seizures(patient)
    if options.is_affected and (
        options.scenario == "hfs" or options.spasm_rate_per_min or options.given_spasms
    ):
        act_spasms(patient, np.sort(np.concatenate(moments)))


def act_stimuli(
    patient: Patient,
    train: StimulusTrain,
    stimuli_s: NDArray[np.float64],
    openness: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Act out the answers to the stimuli, to their second shocks, and what disturbs them.

    Returns
    -------
    ndarray, shape (n_stimuli, n_channels)
        Share of each muscle's units with a lateral spread after the first shock.
    """
    note_events(patient, stimuli_s)
    _free_emg(patient, stimuli_s)
    interval = train.pair_interval_ms
    second = None if interval is None else stimuli_s + interval / 1000.0
    if second is not None:
        patient.notes += [
            Annotation(time_s=round(float(t), 6), text="second stimulus") for t in second
        ]
    if train.site is Branch.SUPRAORBITAL:
        act_blink_reflex(patient, train, stimuli_s)
        if second is not None and interval is not None:
            act_blink_reflex(patient, train, second, recovery(patient, interval))
        return np.zeros((len(stimuli_s), len(patient.pools)))
    taking_part = act_train(patient, train, stimuli_s, openness)
    if second is not None and interval is not None:
        passes = float(interval > number("nerve.refractory_ms"))
        act_train(patient, train, second, openness * passes)
    return taking_part


def _free_emg(patient: Patient, stimuli_s: NDArray[np.float64]) -> None:
    """Let a few units fire around some sweeps, as in light anaesthesia."""
    share = artefacts_of(patient).free_emg_share
    rng = patient.stream("free emg")
    low, high = pair("free_emg.rate_hz")
    for time_s in stimuli_s[rng.random(len(stimuli_s)) < share]:
        for channel, pool in enumerate(patient.pools):
            if rng.random() < 0.5:
                continue
            for unit in rng.choice(len(pool), int(number("free_emg.units")), replace=False):
                count = int(rng.integers(2, 6))
                steps = rng.uniform(1.0 / high, 1.0 / low, count)
                root_s = time_s - 0.05 + rng.uniform(0.0, 0.05) + np.cumsum(steps)
                which = np.full(count, unit)
                arrives = arrival_s(patient, channel, root_s, which, rng, crosses=False)
                patient.book.add(channel, which, arrives, "free", "free_emg")
