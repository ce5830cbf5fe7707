"""The case folder of a simulated patient: complete, readable, and true to one story."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from typer.testing import CliRunner

from hemispasm.cli.simulate import app
from hemispasm.formats.case import read_case
from hemispasm.formats.emg import read_emg
from hemispasm.formats.exam import read_exam
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.joining import emg_sync_marks
from hemispasm.model import Mirrored, Side
from hemispasm.model.errors import RefusedError
from hemispasm.model.imaging import Role
from hemispasm.simulate.mri.options import SeriesPlan
from hemispasm.simulate.patient.mri import mri_options
from hemispasm.simulate.patient.options import IMITATORS, PatientOptions
from hemispasm.simulate.patient.records import SeenToday, exam_of, person_of, treatments_of
from hemispasm.simulate.patient.visits import plan_course
from hemispasm.simulated_case import read_truth
from hemispasm.simulated_emg import read_emg_truth
from hemispasm.simulated_patient import quick, simulate_patient

SMALL = replace(
    quick(PatientOptions("late", seed=3, treatment="toxin")), video_s=20.0, emg_s=46.0,
    width=160, height=120, frame_rate_hz=10.0, mirrored=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patient") / "case"
    return folder, simulate_patient(folder, SMALL)


def test_a_case_has_two_visits_with_every_instrument_and_says_that_it_is_simulated(made):
    case = read_case(made[0])
    assert case.case.simulated
    assert len(case.visits) == 2
    for visit in case.visits:
        assert [path.name for path in visit.videos] == ["rest.mp4"]
        names = [files.paths[0].name for files in visit.emg]
        assert names == ["blink_reflex.edf", "lsr.edf", "lsr_other_side.edf", "rest.edf"]
        assert all(read_emg(files.paths[0]).simulated for files in visit.emg)
        assert read_exam(visit.exam, day=visit.day) is not None
        assert visit.ignored == ()
    assert case.treatments.toxin[0].side is Side.LEFT


def test_the_truth_of_the_patient_agrees_with_the_truth_beside_each_recording(made):
    folder, truth = made
    assert json.loads((folder / "patient.truth.json").read_text()) == truth
    assert truth["affected_side"] == "left"
    for visit, row in zip(read_case(folder).visits, truth["visits"], strict=True):
        video, emg = read_truth(visit.videos[0]), read_emg_truth(visit.emg[3].paths[0])
        rest = [m for m in read_sidecar(visit.videos[0]).tasks if m.task == "rest"]
        spasms = [
            e for e in video.events
            if e.kind == "spasm" and any(m.start_s <= e.start_s < m.end_s for m in rest)
        ]  # fmt: skip
        assert len(spasms) == row["video"]["left"]["count"]
        assert row["video"]["right"]["count"] == 0
        assert emg.clock_offset_s == row["emg"]["offset_s"]
        assert video.mirrored is Mirrored.YES


def test_marks_stand_in_both_recordings_on_their_own_clocks(made):
    folder, truth = made
    visit, row = read_case(folder).visits[0], truth["visits"][0]["emg"]
    expected = [row["offset_s"] + (1 + 1e-6 * row["drift_ppm"]) * t for t in row["sync_marks_s"]]
    assert emg_sync_marks(visit.emg[3]) == pytest.approx(expected, abs=1e-3)
    assert len(read_sidecar(visit.videos[0]).sync_marks_s) == 6


def test_a_folder_that_exists_is_not_touched(made):
    with pytest.raises(RefusedError):
        simulate_patient(made[0], SMALL)


def test_the_pictures_show_contact_before_an_operation_and_a_gap_after_it():
    options = PatientOptions("late", seed=2, treatment="mvd")
    before, after = plan_course(options).visits
    first = mri_options(options, before.conditions)
    second = mri_options(options, after.conditions, is_operated=True)
    assert first.conflict.distance_mm < 0.0 < second.conflict.distance_mm
    assert first.other == second.other
    assert first.other.distance_mm > 0.5
    assert {plan.role for plan in first.series} == {Role.CISS, Role.TOF}
    assert isinstance(first.series[0], SeriesPlan)


def test_a_face_without_spasm_gets_no_grade_and_its_examination_can_be_read(tmp_path):
    import tomli_w

    options = PatientOptions("late", seed=2, treatment="mvd")
    visit = plan_course(options).visits[1]
    exam = exam_of(options, visit, {Side.LEFT: SeenToday()})
    path = tmp_path / "exam.toml"
    path.write_text(tomli_w.dumps(exam))
    read_exam(path, day=visit.day)
    assert "smc" not in exam["scales"]
    assert exam["examination"]["spasm"] == {"left": "absent", "right": "absent"}


@pytest.mark.parametrize("imitator", [None, *IMITATORS])
def test_the_examination_can_be_read_and_tells_the_same_story(tmp_path, imitator):
    import tomli_w

    options = PatientOptions("late", imitator=imitator, seed=2)
    visit = plan_course(options).visits[0]
    seen = {side: SeenToday(12.0, 0.7, 0.9, 0.1) for side in options.affected}
    path = tmp_path / "exam.toml"
    path.write_text(tomli_w.dumps(exam_of(options, visit, seen)))
    read_exam(path, day=visit.day)
    wanted = "present" if imitator is None else "absent"
    assert exam_of(options, visit, seen)["examination"]["spasm"]["left"] == wanted


def test_the_record_of_an_operation_names_relief_only_where_no_spasm_is_seen():
    options = PatientOptions("established", seed=2, treatment="mvd")
    course = plan_course(options)
    quiet = treatments_of(options, course, SeenToday())
    busy = treatments_of(options, course, SeenToday(rate_per_min=4.0))
    assert quiet.operations[0].relief_day is not None
    assert busy.operations[0].relief_day is None
    assert person_of(options).birth_year < date.today().year - 20


def test_the_command_refuses_a_stage_that_does_not_exist(tmp_path):
    result = CliRunner().invoke(app, ["patient", str(tmp_path / "case"), "--stage", "fatal"])
    assert result.exit_code != 0
    assert not (tmp_path / "case").exists()
