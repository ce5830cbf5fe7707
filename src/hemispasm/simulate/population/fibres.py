"""The motor axons of one nerve: place at the root, path, unit; and who is coupled to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.parameters import number, numbers, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.condition import NerveCondition

REACHES = 2.5
"""Coupling beyond this many reaches is left out."""

FAINTEST = 1e-3
"""Coupling below this share of the strongest is left out: a thousandth of all."""


@dataclass(frozen=True)
class Fibres:
    """The axons of a nerve, grouped by muscle; one value per axon.

    Attributes
    ----------
    muscle : ndarray of int8
        Index into ``MUSCLES``.
    conduction_ms : ndarray
        Root to muscle, terminal and junction included.
    speed_m_s : ndarray
        Conduction velocity.
    place : ndarray, shape (n, 2)
        On the cross-section of the root, unit disc.
    exposure : ndarray
        Bareness of the axon at the patch, 0 to 1; 0 in a healthy nerve.
    ectopic : ndarray
        Readiness to seed and to repeat an impulse: exposure times a factor of the axon.
    threshold : ndarray
        Drive at which the unit is recruited, small units first.
    amplitude_uv, twitch_ms : ndarray
        Peak at the skin and contraction time of the unit, before toxin.
    release : ndarray
        Share of transmitter release that toxin leaves; scales potential and twitch.
    length_factor : float
        Length of this person's paths relative to the mean.
    """

    muscle: NDArray[np.int8]
    conduction_ms: NDArray[np.float64]
    speed_m_s: NDArray[np.float64]
    place: NDArray[np.float64]
    exposure: NDArray[np.float64]
    ectopic: NDArray[np.float64]
    threshold: NDArray[np.float64]
    amplitude_uv: NDArray[np.float64]
    twitch_ms: NDArray[np.float64]
    release: NDArray[np.float64]
    length_factor: float

    def __len__(self) -> int:
        return len(self.muscle)


@dataclass(frozen=True)
class Coupling:
    """Ephaptic graph in compressed rows: row i lists whom axon i may excite.

    ``weight`` and ``delay_s`` belong to pairs: the chance that one impulse crosses, and how long
    it takes. ``field_threshold`` and ``field_delay_s`` belong to axons: the sum of weights of
    impulses arriving together that fires them for certain, and how long that takes.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weight: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    field_threshold: NDArray[np.float64]
    field_delay_s: NDArray[np.float64]


def draw_fibres(condition: NerveCondition, anatomy_seed: int, per_muscle: int) -> Fibres:
    """Return the axons of a person's nerve in a condition.

    Parameters
    ----------
    condition : NerveCondition
        Sets exposure and release; everything else depends on the seed alone.
    anatomy_seed : int
        The person.
    per_muscle : int
        Simulated units of each muscle.
    """
    rng = np.random.default_rng([anatomy_seed, 0x616E])
    n = per_muscle * len(MUSCLES)
    muscle = np.repeat(np.arange(len(MUSCLES), dtype=np.int8), per_muscle)
    length_factor = float(np.clip(1.0 + number("path.spread") * rng.normal(), 0.75, 1.25))
    mean, spread = pair("path.velocity_m_s")
    velocity = float(np.clip(mean + spread * rng.normal(), 33.0, 60.0))
    speed = velocity * (1.0 + number("path.unit_spread") * np.clip(rng.normal(size=n), -2.5, 2.5))
    length = number("path.root_to_foramen_mm") + np.array(numbers("path.foramen_to_muscle_mm"))
    conduction = length_factor * length[muscle] / speed + number("path.terminal_ms")
    centre = np.column_stack([numbers("map.centre_x"), numbers("map.centre_y")])
    place = centre[muscle] + number("map.spread") * rng.normal(size=(n, 2))
    place /= np.maximum(np.hypot(*place.T), 1.0)[:, None]
    wild = np.exp(number("seeds.log_sd") * (rng.normal(size=n) - 0.5 * number("seeds.log_sd")))
    size = np.sort(rng.normal(size=(len(MUSCLES), per_muscle)), axis=1).ravel()
    threshold = np.sort(0.9 * rng.beta(1.0, 2.2, (len(MUSCLES), per_muscle)), axis=1).ravel()
    twitch = np.array(numbers("unit.twitch_ms"))[muscle]
    twitch = twitch * np.exp(number("unit.twitch_log_sd") * rng.normal(size=n))
    exposure = expose(condition, place)
    return Fibres(
        muscle=muscle,
        conduction_ms=conduction,
        speed_m_s=speed,
        place=place,
        exposure=exposure,
        ectopic=exposure * wild,
        threshold=threshold,
        amplitude_uv=number("unit.surface_uv") * np.exp(number("unit.amplitude_log_sd") * size),
        twitch_ms=twitch,
        release=np.array([condition.released(m) for m in MUSCLES])[muscle],
        length_factor=length_factor,
    )


def expose(condition: NerveCondition, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how bare each axon is: the patch fades with the distance from the contact."""
    if condition.bareness <= 0.0 or condition.contact_radius <= 0.0:
        return np.zeros(len(place))
    apart = np.hypot(*(place - np.array(condition.contact_place)).T)
    return condition.bareness * np.exp(-0.5 * (apart / condition.contact_radius) ** 2)


def couple(fibres: Fibres, ephaptic_r: float, anatomy_seed: int) -> Coupling:
    """Return the ephaptic graph scaled so that its spectral radius is ``ephaptic_r``.

    Parameters
    ----------
    ephaptic_r : float
        Mean number of further impulses that one impulse starts in rested axons, in the long run.
    anatomy_seed : int
        Draws the delay of every pair.
    """
    n = len(fibres)
    live = np.flatnonzero(fibres.exposure > 1e-3)
    low, high = pair("patch.transfer_ms")
    own = np.random.default_rng([anatomy_seed, 0x6669])
    middle, spread, between = numbers("patch.field_threshold")
    person = float(np.clip(np.random.default_rng([anatomy_seed, 0x6662]).normal(), -2.0, 2.0))
    threshold = middle * np.exp(between * person + spread * own.standard_normal(n))
    wait = own.uniform(low, high, n) / 1000.0
    none = np.zeros(0)
    if ephaptic_r <= 0.0 or len(live) < 2:
        alone = np.zeros(n + 1, np.int64)
        return Coupling(alone, np.zeros(0, np.int32), none, none, threshold, wait)
    reach = number("patch.coupling_reach")
    near = cKDTree(fibres.place[live]).query_pairs(REACHES * reach, output_type="ndarray")
    a, b = live[near[:, 0]], live[near[:, 1]]
    apart = np.hypot(*(fibres.place[a] - fibres.place[b]).T)
    weight = np.exp(-0.5 * (apart / reach) ** 2) * fibres.exposure[a] * fibres.exposure[b]
    kept = weight > FAINTEST * weight.max(initial=1e-12)
    a, b, weight = a[kept], b[kept], weight[kept]
    rows, columns = np.r_[a, b], np.r_[b, a]
    graph = csr_array((np.r_[weight, weight], (rows, columns)), shape=(n, n))
    graph.sort_indices()
    rng = np.random.default_rng([anatomy_seed, 0x6363])
    delay = rng.uniform(low, high, graph.nnz) / 1000.0
    scale = ephaptic_r / max(spectral_radius(graph), 1e-12)
    return Coupling(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        np.minimum(graph.data * scale, 0.95),
        delay,
        threshold,
        wait,
    )


def spectral_radius(graph: csr_array, rounds: int = 200) -> float:
    """Return the largest eigenvalue of a symmetric graph without negative weights."""
    x = np.ones(graph.shape[0])
    found = 0.0
    for _ in range(rounds):
        y = graph @ x
        size = float(np.linalg.norm(y))
        if size <= 0.0:
            return 0.0
        if abs(size - found) < 1e-9 * size:
            return size
        found, x = size, y / size
    return found
