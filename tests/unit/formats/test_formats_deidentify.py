"""Exports hold no name, date or number of the patient, and every voxel where it was."""

import hashlib

import numpy as np
import pydicom
import pytest
from archived_study import archived, oblique, structures
from dicom_by_hand import one_slice
from test_formats_nifti import ORIENTATIONS

from hemispasm.formats.deidentify import deidentify_folder
from hemispasm.formats.dicom import read_dicom_series
from hemispasm.model import DecodeError, RefusedError, UsageError
from hemispasm.model.imaging import Role

KEY = b"a secret of at least sixteen bytes"
BOX = ((-8.0, -6.0, -9.0), (15.0, 7.0, 11.0))
SECRETS = (
    "Mustermann", "Erika", "MRN-77881", "19610203", "Dr. Geheim", "Clinic of Nowhere", "ACC-4711",
    "t2_ciss3d_Mustermann", "1.2.826.0.99",
)  # fmt: skip


def real(folder, **more):
    """Write slices of somebody, with identity in every corner that exports have leaked from."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(4):
        data = one_slice(np.full((6, 8), 7 * k, np.int16), (0.0, 0.0, 2.0 * k), patient="MRN-77881")
        data.PatientName, data.PatientBirthDate, data.PatientSex = (
            "Mustermann^Erika", "19610203", "F",
        )  # fmt: skip
        data.StudyDate = data.AcquisitionDate = "19610203"
        data.ReferringPhysicianName, data.InstitutionName = "Dr. Geheim", "Clinic of Nowhere"
        data.AccessionNumber = "ACC-4711"
        data.SeriesDescription = "t2_ciss3d_Mustermann"
        data.ImageComments = "Mustermann"
        data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.826.0.99.1", "1.2.826.0.99.2"
        data.FrameOfReferenceUID = "1.2.826.0.99.3"
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.99.4.{k}"
        data.add_new(0x60000010, "US", 4)
        data.add_new(0x60003000, "OW", b"Mustermann__")
        inner = pydicom.Dataset()
        inner.ReferencedSOPInstanceUID = "1.2.826.0.99.4.0"
        inner.PatientName = "Mustermann^Erika"
        data.SourceImageSequence = [inner]
        block = data.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0C, "IS", "800")
        block.add_new(0x0D, "LO", "Mustermann")
        data.private_block(0x0021, "OTHER", create=True).add_new(0x01, "DS", "3.25")
        for name, value in more.items():
            setattr(data, name, value)
        data.preamble = b"Mustermann".ljust(128)
        data.save_as(folder / f"Mustermann{k}.dcm", enforce_file_format=True)
    return folder


def exported(tmp_path, **more):
    made = deidentify_folder(tmp_path / "in", tmp_path / "out", pseudonym="P-1", key=KEY, **more)
    return made, [pydicom.dcmread(p) for p in sorted((tmp_path / "out").rglob("*.dcm"))]


def test_nothing_of_the_patient_is_in_any_byte_or_name(tmp_path):
    real(tmp_path / "in")
    before = {p: hashlib.sha256(p.read_bytes()).digest() for p in (tmp_path / "in").iterdir()}
    made, images = exported(tmp_path)
    assert made.files == len(images) == 4
    for path in (tmp_path / "out").rglob("*"):
        assert "Muster" not in str(path.relative_to(tmp_path))
        if path.is_file():
            data = path.read_bytes()
            assert [word for word in SECRETS if word.encode() in data] == []
    assert before == {
        p: hashlib.sha256(p.read_bytes()).digest() for p in (tmp_path / "in").iterdir()
    }
    for image in images:
        assert (image.PatientID, image.PatientIdentityRemoved) == ("P-1", "YES")
        assert image.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
        assert (image.StudyDate, image.PatientBirthDate) == ("", "")
        assert image.SeriesDescription == "ciss"


def test_private_elements_go_but_for_the_allowed_number(tmp_path):
    real(tmp_path / "in")
    _, images = exported(tmp_path)
    left = [e for e in images[0] if e.tag.is_private]
    assert [str(e.value) for e in left] == ["SIEMENS MR HEADER", "800"]
    deidentify_folder(
        tmp_path / "in", tmp_path / "none", pseudonym="P-1", key=KEY, private=frozenset()
    )
    bare = pydicom.dcmread(next((tmp_path / "none").rglob("*.dcm")))
    assert not [e for e in bare if e.tag.is_private]


def test_uids_change_together_and_references_still_point_to_their_image(tmp_path):
    real(tmp_path / "in")
    _, images = exported(tmp_path)
    assert len({i.SOPInstanceUID for i in images}) == 4
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        assert len({i[name].value for i in images}) == 1
    assert {i.SourceImageSequence[0].ReferencedSOPInstanceUID for i in images} == {
        images[0].SOPInstanceUID
    }
    again = deidentify_folder(tmp_path / "in", tmp_path / "b", pseudonym="P-1", key=KEY)
    other = deidentify_folder(tmp_path / "in", tmp_path / "c", pseudonym="P-1", key=KEY[::-1])
    uids = {
        name: {pydicom.dcmread(p).SOPInstanceUID for p in (tmp_path / name).rglob("*.dcm")}
        for name in ("out", "b", "c")
    }
    assert again.files == other.files == 4
    assert uids["out"] == uids["b"]
    assert not uids["out"] & uids["c"]


@pytest.mark.parametrize("direction", [*ORIENTATIONS[::9], oblique(ORIENTATIONS[0])])
def test_a_crop_leaves_every_voxel_where_it_is_in_the_patient(tmp_path, direction):
    source = archived(tmp_path / "in", direction, extent=60.0).volume
    exported(tmp_path, crop=BOX)
    back = read_dicom_series(tmp_path / "out")
    assert back.simulated
    assert back.role is Role.CISS
    assert np.prod(back.shape) < 0.5 * np.prod(source.shape)
    index = np.argwhere(np.ones(back.shape, bool))[::7]
    there = np.rint(source.to_voxel(back.to_patient(index))).astype(int)
    assert np.allclose(source.to_patient(there), back.to_patient(index), atol=1e-3)
    assert np.array_equal(back.array[tuple(index.T)], source.array[tuple(there.T)])
    inside = np.array([BOX[0], BOX[1], (0.0, 0.0, 0.0)])
    assert back.contains(inside, margin_mm=-2.1).all()


def test_a_head_from_front_to_back_is_warned_of_and_a_cropped_one_is_not(tmp_path):
    archived(tmp_path / "in", spacing=(5.0, 5.0, 5.0), extent=150.0)
    whole, _ = exported(tmp_path)
    assert any("face" in warning for warning in whole.warnings)
    small = deidentify_folder(
        tmp_path / "in", tmp_path / "b", pseudonym="P-1", key=KEY, crop=((-30,) * 3, (30,) * 3)
    )
    assert not any("face" in warning for warning in small.warnings)
    assert any("burned" in warning for warning in small.warnings)


def test_what_may_hold_words_in_its_pixels_is_left_out_and_said(tmp_path):
    real(tmp_path / "in")
    capture = "1.2.840.10008.5.1.4.1.1.7"
    real(tmp_path / "in" / "captures", SOPClassUID=capture)
    real(tmp_path / "in" / "burned", BurnedInAnnotation="YES")
    made, images = exported(tmp_path)
    assert (made.files, len(images), len(made.left_out)) == (4, 4, 2)
    assert not any("Muster" in said for said in made.left_out + made.warnings)


def test_a_damaged_file_is_left_out_and_said_and_the_others_go(tmp_path):
    real(tmp_path / "in")
    broken = tmp_path / "in" / "Mustermann0.dcm"
    data = pydicom.dcmread(broken)
    del data.SeriesInstanceUID
    data.save_as(broken)
    made, images = exported(tmp_path)
    assert (made.files, len(images)) == (3, 3)
    assert made.left_out == ("damaged files",)


def test_a_segmentation_of_ours_goes_with_its_series(tmp_path):
    pytest.importorskip("highdicom", reason="highdicom is not installed on this Python version")
    from hemispasm.formats.dicom_seg import build_segmentation

    source = archived(tmp_path / "in" / "mr")
    seg = build_segmentation(source, structures(source.volume))
    seg.save_as(tmp_path / "in" / "seg.dcm", enforce_file_format=True)
    _, images = exported(tmp_path)
    (moved,) = [i for i in images if i.Modality == "SEG"]
    pictures = [i for i in images if i.Modality == "MR"]
    assert {i.FrameOfReferenceUID for i in images} == {moved.FrameOfReferenceUID}
    assert moved.ReferencedSeriesSequence[0].SeriesInstanceUID == pictures[0].SeriesInstanceUID
    assert np.array_equal(moved.pixel_array, seg.pixel_array)
    assert [s.SegmentLabel for s in moved.SegmentSequence] == [
        s.SegmentLabel for s in seg.SegmentSequence
    ]
    assert seg.SeriesInstanceUID not in str(moved)


def test_two_patients_a_weak_key_and_a_telling_pseudonym_are_refused(tmp_path):
    real(tmp_path / "in")
    out = tmp_path / "out"
    for pseudonym, key, code in (
        ("P-1", b"short", "weak_key"),
        ("MRN-77881", KEY, "bad_pseudonym"),
        ("mustermann", KEY, "bad_pseudonym"),
        ("../up", KEY, "bad_pseudonym"),
        ("", KEY, "bad_pseudonym"),
    ):
        with pytest.raises(UsageError) as caught:
            deidentify_folder(tmp_path / "in", out, pseudonym=pseudonym, key=key)
        assert caught.value.code == code
        assert "77881" not in str(caught.value)
    far = ((500.0,) * 3, (510.0,) * 3)
    with pytest.raises(DecodeError) as caught:
        deidentify_folder(tmp_path / "in", out, pseudonym="P-1", key=KEY, crop=far)
    assert caught.value.code == "nothing_to_export"
    real(tmp_path / "in" / "b", PatientID="MRN-2")
    with pytest.raises(RefusedError) as caught:
        deidentify_folder(tmp_path / "in", out, pseudonym="P-1", key=KEY)
    assert caught.value.code == "two_patients"
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
