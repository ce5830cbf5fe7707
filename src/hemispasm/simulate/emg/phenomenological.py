"""The second EMG family: a recording made of packets and wavelets, without nerve or motor unit.

It is written from descriptions of what such recordings look like, shares nothing with the
mechanistic family but the nouns, and nothing is ever tuned on it: what a detector scores here,
compared with there, says how much it owes to the simulator it was developed on.

What stands for a "spike" in the truth is a wavelet; ``unit`` is always 0.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Annotation, ChannelKind, EmgChannel, EmgRecording, StimulusInfo
from hemispasm.model.side import Side
from hemispasm.simulate.emg.options import EVOKED
from hemispasm.simulate.emg.phenomenological_canvas import Canvas, label_of
from hemispasm.simulate.emg.phenomenological_faults import (
    NOISE_UV,
    Faults,
    add_faults,
    amplifier_noise,
    chosen_artefacts,
)
from hemispasm.simulate.emg.phenomenological_packets import draw_packet
from hemispasm.simulate.emg.phenomenological_scenes import (
    draw_face,
    stage_scene,
    with_toxin,
)
from hemispasm.simulate.emg.phenomenological_sweeps import (
    Replies,
    Sweeps,
    draw_recipes,
    lay_replies,
    plan_sweeps,
    reference_rms,
    treat,
)
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes, StatePoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.phenomenological_acts import Face
    from hemispasm.simulate.emg.phenomenological_packets import Place

    Signal = NDArray[np.float32]

#: Strength of a burst where a quiet recording has none, for its signal to noise: an assumption.
QUIET_UV = 40.0
#: Severity at which a spread is drawn to set the noise, also for a patient with less.
REFERENCE_SEVERITY = 0.6
#: How long a recording goes on after its last stimulus.
AFTER_TRAIN_S = 0.5


def make_phenomenological(options: EmgOptions, seed: int) -> SimulatedEmg:
    """Return a recording of the second family with its truth.

    Parameters
    ----------
    options : EmgOptions
        Patient, protocol, electrodes, artefacts.
    seed : int
        The same options and seed give the same recording; another noise level leaves what the
        muscles do unchanged.

    Examples
    --------
    >>> from hemispasm.simulate.emg.options import EmgOptions
    >>> made = make_phenomenological(EmgOptions("hfs", side=Side.RIGHT, duration_s=4.0), seed=1)
    >>> made.truth.affected_side, made.recording.channels[0].side.value
    ('right', 'right')
    """
    who, acting, drawing, train, noise, faulty = np.random.default_rng([seed, 2]).spawn(6)
    untreated, textures = draw_face(options, who)
    early_s = float(who.uniform(0.008, 0.035))
    sweeps = plan_sweeps(options, train)
    canvas = Canvas(options.channels(), options.rate_hz, _samples(options, sweeps))
    duration_s = canvas.count / canvas.rate_hz
    face = with_toxin(options, untreated)
    for packet in stage_scene(options, face, duration_s, early_s, acting):
        canvas.lay_packet(packet, draw_packet(packet, textures, canvas.rate_hz, drawing))
    leaks = _conduct(canvas, chosen_artefacts(options).leak, who)
    faults = add_faults(options, canvas, sweeps, faulty)
    replies, reference_uv = Replies(), 0.0
    if sweeps is not None:
        replies, aimed_uv = _reply(options, untreated, sweeps, canvas, train)
        reference_uv = aimed_uv if options.scenario in EVOKED else 0.0
    reference_uv = reference_uv or _burst_rms(canvas, options)
    noise_uv = _noise_level(options, reference_uv)
    recording = _record(options, canvas, leaks, faults, sweeps, (noise_uv, noise))
    truth = _tell(options, seed, canvas, leaks, faults, sweeps, replies)
    truth = replace(
        truth,
        noise_uv=noise_uv,
        burst_rms_uv=reference_uv,
        electromechanical_delay_s=early_s,
        values=_values(untreated, replies),
    )
    return SimulatedEmg(recording, truth)


def _reply(
    options: EmgOptions, untreated: Face, sweeps: Sweeps, canvas: Canvas,
    rng: np.random.Generator,
) -> tuple[Replies, float]:  # fmt: skip
    """Draw the answers to the stimuli; return their truth and the RMS that sets the noise."""
    same = deepcopy(rng)
    severity = max(untreated.severity, REFERENCE_SEVERITY)
    typical = draw_recipes(options, untreated, sweeps, severity, same)
    aimed_uv = reference_rms(sweeps, typical, canvas.rate_hz, same)
    recipes = draw_recipes(options, untreated, sweeps, untreated.severity, rng)
    treated = [treat(recipe, options) for recipe in recipes]
    return lay_replies(canvas, treated, sweeps, rng), aimed_uv


def _samples(options: EmgOptions, sweeps: Sweeps | None) -> int:
    """Return the number of samples: what was asked for, else what the train needs."""
    needed_s = options.duration_s
    if sweeps is not None and needed_s == type(options).duration_s:
        needed_s = max(float(sweeps.times_s[-1]) + AFTER_TRAIN_S, 1.0)
    return round(needed_s * options.rate_hz)


def _conduct(canvas: Canvas, leak: float, rng: np.random.Generator) -> dict[Place, Signal]:
    """Return what each electrode sees of the other muscles of its side."""
    leaks = {place: np.zeros(canvas.count, np.float32) for place in canvas.places}
    for place in canvas.places:
        for other in canvas.places:
            share = float(rng.uniform(0.005, 0.05))
            if leak > 0.0 and other != place and other[1] is place[1]:
                leaks[place] += leak * share * canvas.clean[other]
    return leaks


def _burst_rms(canvas: Canvas, options: EmgOptions) -> float:
    """Return the RMS of the leading channel in its bursts, else of another of its side."""
    leading = (options.leading, options.side)
    places = sorted(canvas.places, key=lambda p: (p != leading, p[1] is not options.side))
    found = (canvas.rms_in_bursts(place) for place in places if place[1] is options.side)
    return next((rms for rms in found if rms > 0.0), QUIET_UV)


def _noise_level(options: EmgOptions, reference_uv: float) -> float:
    if options.noise_uv is not None:
        return options.noise_uv
    if options.snr_db is None:
        return NOISE_UV[options.electrode]
    return reference_uv / 10.0 ** (options.snr_db / 20.0)


def _record(
    options: EmgOptions, canvas: Canvas, leaks: dict[Place, Signal], faults: Faults,
    sweeps: Sweeps | None, noise: tuple[float, np.random.Generator],
) -> EmgRecording:  # fmt: skip
    """Return what the amplifier would have written; ``noise`` is its RMS and source of chance."""
    rms_uv, rng = noise
    edge_hz = float(rng.uniform(1200.0, 2600.0))
    limit = chosen_artefacts(options).clip_uv
    signals, channels = [], []
    for place in canvas.places:
        whole = canvas.clean[place] + canvas.answers[place] + leaks[place]
        whole = whole + faults.added[place]
        whole += amplifier_noise(canvas.count, canvas.rate_hz, rms_uv, edge_hz, rng)
        signals.append(np.clip(whole, -limit, limit).astype(np.float32))
        channels.append(
            EmgChannel(
                label=label_of(place), kind=ChannelKind.EMG, muscle=place[0], side=place[1],
                electrode=options.electrode, rate_hz=options.rate_hz, named_by="sidecar",
            )
        )  # fmt: skip
    notes, stimulus = [], StimulusInfo()
    times = np.zeros(0)
    if sweeps is not None:
        times, train = sweeps.times_s, sweeps.train
        notes = [Annotation(time_s=float(t), text="stimulus") for t in times] + [*sweeps.notes]
        stimulus = StimulusInfo(
            site=train.site, side=sweeps.side, intensity_ma=train.intensity_ma,
            pulse_ms=train.pulse_ms, rate_hz=train.rate_hz,
        )  # fmt: skip
    return EmgRecording(
        channels=tuple(channels),
        signals_uv=tuple(signals),
        stimuli_s=np.asarray(times, dtype=np.float64),
        stimulus=stimulus,
        annotations=tuple(sorted(notes, key=lambda note: note.time_s)),
        line_hz=options.line_hz,
        simulated=True,
    )


def _tell(
    options: EmgOptions, seed: int, canvas: Canvas, leaks: dict[Place, Signal], faults: Faults,
    sweeps: Sweeps | None, replies: Replies,
) -> EmgTruth:  # fmt: skip
    """Return the truth of a finished recording."""
    side: Literal["left", "right", "none_seen"] = "none_seen"
    if options.is_affected:
        side = "left" if options.side is Side.LEFT else "right"
    nothing = np.zeros(0, dtype=np.bool_)
    return EmgTruth(
        generator="phenomenological",
        scenario=options.scenario,
        seed=seed,
        affected_side=side,
        bursts=canvas.bursts(leaks),
        spasms=canvas.spasms(),
        spikes=_spikes(canvas),
        responses=tuple(replies.responses),
        states=_states(options, sweeps),
        participation=replies.participation,
        lateral_spread_present=sweeps.open if sweeps is not None else nothing,
        vanish_sweep=sweeps.vanish_sweep if sweeps is not None else None,
        clock_offset_s=options.clock.offset_s,
        clock_drift_ppm=options.clock.drift_ppm,
        rejected_sweeps=_spoilt(faults, sweeps),
        artefact_spans=tuple(sorted(faults.spans)),
    )


def _spoilt(faults: Faults, sweeps: Sweeps | None) -> tuple[int, ...]:
    """Return the sweeps that diathermy reaches, from just before the stimulus to 60 ms after."""
    if sweeps is None:
        return ()
    burns = [(a, b) for a, b, kind in faults.spans if kind == "cautery"]
    return tuple(
        k
        for k, t in enumerate(sweeps.times_s)
        if any(a < t + 0.06 and b > t - 0.01 for a, b in burns)
    )


def _values(face: Face, replies: Replies) -> dict[str, float]:
    """Return true values that stand in no list: habits, and median latencies by kind and side."""
    values = {name: round(value, 6) for name, value in face.habits.items()}
    for kind, label in {(r.kind, r.channel) for r in replies.responses}:
        rows = [r for r in replies.responses if (r.kind, r.channel) == (kind, label)]
        name = f"{kind} {label}"
        values[f"{name} onset_ms"] = round(float(np.median([r.onset_ms for r in rows])), 4)
        values[f"{name} share"] = round(len(rows) / max(len(replies.participation), 1), 4)
    return dict(sorted(values.items()))


def _spikes(canvas: Canvas) -> Spikes:
    rows = sorted(canvas.grains)
    causes = tuple(sorted({cause for _, _, cause in rows}))
    return Spikes(
        time_s=np.array([row[0] for row in rows], dtype=np.float64),
        channel=np.array([row[1] for row in rows], dtype=np.int32),
        unit=np.zeros(len(rows), dtype=np.int32),
        cause=np.array([causes.index(row[2]) for row in rows], dtype=np.int8),
        causes=causes,
    )


def _states(options: EmgOptions, sweeps: Sweeps | None) -> tuple[StatePoint, ...]:
    """Return the course of the spread; the other dials of a nerve do not exist here."""
    if sweeps is None:
        return ()
    ill = options.compression
    return tuple(
        StatePoint(
            time_s=float(time), compression=ill, excitability=ill,
            cross_talk_gain=float(gain) if is_open else 0.0, nuclear_gain=ill,
        )
        for time, gain, is_open in zip(sweeps.times_s, sweeps.gain, sweeps.open, strict=True)
    )  # fmt: skip
