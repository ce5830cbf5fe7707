"""Clicks under the wrong side's name never become a number; every series says what it can carry."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.imaging.measure import measure_imaging
from hemispasm.measure.imaging.quality import assess_series
from hemispasm.measure.imaging.side_check import check_side
from hemispasm.model.imaging import (
    AssessabilityClass,
    ImagingStudy,
    Nerve,
    Role,
    SeenSeries,
    SequenceFacts,
    Volume,
    lps_affine,
)
from hemispasm.model.imaging_words import describe_series, describe_statement, list_statements
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

DISTANCE = "imaging.vessel_nerve_distance"
NUMBERS = {"number", "interval", "grade", "category"}


def volume(role: Role, voxel=(0.6, 0.6, 0.6), **facts: object) -> Volume:
    shape = tuple(int(s / v) for s, v in zip((80, 40, 30), voxel, strict=True))
    noise = 1000 + 25 * np.random.default_rng(1).standard_normal(shape)
    affine = lps_affine(voxel, (-40.0, -20.0, -15.0))
    return Volume(noise.astype(np.float32), affine, role=role, facts=SequenceFacts(**facts))


def clicks(side: Side, at: float = 1.0, **changes: object) -> tuple[Seed, ...]:
    """Ends of VII and VIII as they lie on the left (at = 1) or on the right (at = -1)."""
    places = {
        (Nerve.VII, SeedKind.ROOT_EXIT): (11.0 * at, 0.0, 0.0),
        (Nerve.VII, SeedKind.PORUS): (29.0 * at, -3.0, 1.0),
        (Nerve.VIII, SeedKind.ROOT_EXIT): (12.0 * at, 2.0, 0.0),
        (Nerve.VIII, SeedKind.PORUS): (29.0 * at, -1.0, 1.0),
    }
    return tuple(
        Seed(nerve=n, side=side, kind=k, xyz_mm=xyz, **changes) for (n, k), xyz in places.items()
    )


def seeds(*groups: tuple[Seed, ...]) -> Seeds:
    return Seeds(confirmed=True, seeds=tuple(s for group in groups for s in group))


FUSION = (volume(Role.CISS), volume(Role.TOF))


def conflicts(marked: Seeds, side: Side, volumes=FUSION) -> list[str]:
    found = assess_series(ImagingStudy(volumes), marked, side)
    return [r for r in found.reasons if r.startswith("side_conflict")]


@pytest.mark.parametrize(("side", "at"), [(Side.LEFT, 1.0), (Side.RIGHT, -1.0)])
def test_clicks_on_their_own_side_of_the_patient_raise_no_alarm(side, at):
    assert conflicts(seeds(clicks(side, at)), side) == []
    both = seeds(clicks(Side.LEFT, 1.0), clicks(Side.RIGHT, -1.0))
    assert conflicts(both, side) == []


@pytest.mark.parametrize(("side", "at"), [(Side.LEFT, -1.0), (Side.RIGHT, 1.0)])
def test_clicks_under_the_wrong_sides_name_are_refused_before_any_number(side, at):
    marked = seeds(clicks(side, at))
    found = assess_series(ImagingStudy(FUSION), marked, side)
    assert found.grade is AssessabilityClass.C
    assert found.reasons[0].startswith("side_conflict")
    assert found.allowed == ()
    assert found.next_steps[0].startswith("check_sides")
    document = measure_imaging(ImagingStudy(FUSION), seeds=marked)
    told = [f for f in document.findings if f.code == DISTANCE]
    assert all(f.value is None and f.interval is None for f in told)
    assert any("side_conflict" in reason for reason in document.quality.reasons)


def test_places_in_the_frame_of_another_program_are_noticed_as_mirrored():
    # RAS millimetres written where LPS belongs: left and right, front and back exchanged.
    mirrored = tuple(
        s.model_copy(update={"xyz_mm": (-s.xyz_mm[0], -s.xyz_mm[1], s.xyz_mm[2])})
        for s in clicks(Side.LEFT, 1.0)
    )
    assert conflicts(seeds(mirrored), Side.LEFT)


def test_a_head_turned_by_thirty_degrees_is_no_side_conflict():
    turn = np.deg2rad(30.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = tuple(
        s.model_copy(update={"xyz_mm": (*(rotation @ np.array(s.xyz_mm[:2])), s.xyz_mm[2])})
        for s in (*clicks(Side.LEFT, 1.0), *clicks(Side.RIGHT, -1.0))
    )
    for side in (Side.LEFT, Side.RIGHT):
        assert check_side(ImagingStudy(FUSION), seeds(turned), side) == ()


def test_a_root_exit_beyond_the_midline_makes_the_course_too_long():
    one = list(clicks(Side.LEFT, 1.0))
    one[0] = one[0].model_copy(update={"xyz_mm": (-15.0, 0.0, 0.0)})
    assert any("mm long" in r for r in conflicts(seeds(tuple(one)), Side.LEFT))


def test_the_other_end_of_one_side_beyond_the_middle_of_both_is_noticed():
    left = list(clicks(Side.LEFT, 1.0))
    left[2] = left[2].model_copy(update={"xyz_mm": (-7.0, 2.0, 0.0)})
    marked = seeds(tuple(left), clicks(Side.RIGHT, -1.0))
    assert any("beyond the midline" in r for r in conflicts(marked, Side.LEFT))


def test_a_header_that_names_the_other_side_is_believed_enough_to_stop():
    told = (volume(Role.CISS, laterality=Side.RIGHT), FUSION[1])
    assert any("header" in r for r in conflicts(seeds(clicks(Side.LEFT)), Side.LEFT, told))
    assert not conflicts(seeds(clicks(Side.RIGHT, -1.0)), Side.RIGHT, told)


def test_a_series_of_one_side_says_which_side_is_not_there():
    half = volume(Role.CISS).array[70:, :, :]
    cut = Volume(half, lps_affine((0.6,) * 3, (2.0, -20.0, -15.0)), role=Role.CISS)
    marked = seeds(clicks(Side.LEFT, 1.0))
    right = assess_series(ImagingStudy((cut,)), marked, Side.RIGHT)
    assert any(r.startswith("side_not_in_field") and "left side" in r for r in right.reasons)
    whole = assess_series(ImagingStudy(FUSION), marked, Side.RIGHT)
    assert not any(r.startswith("side_not_in_field") for r in whole.reasons)


@pytest.mark.parametrize(
    ("role", "voxel", "carried"),
    [
        (Role.TOF, (0.5, 0.5, 0.6), {"vessel_map", "vessel_calibre", "rule_out"}),
        (Role.T1, (0.7, 0.7, 0.7), {"nerve_course"}),
        (Role.T1, (1.0, 1.0, 1.0), set()),
        (
            Role.T1_CONTRAST,
            (0.8, 0.8, 0.8),
            {"nerve_course", "vein_or_artery", "mass", "rule_out"},
        ),
        (Role.CT, (0.5, 0.5, 0.6), {"bone", "wall_calcium", "mass", "rule_out"}),
        (
            Role.CTA,
            (0.5, 0.5, 0.6),
            {"vessel_course", "bone", "wall_calcium", "mass", "rule_out"},
        ),
        (Role.T2, (0.5, 0.5, 5.0), {"rule_out_large"}),
    ],
)
def test_without_a_cisternogram_no_series_carries_a_distance_or_a_grade(role, voxel, carried):
    study = ImagingStudy((volume(role, voxel),))
    document = measure_imaging(study, seeds=seeds(clicks(Side.LEFT)))
    finding = document.find("imaging.assessability", Side.LEFT)
    assert finding.value == "C"
    assert set(finding.extra("allowed")) == carried
    for told in document.findings:
        assert told.code != "imaging.conflict_grade"
        assert told.code != DISTANCE or (told.value is None and told.interval is None)
    series = document.find("imaging.series")
    assert series.value == role.value
    assert not NUMBERS & set(series.extra("allowed"))


def test_a_cisternogram_alone_withholds_name_number_and_category():
    found = assess_series(ImagingStudy(FUSION[:1]), seeds(clicks(Side.LEFT)), Side.LEFT)
    assert "structure_interval" in found.allowed
    assert not NUMBERS & set(found.allowed)
    both = assess_series(ImagingStudy(FUSION), seeds(clicks(Side.LEFT)), Side.LEFT)
    assert set(both.allowed) >= NUMBERS


def test_a_projection_angiogram_is_listed_and_carries_no_distance():
    seen = SeenSeries(
        role=Role.DSA, role_confidence=0.9, pictures=40, reason="projection: no depth"
    )
    study = ImagingStudy((), seen=(seen,))
    document = measure_imaging(study, seeds=Seeds())
    series = document.find("imaging.series")
    assert (series.value, series.extra("is_volume")) == ("dsa", False)
    allowed = document.find("imaging.assessability", Side.LEFT).extra("allowed")
    assert set(allowed) == {"vessel_confirmed", "rule_out"}
    assert all(f.value is None for f in document.findings if f.code == DISTANCE)


def test_every_statement_and_every_role_has_words_without_a_promise():
    for role in Role:
        shows, hides = describe_series(role)
        assert shows
        assert hides
    carried = {s for role in Role for s in list_statements()}
    assert all(describe_statement(code) for code in carried)
    assert "never" in describe_statement("vessel_confirmed")
