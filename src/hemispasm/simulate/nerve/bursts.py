"""Impulses of single fibres in bursts: intervals and rates."""

from __future__ import annotations

import numpy as np

from hemispasm.simulate.nerve.parameters import Indices, Numbers, number


def bursts_of(fibre: Indices, time_ms: Numbers) -> list[Numbers]:
    """Return the bursts of every fibre: times of impulses closer than a stated gap.

    Parameters
    ----------
    fibre, time_ms : array
        Of each impulse.

    Returns
    -------
    list of array
        Times of each burst, two impulses or more.

    Examples
    --------
    >>> found = bursts_of(np.array([0, 0, 0, 1, 0]), np.array([1.0, 4.0, 7.5, 8.0, 60.0]))
    >>> [burst.tolist() for burst in found]
    [[1.0, 4.0, 7.5]]
    """
    found = []
    for one in np.unique(fibre):
        times = np.sort(time_ms[fibre == one])
        cuts = np.flatnonzero(np.diff(times) > number("read.burst_gap_ms")) + 1
        found += [burst for burst in np.split(times, cuts) if burst.size >= 2]
    return found


def intervals_in_bursts(fibre: Indices, time_ms: Numbers) -> Numbers:
    """Return all intervals inside bursts, s."""
    parts = [np.diff(burst) for burst in bursts_of(fibre, time_ms)]
    return 1e-3 * np.concatenate([np.zeros(0), *parts])


def burst_rates(fibre: Indices, time_ms: Numbers) -> Numbers:
    """Return the rate inside each burst of three impulses or more, Hz."""
    return np.array(
        [
            1e3 * (burst.size - 1) / (burst[-1] - burst[0])
            for burst in bursts_of(fibre, time_ms)
            if burst.size >= 3
        ]
    )
