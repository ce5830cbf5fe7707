"""The burst detector on signals of our own with known edges."""

import numpy as np
import pytest
from emg_bursting import BOTH_SIDES, RATE_HZ, add_noise, make_pair, quiet, recording

from hemispasm.measure.emg.background import lower_mode, measure_power
from hemispasm.measure.emg.bursts import (
    Burst,
    find_bursts,
    find_joint_bursts,
    find_supported_bursts,
)
from hemispasm.measure.emg.channel_quality import grade_channel, saturated, usable_spans
from hemispasm.measure.emg.filters import band_pass, find_mains, remove_mains
from hemispasm.measure.emg.labels import label_artefacts, label_bursts
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.spontaneous_channels import prepare_channels
from hemispasm.model import Grade


def traces(signal, rate_hz=RATE_HZ):
    return measure_power(band_pass(signal, rate_hz), rate_hz)


def onsets(bursts):
    return np.array([b.start_s for b in bursts])


def match(true, found, within_s=0.02):
    """One-to-one, nearest first: return F1 and the errors of the matched onsets."""
    near = sorted(
        (abs(f - t), i, j)
        for i, t in enumerate(true)
        for j, f in enumerate(found)
        if abs(f - t) <= within_s
    )
    taken, used, errors = set(), set(), []
    for _, i, j in near:
        if i not in taken and j not in used:
            taken.add(i)
            used.add(j)
            errors.append(found[j] - true[i])
    return 2 * len(taken) / (len(true) + len(found)), np.array(errors)


def score(snr_db, seeds=(0, 1), **noise):
    f1, errors = [], []
    for seed in seeds:
        made = make_pair(seed, snr_db, **noise)
        for noisy, true in zip(made.noisy, made.bursts, strict=True):
            value, error = match(true[:, 0], onsets(find_bursts(traces(noisy))))
            f1.append(value)
            errors.append(error)
    return np.mean(f1), np.abs(np.concatenate(errors)).mean()


@pytest.mark.parametrize(("snr_db", "least"), [(12, 0.97), (3, 0.92), (0, 0.85)])
def test_one_channel_shows_its_bursts_without_a_marked_rest(snr_db, least):
    assert score(snr_db)[0] > least


def test_onsets_are_exact_to_two_milliseconds_where_bursts_are_clear():
    assert score(6)[1] < 0.002


def test_mains_hum_and_heart_beats_change_little():
    assert score(12, seeds=(0,), hum_uv=30, ecg_uv=100)[0] > 0.96


def test_two_channels_together_show_what_one_alone_misses():
    single, supported = [], []
    for seed in (0, 1, 2):
        made = make_pair(seed, -2)
        both = [traces(x) for x in made.noisy]
        joint = find_joint_bursts(both)
        for own, true in zip(both, made.bursts, strict=True):
            single.append(match(true[:, 0], onsets(find_bursts(own)))[0])
            supported.append(match(true[:, 0], onsets(find_supported_bursts(own, joint)))[0])
    assert np.mean(supported) > np.mean(single) + 0.02


def test_noise_alone_gives_hardly_any_burst():
    found = [len(find_bursts(traces(quiet(seed, 60.0)))) for seed in range(4)]
    assert np.mean(found) <= 1.5


@pytest.mark.parametrize("gain", [1e-4, 0.37, 1e5])
def test_gain_and_offset_change_no_edge_and_no_height(gain):
    signal = make_pair(0, 6, duration_s=15).noisy[0]
    plain = find_bursts(traces(signal))
    other = find_bursts(traces(gain * signal + 300 * gain))
    assert len(plain) > 10
    assert onsets(other) == pytest.approx(onsets(plain))
    assert [b.z for b in other] == pytest.approx([b.z for b in plain], rel=1e-3)
    assert [b.rms_uv for b in other] == pytest.approx([gain * b.rms_uv for b in plain], rel=1e-3)


@pytest.mark.parametrize("every", [2, 5])
def test_slower_sampling_finds_the_same_bursts(every):
    made = make_pair(1, 12)
    signal = band_pass(made.noisy[0], RATE_HZ)[::every]
    found = find_bursts(traces(signal, RATE_HZ / every))
    assert match(made.bursts[0][:, 0], onsets(found))[0] > 0.93


def test_the_background_is_found_though_half_of_the_time_is_active():
    rng = np.random.default_rng(0)
    values = np.r_[rng.normal(10, 1, 5000), rng.normal(22, 5, 5000)]
    centre, spread, active = lower_mode(values)
    assert centre == pytest.approx(10, abs=0.4)
    assert spread == pytest.approx(1, abs=0.3)
    assert active == pytest.approx(0.5, abs=0.1)


def test_a_long_contraction_is_one_burst_and_not_background():
    rng = np.random.default_rng(3)
    signal = quiet(3, 40.0)
    signal[100_000:130_000] += rng.normal(0, 40, 30_000)
    found = [b for b in find_bursts(traces(signal)) if b.duration_s > 0.5]
    assert len(found) == 1
    assert found[0].start_s == pytest.approx(10.0, abs=0.005)
    assert found[0].end_s == pytest.approx(13.0, abs=0.005)


def test_mains_is_taken_out_at_its_true_frequency_and_bursts_are_kept():
    rng = np.random.default_rng(0)
    t = np.arange(200_000) / RATE_HZ
    noise = rng.normal(0, 3, t.size)
    hum = sum(40 / k * np.sin(2 * np.pi * 50.03 * k * t + k) for k in (1, 2, 3, 5))
    mains = find_mains(noise + hum, RATE_HZ, None)
    assert mains is not None
    assert mains[0] == 50
    assert {2, 3, 5} <= set(mains[1])
    left = remove_mains(band_pass(noise + hum, RATE_HZ), RATE_HZ, *mains)
    assert (left - band_pass(noise, RATE_HZ)).std() < 0.3
    assert find_mains(noise, RATE_HZ, None) is None


def test_missing_samples_are_no_bursts_and_join_nothing():
    signal = add_noise(np.random.default_rng(0), np.zeros(200_000), 10)
    signal[80_000:120_000] = np.nan
    spans = usable_spans(signal, RATE_HZ)
    assert spans == [(0, 80_000), (120_000, 200_000)]
    filtered = np.zeros(signal.size, np.float32)
    for a, b in spans:
        filtered[a:b] = band_pass(signal[a:b], RATE_HZ)
    found = find_bursts(measure_power(filtered, RATE_HZ, spans))
    assert len(found) <= 1
    assert not [b for b in found if b.end_s > 7.9 and b.start_s < 12.1]


def test_an_electrode_pop_is_told_from_a_potential():
    rng = np.random.default_rng(1)
    t = np.arange(100_000) / RATE_HZ
    pop = np.where(t > 3, 250 * np.exp(-(t - 3) / 0.15), 0.0)
    potential = 250 * np.sin(2 * np.pi * 150 * (t - 6)) * ((t > 6) & (t < 6.0133))
    signal = rng.normal(0, 4, t.size) + pop + potential
    found = label_artefacts(find_bursts(traces(signal)), signal, RATE_HZ)
    labels = {round(b.start_s): b.label for b in found if b.z > 10}
    assert labels == {3: "artefact", 6: "spontaneous"}


def test_what_the_other_side_shares_is_bilateral_and_what_is_marked_is_not_spontaneous():
    own = [Burst(1.0, 1.1, 9), Burst(2.0, 2.1, 9), Burst(3.0, 5.0, 9), Burst(8.0, 8.1, 9)]
    other = [Burst(1.02, 1.12, 9), Burst(3.5, 3.6, 9)]
    labelled = label_bursts(own, other, [(7.5, 8.5)], [(1.99, 2.09)])
    assert [b.label for b in labelled] == ["bilateral", "evoked", "spontaneous", "marked"]


@pytest.mark.parametrize(
    ("signal", "rate_hz", "code"),
    [
        (np.zeros(100_000), 10_000, "flat"),
        (np.full(100_000, np.nan), 10_000, "flat"),
        (np.zeros(0), 10_000, "flat"),
        (np.random.default_rng(0).normal(0, 5, 20_000), 10_000, "too_short"),
        (np.random.default_rng(0).normal(0, 5, 10_000), 200, "rate_too_low"),
        (
            np.clip(np.random.default_rng(0).normal(0, 50, 100_000).round(), -9, 9),
            9_000,
            "saturated",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(signal, rate_hz, code):
    quality = grade_channel(signal, rate_hz, usable_spans(signal, rate_hz))
    assert quality.grade is Grade.NOT_ASSESSABLE
    assert code in {reason.split(":")[0] for reason in quality.reasons}


def test_a_single_extreme_sample_is_no_rail():
    signal = np.random.default_rng(0).normal(0, 5, 10_000)
    assert not saturated(signal).any()


def _ragged_contraction(dip_s, share=0.9, seed=4):
    """Thirty seconds; from 10 to 13 s muscle activity that is silent now and then."""
    rng = np.random.default_rng(seed)
    signal = quiet(seed, 30.0)
    every = dip_s / (1 - share)
    t = np.arange(int(3 * RATE_HZ)) / RATE_HZ
    signal[100_000:130_000] += np.where(t % every < every - dip_s, rng.normal(0, 8, t.size), 0)
    return signal


def test_a_faint_contraction_that_sinks_into_the_noise_now_and_then_stays_one_event():
    found = [b for b in find_bursts(traces(_ragged_contraction(0.03))) if b.end_s > 10]
    inside = [b for b in found if b.start_s < 13]
    assert len(inside) <= 2
    assert sum(b.duration_s for b in inside) > 2.8


def test_bursts_that_fill_half_of_the_time_stay_apart():
    found = find_bursts(traces(_ragged_contraction(0.03, share=0.5)))
    inside = [b for b in found if 10 <= b.start_s < 13]
    assert len(inside) > 40


def test_one_burst_alone_needs_no_neighbour():
    signal = quiet(5, 20.0)
    signal[100_000:100_500] += np.random.default_rng(5).normal(0, 40, 500)
    assert len([b for b in find_bursts(traces(signal)) if b.z > 10]) == 1


def test_frequencies_are_weighed_before_faint_bursts_are_looked_for():
    alone, weighed = [], []
    for seed in (0, 1):
        made = make_pair(seed, -2)
        true = made.bursts[0][:, 0]
        prepared = prepare_channels(recording(made.noisy[:1], BOTH_SIDES[:1]))[0]
        alone.append(match(true, onsets(find_bursts(traces(made.noisy[0]))))[0])
        weighed.append(match(true, onsets(prepared.bursts))[0])
    assert np.mean(weighed) > np.mean(alone) + 0.01


@pytest.mark.parametrize("seed", [1, 4])
def test_a_loud_hum_leaves_nothing_behind_not_even_at_its_ends(seed):
    rng = np.random.default_rng(seed)
    t = np.arange(300_000) / RATE_HZ
    # Harmonics whose crests fall together stand far above the usual height of the signal.
    hum = sum(30 * np.cos(2 * np.pi * 50.02 * k * t) for k in (1, 2, 3, 4, 5))
    signal = quiet(seed, 30.0, uv=3.0) + hum + rng.normal()
    prepared = prepare_channels(recording([signal], BOTH_SIDES[:1]))[0]
    assert len(prepared.bursts) <= 2
    assert prepared.filtered[1000:-1000].std() < 2


def test_a_face_at_rest_shows_next_to_nothing_on_either_side():
    montage = BOTH_SIDES
    result = measure_spontaneous(recording([quiet(s, 60.0) for s in range(4)], montage))
    assert sum(len(side.spontaneous) for side in result.sides) <= 2
    assert result.verdict.value == "none_seen"
