"""Pose, baselines, candidates and the quality gate on made-up arrays with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.video import mesh_points as at
from hemispasm.measure.video.baseline import open_level, rest_level, widen
from hemispasm.measure.video.candidates import candidate_frames
from hemispasm.measure.video.engine_detector import make_anchors, merge_overlapping
from hemispasm.measure.video.landmarks import Roi, cut_roi, points_to_picture, roi_from_points
from hemispasm.measure.video.pose import fit_similarity, reference_shape, remove_pose
from hemispasm.measure.video.quality import (
    GATE_BITS,
    FrameQuality,
    closure_noise,
    gate_frames,
    load_limits,
    whole_seconds,
)
from hemispasm.measure.video.secondlook import merge_looks, mirror_partners
from hemispasm.measure.video.signals import RawFace, closure_from, finish_signals

FPS = 30.0


def made_up_face(rng: np.random.Generator) -> np.ndarray:
    """A cloud of 478 points with the named pairs mirrored about x = 0, outer canthi 1 apart."""
    face = rng.normal(0.0, 0.3, (478, 3))
    for pair in (at.EYE_OUTER, at.EYE_INNER):
        face[pair[1]] = face[pair[0]] * [-1, 1, 1]
    face[list(at.EYE_OUTER)] = [[-0.5, 0.0, 0.1], [0.5, 0.0, 0.1]]
    return face


def turned(face: np.ndarray, yaw: float, pitch: float, roll: float) -> np.ndarray:
    y, p, r = np.radians([yaw, pitch, roll])
    # Picture axes: x right, y down, z away. Yaw to the picture's right, chin up, clockwise.
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return face @ (about_z @ about_y @ about_x).T


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (12, 0, 0), (0, -15, 0), (0, 0, 9), (-8, 6, -4)]
)
def test_head_pose_is_recovered_with_its_signs(yaw: float, pitch: float, roll: float) -> None:
    face = made_up_face(np.random.default_rng(1))
    seen = 150.0 * turned(face, yaw, pitch, roll)[None] + [320.0, 240.0, 5.0]
    fit = fit_similarity(seen, face)
    assert np.allclose(np.stack(fit.angles_deg, 1)[0], [yaw, pitch, roll], atol=0.6)
    assert fit.scale[0] == pytest.approx(150.0)
    assert np.allclose(fit.undo(seen)[0], face, atol=1e-6)
    assert fit.residual[0] < 1e-6


def test_a_face_turned_to_the_pictures_right_moves_its_nose_there() -> None:
    nose = np.array([[0.0, 0.0, -1.0]])
    assert turned(nose, 20, 0, 0)[0, 0] > 0.3
    assert turned(nose, 0, 20, 0)[0, 1] < -0.3


def test_the_reference_shape_faces_the_camera_whatever_the_clip_does() -> None:
    rng = np.random.default_rng(2)
    face = made_up_face(rng)
    tilted = np.stack([100 * turned(face, 10 + k % 3, -5, 20) + [50, 60, 0] for k in range(9)])
    shape = reference_shape(tilted, face[:468])
    assert np.linalg.norm(shape[at.EYE_OUTER[1]] - shape[at.EYE_OUTER[0]]) == pytest.approx(1.0)
    assert np.allclose(shape[:468], face[:468] - [0, 0, 0.1], atol=0.01)


def test_an_eye_held_shut_for_fifteen_seconds_keeps_its_open_level() -> None:
    time_s = np.arange(0, 60, 1 / FPS)
    gap = np.where((time_s > 20) & (time_s < 35), 0.02, 0.30)
    gap = gap + np.random.default_rng(0).normal(0, 0.004, len(gap))
    level = open_level(time_s, gap)
    assert np.all(np.abs(level - 0.30) < 0.04)
    shut = closure_from(gap, level, 0.05)[(time_s > 21) & (time_s < 34)]
    assert shut.min() > 0.9


def test_a_drooping_eye_is_measured_against_itself() -> None:
    time_s = np.arange(0, 30, 1 / FPS)
    full = np.where((time_s > 10) & (time_s < 10.3), 0.0, 0.32)
    closure = [closure_from(g, open_level(time_s, g), 0.0) for g in (full, 0.6 * full)]
    assert np.allclose(closure[0], closure[1], atol=1e-6)


def test_a_slow_change_of_the_open_eye_is_followed() -> None:
    time_s = np.arange(0, 60, 1 / FPS)
    gap = 0.30 + 0.02 * np.sin(2 * np.pi * time_s / 40)
    assert np.max(np.abs(1 - gap / open_level(time_s, gap))) < 0.04


def test_rest_is_taken_from_quiet_frames_only() -> None:
    time_s = np.arange(0, 40, 1 / FPS)
    pulled = (time_s % 4) < 2.6  # in spasm two thirds of the time
    rest = rest_level(time_s, np.where(pulled, 0.08, 0.01), ~pulled)
    assert np.allclose(rest, 0.01)


def test_margins_grow_a_mask_in_time_not_in_frames() -> None:
    time_s = np.array([0.0, 0.1, 0.5, 0.55, 0.6, 2.0])
    mask = np.array([0, 0, 0, 1, 0, 0], bool)
    assert widen(time_s, mask, 0.06, 0.01).tolist() == [False, False, True, True, False, False]


def test_pose_is_removed_but_a_spasm_that_biases_the_pose_is_not() -> None:
    rng = np.random.default_rng(3)
    n = 1800
    yaw = 6 * np.sin(np.arange(n) / 90)
    spasm = (np.arange(n) % 300) > 200
    angles = np.stack([yaw + 3.0 * spasm, rng.normal(0, 0.2, n), rng.normal(0, 0.2, n)], axis=1)
    signal = 0.004 * yaw + 0.05 * spasm
    clean = remove_pose(signal[:, None], angles, ~spasm)[:, 0]
    assert np.std(clean[~spasm]) < 0.004 < np.std(signal[~spasm])
    assert np.median(clean[spasm]) - np.median(clean[~spasm]) > 0.03


def quiet_face(n: int) -> RawFace:
    half = np.tile([0.3, 0.3], (n, 1))
    return RawFace(half, half, -half, half, half, half, half)


def test_a_pull_up_and_out_is_mouth_and_a_pull_down_is_mouth_down() -> None:
    n = 900
    time_s = np.arange(n) / FPS
    pull = ((time_s > 12) & (time_s < 14)).astype(float)
    raw = quiet_face(n)
    raw.mouth_up[:, 0] += 0.05 * pull
    raw.mouth_out[:, 0] += 0.05 * pull
    raw = RawFace(**{**vars(raw), "jaw": raw.jaw.copy()})
    done = finish_signals(time_s, raw, np.zeros((n, 3)), 0.1)
    held = (time_s > 12.3) & (time_s < 13.7)
    assert done.mouth[held, 0].min() > 0.05
    assert np.abs(done.mouth[held, 1]).max() < 1e-6
    assert done.mouth_down[held, 0].max() < -0.04
    assert not done.quiet[held].any()


def test_every_point_has_a_partner_across_the_midline_and_is_its_partners_partner() -> None:
    rng = np.random.default_rng(8)
    half = rng.uniform(0.1, 1.0, (234, 3))
    order = rng.permutation(468)
    face = np.concatenate([half, half * [-1, 1, 1]])[order]
    partners = mirror_partners(face)
    assert np.allclose(face[partners[:468]], face * [-1, 1, 1])
    assert np.array_equal(partners[partners], np.arange(478))


def test_the_mean_of_both_looks_joins_the_rest_without_a_step() -> None:
    time_s = np.arange(0, 20, 1 / FPS)
    event = (time_s > 10) & (time_s < 11)
    first = (0.30 - 0.10 * event)[:, None]
    second = (0.33 - 0.20 * event)[:, None]  # sees the eye wider, and the closure larger
    second[~event & (np.arange(len(time_s)) % 15 != 0)] = np.nan
    merged = merge_looks(time_s, first, second, ~event, event)[:, 0]
    assert np.allclose(merged[~event], 0.30)
    assert np.allclose(merged[event], 0.30 - 0.15)


def test_candidates_do_not_depend_on_where_the_clip_is_cut() -> None:
    rng = np.random.default_rng(5)
    time_s = np.arange(0, 60, 1 / FPS)
    gap = 0.3 + rng.normal(0, 0.006, (len(time_s), 2))
    for start in (6.0, 17.3, 18.0, 29.95, 41.0):
        gap[(time_s > start) & (time_s < start + 0.4), 0] = 0.1
    limits = load_limits()["signals"]
    whole = candidate_frames(time_s, gap, 0, len(time_s), limits)
    part = candidate_frames(time_s[100:1100], gap[100:1100], 900, 910, limits)
    assert whole[(time_s > 17.3) & (time_s < 17.7)].all()
    assert 0.03 < whole.mean() < 0.2
    assert np.array_equal(part, whole[1000:1010])


def test_a_region_is_cut_and_mapped_back_to_the_same_place() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[200:206, 400:406] = 255
    for side in (180.0, 900.0):
        roi = Roi(380.0, 220.0, side, 0.3)
        crop = cut_roi(picture, roi)[..., 0].astype(float)
        rows, columns = np.nonzero(crop > 0.3 * crop.max())
        centre = np.array([[columns.mean(), rows.mean(), 0.0]], np.float32)
        back = points_to_picture(centre, roi)[0, :2]
        assert np.allclose(back, [402.5, 202.5], atol=max(1.0, side / 256))


def test_the_next_region_turns_with_the_eyes() -> None:
    points = (200 + 100 * made_up_face(np.random.default_rng(4))).astype(np.float32)
    points[at.EYE_OUTER[0], :2], points[at.EYE_OUTER[1], :2] = [150, 200], [250, 230]
    assert roi_from_points(points).angle_rad == pytest.approx(np.arctan2(30, 100))


def test_overlapping_boxes_become_one_face_and_distant_ones_stay_two() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]], float)
    faces = merge_overlapping(boxes, np.zeros((3, 6, 2)), np.array([0.9, 0.8, 0.7]))
    assert [round(f.centre[0]) for f in faces] == [5, 55]
    assert make_anchors().shape == (896, 2)


def seen(n: int, **changes: np.ndarray) -> FrameQuality:
    good = {
        "found": np.ones(n, bool),
        "in_frame": np.ones(n, bool),
        "face_count": np.ones(n, np.int8),
        "yaw_deg": np.zeros(n),
        "pitch_deg": np.zeros(n),
        "iod_px": np.full(n, 120.0),
        "score": np.ones(n),
        "brightness": np.full(n, 120.0),
        "contrast": np.full(n, 40.0),
        "likeness": np.ones((n, 2)),
        "noise": np.full(n, 0.01),
    }
    return FrameQuality(**{**good, **changes})


@pytest.mark.parametrize(
    ("name", "field", "bad"),
    [
        ("no_face", "found", False),
        ("head_turned", "yaw_deg", -18.0),
        ("head_tilted", "pitch_deg", 28.0),
        ("face_too_small", "iod_px", 55.0),
        ("face_uncertain", "score", 0.6),
        ("face_cut_off", "in_frame", False),
        ("face_covered", "likeness", 0.2),
        ("too_dark", "brightness", 20.0),
        ("too_bright", "brightness", 240.0),
        ("low_contrast", "contrast", 2.0),
        ("too_noisy", "noise", 0.1),
        ("two_faces", "face_count", 2),
    ],
)
def test_each_reason_excludes_its_second_and_no_other(name: str, field: str, bad: float) -> None:
    n = 150
    time_s = np.arange(n) / FPS
    values = np.array(getattr(seen(n), field))
    values[60:80] = bad
    usable, gate = whole_seconds(time_s, gate_frames(time_s, seen(n, **{field: values})))
    assert not usable[60:90].any()
    assert usable[:60].all()
    assert usable[90:].all()
    assert np.all(gate[60:90] == GATE_BITS[name])


def test_a_single_bad_frame_costs_nothing_but_itself() -> None:
    time_s = np.arange(90) / FPS
    yaw = np.zeros(90)
    yaw[45] = 30.0
    usable, _ = whole_seconds(time_s, gate_frames(time_s, seen(90, yaw_deg=yaw)))
    assert usable.all()


def test_a_gap_between_frames_spoils_the_seconds_around_it() -> None:
    time_s = np.arange(150) / FPS
    time_s = np.concatenate([time_s[:75], time_s[75:] + 0.4])
    usable, gate = whole_seconds(time_s, gate_frames(time_s, seen(150)))
    assert not usable[74]
    assert not usable[75]
    assert usable[0]
    assert usable[-1]
    assert gate[75] & GATE_BITS["frame_gap"]


def test_eight_frames_per_second_are_never_usable() -> None:
    time_s = np.arange(80) / 8.0
    usable, gate = whole_seconds(time_s, gate_frames(time_s, seen(80)))
    assert not usable.any()
    assert np.all(gate & GATE_BITS["frame_rate_low"])


def test_noise_is_read_from_quiet_frames_and_blinks_do_not_count() -> None:
    rng = np.random.default_rng(6)
    time_s = np.arange(600) / FPS
    closure = rng.normal(0, 0.02, (600, 2))
    closure[100:106] = 1.0
    quiet = np.ones(600, bool)
    quiet[95:112] = False
    assert np.allclose(closure_noise(time_s, closure, quiet), 0.02, atol=0.005)


def test_every_limit_names_its_source() -> None:
    import tomllib
    from importlib.resources import files

    text = files("hemispasm.measure.video").joinpath("limits.toml").read_text("utf-8")
    for rows in tomllib.loads(text).values():
        for name, row in rows.items():
            assert {"value", "unit", "source", "why"} <= set(row), name
