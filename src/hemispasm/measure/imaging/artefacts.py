"""What spoils a series where the nerve lies: movement, dark bands, a course that does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.imaging import Volume

_SLICES = 40
_LEAST_LAG, _WIDTH = 5, 3
_CLIP = 3.0
_BALL_MM = 1.5
_STEP_MM = 1.0


def ghost_bump(volume: Volume) -> float:
    """Return how strongly the edges of a picture come back at a distance along rows or columns.

    A head that nods during the acquisition leaves copies of its edges along the phase direction.
    The correlation of a still picture's edges with themselves falls off smoothly; a copy is a bump.

    Parameters
    ----------
    volume : Volume
        A cisternogram or an angiogram.

    Returns
    -------
    float
        Height of the largest bump over its neighbours at three voxels on both sides, over the
        correlation at no distance. About 0 without movement.

    Notes
    -----
    Strong edges are clipped: otherwise the rim of a bone decides. Copies nearer than five voxels
    cannot be told from the picture itself, and the few samples across slices are not looked at.

    Examples
    --------
    >>> from hemispasm.model.imaging import Volume, lps_affine
    >>> noise = np.random.default_rng(0).normal(100, 5, (80, 80, 30)).astype(np.float32)
    >>> ghost_bump(Volume(noise, lps_affine((0.5, 0.5, 0.5)))) < 0.045
    True
    """
    count = volume.shape[2]
    step = max(1, count // _SLICES)
    soft = np.stack(
        [
            ndimage.gaussian_filter(volume.array[:, :, k].astype(np.float32), 1.0)
            for k in range(0, count, step)
        ],
        axis=-1,
    )
    least = 2 * (_LEAST_LAG + 2 * _WIDTH)
    axes = [axis for axis in (0, 1) if soft.shape[axis] >= least]
    return max((_bump_along(soft, axis) for axis in axes), default=0.0)


def _bump_along(soft: NDArray[np.float32], axis: int) -> float:
    steps = np.diff(soft, axis=axis)
    steps -= steps.mean()
    usual = 1.4826 * float(np.median(np.abs(steps)))
    if usual <= 0.0:
        return 0.0
    steps = np.clip(steps, -_CLIP * usual, _CLIP * usual)
    n = steps.shape[axis]
    power = np.abs(np.fft.rfft(steps, n=2 * n, axis=axis)) ** 2
    others = tuple(a for a in range(3) if a != axis)
    alike = np.fft.irfft(power.sum(axis=others))[:n] / np.arange(n, 0, -1)
    alike = alike / alike[0]
    last = n // 2 - _WIDTH
    lags = np.arange(_LEAST_LAG, max(last, _LEAST_LAG + 1))
    lags = lags[lags + _WIDTH < n]
    bump = alike[lags] - np.maximum(alike[lags - _WIDTH], alike[lags + _WIDTH])
    return float(bump.max(initial=0.0))


def fluid_along(volume: Volume, start_mm: ArrayLike, end_mm: ArrayLike) -> NDArray[np.float64]:
    """Return the brightness of the brightest fluid near each place of the nerve's way.

    Parameters
    ----------
    volume : Volume
        A cisternogram.
    start_mm, end_mm : array_like of shape (3,)
        Root exit and porus; the way between them is straight.

    Returns
    -------
    ndarray
        Every millimetre, over the brightest fluid of the way; a dark band shows as a low value.
    """
    start, end = (np.asarray(p, dtype=np.float64) for p in (start_mm, end_mm))
    length = float(np.linalg.norm(end - start))
    count = max(int(length / _STEP_MM), 2)
    places = start + np.linspace(0.1, 0.95, count)[:, None] * (end - start)
    level = [_brightest(volume, place) for place in places]
    found = np.array(level, dtype=np.float64)
    return found / max(float(found.max()), 1e-6)


def _brightest(volume: Volume, place_mm: NDArray[np.float64]) -> float:
    """Return the ninetieth percentile within a ball: fluid, where there is any."""
    centre = volume.to_voxel(place_mm[None, :])[0]
    half = _BALL_MM / np.array(volume.spacing_mm)
    last = np.array(volume.shape)
    low = np.clip(np.floor(centre - half).astype(int), 0, last - 1)
    high = np.clip(np.ceil(centre + half).astype(int) + 1, low + 1, last)
    part = volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    return float(np.percentile(part, 90.0))


def course_contrast(volume: Volume, points_mm: ArrayLike) -> float:
    """Return how much darker a nerve's course is than the fluid around it, 0 to 1.

    Parameters
    ----------
    volume : Volume
        A cisternogram.
    points_mm : array_like of shape (n, 3)
        Free course of the nerve.

    Returns
    -------
    float
        Median over the course; about 0 where the path runs through plain fluid or plain brain.
    """
    points = np.atleast_2d(np.asarray(points_mm, dtype=np.float64))
    index = volume.to_voxel(points)
    low = np.clip(np.floor(index.min(axis=0)).astype(int) - 2, 0, None)
    high = np.ceil(index.max(axis=0)).astype(int) + 3
    part = volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]].astype(np.float32)
    own = ndimage.map_coordinates(part, (index - low).T, order=1, mode="nearest")
    fluid = np.array([_brightest(volume, point) for point in points])
    return float(np.median(1.0 - own / np.maximum(fluid, 1e-6)))
