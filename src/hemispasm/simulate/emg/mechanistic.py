"""First generator: motor units of a compressed nerve, from spikes to electrodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Annotation, Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.side import Side
from hemispasm.simulate.emg.acts import act_scenario, act_stimuli
from hemispasm.simulate.emg.course import openness_of, states_of, vanish_sweep_of
from hemispasm.simulate.emg.electrodes import Signals, record
from hemispasm.simulate.emg.evoked import stimulus_times
from hemispasm.simulate.emg.imitators import post_paralytic_state, regrow
from hemispasm.simulate.emg.options import EmgOptions
from hemispasm.simulate.emg.parameters import pair
from hemispasm.simulate.emg.patient import Patient, make_patient
from hemispasm.simulate.emg.responses import read_bursts, read_responses
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = {
    Muscle.FRONTALIS: "frontalis",
    Muscle.ORBICULARIS_OCULI: "orb oculi",
    Muscle.ZYGOMATICUS: "zygomaticus",
    Muscle.ORBICULARIS_ORIS: "orb oris",
    Muscle.MENTALIS: "mentalis",
    Muscle.PLATYSMA: "platysma",
}


def channel_label(muscle: Muscle, side: Side) -> str:
    """Return the label of a channel in the file, at most 16 characters.

    Examples
    --------
    >>> channel_label(Muscle.ORBICULARIS_OCULI, Side.LEFT)
    'L orb oculi'
    """
    return f"{'L' if side is Side.LEFT else 'R'} {NAMES[muscle]}"


def make_mechanistic(options: EmgOptions, seed: int) -> SimulatedEmg:
    """Return a recording of the mechanistic family; see ``simulate_emg``."""
    options = _long_enough(options)
    patient = _patient(options, seed)
    delay = float(patient.stream("movement").uniform(*pair("movement.emd_s")))
    patient.values["electromechanical_delay_s"] = delay
    act_scenario(patient)
    train = options.train()
    stimuli_s, openness = np.zeros(0), np.zeros(0)
    taking_part = np.zeros((0, len(patient.pools)))
    if train is not None:
        stimuli_s = stimulus_times(train, options.duration_s, patient.stream("train"))
        openness = openness_of(options, len(stimuli_s))
        taking_part = act_stimuli(patient, train, stimuli_s, openness)
    signals = record(patient, train, stimuli_s)
    labels = tuple(channel_label(pool.muscle, pool.side) for pool in patient.pools)
    return SimulatedEmg(
        recording_of(patient, signals, stimuli_s, labels),
        truth_of(patient, signals, stimuli_s, labels, openness, taking_part),
    )


def _patient(options: EmgOptions, seed: int) -> Patient:
    """Return the patient, rewired after a palsy where the scenario says so."""
    if options.scenario != "post_paralytic":
        return make_patient(options, seed)
    state = post_paralytic_state(make_patient(options, seed).stream("palsy"))
    patient = make_patient(options, seed, replace(state, block=options.toxin_block))
    regrow(patient)
    return patient


def _long_enough(options: EmgOptions) -> EmgOptions:
    """Lengthen an evoked recording to hold its train when only the default length was asked."""
    train = options.train()
    if train is None or options.duration_s != EmgOptions.duration_s:
        return options
    needed = train.first_s + train.count / train.rate_hz + 0.5
    return replace(options, duration_s=max(needed, 1.0))


def recording_of(
    patient: Patient,
    signals: Signals,
    stimuli_s: NDArray[np.float64],
    labels: tuple[str, ...],
) -> EmgRecording:
    """Return the recording as its reader will see it: channels, notes, stimuli, signals."""
    options, train = patient.options, patient.options.train()
    channels = tuple(
        EmgChannel(
            label=label,
            muscle=pool.muscle,
            side=pool.side,
            electrode=options.electrode,
            rate_hz=options.rate_hz,
            named_by="sidecar",
        )
        for label, pool in zip(labels, patient.pools, strict=True)
    )
    notes = [Annotation(time_s=0.0, text="SIMULATED"), *patient.notes]
    notes += [Annotation(time_s=round(float(t), 6), text="stimulus") for t in stimuli_s]
    info = StimulusInfo()
    if train is not None:
        info = StimulusInfo(
            site=train.site,
            side=train.side or options.side,
            intensity_ma=train.intensity_ma,
            pulse_ms=train.pulse_ms,
            rate_hz=train.rate_hz,
        )
    return EmgRecording(
        channels=channels,
        signals_uv=tuple(signals.recorded),
        stimuli_s=stimuli_s,
        stimulus=info,
        annotations=tuple(sorted(notes, key=lambda note: note.time_s)),
        line_hz=options.line_hz,
        simulated=True,
    )


def truth_of(
    patient: Patient,
    signals: Signals,
    stimuli_s: NDArray[np.float64],
    labels: tuple[str, ...],
    openness: NDArray[np.float64],
    taking_part: NDArray[np.float64],
) -> EmgTruth:
    """Return what the generator knows, read off the noiseless signals."""
    options = patient.options
    affected: Literal["left", "right", "none_seen"] = "none_seen"
    if options.is_affected:
        affected = "left" if options.side is Side.LEFT else "right"
    train = options.train()
    near = train is not None and (train.side or options.side) is options.side
    faces = near and train is not None and train.site is not Branch.SUPRAORBITAL
    gain = patient.state.cross_talk_gain if faces else 0.0
    return EmgTruth(
        generator="mechanistic",
        scenario=options.scenario,
        seed=patient.seed,
        affected_side=affected,
        bursts=read_bursts(patient, signals, labels),
        spasms=tuple(sorted(patient.spasms, key=lambda s: s.start_s)),
        spikes=signals.spikes,
        responses=read_responses(patient, signals, stimuli_s, labels),
        states=states_of(patient, stimuli_s, openness),
        participation=taking_part,
        lateral_spread_present=np.asarray(openness * gain > 0.0, dtype=np.bool_),
        vanish_sweep=vanish_sweep_of(openness),
        noise_uv=signals.noise_uv,
        burst_rms_uv=signals.burst_rms_uv,
        clock_offset_s=options.clock.offset_s,
        clock_drift_ppm=options.clock.drift_ppm,
        electromechanical_delay_s=patient.values["electromechanical_delay_s"],
        rejected_sweeps=signals.rejected_sweeps,
        artefact_spans=signals.artefact_spans,
        values={k: round(v, 6) for k, v in patient.values.items()},
    )
