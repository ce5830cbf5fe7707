"""From motor units to what is recorded: layers, volume conduction, noise, artefacts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.artefacts import Disturbance, disturb
from hemispasm.simulate.emg.edges import active_spans, rms_within
from hemispasm.simulate.emg.evoked import act_train
from hemispasm.simulate.emg.options import EVOKED, THEATRE_ARTEFACTS, Artefacts
from hemispasm.simulate.emg.parameters import number, pair
from hemispasm.simulate.emg.patient import Patient, make_patient
from hemispasm.simulate.emg.render import LAYERS, RESPONSES, draw_layer
from hemispasm.simulate.emg.state import steady_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.emg.truth import Spikes

NEIGHBOURS = (
    frozenset({Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI}),
    frozenset({Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS}),
    frozenset({Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS}),
    frozenset({Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS}),
    frozenset({Muscle.MENTALIS, Muscle.PLATYSMA}),
)
MIDLINE = (Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS)


@dataclass
class Signals:
    """The recording and what it is made of; arrays have one row per channel.

    Attributes
    ----------
    recorded : list of ndarray of float32
        As the amplifier wrote it.
    own : ndarray
        Noiseless activity of the muscle under the electrode, responses to stimuli excluded.
    conducted : ndarray
        Noiseless activity of the other muscles (responses excluded) on this electrode.
    responses : dict of str to ndarray
        Noiseless signal of each kind of response.
    """

    recorded: list[NDArray[np.float32]]
    own: NDArray[np.float32]
    conducted: NDArray[np.float32]
    responses: dict[str, NDArray[np.float32]]
    spikes: Spikes
    layer: NDArray[np.int8]
    noise_uv: float = 0.0
    burst_rms_uv: float = 0.0
    rejected_sweeps: tuple[int, ...] = ()
    artefact_spans: tuple[tuple[float, float, str], ...] = field(default=())


def artefacts_of(patient: Patient) -> Artefacts:
    """Return the artefacts asked for; those of a theatre when none were."""
    if patient.options.artefacts is not None:
        return patient.options.artefacts
    usual = THEATRE_ARTEFACTS if patient.options.scenario == "theatre" else Artefacts()
    if patient.options.scenario == "electrode_pop":
        usual = replace(usual, pops_per_min=20.0)
    return usual


def leak_matrix(patient: Patient) -> NDArray[np.float64]:
    """Return the share of each muscle (column) on the other electrodes (row)."""
    any_uv, next_uv = pair("leak.same_side")
    across, midline = pair("leak.midline")
    matrix = np.zeros((len(patient.pools), len(patient.pools)))
    for i, a in enumerate(patient.pools):
        for j, b in enumerate(patient.pools):
            if i == j:
                continue
            if a.side is b.side:
                matrix[i, j] = next_uv if {a.muscle, b.muscle} in NEIGHBOURS else any_uv
            elif a.muscle is b.muscle:
                matrix[i, j] = midline if a.muscle in MIDLINE else across
    if patient.options.electrode != "surface":
        matrix *= number("leak.needle_scale")
    return matrix * artefacts_of(patient).leak


def m_leak_matrix(patient: Patient) -> NDArray[np.float64]:
    """Return the share of a direct response on the other electrodes of the same side."""
    side = np.array([pool.side.value for pool in patient.pools])
    same = (side[:, None] == side[None, :]) & ~np.eye(len(side), dtype=np.bool_)
    return np.asarray(artefacts_of(patient).m_wave_leak * same)


def record(
    patient: Patient, train: StimulusTrain | None, stimuli_s: NDArray[np.float64]
) -> Signals:
    """Turn what has been acted out into the recording."""
    options = patient.options
    n = round(options.duration_s * options.rate_hz)
    spikes, layer = patient.book.closed(patient.pools, options.duration_s)
    evoked = [name for name in RESPONSES if np.any(layer == LAYERS.index(name))]
    is_response = np.isin(layer, [LAYERS.index(name) for name in RESPONSES])
    own = draw_layer(spikes, ~is_response, patient.pools, options.rate_hz, n)
    responses = {
        name: draw_layer(spikes, layer == LAYERS.index(name), patient.pools, options.rate_hz, n)
        for name in evoked
    }
    leak = leak_matrix(patient).astype(np.float32)
    conducted = leak @ own
    signals = Signals([], own, conducted, responses, spikes, layer)
    m_leak = m_leak_matrix(patient).astype(np.float32)
    total = own + conducted
    for name, drawn in responses.items():
        total += drawn + (m_leak if name == "M" else leak) @ drawn
    signals.burst_rms_uv = _reference_rms(patient, signals, train)
    signals.noise_uv = _noise_uv(patient, signals.burst_rms_uv)
    disturbance = disturb(patient, artefacts_of(patient), train, stimuli_s, signals.noise_uv, n)
    _finish(patient, signals, total, disturbance)
    return signals


def _finish(
    patient: Patient, signals: Signals, total: NDArray[np.float32], added: Disturbance
) -> None:
    limit = artefacts_of(patient).clip_uv
    total += added.signal_uv
    signals.recorded = list(np.clip(total, -limit, limit, out=total))
    signals.rejected_sweeps = added.rejected_sweeps
    signals.artefact_spans = added.spans


def _noise_uv(patient: Patient, burst_rms_uv: float) -> float:
    options = patient.options
    if options.noise_uv is not None:
        return options.noise_uv
    if options.snr_db is not None:
        return float(burst_rms_uv * 10.0 ** (-options.snr_db / 20.0))
    return number(f"noise.{options.electrode}_uv")


def _reference_rms(patient: Patient, signals: Signals, train: StimulusTrain | None) -> float:
    """Return the RMS to which ``snr_db`` refers."""
    options = patient.options
    near = patient.on_side(options.side) or [0]
    if train is not None and options.scenario in EVOKED:
        return _response_rms(patient, signals, train, near)
    leading = patient.index(options.leading, options.side)
    order = [near[0] if leading is None else leading, *near]
    for channel in order:
        clean = signals.own[channel]
        spans = active_spans(clean, options.rate_hz)
        rms = rms_within(clean, _ectopic(signals, channel, spans, options.rate_hz) or spans)
        if rms > 0.0:
            return rms
    return number("noise.quiet_burst_uv")


def _ectopic(
    signals: Signals, channel: int, spans: list[tuple[int, int]], rate_hz: float
) -> list[tuple[int, int]]:
    """Return the spans that hold ectopic discharges; blinks do not count for the ratio."""
    ectopic = LAYERS.index("ectopic")
    times = signals.spikes.time_s[(signals.spikes.channel == channel) & (signals.layer == ectopic)]
    edges = np.searchsorted(times, [(a / rate_hz - 0.002, b / rate_hz) for a, b in spans])
    return [span for span, (low, high) in zip(spans, edges, strict=True) if high > low]


def _response_rms(
    patient: Patient, signals: Signals, train: StimulusTrain, near: list[int]
) -> float:
    """Return the RMS of the response in question of the patient before any treatment."""
    rate_hz = patient.options.rate_hz
    kinds = {"blink_reflex": ("R1", "R2"), "f_wave": ("F",)}.get(patient.options.scenario)
    drawn = signals.responses
    if kinds is None:
        kinds = ("ZL",) if patient.options.scenario == "z_l" else ("LSR",)
        drawn = reference_responses(patient, train)
    for kind in kinds:
        for channel in near:
            if kind in drawn:
                rms = rms_within(drawn[kind][channel], active_spans(drawn[kind][channel], rate_hz))
                if rms > 0.0:
                    return rms
    return number("noise.quiet_burst_uv")


def reference_responses(patient: Patient, train: StimulusTrain) -> dict[str, NDArray[np.float32]]:
    """Return responses of the same person, compressed and untreated, to 16 stimuli.

    A recording with a lateral spread and one without then have the same noise.
    """
    options = patient.options
    state = steady_state(max(options.compression, 0.6))
    again = make_patient(options, patient.seed, state)
    times = np.linspace(0.1, 3.1, 16)
    act_train(again, train, times, np.ones(16))
    spikes, layer = again.book.closed(again.pools, 4.0)
    n = round(4.0 * options.rate_hz)
    return {
        name: draw_layer(spikes, layer == LAYERS.index(name), again.pools, options.rate_hz, n)
        for name in ("LSR", "ZL")
    }
