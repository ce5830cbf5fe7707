"""Tubes are found again in the pictures that they make; courses and pieces are put right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hemispasm.measure.imaging.courses import arc_of, nearest_on
from hemispasm.measure.imaging.distances import nearest_bodies
from hemispasm.measure.imaging.nerves import NerveField, NerveTrack, freed_nerves
from hemispasm.measure.imaging.region import Region
from hemispasm.measure.imaging.tube_fit import LightPrior, TubeFit, fit_tubes
from hemispasm.measure.imaging.tube_model import TubeProblem
from hemispasm.measure.imaging.tubes import Tube, tube_along
from hemispasm.measure.imaging.vessels import VesselTrack
from hemispasm.measure.imaging.views import View, view_of
from hemispasm.model.imaging import Nerve, Volume, lps_affine
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIGHT = [LightPrior(np.zeros((1, 6)), np.zeros(1))]
_ALONG = np.linspace(-6.0, 6.0, 35)


def _line(
    direction: tuple[float, float, float], at: tuple[float, float, float]
) -> NDArray[np.float64]:
    return np.asarray(np.array(at) + _ALONG[:, None] * np.array(direction), dtype=np.float64)


def _tubes() -> list[Tube]:
    nerve = tube_along(_line((1, 0, 0), (0, 0, 0)), 0.68, 0.2, 0.06, 0.1)
    vessel = tube_along(_line((0, 0.8, 0.6), (0, 0, 1.6)), 0.55, 0.3, 0.12)
    return [nerve, vessel]


def _view() -> View:
    flat = Volume(np.zeros((20, 20, 20), np.float32), lps_affine((0.5, 0.5, 0.5), (-5, -5, -5)))
    view = view_of(flat, np.zeros(3), 4.6, 0.9)
    assert view is not None
    return view


def _drawn(values: NDArray[np.float64], noise: float) -> View:
    """Return the patch that the tubes with these parameters would give."""
    empty = _view()
    problem = TubeProblem(_tubes(), [empty], _LIGHT, 0.3)
    bodies = [problem.body(values, i, second=False) for i in range(2)]
    filled = [np.clip(0.5 - empty.distance_of(b) / empty.fine_mm.mean(), 0, 1) for b in bodies]
    fine = 1000 - 850 * filled[1] - 580 * filled[0] * (1 - filled[1])
    seen = empty.blurred(fine.astype(np.float32), empty.whole())
    grain = np.random.default_rng(5).standard_normal(len(seen))
    return replace(empty, values=seen + noise * grain)


def _distance(fit: TubeFit, values: NDArray[np.float64] | None = None) -> float:
    bodies = fit.bodies(values)
    arc = arc_of(bodies[0].points_mm)
    found = nearest_bodies(bodies[0], bodies[1], arc, (0.0, float(arc[-1])), 0.2)
    assert found is not None
    return found.distance_mm


@pytest.mark.parametrize("oval", [(0.0, 0.0), (0.18, 0.0), (0.0, -0.18)])
def test_the_distance_of_a_flat_nerve_is_found_again(oval: tuple[float, float]) -> None:
    tubes = _tubes()
    truth = np.concatenate([tubes[0].start(), tubes[1].start(), np.zeros(3)])
    size = tubes[0].size
    truth[size - 2 : size] = oval
    fit = fit_tubes(tubes, [_drawn(truth, 30.0)], _LIGHT)
    assert _distance(fit) == pytest.approx(_distance(fit, truth), abs=0.06)
    assert fit.bodies()[0].oval == pytest.approx(oval, abs=0.06)


def test_the_derivative_of_the_picture_is_that_of_small_changes() -> None:
    tubes, step = _tubes(), 0.02
    start = np.concatenate([tubes[0].start(), tubes[1].start(), np.zeros(3)])
    view = _drawn(start + 0.03 * np.random.default_rng(1).standard_normal(len(start)), 10.0)
    problem = TubeProblem(tubes, [view], _LIGHT, 0.3)
    picture = problem.solve(start, 0)
    columns = problem.derivative(start, 0, picture)
    base = np.linalg.qr(picture.base)[0]
    light = np.linalg.lstsq(
        picture.base, np.concatenate([view.values * problem.root(0), [0.0]]), rcond=None
    )[0]
    for p in (1, tubes[0].offsets + 2, tubes[0].size - 2, tubes[0].size + 3):
        moved = []
        for way in (step, -step):
            values = start.copy()
            values[p] += way
            moved.append(problem.solve(values, 0).base @ light)
        change = (moved[1] - moved[0]) / (2 * step)
        change -= base @ (base.T @ change)
        likeness = change @ columns[:, p] / np.linalg.norm(change) / np.linalg.norm(columns[:, p])
        assert likeness > 0.97
        assert np.linalg.norm(columns[:, p]) == pytest.approx(np.linalg.norm(change), rel=0.1)


def test_a_course_that_ran_into_the_vessel_beside_it_is_led_back() -> None:
    arc = np.arange(0.0, 14.0, 0.35)
    straight = np.stack([arc, 0 * arc, 0 * arc], axis=1)
    detour = straight + 0.9 * np.exp(-0.5 * ((arc - 7.0) / 1.2) ** 2)[:, None] * [0, 1.0, 0]
    nerve = NerveTrack(Nerve.VII, Side.LEFT, detour, arc_of(detour), 1.0, 9.0)
    across = np.arange(-6.0, 6.0, 0.35)
    vessel = np.stack([0 * across + 7.0, 0 * across + 1.0, across], axis=1)
    track = VesselTrack("v1", vessel, 0.6, "artery", 0.1)
    empty = np.ones((50, 20, 40), dtype=np.float32)
    region = Region(empty, np.array([-1.0, -3.0, -7.0]), 0.35, np.ones(empty.shape, np.bool_))
    (freed,) = freed_nerves(NerveField(region, empty), (nerve,), [track])
    away, _ = nearest_on(freed.points_mm, straight)
    assert float(away.max()) < 0.35
    assert np.allclose(freed.points_mm[[0, -1]], detour[[0, -1]], atol=0.05)
    (same,) = freed_nerves(NerveField(region, empty), (nerve,), [])
    assert same is nerve
