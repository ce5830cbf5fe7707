"""Rows on what a nerve does by itself: awake, asleep, hyperventilating, healthy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.population.acts import BrainState, draw_blinks
from hemispasm.simulate.population.condition import NerveCondition
from hemispasm.simulate.population.parameters import number
from hemispasm.simulate.population.run import simulate_population
from hemispasm.simulate.population.settings import PopulationSettings
from hemispasm.simulate.population.stages import condition_of_stage, draw_stage
from hemispasm.validate.behaviour_experiments import Experiment
from hemispasm.validate.behaviour_scores import Measured, median_of, ratio_of_sums, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.simulate.population.run import PopulationRun
    from hemispasm.validate.behaviour_experiments import Scores

NIGHT_MIN = {"awake": 20.0, "n1": 3.0, "n2": 20.0, "n3": 8.0, "rem": 10.0}
"""A short night in the order and about the shares of a long one, after a while awake."""

NREM = ("n1", "n2", "n3")
BREATHING_S = 300.0
HEALTHY_S = 3600.0


def patient_condition(seed: int) -> NerveCondition:
    """Return the nerve of a patient who comes to operation, in the stage that chance gives."""
    stage, atypical = draw_stage(seed)
    return condition_of_stage(stage, seed, atypical=atypical)


@dataclass(frozen=True)
class Night:
    """Spasms and minutes of each state."""

    spasms: dict[str, int]
    minutes: dict[str, float]

    def rate(self, *states: str) -> float:
        """Return spasms per minute over some states."""
        return sum(self.spasms[s] for s in states) / sum(self.minutes[s] for s in states)


def observe_night(seed: int, quick: bool) -> Night:
    """Count the spasms of a patient awake and in each stage of sleep."""
    scale = 0.25 if quick else 0.5
    minutes = {state: scale * length for state, length in NIGHT_MIN.items()}
    starts = np.concatenate([[0.0], np.cumsum(list(minutes.values()))]) * 60.0
    states = tuple(BrainState(kind, float(s)) for kind, s in zip(minutes, starts, strict=False))  # type: ignore[arg-type]
    run = simulate_population(patient_condition(seed), float(starts[-1]), seed, states=states)
    counts, _ = np.histogram([episode.start_s for episode in run.episodes], starts)
    return Night(dict(zip(minutes, counts.tolist(), strict=True)), minutes)


def score_night(nights: Sequence[Night], _: np.random.Generator) -> Scores:
    """Return row 14."""
    asleep = (*NREM, "rem")
    kept = [night for night in nights if night.spasms["awake"] > 0]
    ratio = [night.rate(*asleep) / night.rate("awake") for night in kept]
    dreams = [night.rate(*NREM) / night.rate("rem") for night in nights if night.spasms["rem"]]
    note = f"one night of {sum(nights[0].minutes.values()):.0f} min each"
    return {
        (14, "present"): share_of(
            [any(night.spasms[s] for s in asleep) for night in nights], "patients", note
        ),
        (14, "ratio_to_waking"): median_of(ratio, "patients"),
        (14, "nrem_to_rem"): median_of(dreams, "patients"),
    }


def observe_breathing(seed: int, quick: bool) -> tuple[float, float]:
    """Count the spasms of a patient in quiet breathing and in hyperventilation."""
    length = BREATHING_S / 2 if quick else BREATHING_S
    condition = patient_condition(seed)
    lowered = PopulationSettings(threshold=number("state.hyperventilation_threshold"))
    quiet = simulate_population(condition, length, seed)
    fast = simulate_population(condition, length, seed, settings=lowered)
    return float(len(quiet.episodes)), float(len(fast.episodes))


def score_breathing(counts: Sequence[tuple[float, float]], rng: np.random.Generator) -> Scores:
    """Return row 24."""
    note = f"threshold times {number('state.hyperventilation_threshold'):g}"
    return {(24, "rate_ratio"): ratio_of_sums(counts, "patients", rng, note)}


def observe_healthy_hour(seed: int, quick: bool) -> int:
    """Count abnormal events of a healthy nerve in an hour of blinks and rest."""
    run: PopulationRun = simulate_population(
        NerveCondition(), HEALTHY_S, seed, acts=draw_blinks(HEALTHY_S, seed)
    )
    return len(run.episodes) + int(run.abnormal.sum())


def score_healthy_hour(events: Sequence[int], _: np.random.Generator) -> Scores:
    """Return the events of row 26; the interval is that of a count of nothing."""
    total = float(sum(events))
    high = 3.69 if total == 0 else total + 1.96 * np.sqrt(total) + 4.0
    return {
        (26, "events"): Measured(
            total, (0.0, high), len(events), "nerves", "spasms and abnormal impulses, 1 h each"
        )
    }


SPONTANEOUS_EXPERIMENTS = (
    Experiment("night", (14,), 12, 4, 4.0, observe_night, score_night),
    Experiment("breathing", (24,), 12, 3, 2.0, observe_breathing, score_breathing),
    Experiment("healthy hour", (26,), 10, 2, 2.0, observe_healthy_hour, score_healthy_hour),
)
"""Experiments on spontaneous activity."""
