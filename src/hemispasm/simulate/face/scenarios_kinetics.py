"""How facial muscles and lids answer a drive: twitch summation and asymmetric lid motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.scenarios_canvas import GRID_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray


def minimum_jerk(n: int) -> NDArray[np.float64]:
    """Return a smooth rise from 0 to 1 in ``n`` steps (both ends at rest)."""
    u = np.linspace(0.0, 1.0, max(n, 2))
    return np.asarray(u**3 * (10.0 - 15.0 * u + 6.0 * u**2))


def rise_hold_fall(rise_s: float, hold_s: float, fall_s: float) -> NDArray[np.float64]:
    """Return a smooth movement that reaches 1, stays there and goes back.

    Examples
    --------
    >>> float(rise_hold_fall(0.1, 0.2, 0.3).max())
    1.0
    """
    up = minimum_jerk(round(rise_s * GRID_HZ))
    down = minimum_jerk(round(fall_s * GRID_HZ))[::-1]
    return np.concatenate([up, np.ones(max(round(hold_s * GRID_HZ), 0)), down])


def blink_shape(close_s: float, hold_s: float, open_s: float) -> NDArray[np.float64]:
    """Return lid closure of one blink: fast down, slower up with a long tail."""
    down = minimum_jerk(round(close_s * GRID_HZ))
    u = np.linspace(0.0, 1.0, max(round(open_s * 1.35 * GRID_HZ), 2))
    up = 1.0 - minimum_jerk(len(u))
    # Bend time so that half of the opening is done in a third of it.
    tail = np.interp(u**0.7, u, up)
    return np.concatenate([down, np.ones(max(round(hold_s * GRID_HZ), 0)), tail])


def lid_response(drive: NDArray[np.float64], gains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return lid closure for a drive of the orbicularis at several strengths.

    The lid obeys dl/dt = gain*drive*(1 - l)/tau_close - l/tau_open; each grid step is solved
    exactly, so strong drives stay stable.

    Parameters
    ----------
    drive : ndarray, shape (n,)
        Drive >= 0 per grid step.
    gains : ndarray, shape (k,)
        Strengths to try.

    Returns
    -------
    ndarray, shape (n, k)
        Closure 0-1.
    """
    lid = np.zeros((len(drive), len(gains)))
    _follow(
        np.maximum(drive, 0.0),
        np.asarray(gains, dtype=np.float64),
        1.0 / number("lid.tau_close_s"),
        1.0 / number("lid.tau_open_s"),
        1.0 / GRID_HZ,
        lid,
    )
    return lid


@njit(cache=True)
def _follow(
    drive: NDArray[np.float64],
    gains: NDArray[np.float64],
    close: float,
    release: float,
    step_s: float,
    lid: NDArray[np.float64],
) -> None:
    """Fill ``lid`` (n, k); compiled, because a step depends on the one before."""
    for k in range(len(gains)):
        now = 0.0
        for i in range(len(drive)):
            pull = drive[i] * gains[k] * close
            rate = pull + release
            now += (pull / rate - now) * (1.0 - np.exp(-rate * step_s))
            lid[i, k] = now


def lid_with_peak(drive: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """Return the lid closure whose largest value is ``peak`` (0-1, capped at 0.985).

    Examples
    --------
    >>> lid = lid_with_peak(np.r_[np.ones(12), np.zeros(100)], 0.5)
    >>> round(float(lid.max()), 3)
    0.5
    """
    wanted = min(peak, 0.985)
    low, high = -4.0, 3.0
    for _ in range(4):
        gains = np.logspace(low, high, 9)
        peaks = lid_response(drive, gains).max(axis=0)
        k = int(np.clip(np.searchsorted(peaks, wanted), 1, len(gains) - 1))
        low, high = np.log10(gains[k - 1]), np.log10(gains[k])
    lid = lid_response(drive, np.array([10.0 ** ((low + high) / 2)]))[:, 0]
    return np.asarray(lid * (wanted / lid.max()))


def muscle_response(drive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the activation of a skin muscle, scaled to a peak of 1.

    Each instant of drive adds a twitch (t/tau) exp(1 - t/tau); the sum saturates.
    """
    tau = number("muscle.twitch_tau_s")
    t = np.arange(round(12 * tau * GRID_HZ)) / GRID_HZ
    twitch = (t / tau) * np.exp(1.0 - t / tau)
    summed = np.convolve(np.maximum(drive, 0.0), twitch)[: len(drive)] / GRID_HZ / tau
    filled = summed / (summed + 0.8)
    return np.asarray(filled / max(filled.max(), 1e-9))


def first_crossing(values: NDArray[np.float64], level: float) -> float:
    """Return the (fractional) index at which a rising signal first reaches ``level``."""
    k = int(np.argmax(values >= level))
    if k == 0:
        return 0.0
    before, after = values[k - 1], values[k]
    return float(k - 1 + (level - before) / (after - before))


def delayed(values: NDArray[np.float64], steps: float) -> NDArray[np.float64]:
    """Return the signal shifted later by a fractional number of grid steps."""
    index = np.arange(len(values), dtype=np.float64)
    return np.asarray(np.interp(index - steps, index, values, left=0.0))
