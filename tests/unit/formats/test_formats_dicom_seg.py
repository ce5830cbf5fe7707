"""Segmentations land where the masks were, on the side they were on, in the same study."""

import dataclasses
import hashlib
import itertools
import sys

import numpy as np
import pydicom
import pytest
from archived_study import LEFT_NERVE, archived, ball, oblique, structures
from test_formats_nifti import ORIENTATIONS

from hemispasm.formats.dicom_seg import Structure, build_segmentation
from hemispasm.formats.dicom_seg_source import Signature, read_source, write_objects
from hemispasm.model import IntegrityError, RefusedError, UsageError
from hemispasm.model.imaging import Nerve, SourceUids, VesselName
from hemispasm.model.side import Side

pytest.importorskip("highdicom", reason="highdicom is not installed on this Python version")

LEFT, RIGHT = "7771000", "24028007"


def points_by_segment(data):
    """Return LPS centres of the voxels of each segment, read by hand from the object's header."""
    shared = data.SharedFunctionalGroupsSequence[0]
    row, column = np.array(
        shared.PlaneOrientationSequence[0].ImageOrientationPatient, float
    ).reshape(2, 3)
    down, along = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    found = {}
    for frame, groups in zip(
        data.pixel_array.reshape(-1, data.Rows, data.Columns),
        data.PerFrameFunctionalGroupsSequence,
        strict=True,
    ):
        number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        place = np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        r, c = np.nonzero(frame)
        found.setdefault(number, []).append(
            place + np.outer(c, row * along) + np.outer(r, column * down)
        )
    return {number: np.concatenate(parts) for number, parts in found.items()}


def in_order(points):
    return points[np.lexsort(np.round(points, 3).T)]


@pytest.mark.parametrize("direction", [*ORIENTATIONS[::5], *map(oblique, ORIENTATIONS[::11])])
def test_every_voxel_lands_at_the_place_and_on_the_side_of_its_mask(tmp_path, direction):
    source = archived(tmp_path / "in", direction)
    made = structures(source.volume)
    write_objects(tmp_path / "out", {"seg": build_segmentation(source, made)})
    back = pydicom.dcmread(tmp_path / "out" / "seg.dcm")
    points = points_by_segment(back)
    for described, structure in zip(back.SegmentSequence, made, strict=True):
        meant = source.volume.to_patient(np.argwhere(structure.mask))
        got = points[described.SegmentNumber]
        assert np.allclose(in_order(got), in_order(meant), atol=1e-3)
        kind = described.SegmentedPropertyTypeCodeSequence[0]
        side = kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeValue
        assert side == {Side.LEFT: LEFT, Side.RIGHT: RIGHT}[structure.side]
        # The code of the side agrees with where the voxels lie: left is at positive x.
        assert (side == LEFT) == (got[:, 0].mean() > 0)
        assert described.SegmentLabel.startswith(str(structure.side))
        assert described.TrackingID == described.SegmentLabel


def test_it_is_a_new_series_of_the_same_study_in_the_same_frame(tmp_path):
    source = archived(tmp_path / "in")
    before = {p: hashlib.sha256(p.read_bytes()).digest() for p in (tmp_path / "in").iterdir()}
    write_objects(tmp_path / "out", {"seg": build_segmentation(source, structures(source.volume))})
    back = pydicom.dcmread(tmp_path / "out" / "seg.dcm")
    uids = source.volume.uids
    assert back.StudyInstanceUID == uids.study
    assert back.FrameOfReferenceUID == uids.frame_of_reference
    assert back.SeriesInstanceUID != uids.series
    assert back.PatientID == source.headers[0].PatientID
    referenced = back.ReferencedSeriesSequence[0]
    assert referenced.SeriesInstanceUID == uids.series
    assert {i.ReferencedSOPInstanceUID for i in referenced.ReferencedInstanceSequence} <= set(
        uids.instances
    )
    codes = [s.SegmentedPropertyTypeCodeSequence[0] for s in back.SegmentSequence]
    assert [c.CodeValue for c in codes] == [
        "56052001", "8598002", "51114001", "56052001", "85234005",
    ]  # fmt: skip
    assert {c.CodingSchemeDesignator for c in codes} == {"SCT"}
    tracked = [s.TrackingUID for s in back.SegmentSequence]
    assert len(set(tracked)) == len(tracked)
    assert before == {
        p: hashlib.sha256(p.read_bytes()).digest() for p in (tmp_path / "in").iterdir()
    }


def test_it_says_draft_until_somebody_has_signed(tmp_path):
    source = archived(tmp_path / "in")
    made = structures(source.volume)
    draft = build_segmentation(source, made)
    signed = build_segmentation(source, made, signature=Signature("Reader^A", "Clinic"))
    assert "DRAFT" in draft.SeriesDescription
    assert "DRAFT" in draft.ContentDescription
    assert "DRAFT" not in signed.SeriesDescription + signed.ContentDescription
    assert "not a medical device" in signed.ContentDescription
    assert "SIMULATED" in signed.SeriesDescription


def refused(source, made):
    with pytest.raises((RefusedError, UsageError)) as caught:
        build_segmentation(source, made)
    return caught.value.code


def test_what_would_come_back_wrong_is_refused_in_one_sentence(tmp_path):
    source = archived(tmp_path / "in")
    volume = source.volume
    nerve = ball(volume, LEFT_NERVE)
    empty = np.zeros(volume.shape, bool)
    assert refused(source, []) == "empty_mask"
    assert refused(source, [Structure(Nerve.VII, Side.LEFT, empty)]) == "empty_mask"
    assert refused(source, [Structure(Nerve.VII, None, nerve)]) == "structure_without_side"
    assert refused(source, [Structure(Nerve.VII, Side.BOTH, nerve)]) == "structure_without_side"
    assert refused(source, [Structure(VesselName.VA, None, nerve)]) == "structure_without_side"
    assert refused(source, [Structure(Nerve.VII, Side.LEFT, nerve[1:])]) == "mask_of_other_grid"
    assert refused(source, [Structure(Nerve.VII, Side.LEFT, nerve * 1)]) == "mask_of_other_grid"
    assert refused(source, [Structure(Nerve.VII, Side.LEFT, nerve)] * 2) == "structure_twice"
    swapped = [
        dataclasses.replace(s, side=Side.RIGHT if s.side is Side.LEFT else Side.LEFT)
        for s in structures(volume)
    ]
    assert refused(source, swapped) == "sides_crossed"
    midline = [Structure(VesselName.BA, None, ball(volume, (0.0, 0.0, 0.0)))]
    assert build_segmentation(source, midline).SegmentSequence[0].SegmentLabel == "basilar artery"


def test_a_series_without_a_place_in_the_archive_is_refused(tmp_path):
    source = archived(tmp_path / "in")
    loose = dataclasses.replace(source.volume, uids=SourceUids())
    with pytest.raises(UsageError) as caught:
        read_source(tmp_path / "in", loose)
    assert caught.value.code == "series_without_uids"
    next((tmp_path / "in").iterdir()).unlink()
    with pytest.raises(UsageError) as caught:
        read_source(tmp_path / "in", source.volume)
    assert caught.value.code == "source_not_found"


def test_files_that_lie_elsewhere_than_the_volume_are_refused(tmp_path):
    source = archived(tmp_path / "in")
    affine = source.volume.affine.copy()
    affine[0, 3] += 0.5
    with pytest.raises(IntegrityError) as caught:
        read_source(tmp_path / "in", dataclasses.replace(source.volume, affine=affine))
    assert caught.value.code == "source_moved"


def test_without_highdicom_one_sentence_says_which_python_has_it(tmp_path, monkeypatch):
    source = archived(tmp_path / "in")
    for name in [n for n in sys.modules if n.split(".")[0] == "highdicom"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(UsageError, match=r"3\.13") as caught:
        build_segmentation(source, structures(source.volume))
    assert caught.value.code == "no_highdicom"


def test_a_failure_on_the_way_leaves_nothing_half_written(tmp_path):
    source = archived(tmp_path / "in")
    made = build_segmentation(source, structures(source.volume))
    broken = pydicom.Dataset()
    with pytest.raises((AttributeError, ValueError)):
        write_objects(tmp_path / "out", {"seg": made, "sr": broken})
    assert [p.name for p in itertools.islice(tmp_path.iterdir(), 9)] == ["in"]
