"""The mechanistic generator of EMG: responses to stimuli and the theatre."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.imitators import post_paralytic_state
from hemispasm.simulate.emg.options import CLEAN, EmgOptions, StimulusTrain, TheatrePlan
from hemispasm.simulate.emg.recording import simulate_emg

ZYGOMATIC = StimulusTrain(count=20)
MANDIBULAR = StimulusTrain(site=Branch.MANDIBULAR, count=20)
SUPRAORBITAL = StimulusTrain(site=Branch.SUPRAORBITAL, count=6, rate_hz=0.5)


def make(scenario="lsr", seed=3, **more):
    more.setdefault("rate_hz", 20_000.0)
    return simulate_emg(EmgOptions(scenario, **more), seed)


def responses(made, kind, channel=None):
    return [r for r in made.truth.responses if r.kind == kind and channel in (None, r.channel)]


def median_of(rows, name):
    return float(np.median([getattr(r, name) for r in rows]))


@pytest.mark.parametrize(
    ("train", "channel", "mean_ms"),
    [(MANDIBULAR, "L orb oculi", 9.0), (ZYGOMATIC, "L mentalis", 9.76)],
)
def test_lateral_spread_lands_at_the_published_latency_in_the_other_branch(train, channel, mean_ms):
    onsets = []
    for seed in range(10):
        made = make(seed=seed, stimuli=train)
        spread = responses(made, "LSR")
        assert {r.channel for r in spread} == {channel}
        onsets.append(median_of(spread, "onset_ms"))
    assert np.mean(onsets) == pytest.approx(mean_ms, abs=0.6)
    assert 0.2 < np.std(onsets) < 1.5


def test_direct_response_comes_first_and_in_the_stimulated_branch():
    made = make(stimuli=ZYGOMATIC)
    direct = responses(made, "M")
    assert {r.channel for r in direct} == {"L orb oculi"}
    assert max(r.onset_ms for r in direct) < min(r.onset_ms for r in responses(made, "LSR"))
    assert 500 < median_of(direct, "amplitude_uv") < 5000


def test_healthy_nerve_and_healthy_side_have_no_lateral_spread():
    free = make(compression=0.0, stimuli=ZYGOMATIC)
    other = make(stimuli=StimulusTrain(count=20, side=Side.RIGHT))
    for made in (free, other):
        assert not responses(made, "LSR")
        assert not made.truth.lateral_spread_present.any()
        assert not made.truth.participation.any()
    assert {r.channel for r in responses(other, "M")} == {"R orb oculi"}
    assert make(stimuli=ZYGOMATIC).truth.lateral_spread_present.all()


def test_present_and_absent_lateral_spread_have_the_same_noise():
    present, absent = make(snr_db=-6.0), make(snr_db=-6.0, compression=0.0)
    strong = make(snr_db=0.0)
    reference = make(snr_db=-6.0, compression=0.6)
    assert absent.truth.noise_uv == pytest.approx(reference.truth.noise_uv)
    assert present.truth.noise_uv == pytest.approx(strong.truth.noise_uv * 10**0.3)


def test_true_latency_is_where_the_noiseless_response_starts():
    made = make(noise_uv=0.0, artefacts=CLEAN, stimuli=ZYGOMATIC)
    signal = made.recording.signals_uv[1]
    for response in responses(made, "LSR"):
        start = made.recording.stimuli_s[response.sweep] + response.onset_ms / 1000.0
        first = round(start * 20_000)
        assert abs(signal[first]) > 5.0
        assert abs(signal[first - 3]) <= 5.5


def test_participation_grows_with_compression():
    shares = [
        make(compression=c, stimuli=ZYGOMATIC).truth.participation[:, 1].mean()
        for c in (0.3, 0.5, 0.7, 1.0)
    ]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.1
    assert 0.05 < shares[2] < 0.3


def test_second_lateral_spread_needs_the_refractory_time():
    def count(interval_ms):
        made = make(stimuli=StimulusTrain(count=10, pair_interval_ms=interval_ms), artefacts=CLEAN)
        spikes = made.truth.spikes
        crossing = spikes.cause == spikes.causes.index("ephaptic")
        return int(crossing.sum())

    assert count(5.0) > 1.7 * count(1.5)


def test_operation_silences_the_lateral_spread_at_the_stated_sweep():
    plan = TheatrePlan(vanish_sweep=40, dip=(10, 14), cautery=((25, 27),))
    made = make("theatre", stimuli=StimulusTrain(count=60), theatre=plan)
    truth = made.truth
    assert truth.vanish_sweep == 40
    swept = {r.sweep for r in responses(made, "LSR")}
    assert not swept & {10, 11, 12, 13, 14}
    assert max(swept) < 40
    assert len(swept) >= 33
    assert not truth.lateral_spread_present[40:].any()
    assert {25, 26, 27} <= set(truth.rejected_sweeps)
    texts = [note.text for note in made.recording.annotations]
    assert texts.index("dura open") < texts.index("vessel mobilised") < texts.index("felt placed")
    gains = {
        round(s.cross_talk_gain, 6) for s in truth.states if s.time_s > made.recording.stimuli_s[40]
    }
    assert gains == {0.0}
    assert truth.states[-1].excitability > 0.5


def test_lateral_spread_that_persists_never_vanishes():
    made = make("theatre", stimuli=StimulusTrain(count=40), theatre=TheatrePlan(vanish_sweep=None))
    assert made.truth.vanish_sweep is None
    assert made.truth.lateral_spread_present.all()


def test_toxin_takes_the_lateral_spread_of_the_injected_muscle_before_its_direct_response():
    def total(kind, channel, train, seed, block):
        near = (Side.LEFT,)
        made = make(seed=seed, stimuli=train, toxin_block=block, record_sides=near)
        return sum(r.amplitude_uv for r in responses(made, kind, channel))

    def left(kind, channel, train):
        block = {Muscle.ORBICULARIS_OCULI: 0.45}
        ratios = [
            total(kind, channel, train, seed, block) / total(kind, channel, train, seed, {})
            for seed in range(4)
        ]
        return np.mean(ratios)

    assert 0.5 < left("M", "L orb oculi", ZYGOMATIC) < 0.7
    assert left("LSR", "L orb oculi", MANDIBULAR) < 0.1
    assert left("LSR", "L mentalis", ZYGOMATIC) == pytest.approx(1.0)


def test_blink_reflex_has_r1_on_one_side_and_r2_on_both():
    for side, near, far in (
        (Side.LEFT, "L orb oculi", "R orb oculi"),
        (Side.RIGHT, "R orb oculi", "L orb oculi"),
    ):
        train = StimulusTrain(site=Branch.SUPRAORBITAL, side=side, count=6, rate_hz=0.5)
        made = make("blink_reflex", compression=0.0, stimuli=train)
        assert {r.channel for r in responses(made, "R1")} == {near}
        assert {r.channel for r in responses(made, "R2")} == {near}
        assert {r.channel for r in responses(made, "R2c")} == {far}
        assert median_of(responses(made, "R1"), "onset_ms") == pytest.approx(10.3, abs=2.5)
        assert median_of(responses(made, "R2"), "onset_ms") == pytest.approx(30.2, abs=7.0)


def test_blink_reflex_spreads_to_the_chin_only_in_spasm_and_on_its_side():
    kinds = ("synkinetic_R1", "synkinetic_R2")
    spasm = make("blink_reflex", side=Side.RIGHT, stimuli=SUPRAORBITAL)
    healthy = make("blink_reflex", compression=0.0, stimuli=SUPRAORBITAL)
    assert {r.channel for r in spasm.truth.responses if r.kind in kinds} == {"R mentalis"}
    assert not [r for r in healthy.truth.responses if r.kind in kinds]


def test_f_waves_are_larger_and_longer_on_the_spasm_side():
    def figures(compression):
        sizes, lengths = [], []
        for seed in range(5):
            made = make("f_wave", seed, compression=compression, record_sides=(Side.LEFT,))
            waves, direct = responses(made, "F", "L mentalis"), responses(made, "M", "L mentalis")
            sizes.append(
                np.mean([r.amplitude_uv for r in waves]) / np.mean([r.amplitude_uv for r in direct])
            )
            lengths.append(np.mean([r.end_ms - r.onset_ms for r in waves]))
        return np.mean(sizes), np.mean(lengths)

    (quiet, short), (brisk, long) = figures(0.0), figures(1.0)
    assert 0.02 < quiet < 0.06
    assert brisk > 1.2 * quiet
    assert long > short


def test_artery_response_lands_at_its_published_latency_and_needs_cross_talk():
    made = make("z_l")
    onset = median_of(responses(made, "ZL"), "onset_ms")
    assert onset == pytest.approx(7.3, abs=1.6)
    assert not responses(make("z_l", compression=0.0), "ZL")


def test_spread_after_a_palsy_is_later_and_smaller_than_in_spasm():
    def figures(scenario):
        rows = [
            responses(make(scenario, seed, duration_s=4.0, stimuli=ZYGOMATIC), "LSR")
            for seed in range(6)
        ]
        found = [r for r in rows if r]
        return [np.mean([median_of(r, k) for r in found]) for k in ("onset_ms", "amplitude_uv")]

    (late, small), (early, large) = figures("post_paralytic"), figures("lsr")
    assert late > early + 0.8
    assert small < large


def test_most_but_not_all_patients_after_a_palsy_have_a_lateral_spread():
    gains = [post_paralytic_state(np.random.default_rng(k)).cross_talk_gain for k in range(300)]
    assert np.mean(np.array(gains) > 0.0) == pytest.approx(0.795, abs=0.07)


def test_stimulus_artefact_stands_at_the_stimulus_and_decays_twice():
    made = make(noise_uv=0.0, compression=0.0, stimuli=ZYGOMATIC)
    signal = np.abs(made.recording.signals_uv[3])
    first = round(made.recording.stimuli_s[0] * 20_000)
    at = [signal[first + round(ms * 20)] for ms in (0.3, 1.5, 6.0)]
    assert at[0] > 5 * at[1] > 5 * at[2] > 0
    assert signal[first - 40 : first - 2].max() < 30


def test_second_blink_reflex_of_a_pair_recovers_faster_when_the_nucleus_is_excitable():
    def recovered(gain):
        def discharges(interval_ms):
            train = StimulusTrain(
                site=Branch.SUPRAORBITAL, count=4, rate_hz=0.5, pair_interval_ms=interval_ms
            )
            made = make("blink_reflex", rate_hz=5000.0, nuclear_gain=gain, stimuli=train)
            return len(made.truth.spikes)

        return (discharges(300.0) - discharges(None)) / discharges(None)

    assert 0.0 < recovered(0.0) < recovered(1.0) < 1.0
