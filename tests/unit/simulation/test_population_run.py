"""The population model: determinism, health, refractoriness, causes, states."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.evidence import load_sources
from hemispasm.model.errors import UsageError
from hemispasm.simulate.population import events
from hemispasm.simulate.population.acts import Act, draw_blinks
from hemispasm.simulate.population.condition import NerveCondition
from hemispasm.simulate.population.events import fresh
from hemispasm.simulate.population.fibres import draw_fibres
from hemispasm.simulate.population.laws import AGAIN, SEED
from hemispasm.simulate.population.parameters import DEFAULTS
from hemispasm.simulate.population.patch import arouse
from hemispasm.simulate.population.run import (
    ABNORMAL,
    CAUSES,
    BrainState,
    PopulationSettings,
    laws_of,
    simulate_population,
)
from hemispasm.simulate.population.stages import condition_of_stage


def test_same_seed_gives_the_same_impulses_bit_by_bit_and_another_does_not():
    condition = condition_of_stage("established", 3)
    acts = draw_blinks(20.0, 3)
    one, two, other = (simulate_population(condition, 20.0, seed, acts=acts) for seed in (3, 3, 4))
    assert len(one.spikes) > 0
    for name in ("time_s", "fibre", "cause"):
        assert np.array_equal(getattr(one.spikes, name), getattr(two.spikes, name))
    assert np.array_equal(one.activation(100.0), two.activation(100.0))
    assert not np.array_equal(one.spikes.time_s, other.spikes.time_s)


def test_a_healthy_nerve_is_silent_for_an_hour():
    run = simulate_population(NerveCondition(), 3600.0, 1)
    assert len(run.spikes) == 0
    assert run.episodes == ()


def test_a_healthy_nerve_that_blinks_and_speaks_has_no_abnormal_impulse():
    acts = (*draw_blinks(60.0, 2), Act("speech", 10.0, 14.0), Act("voluntary", 20.0, 23.0, 0.8))
    run = simulate_population(NerveCondition(), 60.0, 2, acts=acts)
    assert set(np.unique(run.spikes.cause)) == {
        CAUSES.index(name) for name in ("blink", "speech", "voluntary")
    }
    assert not run.abnormal.any()


def test_no_axon_fires_again_within_its_refractory_time():
    run = simulate_population(condition_of_stage("late", 5), 30.0, 5)
    order = np.lexsort((run.spikes.time_s, run.spikes.fibre))
    same = np.diff(run.spikes.fibre[order]) == 0
    assert np.diff(run.spikes.time_s[order])[same].min() >= 0.0024 - 1e-9


def test_a_long_run_outgrows_its_first_book_and_stays_in_order_of_time(monkeypatch):
    run = simulate_population(condition_of_stage("late", 3), 10.0, 3)
    monkeypatch.setattr(events, "ROWS", 1000)
    grown = simulate_population(condition_of_stage("late", 3), 10.0, 3)
    assert len(run.spikes) > 5000
    assert (np.diff(run.spikes.time_s) >= 0.0).all()
    for name in ("time_s", "fibre", "cause"):
        assert np.array_equal(getattr(grown.spikes, name), getattr(run.spikes, name))


def test_arrivals_part_by_part_are_the_arrivals_of_the_whole_run():
    run = simulate_population(condition_of_stage("late", 3), 10.0, 3)
    parts = [part for _, part in run.arrivals()]
    assert len(parts) > 2
    assert np.array_equal(np.concatenate(parts), run.arrival_s)
    assert [len(part) for _, part in run.arrivals()] == [len(run.spikes)]


def test_blinks_and_movements_set_off_spasms_in_a_diseased_nerve():
    acts = draw_blinks(120.0, 6)
    quiet = PopulationSettings(seeds=False)
    run = simulate_population(condition_of_stage("late", 6), 120.0, 6, acts=acts, settings=quiet)
    assert not run.spikes.of(("seed",)).any()
    assert any(episode.trigger == "blink" for episode in run.episodes)


def test_a_seed_arouses_the_patch_and_quiet_takes_the_coupling_back():
    condition = condition_of_stage("established", 6)
    laws = laws_of(condition, PopulationSettings(), draw_fibres(condition, 6, 10))
    now = fresh(60)
    assert arouse.py_func(now, laws, SEED, 1.0) == 1.0
    soon, late = (arouse.py_func(now, laws, AGAIN, t) for t in (1.05, 60.0))
    assert laws.resting_share < late < laws.resting_share + 0.02 < soon < 1.0


def test_each_arm_works_without_the_other():
    condition = condition_of_stage("late", 7)
    one = simulate_population(condition, 20.0, 7, settings=PopulationSettings("ephaptic"))
    other = simulate_population(condition, 20.0, 7, settings=PopulationSettings("nuclear"))
    assert not one.spikes.of(("nuclear",)).any()
    assert one.spikes.of(("ephaptic",)).any()
    assert not other.spikes.of(("ephaptic",)).any()
    assert other.spikes.of(("nuclear",)).any()


def test_sleep_leaves_fewer_spasms_and_is_noted_in_the_latent_state():
    condition = condition_of_stage("established", 8)
    awake = simulate_population(condition, 300.0, 8)
    asleep = simulate_population(condition, 300.0, 8, states=(BrainState("n3"),))
    assert 0 < len(asleep.bursts) < len(awake.bursts)
    assert set(asleep.latent.state) == {4}


def test_toxin_weakens_the_muscle_and_leaves_the_nerve_alone():
    condition = condition_of_stage("late", 9)
    weak = dict.fromkeys(condition_muscles(), 0.2)
    treated = NerveCondition(**{**vars(condition), "release": weak})
    before, after = (simulate_population(c, 20.0, 9) for c in (condition, treated))
    assert np.array_equal(before.spikes.time_s, after.spikes.time_s)
    involved = before.activation(100.0, causes=ABNORMAL)
    assert after.activation(100.0, causes=ABNORMAL).sum() < 0.8 * involved.sum()
    assert len(after.episodes) == len(before.episodes)
    assert all(one.moves for one in before.episodes)
    assert max(max(e.peak) for e in after.episodes) < max(max(e.peak) for e in before.episodes)


def condition_muscles():
    from hemispasm.simulate.population.condition import MUSCLES

    return MUSCLES


def test_every_default_states_status_anchor_and_a_source_that_resolves():
    sources = load_sources()
    for key, parameter in DEFAULTS.items():
        assert parameter.status in {
            "published",
            "derived",
            "calibrated",
            "assumed",
            "definition",
        }, key
        assert parameter.anchor, key
        assert parameter.source in sources or not parameter.source, key


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: simulate_population(NerveCondition(), 0.0, 1),
        lambda: condition_of_stage("worst", 1),
        lambda: Act("sneeze", 0.0, 1.0),
        lambda: Act("blink", 1.0, 1.0),
        lambda: BrainState("coma"),
        lambda: PopulationSettings("spinal"),
        lambda: PopulationSettings(threshold=0.0),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()
