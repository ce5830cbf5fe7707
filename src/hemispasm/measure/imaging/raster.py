"""Signed distance of tubes on a fine grid, a tube at a time and only near the tube."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR_MM = 9.0


@njit(cache=True)
def draw_tube(  # pragma: no cover - compiled
    out: NDArray[np.float32],
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    oval: NDArray[np.float64],
    across: NDArray[np.float64],
    step: NDArray[np.float64],
    low: NDArray[np.int64],
    reach: float,
) -> None:
    """Lower ``out`` to the signed distance of a tube where that is smaller.

    Parameters
    ----------
    out : ndarray of float32, shape (ni, nj, nk)
        A box of the fine grid, filled with ``FAR_MM``.
    points, radii : ndarray
        Axis in millimetres from the fine grid's first voxel, and mean radius at each point.
    oval : ndarray of shape (2,)
        Share of the radius by which the section is longer along the first cross direction, and
        along the diagonal between both.
    across : ndarray of shape (n, 2, 3)
        Cross directions at each point, in the fine grid's frame.
    step, low : ndarray of shape (3,)
        Spacing of the fine grid; index of the box's first voxel in it.
    reach : float
        Distance from the surface up to which values are exact.
    """
    n0, n1, n2 = out.shape
    flat = np.sqrt(oval[0] ** 2 + oval[1] ** 2)
    for s in range(len(points) - 1):
        ax, ay, az = points[s]
        dx = points[s + 1, 0] - ax
        dy = points[s + 1, 1] - ay
        dz = points[s + 1, 2] - az
        length2 = dx * dx + dy * dy + dz * dz + 1e-12
        wide = max(radii[s], radii[s + 1]) * (1.0 + flat) + reach
        i0 = max(0, int(np.ceil((min(ax, ax + dx) - wide) / step[0])) - low[0])
        i1 = min(n0, int(np.floor((max(ax, ax + dx) + wide) / step[0])) - low[0] + 1)
        j0 = max(0, int(np.ceil((min(ay, ay + dy) - wide) / step[1])) - low[1])
        j1 = min(n1, int(np.floor((max(ay, ay + dy) + wide) / step[1])) - low[1] + 1)
        k0 = max(0, int(np.ceil((min(az, az + dz) - wide) / step[2])) - low[2])
        k1 = min(n2, int(np.floor((max(az, az + dz) + wide) / step[2])) - low[2] + 1)
        for i in range(i0, i1):
            px = (i + low[0]) * step[0] - ax
            for j in range(j0, j1):
                py = (j + low[1]) * step[1] - ay
                for k in range(k0, k1):
                    pz = (k + low[2]) * step[2] - az
                    t = (px * dx + py * dy + pz * dz) / length2
                    t = min(1.0, max(0.0, t))
                    qx = px - t * dx
                    qy = py - t * dy
                    qz = pz - t * dz
                    radius = radii[s] + t * (radii[s + 1] - radii[s])
                    away = np.sqrt(qx * qx + qy * qy + qz * qz)
                    value = away - radius
                    if flat > 0.0 and away > 1e-6 and value < radius * flat + reach:
                        u, v = across[s, 0], across[s, 1]
                        one = (qx * u[0] + qy * u[1] + qz * u[2]) / away
                        two = (qx * v[0] + qy * v[1] + qz * v[2]) / away
                        even, odd = one * one - two * two, 2.0 * one * two
                        value -= radius * (oval[0] * even + oval[1] * odd)
                        slope = 2.0 * (oval[1] * even - oval[0] * odd)
                        value /= np.sqrt(1.0 + slope * slope)
                    out[i, j, k] = min(out[i, j, k], value)


@njit(cache=True)
def trace_tube(  # pragma: no cover - compiled
    index: NDArray[np.int64],
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    oval: NDArray[np.float64],
    across: NDArray[np.float64],
    step: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which part of a tube's surface lies at each of some voxels, and how it moves there.

    Parameters
    ----------
    index : ndarray of shape (m, 3)
        Voxels of the fine grid, near the tube's surface.
    points, radii, oval, across, step
        As for :func:`draw_tube`.

    Returns
    -------
    segment : ndarray of shape (m,)
        First point of the nearest segment.
    moved : ndarray of shape (m, 7)
        Share of the segment; derivative of the signed distance by a shift of the voxel along the
        grid's three axes, by the mean radius, and by both shares of the oval.
    """
    m = len(index)
    segment, moved = np.zeros(m, dtype=np.int64), np.zeros((m, 7))
    for p in range(m):
        x, y, z = index[p, 0] * step[0], index[p, 1] * step[1], index[p, 2] * step[2]
        best = 1e9
        for s in range(len(points) - 1):
            ax, ay, az = points[s]
            dx = points[s + 1, 0] - ax
            dy = points[s + 1, 1] - ay
            dz = points[s + 1, 2] - az
            px, py, pz = x - ax, y - ay, z - az
            t = (px * dx + py * dy + pz * dz) / (dx * dx + dy * dy + dz * dz + 1e-12)
            t = min(1.0, max(0.0, t))
            qx, qy, qz = px - t * dx, py - t * dy, pz - t * dz
            away = np.sqrt(qx * qx + qy * qy + qz * qz) + 1e-9
            value = away - (radii[s] + t * (radii[s + 1] - radii[s]))
            if value < best:
                best, segment[p] = value, s
                u, v = across[s, 0], across[s, 1]
                one = (qx * u[0] + qy * u[1] + qz * u[2]) / away
                two = (qx * v[0] + qy * v[1] + qz * v[2]) / away
                even, odd = one * one - two * two, 2.0 * one * two
                slope = 2.0 * (oval[1] * even - oval[0] * odd)
                k = 1.0 / np.sqrt(1.0 + slope * slope)
                moved[p, 0] = t
                for a in range(3):
                    turned = one * v[a] - two * u[a]
                    moved[p, 1 + a] = -slope * turned * k
                moved[p, 1] += k * qx / away
                moved[p, 2] += k * qy / away
                moved[p, 3] += k * qz / away
                radius = radii[s] + t * (radii[s + 1] - radii[s])
                moved[p, 4] = -k * (1.0 + oval[0] * even + oval[1] * odd)
                moved[p, 5] = -k * radius * even
                moved[p, 6] = -k * radius * odd
    return segment, moved
