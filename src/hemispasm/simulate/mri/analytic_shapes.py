"""Shapes of the analytic family: ellipsoids, tubes around polylines, halves of space."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.mri.scene import Cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.mri.scene import Grid, Slices

    Line = NDArray[np.float64]

_EDGE_MM = 0.45
_PIECE_MM = 3.0
_FAR = np.float32(99.0)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid along the anatomy's axes, turned about the up-down axis by ``turn_rad``."""

    centre: tuple[float, float, float]
    axes: tuple[float, float, float]
    turn_rad: float = 0.0

    def mirrored(self) -> Ellipsoid:
        """Return it on the other side of the midline."""
        x, y, z = self.centre
        return replace(self, centre=(-x, y, z), turn_rad=-self.turn_rad)

    def cover(self, grid: Grid) -> Cover | None:
        """Return where it lies; the distance is of first order, exact at the surface."""
        reach = np.array(self.axes) + _EDGE_MM
        if self.turn_rad:
            reach[:2] = max(reach[0], reach[1])
        part = grid.slices(np.array(self.centre) - reach, np.array(self.centre) + reach)
        if part is None:
            return None
        x, y, z = grid.points(part)
        x, y, z = (v - np.float32(c) for v, c in zip((x, y, z), self.centre, strict=True))
        if self.turn_rad:
            c, s = np.float32(np.cos(self.turn_rad)), np.float32(np.sin(self.turn_rad))
            x, y = c * x + s * y, c * y - s * x
        a, b, h = (np.float32(1.0 / v) for v in self.axes)
        x *= a
        y *= b
        z *= h
        square = x * x + y * y + z * z
        x *= a
        y *= b
        z *= h
        slope = np.sqrt(x * x + y * y + z * z)
        depth = (square - np.sqrt(square)) / np.maximum(slope, np.float32(1e-6))
        # Towards the centre the quotient loses its meaning; there it only has to be deep inside.
        np.copyto(depth, -min(self.axes), where=square < 0.05)
        return Cover(part, depth)

    def distance(self, points: Line) -> Line:
        """Return the exact signed distance of points, below 0 inside."""
        p = points - np.array(self.centre)
        if self.turn_rad:
            c, s = np.cos(self.turn_rad), np.sin(self.turn_rad)
            p = np.column_stack([c * p[:, 0] + s * p[:, 1], c * p[:, 1] - s * p[:, 0], p[:, 2]])
        p = np.maximum(np.abs(p), 1e-9)
        axes = np.array(self.axes)
        # Left of the root of a falling, convex function Newton's steps never pass it.
        t = np.max(axes * p - axes**2, axis=1)[:, None]
        for _ in range(24):
            share = (axes * p) ** 2 / (t + axes**2) ** 2
            excess = np.sum(share, axis=1, keepdims=True) - 1.0
            t = t + excess / (2.0 * np.sum(share / (t + axes**2), axis=1, keepdims=True))
            if np.max(np.abs(excess)) < 1e-10:
                break
        foot = axes**2 * p / (t + axes**2)
        sign = np.where(np.sum((p / axes) ** 2, axis=1) < 1.0, -1.0, 1.0)
        found: Line = sign * np.linalg.norm(p - foot, axis=1)
        return found


@dataclass(frozen=True)
class Tube:
    """A tube of round section around a polyline.

    Attributes
    ----------
    points : ndarray, shape (n, 3)
        Centre line, evenly sampled.
    radius : float
        Millimetres.
    """

    points: Line
    radius: float
    _steps: Line = field(init=False, repr=False)

    def __post_init__(self) -> None:
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        object.__setattr__(self, "_steps", np.concatenate([[0.0], np.cumsum(steps)]))

    @property
    def arc(self) -> Line:
        """Length of the centre line up to each point."""
        return self._steps

    def mirrored(self) -> Tube:
        """Return it on the other side of the midline."""
        return Tube(self.points * [-1.0, 1.0, 1.0], self.radius)

    def drifted(self, axis: Line, drift_mm: float) -> Tube:
        """Return the tube as its picture lies when its blood moves while it is encoded."""
        course = np.gradient(self.points, axis=0)
        course /= np.maximum(np.linalg.norm(course, axis=1, keepdims=True), 1e-9)
        return Tube(self.points + drift_mm * np.outer(course @ axis, axis), self.radius)

    def cover(self, grid: Grid) -> Cover | None:
        """Return where it lies, with the way along it."""
        reach = self.radius + _EDGE_MM
        part = grid.slices(self.points.min(axis=0) - reach, self.points.max(axis=0) + reach)
        if part is None:
            return None
        shape = tuple(s.stop - s.start for s in part)
        depth = np.full(shape, _FAR, dtype=np.float32)
        travel = np.zeros(shape, dtype=np.float32)
        for first, last in self._pieces():
            self._stamp(grid, part, depth, travel, first, last)
        return Cover(part, depth, travel, np.full((1, 1, 1), self.radius, dtype=np.float32))

    def _pieces(self) -> list[tuple[int, int]]:
        count = max(1, int(np.ceil(self._steps[-1] / _PIECE_MM)))
        edges = np.searchsorted(self._steps, np.linspace(0, self._steps[-1], count + 1))
        last = len(self.points) - 1
        return [(int(a), int(min(max(b, a + 1), last))) for a, b in pairwise(edges)]

    def _stamp(
        self,
        grid: Grid,
        whole: Slices,
        depth: NDArray[np.float32],
        travel: NDArray[np.float32],
        first: int,
        last: int,
    ) -> None:
        """Write one piece's distance where it is nearer than what stands there."""
        piece, reach = self.points[first : last + 1], self.radius + _EDGE_MM
        part = grid.slices(piece.min(axis=0) - reach, piece.max(axis=0) + reach)
        if part is None or len(piece) < 2:
            return
        x, y, z = grid.points(part)
        best = np.full(x.shape, _FAR * _FAR, dtype=np.float32)
        way = np.zeros(x.shape, dtype=np.float32)
        for k in range(len(piece) - 1):
            a, span = piece[k], piece[k + 1] - piece[k]
            square = float(span @ span)
            u, v, w = x - np.float32(a[0]), y - np.float32(a[1]), z - np.float32(a[2])
            s0, s1, s2 = (np.float32(value) for value in span)
            t = (u * s0 + v * s1 + w * s2) * np.float32(1.0 / max(square, 1e-12))
            np.clip(t, 0.0, 1.0, out=t)
            u -= t * s0
            v -= t * s1
            w -= t * s2
            found = u * u + v * v + w * w
            nearer = found < best
            np.copyto(best, found, where=nearer)
            here = np.float32(self._steps[first + k]) + t * np.float32(np.sqrt(square))
            np.copyto(way, here, where=nearer)
        best = np.sqrt(best) - np.float32(self.radius)
        inner = tuple(
            slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, whole, strict=True)
        )
        nearer = best < depth[inner]
        np.copyto(depth[inner], best, where=nearer)
        np.copyto(travel[inner], way, where=nearer)


@dataclass(frozen=True)
class Wedge:
    """The common part of halves of space: inside where every ``normal . p - offset`` is below 0."""

    normals: tuple[tuple[float, float, float], ...]
    offsets: tuple[float, ...]

    def mirrored(self) -> Wedge:
        """Return it on the other side of the midline."""
        return Wedge(tuple((-x, y, z) for x, y, z in self.normals), self.offsets)

    def cover(self, grid: Grid) -> Cover:
        """Return where it lies: the whole grid."""
        part = tuple(slice(0, n) for n in grid.shape)
        x, y, z = grid.points(part)  # type: ignore[arg-type]
        depth: NDArray[np.float32] | None = None
        for (a, b, c), offset in zip(self.normals, self.offsets, strict=True):
            found = np.float32(a) * x + np.float32(b) * y
            found += np.float32(c) * z
            found -= np.float32(offset)
            depth = found if depth is None else np.maximum(depth, found, out=depth)
        assert depth is not None  # a wedge has a face
        return Cover(part, depth)  # type: ignore[arg-type]


def resampled(points: Line, step_mm: float = 0.15) -> Line:
    """Return a polyline sampled evenly.

    Examples
    --------
    >>> resampled(np.array([[0.0, 0, 0], [1.0, 0, 0]]), 0.5)[:, 0].tolist()
    [0.0, 0.5, 1.0]
    """
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    count = max(2, int(np.ceil(way[-1] / step_mm)) + 1)
    at = np.linspace(0.0, way[-1], count)
    return np.column_stack([np.interp(at, way, points[:, a]) for a in range(3)])


def through(waypoints: Line, per_span: int = 24) -> Line:
    """Return a smooth curve through points (Catmull-Rom, spans weighted by their length)."""
    p = np.vstack([2 * waypoints[0] - waypoints[1], waypoints, 2 * waypoints[-1] - waypoints[-2]])
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1) ** 0.5)])
    pieces = []
    for k in range(1, len(p) - 2):
        t0, t1, t2, t3 = knots[k - 1 : k + 3]
        t = np.linspace(t1, t2, per_span, endpoint=False)[:, None]
        a1 = ((t1 - t) * p[k - 1] + (t - t0) * p[k]) / (t1 - t0)
        a2 = ((t2 - t) * p[k] + (t - t1) * p[k + 1]) / (t2 - t1)
        a3 = ((t3 - t) * p[k + 1] + (t - t2) * p[k + 2]) / (t3 - t2)
        b1 = ((t2 - t) * a1 + (t - t0) * a2) / (t2 - t0)
        b2 = ((t3 - t) * a2 + (t - t1) * a3) / (t3 - t1)
        pieces.append(((t2 - t) * b1 + (t - t1) * b2) / (t2 - t1))
    return np.vstack([*pieces, waypoints[-1:]])


def hermite(start: Line, end: Line, leave: Line, arrive: Line, count: int = 80) -> Line:
    """Return a cubic from one point to another with given velocities."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    h01, h11 = -2 * t**3 + 3 * t**2, t**3 - t**2
    return h00 * start + h10 * leave + h01 * end + h11 * arrive


def nearest_pair(a: Line, b: Line) -> tuple[float, Line, Line, float, float]:
    """Return the smallest distance of two polylines, its feet, and their fractional indices.

    Exact for the polylines: around the nearest vertices every pair of segments is compared.
    """
    apart = np.sum(a**2, 1)[:, None] - 2.0 * (a @ b.T) + np.sum(b**2, 1)[None, :]
    i, j = divmod(int(np.argmin(apart)), apart.shape[1])
    best = (np.inf, a[0], b[0], 0.0, 0.0)
    for k in range(max(i - 2, 0), min(i + 2, len(a) - 1)):
        for m in range(max(j - 2, 0), min(j + 2, len(b) - 1)):
            s, t = _segments(a[k], a[k + 1], b[m], b[m + 1])
            p, q = a[k] + s * (a[k + 1] - a[k]), b[m] + t * (b[m + 1] - b[m])
            found = float(np.linalg.norm(p - q))
            if found < best[0]:
                best = (found, p, q, k + s, m + t)
    return best


def _segments(p0: Line, p1: Line, q0: Line, q1: Line) -> tuple[float, float]:
    """Return where two segments are nearest, as shares of their lengths."""
    u, v, w = p1 - p0, q1 - q0, p0 - q0
    a, b, c, d, e = (float(x @ y) for x, y in ((u, u), (u, v), (v, v), (u, w), (v, w)))
    below = a * c - b * b
    s = float(np.clip((b * e - c * d) / below, 0.0, 1.0)) if below > 1e-12 else 0.0
    t = float(np.clip((b * s + e) / max(c, 1e-12), 0.0, 1.0))
    s = float(np.clip((b * t - d) / max(a, 1e-12), 0.0, 1.0))
    return s, t
