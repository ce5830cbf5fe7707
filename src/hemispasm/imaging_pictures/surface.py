"""The surface of the brainstem: half-way between fluid and brain, without nerves, vessels, bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.region import cut_region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.imaging_pictures.tubes import DrawnTube
    from hemispasm.model.imaging import Volume

STEP_MM = 0.4
_OPEN_MM = 1.3
_AROUND_MM = 0.7
_SOFT_MM = 0.35
#: Bone and the outer cerebellum begin about here, as a share of the way from root exit to porus.
_CUT_SHARE = 0.42
_LEAST_VOXELS = 500


@dataclass(frozen=True)
class Surface:
    """A field that is above 0 inside the brainstem, on a grid along the patient's axes.

    Attributes
    ----------
    field : ndarray of float32
        Zero on the surface.
    skip_mm : ndarray of float32
        From each voxel at least so far to the surface, for rays.
    origin_mm, step_mm
        LPS of the first voxel, spacing.
    """

    field: NDArray[np.float32]
    skip_mm: NDArray[np.float32]
    origin_mm: NDArray[np.float64]
    step_mm: float


def brainstem_surface(
    cisternogram: Volume,
    box_mm: NDArray[np.float64],
    root_mm: NDArray[np.float64],
    outer_mm: NDArray[np.float64],
    tubes: Sequence[DrawnTube],
) -> Surface | None:
    """Return the brainstem in a box, None where it cannot be told from what surrounds it.

    Parameters
    ----------
    cisternogram : Volume
        Fluid is bright on it.
    box_mm : ndarray of shape (2, 3)
        Lowest and highest corner, LPS.
    root_mm, outer_mm : ndarray of shape (3,)
        Ends of VII at the brainstem and at the porus: what lies farther out is cut away, or the
        petrous bone would hide everything.
    tubes : sequence of DrawnTube
        Nerves and vessels, which are drawn on their own.
    """
    region = cut_region(cisternogram, box_mm, 0.0, STEP_MM)
    seen = region.array[region.inside]
    if seen.size < _LEAST_VOXELS:
        return None
    fluid = float(np.percentile(seen, 95.0))
    points = region.points()
    near = np.linalg.norm(points - root_mm, axis=-1) < 8.0
    dark = region.array[near & region.inside & (region.array < 0.6 * fluid)]
    if dark.size < 50:
        return None
    level = 0.5 * (fluid + float(np.median(dark)))
    mask = (region.array < level) & region.inside
    mask &= ~_around(points, tubes)
    along = (outer_mm - root_mm) / max(float(np.linalg.norm(outer_mm - root_mm)), 1e-6)
    left_mm = _CUT_SHARE * float(np.linalg.norm(outer_mm - root_mm)) - (points - root_mm) @ along
    stem = _stem(mask & (left_mm > 0.0), points, root_mm - 3.0 * along)
    if stem is None:
        return None
    return _as_surface(region.array, stem, level, left_mm, region.origin_mm)


def _around(points: NDArray[np.float64], tubes: Sequence[DrawnTube]) -> NDArray[np.bool_]:
    """Return the voxels in or beside a tube that runs free; a nerve on the brainstem stays in."""
    from scipy.spatial import cKDTree

    found = np.zeros(points.shape[:3], dtype=np.bool_)
    flat = points.reshape(-1, 3)
    for tube in tubes:
        if tube.structure in ("VII", "VIII"):
            continue
        reach = float(tube.radii_mm.max()) + _AROUND_MM
        low, high = tube.points_mm.min(axis=0) - reach, tube.points_mm.max(axis=0) + reach
        near = np.flatnonzero(np.all((flat >= low) & (flat <= high), axis=1))
        apart, index = cKDTree(tube.points_mm).query(flat[near], distance_upper_bound=reach)
        radius = np.append(tube.radii_mm, -1e9)[index]
        found.reshape(-1)[near[apart < radius + _AROUND_MM]] = True
    return found


def _stem(
    mask: NDArray[np.bool_], points: NDArray[np.float64], inside_mm: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Return the large dark body around a place, without the thin things that hang on it."""
    grid_mm = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge")) * STEP_MM
    core = grid_mm[1:-1, 1:-1, 1:-1] > _OPEN_MM
    labels, count = ndimage.label(core)
    if not count:
        return None
    away = np.where(labels > 0, np.linalg.norm(points - inside_mm, axis=-1), np.inf)
    label = labels[np.unravel_index(int(away.argmin()), away.shape)]
    body = labels == label
    if int(np.count_nonzero(body)) < _LEAST_VOXELS:
        return None
    # Grown back by as much as was taken off, and by a voxel more: the grey values then decide.
    back = ndimage.distance_transform_edt(~body) * STEP_MM
    return np.asarray(mask & (back <= _OPEN_MM + STEP_MM), dtype=np.bool_)


def _as_surface(
    array: NDArray[np.float32],
    stem: NDArray[np.bool_],
    level: float,
    left_mm: NDArray[np.float64],
    origin_mm: NDArray[np.float64],
) -> Surface:
    """Return a smooth field: grey values near the body, its distance elsewhere, a flat cut."""
    # The body goes on behind the cut, so that the cut and not its voxels makes the face.
    behind = ndimage.distance_transform_edt(~stem) * STEP_MM < 3.0 * STEP_MM
    stem = stem | (behind & (left_mm <= 0.0) & (array < level))
    inner = ndimage.distance_transform_edt(np.pad(stem, 1, mode="edge"))[1:-1, 1:-1, 1:-1]
    outer = ndimage.distance_transform_edt(~stem)
    signed = (np.where(stem, inner - 0.5, 0.5 - outer) * STEP_MM).astype(np.float32)
    grey = np.clip((level - array) / level, -1.0, 1.0).astype(np.float32)
    # Close to the rim the grey values place the surface within a voxel; cut faces keep the mask.
    close = np.abs(signed) <= 1.01 * STEP_MM
    agree = np.sign(grey) == np.sign(signed)
    mixed = np.where(close & agree, np.clip(grey, -STEP_MM, STEP_MM), signed)
    field = ndimage.gaussian_filter(mixed, _SOFT_MM / STEP_MM)
    field = np.minimum(field, left_mm)
    skip = np.maximum(np.abs(signed) - 2.0 * STEP_MM, 0.0)
    skip = np.minimum(skip, np.maximum(np.abs(left_mm) - 2.0 * STEP_MM, 0.0))
    return Surface(
        np.ascontiguousarray(field, dtype=np.float32),
        np.ascontiguousarray(skip, dtype=np.float32),
        origin_mm,
        STEP_MM,
    )
