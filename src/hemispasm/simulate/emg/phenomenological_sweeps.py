"""A train of stimuli in the second EMG family: its times, its course, and every answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation, Branch
from hemispasm.simulate.emg.options import EmgOptions, TheatrePlan
from hemispasm.simulate.emg.phenomenological_canvas import ACTIVE_UV, label_of
from hemispasm.simulate.emg.phenomenological_evoked import (
    Recipe,
    answer,
    artery_response,
    blink_reflex,
    direct_waves,
    f_waves,
    lateral_spread,
)
from hemispasm.simulate.emg.phenomenological_faults import chosen_artefacts
from hemispasm.simulate.emg.truth import TrueResponse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.options import StimulusTrain
    from hemispasm.simulate.emg.phenomenological_acts import Face
    from hemispasm.simulate.emg.phenomenological_canvas import Canvas
    from hemispasm.simulate.emg.phenomenological_evoked import Answer
    from hemispasm.simulate.emg.truth import ResponseKind

    Array = NDArray[np.float64]

#: What a test is made for: the answers that set the noise of an evoked recording, best first.
AIMED = {"blink_reflex": ("R1", "R2", "R2c"), "z_l": ("ZL",), "f_wave": ("F", "M")}
ANY_AIM = ("LSR", "ZL", "R1", "R2", "F", "M")


@dataclass(frozen=True)
class Sweeps:
    """A train and what is known of each of its stimuli."""

    train: StimulusTrain
    side: Side
    aim: tuple[str, ...]
    times_s: Array
    gain: Array
    open: NDArray[np.bool_]
    vanish_sweep: int | None
    cautery: NDArray[np.bool_]
    notes: tuple[Annotation, ...]


@dataclass
class Replies:
    """What the muscles answered."""

    responses: list[TrueResponse] = field(default_factory=list)
    participation: Array = field(default_factory=lambda: np.zeros((0, 0)))


def stimulus_times(
    train: StimulusTrain, rng: np.random.Generator, longest_s: float | None = None
) -> Array:
    """Return the time of every stimulus; with a pair, the second of each follows the first.

    Those too late for a recording of ``longest_s`` are left out.
    """
    gaps = 1.0 / train.rate_hz + train.jitter_s * rng.standard_normal(train.count)
    times = train.first_s + np.concatenate([[0.0], np.cumsum(np.maximum(gaps, 0.02))[:-1]])
    if train.pair_interval_ms is not None:
        times = np.sort(np.concatenate([times, times + train.pair_interval_ms / 1000.0]))
    if longest_s is not None:
        times = times[times < longest_s - 0.05]
    return np.asarray(np.round(times, 6))


def plan_sweeps(options: EmgOptions, rng: np.random.Generator) -> Sweeps | None:
    """Return the train of a recording with the course of the patient's nerve, None without one."""
    train = options.train()
    if train is None:
        return None
    side = train.side or options.side
    asked_s = None if options.duration_s == EmgOptions.duration_s else options.duration_s
    times = stimulus_times(train, rng, asked_s)
    count = len(times)
    if count == 0:
        return None
    gain = np.exp(0.12 * _slow(count, rng))
    has_spread = options.is_affected or options.scenario == "post_paralytic"
    opened = np.full(count, has_spread and side is options.side)
    cautery = rng.random(count) < chosen_artefacts(options).cautery_share
    notes: list[Annotation] = []
    plan = options.theatre or (TheatrePlan() if options.scenario == "theatre" else None)
    nerve = np.ones(count, dtype=np.bool_)
    if plan is not None:
        notes = _operate(plan, times, gain, nerve, cautery)
    opened &= nerve
    vanish = int(np.flatnonzero(nerve)[-1]) + 1 if nerve.any() else 0
    aim = AIMED.get(options.scenario, ANY_AIM)
    last = vanish if vanish < count else None
    return Sweeps(train, side, aim, times, gain, opened, last, cautery, tuple(notes))


def _slow(count: int, rng: np.random.Generator) -> Array:
    """Return a slow wander of SD about 1 over the sweeps."""
    knots = max(count // 25, 2)
    return np.interp(
        np.linspace(0.0, 1.0, count),
        np.linspace(0.0, 1.0, knots + 1),
        rng.standard_normal(knots + 1),
    )


def _operate(
    plan: TheatrePlan, times: Array, gain: Array, nerve: NDArray[np.bool_],
    cautery: NDArray[np.bool_],
) -> list[Annotation]:  # fmt: skip
    """Change the course of an operation in place; return what the nurse would note."""
    last = len(times) - 1
    number = np.arange(len(times))
    notes = []

    def note(sweep: int, text: str) -> None:
        notes.append(Annotation(time_s=float(times[min(sweep, last)]), text=text))

    if plan.dip is not None:
        nerve[plan.dip[0] : plan.dip[1] + 1] = False
        note(plan.dip[0], "dura open")
    if plan.vanish_sweep is not None:
        if plan.fade_sweeps > 0:
            gain *= np.clip((plan.vanish_sweep - number) / plan.fade_sweeps, 0.15, 1.0)
        nerve[plan.vanish_sweep :] = False
        note(max(plan.vanish_sweep - plan.fade_sweeps, 0), "vessel mobilised")
    for first, final in plan.cautery:
        cautery[first : final + 1] = True
        note(first, "cautery on")
        note(final, "cautery off")
    return notes


def draw_recipes(
    options: EmgOptions, face: Face, sweeps: Sweeps, severity: float, rng: np.random.Generator
) -> list[Recipe]:
    """Return every kind of answer that a patient of this severity can give to a train, untreated.

    A lateral spread is among them whether the patient has one or not, so that the noise of a
    recording without it is set as in one with it; ``sweeps.open`` says when it can come.
    """
    site, ill, struck, strength = sweeps.train.site, face.side, sweeps.side, face.strength_uv
    if site is Branch.SUPRAORBITAL:
        spread = 0.0
        if options.is_affected or options.scenario == "post_paralytic":
            spread = min(0.6 + 0.5 * severity, 1.0)
        return blink_reflex(face.places, struck, ill, strength, spread, rng)
    if site is Branch.ARTERY:
        return artery_response(face.places, struck, options.electrode == "surface", strength, rng)
    regrown = options.scenario == "post_paralytic"
    direct = direct_waves(face.places, struck, site, rng)
    spread_to = lateral_spread(face.places, struck, site, strength, severity, rng, regrown=regrown)
    late = f_waves(direct, severity, options.is_affected and struck is ill, rng)
    return [*direct, *spread_to, *late]


def treat(recipe: Recipe, options: EmgOptions) -> Recipe:
    """Return an answer as toxin and the electrodes leave it."""
    muscle, side = recipe.place
    if recipe.kind == "leak":
        # The usual share of the direct wave that other electrodes see is 0.03.
        share = chosen_artefacts(options).m_wave_leak / 0.03
        return replace(recipe, peak_uv=recipe.peak_uv * share)
    kept = 1.0 - (options.toxin_block.get(muscle, 0.0) if side is options.side else 0.0)
    # Published: a blocked muscle loses its lateral spread before its direct wave.
    odds = recipe.odds * kept if recipe.kind == "LSR" else recipe.odds
    return replace(recipe, peak_uv=recipe.peak_uv * kept, odds=odds)


def reference_rms(
    sweeps: Sweeps, recipes: list[Recipe], rate_hz: float, rng: np.random.Generator
) -> float:
    """Return the RMS of the answer that the test looks for, where signal to noise is defined."""
    found = next((r for kind in sweeps.aim for r in recipes if r.kind == kind), None)
    if found is None:
        return 0.0
    pieces = []
    for k in range(16):
        made = answer(replace(found, odds=1.0), k, 0.0, 1.0, 1.0, rate_hz, rng)
        if made is None:
            continue
        seen = np.flatnonzero(np.abs(made.signal) > ACTIVE_UV)
        if len(seen):
            pieces.append(made.signal[seen[0] : seen[-1] + 1])
    return float(np.sqrt(np.mean(np.concatenate(pieces) ** 2))) if pieces else 0.0


def lay_replies(
    canvas: Canvas, recipes: list[Recipe], sweeps: Sweeps, rng: np.random.Generator
) -> Replies:
    """Draw every answer to every stimulus on the canvas and return the truth of it."""
    replies = Replies(participation=np.zeros((len(sweeps.times_s), len(canvas.places))))
    strength = float(np.clip(sweeps.train.strength, 0.0, 1.0))
    for recipe in recipes:
        for k, time in enumerate(sweeps.times_s):
            gain, odds = strength, 1.0
            if recipe.kind == "LSR":
                gain, odds = float(sweeps.gain[k]) * strength, float(sweeps.open[k])
            elif recipe.kind == "ZL":
                odds = float(sweeps.open[k])
            elif recipe.kind in ("R2", "R2c"):
                # Habituates over the first stimuli.
                gain = strength * (0.65 + 0.35 * float(np.exp(-k / 4.0)))
            made = answer(recipe, k, float(time), gain, odds, canvas.rate_hz, rng)
            if made is None:
                continue
            canvas.lay_answer(recipe.place, made.start_s, made.signal)
            if recipe.kind == "leak":
                continue
            row = measure_answer(made, float(time), canvas.rate_hz)
            if row is None:
                continue
            replies.responses.append(row)
            if recipe.kind == "LSR":
                replies.participation[k, canvas.places.index(recipe.place)] = 1.0
    replies.responses.sort(key=lambda r: (r.sweep, r.onset_ms, r.channel))
    return replies


def measure_answer(made: Answer, stimulus_s: float, rate_hz: float) -> TrueResponse | None:
    """Return what is true of one answer, from its own noiseless course; None below 5 microvolt."""
    seen = np.flatnonzero(np.abs(made.signal) > ACTIVE_UV)
    if not len(seen):
        return None
    peak = int(np.argmax(np.abs(made.signal)))
    kind: ResponseKind = made.kind  # type: ignore[assignment]

    def after_ms(sample: int) -> float:
        return round(1000.0 * (made.start_s + sample / rate_hz - stimulus_s), 4)

    return TrueResponse(
        kind=kind,
        channel=label_of(made.place),
        sweep=made.sweep,
        onset_ms=after_ms(int(seen[0])),
        peak_ms=after_ms(peak),
        end_ms=after_ms(int(seen[-1])),
        amplitude_uv=round(float(np.ptp(made.signal)), 4),
        participation=1.0,
    )
