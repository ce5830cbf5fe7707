"""What a run looks like: coupling, activation, spasms, surface EMG."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.acts import Act, draw_blinks
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.emg import render_surface_emg
from hemispasm.simulate.population.fibres import couple, draw_fibres, spectral_radius
from hemispasm.simulate.population.run import (
    ABNORMAL,
    PopulationSettings,
    simulate_population,
)
from hemispasm.simulate.population.stages import condition_of_stage, contact_place_of_pole


def test_the_coupling_has_the_spectral_radius_that_was_asked_for():
    condition = condition_of_stage("established", 1)
    fibres = draw_fibres(condition, 1, 100)
    web = couple(fibres, 1.3, 1)
    graph = csr_array((web.weight, web.indices, web.indptr), shape=(600, 600))
    dense = np.linalg.eigvalsh(graph.toarray())
    assert dense[-1] == pytest.approx(1.3, rel=1e-3)
    assert spectral_radius(graph) == pytest.approx(dense[-1], rel=1e-3)


def test_the_same_person_keeps_the_axons_in_another_condition():
    settings = PopulationSettings(anatomy_seed=5)
    before, after = (
        simulate_population(condition_of_stage(stage, 5), 1.0, seed, settings=settings)
        for stage, seed in (("late", 1), ("early", 2))
    )
    assert np.array_equal(before.fibres.conduction_ms, after.fibres.conduction_ms)
    assert np.array_equal(before.fibres.amplitude_uv, after.fibres.amplitude_uv)


def test_a_blink_closes_the_eye_and_moves_nothing_else_in_a_healthy_face():
    run = simulate_population(NerveCondition(), 1.0, 3, acts=(Act("blink", 0.3, 0.36, 0.6),))
    force = run.activation(500.0)
    peaks = force.max(axis=1)
    assert peaks[1] > 0.3
    assert np.count_nonzero(peaks) == 1
    assert run.episodes == ()
    assert 0.3 < np.argmax(force[1]) / 500.0 < 0.42


def test_spasms_are_ordered_apart_and_each_holds_its_muscles():
    run = simulate_population(condition_of_stage("established", 4), 60.0, 4)
    assert len(run.episodes) > 3
    for one, two in zip(run.episodes, run.episodes[1:], strict=False):
        assert two.start_s - one.end_s >= 0.3
    for row in run.episodes:
        assert row.axons >= 6
        assert all(row.peak[MUSCLES.index(m)] >= 0.03 for m in row.muscles)


def test_spasms_go_on_smaller_when_only_the_coupling_has_gone():
    condition = condition_of_stage("established", 5)
    before, after = (
        simulate_population(c, 120.0, 5) for c in (condition, replace(condition, ephaptic_r=0.02))
    )
    assert len(after.episodes) >= 0.3 * len(before.episodes) > 0
    assert np.median([e.axons for e in after.episodes]) < 0.5 * np.median(
        [e.axons for e in before.episodes]
    )


def test_synkinesis_ends_with_the_blink_and_is_no_spasm():
    quiet = PopulationSettings(seeds=False)
    run = simulate_population(
        condition_of_stage("early", 6), 120.0, 6, acts=draw_blinks(120.0, 6), settings=quiet
    )
    assert run.synkineses
    for row in run.synkineses:
        act = max(
            (a for a in run.acts if a.start_s <= row.start_s + 0.005), key=lambda a: a.start_s
        )
        assert row.end_s <= act.end_s + 0.06 + 1e-9


def test_surface_emg_shows_the_impulses_on_their_own_channel_and_noise_elsewhere():
    run = simulate_population(NerveCondition(), 2.0, 7, acts=(Act("blink", 1.0, 1.06, 0.6),))
    clean = render_surface_emg(run, noise_uv=0.0, leak=False)
    assert np.abs(clean[1]).max() > 20.0
    assert np.count_nonzero(clean[[0, 2, 3, 4, 5]]) == 0
    assert np.count_nonzero(clean[1, : int(0.99 * 4000)]) == 0
    noisy = render_surface_emg(run)
    assert noisy.dtype == np.float32
    assert noisy[0, :3000].std() == pytest.approx(5.0, rel=0.1)
    assert np.array_equal(noisy, render_surface_emg(run))
    with pytest.raises(UsageError):
        render_surface_emg(run, 100.0)


def test_the_involuntary_part_of_the_force_leaves_out_blinks():
    acts = draw_blinks(30.0, 8)
    run = simulate_population(condition_of_stage("late", 8), 30.0, 8, acts=acts)
    part, whole = run.activation(100.0, causes=ABNORMAL), run.activation(100.0)
    assert (whole >= part - 1e-6).all()
    assert whole.sum() > part.sum()


def test_the_usual_contact_faces_the_upper_face():
    assert contact_place_of_pole(True)[1] > 0.0 > contact_place_of_pole(False)[1]
