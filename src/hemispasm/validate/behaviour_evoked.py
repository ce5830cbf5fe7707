"""Rows on the answers of the nerve to stimuli: lateral spread, blink reflex, sedation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.population import rows
from hemispasm.validate.behaviour_experiments import Experiment
from hemispasm.validate.behaviour_scores import median_of, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.validate.behaviour_experiments import Scores

LATER_MS = 1.0
"""A blink-evoked answer is later from this shift on (ours: several times its jitter)."""

GONE = 0.2
"""A blink-evoked answer is gone below this share of its size (ours)."""


@dataclass(frozen=True)
class Spread:
    """Lateral spread of one patient who comes to operation."""

    oculi_ms: float
    mentalis_ms: float
    present: bool
    both_ways: bool


def observe_spread(seed: int, quick: bool) -> Spread:
    """Stimulate the branches of one patient."""
    people = (seed,)
    return Spread(
        oculi_ms=float(rows.lateral_spread_onsets(people, Muscle.ORBICULARIS_OCULI)[0]),
        mentalis_ms=float(rows.lateral_spread_onsets(people, Muscle.MENTALIS)[0]),
        present=bool(rows.lateral_spread_present(people)[0]),
        both_ways=bool(rows.spreads_both_ways(people)[0]),
    )


def score_spread(seen: Sequence[Spread], _: np.random.Generator) -> Scores:
    """Return rows 1, 2, 8 and 10."""
    who = "patients"
    apart = [one.mentalis_ms - one.oculi_ms for one in seen]
    return {
        (1, "median_latency"): median_of([one.oculi_ms for one in seen], who),
        (2, "median_difference"): median_of(apart, who),
        (8, "both_ways"): share_of([one.both_ways for one in seen], who),
        (10, "present"): share_of([one.present for one in seen], who),
    }


@dataclass(frozen=True)
class Arms:
    """Central delay and jitter of one patient's lateral spread, by the way it takes."""

    nuclear_delay_ms: float
    ephaptic_jitter_ms: float
    nuclear_jitter_ms: float


def observe_arms(seed: int, quick: bool) -> Arms:
    """Let the lateral spread of one patient take either way."""
    people = (seed,)
    return Arms(
        nuclear_delay_ms=float(rows.central_delays(people, "nuclear")[0]),
        ephaptic_jitter_ms=float(rows.jitters(people, "ephaptic")[0]),
        nuclear_jitter_ms=float(rows.jitters(people, "nuclear")[0]),
    )


def score_arms(seen: Sequence[Arms], _: np.random.Generator) -> Scores:
    """Return rows 4 and 9."""
    who = "patients"
    return {
        (4, "median_delay"): median_of([one.nuclear_delay_ms for one in seen], who),
        (9, "ephaptic_jitter"): median_of([one.ephaptic_jitter_ms for one in seen], who),
        (9, "nuclear_jitter"): median_of([one.nuclear_jitter_ms for one in seen], who),
    }


def observe_blink(seed: int, quick: bool) -> tuple[bool, bool]:
    """Return whether the mouth answers on the affected and on the healthy side."""
    affected = rows.blink_synkinesis((seed,))
    healthy = rows.blink_synkinesis((seed,), stage="healthy")
    return bool(affected[0]), bool(healthy[0])


def score_blink(seen: Sequence[tuple[bool, bool]], _: np.random.Generator) -> Scores:
    """Return row 11."""
    return {
        (11, "affected_side"): share_of([one for one, _ in seen], "patients"),
        (11, "other_side"): share_of([other for _, other in seen], "patients"),
    }


@dataclass(frozen=True)
class Sedated:
    """What a benzodiazepine changes in one patient."""

    spread_shift_ms: float
    reflex_ratio: float
    reflex_shift_ms: float

    @property
    def later_or_gone(self) -> bool:
        """Whether the blink-evoked answer comes later, or is gone."""
        gone = not self.reflex_ratio >= GONE or np.isnan(self.reflex_shift_ms)
        return bool(gone or self.reflex_shift_ms >= LATER_MS)


def observe_sedation(seed: int, quick: bool) -> Sedated:
    """Calm the nucleus of one patient."""
    found = rows.sedation((seed,))
    return Sedated(
        float(found.latency_shift_ms[0]),
        float(found.reflex_ratio[0]),
        float(found.reflex_shift_ms[0]),
    )


def score_sedation(seen: Sequence[Sedated], _: np.random.Generator) -> Scores:
    """Return row 25."""
    note = f"later by {LATER_MS:g} ms or below {GONE:g} of its size"
    return {
        (25, "latency_change"): median_of([one.spread_shift_ms for one in seen], "patients"),
        (25, "blink_later_or_gone"): share_of(
            [one.later_or_gone for one in seen], "patients", note
        ),
    }


@dataclass(frozen=True)
class Healthy:
    """Evoked answers of one healthy nerve."""

    spread: bool
    r1_ms: float
    r2_ms: float


def observe_healthy(seed: int, quick: bool) -> Healthy:
    """Stimulate one healthy nerve."""
    found = rows.healthy_findings((seed,))
    return Healthy(bool(found.spread[0]), float(found.r1_ms[0]), float(found.r2_ms[0]))


def score_healthy(seen: Sequence[Healthy], _: np.random.Generator) -> Scores:
    """Return row 26, but for its events."""
    who = "nerves"
    return {
        (26, "lateral_spread"): share_of([one.spread for one in seen], who),
        (26, "blink_r1"): median_of([one.r1_ms for one in seen], who),
        (26, "blink_r2"): median_of([one.r2_ms for one in seen], who),
    }


EVOKED_EXPERIMENTS = (
    Experiment("lateral spread", (1, 2, 8, 10), 100, 12, 1.0, observe_spread, score_spread),
    Experiment("arms", (4, 9), 30, 8, 1.0, observe_arms, score_arms),
    Experiment("blink reflex", (11,), 100, 12, 0.5, observe_blink, score_blink),
    Experiment("sedation", (25,), 40, 8, 1.0, observe_sedation, score_sedation),
    Experiment("healthy nerve", (26,), 60, 8, 0.5, observe_healthy, score_healthy),
)
"""Experiments with stimuli."""
