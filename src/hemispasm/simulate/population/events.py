"""The event queue: every impulse at the root of the nerve, one after the other, with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.population.agenda import (
    BEYOND,
    HERE,
    NEVER,
    PER_S,
    WAITING,
    Agenda,
    earliest,
    empty_agenda,
    longer_agenda,
    push,
    take,
)
from hemispasm.simulate.population.chance import STEP, unit_of
from hemispasm.simulate.population.decay import exponential
from hemispasm.simulate.population.laws import (
    BACKFIRE,
    DRIVEN,
    NUCLEAR,
    SEED,
    STIMULUS,
    Book,
    Now,
)
from hemispasm.simulate.population.patch import (
    add_field,
    available,
    excite,
    pull_into_step,
    reach_nucleus,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.laws import Laws, Nerve, Surroundings

ROOM = 4096
"""One impulse sets off fewer than this."""

ROWS = 1 << 20
"""Impulses there is room for at first: memory that is not written to takes none."""

MET = -1
"""Cause of an impulse that met a stimulus on its way out and never arrived."""


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _remember(now: Now, laws: Laws, j: int, t: float) -> bool:
    """Let an abnormal impulse raise H, once per axon of an event; True if H rose."""
    s = now.scalars
    if t - s[4] > laws.event_gap_s:
        s[6] += 1.0
        s[5] = 0.0
    s[4] = t
    if now.event_of[j] == s[6]:
        return False
    now.event_of[j] = s[6]
    n = len(now.last_s)
    step = min(1.0 / (laws.full_event * n), max(1.0 - s[5], 0.0))
    s[5] += step
    if step <= 0.0:
        return False
    s[0] = s[0] * exponential(-(t - s[1]) / laws.history_s) + step * laws.history / laws.history_s
    s[1] = t
    return True


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _pick(share: NDArray[np.float64], drawn: float) -> int:
    low, high = 0, len(share)
    while low < high:
        middle = (low + high) >> 1
        if share[middle] < drawn:
            low = middle + 1
        else:
            high = middle
    return min(low, len(share) - 1)


@njit(cache=True, error_model="numpy", _nrt=False)
def _take_along(nerve: Nerve, laws: Laws, t: float, agenda: Agenda, random: np.uint64) -> np.uint64:
    """Let a seed take other axons with it: they share the same surroundings in the patch."""
    more = 0
    if laws.group > 1.0:
        random += STEP
        more = int(np.log(1.0 - unit_of(random)) / np.log(1.0 - 1.0 / laws.group))
    for _ in range(min(more, 1000)):
        late = laws.group_s * unit_of(random + STEP)
        random += STEP + STEP
        push(agenda, t + late, _pick(nerve.seed_share, unit_of(random)) * 16 + SEED)
    return random


@njit(cache=True, error_model="numpy", _nrt=False)
def _seed_rate(now: Now, laws: Laws, log_rate: float, t: float) -> float:
    """Return the rate of seeds per second, before the factor of the brain's state."""
    s = now.scalars
    beat = 1.0 + laws.pulse_depth * np.cos(2.0 * np.pi * laws.pulse_hz * t)
    base = laws.seeds_per_s * exponential(log_rate) * beat
    return float(base + s[0] * exponential(-(t - s[1]) / laws.history_s))


@njit(cache=True, error_model="numpy", _nrt=False)
def _observe(
    now: Now, nerve: Nerve, laws: Laws, log_rate: float, t: float, row: NDArray[np.float64]
) -> None:
    """Write x, H and mean S of the bare axons."""
    s, total, many, odds, rest, last_s = now.scalars, 0.0, 0, nerve.odds, now.rest, now.last_s
    for j in range(len(odds)):
        if odds[j] > 0.0:
            total += 1.0 - (1.0 - rest[j]) * exponential(-(t - last_s[j]) / laws.recovery_s)
            many += 1
    row[0], row[1] = log_rate, s[0] * exponential(-(t - s[1]) / laws.history_s)
    row[2] = total / many if many > 0 else 1.0


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _conduct(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    nuclear_factor: float,
    j: np.uint64,
    cause: int,
    t: float,
    agenda: Agenda,
    random: np.uint64,
) -> tuple[np.uint64, bool]:
    """Let an impulse pass: what it sets off, and whether the rate of seeds rose."""
    left = available(now, laws, j, t)
    is_bare = nerve.odds[j] > 0.0
    if is_bare:
        random = excite(now, nerve, laws, j, t, left, cause, agenda, random)
        random = pull_into_step(now, laws, t, agenda, random)
        if cause >= DRIVEN:
            random = add_field(now, nerve, laws, j, t, agenda, random)
    if cause < BACKFIRE or cause == STIMULUS:
        gain = laws.nuclear_gain * nuclear_factor
        counts = laws.volley_share if cause == STIMULUS else 1.0
        random = reach_nucleus(now, laws, gain, counts, j, t, agenda, random)
    rose = cause <= NUCLEAR and is_bare and _remember(now, laws, j, t)
    now.rest[j] = left * (1.0 - laws.inactivation)
    now.last_s[j] = t
    return random, rose


@njit(cache=True, error_model="numpy", _nrt=False)
def _next_seed(
    now: Now, laws: Laws, log_rate: float, factor: float, t: float, random: np.uint64
) -> tuple[float, float, np.uint64]:
    """Return when the next seed may come, the bound on the rate until then, state of draws."""
    s = now.scalars
    base = laws.seeds_per_s * exponential(log_rate) * (1.0 + laws.pulse_depth)
    h = s[0] * exponential(-(t - s[1]) / laws.history_s) if laws.seeds_per_s > 0.0 else 0.0
    bound = factor * (base + h)
    if bound <= 0.0:
        return NEVER, 0.0, random
    random += STEP
    return t - np.log(1.0 - unit_of(random)) / bound, bound, random


@njit(cache=True, error_model="numpy", _nrt=False)
def _met(now: Now, nerve: Nerve, book: Book, found: int, j: int, t: float) -> int:
    """Return the row of the axon's last impulse if a stimulus on its way up meets it, or -1."""
    last = now.last_s[j]
    if t - last >= 2.0 * nerve.antidromic_s[j]:
        return -1
    row = found - 1
    while book.time_s[row] != last or book.fibre[row] != j:
        row -= 1
    return -1 if book.cause[row] == STIMULUS else row


def fresh(n: int) -> Now:
    """Return the state of a nerve that has been at rest for long."""
    soon = np.zeros(-(-n // 8) * 8, dtype=np.uint8)
    return Now(
        np.full(n, -1e9),
        np.ones(n),
        np.full(n, -1.0),
        np.zeros(n),
        np.full(n, -1e9),
        np.full(n + 1, -1e9),
        soon,
        soon.view(np.uint64),
        np.array([0.0, 0.0, 0.0, 0.0, -1e9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
    )


@njit(cache=True, error_model="numpy", _nrt=False)
def _advance(
    nerve: Nerve,
    laws: Laws,
    around: Surroundings,
    now: Now,
    agenda: Agenda,
    book: Book,
    end_s: float,
    most: int,
) -> bool:
    """Let impulses run until the end, or until agenda or book is full; True at the end."""
    found, step, volley, here = book.at[0], book.at[1], book.at[2], book.at[3]
    seed_at, bound, ended = book.next_seed[0], book.next_seed[1], False
    random, last_s, room = book.random[0], now.last_s, len(agenda.time_s) - ROOM
    while agenda.at[WAITING] + agenda.at[BEYOND] <= room and found < len(book.time_s):
        grid_s = step * laws.latent_step_s if step < len(book.latent) else NEVER
        next_s = around.volley_s[volley] if volley < len(around.volley_s) else NEVER
        due_s, slot = earliest(agenda)
        t = min(grid_s, next_s, due_s, seed_at)
        ended = t >= end_s or found >= most
        if ended:
            break
        agenda.at[HERE] = np.int64(t * PER_S)
        load, renew = -1, t == grid_s
        if renew:
            _observe(now, nerve, laws, around.log_rate[step], t, book.latent[step])
            here, step = step, step + 1
        elif t == seed_at:
            rate = around.seed_factor[here] * _seed_rate(now, laws, around.log_rate[here], t)
            random += STEP
            if unit_of(random) * bound < rate:
                random += STEP
                load = _pick(nerve.seed_share, unit_of(random)) * 16 + SEED
                random = _take_along(nerve, laws, t, agenda, random)
            renew = True
        elif t == due_s:
            load = take(agenda, slot)
        else:
            load = around.volley_fibre[volley] * 16 + around.volley_cause[volley]
            volley += 1
        j, cause = np.uint64(load >> 4), load & 15
        if load >= 0 and t - last_s[j] >= laws.refractory_s:
            row = _met(now, nerve, book, found, j, t) if cause == STIMULUS else -1
            if row >= 0:
                book.cause[row] = MET
                book.at[4] += 1
            else:
                factor = around.nuclear_factor[here]
                random, rose = _conduct(now, nerve, laws, factor, j, cause, t, agenda, random)
                renew = renew or rose
                book.time_s[found], book.fibre[found], book.cause[found] = t, j, cause
                found += 1
        if renew:
            seed_at, bound, random = _next_seed(
                now, laws, around.log_rate[here], around.seed_factor[here], t, random
            )
    book.at[0], book.at[1], book.at[2], book.at[3] = found, step, volley, here
    book.next_seed[0], book.next_seed[1], book.random[0] = seed_at, bound, random
    return ended


def run_events(
    nerve: Nerve, laws: Laws, around: Surroundings, end_s: float, seed: int, most: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int8], NDArray[np.float64]]:
    """Return impulses at the root: times, axons, causes; and the latent state.

    The compiled part allocates nothing, and so counts no references: that took most of its time.
    Arrays grow in place, since tens of millions of impulses cost as much to copy as to simulate.
    """
    now, agenda = fresh(len(nerve.odds)), empty_agenda(2 * ROOM)
    book = Book(
        np.empty(ROWS),
        np.empty(ROWS, dtype=np.int32),
        np.empty(ROWS, dtype=np.int8),
        np.zeros((len(around.log_rate), 3)),
        np.zeros(5, dtype=np.int64),
        np.array([NEVER, 0.0]),
        np.array([seed], dtype=np.uint64),
    )
    columns = book.time_s, book.fibre, book.cause
    while not _advance(nerve, laws, around, now, agenda, book, end_s, most):
        if int(book.at[0]) == len(book.time_s):
            for column in columns:
                column.resize(len(column) + len(column) // 8, refcheck=False)
        else:
            agenda = longer_agenda(agenda)
    for column in columns:
        column.resize(int(book.at[0]), refcheck=False)
    if book.at[4] == 0:
        return *columns, book.latent
    arrived = book.cause != MET
    return book.time_s[arrived], book.fibre[arrived], book.cause[arrived], book.latent
