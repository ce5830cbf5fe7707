"""The axis through one piece of vessel, round its loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.graph import MCP_Geometric

from hemispasm.measure.imaging.courses import arc_of, resample, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region

STEP_MM = 0.35
_SMOOTH_MM = 0.5
_LEAST_MM = 2.5
_BEYOND_MM = 0.8
_LEAST_LEFT = 12
_TIP_MM = 0.6
_MOST_DETOURS = 2
_BACK, _BACK_MM = 4.0, 0.6

Voxel = tuple[int, ...]


def course_through(
    region: Region,
    cost: NDArray[np.float64],
    local: NDArray[np.bool_],
    start: NDArray[np.intp],
    bright: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64] | None:
    """Return the course between the two ends of a piece that lie farthest apart.

    The cheapest way cuts a narrow loop off where its limbs lie against each other, and the loop's
    tip is what reaches the nerve. So the way goes through the farthest place that it left out,
    where that is clearly bright: a piece also leaks into the nerve that it touches.

    Parameters
    ----------
    region : Region
        Where the piece lies.
    cost : ndarray
        Of a step into each voxel; below 0 outside the piece.
    local : ndarray of bool
        The piece.
    start : ndarray of shape (3,)
        A voxel of it.
    bright : ndarray of bool, optional
        What is blood without doubt; without it no loop is looked for.

    Returns
    -------
    ndarray of shape (n, 3) or None
        LPS, evenly spaced; None where the piece is too short to be a course.
    """
    limbs = [_cheapest(cost, *_far_ends(local, start))]
    if bright is not None:
        limbs = _with_loops(region, cost, local, limbs, bright)
    # Each limb by itself: smoothing across a narrow turn would cut its tip off again.
    smoothed = [smooth(region.to_patient(limb), STEP_MM, _SMOOTH_MM) for limb in limbs]
    points = resample(np.concatenate(smoothed), STEP_MM)
    return points if float(arc_of(points)[-1]) >= _LEAST_MM else None


def _with_loops(
    region: Region,
    cost: NDArray[np.float64],
    local: NDArray[np.bool_],
    limbs: list[NDArray[np.intp]],
    bright: NDArray[np.bool_],
) -> list[NDArray[np.intp]]:
    tips: list[Voxel] = []
    for _ in range(_MOST_DETOURS):
        tip = _left_out(region, cost, local, np.concatenate(limbs), bright)
        if tip is None or tip in tips:
            break
        tips.append(tip)
        limbs = _through(region, cost, limbs, tip)
    return limbs


def radius_of(region: Region, local: NDArray[np.bool_], points: NDArray[np.float64]) -> float:
    """Return the radius of a piece from its volume and the length of its course, about."""
    volume = float(np.count_nonzero(local)) * region.step_mm**3
    length = max(float(arc_of(points)[-1]), 1.0)
    return float(np.clip(np.sqrt(volume / (np.pi * length)), 0.35, 2.5))


def _far_ends(local: NDArray[np.bool_], start: NDArray[np.intp]) -> tuple[Voxel, Voxel]:
    inside = np.where(local, 1.0, -1.0)
    other = end = tuple(int(v) for v in start)
    for _ in range(2):
        totals, _ = MCP_Geometric(inside).find_costs([end])
        totals = np.where(local & np.isfinite(totals), totals, -1.0)
        other, end = (
            end,
            tuple(int(v) for v in np.unravel_index(int(totals.argmax()), totals.shape)),
        )
    return other, end


def _cheapest(cost: NDArray[np.float64], first: Voxel, last: Voxel) -> NDArray[np.intp]:
    search = MCP_Geometric(cost)
    search.find_costs([first], [last])
    return np.array(search.traceback(last))


def _left_out(
    region: Region,
    cost: NDArray[np.float64],
    local: NDArray[np.bool_],
    way: NDArray[np.intp],
    bright: NDArray[np.bool_],
) -> Voxel | None:
    """Return the middle of the tip that a way leaves out; None where it explains the piece."""
    points = region.to_patient(way)
    index = np.argwhere(local)
    apart, _ = cKDTree(points).query(region.to_patient(index))
    left = np.zeros_like(local)
    reach = radius_of(region, local, smooth(points, STEP_MM, _SMOOTH_MM)) + _BEYOND_MM
    left[tuple(index[apart > reach].T)] = True
    left &= bright
    labels, count = ndimage.label(left, np.ones((3, 3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    kept = sizes[labels[tuple(index.T)]] >= _LEAST_LEFT
    kept &= labels[tuple(index.T)] > 0
    if not kept.any():
        return None
    tip = index[kept][int(np.argmax(apart[kept]))]
    near = index[np.linalg.norm(index - tip, axis=1) * region.step_mm <= _TIP_MM]
    return tuple(int(v) for v in near[int(np.argmin(cost[tuple(near.T)]))])


def _through(
    region: Region, cost: NDArray[np.float64], limbs: list[NDArray[np.intp]], tip: Voxel
) -> list[NDArray[np.intp]]:
    """Return the limbs with the one that passes a tip most nearly led through it, and back."""
    gaps = [float(np.linalg.norm(limb - np.array(tip), axis=1).min()) for limb in limbs]
    at = int(np.argmin(gaps))
    way = limbs[at]
    there = _cheapest(cost, tuple(way[0]), tip)
    away, _ = cKDTree(there.astype(float)).query(np.argwhere(cost > 0))
    dearer = cost.copy()
    dearer[cost > 0] *= 1.0 + _BACK * np.exp(-((away * region.step_mm / _BACK_MM) ** 2))
    return [*limbs[:at], there, _cheapest(dearer, tip, tuple(way[-1])), *limbs[at + 1 :]]
