"""What the skin conducts from a directly stimulated muscle is no lateral spread."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.emg.evoked import measure_lateral_spreads, spread_train
from hemispasm.measure.emg.reject import level_change, reject_jumps, reject_sweeps
from hemispasm.measure.emg.spill import SpillShares, without_shares
from hemispasm.measure.emg.sweeps import cut_sweeps
from hemispasm.model.emg import Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.side import Side

RATE_HZ = 10_000.0
NOISE_UV = 20.0
SHARE = 0.02


def long_direct(rng: np.random.Generator) -> np.ndarray:
    """Return a dispersed direct response of some 20 ms, as of a nerve that has grown again."""
    ms = np.arange(0, 20, 1000 / RATE_HZ)
    wave = np.sin(2 * np.pi * ms / 7.0) * np.exp(-ms / 6.0)
    for _ in range(5):
        phase = (ms - rng.uniform(4, 18)) / rng.uniform(0.5, 1.2)
        wave += rng.uniform(0.05, 0.3) * phase * np.exp(-(phase**2))
    return np.asarray(1500.0 * wave / np.abs(wave).max())


def spread_wave() -> np.ndarray:
    """Return a lateral spread of some 5 ms, peak to peak 2."""
    ms = np.arange(0, 5, 1000 / RATE_HZ)
    wave = np.sin(2 * np.pi * ms / 2.4) * np.exp(-(((ms - 2.5) / 1.5) ** 2))
    return np.asarray(2.0 * wave / np.ptp(wave))


def make_recording(
    seed: int, *, spread_uv: float = 0.0, jumps: int = 0, own_uv: float = 0.0
) -> EmgRecording:
    """Return eight stimuli heard by the eye muscle, which answers directly, and by the chin."""
    rng = np.random.default_rng([seed, 41])
    stimuli = 0.5 + np.cumsum(rng.normal(1 / 3, 0.006, 8))
    size = round((stimuli[-1] + 0.5) * RATE_HZ)
    eye, chin = NOISE_UV * rng.standard_normal((2, size))
    direct, spread = long_direct(rng), 0.5 * spread_uv * spread_wave()
    ms = np.arange(0, 8, 1000 / RATE_HZ)
    own = np.sin(2 * np.pi * ms / 4.0) * np.exp(-ms / 8.0)
    for number, stimulus in enumerate(stimuli):
        start = round((stimulus + 0.003) * RATE_HZ)
        eye[start : start + len(direct)] += direct
        chin[start : start + len(direct)] += SHARE * direct
        chin[start : start + len(own)] += own_uv * own
        start = round((stimulus + 0.0095) * RATE_HZ)
        chin[start : start + len(spread)] += spread
        if number < jumps:
            start = round((stimulus + rng.uniform(0.006, 0.014)) * RATE_HZ)
            back = np.exp(-np.arange(size - start) / (0.05 * RATE_HZ))
            chin[start:] += 300.0 * back
    channels = tuple(
        EmgChannel(label=label, muscle=muscle, side=Side.LEFT, rate_hz=RATE_HZ, named_by="sidecar")
        for label, muscle in (("eye", Muscle.ORBICULARIS_OCULI), ("chin", Muscle.MENTALIS))
    )
    info = StimulusInfo(site=Branch.ZYGOMATIC, side=Side.LEFT, rate_hz=3.0)
    return EmgRecording(channels, (eye, chin), stimuli, stimulus=info, line_hz=50.0)


def chin_response(recording: EmgRecording, baseline: EmgRecording | None = None):
    """Return what was found in the chin."""
    (found,) = measure_lateral_spreads(recording, baseline, seed=1)
    assert found.muscle is Muscle.MENTALIS
    return found.response


def test_a_long_direct_response_next_door_is_rarely_called_a_lateral_spread():
    found = [chin_response(make_recording(seed)).state for seed in range(24)]
    assert found.count("present") <= 3


def test_with_a_baseline_a_long_direct_response_is_rarely_called_a_lateral_spread():
    found = [
        chin_response(make_recording(seed), make_recording(seed + 500, spread_uv=150.0))
        for seed in range(16)
    ]
    assert all(one.method == "own_template" for one in found)
    assert sum(one.state == "present" for one in found) <= 2


def test_a_clear_lateral_spread_over_a_long_direct_response_is_found_at_its_time():
    found = [chin_response(make_recording(seed, spread_uv=100.0)) for seed in range(12)]
    assert all(one.state == "present" for one in found)
    onsets = [one.onset_ms.value for one in found if one.onset_ms is not None]
    assert 9.0 < np.median(onsets) < 11.0


def test_nothing_of_the_direct_response_is_left_alike_in_all_sweeps():
    after = (7.5, 16.0)
    left = []
    for seed in range(16):
        train = spread_train(make_recording(seed), 1)
        inside = train.sweeps.window(*after)
        rows = train.rows_uv[:, inside]
        # Products of different sweeps hold what is alike in them, and no noise on average.
        total = rows.sum(axis=0)
        left.append(float(np.mean(total**2 - np.square(rows).sum(axis=0))) / len(rows) ** 2)
    noise = float(np.std(left) / np.sqrt(len(left)))
    assert abs(np.mean(left)) < 3.0 * noise
    assert np.mean(left) < 1.5


def test_a_direct_response_of_the_muscle_itself_that_runs_into_the_window_leaves_it_open():
    found = [chin_response(make_recording(seed, own_uv=250.0)) for seed in range(8)]
    assert [one.state for one in found] == ["undetermined"] * 8
    assert {one.reasons for one in found} == {("direct_response_in_window",)}


@pytest.mark.parametrize("jumps", [2, 3])
def test_sweeps_in_which_the_electrode_jumped_are_left_out_by_name(jumps):
    recording = make_recording(3, jumps=jumps)
    response = chin_response(recording)
    assert response.rejected == {"movement": jumps}
    assert response.used == 8 - jumps
    assert response.state != "present"


def test_a_lateral_spread_in_every_sweep_is_no_jump():
    response = chin_response(make_recording(3, spread_uv=800.0))
    assert response.rejected == {}
    assert response.state == "present"


def test_a_level_that_every_sweep_keeps_after_the_stimulus_is_no_jump():
    recording = make_recording(5)
    signal = np.array(recording.signals_uv[1])
    for stimulus in recording.stimuli_s:
        start = round((stimulus + 0.001) * RATE_HZ)
        signal[start:] += 300.0 * np.exp(-np.arange(len(signal) - start) / (0.05 * RATE_HZ))
    cut = cut_sweeps(signal, recording.channels[1], recording.stimuli_s, 60.0)
    marked = reject_sweeps(cut, 22.0)
    assert np.median(level_change(cut.data_uv, cut.time_ms, 22.0)) > 100.0
    assert reject_jumps(marked, np.zeros((0, len(cut.time_ms))), 22.0).reasons == marked.reasons


def test_each_sweep_loses_its_own_share_and_what_varies_the_usual_one():
    recording = make_recording(2)
    chin, eye = spread_train(recording, 1), spread_train(recording, 0)
    each = np.linspace(0.0, 0.07, len(chin.sweeps.data_uv))[:, None]
    rest = np.zeros((len(chin.rest_uv), 1))
    found = without_shares(chin, [eye], SpillShares(np.array([0.02]), each, rest))
    direct = eye.average_uv
    taken = each * direct + 0.02 * (eye.sweeps.data_uv - direct)
    np.testing.assert_allclose(found.sweeps.data_uv, chin.sweeps.data_uv - taken, atol=1e-9)
