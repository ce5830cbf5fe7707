"""A similarity in the picture plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fit_plane(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the 2 x 3 similarity that takes ``source`` (k, 2) to ``target`` (k, 2) best.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> fit_plane(square, 2.0 * square + 3.0).round(6).tolist()
    [[2.0, -0.0, 3.0], [0.0, 2.0, 3.0]]
    """
    s_mean, t_mean = source.mean(axis=0), target.mean(axis=0)
    s, t = source - s_mean, target - t_mean
    power = max(float((s**2).sum()), 1e-12)
    a = float((s * t).sum()) / power
    b = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / power
    linear = np.array([[a, -b], [b, a]])
    return np.column_stack([linear, t_mean - linear @ s_mean])
