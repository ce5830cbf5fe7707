"""Structured reports read back by plain pydicom: identical numbers, side, places; never signed."""

import dataclasses
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from archived_study import (
    DISTANCE,
    INTERVAL,
    archived,
    conflict,
    document,
    finding,
    nearest,
    oblique,
    structures,
)
from test_formats_nifti import ORIENTATIONS

from hemispasm.formats.dicom_seg import build_segmentation
from hemispasm.formats.dicom_seg_source import Signature, write_objects
from hemispasm.formats.dicom_sr import build_report
from hemispasm.model import RefusedError
from hemispasm.model.side import Side

pytest.importorskip("highdicom", reason="highdicom is not installed on this Python version")

SIDES = {"7771000": Side.LEFT, "24028007": Side.RIGHT}
DISTANCE_CODE, LENGTH_CODE = "121206", "410668003"


def written(folder, source, **more):
    made = structures(source.volume)
    seg = build_segmentation(source, made, signature=more.get("signature"))
    more.setdefault("points", nearest())
    report = build_report(source, more.pop("findings", document()), made, seg, **more)
    write_objects(folder, {"seg": seg, "sr": report})
    return pydicom.dcmread(folder / "seg.dcm"), pydicom.dcmread(folder / "sr.dcm")


def children(item, code=None):
    found = item.get("ContentSequence", [])
    return [
        i for i in found
        if code is None or (i.get("ConceptNameCodeSequence")
                            and i.ConceptNameCodeSequence[0].CodeValue == code)
    ]  # fmt: skip


def only(item, code):
    (found,) = children(item, code)
    return found


def concept(item):
    return item.ConceptCodeSequence[0]


def groups(report):
    """Return the volumetric groups: those that refer to a segment."""
    all_groups = children(only(report, "126010"), "125007")
    return [g for g in all_groups if segments(g)]


def segments(group):
    return [
        i.ReferencedSOPSequence[0].ReferencedSegmentNumber
        for i in children(group)
        if i.ValueType == "IMAGE" and "ReferencedSegmentNumber" in i.ReferencedSOPSequence[0]
    ]


def line_of(report, group):
    """Return the distance that stands with its line, in the group of the same tracking UID."""
    uid = only(group, "112040").UID
    (found,) = [
        g for g in children(only(report, "126010"), "125007")
        if uid == only(g, "112040").UID and not segments(g)
    ]  # fmt: skip
    assert side_of(found) == side_of(group)
    return only(found, DISTANCE_CODE)


def side_of(group):
    return SIDES[concept(only(only(group, "363698007"), "272741003")).CodeValue]


def number(item):
    return item.MeasuredValueSequence[0].FloatingPointValue


def places(measured):
    """Return the SCOORD3D item of a measurement."""
    (line,) = [i for i in children(measured) if i.ValueType == "SCOORD3D"]
    return line


@pytest.mark.parametrize("direction", [*ORIENTATIONS[::7], *map(oblique, ORIENTATIONS[3::13])])
def test_numbers_side_and_place_come_back_as_they_were(tmp_path, direction):
    source = archived(tmp_path / "in", direction)
    seg, report = written(tmp_path / "out", source)
    found = groups(report)
    assert [side_of(g) for g in found] == [Side.LEFT, Side.RIGHT]
    for group, near, length in zip(found, nearest(), (1.37, 0.0), strict=True):
        side = side_of(group)
        measured = only(group, DISTANCE_CODE)
        assert number(measured) == DISTANCE[side]
        assert measured.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "mm"
        above, below = (only(measured, code) for code in ("371886008", "371885007"))
        low, high = INTERVAL[side]
        assert number(measured) + number(above) == pytest.approx(high, abs=1e-12)
        assert number(measured) - number(below) == pytest.approx(low, abs=1e-12)
        said = [i.TextValue for i in children(measured, "111002")]
        assert f"interval {low!r} to {high!r} mm at level 0.95" in said
        assert number(only(group, LENGTH_CODE)) == length
        again = line_of(report, group)
        assert number(again) == number(measured)
        line = places(again)
        assert (line.GraphicType, line.ReferencedFrameOfReferenceUID) == (
            "POLYLINE",
            source.volume.uids.frame_of_reference,
        )
        meant = [near.nerve_xyz_mm, near.vessel_xyz_mm]
        assert np.allclose(np.reshape(line.GraphicData, (2, 3)), meant, atol=1e-5)
        # The side that is said is the side where the line lies, and where the segment lies.
        assert (side is Side.LEFT) == (line.GraphicData[0] > 0)
        (image,) = [
            i for i in children(group)
            if i.ValueType == "IMAGE" and "ReferencedSegmentNumber" in i.ReferencedSOPSequence[0]
        ]  # fmt: skip
        referenced = image.ReferencedSOPSequence[0]
        assert referenced.ReferencedSOPInstanceUID == seg.SOPInstanceUID
        segment = seg.SegmentSequence[referenced.ReferencedSegmentNumber - 1]
        assert segment.SegmentLabel.startswith(f"{side} ")
        assert str(side) in only(group, "112039").TextValue


def test_swapped_sides_come_back_swapped_or_not_at_all(tmp_path):
    source = archived(tmp_path / "in")
    left, right = nearest()
    crossed = dataclasses.replace(left, nerve_xyz_mm=right.nerve_xyz_mm)
    assert refused(source, points=[crossed, right]) == "point_on_wrong_side"
    outside = dataclasses.replace(left, vessel_xyz_mm=(113.0, 0.0, 0.0))
    assert refused(source, points=[outside]) == "point_on_wrong_side"
    nowhere = dataclasses.replace(left, vessel_xyz_mm=(float("nan"), 0.0, 0.0))
    assert refused(source, points=[nowhere]) == "point_on_wrong_side"


def refused(source, made=None, **more):
    made = made or structures(source.volume)
    seg = build_segmentation(source, made)
    with pytest.raises(RefusedError) as caught:
        build_report(source, more.pop("findings", document()), made, seg, **more)
    assert len(str(caught.value)) < 260
    return caught.value.code


def test_findings_without_side_or_conflict_are_refused(tmp_path):
    source = archived(tmp_path / "in")
    length = ("imaging.contact_length", Side.LEFT, 1.0, "transition", "aica")
    grade = finding("imaging.conflict_grade", None, "2", "transition", "aica")
    assert refused(source, findings=document([grade])) == "finding_without_side"
    nobody = finding("imaging.assessability", None, "A")
    assert refused(source, findings=document([nobody])) == "finding_without_side"
    chiari = finding("imaging.chiari", None, "not_looked")
    assert refused(source, findings=document([chiari])) == "nothing_to_report"
    twice = [finding(*length, unit="mm")] * 2
    assert refused(source, findings=document(twice)) == "conflict_unclear"
    lone = document(conflict(Side.LEFT, "transition", "aica", "1", 0.4))
    assert refused(source, findings=lone, points=nearest()) == "conflict_unclear"
    right_only = [s for s in structures(source.volume) if s.side is Side.RIGHT]
    assert refused(source, right_only, findings=lone) == "conflict_without_segment"


def told(candidate, value, grade=None, reason=None):
    place = ("left", "transition", "unnamed")
    side, segment, vessel = place
    found = [
        finding(
            "imaging.vessel_nerve_distance", side, value, segment, vessel,
            unit="mm" if value is not None else None, candidate=candidate, reason=reason,
        )
    ]  # fmt: skip
    if grade is not None:
        found.append(finding("imaging.conflict_grade", side, grade, segment, vessel))
    return found


def test_two_vessels_without_a_name_keep_their_own_distance_and_grade(tmp_path):
    source = archived(tmp_path / "in")
    surface = "to_surface: vessel to the brainstem's surface, not to the nerve itself"
    both = document([*told("v1", 0.5, "1", surface), *told("v2", None), *told("v3", 2.5, "0")])
    _, report = written(tmp_path / "out", source, findings=both, points=())
    got = {}
    for group in groups(report):
        name = only(group, "112039").TextValue
        measured = children(group, DISTANCE_CODE)
        grade = children(group, "grade")
        got[name.split()[-1]] = (
            number(measured[0]) if measured else None,
            concept(grade[0]).CodeValue if grade else None,
        )
    assert got == {"v1": (0.5, "grade-1"), "v2": (None, None), "v3": (2.5, "grade-0")}
    first = only(groups(report)[0], DISTANCE_CODE)
    assert surface in [i.TextValue for i in children(first, "111002")]
    mixed = [*told("v1", 0.5), *told("v2", 0.9, "1")]
    assert refused(source, findings=document(mixed)) == "conflict_unclear"
    crowded = [*told("v1", 0.5), *told("v2", 0.9), *told("v2", 0.9)]
    assert refused(source, findings=document(crowded)) == "conflict_unclear"


def test_grade_and_class_stand_in_a_private_scheme_that_says_what_it_means(tmp_path):
    _, report = written(tmp_path / "out", archived(tmp_path / "in"))
    said = [concept(only(g, "grade")) for g in groups(report)]
    assert [c.CodeValue for c in said] == ["grade-2", "grade-0"]
    assert [c.CodeMeaning for c in said] == [
        "Grade II: vessel displaces the nerve",
        "Grade 0: no contact seen",
    ]
    assert {c.CodingSchemeDesignator for c in said} == {"99HEMISPASM"}
    assert [concept(only(g, "segment")).CodeMeaning for g in groups(report)] == [
        "transition",
        "attached",
    ]
    classes = {
        side_of(g): concept(only(g, "assessability")).CodeValue
        for g in children(only(report, "126010"))
        if children(g, "assessability")
    }
    assert classes == {Side.LEFT: "assessability-A", Side.RIGHT: "assessability-B"}
    scheme = report.CodingSchemeIdentificationSequence
    assert [s.CodingSchemeDesignator for s in scheme].count("99HEMISPASM") == 1
    assert "99HEMISPASM" in {s.CodingSchemeDesignator for s in scheme}


def test_a_report_is_a_draft_and_unverified_until_it_is_signed(tmp_path):
    source = archived(tmp_path / "in")
    _, draft = written(tmp_path / "draft", source)
    assert (draft.CompletionFlag, draft.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert draft.PreliminaryFlag == "PRELIMINARY"
    assert "DRAFT" in draft.SeriesDescription
    assert "VerifyingObserverSequence" not in draft
    _, signed = written(tmp_path / "signed", source, signature=Signature("Reader^Anna", "Clinic"))
    assert (signed.CompletionFlag, signed.VerificationFlag) == ("COMPLETE", "VERIFIED")
    assert str(signed.VerifyingObserverSequence[0].VerifyingObserverName) == "Reader^Anna"
    assert "DRAFT" not in signed.SeriesDescription


def test_a_conflict_without_a_distance_has_a_grade_and_no_number(tmp_path):
    source = archived(tmp_path / "in")
    only_grade = document([finding("imaging.conflict_grade", "left", "1", "transition", "aica")])
    _, report = written(tmp_path / "out", source, findings=only_grade, points=())
    (group,) = children(only(report, "126010"), "125007")
    assert [i for i in children(group) if i.ValueType == "NUM"] == []
    assert concept(only(group, "grade")).CodeValue == "grade-1"
    assert side_of(group) is Side.LEFT


def test_study_and_series_of_the_report_fit_the_archive(tmp_path):
    source = archived(tmp_path / "in")
    seg, report = written(tmp_path / "out", source)
    assert report.StudyInstanceUID == source.volume.uids.study == seg.StudyInstanceUID
    assert len({report.SeriesInstanceUID, seg.SeriesInstanceUID, source.volume.uids.series}) == 3
    evidence = {
        item.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert evidence >= {seg.SOPInstanceUID}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is missing")
@pytest.mark.parametrize("signature", [None, Signature("Reader^Anna", "Clinic")])
def test_dciodvfy_finds_no_error_in_segmentation_and_report(tmp_path, signature):
    source = archived(tmp_path / "in")
    written(tmp_path / "out", source, signature=signature)
    for name in ("seg", "sr"):
        told = subprocess.run(
            ["dciodvfy", str(tmp_path / "out" / f"{name}.dcm")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        errors = [line for line in told.stderr.splitlines() if line.startswith("Error")]
        assert errors == []
