"""Reading videos: healthy, odd and broken."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from small_clips import (
    picture,
    write_clip,
    write_sound,
    write_with_times,
    write_without_frames,
)

from hemispasm.formats.video import probe_video, read_frames, read_frames_at
from hemispasm.formats.video_open import Orientation
from hemispasm.formats.video_times import TimedFrames
from hemispasm.model.errors import DecodeError, UsageError


def times(path, *range_s):
    return [round(f.t_s, 4) for f in read_frames(path, *range_s)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clip") / "rest.mp4", n=100)


def test_a_probe_tells_content_and_not_name(clip, tmp_path):
    info = probe_video(clip)
    copy = tmp_path / "other: name.mp4"
    copy.write_bytes(clip.read_bytes())
    assert probe_video(copy) == info
    assert info.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert (info.width, info.height, info.frame_rate_hz) == (64, 48, 25.0)
    assert info.duration_s == pytest.approx(4.0, abs=0.05)
    assert not info.simulated


def test_a_simulated_clip_says_so_in_its_comment(tmp_path):
    for name in ("a.mp4", "a.mkv"):
        assert probe_video(write_clip(tmp_path / name, comment="SIMULATED, no patient")).simulated


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mov"])
def test_every_container_gives_the_same_times(tmp_path, suffix):
    path = write_clip(tmp_path / f"a{suffix}", n=60)
    assert times(path) == [round(i * 0.04, 4) for i in range(60)]
    assert times(path, 1.0, 1.5) == [round(1.0 + i * 0.04, 4) for i in range(13)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_frame_rate_keeps_its_true_times(tmp_path, suffix):
    at = [0, 40, 80, 200, 210, 400, 1000]
    assert times(write_clip(tmp_path / f"v{suffix}", at)) == [t / 1000 for t in at]


def test_times_count_from_the_first_frame_of_the_file_even_after_a_seek(tmp_path):
    path = write_clip(tmp_path / "late.mkv", [500 + 40 * i for i in range(60)])
    assert times(path)[0] == 0.0
    assert times(path, 1.0, 1.1) == [1.0, 1.04, 1.08]


def test_a_seek_finds_the_same_pictures_as_reading_from_the_start(clip):
    whole = [f.rgb for f in read_frames(clip) if 2.1 <= f.t_s < 2.6]
    part = [f.rgb for f in read_frames(clip, 2.1, 2.6)]
    assert len(whole) == len(part) == 12
    assert all(np.array_equal(a, b) for a, b in zip(whole, part, strict=True))


@pytest.mark.parametrize(
    ("counter_clockwise", "hflip", "corner"),
    [
        (0, False, (0, 0)),
        (90, False, (1, 0)),
        (180, False, (1, 1)),
        (270, False, (0, 1)),
        (0, True, (0, 1)),
        (90, True, (1, 1)),
        (180, True, (1, 0)),
        (270, True, (0, 0)),
    ],
)
def test_the_rotation_tag_is_applied_and_so_is_a_flip(tmp_path, counter_clockwise, hflip, corner):
    path = write_clip(tmp_path / "turned.mp4", n=2, rotation=(counter_clockwise, hflip))
    reader = read_frames(path)
    rgb = next(reader).rgb
    height, width = rgb.shape[:2]
    info = probe_video(path)
    assert (info.width, info.height) == (width, height)
    assert (width > height) == (counter_clockwise % 180 == 0)
    assert info.rotation_deg == -counter_clockwise % 360
    red = {
        (i, j)
        for i in (0, 1)
        for j in (0, 1)
        if rgb[height * (1 + 2 * i) // 4, width * (1 + 2 * j) // 4, 0] > 150
    }
    assert red == {corner}
    assert any(n.startswith("flip_tag") for n in reader.notes) == hflip


def test_colours_are_rgb_and_upright(clip):
    rgb = next(read_frames(clip)).rgb
    assert rgb.shape == (48, 64, 3)
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    assert np.abs(rgb[12, 16].astype(int) - picture(0)[12, 16]).max() < 12


def test_large_pictures_are_scaled_down_when_asked(tmp_path):
    path = write_clip(tmp_path / "big.mp4", width=400, height=200, n=2)
    assert next(read_frames(path, max_side=100)).rgb.shape == (50, 100, 3)
    assert next(read_frames(path, max_side=1000)).rgb.shape == (200, 400, 3)


def test_frames_at_times_are_the_nearest_in_the_order_asked(clip):
    found = read_frames_at(clip, [3.51, 0.0, 99.0, 0.31, 0.29])
    assert [round(f.t_s, 2) for f in found] == [3.52, 0.0, 3.96, 0.32, 0.28]
    whole = {round(f.t_s, 2): f.rgb for f in read_frames(clip)}
    assert all(np.array_equal(f.rgb, whole[round(f.t_s, 2)]) for f in found)


def test_disordered_times_are_put_in_order_and_repeated_ones_left_out(tmp_path):
    pts = [0, 40, 120, 80, 160, 200, 200, 240, 100, 300]
    reader = read_frames(write_with_times(tmp_path / "odd.nut", pts))
    got = [round(f.t_s, 3) for f in reader]
    assert got == [t / 1000 for t in sorted(set(pts))]
    assert {n.split(":")[0] for n in reader.notes} == {"times_out_of_order", "times_repeated"}


def test_a_time_that_jumps_far_back_is_left_out_and_not_followed(clip, monkeypatch):
    odd = iter([*range(0, 2000, 40), *range(0, 2000, 40)])
    monkeypatch.setattr(TimedFrames, "_seconds", lambda self, frame: next(odd) / 1000)
    reader = read_frames(clip)
    got = [f.t_s for f in reader]
    assert all(b > a for a, b in pairwise(got))
    assert got[-1] == pytest.approx(1.96)
    assert any(n.startswith("times_repeated") for n in reader.notes)


def broken_files(folder):
    (folder / "text.mp4").write_text("not a video\n" * 100)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:10,\n/etc/hostname\n")
    Image.new("RGB", (20, 20)).save(folder / "still.png")
    (folder / "still.png").rename(folder / "still.mp4")
    whole = write_clip(folder / "whole.mp4", n=50).read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "folder.mp4").mkdir()
    write_sound(folder / "sound.mp4")
    write_without_frames(folder / "noframes.avi")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("text.mp4", "not_a_video"),
        ("playlist.mp4", "not_a_video"),
        ("still.mp4", "not_a_video"),
        ("empty.mp4", "empty_file"),
        ("cut.mp4", "unfinished_file"),
        ("folder.mp4", "is_a_directory"),
        ("sound.mp4", "audio_only"),
        ("noframes.avi", "no_frames"),
        ("nowhere.mp4", "file_missing"),
    ],
)
def test_what_cannot_be_decoded_is_named_in_one_sentence(tmp_path, name, code):
    broken_files(tmp_path)
    for opening in (probe_video, read_frames, lambda p: read_frames_at(p, [0.0])):
        with pytest.raises(DecodeError) as caught:
            opening(tmp_path / name)
        assert caught.value.code == code
        assert caught.value.exit_code == 3
        assert caught.value.cause.count(". ") == 0
        assert name in caught.value.cause
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_truncated_file_is_read_as_far_as_it_goes_with_a_note(tmp_path, suffix):
    options = {"movflags": "+faststart"} if suffix == ".mp4" else {}
    data = write_clip(tmp_path / f"whole{suffix}", n=100, options=options).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: len(data) * 2 // 3])
    reader = read_frames(path)
    got = [f.t_s for f in reader]
    assert 1.0 < got[-1] < 3.5
    assert any(n.startswith("file_ends_early") for n in reader.notes)


def test_a_whole_file_carries_no_note(clip):
    reader = read_frames(clip)
    assert len(list(reader)) == 100
    assert reader.notes == ()


def test_damaged_bytes_never_crash_and_are_counted(tmp_path):
    data = write_clip(tmp_path / "big.mp4", width=320, height=240, n=60).read_bytes()
    noted = 0
    for seed in range(8):
        rng = random.Random(seed)
        bad = bytearray(data)
        for _ in range(40):
            bad[rng.randrange(100, len(bad) - 2500)] = rng.randrange(256)
        path = tmp_path / f"bad{seed}.mp4"
        path.write_bytes(bad)
        try:
            reader = read_frames(path)
            got = [f.t_s for f in reader]
        except DecodeError:
            continue
        noted += any(n.startswith("damaged_pictures") for n in reader.notes)
        assert all(b > a for a, b in pairwise(got))
    assert noted > 0


def test_random_damage_to_the_header_ends_in_our_own_errors(tmp_path, clip):
    data = clip.read_bytes()
    for seed in range(40):
        rng = random.Random(seed)
        bad = bytearray(data)
        for _ in range(12):
            place = rng.choice((rng.randrange(64), len(bad) - 1 - rng.randrange(1500)))
            bad[place] = rng.randrange(256)
        path = tmp_path / "bad.mp4"
        path.write_bytes(bad)
        try:
            for _ in read_frames(path):
                pass
        except (DecodeError, UsageError):
            pass


@pytest.mark.parametrize("range_s", [(50.0, None), (2.0, 1.0), (-1.0, None), (1.0, 1.0)])
def test_an_empty_time_range_is_a_usage_error(clip, range_s):
    with pytest.raises(UsageError) as caught:
        list(read_frames(clip, *range_s))
    assert caught.value.code == "empty_range"


def test_reading_needs_no_more_memory_for_a_longer_clip(tmp_path):
    def peak(n):
        path = write_clip(tmp_path / f"m{n}.mp4", width=160, height=120, n=n)
        tracemalloc.start()
        for _ in read_frames(path):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(400) < peak(50) + 200_000


def test_orientation_turns_agree_with_numpy():
    rgb = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(Orientation(True, True).apply(rgb), np.rot90(rgb, -1))
    assert np.array_equal(Orientation(True, False, True).apply(rgb), np.rot90(rgb, 1))
    assert np.array_equal(Orientation(False, True, True).apply(rgb), np.rot90(rgb, 2))
    assert np.array_equal(Orientation(False, True).apply(rgb), rgb[:, ::-1])
