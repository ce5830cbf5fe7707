"""A vessel at a set distance is found, on its side, with an interval that holds it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hemispasm.measure.imaging.courses import nearest_on, resample
from hemispasm.measure.imaging.measure import ImagingMeasurement, measure_imaging_study
from hemispasm.measure.imaging.nerves import prepare_nerves, track_nerves
from hemispasm.measure.imaging.one_side import measure_side
from hemispasm.model.imaging import ImagingStudy, Nerve, Segment, VesselName
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, fusion_series
from hemispasm.simulate.mri.phantom import simulate_mri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model import Finding
    from hemispasm.model.seeds import Seeds
    from hemispasm.simulate.mri.truth import SimulatedMri


@cache
def _made(side: Side, distance_mm: float) -> SimulatedMri:
    toward = 22.0 if side is Side.LEFT else -22.0
    series = fusion_series((0.5, 0.5, 0.5), extent_mm=(38, 34, 28), offset_mm=(toward, 0, 0))
    conflict = Conflict(VesselName.AICA, Segment.TRANSITION, distance_mm)
    options = MriOptions(
        side=side, conflict=conflict, sides=(side,), series=series, seed_jitter_mm=0.5
    )
    return simulate_mri(options, 21)


@cache
def _measured(side: Side, distance_mm: float) -> ImagingMeasurement:
    made = _made(side, distance_mm)
    return measure_imaging_study(ImagingStudy(made.volumes), seeds=made.seeds)


def _distances(measured: ImagingMeasurement) -> list[Finding]:
    code = "imaging.vessel_nerve_distance"
    return [f for f in measured.document.findings if f.code == code and f.value is not None]


@pytest.mark.parametrize(("side", "distance_mm"), [(Side.LEFT, 1.0), (Side.RIGHT, 0.0)])
def test_the_set_distance_is_found_on_the_patients_side(side: Side, distance_mm: float) -> None:
    found = _distances(_measured(side, distance_mm))
    nearest = min(found, key=lambda f: f.value)
    assert {f.side for f in found} == {side}
    assert nearest.value == pytest.approx(distance_mm, abs=0.25)
    assert nearest.extra("segment") == "transition"
    assert nearest.extra("vessel") == "aica"
    assert nearest.extra("candidate") == "v1"


def test_the_printed_interval_is_wider_than_that_of_phantoms_and_names_its_factor() -> None:
    nearest = min(_distances(_measured(Side.LEFT, 1.0)), key=lambda f: f.value)
    low, high = nearest.extra("interval_phantom")
    factor = nearest.extra("real_factor")
    assert nearest.interval is not None
    assert low <= 1.0 <= high
    assert nearest.interval[1] - nearest.interval[0] == pytest.approx(
        factor * (high - low), rel=0.02
    )
    assert nearest.extra("contributor")


def test_the_other_side_is_not_assessable_and_has_no_number() -> None:
    findings = _measured(Side.LEFT, 1.0).document.findings
    right = {f.code: f for f in findings if f.side is Side.RIGHT}
    assert right["imaging.assessability"].value == "C"
    assert right["imaging.vessel_nerve_distance"].value is None
    assert "ends_unmarked" in right["imaging.vessel_nerve_distance"].reason


def test_probabilities_of_the_grades_sum_to_one_and_follow_the_distance() -> None:
    grades = {
        side: next(
            f for f in _measured(side, d).document.findings if f.code == "imaging.conflict_grade"
        )
        for side, d in ((Side.LEFT, 1.0), (Side.RIGHT, 0.0))
    }
    for finding in grades.values():
        assert sum(finding.extra("probabilities").values()) == pytest.approx(1.0, abs=0.01)
    assert grades[Side.LEFT].value == "0"
    assert grades[Side.RIGHT].value != "0"


def test_both_nerves_run_where_they_are() -> None:
    made = _made(Side.LEFT, 1.0)
    for track in _measured(Side.LEFT, 1.0).sides[0].nerves:
        nerve = made.truth.nerve(track.nerve, Side.LEFT)
        assert nerve is not None
        free = (track.arc_mm > 0.5) & (track.arc_mm < track.arc_mm[-1] - 0.5)
        away, _ = nearest_on(track.points_mm[free], resample(np.array(nerve.points_mm), 0.05))
        assert float(away.mean()) < 0.25


def _with_detachment_moved(seeds: Seeds, by_mm: NDArray[np.float64]) -> Seeds:
    moved = tuple(
        s.model_copy(update={"xyz_mm": tuple((np.array(s.xyz_mm) + by_mm).tolist())})
        if s.kind is SeedKind.DETACHMENT
        else s
        for s in seeds.seeds
    )
    return seeds.model_copy(update={"seeds": moved})


@pytest.mark.parametrize("by_mm", [(0.0, 0.0, 2.2), (0.0, 0.0, -2.2), (0.0, -2.2, 0.0)])
def test_a_detachment_marked_beside_the_nerve_does_not_bend_its_course(
    by_mm: tuple[float, float, float],
) -> None:
    made = _made(Side.LEFT, 1.0)
    nerve = made.truth.nerve(Nerve.VII, Side.LEFT)
    assert nerve is not None
    course = resample(np.array(nerve.points_mm), 0.05)
    seeds = _with_detachment_moved(made.seeds, np.array(by_mm))
    click = seeds.point(Nerve.VII, Side.LEFT, SeedKind.DETACHMENT)
    assert click is not None
    assert float(nearest_on(np.array([click]), course)[0][0]) > 1.2
    track = track_nerves(prepare_nerves(made.volumes[0], seeds, Side.LEFT), seeds, Side.LEFT)[0]
    begins = track.points_mm[track.arc_mm >= 0.0][:8]
    assert float(nearest_on(begins, course)[0].max()) < 1.0


def test_exchanged_clicks_of_the_two_nerves_are_noticed() -> None:
    made = _made(Side.LEFT, 1.0)
    other = {Nerve.VII: Nerve.VIII, Nerve.VIII: Nerve.VII}
    exchanged = made.seeds.model_copy(
        update={
            "seeds": tuple(
                s.model_copy(update={"nerve": other[s.nerve]})
                for s in made.seeds.seeds
                if s.kind.value in {"root_exit", "porus"}
            )
        }
    )
    field = prepare_nerves(made.volumes[0], exchanged, Side.LEFT)
    seventh = track_nerves(field, exchanged, Side.LEFT)[0]
    assert any(reason.startswith("path_order") for reason in seventh.reasons)


def test_unconfirmed_clicks_leave_the_document_without_numbers() -> None:
    made = _made(Side.LEFT, 1.0)
    loose = made.seeds.model_copy(update={"confirmed": False})
    measured = measure_imaging_study(ImagingStudy(made.volumes), seeds=loose)
    assert not _distances(measured)
    assert not measured.sides[0].conflicts


def test_without_an_angiogram_there_is_a_category_and_no_number() -> None:
    made = _made(Side.LEFT, 1.0)
    measured = measure_side(ImagingStudy(made.volumes[:1]), made.seeds, Side.LEFT)
    assert measured.assessability.grade.value == "B"
    assert all(vessel.kind == "unsure" for vessel in measured.vessels)
    whole = measure_imaging_study(ImagingStudy(made.volumes[:1]), seeds=made.seeds)
    assert not _distances(whole)


def test_the_same_seed_gives_the_same_document() -> None:
    made = _made(Side.LEFT, 1.0)
    again = measure_imaging_study(ImagingStudy(made.volumes), seeds=made.seeds)
    assert again.document == _measured(Side.LEFT, 1.0).document
