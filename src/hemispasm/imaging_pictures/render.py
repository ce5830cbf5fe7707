"""A small renderer: depth and normals of a surface and of tubes, light, and soft shadow in folds.

Orthographic, so that a millimetre is a millimetre everywhere in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.imaging_pictures.planes import points_of
from hemispasm.imaging_pictures.rays import draw_balls, meet_surface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hemispasm.imaging_pictures.surface import Surface
    from hemispasm.imaging_pictures.tubes import DrawnTube
    from hemispasm.model.imaging_views import Frame

#: Colours that stay apart in print and for most colour-blind readers.
COLOURS: Mapping[str, tuple[float, float, float]] = {
    "brainstem": (0.87, 0.80, 0.72),
    "VII": (0.96, 0.80, 0.16),
    "VIII": (0.55, 0.68, 0.40),
    "vessel": (0.80, 0.14, 0.12),
    "other_vessel": (0.82, 0.50, 0.46),
    "unsure": (0.47, 0.47, 0.68),
}
_NAMES = tuple(COLOURS)
#: How much a stretch whose thickness was not measured fades towards white.
_PALE = 0.38
STEP_MM = 0.06
_FINER = 2
_ROUGH_MM = 0.35
_DEPTH_MM = 44.0


class _Canvas:
    """Depth (mm from the plane of the eye), normals and what is seen, finer than the picture.

    Normals are in the picture's axes: right, down, away.
    """

    def __init__(self, frame: Frame) -> None:
        self.step_mm = STEP_MM / _FINER
        self.right, self.down = np.array(frame.right), np.array(frame.down)
        self.away = np.cross(self.right, self.down)
        self.starts = points_of(frame, self.step_mm) - 0.5 * _DEPTH_MM * self.away
        shape = self.starts.shape[:2]
        self.depth = np.full(shape, np.inf)
        self.normal = np.zeros((*shape, 3))
        self.kind = np.full(shape, -1, dtype=np.int8)
        self.pale = np.zeros(shape, dtype=np.bool_)
        self.origin = self.starts[0, 0]

    def add_surface(self, surface: Surface) -> None:
        depth, normals = self._meet(surface, self.starts[::2, ::2])
        rough = _rough(depth)
        high, wide = len(self.depth), len(self.depth[0])
        depth, normals = _doubled(depth)[:high, :wide], _doubled(normals)[:high, :wide]
        # Between even rays the surface is straight; at its edges every ray is cast.
        fine = np.repeat(np.repeat(rough, 2, axis=0), 2, axis=1)[:high, :wide]
        depth[fine], normals[fine] = self._meet(surface, self.starts[fine])
        nearer = depth < self.depth
        self.depth[nearer] = depth[nearer]
        axes = np.stack([self.right, self.down, self.away], axis=1)
        self.normal[nearer] = normals[nearer] @ axes
        self.kind[nearer] = _NAMES.index("brainstem")

    def _meet(
        self, surface: Surface, starts: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return depth in millimetres and normals of rays from some places of the plane."""
        rays = (starts.reshape(-1, 3) - surface.origin_mm) / surface.step_mm
        depth, normals = meet_surface(
            surface.field,
            surface.skip_mm / np.float32(surface.step_mm),
            np.ascontiguousarray(rays),
            np.ascontiguousarray(self.away),
            _DEPTH_MM / surface.step_mm,
        )
        return depth.reshape(starts.shape[:-1]) * surface.step_mm, normals.reshape(starts.shape)

    def add_tube(self, tube: DrawnTube) -> None:
        """Put a tube on as balls that touch so closely that no one sees them."""
        away = tube.points_mm - self.origin
        axes = np.stack([self.right, self.down, self.away], axis=1)
        draw_balls(
            np.ascontiguousarray(away @ axes),
            tube.radii_mm,
            self.step_mm,
            _NAMES.index(tube.structure),
            not tube.fitted,
            self.depth,
            self.normal,
            self.kind,
            self.pale,
        )


def render(frame: Frame, surface: Surface | None, tubes: Sequence[DrawnTube]) -> NDArray[np.uint8]:
    """Return a picture of a scene on white, RGB.

    Parameters
    ----------
    frame : Frame
        What is seen, from where.
    surface : Surface or None
        The brainstem.
    tubes : sequence of DrawnTube
        Nerves and vessels; stretches without a fit are paler.
    """
    canvas = _Canvas(frame)
    if surface is not None:
        canvas.add_surface(surface)
    for tube in tubes:
        canvas.add_tube(tube)
    colour = _lit(canvas)
    high, wide = canvas.starts.shape[:2]
    rows, columns = high // _FINER, wide // _FINER
    fine = colour[: rows * _FINER, : columns * _FINER]
    small = fine.reshape(rows, _FINER, columns, _FINER, 3).mean(axis=(1, 3))
    return np.asarray(np.rint(np.clip(small, 0.0, 1.0) * 255.0), dtype=np.uint8)


def _rough(depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where a surface ends or folds between neighbouring rays."""
    flat = np.where(np.isfinite(depth), depth, 1e3)
    jump = ndimage.maximum_filter(flat, 3) - ndimage.minimum_filter(flat, 3)
    return np.asarray(jump > _ROUGH_MM, dtype=np.bool_)


def _doubled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an array twice as large in its first two axes, straight between its values."""
    for axis in (0, 1):
        following = np.concatenate(
            [np.take(values, range(1, values.shape[axis]), axis), np.take(values, [-1], axis)], axis
        )
        with np.errstate(invalid="ignore"):
            between = 0.5 * (values + following)
        pair = np.stack([values, between], axis=axis + 1)
        shape = list(values.shape)
        shape[axis] *= 2
        values = pair.reshape(shape)
    return values


def _lit(canvas: _Canvas) -> NDArray[np.float64]:
    """Return the colour of every fine pixel."""
    seen = canvas.kind >= 0
    base = np.array([COLOURS[name] for name in _NAMES])[np.maximum(canvas.kind, 0)]
    base = np.where(canvas.pale[..., None], base + _PALE * (1.0 - base), base)
    normal = canvas.normal
    key = _unit(-0.55, -0.75, -0.9)
    fill = _unit(0.8, 0.2, -0.7)
    lit = np.maximum(normal @ key, 0.0)
    half = _unit(key[0], key[1], key[2] - 1.0)
    tube = canvas.kind != _NAMES.index("brainstem")
    shine = np.maximum(normal @ half, 0.0) ** 40 * np.where(tube, 0.35, 0.05)
    light = 0.40 + 0.52 * lit + 0.16 * np.maximum(normal @ fill, 0.0)
    light *= _folds(canvas, seen)
    colour = base * light[..., None] + shine[..., None]
    # What lies farther away fades a little, so that the eye reads the depth.
    far = np.where(seen, canvas.depth, 0.0)
    near = float(np.percentile(far[seen], 2.0)) if seen.any() else 0.0
    haze = np.clip((far - near) / _DEPTH_MM, 0.0, 1.0)[..., None] * 0.45
    colour = colour * (1.0 - haze) + haze
    colour *= (1.0 - 0.55 * _edges(canvas, seen))[..., None]
    return np.where(seen[..., None], colour, 1.0)


def _folds(canvas: _Canvas, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how much light reaches places that lie behind their surroundings."""
    last = float(canvas.depth[seen].max()) if seen.any() else 0.0
    depth = np.where(seen, canvas.depth, last)
    weight = seen.astype(np.float64)
    shade = np.ones(depth.shape)
    for width_mm, strength, reach_mm, every in ((0.35, 0.35, 0.7, 2), (1.6, 0.30, 2.5, 6)):
        # A blur needs no more pixels than it is wide.
        sigma = width_mm / canvas.step_mm / every
        part, own = depth[::every, ::every], weight[::every, ::every]
        mean = ndimage.gaussian_filter(part * own, sigma, truncate=2.5)
        mean /= np.maximum(ndimage.gaussian_filter(own, sigma, truncate=2.5), 1e-3)
        rows, columns = (np.arange(n) / every for n in depth.shape)
        grid = np.meshgrid(rows, columns, indexing="ij")
        mean = ndimage.map_coordinates(mean, grid, order=1, mode="nearest")
        shade *= 1.0 - strength * np.clip((depth - mean) / reach_mm, 0.0, 1.0)
    return shade


def _edges(canvas: _Canvas, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return a thin line where something near passes before something far."""
    depth = np.where(seen, canvas.depth, _DEPTH_MM)
    jump = ndimage.maximum_filter(depth, 3) - ndimage.minimum_filter(depth, 3)
    return np.clip((jump - 0.5) / 0.8, 0.0, 1.0)


def _unit(right: float, down: float, away: float) -> NDArray[np.float64]:
    vector = np.array([right, down, away])
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)
