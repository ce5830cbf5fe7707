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


def trains_of(burst: Numbers) -> list[Numbers]:
    """Return the parts of a burst in which no impulse is missing.

    A rate belongs to a train. Where an interval is twice as long as the usual one of the burst, at
    least one impulse is missing: that is a pause between two trains. The rule is relative, so that
    a slow train stays as slow as it is.

    Parameters
    ----------
    burst : array
        Times of the impulses of one fibre, rising.

    Returns
    -------
    list of array
        Times of each train, one impulse or more.

    Examples
    --------
    >>> [train.tolist() for train in trains_of(np.array([0.0, 3.0, 6.0, 13.0, 16.0]))]
    [[0.0, 3.0, 6.0], [13.0, 16.0]]
    >>> len(trains_of(np.array([0.0, 8.0, 16.0, 24.0])))
    1
    """
    intervals = np.diff(burst)
    if intervals.size < 2:
        return [burst]
    # The lower of two middle ones: of two intervals the shorter is the usual one.
    usual = np.sort(intervals)[(intervals.size - 1) // 2]
    return np.split(burst, np.flatnonzero(intervals >= number("read.pause") * usual) + 1)


def burst_rates(fibre: Indices, time_ms: Numbers) -> Numbers:
    """Return the rate inside each train of three impulses or more, Hz."""
    return np.array(
        [
            1e3 * (train.size - 1) / (train[-1] - train[0])
            for burst in bursts_of(fibre, time_ms)
            for train in trains_of(burst)
            if train.size >= 3
        ]
    )
