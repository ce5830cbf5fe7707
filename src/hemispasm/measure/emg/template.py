"""The patient's own response as a template: matched filter, its null, and the shift in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.evoked_statistic import sign_patterns
from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Template:
    """A response learnt from earlier sweeps.

    Attributes
    ----------
    first : int
        Index of its first sample in the sweep.
    shape_uv : ndarray, shape (n_samples,)
        Weighted average of the baseline sweeps in the response window.
    lag : int
        How far it may be moved, in samples.
    """

    first: int
    shape_uv: NDArray[np.float64]
    lag: int

    @property
    def size(self) -> float:
        """Euclidean length of the shape."""
        return float(np.linalg.norm(self.shape_uv))


@dataclass(frozen=True)
class Match:
    """How well an average matches the template.

    Attributes
    ----------
    ratio : float
        Size of the response relative to the template at the best lag.
    lag : float
        Best lag in samples, between samples by a parabola.
    z : float
        Match in units of its deviation in late windows; grows with the evidence for presence.
    p : float
        Share of late, sign-flipped windows that match as well.
    ratio_sd : float
        Noise of the ratio at a fixed lag.
    """

    ratio: float
    lag: float
    z: float
    p: float
    ratio_sd: float


def match_template(
    rows_uv: NDArray[np.float64],
    weight: NDArray[np.float64],
    template: Template,
    late: NDArray[np.int_],
    seed: int,
    patterns: int,
) -> Match:
    """Match the weighted average of some sweeps with a template.

    Parameters
    ----------
    rows_uv : ndarray, shape (n_sweeps, n_samples)
        Cleaned sweeps on the clock of the template.
    weight : ndarray
        Weights that sum to one.
    template : Template
        What to look for.
    late : ndarray of int
        First samples of windows that hold no response.
    seed, patterns : int
        For the sign patterns of the null.

    Returns
    -------
    Match

    Notes
    -----
    The null uses the same lag search, in late windows of the same sweeps, with random signs of the
    sweeps: it knows the noise of this train and nothing else.
    """
    reach, length = template.lag, len(template.shape_uv)
    unit = template.shape_uv / max(template.size, 1e-12)
    curve = match_curve(weight @ rows_uv, template)
    best, lag = refined_peak(curve)
    filtered = np.stack(
        [
            np.correlate(row_piece, unit, "valid")
            for start in late
            for row_piece in rows_uv[:, start - reach : start + length + reach]
        ]
    ).reshape(len(late), len(rows_uv), 2 * reach + 1)
    signs = sign_patterns(len(rows_uv), seed, patterns) * weight[None, :]
    null = np.einsum("pn,lnk->plk", signs, filtered)
    centre = float(np.sqrt(np.mean(np.square(null[:, :, reach]))))
    tops = null.max(axis=2).ravel()
    margin = evoked_limit("lateral_spread", "null_margin")
    p = float((1 + np.sum(margin * tops >= best)) / (1 + tops.size))
    spread = float(tops.std())
    z = float((best - tops.mean()) / spread) if spread > 0 else 0.0
    scale = max(template.size, 1e-12)
    return Match(best / scale, lag - reach, z, p, centre / scale)


def match_curve(average_uv: NDArray[np.float64], template: Template) -> NDArray[np.float64]:
    """Return the product of an average with the template of length one, per lag."""
    first = template.first - template.lag
    piece = average_uv[first : first + len(template.shape_uv) + 2 * template.lag]
    return np.correlate(piece, template.shape_uv / max(template.size, 1e-12), "valid")


def refined_peak(curve: NDArray[np.float64]) -> tuple[float, float]:
    """Return height and place of the highest point, between samples by a parabola.

    Examples
    --------
    >>> refined_peak(np.array([0.0, 3.0, 4.0, 3.0]))
    (4.0, 2.0)
    """
    top = int(np.argmax(curve))
    if not 0 < top < len(curve) - 1:
        return float(curve[top]), float(top)
    left, middle, right = (float(value) for value in curve[top - 1 : top + 2])
    bend = left - 2 * middle + right
    if bend >= 0:
        return middle, float(top)
    step = 0.5 * (left - right) / bend
    return middle - 0.25 * (left - right) * step, top + step


def late_starts(usable: NDArray[np.bool_], length: int, reach: int, step: int) -> NDArray[np.int_]:
    """Return the starts of windows that lie, with their lag search, in one usable stretch.

    Examples
    --------
    >>> late_starts(np.array([0, 1, 1, 1, 1, 1, 1, 0], dtype=bool), 2, 1, 1)
    array([2, 3, 4])
    """
    need = length + 2 * reach
    run = np.concatenate([[0], np.cumsum(usable)])
    starts = np.arange(0, len(usable) - need + 1)
    whole = starts[run[starts + need] - run[starts] == need] + reach
    return whole[:: max(step, 1)]
