"""The lateral spread: presence with a test, latency, sides, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from emg_evoked_sweeps import Train, _pole, make_patient, make_train

from hemispasm.measure.emg.evoked import measure_evoked, spread_train
from hemispasm.model.emg import Branch, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "emg" / "evoked_examples.npy"
CLEAN = Train(cautery_share=0.0, free_share=0.0)


def only_spread(recording, **more):
    (found,) = measure_evoked(recording, **more).lateral_spreads
    return found


def relabelled(recording, **changes):
    channel = recording.channels[0].model_copy(update=changes)
    return replace(recording, channels=(channel,))


def test_a_response_is_present_and_named_by_its_direction_and_side():
    recording = make_train(make_patient(3), replace(CLEAN, snr_db=6.0, sweeps=12), seed=1)
    found = only_spread(recording)
    assert (found.response.state, found.side) == ("present", Side.LEFT)
    assert found.direction == "zygomatic_to_mentalis"
    assert 8.0 < found.response.onset_ms.value < 12.5


def test_the_other_direction_is_read_in_the_eye_muscle():
    train = replace(
        CLEAN, snr_db=6.0, site=Branch.MANDIBULAR, muscle=Muscle.ORBICULARIS_OCULI, sweeps=12
    )
    found = only_spread(make_train(make_patient(3), train, seed=1))
    assert found.direction == "mandibular_to_orbicularis_oculi"
    assert found.response.state == "present"


def test_mirroring_the_montage_swaps_the_side_and_nothing_else():
    train = replace(CLEAN, snr_db=0.0, sweeps=12)
    left = only_spread(make_train(make_patient(5), train, seed=2))
    right = only_spread(make_train(make_patient(5), replace(train, side=Side.RIGHT), seed=2))
    assert (left.side, right.side) == (Side.LEFT, Side.RIGHT)
    assert left.response == right.response


@pytest.mark.parametrize("unknown", ["stimulus", "channel"])
def test_without_both_sides_known_no_side_of_the_patient_is_named(unknown):
    recording = make_train(make_patient(3), replace(CLEAN, snr_db=6.0), seed=1)
    if unknown == "stimulus":
        info = recording.stimulus.model_copy(update={"side": None})
        recording = replace(recording, stimulus=info)
    else:
        recording = relabelled(recording, side=None)
    result = measure_evoked(recording)
    assert [one.side for one in result.lateral_spreads] == [None]


def test_an_unknown_stimulated_side_limits_the_quality():
    recording = make_train(make_patient(3), CLEAN, seed=1)
    recording = replace(recording, stimulus=StimulusInfo(site=Branch.ZYGOMATIC))
    quality = measure_evoked(recording).quality
    assert quality.grade is Grade.LIMITED
    assert quality.reasons[0].startswith("stimulus_side_unknown")


def test_the_muscle_of_the_other_side_is_no_lateral_spread():
    recording = make_train(make_patient(3), replace(CLEAN, snr_db=6.0), seed=1)
    assert measure_evoked(relabelled(recording, side=Side.RIGHT)).lateral_spreads == ()


def test_a_muscle_of_the_stimulated_branch_gives_a_direct_response_and_no_lateral_spread():
    recording = make_train(make_patient(3), replace(CLEAN, snr_db=6.0), seed=1)
    result = measure_evoked(relabelled(recording, muscle=Muscle.ORBICULARIS_OCULI))
    assert result.lateral_spreads == ()
    assert [one.muscle for one in result.cmaps] == [Muscle.ORBICULARIS_OCULI]


def test_gain_and_offset_do_not_matter_but_for_the_amplitude():
    recording = make_train(make_patient(4), replace(CLEAN, snr_db=0.0), seed=6)
    louder = replace(recording, signals_uv=(recording.signals_uv[0] * 2.0 + 300.0,))
    first, second = only_spread(recording).response, only_spread(louder).response
    assert first.state == second.state
    assert second.score == pytest.approx(first.score, rel=0.1)
    assert second.amplitude_uv.value == pytest.approx(2 * first.amplitude_uv.value, rel=0.05)


def test_the_same_recording_gives_the_same_result_twice():
    recording = make_train(make_patient(4), Train(snr_db=0.0), seed=6)
    assert only_spread(recording) == only_spread(recording)


def test_responses_are_told_from_noise_at_low_signal_with_and_without_a_baseline():
    scores = {True: ([], []), False: ([], [])}
    for seed in range(40):
        patient = make_patient(seed)
        before = make_train(patient, Train(sweeps=16, snr_db=0.0), 9000 + seed)
        for present in (0, 1):
            now = make_train(patient, Train(present=float(present)), 2 * seed + present)
            for known in (True, False):
                found = only_spread(now, baseline=before if known else None)
                scores[known][present].append(found.response.score)
    for known, (without, within) in scores.items():
        area = np.mean(np.array(within)[:, None] > np.array(without)[None, :])
        assert area >= 0.93, known


def test_noise_is_called_a_response_about_as_often_as_the_limit_says():
    p = [
        only_spread(make_train(make_patient(0), Train(present=0.0), seed)).response.p
        for seed in range(200)
    ]
    assert 0.015 <= np.mean(np.array(p) < 0.05) <= 0.095
    assert 0.35 <= np.median(p) <= 0.65


def test_a_shift_of_the_response_is_measured_and_covered():
    errors, covered = [], []
    for seed in range(40):
        patient, moved = make_patient(seed), (seed % 9 - 4) * 0.15
        before = make_train(patient, Train(sweeps=20, snr_db=3.0), 9000 + seed)
        now = make_train(patient, Train(snr_db=0.0, shift_ms=moved), seed)
        change = only_spread(now, baseline=before).response.latency_change_ms
        errors.append(abs(change.value - moved))
        covered.append(change.low <= moved <= change.high)
    assert np.median(errors) <= 0.12
    assert np.mean(covered) >= 0.85


def test_too_few_sweeps_are_undetermined_and_say_how_many_more():
    recording = make_train(make_patient(3), replace(CLEAN, sweeps=2, snr_db=6.0), seed=1)
    found = only_spread(recording).response
    assert (found.state, found.reasons) == ("undetermined", ("too_few_sweeps",))
    assert found.more_sweeps >= 1


def test_absence_is_said_only_where_the_smallest_response_would_have_been_seen():
    recording = make_train(make_patient(3), replace(CLEAN, sweeps=20, present=0.0), seed=4)

    def asked(smallest):
        info = recording.stimulus.model_copy(update={"smallest_response_uv": smallest})
        return only_spread(replace(recording, stimulus=info)).response

    assert asked(60.0).state == "absent"
    finer = asked(8.0)
    assert (finer.state, finer.reasons) == ("undetermined", ("too_few_sweeps_for_the_noise",))
    assert asked(6.0).more_sweeps is None or asked(6.0).more_sweeps > finer.more_sweeps > 0


def test_cautery_movement_saturation_and_gaps_are_left_out_by_name():
    recording = make_train(make_patient(3), replace(CLEAN, sweeps=14, snr_db=6.0), seed=1)
    signal, rate = recording.signals_uv[0].copy(), recording.channels[0].rate_hz
    rng = np.random.default_rng(0)
    starts = np.rint(recording.stimuli_s * rate).astype(int)

    def span(sweep, first_ms, last_ms):
        return slice(
            starts[sweep] + int(first_ms * rate / 1000), starts[sweep] + int(last_ms * rate / 1000)
        )

    signal[span(2, 25, 55)] += rng.normal(0, 500, 300)
    hill = 3000 * np.sin(np.linspace(0, np.pi, 800))
    signal[span(4, -20, 60)] += hill
    signal[span(6, 30, 45)] = 4000.0
    signal[span(8, 30, 31)] = np.nan
    train = spread_train(replace(recording, signals_uv=(signal,)), 0)
    assert [train.sweeps.reasons[k] for k in (2, 4, 6, 8)] == [
        "cautery", "movement", "saturated", "gap",
    ]  # fmt: skip
    assert train.count == 10


def test_the_artefact_leaves_little_in_the_response_window():
    quiet = replace(CLEAN, present=0.0, noise_uv=0.5, hum_uv=5.0, leak_uv=50.0)
    train = spread_train(make_train(make_patient(1), quiet, seed=3), 0)
    left = train.average_uv[train.sweeps.window(7.5, 16.0)]
    assert np.abs(left).max() < 3.0


def test_a_recording_without_stimuli_or_site_is_not_assessable_and_says_why():
    recording = make_train(make_patient(3), CLEAN, seed=1)
    silent = measure_evoked(replace(recording, stimuli_s=np.array([])))
    nowhere = measure_evoked(replace(recording, stimulus=StimulusInfo(side=Side.LEFT)))
    assert silent.quality.reasons[0].startswith("no_stimulus")
    assert nowhere.quality.reasons[0].startswith("stimulus_site_unknown")
    assert {silent.quality.grade, nowhere.quality.grade} == {Grade.NOT_ASSESSABLE}


def test_a_channel_without_a_muscle_is_not_guessed():
    recording = make_train(make_patient(3), CLEAN, seed=1)
    result = measure_evoked(relabelled(recording, muscle=None))
    assert result.lateral_spreads == ()
    assert result.quality.reasons[0].startswith("no_muscle")


def test_a_baseline_of_another_stimulus_is_not_used_as_a_template():
    patient = make_patient(3)
    before = make_train(patient, replace(CLEAN, sweeps=16, snr_db=6.0), 1)
    other = replace(before, stimulus=StimulusInfo(site=Branch.ZYGOMATIC, side=Side.RIGHT))
    now = make_train(patient, replace(CLEAN, snr_db=6.0), 2)
    assert only_spread(now, baseline=before).response.method == "own_template"
    assert only_spread(now, baseline=other).response.method == "cross_sweep"


@pytest.mark.skipif(not REAL.exists(), reason="the real evoked traces are not on this machine")
def test_real_evoked_traces_in_noise_are_found_and_their_absence_is_not():
    trace = np.load(REAL)[3]
    rate, rng = 10000.0, np.random.default_rng(8)
    rise = int(np.argmax(np.abs(trace)))
    piece = trace[rise - 40 : rise + 60] / np.abs(trace).max() * 60.0
    stimuli = 0.2 + 0.3 * np.arange(12)
    found = []
    for size in (1.0, 0.0):
        signal = rng.normal(0, 30, int((stimuli[-1] + 0.3) * rate))
        for start in np.rint(stimuli * rate).astype(int) + 80:
            signal[start : start + len(piece)] += size * piece
        channel = make_train(make_patient(0), CLEAN, 0).channels[0]
        info = StimulusInfo(site=Branch.ZYGOMATIC, side=Side.LEFT)
        found.append(only_spread(EmgRecording((channel,), (signal,), stimuli, stimulus=info)))
    assert found[0].response.state == "present"
    assert found[1].response.p > 0.05


@pytest.mark.skipif(not REAL.exists(), reason="the real evoked traces are not on this machine")
def test_every_real_evoked_trace_is_told_from_noise_at_minus_six_decibels():
    rate, within, without = 10000.0, [], []
    stimuli = 0.2 + 0.3 * np.arange(12)
    channel = make_train(make_patient(0), CLEAN, 0).channels[0]
    info = StimulusInfo(site=Branch.ZYGOMATIC, side=Side.LEFT)
    for number, trace in enumerate(np.load(REAL)):
        away = trace - np.median(trace)
        rise = int(np.argmax(np.abs(away)))
        piece = away[max(rise - 40, 0) : rise + 60]
        piece = 10.0 * piece / np.sqrt(np.mean(piece**2))
        for draw in range(3):
            for present, scores in ((1.0, within), (0.0, without)):
                rng = np.random.default_rng([number, draw, int(present)])
                size = int((stimuli[-1] + 0.3) * rate)
                signal = _pole(rng.normal(0, 1, size), 2000, rate)
                signal *= 10.0 * 10 ** (6 / 20) / signal.std()
                for start in np.rint(stimuli * rate).astype(int) + 78:
                    signal[start : start + len(piece)] += present * piece
                made = EmgRecording((channel,), (signal,), stimuli, stimulus=info)
                scores.append(only_spread(made).response.score)
    area = np.mean(np.array(within)[:, None] > np.array(without)[None, :])
    assert area >= 0.95
