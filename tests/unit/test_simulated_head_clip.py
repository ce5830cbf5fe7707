"""Clips of the 3-D head: the pictures hold what the timeline and the truth say."""

import numpy as np
import pytest

from hemispasm.formats.video import probe_video, read_frames
from hemispasm.model import HemispasmError
from hemispasm.simulate.face.clip import ClipOptions
from hemispasm.simulate.face.scenarios import make_timeline
from hemispasm.simulated_case import HEAD_ASSET, film, simulate_face_clip

SMALL = {"width": 320, "height": 240, "frame_rate_hz": 12.0, "motion": 0.0}


@pytest.fixture(scope="module", autouse=True)
def _head_asset():
    from hemispasm.assets import read_asset_files

    try:
        read_asset_files(HEAD_ASSET)
    except HemispasmError as error:
        pytest.skip(f"the head is not here: {error}")


def filmed(**more):
    """Return the pictures and the truth of a short clip."""
    options = ClipOptions(**{"duration_s": 2.5, "noise": 0.0, "light_change": 0.0, **SMALL, **more})
    clip = film(options)
    return [f.rgb.astype(int) for f in clip.frames], clip.truth()


def row(truth, name):
    return np.array(truth.frames[name])


def test_the_lids_close_by_the_share_that_the_timeline_asks_for():
    options = ClipOptions(duration_s=2.5, seed=5, rate_per_min=30.0, **SMALL)
    asked = make_timeline(options.to_scenario(), np.random.default_rng(5).spawn(3)[0])
    _, truth = filmed(seed=5, rate_per_min=30.0)
    assert asked.closure_left.max() > 0.3
    np.testing.assert_allclose(row(truth, "closure_left"), asked.closure_left, atol=0.04)
    np.testing.assert_allclose(row(truth, "closure_right"), asked.closure_right, atol=0.04)
    for side in ("left", "right"):
        rest = truth.values[f"resting_lid_gap_{side}_mm"]
        gap = row(truth, f"lid_gap_{side}_mm")
        np.testing.assert_allclose(gap, rest * (1.0 - row(truth, f"closure_{side}")), atol=0.05)
        assert 5.0 < rest < 13.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_wink_changes_the_half_of_the_picture_where_that_side_is(side):
    frames, truth = filmed(
        scenario="winks", side=side, rate_per_min=30.0, blink_rate_per_min=0.0, seed=2
    )
    other = "right" if side == "left" else "left"
    one_sided = row(truth, f"closure_{side}") - row(truth, f"closure_{other}")
    both = row(truth, "closure_left") + row(truth, "closure_right")
    shut, rest = int(np.argmax(one_sided)), int(np.argmin(both))
    assert one_sided[shut] > 0.5
    change = np.abs(frames[shut] - frames[rest]).sum(axis=2)[25:]
    halves = {"right": change[:, :160].sum(), "left": change[:, 160:].sum()}
    assert halves[side] > 1.5 * halves[other]


def test_one_person_looks_the_same_on_another_day():
    day_one, first = filmed(seed=7, duration_s=0.5)
    _, second = filmed(seed=8, person_seed=7, duration_s=0.5)
    _, other = filmed(seed=8, duration_s=0.5)
    name = "resting_lid_gap_left_mm"
    assert first.values[name] == second.values[name] != other.values[name]
    assert len(day_one) == 6


def test_a_mirrored_head_is_flipped_below_the_mark_and_keeps_its_truth():
    plain, truth = filmed(seed=3, duration_s=0.6)
    mirror, same = filmed(seed=3, duration_s=0.6, mirrored=True)
    assert truth.events == same.events
    assert truth.frames == same.frames
    for one, other in zip(plain, mirror, strict=True):
        assert np.abs(one[30:, ::-1] - other[30:]).mean() < 1.0
        assert np.array_equal(one[2:14, 2:60], other[2:14, 2:60]), "the mark must stay readable"


def test_a_file_of_the_head_says_that_it_is_simulated(tmp_path):
    truth = simulate_face_clip(tmp_path / "h.mp4", seed=1, duration_s=0.5, **SMALL)
    assert probe_video(tmp_path / "h.mp4").simulated
    assert len(list(read_frames(tmp_path / "h.mp4"))) == len(truth.frames["time_s"]) == 6
