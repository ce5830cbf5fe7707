"""The second family: a portrait whose lids really close by the share that the truth says."""

import ast
import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from hemispasm.model import Side, UsageError
from hemispasm.simulate.face import photo, photo_process, photo_scenes, photo_warp
from hemispasm.simulate.face.photo_process import self_exciting_times
from hemispasm.simulate.face.photo_scenes import PHOTO_SCENARIOS, PhotoScene, stage
from hemispasm.simulate.face.photo_warp import LIDS, PARTS, Portrait

skimage_data = pytest.importorskip("skimage.data")


@pytest.fixture(scope="module")
def portrait():
    return Portrait(skimage_data.astronaut(), 320, 240)


def act_of(name="hfs", seed=1, **more):
    return stage(PhotoScene(name, **more), np.random.default_rng(seed))


def difference(portrait, moves, closures):
    """Return |moved - rest| over the tile, grey."""
    rest = portrait.pose({}, {}).astype(int)
    return np.abs(portrait.pose(moves, closures).astype(int) - rest).sum(axis=2)


def split(portrait, picture):
    """Return the change in the picture's left half of the face and in its right half."""
    middle = int((225.0 - portrait.left) * portrait.scale)
    return picture[:, :middle].sum(), picture[:, middle:].sum()


def test_the_patients_left_is_at_the_pictures_right(portrait):
    left_half, right_half = split(portrait, difference(portrait, {}, {Side.LEFT: 1.0}))
    assert right_half > 100 * max(left_half, 1)
    left_half, right_half = split(portrait, difference(portrait, {}, {Side.RIGHT: 1.0}))
    assert left_half > 100 * max(right_half, 1)


@pytest.mark.parametrize("part", [p for p in PARTS if p != "jaw"])
def test_a_part_moves_on_the_side_it_is_named_after(portrait, part):
    left_half, right_half = split(portrait, difference(portrait, {part: 1.0}, {}))
    own, other = (right_half, left_half) if part.endswith("left") else (left_half, right_half)
    assert own > 8 * other


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_lid_gap_shrinks_by_the_share_that_was_asked_for(side):
    """Count eyeball pixels in a picture whose skin and eyeball are painted in two colours."""
    painted = Portrait(np.zeros((512, 512, 3), np.uint8), 1280, 960)
    upper, lower = LIDS[side]
    outline = np.array([painted._to_tile(*point) for point in (*upper, *reversed(lower))])
    cv2.fillPoly(painted.tile, [np.round(outline * 16).astype(np.int32)], (255,) * 3, shift=4)

    def tallest(closure):
        tile = painted.pose({}, {side: closure})
        x0, y0 = painted._to_tile(upper[0][0], upper[0][1] - 12)
        x1, y1 = painted._to_tile(upper[-1][0], upper[-1][1] + 12)
        patch = tile[int(y0) : int(y1), int(x0) : int(x1), 0] / 255.0
        return patch.sum(axis=0).max()

    whole = tallest(0.0)
    for closure in (0.25, 0.5, 0.75):
        assert tallest(closure) / whole == pytest.approx(1.0 - closure, abs=0.08)
    assert tallest(1.0) < 0.1 * whole
    assert 7.0 < painted.gap_mm(side) < 12.0


@pytest.mark.parametrize("name", PHOTO_SCENARIOS)
def test_the_same_seed_gives_the_same_events(name):
    one, same = (act_of(name, duration_s=20.0) for _ in range(2))
    assert one.events == same.events
    t = np.arange(0, 20, 0.05)
    assert np.array_equal(one.closure(Side.LEFT, t), same.closure(Side.LEFT, t))


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_spasms_are_on_the_side_and_in_the_band_that_was_asked_for(side):
    act = act_of(side=side, closure_band=(0.35, 0.6), duration_s=120.0, rate_per_min=16)
    spasms = [e for e in act.events if e.kind == "spasm"]
    assert len(spasms) > 8
    assert {e.side for e in spasms} == {side}
    assert all(0.35 <= e.measures["peak_closure"] <= 0.6 for e in spasms)
    gaps = [b.start_s - a.end_s for a, b in itertools.pairwise(spasms)]
    assert min(gaps) >= 0.4
    t = np.arange(0, 120, 0.005)
    for event in spasms:
        here = (t >= event.start_s) & (t <= event.end_s)
        peak = act.closure(side, t)[here].max()
        assert peak >= event.measures["peak_closure"] - 0.01
    names = {e.pattern for e in spasms}
    assert len(names) >= 3


def test_the_brow_lifts_only_when_asked():
    on, off = (act_of(brow_lift=b, duration_s=60.0) for b in (True, False))
    assert any("other_babinski" in e.flags for e in on.events)
    assert "brow_left" in on.moves
    assert not any("other_babinski" in e.flags for e in off.events)
    assert "brow_left" not in off.moves


@pytest.mark.parametrize("name", [n for n in PHOTO_SCENARIOS if not n.endswith("hfs")])
def test_only_hemifacial_spasm_puts_spasms_in(name):
    assert not [e for e in act_of(name, duration_s=60.0).events if e.kind == "spasm"]


def test_a_weak_side_blinks_less_by_the_gain():
    act = act_of("weak_side", side=Side.RIGHT, weak_gain=0.3, duration_s=60.0)
    for blink in (e for e in act.events if e.kind == "blink"):
        left, right = (blink.measures[f"peak_closure_{s}"] for s in ("left", "right"))
        assert right == pytest.approx(0.3 * left, abs=0.01)


def test_arrivals_cluster_and_keep_their_rate():
    streams = np.random.default_rng(5).spawn(300)
    counts = np.array([len(self_exciting_times(60.0, 12.0, r)) for r in streams])
    assert counts.mean() == pytest.approx(12.0, rel=0.08)
    assert counts.var() > 1.3 * counts.mean()


def test_the_portrait_refuses_what_it_cannot_do():
    with pytest.raises(UsageError, match="portrait cannot"):
        PhotoScene("synkinesis")


def test_the_two_families_share_no_code():
    for module in (photo, photo_process, photo_scenes, photo_warp):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            ours = [n for n in names if n.startswith("hemispasm.")]
            assert all(
                n.startswith(("hemispasm.model", "hemispasm.simulate.face.photo")) for n in ours
            ), f"{module.__name__} imports {ours}"
