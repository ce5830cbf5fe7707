"""One simulated patient, filmed and recorded by EMG at the same time."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from hemispasm.formats.case import read_case
from hemispasm.formats.emg import read_emg
from hemispasm.formats.emg_sidecar import read_emg_sidecar
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.joining import emg_sync_marks
from hemispasm.measure.emg.measure import measure_emg
from hemispasm.measure.joint.join import join_recordings
from hemispasm.measure.joint.watched import Watched
from hemispasm.measure.video.measure import measure_video
from hemispasm.model import EventKind, Mirrored, Side, VideoInfo
from hemispasm.model.errors import UsageError
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.simulate.face.clip import ClipOptions
from hemispasm.simulate.face.scenarios import make_timeline
from hemispasm.simulated_case import read_truth
from hemispasm.simulated_emg import read_emg_truth
from hemispasm.simulated_pair import PairOptions, draw_marks, emg_options, simulate_pair
from hemispasm.validate.signal_patients import camera_signals

SMALL = ClipOptions(generator="photo", duration_s=8.0, frame_rate_hz=15.0, width=320, height=240,
                    rate_per_min=25.0, seed=4)  # fmt: skip


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair") / "case"
    simulate_pair(folder, PairOptions(SMALL, offset_s=3.0, drift_ppm=50.0))
    return read_case(folder).visits[0]


def spasms_of(truth):
    return [e for e in truth.events if e.kind == EventKind.SPASM]


def test_a_pair_is_a_case_with_a_video_and_an_emg_recording_that_say_simulated(visit):
    assert [path.name for path in visit.videos] == ["rest.mp4"]
    assert [files.paths[0].name for files in visit.emg] == ["rest.edf"]
    assert read_emg(visit.emg[0].paths[0]).simulated
    pair = json.loads((visit.path / "pair.truth.json").read_text())
    assert pair["simulated"]
    assert (pair["offset_s"], pair["drift_ppm"], pair["fault"]) == (3.0, 50.0, "none")
    assert read_case(visit.path.parent.parent).case.simulated


def test_muscles_fire_one_delay_before_the_face_moves_on_the_clock_of_the_emg(visit):
    video, emg = read_truth(visit.videos[0]), read_emg_truth(visit.emg[0].paths[0])
    pair = json.loads((visit.path / "pair.truth.json").read_text())
    delay_s = pair["electromechanical_delay_s"]
    assert delay_s == emg.electromechanical_delay_s
    assert 0.004 < delay_s < 0.04
    moves = [e.start_s for e in spasms_of(video)]
    fires = [s.start_s for s in emg.spasms]
    assert len(moves) == len(fires) > 0
    expected = [3.0 + (1 + 50e-6) * (t - delay_s) for t in moves]
    assert fires == pytest.approx(expected, abs=0.006)


def test_the_marks_stand_in_the_first_frame_that_shows_them_and_in_the_notes_of_the_emg(visit):
    pair = json.loads((visit.path / "pair.truth.json").read_text())
    seen = read_sidecar(visit.videos[0]).sync_marks_s
    assert len(seen) == len(pair["sync_marks_s"]) == 6
    late = np.array(seen) - np.array(pair["sync_marks_s"])
    assert ((late >= 0) & (late < 1 / 15 + 1e-3)).all()
    expected = [3.0 + (1 + 50e-6) * t for t in pair["sync_marks_s"]]
    assert emg_sync_marks(visit.emg[0]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("fault", ["mirrored", "electrodes"])
def test_a_fault_of_the_technician_puts_one_recording_on_the_wrong_side(tmp_path, fault):
    folder = tmp_path / "case"
    simulate_pair(folder, PairOptions(replace(SMALL, duration_s=2.0), fault=fault, sync_marks=0))
    visit = read_case(folder).visits[0]
    assert read_sidecar(visit.videos[0]).mirrored is Mirrored.NO
    assert read_truth(visit.videos[0]).mirrored is (
        Mirrored.YES if fault == "mirrored" else Mirrored.NO
    )
    sides = {c.label[0]: c.side for c in read_emg_sidecar(visit.emg[0].paths[0]).channels}
    right = {"L": Side.LEFT, "R": Side.RIGHT}
    swapped = {label: side.other for label, side in right.items()}
    assert sides == (swapped if fault == "electrodes" else right)


def test_marks_are_uneven_and_lie_at_both_ends():
    marks = np.array(draw_marks(PairOptions(replace(SMALL, duration_s=60.0), sync_marks=6)))
    assert len(marks) == 6
    assert (marks[:3] < 6.0).all()
    assert (marks[3:] > 54.0).all()
    assert np.ptp(np.diff(marks[:3])) > 0.01


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"clip": replace(SMALL, scenario="winks")}, "pair_scenario"),
        ({"clip": SMALL, "sync_marks": 40}, "pair_marks"),
        ({"clip": SMALL, "fault": "lost"}, "unknown_choice"),
    ],
)
def test_impossible_pairs_are_refused(options, code):
    with pytest.raises(UsageError) as refused:
        PairOptions(**options)
    assert refused.value.code == code


@pytest.mark.parametrize("family", ["mechanistic", "phenomenological"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_clock_of_a_simulated_patient_is_found_from_what_both_saw(family, side):
    clip = ClipOptions(scenario="hfs", side=side, duration_s=75.0, rate_per_min=16.0, seed=11)
    rng = np.random.default_rng([11, 2])
    line = make_timeline(clip.to_scenario(), rng)
    seen = measure_video(
        camera_signals(line, rng),
        VideoInfo("0" * 64, 75.0, 640, 480, 30.0, simulated=True),
        mirrored=Mirrored.NO,
    )
    truth = read_truth_of(line)
    options = emg_options(PairOptions(clip, emg_generator=family), truth)
    heard = measure_emg((simulate_emg(options, 11).recording,), sha256="1" * 64)
    result = join_recordings(Watched(seen.document, seen.traces), Watched(heard))
    at = result.clock.at_s
    low, high = result.clock.offset_interval_s
    assert low <= options.clock.recording_time(at) - at <= high
    assert high - low <= 0.050
    assert result.document.find("joint.side_agreement").value == "agree"
    shared = result.document.find("joint.seen_by_both")
    assert shared.value > 0.7
    assert {e.side for e in result.document.events if e.flags[0] == "seen:both"} == {Side(side)}


def read_truth_of(line):
    """Return the truth of a timeline as far as the EMG needs it."""
    from hemispasm.model import Truth

    return Truth(generator="head", scenario="hfs", seed=11, affected_side="left",
                 frame_rate_hz=30.0, duration_s=75.0, events=line.events)  # fmt: skip
