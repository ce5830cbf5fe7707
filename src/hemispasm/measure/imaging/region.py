"""A box of one volume, up-sampled to cubes that lie along the patient's axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.courses import resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.imaging import Volume


_THICK_MM = 1.8
_DARK_SHARE = 0.68
# A narrower vessel never holds a ball of _THICK_MM.
_WIDE_MM = 1.0


@dataclass(frozen=True)
class Region:
    """An up-sampled box.

    Attributes
    ----------
    array : ndarray of float32
        Values; outside the volume they are those of its rim.
    origin_mm : ndarray of shape (3,)
        LPS of its first voxel.
    step_mm : float
        Spacing.
    inside : ndarray of bool
        Where the volume has voxels.
    void : ndarray of bool, optional
        What is known to be a vessel: dark on a cisternogram, and no tissue however wide it is.
    """

    array: NDArray[np.float32]
    origin_mm: NDArray[np.float64]
    step_mm: float
    inside: NDArray[np.bool_]
    void: NDArray[np.bool_] | None = None

    def to_patient(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """Return LPS of (fractional) voxel positions."""
        return self.origin_mm + self.step_mm * np.asarray(ijk, dtype=np.float64)

    def to_voxel(self, xyz_mm: ArrayLike) -> NDArray[np.float64]:
        """Return fractional voxel positions of LPS points."""
        return (np.asarray(xyz_mm, dtype=np.float64) - self.origin_mm) / self.step_mm

    def nearest(self, xyz_mm: ArrayLike) -> tuple[int, int, int]:
        """Return the voxel nearest to a point, moved to the rim where it lies outside."""
        index = np.rint(self.to_voxel(xyz_mm)).astype(int)
        i, j, k = np.clip(index, 0, np.array(self.array.shape) - 1)
        return int(i), int(j), int(k)

    def points(self) -> NDArray[np.float64]:
        """Return LPS of every voxel, shape (ni, nj, nk, 3)."""
        axes = [
            o + self.step_mm * np.arange(n)
            for o, n in zip(self.origin_mm, self.array.shape, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)

    @cached_property
    def tissue(self) -> NDArray[np.bool_]:
        """Large dark structures of a cisternogram: brain and bone, not nerves or vessels."""
        return tissue_mask(self)

    @cached_property
    def tissue_away_mm(self) -> NDArray[np.float32]:
        """Distance of each voxel from large dark structures."""
        if not self.tissue.any():
            return np.full(self.tissue.shape, 99.0, dtype=np.float32)
        away = ndimage.distance_transform_edt(~self.tissue, sampling=self.step_mm)
        return np.asarray(away, dtype=np.float32)


def tissue_mask(region: Region) -> NDArray[np.bool_]:
    """Return large dark structures of a cisternogram: brain and bone, not nerves or vessels."""
    bright = float(np.percentile(region.array[region.inside], 95.0))
    soft = ndimage.gaussian_filter(region.array, 0.35 / region.step_mm)
    dark = soft < _DARK_SHARE * bright
    if region.void is not None:
        dark &= ~region.void
    core = ndimage.distance_transform_edt(dark, sampling=region.step_mm) > _THICK_MM
    if not core.any():
        return np.zeros_like(dark)
    back = ndimage.distance_transform_edt(~core, sampling=region.step_mm)
    opened: NDArray[np.bool_] = back <= _THICK_MM
    return opened & dark


def with_vessels(
    region: Region, courses: Sequence[NDArray[np.float64]], radii_mm: Sequence[float]
) -> Region:
    """Return the same box with wide vessels known: without that they pass for brain.

    Parameters
    ----------
    region : Region
        Of a cisternogram.
    courses : sequence of ndarray of shape (n, 3)
        Axes of the vessels that an angiogram shows.
    radii_mm : sequence of float
        Of the vessels, walls included.
    """
    wide = [(c, r) for c, r in zip(courses, radii_mm, strict=True) if r >= _WIDE_MM]
    if not wide:
        return region
    void = np.zeros(region.array.shape, dtype=np.bool_)
    for course, radius in wide:
        free = np.ones(region.array.shape, dtype=np.bool_)
        inner = region.to_voxel(resample(course, region.step_mm))
        index = np.rint(inner[np.all((inner >= 0) & (inner <= np.array(free.shape) - 1), axis=1)])
        free[tuple(index.astype(int).T)] = False
        void |= ndimage.distance_transform_edt(free, sampling=region.step_mm) <= radius
    return replace(region, void=void)


def cut_region(
    volume: Volume,
    points_mm: ArrayLike,
    margin_mm: float,
    step_mm: float,
    move: NDArray[np.float64] | None = None,
) -> Region:
    """Return the box around some points, linearly up-sampled after a cubic pre-filter.

    Parameters
    ----------
    volume : Volume
        Where the values come from.
    points_mm : array_like of shape (n, 3)
        The box contains them all.
    margin_mm, step_mm : float
        Added on every side; spacing of the result.
    move : ndarray of shape (4, 4), optional
        From the points' frame to the volume's.
    """
    points = np.atleast_2d(np.asarray(points_mm, dtype=np.float64))
    low = points.min(axis=0) - margin_mm
    shape = np.ceil((points.max(axis=0) + margin_mm - low) / step_mm).astype(int) + 1
    turn = np.eye(4) if move is None else move
    inverse = np.linalg.inv(volume.affine)
    whole = inverse @ turn
    matrix = whole[:3, :3] * step_mm
    offset = whole[:3, :3] @ low + whole[:3, 3]
    corners = np.array(np.meshgrid(*[[0, n - 1] for n in shape], indexing="ij")).reshape(3, -1)
    reached = matrix @ corners + offset[:, None]
    first = np.clip(np.floor(reached.min(axis=1)).astype(int) - 4, 0, None)
    last = np.clip(np.ceil(reached.max(axis=1)).astype(int) + 5, 1, np.array(volume.shape))
    first = np.minimum(first, np.array(volume.shape) - 1)
    last = np.maximum(last, first + 1)
    part = volume.array[first[0] : last[0], first[1] : last[1], first[2] : last[2]].astype(
        np.float32
    )
    shifted = offset - first
    size = (int(shape[0]), int(shape[1]), int(shape[2]))
    order = 3 if min(part.shape) > 3 else 1
    array = ndimage.affine_transform(part, matrix, shifted, size, order=order, mode="nearest")
    index = [np.arange(n) for n in size]
    inside = np.ones(size, dtype=np.bool_)
    for axis in range(3):
        place = (
            matrix[axis, 0] * index[0][:, None, None]
            + matrix[axis, 1] * index[1][None, :, None]
            + matrix[axis, 2] * index[2][None, None, :]
            + offset[axis]
        )
        inside &= (place >= -0.5) & (place <= volume.shape[axis] - 0.5)
    return Region(array.astype(np.float32), low, step_mm, inside)


def tube_strength(
    array: NDArray[np.float32], sigmas: tuple[float, ...], *, bright: bool
) -> NDArray[np.float32]:
    """Return how much each voxel lies on a bright or dark line, over several widths.

    The middle eigenvalue of the Hessian counts: sheets and edges have none.

    Parameters
    ----------
    array : ndarray
        Cubes.
    sigmas : tuple of float
        Widths in voxels.
    bright : bool
        Bright lines, or dark ones.
    """
    best = np.zeros(array.shape, dtype=np.float32)
    sign = -1.0 if bright else 1.0
    for sigma in sigmas:
        small, middle, large = _eigenvalues(sign * array, sigma)
        round_ = np.sqrt(np.clip(middle / np.maximum(large, 1e-9), 0.0, 1.0))
        bent = np.clip(1.0 + np.minimum(small, 0.0) / np.maximum(middle, 1e-9), 0.0, 1.0)
        value = np.where(middle > 0, sigma**2 * middle * round_ * (0.5 + 0.5 * bent), 0.0)
        np.maximum(best, value.astype(np.float32), out=best)
    return best


def _eigenvalues(
    array: NDArray[np.float32], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the eigenvalues of the Hessian in closed form, smallest first."""
    parts = {}
    for a in range(3):
        for b in range(a, 3):
            order = [0, 0, 0]
            order[a] += 1
            order[b] += 1
            parts[a, b] = ndimage.gaussian_filter(
                array, sigma, order=tuple(order), mode="nearest", truncate=3.0
            )
    xx, yy, zz = parts[0, 0], parts[1, 1], parts[2, 2]
    xy, xz, yz = parts[0, 1], parts[0, 2], parts[1, 2]
    mean = (xx + yy + zz) / 3.0
    dx, dy, dz = xx - mean, yy - mean, zz - mean
    off = xy**2 + xz**2 + yz**2
    p = np.sqrt((dx**2 + dy**2 + dz**2 + 2.0 * off) / 6.0) + 1e-12
    det = dx * (dy * dz - yz**2) - xy * (xy * dz - yz * xz) + xz * (xy * yz - dy * xz)
    angle = np.arccos(np.clip(det / (2.0 * p**3), -1.0, 1.0)) / 3.0
    large = mean + 2.0 * p * np.cos(angle)
    small = mean + 2.0 * p * np.cos(angle + 2.0 * np.pi / 3.0)
    return small, 3.0 * mean - large - small, large
