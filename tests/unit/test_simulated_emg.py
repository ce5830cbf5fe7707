"""The mechanistic generator of EMG: bursts, sides, noise, determinism, truth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hemispasm.evidence import load_sources
from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.mechanistic import channel_label
from hemispasm.simulate.emg.options import (
    CLEAN,
    SPONTANEOUS,
    Artefacts,
    Clock,
    EmgOptions,
    GivenSpasm,
)
from hemispasm.simulate.emg.parameters import DEFAULTS
from hemispasm.simulate.emg.recording import simulate_emg

STILL = {"blink_rate_per_min": 0.0, "artefacts": CLEAN}
IMITATORS = tuple(name for name in SPONTANEOUS if name != "hfs")


def make(scenario="hfs", seed=3, **more):
    more.setdefault("duration_s", 20.0)
    return simulate_emg(EmgOptions(scenario, **more), seed)


def row(made, label):
    labels = [channel.label for channel in made.recording.channels]
    return made.recording.signals_uv[labels.index(label)].astype(float)


def inside(made, label, n):
    mask = np.zeros(n, dtype=bool)
    for burst in made.truth.bursts_of(label):
        mask[round(burst.start_s * 1e4) : round(burst.end_s * 1e4)] = True
    return mask


def test_same_seed_gives_the_same_recording_and_another_seed_does_not():
    one, two, other = make(seed=5), make(seed=5), make(seed=6)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(one.recording.signals_uv, two.recording.signals_uv, strict=True)
    )
    assert one.truth.as_json() == two.truth.as_json()
    assert not np.array_equal(one.recording.signals_uv[0], other.recording.signals_uv[0])


def test_right_sided_patient_is_the_left_sided_one_in_a_mirror():
    left, right = make(side=Side.LEFT), make(side=Side.RIGHT)
    for muscle in (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS):
        for side in (Side.LEFT, Side.RIGHT):
            a = row(left, channel_label(muscle, side))
            b = row(right, channel_label(muscle, side.other))
            assert np.array_equal(a, b)
    assert (left.truth.affected_side, right.truth.affected_side) == ("left", "right")
    assert {s.side for s in right.truth.spasms} == {Side.RIGHT}
    ectopic = [b for b in right.truth.bursts if b.cause == "ectopic"]
    assert ectopic
    assert {b.side for b in ectopic} == {Side.RIGHT}


def test_channels_name_muscle_and_side_as_the_montage_would():
    made = make(duration_s=1.0, muscles=(Muscle.FRONTALIS, Muscle.PLATYSMA))
    named = {(c.label, c.muscle, c.side) for c in made.recording.channels}
    assert ("R platysma", Muscle.PLATYSMA, Side.RIGHT) in named
    assert all(len(c.label) <= 16 and c.named_by == "sidecar" for c in made.recording.channels)
    assert made.recording.simulated
    assert made.recording.annotations[0].text == "SIMULATED"


@pytest.mark.parametrize("snr_db", [12.0, 0.0])
def test_noise_has_the_stated_ratio_to_the_bursts_of_the_leading_channel(snr_db):
    noisy = make(snr_db=snr_db, record_sides=(Side.LEFT,), **STILL)
    clean = make(noise_uv=0.0, record_sides=(Side.LEFT,), **STILL)
    label = "L orb oculi"
    truth = row(clean, label)
    bursts = np.sqrt(np.mean(truth[inside(clean, label, len(truth))] ** 2))
    noise = np.std(row(noisy, label) - truth)
    assert 20 * np.log10(bursts / noise) == pytest.approx(snr_db, abs=0.3)
    assert noisy.truth.noise_uv == pytest.approx(noise, rel=0.03)


def test_true_bursts_are_where_the_noiseless_signal_exceeds_five_microvolt():
    made = make(noise_uv=0.0, record_sides=(Side.LEFT,), **STILL)
    for channel in made.recording.channels:
        signal = np.abs(row(made, channel.label))
        mask = inside(made, channel.label, len(signal))
        assert np.mean(signal[~mask] > 5.0) < 1e-4
        for burst in made.truth.bursts_of(channel.label):
            first, last = round(burst.start_s * 1e4), round(burst.end_s * 1e4)
            assert signal[first] > 5.0
            assert signal[last - 1] > 5.0
            assert signal[max(first - 1, 0)] <= 5.0 or first == 0


def test_impulses_within_a_burst_come_at_150_to_350_per_second():
    made = make(duration_s=60.0, artefacts=CLEAN)
    spikes = made.truth.spikes
    leading = (spikes.channel == 0) & np.isin(spikes.cause, [0, 1])
    steps = []
    for unit in np.unique(spikes.unit[leading]):
        gaps = np.diff(spikes.time_s[leading & (spikes.unit == unit)])
        steps += gaps[gaps < 0.0075].tolist()
    rates = 1.0 / np.array(steps)
    assert 150 <= np.median(rates) <= 350
    assert np.quantile(rates, 0.99) < 450


def impulse_envelope(signal):
    """Return the envelope without what is slower than one impulse."""
    power = np.convolve(np.abs(signal), np.hanning(20), "same")
    return power - np.convolve(power, np.ones(120) / 120, "same")


def test_branches_fire_impulse_by_impulse_in_spasm_and_not_in_cocontraction():
    def correlation(scenario, seed):
        made = make(scenario, seed, snr_db=15.0, spasm_rate_per_min=40.0, **STILL)
        a, b = (impulse_envelope(row(made, name)) for name in ("L orb oculi", "L mentalis"))
        mask = inside(made, "L orb oculi", len(a))
        return max(np.corrcoef(a[mask], np.roll(b, -k)[mask])[0, 1] for k in range(0, 40, 4))

    spasm = [correlation("hfs", seed) for seed in (1, 2, 3)]
    shared = [correlation("cocontraction", seed) for seed in (1, 2, 3)]
    assert min(spasm) > max(shared) + 0.15


def test_compression_brings_spasms_and_a_free_nerve_has_none():
    counts = [
        len(make(compression=c, duration_s=120.0, rate_hz=2000.0).truth.spasms)
        for c in (0.0, 0.3, 0.7, 1.0)
    ]
    assert counts[0] == 0
    assert counts[0] < counts[1] < counts[2] < counts[3]
    assert make(compression=0.0).truth.affected_side == "none_seen"


@pytest.mark.parametrize("scenario", IMITATORS)
def test_imitators_have_no_affected_side_and_no_ectopic_discharge(scenario):
    truth = make(scenario, duration_s=30.0).truth
    assert truth.affected_side == "none_seen"
    assert not [b for b in truth.bursts if b.cause == "ectopic"]
    assert not [s for s in truth.spasms if s.cause == "ectopic"]


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [
        ("healthy", "blink"),
        ("voluntary", "voluntary"),
        ("speech", "speech"),
        ("cocontraction", "cocontraction"),
        ("myokymia", "myokymia"),
        ("post_paralytic", "synkinesis"),
        ("seizure_rhythm", "seizure"),
    ],
)
def test_bursts_of_an_imitator_carry_their_cause(scenario, cause):
    truth = make(scenario, duration_s=40.0).truth
    assert cause in {b.cause for b in truth.bursts}


def test_one_sided_imitators_stay_on_their_side():
    for scenario, cause in (
        ("myokymia", "myokymia"),
        ("seizure_rhythm", "seizure"),
        ("post_paralytic", "synkinesis"),
    ):
        truth = make(scenario, side=Side.RIGHT, duration_s=40.0).truth
        assert {b.side for b in truth.bursts if b.cause == cause} == {Side.RIGHT}


def test_blinks_cross_to_the_chin_only_on_the_affected_side():
    made = make(spasm_rate_per_min=0.0, duration_s=60.0, blink_rate_per_min=25.0)
    crossed = {b.channel for b in made.truth.bursts if b.cause == "synkinesis"}
    assert crossed == {"L mentalis"}
    assert {b.side for b in made.truth.bursts if b.cause == "blink"} == {Side.LEFT, Side.RIGHT}


def test_spasms_of_a_video_recur_on_the_clock_of_the_recording_and_precede_movement():
    given = tuple(
        GivenSpasm(start, start + length, pattern)
        for start, length, pattern in (
            (2.0, 0.1, Pattern.TWITCH),
            (8.0, 1.0, Pattern.CLONIC),
            (14.0, 1.5, Pattern.TONIC),
        )
    )
    clock = Clock(offset_s=1.25, drift_ppm=80.0)
    truth = make(given_spasms=given, given_blinks=(), clock=clock).truth
    assert [s.pattern for s in truth.spasms] == [Pattern.TWITCH, Pattern.CLONIC, Pattern.TONIC]
    for spasm, video in zip(truth.spasms, given, strict=True):
        lead = clock.recording_time(video.start_s) - spasm.start_s
        assert lead == pytest.approx(truth.electromechanical_delay_s, abs=0.004)
        assert spasm.end_s == pytest.approx(clock.recording_time(video.end_s), abs=0.25)
    assert (truth.clock_offset_s, truth.clock_drift_ppm) == (1.25, 80.0)


def test_artefacts_are_in_the_signal_and_in_the_truth():
    chosen = Artefacts(movement_per_min=12.0, pops_per_min=12.0, cautery_share=0.1, drift_uv=20.0)
    made, quiet = make("healthy", artefacts=chosen), make("healthy", artefacts=CLEAN)
    kinds = {kind for *_, kind in made.truth.artefact_spans}
    assert kinds == {"movement", "pop", "cautery"}
    spans = [(a, b) for a, b, kind in made.truth.artefact_spans if kind == "cautery"]
    a, b = spans[0]
    span = slice(round(a * 1e4), round(b * 1e4))
    assert np.std(row(made, "L mentalis")[span]) > 10 * np.std(row(quiet, "L mentalis")[span])
    assert made.truth.bursts == make("healthy", artefacts=Artefacts(leak=1.0)).truth.bursts


def test_mains_hum_stands_at_the_stated_frequency():
    made = make("healthy", line_hz=60.0, artefacts=Artefacts(mains_uv=40.0), blink_rate_per_min=0.0)
    spectrum = np.abs(np.fft.rfft(row(made, "R mentalis")))
    hz = np.fft.rfftfreq(200_000, 1e-4)
    assert hz[1 + spectrum[1:].argmax()] == pytest.approx(60.0, abs=0.2)


def test_another_channel_leaves_the_others_as_they_were():
    few = make(artefacts=CLEAN, noise_uv=5.0)
    more = make(
        artefacts=CLEAN,
        noise_uv=5.0,
        muscles=(Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS, Muscle.FRONTALIS),
        blink_rate_per_min=None,
    )
    assert np.array_equal(row(few, "R orb oculi"), row(more, "R orb oculi"))


def test_needle_sees_larger_and_shorter_potentials_than_the_skin():
    def shape(electrode):
        made = make(electrode=electrode, noise_uv=0.0, rate_hz=20000.0, **STILL)
        signal = row(made, "L mentalis")
        return np.abs(signal).max(), np.sum(np.diff(signal) ** 2) / np.sum(signal**2)

    (skin, slow), (needle, fast) = shape("surface"), shape("needle")
    assert needle > skin / 3
    assert fast > slow


def test_truth_can_be_written_as_plain_json():
    truth = make(duration_s=5.0).truth
    flat = json.loads(json.dumps(truth.as_json()))
    assert flat["schema"] == "hemispasm.emg_truth/1"
    assert len(flat["spikes"]["time_s"]) == len(truth.spikes)
    assert set(flat["spikes"]["cause"]) <= set(truth.spikes.causes)


def test_every_default_says_where_it_comes_from():
    sources = load_sources()
    for key, parameter in DEFAULTS.items():
        assert parameter.status in {
            "published",
            "derived",
            "calibrated",
            "assumed",
            "definition",
        }, key
        if parameter.status in {"published", "derived", "calibrated"}:
            assert parameter.source, key
        assert parameter.source in sources or not parameter.source, key


@pytest.mark.parametrize(
    "wrong",
    [
        {"scenario": "unknown"},
        {"side": Side.BOTH},
        {"duration_s": 0.1},
        {"compression": 1.2},
        {"snr_db": 3.0, "noise_uv": 2.0},
        {"muscles": ()},
        {"muscles": (Muscle.MASSETER,)},
        {"toxin_block": {Muscle.MENTALIS: -0.1}},
    ],
)
def test_impossible_options_are_refused_in_one_sentence(wrong):
    with pytest.raises(UsageError) as caught:
        EmgOptions(**wrong)
    assert caught.value.next_step
