"""The cable bundle: rest, conduction, crossing, silence of a healthy nerve, same seed same run."""

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.model.errors import UsageError
from hemispasm.simulate.nerve.bundle import BundleOptions, assemble, change_space, make_bundle
from hemispasm.simulate.nerve.evoked import evoke_lateral_spread, make_volley
from hemispasm.simulate.nerve.kinetics import resting_gates
from hemispasm.simulate.nerve.parameters import DEFAULTS, number
from hemispasm.simulate.nerve.run import Shock, run_bundle
from hemispasm.simulate.nerve.spontaneous import watch_spontaneous

SMALL = BundleOptions(fibres=48)
QUIET = replace(SMALL, noise=0.0)
STATUS = {"published", "derived", "calibrated", "assumed", "definition"}


def uniform(diameter_um, **changes):
    """Return one cluster of equal healthy fibres."""
    options = BundleOptions(fibres=8, bare_share=0.0, noise=0.0, **changes)
    none = np.zeros(8, dtype=bool)
    return assemble(options, np.full(8, diameter_um), np.full(8, 0.0085), (none, none), none)


def test_every_default_says_its_status_and_the_observation_that_moves_it():
    for row in DEFAULTS.values():
        assert row.status in STATUS
        assert row.anchor
        assert row.source or row.status not in {"published", "derived"}, row.key


def test_gates_at_rest_are_those_of_the_published_node():
    # From the published rate functions, worked out by hand at -80 mV and 36 degrees.
    assert resting_gates() == pytest.approx([0.0733, 0.6208, 0.2026, 0.0430, 0.0908], abs=2e-3)


def test_fast_potassium_is_laid_bare_by_the_loss_of_myelin_alone():
    nerve = make_bundle(replace(QUIET, bare_share=0.5), seed=3)
    shown = nerve.membrane.kf > 0.0
    assert np.array_equal(shown.any(axis=0), nerve.bare)
    assert shown[nerve.layout.patch][:, nerve.bare].all()
    assert shown.sum() == nerve.bare.sum() * (nerve.layout.patch.stop - nerve.layout.patch.start)


def test_a_second_volley_passes_bare_fibres_three_milliseconds_after_the_first():
    nerve = make_bundle(replace(QUIET, coupled=False, nap_share=0.006), seed=3)
    fibres = np.flatnonzero(nerve.upper)
    shocks = tuple(Shock(int(i), time) for i in fibres for time in (0.5, 3.5))
    passed = run_bundle(nerve, shocks, 9.0, dt_us=5.0)
    # In the middle of the patch as well: bare membrane answers in full, not the nodes alone.
    for place in ("patch", "proximal"):
        assert np.bincount(passed.at(place)[0])[fibres].tolist() == [2] * fibres.size


def test_a_membrane_at_rest_stays_at_rest():
    run = run_bundle(uniform(7.0), (), 5.0, sample_us=500.0)
    assert np.abs(run.samples[:, :5] + 80.0).max() < 0.01
    assert run.time_ms.size == 0


@pytest.mark.parametrize("diameter_um", [5.7, 7.3, 10.0])
def test_the_velocity_used_outside_the_bundle_is_that_of_the_model(diameter_um):
    bundle = uniform(diameter_um)
    middle = np.cumsum(bundle.shape.length, axis=0) - bundle.shape.length / 2.0
    nodes = np.flatnonzero(bundle.layout.kind == 1)[[2, 6]]
    places = bundle.places.copy()
    places[:2] = nodes[:, None]
    run = run_bundle(replace(bundle, places=places), (Shock(0, 0.5),), 3.0)
    passed = run.at("patch_distal")[1][0] - run.at("distal")[1][0]
    velocity = 1e-3 * (middle[nodes[1], 0] - middle[nodes[0], 0]) / passed
    assert velocity == pytest.approx(bundle.velocity_m_s[0], rel=0.06)


def test_a_shock_in_a_healthy_fibre_passes_once_and_excites_no_neighbour():
    for space in (number("space.compressed"), number("space.decompressed")):
        healthy = make_bundle(replace(SMALL, bare_share=0.0, space_share=space), seed=3)
        found = evoke_lateral_spread(healthy, dt_us=5.0)
        assert not found.present
        volley = make_volley(healthy)
        run = run_bundle(healthy, volley.shocks, 15.0, dt_us=5.0)
        fibres = run.at("proximal")[0]
        assert sorted(fibres.tolist()) == np.flatnonzero(healthy.upper).tolist()


def test_a_healthy_nerve_never_fires_by_itself():
    healthy = make_bundle(replace(SMALL, bare_share=0.0), seed=4)
    assert watch_spontaneous(healthy, 60.0).events == ()


def test_pressure_lets_a_volley_cross_and_decompression_stops_it_at_once():
    for seed in (1, 4):
        nerve = make_bundle(replace(QUIET, space_share=0.12), seed)
        assert evoke_lateral_spread(nerve).crossing > 0.02
        assert not evoke_lateral_spread(change_space(nerve, number("space.decompressed"))).present


def test_decompression_does_not_stop_ectopic_firing():
    nerve = make_bundle(replace(SMALL, noise=6.0), seed=3)
    squeezed = watch_spontaneous(nerve, 80.0)
    freed = watch_spontaneous(change_space(nerve, number("space.decompressed")), 80.0)
    assert squeezed.impulses_per_s > 0.0
    assert freed.impulses_per_s > 0.5 * squeezed.impulses_per_s


def test_without_a_shared_space_compression_changes_nothing():
    alone = replace(QUIET, coupled=False)
    runs = []
    for space in (0.1, 0.8):
        nerve = make_bundle(replace(alone, space_share=space), seed=5)
        runs.append(run_bundle(nerve, make_volley(nerve).shocks, 10.0, dt_us=5.0))
    assert np.array_equal(runs[0].time_ms, runs[1].time_ms)
    crossed = ~runs[0].bundle.upper[runs[0].fibre]
    assert not crossed.any()


def test_a_wide_space_comes_to_the_same_as_none():
    nerve = make_bundle(QUIET, seed=5)
    shocks = make_volley(nerve).shocks
    wide = run_bundle(change_space(nerve, 1e6), shocks, 8.0, dt_us=5.0)
    alone = run_bundle(
        replace(nerve, options=replace(nerve.options, coupled=False)), shocks, 8.0, dt_us=5.0
    )
    assert np.array_equal(wide.fibre, alone.fibre)
    assert wide.time_ms == pytest.approx(alone.time_ms, abs=1e-3)


def test_the_same_seed_gives_the_same_run_to_the_last_bit():
    runs = [
        run_bundle(make_bundle(SMALL, 7), (Shock(2, 1.0),), 20.0, seed=7, dt_us=5.0)
        for _ in range(2)
    ]
    assert np.array_equal(runs[0].time_ms, runs[1].time_ms)
    other = run_bundle(make_bundle(SMALL, 8), (Shock(2, 1.0),), 20.0, seed=7, dt_us=5.0)
    assert not np.array_equal(runs[0].time_ms, other.time_ms)


def test_fibres_that_make_no_whole_cluster_are_refused():
    with pytest.raises(UsageError, match="multiple"):
        BundleOptions(fibres=20)
