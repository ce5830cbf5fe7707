"""Fit VII, VIII and a vessel as blurred tubes to both series at once, the shift between them free.

A nerve of 1.3 mm is two or three voxels wide: masks and iso-surfaces lose what the grey values of
those voxels still say. The fit explains the grey values themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.tube_model import LightPrior, TubeProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.tubes import Body, Tube
    from hemispasm.measure.imaging.views import View

__all__ = ["LightPrior", "TubeFit", "fit_tubes", "masked"]

_ROUNDS = 14
_DAMPING = 1e-3
_SETTLED_MM = 0.008
_KEPT_MM = 0.06


@dataclass(frozen=True)
class TubeFit:
    """What the fit says.

    Attributes
    ----------
    values : ndarray
        Parameters: those of each tube, then the shift of the second series (three, mm).
    covariance : ndarray
        Of ``values``, as the fit itself thinks.
    residual : float
        Residual of the worse series over its noise between neighbouring voxels.
    noise : tuple of float
        Of each series.
    sum_squares : float
        Weighted squares; to compare windows.
    """

    tubes: tuple[Tube, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residual: float
    noise: tuple[float, ...]
    sum_squares: float

    @property
    def shift_mm(self) -> NDArray[np.float64]:
        """Shift of the second series."""
        return self.values[-3:]

    def bodies(self, values: NDArray[np.float64] | None = None) -> list[Body]:
        """Return every tube, for the fitted or for other parameters."""
        given = self.values if values is None else values
        found, start = [], 0
        for tube in self.tubes:
            found.append(tube.body(given[start : start + tube.size]))
            start += tube.size
        return found

    def shapes(
        self, values: NDArray[np.float64] | None = None
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return axis and mean radii of every tube, for the fitted or for other parameters."""
        return [(body.points_mm, body.radii_mm) for body in self.bodies(values)]


def fit_tubes(
    tubes: Sequence[Tube],
    views: Sequence[View],
    light: Sequence[LightPrior],
    *,
    shift_sd_mm: float = 0.3,
    rounds: int = _ROUNDS,
    start: NDArray[np.float64] | None = None,
) -> TubeFit:
    """Fit tubes to one or two series.

    Parameters
    ----------
    tubes : sequence of Tube
        The vessel last.
    views : sequence of View
        Cisternogram first, angiogram second.
    light : sequence of LightPrior
        One a series.
    shift_sd_mm : float
        How far the second series is expected to lie off, per axis.
    rounds : int
        Steps at most.
    start : ndarray, optional
        Parameters to begin with, from an earlier fit of the same tubes.
    """
    problem = TubeProblem(tubes, views, light, shift_sd_mm)
    values = problem.start() if start is None else start.copy()
    pictures = [problem.solve(values, v) for v in range(len(views))]
    for v, picture in enumerate(pictures):
        problem.reweigh(v, picture.residual)
    values, normal = _descend(problem, values, rounds)
    pictures = [problem.solve(values, v) for v in range(len(views))]
    excess = [_roughness(view, p.residual) for view, p in zip(views, pictures, strict=True)]
    return TubeFit(
        tuple(tubes),
        values,
        np.asarray(np.linalg.inv(normal), dtype=np.float64),
        max(excess),
        tuple(problem.noise),
        problem.cost(values, pictures),
    )


def _descend(
    problem: TubeProblem, values: NDArray[np.float64], rounds: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the best parameters and the normal matrix there."""
    damping, change = _DAMPING, 1.0
    rows: list[NDArray[np.float64]] = []
    normal = np.eye(problem.count)
    for number in range(rounds):
        pictures = [problem.solve(values, v) for v in range(len(problem.views))]
        if number < rounds - 4:
            for v, picture in enumerate(pictures):
                problem.reweigh(v, picture.residual)
        if not rows or change > _KEPT_MM or number % 3 == 0:
            rows = [problem.derivative(values, v, p) for v, p in enumerate(pictures)]
        normal = problem.prior.T @ problem.prior
        slope = problem.prior.T @ (problem.expected - problem.prior @ values)
        for row, picture in zip(rows, pictures, strict=True):
            normal += row.T @ row
            slope -= row.T @ picture.missing
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
        step = np.clip(step, -0.3, 0.3)
        before, after = (
            problem.cost(values, pictures),
            problem.cost(values + step, None),
        )
        if after > before:
            damping, change = damping * 10.0, 1.0
            if damping > 1e3:
                break
            continue
        values, damping = values + step, max(damping / 4.0, 1e-5)
        change = float(np.abs(step).max())
        if change < _SETTLED_MM and number > 2:
            break
    return values, normal


def _roughness(view: View, residual: NDArray[np.float64]) -> float:
    """Return the residual's spread over that of its differences between neighbours (noise: 1)."""
    cube = np.where(view.usable > 0, residual, np.nan).reshape(view.shape)
    steps = np.concatenate([np.diff(cube, axis=a).ravel() for a in range(3)])
    steps, plain = steps[np.isfinite(steps)], residual[view.usable > 0]
    if steps.size < 30:
        return float("inf")
    noise = 1.4826 * float(np.median(np.abs(steps))) / np.sqrt(2.0)
    return float(1.4826 * np.median(np.abs(plain)) / max(noise, 1e-9))


def masked(view: View, usable: NDArray[np.float64]) -> View:
    """Return the view with another set of voxels to explain."""
    return replace(view, usable=usable)
