"""From the impulses of both nerves to an EMG recording with its truth."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation, Muscle
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.electrodes import record
from hemispasm.simulate.emg.mechanistic import channel_label, recording_of, truth_of
from hemispasm.simulate.emg.options import Clock, EmgOptions
from hemispasm.simulate.emg.patient import Patient
from hemispasm.simulate.emg.state import NerveState
from hemispasm.simulate.emg.truth import SimulatedEmg, TrueSpasm
from hemispasm.simulate.emg.units import Pool
from hemispasm.simulate.patient.nerves import anatomy_seed, contraction_delay_s
from hemispasm.simulate.patient.parameters import number, pair
from hemispasm.simulate.population.acts import CAUSES
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.emg import unit_templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.patient.nerves import Sitting
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.fibres import Fibres
    from hemispasm.simulate.population.run import PopulationRun

RECORDED = (
    Muscle.ORBICULARIS_OCULI,
    Muscle.ZYGOMATICUS,
    Muscle.ORBICULARIS_ORIS,
    Muscle.MENTALIS,
)
REST_HZ, EVOKED_HZ = 4000.0, 10_000.0
LAYERS = {
    "seed": "ectopic", "autoexcitation": "ectopic", "ephaptic": "ectopic", "f": "ectopic",
    "nuclear": "ectopic", "voluntary": "voluntary", "blink": "blink", "speech": "speech",
}  # fmt: skip
"""What an impulse of each cause belongs to at rest."""

ABNORMAL = tuple(cause for cause, layer in LAYERS.items() if layer == "ectopic")
SCENARIOS = {
    None: "healthy",
    "blepharospasm": "voluntary",
    "tic": "voluntary",
    "functional": "cocontraction",
    "myokymia": "myokymia",
    "post_paralytic": "post_paralytic",
}
"""What the truth of an EMG without hemifacial spasm calls the scene."""

PATTERNS = {"isolated": Pattern.TWITCH, "clonic": Pattern.CLONIC, "tonic": Pattern.TONIC}
TAIL_S = 0.15


def emg_options(
    options: PatientOptions,
    *,
    scenario: str,
    duration_s: float,
    rate_hz: float,
    compression: float = 0.0,
    stimuli: StimulusTrain | None = None,
    clock: Clock | None = None,
) -> EmgOptions:
    """Return the settings of a recording: amplifier, montage, and who is recorded.

    ``compression`` is that of the recorded patient's nerve; 0 says that there is no spasm.
    """
    rng = np.random.default_rng([options.seed, 0x616D])
    return EmgOptions(
        scenario=scenario,
        side=options.leading,
        duration_s=duration_s,
        rate_hz=rate_hz,
        compression=compression,
        clock=clock or Clock(),
        muscles=RECORDED,
        noise_uv=round(float(rng.uniform(*pair("emg.noise_uv"))), 3),
        stimuli=stimuli,
    )


def scenario_of(options: PatientOptions) -> str:
    """Return what the truth calls a recording at rest."""
    return "hfs" if options.has_spasm else SCENARIOS[options.imitator]


def state_of(condition: NerveCondition, spread: float = 0.0) -> NerveState:
    """Return the nerve as the EMG's truth words it; ``spread``: share with a lateral spread."""
    block = {m: 1.0 - condition.released(m) for m in MUSCLES}
    return NerveState(
        compression=condition.compression,
        excitability=min(condition.ectopic_gain, 1.0),
        cross_talk_gain=spread,
        nuclear_gain=condition.nuclear_gain,
        block=block,
    )


def emg_patient(
    options: PatientOptions,
    settings: EmgOptions,
    fibres: Mapping[Side, Fibres],
    conditions: Mapping[Side, NerveCondition],
    visit: int,
    *,
    spread: float = 0.0,
) -> Patient:
    """Return the patient as the electrode model takes one: a pool of units per channel.

    Parameters
    ----------
    options : PatientOptions
        Seed: the same patient has the same units at every visit, under new electrodes.
    settings : EmgOptions
        From `emg_options`.
    fibres : mapping of Side to Fibres
        Axons of both nerves; a channel's units are those of its muscle, in order.
    conditions : mapping of Side to NerveCondition
        Both nerves.
    visit : int
        Number of the visit.
    spread : float
        Share of the sweeps with a lateral spread, for the truth.
    """
    near = settings.side
    seed = int(np.random.SeedSequence([options.seed, visit, 0x656D]).generate_state(1)[0])
    made = Patient(settings, seed, state_of(conditions[near], spread), [], 1.0)
    made.factor = fibres[near].length_factor
    made.values["electromechanical_delay_s"] = contraction_delay_s(options.seed)
    shapes = {
        side: unit_templates(axons, settings.rate_hz, anatomy_seed(options.seed, side))
        for side, axons in fibres.items()
    }
    for muscle, side in settings.channels():
        word = zlib.crc32(f"{muscle.value} {side.value}".encode())
        rng = np.random.default_rng([options.seed, visit, word])
        size = np.float32(np.exp(number("emg.wire_sd") * rng.normal()))
        made.pools.append(_pool(muscle, side, fibres[side], size * shapes[side]))
    return made


def _pool(muscle: Muscle, side: Side, fibres: Fibres, templates: NDArray[np.float32]) -> Pool:
    """Return a muscle's units: those of its axons."""
    mine = np.flatnonzero(fibres.muscle == MUSCLES.index(muscle))
    n = len(mine)
    return Pool(
        muscle=muscle,
        side=side,
        conduction_ms=fibres.conduction_ms[mine],
        exposure=fibres.exposure[mine],
        is_slow=np.zeros(n, dtype=np.bool_),
        fires_again=np.zeros(n, dtype=np.bool_),
        threshold=fibres.threshold[mine],
        transfer_ms=np.zeros(n),
        turnaround=np.zeros(n),
        templates=templates[mine],
        transmits=fibres.release[mine] > 0.0,
        aberrant=np.zeros(n, dtype=np.bool_),
    )


def record_rest(options: PatientOptions, sitting: Sitting, visit: int) -> SimulatedEmg:
    """Return the recording at rest, on the EMG's own clock.

    Parameters
    ----------
    options : PatientOptions
        Length, seed.
    sitting : Sitting
        What the nerves did; the video shows the same.
    visit : int
        Number of the visit.
    """
    conditions = {side: run.condition for side, run in sitting.runs.items()}
    settings = emg_options(
        options,
        scenario=scenario_of(options),
        duration_s=options.emg_s,
        rate_hz=REST_HZ,
        compression=conditions[options.leading].compression if options.has_spasm else 0.0,
        clock=sitting.clock,
    )
    fibres = {side: run.fibres for side, run in sitting.runs.items()}
    patient = emg_patient(options, settings, fibres, conditions, visit)
    for side, run in sitting.runs.items():
        _note_impulses(patient, run, side, sitting)
        if options.has_spasm:
            patient.spasms += _spasms(run, side, sitting, options.emg_s)
    patient.values |= sitting.script.values
    _note_tasks(patient, sitting, options.emg_s)
    signals = record(patient, None, np.zeros(0))
    labels = tuple(channel_label(pool.muscle, pool.side) for pool in patient.pools)
    nothing = np.zeros(0), labels
    return SimulatedEmg(
        recording_of(patient, signals, *nothing),
        truth_of(patient, signals, *nothing, np.zeros(0), np.zeros((0, len(labels)))),
    )


def _note_impulses(patient: Patient, run: PopulationRun, side: Side, sitting: Sitting) -> None:
    """Hand the impulses of one side to the book, in the words of the EMG."""
    clock = sitting.clock
    at = clock.offset_s + (run.arrival_s - sitting.zero_s) * (1.0 + 1e-6 * clock.drift_ppm)
    driven = _during(run, run.spikes.time_s)
    for channel in patient.on_side(side):
        muscle = MUSCLES.index(patient.pools[channel].muscle)
        members = np.flatnonzero(run.fibres.muscle == muscle)
        mine = run.fibres.muscle[run.spikes.fibre] == muscle
        for code, cause in enumerate(CAUSES):
            if cause not in LAYERS:
                continue
            chosen = mine & (run.spikes.cause == code)
            splits: tuple[tuple[str, NDArray[np.bool_]], ...] = ((LAYERS[cause], chosen),)
            if cause in ABNORMAL:
                splits = (("ectopic", chosen & ~driven), ("synkinesis", chosen & driven))
            for layer, which in splits:
                name = "myokymia" if patient.options.scenario == "myokymia" else layer
                layer = name if cause in ABNORMAL else layer
                unit = run.spikes.fibre[which] - members[0]
                patient.book.add(channel, unit, at[which], cause, layer)


def _during(run: PopulationRun, time_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which moments lie within a blink or movement, or right after it."""
    starts = np.array([act.start_s for act in run.acts])
    if len(starts) == 0:
        return np.zeros(len(time_s), dtype=np.bool_)
    ends = np.maximum.accumulate([act.end_s for act in run.acts]) + 0.5 * TAIL_S
    at = np.searchsorted(starts, time_s, "right") - 1
    return np.asarray((at >= 0) & (time_s < ends[np.maximum(at, 0)]))


def _spasms(run: PopulationRun, side: Side, sitting: Sitting, length_s: float) -> list[TrueSpasm]:
    """Return the spasms of one side on the EMG's clock; what a blink carries along is none."""
    found = []
    for one in run.episodes:
        ends = [a.end_s for a in run.acts if a.start_s - 0.01 <= one.start_s <= a.end_s + 0.1]
        if ends and one.end_s <= max(ends) + TAIL_S:
            continue
        start = sitting.clock.recording_time(one.start_s - sitting.zero_s)
        end = sitting.clock.recording_time(one.end_s - sitting.zero_s)
        if start < 0.0 or start >= length_s:
            continue
        found.append(
            TrueSpasm(
                side=side,
                start_s=round(start, 5),
                end_s=round(min(end, length_s), 5),
                cause="ectopic",
                pattern=PATTERNS[one.pattern],
                muscles=one.muscles,
            )
        )
    return found


def _note_tasks(patient: Patient, sitting: Sitting, length_s: float) -> None:
    """Write down what the patient was asked to do, as a technician would."""
    for task in sitting.script.tasks:
        if task.task == "rest":
            continue
        start = sitting.clock.recording_time(task.start_s)
        if 0.0 <= start < length_s:
            span = task.end_s - task.start_s
            text = task.task.replace("_", " ")
            patient.notes.append(
                Annotation(time_s=round(start, 4), duration_s=round(span, 3), text=text)
            )
