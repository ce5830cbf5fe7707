"""The event queue: every impulse at the root of the nerve, one after the other, with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from hemispasm.simulate.population.heap import draw_unit, drop_first, push
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

FAR = 1e300

ROOM = 4096
"""One impulse sets off fewer than this."""


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _remember(now: Now, laws: Laws, j: int, t: float) -> bool:
    """Let an abnormal impulse raise H, once per axon of an event; True if H rose."""
    s = now.scalars
    if t - s[4] > laws.event_gap_s:
        s[6] += 1.0
        s[5] = 0.0
    s[4] = t
    if now.event_of[j] == int(s[6]):
        return False
    now.event_of[j] = int(s[6])
    n = len(now.last_s)
    step = min(1.0 / (laws.full_event * n), max(1.0 - s[5], 0.0))
    s[5] += step
    if step <= 0.0:
        return False
    s[0] = s[0] * np.exp(-(t - s[1]) / laws.history_s) + step * laws.history / laws.history_s
    s[1] = t
    return True


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _pick(share: NDArray[np.float64], now: Now) -> int:
    drawn, low, high = draw_unit(now.random), 0, len(share)
    while low < high:
        middle = (low + high) >> 1
        if share[middle] < drawn:
            low = middle + 1
        else:
            high = middle
    return min(low, len(share) - 1)


@njit(cache=True, error_model="numpy", _nrt=False)
def _take_along(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let a seed take other axons with it: they share the same surroundings in the patch."""
    more = 0
    if laws.group > 1.0:
        more = int(np.log(1.0 - draw_unit(now.random)) / np.log(1.0 - 1.0 / laws.group))
    for _ in range(min(more, 1000)):
        late = laws.group_s * draw_unit(now.random)
        size = push(times, loads, size, t + late, _pick(nerve.seed_share, now) * 16 + SEED)
    return size


@njit(cache=True, error_model="numpy", _nrt=False)
def _seed_rate(now: Now, laws: Laws, log_rate: float, t: float) -> float:
    """Return the rate of seeds per second, before the factor of the brain's state."""
    s = now.scalars
    beat = 1.0 + laws.pulse_depth * np.cos(2.0 * np.pi * laws.pulse_hz * t)
    base = laws.seeds_per_s * np.exp(log_rate) * beat
    return float(base + s[0] * np.exp(-(t - s[1]) / laws.history_s))


@njit(cache=True, error_model="numpy", _nrt=False)
def _observe(
    now: Now, nerve: Nerve, laws: Laws, log_rate: float, t: float, row: NDArray[np.float64]
) -> None:
    """Write x, H and mean S of the bare axons."""
    s, total, many, odds, rest, last_s = now.scalars, 0.0, 0, nerve.odds, now.rest, now.last_s
    for j in range(len(odds)):
        if odds[j] > 0.0:
            total += 1.0 - (1.0 - rest[j]) * np.exp(-(t - last_s[j]) / laws.recovery_s)
            many += 1
    row[0], row[1] = log_rate, s[0] * np.exp(-(t - s[1]) / laws.history_s)
    row[2] = total / many if many > 0 else 1.0


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def _conduct(
    now: Now,
    nerve: Nerve,
    laws: Laws,
    nuclear_factor: float,
    j: int,
    cause: int,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> tuple[int, bool]:
    """Let an impulse pass: what it sets off, and whether the rate of seeds rose."""
    left = available(now, laws, j, t)
    is_bare = nerve.odds[j] > 0.0
    if is_bare:
        size = excite(now, nerve, laws, j, t, left, cause, times, loads, size)
        size = pull_into_step(now, laws, t, times, loads, size)
        if cause >= DRIVEN:
            size = add_field(now, nerve, laws, j, t, times, loads, size)
    if cause < BACKFIRE or cause == STIMULUS:
        gain = laws.nuclear_gain * nuclear_factor
        counts = laws.volley_share if cause == STIMULUS else 1.0
        size = reach_nucleus(now, laws, gain, counts, j, t, times, loads, size)
    rose = cause <= NUCLEAR and is_bare and _remember(now, laws, j, t)
    now.rest[j] = left * (1.0 - laws.inactivation)
    now.last_s[j] = t
    return size, rose


@njit(cache=True, error_model="numpy", _nrt=False)
def _next_seed(
    now: Now, laws: Laws, log_rate: float, factor: float, t: float
) -> tuple[float, float]:
    """Return when the next seed may come, and the bound on the rate until then."""
    s = now.scalars
    base = laws.seeds_per_s * np.exp(log_rate) * (1.0 + laws.pulse_depth)
    h = s[0] * np.exp(-(t - s[1]) / laws.history_s) if laws.seeds_per_s > 0.0 else 0.0
    bound = factor * (base + h)
    if bound <= 0.0:
        return FAR, 0.0
    return float(t - np.log(1.0 - draw_unit(now.random)) / bound), bound


@njit(cache=True, error_model="numpy", _nrt=False)
def _meets(
    now: Now, nerve: Nerve, row_load: NDArray[np.int64], j: int, cause: int, t: float
) -> bool:
    """Return whether an impulse on its way up meets the axon's last one on its way out."""
    if cause != STIMULUS or t - now.last_s[j] >= 2.0 * nerve.antidromic_s[j]:
        return False
    return bool(row_load[now.last_row[j]] & 15 != STIMULUS)


def fresh(n: int, seed: int) -> Now:
    """Return the state of a nerve that has been at rest for long."""
    soon = np.zeros(-(-n // 8) * 8, dtype=np.uint8)
    return Now(
        np.full(n, -1e9),
        np.full(n, -1),
        np.ones(n),
        np.full(n, -1),
        np.zeros(n),
        np.full(n, -1e9),
        np.full(n, -1e9),
        soon,
        soon.view(np.uint64),
        np.array([0.0, 0.0, 0.0, 0.0, -1e9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        np.array([seed], dtype=np.uint64),
    )


@njit(cache=True, error_model="numpy", _nrt=False)
def _advance(
    nerve: Nerve,
    laws: Laws,
    around: Surroundings,
    now: Now,
    book: Book,
    end_s: float,
    most: int,
) -> bool:
    """Let impulses run until the end, or until an array of the book is full; True at the end."""
    times, loads, out_t, out_load = book.due_s, book.due, book.time_s, book.load
    size, found, step, volley, here = book.at[0], book.at[1], book.at[2], book.at[3], book.at[4]
    seed_at, bound, ended = book.next_seed[0], book.next_seed[1], False
    while size + ROOM <= len(times) and found < len(out_t):
        grid_s = step * laws.latent_step_s if step < len(book.latent) else FAR
        next_s = around.volley_s[volley] if volley < len(around.volley_s) else FAR
        queue_s = times[0] if size > 0 else FAR
        t = min(grid_s, next_s, queue_s, seed_at)
        ended = t >= end_s or found >= most
        if ended:
            break
        load, renew = -1, t == grid_s
        if renew:
            _observe(now, nerve, laws, around.log_rate[step], t, book.latent[step])
            here, step = step, step + 1
        elif t == seed_at:
            rate = around.seed_factor[here] * _seed_rate(now, laws, around.log_rate[here], t)
            if draw_unit(now.random) * bound < rate:
                load = _pick(nerve.seed_share, now) * 16 + SEED
                size = _take_along(now, nerve, laws, t, times, loads, size)
            renew = True
        elif t == queue_s:
            load = loads[0]
            size = drop_first(times, loads, size)
        else:
            load = around.volley_fibre[volley] * 16 + around.volley_cause[volley]
            volley += 1
        j, cause = load >> 4, load & 15
        if load >= 0 and t - now.last_s[j] >= laws.refractory_s:
            if _meets(now, nerve, out_load, j, cause, t):
                out_load[now.last_row[j]] = -1
            else:
                factor = around.nuclear_factor[here]
                size, rose = _conduct(now, nerve, laws, factor, j, cause, t, times, loads, size)
                renew = renew or rose
                now.last_row[j] = found
                out_t[found], out_load[found] = t, load
                found += 1
        if renew:
            seed_at, bound = _next_seed(
                now, laws, around.log_rate[here], around.seed_factor[here], t
            )
    book.at[0], book.at[1], book.at[2], book.at[3], book.at[4] = size, found, step, volley, here
    book.next_seed[0], book.next_seed[1] = seed_at, bound
    return ended


def _longer(row: NDArray[Any], used: int, size: int) -> NDArray[Any]:
    """Return an array with the same beginning and room for more."""
    wider = np.empty(size, dtype=row.dtype)
    wider[:used] = row[:used]
    return wider


def run_events(
    nerve: Nerve, laws: Laws, around: Surroundings, end_s: float, seed: int, most: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return impulses at the root: times, loads (16 x axon + cause), and latent state.

    A load below zero marks an impulse that met a stimulus on its way out and never arrived. The
    compiled part allocates nothing, and so counts no references: that took most of its time.
    """
    now = fresh(len(nerve.odds), seed)
    book = Book(
        np.empty(2 * ROOM),
        np.empty(2 * ROOM, dtype=np.int64),
        np.empty(1 << 16),
        np.empty(1 << 16, dtype=np.int64),
        np.zeros((len(around.log_rate), 3)),
        np.zeros(5, dtype=np.int64),
        np.array([FAR, 0.0]),
    )
    while not _advance(nerve, laws, around, now, book, end_s, most):
        size, found = int(book.at[0]), int(book.at[1])
        waiting, rows = len(book.due_s), len(book.time_s)
        if size + ROOM > waiting:
            book = book._replace(
                due_s=_longer(book.due_s, size, 2 * waiting),
                due=_longer(book.due, size, 2 * waiting),
            )
        if found == rows:
            book = book._replace(
                time_s=_longer(book.time_s, found, 2 * rows),
                load=_longer(book.load, found, 2 * rows),
            )
    found = int(book.at[1])
    return book.time_s[:found], book.load[:found], book.latent
