"""What an impulse does at the bare patch and in the nucleus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.population.agenda import push, push_if
from hemispasm.simulate.population.chance import FOUR_STEPS, STEP, bell_after, unit_of
from hemispasm.simulate.population.decay import NEAR_END, NEAR_ERROR, exponential, near_log
from hemispasm.simulate.population.laws import AGAIN, BACKFIRE, EPHAPTIC, NUCLEAR, SEED, STIMULUS
from hemispasm.simulate.population.wiring import AHEAD

if TYPE_CHECKING:
    from hemispasm.simulate.population.agenda import Agenda
    from hemispasm.simulate.population.laws import Laws, Nerve, Now

MILIEU_STEP_S = 0.00025
"""The factor that all bare axons share is drawn anew at most this often; it lasts milliseconds."""

SURE = 1e-9
"""More than rounding: a bound that is passed by this share tells what the exact value would."""


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def available(now: Now, laws: Laws, j: int, t: float) -> float:
    """Return S of an axon: the availability of its sodium channels, 1 at rest."""
    return float(1.0 - (1.0 - now.rest[j]) * exponential(-(t - now.last_s[j]) / laws.recovery_s))


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def reach_nucleus(
    now: Now,
    laws: Laws,
    gain: float,
    counts: float,
    j: int,
    t: float,
    agenda: Agenda,
    random: np.uint64,
) -> np.uint64:
    """Let an impulse that runs up the axon make its own cell, or another, fire back.

    ``counts`` is the share of it that the pool takes for ongoing activity.
    """
    s, n = now.scalars, len(now.last_s)
    s[2] = s[2] * exponential(-(t - s[3]) / laws.activity_s) + counts / n
    s[3] = t
    random += STEP
    if unit_of(random) < laws.backfire:
        late = laws.nuclear_delay_s + laws.backfire_spread_s * abs(bell_after(random))
        random += FOUR_STEPS
        push(agenda, t + late, j * 16 + BACKFIRE)
    if gain > 0.0 and counts > 0.0:
        chance = counts * gain * s[2] / (s[2] + laws.activity_half)
        while chance > 0.0:
            random += STEP
            if unit_of(random) >= chance:
                break
            chance -= 1.0
            late = laws.nuclear_delay_s + laws.nuclear_jitter_s * bell_after(random)
            random += FOUR_STEPS + STEP
            other = int(n * unit_of(random))
            late = max(late, 0.5 * laws.nuclear_delay_s)
            push(agenda, t + late, other * 16 + NUCLEAR)
    return random


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _answers(now: Now, laws: Laws, j: int, t: float, drawn: float) -> bool:
    """Return ``drawn < available(...)``; an exponential only where simple bounds do not tell."""
    rest = now.rest[j]
    most = min(rest + (1.0 - rest) * (t - now.last_s[j]) * (1.0 / laws.recovery_s), 1.0)
    if abs(drawn - 0.5 * (most + rest)) <= 0.5 * (most - rest) + SURE:
        return bool(drawn < available(now, laws, j, t))
    return bool(drawn < rest)


@njit(cache=True, error_model="numpy", _nrt=False)
def add_field(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    agenda: Agenda,
    random: np.uint64,
) -> np.uint64:
    """Let an impulse from outside add to the field of its neighbours; a strong field fires them.

    Impulses that arrive together help each other, as in the cable bundle: a volley crosses into
    the same axons each time, at the same latency, or not at all.
    """
    field, field_s, hazard, threshold = now.field, now.field_s, nerve.hazard, nerve.field_threshold
    before = 0.0
    for k in range(nerve.first[j], nerve.first[j] + nerve.many[j]):
        other = int(nerve.way[k, 1])
        left = exponential(-(t - field_s[other]) / laws.field_decay_s)
        field[other] = field[other] * left + hazard[k] - before
        before = hazard[k]
        field_s[other] = t
        if field[other] < threshold[other]:
            continue
        if field[other] * available(now, laws, other, t) >= threshold[other]:
            wait = nerve.field_delay_s[other] + laws.crossing_jitter_s * bell_after(random)
            random += FOUR_STEPS
            push(agenda, t + max(wait, 5e-5), other * 16 + EPHAPTIC)
            field[other] = -1e3
    return random


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _milieu(now: Now, laws: Laws, t: float, random: np.uint64) -> tuple[float, np.uint64]:
    """Return the factor on crossing and repeating that all bare axons share at the moment."""
    s = now.scalars
    if t - s[10] < MILIEU_STEP_S:
        return s[13], random
    left = exponential(-(t - s[10]) / laws.milieu_s)
    s[9] = s[9] * left + np.sqrt(max(1.0 - left * left, 0.0)) * bell_after(random)
    s[10] = t
    s[13] = exponential(laws.milieu_sd * (s[9] - 0.5 * laws.milieu_sd))
    return s[13], random + FOUR_STEPS


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def arouse(now: Now, laws: Laws, cause: int, t: float) -> float:
    """Return the share of the coupling that the patch has now; every impulse keeps it up.

    Seeds come when the bare axons are depolarised together, and then one impulse alone may cross.
    At rest it rarely does, as in the cable bundle: what a volley sets off dies out.
    """
    s = now.scalars
    awake = s[11] * exponential(-(t - s[12]) / laws.arousal_s)
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
    agenda: Agenda,
    random: np.uint64,
) -> np.uint64:
    """Let many impulses at once pull the repeats that are due soon into step with them.

    Nothing fires that would not have fired: a repeat comes earlier, and its own time then falls
    into the refractory time.
    """
    s, n = now.scalars, len(now.last_s)
    s[7] = s[7] * exponential(-(t - s[8]) / laws.field_decay_s) + 1.0 / n
    s[8] = t
    if s[7] < laws.volley_share_of_axons:
        return random
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
            random += STEP
            early = t + laws.pulled_after_s * unit_of(random)
            if early < due_s[j]:
                push(agenda, early, j * 16 + AGAIN)
                due_s[j] = -1e9
    return random


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def excite(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    left: float,
    cause: int,
    agenda: Agenda,
    random: np.uint64,
) -> np.uint64:
    """Let an impulse at the bare patch repeat itself and cross to its neighbours.

    Whom it reaches is drawn by exponential steps along the summed hazards, which gives every
    neighbour its own independent chance without a draw for each.
    """
    shared, random = _milieu(now, laws, t, random)
    odds = nerve.odds[j] * left * shared
    shared *= arouse(now, laws, cause, t)
    if cause == STIMULUS:
        return random
    if odds > 0.0:
        random += STEP
        again = np.uint64(unit_of(random) < odds / (1.0 + odds))
        wait = laws.repeat_s * max(1.0 + laws.repeat_cv * bell_after(random), 0.5)
        random += FOUR_STEPS * again
        push_if(agenda, again, t + wait, np.int64(j) * 16 + AGAIN)
        nobody = np.uint64(len(now.due_s) - 1)
        now.due_s[nobody - (nobody - j) * again] = t + wait
    last_s, hazard, way = now.last_s, nerve.hazard, nerve.way
    end, along, each = nerve.full[j], 0.0, 1.0 / shared
    while end > 0.0:
        random += STEP
        k = _reach(nerve, j, along, end, shared, each, unit_of(random))
        if k < 0:
            break
        at = np.uint64(k)
        along = np.float64(hazard[at])
        other = np.uint64(np.int32(way[at, 1]))
        wait = way[at, 0] + laws.crossing_jitter_s * bell_after(random)
        random += FOUR_STEPS
        if t + wait - last_s[other] >= laws.refractory_s:
            random += STEP
            answers = np.uint64(_answers(now, laws, other, t, unit_of(random)))
            push_if(agenda, answers, t + max(wait, 5e-5), np.int64(other) * 16 + EPHAPTIC)
    return random


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _reach(
    nerve: Nerve, j: int, along: float, end: float, shared: float, each: float, drawn: float
) -> int:
    """Return the neighbour that an exponential step along the summed hazards reaches, or -1.

    A logarithm that is only near tells it, unless the step ends close to the edge of a neighbour.
    """
    least = drawn * (1.0 + drawn * (0.5 + drawn * (1.0 / 3.0)))  # of -log(1 - drawn)
    if least > (end - along) * shared * (1.0 + SURE):
        return -1
    if drawn < NEAR_END:
        near = along + near_log(drawn) * each
        spare = NEAR_ERROR * (each + 1.0)
        if near > end + spare:
            return -1
        if near < end - spare:
            k = _find(nerve, j, near)
            at = np.uint64(k)
            if nerve.hazard[at] > near + spare and nerve.hazard[at - np.uint64(1)] < near - spare:
                return k
    exact = along - np.log(1.0 - drawn) / shared
    return -1 if exact >= end else _find(nerve, j, exact)


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _find(nerve: Nerve, j: int, along: float) -> int:
    """Return the first neighbour with ``along < hazard``, which there is."""
    k = np.uint64(nerve.first[j] + nerve.guide[j, np.uint64(np.int64(along * nerve.cells[j]))])
    passed = AHEAD
    while passed == AHEAD:
        passed = 0
        for ahead in range(AHEAD):
            passed += nerve.hazard[k + np.uint64(ahead)] <= along
        k += np.uint64(passed)
    return int(np.int64(k))
