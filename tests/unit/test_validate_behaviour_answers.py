"""Answers are read off the sweeps as an examiner reads them, not off whatever fires in a window."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.model.emg import Muscle
from hemispasm.simulate.population.condition import NerveCondition
from hemispasm.simulate.population.evoked import evoke_blink_reflex
from hemispasm.validate.behaviour_answers import (
    CLEAR,
    WATCHED_MS,
    Rise,
    impulses_per_ms,
    largest_deflection,
    late_rise,
    time_locked_sds,
)
from hemispasm.validate.behaviour_evoked import (
    Arms,
    Sedated,
    mouth_answers,
    score_arms,
    score_sedation,
    stimulus_times,
)

RNG = np.random.default_rng(0)


def late_counts(onset_ms: int, more: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.8, (60, WATCHED_MS))
    counts[:, onset_ms : onset_ms + 30] += rng.poisson(more, (60, min(30, WATCHED_MS - onset_ms)))
    return counts


@pytest.mark.parametrize("sd", [0.07, 0.5])
def test_jitter_of_a_time_locked_unit_is_its_own_whatever_it_answers_besides(sd: float) -> None:
    grid = 9.5 + sd * RNG.standard_normal((60, 40))
    grid[::4] = RNG.uniform(12.0, 25.0, grid[::4].shape)
    found = time_locked_sds(grid)
    assert len(found) == 40
    assert float(np.median(found)) == pytest.approx(sd, rel=0.2)


def test_units_that_only_the_afterdischarge_takes_along_have_no_jitter() -> None:
    grid = RNG.uniform(5.0, 25.0, (60, 20))
    assert time_locked_sds(grid).size == 0
    rare = np.full((60, 1), np.nan)
    rare[:4] = 9.0
    assert time_locked_sds(rare).size == 0
    rare[4] = 9.0
    assert time_locked_sds(rare).tolist() == [0.0]


def test_arms_without_a_time_locked_unit_are_left_out_of_the_median() -> None:
    seen = [Arms(2.0, 0.08, 0.5), Arms(2.2, float("nan"), 0.6)]
    scores = score_arms(seen, RNG)
    assert (scores[9, "ephaptic_jitter"].value, scores[9, "ephaptic_jitter"].n) == (0.08, 1)


def test_impulses_spread_over_a_sweep_make_no_deflection() -> None:
    apart = np.zeros((20, WATCHED_MS), dtype=np.int64)
    apart[:, 10::10] = 1
    assert largest_deflection(apart) == 1.0
    together = np.zeros_like(apart)
    together[:, 12:15] = 1
    assert largest_deflection(together) == 3.0


def test_a_late_answer_is_found_among_afterdischarge_and_its_delay_is_seen() -> None:
    before, later = late_rise(late_counts(33, 1.0)), late_rise(late_counts(38, 1.0, seed=2))
    assert before.present
    assert later.onset_ms - before.onset_ms == pytest.approx(5.0, abs=1.5)
    assert before.impulses == pytest.approx(8.0, rel=0.3)


def test_afterdischarge_alone_is_no_late_answer() -> None:
    found = [late_rise(late_counts(33, 0.0, seed)).present for seed in range(40)]
    assert sum(found) <= 2
    assert CLEAR >= 4.0
    assert not late_rise(np.zeros((20, WATCHED_MS), dtype=np.int64)).present


def test_who_has_no_late_answer_to_begin_with_counts_as_unchanged() -> None:
    none, early, late = Rise(float("nan"), 0.0), Rise(33.0, 8.0), Rise(37.0, 4.0)
    seen = [
        Sedated(0.0, early, early, late),
        Sedated(0.0, early, early, none),
        Sedated(0.0, early, none, early),
        Sedated(0.0, early, early, Rise(33.0, 1.0)),
        Sedated(0.0, none, none, none),
    ]
    found = score_sedation(seen, RNG)[25, "blink_later_or_gone"]
    assert (found.value, found.n) == (60.0, 5)
    assert "4 have a late answer without the drug, 1 would count" in found.note


def test_the_mouth_of_a_healthy_side_does_not_answer_the_blink() -> None:
    assert not mouth_answers(NerveCondition(), 3)
    made = evoke_blink_reflex(NerveCondition(), stimulus_times(2), 3)
    counts = impulses_per_ms(made, Muscle.ORBICULARIS_ORIS)
    assert counts.shape == (2, WATCHED_MS)
    assert counts.sum() == 0
