"""Folders of series in, findings of the right side out; without confirmed clicks no distance."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from typer.testing import CliRunner

from hemispasm.cli.measure import app
from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.measuring_imaging import measure_imaging_folder, read_imaging_study
from hemispasm.model import DecodeError, IntegrityError, UsageError
from hemispasm.model.imaging import Role, Segment, VesselName
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan, fusion_series
from hemispasm.simulated_mri import write_simulated_mri

DISTANCE = "imaging.vessel_nerve_distance"
SMALL = {"extent_mm": (34.0, 26.0, 22.0), "offset_mm": (22.0, 0.0, 0.0)}
COARSE = (
    SeriesPlan(voxel_mm=(1.0, 1.0, 1.0), **SMALL),
    SeriesPlan(Role.TOF, voxel_mm=(1.0, 1.0, 1.0), **SMALL),
)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A vessel 1 mm from the left nerve; only the left side is imaged and marked."""
    folder = tmp_path_factory.mktemp("left") / "imaging"
    series = fusion_series((0.5, 0.5, 0.5), extent_mm=(38, 34, 28), offset_mm=(22.0, 0, 0))
    conflict = Conflict(VesselName.AICA, Segment.TRANSITION, 1.0)
    options = MriOptions(
        side=Side.LEFT, conflict=conflict, sides=(Side.LEFT,), series=series, seed_jitter_mm=0.5
    )
    write_simulated_mri(folder, options, 21)
    return folder


@pytest.fixture(scope="module")
def document(session):
    return measure_imaging_folder(session)


@pytest.fixture(scope="module")
def coarse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coarse") / "imaging"
    write_simulated_mri(folder, MriOptions(series=COARSE, sides=(Side.LEFT,)), 5, form="nifti")
    return folder


def numbers(document):
    return [f for f in document.findings if f.code == DISTANCE and f.value is not None]


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_vessel_at_the_left_nerve_is_reported_on_the_left_and_nowhere_else(document):
    found = numbers(document)
    assert {f.side for f in found} == {Side.LEFT}
    assert min(f.value for f in found) == pytest.approx(1.0, abs=0.25)
    assert all(f.interval[0] <= f.value <= f.interval[1] for f in found)
    assert document.find("imaging.assessability", Side.RIGHT).value == "C"
    assert document.find(DISTANCE, Side.RIGHT).value is None
    assert any("mark_ends" in step for step in document.quality.next_steps)


def test_the_document_names_the_study_by_content_and_says_what_made_it(document, session):
    assert document.recording.kind == "imaging"
    assert document.recording.simulated
    made = document.provenance
    assert made.hemispasm != "unknown"
    assert made.created
    assert made.settings["seeds confirmed"] is True
    assert len(made.settings["seeds_sha256"]) == 64
    assert str(session) not in document.model_dump_json()


def test_findings_of_one_document_have_keys_of_their_own(document):
    keys = [finding.key for finding in document.findings]
    assert len(set(keys)) == len(keys)
    nearest = min(numbers(document), key=lambda f: f.value)
    assert nearest.key == f"{DISTANCE}:left:transition:aica:v1"
    assert document.find("imaging.assessability", Side.LEFT).key == "imaging.assessability:left"


def test_the_same_clicks_on_the_other_side_move_no_finding_of_this_side(session, tmp_path):
    seeds = read_seeds(session / "seeds.json")
    moved = tuple(
        s.model_copy(update={"side": Side.RIGHT, "xyz_mm": (-s.xyz_mm[0], *s.xyz_mm[1:])})
        for s in seeds.seeds
    )
    other = seeds.model_copy(update={"seeds": moved})
    document = measure_imaging_folder(session, seeds=other)
    assert not numbers(document)
    assert "outside" in document.find("imaging.assessability", Side.RIGHT).reason
    assert "ends_unmarked" in document.find("imaging.assessability", Side.LEFT).reason


@pytest.mark.parametrize("clicks", ["none", "unconfirmed"])
def test_without_confirmed_clicks_the_command_ends_well_and_prints_no_distance(
    clicks, coarse, tmp_path
):
    seeds = read_seeds(coarse / "seeds.json").model_copy(update={"confirmed": False})
    if clicks == "none":
        seeds = seeds.model_copy(update={"seeds": ()})
    write_seeds(tmp_path / "seeds.json", seeds)
    words = ["imaging", str(coarse), "--json", "-", "--seeds", str(tmp_path / "seeds.json")]
    told = said(CliRunner().invoke(app, words))
    grades = [f for f in told["findings"] if f["code"] == "imaging.assessability"]
    assert [(f["side"], f["value"]) for f in grades] == [("left", "C"), ("right", "C")]
    assert all(f["reason"] for f in grades)
    assert all(f["value"] is None for f in told["findings"] if f["code"] == DISTANCE)
    wanted = "mark_ends" if clicks == "none" else "confirm_seeds"
    assert any(step.startswith(wanted) for step in told["quality"]["next_steps"])
    assert CliRunner().invoke(app, [*words, "--strict"]).exit_code == 1


def test_a_short_table_says_the_class_of_both_sides(coarse, tmp_path):
    write_seeds(tmp_path / "none.json", read_seeds(coarse / "seeds.json").model_copy(
        update={"seeds": ()}))  # fmt: skip
    words = ["imaging", str(coarse), "--seeds", str(tmp_path / "none.json")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    assert result.stdout.count("Assessability") == 2
    assert "not_assessable" in result.stdout
    assert " mm " not in result.stdout.split("Grade:")[0]


def test_clicks_are_found_in_the_folder_and_beside_the_files_of_a_study(coarse):
    files = sorted(coarse.glob("*.nii.gz"))
    clicks = read_seeds(coarse / "seeds.json")
    for paths in ([coarse], files):
        study = read_imaging_study(paths)
        assert study.seeds == clicks
        assert [v.role for v in study.volumes] == [Role.CISS, Role.TOF]


def test_clicks_of_another_series_are_refused(coarse):
    clicks = read_seeds(coarse / "seeds.json")
    alien = clicks.model_copy(update={"series_sha256": "0" * 64})
    with pytest.raises(IntegrityError):
        measure_imaging_folder(coarse, seeds=alien)


def test_series_of_two_examinations_are_not_mixed(tmp_path):
    plan = SeriesPlan(voxel_mm=(1.5, 1.5, 1.5), **SMALL)
    for seed in (1, 2):
        options = MriOptions(series=(plan,), sides=(Side.LEFT,))
        write_simulated_mri(tmp_path / f"s{seed}", options, seed)
    folders = [tmp_path / "s1/02_ciss", tmp_path / "s2/02_ciss"]
    with pytest.raises(UsageError) as refused:
        measure_imaging_folder(folders, seeds=read_seeds(tmp_path / "s1/seeds.json"))
    assert refused.value.code == "several_examinations"


def test_what_cannot_be_decoded_ends_with_one_sentence(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/a.txt").write_text("no image")
    with zipfile.ZipFile(tmp_path / "head.zip", "w") as archive:
        archive.writestr("a.dcm", b"x")
    (tmp_path / "half.nii.gz").write_bytes(b"\x1f\x8b half")
    for name, code in (
        ("notes", "no_dicom"),
        ("head.zip", "zip_packed"),
        ("half.nii.gz", "not_a_nifti"),
    ):
        with pytest.raises(DecodeError) as fault:
            measure_imaging_folder(tmp_path / name)
        assert fault.value.code == code
        assert fault.value.exit_code == 3
    with pytest.raises(DecodeError, match="Unpack"):
        measure_imaging_folder(tmp_path / "head.zip")


def test_a_broken_series_is_named_and_the_others_are_measured(coarse, tmp_path):
    folder = tmp_path / "imaging"
    shutil.copytree(coarse, folder)
    (folder / "09_flair.nii.gz").write_bytes(b"\x1f\x8b half")
    study = read_imaging_study([folder])
    assert len(study.volumes) == 2
    assert any(n.startswith("series_left_out: 09_flair.nii.gz") for n in study.notes)


def test_the_command_overwrites_neither_clicks_nor_series(coarse):
    before = (coarse / "seeds.json").read_bytes()
    for name in ("seeds.json", "02_ciss.json"):
        result = CliRunner().invoke(app, ["imaging", str(coarse), "--json", str(coarse / name)])
        assert isinstance(result.exception, UsageError)
    assert (coarse / "seeds.json").read_bytes() == before


def test_a_series_in_another_frame_is_not_measured_with_these_clicks(session):
    from dataclasses import replace

    from hemispasm.measuring_imaging import _one_frame

    ciss, tof = read_imaging_study([session]).volumes
    apart = replace(tof, uids=tof.uids.model_copy(update={"frame_of_reference": "1.2.3"}))
    kept, notes = _one_frame((ciss, apart))
    assert [v.role for v in kept] == [Role.CISS]
    assert notes[0].startswith("other_frame")
    assert np.array_equal(_one_frame((ciss, tof))[0][1].array, tof.array)
