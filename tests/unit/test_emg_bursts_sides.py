"""Spontaneous activity of both sides: verdict, mirror, what is not spontaneous, quality."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from emg_bursting import BOTH_SIDES, CHIN, EYE, RATE_HZ, make_contraction, make_pair, quiet
from emg_bursting import recording as make_recording

from hemispasm.measure.emg.bursts import Burst
from hemispasm.measure.emg.coupling import measure_blink_coupling, measure_movement_coupling
from hemispasm.measure.emg.spasms import local_variation, merge_bursts, spacing_cv, tonic_share
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.model import Grade
from hemispasm.model.emg import Annotation, Muscle
from hemispasm.model.side import Side

SECONDS = 40.0


def blink_waves(seed):
    """Ten blinks: 60 ms of interference in one eye, unlike that of the other."""
    rng = np.random.default_rng(seed)
    signal = np.zeros(int(SECONDS * RATE_HZ))
    for at in np.arange(2.0, 38.0, 3.7):
        a = int(at * RATE_HZ)
        signal[a : a + 600] += rng.normal(0, 60, 600) * np.hanning(600)
    return signal


@cache
def ill(side=Side.LEFT):
    """Bursts of two branches of one side, blinks of both."""
    made = make_pair(5, 12, duration_s=SECONDS)
    signals = [
        made.noisy[0] + blink_waves(1),
        made.noisy[1],
        quiet(8) + blink_waves(2),
        quiet(9),
    ]
    montage = [(muscle, s if side is Side.LEFT else s.other) for muscle, s in BOTH_SIDES]
    return make_recording(signals, montage, annotations=(Annotation(time_s=0, text="SIMULATED"),))


@cache
def measured(side=Side.LEFT):
    return measure_spontaneous(ill(side))


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_bursts_in_which_branches_fire_together_name_their_side(side):
    result = measured(side)
    assert result.verdict.value == side.value
    assert result.side(side).pattern("hfs_like").present is True
    assert result.side(side.other).pattern("hfs_like").present is False
    assert result.verdict.exclusivity.value > 0.75
    assert result.quality.grade is Grade.MEASURABLE


def test_swapping_the_sides_of_the_montage_swaps_every_number():
    plain, swapped = measured(Side.LEFT), measured(Side.RIGHT)
    for side in (Side.LEFT, Side.RIGHT):
        here, there = plain.side(side), swapped.side(side.other)
        assert here.bursts == there.bursts
        assert here.spasms == there.spasms
        assert here.features == there.features
        assert here.patterns == there.patterns
        assert here.blink_coupling == there.blink_coupling
    assert [c.bursts for c in plain.channels] == [c.bursts for c in swapped.channels]


def test_another_gain_and_offset_change_no_finding():
    plain = measured()
    loud = replace(ill(), signals_uv=tuple(3 * x - 40 for x in ill().signals_uv))
    other = measure_spontaneous(loud)
    assert other.verdict.value == plain.verdict.value
    here, there = plain.side(Side.LEFT).features, other.side(Side.LEFT).features
    assert there.burst_rate.value == here.burst_rate.value
    assert there.synchrony.value == pytest.approx(here.synchrony.value, rel=1e-3)
    assert there.synchrony_lag_ms.value == pytest.approx(here.synchrony_lag_ms.value, rel=1e-2)
    assert there.spacing_cv.value == pytest.approx(here.spacing_cv.value, rel=1e-3)


def test_the_same_recording_gives_the_same_result_twice():
    assert measure_spontaneous(ill()) == measured()


def test_blinks_are_bilateral_and_no_spasm_of_either_side():
    signals = [quiet(1) + blink_waves(1), quiet(2), quiet(3) + blink_waves(2), quiet(4)]
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    assert len(result.blinks_s) == 10
    assert result.verdict.value == "none_seen"
    for side in result.sides:
        labels = [b.label for b in side.bursts]
        assert labels.count("bilateral") == 10
        assert labels.count("spontaneous") <= 2
        low, high = side.features.spasm_rate.interval.pair
        assert low == 0
        assert high > 0


def test_the_lower_face_that_joins_in_blinks_is_seen_on_its_side_only():
    synkinesis = np.roll(blink_waves(3), 100)
    signals = [quiet(1) + blink_waves(1), quiet(2) + synkinesis]
    signals += [quiet(3) + blink_waves(2), quiet(4)]
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    left, right = result.side(Side.LEFT).blink_coupling, result.side(Side.RIGHT).blink_coupling
    assert left.share == 1
    assert left.p < 1e-6
    assert right.share <= 0.2
    assert left.source == "detected"


def test_bursts_within_noted_movements_are_not_spontaneous():
    made = make_pair(5, 12, duration_s=SECONDS)
    note = Annotation(time_s=0.5, duration_s=SECONDS - 1, text="close your eyes")
    plain = make_recording(made.noisy, BOTH_SIDES[:2])
    result = measure_spontaneous(replace(plain, annotations=(note,)))
    side = result.side(Side.LEFT)
    assert len(side.bursts) > 50
    assert len(side.spontaneous) <= 2
    assert side.analysed_s < 2
    assert side.movement_coupling.share > 0.95
    assert result.verdict.value == "uncertain"


def test_answers_to_stimuli_are_not_spontaneous():
    made = make_pair(5, 12, duration_s=SECONDS)
    first = made.bursts[0][:, 0]
    plain = make_recording(made.noisy, BOTH_SIDES[:2])
    result = measure_spontaneous(replace(plain, stimuli_s=first - 0.005))
    labels = [b.label for b in result.channels[0].bursts]
    assert labels.count("evoked") > 0.8 * len(labels)


def test_a_montage_without_sides_names_no_side():
    channels = tuple(c.model_copy(update={"side": None}) for c in ill().channels)
    result = measure_spontaneous(replace(ill(), channels=channels))
    assert result.sides == ()
    assert result.verdict.value == "uncertain"
    assert result.verdict.reason.startswith("side_unknown")
    assert len(result.channels[0].bursts) > 50


def test_one_recorded_side_is_named_with_the_other_unknown():
    plain = ill()
    one = replace(plain, channels=plain.channels[:2], signals_uv=plain.signals_uv[:2])
    result = measure_spontaneous(one)
    assert result.verdict.value == "left"
    assert result.verdict.reason.startswith("one_side_recorded")
    assert result.verdict.exclusivity.value is None
    assert result.quality.grade is Grade.LIMITED


def test_a_single_muscle_shows_no_common_firing_and_says_so():
    made = make_pair(5, 12, duration_s=SECONDS)
    result = measure_spontaneous(make_recording(made.noisy[:1], BOTH_SIDES[:1]))
    features = result.side(Side.LEFT).features
    assert features.synchrony.value is None
    assert features.synchrony.reason.startswith("one_channel")


def test_moved_muscles_of_one_side_are_co_contraction_and_no_affected_side():
    made = make_contraction(2, 10)
    signals = [*made.noisy, quiet(5), quiet(6)]
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    side = result.side(Side.LEFT)
    assert side.pattern("co_contraction").present is True
    assert side.pattern("hfs_like").present is False
    assert result.verdict.value == "uncertain"
    assert "co_contraction" in result.verdict.reason


def test_a_rhythm_is_named_with_its_rate():
    rng = np.random.default_rng(0)
    signals = [quiet(i) for i in range(4)]
    for at in np.arange(3, 36, 1 / 8.0):
        for channel in (0, 1):
            a = int((at + rng.normal(0, 0.004)) * RATE_HZ)
            signals[channel][a : a + 300] += rng.normal(0, 50, 300)
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    found = result.side(Side.LEFT).pattern("rhythmic")
    assert found.present is True
    assert found.numbers["repetition_hz"] == pytest.approx(8, rel=0.05)
    assert result.side(Side.LEFT).pattern("hfs_like").present is False


def test_grouped_discharges_with_pauses_are_named_myokymia_like():
    rng = np.random.default_rng(1)
    signals = [quiet(i) for i in range(4)]
    wave = 80 * np.sin(2 * np.pi * 180 * np.arange(60) / RATE_HZ)
    for start in np.arange(1, 38, 1.8):
        at = start
        for _ in range(rng.integers(6, 14)):
            a = int(at * RATE_HZ)
            signals[3][a : a + 60] += wave
            at += rng.uniform(0.02, 0.07)
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    found = result.side(Side.RIGHT).pattern("myokymia_like")
    assert found.present is True
    assert 2 <= found.numbers["group_rate_hz"] <= 60
    assert found.channel == 3
    assert result.side(Side.LEFT).pattern("myokymia_like").present is False
    assert result.verdict.value == "uncertain"


def test_a_muscle_heard_by_the_opposite_electrode_is_not_counted_there():
    made = make_pair(5, 20, duration_s=SECONDS, hum_uv=0, ecg_uv=0)
    # The chin's muscle of the left reaches the right electrode at a tenth of its size.
    heard = 0.1 * made.clean[1] + np.random.default_rng(7).normal(0, 2, made.clean[1].size)
    signals = [made.noisy[0], made.noisy[1], quiet(2), heard]
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    assert result.channels[3].conducted_from == pytest.approx(
        {f"{CHIN} {Side.LEFT}": 0.1}, abs=0.02
    )
    assert len(result.channels[3].bursts) < 0.1 * len(result.channels[1].bursts)
    assert result.verdict.value == "left"


def test_the_masseter_is_measured_but_stands_for_no_side_of_the_facial_nerve():
    made = make_pair(5, 12, duration_s=SECONDS)
    montage = [(Muscle.MASSETER, Side.LEFT), (EYE, Side.LEFT)]
    result = measure_spontaneous(make_recording([made.noisy[0], quiet(1)], montage))
    assert len(result.channels[0].bursts) > 50
    assert result.side(Side.LEFT).channels == (1,)
    assert len(result.side(Side.LEFT).spontaneous) <= 2


def test_a_flat_channel_is_left_out_and_the_rest_is_measured():
    signals = list(ill().signals_uv)
    signals[3] = np.zeros_like(signals[3])
    result = measure_spontaneous(replace(ill(), signals_uv=tuple(signals)))
    assert result.channels[3].quality.grade is Grade.NOT_ASSESSABLE
    assert result.channels[3].rate.value is None
    assert result.verdict.value == "left"
    assert any("flat" in reason for reason in result.quality.reasons)


def test_nothing_assessable_gives_a_grade_and_no_number():
    result = measure_spontaneous(make_recording([np.zeros(50_000)], BOTH_SIDES[:1]))
    assert result.quality.grade is Grade.NOT_ASSESSABLE
    assert result.verdict.value == "uncertain"
    assert result.sides == ()


def test_a_recording_without_emg_channels_is_not_assessable():
    result = measure_spontaneous(make_recording([], []))
    assert result.quality.grade is Grade.NOT_ASSESSABLE
    assert result.quality.reasons[0].startswith("no_emg")


def test_half_a_minute_of_rest_is_needed_to_say_that_none_is_seen():
    signals = [quiet(i, 12.0) for i in range(4)]
    result = measure_spontaneous(make_recording(signals, BOTH_SIDES))
    assert result.verdict.value == "uncertain"
    assert result.verdict.reason.startswith("short")


def test_bursts_within_three_tenths_of_a_second_are_one_spasm():
    bursts = [Burst(1.0, 1.05, 9), Burst(1.34, 1.4, 9), Burst(1.71, 1.8, 9)]
    assert [s.burst_count for s in merge_bursts(bursts)] == [2, 1]


def test_only_continuous_activity_of_a_second_is_tonic():
    clonic = [Burst(t, t + 0.05, 9) for t in np.arange(0, 2, 0.1)]
    tonic = [Burst(10, 10.6, 9), Burst(10.62, 11.5, 9)]
    assert tonic_share(merge_bursts(clonic)) == 0
    assert tonic_share(merge_bursts(tonic)) == pytest.approx(1)


def test_a_slowing_rhythm_has_wide_spacing_but_little_local_variation():
    at = np.cumsum(np.linspace(0.08, 0.28, 40))
    spasms = merge_bursts([Burst(t, t + 0.03, 9) for t in at])
    assert spacing_cv(spasms) > 0.3
    assert local_variation(spasms) < 0.05


def test_coupling_to_blinks_is_held_against_chance():
    rng = np.random.default_rng(0)
    blinks = np.arange(2.0, 100.0, 5.0)
    with_blinks = [Burst(t + 0.02, t + 0.06, 9) for t in blinks]
    at_random = [Burst(t, t + 0.04, 9) for t in np.sort(rng.uniform(0, 100, 20))]
    assert measure_blink_coupling(blinks, with_blinks, 100.0, "marked").p < 1e-9
    assert measure_blink_coupling(blinks, at_random, 100.0, "marked").p > 0.01
    assert measure_blink_coupling(blinks[:3], with_blinks, 100.0, "marked") is None


def test_bursts_spread_evenly_are_not_coupled_to_movements():
    bursts = [Burst(t, t + 0.05, 9) for t in np.arange(0.5, 60, 1.0)]
    even = measure_movement_coupling(bursts, [(10.0, 25.0)], 60.0)
    assert even.share == pytest.approx(0.25)
    assert even.p > 0.3


def test_the_eye_of_one_side_alone_never_names_an_affected_side():
    blinking = [made_of_fast_impulses(3), quiet(9)]
    for side in (Side.LEFT, Side.RIGHT):
        for montage in ([(EYE, side), (CHIN, side)], [(EYE, side), (CHIN, side.other)]):
            result = measure_spontaneous(make_recording(blinking, montage))
            assert result.side(side).features.intraburst_rate.value is not None
            assert result.verdict.value == "uncertain"
            assert result.side(side).pattern("hfs_like").present is None
            assert result.side(side).pattern("hfs_like").reason.startswith("one_side_recorded")


def made_of_fast_impulses(seed):
    """One muscle alone firing at a steady fast rate, as it does in blinks and in spasms."""
    return make_pair(seed, 20, duration_s=SECONDS).noisy[0]


def test_a_recording_of_other_muscles_alone_says_that_no_facial_muscle_is_there():
    made = make_pair(6, 12, duration_s=SECONDS)
    for muscle in (Muscle.OTHER, Muscle.MASSETER):
        montage = [(muscle, Side.LEFT), (muscle, Side.LEFT)]
        result = measure_spontaneous(make_recording(list(made.noisy), montage))
        assert result.sides == ()
        assert result.verdict.value == "uncertain"
        assert result.verdict.reason.startswith("no_facial_muscle")
        assert result.quality.grade is Grade.LIMITED
        assert any(reason.startswith("no_facial_muscle") for reason in result.quality.reasons)


def test_the_masseter_of_the_other_side_does_not_stand_for_its_face():
    montage = [(EYE, Side.LEFT), (Muscle.MASSETER, Side.RIGHT)]
    result = measure_spontaneous(make_recording([quiet(8), quiet(9)], montage))
    assert any(reason.startswith("one_side_recorded") for reason in result.quality.reasons)
