"""From impulses to force: the activation of each muscle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.parameters import pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.run import PopulationRun

CLASSES = 4
"""Twitch times of a muscle are grouped into this many."""


@njit(cache=True)
def _sum_twitches(
    out: NDArray[np.float64],
    time_s: NDArray[np.float64],
    size: NDArray[np.float64],
    tau_s: float,
    rate_hz: float,
) -> None:
    """Add (t / tau) exp(1 - t / tau) for every impulse, exactly, at every sample."""
    keep = np.exp(-1.0 / (rate_hz * tau_s))
    slope = 1.0 / (rate_hz * tau_s)
    p, q, k = 0.0, 0.0, 0
    for sample in range(len(out)):
        if sample > 0:
            q = (q + p * slope) * keep
            p = p * keep
        now = sample / rate_hz
        while k < len(time_s) and time_s[k] <= now:
            lag = (now - time_s[k]) / tau_s
            left = size[k] * np.exp(1.0 - lag)
            p += left
            q += left * lag
            k += 1
        out[sample] += q


def draw_activation(
    run: PopulationRun, rate_hz: float, chosen: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    """Return the activation of every muscle from the chosen impulses (all when ``None``)."""
    fibres, spikes = run.fibres, run.spikes
    n = int(np.floor(run.duration_s * rate_hz + 1e-9))
    out = np.zeros((len(MUSCLES), n), dtype=np.float32)
    stimulated = spikes.of(("stimulus",))
    used = ~stimulated if chosen is None else chosen & ~stimulated
    index = np.flatnonzero(used)
    top, half = pair("muscle.half")
    arrival, fibre = run.arrival_s[index], spikes.fibre[index]
    for m in range(len(MUSCLES)):
        members = np.flatnonzero(fibres.muscle == m)
        share = fibres.amplitude_uv[members] / fibres.amplitude_uv[members].sum()
        size = np.zeros(len(fibres))
        size[members] = share * fibres.release[members]
        edges = np.quantile(fibres.twitch_ms[members], np.linspace(0.0, 1.0, CLASSES + 1))
        group = np.clip(np.searchsorted(edges, fibres.twitch_ms, "right") - 1, 0, CLASSES - 1)
        total = np.zeros(n)
        for g in range(CLASSES):
            in_group = (group == g) & (fibres.muscle == m)
            if not in_group.any():
                continue
            mine = np.flatnonzero(in_group[fibre])
            mine = mine[np.argsort(arrival[mine], kind="stable")]
            tau_s = float(fibres.twitch_ms[in_group].mean()) / 1000.0
            _sum_twitches(total, arrival[mine], size[fibre[mine]], tau_s, rate_hz)
        out[m] = np.clip(top * total / (total + half), 0.0, 1.0)
    return out
