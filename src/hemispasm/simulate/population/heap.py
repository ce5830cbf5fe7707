"""A queue of impulses in order of time, and a generator of random numbers, for compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def draw_unit(state: NDArray[np.uint64]) -> float:
    """Return a number in [0, 1) and step the state (SplitMix64: same on every machine)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def draw_bell(state: NDArray[np.uint64]) -> float:
    """Return a number of mean 0 and spread 1, bell-shaped: the sum of four uniform ones.

    It stays within 3.5, and costs no logarithm.
    """
    total = draw_unit(state) + draw_unit(state) + draw_unit(state) + draw_unit(state)
    return float((total - 2.0) * 1.7320508075688772)


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def push(
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
    time: float,
    load: int,
) -> int:
    """Put an entry into the heap, which has room, and return the new size."""
    k = size
    while k > 0:
        parent = (k - 1) >> 1
        if times[parent] <= time:
            break
        times[k], loads[k] = times[parent], loads[parent]
        k = parent
    times[k], loads[k] = time, load
    return size + 1


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def drop_first(times: NDArray[np.float64], loads: NDArray[np.int64], size: int) -> int:
    """Take the earliest entry out of the heap and return the new size."""
    size -= 1
    time, load = times[size], loads[size]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if time <= times[child]:
            break
        times[k], loads[k] = times[child], loads[child]
        k = child
    times[k], loads[k] = time, load
    return size
