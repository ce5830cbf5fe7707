"""Polylines in the patient: even spacing, arc length, frames, nearest points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Points = "NDArray[np.float64]"
_INWARD_POINTS = 3
_FALL_MM = 0.1


def arc_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length from the first point.

    Examples
    --------
    >>> arc_of(np.array([[0.0, 0, 0], [3, 4, 0], [3, 4, 1]])).tolist()
    [0.0, 5.0, 6.0]
    """
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def resample(points: ArrayLike, step_mm: float) -> NDArray[np.float64]:
    """Return the same course with points about ``step_mm`` apart; both ends stay."""
    course = np.asarray(points, dtype=np.float64)
    keep = np.concatenate([[True], np.linalg.norm(np.diff(course, axis=0), axis=1) > 1e-9])
    course = course[keep]
    if len(course) < 2:
        return course
    arc = arc_of(course)
    places = np.linspace(0.0, arc[-1], max(2, round(float(arc[-1]) / step_mm) + 1))
    return np.stack([np.interp(places, arc, course[:, k]) for k in range(3)], axis=1)


def smooth(points: NDArray[np.float64], step_mm: float, width_mm: float) -> NDArray[np.float64]:
    """Return an evenly spaced course without wiggles below ``width_mm``; ends stay."""
    course = resample(points, step_mm)
    if len(course) < 4:
        return course
    # Point reflection at the ends: a mirror would bend the ends and shorten the course.
    n = min(len(course) - 1, int(4 * width_mm / step_mm) + 1)
    head = 2 * course[0] - course[n:0:-1]
    tail = 2 * course[-1] - course[-2 : -n - 2 : -1]
    long = np.concatenate([head, course, tail])
    even = gaussian_filter1d(long, width_mm / step_mm, axis=0, mode="nearest")
    return resample(even[n : n + len(course)], step_mm)


def tangents(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors along the course."""
    along = np.gradient(points, axis=0)
    unit: NDArray[np.float64] = along / np.maximum(
        np.linalg.norm(along, axis=1, keepdims=True), 1e-9
    )
    return unit


def frames(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two unit vectors across the course that turn as little as they can."""
    along = tangents(points)
    first = np.empty_like(points)
    axis = np.eye(3)[np.argmin(np.abs(along[0]))]
    for i, direction in enumerate(along):
        axis = axis - direction * float(axis @ direction)
        axis = axis / np.linalg.norm(axis)
        first[i] = axis
    return first, np.cross(along, first)


def nearest_on(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return for each point its distance to the other course's points, and which."""
    apart = np.linalg.norm(points[:, None, :] - others[None, :, :], axis=2)
    index = apart.argmin(axis=1)
    return apart[np.arange(len(points)), index], index


def prolonged(
    points: NDArray[np.float64], by_mm: float, over_mm: float = 5.0
) -> NDArray[np.float64]:
    """Return a course that goes straight on beyond its last point.

    Its way on is that of its last ``over_mm``: the last points alone lean to where a hand clicked.

    Examples
    --------
    >>> prolonged(np.array([[0.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0]]), 1.0)[-1].tolist()
    [3.0, 0.0, 0.0]
    """
    arc = arc_of(points)
    step = points[-1] - points[int(np.searchsorted(arc, arc[-1] - over_mm))]
    length = float(np.linalg.norm(step))
    if length < 1e-9 or by_mm <= 0.0:
        return points
    spacing = float(arc[-1]) / (len(points) - 1)
    along = np.linspace(0.0, by_mm, max(2, round(by_mm / spacing) + 1))[1:, None]
    return np.concatenate([points, points[-1] + along * step / length])


def joined(
    course: NDArray[np.float64], other: NDArray[np.float64], most_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Return a course that ends beside another one, and the two limbs it may go on along.

    Parameters
    ----------
    course, other : ndarray of shape (n, 3)
        The course whose end is looked at; the other, that passes or ends there.
    most_mm : float
        Ends farther away than this are not beside it.

    Returns
    -------
    tuple or None
        The course, turned so that it ends at the other; both limbs, each starting there.

    Examples
    --------
    >>> x = np.arange(6.0)[:, None]
    >>> one, two = x * [1.0, 0, 0], 7.0 * np.eye(3)[0] + x * [0, 1.0, 0]
    >>> course, first, second = joined(one, two, 2.5)
    >>> course[-1].tolist(), len(first), len(second)
    ([5.0, 0.0, 0.0], 1, 6)
    >>> joined(one, two, 1.0) is None
    True
    """
    apart, index = nearest_on(course[[0, -1]], other)
    end = int(np.argmin(apart))
    if apart[end] > most_mm:
        return None
    at = int(index[end])
    return course[::-1] if end == 0 else course, other[at::-1], other[at:]


def falls_to_end(gap: NDArray[np.float64], at: int) -> bool:
    """Return whether the distance still falls where the counted part of the vessel ends.

    Parameters
    ----------
    gap : ndarray of shape (n,)
        Distance along the vessel in millimetres, infinite where it does not count.
    at : int
        Index of the smallest.

    Examples
    --------
    >>> falls_to_end(np.array([np.inf, 0.1, 0.4, 0.7, 1.0, 1.3, np.inf]), 1)
    True
    """
    counted = np.flatnonzero(np.isfinite(gap))
    first, last = int(counted[0]), int(counted[-1])
    if at not in (first, last) or last - first < _INWARD_POINTS:
        return False
    inward = at + _INWARD_POINTS if at == first else at - _INWARD_POINTS
    return bool(gap[at] < gap[inward] - _FALL_MM)
