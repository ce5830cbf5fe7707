"""Rays through a smooth field: where they meet its surface, and how the surface lies there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True)  # type: ignore[misc,unused-ignore]
def _at(field: Any, i: float, j: float, k: float) -> float:
    """Return the field between eight voxels; the rim goes on outside."""
    ni, nj, nk = field.shape
    i, j, k = (
        min(max(i, 0.0), ni - 1.001),
        min(max(j, 0.0), nj - 1.001),
        min(max(k, 0.0), nk - 1.001),
    )
    a, b, c = int(i), int(j), int(k)
    u, v, w = i - a, j - b, k - c
    low = (
        field[a, b, c] * (1 - u) * (1 - v)
        + field[a + 1, b, c] * u * (1 - v)
        + field[a, b + 1, c] * (1 - u) * v
        + field[a + 1, b + 1, c] * u * v
    )
    high = (
        field[a, b, c + 1] * (1 - u) * (1 - v)
        + field[a + 1, b, c + 1] * u * (1 - v)
        + field[a, b + 1, c + 1] * (1 - u) * v
        + field[a + 1, b + 1, c + 1] * u * v
    )
    return low * (1 - w) + high * w


@njit(cache=True)  # type: ignore[misc,unused-ignore]
def cast_rays(
    field: Any, skip: Any, starts: Any, step: Any, length: float, depth: Any, normals: Any
) -> None:
    """Fill ``depth`` (voxels along the ray, inf where it meets nothing) and ``normals``.

    Parameters
    ----------
    field : ndarray of float32
        Above 0 inside.
    skip : ndarray of float32
        Voxels that are free of the surface around each voxel.
    starts : ndarray of shape (n, 3)
        Where rays begin, in voxels.
    step : ndarray of shape (3,)
        Direction, one voxel long.
    length : float
        Of the rays, voxels.
    """
    ni, nj, nk = field.shape
    for n in range(starts.shape[0]):
        t = 0.0
        before = -1.0
        was_in_box = False
        while t < length:
            i, j, k = (
                starts[n, 0] + t * step[0],
                starts[n, 1] + t * step[1],
                starts[n, 2] + t * step[2],
            )
            inside = 0 <= i <= ni - 1 and 0 <= j <= nj - 1 and 0 <= k <= nk - 1
            value = _at(field, i, j, k) if inside else -1.0
            if value >= 0.0 and not was_in_box:
                # The box cuts the body: a flat face.
                depth[n] = t
                normals[n, 0], normals[n, 1], normals[n, 2] = -step[0], -step[1], -step[2]
                break
            if value >= 0.0:
                # Between the last step and this one, halve to the surface.
                low, high = max(before, 0.0), t
                for _ in range(12):
                    middle = 0.5 * (low + high)
                    here = _at(
                        field,
                        starts[n, 0] + middle * step[0],
                        starts[n, 1] + middle * step[1],
                        starts[n, 2] + middle * step[2],
                    )
                    if here >= 0.0:
                        high = middle
                    else:
                        low = middle
                depth[n] = high
                i, j, k = (
                    starts[n, 0] + high * step[0],
                    starts[n, 1] + high * step[1],
                    starts[n, 2] + high * step[2],
                )
                gi = _at(field, i - 0.7, j, k) - _at(field, i + 0.7, j, k)
                gj = _at(field, i, j - 0.7, k) - _at(field, i, j + 0.7, k)
                gk = _at(field, i, j, k - 0.7) - _at(field, i, j, k + 0.7)
                size = np.sqrt(gi * gi + gj * gj + gk * gk) + 1e-9
                normals[n, 0], normals[n, 1], normals[n, 2] = gi / size, gj / size, gk / size
                break
            before = t
            if inside:
                was_in_box = True
                free = skip[int(i + 0.5), int(j + 0.5), int(k + 0.5)]
                t += max(0.5, free)
            else:
                t += 1.0


@njit(cache=True)  # type: ignore[misc,unused-ignore]
def draw_balls(
    flat: Any, radii: Any, step: float, code: int, pale: bool, depth: Any, normals: Any,
    kinds: Any, pales: Any
) -> None:  # fmt: skip
    """Draw balls with their depth where they are nearest; normals in the picture's axes.

    Parameters
    ----------
    flat : ndarray of shape (n, 3)
        Middles: to the right, down, away; from the first pixel.
    radii : ndarray of shape (n,)
        In the same unit as ``step``, the size of a pixel.
    code, pale
        Written into ``kinds`` and ``pales``.
    """
    rows, columns = depth.shape
    for n in range(flat.shape[0]):
        x, y, z, radius = flat[n, 0], flat[n, 1], flat[n, 2], radii[n]
        first, last = max(0, int((x - radius) / step)), min(columns, int((x + radius) / step) + 2)
        for r in range(max(0, int((y - radius) / step)), min(rows, int((y + radius) / step) + 2)):
            dy = r * step - y
            for c in range(first, last):
                dx = c * step - x
                rest = radius * radius - dx * dx - dy * dy
                if rest <= 0.0:
                    continue
                dz = -np.sqrt(rest)
                if z + dz < depth[r, c]:
                    depth[r, c] = z + dz
                    normals[r, c, 0], normals[r, c, 1], normals[r, c, 2] = (
                        dx / radius,
                        dy / radius,
                        dz / radius,
                    )
                    kinds[r, c] = code
                    pales[r, c] = pale


def meet_surface(
    field: NDArray[np.float32],
    skip: NDArray[np.float32],
    starts: NDArray[np.float64],
    step: NDArray[np.float64],
    length: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return depth (inf where a ray meets nothing) and outward normal of every ray.

    Examples
    --------
    >>> axis = np.arange(21.0) - 10.0
    >>> ball = (6.0 - np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2
    ...         + axis[None, None, :] ** 2)).astype(np.float32)
    >>> depth, normal = meet_surface(ball, np.zeros_like(ball), np.array([[0.0, 10.0, 10.0]]),
    ...                              np.array([1.0, 0.0, 0.0]), 20.0)
    >>> round(float(depth[0]), 2), normal.round(2).tolist()
    (4.0, [[-1.0, 0.0, 0.0]])
    """
    depth = np.full(len(starts), np.inf)
    normals = np.zeros((len(starts), 3))
    cast_rays(field, skip, starts, step, length, depth, normals)
    return depth, normals
