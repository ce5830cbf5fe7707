"""NIfTI in and out: left stays left, and what is broken is refused in one sentence."""

import gzip
import itertools
import json

import nibabel
import numpy as np
import pytest
import SimpleITK

from hemispasm.formats.nifti import read_nifti, write_nifti
from hemispasm.formats.orientation import ras_to_lps
from hemispasm.model import DecodeError, UsageError
from hemispasm.model.imaging import Role, SequenceFacts, Volume, lps_affine

# A bright spot to the patient's left, in front and above, and where it lies in LPS.
SPOT = np.array([6.0, -3.0, 4.0])


def all_orientations():
    """Return the 48 ways in which three axes can point along left, back and up."""
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            direction = np.zeros((3, 3))
            for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
                direction[world, axis] = sign
            yield direction


def spotted(direction, spacing=(1.0, 1.5, 2.0)):
    """Return a volume about the origin with one bright voxel at the spot."""
    spacing = np.array(spacing)
    shape = np.ceil(24.0 / spacing).astype(int)
    shape += shape % 2
    affine = lps_affine(spacing, (0, 0, 0), direction)
    affine[:3, 3] = -affine[:3, :3] @ ((shape - 1) / 2)
    volume = Volume(np.zeros(shape, np.int16), affine, role=Role.CISS)
    index = np.rint(volume.to_voxel([SPOT])[0]).astype(int)
    volume.array[tuple(index)] = 1000
    return volume, volume.to_patient([index])[0]


def brightest(volume):
    return volume.to_patient([np.unravel_index(volume.array.argmax(), volume.shape)])[0]


ORIENTATIONS = list(all_orientations())


@pytest.mark.parametrize("direction", ORIENTATIONS)
def test_left_stays_left_in_all_orientations_as_nibabel_and_simpleitk_see_it(tmp_path, direction):
    volume, place = spotted(direction)
    path = tmp_path / "spot.nii.gz"
    write_nifti(path, volume)
    assert np.allclose(brightest(read_nifti(path)), place, atol=1e-4)
    peer = nibabel.load(path)
    voxel = np.unravel_index(np.asarray(peer.dataobj).argmax(), peer.shape)
    ras = nibabel.affines.apply_affine(peer.affine, voxel)
    assert np.allclose(ras * [-1, -1, 1], place, atol=1e-4)
    image = SimpleITK.ReadImage(str(path))
    array = SimpleITK.GetArrayFromImage(image)
    at = np.unravel_index(array.argmax(), array.shape)[::-1]
    lps = image.TransformIndexToPhysicalPoint([int(v) for v in at])
    assert np.allclose(lps, place, atol=1e-4)


@pytest.mark.parametrize("direction", ORIENTATIONS[::5])
def test_files_of_nibabel_are_read_with_their_side(tmp_path, direction):
    volume, place = spotted(direction)
    path = tmp_path / "peer.nii"
    nibabel.save(nibabel.Nifti1Image(volume.array, ras_to_lps(volume.affine)), path)
    back = read_nifti(path)
    assert np.allclose(brightest(back), place, atol=1e-4)
    assert back.role is Role.UNKNOWN


def test_role_facts_and_the_mark_of_simulation_come_back(tmp_path):
    volume = Volume(
        np.full((4, 5, 6), -7, np.int16), lps_affine((0.5, 0.6, 0.7)), role=Role.TOF,
        facts=SequenceFacts(modality="MR", echo_ms=3.5), simulated=True,
    )  # fmt: skip
    write_nifti(tmp_path / "a.nii.gz", volume)
    back = read_nifti(tmp_path / "a.nii.gz")
    assert (back.role, back.role_confidence, back.simulated) == (Role.TOF, 1.0, True)
    assert back.facts == volume.facts
    assert back.array.dtype == np.int16
    assert np.array_equal(back.array, volume.array)
    (tmp_path / "a.json").unlink()
    assert read_nifti(tmp_path / "a.nii.gz").simulated


def test_a_bids_sidecar_says_how_it_was_acquired(tmp_path):
    volume, _ = spotted(np.eye(3))
    nibabel.save(nibabel.Nifti1Image(volume.array, volume.affine), tmp_path / "x.nii.gz")
    said = {"SeriesDescription": "t1_mprage", "EchoTime": 0.0025, "Modality": "MR", "Junk": [1]}
    (tmp_path / "x.json").write_text(json.dumps(said))
    back = read_nifti(tmp_path / "x.nii.gz")
    assert back.role is Role.T1
    assert back.facts.echo_ms == pytest.approx(2.5)


def test_scaled_voxels_are_read_as_they_are_meant(tmp_path):
    image = nibabel.Nifti1Image(np.arange(27, dtype=np.int16).reshape(3, 3, 3), np.eye(4))
    image.header.set_slope_inter(0.25, 10.0)
    image.header.set_data_dtype(np.int16)
    nibabel.save(image, tmp_path / "s.nii")
    back = read_nifti(tmp_path / "s.nii")
    assert back.array[0, 0].tolist() == [10.0, 10.25, 10.5]
    assert np.allclose(back.array, nibabel.load(tmp_path / "s.nii").get_fdata())


def raw_header(shape=(4, 4, 4), affine=None, **fields):
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
    header = image.header
    header.set_data_shape(shape)
    header.set_sform(np.eye(4) if affine is None else affine, code=fields.pop("sform_code", 1))
    header["qform_code"] = fields.pop("qform_code", 0)
    for name, value in fields.items():
        header[name] = value
    return header


def write_raw(path, header, voxels):
    data = header.binaryblock + b"\0" * 4 + voxels
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)


SHEARED = np.array([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
NOWHERE = np.diag([np.nan, 1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("name", "header", "voxels", "code"),
    [
        ("zero.nii", raw_header(affine=np.diag([1.0, 1.0, 0.0, 1.0])), 128, "bad_spacing"),
        ("nan.nii", raw_header(affine=NOWHERE), 128, "bad_spacing"),
        ("sheared.nii", raw_header(affine=SHEARED), 128, "sheared_volume"),
        ("sideless.nii", raw_header(sform_code=0), 128, "side_unknown"),
        ("flat.nii", raw_header(shape=(8, 8, 1)), 128, "not_a_volume"),
        ("film.nii", raw_header(shape=(4, 4, 4, 5)), 640, "not_a_volume"),
        ("huge.nii", raw_header(shape=(2000, 2000, 2000)), 128, "volume_too_large"),
        ("short.nii", raw_header(shape=(64, 64, 64)), 128, "claims_too_much"),
        ("bomb.nii.gz", raw_header(shape=(600, 600, 600)), 128, "claims_too_much"),
        ("colour.nii", raw_header(datatype=128, bitpix=24), 192, "not_a_volume"),
    ],
)
def test_a_broken_file_is_refused_before_its_voxels_are_loaded(
    tmp_path, name, header, voxels, code
):
    write_raw(tmp_path / name, header, b"\0" * voxels)
    with pytest.raises(DecodeError) as caught:
        read_nifti(tmp_path / name)
    assert caught.value.code == code
    assert name in caught.value.cause


def test_two_orientations_that_contradict_each_other_are_refused(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4))
    image.set_sform(np.diag([-1.0, 1.0, 1.0, 1.0]), code=1)
    image.set_qform(np.eye(4), code=1)
    nibabel.save(image, tmp_path / "two.nii")
    with pytest.raises(DecodeError, match="contradict"):
        read_nifti(tmp_path / "two.nii")


@pytest.mark.parametrize("content", [b"", b"not a volume at all", b"\0" * 400, b"\x1f\x8b" * 20])
def test_what_is_no_nifti_is_named_as_such(tmp_path, content):
    for name in ("x.nii", "x.nii.gz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DecodeError):
            read_nifti(tmp_path / name)


def test_a_packed_file_that_ends_early_is_refused(tmp_path):
    path = tmp_path / "cut.nii.gz"
    random = np.random.default_rng(0).integers(0, 999, (24, 24, 24)).astype(np.int16)
    write_nifti(path, Volume(random, lps_affine((1.0, 1.0, 1.0))))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(DecodeError, match="not a whole NIfTI"):
        read_nifti(path)


def test_a_name_that_is_no_nifti_name_is_not_written(tmp_path):
    with pytest.raises(UsageError, match="no NIfTI name"):
        write_nifti(tmp_path / "a.img", spotted(np.eye(3))[0])
    assert not list(tmp_path.iterdir())
