"""Blink reflex with its synkinesis, F-waves, direct responses, Z-L response and conduction."""

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.measure.emg.cmap import Cmap, compare_sides, side_ratio
from hemispasm.measure.emg.evoked import measure_evoked
from hemispasm.measure.emg.findings_evoked import findings_from_sides
from hemispasm.measure.emg.latency import Estimate
from hemispasm.model.emg import Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.side import Side

RATE = 5000.0
EYE, MOUTH = Muscle.ORBICULARIS_OCULI, Muscle.ORBICULARIS_ORIS


def wave(time_ms, at_ms, size_uv, width_ms=1.0):
    phase = (time_ms - at_ms) / width_ms
    return size_uv * 1.65 * phase * np.exp(-(phase**2) / 2)


def recorded(site, side, parts, *, count=12, gap_s=0.5, noise_uv=5.0, seed=0):
    """Make a recording; ``parts`` maps (muscle, side) to a function of time and sweep."""
    rng = np.random.default_rng(seed)
    stimuli = 0.3 + gap_s * np.arange(count)
    size = int((stimuli[-1] + gap_s) * RATE)
    channels, signals = [], []
    for (muscle, where), made in parts.items():
        signal = rng.normal(0, noise_uv, size)
        for sweep, start in enumerate(np.rint(stimuli * RATE).astype(int)):
            piece = slice(start, start + int(0.12 * RATE))
            time_ms = (np.arange(piece.start, piece.stop) - start) * 1000 / RATE
            signal[piece] += 800 * np.exp(-time_ms / 0.4) + made(time_ms, sweep, rng)
        label = f"{where or 'unknown'} {muscle}"
        channels.append(EmgChannel(label=label, muscle=muscle, side=where, rate_hz=RATE))
        signals.append(signal)
    info = StimulusInfo(site=site, side=side)
    return EmgRecording(tuple(channels), tuple(signals), stimuli, stimulus=info, line_hz=50.0)


def nothing(time_ms, sweep, rng):
    return np.zeros_like(time_ms)


def early_and_late(size_uv):
    def made(time_ms, sweep, rng):
        burst = rng.normal(0, size_uv / 2, len(time_ms)) * np.exp(-(((time_ms - 40) / 8) ** 2))
        return wave(time_ms, 11.5, size_uv) + burst

    return made


def late_only(size_uv):
    def made(time_ms, sweep, rng):
        return rng.normal(0, size_uv / 2, len(time_ms)) * np.exp(-(((time_ms - 41) / 8) ** 2))

    return made


def blink(mouth_here, mouth_there=nothing, side=Side.LEFT, seed=0):
    parts = {
        (EYE, side): early_and_late(100.0),
        (MOUTH, side): mouth_here,
        (EYE, side.other): late_only(90.0),
        (MOUTH, side.other): mouth_there,
    }
    return recorded(Branch.SUPRAORBITAL, side, parts, seed=seed)


def test_the_blink_reflex_has_r1_on_the_stimulated_side_only_and_r2_on_both():
    reflex = measure_evoked(blink(nothing)).blink_reflex
    states = {
        (one.kind, one.side): one.response.state for one in reflex.components if one.muscle is EYE
    }
    assert states == {
        ("R1", Side.LEFT): "present",
        ("R2", Side.LEFT): "present",
        ("R2c", Side.RIGHT): "present",
    }
    r1 = reflex.find("R1", EYE, Side.LEFT).response
    r2 = reflex.find("R2", EYE, Side.LEFT).response
    assert r1.onset_ms.low <= 9.3 <= r1.onset_ms.high
    assert 24 < r2.onset_ms.value < 38


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_mouth_that_answers_with_the_blink_is_synkinetic_on_its_own_side(side):
    reflex = measure_evoked(blink(early_and_late(60.0), side=side)).blink_reflex
    states = {one.side: one.state for one in reflex.synkineses}
    assert states == {side: "present", side.other: "absent"}


def test_a_mouth_electrode_that_hears_the_eye_muscle_through_the_skin_is_no_synkinesis():
    recording = blink(nothing, seed=3)
    heard = recording.signals_uv[1] + 0.15 * recording.signals_uv[0]
    signals = (recording.signals_uv[0], heard, *recording.signals_uv[2:])
    reflex = measure_evoked(replace(recording, signals_uv=signals)).blink_reflex
    assert {one.state for one in reflex.synkineses} == {"absent"}


def test_mouths_that_answer_on_both_sides_are_not_called_synkinetic():
    reflex = measure_evoked(blink(late_only(60.0), late_only(60.0))).blink_reflex
    assert "present" not in {one.state for one in reflex.synkineses}
    assert ("other_side_answers_too",) in [one.reasons for one in reflex.synkineses]


def m_wave_then_f(share, size_uv=60.0):
    def made(time_ms, sweep, rng):
        direct = wave(time_ms, 5.5, 1500.0, 0.8)
        if sweep % 10 < round(10 * share):
            direct = direct + wave(
                time_ms, 15 + rng.normal(0, 0.5), size_uv * rng.uniform(0.8, 1.2)
            )
        return direct

    return made


def test_f_waves_are_counted_and_sized_against_the_direct_response():
    parts = {(Muscle.MENTALIS, Side.RIGHT): m_wave_then_f(0.7)}
    result = measure_evoked(recorded(Branch.MANDIBULAR, Side.RIGHT, parts, count=20))
    (f_wave,), (cmap,) = result.f_waves, result.cmaps
    assert (f_wave.side, cmap.side) == (Side.RIGHT, Side.RIGHT)
    assert abs(f_wave.count - 14) <= 1
    assert f_wave.persistence.low < 0.7 < f_wave.persistence.high
    assert 0.03 < f_wave.f_m_ratio.value < 0.05
    assert cmap.amplitude_uv.value == pytest.approx(3000.0, rel=0.1)
    assert 2.5 < cmap.onset_ms.value < 4.5


def test_a_muscle_without_f_waves_shows_next_to_none():
    parts = {(Muscle.MENTALIS, Side.RIGHT): m_wave_then_f(0.0)}
    result = measure_evoked(recorded(Branch.MANDIBULAR, Side.RIGHT, parts, count=20))
    assert result.f_waves[0].count <= 2


def test_f_waves_conducted_through_the_skin_are_no_lateral_spread():
    parts = {
        (Muscle.MENTALIS, Side.LEFT): m_wave_then_f(1.0, 300.0),
        (EYE, Side.LEFT): nothing,
    }
    recording = recorded(Branch.MANDIBULAR, Side.LEFT, parts, count=20, noise_uv=3.0)
    heard = recording.signals_uv[1] + 0.03 * recording.signals_uv[0]
    recording = replace(recording, signals_uv=(recording.signals_uv[0], heard))
    (found,) = measure_evoked(recording).lateral_spreads
    assert found.muscle is EYE
    assert found.response.state == "absent"
    alone = replace(recording, channels=recording.channels[1:], signals_uv=(heard,))
    assert measure_evoked(alone).lateral_spreads[0].response.state == "present"


def test_a_silent_muscle_has_no_direct_response():
    parts = {(Muscle.MENTALIS, Side.LEFT): nothing}
    (cmap,) = measure_evoked(recorded(Branch.MANDIBULAR, Side.LEFT, parts)).cmaps
    assert cmap.amplitude_uv is None


def test_the_side_ratio_is_this_side_over_the_other_and_covers_both_errors():
    def sized(value):
        return Cmap("x", None, None, None, Estimate(value, value - 100, value + 100), 10, 10)

    ratio = side_ratio(sized(500.0), sized(2000.0))
    assert ratio.value == pytest.approx(0.25)
    assert ratio.low < 0.21
    assert ratio.high > 0.29
    nothing_here = Cmap("x", None, None, None, None, 10, 10)
    assert side_ratio(nothing_here, sized(2000.0)) is None


def test_stimulation_of_the_artery_is_answered_at_its_own_latency():
    def answer(time_ms, sweep, rng):
        return wave(time_ms, 8.8, 80.0, 0.7)

    parts = {(Muscle.MENTALIS, Side.LEFT): answer, (Muscle.MENTALIS, Side.RIGHT): nothing}
    (found,) = measure_evoked(recorded(Branch.ARTERY, Side.LEFT, parts, count=20)).z_l
    assert (found.side, found.response.state) == (Side.LEFT, "present")
    assert found.response.onset_ms.low <= 7.3 <= found.response.onset_ms.high


def direct_of(side, size_uv, site=Branch.MANDIBULAR, seed=0):
    parts = {
        (Muscle.MENTALIS, side): lambda time_ms, sweep, rng: wave(
            time_ms, 5.5, size_uv * rng.normal(1.0, 0.03), 0.8
        )
    }
    return measure_evoked(recorded(site, side, parts, seed=seed))


def test_two_recordings_give_the_ratio_of_this_side_over_the_other():
    weak, strong = direct_of(Side.RIGHT, 600.0, seed=1), direct_of(Side.LEFT, 2000.0, seed=2)
    (finding,) = findings_from_sides(weak, strong)
    assert (finding.code, finding.side) == ("emg.cmap_side_ratio", Side.RIGHT)
    assert finding.value == pytest.approx(0.3, abs=0.02)
    assert finding.interval[0] < 0.3 < finding.interval[1]
    (turned,) = findings_from_sides(strong, weak)
    assert turned.side is Side.LEFT
    assert turned.value == pytest.approx(1 / 0.3, abs=0.2)


def test_the_ratio_covers_the_truth_about_as_often_as_it_says():
    inside = []
    for seed in range(12):
        here = direct_of(Side.LEFT, 900.0, seed=seed).cmaps[0]
        there = direct_of(Side.RIGHT, 1500.0, seed=100 + seed).cmaps[0]
        ratio = compare_sides(here, there).ratio
        inside.append(ratio.low <= 0.6 <= ratio.high)
        assert ratio.high - ratio.low < 0.1
    assert np.mean(inside) >= 0.85


def test_sides_are_not_compared_across_muscle_branch_electrode_or_side():
    left = direct_of(Side.LEFT, 900.0).cmaps[0]
    right = direct_of(Side.RIGHT, 1500.0).cmaps[0]
    refused = {
        "same_side": (left, left),
        "side_unknown": (left, replace(right, side=None)),
        "other_muscle": (left, replace(right, muscle=EYE)),
        "other_site": (left, replace(right, site=Branch.TRUNK)),
        "other_electrode": (left, replace(right, electrode="needle")),
        "few_sweeps": (replace(left, used=2), right),
        "no_response_here": (replace(left, amplitude_uv=None), right),
        "no_response_there": (left, replace(right, amplitude_uv=None)),
    }
    for reason, (this, other) in refused.items():
        found = compare_sides(this, other)
        assert (found.reason, found.ratio) == (reason, None)
    assert compare_sides(left, right).reason is None


def test_f_waves_near_the_noise_widen_the_persistence_upwards():
    small = {(Muscle.MENTALIS, Side.RIGHT): m_wave_then_f(0.8, 22.0)}
    large = {(Muscle.MENTALIS, Side.RIGHT): m_wave_then_f(0.8, 200.0)}
    (near,) = measure_evoked(recorded(Branch.MANDIBULAR, Side.RIGHT, small, count=20)).f_waves
    (clear,) = measure_evoked(recorded(Branch.MANDIBULAR, Side.RIGHT, large, count=20)).f_waves
    assert clear.reasons == ()
    assert near.persistence.low <= 0.8 <= near.persistence.high
    assert clear.persistence.low <= 0.8 <= clear.persistence.high


def test_a_flat_mouth_electrode_leaves_the_synkinesis_undetermined():
    recording = blink(nothing)
    flat = np.zeros_like(recording.signals_uv[1])
    signals = (recording.signals_uv[0], flat, *recording.signals_uv[2:])
    reflex = measure_evoked(replace(recording, signals_uv=signals)).blink_reflex
    states = {one.side: one.state for one in reflex.synkineses}
    assert states == {Side.LEFT: "undetermined", Side.RIGHT: "absent"}


def test_a_synkinesis_beside_a_dead_electrode_of_the_other_side_says_so():
    recording = blink(late_only(60.0))
    signals = (*recording.signals_uv[:3], np.zeros_like(recording.signals_uv[3]))
    reflex = measure_evoked(replace(recording, signals_uv=signals)).blink_reflex
    (here,) = [one for one in reflex.synkineses if one.side is Side.LEFT]
    assert here.state == "present"
    assert here.reasons == ("other_side_not_assessable",)
