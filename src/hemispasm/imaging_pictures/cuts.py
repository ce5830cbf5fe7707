"""Cuts through the series: grey pictures, and the lines that lie upon them."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from hemispasm.imaging_pictures.planes import points_of
from hemispasm.model.imaging_views import Outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from hemispasm.imaging_pictures.tubes import DrawnTube
    from hemispasm.model.imaging import Volume
    from hemispasm.model.imaging_views import Frame, Xy

STEP_MM = 0.15
_CONTOUR_MM = 0.1
_NEAR_MM = 0.9
_TOLERANCE_MM = 0.03
_DARK, _BRIGHT = 0.5, 99.7
_WINDOW_MM = 22.0


@dataclass(frozen=True)
class Series:
    """A series with what its pictures need.

    Attributes
    ----------
    volume : Volume
        The voxels.
    move : ndarray of shape (4, 4)
        From the pictures' frame (the cisternogram's) to this series'.
    moved : bool
        Whether ``move`` comes from registration.
    """

    volume: Volume
    move: NDArray[np.float64]
    moved: bool = False

    def sample(self, points_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return values at LPS points of any shape (..., 3), cubic; NaN outside the volume."""
        flat = points_mm.reshape(-1, 3) @ self.move[:3, :3].T + self.move[:3, 3]
        index = self.volume.to_voxel(flat)
        low = np.clip(np.floor(index.min(axis=0)).astype(int) - 4, 0, None)
        high = np.ceil(index.max(axis=0)).astype(int) + 5
        high = np.minimum(high, np.array(self.volume.shape))
        if np.any(high - low < 2):
            return np.full(points_mm.shape[:-1], np.nan, dtype=np.float32)
        part = self.volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        order = 3 if min(part.shape) > 3 else 1
        values = ndimage.map_coordinates(
            part.astype(np.float32), (index - low).T, order=order, mode="nearest"
        )
        outside = np.any((index < -0.5) | (index > np.array(self.volume.shape) - 0.5), axis=1)
        values[outside] = np.nan
        return np.asarray(values.reshape(points_mm.shape[:-1]), dtype=np.float32)

    def window(self, centre_mm: ArrayLike) -> tuple[float, float]:
        """Return the values that become black and white around a place."""
        axis = np.arange(-_WINDOW_MM, _WINDOW_MM + 0.1, 1.0)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
        seen = self.sample(grid + np.asarray(centre_mm, dtype=np.float64))
        seen = seen[np.isfinite(seen)]
        if not seen.size:
            return 0.0, 1.0
        low, high = np.percentile(seen, (_DARK, _BRIGHT))
        return min(0.0, float(low)), max(float(high), float(low) + 1e-6)


def grey_png(series: Series, frame: Frame, window: tuple[float, float]) -> str:
    """Return one cut as a greyscale PNG, base64; outside the volume it is mid-grey hatching."""
    values = series.sample(points_of(frame, STEP_MM))
    low, high = window
    grey = np.clip((np.nan_to_num(values) - low) / (high - low), 0.0, 1.0) * 255.0
    rows, columns = np.indices(values.shape)
    hatch = np.where((rows + columns) % 16 < 3, 120.0, 70.0)
    return png_text(np.where(np.isnan(values), hatch, grey).astype(np.uint8))


def png_text(pixels: NDArray[np.uint8]) -> str:
    """Return pixels as PNG, base64."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=7)
    return base64.b64encode(out.getvalue()).decode("ascii")


def outlines_on(frame: Frame, tubes: Sequence[DrawnTube]) -> tuple[Outline, ...]:
    """Return what a plane cuts of the fitted tubes, and the courses near it elsewhere."""
    found: list[Outline] = []
    for tube in tubes:
        found += _cut(frame, tube) if tube.fitted else _near(frame, tube)
    return tuple(found)


def _cut(frame: Frame, tube: DrawnTube) -> list[Outline]:
    """Return the outlines of a fitted tube in a plane."""
    from skimage.measure import approximate_polygon, find_contours

    normal = np.cross(np.array(frame.right), np.array(frame.down))
    depth = np.abs((tube.points_mm - np.array(frame.centre_mm)) @ normal)
    if not np.any(depth <= tube.radii_mm):
        return []
    places = points_of(frame, _CONTOUR_MM)
    apart, nearest = cKDTree(tube.points_mm).query(places.reshape(-1, 3), distance_upper_bound=4.0)
    radius = np.append(tube.radii_mm, 0.0)[nearest]
    field = np.where(np.isfinite(apart), apart - radius, 4.0).reshape(places.shape[:2])
    found = []
    for line in find_contours(field, 0.0):
        kept = approximate_polygon(line, _TOLERANCE_MM / _CONTOUR_MM)
        x = (kept[:, 1] + 0.5) * _CONTOUR_MM - frame.width_mm / 2
        y = (kept[:, 0] + 0.5) * _CONTOUR_MM - frame.height_mm / 2
        closed = bool(np.allclose(line[0], line[-1]))
        if len(kept) > 3:
            points = _rounded(np.stack([x, y], axis=1))
            found.append(
                Outline(structure=tube.structure, kind="outline", points=points, closed=closed)
            )
    return found


def _near(frame: Frame, tube: DrawnTube) -> list[Outline]:
    """Return the stretches of a course that run within a nerve's width of a plane."""
    from skimage.measure import approximate_polygon

    right, down = np.array(frame.right), np.array(frame.down)
    away = tube.points_mm - np.array(frame.centre_mm)
    flat = np.stack([away @ right, away @ down], axis=1)
    inside = np.abs(away @ np.cross(right, down)) <= _NEAR_MM
    inside &= np.all(np.abs(flat) <= (frame.width_mm / 2, frame.height_mm / 2), axis=1)
    found = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        line = flat[start:stop]
        if float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) < _NEAR_MM:
            continue
        points = _rounded(approximate_polygon(line, _TOLERANCE_MM))
        found.append(Outline(structure=tube.structure, kind="course", points=points))
    return found


def _rounded(points: NDArray[np.float64]) -> tuple[Xy, ...]:
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in points)
