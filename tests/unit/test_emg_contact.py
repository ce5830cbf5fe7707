"""A dead channel, a stimulus that was not given and a changed gain never make a response absent."""

from dataclasses import replace

import numpy as np
import pytest
from emg_evoked_sweeps import Train, make_patient, make_train

from hemispasm.measure.emg.evoked import measure_evoked, spread_train
from hemispasm.measure.emg.findings_evoked import findings_from_evoked
from hemispasm.measure.emg.monitor_state import start_monitor
from hemispasm.measure.emg.monitor_step import step
from hemispasm.measure.emg.monitor_sweeps import cut_run
from hemispasm.model.emg import Muscle
from hemispasm.model.quality import Grade

CLEAN = Train(cautery_share=0.0, free_share=0.0, snr_db=6.0, sweeps=16)
BASE, RATE = 30, 10000.0


def spread_of(recording, **more):
    return measure_evoked(recording, **more).lateral_spreads[0].response


def dead(kind, size, rng):
    return {
        "zero": np.zeros(size),
        "constant": np.full(size, 431.0),
        "rail": np.full(size, -5000.0),
        "flicker": rng.integers(0, 3, size) * 0.3,
        "hiss": rng.normal(0, 0.1, size),
    }[kind]


DEAD = ("zero", "constant", "rail", "flicker", "hiss")


@pytest.mark.parametrize("kind", DEAD)
@pytest.mark.parametrize("with_baseline", [True, False])
def test_a_flat_channel_is_not_assessable_and_never_absent(kind, with_baseline):
    live = make_train(make_patient(3), CLEAN, seed=1)
    signal = dead(kind, len(live.signals_uv[0]), np.random.default_rng(1))
    flat = replace(live, signals_uv=(signal,))
    result = measure_evoked(flat, baseline=live if with_baseline else None)
    response = result.lateral_spreads[0].response
    assert (response.state, response.reasons) == ("undetermined", ("flat",))
    assert response.more_sweeps is None
    assert result.quality.grade is Grade.NOT_ASSESSABLE
    assert findings_from_evoked(result) == ()


def test_a_channel_that_goes_flat_half_way_is_judged_by_the_sweeps_before():
    live = make_train(make_patient(3), CLEAN, seed=1)
    signal = live.signals_uv[0].copy()
    signal[int((live.stimuli_s[9] - 0.1) * RATE) :] = 12.0
    result = measure_evoked(replace(live, signals_uv=(signal,)))
    response = result.lateral_spreads[0].response
    assert (response.state, response.used) == ("present", 9)
    assert response.rejected == {"flat": 7}
    assert "flat: M: 7 of 16 sweeps" in result.quality.reasons


@pytest.mark.parametrize("muted", range(9, 16))
def test_most_sweeps_without_contact_never_leave_an_absence(muted):
    live = make_train(make_patient(3), replace(CLEAN, present=0.0, noise_uv=3.0), seed=1)
    assert spread_of(live).state == "absent"
    signal = live.signals_uv[0].copy()
    signal[int((live.stimuli_s[16 - muted] - 0.1) * RATE) :] *= 0.001
    assert spread_of(replace(live, signals_uv=(signal,))).state == "undetermined"


def test_a_channel_unplugged_beside_a_live_one_is_named():
    live = make_train(make_patient(3), replace(CLEAN, present=0.0, noise_uv=4.0), seed=1)
    channel = live.channels[0].model_copy(update={"label": "O", "muscle": Muscle.ORBICULARIS_ORIS})
    open_input = np.random.default_rng(2).normal(0, 0.5, len(live.signals_uv[0]))
    both = replace(
        live,
        channels=(live.channels[0], channel),
        signals_uv=(live.signals_uv[0], open_input),
    )
    result = measure_evoked(both)
    states = {one.channel: one.response.state for one in result.lateral_spreads}
    assert states == {"M": "absent", "O": "undetermined"}
    assert any(reason.startswith("no_contact: O") for reason in result.quality.reasons)
    (finding,) = [f for f in findings_from_evoked(result) if f.code == "emg.lateral_spread"]
    assert finding.value == "undetermined"


def without_stimuli(recording, sweeps):
    """Return the recording with nothing but noise after some of its marks."""
    signal = recording.signals_uv[0].copy()
    rng = np.random.default_rng(5)
    for k in sweeps:
        first = int((recording.stimuli_s[k] - 0.002) * RATE)
        signal[first : first + 650] = rng.normal(0, 8.0, 650)
    return replace(recording, signals_uv=(signal,))


def test_stimuli_that_were_marked_and_not_given_are_left_out_by_name():
    live = make_train(make_patient(3), CLEAN, seed=1)
    train = spread_train(without_stimuli(live, (2, 3, 11)), 0)
    assert [k for k, reason in enumerate(train.sweeps.reasons) if reason == "no_stimulus"] == [
        2, 3, 11,
    ]  # fmt: skip


def test_a_doubled_mark_costs_two_sweeps_and_not_the_train():
    live = make_train(make_patient(3), CLEAN, seed=1)
    marks = np.sort(np.append(live.stimuli_s, live.stimuli_s[4] + 0.004))
    response = spread_of(replace(live, stimuli_s=marks))
    assert (response.state, response.rejected) == ("present", {"next_stimulus": 2})
    assert response.used == 15


def test_a_train_that_gets_faster_is_still_read():
    slow = make_train(make_patient(3), CLEAN, seed=1)
    fast = make_train(make_patient(3), replace(CLEAN, interval_s=0.1), seed=1)
    length = len(slow.signals_uv[0]) / RATE
    joined = replace(
        slow,
        signals_uv=(np.concatenate([slow.signals_uv[0], fast.signals_uv[0]]),),
        stimuli_s=np.concatenate([slow.stimuli_s, fast.stimuli_s + length]),
    )
    response = spread_of(joined)
    assert (response.state, response.used) == ("present", 32)


def test_a_baseline_that_cannot_serve_says_why():
    live = make_train(make_patient(3), CLEAN, seed=1)
    empty = make_train(make_patient(3), replace(CLEAN, present=0.0), seed=2)
    flat = replace(live, signals_uv=(np.zeros(len(live.signals_uv[0])),))
    other = replace(live, channels=(live.channels[0].model_copy(update={"label": "other"}),))
    said = [spread_of(live, baseline=one).baseline_reason for one in (live, empty, flat, other)]
    assert said == [None, "no_response", "flat", "no_such_channel"]
    reasons = measure_evoked(live, baseline=empty).quality.reasons
    assert "baseline_not_used: M: no_response" in reasons


# ---- the theatre


def operation(course, snr_db=3.0, seed=2, **more):
    scales = tuple([1.0] * BASE + list(course))
    train = Train(sweeps=len(scales), snr_db=snr_db, present=scales, cautery_share=0.0, **more)
    recording = make_train(make_patient(seed), train, seed)
    return recording, start_monitor(cut_run(recording, 0, BASE))


def followed(state, recording, first=BASE):
    states = []
    for sweep in cut_run(recording, first).sweeps:
        state = step(state, sweep)
        states.append(state)
    return states


@pytest.mark.parametrize("kind", DEAD)
def test_an_electrode_that_falls_off_never_makes_the_response_absent(kind):
    recording, state = operation([1.0] * 60)
    signal = recording.signals_uv[0].copy()
    off = int((recording.stimuli_s[BASE + 10] - 0.1) * RATE)
    signal[off:] = dead(kind, len(signal) - off, np.random.default_rng(1))
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert "absent" not in {one.label for one in states}
    assert {one.frozen for one in states[10:]} == {"flat"}
    assert (states[9].label, states[-1].label) == ("present", "undetermined")
    assert states[-1].channels[0].probability == states[9].channels[0].probability


def test_a_loss_that_was_called_is_not_shown_any_more_once_the_electrode_is_off():
    recording, state = operation([1.0] * 5 + [0.0] * 30)
    signal = recording.signals_uv[0].copy()
    signal[int((recording.stimuli_s[BASE + 25] - 0.1) * RATE) :] = 0.0
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert states[24].label == "absent"
    assert states[-1].label == "undetermined"
    assert states[-1].channels[0].called_at is None


def test_the_state_comes_back_with_the_electrode():
    recording, state = operation([1.0] * 30)
    signal = recording.signals_uv[0].copy()
    first, last = (int((recording.stimuli_s[BASE + k] - 0.1) * RATE) for k in (5, 15))
    signal[first:last] = 0.0
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert states[13].label == "undetermined"
    assert {one.label for one in states[16:]} == {"present"}


def test_stimuli_that_are_not_given_freeze_the_theatre_and_say_so():
    recording, state = operation([1.0] * 40)
    states = followed(state, without_stimuli(recording, range(BASE + 10, BASE + 40)))
    assert "absent" not in {one.label for one in states}
    assert {one.frozen for one in states[10:]} == {"no_stimulus"}


@pytest.mark.parametrize(("factor", "named"), [(0.3, "gain_changed"), (0.45, "gain_changed")])
def test_a_gain_turned_down_is_no_loss_of_the_response(factor, named):
    recording, state = operation([1.0] * 40)
    signal = recording.signals_uv[0].copy()
    signal[int((recording.stimuli_s[BASE + 10] - 0.1) * RATE) :] *= factor
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert "absent" not in {one.label for one in states}
    assert {one.frozen for one in states[10:]} == {named}


def test_a_channel_that_grows_quiet_under_a_relaxant_proves_no_loss():
    recording, state = operation([1.0] * 10 + [0.0] * 30, artefact_uv=5.0)
    signal = recording.signals_uv[0].copy()
    signal[int((recording.stimuli_s[BASE + 10] - 0.1) * RATE) :] *= 0.3
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert "absent" not in {one.label for one in states}
    assert {one.frozen for one in states[10:]} == {"quieter"}


def test_a_flat_baseline_is_called_flat():
    recording, _ = operation([1.0] * 5)
    flat = replace(recording, signals_uv=(np.zeros(len(recording.signals_uv[0])),))
    state = start_monitor(cut_run(flat, 0, BASE))
    assert state.channels[0].model.reason == "flat_channel"
    assert {one.label for one in followed(state, flat)} == {"undetermined"}


def test_a_doubled_mark_freezes_its_own_sweeps_only():
    recording, state = operation([1.0] * 12)
    late = recording.stimuli_s[BASE + 4] + 0.004
    marks = np.sort(np.append(recording.stimuli_s, late))
    states = followed(state, replace(recording, stimuli_s=marks))
    held = [k for k, one in enumerate(states) if one.frozen]
    assert held == [4, 5]
    assert states[4].frozen == "next_stimulus"


def test_one_odd_sweep_does_not_take_an_absence_back():
    recording, state = operation([1.0] * 3 + [0.0] * 20 + [1.0] + [0.0] * 10, snr_db=0.0)
    states = followed(state, recording)
    called = next(k for k, one in enumerate(states) if one.label == "absent")
    assert called <= 15
    assert {one.label for one in states[called:]} == {"absent"}


def test_long_cautery_leaves_probability_and_state_as_they_were():
    recording, state = operation([1.0] * 5 + [0.0] * 60)
    signal = recording.signals_uv[0].copy()
    first = int((recording.stimuli_s[BASE + 5] - 0.05) * RATE)
    signal[first:] += np.random.default_rng(1).normal(0, 400, len(signal) - first)
    states = followed(state, replace(recording, signals_uv=(signal,)))
    assert {(one.label, one.frozen) for one in states[5:]} == {("present", "cautery")}
    assert {one.channels[0].probability for one in states[4:]} == {
        states[4].channels[0].probability
    }


@pytest.mark.parametrize("muted", [9, 12, 16])
@pytest.mark.parametrize("open_uv", [0.3, 1.0])
def test_an_open_input_through_most_of_a_train_is_no_absence(muted, open_uv):
    live = make_train(make_patient(3), replace(CLEAN, noise_uv=10.0), seed=1)
    signal = live.signals_uv[0].copy()
    off = int((live.stimuli_s[16 - muted] - 0.1) * RATE)
    signal[off:] = np.random.default_rng(3).normal(0, open_uv, len(signal) - off)
    response = spread_of(replace(live, signals_uv=(signal,)))
    assert (response.state, response.reasons) == ("undetermined", ("no_contact",))
