"""The phantom shows what its truth says, on the side that it says."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mri_sessions import COARSE, FAMILIES, SMALL, TINY, session

import hemispasm.simulate.mri as room
from hemispasm.model import UsageError
from hemispasm.model.imaging import Nerve, Role, Segment, VesselName
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side
from hemispasm.simulate.mri.acquire import acquire, raster_of
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan
from hemispasm.simulate.mri.parameters import DEFAULTS
from hemispasm.simulate.mri.phantom import simulate_mri

ONE = TINY


def values_at(volume, points):
    """Return the nearest voxels at places inside the volume."""
    ijk = np.rint(volume.to_voxel(points)).astype(int)
    inside = np.all((ijk >= 0) & (ijk < volume.shape), axis=1)
    return volume.array[tuple(ijk[inside].T)].astype(float)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("distance", [-0.3, 0.0, 0.5, 2.0])
def test_the_distance_that_was_asked_for_is_the_distance_of_the_surfaces(family, distance):
    truth = session(family, distance_mm=distance).truth
    pair = truth.set_conflict(Side.LEFT)
    assert pair.distance_mm == pytest.approx(distance, abs=2e-3)
    assert truth.nearest(Side.LEFT).is_set
    if family == "analytic":
        nerve = truth.nerve(Nerve.VII, Side.LEFT)
        vessel = next(v for v in truth.vessels if v.id == pair.vessel)
        a, b = np.array(nerve.points_mm), np.array(vessel.points_mm)
        apart = np.linalg.norm(a[:, None] - b[None], axis=2).min()
        assert apart - nerve.radius_mm[0] - vessel.radius_mm[0] == pytest.approx(distance, abs=0.02)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_displaced_nerve_has_left_its_course_by_as_much_as_was_asked(family):
    truth = session(family, distance_mm=0.0, displacement_mm=1.5).truth
    assert truth.set_conflict(Side.LEFT).displacement_mm == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("segment", [Segment.ATTACHED, Segment.ROOT_EXIT])
def test_on_the_pons_the_distance_is_that_to_the_surface(family, segment):
    options = MriOptions(
        family=family,
        conflict=Conflict(segment=segment, distance_mm=0.4),
        sides=(Side.LEFT,),
        series=(ONE,),
    )
    pair = simulate_mri(options, 5).truth.set_conflict(Side.LEFT)
    assert pair.surface_distance_mm == pytest.approx(0.4, abs=0.05)
    assert pair.distance_mm >= pair.surface_distance_mm - 1e-6


def test_a_vessel_that_misses_the_attached_nerve_is_drawn_again():
    # With this seed the first course of the vertebral artery leaves the corridor altogether.
    options = MriOptions(
        conflict=Conflict(VesselName.VA, Segment.ATTACHED, 3.0), sides=(Side.LEFT,), series=(ONE,)
    )
    pair = simulate_mri(options, 14).truth.set_conflict(Side.LEFT)
    assert pair.surface_distance_mm == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("family", FAMILIES)
def test_nerves_are_dark_in_bright_fluid_and_arteries_bright_on_tof(family):
    made = session(family, series=COARSE, distance_mm=1.0)
    ciss, tof = made.volumes
    nerve = made.truth.nerve(Nerve.VIII, Side.RIGHT)
    arc, line = np.array(nerve.arc_mm), np.array(nerve.points_mm)
    along = values_at(ciss, line[(arc > 3) & (arc < 10)])
    fluid = np.percentile(ciss.array, 90)
    assert np.median(along) < 0.75 * fluid
    basilar = next(v for v in made.truth.vessels if v.name is VesselName.BA)
    assert np.median(values_at(tof, basilar.points_mm)) > 2.0 * np.median(tof.array)
    assert np.median(values_at(ciss, basilar.points_mm)) < 0.5 * fluid


@pytest.mark.parametrize("orientation", ["axial", "coronal", "sagittal"])
def test_places_fit_the_voxels_in_every_orientation(orientation):
    plan = SeriesPlan(
        voxel_mm=(0.8, 0.8, 1.2), orientation=orientation, tilt_deg=15.0, snr=60.0,
        extent_mm=(60.0, 24.0, 20.0),
    )  # fmt: skip
    made = session(series=(plan,), distance_mm=2.0)
    volume = made.volumes[0]
    for side in (Side.LEFT, Side.RIGHT):
        nerve = made.truth.nerve(Nerve.VIII, side)
        arc, line = np.array(nerve.arc_mm), np.array(nerve.points_mm)
        free = line[(arc > 4) & (arc < 9)]
        beside = free + np.array([0.0, 0.0, 3.5])
        assert np.median(values_at(volume, free)) < 0.8 * np.median(values_at(volume, beside))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_other_side_gives_the_same_patient_mirrored(family):
    left, right = (session(family, side, distance_mm=0.3) for side in (Side.LEFT, Side.RIGHT))
    one = left.truth.nerve(Nerve.VII, Side.LEFT)
    other = right.truth.nerve(Nerve.VII, Side.RIGHT)
    assert np.allclose(np.array(one.points_mm) * [-1, 1, 1], other.points_mm, atol=1e-3)
    pair, mirrored = left.truth.set_conflict(Side.LEFT), right.truth.set_conflict(Side.RIGHT)
    assert pair.distance_mm == pytest.approx(mirrored.distance_mm, abs=1e-3)
    for made, side in ((left, Side.LEFT), (right, Side.RIGHT)):
        near = made.truth.nerve(Nerve.VII, side).porus_mm
        far = made.truth.nerve(Nerve.VII, side.other).porus_mm
        assert (near[0] > far[0]) is (side is Side.LEFT)
        assert made.truth.affected_side is side


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_pictures_and_another_does_not(family):
    options = MriOptions(family=family, series=(ONE,))
    first, again, other = (simulate_mri(options, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.volumes[0].array, again.volumes[0].array)
    assert first.truth == again.truth
    assert not np.array_equal(first.volumes[0].array, other.volumes[0].array)


def test_a_side_that_is_not_in_the_field_has_no_nerve_and_no_click():
    made = simulate_mri(MriOptions(sides=(Side.RIGHT,), side=Side.RIGHT, series=(ONE,)), 4)
    assert made.truth.nerve(Nerve.VII, Side.LEFT) is None
    assert made.seeds.sides == (Side.RIGHT,)


def test_clicks_stand_at_the_ends_of_the_nerves_and_wander_by_their_jitter():
    exact = session(distance_mm=0.5)
    nerve = exact.truth.nerve(Nerve.VII, Side.LEFT)
    assert exact.seeds.point(Nerve.VII, Side.LEFT, SeedKind.ROOT_EXIT) == nerve.root_exit_mm
    assert exact.seeds.point(Nerve.VII, Side.LEFT, SeedKind.DETACHMENT) == nerve.detachment_mm
    options = MriOptions(series=(ONE,), seed_jitter_mm=0.7)
    moved, calm = (
        simulate_mri(replace(options, seed_jitter_mm=size), 8).seeds for size in (0.7, 0.0)
    )
    shifts = [np.subtract(a.xyz_mm, b.xyz_mm) for a, b in zip(moved.seeds, calm.seeds, strict=True)]
    assert 0.3 < np.std(shifts) < 1.2


def test_more_compression_means_deeper_and_farther_but_never_a_gap():
    steps = [MriOptions(compression=c).affected_conflict() for c in (0.0, 0.2, 0.6, 1.0)]
    assert [s.distance_mm for s in steps] == sorted((s.distance_mm for s in steps), reverse=True)
    assert steps[0].distance_mm > 1.0
    assert all(s.distance_mm < 0.0 for s in steps[1:])
    assert steps[0].displacement_mm == steps[1].displacement_mm == 0.0 < steps[2].displacement_mm


def test_a_moved_head_moves_the_second_series_only():
    wide = replace(ONE, extent_mm=(40.0, 44.0, 22.0), offset_mm=(0.0, 0.0, 0.0))
    plans = (wide, replace(wide, role=Role.TOF, misalignment_mm=3.0, misalignment_deg=0.0))
    made = session(series=plans, distance_mm=1.0)
    first, second = (np.array(row.moved) for row in made.truth.series)
    assert np.array_equal(first, np.eye(4))
    assert np.linalg.norm(second[:3, 3]) > 1.0
    basilar = next(v for v in made.truth.vessels if v.name is VesselName.BA)
    places = np.array(basilar.points_mm)
    shown = places @ second[:3, :3].T + second[:3, 3]
    tof = made.volumes[1]
    assert np.median(values_at(tof, shown)) > np.median(values_at(tof, places))


def test_the_noise_is_as_large_as_the_plan_says():
    plan = SeriesPlan(
        voxel_mm=(1.0, 1.0, 1.0), snr=20.0, bias=0.0, csf_pulsation=0.0, contrast_sd=0.0
    )
    raster = raster_of(plan, (30.0, 30.0, 30.0))
    flat = np.ones(raster.fine, dtype=np.float32)
    picture = acquire(flat, raster, plan, 0.35, 0.05, np.random.default_rng(0))
    assert picture.std() == pytest.approx(0.05, rel=0.03)
    assert picture.mean() == pytest.approx(1.0, abs=0.01)


def test_zero_filling_makes_voxels_smaller_without_moving_anything():
    plain = SeriesPlan(voxel_mm=(1.2, 1.2, 1.2), snr=200.0, **SMALL)
    filled = replace(plain, recon_voxel_mm=(0.6, 0.6, 0.6))
    a, b = (session(series=(plan,), distance_mm=1.0).volumes[0] for plan in (plain, filled))
    assert max(b.spacing_mm) == pytest.approx(0.6, abs=0.02)
    assert b.facts.acquired_voxel_mm == (1.2, 1.2, 1.2)
    inside = np.argwhere(np.ones(a.shape))[::7]
    inside = inside[a.contains(a.to_patient(inside), 4.0)]
    one, other = values_at(a, a.to_patient(inside)), values_at(b, a.to_patient(inside))
    assert np.corrcoef(one, other)[0, 1] > 0.97


def test_every_lesion_is_told_in_the_truth_and_changes_the_picture():
    base = MriOptions(series=(replace(ONE, snr=500.0),))
    calm = simulate_mri(base, 6)
    assert not any(calm.truth.lesions.values())
    for name in ("mass", "avm", "aneurysm", "plaque", "ectatic_va"):
        ill = simulate_mri(replace(base, lesions=(name,)), 6)
        assert [key for key, seen in ill.truth.lesions.items() if seen] == [name]
        change = np.abs(ill.volumes[0].array.astype(float) - calm.volumes[0].array)
        assert change.max() > 0.05 * calm.volumes[0].array.max()


@pytest.mark.parametrize("role", [Role.T1, Role.T1_CONTRAST, Role.T2, Role.FLAIR, Role.CT])
def test_other_contrasts_are_pictured_too(role):
    made = session(series=(replace(ONE, role=role),), distance_mm=1.0)
    volume = made.volumes[0]
    nerve = made.truth.nerve(Nerve.VII, Side.LEFT)
    stem = np.add(nerve.root_exit_mm, (-2.0, 0.5, 5.0))
    fluid = np.add(nerve.detachment_mm, (5.0, 0.0, 9.0))
    brain, water = np.median(values_at(volume, [stem])), np.median(values_at(volume, [fluid]))
    assert bool(brain < water) is (role is Role.T2)


def test_each_default_says_how_far_to_believe_it():
    known = {"sourced", "calibrated", "assumed", "definition"}
    assert {row.status for row in DEFAULTS.values()} <= known
    assert all(row.note for row in DEFAULTS.values() if row.status == "sourced")


def test_the_two_families_share_no_geometry():
    folder = Path(room.__file__).parent
    for own, other in (("analytic", "organic"), ("organic", "analytic")):
        for file in folder.glob(f"{own}*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            names = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
            assert not [name for name in names if f".{other}" in name], file.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"family": "x"}, {"side": Side.BOTH}, {"sides": ()}, {"lesions": ("x",)},
        {"compression": 1.5}, {"series": ()},
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused_at_once(wrong):
    with pytest.raises(UsageError):
        MriOptions(**wrong)


def test_series_and_conflicts_that_cannot_be_are_refused_at_once():
    for wrong in (
        {"role": Role.DSA}, {"voxel_mm": (0.05, 1, 1)}, {"recon_voxel_mm": (2.0, 2.0, 2.0)},
        {"snr": 0.0}, {"extent_mm": (500.0, 20.0, 20.0)}, {"orientation": "oblique"},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            SeriesPlan(**wrong)
    with pytest.raises(UsageError):
        Conflict(vessel=VesselName.BA)
    with pytest.raises(UsageError):
        Conflict(distance_mm=9.0)
    assert COARSE[0].role is Role.CISS
