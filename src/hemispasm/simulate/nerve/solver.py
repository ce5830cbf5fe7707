"""One cluster of fibres in time: implicit cable per fibre, then the space that they share.

Fibres stand side by side in memory, so that one sweep along the cable solves all of a cluster.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit

from hemispasm.simulate.nerve.kinetics import LOWEST_MV, POTASSIUM_MV, SODIUM_MV, STEP_MV
from hemispasm.simulate.nerve.parameters import Indices, Numbers

PER_MV = 1.0 / STEP_MV


class Cluster(NamedTuple):
    """Constants of one cluster; arrays (compartments or active compartments, fibres)."""

    inertia: Numbers
    """Capacity over the step, uS."""
    base: Numbers
    """Inertia, leak and axial conductances: the diagonal without the gates, uS."""
    pull: Numbers
    """Leak times its reversal, nA."""
    axial: Numbers
    naf: Numbers
    nap: Numbers
    ks: Numbers
    kf: Numbers
    """Fast potassium; bare membrane alone has it."""
    active: Indices
    patch_from: int
    patch_to: int
    space: float
    """Conductance of the shared space between two patch compartments, uS."""
    space_leak: float
    """From each patch compartment's space to ground, uS."""


class State(NamedTuple):
    """What changes: potentials (mV), gates of the active compartments, potential of the space."""

    v: Numbers
    m: Numbers
    h: Numbers
    p: Numbers
    s: Numbers
    n: Numbers
    slow: Numbers
    outside: Numbers
    outside_last: Numbers
    """One step earlier."""


class Input(NamedTuple):
    """What drives a run.

    ``rows`` are the gate tables; ``shift`` moves all gates along the potential, mV; ``pulses``
    (n, 5): fibre in the cluster, compartment, first step, step after the last, current nA;
    ``noise`` (intervals, fibres) nA per patch compartment.
    """

    rows: Numbers
    dt: float
    steps: int
    recover: float
    inactivate: float
    shift: float
    pulses: Numbers
    noise: Numbers
    noise_steps: int
    places: Indices
    threshold: float
    sample_steps: int


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _fill(c: Cluster, y: State, drive: Input, diagonal: Numbers, right: Numbers) -> None:
    """Write the diagonal and the right-hand side of every fibre's cable equation."""
    n, fibres = y.v.shape
    for i in range(n):
        for a in range(fibres):
            diagonal[i, a] = c.base[i, a]
            right[i, a] = c.inertia[i, a] * y.v[i, a] + c.pull[i, a]
    for k in range(c.active.size):
        i = c.active[k]
        for a in range(fibres):
            p, m = y.p[k, a], y.m[k, a]
            sodium = c.naf[k, a] * m * m * m * y.h[k, a] + c.nap[k, a] * y.slow[k, a] * p * p * p
            potassium = c.ks[k, a] * y.s[k, a]
            diagonal[i, a] += sodium + potassium
            right[i, a] += sodium * SODIUM_MV + potassium * POTASSIUM_MV
        if c.patch_from <= i < c.patch_to:
            for a in range(fibres):
                opened = y.n[k, a] * y.n[k, a]
                potassium = c.kf[k, a] * opened * opened
                diagonal[i, a] += potassium
                right[i, a] += potassium * POTASSIUM_MV


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _add_space(c: Cluster, y: State, right: Numbers) -> None:
    """Add the axial current that the space drives inside the fibres.

    The potential of the space at the end of the step is not known yet: it goes on in a straight
    line from the last two steps, which agrees with a simultaneous solution to second order.
    """
    size = c.patch_to - c.patch_from
    for k in range(size):
        last = y.outside[k]
        y.outside[k] = 2.0 * last - y.outside_last[k]
        y.outside_last[k] = last
    for k in range(size + 1):
        i = c.patch_from - 1 + k
        here = y.outside[k - 1] if k > 0 else 0.0
        there = y.outside[k] if k < size else 0.0
        for a in range(y.v.shape[1]):
            current = c.axial[i, a] * (there - here)
            right[i, a] += current
            right[i + 1, a] -= current


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _solve_fibres(c: Cluster, y: State, diagonal: Numbers, right: Numbers) -> None:
    """Solve the tridiagonal cable of every fibre for the new potential."""
    n, fibres = y.v.shape
    for a in range(fibres):
        diagonal[0, a] = 1.0 / diagonal[0, a]
    for i in range(1, n):
        for a in range(fibres):
            share = c.axial[i - 1, a] * diagonal[i - 1, a]
            diagonal[i, a] = 1.0 / (diagonal[i, a] - share * c.axial[i - 1, a])
            right[i, a] += share * right[i - 1, a]
    for a in range(fibres):
        y.v[n - 1, a] = right[n - 1, a] * diagonal[n - 1, a]
    for i in range(n - 2, -1, -1):
        for a in range(fibres):
            y.v[i, a] = (right[i, a] + c.axial[i, a] * y.v[i + 1, a]) * diagonal[i, a]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _solve_space(c: Cluster, y: State, along: Numbers, work: Numbers) -> None:
    """Solve the space of a cluster for the current that the fibres push into it.

    The axial conductance of all fibres stands on the diagonal: a rise outside pushes current back
    along the inside. Without that the scheme is unstable.
    """
    size = c.patch_to - c.patch_from
    fibres = y.v.shape[1]
    for k in range(size):
        i = c.patch_from + k
        left = c.space * (2.0 if k == 0 else 1.0) + along[k]
        rightward = c.space * (2.0 if k == size - 1 else 1.0) + along[k + 1]
        current = 0.0
        for a in range(fibres):
            current += c.axial[i - 1, a] * (y.v[i - 1, a] - y.v[i, a])
            current += c.axial[i, a] * (y.v[i + 1, a] - y.v[i, a])
        diagonal = left + rightward + c.space_leak
        if k > 0:
            share = left / work[k - 1]
            diagonal -= share * left
            current += share * y.outside[k - 1]
        work[k] = diagonal
        y.outside[k] = current
    for k in range(size - 1, -1, -1):
        if k < size - 1:
            y.outside[k] += (c.space + along[k + 1]) * y.outside[k + 1]
        y.outside[k] /= work[k]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _advance_gates(c: Cluster, y: State, drive: Input) -> None:
    """Move the gates to the end of the step at the new potential."""
    rows = drive.rows
    last = rows.shape[0] - 2
    for k in range(c.active.size):
        i = c.active[k]
        for a in range(y.v.shape[1]):
            x = (y.v[i, a] - drive.shift - LOWEST_MV) * PER_MV
            at = min(max(int(x), 0), last)
            f = x - at
            target = rows[at, 0] + f * (rows[at + 1, 0] - rows[at, 0])
            stay = rows[at, 5] + f * (rows[at + 1, 5] - rows[at, 5])
            y.m[k, a] = target + (y.m[k, a] - target) * stay
            target = rows[at, 1] + f * (rows[at + 1, 1] - rows[at, 1])
            stay = rows[at, 6] + f * (rows[at + 1, 6] - rows[at, 6])
            y.h[k, a] = target + (y.h[k, a] - target) * stay
            target = rows[at, 2] + f * (rows[at + 1, 2] - rows[at, 2])
            stay = rows[at, 7] + f * (rows[at + 1, 7] - rows[at, 7])
            y.p[k, a] = target + (y.p[k, a] - target) * stay
            target = rows[at, 3] + f * (rows[at + 1, 3] - rows[at, 3])
            stay = rows[at, 8] + f * (rows[at + 1, 8] - rows[at, 8])
            y.s[k, a] = target + (y.s[k, a] - target) * stay
        if c.patch_from <= i < c.patch_to:
            for a in range(y.v.shape[1]):
                opened = y.p[k, a] * y.p[k, a] * y.p[k, a]
                rate = drive.recover + drive.inactivate * opened
                y.slow[k, a] = (y.slow[k, a] + drive.dt * drive.recover) / (1.0 + drive.dt * rate)
                x = (y.v[i, a] - drive.shift - LOWEST_MV) * PER_MV
                at = min(max(int(x), 0), last)
                f = x - at
                target = rows[at, 4] + f * (rows[at + 1, 4] - rows[at, 4])
                stay = rows[at, 9] + f * (rows[at + 1, 9] - rows[at, 9])
                y.n[k, a] = target + (y.n[k, a] - target) * stay


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _add_drive(c: Cluster, drive: Input, step: int, right: Numbers) -> None:
    """Add shocks and the noise of the patch."""
    for row in range(drive.pulses.shape[0]):
        if drive.pulses[row, 2] <= step < drive.pulses[row, 3]:
            right[int(drive.pulses[row, 1]), int(drive.pulses[row, 0])] += drive.pulses[row, 4]
    if drive.noise.shape[0] > 0:
        now = step // drive.noise_steps
        for i in range(c.patch_from, c.patch_to):
            for a in range(right.shape[1]):
                right[i, a] += drive.noise[now, a]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _note_spikes(
    y: State, drive: Input, before: Numbers, step: int, times: Numbers, counts: Indices
) -> None:
    """Write down upward crossings of the threshold, between two steps by a straight line."""
    for place in range(drive.places.shape[0]):
        for a in range(y.v.shape[1]):
            now = y.v[drive.places[place, a], a]
            was = before[place, a]
            if was < drive.threshold <= now:
                at = counts[place, a]
                if at < times.shape[2]:
                    part = (drive.threshold - was) / (now - was)
                    times[place, a, at] = (step + part) * drive.dt
                counts[place, a] = at + 1
            before[place, a] = now


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def run_cluster(
    c: Cluster,
    y: State,
    drive: Input,
    coupled: bool,
    work: tuple[Numbers, ...],
    times: Numbers,
    counts: Indices,
    samples: Numbers,
) -> None:
    """Run one cluster to the end and leave its last state in ``y``.

    Parameters
    ----------
    c : Cluster
        Constants.
    y : State
        Changed in place.
    drive : Input
        Shocks, noise, step and what to write down.
    coupled : bool
        Whether the fibres share a space; without it they are alone, whatever the conductances.
    work : tuple of array
        ``diagonal``, ``right`` (compartments, fibres), ``along``, ``inner`` (patch + 1),
        ``before`` (places, fibres).
    times, counts : array
        Impulses (places, fibres, room) in ms and how many there were.
    samples : array (samples, places + 1, fibres)
        Potentials at the places, and last of the middle of the space.
    """
    diagonal, right, along, inner, before = work
    size = c.patch_to - c.patch_from
    coupled = coupled and size > 0
    for k in range(size + 1):
        along[k] = 0.0
        for a in range(y.v.shape[1]):
            along[k] += c.axial[c.patch_from - 1 + k, a]
    for step in range(drive.steps):
        _fill(c, y, drive, diagonal, right)
        if coupled:
            _add_space(c, y, right)
        _add_drive(c, drive, step, right)
        _solve_fibres(c, y, diagonal, right)
        if coupled:
            _solve_space(c, y, along, inner)
        _advance_gates(c, y, drive)
        _note_spikes(y, drive, before, step, times, counts)
        if drive.sample_steps > 0 and step % drive.sample_steps == 0:
            at = step // drive.sample_steps
            for a in range(y.v.shape[1]):
                for place in range(drive.places.shape[0]):
                    samples[at, place, a] = y.v[drive.places[place, a], a]
                samples[at, drive.places.shape[0], a] = y.outside[size // 2] if coupled else 0.0
