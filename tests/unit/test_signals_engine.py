"""The landmark engine and the whole extraction on real pictures of faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hemispasm.measure.video.extract import ExtractSettings, extract_signals
from hemispasm.measure.video.facesignals import FaceSignals
from hemispasm.measure.video.landmarks import FaceTracker, Landmarker
from hemispasm.measure.video.quality import GATE_BITS
from hemispasm.measure.video.quality_words import describe_gate, worth_a_warning
from hemispasm.model.errors import HemispasmError, IntegrityError
from hemispasm.model.recording import Frame

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces"


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    from hemispasm.assets import read_asset

    try:
        return Landmarker(read_asset("face_landmarker.task"))
    except HemispasmError as error:
        pytest.skip(f"the face models are not fetched: {error}")


@pytest.fixture(scope="module")
def blinking() -> list[Frame]:
    path = FACES / "frontal_woman_2.mp4"
    if not path.exists():
        pytest.skip("no real clips beside the checkout (../shared/data/faces)")
    from hemispasm.formats.video import read_frames

    return list(read_frames(path))


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    from skimage import data

    return np.asarray(data.astronaut()[:300, 60:400])


@pytest.fixture(scope="module")
def measured(landmarker: Landmarker, blinking: list[Frame]) -> FaceSignals:
    return extract_signals(blinking, landmarker)


def flipped(frames: list[Frame]) -> list[Frame]:
    return [Frame(f.t_s, np.ascontiguousarray(f.rgb[:, ::-1])) for f in frames]


def wink(frames: list[Frame], landmarker: Landmarker, image_side: int) -> list[Frame]:
    """Real pictures in which one eye blinks and the other half stays as it was before."""
    face = FaceTracker(landmarker).follow(0.0, frames[70].rgb)
    assert face is not None
    middle = int(face.points[168, 0])
    out = []
    for frame in frames[40:130]:
        rgb = frames[70].rgb.copy()
        half = slice(0, middle) if image_side == 0 else slice(middle, None)
        rgb[:, half] = frame.rgb[:, half]
        out.append(Frame(frame.t_s, rgb))
    return out


def peaks(values: np.ndarray) -> np.ndarray:
    return np.nanmax(values, axis=0)


def test_a_damaged_bundle_is_refused_in_one_sentence() -> None:
    with pytest.raises(IntegrityError, match="damaged"):
        Landmarker(b"not a bundle")


def test_a_portrait_is_found_and_its_left_edge_has_the_low_points(
    landmarker: Landmarker, portrait: np.ndarray
) -> None:
    face = FaceTracker(landmarker).follow(0.0, portrait)
    assert face is not None
    assert face.score > 0.9
    assert face.points[33, 0] < face.points[133, 0] < face.points[362, 0] < face.points[263, 0]
    assert face.points[10, 1] < face.points[168, 1] < face.points[13, 1] < face.points[152, 1]


def test_the_real_clip_has_two_blinks_in_both_eyes(measured: FaceSignals) -> None:
    for side in (0, 1):
        shut = measured.closure[:, side] > 0.5
        assert int((np.diff(shut.astype(int)) == 1).sum()) == 2
    assert measured.usable.all()


def test_an_open_eye_is_quiet(measured: FaceSignals) -> None:
    rest = measured.time_s < 2.0
    assert np.all(np.std(measured.closure[rest], axis=0) < 0.03)
    assert np.all(np.abs(np.median(measured.closure[rest], axis=0)) < 0.03)


def test_slow_measurements_run_around_closures_only(measured: FaceSignals) -> None:
    ran = np.isfinite(measured.closure_mirrored[:, 0])
    assert ran[(measured.closure > 0.3).any(axis=1)].all()
    assert 0.1 < ran.mean() < 0.5
    assert np.array_equal(ran, np.isfinite(measured.brow_flow[:, 0]))
    assert np.array_equal(ran, np.isfinite(measured.blink_score[:, 0]))


@pytest.mark.parametrize("image_side", [0, 1])
def test_a_wink_at_one_edge_of_the_picture_is_in_its_column(
    landmarker: Landmarker, blinking: list[Frame], image_side: int
) -> None:
    done = extract_signals(wink(blinking, landmarker, image_side), landmarker)
    plain, mirrored = peaks(done.closure), peaks(done.closure_mirrored)
    assert plain[image_side] > plain[1 - image_side] + 0.25
    assert mirrored[image_side] > 0.6
    assert mirrored[1 - image_side] < 0.12
    assert peaks(done.blink_score)[image_side] > peaks(done.blink_score)[1 - image_side]


def test_a_mirrored_clip_swaps_columns(
    landmarker: Landmarker, blinking: list[Frame], measured: FaceSignals
) -> None:
    other = extract_signals(flipped(blinking), landmarker)
    for name, tolerance in (("closure", 0.08), ("closure_mirrored", 0.06), ("mouth", 0.01)):
        ours, theirs = getattr(measured, name), getattr(other, name)[:, ::-1]
        both = np.isfinite(ours) & np.isfinite(theirs)
        assert np.sqrt(np.mean((ours[both] - theirs[both]) ** 2)) < tolerance, name
    assert np.median(np.abs(measured.yaw_deg + other.yaw_deg)) < 2.5


def test_the_length_of_a_chunk_changes_nothing(
    landmarker: Landmarker, blinking: list[Frame]
) -> None:
    few = blinking[::3]
    twice = [Frame(5.0 * k + f.t_s, f.rgb) for k in range(3) for f in few]
    whole = extract_signals(twice, landmarker, settings=ExtractSettings(chunk_s=1000.0))
    pieces = extract_signals(twice, landmarker, settings=ExtractSettings(chunk_s=2.0))
    for name in ("closure", "closure_mirrored", "mouth", "brow_flow", "gate", "yaw_deg"):
        assert np.allclose(
            getattr(whole, name), getattr(pieces, name), atol=1e-5, equal_nan=True
        ), name


def test_pictures_do_not_pile_up_however_long_the_clip(
    landmarker: Landmarker, blinking: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hemispasm.measure.video import extract

    held: list[int] = []
    work_off = extract._work_off

    def spy(state: extract._State, *args: object, **kwargs: object) -> None:
        held.append(len(state.pending))
        work_off(state, *args, **kwargs)  # type: ignore[arg-type]
        held.append(len(state.pending))

    monkeypatch.setattr(extract, "_work_off", spy)
    # Half a minute at five pictures per second.
    slow = [Frame(k / 5.0, blinking[k % 20].rgb) for k in range(150)]
    done = extract_signals(slow, landmarker)
    assert len(done.time_s) == 150
    assert max(held) <= 14 * 5


def test_a_clip_without_frames_or_without_a_face_gives_a_sentence(landmarker: Landmarker) -> None:
    empty = extract_signals([], landmarker)
    assert len(empty.time_s) == 0
    assert "no pictures" in describe_gate(empty)[0].sentence
    grey = [Frame(k / 30, np.full((240, 320, 3), 90, np.uint8)) for k in range(40)]
    nobody = extract_signals(grey, landmarker)
    assert not nobody.found.any()
    assert not nobody.usable.any()
    assert np.isnan(nobody.closure).all()
    assert describe_gate(nobody)[0].code == "no_face"


def test_a_face_that_comes_late_is_measured_from_then_on(
    landmarker: Landmarker, blinking: list[Frame]
) -> None:
    late = [Frame(f.t_s, f.rgb if f.t_s > 1.5 else np.zeros_like(f.rgb)) for f in blinking]
    done = extract_signals(late, landmarker)
    assert not done.found[done.time_s < 1.4].any()
    assert done.usable[done.time_s > 2.1].all()
    assert np.nanmax(done.closure) > 0.8


def test_two_faces_are_noticed(landmarker: Landmarker, blinking: list[Frame]) -> None:
    pair = [Frame(f.t_s, np.concatenate([f.rgb, f.rgb], axis=1)) for f in blinking[:40]]
    done = extract_signals(pair, landmarker)
    assert done.face_count.max() == 2
    assert not done.usable.any()
    assert [r.code for r in describe_gate(done)] == ["two_faces"]


def test_a_small_face_in_a_large_picture_is_found_and_refused_with_numbers(
    landmarker: Landmarker, blinking: list[Frame]
) -> None:
    far = []
    for frame in blinking[:40]:
        rgb = np.zeros((960, 1280, 3), np.uint8)
        rgb[300:540, 500:740] = frame.rgb[::2, ::2]
        far.append(Frame(frame.t_s, rgb))
    done = extract_signals(far, landmarker)
    assert done.found.mean() > 0.9
    reason = describe_gate(done)[0]
    assert reason.code == "face_too_small"
    assert "limit 60" in reason.sentence
    assert reason.next_step.endswith(".")


def test_a_mouth_outside_the_picture_is_cut_off(
    landmarker: Landmarker, blinking: list[Frame]
) -> None:
    face = FaceTracker(landmarker).follow(0.0, blinking[0].rgb)
    assert face is not None
    edge = int(face.points[[61, 291], 1].mean())
    cut = [Frame(f.t_s, np.ascontiguousarray(f.rgb[:edge])) for f in blinking[:40]]
    done = extract_signals(cut, landmarker)
    assert not done.usable.any()
    assert np.all(done.gate[done.found] & GATE_BITS["face_cut_off"])


def test_a_hand_over_the_mouth_is_noticed(landmarker: Landmarker, blinking: list[Frame]) -> None:
    face = FaceTracker(landmarker).follow(0.0, blinking[0].rgb)
    assert face is not None
    x, y = face.points[13, :2].astype(int)
    hidden = []
    for frame in blinking:
        rgb = frame.rgb.copy()
        if frame.t_s >= 4.0:
            rgb[y - 45 : y + 60, x - 60 : x + 75] = (200, 160, 140)
        hidden.append(Frame(frame.t_s, rgb))
    done = extract_signals(hidden, landmarker)
    assert done.usable[done.time_s < 3.9].all()
    assert not done.usable[done.time_s > 4.1].any()
    assert "face_covered" in [r.code for r in describe_gate(done)]


def test_frames_whose_time_stands_still_are_skipped_and_counted(
    landmarker: Landmarker, blinking: list[Frame]
) -> None:
    twice = [f for frame in blinking[:20] for f in (frame, frame)]
    done = extract_signals(twice, landmarker)
    assert len(done.time_s) == 20
    assert done.notes == ("20 frames without a time of their own were skipped.",)


def test_the_other_real_clip_shows_no_closure(landmarker: Landmarker) -> None:
    path = FACES / "frontal_woman_1.mp4"
    if not path.exists():
        pytest.skip("no real clips beside the checkout (../shared/data/faces)")
    from hemispasm.formats.video import read_frames

    done = extract_signals(read_frames(path), landmarker)
    assert done.usable.all()
    assert np.max(done.closure) < 0.15
    assert any("tilted" in words for words in worth_a_warning(done))
