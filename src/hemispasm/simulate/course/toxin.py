"""Botulinum toxin in the muscle: from units injected to the share of release that is left.

Free toxin is taken up, becomes the active light chain, which cuts SNAP-25 faster than it is made
anew; release falls with a power of the SNAP-25 that is whole. It acts at the muscle alone: nothing
of the nerve changes. A share of every dose reaches the neighbouring muscles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.course.parameters import default_settings
from hemispasm.simulate.population.condition import MUSCLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hemispasm.model.emg import Muscle
    from hemispasm.simulate.course.parameters import CourseSettings

STEPS_PER_DAY = 2
NEIGHBOURS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5))
"""Muscles side by side, in the order frontalis to platysma."""


@dataclass(frozen=True)
class ToxinCycle:
    """One round of injections.

    Attributes
    ----------
    day : int
        From the visit at which the course begins.
    units : mapping of Muscle to float
        Units per muscle, on the scale of onabotulinumtoxinA.
    """

    day: int
    units: Mapping[Muscle, float]


def usual_cycle(day: int) -> ToxinCycle:
    """Return a usual round: most of it round the eye, a little in the cheek.

    Examples
    --------
    >>> sum(usual_cycle(0).units.values())
    15.0
    """
    usual = default_settings().row("toxin.usual_units")
    return ToxinCycle(day, {m: u for m, u in zip(MUSCLES, usual, strict=True) if u > 0.0})


def doses(
    cycles: Sequence[ToxinCycle], settings: CourseSettings | None = None
) -> NDArray[np.float64]:
    """Return what reaches each muscle in each cycle, with what spills over from its neighbours.

    Returns
    -------
    ndarray of float, shape (cycles, 6)
        In units; a muscle loses what its neighbours gain.
    """
    chosen = settings or default_settings()
    spill = chosen.number("toxin.spill")
    given = np.array([[cycle.units.get(m, 0.0) for m in MUSCLES] for cycle in cycles])
    given = given.reshape(len(cycles), len(MUSCLES))
    reached: NDArray[np.float64] = given @ _neighbours(spill)
    return reached


def _neighbours(spill: float) -> NDArray[np.float64]:
    """Return the share of a dose into each muscle (row) that reaches each muscle (column)."""
    shares = np.zeros((len(MUSCLES), len(MUSCLES)))
    for one, other in NEIGHBOURS:
        shares[one, other] += spill
        shares[other, one] += spill
    return shares + np.diag(1.0 - shares.sum(axis=1))


def release_after(
    units: NDArray[np.float64],
    on_days: NDArray[np.float64],
    days: int,
    settings: CourseSettings | None = None,
    *,
    sensitivity: float = 1.0,
    half_life_d: float | None = None,
) -> NDArray[np.float64]:
    """Return the share of release left on each day in each muscle.

    Parameters
    ----------
    units : ndarray of float, shape (cycles, muscles)
        What reached each muscle; see `doses`.
    on_days : ndarray of float, shape (cycles,)
        Days of injection.
    days : int
        How many days to follow, from day 0.
    settings : CourseSettings, optional
        Defaults with changes.
    sensitivity : float
        How strongly this patient answers to a unit; 1 is the median.
    half_life_d : float, optional
        Of the light chain in this patient; by default the median.

    Returns
    -------
    ndarray of float, shape (days, muscles)
        1 without toxin.

    Examples
    --------
    >>> left = release_after(np.array([[5.0]]), np.array([0.0]), 120)
    >>> bool(left[20, 0] < 0.4), bool(left[119, 0] > 0.75)
    (True, True)
    """
    chosen = settings or default_settings()
    half_life = half_life_d or chosen.number("toxin.light_chain_half_life_d")
    left = release_of_many(
        units, on_days, np.arange(days), np.array([sensitivity]), np.array([half_life]), chosen
    )
    return left[0].astype(np.float64)


def release_of_many(
    units: NDArray[np.float64],
    on_days: NDArray[np.float64],
    read_days: NDArray[np.int64],
    sensitivity: NDArray[np.float64],
    half_life_d: NDArray[np.float64],
    settings: CourseSettings | None = None,
) -> NDArray[np.float32]:
    """Return the share of release left in many patients who get the same injections.

    Parameters
    ----------
    units, on_days
        As `release_after` takes them.
    read_days : ndarray of int
        Days to read, ascending, from day 0.
    sensitivity, half_life_d : ndarray of float, shape (patients,)
    settings : CourseSettings, optional
        Defaults with changes.

    Returns
    -------
    ndarray of float32, shape (patients, days read, muscles)
    """
    chosen = settings or default_settings()
    whole = _snap_left(
        np.ascontiguousarray(units, dtype=np.float64),
        np.round(on_days * STEPS_PER_DAY).astype(np.int64),
        read_days.astype(np.int64) * STEPS_PER_DAY,
        chosen.number("toxin.cutting_per_d") * sensitivity,
        half_life_d / np.log(2.0),
        np.array([chosen.number(f"toxin.{name}") for name in ("free_d", "uptake_d", "renewal_d")]),
    )
    most = chosen.number("toxin.largest_block")
    left = 1.0 - most * (1.0 - whole ** chosen.number("toxin.release_power"))
    return np.clip(left, 0.0, 1.0).astype(np.float32)


@njit(cache=True, error_model="numpy")
def _chain_step(rate, step):  # type: ignore[no-untyped-def]
    """Return what one step moves along a chain of three first-order stages, exactly."""
    e1, e2, e3 = np.exp(-rate[0] * step), np.exp(-rate[1] * step), np.exp(-rate[2] * step)
    d21, d31, d32 = rate[1] - rate[0], rate[2] - rate[0], rate[2] - rate[1]
    first_to_second = rate[0] / d21 * (e1 - e2)
    second_to_third = rate[1] / d32 * (e2 - e3)
    first_to_third = rate[0] * rate[1] * (e1 / (d21 * d31) - e2 / (d21 * d32) + e3 / (d31 * d32))
    return e1, e2, e3, first_to_second, second_to_third, first_to_third


@njit(cache=True, error_model="numpy")
def _snap_left(units, on_steps, read_steps, cutting, chain_d, times):  # type: ignore[no-untyped-def]
    """Return the share of SNAP-25 that is whole, in each patient and muscle at some steps.

    Free toxin, toxin taken up and light chain follow one another; the chain cuts, cells renew.
    """
    patients, muscles, step = len(cutting), units.shape[1], 1.0 / STEPS_PER_DAY
    out = np.ones((patients, len(read_steps), muscles), dtype=np.float32)
    rate = np.empty(3)
    for i in range(patients):
        rate[:] = 1.0 / times[0], 1.0 / times[1], 1.0 / chain_d[i]
        e1, e2, e3, to_second, to_third, through = _chain_step(rate, step)
        for m in range(muscles):
            if units[:, m].max() <= 0.0:
                continue
            free, taken, light, whole, place = 0.0, 0.0, 0.0, 1.0, 0
            for k in range(read_steps[-1] + 1):
                for cycle in range(len(on_steps)):
                    if on_steps[cycle] == k:
                        free += units[cycle, m]
                while place < len(read_steps) and read_steps[place] == k:
                    out[i, place, m] = whole
                    place += 1
                before = light
                light = light * e3 + taken * to_third + free * through
                taken = taken * e2 + free * to_second
                free *= e1
                turn = cutting[i] * 0.5 * (before + light) + 1.0 / times[2]
                level = 1.0 / (times[2] * turn)
                whole = level + (whole - level) * np.exp(-turn * step)
    return out


@dataclass(frozen=True)
class ToxinEffect:
    """What one cycle did in one muscle: days, and the share of release that was blocked.

    A day is nan where the block never reached the share that is noticed.
    """

    onset_d: float
    end_d: float
    peak_d: float
    largest_block: float

    @property
    def duration_d(self) -> float:
        """Days from onset to the end of the effect."""
        return self.end_d - self.onset_d


def effect_of(block: NDArray[np.float64], noticed: float | None = None) -> ToxinEffect:
    """Return onset, end and height of a block that begins on day 0 of its array.

    Parameters
    ----------
    block : ndarray of float
        Share of release blocked on each day from the injection on.
    noticed : float, optional
        Share that a patient notices; by default the setting ``toxin.noticed``.

    Examples
    --------
    >>> effect_of(np.array([0.0, 0.1, 0.3, 0.6, 0.4, 0.1]), 0.2).onset_d
    1.5
    """
    share = default_settings().number("toxin.noticed") if noticed is None else noticed
    peak = int(np.argmax(block))
    if block[peak] < share:
        return ToxinEffect(np.nan, np.nan, float(peak), float(block[peak]))
    up = int(np.argmax(block >= share))
    onset = float(up)
    if up > 0:
        onset = up - float((block[up] - share) / (block[up] - block[up - 1]))
    under = np.flatnonzero(block[peak:] < share)
    end = np.nan
    if len(under):
        down = peak + int(under[0])
        end = down - float((share - block[down]) / (block[down - 1] - block[down]))
    return ToxinEffect(onset, end, float(peak), float(block[peak]))
