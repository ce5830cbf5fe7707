"""Results of an examination leave as they were measured: numbers, sides, places, and who signed."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from imaging_cases import add_mri, imaging_case, imaging_folder, unconfirmed
from known_measurement import known_side

from hemispasm import measuring_imaging
from hemispasm.archiving.export import export_dicom
from hemispasm.archiving.identity import Identity, fossa_box
from hemispasm.assess import assess
from hemispasm.cli import main
from hemispasm.formats.deidentify_crop import may_show_face
from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.measure.imaging import measure
from hemispasm.model import Side
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.signing import sign
from hemispasm.simulate.mri.options import fusion_series
from hemispasm.simulated_mri import read_mri_truth

pytest.importorskip("highdicom")

NAME, SECRET = "Muster^Anna", "PRIVATE-NOTE"
SERIES = fusion_series((0.6, 0.6, 1.0), extent_mm=(78.0, 34.0, 26.0))
WHO = Identity("P-0001", b"k" * 32)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Make a case whose series carry a name and a private note, measured as the phantom is."""
    folder = imaging_case(tmp_path_factory.mktemp("archive") / "case")
    mri = add_mri(folder, side=Side.RIGHT, other_mm=2.0, series=SERIES, form="dicom")
    truth = read_mri_truth(mri)
    _name_patient(mri)
    patch = pytest.MonkeyPatch()
    patch.setattr(measure, "measure_side", known_side(truth))
    study = measuring_imaging.read_imaging_study((mri,))
    yield folder, mri, measuring_imaging.measure_read_study(study).document
    patch.undo()


def _name_patient(mri: Path) -> None:
    for path in mri.rglob("*.dcm"):
        data = pydicom.dcmread(path)
        data.PatientName, data.PatientID, data.StudyDate = NAME, "MRN-Q7Z-4711", "20260302"
        block = data.private_block(0x0011, "SOMEBODY", create=True)
        block.add_new(0x01, "LO", SECRET)
        data.save_as(path)
    seeds = read_seeds(mri / "seeds.json")
    write_seeds(mri / "seeds.json", seeds.model_copy(update={"series_sha256": None}))


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def _numbers(node, name, found):
    """Gather the values of a named number with the side that its group states."""
    for item in node.get("ContentSequence", ()):
        label = (
            item.ConceptNameCodeSequence[0].CodeMeaning if "ConceptNameCodeSequence" in item else ""
        )
        if label == "Measurement Group":
            codes = [c.CodeMeaning for part in item.ContentSequence for c in _sites(part)]
            found += [
                (codes[0].lower(), float(part.MeasuredValueSequence[0].NumericValue))
                for part in item.ContentSequence
                if part.ValueType == "NUM" and part.ConceptNameCodeSequence[0].CodeMeaning == name
            ]
        else:
            _numbers(item, name, found)
    return found


def _sites(part):
    if part.ConceptNameCodeSequence[0].CodeMeaning != "Finding Site":
        return []
    return [child.ConceptCodeSequence[0] for child in part.get("ContentSequence", ())]


def test_results_are_new_series_of_the_same_study_and_drafts(case, tmp_path):
    folder, mri, _ = case
    before = _digests(folder)
    made = export_dicom(folder, tmp_path / "out", pictures=False)
    assert _digests(folder) == before
    assert made.files == ("report.dcm", "segmentation.dcm")
    assert not made.signed
    source = pydicom.dcmread(next(mri.rglob("*.dcm")))
    series = {pydicom.dcmread(p).SeriesInstanceUID for p in mri.rglob("*.dcm")}
    for name in made.files:
        data = pydicom.dcmread(made.folder / name)
        assert data.StudyInstanceUID == source.StudyInstanceUID
        assert data.SeriesInstanceUID not in series
        assert "DRAFT" in data.SeriesDescription
        assert str(data.PatientName) == NAME
    assert pydicom.dcmread(made.folder / "report.dcm").VerificationFlag == "UNVERIFIED"
    segments = pydicom.dcmread(made.folder / "segmentation.dcm")
    assert segments.FrameOfReferenceUID == source.FrameOfReferenceUID


def test_every_distance_stands_in_the_report_on_its_own_side(case, tmp_path):
    folder, _, document = case
    made = export_dicom(folder, tmp_path / "out", pictures=False)
    report = pydicom.dcmread(made.folder / "report.dcm")
    told = set(_numbers(report, "Distance", []))
    wanted = {
        (str(f.side), f.value)
        for f in document.findings
        if f.code == "imaging.vessel_nerve_distance" and f.value is not None
    }
    assert {side for side, _ in wanted} == {"left", "right"}
    assert told == wanted


def test_left_structures_lie_to_the_patients_left_in_segments_and_surfaces(case, tmp_path):
    folder, mri, _ = case
    made = export_dicom(folder, tmp_path / "out", meshes=("stl", "obj"), pictures=False)
    seeds = read_seeds(mri / "seeds.json")
    middle = float(np.mean([s.xyz_mm[0] for s in seeds.seeds]))
    segments = pydicom.dcmread(made.folder / "segmentation.dcm")
    labels = {s.SegmentNumber: s.SegmentLabel for s in segments.SegmentSequence}
    assert "left facial nerve (VII)" in labels.values()
    assert "right facial nerve (VII)" in labels.values()
    for frame, picture in zip(
        segments.PerFrameFunctionalGroupsSequence, segments.pixel_array, strict=True
    ):
        corner = frame.PlanePositionSequence[0].ImagePositionPatient
        shared = segments.SharedFunctionalGroupsSequence[0]
        across = shared.PlaneOrientationSequence[0].ImageOrientationPatient[:3]
        step = float(shared.PixelMeasuresSequence[0].PixelSpacing[1])
        columns = np.flatnonzero(picture.any(axis=0))
        x = float(corner[0]) + step * float(across[0]) * columns
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        assert np.all((x > middle) == labels[number].startswith("left"))
    text = (made.folder / "surfaces" / "structures.obj").read_text()
    for part in text.split("\no ")[1:]:
        x = np.array([float(line.split()[1]) for line in part.splitlines() if line[:2] == "v "])
        assert np.all((x > middle) == part.startswith("left"))
    assert (made.folder / "surfaces" / "left-facial-nerve-vii.stl").is_file()


def test_the_surfaces_lie_as_far_apart_as_the_report_says(case, tmp_path):
    from scipy.spatial import cKDTree

    folder, _, document = case
    made = export_dicom(folder, tmp_path / "out", meshes=("obj",), pictures=False)
    parts = {
        part.split("\n")[0]: np.array(
            [[float(v) for v in row.split()[1:]] for row in part.splitlines() if row[:2] == "v "]
        )
        for part in (made.folder / "surfaces" / "structures.obj").read_text().split("\no ")[1:]
    }
    far = [
        f
        for f in document.findings
        if f.code == "imaging.vessel_nerve_distance" and f.side is Side.LEFT and f.value is not None
    ]
    nearest = min(far, key=lambda f: f.value)
    vessel = next(
        v
        for name, v in parts.items()
        if name.endswith(nearest.extra("candidate")) and name.startswith("left")
    )
    apart = cKDTree(parts["left_facial_nerve_(VII)"]).query(vessel)[0].min()
    assert apart == pytest.approx(nearest.value, abs=0.25)


def test_key_pictures_name_side_and_draft_and_belong_to_one_series(case, tmp_path):
    made = export_dicom(case[0], tmp_path / "out")
    pictures = [pydicom.dcmread(made.folder / n) for n in made.files if n.startswith("key")]
    assert {p.Laterality if "Laterality" in p else p.ImageLaterality for p in pictures} == {
        "L",
        "R",
    }
    assert len({p.SeriesInstanceUID for p in pictures}) == 1
    assert all("DRAFT, not signed" in p.ImageComments for p in pictures)
    assert [p.InstanceNumber for p in pictures] == list(range(1, len(pictures) + 1))


def test_clicks_that_nobody_has_confirmed_send_nothing(case, tmp_path):
    folder, mri, _ = case
    kept = (mri / "seeds.json").read_bytes()
    unconfirmed(mri)
    try:
        code = main(["export", "dicom", str(folder), str(tmp_path / "out"), "--mesh", "stl"])
    finally:
        (mri / "seeds.json").write_bytes(kept)
    assert code == 5
    assert not (tmp_path / "out").exists()


def test_without_identity_no_file_knows_the_patient_and_references_hold(case, tmp_path):
    folder, mri, _ = case
    made = export_dicom(folder, tmp_path / "out", pictures=False, identity=WHO)
    old = set()
    for path in mri.rglob("*.dcm"):
        data = pydicom.dcmread(path, stop_before_pixels=True)
        old |= {data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID}
        old.add(data.FrameOfReferenceUID)
    held, mentioned = set(), set()
    for name in made.files:
        raw = (made.folder / name).read_bytes()
        for word in ("Muster", "MRN-Q7Z-4711", SECRET, "20260302", *old):
            assert word.encode() not in raw, (name, word)
        data = pydicom.dcmread(made.folder / name)
        assert data.PatientID == data.PatientName == "P-0001"
        held.add(data.SOPInstanceUID)
        mentioned |= {e.value for e in data.iterall() if e.keyword == "ReferencedSOPInstanceUID"}
        if data.Modality == "MR":
            assert not may_show_face(data)
            assert data.PatientIdentityRemoved == "YES"
    assert mentioned
    assert mentioned <= held
    assert any(note.startswith("cropped") for note in made.notes)


def test_the_same_secret_gives_the_same_new_uids_again(case, tmp_path):
    studies = []
    for name, key in (("a", b"k"), ("b", b"k"), ("c", b"x")):
        who = Identity("P-0001", key * 32)
        made = export_dicom(case[0], tmp_path / name, pictures=False, identity=who)
        studies.append(pydicom.dcmread(made.folder / "report.dcm").StudyInstanceUID)
    assert studies[0] == studies[1] != studies[2]


def test_the_crop_box_ends_before_the_face_and_holds_every_click(case):
    seeds = read_seeds(case[1] / "seeds.json")
    low, high = (np.array(corner) for corner in fossa_box(seeds))
    places = np.array([seed.xyz_mm for seed in seeds.seeds])
    assert np.all((places > low + 15) & (places < high - 15))
    assert places[:, 1].min() - low[1] < 30
    assert high[1] - low[1] < 100


def test_nifti_gives_surfaces_only_and_says_so(tmp_path, case):
    folder = imaging_case(tmp_path / "case")
    mri = add_mri(folder, series=SERIES)
    with pytest.raises(RefusedError) as caught:
        export_dicom(mri, tmp_path / "out")
    assert caught.value.code == "nifti_source"
    made = export_dicom(mri, tmp_path / "out", meshes=("gltf",))
    assert made.files == ("surfaces/structures.glb",)
    assert any(note.startswith("nifti_source") for note in made.notes)


def test_a_signed_case_sends_verified_results_and_an_unsigned_one_is_refused(case, tmp_path):
    folder = tmp_path / "case"
    shutil.copytree(case[0], folder)
    assess(folder)
    signed = {"run": "latest", "organisation": "Clinic", "pictures": False}
    with pytest.raises(RefusedError) as caught:
        export_dicom(folder, tmp_path / "out", **signed)
    assert caught.value.code == "not_signed"
    why = ["--initials", "AB", "--reason", "looked at the pictures"]
    assert main(["review", str(folder), "--accept", "all", *why]) == 0
    sign(folder, initials="AB", role="neuroradiologist")
    made = export_dicom(folder, tmp_path / "out", **signed)
    report = pydicom.dcmread(made.folder / "report.dcm")
    assert made.signed
    assert report.VerificationFlag == "VERIFIED"
    assert str(report.VerifyingObserverSequence[0].VerifyingObserverName) == "AB"
    with pytest.raises(UsageError):
        export_dicom(folder, tmp_path / "two", run="latest")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"visit": "2020-01-01"}, "no_imaging"),
        ({"seeds": "seeds.json"}, "seeds_of_case"),
        ({"meshes": ("vrml",)}, "unknown_mesh_form"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(case, tmp_path, more, code):
    with pytest.raises(UsageError) as caught:
        export_dicom(case[0], tmp_path / "out", **more)
    assert caught.value.code == code
    assert not list(tmp_path.iterdir())


def test_a_folder_that_exists_is_never_written_into(case, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(RefusedError) as caught:
        export_dicom(case[0], tmp_path / "out")
    assert caught.value.code == "already_written"
    assert imaging_folder(case[0]).is_dir()
