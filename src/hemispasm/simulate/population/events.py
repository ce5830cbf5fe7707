"""The event queue: every impulse at the root of the nerve, one after the other, with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.population.heap import draw_unit, drop_first, push
from hemispasm.simulate.population.laws import BACKFIRE, DRIVEN, NUCLEAR, SEED, STIMULUS, Now
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


@njit(cache=True, inline="always", error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def _grown(row: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    wider = np.empty(size)
    wider[: len(row)] = row
    return wider


@njit(cache=True, error_model="numpy")
def _grown_int(row: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    wider = np.empty(size, dtype=np.int64)
    wider[: len(row)] = row
    return wider


@njit(cache=True, inline="always", error_model="numpy")
def _pick(share: NDArray[np.float64], now: Now) -> int:
    return min(int(np.searchsorted(share, draw_unit(now.random))), len(share) - 1)


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def _seed_rate(now: Now, laws: Laws, log_rate: float, t: float) -> float:
    """Return the rate of seeds per second, before the factor of the brain's state."""
    s = now.scalars
    beat = 1.0 + laws.pulse_depth * np.cos(2.0 * np.pi * laws.pulse_hz * t)
    base = laws.seeds_per_s * np.exp(log_rate) * beat
    return float(base + s[0] * np.exp(-(t - s[1]) / laws.history_s))


@njit(cache=True, error_model="numpy")
def _observe(
    now: Now, nerve: Nerve, laws: Laws, log_rate: float, t: float
) -> tuple[float, float, float]:
    """Return x, H and mean S of the bare axons."""
    s, total, many, odds, rest, last_s = now.scalars, 0.0, 0, nerve.odds, now.rest, now.last_s
    for j in range(len(odds)):
        if odds[j] > 0.0:
            total += 1.0 - (1.0 - rest[j]) * np.exp(-(t - last_s[j]) / laws.recovery_s)
            many += 1
    mean = total / many if many > 0 else 1.0
    return log_rate, float(s[0] * np.exp(-(t - s[1]) / laws.history_s)), mean


@njit(cache=True, inline="always", error_model="numpy")
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


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def _meets(
    now: Now, nerve: Nerve, row_load: NDArray[np.int64], j: int, cause: int, t: float
) -> bool:
    """Return whether an impulse on its way up meets the axon's last one on its way out."""
    if cause != STIMULUS or t - now.last_s[j] >= 2.0 * nerve.antidromic_s[j]:
        return False
    return bool(row_load[now.last_row[j]] & 15 != STIMULUS)


@njit(cache=True, error_model="numpy")
def _fresh(n: int, seed: int) -> Now:
    return Now(
        np.full(n, -1e9),
        np.full(n, -1),
        np.ones(n),
        np.full(n, -1),
        np.zeros(n),
        np.full(n, -1e9),
        np.full(n, -1e9),
        np.array([0.0, 0.0, 0.0, 0.0, -1e9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        np.array([seed], dtype=np.uint64),
    )


@njit(cache=True, error_model="numpy")
def run_events(
    nerve: Nerve, laws: Laws, around: Surroundings, end_s: float, seed: int, most: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return impulses at the root: times, loads (16 x axon + cause), and latent state.

    A load below zero marks an impulse that met a stimulus on its way out and never arrived.
    """
    now = _fresh(len(nerve.odds), seed)
    out_t, out_load, found = np.empty(4096), np.empty(4096, dtype=np.int64), 0
    times, loads, size = np.empty(4096), np.empty(4096, dtype=np.int64), 0
    latent = np.zeros((len(around.log_rate), 3))
    step, volley, here, seed_at, bound = 0, 0, 0, FAR, 0.0
    while found < most:
        grid_s = step * laws.latent_step_s if step < len(latent) else FAR
        next_s = around.volley_s[volley] if volley < len(around.volley_s) else FAR
        queue_s = times[0] if size > 0 else FAR
        t = min(grid_s, next_s, queue_s, seed_at)
        if t >= end_s:
            break
        if size + 4096 > len(times):
            times = _grown(times, 2 * len(times) + 4096)
            loads = _grown_int(loads, 2 * len(loads) + 4096)
        load, renew = -1, t == grid_s
        if renew:
            latent[step] = _observe(now, nerve, laws, around.log_rate[step], t)
            here = step
            step += 1
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
                if found == len(out_t):
                    out_t = _grown(out_t, 2 * found)
                    out_load = _grown_int(out_load, 2 * found)
                out_t[found], out_load[found] = t, load
                found += 1
        if renew:
            seed_at, bound = _next_seed(
                now, laws, around.log_rate[here], around.seed_factor[here], t
            )
    return out_t[:found], out_load[:found], latent
