"""The numbers of the cable bundle do not hang on its step and grid, and no current is lost."""

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.simulate.nerve import run as runs
from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
from hemispasm.simulate.nerve.evoked import make_volley
from hemispasm.simulate.nerve.run import Shock, run_bundle
from hemispasm.simulate.nerve.solver import State, _solve_fibres, _solve_space

# Squeezed until impulses cross in two clusters under a volley that comes at once.
OPTIONS = BundleOptions(fibres=16, noise=0.0, space_share=0.12)
SEED = 2


def impulses(dt_us, duration_ms=6.0, **changes):
    """Return fibres, places and times of a run with a synchronous volley."""
    bundle = make_bundle(replace(OPTIONS, **changes), SEED)
    shocks = tuple(Shock(int(i), 0.5) for i in np.flatnonzero(bundle.upper))
    run = run_bundle(bundle, shocks, duration_ms, dt_us=dt_us)
    order = np.lexsort((run.time_ms, run.place, run.fibre))
    crossed = ~bundle.upper[run.fibre]
    return run.fibre[order], run.place[order], run.time_ms[order], crossed.any()


@pytest.mark.parametrize(
    ("coarse", "fine"),
    [
        ({"dt_us": 2.5}, {"dt_us": 1.0}),
        ({"dt_us": 2.5}, {"dt_us": 2.5, "patch_dx_um": 12.5}),
        ({"dt_us": 2.5}, {"dt_us": 2.5, "internode_compartments": 8}),
    ],
    ids=["step", "patch", "internode"],
)
def test_a_finer_grid_moves_first_impulses_by_less_than_a_fiftieth_of_a_millisecond(coarse, fine):
    first, second = impulses(**coarse), impulses(**fine)
    assert first[3]
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    moved = np.abs(first[2] - second[2])
    _, leading = np.unique(np.stack(first[:2]), axis=1, return_index=True)
    assert moved[leading].max() < 0.02
    # A repeat inherits the error of the impulse before it.
    assert moved.max() < 0.07


def small_cluster():
    """Return the constants of a cluster and a state with random potentials."""
    bundle = make_bundle(replace(OPTIONS, fibres=8), SEED)
    cluster = runs._cluster(bundle, slice(0, 8), 2.5e-3)
    generator = np.random.default_rng(5)
    shape = cluster.base.shape
    size = cluster.patch_to - cluster.patch_from
    gates = [np.zeros((cluster.active.size, 8)) for _ in range(6)]
    v = generator.normal(-60.0, 20.0, shape)
    return cluster, State(v, *gates, np.zeros(size), np.zeros(size))


def test_the_current_that_fibres_push_into_their_space_all_leaves_at_its_ends():
    cluster, state = small_cluster()
    size = cluster.patch_to - cluster.patch_from
    patch = slice(cluster.patch_from, cluster.patch_to)
    along = cluster.axial[cluster.patch_from - 1 : cluster.patch_to].sum(axis=1)
    _solve_space(cluster, state, along, np.zeros(size))
    inside = state.v.copy()
    inside[patch] += state.outside[:, None]
    flow = cluster.axial * np.diff(inside, axis=0)
    through_membrane = (flow[patch] - flow[cluster.patch_from - 1 : cluster.patch_to - 1]).sum(1)
    padded = np.concatenate([[0.0], state.outside, [0.0]])
    conductance = np.full(size + 1, cluster.space)
    conductance[[0, -1]] *= 2.0
    leaving = -np.diff(conductance * np.diff(padded))
    assert through_membrane == pytest.approx(leaving, abs=1e-9 * np.abs(flow).max())
    ends = conductance[0] * state.outside[0] + conductance[-1] * state.outside[-1]
    assert through_membrane.sum() == pytest.approx(ends, abs=1e-9 * np.abs(flow).max())


def test_the_cable_of_a_fibre_is_solved_as_a_full_matrix_would_be():
    cluster, state = small_cluster()
    generator = np.random.default_rng(6)
    diagonal = cluster.base + generator.random(cluster.base.shape)
    right = generator.normal(size=cluster.base.shape)
    axial = cluster.axial[:, 3]
    full = np.diag(diagonal[:, 3]) - np.diag(axial, 1) - np.diag(axial, -1)
    expected = np.linalg.solve(full, right[:, 3])
    _solve_fibres(cluster, state, diagonal.copy(), right.copy())
    assert state.v[:, 3] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_dispersed_volley_crosses_less_than_one_that_comes_at_once():
    nerve = make_bundle(BundleOptions(fibres=48, noise=0.0, space_share=0.15), SEED)
    crossing = []
    for dispersed in (True, False):
        shocks = make_volley(nerve, dispersed=dispersed).shocks
        run = run_bundle(nerve, shocks, 9.0, dt_us=5.0)
        crossing.append((np.isfinite(run.first("distal")) & ~nerve.upper).sum())
    assert crossing[0] < crossing[1]
