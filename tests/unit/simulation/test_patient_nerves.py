"""Both nerves of a simulated patient at each visit, and what they do to the face."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.model import EventKind, Side
from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.patient.emg import record_rest
from hemispasm.simulate.patient.evoked import record_lateral_spread
from hemispasm.simulate.patient.face import face_timeline
from hemispasm.simulate.patient.lids import close_lid
from hemispasm.simulate.patient.nerves import sit
from hemispasm.simulate.patient.options import IMITATORS, PatientOptions
from hemispasm.simulate.patient.seen import count_side, rest_spans
from hemispasm.simulate.patient.visible import see_faint, see_spasms
from hemispasm.simulate.patient.visits import plan_course
from hemispasm.simulate.population.condition import MUSCLES

OCULI = Muscle.ORBICULARIS_OCULI
SHORT = {"video_s": 24.0, "emg_s": 55.0}


def filmed(options, number=0):
    visit = plan_course(options).visits[number]
    sitting = sit(options, visit.conditions, number)
    line, _ = face_timeline(options, sitting, number)
    return visit, sitting, line


@pytest.fixture(scope="module")
def late():
    return filmed(PatientOptions("late", side=Side.RIGHT, seed=3, **SHORT))


def test_spasms_are_seen_on_the_affected_side_and_never_on_the_other(late):
    _, _, line = late
    spasms = [e for e in line.events if e.kind == EventKind.SPASM]
    assert len(spasms) > 2
    assert {e.side for e in spasms} == {Side.RIGHT}
    assert line.closure_left[line.spasm_right & ~line.spasm_left].mean() < 0.4


def test_a_healthy_person_blinks_and_has_no_spasm():
    options = PatientOptions("healthy", seed=3, **SHORT)
    _, _, line = filmed(options)
    assert not [e for e in line.events if e.kind in (EventKind.SPASM, EventKind.SYNKINESIS)]
    blinks = [e for e in line.events if e.kind == EventKind.BLINK]
    assert blinks
    assert min(e.measures["peak_closure_left"] for e in blinks) > 0.8


def test_a_blink_closes_faster_than_it_opens():
    drive = np.r_[np.zeros(24), np.ones(19), np.zeros(200)] * 0.8
    lid = close_lid(drive, 240.0, drive)
    top = int(lid.argmax())
    up = top - int(np.flatnonzero(lid > 0.1)[0])
    down = int(np.flatnonzero(lid[top:] < 0.1)[0])
    assert lid.max() > 0.9
    assert up < 0.65 * down


def test_a_weak_pull_is_held_open_by_the_levator_and_a_strong_one_is_not():
    assert close_lid(np.full(480, 0.1), 240.0).max() == 0.0
    assert close_lid(np.full(480, 0.9), 240.0).max() > 0.75


def test_what_begins_and_ends_with_a_blink_is_synkinesis():
    lid = np.zeros(720)
    lid[120:150] = 0.5
    force = np.zeros((6, 720))
    force[1] = lid
    (alone,) = see_spasms(lid, force, 240.0, [])
    (carried,) = see_spasms(lid, force, 240.0, [(0.49, 0.55)])
    assert (alone.synkinetic, carried.synkinetic) == (False, True)


def test_a_movement_too_small_to_be_seen_is_counted_apart_and_is_no_spasm():
    force = np.zeros((6, 480))
    force[1, 120:200] = 0.1
    assert see_spasms(force[1], force, 240.0, []) == ()
    assert see_faint(force[1], force, 240.0, []) == (0.5,)
    assert see_faint(force[1], force, 240.0, [(0.45, 0.55)]) == ()
    assert see_faint(3.0 * force[1], force, 240.0, []) == ()


def test_toxin_spares_the_nerve_and_weakens_the_muscles():
    before, after = plan_course(PatientOptions("late", seed=2, treatment="toxin")).visits
    here = (before.conditions[Side.LEFT], after.conditions[Side.LEFT])
    assert here[0].ephaptic_r == here[1].ephaptic_r
    assert here[1].released(OCULI) < 0.5 < here[0].released(OCULI)
    assert 21 <= after.days_after <= 28


def test_an_operation_frees_the_nerve_at_once_and_lets_the_rest_follow():
    before, after = plan_course(PatientOptions("late", seed=2, treatment="mvd")).visits
    old, new = before.conditions[Side.LEFT], after.conditions[Side.LEFT]
    assert new.compression < 0.7 * old.compression
    assert new.ephaptic_r < 0.3 * old.ephaptic_r
    assert 0.0 < new.nuclear_gain < old.nuclear_gain


def test_the_muscle_fires_shortly_before_the_lid_moves_on_the_clock_of_the_emg(late):
    visit, sitting, line = late
    options = PatientOptions("late", side=Side.RIGHT, seed=3, **SHORT)
    made = record_rest(options, sitting, visit.number)
    assert made.truth.affected_side == "right"
    run = sitting.runs[Side.RIGHT]
    mine = run.fibres.muscle[run.spikes.fibre] == MUSCLES.index(OCULI)
    fired = np.sort(run.arrival_s[mine]) - sitting.zero_s
    lags = []
    for event in line.events:
        before = fired[(fired > event.start_s - 0.1) & (fired < event.start_s + 0.02)]
        quiet = np.flatnonzero(np.diff(np.r_[-1.0, before]) > 0.02)
        if event.kind == EventKind.SPASM and len(quiet):
            lags.append(event.start_s - before[quiet[-1]])
    assert len(lags) > 2
    assert 0.003 < np.median(lags) < 0.045


def test_a_lateral_spread_is_there_on_the_affected_side_and_not_on_the_other():
    options = PatientOptions("late", seed=4)
    conditions = plan_course(options).visits[0].conditions
    here = record_lateral_spread(options, conditions, 0, Side.LEFT)
    there = record_lateral_spread(options, conditions, 0, Side.RIGHT)
    assert (here.spread_present, there.spread_present) == (True, False)
    assert {r.kind for r in here.made.truth.responses} >= {"M", "LSR"}
    assert there.made.truth.affected_side == "none_seen"


@pytest.mark.parametrize("imitator", IMITATORS)
def test_an_imitator_has_healthy_nerves_and_no_spasm_in_its_truth(imitator):
    options = PatientOptions("late", imitator=imitator, seed=1, **SHORT)
    visit, sitting, line = filmed(options)
    assert all(c.ephaptic_r == 0.0 for c in visit.conditions.values())
    assert not [e for e in line.events if e.kind == EventKind.SPASM]
    assert record_rest(options, sitting, 0).truth.affected_side == "none_seen"


def test_both_sides_may_be_diseased_and_each_has_its_own_spasms():
    options = PatientOptions("late", side=Side.BOTH, seed=5, **SHORT)
    _, _, line = filmed(options)
    spans = rest_spans(line.tasks)
    counts = [count_side(line.events, side, spans).count for side in (Side.LEFT, Side.RIGHT)]
    assert min(counts) > 0
    starts = {side: [e.start_s for e in line.events if e.side is side] for side in Side}
    assert len(set(starts[Side.LEFT]) ^ set(starts[Side.RIGHT])) > 4


def test_the_same_options_give_the_same_patient():
    options = PatientOptions("established", seed=6, **SHORT)
    one, two = filmed(options)[2], filmed(options)[2]
    assert one.events == two.events
    assert np.array_equal(one.closure_left, two.closure_left)


def test_a_wrong_choice_is_refused_with_the_choices():
    with pytest.raises(UsageError, match="no stage"):
        PatientOptions("fatal")
    with pytest.raises(UsageError, match="at least 25 s longer"):
        PatientOptions(video_s=60.0, emg_s=70.0)
