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
        Axis in millimetres from the fine grid's first voxel, and radius at each point.
    step, low : ndarray of shape (3,)
        Spacing of the fine grid; index of the box's first voxel in it.
    reach : float
        Distance from the surface up to which values are exact.
    """
    n0, n1, n2 = out.shape
    for s in range(len(points) - 1):
        ax, ay, az = points[s]
        dx = points[s + 1, 0] - ax
        dy = points[s + 1, 1] - ay
        dz = points[s + 1, 2] - az
        length2 = dx * dx + dy * dy + dz * dz + 1e-12
        wide = max(radii[s], radii[s + 1]) + reach
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
                    value = np.sqrt(qx * qx + qy * qy + qz * qz) - radius
                    if value < out[i, j, k]:
                        out[i, j, k] = value
