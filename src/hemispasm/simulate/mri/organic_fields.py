"""Shapes of the organic family: distance fields sampled from splines, and lumps of soft spheres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from hemispasm.simulate.mri.scene import Cover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.simulate.mri.scene import Grid

    Field = NDArray[np.float64]

_STEP = 0.06
_RIM = 0.45
_CHUNK = 40


@dataclass(frozen=True)
class Strand:
    """A soft tube: an oval section that tapers and twists along a spline.

    Attributes
    ----------
    middle, across, up : ndarray, shape (n, 3)
        Centre line, and the two directions of the section's half axes.
    wide, narrow : ndarray, shape (n,)
        Half axes along ``across`` and ``up``.
    """

    middle: Field
    across: Field
    up: Field
    wide: Field
    narrow: Field

    @property
    def length(self) -> Field:
        """Way along the centre line."""
        steps = np.linalg.norm(np.diff(self.middle, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def flipped(self) -> Strand:
        """Return it reflected at the midline."""
        turn = np.array([-1.0, 1.0, 1.0])
        return Strand(
            self.middle * turn, self.across * turn, self.up * turn, self.wide, self.narrow
        )

    mirrored = flipped

    def stretch(self, first: int, last: int) -> Strand:
        """Return the part between two samples."""
        part = slice(first, last)
        frame = (self.middle[part], self.across[part], self.up[part])
        return Strand(*frame, self.wide[part], self.narrow[part])

    def drifted(self, axis: Field, drift_mm: float) -> Strand:
        """Return the picture of its moving blood, displaced along an axis."""
        way = np.diff(self.middle, axis=0, append=self.middle[-1:])
        way[-1] = way[-2]
        pace = (way @ axis) / np.maximum(np.linalg.norm(way, axis=1), 1e-9)
        moved = self.middle + drift_mm * pace[:, None] * axis
        return Strand(moved, self.across, self.up, self.wide, self.narrow)

    def signed(self, points: Field, tree: cKDTree | None = None) -> tuple[Field, NDArray[np.intp]]:
        """Return the signed distance of points, and the sample that is nearest to each."""
        tree = tree or cKDTree(self.middle)
        _, k = tree.query(points)
        away = points - self.middle[k]
        u, v = np.sum(away * self.across[k], axis=1), np.sum(away * self.up[k], axis=1)
        flat = oval_distance(u, v, self.wide[k], self.narrow[k])
        # Only past an end does the way along the strand count; between samples it is their step.
        past = (k == 0) | (k == len(self.middle) - 1)
        along = np.sqrt(np.maximum(np.sum(away**2, axis=1) - u**2 - v**2, 0.0))
        beyond = np.where(past, along, 0.0)
        outside = np.hypot(np.maximum(flat, 0.0), beyond)
        return np.where((flat < 0.0) & (beyond == 0.0), flat, outside), k

    def skin(self, first: int, last: int, angles: int = 72) -> Field:
        """Return points of its surface between two samples."""
        turn = np.linspace(0.0, 2 * np.pi, angles, endpoint=False)[None, :, None]
        part = slice(max(first, 0), last)
        wide, narrow = self.wide[part, None, None], self.narrow[part, None, None]
        shell = self.middle[part, None, :] + wide * np.cos(turn) * self.across[part, None, :]
        shell = shell + narrow * np.sin(turn) * self.up[part, None, :]
        return shell.reshape(-1, 3)

    def cover(self, grid: Grid) -> Cover | None:
        """Return where it lies: a distance is asked for only in boxes along the centre line."""
        reach = float(max(self.wide.max(), self.narrow.max())) + _RIM
        low, high = self.middle.min(axis=0) - reach, self.middle.max(axis=0) + reach
        part = grid.slices(low, high)
        if part is None:
            return None
        start = np.array([s.start for s in part])
        shape = tuple(s.stop - s.start for s in part)
        wanted = np.zeros(shape, dtype=np.bool_)
        for first in range(0, len(self.middle), _CHUNK):
            piece = self.middle[first : first + _CHUNK + 1]
            box = grid.slices(piece.min(axis=0) - reach, piece.max(axis=0) + reach)
            if box is not None:
                a, b, c = (
                    slice(max(s.start - o, 0), s.stop - o) for s, o in zip(box, start, strict=True)
                )
                wanted[a, b, c] = True
        places = np.argwhere(wanted) + start
        depth = np.full(shape, 99.0, dtype=np.float32)
        travel = np.zeros(shape, dtype=np.float32)
        size = np.full(shape, 1.0, dtype=np.float32)
        if len(places):
            points = places @ grid.affine[:3, :3].T + grid.affine[:3, 3]
            found, k = self.signed(points)
            depth[wanted], travel[wanted] = found, self.length[k]
            size[wanted] = np.sqrt(self.wide * self.narrow)[k]
        return Cover(part, depth, travel, size)


def oval_distance(u: Field, v: Field, a: Field, b: Field) -> Field:
    """Return the signed distance to an ellipse, by iterating towards the centre of curvature.

    Examples
    --------
    >>> one = np.ones(1)
    >>> oval_distance(3.0 * one, 0.0 * one, one, 2.0 * one).round(6).tolist()
    [2.0]
    """
    p, q = np.abs(u), np.abs(v)
    s = t = np.full(p.shape, np.sqrt(0.5))
    for _ in range(6):
        ex, ey = (a**2 - b**2) * s**3 / a, (b**2 - a**2) * t**3 / b
        near = np.hypot(a * s - ex, b * t - ey)
        far = np.maximum(np.hypot(p - ex, q - ey), 1e-12)
        s = np.clip(((p - ex) * near / far + ex) / a, 0.0, 1.0)
        t = np.clip(((q - ey) * near / far + ey) / b, 0.0, 1.0)
        norm = np.maximum(np.hypot(s, t), 1e-12)
        s, t = s / norm, t / norm
    away = np.hypot(p - a * s, q - b * t)
    return np.where((p / a) ** 2 + (q / b) ** 2 < 1.0, -away, away)


def strand(
    knots: Field,
    wide: Sequence[float],
    narrow: Sequence[float] | None = None,
    twist_rad: float = 0.0,
) -> Strand:
    """Return a strand through knots; half axes are given at even steps and run smoothly."""
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    spline = CubicSpline(chord, knots)
    count = max(24, int(1.15 * chord[-1] / _STEP))
    at = np.linspace(0.0, chord[-1], count)
    middle, way = spline(at), spline(at, 1)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    across = _carried(way, twist_rad)
    up = np.cross(way, across)
    a = np.interp(at, np.linspace(0.0, chord[-1], len(wide)), wide)
    given = narrow if narrow is not None else wide
    b = np.interp(at, np.linspace(0.0, chord[-1], len(given)), given)
    return Strand(middle, across, up, a, b)


def _carried(way: Field, twist_rad: float) -> Field:
    """Return a normal carried along a curve without turning, then twisted evenly."""
    first = np.cross(way[0], [0.31, 0.87, 0.39])
    side = np.empty_like(way)
    side[0] = first / np.linalg.norm(first)
    for k in range(1, len(way)):
        kept = side[k - 1] - (side[k - 1] @ way[k]) * way[k]
        side[k] = kept / np.linalg.norm(kept)
    angle = np.linspace(0.0, twist_rad, len(way))[:, None]
    return np.cos(angle) * side + np.sin(angle) * np.cross(way, side)


@dataclass(frozen=True)
class Lump:
    """Soft spheres that melt into one another, with a rippled surface.

    Attributes
    ----------
    centres, radii : ndarray
        The spheres.
    melt_mm : float
        How far neighbours melt.
    ripple : tuple of float
        Height in mm and wave length in mm of the ripples.
    """

    centres: Field
    radii: Field
    melt_mm: float = 2.0
    ripple: tuple[float, float] = (0.0, 9.0)

    def flipped(self) -> Lump:
        """Return it reflected at the midline."""
        turn = np.array([-1.0, 1.0, 1.0])
        high, wave = self.ripple
        return Lump(self.centres * turn, self.radii, self.melt_mm, (-high, wave))

    mirrored = flipped

    def value(self, x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> NDArray[Any]:
        """Return the field: below 0 inside, about millimetres near the surface."""
        total = np.zeros(x.shape, dtype=x.dtype)
        scale = x.dtype.type(-1.0 / self.melt_mm)
        for (cx, cy, cz), r in zip(self.centres, self.radii, strict=True):
            kind = x.dtype.type
            away = np.sqrt((x - kind(cx)) ** 2 + (y - kind(cy)) ** 2 + (z - kind(cz)) ** 2)
            total += np.exp(np.clip((away - kind(r)) * scale, -40.0, 40.0))
        field = np.log(np.maximum(total, 1e-30)) / scale
        high, wave = self.ripple
        if high:
            k = x.dtype.type(2 * np.pi / wave)
            field = field + x.dtype.type(high) * np.sin(k * x) * np.cos(k * y) * np.sin(k * z)
        return field

    def at(self, points: Field) -> Field:
        """Return the field at points."""
        found: Field = self.value(points[:, 0], points[:, 1], points[:, 2])
        return found

    def slope(self, points: Field) -> Field:
        """Return the gradient of the field at points."""
        step = 1e-3
        columns = [
            (self.at(points + step * axis) - self.at(points - step * axis)) / (2 * step)
            for axis in np.eye(3)
        ]
        return np.column_stack(columns)

    def foot(self, points: Field) -> Field:
        """Return surface points that lie along the steepest way from each point."""
        place = points.copy()
        for _ in range(12):
            slope = self.slope(place)
            place -= self.at(place)[:, None] * slope / np.sum(slope**2, axis=1, keepdims=True)
        return place

    def signed(self, points: Field) -> Field:
        """Return the signed distance, by walking to the surface."""
        away = np.linalg.norm(points - self.foot(points), axis=1)
        found: Field = np.sign(self.at(points)) * away
        return found

    def cover(self, grid: Grid) -> Cover | None:
        """Return where it lies; the field is made a distance by its slope on the grid."""
        reach = self.radii[:, None] + 1.0 + abs(self.ripple[0])
        low = (self.centres - reach).min(axis=0)
        part = grid.slices(low, (self.centres + reach).max(axis=0))
        if part is None or min(s.stop - s.start for s in part) < 2:
            return None
        field = self.value(*grid.points(part))
        steps = [float(np.linalg.norm(grid.affine[:3, axis])) for axis in range(3)]
        slopes = np.gradient(field, *steps)
        steep = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2 + slopes[2] ** 2)
        return Cover(part, (field / np.maximum(steep, 0.3)).astype(np.float32))


@dataclass(frozen=True)
class Wall:
    """Everything behind a wavy sheet: ``normal . p`` above ``offset`` plus the waves."""

    normal: Field
    offset: float
    waves: Field
    ceiling: float

    def flipped(self) -> Wall:
        """Return it reflected at the midline."""
        turn = np.array([-1.0, 1.0, 1.0])
        return Wall(
            self.normal * turn, self.offset, self.waves * [1.0, -1.0, 1.0, 1.0], self.ceiling
        )

    mirrored = flipped

    def cover(self, grid: Grid) -> Cover:
        """Return where it lies: the whole grid."""
        nx, ny, nz = grid.shape
        part = (slice(0, nx), slice(0, ny), slice(0, nz))
        x, y, z = grid.points(part)
        a, b, c = (np.float32(v) for v in self.normal)
        depth = np.float32(self.offset) - (a * x + b * y + c * z)
        # Waves matter only where the sheet is near: elsewhere they cannot change the side.
        near = np.abs(depth) < 1.5 + float(np.sum(np.abs(self.waves[:, 0])))
        u, v, w = x[near], y[near], z[near]
        for high, kx, ky, kz in self.waves.astype(np.float32):
            depth[near] += high * np.sin(kx * u + ky * v + kz * w)
        return Cover(part, np.maximum(depth, z - np.float32(self.ceiling)))
