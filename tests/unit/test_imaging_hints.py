"""Hints, names and picture faults on simulated heads: on the right side, and silent without one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from hemispasm.measure.imaging.artefacts import course_contrast, fluid_along, ghost_bump
from hemispasm.measure.imaging.hints import find_hints
from hemispasm.measure.imaging.limits import imaging_limit
from hemispasm.measure.imaging.naming import name_candidate
from hemispasm.measure.imaging.quality import assess_series
from hemispasm.measure.imaging.rule_out import rule_out_findings
from hemispasm.measure.imaging.vessels import VesselTrack
from hemispasm.model.imaging import ImagingStudy, Nerve, Role, Segment, VesselName
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan
from hemispasm.simulate.mri.phantom import simulate_mri

COARSE = (
    SeriesPlan(Role.CISS, (0.8,) * 3),
    SeriesPlan(Role.TOF, (0.8,) * 3, snr=20.0),
    SeriesPlan(Role.T1_CONTRAST, (1.0,) * 3),
    SeriesPlan(Role.FLAIR, (1.2,) * 3),
)
LESIONS = {
    "mass": ("fluid_asymmetry", "enhancing_ml"),
    "avm": ("thin_vessels_mm",),
    "ectatic_va": ("widest_vessel_mm",),
    "plaque": ("bright_spot_mm3",),
}


@cache
def head(side: Side, lesion: str | None = None, vessel: VesselName = VesselName.AICA):
    options = MriOptions(
        side=side,
        conflict=Conflict(vessel, Segment.TRANSITION, 0.5),
        lesions=(lesion,) if lesion else (),
        series=COARSE,
    )
    return simulate_mri(options, 4)


def over(made, side: Side) -> set[str]:
    found = find_hints(ImagingStudy(made.volumes), made.seeds, side)
    return {hint.measure for hint in found if hint.is_over}


@pytest.mark.parametrize(
    ("lesion", "side"),
    [
        ("mass", Side.LEFT),
        ("avm", Side.RIGHT),
        ("ectatic_va", Side.LEFT),
        ("plaque", Side.RIGHT),
    ],
)
def test_a_lesion_is_hinted_at_on_its_own_side_only(lesion, side):
    made = head(side, lesion)
    other = Side.RIGHT if side is Side.LEFT else Side.LEFT
    assert over(made, side) == set(LESIONS[lesion])
    assert over(made, other) == set()


def test_a_head_without_a_lesion_has_measures_and_no_hint():
    made = head(Side.LEFT)
    for side in (Side.LEFT, Side.RIGHT):
        assert len(find_hints(ImagingStudy(made.volumes), made.seeds, side)) >= 5
        assert over(made, side) == set()


def test_a_hint_never_answers_for_the_reader_and_its_absence_excludes_nothing():
    made = head(Side.LEFT, "mass")
    findings = rule_out_findings(ImagingStudy(made.volumes), made.seeds)
    assert {f.value for f in findings} <= {"not_looked", "not_assessable"}
    masses = {f.side: f for f in findings if f.code == "imaging.cpa_mass"}
    assert masses[Side.LEFT].extra("hint") == "seen"
    assert masses[Side.RIGHT].extra("hint") == "not_seen"
    assert "excludes nothing" in masses[Side.RIGHT].reason
    adhesions = [f for f in findings if f.code == "imaging.adhesions"]
    assert all(f.extra("hint") == "not_measured" for f in adhesions)


def test_hints_are_withheld_where_the_clicks_contradict_their_side():
    made = head(Side.LEFT, "mass")
    findings = rule_out_findings(ImagingStudy(made.volumes), made.seeds, (Side.LEFT, Side.RIGHT))
    assert {f.extra("hint") for f in findings} <= {"not_measured", None}


def unnamed(made):
    loose = tuple(s.model_copy(update={"vessel": None}) for s in made.seeds.seeds)
    return made.seeds.model_copy(update={"seeds": loose})


def track_of(made, name: VesselName, side: Side) -> VesselTrack:
    conflict = made.truth.set_conflict(side)
    vessel = next(v for v in made.truth.vessels if v.id == conflict.vessel and v.name is name)
    points = np.array(vessel.points_mm)
    return VesselTrack("v1", points, float(np.mean(vessel.radius_mm)), "artery", 1.0)


@pytest.mark.parametrize("name", [VesselName.AICA, VesselName.VA])
def test_a_traced_name_is_right_or_withheld_and_a_reader_wins(name):
    made = head(Side.LEFT, None, name)
    track, angiogram = track_of(made, name, Side.LEFT), made.volumes[1]
    guess = name_candidate(track, angiogram, unnamed(made), Side.LEFT)
    assert guess.name in (name, VesselName.UNNAMED)
    assert sum(guess.probabilities.values()) == pytest.approx(1.0)
    told = name_candidate(track, angiogram, made.seeds, Side.LEFT)
    assert (told.name, told.source) == (name, "reader")


def test_without_an_angiogram_no_name_is_guessed():
    made = head(Side.LEFT)
    guess = name_candidate(
        track_of(made, VesselName.AICA, Side.LEFT), None, unnamed(made), Side.LEFT
    )
    assert (guess.name, guess.source) == (VesselName.UNNAMED, "withheld")


@cache
def picture(ghost_mm: float = 0.0, banding_hz: float = 0.0, seed: int = 1):
    plan = SeriesPlan(Role.CISS, (0.6, 0.6, 1.0), ghost_mm=ghost_mm, banding_hz=banding_hz)
    return simulate_mri(MriOptions(series=(plan,)), seed)


def ends(made, side: Side):
    return [
        np.array(made.seeds.point(Nerve.VII, side, kind))
        for kind in (SeedKind.ROOT_EXIT, SeedKind.PORUS)
    ]


def test_a_head_that_nods_is_noticed_and_a_still_one_is_not():
    assert ghost_bump(picture().volumes[0]) < imaging_limit("ghost.bump")
    moved = picture(ghost_mm=0.6)
    assert ghost_bump(moved.volumes[0]) > imaging_limit("ghost.bump")
    found = assess_series(ImagingStudy(moved.volumes), moved.seeds, Side.LEFT)
    assert any(reason.startswith("motion") for reason in found.reasons)
    assert any("moved" in step for step in found.next_steps)


def test_fluid_along_the_nerve_falls_where_a_dark_band_crosses_it():
    clean = picture()
    for side in (Side.LEFT, Side.RIGHT):
        still = fluid_along(clean.volumes[0], *ends(clean, side))
        assert float(still.min()) > imaging_limit("banding.level")
    root, porus = ends(clean, Side.LEFT)
    banded = clean.volumes[0].array.astype(np.float32)
    index = np.rint(clean.volumes[0].to_voxel([0.5 * (root + porus)])[0]).astype(int)
    banded[index[0] - 3 : index[0] + 4] *= 0.3
    dark = type(clean.volumes[0])(banded, clean.volumes[0].affine, role=Role.CISS)
    found = assess_series(ImagingStudy((dark,)), clean.seeds, Side.LEFT)
    assert any(reason.startswith("dark_band") for reason in found.reasons)


def test_a_course_beside_the_nerve_does_not_show_against_the_fluid():
    made = picture()
    nerve = made.truth.nerve(Nerve.VII, Side.LEFT)
    arc = np.array(nerve.arc_mm)
    free = np.array(nerve.points_mm)[(arc > 1.0) & (arc < 10.0)]
    least = imaging_limit("class_a.contrast")
    assert course_contrast(made.volumes[0], free) > least
    assert course_contrast(made.volumes[0], free + np.array([0.0, 0.0, 3.0])) < least
