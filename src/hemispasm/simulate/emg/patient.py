"""One simulated patient while the recording runs: nerve, motor units, what has happened so far."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.parameters import number
from hemispasm.simulate.emg.render import SpikeBook
from hemispasm.simulate.emg.state import NerveState, state_of, steady_state
from hemispasm.simulate.emg.units import Pool, make_pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import Annotation, Muscle
    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.truth import TrueSpasm

Stretch = tuple["NDArray[np.float64]", "NDArray[np.integer]"]
"""Times at the root and the units that fired."""


@dataclass
class Patient:
    """Nerve and muscles of both sides, and the book in which every discharge is noted.

    Attributes
    ----------
    state : NerveState
        Of the affected side; the other side is free.
    pools : list of Pool
        One per channel, affected side first.
    factor : float
        Length of this patient's paths relative to the mean.
    book, spasms, notes, values
        What has been acted out so far.
    """

    options: EmgOptions
    seed: int
    state: NerveState
    pools: list[Pool]
    factor: float
    book: SpikeBook = field(default_factory=SpikeBook)
    spasms: list[TrueSpasm] = field(default_factory=list)
    notes: list[Annotation] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)

    def stream(self, name: str) -> np.random.Generator:
        """Return the random generator of one purpose; no purpose disturbs another."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def on_side(self, side: Side) -> list[int]:
        """Return the channels of a side."""
        return [k for k, pool in enumerate(self.pools) if pool.side is side]

    def index(self, muscle: Muscle, side: Side) -> int | None:
        """Return the channel of a muscle, None when it is not recorded."""
        for k, pool in enumerate(self.pools):
            if pool.muscle is muscle and pool.side is side:
                return k
        return None

    def side_name(self, side: Side) -> str:
        """Return ``near`` for the affected side: the same patient mirrored draws the same."""
        return "near" if side is self.options.side else "far"


def make_patient(options: EmgOptions, seed: int, state: NerveState | None = None) -> Patient:
    """Return a patient before anything has happened.

    Parameters
    ----------
    state : NerveState, optional
        Of the affected side; what the options ask for when None.
    """
    near = state_of(options) if state is None else state
    patient = Patient(options, seed, near, [], 1.0)
    spread = number("nerve.conduction_patient_sd")
    patient.factor = float(1.0 + spread * np.clip(patient.stream("paths").normal(), -2.5, 2.5))
    far = steady_state(0.0)
    for muscle, side in options.channels():
        stream = patient.stream(f"pool {muscle.value} {patient.side_name(side)}")
        own = near if side is options.side else far
        patient.pools.append(make_pool(options, muscle, side, own, patient.factor, stream))
    return patient


def refractory_filter(time_s: NDArray[np.float64], unit: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the indices of discharges that no earlier one of the same unit forbids.

    Examples
    --------
    >>> refractory_filter(np.array([0.0, 0.001, 0.004]), np.array([1, 1, 1])).tolist()
    [0, 2]
    """
    dead = number("nerve.refractory_ms") / 1000.0
    order = np.lexsort((time_s, unit))
    kept: list[int] = []
    last_unit, last_time = -1, -np.inf
    for k in order:
        if unit[k] != last_unit or time_s[k] - last_time >= dead:
            kept.append(int(k))
            last_unit, last_time = int(unit[k]), float(time_s[k])
    return np.array(sorted(kept), dtype=np.intp)
