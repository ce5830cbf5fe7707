"""The slow equations: what is fast, what is slow, and that they are stepped rightly."""

import itertools

import numpy as np
import pytest
from scipy.linalg import expm

from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.course import laws, toxin
from hemispasm.simulate.course.decompression import (
    Decompression,
    centre_profile,
    operate_all,
)
from hemispasm.simulate.course.parameters import (
    DEFAULTS,
    CourseSettings,
    default_settings,
    fitting_settings,
)
from hemispasm.simulate.course.patient import condition_on, draw_course, run_course
from hemispasm.simulate.course.patients import draw_patients, drive_of


@pytest.fixture(scope="module")
def people():
    return draw_patients(60, 4)


def test_pressure_acts_at_once_on_coupling_and_slowly_on_bare_membrane():
    run = run_course(draw_course(2), 800, (Decompression(100, "complete"),))
    assert run.coupling[100] < 0.3 * run.coupling[99]
    assert run.bare[101] > 0.9 * run.bare[99]
    assert run.bare[-1] < 0.5 * run.bare[99]
    assert np.all(np.diff(run.bare[101:]) <= 0)


def test_a_failed_operation_leaves_the_coupling():
    run = run_course(draw_course(2), 120, (Decompression(100, "failed"),))
    assert run.coupling[119] > 0.5 * run.coupling[99]


def test_a_spread_that_is_lost_in_theatre_may_be_seen_again_awake():
    seeds = range(40)
    runs = [run_course(draw_course(s), 20, (Decompression(10, "complete"),)) for s in seeds]
    on_the_table = np.array([run.lateral_spread_in_theatre[10, 0] for run in runs])
    week = np.array([run.lateral_spread[17].any() for run in runs])
    assert on_the_table.mean() < 0.4
    assert week.mean() > on_the_table.mean() + 0.2
    assert all(run.lateral_spread[run.lateral_spread_in_theatre].all() for run in runs)


def test_a_freed_nerve_heals_over_months_in_nearly_everybody():
    many = draw_patients(400, 4)
    numbers = laws.laws_of(default_settings())
    freed = operate_all(0, np.full(len(many), 0.9))
    traces = laws.follow_days(many.vessel, many.state, freed, 731, True, many.traits, numbers)
    left = traces[4] / traces[4][:, :1]
    assert np.mean(left[:, 30] > 0.5) > 0.9
    assert np.mean(left[:, 730] < 0.3) > 0.85


def test_crossing_needs_both_fibres_bare(people):
    numbers = laws.laws_of(default_settings())
    ones = np.ones((len(people), 1))
    alike = people.traits._replace(
        **dict.fromkeys(("ectopic_weight", "nuclear_weight"), 0 * ones[:, 0])
    )
    past = np.stack([ones, ones, ones])
    full, half = (
        drive_of(0.7 * ones, past * [[[b]], [[1]], [[1]]], alike, numbers) for b in (1, 0.5)
    )
    assert half == pytest.approx(0.25 * full)


def test_relief_that_is_lost_brings_the_pressure_back(people):
    numbers = laws.laws_of(default_settings())
    n = len(people)
    held = operate_all(10, np.full(n, 0.8))
    lost = operate_all(10, np.full(n, 0.8), np.full(n, 30))
    traces = [
        laws.follow_days(people.vessel, people.state, done, 60, True, people.traits, numbers)[3]
        for done in (held, lost)
    ]
    assert np.array_equal(traces[0][:, :40], traces[1][:, :40])
    assert traces[1][:, 40:] == pytest.approx(5 * traces[0][:, 40:], rel=0.1)


def test_an_operation_also_holds_off_what_the_vessel_does_later(people):
    numbers = laws.laws_of(default_settings())
    n = len(people)
    knots = np.tile([0.5, 0.5, 0.9], (n, 1))
    done = operate_all(0, np.full(n, 0.5))
    pressure = laws.follow_days(knots, people.state, done, 366, True, people.traits, numbers)[3]
    assert pressure[:, 1] == pytest.approx(0.25)
    assert pressure[:, 365] == pytest.approx(0.25 + 0.25 * 0.4, abs=0.002)


def test_without_spasms_the_population_gets_no_seeds():
    run = run_course(draw_course(2), 900, (Decompression(1, "complete"),))
    assert not run.spasms[-1]
    condition = condition_on(run, 899)
    assert condition.ectopic_gain == 0.0
    assert condition.ephaptic_r < 0.1


def test_a_day_that_was_not_followed_is_refused():
    run = run_course(draw_course(2), 10)
    with pytest.raises(UsageError, match="Day 10"):
        condition_on(run, 10)


def test_daily_steps_agree_with_the_exact_solution(people):
    numbers = laws.laws_of(default_settings())
    steady = np.full((len(people), 4), 0.45)
    never = np.full((len(people), 1), -1)
    nobody = laws.Operations(never, np.zeros((len(people), 1)), never)
    traces = laws.follow_days(steady, people.state, nobody, 101, True, people.traits, numbers)
    for i in range(0, len(people), 20):
        bare, reach, nuclear = people.state.bare[i], people.state.reach[i], people.state.nuclear[i]
        for _ in range(1000):
            bare, reach, nuclear = laws._step(
                0.45, bare, reach, nuclear, 0.1, i, people.traits, numbers
            )
        assert traces[4:, i, 100] == pytest.approx([bare, reach, nuclear], abs=0.01)


def test_the_first_patients_of_a_seed_do_not_depend_on_how_many_are_drawn(people):
    fewer = draw_patients(7, 4)
    assert np.array_equal(fewer.vessel, people.vessel[:7])
    assert np.array_equal(fewer.traits.repair_days, people.traits.repair_days[:7])


def test_everybody_who_comes_has_spasms(people):
    for seed in (1, 2, 3):
        assert run_course(draw_course(seed), 2).spasms[0]
    assert (people.duration_years > 0).all()


def test_settings_under_which_nobody_falls_ill_are_refused():
    calm = CourseSettings({"drive.ectopic": 0.01, "drive.coupling": 0.01, "drive.nuclear": 0.01})
    with pytest.raises(ValueError, match="nobody has spasms"):
        draw_patients(5, 1, calm)


def test_the_chain_of_the_toxin_is_stepped_as_the_matrix_exponential_says():
    rate = np.array([1 / 0.35, 1 / 4.0, 1 / 27.0])
    matrix = np.array([[-rate[0], 0, 0], [rate[0], -rate[1], 0], [0, rate[1], -rate[2]]])
    exact = expm(matrix * 0.5)
    e1, e2, e3, to_second, to_third, through = toxin._chain_step(rate, 0.5)
    stepped = [[e1, 0, 0], [to_second, e2, 0], [through, to_third, e3]]
    assert np.allclose(exact, stepped)


def test_a_dose_is_shared_with_neighbours_and_nothing_is_lost():
    cycle = toxin.ToxinCycle(0, {Muscle.ORBICULARIS_OCULI: 10.0})
    reached = toxin.doses([cycle])[0]
    assert reached.sum() == pytest.approx(10.0)
    assert reached[0] == reached[2] > 0
    assert reached[3] == 0


def test_more_toxin_blocks_more_sooner_and_for_longer():
    left = toxin.release_after(np.array([[2.5, 5.0, 10.0, 20.0]]), np.zeros(1), 200)
    effects = [toxin.effect_of(1 - left[:, k]) for k in range(4)]
    for less, more in itertools.pairwise(effects):
        assert more.largest_block > less.largest_block
        assert more.onset_d < less.onset_d
        assert more.duration_d > less.duration_d


def test_toxin_leaves_the_nerve_as_it_is():
    patient = draw_course(5)
    plain = run_course(patient, 60)
    treated = run_course(patient, 60, (toxin.usual_cycle(10),))
    assert np.array_equal(plain.drive, treated.drive)
    assert treated.release[30].min() < 0.6
    assert np.array_equal(treated.release[:10], np.ones((10, 6)))


def test_an_unknown_centre_is_refused():
    with pytest.raises(UsageError, match="centre_b"):
        centre_profile("centre_b")


def test_what_was_fitted_names_its_row_and_what_is_known_of_a_person_its_source():
    for entry in DEFAULTS.values():
        if entry.status == "calibrated":
            assert entry.anchor.startswith("row"), entry.key
        if entry.status in ("published", "derived"):
            assert entry.source or entry.note, entry.key
        if entry.interval is not None:
            assert entry.interval[0] <= entry.value[0] <= entry.interval[1], entry.key


def test_every_set_that_fits_about_as_well_draws_patients():
    for settings in fitting_settings():
        assert len(draw_patients(5, 1, settings)) == 5
