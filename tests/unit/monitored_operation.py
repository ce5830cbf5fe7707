"""A small recorded operation for the tests of the replay: known course, events and cautery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from emg_evoked_sweeps import Train, make_patient, make_train

from hemispasm.model.emg import Annotation, EmgChannel, EmgRecording, Muscle
from hemispasm.model.side import Side

BASE = 30
INTERVAL_S = 0.333
FIRST_S = 0.2


def sweep_time(number: int) -> float:
    """Return the time of a stimulus by its number, counted from 1."""
    return FIRST_S + (number - 1) * INTERVAL_S


def make_operation(
    course: list[float],
    *,
    seed: int = 3,
    side: Side | None = Side.LEFT,
    snr_db: float = 6.0,
    events: dict[int, str] | None = None,
    cautery: range = range(0),
    others: bool = True,
) -> EmgRecording:
    """Return a recording with a baseline and then a course.

    ``events`` are noted just before the stimulus with that number; ``cautery`` are the numbers of
    stimuli with diathermy. With ``others``, the stimulated muscle, a muscle of the other side and a
    muscle that never answers are recorded as well.
    """
    scales = tuple([1.0] * BASE + list(course))
    train = Train(
        sweeps=len(scales), snr_db=snr_db, present=scales, side=side,
        cautery_share=0.0, free_share=0.0, interval_s=INTERVAL_S,
    )  # fmt: skip
    made = make_train(make_patient(seed), train, seed)
    signal = burnt(made.signals_uv[0], made.channels[0].rate_hz, cautery, seed)
    notes = [
        Annotation(time_s=round(sweep_time(number) - 0.05, 4), text=text)
        for number, text in (events or {}).items()
    ]
    notes += [Annotation(time_s=float(time), text="stimulus") for time in made.stimuli_s]
    channels, signals = [made.channels[0]], [signal]
    if others:
        for label, muscle, where, own in (
            ("OO", Muscle.ORBICULARIS_OCULI, side, 13),
            ("X", Muscle.MENTALIS, None if side is None else side.other, 14),
            ("P", Muscle.PLATYSMA, side, 18),
        ):
            rng = np.random.default_rng([seed, own])
            channels.append(
                EmgChannel(
                    label=label, muscle=muscle, side=where, rate_hz=10000.0, named_by="sidecar"
                )
            )
            signals.append(rng.normal(0, 20.0, len(signal)))
    return replace(
        made, channels=tuple(channels), signals_uv=tuple(signals), annotations=tuple(notes)
    )


def burnt(signal_uv: np.ndarray, rate_hz: float, numbers: range, seed: int) -> np.ndarray:
    """Return a signal with diathermy around some stimuli."""
    made, rng = signal_uv.copy(), np.random.default_rng([seed, 14])
    for number in numbers:
        first = int((sweep_time(number) - 0.05) * rate_hz)
        last = int((sweep_time(number) + 0.1) * rate_hz)
        made[first:last] += rng.normal(0, 400.0, last - first)
    return made


def paused(recording: EmgRecording, number: int, gap_s: float) -> tuple[EmgRecording, EmgRecording]:
    """Return the recording as two stretches, the second one starting before that stimulus."""
    rate = recording.channels[0].rate_hz
    cut = round((sweep_time(number) - 0.1) * rate)
    at = cut / rate
    first = replace(
        recording,
        signals_uv=tuple(s[:cut] for s in recording.signals_uv),
        stimuli_s=recording.stimuli_s[recording.stimuli_s < at],
        annotations=tuple(n for n in recording.annotations if n.time_s < at),
    )
    second = replace(
        recording,
        signals_uv=tuple(s[cut:] for s in recording.signals_uv),
        start_s=at + gap_s,
        stimuli_s=recording.stimuli_s[recording.stimuli_s >= at] - at,
        annotations=tuple(
            n.model_copy(update={"time_s": n.time_s - at})
            for n in recording.annotations
            if n.time_s >= at
        ),
    )
    return first, second
