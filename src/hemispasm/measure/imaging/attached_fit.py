"""A vessel on the brainstem: its tube from both series, and the tissue once its darkness is out.

On a cisternogram flowing blood is as dark as brain, so a vessel that touches the brainstem becomes
part of it. The angiogram tells them apart: the vessel is fitted as a blurred tube, the picture of
that tube is taken out of the cisternogram, and what stays dark is tissue. Both steps take turns
until they agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.attached_tissue import (
    Grid,
    LightKnown,
    brain_levels,
    filled_tissue,
)
from hemispasm.measure.imaging.courses import frames, nearest_on, resample
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.tubes import tube_along
from hemispasm.measure.imaging.views import View, view_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.views import Box
    from hemispasm.model.imaging import Volume

HALF_MM = 6.5
_BEYOND_MM = 1.5
_STEP_MM = 0.02
_TURNS = 3
_ROUNDS = 6
_LOOSE = 3.0
_OFFSET_SD_MM, _BEND_SD_MM, _RADIUS_SD_MM, _TAPER_SD_MM, _SHIFT_SD_MM = 0.8, 0.25, 0.4, 0.12, 0.3
_AROUND_MM = (1.5, 1.8)
_RADIUS_LEAST_MM = 0.2


@dataclass(frozen=True)
class AttachedFit:
    """A vessel's tube and the tissue around it.

    Attributes
    ----------
    axis_mm, radius_mm : ndarray
        The vessel in the patch, LPS; its ends lie a little outside.
    tissue : ndarray of shape (i, j, k)
        Share of tissue (brainstem and nerves) in each voxel of the patch: 0 fluid or vessel, 1
        tissue; noise lets it leave that range.
    origin_mm, axes_mm : ndarray
        LPS of the patch's first voxel; columns: its step along each index.
    centre_mm : ndarray
        Middle of the patch.
    shift_mm : ndarray
        That the angiogram lay off.
    """

    axis_mm: NDArray[np.float64]
    radius_mm: NDArray[np.float64]
    tissue: NDArray[np.float64]
    origin_mm: NDArray[np.float64]
    axes_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]
    shift_mm: NDArray[np.float64]

    def to_patient(self, ijk: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return LPS of (fractional) voxel positions of the patch."""
        return np.asarray(ijk @ self.axes_mm.T + self.origin_mm, dtype=np.float64)


def fit_attached(
    cisternogram: Volume,
    angiogram: Volume,
    region: Region,
    course_mm: NDArray[np.float64],
    radius_mm: float,
    click_mm: NDArray[np.float64],
    root_mm: NDArray[np.float64],
    move: NDArray[np.float64] | None = None,
) -> AttachedFit | None:
    """Fit the vessel about a click, and return the tissue without it.

    Parameters
    ----------
    cisternogram, angiogram : Volume
        As acquired.
    region : Region
        Up-sampled cisternogram, for what is surely brain.
    course_mm : ndarray of shape (n, 3)
        The vessel's axis as tracked.
    radius_mm : float
        Its radius, about.
    click_mm : ndarray of shape (3,)
        Middle of the patch.
    root_mm : ndarray of shape (m, 3)
        The attached course of VII.
    move : ndarray of shape (4, 4), optional
        From the cisternogram's frame to the angiogram's.

    Returns
    -------
    AttachedFit or None
        None where a series does not hold the patch, or no brain is seen.
    """
    window = limit("fit.window")
    first = view_of(cisternogram, click_mm, HALF_MM, window)
    second = view_of(angiogram, click_mm, HALF_MM, window, move)
    course = _piece(course_mm, click_mm)
    brain = brain_levels(cisternogram, angiogram, region, root_mm, move)
    if first is None or second is None or len(course) < 4 or brain is None:
        return None
    light = LightKnown.seen(first, angiogram, brain)
    problem = _Problem(course, radius_mm, (first, second), light)
    grid = Grid.of(cisternogram, first)
    share = (light.fluid - first.values.reshape(first.shape)) / (light.fluid - light.brain)
    values = problem.start()
    for turn in range(_TURNS + 1):
        problem.tissue = [
            filled_tissue(share, grid, view, -values[-3:] * number)
            for number, view in enumerate((first, second))
        ]
        if turn == 0:
            # Until the vessel's picture is taken out, it would count as tissue itself.
            problem.hollow(values)
        values = problem.improve(values, (1,) if turn == 0 else (0, 1))
        share = problem.share(values)
    axis, radii = problem.shaped(values)
    return AttachedFit(
        axis, radii, share, grid.origin_mm, grid.axes_mm, np.asarray(click_mm), values[-3:]
    )


def _piece(points: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unbroken piece of a course in the patch."""
    course = resample(points, 0.35)
    inside = np.abs(course - centre).max(axis=1) <= HALF_MM + _BEYOND_MM
    at = int(np.argmin(np.linalg.norm(course - centre, axis=1)))
    if not inside[at]:
        return course[:0]
    out = np.flatnonzero(~inside)
    first = max([int(i) + 1 for i in out if i < at], default=0)
    last = min([int(i) for i in out if i > at], default=len(course))
    return course[first:last]


@dataclass
class _Picture:
    depth: NDArray[np.float32]
    base: NDArray[np.float64]
    light: NDArray[np.float64]
    flat: int
    residual: NDArray[np.float64]
    missing: NDArray[np.float64]


@dataclass
class _Problem:
    """The vessel's parameters (offsets, radius, taper, shift) against both series."""

    course: NDArray[np.float64]
    radius_mm: float
    views: tuple[View, View]
    light: LightKnown
    tissue: list[NDArray[np.float32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        tube = tube_along(self.course, self.radius_mm, _RADIUS_SD_MM, _TAPER_SD_MM)
        self.spline, self.along = tube.weights, tube.along
        self.across = frames(self.course)
        self.offsets = int(self.spline.shape[1])
        self.count = 2 * self.offsets + 5
        self.prior, self.wanted = self._prior()
        apart = [nearest_on(view.places_mm, self.course)[0] for view in self.views]
        self.usable = [
            (away < self.radius_mm + reach).astype(np.float64)
            for away, reach in zip(apart, _AROUND_MM, strict=True)
        ]
        self.weights = [usable.copy() for usable in self.usable]
        self.noise = [1.0, 1.0]

    def _prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        k = self.offsets
        rows, wanted = [np.eye(self.count)[: 2 * k] / _OFFSET_SD_MM], [np.zeros(2 * k)]
        bend = np.zeros((2 * (k - 2), self.count))
        for side in (0, 1):
            for i in range(k - 2):
                at = side * k + i
                bend[side * (k - 2) + i, at : at + 3] = np.array([0.5, -1.0, 0.5]) / _BEND_SD_MM
        rest = np.eye(self.count)[2 * k :]
        sd = np.array([_RADIUS_SD_MM, _TAPER_SD_MM, *[_SHIFT_SD_MM] * 3])
        rows += [bend, rest / sd[:, None]]
        wanted += [np.zeros(len(bend)), np.array([self.radius_mm, 0, 0, 0, 0]) / sd]
        return np.concatenate(rows), np.concatenate(wanted)

    def start(self) -> NDArray[np.float64]:
        values = np.zeros(self.count)
        values[2 * self.offsets] = self.radius_mm
        return values

    def shaped(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        k = self.offsets
        points = self.course + (self.spline @ values[:k])[:, None] * self.across[0]
        points = points + (self.spline @ values[k : 2 * k])[:, None] * self.across[1]
        radii = np.maximum(values[2 * k] + values[2 * k + 1] * self.along, _RADIUS_LEAST_MM)
        return points, radii

    def depth(self, values: NDArray[np.float64], number: int, box: Box) -> NDArray[np.float32]:
        """Return the signed distance of the tube on a series' fine grid."""
        points, radii = self.shaped(values)
        return self.views[number].distance(points + values[-3:] * number, radii, box)

    def hollow(self, values: NDArray[np.float64]) -> None:
        """Take the tube out of the tissue."""
        for number, view in enumerate(self.views):
            outside = self.depth(values, number, view.whole()) > 0.0
            self.tissue[number] = self.tissue[number] * outside.astype(np.float32)

    def parts(self, depth: NDArray[np.float32], number: int, box: Box) -> list[NDArray[np.float32]]:
        """Return tissue, vessel and (angiogram) its bright middle."""
        edge = np.float32(self.views[number].fine_mm.mean())
        vessel = np.clip(np.float32(0.5) - depth / edge, 0.0, 1.0)
        tissue = self.tissue[number][box] * (np.float32(1.0) - vessel)
        if number == 0:
            return [tissue, vessel]
        deep = np.clip(-depth, 0.0, 1.0)
        return [tissue, vessel, vessel * deep * (np.float32(2.0) - deep)]

    def picture(
        self, values: NDArray[np.float64], number: int, *, everywhere: bool = False
    ) -> _Picture:
        """Return one series at the best brightness."""
        view = self.views[number]
        box = view.whole()
        depth = self.depth(values, number, box)
        flat = [np.ones(len(view.values))]
        if number == 0:
            flat += list((view.places_mm - view.places_mm.mean(axis=0)).T / 5.0)
        blurred = [view.blurred(part, box) for part in self.parts(depth, number, box)]
        base = np.stack([*flat, *blurred], axis=1)
        weight = np.ones(len(base)) if everywhere else self.weights[number]
        root = np.sqrt(weight) / self.noise[number]
        rows, wanted = self.light.prior(view, number)
        whole = np.concatenate([base * root[:, None], rows])
        target = np.concatenate([view.values * root, wanted])
        light = np.linalg.lstsq(whole, target, rcond=None)[0]
        residual = view.values - base @ light
        return _Picture(depth, whole, light, len(flat), residual, target - whole @ light)

    def reweigh(self, number: int, residual: NDArray[np.float64]) -> None:
        """Trust voxels less that the model cannot explain."""
        usable = self.usable[number]
        inside = residual[usable > 0]
        spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) + 1e-9
        self.noise[number] = spread
        self.weights[number] = usable / (1.0 + (residual / (_LOOSE * spread)) ** 2) ** 2

    def improve(self, values: NDArray[np.float64], use: tuple[int, ...]) -> NDArray[np.float64]:
        """Return better values, by damped least squares."""
        damping = 1e-3
        for _ in range(_ROUNDS):
            for number in use:
                self.reweigh(number, self.picture(values, number).residual)
            pictures = {number: self.picture(values, number) for number in use}
            away = self.wanted - self.prior @ values
            normal, slope = self.prior.T @ self.prior, self.prior.T @ away
            before = float(away @ away)
            for number, picture in pictures.items():
                rows = self._derivative(values, number, picture)
                normal += rows.T @ rows
                slope -= rows.T @ picture.missing
                before += float(picture.missing @ picture.missing)
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
            step = np.clip(step, -0.3, 0.3)
            if self._cost(values + step, use) <= before:
                values, damping = values + step, max(damping / 4.0, 1e-5)
                if float(np.abs(step).max()) < 0.004:
                    break
            else:
                damping *= 10.0
        return values

    def _cost(self, values: NDArray[np.float64], use: tuple[int, ...]) -> float:
        away = self.wanted - self.prior @ values
        missing = [self.picture(values, number).missing for number in use]
        return float(away @ away) + sum(float(m @ m) for m in missing)

    def _derivative(
        self, values: NDArray[np.float64], number: int, picture: _Picture
    ) -> NDArray[np.float64]:
        """Return the residual's derivative by each parameter, brightness projected away."""
        view = self.views[number]
        root = np.sqrt(self.weights[number]) / self.noise[number]
        light = picture.light[picture.flat :]
        columns = np.zeros((len(picture.base), self.count))
        before = _lit(self.parts(picture.depth, number, view.whole()), light)
        points, radii = self.shaped(values)
        fine = view.to_fine(points + values[-3:] * number)
        for p in range(self.count if number else self.count - 3):
            box = _box(view, fine[self._touched(p)], float(radii.max()) + 0.9)
            if box is None:
                continue
            moved = values.copy()
            moved[p] += _STEP_MM
            after = _lit(self.parts(self.depth(moved, number, box), number, box), light)
            change = (after - before[box]) / np.float32(_STEP_MM)
            columns[: len(root), p] = -root * view.blurred(change, box)
        base = np.linalg.qr(picture.base)[0]
        projected: NDArray[np.float64] = columns - base @ (base.T @ columns)
        return projected

    def _touched(self, index: int) -> slice:
        if index >= 2 * self.offsets:
            return slice(0, len(self.course))
        moved = np.flatnonzero(self.spline[:, index % self.offsets] > 1e-6)
        return slice(max(0, int(moved[0]) - 1), int(moved[-1]) + 2)

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of tissue in each voxel of the cisternogram, the vessel taken out."""
        picture = self.picture(values, 0, everywhere=self.noise[0] == 1.0)
        view, flat = self.views[0], picture.flat
        centred = (view.places_mm - view.places_mm.mean(axis=0)) / 5.0
        fluid = picture.light[0] + centred @ picture.light[1:flat]
        edge = np.float32(view.fine_mm.mean())
        vessel = np.clip(np.float32(0.5) - picture.depth / edge, 0.0, 1.0)
        dark = picture.light[-1] * view.blurred(vessel, view.whole())
        share: NDArray[np.float64] = (view.values - fluid - dark) / picture.light[flat]
        return share.reshape(view.shape)


def _lit(parts: list[NDArray[np.float32]], light: NDArray[np.float64]) -> NDArray[np.float32]:
    total = np.zeros_like(parts[0])
    for part, level in zip(parts, light, strict=True):
        total += np.float32(level) * part
    return total


def _box(view: View, points: NDArray[np.float64], reach_mm: float) -> Box | None:
    """Return the box of a series' fine grid around points, None where it is empty."""
    if len(points) < 2:
        return None
    low = np.floor((points.min(axis=0) - reach_mm) / view.fine_mm).astype(int)
    high = np.ceil((points.max(axis=0) + reach_mm) / view.fine_mm).astype(int) + 1
    low, high = np.clip(low, 0, view.fine_shape), np.clip(high, 0, view.fine_shape)
    if np.any(high <= low):
        return None
    a, b, c = (slice(int(i), int(j)) for i, j in zip(low, high, strict=True))
    return a, b, c
