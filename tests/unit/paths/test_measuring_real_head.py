"""A real T1 head: it shows the course of the nerves, and never carries a distance."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from hemispasm.measuring_imaging import measure_read_study, read_imaging_study
from hemispasm.model.imaging import ImagingStudy, Nerve, Role
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

HEAD = Path(__file__).parents[4] / "shared/data/imaging/t1_head_dicom.zip"
pytestmark = pytest.mark.skipif(not HEAD.is_file(), reason="shared/data/imaging is not here")

# Read off axial pictures by eye: columns, rows, slices.
BY_EYE = {
    (Nerve.VII, Side.LEFT): ((147, 214, 172), (182, 210, 172)),
    (Nerve.VIII, Side.LEFT): ((150, 218, 171), (183, 214, 170)),
    (Nerve.VII, Side.RIGHT): ((117, 214, 172), (87, 207, 172)),
    (Nerve.VIII, Side.RIGHT): ((114, 218, 171), (87, 210, 170)),
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("head")
    with zipfile.ZipFile(HEAD) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def study(unpacked):
    return read_imaging_study([unpacked])


def clicks(volume):
    found = []
    for (nerve, side), ends in BY_EYE.items():
        for kind, ijk in zip((SeedKind.ROOT_EXIT, SeedKind.PORUS), ends, strict=True):
            place = tuple(float(v) for v in volume.to_patient([ijk])[0])
            found.append(Seed(nerve=nerve, side=side, kind=kind, xyz_mm=place))
    return Seeds(confirmed=True, seeds=tuple(found))


@pytest.fixture(scope="module")
def measured(study):
    seeds = clicks(study.volumes[0])
    return measure_read_study(ImagingStudy(study.volumes, seeds, study.notes))


def test_every_slice_lies_where_its_file_says(unpacked, study):
    import pydicom

    (volume,) = study.volumes
    assert volume.role is Role.T1
    assert not volume.simulated
    files = sorted(p for p in unpacked.rglob("*") if p.is_file())
    for file in files[:: len(files) // 4]:
        raw = pydicom.dcmread(file)
        i, j, k = volume.to_voxel([[float(v) for v in raw.ImagePositionPatient]])[0]
        assert (i, j) == pytest.approx((0.0, 0.0), abs=0.02)
        assert np.array_equal(volume.array[:, :, round(k)], raw.pixel_array.T)
    left, back, up = volume.direction.T
    assert left[0] > 0.9
    assert back[1] > 0.9
    assert up[2] > 0.9


def test_without_clicks_it_is_class_c_and_says_what_to_order(study):
    document = measure_read_study(study).document
    for side in (Side.LEFT, Side.RIGHT):
        finding = document.find("imaging.assessability", side)
        assert finding.value == "C"
        assert "no_cisternogram" in finding.reason
    steps = " ".join(document.quality.next_steps)
    assert "order_cisternogram" in steps
    assert "order_angiogram" in steps
    assert "mark_ends" in steps


def test_clicks_by_hand_give_courses_on_their_sides_and_no_distance(measured):
    for side in measured.sides:
        assert side.assessability.grade == "C"
        assert side.assessability.allowed == ("nerve_course",)
        assert [track.nerve for track in side.nerves] == [Nerve.VII, Nerve.VIII]
        seventh = side.nerves[0]
        straight = float(np.linalg.norm(seventh.points_mm[-1] - seventh.points_mm[0]))
        assert straight > 18.0
        assert seventh.arc_mm[-1] < 1.6 * straight
        assert np.all((seventh.points_mm[:, 0] > 0) == (side.side is Side.LEFT))
        assert not side.vessels
        assert not side.conflicts
    told = measured.document
    assert told.quality.grade == "not_assessable"
    assert not [
        f for f in told.findings if f.unit == "mm" and (f.value, f.interval) != (None, None)
    ]
    assert not [f for f in told.findings if f.extra("p_contact") is not None]
    assert told.find("imaging.demyelination").value == "not_assessable"


def test_the_courses_follow_bright_lines_of_the_picture(study, measured):
    volume = study.volumes[0]
    for side in measured.sides:
        points = side.nerves[0].points_mm[8:-8]
        on = volume.array[tuple(np.rint(volume.to_voxel(points)).astype(int).T)]
        in_front = volume.array[
            tuple(np.rint(volume.to_voxel(points - [0.0, 6.0, 0.0])).astype(int).T)
        ]
        assert np.median(on) > 1.5 * np.median(in_front)
