"""Stimuli: lateral spread, F waves, double shocks and the blink reflex through the same core."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.acts import Volley, drive_profile, fire_units
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.fibres import Fibres, draw_fibres
from hemispasm.simulate.population.parameters import number, numbers, pair
from hemispasm.simulate.population.responses import EvokedRun, read_responses
from hemispasm.simulate.population.run import run_volley
from hemispasm.simulate.population.settings import Arm, PopulationSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BRANCHES = (
    Branch.TEMPORAL,
    Branch.ZYGOMATIC,
    Branch.BUCCAL,
    Branch.MANDIBULAR,
    Branch.CERVICAL,
    Branch.TRUNK,
)
"""Order of branches in the parameters."""

SUPPLIES = {
    Branch.TEMPORAL: (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI),
    Branch.ZYGOMATIC: (Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS),
    Branch.BUCCAL: (Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS),
    Branch.MANDIBULAR: (Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS),
    Branch.CERVICAL: (Muscle.PLATYSMA,),
    Branch.TRUNK: MUSCLES,
}
"""Muscles that answer a branch directly."""

AFTER_S = 0.15
REFLEX_MUSCLE = Muscle.ORBICULARIS_OCULI


def _person(
    condition: NerveCondition, seed: int, settings: PopulationSettings
) -> tuple[Fibres, int]:
    """Return the axons of the person who is stimulated, and the seed that draws them."""
    person = seed if settings.anatomy_seed is None else settings.anatomy_seed
    units = settings.units_per_muscle or int(number("unit.per_muscle"))
    return draw_fibres(condition, person, units), person


def _checked(times_s: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    times = np.sort(np.asarray(times_s, dtype=np.float64))
    if len(times) == 0 or times[0] < 0.0:
        raise UsageError(
            "stimulus_times", "Stimuli need times that are not negative.", "Give times_s."
        )
    return times


def _shocks(
    fibres: Fibres, branch: Branch, times_s: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Volley, NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Return volley at the root, antidromic times, and arrival and axon of the direct answer."""
    if branch not in SUPPLIES:
        raise UsageError(
            "stimulus_branch",
            f"The branch {branch.value} holds no motor axons of the face.",
            f"Use {', '.join(each.value for each in BRANCHES)}.",
        )
    site = numbers("path.foramen_to_site_mm")[BRANCHES.index(branch)]
    supplied = np.isin(fibres.muscle, [MUSCLES.index(m) for m in SUPPLIES[branch]])
    proximal = fibres.length_factor * (number("path.root_to_foramen_mm") + site)
    back_s = proximal / fibres.speed_m_s / 1000.0
    distal = np.array(numbers("path.foramen_to_muscle_mm"))[fibres.muscle] - site
    ahead_s = fibres.length_factor * np.maximum(distal, 5.0) / fibres.speed_m_s / 1000.0
    hit = supplied[None, :] & (rng.random((len(times_s), len(fibres))) < number("stimulus.share"))
    last = np.full(len(fibres), -np.inf)
    for k, time in enumerate(times_s):
        hit[k] &= time - last >= number("stimulus.axon_refractory_ms") / 1000.0
        last[hit[k]] = time
    sweep, fibre = np.nonzero(hit)
    direct_s = times_s[sweep] + ahead_s[fibre] + number("path.terminal_ms") / 1000.0
    direct_s += number("path.jitter_ms") / 1000.0 * rng.standard_normal(len(fibre))
    volley = Volley.of(times_s[sweep] + back_s[fibre], fibre, "stimulus")
    return volley, np.where(supplied, back_s, 0.0), direct_s, fibre.astype(np.int32)


def _stimulate(
    condition: NerveCondition,
    branch: Branch | str,
    times_s: Sequence[float] | NDArray[np.float64],
    seed: int,
    settings: PopulationSettings,
) -> EvokedRun:
    times, site = _checked(times_s), Branch(branch)
    fibres, person = _person(condition, seed, settings)
    rng = np.random.default_rng([seed, 0x7368])
    volley, back_s, direct_s, direct = _shocks(fibres, site, times, rng)
    length = float(times[-1]) + AFTER_S
    run = run_volley(condition, settings, fibres, person, length, seed, volley, antidromic_s=back_s)
    made = EvokedRun(
        run, times, site, SUPPLIES[site], direct_s, direct, 1000.0 * back_s, responses=()
    )
    return replace(made, responses=read_responses(made))


def evoke_lateral_spread(
    condition: NerveCondition,
    branch: Branch | str,
    times_s: Sequence[float] | NDArray[np.float64],
    seed: int,
    *,
    arm: Arm = "both",
    settings: PopulationSettings | None = None,
) -> EvokedRun:
    """Stimulate a branch and see which muscles of other branches answer.

    Parameters
    ----------
    condition : NerveCondition
        The nerve now.
    branch : Branch
        Stimulated, supramaximally.
    times_s : sequence of float
        Times of the stimuli, s.
    seed : int
        As in `simulate_population`.
    arm : {"ephaptic", "nuclear", "both"}
        Which way the answer may take; overrides ``settings.arm``.
    settings : PopulationSettings, optional
        Spontaneous seeds are off unless settings are given.

    Returns
    -------
    EvokedRun
        With responses ``M``, ``LSR`` and ``F``.

    Examples
    --------
    >>> found = evoke_lateral_spread(NerveCondition(), "zygomatic", [0.1], seed=1)
    >>> found.units("LSR").sum()
    np.int64(0)
    """
    chosen = replace(settings or PopulationSettings(seeds=False), arm=arm)
    return _stimulate(condition, branch, times_s, seed, chosen)


def evoke_f_waves(
    condition: NerveCondition,
    branch: Branch | str,
    times_s: Sequence[float] | NDArray[np.float64],
    seed: int,
    *,
    settings: PopulationSettings | None = None,
) -> EvokedRun:
    """Stimulate a branch and see the late answer of its own muscles; healthy nerves have it too."""
    chosen = settings or PopulationSettings(seeds=False)
    return _stimulate(condition, branch, times_s, seed, chosen)


def evoke_blink_reflex(
    condition: NerveCondition,
    times_s: Sequence[float] | NDArray[np.float64],
    seed: int,
    *,
    settings: PopulationSettings | None = None,
) -> EvokedRun:
    """Stimulate the supraorbital nerve on this side: R1 and R2 come down through the pool.

    Parameters
    ----------
    condition, times_s, seed, settings
        As in `evoke_lateral_spread`.

    Returns
    -------
    EvokedRun
        With responses ``R1`` and ``R2`` of the orbicularis oculi, and ``synkinetic_R1`` and
        ``synkinetic_R2`` of the other muscles.
    """
    chosen = settings or PopulationSettings(seeds=False)
    times = _checked(times_s)
    fibres, person = _person(condition, seed, chosen)
    volley = _reflex(condition, fibres, times, seed, person, chosen)
    length = float(times[-1]) + AFTER_S
    run = run_volley(condition, chosen, fibres, person, length, seed, volley)
    none = np.zeros(0)
    made = EvokedRun(
        run,
        times,
        Branch.SUPRAORBITAL,
        (REFLEX_MUSCLE,),
        none,
        none.astype(np.int32),
        np.zeros(len(fibres)),
        responses=(),
    )
    return replace(made, responses=read_responses(made))


def _reflex(
    condition: NerveCondition,
    fibres: Fibres,
    times_s: NDArray[np.float64],
    seed: int,
    person: int,
    settings: PopulationSettings,
) -> Volley:
    """Return the impulses of R1 and R2 at the root; only R2 follows the state of the nucleus."""
    own, rng = np.random.default_rng([person, 0x7231]), np.random.default_rng([seed, 0x7266])
    r1, r2 = (float(own.normal(*pair(f"reflex.{name}_ms"))) for name in ("r1", "r2"))
    members = np.flatnonzero(fibres.muscle == MUSCLES.index(REFLEX_MUSCLE))
    path = float(fibres.conduction_ms[members].mean())
    left = min(settings.nuclear_factor, 1.0)
    gain = min(condition.nuclear_gain * settings.nuclear_factor, 1.0)
    level = number("reflex.r2_level") * left * (1.0 + 0.5 * gain)
    late = r2 - path + number("reflex.sedation_delay_ms") * (1.0 - left)
    parts = []
    for time in times_s:
        early = members[rng.random(len(members)) < number("reflex.r1_share")]
        spread = np.abs(number("reflex.r1_spread_ms") * rng.standard_normal(len(early)))
        parts.append(Volley.of(time + (r1 - path + spread) / 1000.0, early, "reflex"))
        length = float(rng.uniform(*pair("reflex.r2_s"))) * (1.0 + 0.3 * gain)
        swing = max(1.0 + number("reflex.sweep_cv") * float(rng.standard_normal()), 0.2)
        profile = drive_profile("blink", length, float(np.clip(level * swing, 0.0, 1.0)))
        profile[: len(profile) // 2] = profile.max()
        rates = pair("drive.blink_rate_hz")
        after, fibre = fire_units(fibres, REFLEX_MUSCLE, profile, rates, rng)
        parts.append(Volley.of(time + late / 1000.0 + after, fibre, "reflex"))
    return Volley.merged(parts)


@dataclass(frozen=True)
class DoubleShock:
    """Answers to pairs of stimuli.

    Attributes
    ----------
    intervals_ms : ndarray
        Between the stimuli of a pair.
    ratio : ndarray
        Second answer, first one subtracted, relative to the answer to a single stimulus.
    shift_ms : ndarray
        Latency of the second answer minus that of a single one; nan where there is none.
    latency_ms, units : float
        Median latency and mean impulses of the single answer.
    """

    intervals_ms: NDArray[np.float64]
    ratio: NDArray[np.float64]
    shift_ms: NDArray[np.float64]
    latency_ms: float
    units: float


def double_shock(
    condition: NerveCondition,
    branch: Branch | str,
    intervals_ms: Sequence[float],
    seed: int,
    *,
    muscle: Muscle = Muscle.MENTALIS,
    sweeps: int = 20,
    settings: PopulationSettings | None = None,
) -> DoubleShock:
    """Stimulate twice in short succession and subtract the answer to one stimulus.

    Parameters
    ----------
    condition, branch, seed, settings
        As in `evoke_lateral_spread`.
    intervals_ms : sequence of float
        Between the stimuli of a pair.
    muscle : Muscle
        Whose lateral spread is read.
    sweeps : int
        Pairs per interval, one a second.
    """
    chosen = settings or PopulationSettings(seeds=False)
    times = 0.1 + np.arange(sweeps, dtype=np.float64)
    single = _first_latencies(_stimulate(condition, branch, times, seed, chosen), muscle, times)
    ratios, shifts = [], []
    middle = float(np.median(single)) if len(single) else np.nan
    window = (middle - 1.0, middle + 1.0)
    alone = _count(single, window, 0.0)
    for interval in intervals_ms:
        both = np.sort(np.r_[times, times + interval / 1000.0])
        made = _stimulate(condition, branch, both, seed, chosen)
        paired = _latencies(made, muscle, times)
        ones = _latencies(_stimulate(condition, branch, times, seed, chosen), muscle, times)
        excess = _count(paired, window, interval) - _count(ones, window, interval)
        ratios.append(excess / alone if alone else np.nan)
        shifts.append(_shift(paired, ones, window, interval) if excess > 0.3 * alone else np.nan)
    return DoubleShock(
        np.asarray(intervals_ms, dtype=np.float64),
        np.array(ratios),
        np.array(shifts),
        middle,
        len(single) / sweeps,
    )


def _latencies(
    made: EvokedRun, muscle: Muscle, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the latencies of all answering impulses from the stimulus before them, ms."""
    arrival, _ = made.answers(muscle)
    sweep = np.searchsorted(times_s, arrival, "right") - 1
    since = 1000.0 * (arrival - times_s[np.maximum(sweep, 0)])
    return np.asarray(since[(sweep >= 0) & (since < pair("spread.window_ms")[1] + 10.0)])


def _first_latencies(
    made: EvokedRun, muscle: Muscle, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    grid = made.unit_latencies(muscle)
    return np.asarray(grid[np.isfinite(grid)])


def _count(latency_ms: NDArray[np.float64], window: tuple[float, float], later_ms: float) -> int:
    inside = (latency_ms >= window[0] + later_ms) & (latency_ms <= window[1] + later_ms)
    return int(inside.sum())


def _shift(
    paired: NDArray[np.float64],
    ones: NDArray[np.float64],
    window: tuple[float, float],
    later_ms: float,
) -> float:
    """Return how much later than a single answer the second one comes, by mean times."""

    def moments(latency_ms: NDArray[np.float64], later: float) -> tuple[int, float]:
        inside = latency_ms[_inside(latency_ms, window, later)] - later
        return len(inside), float(inside.sum())

    n_both, sum_both = moments(paired, later_ms)
    n_tail, sum_tail = moments(ones, later_ms)
    n_one, sum_one = moments(ones, 0.0)
    return (sum_both - sum_tail) / (n_both - n_tail) - sum_one / n_one


def _inside(
    latency_ms: NDArray[np.float64], window: tuple[float, float], later_ms: float
) -> NDArray[np.bool_]:
    return np.asarray((latency_ms >= window[0] + later_ms) & (latency_ms <= window[1] + later_ms))
