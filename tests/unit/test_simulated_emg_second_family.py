"""The second EMG family: the truth is what the noiseless signal shows, on the side it names."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hemispasm.simulate.emg as room
from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.options import (
    CLEAN,
    EVOKED,
    SPONTANEOUS,
    Artefacts,
    Clock,
    EmgOptions,
    GivenSpasm,
    StimulusTrain,
    TheatrePlan,
)
from hemispasm.simulate.emg.phenomenological_background import coloured_noise, electrode_step
from hemispasm.simulate.emg.phenomenological_canvas import Canvas, active_spans
from hemispasm.simulate.emg.phenomenological_shapes import Wavelet, add_wavelet, hump_noise
from hemispasm.simulate.emg.recording import simulate_emg

SIDES = (Side.LEFT, Side.RIGHT)
THREE = (Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS, Muscle.MENTALIS)


def made(scenario="hfs", seed=1, **more):
    given = {"duration_s": 20.0, "artefacts": CLEAN, "noise_uv": 0.0, "muscles": THREE, **more}
    return simulate_emg(EmgOptions(scenario, generator="phenomenological", **given), seed)


def signal_of(emg, muscle, side):
    return emg.recording.signals_uv[emg.recording.channel(muscle, side)].astype(float)


def envelope_match(one, other, rate_hz, width_s=0.0015):
    """Return the best correlation of two smoothed rectified signals within 20 ms either way."""
    box = np.ones(max(int(width_s * rate_hz), 1))
    first, second = (np.convolve(np.abs(x), box, "same") for x in (one, other))
    wide = np.ones(int(0.025 * rate_hz))
    parts = []
    for rough in (first, second):
        # What is left beside the slow course: only fine structure counts.
        smooth = rough - np.convolve(rough, wide / len(wide), "same")
        parts.append(smooth / (np.linalg.norm(smooth) or 1.0))
    lags = range(-int(0.02 * rate_hz), int(0.02 * rate_hz) + 1, 2)
    return max(float(np.dot(parts[0], np.roll(parts[1], lag))) for lag in lags)


def test_the_same_seed_gives_the_same_recording_and_another_seed_another():
    one, again, other = made(seed=4), made(seed=4), made(seed=5)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(one.recording.signals_uv, again.recording.signals_uv, strict=True)
    )
    assert one.truth.bursts == again.truth.bursts
    assert one.truth.bursts != other.truth.bursts


def test_another_noise_level_leaves_what_the_muscles_do_unchanged():
    quiet, loud = made(noise_uv=None, snr_db=20.0), made(noise_uv=None, snr_db=0.0)
    assert quiet.truth.bursts == loud.truth.bursts
    assert loud.truth.noise_uv == pytest.approx(10.0 * quiet.truth.noise_uv)


@pytest.mark.parametrize("scenario", [*SPONTANEOUS, *EVOKED])
@pytest.mark.parametrize("side", SIDES)
def test_every_scenario_is_made_on_both_sides_with_finite_signals(scenario, side):
    emg = made(scenario, side=side, duration_s=8.0, noise_uv=2.0, artefacts=None)
    assert emg.recording.simulated
    assert len(emg.recording.channels) == 6
    for channel, signal in zip(emg.recording.channels, emg.recording.signals_uv, strict=True):
        assert len(signal) == 80_000
        assert np.isfinite(signal).all()
        assert channel.side in SIDES
        assert len(channel.label) <= 16
    assert emg.recording.channels[0].side is side
    affected = side.value if scenario in ("hfs", *EVOKED) else "none_seen"
    assert emg.truth.affected_side == affected
    assert emg.truth.generator == "phenomenological"


@pytest.mark.parametrize("side", SIDES)
def test_spasms_stand_on_the_affected_side_only(side):
    emg = made(side=side, blink_rate_per_min=0.0, voluntary_per_min=0.0, duration_s=40.0)
    assert emg.truth.spasms
    assert {spasm.side for spasm in emg.truth.spasms} == {side}
    assert {burst.side for burst in emg.truth.bursts} == {side}
    for muscle in THREE:
        assert np.abs(signal_of(emg, muscle, side.other)).max() == 0.0
    assert np.abs(signal_of(emg, Muscle.ORBICULARIS_OCULI, side)).max() > 50.0


def test_swapping_the_side_swaps_the_channels_and_nothing_else():
    left, right = (made(side=side, seed=9) for side in SIDES)
    for muscle in THREE:
        for side in SIDES:
            a, b = signal_of(left, muscle, side), signal_of(right, muscle, side.other)
            assert np.array_equal(a, b)


@pytest.mark.parametrize("scenario", ["hfs", "seizure_rhythm", "cocontraction", "post_paralytic"])
def test_bursts_are_where_the_noiseless_signal_exceeds_five_microvolt(scenario):
    emg = made(scenario, seed=3)
    rate_hz = emg.recording.channels[0].rate_hz
    for channel, signal in zip(emg.recording.channels, emg.recording.signals_uv, strict=True):
        inside = np.zeros(len(signal), dtype=bool)
        for burst in emg.truth.bursts_of(channel.label):
            first, last = round(burst.start_s * rate_hz), round(burst.end_s * rate_hz) - 1
            assert abs(signal[first]) > 5.0
            assert abs(signal[last]) > 5.0
            inside[first : last + 1] = True
        missed = active_spans(np.where(inside, 0.0, signal), rate_hz)
        assert missed == []


def test_signal_to_noise_means_what_the_options_say():
    options = {"noise_uv": None, "snr_db": 6.0, "duration_s": 60.0}
    noisy, clean = made(**options), made(duration_s=60.0)
    signal = signal_of(clean, Muscle.ORBICULARIS_OCULI, Side.LEFT)
    noise = signal_of(noisy, Muscle.ORBICULARIS_OCULI, Side.LEFT) - signal
    spans = active_spans(signal, 10_000.0)
    power = np.mean(np.concatenate([signal[a : b + 1] for a, b in spans]) ** 2)
    measured_db = 10.0 * np.log10(power / np.mean(noise**2))
    assert measured_db == pytest.approx(6.0, abs=0.05)


def test_spasm_bursts_share_their_fine_structure_and_voluntary_ones_do_not():
    bound, unbound = [], []
    for seed in range(6):
        for scenario, into in (("hfs", bound), ("cocontraction", unbound)):
            emg = made(scenario, seed=seed, blink_rate_per_min=0.0, duration_s=40.0)
            one, other = (signal_of(emg, m, Side.LEFT) for m in (THREE[0], THREE[2]))
            into.append(envelope_match(one, other, 10_000.0))
    assert min(bound) > max(unbound)
    assert np.median(unbound) < 0.2


def test_discharges_inside_a_burst_repeat_at_the_published_rate():
    gaps = []
    for seed in range(10):
        spikes = made(seed=seed, duration_s=30.0, blink_rate_per_min=0.0).truth.spikes
        times = spikes.time_s[spikes.channel == 0]
        gaps += [gap for gap in np.diff(times) if gap < 0.015]
    assert 1.0 / 400.0 < np.median(gaps) < 1.0 / 150.0


def test_blinks_are_of_both_eyes_at_once_and_spare_a_healthy_mouth():
    emg = made("blinks_only", duration_s=60.0)
    starts = {
        side: [b.start_s for b in emg.truth.bursts if b.side is side and b.cause == "blink"]
        for side in SIDES
    }
    assert len(starts[Side.LEFT]) >= 4
    assert np.allclose(starts[Side.LEFT], starts[Side.RIGHT], atol=0.03)
    assert np.abs(signal_of(emg, Muscle.MENTALIS, Side.LEFT)).max() == 0.0


def test_after_a_palsy_the_mouth_of_the_weak_side_joins_the_blink():
    emg = made("post_paralytic", duration_s=60.0, voluntary_per_min=0.0, side=Side.RIGHT)
    towed = [b for b in emg.truth.bursts if b.cause == "synkinesis"]
    blinks = [b for b in emg.truth.bursts if b.cause == "blink" and b.side is Side.RIGHT]
    assert towed
    assert {b.side for b in towed} == {Side.RIGHT}
    assert all(any(abs(b.start_s - k.start_s) < 0.06 for k in blinks) for b in towed)
    assert emg.truth.spasms == ()


def test_seizure_rhythm_slows_and_myokymia_keeps_its_pace():
    emg = made("seizure_rhythm", duration_s=60.0, seed=6, blink_rate_per_min=0.0)
    label = max(
        (c.label for c in emg.recording.channels), key=lambda c: len(emg.truth.bursts_of(c))
    )
    starts = np.array([b.start_s for b in emg.truth.bursts_of(label)])
    gaps = np.diff(starts[: np.argmax(np.diff(starts) > 2.0) or None])
    assert gaps[-5:].mean() > 1.5 * gaps[:5].mean()
    assert np.std(np.diff(gaps)) < 0.2 * gaps.mean()


def test_an_electrode_pop_is_no_burst_of_a_muscle():
    emg = made("electrode_pop", artefacts=None, noise_uv=1.0, blink_rate_per_min=0.0)
    assert emg.truth.bursts == ()
    assert any(kind == "pop" for _, _, kind in emg.truth.artefact_spans)


def test_given_spasms_happen_at_their_times_on_the_recordings_clock():
    given = (
        GivenSpasm(3.0, 3.1, Pattern.TWITCH),
        GivenSpasm(6.0, 7.5, Pattern.TONIC),
        GivenSpasm(10.0, 11.0, Pattern.CLONIC),
    )
    clock = Clock(offset_s=1.5, drift_ppm=200.0)
    truth = made(given_spasms=given, given_blinks=(), clock=clock, voluntary_per_min=0.0).truth
    early_s = truth.electromechanical_delay_s
    assert 0.0 < early_s < 0.1
    assert [spasm.pattern for spasm in truth.spasms] == [g.pattern for g in given]
    for spasm, wanted in zip(truth.spasms, given, strict=True):
        assert spasm.start_s == pytest.approx(
            clock.recording_time(wanted.start_s) - early_s, abs=0.006
        )
    assert truth.spasms[1].end_s == pytest.approx(clock.recording_time(7.5) - early_s, abs=0.08)


def test_a_free_nerve_has_no_spasm_and_no_lateral_spread():
    assert made(compression=0.0, duration_s=60.0).truth.spasms == ()
    truth = made("lsr", compression=0.0).truth
    assert truth.affected_side == "none_seen"
    assert not truth.lateral_spread_present.any()
    assert "LSR" not in {r.kind for r in truth.responses}


def test_a_set_with_lateral_spread_and_one_without_have_the_same_noise():
    ill, free = (made("lsr", noise_uv=None, snr_db=0.0, compression=c).truth for c in (0.6, 0.0))
    assert ill.noise_uv == pytest.approx(free.noise_uv)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("site", "far"), [(Branch.ZYGOMATIC, Muscle.MENTALIS), (Branch.MANDIBULAR, THREE[0])]
)
def test_lateral_spread_comes_in_the_other_branch_of_the_ill_side(side, site, far):
    emg = made("lsr", side=side, stimuli=StimulusTrain(site=site, count=30), seed=2)
    spread = [r for r in emg.truth.responses if r.kind == "LSR"]
    mark = "L" if side is Side.LEFT else "R"
    assert spread
    assert all(r.channel.startswith(mark) for r in spread)
    far_label = emg.recording.channels[emg.recording.channel(far, side)].label
    assert far_label in {r.channel for r in spread}
    onsets = [r.onset_ms for r in spread if r.channel == far_label]
    assert 6.5 < np.median(onsets) < 13.0
    other = made(
        "lsr", side=side, stimuli=StimulusTrain(site=site, side=side.other, count=30), seed=2
    )
    assert "LSR" not in {r.kind for r in other.truth.responses}


def test_median_lateral_spread_latencies_lie_where_the_literature_has_them():
    onsets = {muscle: [] for muscle in (THREE[0], THREE[2])}
    for seed in range(24):
        for muscle, site in ((THREE[0], Branch.MANDIBULAR), (THREE[2], Branch.ZYGOMATIC)):
            train = StimulusTrain(site=site, count=10)
            emg = made("lsr", seed=seed, stimuli=train, duration_s=4.0)
            label = emg.recording.channels[emg.recording.channel(muscle, Side.LEFT)].label
            rows = [r for r in emg.truth.responses if (r.kind, r.channel) == ("LSR", label)]
            if rows:
                onsets[muscle].append(np.median([r.onset_ms for r in rows]))
    assert 8.0 < np.median(onsets[THREE[0]]) < 10.1
    assert 8.7 < np.median(onsets[THREE[2]]) < 11.0


def test_a_response_is_in_the_signal_where_the_truth_says():
    emg = made("lsr", seed=2)
    row = next(r for r in emg.truth.responses if r.kind == "LSR")
    index = [c.label for c in emg.recording.channels].index(row.channel)
    signal, rate_hz = emg.recording.signals_uv[index], emg.recording.channels[index].rate_hz
    at_s = emg.recording.stimuli_s[row.sweep]
    peak = round((at_s + row.peak_ms / 1000.0) * rate_hz)
    before = signal[round((at_s + 0.0065) * rate_hz) : round((at_s + row.onset_ms / 1e3) * rate_hz)]
    assert abs(signal[peak]) > 20.0
    assert np.abs(before).max(initial=0.0) < abs(signal[peak])


def test_in_theatre_the_spread_is_gone_from_the_stated_sweep_on():
    plan = TheatrePlan(vanish_sweep=30, dip=(10, 14), cautery=((20, 22),))
    train = StimulusTrain(count=50)
    emg = made("theatre", theatre=plan, stimuli=train, muscles=THREE, artefacts=Artefacts())
    truth = emg.truth
    assert truth.vanish_sweep == 30
    sweeps = {r.sweep for r in truth.responses if r.kind == "LSR"}
    assert sweeps
    assert max(sweeps) < 30
    assert not sweeps & set(range(10, 15))
    assert not truth.lateral_spread_present[30:].any()
    assert truth.lateral_spread_present[:10].all()
    assert {20, 21, 22} <= set(truth.rejected_sweeps)
    texts = {note.text for note in emg.recording.annotations}
    assert {"stimulus", "dura open", "vessel mobilised", "cautery on", "cautery off"} <= texts


def test_the_blink_reflex_is_early_on_the_struck_side_and_late_on_both():
    truth = made("blink_reflex", side=Side.RIGHT, duration_s=30.0).truth
    kinds = {(r.kind, r.channel[0]) for r in truth.responses}
    assert {("R1", "R"), ("R2", "R"), ("R2c", "L")} <= kinds
    assert ("R1", "L") not in kinds
    assert {channel for kind, channel in kinds if kind.startswith("synkinetic")} == {"R"}
    late = [r.onset_ms for r in truth.responses if r.kind == "R2c"]
    assert 24.0 < np.median(late) < 45.0


def test_toxin_makes_the_blocked_muscle_weaker_and_no_other():
    free = made(seed=8, duration_s=40.0, blink_rate_per_min=0.0)
    treated = made(
        seed=8, duration_s=40.0, blink_rate_per_min=0.0, toxin_block={Muscle.MENTALIS: 0.6}
    )
    for muscle, left in ((Muscle.MENTALIS, 0.4), (Muscle.ORBICULARIS_OCULI, 1.0)):
        before, after = (np.linalg.norm(signal_of(e, muscle, Side.LEFT)) for e in (free, treated))
        assert after == pytest.approx(left * before, rel=0.02)


def test_stimuli_too_late_for_the_length_that_was_asked_are_left_out():
    emg = made("lsr", duration_s=5.0)
    assert 0 < len(emg.recording.stimuli_s) < 60
    assert emg.recording.stimuli_s.max() < 5.0
    whole = simulate_emg(EmgOptions("lsr", generator="phenomenological"), 1)
    assert len(whole.recording.stimuli_s) == 60


def test_a_wavelet_falls_between_samples_where_its_time_does():
    shape = Wavelet(0.004, 3, 0.1, 0.4)
    late, early = np.zeros(400), np.zeros(400)
    add_wavelet(early, 20_000.0, 0.005, 1.0, shape)
    add_wavelet(late, 20_000.0, 0.005 + 0.5 / 20_000.0, 1.0, shape)
    fine = np.zeros(800)
    add_wavelet(fine, 40_000.0, 0.005 + 0.5 / 20_000.0, 1.0, shape)
    assert np.allclose(late, fine[::2])
    assert not np.allclose(late, early)


def test_noise_has_the_colour_that_was_asked_for():
    rng = np.random.default_rng(0)
    pink = coloured_noise(2**16, 8000.0, 1.5, 100.0, 3000.0, rng)
    power = np.abs(np.fft.rfft(pink)) ** 2
    freqs = np.fft.rfftfreq(2**16, 1.0 / 8000.0)
    low, middle = (power[(freqs > a) & (freqs < b)].mean() for a, b in ((2, 6), (500, 1500)))
    assert low > 50.0 * middle
    hump = np.abs(np.fft.rfft(hump_noise(2**16, 8000.0, 150.0, 0.7, rng))) ** 2
    assert 90.0 < freqs[np.argmax(np.convolve(hump, np.ones(200), "same"))] < 250.0


def test_a_contact_fault_jumps_at_once_and_leaks_away():
    step = electrode_step(1000, 1000.0, 0.2, 300.0, 0.05)
    assert step[199] == 0.0
    assert step[200] == pytest.approx(300.0)
    assert 0.0 < step[400] < 10.0


def test_what_leaks_from_another_muscle_is_no_burst_of_its_own():
    emg = made(artefacts=replace(CLEAN, leak=4.0), blink_rate_per_min=0.0, duration_s=40.0)
    leaked = [b for b in emg.truth.bursts if b.cause == "volume_conduction"]
    assert leaked
    for burst in leaked:
        own = emg.truth.bursts_of(burst.channel)
        assert all(b.end_s <= burst.start_s or b.start_s >= burst.end_s for b in own)


def test_activity_past_the_end_of_the_canvas_is_cut_and_not_wrapped():
    place = (Muscle.MENTALIS, Side.LEFT)
    canvas = Canvas((place,), 1000.0, 100)
    canvas.lay(place, 0.09, np.full(50, 20.0), "ectopic")
    assert canvas.clean[place][:90].max() == 0.0
    assert canvas.bursts({place: np.zeros(100, np.float32)})[0].end_s == pytest.approx(0.1)


def test_the_second_family_shares_only_nouns_with_the_first():
    allowed = {"options", "truth"}
    for path in Path(room.__file__).parent.glob("phenomenological*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(room.__name__):
                module = node.module.removeprefix(f"{room.__name__}.")
                assert module in allowed or module.startswith("phenomenological"), path.name
