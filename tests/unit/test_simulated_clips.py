"""Files of simulated clips: mark, tags, truth, sidecar, mirroring."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from hemispasm.formats.case import read_case
from hemispasm.formats.emg import read_emg
from hemispasm.formats.exam import read_exam
from hemispasm.formats.outside_findings import read_outside_findings
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.formats.video import probe_video, read_frames
from hemispasm.formats.video_write import write_video
from hemispasm.measure.exam.findings import find_exam
from hemispasm.model import Frame, Mirrored, UsageError
from hemispasm.simulate.face.mark import stamp_simulated
from hemispasm.simulated_case import (
    read_truth,
    simulate_face_case,
    simulate_face_clip,
    truth_path,
)

pytest.importorskip("skimage.data")
SMALL = {"generator": "photo", "width": 320, "height": 240, "frame_rate_hz": 15.0, "crf": 18}


def frames_of(path):
    return [frame.rgb.astype(int) for frame in read_frames(path)]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Return the folder of one short clip, plain and mirrored."""
    folder = tmp_path_factory.mktemp("clips")
    for name, mirrored in (("plain", False), ("mirror", True)):
        simulate_face_clip(
            folder / f"{name}.mp4", seed=8, duration_s=4.0, rate_per_min=30.0,
            closure_band=(0.8, 1.0), mirrored=mirrored, noise=0.0, motion=0.0, **SMALL,
        )  # fmt: skip
    return folder


def test_a_clip_has_its_truth_sidecar_and_tags_beside_it(clips):
    path = clips / "plain.mp4"
    info, truth, sidecar = probe_video(path), read_truth(path), read_sidecar(path)
    assert info.simulated
    assert (info.width, info.height) == (320, 240)
    assert sidecar.mirrored is Mirrored.NO
    assert truth.affected_side == "left"
    frames = frames_of(path)
    assert all(len(row) == len(frames) == 60 for row in truth.frames.values())
    assert {"lid_gap_left_mm", "closure_right", "mouth_left", "spasm_left"} <= set(truth.frames)
    assert not list(clips.glob(".*")), "a half-written file stayed behind"


def test_the_mark_is_in_every_frame_of_the_file(clips):
    expected = stamp_simulated(np.full((240, 320, 3), 90, np.uint8)).astype(int)
    rows, columns = np.nonzero((expected != 90).any(axis=2))
    box = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    for path in (clips / "plain.mp4", clips / "mirror.mp4"):
        for rgb in frames_of(path):
            assert np.abs(rgb[box] - expected[box]).mean() < 14


def test_mirroring_flips_the_picture_and_leaves_the_truth_with_the_patient(clips):
    plain, mirror = (read_truth(clips / f"{n}.mp4") for n in ("plain", "mirror"))
    assert mirror.mirrored is Mirrored.YES
    assert read_sidecar(clips / "mirror.mp4").mirrored is Mirrored.YES
    assert plain.events == mirror.events
    assert plain.frames == mirror.frames
    assert plain.affected_side == mirror.affected_side == "left"
    for one, other in zip(
        frames_of(clips / "plain.mp4"), frames_of(clips / "mirror.mp4"), strict=True
    ):
        below_mark = slice(30, None)
        assert np.abs(one[below_mark, ::-1] - other[below_mark]).mean() < 3.0


def test_the_eye_that_shuts_is_at_the_pictures_right_when_not_mirrored(clips):
    truth = read_truth(clips / "plain.mp4")
    left, right = (np.array(truth.frames[f"lid_gap_{s}_mm"]) for s in ("left", "right"))
    gap = right - left
    shut, rest = int(np.argmax(gap)), int(np.argmax(left + right))
    frames = frames_of(clips / "plain.mp4")
    assert gap[shut] > 4.0
    change = np.abs(frames[shut] - frames[rest]).sum(axis=2)
    eyes = change[80:120]
    assert eyes[:, 165:230].sum() > 1.3 * eyes[:, 90:155].sum()


def test_the_same_options_give_the_same_truth_and_another_seed_another(tmp_path):
    made = [
        simulate_face_clip(tmp_path / f"{k}.mp4", seed=s, duration_s=2.0, **SMALL)
        for k, s in enumerate((3, 3, 4))
    ]
    assert made[0] == made[1]
    assert made[0].frames != made[2].frames


def test_a_jittered_clip_keeps_its_true_frame_times(tmp_path):
    path = tmp_path / "vfr.mp4"
    truth = simulate_face_clip(path, seed=1, duration_s=2.0, frame_jitter_s=0.012, **SMALL)
    seen = np.array([frame.t_s for frame in read_frames(path)])
    np.testing.assert_allclose(seen, truth.frames["time_s"], atol=1.1e-4)
    assert np.diff(seen).std() > 0.004


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_rotation_tag_is_undone_by_the_reader(tmp_path, rotation):
    rgb = np.zeros((64, 96, 3), np.uint8)
    rgb[:20, :30] = (250, 0, 0)
    write_video(tmp_path / "r.mp4", [Frame(0.0, rgb)] * 2, 30, crf=1, rotation_deg=rotation)
    assert probe_video(tmp_path / "r.mp4").rotation_deg == rotation
    first = frames_of(tmp_path / "r.mp4")[0]
    assert first.shape == rgb.shape
    assert np.abs(first - rgb).mean() < 6


def test_a_failed_rendering_leaves_nothing_behind(tmp_path):
    def broken():
        yield Frame(0.0, np.zeros((64, 64, 3), np.uint8))
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_video(tmp_path / "x.mp4", broken(), 30)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"generator": "wax"}, "generator"),
        ({"generator": "photo", "glasses": True}, "portrait"),
        ({"closure_band": (0.6, 0.3)}, "range"),
        ({"width": 321}, "pixels"),
        ({"colour": "blue"}, "option"),
        ({"side": "both"}, "side"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_written(tmp_path, options, word):
    with pytest.raises(UsageError, match=word):
        simulate_face_clip(tmp_path / "x.mp4", **options)
    assert not list(tmp_path.iterdir())


def test_a_simulated_case_is_a_case_folder_with_two_visits_records_and_toxin_cycles(tmp_path):
    folder = simulate_face_case(
        tmp_path / "case", side="right", seed=2, **{**SMALL, "duration_s": 2.0, "protocol": "none"}
    )
    case = read_case(folder)
    assert case.case.simulated
    assert case.case.onset.side == "right"
    first, second = case.visits
    *finished, running = case.treatments.toxin
    assert first.day < running.day < second.day
    assert 28 <= (second.day - running.day).days <= 42
    assert running.benefit_until is None
    assert all(cycle.benefit_until < first.day for cycle in finished)
    assert {cycle.side for cycle in case.treatments.toxin} == {"right"}
    for visit in case.visits:
        told = find_exam(read_exam(visit.exam, day=visit.day), day=visit.day, case=case.case)
        assert {f.side for f in told if f.code == "history.spasm" and f.value == "present"} == {
            "right"
        }
    outside = [read_outside_findings(p) for p in (*first.emg_findings, *first.imaging_findings)]
    assert [document.recording.kind for document in outside] == ["imaging"]
    assert all(document.recording.simulated for document in outside)
    for visit in case.visits:
        recorded = [read_emg(files.paths[0]) for files in visit.emg]
        assert [len(found.stimuli_s) for found in recorded] == [40, 0]
        assert {found.stimulus.side for found in recorded[:1]} == {"right"}
        assert all(found.simulated for found in recorded)
    before, after = (read_truth(v.path / "video" / "rest.mp4") for v in case.visits)
    assert after.settings["rate_per_min"] < before.settings["rate_per_min"]
    assert after.settings["weakness"] > 0


def test_the_command_writes_a_clip_and_prints_what_is_in_it(tmp_path):
    from hemispasm.cli.simulate import app

    out = tmp_path / "c.mp4"
    made = CliRunner().invoke(
        app,
        ["face", str(out), "--generator", "photo", "--seconds", "1", "--fps", "15", "--size",
         "320x240", "--scenario", "winks", "--json"],
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    shown = json.loads(made.output)
    assert shown["affected_side"] == "none_seen"
    assert "frames" not in shown
    assert truth_path(out).is_file()
