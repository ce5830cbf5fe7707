"""A heap of impulses in order of time, for compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE, TWO = np.uint64(1), np.uint64(2)


@njit(cache=True, error_model="numpy", _nrt=False)
def put(
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


@njit(cache=True, error_model="numpy", _nrt=False)
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
