"""A tube that can be bent and widened: an axis with smooth offsets, a radius with a taper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

from hemispasm.measure.imaging.courses import arc_of, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

KNOT_MM = 2.5
_TAPER_UNIT_MM = 5.0


@dataclass(frozen=True)
class Tube:
    """An axis as tracked, and how parameters move it.

    Parameters of one tube, in this order: offsets along the first cross direction, offsets along
    the second, radius, change of the radius per 5 mm.

    Attributes
    ----------
    points_mm : ndarray of shape (n, 3)
        Axis as tracked.
    across : tuple of ndarray
        Two unit vectors across the axis at each point.
    weights : ndarray of shape (n, k)
        Smooth, local share of each offset at each point.
    along : ndarray of shape (n,)
        Arc from the middle over 5 mm.
    radius_mm, radius_sd_mm, taper_sd_mm : float
        What is expected before looking.
    """

    points_mm: NDArray[np.float64]
    across: tuple[NDArray[np.float64], NDArray[np.float64]]
    weights: NDArray[np.float64]
    along: NDArray[np.float64]
    radius_mm: float
    radius_sd_mm: float
    taper_sd_mm: float

    @property
    def offsets(self) -> int:
        """Offsets along one direction."""
        return int(self.weights.shape[1])

    @property
    def size(self) -> int:
        """Number of parameters."""
        return 2 * self.offsets + 2

    def start(self) -> NDArray[np.float64]:
        """Return the parameters before fitting."""
        values = np.zeros(self.size)
        values[-2] = self.radius_mm
        return values

    def shaped(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return axis and radii for given parameters."""
        k = self.offsets
        first = (self.weights @ values[:k])[:, None] * self.across[0]
        second = (self.weights @ values[k : 2 * k])[:, None] * self.across[1]
        radii = np.maximum(values[-2] + values[-1] * self.along, 0.15)
        return self.points_mm + first + second, radii

    def touched(self, index: int) -> slice:
        """Return the points that one parameter moves."""
        if index >= 2 * self.offsets:
            return slice(0, len(self.points_mm))
        moved = np.flatnonzero(self.weights[:, index % self.offsets] > 1e-6)
        return slice(max(0, int(moved[0]) - 1), int(moved[-1]) + 2) if moved.size else slice(0, 0)


def tube_along(
    points: NDArray[np.float64], radius_mm: float, radius_sd_mm: float, taper_sd_mm: float
) -> Tube:
    """Return a tube along a tracked course.

    Examples
    --------
    >>> line = np.stack([np.linspace(0, 10, 31), np.zeros(31), np.zeros(31)], axis=1)
    >>> tube = tube_along(line, 0.7, 0.2, 0.05)
    >>> tube.offsets, bool(np.allclose(tube.weights.sum(axis=1), 1.0))
    (7, True)
    """
    arc = arc_of(points)
    pieces = max(1, round(float(arc[-1]) / KNOT_MM))
    inner = np.linspace(0.0, arc[-1], pieces + 1)
    step = inner[1] - inner[0]
    knots = np.concatenate(
        [inner[0] + step * np.arange(-3, 0), inner, inner[-1] + step * np.arange(1, 4)]
    )
    weights = BSpline.design_matrix(np.clip(arc, 0.0, arc[-1] * (1 - 1e-12)), knots, 3).toarray()
    return Tube(
        points,
        frames(points),
        weights,
        (arc - arc[-1] / 2) / _TAPER_UNIT_MM,
        radius_mm,
        radius_sd_mm,
        taper_sd_mm,
    )
