"""Spasms and bursts: how impulses are joined into what a clinician would count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.population.acts import ABNORMAL
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.run import PopulationRun

PEAK_HZ = 200.0

Company = tuple["NDArray[np.float64]", "NDArray[np.float64]", list[str]]
"""Start, latest end so far, and kind of the acts of a run."""


@dataclass(frozen=True)
class Burst:
    """A run of abnormal impulses without a pause; times at the muscles."""

    start_s: float
    end_s: float
    spikes: int
    axons: int


@dataclass(frozen=True)
class Episode:
    """One spasm, as the nerve makes it.

    Toxin blocks the junction and leaves the nerve alone: spasms stay as many, and ``peak`` shrinks.
    Which of them still move anything says ``moves``; which are seen is for the face to say.

    Attributes
    ----------
    start_s, end_s : float
        From the first to the last abnormal impulse at a muscle.
    peak : tuple of float
        Largest activation of each muscle by abnormal impulses, 0 to 1, toxin included.
    muscles : tuple of Muscle
        Those whose peak reaches the threshold of taking part.
    spikes, axons, bursts : int
        Abnormal impulses, different axons, bursts.
    pattern : {"isolated", "clonic", "tonic"}
        One burst; several; one of them lasting a second.
    kind : {"spasm", "synkinesis"}
        Synkinesis starts with a blink or movement and ends with it.
    trigger : str
        The kind of act that was under way, or had ended within 0.1 s, at the start; else ``none``.
    """

    start_s: float
    end_s: float
    peak: tuple[float, ...]
    muscles: tuple[Muscle, ...]
    spikes: int
    axons: int
    bursts: int
    pattern: Literal["isolated", "clonic", "tonic"]
    kind: Literal["spasm", "synkinesis"] = "spasm"
    trigger: str = "none"

    @property
    def moves(self) -> bool:
        """Whether any muscle takes part; under toxin a spasm of the nerve may move none."""
        return bool(self.muscles)


def _spans(time_s: NDArray[np.float64], join_s: float) -> NDArray[np.int64]:
    """Return first and one-past-last index of every run without a pause of ``join_s``."""
    if len(time_s) == 0:
        return np.zeros((0, 2), dtype=np.int64)
    cuts = np.flatnonzero(np.diff(time_s) >= join_s) + 1
    return np.column_stack([np.r_[0, cuts], np.r_[cuts, len(time_s)]])


def _abnormal(run: PopulationRun) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return arrival and axon of the abnormal impulses, in order of arrival."""
    index = np.flatnonzero(run.abnormal)
    arrival = run.arrival_s[index]
    order = np.argsort(arrival, kind="stable")
    return arrival[order], run.spikes.fibre[index][order]


def find_bursts(run: PopulationRun, join_s: float | None = None) -> tuple[Burst, ...]:
    """Return the bursts of a run, however small."""
    time_s, fibre = _abnormal(run)
    spans = _spans(time_s, number("burst.join_s") if join_s is None else join_s)
    return tuple(
        Burst(float(time_s[a]), float(time_s[b - 1]), int(b - a), len(np.unique(fibre[a:b])))
        for a, b in spans
    )


def _company(run: PopulationRun) -> Company:
    """Return start, latest end so far, and kind of every act, in order of start."""
    acts = sorted(run.acts, key=lambda act: act.start_s)
    start = np.array([act.start_s for act in acts])
    end = np.maximum.accumulate(np.array([act.end_s for act in acts])) if acts else start
    return start, end, [act.kind for act in acts]


def _cause(
    company: tuple[NDArray[np.float64], NDArray[np.float64], list[str]],
    start_s: float,
    end_s: float,
) -> tuple[Literal["spasm", "synkinesis"], str]:
    """Return what abnormal activity is, and the act that set it off."""
    start, end, kinds = company
    k = int(np.searchsorted(start, start_s + 0.005)) - 1
    if k < 0 or start_s > end[k] + 0.1:
        return "spasm", "none"
    within = start_s <= end[k] and end_s <= end[k] + number("episode.outlast_s")
    return ("synkinesis" if within else "spasm"), kinds[k]


def find_episodes(
    run: PopulationRun, join_s: float | None = None, share: float | None = None
) -> tuple[Episode, ...]:
    """Return the spasms and synkineses of a run, in order of time.

    Parameters
    ----------
    join_s : float, optional
        Bursts closer than this are one spasm.
    share : float, optional
        Smallest share of all axons that takes part in a spasm.
    """
    time_s, fibre = _abnormal(run)
    joined = _spans(time_s, number("episode.join_s") if join_s is None else join_s)
    least = (number("episode.share") if share is None else share) * len(run.fibres)
    force = run.activation(PEAK_HZ, causes=ABNORMAL) if len(joined) else None
    found: list[Episode] = []
    company = _company(run)
    for a, b in joined:
        axons = len(np.unique(fibre[a:b]))
        if axons < least or force is None:
            continue
        inner = _spans(time_s[a:b], number("burst.join_s"))
        lengths = [time_s[a + q - 1] - time_s[a + p] for p, q in inner]
        start, end = float(time_s[a]), float(time_s[b - 1])
        first, last = int(start * PEAK_HZ), int((end + 0.1) * PEAK_HZ) + 2
        window = force[:, first:last]
        peak = window.max(axis=1) if window.shape[1] else np.zeros(len(MUSCLES))
        active = np.flatnonzero(peak >= number("muscle.active"))
        pattern: Literal["isolated", "clonic", "tonic"] = (
            "isolated" if len(inner) == 1 else "clonic"
        )
        if max(lengths) >= number("episode.tonic_s"):
            pattern = "tonic"
        kind, trigger = _cause(company, start, end)
        found.append(
            Episode(
                start_s=start,
                end_s=end,
                peak=tuple(round(float(v), 6) for v in peak),
                muscles=tuple(MUSCLES[m] for m in active),
                spikes=int(b - a),
                axons=axons,
                bursts=len(inner),
                pattern=pattern,
                kind=kind,
                trigger=trigger,
            )
        )
    return tuple(found)
