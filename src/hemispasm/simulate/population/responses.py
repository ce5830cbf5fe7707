"""Answers to stimuli, read off the impulses with their causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.simulate.population.acts import ABNORMAL
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.parameters import number, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.fibres import Fibres
    from hemispasm.simulate.population.run import PopulationRun, Spikes

ResponseKind = Literal["M", "LSR", "F", "R1", "R2", "synkinetic_R1", "synkinetic_R2"]

QUIET_S = 0.02
"""A muscle that fires on its own in this time before a stimulus gives no latency."""

WINDOWS_MS: dict[ResponseKind, tuple[float, float]] = {
    "M": (0.5, 8.0),
    "F": (4.0, 40.0),
    "R1": (6.0, 22.0),
    "R2": (22.0, 100.0),
    "synkinetic_R1": (6.0, 22.0),
    "synkinetic_R2": (22.0, 110.0),
}


@dataclass(frozen=True)
class Response:
    """The answer of one muscle to one stimulus.

    Attributes
    ----------
    kind : str
        ``M``, ``LSR``, ``F``, ``R1``, ``R2``, ``synkinetic_R1`` or ``synkinetic_R2``.
    muscle : Muscle
        Which answered.
    stimulus : int
        Index into ``stimuli_s``.
    latency_ms, last_ms : float
        First and last impulse at the muscle, from the stimulus.
    units, impulses : int
        Different motor units, and impulses.
    share : float
        Units relative to those of the muscle.
    clean : bool
        Whether the muscle was silent just before; if not, the latency means nothing.
    """

    kind: ResponseKind
    muscle: Muscle
    stimulus: int
    latency_ms: float
    last_ms: float
    units: int
    impulses: int
    share: float
    clean: bool = True


@dataclass(frozen=True)
class EvokedRun:
    """A run with stimuli: the impulses, and the answers.

    Attributes
    ----------
    run : PopulationRun
        All impulses at the root; those with cause ``stimulus`` run up and reach no muscle.
    stimuli_s : ndarray
        Times of the stimuli.
    branch : Branch
        Stimulated.
    supplied : tuple of Muscle
        Those that answer directly.
    direct_s, direct_fibre : ndarray
        Arrival at the muscle, and axon, of direct answers (M).
    antidromic_ms : ndarray
        From the stimulated branch to the root, per axon; 0 for axons that are not in it.
    responses : tuple of Response
        In order of stimulus and muscle.
    """

    run: PopulationRun
    stimuli_s: NDArray[np.float64]
    branch: Branch
    supplied: tuple[Muscle, ...]
    direct_s: NDArray[np.float64]
    direct_fibre: NDArray[np.int32]
    antidromic_ms: NDArray[np.float64]
    responses: tuple[Response, ...]

    @property
    def spikes(self) -> Spikes:
        """Return the impulses at the root."""
        return self.run.spikes

    @property
    def fibres(self) -> Fibres:
        """Return the axons."""
        return self.run.fibres

    @property
    def duration_s(self) -> float:
        """Return the length of the run."""
        return self.run.duration_s

    def of(self, kind: str, muscle: Muscle | None = None) -> tuple[Response, ...]:
        """Return the answers of a kind, of one muscle or of all."""
        return tuple(
            row for row in self.responses if row.kind == kind and muscle in (None, row.muscle)
        )

    def units(self, kind: str) -> NDArray[np.int64]:
        """Return the number of answering units, one row per stimulus, one column per muscle."""
        found = np.zeros((len(self.stimuli_s), len(MUSCLES)), dtype=np.int64)
        for row in self.of(kind):
            found[row.stimulus, MUSCLES.index(row.muscle)] = row.units
        return found

    def has_lateral_spread(self, muscle: Muscle | None = None) -> bool:
        """Return whether a muscle (or any) of another branch answers, on average over stimuli."""
        mean = self.units("LSR").mean(axis=0)
        chosen = mean if muscle is None else mean[MUSCLES.index(muscle)]
        return bool(np.max(chosen) >= number("spread.units"))

    def onset_ms(self, kind: str, muscle: Muscle) -> float:
        """Return the median latency of the first unit over stimuli; nan without an answer.

        A lateral spread of fewer units than make it present gives no latency.
        """
        least = number("spread.units") if kind == "LSR" else 1
        rows = [row for row in self.of(kind, muscle) if row.clean and row.units >= least]
        found = [row.latency_ms for row in rows]
        return float(np.median(found)) if found else float("nan")

    def answers(
        self, muscle: Muscle, causes: tuple[str, ...] = ABNORMAL
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return arrival and axon of a muscle's impulses with these causes, in order of arrival."""
        mine = self.run.spikes.of(causes)
        mine &= self.fibres.muscle[self.run.spikes.fibre] == MUSCLES.index(muscle)
        arrival, fibre = self.run.arrival_s[mine], self.run.spikes.fibre[mine]
        order = np.argsort(arrival, kind="stable")
        return arrival[order], fibre[order]

    def unit_latencies(self, muscle: Muscle) -> NDArray[np.float64]:
        """Return the latency of each unit's first lateral spread, ms; nan where it is silent.

        Returns
        -------
        ndarray, shape (n_stimuli, n_units)
        """
        members = np.flatnonzero(self.fibres.muscle == MUSCLES.index(muscle))
        grid = np.full((len(self.stimuli_s), len(members)), np.nan)
        arrival, fibre = self.answers(muscle)
        low, high = pair("spread.window_ms")
        sweep = np.searchsorted(self.stimuli_s, arrival, "right") - 1
        since = 1000.0 * (arrival - self.stimuli_s[np.maximum(sweep, 0)])
        kept = (sweep >= 0) & (since >= low) & (since <= high)
        for k in np.flatnonzero(kept)[::-1]:
            grid[sweep[k], fibre[k] - members[0]] = since[k]
        return grid


def _collected(
    made: EvokedRun,
    kind: ResponseKind,
    muscle: Muscle,
    arrival_s: NDArray[np.float64],
    fibre: NDArray[np.int32],
) -> list[Response]:
    """Return the answers of a muscle within the window of their kind."""
    low, high = pair("spread.window_ms") if kind == "LSR" else WINDOWS_MS[kind]
    size = int((made.fibres.muscle == MUSCLES.index(muscle)).sum())
    found = []
    for k, time in enumerate(made.stimuli_s):
        stop = min(time + high / 1000.0, np.append(made.stimuli_s, np.inf)[k + 1])
        a, b = np.searchsorted(arrival_s, [time + low / 1000.0, stop])
        if a == b:
            continue
        units = len(np.unique(fibre[a:b]))
        first, last = 1000.0 * (arrival_s[a] - time), 1000.0 * (arrival_s[b - 1] - time)
        before = int(np.searchsorted(arrival_s, time - QUIET_S))
        clean = bool(before == a) or kind in ("R2", "synkinetic_R2")
        row = Response(
            kind, muscle, k, float(first), float(last), units, int(b - a), units / size, clean
        )
        found.append(row)
    return found


def read_responses(made: EvokedRun) -> tuple[Response, ...]:
    """Return the answers to every stimulus, by the causes of the impulses."""
    reflex = made.branch is Branch.SUPRAORBITAL
    found: list[Response] = []
    for muscle in MUSCLES:
        if reflex and muscle in made.supplied:
            impulses = made.answers(muscle, ("reflex",))
            found += _collected(made, "R1", muscle, *impulses)
            found += _collected(made, "R2", muscle, *impulses)
        elif reflex:
            impulses = made.answers(muscle)
            found += _collected(made, "synkinetic_R1", muscle, *impulses)
            found += _collected(made, "synkinetic_R2", muscle, *impulses)
        elif muscle in made.supplied:
            found += _collected(made, "F", muscle, *made.answers(muscle, ("f",)))
            own = made.fibres.muscle[made.direct_fibre] == MUSCLES.index(muscle)
            order = np.flatnonzero(own)[np.argsort(made.direct_s[own], kind="stable")]
            found += _collected(made, "M", muscle, made.direct_s[order], made.direct_fibre[order])
        else:
            found += _collected(made, "LSR", muscle, *made.answers(muscle))
    return tuple(sorted(found, key=lambda row: (row.stimulus, MUSCLES.index(row.muscle))))
