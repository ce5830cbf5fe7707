"""Is there a response that repeats from sweep to sweep? A test that needs no template.

The products of different sweeps hold the response and, on average, no noise: their weighted sum is
an unbiased estimate of the evoked power. Its p value comes from trains put together from pieces
between the stimuli, where nothing is evoked, with random signs; where the stimuli follow too fast
for that, from flipping the signs of whole sweeps, which changes a repeating response and leaves
noise as it was (with few sweeps this sees less, because some patterns keep much of the response).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Up to this many sweeps every sign pattern is tried.
ALL_PATTERNS_UP_TO = 12


@dataclass(frozen=True)
class EvokedPower:
    """Evoked power of a window with its test.

    Attributes
    ----------
    power : float
        Mean squared response in microvolt squared; unbiased, so it may be negative.
    deviation : float
        Its standard deviation where there is no response.
    p : float
        Share of trains without a response that give as much; 1 with fewer than two sweeps.
    by_rest : bool
        The null was put together from pieces between the stimuli; else from sign patterns.
    """

    power: float
    deviation: float
    p: float
    by_rest: bool = False

    @property
    def score(self) -> float:
        """Power in units of its deviation; grows with the evidence for a response."""
        return self.power / self.deviation if self.deviation > 0 else 0.0


def sweep_weights(noise_uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights that sum to one and fall with the noise power of each sweep.

    Examples
    --------
    >>> sweep_weights(np.array([10.0, 10.0, 20.0])).round(3)
    array([0.444, 0.444, 0.111])
    """
    # A sweep far quieter than the others lost its contact rather than its noise.
    floor = max(float(np.median(noise_uv)) * 0.5, 1e-9) if len(noise_uv) else 1.0
    weight = 1.0 / np.square(np.maximum(noise_uv, floor))
    return np.asarray(weight / weight.sum())


def evoked_power(
    window_uv: NDArray[np.float64],
    late_uv: NDArray[np.float64],
    weight: NDArray[np.float64],
    seed: int,
    patterns: int,
) -> EvokedPower:
    """Test whether a window holds a repeating response.

    Parameters
    ----------
    window_uv : ndarray, shape (n_sweeps, n_samples)
        Cleaned sweeps in the response window.
    late_uv : ndarray, shape (n_sweeps, n_late)
        The same sweeps where no response is expected.
    weight : ndarray, shape (n_sweeps,)
        From :func:`sweep_weights`; must not depend on the sign of a sweep.
    seed : int
        Of the random sign patterns, used beyond 12 sweeps.
    patterns : int
        How many of them.

    Returns
    -------
    EvokedPower

    Examples
    --------
    >>> rows = np.sin(np.arange(80) / 8) + 0.1 * np.cos(np.outer(np.arange(1, 9), np.arange(80)))
    >>> late = 0.1 * np.cos(np.outer(np.arange(1, 9), np.arange(100)))
    >>> found = evoked_power(rows, late, np.full(8, 1 / 8), seed=1, patterns=100)
    >>> found.p, found.score > 5
    (0.0078125, True)
    """
    count = len(window_uv)
    if count < 2:
        return EvokedPower(0.0, 0.0, 1.0)
    gram = _gram(window_uv, weight)
    share = 1.0 - float(np.sum(np.square(weight)))
    signs = sign_patterns(count, seed, patterns)
    flipped = np.einsum("pi,ij,pj->p", signs, gram, signs)
    seen = float(gram.sum())
    p = float(np.mean(flipped >= seen - 1e-9 * abs(seen)))
    return EvokedPower(seen / share, _null_deviation(window_uv, late_uv, weight) / share, p)


def sign_patterns(count: int, seed: int, patterns: int) -> NDArray[np.float64]:
    """Return sign patterns, the unchanged one first; all of them when they are few.

    A pattern and its opposite say the same, so the first sweep keeps its sign.

    Examples
    --------
    >>> sign_patterns(3, seed=0, patterns=10).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [1.0, -1.0, 1.0], [1.0, -1.0, -1.0]]
    """
    if count <= ALL_PATTERNS_UP_TO:
        bits = np.arange(2 ** (count - 1))[:, None] >> np.arange(count - 2, -1, -1)[None, :] & 1
        return np.concatenate([np.ones((len(bits), 1)), 1.0 - 2.0 * bits], axis=1)
    rng = np.random.default_rng([seed, count])
    signs = rng.choice([-1.0, 1.0], (patterns, count))
    signs[0] = 1.0
    return signs


def _gram(rows: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    weighted = rows * weight[:, None]
    gram = weighted @ weighted.T / rows.shape[1]
    np.fill_diagonal(gram, 0.0)
    return np.asarray(gram)


def _null_deviation(
    window_uv: NDArray[np.float64], late_uv: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """Return the deviation under sign flips in late windows as long as the response window."""
    length = min(window_uv.shape[1], late_uv.shape[1])
    starts = range(0, late_uv.shape[1] - length + 1, max(length // 2, 1))
    found = [
        2.0 * float(np.sum(np.square(_gram(late_uv[:, s : s + length], weight)))) for s in starts
    ]
    return float(np.sqrt(np.mean(found))) if found else 0.0


def null_scores(
    sham_uv: NDArray[np.float64],
    sham_noise_uv: NDArray[np.float64],
    weight: NDArray[np.float64],
    noise_uv: NDArray[np.float64],
    seed: int,
    draws: int,
) -> NDArray[np.float64]:
    """Return the evoked power of trains put together from pieces without a stimulus.

    Parameters
    ----------
    sham_uv : ndarray, shape (n_pieces, n_samples)
        The response window of pieces cut between the stimuli, cleaned in the same way.
    sham_noise_uv : ndarray, shape (n_pieces,)
        Noise of each piece.
    weight, noise_uv : ndarray, shape (n_sweeps,)
        Of the sweeps under test; a drawn piece is scaled to the noise of the sweep it replaces.
    seed : int
        Of the draws.
    draws : int
        How many trains.

    Returns
    -------
    ndarray, shape (draws,)

    Examples
    --------
    >>> pieces = np.random.default_rng(1).normal(0, 3, (30, 50))
    >>> even = np.full(8, 1 / 8)
    >>> found = null_scores(pieces, np.full(30, 3.0), even, np.full(8, 3.0), seed=1, draws=500)
    >>> bool(abs(found.mean()) < 0.1)
    True
    """
    rng = np.random.default_rng([seed, len(sham_uv)])
    pieces = sham_uv / np.maximum(sham_noise_uv, 1e-9)[:, None]
    gram = pieces @ pieces.T / pieces.shape[1]
    share = weight * noise_uv
    scale = 1.0 - float(np.sum(np.square(weight)))
    np.fill_diagonal(gram, 0.0)
    found = np.empty(draws)
    step = max(1, 200_000 // len(weight) ** 2)
    for first in range(0, draws, step):
        many = min(step, draws - first)
        order = np.argsort(rng.random((many, max(len(pieces), len(weight)))), axis=1)
        chosen = order[:, : len(weight)] % len(pieces)
        signed = share * rng.choice([-1.0, 1.0], chosen.shape)
        part = gram[chosen[:, :, None], chosen[:, None, :]]
        found[first : first + many] = np.einsum("di,dij,dj->d", signed, part, signed) / scale
    return found
