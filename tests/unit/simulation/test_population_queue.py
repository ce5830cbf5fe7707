"""The population model: what makes it fast gives what the plain way gives."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from hemispasm.simulate.population.agenda import (
    BEYOND,
    HERE,
    NEVER,
    PER_S,
    WAITING,
    earliest,
    empty_agenda,
    longer_agenda,
    push,
    push_if,
    take,
)
from hemispasm.simulate.population.decay import NEAR_END, NEAR_ERROR, exponential, near_log
from hemispasm.simulate.population.emg import render_surface_emg, unit_templates
from hemispasm.simulate.population.events import fresh
from hemispasm.simulate.population.fibres import couple, draw_fibres
from hemispasm.simulate.population.noise import EDGE, Noise
from hemispasm.simulate.population.patch import _answers, _find, _reach, available
from hemispasm.simulate.population.run import PopulationSettings, laws_of, simulate_population
from hemispasm.simulate.population.stages import condition_of_stage
from hemispasm.simulate.population.wiring import wire


def _take_all(agenda):
    """Return times and loads in the order in which they come out."""
    seen = []
    while agenda.at[WAITING] + agenda.at[BEYOND] > 0:
        time, slot = earliest(agenda)
        agenda.at[HERE] = int(time * PER_S)
        seen.append((time, take(agenda, np.uint64(slot))))
    return seen


@pytest.mark.parametrize("many", [1, 2, 3, 200])
@pytest.mark.parametrize("span_s", [2e-6, 2e-4, 2e-2])
def test_the_agenda_gives_entries_back_in_order_of_time_and_of_equal_ones_the_oldest(many, span_s):
    rng = np.random.default_rng(many)
    agenda = empty_agenda(2 * many)
    agenda.at[HERE] = int(7.0 * PER_S)
    due = 7.0 + span_s * rng.integers(0, 60, many) / 60.0
    for load, time in enumerate(due):
        push(agenda, time, load)
    order = np.argsort(due, kind="stable")
    assert _take_all(agenda) == [(due[k], k) for k in order]
    assert earliest(agenda)[0] == NEVER


def test_what_is_due_long_after_now_comes_out_in_order_too():
    agenda, due = empty_agenda(500), np.random.default_rng(8).uniform(0.0, 3.0, 300)
    for load, time in enumerate(due):
        push(agenda, time, load)
    assert agenda.at[BEYOND] > 250
    assert [load for _, load in _take_all(agenda)] == list(np.argsort(due))


def test_the_agenda_stays_in_order_while_impulses_set_off_others():
    rng = np.random.default_rng(5)
    agenda, plain, load = empty_agenda(4096), [(0.0, 0)], 0
    push(agenda, 0.0, 0)
    for _ in range(2000):
        time, slot = earliest(agenda)
        agenda.at[HERE] = int(time * PER_S)
        plain.sort()
        assert (time, take(agenda, np.uint64(slot))) == plain.pop(0)
        for late in rng.exponential(0.01, 3 if len(plain) < 300 else 0):
            load += 1
            wanted = np.uint64(rng.random() < 0.5 or not plain)
            push_if(agenda, wanted, time + late, load)
            plain += [(time + late, load)] * int(wanted)
    assert agenda.at[WAITING] + agenda.at[BEYOND] == len(plain) > 100


def test_an_agenda_that_grows_keeps_its_entries():
    rng = np.random.default_rng(6)
    agenda, due = empty_agenda(100), rng.uniform(0.0, 0.1, 400)
    for load, time in enumerate(due):
        if agenda.at[WAITING] + agenda.at[BEYOND] == len(agenda.time_s):
            agenda = longer_agenda(agenda)
        push(agenda, time, load)
    assert [load for _, load in _take_all(agenda)] == list(np.argsort(due))


def _wired():
    condition = condition_of_stage("late", 3)
    fibres = draw_fibres(condition, 3, 100)
    return wire(fibres, couple(fibres, 1.5, 3), np.zeros(len(fibres)))


def test_the_guide_never_begins_behind_the_neighbour_that_is_looked_for():
    nerve = _wired()
    rng = np.random.default_rng(1)
    for j in range(0, len(nerve.odds), 40):
        row = nerve.hazard[nerve.first[j] :][: nerve.many[j]].astype(np.float64)
        assert row[-1] == nerve.full[j]
        near = np.nextafter(row, 0.0)
        for along in np.r_[0.0, near, row[:-1], rng.uniform(0.0, row[-1], 100)]:
            begin = nerve.guide[j, int(along * nerve.cells[j])]
            right = np.searchsorted(row, along, side="right")
            assert right - 0.5 * len(row) < begin <= right
            assert _find(nerve, j, along) == nerve.first[j] + right


def test_a_near_logarithm_reaches_the_neighbour_that_the_exact_one_reaches():
    nerve, rng, j, each = _wired(), np.random.default_rng(3), 40, 1.0 / 0.7
    row = nerve.hazard[nerve.first[j] :][: nerve.many[j]].astype(np.float64)
    edge = 1.0 - np.exp(-0.7 * row)
    spread = [edge * (1.0 + k * 1e-16) for k in range(-4, 5)]
    end, seen = nerve.full[j], set()
    for drawn in np.r_[rng.uniform(0.0, 1.0, 1000), np.concatenate(spread), 0.0, NEAR_END]:
        along = -np.log(1.0 - drawn) / 0.7
        right = nerve.first[j] + np.searchsorted(row, along, side="right")
        exact = right if along < end else -1
        assert _reach(nerve, j, 0.0, end, 0.7, each, drawn) == exact
        seen.add(exact)
    assert len(seen) > len(row) // 2


def test_the_near_logarithm_errs_less_than_it_says():
    for drawn in np.r_[np.linspace(0.0, NEAR_END, 3001)[:-1], np.nextafter(NEAR_END, 0.0)]:
        assert abs(near_log(drawn) + np.log1p(-drawn)) < 0.5 * NEAR_ERROR


def test_the_exponential_is_within_one_unit_of_the_last_place():
    rng = np.random.default_rng(4)
    for x in np.r_[-rng.exponential(1.0, 100), rng.uniform(-490.0, 490.0, 100), 0.0, -800.0]:
        exact = Decimal(float(x)).exp()
        assert abs(Decimal(exponential(x)) - exact) <= Decimal(float(np.spacing(float(exact))))


def test_bounds_on_the_availability_answer_as_the_exact_value_does():
    condition = condition_of_stage("late", 3)
    laws = laws_of(condition, PopulationSettings(), draw_fibres(condition, 3, 10))
    now, rng = fresh(60), np.random.default_rng(2)
    now.rest[:50] = rng.uniform(0.2, 1.0, 50)
    now.last_s[:50] = 5.0 - rng.exponential(0.1, 50)
    for j in range(60):
        exact = available(now, laws, j, 5.0)
        odd = rng.uniform(0.0, 1.0, 20)
        for drawn in np.r_[odd, exact, np.nextafter(exact, 0.0), np.nextafter(exact, 2.0)]:
            assert _answers.py_func(now, laws, j, 5.0, drawn) == (drawn < exact)


def test_noise_is_the_noise_of_numpy_sample_by_sample_however_it_is_cut():
    plain = np.random.default_rng(7).standard_normal(400_000, dtype=np.float32)
    row, noise = np.ones(len(plain), dtype=np.float32), Noise(np.random.default_rng(7))
    for part in np.split(row, [1, 2, 999, 250_000]):
        noise.add_to(part, np.float32(0.3))
    assert (np.abs(plain) > EDGE).sum() > 50
    assert np.array_equal(row, np.float32(1.0) + np.float32(0.3) * plain)


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
