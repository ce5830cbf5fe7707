"""What series allow is said before any number, a reason and a next step with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from hemispasm.measure.imaging.limits import load_imaging_limits
from hemispasm.measure.imaging.measure import measure_imaging
from hemispasm.measure.imaging.quality import assess_series, native_voxel, segments_of
from hemispasm.measure.imaging.rule_out import checklist_of
from hemispasm.model.imaging import (
    AssessabilityClass,
    ImagingStudy,
    Nerve,
    Role,
    Segment,
    SequenceFacts,
    Volume,
    lps_affine,
)
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side


def _volume(role: Role, voxel: tuple[float, float, float], **facts: object) -> Volume:
    shape = tuple(int(40 / v) for v in voxel)
    noise = 1000 + 25 * np.random.default_rng(1).standard_normal(shape)
    affine = lps_affine(voxel, (0.0, -20.0, -20.0))
    return Volume(noise.astype(np.float32), affine, role=role, facts=SequenceFacts(**facts))


def _seeds(*, confirmed: bool = True, porus_x: float = 28.0) -> Seeds:
    places = {
        (Nerve.VII, SeedKind.ROOT_EXIT): (10.0, 0.0, 0.0),
        (Nerve.VII, SeedKind.PORUS): (porus_x, -2.0, 1.0),
        (Nerve.VIII, SeedKind.ROOT_EXIT): (11.0, 2.0, 0.0),
        (Nerve.VIII, SeedKind.PORUS): (porus_x, 0.0, 1.0),
    }
    clicks = [Seed(nerve=n, side=Side.LEFT, kind=k, xyz_mm=xyz) for (n, k), xyz in places.items()]
    return Seeds(confirmed=confirmed, seeds=tuple(clicks))


def _class(ciss: tuple[float, float, float], tof: tuple[float, float, float] | None) -> str:
    volumes = [_volume(Role.CISS, ciss)]
    if tof is not None:
        volumes.append(_volume(Role.TOF, tof))
    return assess_series(ImagingStudy(tuple(volumes)), _seeds(), Side.LEFT).grade.value


@pytest.mark.parametrize(
    ("ciss", "tof", "grade"),
    [
        ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "A"),
        ((0.6, 0.6, 1.0), (0.6, 0.6, 1.0), "A"),
        ((0.5, 1.0, 0.6), (0.6, 0.6, 1.0), "A"),
        ((0.5, 0.5, 1.5), (0.5, 0.5, 0.5), "B"),
        ((0.5, 0.5, 0.5), None, "B"),
        ((0.5, 0.5, 0.5), (0.5, 0.5, 1.4), "B"),
        ((0.8, 0.8, 2.0), (0.5, 0.5, 0.5), "C"),
        ((0.9, 0.9, 0.9), (0.5, 0.5, 0.5), "C"),
    ],
)
def test_the_voxels_decide_the_class(
    ciss: tuple[float, float, float], tof: tuple[float, float, float] | None, grade: str
) -> None:
    assert _class(ciss, tof) == grade


def test_interpolation_does_not_make_a_series_finer() -> None:
    shown = _volume(Role.CISS, (0.5, 0.5, 0.5), acquired_voxel_mm=(0.8, 0.8, 2.0))
    assert native_voxel(shown).tolist() == [0.8, 0.8, 2.0]
    study = ImagingStudy((shown, _volume(Role.TOF, (0.5, 0.5, 0.5))))
    assert assess_series(study, _seeds(), Side.LEFT).grade is AssessabilityClass.C


def test_clicks_that_nobody_confirmed_give_no_number_but_a_next_step() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.5,) * 3), _volume(Role.TOF, (0.5,) * 3)))
    found = assess_series(study, _seeds(confirmed=False), Side.LEFT)
    assert found.grade is AssessabilityClass.C
    assert found.reasons[0].startswith("seeds_unconfirmed")
    assert found.next_steps[0].startswith("confirm_seeds")
    assert "number" not in found.allowed


def test_a_side_without_clicks_is_said_to_lack_them_and_the_other_is_not() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.5,) * 3), _volume(Role.TOF, (0.5,) * 3)))
    assert assess_series(study, _seeds(), Side.LEFT).grade is AssessabilityClass.A
    right = assess_series(study, _seeds(), Side.RIGHT)
    assert right.grade is AssessabilityClass.C
    assert right.reasons[0].startswith("ends_unmarked")


def test_a_nerve_at_the_rim_of_the_slab_is_outside() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.5,) * 3), _volume(Role.TOF, (0.5,) * 3)))
    found = assess_series(study, _seeds(porus_x=38.5), Side.LEFT)
    assert found.grade is AssessabilityClass.C
    assert any(reason.startswith("outside") for reason in found.reasons)


def test_series_that_lie_apart_at_the_porus_are_not_fused_into_a_number() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.5,) * 3), _volume(Role.TOF, (0.5,) * 3)))
    found = assess_series(study, _seeds(), Side.LEFT, residual_mm=0.8)
    assert found.grade is AssessabilityClass.B
    assert any(reason.startswith("not_aligned") for reason in found.reasons)


def test_t1_alone_shows_a_course_and_no_vessel() -> None:
    study = ImagingStudy((_volume(Role.T1, (0.7, 0.7, 0.7)),))
    found = assess_series(study, _seeds(), Side.LEFT)
    assert found.grade is AssessabilityClass.C
    assert "nerve_course" in found.allowed
    assert "category" not in found.allowed


def test_thick_series_end_without_a_distance() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.8, 0.8, 2.0)), _volume(Role.TOF, (0.8, 0.8, 2.0))))
    document = measure_imaging(study, seeds=_seeds())
    distances = [f for f in document.findings if f.code == "imaging.vessel_nerve_distance"]
    assert distances
    assert all(f.value is None and f.interval is None and f.reason for f in distances)
    assert document.quality.grade.value == "not_assessable"


def test_nothing_is_excluded_by_the_program_on_the_checklist() -> None:
    study = ImagingStudy((_volume(Role.CISS, (0.5,) * 3),))
    values = {item.code: item.value for item in checklist_of(study)}
    assert values["imaging.cpa_mass"] == "not_looked"
    assert values["imaging.demyelination"] == "not_assessable"
    assert set(values.values()) <= {"not_looked", "not_assessable"}


def test_stretches_of_the_nerve_follow_each_other_without_a_gap() -> None:
    found = segments_of(np.array([-7.0, 0.0, 20.0]), detached=True)
    spans = list(found.values())
    assert next(iter(found)) is Segment.ATTACHED
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert (spans[0][0], spans[-1][1]) == (-7.0, 20.0)


def test_every_limit_names_where_it_comes_from() -> None:
    assert load_imaging_limits()["interval.real_factor"] >= 1.0
