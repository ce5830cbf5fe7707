"""The event queue: every impulse at the root of the nerve, one after the other, with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from hemispasm.simulate.population.heap import draw_bell, draw_unit, drop_first, push

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED, AGAIN, EPHAPTIC, BACKFIRE, NUCLEAR, STIMULUS = 0, 1, 2, 3, 4, 8
"""Indices into ``CAUSES``."""

FAR = 1e300


class Laws(NamedTuple):
    """Numbers that the impulses of a run obey; times in seconds."""

    refractory_s: float
    repeat_s: float
    repeat_cv: float
    repeat_gain: float
    crossing_jitter_s: float
    field_decay_s: float
    volley_share_of_axons: float
    pulled_after_s: float
    milieu_sd: float
    milieu_s: float
    inactivation: float
    recovery_s: float
    seeds_per_s: float
    pulse_depth: float
    pulse_hz: float
    history: float
    history_s: float
    full_event: float
    group: float
    group_s: float
    event_gap_s: float
    nuclear_delay_s: float
    nuclear_jitter_s: float
    nuclear_gain: float
    volley_share: float
    activity_half: float
    activity_s: float
    backfire: float
    backfire_spread_s: float
    latent_step_s: float


class Nerve(NamedTuple):
    """The axons and their graph, as arrays; ``hazard`` sums -log(1 - weight) along the graph."""

    odds: NDArray[np.float64]
    seed_share: NDArray[np.float64]
    antidromic_s: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    hazard: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    field_threshold: NDArray[np.float64]
    field_delay_s: NDArray[np.float64]


class Surroundings(NamedTuple):
    """What changes from outside: slow log rate, factors of the brain's state, volleys."""

    log_rate: NDArray[np.float64]
    seed_factor: NDArray[np.float64]
    nuclear_factor: NDArray[np.float64]
    volley_s: NDArray[np.float64]
    volley_fibre: NDArray[np.int32]
    volley_cause: NDArray[np.int8]


class _Now(NamedTuple):
    """State of every axon and of the run.

    ``scalars``: H, its time; activity of the nucleus, its time; last impulse of the present event,
    the share of axons it has counted, its number; the field that all axons share, its time;
    the fast milieu that all axons share, its time.
    """

    last_s: NDArray[np.float64]
    last_row: NDArray[np.int64]
    rest: NDArray[np.float64]
    event_of: NDArray[np.int64]
    field: NDArray[np.float64]
    field_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    scalars: NDArray[np.float64]
    random: NDArray[np.uint64]


@njit(cache=True, inline="always")
def _available(now: _Now, laws: Laws, j: int, t: float) -> float:
    """Return S of an axon: the availability of its sodium channels, 1 at rest."""
    return float(1.0 - (1.0 - now.rest[j]) * np.exp(-(t - now.last_s[j]) / laws.recovery_s))


@njit(cache=True, inline="always")
def _remember(now: _Now, laws: Laws, j: int, t: float) -> bool:
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


@njit(cache=True, inline="always")
def _reach_nucleus(
    now: _Now,
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


@njit(cache=True, inline="always")
def _segment(hazard: NDArray[np.float64], low: int, high: int, along: float) -> int:
    """Return k with ``hazard[k] <= along < hazard[k + 1]``, between low and high."""
    while high - low > 1:
        middle = (low + high) >> 1
        if hazard[middle] <= along:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True)
def _add_field(
    now: _Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let an impulse of a volley add to the field of its neighbours; a strong field fires them.

    Impulses that arrive together help each other, as in the cable bundle: a volley crosses into
    the same axons each time, at the same latency, or not at all.
    """
    for k in range(nerve.indptr[j], nerve.indptr[j + 1]):
        other = nerve.indices[k]
        left = np.exp(-(t - now.field_s[other]) / laws.field_decay_s)
        now.field[other] = now.field[other] * left + nerve.hazard[k + 1] - nerve.hazard[k]
        now.field_s[other] = t
        if now.field[other] < nerve.field_threshold[other]:
            continue
        if now.field[other] * _available(now, laws, other, t) >= nerve.field_threshold[other]:
            wait = nerve.field_delay_s[other] + laws.crossing_jitter_s * draw_bell(now.random)
            size = push(times, loads, size, t + max(wait, 5e-5), other * 16 + EPHAPTIC)
            now.field[other] = -1e3
    return size


@njit(cache=True, inline="always")
def _milieu(now: _Now, laws: Laws, t: float) -> float:
    """Return the factor on crossing and repeating that all bare axons share at the moment."""
    s = now.scalars
    left = np.exp(-(t - s[10]) / laws.milieu_s)
    s[9] = s[9] * left + np.sqrt(max(1.0 - left * left, 0.0)) * draw_bell(now.random)
    s[10] = t
    return float(np.exp(laws.milieu_sd * (s[9] - 0.5 * laws.milieu_sd)))


@njit(cache=True)
def _pull_into_step(
    now: _Now,
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
    for j in range(n):
        if now.due_s[j] > t and t - now.last_s[j] >= laws.refractory_s:
            early = t + laws.pulled_after_s * draw_unit(now.random)
            if early < now.due_s[j]:
                size = push(times, loads, size, early, j * 16 + AGAIN)
                now.due_s[j] = -1e9
    return size


@njit(cache=True, inline="always")
def _excite(
    now: _Now,
    nerve: Nerve,
    laws: Laws,
    j: int,
    t: float,
    available: float,
    crosses: bool,
    times: NDArray[np.float64],
    loads: NDArray[np.int64],
    size: int,
) -> int:
    """Let an impulse at the bare patch repeat itself and cross to its neighbours.

    Whom it reaches is drawn by exponential steps along the summed hazards, which gives every
    neighbour its own independent chance without a draw for each.
    """
    shared = _milieu(now, laws, t)
    odds = nerve.odds[j] * available * shared
    if not crosses:
        return size
    if odds > 0.0 and draw_unit(now.random) < odds / (1.0 + odds):
        wait = laws.repeat_s * max(1.0 + laws.repeat_cv * draw_bell(now.random), 0.5)
        size = push(times, loads, size, t + wait, j * 16 + AGAIN)
        now.due_s[j] = t + wait
    low, high = nerve.indptr[j], nerve.indptr[j + 1]
    along = nerve.hazard[low] - np.log(1.0 - draw_unit(now.random)) / shared
    while along < nerve.hazard[high]:
        k = _segment(nerve.hazard, low, high, along)
        other = nerve.indices[k]
        if draw_unit(now.random) < _available(now, laws, other, t):
            wait = nerve.delay_s[k] + laws.crossing_jitter_s * draw_bell(now.random)
            size = push(times, loads, size, t + max(wait, 5e-5), other * 16 + EPHAPTIC)
        low = k + 1
        along = nerve.hazard[low] - np.log(1.0 - draw_unit(now.random)) / shared
    return size


@njit(cache=True)
def _grown(row: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    wider = np.empty(size)
    wider[: len(row)] = row
    return wider


@njit(cache=True)
def _grown_int(row: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    wider = np.empty(size, dtype=np.int64)
    wider[: len(row)] = row
    return wider


@njit(cache=True, inline="always")
def _pick(share: NDArray[np.float64], now: _Now) -> int:
    return min(int(np.searchsorted(share, draw_unit(now.random))), len(share) - 1)


@njit(cache=True, inline="always")
def _take_along(
    now: _Now,
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


@njit(cache=True)
def run_events(
    nerve: Nerve, laws: Laws, around: Surroundings, end_s: float, seed: int, most: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return impulses at the root: times, loads (16 x axon + cause), and latent state.

    A load below zero marks an impulse that met a stimulus on its way out and never arrived.
    """
    n = len(nerve.odds)
    now = _Now(
        np.full(n, -1e9),
        np.full(n, -1),
        np.ones(n),
        np.full(n, -1),
        np.zeros(n),
        np.full(n, -1e9),
        np.full(n, -1e9),
        np.array([0.0, 0.0, 0.0, 0.0, -1e9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        np.array([seed], dtype=np.uint64),
    )
    out_t, out_load, found = np.empty(4096), np.empty(4096, dtype=np.int64), 0
    times, loads, size = np.empty(4096), np.empty(4096, dtype=np.int64), 0
    latent = np.zeros((len(around.log_rate), 3))
    step, volley, seed_at, bound = 0, 0, FAR, 0.0
    s = now.scalars
    while found < most:
        grid_s = step * laws.latent_step_s if step < len(latent) else FAR
        next_s = around.volley_s[volley] if volley < len(around.volley_s) else FAR
        queue_s = times[0] if size > 0 else FAR
        t = min(grid_s, next_s, queue_s, seed_at)
        if t >= end_s:
            break
        here = min(max(step - 1, 0), len(latent) - 1)
        factor = around.seed_factor[here]
        renew = False
        if size + 4096 > len(times):
            times = _grown(times, 2 * len(times) + 4096)
            loads = _grown_int(loads, 2 * len(loads) + 4096)
        if t == grid_s:
            latent[step] = _observe(now, nerve, laws, around.log_rate[step], t)
            step += 1
            factor, renew = around.seed_factor[step - 1], True
        else:
            if t == seed_at:
                load = -1
                rate = factor * _seed_rate(now, laws, around.log_rate[here], t)
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
                met = cause == STIMULUS and t - now.last_s[j] < 2.0 * nerve.antidromic_s[j]
                met = met and out_load[now.last_row[j]] & 15 != STIMULUS
                if met:
                    out_load[now.last_row[j]] = -1
                else:
                    available = _available(now, laws, j, t)
                    if nerve.odds[j] > 0.0:
                        crosses = cause != STIMULUS
                        size = _excite(
                            now, nerve, laws, j, t, available, crosses, times, loads, size
                        )
                        size = _pull_into_step(now, laws, t, times, loads, size)
                        if not crosses:
                            size = _add_field(now, nerve, laws, j, t, times, loads, size)
                    if cause < BACKFIRE or cause == STIMULUS:
                        gain = laws.nuclear_gain * around.nuclear_factor[here]
                        counts = laws.volley_share if cause == STIMULUS else 1.0
                        size = _reach_nucleus(now, laws, gain, counts, j, t, times, loads, size)
                    if cause <= NUCLEAR and nerve.odds[j] > 0.0:
                        renew = _remember(now, laws, j, t) or renew
                    now.rest[j] = available * (1.0 - laws.inactivation)
                    now.last_s[j], now.last_row[j] = t, found
                    if found == len(out_t):
                        out_t = _grown(out_t, 2 * found)
                        out_load = _grown_int(out_load, 2 * found)
                    out_t[found], out_load[found] = t, load
                    found += 1
        if renew:
            x = around.log_rate[min(max(step - 1, 0), len(latent) - 1)]
            base = laws.seeds_per_s * np.exp(x) * (1.0 + laws.pulse_depth)
            h = s[0] * np.exp(-(t - s[1]) / laws.history_s) if laws.seeds_per_s > 0.0 else 0.0
            bound = factor * (base + h)
            seed_at = t - np.log(1.0 - draw_unit(now.random)) / bound if bound > 0.0 else FAR
    return out_t[:found], out_load[:found], latent


@njit(cache=True)
def _seed_rate(now: _Now, laws: Laws, log_rate: float, t: float) -> float:
    """Return the rate of seeds per second, before the factor of the brain's state."""
    s = now.scalars
    beat = 1.0 + laws.pulse_depth * np.cos(2.0 * np.pi * laws.pulse_hz * t)
    base = laws.seeds_per_s * np.exp(log_rate) * beat
    return float(base + s[0] * np.exp(-(t - s[1]) / laws.history_s))


@njit(cache=True)
def _observe(
    now: _Now, nerve: Nerve, laws: Laws, log_rate: float, t: float
) -> tuple[float, float, float]:
    """Return x, H and mean S of the bare axons."""
    s, total, many = now.scalars, 0.0, 0
    for j in range(len(nerve.odds)):
        if nerve.odds[j] > 0.0:
            total += _available(now, laws, j, t)
            many += 1
    mean = total / many if many > 0 else 1.0
    return log_rate, float(s[0] * np.exp(-(t - s[1]) / laws.history_s)), mean
