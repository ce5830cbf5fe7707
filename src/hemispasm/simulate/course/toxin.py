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

STEPS_PER_DAY = 4
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
    times = np.arange(days * STEPS_PER_DAY) / STEPS_PER_DAY
    since = times[:, None] - on_days[None, :]
    chain = np.array(
        (chosen.number("toxin.free_d"), chosen.number("toxin.uptake_d"), half_life / np.log(2.0))
    )
    light = _light_chain(since, chain) @ units
    cut = chosen.number("toxin.cutting_per_d") * sensitivity * light
    whole = _snap_balance(cut, chosen.number("toxin.renewal_d"), 1.0 / STEPS_PER_DAY)
    most = chosen.number("toxin.largest_block")
    left = 1.0 - most * (1.0 - whole ** chosen.number("toxin.release_power"))
    return np.clip(left[::STEPS_PER_DAY], 0.0, 1.0)


def _light_chain(since: NDArray[np.float64], tau: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the light chain of one unit some days after it: a chain of three first-order steps."""
    t = np.maximum(since, 0.0)
    rate = 1.0 / tau
    total = np.zeros_like(t)
    for k in range(3):
        others = [rate[j] - rate[k] for j in range(3) if j != k]
        total += np.exp(-rate[k] * t) / (others[0] * others[1])
    return np.where(since > 0.0, rate[0] * rate[1] * total, 0.0)


@njit(cache=True)
def _snap_balance(cut, renewal_d, step):  # type: ignore[no-untyped-def]
    """Return the share of SNAP-25 that is whole, cut at some rate and made anew."""
    steps, muscles = cut.shape
    whole = np.ones((steps, muscles))
    for m in range(muscles):
        now = 1.0
        for k in range(steps):
            whole[k, m] = now
            rate = cut[k, m] + 1.0 / renewal_d
            level = 1.0 / (renewal_d * rate)
            now = level + (now - level) * np.exp(-rate * step)
    return whole


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
