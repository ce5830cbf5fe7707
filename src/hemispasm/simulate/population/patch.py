"""What an impulse does at the bare patch and in the nucleus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.population.heap import draw_bell, draw_unit, push
from hemispasm.simulate.population.laws import AGAIN, BACKFIRE, EPHAPTIC, NUCLEAR, SEED, STIMULUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.laws import Laws, Nerve, Now

MILIEU_STEP_S = 0.00025
"""The factor that all bare axons share is drawn anew at most this often; it lasts milliseconds."""

SURE = 1e-9
"""More than rounding: a bound that is passed by this share tells what the exact value would."""


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def available(now: Now, laws: Laws, j: int, t: float) -> float:
    """Return S of an axon: the availability of its sodium channels, 1 at rest."""
    return float(1.0 - (1.0 - now.rest[j]) * np.exp(-(t - now.last_s[j]) / laws.recovery_s))


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def reach_nucleus(
    now: Now,
    laws: Laws,
    gain: float,
    counts: float,
    j: int,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let an impulse that runs up the axon make its own cell, or another, fire back.

    ``counts`` is the share of it that the pool takes for ongoing activity.
    """
    s, n = now.scalars, len(now.last_s)
    s[2] = s[2] * np.exp(-(t - s[3]) / laws.activity_s) + counts / n
    s[3] = t
    if draw_unit(now.random) < laws.backfire:
        late = laws.nuclear_delay_s + laws.backfire_spread_s * abs(draw_bell(now.random))
        size = push(times, loads, size, t + late, j * 16 + BACKFIRE)
    if gain > 0.0 and counts > 0.0:
        chance = counts * gain * s[2] / (s[2] + laws.activity_half)
        while chance > 0.0 and draw_unit(now.random) < chance:
            chance -= 1.0
            late = laws.nuclear_delay_s + laws.nuclear_jitter_s * draw_bell(now.random)
            other = int(n * draw_unit(now.random))
            late = max(late, 0.5 * laws.nuclear_delay_s)
            size = push(times, loads, size, t + late, other * 16 + NUCLEAR)
    return size


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _answers(now: Now, laws: Laws, j: int, t: float, drawn: float) -> bool:
    """Return ``drawn < available(...)``; an exponential only where simple bounds do not tell."""
    rest = now.rest[j]
    if drawn < rest - SURE:
        return True
    if drawn > rest + (1.0 - rest) * (t - now.last_s[j]) / laws.recovery_s + SURE:
        return False
    return bool(drawn < available(now, laws, j, t))


@njit(cache=True, error_model="numpy", _nrt=False)
def add_field(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let an impulse from outside add to the field of its neighbours; a strong field fires them.

    Impulses that arrive together help each other, as in the cable bundle: a volley crosses into
    the same axons each time, at the same latency, or not at all.
    """
    field, field_s, edges, threshold = now.field, now.field_s, nerve.edges, nerve.field_threshold
    before = 0.0
    for k in range(nerve.indptr[j], nerve.indptr[j + 1]):
        other = int(edges[k, 2])
        left = np.exp(-(t - field_s[other]) / laws.field_decay_s)
        field[other] = field[other] * left + edges[k, 0] - before
        before = edges[k, 0]
        field_s[other] = t
        if field[other] < threshold[other]:
            continue
        if field[other] * available(now, laws, other, t) >= threshold[other]:
            wait = nerve.field_delay_s[other] + laws.crossing_jitter_s * draw_bell(now.random)
            size = push(times, loads, size, t + max(wait, 5e-5), other * 16 + EPHAPTIC)
            field[other] = -1e3
    return size


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _milieu(now: Now, laws: Laws, t: float) -> float:
    """Return the factor on crossing and repeating that all bare axons share at the moment."""
    s = now.scalars
    if t - s[10] < MILIEU_STEP_S:
        return float(s[13])
    left = np.exp(-(t - s[10]) / laws.milieu_s)
    s[9] = s[9] * left + np.sqrt(max(1.0 - left * left, 0.0)) * draw_bell(now.random)
    s[10] = t
    s[13] = np.exp(laws.milieu_sd * (s[9] - 0.5 * laws.milieu_sd))
    return float(s[13])


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def arouse(now: Now, laws: Laws, cause: int, t: float) -> float:
    """Return the share of the coupling that the patch has now; every impulse keeps it up.

    Seeds come when the bare axons are depolarised together, and then one impulse alone may cross.
    At rest it rarely does, as in the cable bundle: what a volley sets off dies out.
    """
    s = now.scalars
    awake = s[11] * np.exp(-(t - s[12]) / laws.arousal_s)
    if cause == SEED:
        awake = 1.0
    else:
        awake += (1.0 - awake) * laws.arousing / len(now.last_s)
    s[11], s[12] = awake, t
    return float(laws.resting_share + (1.0 - laws.resting_share) * awake)


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def pull_into_step(
    now: Now,
    laws: Laws,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let many impulses at once pull the repeats that are due soon into step with them.

    Nothing fires that would not have fired: a repeat comes earlier, and its own time then falls
    into the refractory time.
    """
    s, n = now.scalars, len(now.last_s)
    s[7] = s[7] * np.exp(-(t - s[8]) / laws.field_decay_s) + 1.0 / n
    s[8] = t
    if s[7] < laws.volley_share_of_axons:
        return size
    s[7] = 0.0
    due_s, last_s, soon, soon_by_8 = now.due_s, now.last_s, now.soon, now.soon_by_8
    for j in range(n):
        soon[j] = (due_s[j] > t) & (t - last_s[j] >= laws.refractory_s)
    for word in range(len(soon_by_8)):
        if soon_by_8[word] == np.uint64(0):
            continue
        for j in range(8 * word, 8 * word + 8):
            if soon[j] == 0:
                continue
            early = t + laws.pulled_after_s * draw_unit(now.random)
            if early < due_s[j]:
                size = push(times, loads, size, early, j * 16 + AGAIN)
                due_s[j] = -1e9
    return size


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def excite(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    left: float,
    cause: int,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let an impulse at the bare patch repeat itself and cross to its neighbours.

    Whom it reaches is drawn by exponential steps along the summed hazards, which gives every
    neighbour its own independent chance without a draw for each.
    """
    shared = _milieu(now, laws, t)
    odds = nerve.odds[j] * left * shared
    shared *= arouse(now, laws, cause, t)
    if cause == STIMULUS:
        return size
    if odds > 0.0 and draw_unit(now.random) < odds / (1.0 + odds):
        wait = laws.repeat_s * max(1.0 + laws.repeat_cv * draw_bell(now.random), 0.5)
        size = push(times, loads, size, t + wait, j * 16 + AGAIN)
        now.due_s[j] = t + wait
    edges, random, last_s = nerve.edges, now.random, now.last_s
    end, along = nerve.full[j], 0.0
    while end > 0.0:
        drawn = draw_unit(random)
        least = drawn * (1.0 + drawn * (0.5 + drawn * (1.0 / 3.0)))  # of -log(1 - drawn)
        if least > (end - along) * shared * (1.0 + SURE):
            break
        along = along - np.log(1.0 - drawn) / shared
        if along >= end:
            break
        k = nerve.indptr[j] + nerve.guide[j, int(along * nerve.cells[j])]
        while edges[k, 0] <= along:
            k += 1
        other = int(edges[k, 2])
        wait = edges[k, 1] + laws.crossing_jitter_s * draw_bell(random)
        ready = t + wait - last_s[other] >= laws.refractory_s
        if ready and _answers(now, laws, other, t, draw_unit(random)):
            size = push(times, loads, size, t + max(wait, 5e-5), other * 16 + EPHAPTIC)
        along = float(edges[k, 0])
    return size
