"""The theatre's step function: calls a loss soon, never without evidence, freezes in cautery."""

from dataclasses import replace

import numpy as np
import pytest
from emg_evoked_sweeps import Train, make_patient, make_train

from hemispasm.measure.emg.monitor_state import start_monitor
from hemispasm.measure.emg.monitor_step import step
from hemispasm.measure.emg.monitor_sweeps import cut_run
from hemispasm.model.emg import StimulusInfo
from hemispasm.model.side import Side

BASE = 30


def operation(seed, course, snr_db=0.0, **more):
    """Return the baseline state and the sweeps after it; ``course`` scales the response."""
    scales = tuple([1.0] * BASE + list(course))
    train = Train(sweeps=len(scales), snr_db=snr_db, present=scales, **more)
    recording = make_train(make_patient(seed), train, seed)
    return start_monitor(cut_run(recording, 0, BASE)), cut_run(recording, BASE).sweeps


def followed(state, sweeps):
    states = []
    for sweep in sweeps:
        state = step(state, sweep)
        states.append(state)
    return states


def first_absent(states):
    return next((k for k, state in enumerate(states) if state.label == "absent"), None)


def test_a_loss_is_called_within_ten_sweeps_and_not_before():
    for seed in range(6):
        states = followed(*operation(seed, [1.0] * 40 + [0.0] * 20))
        called = first_absent(states)
        assert called in range(40, 51), (seed, called)
        assert states[-1].channels[0].called_at is not None


def test_a_response_that_stays_is_never_called_absent():
    for seed in range(10, 14):
        states = followed(*operation(seed, [1.0] * 80))
        assert first_absent(states) is None, seed
        assert states[-1].channels[0].probability[0] > 0.5


def test_a_response_that_comes_back_is_shown_again():
    states = followed(*operation(3, [1.0] * 5 + [0.0] * 20 + [1.0] * 20))
    assert states[24].label == "absent"
    assert states[-1].label in ("present", "reduced")
    assert states[-1].channels[0].called_at is None


def test_a_step_changes_nothing_but_what_it_returns():
    state, sweeps = operation(2, [1.0] * 3)
    before = state.channels[0].probability
    once, again = step(state, sweeps[0]), step(state, sweeps[0])
    assert once.channels[0].probability == again.channels[0].probability
    assert state.channels[0].probability == before
    assert state.sweep == 0


def test_cautery_freezes_the_state_and_says_so():
    state, sweeps = operation(2, [1.0] * 3, cautery_share=0.0)
    rng = np.random.default_rng(1)
    noisy = replace(
        sweeps[0], rows_uv=tuple(row + rng.normal(0, 400, len(row)) for row in sweeps[0].rows_uv)
    )
    before = state.channels[0].probability
    for _ in range(50):
        state = step(state, noisy)
    assert (state.frozen, state.label, state.sweep) == ("cautery", "present", 50)
    assert state.channels[0].probability == before


def test_a_sweep_with_missing_samples_freezes_the_state():
    state, sweeps = operation(2, [1.0] * 2)
    torn = replace(sweeps[0], rows_uv=tuple(np.full(len(row), np.nan) for row in sweeps[0].rows_uv))
    assert step(state, torn).frozen == "gap"


def test_a_baseline_without_a_response_is_never_called():
    recording = make_train(make_patient(4), Train(sweeps=60, present=0.0), 4)
    state = start_monitor(cut_run(recording, 0, BASE))
    assert state.channels[0].model.reason == "no_response_in_baseline"
    states = followed(state, cut_run(recording, BASE).sweeps)
    assert {one.label for one in states} == {"undetermined"}


def test_a_baseline_that_is_too_short_is_said_to_be():
    recording = make_train(make_patient(4), Train(sweeps=8, snr_db=6.0), 4)
    state = start_monitor(cut_run(recording))
    assert state.channels[0].model.reason == "too_few_baseline_sweeps"


def test_where_noise_forbids_a_call_more_sweeps_are_asked_for():
    state, sweeps = operation(5, [1.0] * 10 + [0.0] * 3, snr_db=-9.0)
    if state.channels[0].model.detector is None:
        pytest.skip("this patient's baseline shows no response in such noise")
    noisy = followed(state, sweeps)[-1].more_sweeps
    clear = followed(*operation(5, [1.0] * 10 + [0.0] * 3, snr_db=6.0))[-1]
    assert noisy > 10
    assert clear.more_sweeps is None or clear.more_sweeps < 10


def test_the_amplifier_gain_does_not_change_what_is_called():
    scales = tuple([1.0] * 50 + [0.0] * 20)
    recording = make_train(make_patient(6), Train(sweeps=70, snr_db=3.0, present=scales), 6)
    louder = replace(recording, signals_uv=(recording.signals_uv[0] * 3.0,))
    calls = []
    for made in (recording, louder):
        state = start_monitor(cut_run(made, 0, BASE))
        calls.append(first_absent(followed(state, cut_run(made, BASE).sweeps)))
    assert calls[0] is not None
    assert abs(calls[0] - calls[1]) <= 1


def test_the_side_is_that_of_the_montage_and_unknown_stays_unknown():
    recording = make_train(make_patient(4), Train(sweeps=30, snr_db=6.0, side=Side.RIGHT), 4)
    assert start_monitor(cut_run(recording)).channels[0].model.side is Side.RIGHT
    info = StimulusInfo(site=recording.stimulus.site)
    untold = start_monitor(cut_run(replace(recording, stimulus=info)))
    assert untold.channels[0].model.side is None
    other = recording.stimulus.model_copy(update={"side": Side.LEFT})
    assert cut_run(replace(recording, stimulus=other)).channels == ()


def test_without_room_between_the_stimuli_the_late_parts_teach_the_noise():
    scales = tuple([1.0] * 60 + [0.0] * 20)
    train = Train(sweeps=80, snr_db=6.0, present=scales, interval_s=0.095, cautery_share=0.0)
    recording = make_train(make_patient(7), train, 7)
    run = cut_run(recording, 0, BASE)
    assert run.rest_uv[0].shape[0] == 0
    called = first_absent(followed(start_monitor(run), cut_run(recording, BASE).sweeps))
    assert called in range(30, 43)


def test_a_run_without_any_stimulus_is_empty():
    recording = make_train(make_patient(4), Train(sweeps=30, snr_db=6.0), 4)
    for first in (0, 12, 30):
        run = cut_run(recording, first, first)
        assert run.sweeps == ()
        assert run.rest_uv[0].shape == (0, len(run.times_ms[0]))
    state = start_monitor(cut_run(recording, 30, 30))
    assert state.label == "undetermined"
    assert state.channels[0].model.reason == "too_few_baseline_sweeps"


def test_the_short_way_reads_the_same_as_cleaning_every_sample():
    state, sweeps = operation(7, [1.0] * 3, snr_db=3.0)
    model = state.channels[0].model
    detector = model.detector
    for sweep in sweeps:
        level = sweep.rows_uv[0] - sweep.rows_uv[0].mean()
        row = np.zeros_like(level)
        row[detector.reach] = model.cleaner @ level
        read = model.reader @ level
        seen = read[:-1].reshape(len(detector.lags), -1)
        assert detector.weigh(seen, 1.2) == pytest.approx(detector.evidence(row, 1.2))
        assert read[-1] == pytest.approx(detector.amplitude(row))


def test_reduced_is_not_said_while_the_mean_shows_more():
    for seed in range(30, 36):
        for state in followed(*operation(seed, [1.0] * 60, snr_db=-9.0)):
            one = state.channels[0]
            assert one.label != "reduced" or one.ratio.low <= 0.5, seed


def test_a_response_of_a_third_is_said_to_be_reduced():
    said = [followed(*operation(seed, [1.0] * 20 + [0.35] * 40, snr_db=6.0)) for seed in range(6)]
    assert sum(any(state.label == "reduced" for state in states[20:]) for states in said) >= 4
