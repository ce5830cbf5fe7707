"""The population model: what makes it fast gives what the plain way gives."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.simulate.population.emg import render_surface_emg, unit_templates
from hemispasm.simulate.population.events import fresh
from hemispasm.simulate.population.fibres import couple, draw_fibres
from hemispasm.simulate.population.heap import drop_first, push
from hemispasm.simulate.population.patch import _answers, available
from hemispasm.simulate.population.run import PopulationSettings, laws_of, simulate_population
from hemispasm.simulate.population.stages import condition_of_stage
from hemispasm.simulate.population.wiring import wire


@pytest.mark.parametrize("many", [1, 2, 3, 200])
def test_the_queue_gives_every_entry_back_in_order_of_time_ties_included(many):
    rng = np.random.default_rng(many)
    due = rng.integers(0, 50, many) / 10.0
    times, loads, size = np.zeros(many + 1), np.zeros(many + 1, dtype=np.int64), 0
    for load, time in enumerate(due):
        size = push.py_func(times, loads, size, time, load)
    seen = []
    while size > 0:
        seen.append((times[0], int(loads[0])))
        size = drop_first.py_func(times, loads, size)
    assert [time for time, _ in seen] == sorted(due)
    assert sorted(load for _, load in seen) == list(range(many))
    assert all(due[load] == time for time, load in seen)


def test_the_guide_never_begins_behind_the_neighbour_that_is_looked_for():
    condition = condition_of_stage("late", 3)
    fibres = draw_fibres(condition, 3, 100)
    nerve = wire(fibres, couple(fibres, 1.5, 3), np.zeros(len(fibres)))
    rng = np.random.default_rng(1)
    for j in range(0, len(fibres), 40):
        row = nerve.edges[nerve.indptr[j] : nerve.indptr[j + 1], 0].astype(np.float64)
        near = np.nextafter(row, 0.0)
        for along in np.r_[0.0, near, row[:-1], rng.uniform(0.0, row[-1], 100)]:
            begin = nerve.guide[j, int(along * nerve.cells[j])]
            right = np.searchsorted(row, along, side="right")
            assert right - 0.5 * len(row) < begin <= right


def test_bounds_on_the_availability_answer_as_the_exact_value_does():
    condition = condition_of_stage("late", 3)
    laws = laws_of(condition, PopulationSettings(), draw_fibres(condition, 3, 10))
    now, rng = fresh(60, 1), np.random.default_rng(2)
    now.rest[:] = rng.uniform(0.2, 1.0, 60)
    now.last_s[:] = 5.0 - rng.exponential(0.1, 60)
    for j in range(60):
        exact = available(now, laws, j, 5.0)
        odd = rng.uniform(0.0, 1.0, 20)
        for drawn in np.r_[odd, exact, np.nextafter(exact, 0.0), np.nextafter(exact, 2.0)]:
            assert _answers.py_func(now, laws, j, 5.0, drawn) == (drawn < exact)


def test_potentials_drawn_in_whole_blocks_are_the_potentials_drawn_one_by_one():
    run = simulate_population(condition_of_stage("late", 4), 2.0, 4)
    seen = render_surface_emg(run, 4000.0, noise_uv=0.0, leak=False)
    templates = unit_templates(run.fibres, 4000.0, 4)
    slow = np.zeros((6, seen.shape[1] + templates.shape[2]), dtype=np.float32)
    for time_s, fibre in zip(run.arrival_s, run.spikes.fibre, strict=True):
        first = int(np.floor(time_s * 4000.0))
        phase = int((time_s * 4000.0 - first) * templates.shape[1])
        if first < seen.shape[1]:
            row = slow[run.fibres.muscle[fibre], first:]
            row[: templates.shape[2]] += templates[fibre, phase]
    assert len(run.spikes) > 100
    assert np.array_equal(seen, slow[:, : seen.shape[1]])
