"""A case with MRI: what is read, measured, reused, left out, decided, signed and told."""

import json
import shutil

import pytest
from imaging_cases import (
    FIRST,
    SECOND,
    add_mri,
    add_series,
    assessed,
    charted,
    checklist,
    conflict,
    decide,
    imaging_case,
    imaging_folder,
    without_seeds,
)
from made_cases import FakeMeasuring

from hemispasm import assessing
from hemispasm.assess import assess
from hemispasm.assessing import measure_case
from hemispasm.cli import main
from hemispasm.formats.case import read_case
from hemispasm.model import DecodeError, RefusedError, Side, UsageError
from hemispasm.model.case import Onset
from hemispasm.model.review import Decision
from hemispasm.reading import add_reading, find_place, make_side_reading
from hemispasm.results import latest_run
from hemispasm.review import Wish
from hemispasm.signing import sign
from hemispasm.simulate.mri.options import fusion_series

CONTACT = "imaging.vessel_contact:left:transition:aica:v1"


# --- what lies there ---


def test_a_visit_knows_its_series_and_what_belongs_to_them(tmp_path):
    case = imaging_case(tmp_path / "case")
    folder = imaging_folder(case)
    for name in ("02_ciss/IM1", "02_ciss/IM2.dcm", "tof.nii.gz", "tof.json", "seeds.json",
                 "readings.json", "mri.findings.json", "photo.jpg", "notes.txt",
                 ".hidden"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    (folder / "mri.findings.json").unlink()
    visit = read_case(case).visits[0]
    assert [p.name for p in visit.imaging.series] == ["IM1", "IM2.dcm", "tof.nii.gz"]
    assert [p.name for p in visit.imaging.beside] == ["tof.json"]
    assert visit.ignored == ("photo.jpg",)


def test_findings_of_another_program_alone_are_no_examination(tmp_path):
    case = imaging_case(tmp_path / "case")
    imaging_folder(case).mkdir()
    (imaging_folder(case) / "notes.txt").write_text("CD at the radiologist's")
    visit = read_case(case).visits[0]
    assert visit.imaging is None
    assert not visit.has_recordings


def test_a_real_folder_without_clicks_gets_classes_and_no_number(tmp_path):
    case = imaging_case(tmp_path / "case")
    without_seeds(add_mri(case))
    done = assess(case)
    document = done.findings.visits[0].recordings[0]
    classes = {f.side: f.value for f in document.findings if f.code == "imaging.assessability"}
    assert classes == {Side.LEFT: "C", Side.RIGHT: "C"}
    assert all(not isinstance(f.value, float) for f in document.findings)
    assert "class C" in done.report.read_text()
    assert (done.run / "views").is_dir()


# --- reuse ---


def test_an_examination_is_measured_once_until_series_or_clicks_change(mri_case, fake_imaging):
    add_reading(
        find_place(mri_case), reader="AB", side=Side.LEFT, seen=make_side_reading(contact="absent")
    )
    assess(mri_case)
    run = latest_run(read_case(mri_case))
    for change, asks in (
        (lambda: None, 0),
        ((imaging_folder(mri_case) / "readings.json").unlink, 0),
        (lambda: (imaging_folder(mri_case) / "notes.txt").write_text("by hand"), 0),
        (lambda: (imaging_folder(mri_case) / "seeds.json").write_text("{}"), 1),
        ((imaging_folder(mri_case) / "seeds.json").unlink, 0),
        (lambda: (imaging_folder(mri_case) / "ciss.json").write_text("{}"), 1),
        (lambda: add_series(mri_case, content=b"another"), 1),
    ):
        change()
        before = fake_imaging.asked
        assert measure_case(read_case(mri_case), run).reused == 1 - asks
        assert fake_imaging.asked - before == asks
    measure_case(read_case(mri_case), None)
    assert fake_imaging.asked == 5


def test_a_renamed_series_is_the_same_and_its_pictures_come_from_the_run(mri_case, fake_imaging):
    first = assess(mri_case)
    folder = imaging_folder(mri_case)
    (folder / "ciss.nii.gz").rename(folder / "cisternogram.nii.gz")
    again = assess(mri_case)
    assert fake_imaging.asked == 1
    assert again.measured.views == first.measured.views != {}
    assert again.findings == first.findings


def test_measuring_says_which_visit_it_is_at(mri_case, fake_imaging):
    seen = []
    assess(mri_case, progress=lambda label, *_: seen.append(label))
    assert seen == [f"{FIRST}, MRI"]


def test_pictures_changed_by_hand_are_refused_not_trusted(mri_case, fake_imaging):
    from hemispasm.model import IntegrityError

    run = assess(mri_case).run
    (next((run / "views").iterdir())).write_text("{}")
    with pytest.raises(IntegrityError):
        assess(mri_case)


def test_one_examination_in_two_visits_is_refused(tmp_path, fake_imaging):
    case = imaging_case(tmp_path / "case", days=(FIRST, SECOND))
    for day in (FIRST, SECOND):
        add_series(case, day)
    assessed_anyway = measure_case(read_case(case))
    assert [e.code for e in assessed_anyway.errors] == ["recording_twice"]
    assert len(assessed_anyway.recordings) == 1


# --- what cannot be read ---


def test_a_broken_folder_does_not_cost_the_video_and_is_named(tmp_path, monkeypatch, capsys):
    from made_cases import make_case

    fake = FakeMeasuring()
    monkeypatch.setattr(assessing, "measure_video_file", fake)
    monkeypatch.setattr(assessing, "asset_digest", lambda name: "0" * 64)
    case = make_case(tmp_path / "case")
    day = read_case(case).visits[0].day
    folder = case / "visits" / day.isoformat() / "imaging"
    folder.mkdir()
    (folder / "broken.nii").write_bytes(b"no volume")
    assert main(["assess", str(case), "--no-pictures"]) == 3
    said = capsys.readouterr()
    run = latest_run(read_case(case))
    visit = run.machine.visits[0]
    (failure,) = visit.failures
    assert failure.kind == "imaging"
    assert failure.cause
    assert "warning[" in said.err
    assert [d.recording.kind for d in visit.recordings] == ["video"]
    assert f"MRI of {day} is left out" in (run.path / "report.html").read_text()


def test_nothing_but_a_broken_folder_ends_with_its_error(mri_case):
    with pytest.raises(DecodeError):
        assess(mri_case)


def test_wrong_clicks_beside_an_examination_by_hand_lose_only_the_mri(mri_case, fake_imaging):
    fake_imaging.error = UsageError("bad_value", "seeds.json: left is right.", "Correct it.")
    with pytest.raises(UsageError):
        assess(mri_case)
    written = '[history]\nspasm = { left = "present" }\n'
    (mri_case / "visits" / FIRST.isoformat() / "exam.toml").write_text(written)
    done = assess(mri_case)
    assert [error.code for error in done.measured.errors] == ["bad_value"]
    assert done.plan.side.side is Side.LEFT
    assert "left is right" in done.report.read_text()


def test_several_examinations_in_one_folder_are_named_by_day_and_series(tmp_path):
    from hemispasm.imaging_of_case import measure_case_imaging
    from hemispasm.simulate.mri.options import MriOptions, SeriesPlan
    from hemispasm.simulated_mri import write_simulated_mri

    case = imaging_case(tmp_path / "case")
    imaging_folder(case).mkdir()
    plan = SeriesPlan(voxel_mm=(2.0, 2.0, 3.0), extent_mm=(30.0, 20.0, 18.0))
    for seed in (1, 2):
        made = imaging_folder(case) / f"cd{seed}"
        write_simulated_mri(made, MriOptions(series=(plan,)), seed, form="dicom")
        (made / "seeds.json").unlink()
    files = read_case(case).visits[0].imaging
    with pytest.raises(UsageError) as problem:
        measure_case_imaging(files, files.digest())
    assert problem.value.code == "several_examinations"
    assert problem.value.cause.count("series") == 2
    assert "cd1" not in problem.value.cause


def test_two_files_of_clicks_are_refused_until_one_counts(mri_case):
    from hemispasm.imaging_of_case import measure_case_imaging

    for name in ("a", "b"):
        (imaging_folder(mri_case) / name).mkdir()
        (imaging_folder(mri_case) / name / "seeds.json").write_text("{}")
    files = read_case(mri_case).visits[0].imaging
    with pytest.raises(UsageError) as problem:
        measure_case_imaging(files, "0" * 64)
    assert problem.value.code == "several_seeds"


# --- chart ---


def test_the_vessel_that_touches_enters_the_chart_of_its_side(mri_case, fake_imaging):
    assess(mri_case)
    assert charted(mri_case, "imaging.vessel_contact", Side.LEFT) == "present"
    assert charted(mri_case, "imaging.vessel_contact", Side.RIGHT) == "absent"
    assert charted(mri_case, "imaging.vessel_nerve_distance", Side.LEFT) == -0.1
    assert charted(mri_case, "imaging.study", None) in ("mri_high_resolution", "mra")


def test_a_vessel_that_could_not_be_judged_keeps_a_side_from_being_free(mri_case, fake_imaging):
    fake_imaging.findings = [
        *conflict(Side.LEFT, "absent", 0.01, mm=2.0),
        *conflict(Side.LEFT, "not_assessable", None, candidate="v2"),
        *conflict(
            Side.RIGHT,
            "not_assessable",
            0.4,
            mm=0.3,
            grades={"0": 0.4, "1": 0.6, "2": 0.0, "3": 0.0},
        ),
    ]
    assess(mri_case)
    for side in (Side.LEFT, Side.RIGHT):
        assert charted(mri_case, "imaging.vessel_contact", side) == "not_assessable"
    assert charted(mri_case, "imaging.conflict_grade", Side.RIGHT) is None


def test_a_class_that_waits_for_clicks_says_nothing_about_the_series(mri_case, fake_imaging):
    fake_imaging.findings = [
        assessed(Side.LEFT, "C", "seeds_unconfirmed: no reader has confirmed the clicks"),
        assessed(Side.RIGHT, "C", "voxel_too_large: 2.00 mm; limit 1.50"),
    ]
    assess(mri_case)
    assert charted(mri_case, "imaging.assessability", Side.LEFT) is None
    assert charted(mri_case, "imaging.assessability", Side.RIGHT) == "C"


# --- report, readings, signature ---


def test_the_report_shows_readings_beside_the_measurement_blinded_or_not(mri_case, fake_imaging):
    place = find_place(mri_case)
    for side, contact in ((Side.LEFT, "absent"), (Side.RIGHT, "present")):
        add_reading(place, reader="AB", side=side, seen=make_side_reading(contact=contact))
    seen = make_side_reading(contact="present", vessel="pica", note="seen after all")
    add_reading(place, reader="AB", side=Side.LEFT, seen=seen, blind=False)
    page = assess(mri_case).report.read_text()
    assert "Readings" in page
    assert "seen after all" in page
    assert "knowing the side" in page
    assert fake_imaging.asked == 1


def test_two_visits_are_compared_in_words_and_a_verdict_needs_intervals_apart(
    tmp_path, fake_imaging
):
    case = imaging_case(tmp_path / "case", days=(FIRST, SECOND))
    add_series(case, FIRST)
    add_series(case, SECOND, b"later")
    page = assess(case).report.read_text()
    assert "MRI at two visits side by side" in page
    assert "exclude each other" not in page
    fake_imaging.findings = [assessed(Side.LEFT), *conflict(Side.LEFT, "absent", 0.0, mm=1.4)]
    add_series(case, SECOND, b"later still")
    page = assess(case).report.read_text()
    assert "On the left the nearest vessel was measured farther from the nerve" in page
    assert "On the right the nearest" not in page


def test_unconfirmed_clicks_are_never_signed(mri_case, fake_imaging):
    fake_imaging.settings = {"seeds confirmed": False}
    fake_imaging.findings = [assessed(Side.LEFT, "C", "seeds_unconfirmed: nobody"), *checklist()]
    assess(mri_case)
    decide(mri_case, Wish("imaging.cpa_mass:left", Decision.ACCEPT))
    assess(mri_case)
    with pytest.raises(RefusedError) as problem:
        sign(mri_case, initials="AB", role="neuroradiologist")
    assert problem.value.code == "seeds_unconfirmed"


def test_a_reviewed_examination_is_signed_with_its_pictures(mri_case, fake_imaging):
    assess(mri_case)
    decide(mri_case, Wish(CONTACT, Decision.ACCEPT))
    assess(mri_case)
    page = sign(mri_case, initials="AB", role="neuroradiologist")
    assert "MRI" in page.read_text()
    assert "DRAFT" not in page.read_text().partition("</head>")[2][:4000]


def test_findings_of_mri_stand_in_the_table_and_in_json(mri_case, fake_imaging, tmp_path):
    assess(mri_case)
    out, table = tmp_path / "f.json", tmp_path / "t.csv"
    shutil.rmtree(mri_case / "results")
    assert main(["assess", str(mri_case), "--json", str(out), "--csv", str(table)]) == 0
    data = json.loads(out.read_text())
    codes = {f["code"] for f in data["visits"][0]["recordings"][0]["findings"]}
    assert "imaging.vessel_nerve_distance" in codes
    assert "imaging.conflict_grade" in table.read_text()


def test_the_letter_says_class_and_contact_in_words(mri_case, fake_imaging):
    letter = (assess(mri_case).run / "letters" / "referral_answer.html").read_text()
    assert "Assessability" in letter
    assert "Contact of vessel and nerve" in letter


def test_a_vessel_simulated_on_the_right_is_on_the_right_from_pixels_to_plan(tmp_path):
    case = imaging_case(tmp_path / "case", onset=Onset(side=Side.RIGHT))
    series = fusion_series((0.5, 0.5, 0.5), extent_mm=(38, 34, 28), offset_mm=(-22.0, 0.0, 0.0))
    add_mri(case, side=Side.RIGHT, distance_mm=1.2, series=series, sides=(Side.RIGHT,),
            form="dicom")  # fmt: skip
    done = assess(case)
    told = {(b.code, b.side): b.value for b in done.plan.mvd.imaging}
    assert told[("imaging.assessability", Side.RIGHT)] in ("A", "B")
    assert charted(case, "imaging.vessel_nerve_distance", Side.LEFT) is None
    found = [
        f.value
        for f in done.findings.visits[0].recordings[0].findings
        if f.code == "imaging.vessel_nerve_distance" and isinstance(f.value, float)
        if f.side is Side.RIGHT and f.extra("segment") == "transition"
    ]
    assert min(found) == pytest.approx(1.2, abs=0.3)
    views = done.measured.views[done.findings.visits[0].recordings[0].recording.sha256]
    pictured = {side["side"]: len(side["cuts"]) for side in views["sides"]}
    assert pictured["right"] > 0
    assert pictured.get("left", 0) == 0
