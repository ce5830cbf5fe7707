"""A queue of impulses in order of time, and a generator of random numbers, for compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE, TWO = np.uint64(1), np.uint64(2)


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
    """Take the earliest entry out of the heap and return the new size.

    The gap runs down to a leaf, and the last entry climbs up from there: it comes to stand where a
    comparison at every step would have put it, without a branch that cannot be foretold. Unsigned
    indices never count from the end, and so need no test.
    """
    size -= 1
    time, load, used = times[size], loads[size], np.uint64(size)
    k, child = np.uint64(0), TWO
    while child < used:
        child -= np.uint64(times[child] >= times[child - ONE])
        times[k], loads[k] = times[child], loads[child]
        k = child
        child = TWO * k + TWO
    if child == used:
        child -= ONE
        times[k], loads[k] = times[child], loads[child]
        k = child
    while k > np.uint64(0):
        parent = (k - ONE) >> ONE
        if times[parent] < time:
            break
        times[k], loads[k] = times[parent], loads[parent]
        k = parent
    times[k], loads[k] = time, load
    return size
