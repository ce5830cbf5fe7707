"""The second EMG family: a recording made of packets and wavelets, without nerve or motor unit.

It is written from descriptions of what such recordings look like, shares nothing with the
mechanistic family but the nouns, and nothing is ever tuned on it: what a detector scores here,
compared with there, says how much it owes to the simulator it was developed on.

What stands for a "spike" in the truth is a wavelet; ``unit`` is always 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Annotation, ChannelKind, EmgChannel, EmgRecording, StimulusInfo
from hemispasm.model.side import Side
from hemispasm.simulate.emg.phenomenological_canvas import Canvas, label_of
from hemispasm.simulate.emg.phenomenological_faults import (
    NOISE_UV,
    Faults,
    add_faults,
    amplifier_noise,
    chosen_artefacts,
)
from hemispasm.simulate.emg.phenomenological_packets import draw_packet
from hemispasm.simulate.emg.phenomenological_scenes import draw_face, stage_scene
from hemispasm.simulate.emg.phenomenological_sweeps import (
    Replies,
    Sweeps,
    draw_recipes,
    lay_replies,
    plan_sweeps,
)
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes, StatePoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.phenomenological_packets import Place

    Array = NDArray[np.float64]

#: Causes whose bursts set what signal to noise means, the first that are there.
MAIN_CAUSES = (
    ("ectopic",),
    ("seizure", "myokymia", "cocontraction"),
    ("voluntary", "synkinesis", "speech"),
    ("blink",),
)
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
    face, textures = draw_face(options, who)
    early_s = float(who.uniform(0.008, 0.035))
    sweeps = plan_sweeps(options, train)
    canvas = Canvas(options.channels(), options.rate_hz, _samples(options, sweeps))
    duration_s = canvas.count / canvas.rate_hz
    for packet in stage_scene(options, face, duration_s, early_s, acting):
        canvas.lay_packet(packet, draw_packet(packet, textures, canvas.rate_hz, drawing))
    leaks = _conduct(canvas, chosen_artefacts(options).leak, who)
    replies = Replies()
    if sweeps is not None:
        recipes = draw_recipes(options, face, sweeps, train)
        replies = lay_replies(canvas, leaks, recipes, sweeps, train)
    faults = add_faults(options, canvas, sweeps, faulty)
    reference_uv = replies.aimed_rms_uv or _burst_rms(canvas, (options.leading, options.side))
    noise_uv = _noise_level(options, reference_uv)
    noises = amplifier_noise(canvas.places, canvas.count, canvas.rate_hz, noise_uv, noise)
    recording = _record(options, canvas, leaks, faults, noises, sweeps)
    truth = _tell(options, seed, canvas, leaks, faults, sweeps, replies, (noise_uv, reference_uv))
    return SimulatedEmg(recording, _with_delay(truth, early_s))


def _samples(options: EmgOptions, sweeps: Sweeps | None) -> int:
    """Return the number of samples: the length that was asked for, or what the train needs."""
    needed_s = options.duration_s
    if sweeps is not None:
        needed_s = max(needed_s, float(sweeps.times_s[-1]) + AFTER_TRAIN_S)
    return round(needed_s * options.rate_hz)


def _conduct(canvas: Canvas, leak: float, rng: np.random.Generator) -> dict[Place, Array]:
    """Return what each electrode sees of the other muscles of its side."""
    leaks = {place: np.zeros(canvas.count) for place in canvas.places}
    for place in canvas.places:
        for other in canvas.places:
            share = float(rng.uniform(0.005, 0.05))
            if leak > 0.0 and other != place and other[1] is place[1]:
                leaks[place] += leak * share * canvas.clean[other]
    return leaks


def _burst_rms(canvas: Canvas, leading: Place) -> float:
    """Return the RMS of the leading channel in its main bursts, or of the strongest channel."""
    places = [leading] if leading in canvas.places else []
    for candidates in (places, canvas.places):
        for causes in MAIN_CAUSES:
            found = max((canvas.rms_in_bursts(p, causes) for p in candidates), default=0.0)
            if found > 0.0:
                return found
    return 0.0


def _noise_level(options: EmgOptions, reference_uv: float) -> float:
    if options.noise_uv is not None:
        return options.noise_uv
    if options.snr_db is None or reference_uv <= 0.0:
        return NOISE_UV[options.electrode]
    return reference_uv / 10.0 ** (options.snr_db / 20.0)


def _record(
    options: EmgOptions, canvas: Canvas, leaks: dict[Place, Array], faults: Faults,
    noises: dict[Place, Array], sweeps: Sweeps | None,
) -> EmgRecording:  # fmt: skip
    """Return what the amplifier would have written."""
    limit = chosen_artefacts(options).clip_uv
    signals, channels = [], []
    for place in canvas.places:
        whole = canvas.clean[place] + leaks[place] + faults.added[place] + noises[place]
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
    options: EmgOptions, seed: int, canvas: Canvas, leaks: dict[Place, Array], faults: Faults,
    sweeps: Sweeps | None, replies: Replies, levels: tuple[float, float],
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
        noise_uv=levels[0],
        burst_rms_uv=levels[1],
        clock_offset_s=options.clock.offset_s,
        clock_drift_ppm=options.clock.drift_ppm,
        rejected_sweeps=tuple(int(k) for k in np.flatnonzero(sweeps.cautery)) if sweeps else (),
        artefact_spans=tuple(sorted(faults.spans)),
    )


def _with_delay(truth: EmgTruth, early_s: float) -> EmgTruth:
    return replace(truth, electromechanical_delay_s=early_s)


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
