"""Fit VII, VIII and a vessel as blurred tubes to both series at once, the shift between them free.

A nerve of 1.3 mm is two or three voxels wide: masks and iso-surfaces lose what the grey values of
those voxels still say. The fit explains the grey values themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.tubes import Tube
    from hemispasm.measure.imaging.views import Box, View

_ROUNDS = 14
_STEP_MM = 0.02
_BEND_SD_MM = 0.25
_OFFSET_SD_MM = 0.5
_LOOSE = 3.0
_DAMPING = 1e-3


@dataclass(frozen=True)
class TubeFit:
    """What the fit says.

    Attributes
    ----------
    values : ndarray
        Parameters: those of each tube, then the shift of the second series (three, mm).
    covariance : ndarray
        Of ``values``, as the fit itself thinks.
    residual : float
        Residual of the worse series over its noise between neighbouring voxels.
    noise : tuple of float
        Of each series.
    sum_squares : float
        Weighted squares; to compare windows.
    """

    tubes: tuple[Tube, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: float
    noise: tuple[float, ...]
    sum_squares: float

    @property
    def shift_mm(self) -> NDArray[np.float64]:
        """Shift of the second series."""
        return self.values[-3:]

    def shapes(
        self, values: NDArray[np.float64] | None = None
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return axis and radii of every tube, for the fitted or for other parameters."""
        given = self.values if values is None else values
        found, start = [], 0
        for tube in self.tubes:
            found.append(tube.shaped(given[start : start + tube.size]))
            start += tube.size
        return found


@dataclass(frozen=True)
class LightPrior:
    """What is known of the brightness before looking: rows times brightness should give ``wanted``.

    Columns: fluid, (cisternogram) its slope along three axes, nerve over fluid, vessel over fluid,
    (angiogram) the vessel's middle over its edge.
    """

    rows: NDArray[np.float64]
    wanted: NDArray[np.float64]


class _Problem:
    """The picture that tubes make, its residual, and its derivative by every parameter.

    Brightness enters linearly and is solved for at every step; derivatives leave out its change
    (it is projected away).
    """

    def __init__(
        self,
        tubes: Sequence[Tube],
        views: Sequence[View],
        light: Sequence[LightPrior],
        shift_sd_mm: float,
    ) -> None:
        self.tubes, self.views, self.light = tuple(tubes), tuple(views), tuple(light)
        self.starts = np.cumsum([0, *[t.size for t in tubes]])
        self.count = int(self.starts[-1]) + 3
        self.shift_sd_mm = shift_sd_mm
        self.weights = [view.usable.copy() for view in views]
        self.noise = [1.0 for _ in views]
        self.prior, self.expected = self._prior()

    def _prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return rows of the prior, and what they should give."""
        rows, wanted = [], []
        for tube, start in zip(self.tubes, self.starts[:-1], strict=True):
            k = tube.offsets
            for side in (0, k):
                for i in range(k):
                    rows.append({start + side + i: 1.0 / _OFFSET_SD_MM})
                    wanted.append(0.0)
                for i in range(1, k - 1):
                    s = start + side + i
                    rows.append(
                        {s - 1: 0.5 / _BEND_SD_MM, s: -1.0 / _BEND_SD_MM, s + 1: 0.5 / _BEND_SD_MM}
                    )
                    wanted.append(0.0)
            rows.append({start + 2 * k: 1.0 / tube.radius_sd_mm})
            wanted.append(tube.radius_mm / tube.radius_sd_mm)
            rows.append({start + 2 * k + 1: 1.0 / tube.taper_sd_mm})
            wanted.append(0.0)
        for i in range(3):
            rows.append({self.count - 3 + i: 1.0 / self.shift_sd_mm})
            wanted.append(0.0)
        matrix = np.zeros((len(rows), self.count))
        for r, row in enumerate(rows):
            for column, value in row.items():
                matrix[r, column] = value
        return matrix, np.array(wanted)

    def start(self) -> NDArray[np.float64]:
        """Return the parameters before fitting."""
        return np.concatenate([*[t.start() for t in self.tubes], np.zeros(3)])

    def shaped(
        self, values: NDArray[np.float64], index: int, second: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        tube, start = self.tubes[index], self.starts[index]
        points, radii = tube.shaped(values[start : start + tube.size])
        return (points + values[-3:] if second else points), radii

    def solve(self, values: NDArray[np.float64], v: int) -> _Picture:
        """Return one series' picture at the best brightness."""
        view = self.views[v]
        box = view.whole()
        distances = [
            view.distance(*self.shaped(values, i, v > 0), box) for i in range(len(self.tubes))
        ]
        parts = _parts(distances, view, v > 0)
        centre = view.places_mm.mean(axis=0)
        flat = [np.ones(len(view.values))]
        if v == 0:
            flat += list((view.places_mm - centre).T / 5.0)
        blurred = [view.blurred(part, box) for part in parts]
        base = np.stack([*flat, *blurred], axis=1)
        root, prior = self.root(v), self.light[v]
        whole = np.concatenate([base * root[:, None], prior.rows])
        target = np.concatenate([view.values * root, prior.wanted])
        light = np.linalg.lstsq(whole, target, rcond=None)[0]
        missing = target - whole @ light
        return _Picture(distances, whole, light[len(flat) :], view.values - base @ light, missing)

    def root(self, v: int) -> NDArray[np.float64]:
        """Return the square root of each voxel's weight."""
        found: NDArray[np.float64] = (
            np.sqrt(self.weights[v] * self.views[v].native_share) / self.noise[v]
        )
        return found

    def derivative(
        self, values: NDArray[np.float64], v: int, picture: _Picture
    ) -> NDArray[np.float64]:
        """Return the derivative of one series' residual by every parameter, weighted."""
        view, second = self.views[v], v > 0
        columns = np.zeros((len(view.values), self.count))
        whole = _sum(_parts(picture.distances, view, second), picture.parts)
        for i, tube in enumerate(self.tubes):
            points, _ = self.shaped(values, i, second)
            fine = view.to_fine(points)
            for p in range(tube.size):
                at = tube.touched(p)
                if at.stop - at.start < 2:
                    continue
                box = view.box_of(fine[at], values[self.starts[i] + tube.size - 2] + 0.9)
                if box is not None:
                    moved = values.copy()
                    moved[self.starts[i] + p] += _STEP_MM
                    columns[:, self.starts[i] + p] = self._change(
                        moved, v, picture, whole, {i}, box
                    )
        if second:
            everything = set(range(len(self.tubes)))
            for p in range(self.count - 3, self.count):
                moved = values.copy()
                moved[p] += _STEP_MM
                columns[:, p] = self._change(moved, v, picture, whole, everything, view.whole())
        columns *= -self.root(v)[:, None]
        columns = np.concatenate([columns, np.zeros((len(self.light[v].rows), self.count))])
        base = np.linalg.qr(picture.base)[0]
        projected: NDArray[np.float64] = columns - base @ (base.T @ columns)
        return projected

    def _change(
        self,
        moved: NDArray[np.float64],
        v: int,
        picture: _Picture,
        whole: NDArray[np.float32],
        changed: set[int],
        box: Box,
    ) -> NDArray[np.float64]:
        view = self.views[v]
        distances = [
            view.distance(*self.shaped(moved, i, v > 0), box) if i in changed else d[box]
            for i, d in enumerate(picture.distances)
        ]
        field = _sum(_parts(distances, view, v > 0), picture.parts) - whole[box]
        return view.blurred(field / np.float32(_STEP_MM), box)

    def reweigh(self, v: int, residual: NDArray[np.float64]) -> None:
        """Trust voxels less that the model cannot explain."""
        usable = self.views[v].usable
        inside = residual[usable > 0]
        spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) + 1e-9
        self.noise[v] = spread
        self.weights[v] = usable / (1.0 + (residual / (_LOOSE * spread)) ** 2) ** 2


@dataclass(frozen=True)
class _Picture:
    distances: list[NDArray[np.float32]]
    base: NDArray[np.float64]
    parts: NDArray[np.float64]
    residual: NDArray[np.float64]
    missing: NDArray[np.float64]


def _parts(
    distances: Sequence[NDArray[np.float32]], view: View, second: bool
) -> list[NDArray[np.float32]]:
    """Return how much of each fine voxel is nerve, vessel and (angiogram) its bright middle."""
    edge = np.float32(view.fine_mm.mean())
    filled = [np.clip(np.float32(0.5) - d / edge, 0.0, 1.0) for d in distances]
    vessel = filled[-1]
    nerve = np.float32(1.0) - vessel
    for part in filled[:-1]:
        nerve = nerve * (np.float32(1.0) - part)
    nerve = (np.float32(1.0) - vessel) - nerve
    if not second:
        return [nerve, vessel]
    deep = np.clip(-distances[-1], 0.0, 1.0)
    return [nerve, vessel, vessel * deep * (np.float32(2.0) - deep)]


def _sum(parts: Sequence[NDArray[np.float32]], light: NDArray[np.float64]) -> NDArray[np.float32]:
    total = np.zeros_like(parts[0])
    for part, level in zip(parts, light, strict=True):
        total += np.float32(level) * part
    return total


def fit_tubes(
    tubes: Sequence[Tube],
    views: Sequence[View],
    light: Sequence[LightPrior],
    *,
    shift_sd_mm: float = 0.3,
    rounds: int = _ROUNDS,
) -> TubeFit:
    """Fit tubes to one or two series.

    Parameters
    ----------
    tubes : sequence of Tube
        The vessel last.
    views : sequence of View
        Cisternogram first, angiogram second.
    light : sequence of LightPrior
        One a series.
    shift_sd_mm : float
        How far the second series is expected to lie off, per axis.
    rounds : int
        Steps at most.
    """
    problem = _Problem(tubes, views, light, shift_sd_mm)
    values = problem.start()
    pictures = [problem.solve(values, v) for v in range(len(views))]
    for v, picture in enumerate(pictures):
        problem.reweigh(v, picture.residual)
    damping, normal = _DAMPING, np.eye(problem.count)
    for number in range(rounds):
        pictures = [problem.solve(values, v) for v in range(len(views))]
        if number < rounds - 4:
            for v, picture in enumerate(pictures):
                problem.reweigh(v, picture.residual)
        rows = [problem.derivative(values, v, p) for v, p in enumerate(pictures)]
        normal = problem.prior.T @ problem.prior
        slope = problem.prior.T @ (problem.expected - problem.prior @ values)
        for row, picture in zip(rows, pictures, strict=True):
            normal += row.T @ row
            slope -= row.T @ picture.missing
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
        step = np.clip(step, -0.3, 0.3)
        before = _cost(problem, values, pictures)
        after = _cost(problem, values + step, None)
        if after <= before:
            values, damping = values + step, max(damping / 4.0, 1e-5)
            if float(np.abs(step).max()) < 0.004 and number > 3:
                break
        else:
            damping *= 10.0
            if damping > 1e3:
                break
    pictures = [problem.solve(values, v) for v in range(len(views))]
    excess = [_roughness(view, p.residual) for view, p in zip(views, pictures, strict=True)]
    return TubeFit(
        tuple(tubes),
        values,
        np.asarray(np.linalg.inv(normal), dtype=np.float64),
        max(excess),
        tuple(problem.noise),
        _cost(problem, values, pictures),
    )


def _cost(problem: _Problem, values: NDArray[np.float64], pictures: list[_Picture] | None) -> float:
    total = float(np.sum((problem.expected - problem.prior @ values) ** 2))
    for v in range(len(problem.views)):
        picture = problem.solve(values, v) if pictures is None else pictures[v]
        total += float(picture.missing @ picture.missing)
    return total


def _roughness(view: View, residual: NDArray[np.float64]) -> float:
    """Return the residual's spread over that of its differences between neighbours (noise: 1)."""
    cube = np.where(view.usable > 0, residual, np.nan).reshape(view.shape)
    steps = np.concatenate([np.diff(cube, axis=a).ravel() for a in range(3)])
    steps, plain = steps[np.isfinite(steps)], residual[view.usable > 0]
    if steps.size < 30:
        return float("inf")
    noise = 1.4826 * float(np.median(np.abs(steps))) / np.sqrt(2.0)
    return float(1.4826 * np.median(np.abs(plain)) / max(noise, 1e-9))


def masked(view: View, usable: NDArray[np.float64]) -> View:
    """Return the view with another set of voxels to explain."""
    return replace(view, usable=usable)
