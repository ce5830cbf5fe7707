"""Answers to stimuli in the second EMG family: each kind of answer is a recipe of wavelets.

A lateral spread is a chirped wavelet whose number of half-waves, delay and jitter are drawn for a
person; the late blink reflex is a packet of noise. Delays are the published ones as means, drawn
for each person; heights are assumptions. No conduction is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.simulate.emg.phenomenological_shapes import (
    Wavelet,
    add_wavelet,
    draw_wavelet,
    hump_noise,
    swell,
    wobble,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.phenomenological_packets import Place

    Array = NDArray[np.float64]

#: Which muscles a branch serves, so which ones answer a stimulus directly.
SERVED = {
    Branch.TEMPORAL: (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI),
    Branch.ZYGOMATIC: (Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS),
    Branch.BUCCAL: (Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS),
    Branch.MANDIBULAR: (Muscle.MENTALIS, Muscle.ORBICULARIS_ORIS),
    Branch.CERVICAL: (Muscle.PLATYSMA,),
    Branch.TRUNK: tuple(Muscle),
}


@dataclass(frozen=True)
class Recipe:
    """How one kind of answer looks in one muscle of one person.

    Attributes
    ----------
    kind : str
        Name of the answer in the truth.
    place : (muscle, side)
        Where.
    delay_s, jitter_s : float
        From stimulus to the first swing, and its standard deviation from sweep to sweep.
    peak_uv, scatter : float
        Height of the largest swing, and the SD of its logarithm from sweep to sweep.
    odds : float
        Probability that a sweep has this answer.
    shape : Wavelet or None
        Its form; None: a packet of noise.
    length_s : float
        Of a packet of noise.
    echoes : float
        Mean number of later, smaller copies (after-discharge).
    """

    kind: str
    place: Place
    delay_s: float
    jitter_s: float
    peak_uv: float
    scatter: float
    odds: float
    shape: Wavelet | None = None
    length_s: float = 0.03
    echoes: float = 0.0


@dataclass(frozen=True)
class Answer:
    """One answer in one sweep as it was put in: begin and end on the recording's clock."""

    kind: str
    place: Place
    sweep: int
    start_s: float
    signal: Array


def answer(
    recipe: Recipe, sweep: int, at_s: float, gain: float, odds: float, rate_hz: float,
    rng: np.random.Generator,
) -> Answer | None:  # fmt: skip
    """Return the answer of one recipe to one stimulus, None when it stays out.

    Parameters
    ----------
    recipe : Recipe
        What to make.
    sweep, at_s : int, float
        Number and time of the stimulus.
    gain, odds : float
        Multiply height and probability: how the patient changes in the course.
    rate_hz : float
        Samples per second.
    rng : Generator
        Source of chance; the same draws are made whether the answer comes or not.
    """
    luck, late, size = rng.random(), rng.standard_normal(), rng.standard_normal()
    echoes = int(rng.poisson(recipe.echoes * gain)) if recipe.echoes > 0.0 else 0
    if luck >= recipe.odds * odds or gain <= 0.0:
        return None
    begin = at_s + recipe.delay_s + recipe.jitter_s * late
    height = recipe.peak_uv * gain * float(np.exp(recipe.scatter * size))
    first = int(np.floor(begin * rate_hz))
    offset = begin - first / rate_hz
    if recipe.shape is None:
        count = int(recipe.length_s * float(np.exp(0.2 * rng.standard_normal())) * rate_hz)
        signal = np.zeros(count + 2)
        body = hump_noise(count, rate_hz, 140.0, 0.8, rng) * swell(count, 0.2, 0.6)
        signal[1 : count + 1] = height / 2.2 * body
    else:
        shape = wobble(recipe.shape, 0.03, rng)
        gap_s = float(rng.uniform(0.0028, 0.0055))
        length = shape.duration_s * 1.2 + echoes * gap_s + 0.002
        signal = np.zeros(int(length * rate_hz) + 2)
        add_wavelet(signal, rate_hz, offset, height, shape)
        for k in range(1, echoes + 1):
            part = height * float(rng.uniform(0.25, 0.7)) * 0.85**k
            add_wavelet(signal, rate_hz, offset + k * gap_s, part, wobble(shape, 0.08, rng))
    return Answer(recipe.kind, recipe.place, sweep, first / rate_hz, signal)


def lateral_spread(
    places: tuple[Place, ...], side: object, site: Branch, strength: dict[Place, float],
    severity: float, rng: np.random.Generator, *, regrown: bool = False,
) -> list[Recipe]:  # fmt: skip
    """Return the spread to muscles that the stimulated branch does not serve.

    Published onsets: 9.0 (SD 1.1) ms in orbicularis oculi, 9.8 (1.1) ms in mentalis. After a palsy
    (``regrown``) it comes later and is smaller.
    """
    recipes = []
    person_ms = float(rng.normal(0.0, 0.9))
    for place in places:
        muscle, here = place
        if here is not side or muscle in SERVED.get(site, ()):
            continue
        mean_ms = 9.0 if muscle in (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI) else 9.76
        delay = mean_ms + person_ms + float(rng.normal(0.0, 0.4))
        height = strength[place] * float(np.exp(rng.normal(0.0, 0.4))) * (0.5 + severity)
        odds = float(np.clip(rng.uniform(0.5, 1.0) + 0.4 * severity - 0.2, 0.3, 1.0))
        if regrown:
            delay, height = delay + float(rng.uniform(1.5, 4.0)), 0.5 * height
        recipes.append(
            Recipe(
                "LSR", place, max(delay, 6.5) / 1000.0,
                float(rng.uniform(0.00005, 0.00035)), 1.6 * height, float(rng.uniform(0.15, 0.45)),
                odds, draw_wavelet(rng, shortest_s=0.004, longest_s=0.011, most_half_waves=7),
                echoes=0.0 if regrown else float(rng.uniform(0.0, 2.0)) * severity,
            )
        )  # fmt: skip
    return recipes


def direct_waves(
    places: tuple[Place, ...], side: object, site: Branch, rng: np.random.Generator
) -> list[Recipe]:
    """Return the M-wave of the muscles that the branch serves, and its leak into the others.

    Published: compound action potential of the face at 3.8 (SD 0.5) ms.
    """
    recipes = []
    for place in places:
        muscle, here = place
        if here is not side or site not in SERVED:
            continue
        near = muscle in SERVED[site]
        peak = float(rng.uniform(900.0, 2800.0)) if near else float(rng.uniform(15.0, 120.0))
        delay = float(np.clip(rng.normal(0.0038, 0.0005), 0.0028, 0.0050))
        recipes.append(
            Recipe(
                "M" if near else "leak", place, delay, 0.00003, peak, 0.04, 1.0,
                draw_wavelet(rng, shortest_s=0.0035, longest_s=0.0055, most_half_waves=2),
            )
        )  # fmt: skip
    return recipes


def blink_reflex(
    places: tuple[Place, ...], struck: object, ill: object, strength: dict[Place, float],
    spread: float, rng: np.random.Generator,
) -> list[Recipe]:  # fmt: skip
    """Return R1, R2, R2 of the other side and, on the ill side, the answer of the lower face.

    Published: R1 10 ms (SD 1.8 in one series), R2 29-30 ms; lower face answers at both times.
    ``spread`` above zero: the disease spreads the answer, with that probability.
    """
    recipes = []
    r1_ms = float(np.clip(rng.normal(10.3, 0.9), 8.5, 12.5))
    r2_ms = float(np.clip(rng.normal(30.5, 3.0), 25.0, 40.0))
    for place in places:
        muscle, here = place
        late_ms = r2_ms + float(rng.normal(0.0, 0.8)) + (0.0 if here is struck else 1.0)
        late = float(rng.uniform(0.025, 0.05))
        height = strength[place] * float(np.exp(rng.normal(0.0, 0.25)))
        early = draw_wavelet(rng, shortest_s=0.004, longest_s=0.008, most_half_waves=4)
        if muscle is Muscle.ORBICULARIS_OCULI:
            kind = "R2" if here is struck else "R2c"
            recipes.append(
                Recipe(kind, place, late_ms / 1e3, 0.0012, 1.6 * height, 0.2, 0.97, None, late)
            )
            if here is struck:
                recipes.append(
                    Recipe("R1", place, r1_ms / 1e3, 0.0003, 1.8 * height, 0.15, 0.98, early)
                )
        elif here is ill and spread > 0.0:
            if here is struck:
                recipes.append(
                    Recipe(
                        "synkinetic_R1", place, (r1_ms + 0.8) / 1e3, 0.0003, 0.9 * height, 0.3,
                        spread, early,
                    )
                )  # fmt: skip
            recipes.append(
                Recipe(
                    "synkinetic_R2", place, (late_ms + 1.0) / 1e3, 0.0015, 0.8 * height, 0.25,
                    spread, None, late,
                )
            )  # fmt: skip
    return recipes


def artery_response(
    places: tuple[Place, ...], side: object, small: bool, strength: dict[Place, float],
    rng: np.random.Generator,
) -> list[Recipe]:  # fmt: skip
    """Return the answer to a stimulus on the wall of the offending artery.

    Published: 7.3 (SD 0.8) ms, 0.08 (0.02) mV; a surface electrode sees less (assumed half).
    """
    recipes = []
    person_ms = float(np.clip(rng.normal(7.3, 0.7), 5.5, 9.5))
    for place in places:
        if place[1] is not side or strength[place] <= 0.0:
            continue
        peak = float(np.clip(rng.normal(40.0, 10.0), 20.0, 70.0)) * (0.5 if small else 1.0)
        delay = person_ms + float(rng.normal(0.0, 0.3))
        shape = draw_wavelet(rng, shortest_s=0.004, longest_s=0.009, most_half_waves=6)
        odds = float(rng.uniform(0.8, 1.0))
        recipes.append(Recipe("ZL", place, delay / 1e3, 0.0001, peak, 0.25, odds, shape))
    return recipes


def f_waves(
    direct: list[Recipe], severity: float, ill: bool, rng: np.random.Generator
) -> list[Recipe]:
    """Return F-waves of the muscles that were stimulated directly.

    Published F/M: 6.9 % on the side of the spasm, 3.8 % on the other, 3.7 % in healthy people;
    duration 13.1, 9.5 and 9.7 ms. The delay is an assumption.
    """
    recipes = []
    for wave in direct:
        if wave.kind != "M":
            continue
        ratio = (3.7 + 3.2 * ill * (0.5 + severity)) / 100.0
        length = (9.6 + 3.5 * ill) / 1000.0 * float(rng.uniform(0.85, 1.15))
        base = draw_wavelet(rng, shortest_s=0.006, longest_s=0.007, most_half_waves=6)
        shape = Wavelet(length, max(base.half_waves, 3), base.chirp, base.skew, base.flip)
        recipes.append(
            Recipe(
                "F", wave.place, float(rng.uniform(0.0115, 0.0145)), 0.0007,
                ratio * wave.peak_uv, 0.35, float(rng.uniform(0.75, 1.0) if ill
                else rng.uniform(0.4, 0.9)), shape,
            )
        )  # fmt: skip
    return recipes


def stimulus_artefact(
    rate_hz: float, at_s: float, height_uv: float, fade: float, rng: np.random.Generator
) -> tuple[int, Array]:
    """Return the first sample and the course of a stimulus artefact.

    A rectangular pulse, then a fall by a power of time, as behind an electrode that is no pure
    capacitor; the amplifier clips it.
    """
    first = int(np.ceil(at_s * rate_hz))
    times = np.arange(int(0.04 * rate_hz)) / rate_hz + first / rate_hz - at_s
    pulse = np.where(times < 0.0002, 1.0, np.where(times < 0.0005, -0.55, 0.0))
    tail = -0.12 * (1.0 + times / 0.0004) ** -fade * (times >= 0.0002)
    size = height_uv * (1.0 + 0.03 * float(rng.standard_normal()))
    return first, np.clip(size * (pulse + tail), -5000.0, 5000.0)
