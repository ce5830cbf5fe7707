"""What both families hand over to be pictured: parts in their order, and the grid they fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
Slices = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Grid:
    """The fine grid of one series: voxel (i, j, k) to the anatomy's own millimetres."""

    affine: NDArray[np.float64]
    shape: tuple[int, int, int]

    @property
    def pitch_mm(self) -> float:
        """Geometric mean of the steps."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) ** (1.0 / 3.0))

    def slices(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> Slices | None:
        """Return the part of the grid that holds a box, None where it lies outside."""
        corners = np.array([[(low, high)[b][a] for a, b in enumerate(bits)] for bits in _CORNERS])
        inverse = np.linalg.inv(self.affine)
        index = corners @ inverse[:3, :3].T + inverse[:3, 3]
        first = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
        last = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, self.shape)
        if np.any(first >= last):
            return None
        a, b, c = (slice(int(f), int(e)) for f, e in zip(first, last, strict=True))
        return a, b, c

    def points(self, part: Slices) -> tuple[NDArray[np.float32], ...]:
        """Return x, y and z of every voxel of a part of the grid."""
        steps = [np.arange(s.start, s.stop, dtype=np.float64) for s in part]
        found = []
        for row in self.affine[:3]:
            along = [(row[a] * steps[a]).astype(np.float32) for a in range(3)]
            along[0] += np.float32(row[3])
            plane = along[0][:, None] + along[1][None, :]
            found.append(plane[:, :, None] + along[2])
        return tuple(found)


_CORNERS = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]


@dataclass(frozen=True)
class Cover:
    """Where a shape lies in the grid.

    Attributes
    ----------
    part : tuple of slice
        The voxels that may be touched.
    depth_mm : ndarray of float32
        Signed distance to the surface, below 0 inside; exact near the surface.
    travel_mm, radius_mm : ndarray of float32, optional
        Of a vessel: the way that blood has come, and the local radius.
    """

    part: Slices
    depth_mm: NDArray[np.float32]
    travel_mm: NDArray[np.float32] | None = None
    radius_mm: NDArray[np.float32] | None = None


class Shape(Protocol):
    """Anything that knows where it lies."""

    def cover(self, grid: Grid) -> Cover | None:
        """Return where it lies in a grid, None when outside."""


class Course(Shape, Protocol):
    """A vessel, whose picture moves with the blood."""

    def drifted(self, axis: NDArray[np.float64], drift_mm: float) -> Shape:
        """Return the shape with each piece moved along an axis by its share of that flow."""


@dataclass(frozen=True)
class Part:
    """A shape of one tissue.

    Attributes
    ----------
    shape : Shape
        Where.
    tissue : str
        A key of the tissues of ``parameters.toml``.
    speed : float
        Of blood at the axis, mm/s; 0 for anything else.
    entered_mm : float
        Way of the blood through the block before this vessel begins.
    texture : {"none", "fine", "folia"}
        Mottle of brain, folds of the cerebellum.
    opacity : float
        1; below it the tissue underneath shines through (strands thinner than they are drawn).
    """

    shape: Shape | Course
    tissue: str
    speed: float = 0.0
    entered_mm: float = 0.0
    texture: Literal["none", "fine", "folia"] = "none"
    opacity: float = 1.0


@dataclass(frozen=True)
class Scene:
    """Parts in the order in which they are painted; everything else is CSF."""

    parts: tuple[Part, ...] = field(default_factory=tuple)
