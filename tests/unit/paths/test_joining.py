"""Which recordings of a visit belong together, and the marks that join them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from emg_cases import FIRST, add_rest, emg_case, emg_folder

from hemispasm.assessing import fingerprint_recording, measure_case
from hemispasm.formats.case import read_case
from hemispasm.formats.case_emg import EmgFiles
from hemispasm.formats.case_findings import CaseFindings, Failure, VisitDocuments
from hemispasm.formats.emg_sidecar import read_emg_sidecar, write_emg_sidecar
from hemispasm.joining import emg_sync_marks, join_visit, pair_recordings
from hemispasm.measure.video.measure import VideoMeasurement
from hemispasm.measuring_emg import measure_emg_file
from hemispasm.model import (
    Event,
    FindingsDocument,
    Provenance,
    Quality,
    RecordingRef,
    Side,
)
from hemispasm.model.emg import Annotation
from hemispasm.model.errors import UsageError
from hemispasm.simulate.emg.options import EmgOptions, GivenSpasm
from hemispasm.simulated_emg import write_simulated_emg

OFFSET_S = 4.25
STARTS = tuple(2.0 + np.cumsum([2.1, 1.3, 3.7, 0.9, 2.6, 4.4, 1.1, 3.2, 2.2, 1.7, 5.1, 2.4]))


def files(*names: str) -> EmgFiles:
    return EmgFiles(tuple(Path(f"emg/{name}") for name in names))


def video_of(*, digest: str = "0") -> FindingsDocument:
    """Return a video of one-sided spasms at known times."""
    events = tuple(
        Event(id=f"spasm-left-{k}", kind="spasm", side=Side.LEFT, start_s=round(t, 3),
              end_s=round(t + 0.3, 3), confidence=0.9)
        for k, t in enumerate(STARTS)
    )  # fmt: skip
    return FindingsDocument(
        recording=RecordingRef(kind="video", sha256=digest * 64, duration_s=40.0),
        quality=Quality(grade="measurable", analysed_s=40.0),
        events=events,
        provenance=Provenance(hemispasm="0", settings={"frame_rate_hz": 30.0}),
    )


def make_case(folder: Path, *, marks_s=(), noted_s=(), text="sync", name="rest") -> Path:
    """Make a case with a video that nobody decodes and an EMG recording of the same spasms."""
    case = emg_case(folder)
    given = tuple(GivenSpasm(OFFSET_S + t, OFFSET_S + t + 0.3) for t in STARTS)
    notes = tuple(Annotation(time_s=t, text=text) for t in noted_s)
    options = EmgOptions("hfs", side=Side.LEFT, duration_s=50.0, rate_hz=4000.0, snr_db=15.0,
                         given_spasms=given, given_blinks=())  # fmt: skip
    path = emg_folder(case) / "rest.edf"
    write_simulated_emg(path, options, seed=5, notes=notes)
    if text != "sync":
        sidecar = read_emg_sidecar(path)
        write_emg_sidecar(path, sidecar.model_copy(update={"sync_annotation": text}))
    film = case / "visits" / FIRST.isoformat() / "video" / f"{name}.mp4"
    film.write_bytes(b"nobody looks into it")
    if marks_s:
        said = {"mirrored": "no", "sync_marks_s": list(marks_s)}
        film.with_suffix(".json").write_text(json.dumps(said))
    return case


def joined(case: Path):
    visit = read_case(case).visits[0]
    emg = measure_emg_file(visit.emg[0].paths[0])
    return join_visit(visit, VisitDocuments(day=visit.day, recordings=(video_of(), emg)))


def test_recordings_of_equal_name_belong_together():
    videos = [Path("video/rest.mp4"), Path("video/Speech.mp4")]
    made = [files("lsr.edf"), files("speech.edf"), files("rest_part1.edf", "rest_part2.edf")]
    assert pair_recordings(videos, made) == ((0, 2), (1, 1))


def test_several_recordings_without_equal_names_belong_to_none():
    assert pair_recordings([Path("a.mp4"), Path("b.mp4")], [files("c.edf")]) == ()
    assert pair_recordings([Path("a.mp4")], [files("c.edf"), files("d.edf")]) == ()
    assert pair_recordings([], [files("c.edf")]) == ()


def test_a_visit_is_joined_by_its_events_without_marks(tmp_path):
    (document,) = joined(make_case(tmp_path / "case", name="other"))
    found = document.find("joint.clock_offset")
    assert found.extra("found_by") == "events"
    assert found.interval[0] <= OFFSET_S <= found.interval[1]
    assert document.find("joint.side_agreement").value == "agree"


@pytest.mark.parametrize("text", ["sync", "Blitz"])
def test_a_visit_is_joined_by_its_marks_whatever_their_text(tmp_path, text):
    case = make_case(tmp_path / "case", marks_s=(1.0333, 38.4), noted_s=(5.26, 42.632), text=text)
    visit = read_case(case).visits[0]
    assert emg_sync_marks(visit.emg[0]) == pytest.approx((5.26, 42.632), abs=1e-3)
    (document,) = joined(case)
    found = document.find("joint.clock_offset")
    assert found.extra("found_by") == "sync"
    assert found.interval[0] <= OFFSET_S <= found.interval[1]


def test_a_mark_in_the_emg_labels_no_burst_as_a_movement(tmp_path):
    noted = tuple(OFFSET_S + t + 0.05 for t in STARTS[:4])
    case = make_case(tmp_path / "case", noted_s=noted)
    document = measure_emg_file(read_case(case).visits[0].emg[0].paths[0])
    assert all("marked" not in event.flags for event in document.events)


def test_a_recording_that_failed_shifts_no_pair(tmp_path):
    case = make_case(tmp_path / "case")
    (emg_folder(case) / "aaa.edf").write_bytes(b"broken")
    visit = read_case(case).visits[0]
    emg = measure_emg_file(visit.emg[1].paths[0])
    failed = (Failure(number=1, code="not_edf", kind="emg"),)
    documents = VisitDocuments(day=visit.day, recordings=(video_of(), emg), failures=failed)
    (document,) = join_visit(visit, documents)
    assert document.provenance.settings["emg"] == emg.recording.sha256


def test_a_negative_mark_is_refused_and_named(tmp_path):
    case = make_case(tmp_path / "case", marks_s=(-1.0,))
    with pytest.raises(UsageError, match="sync_marks_s"):
        joined(case)


def test_the_joint_findings_are_written_and_read_with_those_of_the_visit(tmp_path):
    (document,) = joined(make_case(tmp_path / "case"))
    visit = VisitDocuments(day=FIRST, recordings=(video_of(),), joint=(document,))
    kept = CaseFindings.model_validate_json(
        CaseFindings(case="P-007", visits=(visit,)).model_dump_json(by_alias=True)
    )
    assert kept.visits[0].joint == (document,)
    assert document in [d for _, d in kept.everything()]


def test_measuring_a_case_joins_its_recordings(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "hemispasm.assessing.measure_video_file",
        lambda path, **_: VideoMeasurement(video_of(digest="a"), ()),
    )
    case = read_case(make_case(tmp_path / "case"))
    (visit,) = measure_case(case).findings.visits
    (document,) = visit.joint
    assert document.recording.kind == "joint"
    assert document.provenance.settings["video"] == "a" * 64
    assert document.provenance.settings["emg"] == visit.of_kind("emg")[0].recording.sha256
    assert document.find("joint.seen_by_both").value > 0.8


def test_marks_that_join_a_video_change_nothing_of_how_it_is_measured(tmp_path):
    plain, marked = make_case(tmp_path / "a"), make_case(tmp_path / "b", marks_s=(1.0333,))
    prints = []
    for case in (plain, marked):
        film = read_case(case).visits[0].videos[0]
        film.with_suffix(".json").write_text(
            json.dumps({"mirrored": "no", "sync_marks_s": [1.0333] if case == marked else []})
        )
        prints.append(fingerprint_recording(film, "0" * 64))
    assert prints[0] == prints[1]


def test_a_visit_with_emg_alone_has_nothing_to_join(tmp_path):
    case = emg_case(tmp_path / "case")
    add_rest(case, duration_s=6.0)
    visit = read_case(case).visits[0]
    assert join_visit(visit, VisitDocuments(day=visit.day)) == ()
