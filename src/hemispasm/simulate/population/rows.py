"""What a group of simulated patients shows: one small function per observation.

Every function takes the seeds of patients and returns one value each; nan means that there was
nothing to measure. Patients who come to operation are drawn over stages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.evoked import (
    double_shock,
    evoke_blink_reflex,
    evoke_lateral_spread,
)
from hemispasm.simulate.population.fibres import draw_fibres
from hemispasm.simulate.population.parameters import number
from hemispasm.simulate.population.run import BrainState, PopulationRun, simulate_population
from hemispasm.simulate.population.settings import Arm, PopulationSettings
from hemispasm.simulate.population.stages import condition_of_stage, draw_stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.simulate.population.responses import EvokedRun

OCULI, ORIS, MENTALIS = Muscle.ORBICULARIS_OCULI, Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS
SITE_OF = {OCULI: Branch.MANDIBULAR, ORIS: Branch.ZYGOMATIC, MENTALIS: Branch.ZYGOMATIC}
"""Branch to stimulate so that a muscle answers by lateral spread only."""

SWEEPS = 20


def patient_of(seed: int, stage: str | None = None) -> NerveCondition:
    """Return the nerve of a patient; of one who comes to operation when no stage is named."""
    if stage is not None:
        return condition_of_stage(stage, seed)
    drawn, atypical = draw_stage(seed)
    return condition_of_stage(drawn, seed, atypical=atypical)


def _times(sweeps: int) -> NDArray[np.float64]:
    return 0.1 + np.arange(sweeps, dtype=np.float64)


def _spread(
    seed: int, muscle: Muscle, arm: Arm, sweeps: int, stage: str | None = None
) -> EvokedRun:
    condition = patient_of(seed, stage)
    return evoke_lateral_spread(condition, SITE_OF[muscle], _times(sweeps), seed, arm=arm)


def lateral_spread_onsets(
    seeds: Sequence[int],
    muscle: Muscle = OCULI,
    *,
    arm: Arm = "both",
    sweeps: int = SWEEPS,
    stage: str | None = None,
) -> NDArray[np.float64]:
    """Return the onset of the lateral spread, ms: median of the first unit over sweeps."""
    return np.array([_spread(s, muscle, arm, sweeps, stage).onset_ms("LSR", muscle) for s in seeds])


def central_delays(
    seeds: Sequence[int], arm: Arm = "ephaptic", *, muscle: Muscle = OCULI, sweeps: int = SWEEPS
) -> NDArray[np.float64]:
    """Return the onset minus the shortest conduction to the root and back, ms."""
    found = []
    for seed in seeds:
        made = _spread(seed, muscle, arm, sweeps)
        back = made.antidromic_ms[made.antidromic_ms > 0.0]
        ahead = made.fibres.conduction_ms[made.fibres.muscle == MUSCLES.index(muscle)]
        found.append(made.onset_ms("LSR", muscle) - float(np.median(back) + np.median(ahead)))
    return np.array(found)


@dataclass(frozen=True)
class DoubleShocks:
    """Answers to pairs of stimuli; one row per patient, one column per interval."""

    intervals_ms: NDArray[np.float64]
    ratio: NDArray[np.float64]
    shift_ms: NDArray[np.float64]


def second_response(
    seeds: Sequence[int],
    intervals_ms: Sequence[float] = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 7.0),
    *,
    muscle: Muscle = OCULI,
    sweeps: int = SWEEPS,
) -> DoubleShocks:
    """Return size and delay of the second of two lateral spreads, relative to a single one."""
    made = [
        double_shock(patient_of(s), SITE_OF[muscle], intervals_ms, s, muscle=muscle, sweeps=sweeps)
        for s in seeds
    ]
    return DoubleShocks(
        np.asarray(intervals_ms, dtype=np.float64),
        np.array([one.ratio for one in made]),
        np.array([one.shift_ms for one in made]),
    )


def intraburst_rates(
    seeds: Sequence[int], stage: str = "established", seconds: float = 120.0
) -> NDArray[np.float64]:
    """Return the firing rate of every axon in every burst of three impulses or more, Hz.

    A burst ends where an axon pauses for 10 ms or more.
    """
    found = [_rates(simulate_population(patient_of(seed, stage), seconds, seed)) for seed in seeds]
    return np.concatenate(found) if found else np.zeros(0)


def _rates(run: PopulationRun) -> NDArray[np.float64]:
    order = np.lexsort((run.spikes.time_s, run.spikes.fibre))
    time_s, fibre = run.spikes.time_s[order], run.spikes.fibre[order]
    new = (np.diff(time_s) >= 0.010) | (np.diff(fibre) != 0)
    first = np.r_[0, np.flatnonzero(new) + 1]
    last = np.r_[np.flatnonzero(new), len(time_s) - 1]
    many = last - first >= 2
    first, last = first[many], last[many]
    return np.asarray((last - first) / (time_s[last] - time_s[first]))


def crossing_shares(
    seeds: Sequence[int], *, arm: Arm = "ephaptic", sweeps: int = 10
) -> NDArray[np.float64]:
    """Return the share of axons outside the stimulated branch that answer, mean of two branches."""
    found = []
    for seed in seeds:
        both = []
        for muscle in (OCULI, MENTALIS):
            made = _spread(seed, muscle, arm, sweeps)
            others = [MUSCLES.index(m) for m in MUSCLES if m not in made.supplied]
            size = np.isin(made.fibres.muscle, others).sum()
            both.append(made.units("LSR")[:, others].sum() / (sweeps * size))
        found.append(float(np.mean(both)))
    return np.array(found)


def _lower_face_answers(seed: int, sweeps: int) -> bool:
    made = _spread(seed, MENTALIS, "both", sweeps)
    return made.has_lateral_spread(MENTALIS) or made.has_lateral_spread(ORIS)


def spreads_both_ways(seeds: Sequence[int], *, sweeps: int = 10) -> NDArray[np.bool_]:
    """Return whether the eye answers the mandibular, mouth or chin the zygomatic branch."""
    return np.array(
        [
            _spread(s, OCULI, "both", sweeps).has_lateral_spread(OCULI)
            and _lower_face_answers(s, sweeps)
            for s in seeds
        ],
        dtype=np.bool_,
    )


def jitters(
    seeds: Sequence[int], arm: Arm = "ephaptic", *, muscle: Muscle = OCULI, sweeps: int = 60
) -> NDArray[np.float64]:
    """Return the spread of one unit's latency over sweeps, ms: median over units.

    Units that answer at least five times count; the spread is 1.48 times the median absolute
    deviation, so that a unit reached now and then by another way does not set it.
    """
    found = []
    for seed in seeds:
        grid = _spread(seed, muscle, arm, sweeps).unit_latencies(muscle)
        grid = grid[:, np.isfinite(grid).sum(axis=0) >= 5]
        if grid.shape[1] == 0:
            found.append(np.nan)
            continue
        apart = np.abs(grid - np.nanmedian(grid, axis=0))
        found.append(float(np.median(1.4826 * np.nanmedian(apart, axis=0))))
    return np.array(found)


def onset_jitters(
    seeds: Sequence[int], arm: Arm = "ephaptic", *, muscle: Muscle = OCULI, sweeps: int = 60
) -> NDArray[np.float64]:
    """Return the standard deviation of the onset of the whole answer over sweeps, ms."""
    found = []
    for seed in seeds:
        rows = _spread(seed, muscle, arm, sweeps).of("LSR", muscle)
        found.append(float(np.std([r.latency_ms for r in rows])) if len(rows) > 4 else np.nan)
    return np.array(found)


def lateral_spread_present(seeds: Sequence[int], *, sweeps: int = 10) -> NDArray[np.bool_]:
    """Return whether mouth or chin answers to the zygomatic branch, before operation."""
    return np.array([_lower_face_answers(s, sweeps) for s in seeds], dtype=np.bool_)


def blink_synkinesis(
    seeds: Sequence[int], *, stage: str | None = None, sweeps: int = 10
) -> NDArray[np.bool_]:
    """Return whether the orbicularis oris answers the supraorbital nerve.

    It does when on average one unit or more fires with R1 or with R2. ``stage="healthy"`` is the
    other side of the face.
    """
    found = []
    for seed in seeds:
        made = evoke_blink_reflex(patient_of(seed, stage), _times(sweeps), seed)
        early, late = (
            made.units(f"synkinetic_{name}").mean(axis=0)[MUSCLES.index(ORIS)]
            for name in ("R1", "R2")
        )
        found.append(max(early, late) >= number("spread.units"))
    return np.array(found, dtype=np.bool_)


def first_muscles(seeds: Sequence[int]) -> tuple[Muscle, ...]:
    """Return the muscle whose axons are barest on average in early disease."""
    found = []
    for seed in seeds:
        _, atypical = draw_stage(seed)
        condition = condition_of_stage("early", seed, atypical=atypical)
        fibres = draw_fibres(condition, seed, int(number("unit.per_muscle")))
        mean = [fibres.ectopic[fibres.muscle == m].mean() for m in range(len(MUSCLES))]
        found.append(MUSCLES[int(np.argmax(mean))])
    return tuple(found)


def sleep_ratios(
    seeds: Sequence[int], seconds: float = 600.0, stage: str = "established"
) -> dict[str, NDArray[np.float64]]:
    """Return the rate of spasms in each stage of sleep relative to waking, one value per patient.

    ``nrem`` is the mean of n1, n2 and n3 by their usual share of the night (1 : 9 : 4).
    """
    found: dict[str, list[float]] = {name: [] for name in ("n1", "n2", "n3", "rem")}
    for seed in seeds:
        condition = patient_of(seed, stage)
        awake = len(simulate_population(condition, seconds, seed).episodes)
        for name, values in found.items():
            state = (BrainState(name),)  # type: ignore[arg-type]
            asleep = len(simulate_population(condition, seconds, seed, states=state).episodes)
            values.append(asleep / awake if awake else np.nan)
    ratios = {name: np.array(values) for name, values in found.items()}
    ratios["nrem"] = (ratios["n1"] + 9.0 * ratios["n2"] + 4.0 * ratios["n3"]) / 14.0
    return ratios


def threshold_ratios(
    seeds: Sequence[int],
    seconds: float = 600.0,
    stage: str = "established",
    threshold: float | None = None,
) -> NDArray[np.float64]:
    """Return the rate of spasms in hyperventilation relative to quiet breathing."""
    low = number("state.hyperventilation_threshold") if threshold is None else threshold
    found = []
    for seed in seeds:
        condition = patient_of(seed, stage)
        quiet = len(simulate_population(condition, seconds, seed).episodes)
        settings = PopulationSettings(threshold=low)
        deep = len(simulate_population(condition, seconds, seed, settings=settings).episodes)
        found.append(deep / quiet if quiet else np.nan)
    return np.array(found)


@dataclass(frozen=True)
class Sedation:
    """What a benzodiazepine changes, one value per patient.

    Attributes
    ----------
    latency_shift_ms : ndarray
        Lateral spread with minus without.
    reflex_ratio : ndarray
        Impulses of the late blink-evoked answer of the orbicularis oris with over without.
    reflex_shift_ms : ndarray
        Its latency with minus without; nan where it is gone.
    """

    latency_shift_ms: NDArray[np.float64]
    reflex_ratio: NDArray[np.float64]
    reflex_shift_ms: NDArray[np.float64]


def sedation(seeds: Sequence[int], *, sweeps: int = SWEEPS, stage: str | None = None) -> Sedation:
    """Return what lower nuclear gain does to lateral spread and blink-evoked answer."""
    drug = PopulationSettings(nuclear_factor=number("state.sedation_gain"), seeds=False)
    plain = replace(drug, nuclear_factor=1.0)
    rows = []
    for seed in seeds:
        condition, times = patient_of(seed, stage), _times(sweeps)
        onset, count, late = [], [], []
        for settings in (plain, drug):
            made = evoke_lateral_spread(
                condition, Branch.MANDIBULAR, times, seed, settings=settings
            )
            onset.append(made.onset_ms("LSR", OCULI))
            reflex = evoke_blink_reflex(condition, times, seed, settings=settings)
            answers = reflex.of("synkinetic_R2", ORIS)
            count.append(sum(row.impulses for row in answers))
            late.append(reflex.onset_ms("synkinetic_R2", ORIS))
        ratio = count[1] / count[0] if count[0] else np.nan
        rows.append((onset[1] - onset[0], ratio, late[1] - late[0]))
    return Sedation(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


@dataclass(frozen=True)
class HealthyFindings:
    """What a nerve without disease shows, one value per person."""

    impulses: NDArray[np.int64]
    events: NDArray[np.int64]
    spread: NDArray[np.bool_]
    synkinesis: NDArray[np.bool_]
    r1_ms: NDArray[np.float64]
    r2_ms: NDArray[np.float64]


def healthy_findings(
    seeds: Sequence[int], seconds: float = 3600.0, *, sweeps: int = 10
) -> HealthyFindings:
    """Return spontaneous events in an hour, lateral spread and blink reflex of healthy nerves."""
    runs = [simulate_population(NerveCondition(), seconds, s) for s in seeds]
    blinks = [evoke_blink_reflex(NerveCondition(), _times(sweeps), s) for s in seeds]
    spread = [
        any(_spread(s, m, "both", sweeps, "healthy").units("LSR").any() for m in (OCULI, MENTALIS))
        for s in seeds
    ]
    return HealthyFindings(
        np.array([len(run.spikes) for run in runs]),
        np.array([len(run.episodes) for run in runs]),
        np.array(spread, dtype=np.bool_),
        blink_synkinesis(seeds, stage="healthy", sweeps=sweeps),
        np.array([made.onset_ms("R1", OCULI) for made in blinks]),
        np.array([made.onset_ms("R2", OCULI) for made in blinks]),
    )
