"""Movements that a person makes on request or in daily life: face, speech, co-contraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation, Muscle
from hemispasm.simulate.emg.drive import GRID_HZ, contract, hump
from hemispasm.simulate.emg.parameters import number, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.patient import Patient

OCULI, ORIS = Muscle.ORBICULARIS_OCULI, Muscle.ORBICULARIS_ORIS
MOVEMENTS: dict[str, tuple[tuple[Muscle, float], ...]] = {
    "close eyes": ((OCULI, 1.0), (Muscle.FRONTALIS, 0.1)),
    "raise brows": ((Muscle.FRONTALIS, 1.0),),
    "smile": ((Muscle.ZYGOMATICUS, 1.0), (ORIS, 0.5), (OCULI, 0.25), (Muscle.MENTALIS, 0.15)),
    "purse lips": ((ORIS, 1.0), (Muscle.MENTALIS, 0.7)),
    "pull neck": ((Muscle.PLATYSMA, 1.0), (Muscle.MENTALIS, 0.4)),
}
"""Movement: its muscles and their share of the drive."""


def spaced_times(
    per_min: float, duration_s: float, gap_s: float, rng: np.random.Generator
) -> list[float]:
    """Return random times at a rate, never closer than a gap."""
    times: list[float] = []
    mean = max(60.0 / per_min - gap_s, 0.02) if per_min > 0.0 else np.inf
    now = float(rng.exponential(mean)) if per_min > 0.0 else np.inf
    while now < duration_s:
        times.append(now)
        now += gap_s + float(rng.exponential(mean))
    return times


def act_movements(patient: Patient, per_min: float) -> NDArray[np.float64]:
    """Act out voluntary movements, on both sides or one, and return their times."""
    rng, options = patient.stream("movements"), patient.options
    times = spaced_times(per_min, options.duration_s - 0.5, 2.5, rng)
    patient.values["voluntary_per_min"] = per_min
    for start in times:
        name = str(rng.choice(list(MOVEMENTS)))
        length, level = float(rng.uniform(0.5, 2.2)), float(rng.uniform(0.25, 0.75))
        one_sided = rng.random() < number("drive.one_sided_share")
        sides = (options.side,) if one_sided else (options.side, options.side.other)
        patient.notes.append(Annotation(time_s=round(start, 4), duration_s=length, text=name))
        for side in sides:
            skew = rng.uniform(0.8, 1.1)
            for muscle, share in MOVEMENTS[name]:
                drive = waver(hump(length, level * skew * share, 0.2), rng)
                contract(patient, muscle, side, start, drive, "voluntary", "voluntary", rng)
    return np.array(times)


def waver(level: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a drive that wavers slowly, as effort does."""
    knots = max(len(level) // 120, 2)
    sway = np.interp(
        np.linspace(0, knots, len(level)), np.arange(knots + 1), rng.normal(size=knots + 1)
    )
    return np.asarray(np.clip(level * (1.0 + 0.15 * sway), 0.0, 1.0))


def act_speech(patient: Patient, share: float = 0.6) -> None:
    """Act out talking: phrases of syllables in the lower face of both sides."""
    rng, options = patient.stream("speech"), patient.options
    now = float(rng.uniform(0.2, 1.0))
    while now < options.duration_s - 0.5:
        length = float(rng.uniform(1.0, 4.0))
        t = np.arange(round(length * GRID_HZ)) / GRID_HZ
        rate = rng.uniform(*pair("drive.syllable_hz"))
        phase = 2.0 * np.pi * (rate * t + 0.3 * np.sin(2.0 * np.pi * 0.7 * t))
        beat = np.clip(np.sin(phase), 0.0, 1.0) ** 0.7
        patient.notes.append(Annotation(time_s=round(now, 4), duration_s=length, text="speaks"))
        for muscle, level in ((ORIS, 0.45), (Muscle.MENTALIS, 0.35), (Muscle.ZYGOMATICUS, 0.2)):
            drive = waver(level * beat, rng)
            for side in (options.side, options.side.other):
                contract(patient, muscle, side, now, drive, "speech", "speech", rng)
        now += length + float(rng.exponential(length * (1.0 - share) / share))


def act_cocontraction(patient: Patient) -> None:
    """Act out short contractions of all muscles of one side under one voluntary drive.

    They come in groups with the timing of spasms; the motor units fire independently.
    """
    rng, options = patient.stream("cocontraction"), patient.options
    per_min = options.voluntary_per_min
    groups = spaced_times(25.0 if per_min is None else per_min, options.duration_s - 0.3, 0.4, rng)
    for start in groups:
        now, count = start, int(rng.geometric(0.35))
        spacing = 1.0 / rng.uniform(*pair("cocontraction.group_hz"))
        for _ in range(count):
            length = float(rng.uniform(*pair("cocontraction.length_s")))
            level = float(rng.uniform(0.35, 0.9))
            if now > options.duration_s:
                break
            for muscle in options.muscles:
                drive = hump(length, level * rng.uniform(0.85, 1.1), 0.3)
                contract(
                    patient,
                    muscle,
                    options.side,
                    now,
                    np.clip(drive, 0.0, 1.0),
                    "voluntary",
                    "cocontraction",
                    rng,
                    pair("cocontraction.rate_hz"),
                )
            now += max(spacing * (1.0 + 0.2 * rng.normal()), length + 0.02)
