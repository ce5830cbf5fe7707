"""A tube that can be bent, widened and flattened: an axis with smooth offsets, an oval section."""

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
_LEAST_RADIUS_MM = 0.15
_MOST_OVAL = 0.35


@dataclass(frozen=True)
class Body:
    """A tube with given parameters.

    Attributes
    ----------
    points_mm : ndarray of shape (n, 3)
        Axis.
    radii_mm : ndarray of shape (n,)
        Mean radius at each point.
    oval : ndarray of shape (2,)
        Share of the radius that the section gains along the first cross direction and along the
        diagonal of both; it loses as much at right angles. (0, 0) is round.
    across : ndarray of shape (n, 2, 3)
        Cross directions.
    """

    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    oval: NDArray[np.float64]
    across: NDArray[np.float64]

    def moved(self, shift_mm: NDArray[np.float64]) -> Body:
        """Return the same tube elsewhere."""
        return Body(self.points_mm + shift_mm, self.radii_mm, self.oval, self.across)


def round_body(points_mm: NDArray[np.float64], radii_mm: NDArray[np.float64]) -> Body:
    """Return a tube of round section.

    Examples
    --------
    >>> line = np.stack([np.arange(4.0), np.zeros(4), np.zeros(4)], axis=1)
    >>> round_body(line, np.full(4, 0.7)).oval.tolist()
    [0.0, 0.0]
    """
    return Body(points_mm, radii_mm, np.zeros(2), np.stack(frames(points_mm), axis=1))


@dataclass(frozen=True)
class Tube:
    """An axis as tracked, and how parameters move it.

    Parameters of one tube, in this order: offsets along the first cross direction, offsets along
    the second, radius, change of the radius per 5 mm, and two shares of an oval section where
    ``oval_sd`` is above 0.

    Attributes
    ----------
    points_mm : ndarray of shape (n, 3)
        Axis as tracked.
    across : ndarray of shape (n, 2, 3)
        Two unit vectors across the axis at each point.
    weights : ndarray of shape (n, k)
        Smooth, local share of each offset at each point.
    along : ndarray of shape (n,)
        Arc from the middle over 5 mm.
    radius_mm, radius_sd_mm, taper_sd_mm, oval_sd : float
        What is expected before looking.
    """

    points_mm: NDArray[np.float64]
    across: NDArray[np.float64]
    weights: NDArray[np.float64]
    along: NDArray[np.float64]
    radius_mm: float
    radius_sd_mm: float
    taper_sd_mm: float
    oval_sd: float = 0.0

    @property
    def offsets(self) -> int:
        """Offsets along one direction."""
        return int(self.weights.shape[1])

    @property
    def size(self) -> int:
        """Number of parameters."""
        return 2 * self.offsets + (4 if self.oval_sd > 0 else 2)

    def start(self) -> NDArray[np.float64]:
        """Return the parameters before fitting."""
        values = np.zeros(self.size)
        values[2 * self.offsets] = self.radius_mm
        return values

    def shaped(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return axis and mean radii for given parameters."""
        body = self.body(values)
        return body.points_mm, body.radii_mm

    def body(self, values: NDArray[np.float64]) -> Body:
        """Return the tube for given parameters."""
        k = self.offsets
        first = (self.weights @ values[:k])[:, None] * self.across[:, 0]
        second = (self.weights @ values[k : 2 * k])[:, None] * self.across[:, 1]
        radii = np.maximum(values[2 * k] + values[2 * k + 1] * self.along, _LEAST_RADIUS_MM)
        oval = np.clip(values[2 * k + 2 : 2 * k + 4], -_MOST_OVAL, _MOST_OVAL)
        if self.oval_sd <= 0:
            oval = np.zeros(2)
        return Body(self.points_mm + first + second, radii, oval, self.across)


def tube_along(
    points: NDArray[np.float64],
    radius_mm: float,
    radius_sd_mm: float,
    taper_sd_mm: float,
    oval_sd: float = 0.0,
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
        np.stack(frames(points), axis=1),
        weights,
        (arc - arc[-1] / 2) / _TAPER_UNIT_MM,
        radius_mm,
        radius_sd_mm,
        taper_sd_mm,
        oval_sd,
    )
