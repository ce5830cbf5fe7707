"""The slow equations, day by day for many patients: what pressure does to a nerve over years.

P is the pressure on the nerve, D the bare share of the patch, rho the reach of the contact, G the
gain of the nucleus. P acts at once on the coupling of fibres and only slowly on D and G: after a
decompression the lateral spread goes within hours and spasms may go on for months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.parameters import CourseSettings

KNOT_DAYS = 182.5
"""Days between two places of the vessel; the pressure between them is interpolated."""
TRACES = ("drive", "block", "crossing", "pressure", "bare", "reach", "nuclear")
"""Order of the traces of `follow_days`; the first three alone where not all are asked for."""


class Laws(NamedTuple):
    """Numbers that all patients share."""

    bare_above: float
    repair_below: float
    ectopy_free: float
    reference_pressure: float
    reach_largest: float
    nuclear_gain_days: float
    coupling_middle: float
    coupling_width: float


class Traits(NamedTuple):
    """Numbers of each patient; every array has one entry per patient."""

    loss_days: NDArray[np.float64]
    repair_days: NDArray[np.float64]
    growth_days: NDArray[np.float64]
    nuclear_loss_days: NDArray[np.float64]
    ectopic_weight: NDArray[np.float64]
    coupling_weight: NDArray[np.float64]
    nuclear_weight: NDArray[np.float64]
    block_height: NDArray[np.float64]
    block_days: NDArray[np.float64]


class State(NamedTuple):
    """Where each patient stands at one moment."""

    bare: NDArray[np.float64]
    reach: NDArray[np.float64]
    nuclear: NDArray[np.float64]


class Operations(NamedTuple):
    """Decompressions, one column per operation; a day of -1 is no operation.

    ``day`` counts from the visit; ``relieved`` is the share of the pressure that it takes away;
    from ``lost_day`` on that pressure is back, -1 for never.
    """

    day: NDArray[np.int64]
    relieved: NDArray[np.float64]
    lost_day: NDArray[np.int64]


def laws_of(settings: CourseSettings) -> Laws:
    """Return the shared numbers of a run."""
    return Laws(
        settings.number("bare.above"),
        settings.number("bare.repair_below"),
        settings.number("bare.ectopy_free"),
        settings.number("bare.reference_pressure"),
        settings.number("contact.largest"),
        settings.number("nucleus.gain_days"),
        settings.number("coupling.middle"),
        settings.number("coupling.width"),
    )


@njit(cache=True, error_model="numpy")
def coupling(pressure, middle, width):  # type: ignore[no-untyped-def]
    """Return how strongly fibres couple under a pressure, 0 to 1: the fast effect."""
    return 1.0 / (1.0 + np.exp(-(pressure - middle) / width))


@njit(cache=True, error_model="numpy")
def _step(pressure, bare, reach, nuclear, days, i, traits, laws):  # type: ignore[no-untyped-def]
    """Return bare share, reach and nuclear gain some days later, under a steady pressure."""
    ectopic = bare * ectopy(pressure, laws)
    gain = min(ectopic, 1.5) / laws.nuclear_gain_days
    rate = gain + 1.0 / traits.nuclear_loss_days[i]
    nuclear = gain / rate + (nuclear - gain / rate) * np.exp(-rate * days)
    loss = pressure / traits.loss_days[i] if pressure > laws.bare_above else 0.0
    repair = max(0.0, 1.0 - pressure / laws.repair_below) / traits.repair_days[i]
    rate = loss + repair
    if rate > 0.0:
        bare = loss / rate + (bare - loss / rate) * np.exp(-rate * days)
    left = (laws.reach_largest - reach) * np.exp(-pressure * days / traits.growth_days[i])
    return bare, laws.reach_largest - left, nuclear


@njit(cache=True, error_model="numpy")
def _day(pressure, bare, reach, nuclear, rates, laws):  # type: ignore[no-untyped-def]
    """Return the same one day later: implicit steps, as good over a day and without exponentials.

    ``rates`` are those of loss, repair, growth and nuclear loss per day; it runs for every day of
    every patient, so nothing is divided that can be multiplied.
    """
    gain = min(bare * ectopy(pressure, laws), 1.5) / laws.nuclear_gain_days
    nuclear = (nuclear + gain) / (1.0 + gain + rates[3])
    loss = pressure * rates[0] if pressure > laws.bare_above else 0.0
    repair = max(0.0, 1.0 - pressure / laws.repair_below) * rates[1]
    bare = (bare + loss) / (1.0 + loss + repair)
    growth = pressure * rates[2]
    reach = (reach + growth * laws.reach_largest) / (1.0 + growth)
    return bare, reach, nuclear


@njit(cache=True, error_model="numpy")
def ectopy(pressure, laws):  # type: ignore[no-untyped-def]
    """Return the ectopic drive of a patch all bare under a pressure."""
    free = laws.ectopy_free
    return free + (1.0 - free) * pressure / laws.reference_pressure


@njit(cache=True, error_model="numpy")
def follow_steps(vessel, first, start, days, traits, laws):  # type: ignore[no-untyped-def]
    """Return the states along years without treatment, one column per long step.

    Parameters
    ----------
    vessel : ndarray of float, shape (patients, steps)
        Pressure during each step.
    first : ndarray of int
        Step with which each patient begins.
    start : State
        Before that step.
    days : float
        Length of a step.
    traits : Traits
    laws : Laws

    Returns
    -------
    ndarray of float, shape (3, patients, steps)
        Bare share, reach and nuclear gain at the end of each step.
    """
    patients, steps = vessel.shape
    out = np.zeros((3, patients, steps))
    for i in range(patients):
        bare, reach, nuclear = start.bare[i], start.reach[i], start.nuclear[i]
        for step in range(first[i], steps):
            bare, reach, nuclear = _step(
                vessel[i, step], bare, reach, nuclear, days, i, traits, laws
            )
            out[0, i, step], out[1, i, step], out[2, i, step] = bare, reach, nuclear
    return out


@njit(cache=True, error_model="numpy")
def _pressure_left(operations, i, day):  # type: ignore[no-untyped-def]
    """Return the share of the vessel's pressure that operations leave on a day."""
    left = 1.0
    for k in range(operations.day.shape[1]):
        lost = 0 <= operations.lost_day[i, k] <= day
        if 0 <= operations.day[i, k] <= day and not lost:
            left *= 1.0 - operations.relieved[i, k]
    return left


@njit(cache=True, error_model="numpy")
def follow_days(knots, state, operations, days, full, traits, laws):  # type: ignore[no-untyped-def]
    """Return the traces of some days after the visit.

    Parameters
    ----------
    knots : ndarray of float, shape (patients, knots)
        Pressure that the vessel would exert every `KNOT_DAYS`, untreated; the first at the visit.
    state : State
        At the visit.
    operations : Operations
    days : int
    full : bool
        All of `TRACES`; otherwise the first three.
    traits : Traits
    laws : Laws

    Returns
    -------
    ndarray of float32, shape (traces, patients, days)
    """
    patients = knots.shape[0]
    out = np.empty((7 if full else 3, patients, days), dtype=np.float32)
    for i in range(patients):
        rates = (
            1.0 / traits.loss_days[i],
            1.0 / traits.repair_days[i],
            1.0 / traits.growth_days[i],
            1.0 / traits.nuclear_loss_days[i],
        )
        bare, reach, nuclear = state.bare[i], state.reach[i], state.nuclear[i]
        coupled_at, coupled = -1.0, 0.0
        left, block, fading = 1.0, 0.0, np.exp(-1.0 / traits.block_days[i])
        found = knots[i, 0]
        for day in range(days):
            at = day / KNOT_DAYS
            knot = min(int(at), knots.shape[1] - 2)
            share = min(at - knot, 1.0)
            vessel = (1.0 - share) * knots[i, knot] + share * knots[i, knot + 1]
            for k in range(operations.day.shape[1]):
                if operations.day[i, k] == day:
                    block, found = traits.block_height[i], vessel
                if operations.day[i, k] == day or operations.lost_day[i, k] == day:
                    left = _pressure_left(operations, i, day)
            # What lies between them weakens once more how far the vessel moves from then on.
            pressure = left * (found + left * (vessel - found))
            # The coupling is the costly part: anew only where the pressure has moved.
            if abs(pressure - coupled_at) > 5e-4:
                coupled_at = pressure
                coupled = coupling(pressure, laws.coupling_middle, laws.coupling_width)
            # Both the fibre that gives and the one that takes have to be bare.
            crossing = bare * bare * coupled
            out[0, i, day] = (
                traits.ectopic_weight[i] * bare * ectopy(pressure, laws)
                + traits.coupling_weight[i] * crossing
                + traits.nuclear_weight[i] * nuclear
            )
            out[1, i, day] = block
            out[2, i, day] = crossing
            if full:
                out[3, i, day], out[4, i, day] = pressure, bare
                out[5, i, day], out[6, i, day] = reach, nuclear
            bare, reach, nuclear = _day(pressure, bare, reach, nuclear, rates, laws)
            block *= fading
    return out
