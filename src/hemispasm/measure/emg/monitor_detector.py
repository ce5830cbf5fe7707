"""How strongly one sweep speaks for a patient's response, and how that evidence scatters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAIL = 5.0


@dataclass(frozen=True)
class Detector:
    """How strongly a sweep speaks for the response of this patient.

    Attributes
    ----------
    first : int
        First sample of the response window.
    mean : ndarray, shape (n_samples,)
        Average response in microvolt.
    basis : ndarray, shape (n_samples, n_shapes)
        Shapes of the mean and of its variation, orthonormal.
    signal, noise : ndarray, shape (n_shapes, n_shapes)
        Covariance of the varying response and of the noise in these shapes.
    lags : ndarray of int
        Shifts in samples that are tried.
    """

    first: int
    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    signal: NDArray[np.float64]
    noise: NDArray[np.float64]
    lags: NDArray[np.int_]

    @property
    def reach(self) -> slice:
        """The samples that are read, the search included."""
        first = self.first + int(self.lags.min())
        return slice(first, self.first + len(self.mean) + int(self.lags.max()))

    def evidence(self, row_uv: NDArray[np.float64], scale: float) -> float:
        """Return the log likelihood ratio of presence over absence at the best lag."""
        windows = self.first + self.lags[:, None] + np.arange(len(self.mean))[None, :]
        return self.weigh(row_uv[windows] @ self.basis, scale)

    def weigh(self, seen: NDArray[np.float64], scale: float) -> float:
        """Return the evidence of a sweep given as its shapes, shape (n_lags, n_shapes)."""
        noise = self.noise * scale**2
        whole = self.signal + noise
        away = seen - self.mean @ self.basis
        without = np.einsum("lk,kl->l", seen, np.linalg.solve(noise, seen.T))
        within = np.einsum("lk,kl->l", away, np.linalg.solve(whole, away.T))
        size = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(noise)[1]
        return float(np.max(0.5 * (without - within - size)))

    def amplitude(self, row_uv: NDArray[np.float64]) -> float:
        """Return the size of the response relative to the baseline's mean, at its own latency."""
        piece = row_uv[self.first : self.first + len(self.mean)]
        return float(piece @ self.mean / max(float(self.mean @ self.mean), 1e-12))

    def reader(self, cleaner: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the matrix that takes an uncleaned sweep to all that is read of it.

        Parameters
        ----------
        cleaner : ndarray, shape (n_reach, n_samples)
            The cleaning of the samples in ``reach``.

        Returns
        -------
        ndarray, shape (n_lags * n_shapes + 1, n_samples)
            Shapes at every lag, then the amplitude; far fewer numbers than cleaned samples.
        """
        length, start = len(self.mean), -int(self.lags.min())
        shapes = [self.basis.T @ cleaner[start + lag : start + lag + length] for lag in self.lags]
        size = max(float(self.mean @ self.mean), 1e-12)
        amplitude = (self.mean / size) @ cleaner[start : start + length]
        return np.ascontiguousarray(np.vstack([*shapes, amplitude]))


def shifts_to_try(rate_hz: float) -> NDArray[np.int_]:
    """Return the shifts in samples at which a response is looked for.

    Examples
    --------
    >>> shifts_to_try(10000.0).tolist()
    [-6, -4, -2, 0, 2, 4, 6]
    """
    step = max(round(evoked_limit("monitor", "lag_step_ms") * rate_hz / 1000), 1)
    reach = round(evoked_limit("monitor", "lag_ms") * rate_hz / 1000 / step)
    return np.arange(-reach, reach + 1) * step


@dataclass(frozen=True)
class Emission:
    """Distribution of the evidence in one state, on a compressed scale."""

    centre: float
    spread: float

    def log_density(self, value: float) -> float:
        """Return the log density with heavy tails."""
        z = (value - self.centre) / self.spread
        return float(-0.5 * (TAIL + 1) * np.log1p(z * z / TAIL) - np.log(self.spread))


def log_odds(emissions: tuple[Emission, ...], value: float) -> float:
    """Return the log odds of present against absent for one evidence value."""
    squeezed = squeeze(emissions, value)
    return emissions[0].log_density(squeezed) - emissions[2].log_density(squeezed)


def squeeze(emissions: tuple[Emission, ...], value: float) -> float:
    """Return the evidence on the compressed scale, held between the centres of the states.

    Beyond the centres more extreme evidence says no more: neither a giant response nor a very
    quiet sweep settles the state alone.
    """
    squeezed = float(np.arcsinh(value / 2))
    low = min(one.centre for one in emissions)
    high = max(one.centre for one in emissions)
    return float(np.clip(squeezed, low, high))


def learn_emission(evidence: list[float]) -> Emission:
    """Return how the evidence of one state scatters, from unseen sweeps."""
    squeezed = np.arcsinh(np.array(evidence) / 2)
    centre = float(np.median(squeezed))
    spread = 1.4826 * float(np.median(np.abs(squeezed - centre)))
    return Emission(
        centre,
        max(spread, 0.8 * float(squeezed.std()), evoked_limit("monitor", "spread_floor")),
    )
