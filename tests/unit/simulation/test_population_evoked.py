"""Stimuli to the population: lateral spread, direct answers, F waves, double shocks, reflex."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.evoked import (
    SUPPLIES,
    double_shock,
    evoke_blink_reflex,
    evoke_f_waves,
    evoke_lateral_spread,
)
from hemispasm.simulate.population.stages import condition_of_stage

OCULI = Muscle.ORBICULARIS_OCULI
TIMES = 0.1 + 0.5 * np.arange(8)


def test_a_diseased_nerve_answers_in_another_branch_and_a_healthy_one_does_not():
    ill = evoke_lateral_spread(condition_of_stage("late", 2), "mandibular", TIMES, 2)
    well = evoke_lateral_spread(NerveCondition(), "mandibular", TIMES, 2)
    assert ill.has_lateral_spread(OCULI)
    assert 6.0 < ill.onset_ms("LSR", OCULI) < 13.0
    assert not well.of("LSR")
    assert not well.has_lateral_spread()


def test_the_lateral_spread_leaves_with_the_coupling_though_the_rest_of_the_disease_stays():
    before = condition_of_stage("established", 3)
    after = replace(before, ephaptic_r=0.02)
    assert evoke_lateral_spread(before, "mandibular", TIMES, 3).has_lateral_spread()
    assert not evoke_lateral_spread(after, "mandibular", TIMES, 3).has_lateral_spread()


def test_muscles_of_the_branch_answer_directly_and_before_any_lateral_spread():
    made = evoke_lateral_spread(condition_of_stage("established", 4), "zygomatic", TIMES, 4)
    direct = {row.muscle for row in made.of("M")}
    assert direct == set(SUPPLIES[Branch.ZYGOMATIC])
    assert max(row.latency_ms for row in made.of("M")) < 5.0
    assert {row.muscle for row in made.of("LSR")}.isdisjoint(direct)


def test_impulses_that_a_shock_sends_up_reach_no_muscle():
    made = evoke_lateral_spread(NerveCondition(), "trunk", TIMES, 5)
    assert made.spikes.of(("stimulus",)).all() or made.of("F")
    assert made.run.activation(200.0).max() < 0.2


def test_a_healthy_nerve_has_f_waves_later_than_the_way_to_the_nucleus_and_back():
    made = evoke_f_waves(NerveCondition(), "mandibular", 0.1 + 0.5 * np.arange(20), 6)
    found = made.of("F")
    assert found
    assert min(row.latency_ms for row in found) > 6.0


def test_the_blink_reflex_of_a_healthy_nerve_is_normal_and_stays_in_the_eye():
    made = evoke_blink_reflex(NerveCondition(), TIMES, 7)
    assert 8.0 < made.onset_ms("R1", OCULI) < 13.0
    assert 22.0 < made.onset_ms("R2", OCULI) < 40.0
    assert {row.muscle for row in made.responses} == {OCULI}


def test_what_a_shock_sets_off_in_a_quiet_patch_has_died_out_before_the_next_shock():
    made = evoke_lateral_spread(condition_of_stage("established", 4), "zygomatic", TIMES, 4)
    arrival, _ = made.answers(Muscle.ORBICULARIS_ORIS)
    since = arrival - TIMES[np.searchsorted(TIMES, arrival, "right") - 1]
    assert len(since) > 20
    assert np.median(since) < 0.05
    assert since.max() < 0.4


def test_the_early_blink_answer_crosses_as_a_volley_and_the_late_one_shows_after_it():
    made = evoke_blink_reflex(condition_of_stage("late", 3), TIMES, 3)
    oris = MUSCLES.index(Muscle.ORBICULARIS_ORIS)
    assert made.units("synkinetic_R1")[:, oris].mean() > 3.0
    assert made.units("synkinetic_R2")[:, oris].mean() > 3.0


def test_no_axon_answers_a_second_shock_within_its_refractory_time():
    found = double_shock(condition_of_stage("late", 9), "mandibular", [1.0], 9, muscle=OCULI)
    assert found.units > 1.0
    assert abs(found.ratio[0]) < 0.3


def test_the_same_seed_gives_the_same_answers():
    condition = condition_of_stage("late", 9)
    one, two = (evoke_lateral_spread(condition, "buccal", TIMES, 9) for _ in range(2))
    assert one.responses == two.responses
    assert one.units("LSR").shape == (len(TIMES), len(MUSCLES))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: evoke_lateral_spread(NerveCondition(), "supraorbital", TIMES, 1),
        lambda: evoke_lateral_spread(NerveCondition(), "zygomatic", [], 1),
        lambda: evoke_blink_reflex(NerveCondition(), [-1.0], 1),
    ],
)
def test_a_stimulus_that_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()
