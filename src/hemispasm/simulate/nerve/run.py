"""Run a bundle: shocks and noise in, impulses of every fibre at every place out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.nerve.bundle import PLACES, Bundle
from hemispasm.simulate.nerve.geometry import AXIAL, PASSIVE
from hemispasm.simulate.nerve.kinetics import REST_MV, gate_tables, resting_gates
from hemispasm.simulate.nerve.parameters import Indices, Numbers, number
from hemispasm.simulate.nerve.solver import Cluster, Input, State, run_cluster

NOISE_MS = 0.1
PER_S = 1e-3


@dataclass(frozen=True)
class Shock:
    """A current into one end of one fibre.

    Attributes
    ----------
    fibre : int
        Which one.
    time_ms : float
        Its beginning.
    proximal : bool
        At the end towards the brainstem; otherwise the impulse comes up from the face.
    """

    fibre: int
    time_ms: float
    proximal: bool = False


@dataclass(frozen=True)
class BundleRun:
    """Impulses of a run.

    Attributes
    ----------
    bundle : Bundle
        What was run.
    duration_ms, dt_us : float
        Length and step.
    fibre, place : array of int
        Of each impulse; places in the order of ``PLACES``.
    time_ms : array
        When the potential crossed the threshold upwards.
    sample_ms : array (samples,)
        Times of ``samples``; empty unless asked for.
    samples : array (samples, places + 1, fibres)
        Membrane potentials at the places, and last the potential of the space in the middle of the
        patch, mV.
    """

    bundle: Bundle
    duration_ms: float
    dt_us: float
    fibre: Indices
    place: Indices
    time_ms: Numbers
    sample_ms: Numbers
    samples: Numbers

    def at(self, place: str) -> tuple[Indices, Numbers]:
        """Return fibre and time (ms) of the impulses at a place, in order of time."""
        chosen = self.place == PLACES.index(place)
        return self.fibre[chosen], self.time_ms[chosen]

    def first(self, place: str, after_ms: float = 0.0) -> Numbers:
        """Return the first impulse of every fibre at a place after a time, ms; inf where none."""
        fibre, time = self.at(place)
        found = np.full(self.bundle.diameter_um.size, np.inf)
        late = time >= after_ms
        np.minimum.at(found, fibre[late], time[late])
        return found


def run_bundle(
    bundle: Bundle,
    shocks: tuple[Shock, ...] = (),
    duration_ms: float = 20.0,
    *,
    seed: int = 0,
    dt_us: float | None = None,
    sample_us: float = 0.0,
) -> BundleRun:
    """Run a bundle from rest.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    shocks : tuple of Shock
        Impulses put in.
    duration_ms : float
        Simulated time.
    seed : int
        Of the membrane noise; the noise does not depend on the step.
    dt_us : float, optional
        Step; 2.5 us unless given.
    sample_us : float
        Write potentials down at this interval; 0 does not.

    Returns
    -------
    BundleRun
        Impulses in order of time.

    Raises
    ------
    UsageError
        A shock goes to a fibre that is not there.

    Examples
    --------
    >>> from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
    >>> healthy = make_bundle(BundleOptions(fibres=8, bare_share=0.0), seed=1)
    >>> run = run_bundle(healthy, (Shock(3, 0.5),), 2.0, dt_us=5.0)
    >>> run.at("proximal")[0].tolist()
    [3]
    """
    size = bundle.options.cluster
    if any(not 0 <= shock.fibre < bundle.diameter_um.size for shock in shocks):
        raise UsageError(
            "scenario_fraction", "A shock goes to a fibre that is not there.", "Choose another."
        )
    dt = 1e-3 * (number("run.dt_us") if dt_us is None else dt_us)
    steps = round(duration_ms / dt)
    noise = _noise(bundle, duration_ms, seed)
    every = round(sample_us * 1e-3 / dt)
    samples = np.zeros(
        (-(-steps // every) if every else 0, len(PLACES) + 1, bundle.diameter_um.size)
    )
    found = []
    for first in range(0, bundle.diameter_um.size, size):
        chosen = slice(first, first + size)
        drive = _drive(bundle, chosen, shocks, (dt, steps, every), noise[:, chosen])
        spikes, part = _run_one(bundle, chosen, drive, duration_ms)
        samples[:, :, chosen] = part
        found.append(spikes)
    fibre, place, time = np.concatenate(found, axis=1)
    order = np.lexsort((place, fibre, time))
    return BundleRun(
        bundle,
        duration_ms,
        1e3 * dt,
        fibre[order].astype(np.int64),
        place[order].astype(np.int64),
        time[order],
        dt * (1.0 + every * np.arange(samples.shape[0], dtype=np.float64)),
        samples,
    )


def _noise(bundle: Bundle, duration_ms: float, seed: int) -> Numbers:
    """Return the noise current per patch compartment, nA, (intervals, fibres)."""
    intervals = int(np.ceil(duration_ms / NOISE_MS)) + 1
    count = bundle.diameter_um.size
    if bundle.options.noise <= 0.0 or not bundle.bare.any():
        return np.zeros((0, count))
    generator = np.random.default_rng([seed, 0x6E6F])
    middle = bundle.layout.patch.start
    area_um2 = np.pi * bundle.shape.outer[middle] * bundle.shape.length[middle]
    scale = bundle.options.noise * 1e-5 * area_um2 * bundle.bare
    return generator.standard_normal((intervals, count)) * scale


def _drive(
    bundle: Bundle,
    chosen: slice,
    shocks: tuple[Shock, ...],
    clock: tuple[float, int, int],
    noise: Numbers,
) -> Input:
    """Return what drives one cluster."""
    dt, steps, every = clock
    last = bundle.layout.kind.size - 1
    length, strength = number("shock.length_ms"), number("shock.strength_na")
    pulses = [
        [
            shock.fibre - chosen.start,
            last if shock.proximal else 0,
            round(shock.time_ms / dt),
            round((shock.time_ms + length) / dt),
            strength,
        ]
        for shock in shocks
        if chosen.start <= shock.fibre < chosen.stop
    ]
    return Input(
        rows=gate_tables(dt).rows,
        dt=dt,
        steps=steps,
        recover=PER_S / number("patch.inactivation_s"),
        inactivate=number("patch.inactivation_gain"),
        shift=bundle.options.threshold_shift_mv,
        pulses=np.array(pulses, dtype=np.float64).reshape(-1, 5),
        noise=np.ascontiguousarray(noise),
        noise_steps=max(round(NOISE_MS / dt), 1),
        places=np.ascontiguousarray(bundle.places[:, chosen]),
        threshold=number("run.threshold_mv"),
        sample_steps=every,
    )


def space_conductance(bundle: Bundle, chosen: slice) -> float:
    """Return the conductance of a cluster's space between two patch compartments, uS."""
    start = bundle.layout.patch.start
    area_um2 = np.pi * bundle.shape.inner[start, chosen] ** 2 / 4.0
    dx_um = bundle.shape.length[start, 0]
    resistivity = number("space.resistivity")
    return float(AXIAL * bundle.options.space_share * area_um2.sum() / (resistivity * dx_um))


def _cluster(bundle: Bundle, chosen: slice, dt_ms: float) -> Cluster:
    """Return the constants of one cluster."""
    m = bundle.membrane
    active = np.flatnonzero((bundle.kind != PASSIVE).any(axis=1))
    patch = bundle.layout.patch
    dx_mm = 1e-3 * float(bundle.shape.length[patch.start, 0])
    axial = np.zeros_like(m.capacity)
    axial[:-1] += m.axial
    axial[1:] += m.axial

    def cut(values: Numbers) -> Numbers:
        return np.ascontiguousarray(values[:, chosen])

    return Cluster(
        inertia=cut(m.capacity / dt_ms),
        base=cut(m.capacity / dt_ms + m.leak + axial),
        pull=cut(m.leak * m.leak_mv),
        axial=cut(m.axial),
        naf=cut(m.naf[active]),
        nap=cut(m.nap[active]),
        ks=cut(m.ks[active]),
        kf=cut(m.kf[active]),
        active=active,
        patch_from=patch.start,
        patch_to=patch.stop,
        space=space_conductance(bundle, chosen),
        space_leak=number("space.leak") * dx_mm,
    )


def _run_one(
    bundle: Bundle, chosen: slice, drive: Input, duration_ms: float
) -> tuple[Numbers, Numbers]:
    """Run one cluster; return fibre, place, time of its impulses and the samples."""
    cluster = _cluster(bundle, chosen, drive.dt)
    n, fibres = cluster.base.shape
    m, h, p, s, fast = (np.full((cluster.active.size, fibres), v) for v in resting_gates())
    opened = resting_gates()[2] ** 3
    settled = drive.recover / (drive.recover + drive.inactivate * opened)
    slow = np.ones_like(m)
    inside = (cluster.active >= cluster.patch_from) & (cluster.active < cluster.patch_to)
    slow[inside] = settled
    patch = cluster.patch_to - cluster.patch_from
    state = State(
        np.full((n, fibres), REST_MV), m, h, p, s, fast, slow, np.zeros(patch), np.zeros(patch)
    )
    work = (
        np.empty((n, fibres)),
        np.empty((n, fibres)),
        np.zeros(patch + 1),
        np.zeros(patch),
        np.full((len(PLACES), fibres), REST_MV),
    )
    # No membrane of this model fires faster than 1 kHz.
    times = np.zeros((len(PLACES), fibres, int(duration_ms) + 16))
    counts = np.zeros((len(PLACES), fibres), dtype=np.int64)
    rows = -(-drive.steps // drive.sample_steps) if drive.sample_steps else 0
    samples = np.zeros((rows, len(PLACES) + 1, fibres))
    run_cluster(cluster, state, drive, bundle.options.coupled, work, times, counts, samples)
    place, fibre, at = np.nonzero(np.arange(times.shape[2]) < counts[:, :, None])
    return np.stack([fibre + chosen.start, place, times[place, fibre, at]]), samples
