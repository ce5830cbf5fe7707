"""Conditions that look like hemifacial spasm and are not, acted by healthy or regrown nerves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.patient.acts import OCULI, SIDES, ZYGOMATICUS, Script, both, spaced_times
from hemispasm.simulate.patient.parameters import numbers, pair

if TYPE_CHECKING:
    from hemispasm.simulate.patient.options import PatientOptions

FRONTALIS, ORIS = Muscle.FRONTALIS, Muscle.ORBICULARIS_ORIS
MENTALIS, PLATYSMA = Muscle.MENTALIS, Muscle.PLATYSMA
TICS = ((OCULI,), (ZYGOMATICUS, OCULI), (FRONTALIS,), (ORIS, ZYGOMATICUS), (MENTALIS, ORIS))


def add_imitator(
    script: Script, options: PatientOptions, visit: int, zero_s: float, run_s: float
) -> None:
    """Put the acts of the imitator into the script; nothing for a patient without one.

    Parameters
    ----------
    script : Script
        With the blinks and smiles of the person, which synkinesis follows.
    options : PatientOptions
        Names the imitator and its side.
    visit : int
        Number of the visit.
    zero_s, run_s : float
        Beginning of the video and end of the run, on the run's clock.
    """
    rng = np.random.default_rng([options.seed, visit, 0x696D])
    acted = {
        "blepharospasm": _blepharospasm,
        "tic": _tics,
        "functional": _functional,
        "post_paralytic": _synkinesis,
    }
    if options.imitator in acted:
        acted[options.imitator](script, options.leading, zero_s, run_s, rng)


def _draws(
    name: str, until_s: float, gap_s: float, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Return start, length and drive of the acts of one kind."""
    per_min, shortest, longest, weakest, strongest = numbers(f"imitator.{name}")
    return [
        (
            start,
            float(np.exp(rng.uniform(np.log(shortest), np.log(longest)))),
            float(rng.uniform(weakest, strongest)),
        )
        for start in spaced_times(per_min, until_s, gap_s, rng)
    ]


def _blepharospasm(
    script: Script, side: Side, zero_s: float, run_s: float, rng: np.random.Generator
) -> None:
    """Squeeze both eyes shut; the brows come down with the orbital part of the muscle."""
    for start, length, level in _draws("blepharospasm", run_s - 4.0, 3.0, rng):
        drive = both({OCULI: level}, rng, 0.03)
        script.add("forced_closure", "blepharospasm", start, start + length, drive)


def _tics(
    script: Script, side: Side, zero_s: float, run_s: float, rng: np.random.Generator
) -> None:
    """Jerk briefly, here and there; a single side in a third, and the sides alternate."""
    for start, length, level in _draws("tic", run_s - 1.0, 0.9, rng):
        levels = dict.fromkeys(TICS[int(rng.integers(len(TICS)))], level)
        drive = both(levels, rng, 0.05)
        if rng.random() < 0.35:
            drive, side = {side: levels}, side.other
        script.add("tic", "tic", start, start + length, drive)


def _functional(
    script: Script, side: Side, zero_s: float, run_s: float, rng: np.random.Generator
) -> None:
    """Hold one side: mouth down and aside, eye half shut; the other eye narrows with it."""
    for start, length, level in _draws("functional", run_s - 6.0, 2.0, rng):
        pulled = {PLATYSMA: level, MENTALIS: 0.7 * level, OCULI: 0.7 * level, ORIS: 0.5 * level}
        drive = {side: pulled, side.other: {OCULI: 0.2 * level}}
        script.add("voluntary", "functional", start, start + length, drive)


def _synkinesis(
    script: Script, side: Side, zero_s: float, run_s: float, rng: np.random.Generator
) -> None:
    """After a palsy: mouth and chin move with every blink, the eye with every smile."""
    lost = float(rng.uniform(*pair("imitator.aberrant_share")))
    script.values["aberrant_share"] = lost
    for deed in list(script.deeds):
        share = lost * float(rng.uniform(0.7, 1.3))
        if OCULI not in deed.muscles:
            continue
        pulled = {ZYGOMATICUS: 0.6 * share, MENTALIS: 0.5 * share}
        script.add("synkinesis", "synkinesis", deed.start_s, deed.end_s, {side: pulled})
    for start, length, level in _draws("synkinetic_smiles", run_s - 3.0, 3.5, rng):
        if any(d.start_s < start + length and start < d.end_s for d in script.deeds):
            continue
        drive = both({ZYGOMATICUS: level}, rng, 0.05)
        script.add("voluntary", "spontaneous_smile", start, start + length, drive)
        eye = {OCULI: level * lost * float(rng.uniform(0.9, 1.4))}
        script.add("synkinesis", "synkinesis", start, start + length, {side: eye})


__all__ = ["SIDES", "add_imitator"]
