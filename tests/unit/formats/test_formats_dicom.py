"""DICOM series become volumes by their geometry; what is no regular volume is refused."""

import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from dicom_by_hand import enhanced, one_slice, series
from test_formats_nifti import ORIENTATIONS, brightest, spotted

from hemispasm.formats.dicom import read_dicom_folder, read_dicom_series
from hemispasm.formats.dicom_write import write_dicom_series
from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.model import DecodeError, RefusedError, UsageError
from hemispasm.model.imaging import Role, SequenceFacts, Volume
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

HEAD = Path(__file__).parents[4] / "shared/data/imaging/t1_head_dicom.zip"


def simulated(direction, **more):
    volume, place = spotted(direction)
    facts = SequenceFacts(modality="MR", acquired_3d=True, repetition_ms=6.0, echo_ms=2.6)
    return Volume(
        volume.array, volume.affine, role=Role.CISS, facts=facts, simulated=True, **more
    ), place


@pytest.mark.parametrize("direction", ORIENTATIONS)
def test_left_stays_left_in_all_orientations_as_simpleitk_sees_it(tmp_path, direction):
    volume, place = simulated(direction)
    write_dicom_series(tmp_path / "out", volume)
    back = read_dicom_series(tmp_path / "out")
    assert np.allclose(brightest(back), place, atol=1e-4)
    assert np.linalg.det(back.affine[:3, :3]) > 0
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "out")))
    image = reader.Execute()
    array = SimpleITK.GetArrayFromImage(image)
    at = np.unravel_index(array.argmax(), array.shape)[::-1]
    peer = image.TransformIndexToPhysicalPoint([int(v) for v in at])
    assert np.allclose(peer, place, atol=1e-4)


def test_a_written_series_says_that_it_is_simulated_and_names_nobody(tmp_path):
    volume, _ = simulated(np.eye(3), series_number=7)
    write_dicom_series(tmp_path / "out", volume)
    back = read_dicom_series(tmp_path / "out")
    assert back.simulated
    assert (back.role, back.series_number) == (Role.CISS, 7)
    assert back.facts.repetition_ms == 6.0
    header = pydicom.dcmread(next((tmp_path / "out").iterdir()))
    assert str(header.PatientName) == ""
    assert "SIMULATED" in header.ImageComments
    assert len(back.uids.instances) == volume.shape[2]


def test_a_volume_of_a_patient_is_never_written_anew(tmp_path):
    volume, _ = spotted(np.eye(3))
    with pytest.raises(RefusedError):
        write_dicom_series(tmp_path / "out", volume)
    assert not (tmp_path / "out").exists()


def test_slices_are_put_in_order_by_their_places_and_not_by_their_names(tmp_path):
    heights = [4.0, -2.0, 2.0, 0.0]
    folder = series(tmp_path / "s", heights, names=["a", "b", "c", "d"])
    volume = read_dicom_series(folder)
    assert volume.array[0, 0].tolist() == [-20, 0, 20, 40]
    assert volume.spacing_mm == pytest.approx((0.5, 1.0, 2.0))
    assert volume.origin_mm == (0.0, 0.0, -2.0)
    assert volume.shape == (8, 6, 4)


def test_an_enhanced_file_is_read_frame_by_frame_with_its_rescale(tmp_path):
    enhanced(tmp_path / "e.dcm", [6.0, 0.0, 3.0])
    volume = read_dicom_series(tmp_path / "e.dcm")
    assert volume.array[3, 2].tolist() == [1.0, 61.0, 121.0]
    assert volume.spacing_mm == pytest.approx((0.5, 1.0, 3.0))


def test_rescale_is_applied_slice_by_slice(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    for k, slope in enumerate((1.0, 2.0, 4.0)):
        data = one_slice(np.full((6, 8), 10), (0, 0, k), RescaleSlope=slope, RescaleIntercept=1)
        data.save_as(folder / str(k), enforce_file_format=True)
    assert read_dicom_series(folder).array[0, 0].tolist() == [11.0, 21.0, 41.0]


def test_packed_slices_are_read_even_where_they_are_empty(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    for k in range(3):
        pixels = np.full((256, 256), 0 if k == 0 else 7 * k, np.int16)
        data = one_slice(pixels, (0, 0, k))
        data.compress(pydicom.uid.RLELossless)
        data.save_as(folder / str(k), enforce_file_format=True)
    assert read_dicom_series(folder).array[5, 9].tolist() == [0, 7, 14]


def code_of(path, read=read_dicom_series):
    with pytest.raises((DecodeError, RefusedError, UsageError)) as caught:
        read(path)
    assert caught.value.cause.endswith(".")
    assert "Nobody" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("heights", "code"),
    [
        ([0.0, 2.0, 4.0, 8.0, 10.0], "missing_slices"),
        ([0.0, 2.0, 4.1, 6.0, 8.6], "irregular_slices"),
        ([0.0, 2.0, 2.0, 4.0], "mixed_series"),
        ([0.0, 0.0, 0.0], "mixed_series"),
        ([0.0], "not_a_volume"),
    ],
)
def test_slices_that_are_no_even_stack_are_refused(tmp_path, heights, code):
    assert code_of(series(tmp_path / "s", heights)) == code


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"PixelSpacing": [0.0, 0.5]}, "bad_spacing"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "no_geometry"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.3, 1, 0]}, "no_geometry"),
        ({"RescaleSlope": 0.0, "RescaleIntercept": 0.0}, "bad_rescale"),
        ({"RescaleSlope": 1e9, "RescaleIntercept": 0.0}, "bad_rescale"),
        ({"SamplesPerPixel": 3}, "not_a_volume"),
        ({"ImageType": ["DERIVED", "PRIMARY", "MIP"]}, "projection"),
        ({"Rows": 30000, "Columns": 30000}, "claims_too_much"),
    ],
)
def test_a_header_that_cannot_be_is_refused_in_one_sentence(tmp_path, wrong, code):
    assert code_of(series(tmp_path / "s", [0.0, 2.0, 4.0], **wrong)) == code


def test_pictures_of_two_directions_or_sizes_are_no_volume(tmp_path):
    folder = series(tmp_path / "s", [0.0, 2.0])
    one_slice(np.zeros((6, 8)), (0, 0, 4), turned=(0, 1, 0, 0, 0, -1)).save_as(
        folder / "x", enforce_file_format=True
    )
    assert code_of(folder) == "mixed_series"
    one_slice(np.zeros((6, 9)), (0, 0, 4)).save_as(folder / "x", enforce_file_format=True)
    assert code_of(folder) == "mixed_series"


def test_a_tilted_gantry_is_refused(tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    for k in range(4):
        one_slice(np.zeros((6, 8)), (0, 0.5 * k, 2.0 * k)).save_as(
            folder / str(k), enforce_file_format=True
        )
    assert code_of(folder) == "sheared_volume"


def test_two_patients_in_a_folder_are_refused(tmp_path):
    series(tmp_path / "s/a", [0.0, 2.0])
    series(tmp_path / "s/b", [0.0, 2.0], patient="B", series="1.2.4")
    assert code_of(tmp_path / "s", read_dicom_folder) == "two_patients"


def test_a_bad_series_does_not_spoil_the_good_one_beside_it(tmp_path):
    series(tmp_path / "s/good", [0.0, 2.0, 4.0])
    series(tmp_path / "s/bad", [0.0, 2.0, 9.0], series="1.2.4")
    (tmp_path / "s/readme.txt").write_text("nothing")
    found = read_dicom_folder(tmp_path / "s")
    assert len(found.volumes) == 1
    assert found.refused[0].error.code == "irregular_slices"
    assert code_of(tmp_path / "s") == "several_series"


def test_folders_without_an_image_are_named_as_such(tmp_path):
    (tmp_path / "x.txt").write_text("no image")
    (tmp_path / "cut.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\x00\x05")
    assert code_of(tmp_path) == "no_dicom"
    assert code_of(tmp_path / "absent") == "no_such_file"


def test_a_file_that_ends_within_its_pixels_is_refused(tmp_path):
    folder = series(tmp_path / "s", [0.0, 2.0, 4.0])
    file = folder / "001.dcm"
    file.write_bytes(file.read_bytes()[:-40])
    assert code_of(folder) in {"pixels_not_decoded", "claims_too_much"}


def test_sequences_nested_a_thousand_deep_end_in_one_sentence(tmp_path):
    folder = series(tmp_path / "s", [0.0, 2.0, 4.0])
    data = pydicom.dcmread(folder / "000.dcm")
    inner = b""
    for _ in range(1500):
        item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + inner + b"\xfe\xff\x0d\xe0\x00\x00\x00\x00"
        inner = (
            b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff" + item
            + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
        )  # fmt: skip
    data.save_as(folder / "000.dcm", enforce_file_format=True)
    whole = (folder / "000.dcm").read_bytes()
    place = whole.index(b"\x08\x00\x60\x00CS")
    (folder / "000.dcm").write_bytes(whole[:place] + inner + whole[place:])
    read = read_dicom_folder(folder)
    assert read.volumes[0].shape[2] in (2, 3)


def test_clicks_come_back_as_they_were_written(tmp_path):
    seed = Seed(side=Side.LEFT, kind=SeedKind.ROOT_EXIT, xyz_mm=(31.1, 1.0, -1.0))
    write_seeds(tmp_path / "seeds.json", Seeds(confirmed=True, seeds=(seed,)))
    back = read_seeds(tmp_path / "seeds.json")
    assert back.seeds == (seed,)
    assert back.confirmed
    (tmp_path / "seeds.json").write_text('{"frame": "RAS"}')
    with pytest.raises(UsageError):
        read_seeds(tmp_path / "seeds.json")


@pytest.mark.skipif(not HEAD.is_file(), reason="shared/data/imaging is not here")
def test_a_real_head_comes_in_as_simpleitk_reads_it(tmp_path):
    with zipfile.ZipFile(HEAD) as archive:
        archive.extractall(tmp_path / "t1")
    (volume,) = read_dicom_folder(tmp_path / "t1").volumes
    assert volume.role is Role.T1
    assert volume.spacing_mm == pytest.approx((0.7, 0.667, 0.667), abs=1e-3)
    folder = next(p for p in (tmp_path / "t1").rglob("*") if p.is_file()).parent
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    assert np.array_equal(SimpleITK.GetArrayFromImage(image).T, volume.array)
    assert np.allclose(image.GetOrigin(), volume.origin_mm, atol=1e-4)
    assert np.allclose(np.reshape(image.GetDirection(), (3, 3)), volume.direction, atol=1e-4)


def test_facts_tell_interpolated_from_acquired_voxels(tmp_path):
    folder = series(
        tmp_path / "s", [0.0, 2.0, 4.0], AcquisitionMatrix=[0, 4, 3, 0], SeriesDescription="ciss"
    )
    facts = read_dicom_series(folder).facts
    assert facts.acquired_voxel_mm == pytest.approx((1.0, 2.0, 2.0))
    assert facts.reconstructed_matrix == (8, 6)
