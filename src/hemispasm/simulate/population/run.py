"""Hours of one facial nerve: simulate the impulses, and look at them in different ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.activation import draw_activation
from hemispasm.simulate.population.acts import (
    ABNORMAL,
    CAUSES,
    STATES,
    Act,
    BrainState,
    Volley,
    drive_acts,
    state_factors,
)
from hemispasm.simulate.population.condition import MUSCLES, NerveCondition
from hemispasm.simulate.population.episodes import Burst, Episode, find_bursts, find_episodes
from hemispasm.simulate.population.events import run_events
from hemispasm.simulate.population.fibres import Fibres, couple, draw_fibres
from hemispasm.simulate.population.laws import Laws, Surroundings
from hemispasm.simulate.population.parameters import number, pair
from hemispasm.simulate.population.settings import PopulationSettings
from hemispasm.simulate.population.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "ABNORMAL",
    "CAUSES",
    "MUSCLES",
    "Act",
    "BrainState",
    "Burst",
    "Episode",
    "Latent",
    "NerveCondition",
    "PopulationRun",
    "PopulationSettings",
    "Spikes",
    "simulate_population",
]

LATENT_HZ = 10.0
MOST_SPIKES = 60_000_000

AT_HAND = 1 << 14
"""Impulses that stay in a processor's cache while they are worked on."""


@dataclass(frozen=True)
class Spikes:
    """Every impulse at the root, in order of time.

    Attributes
    ----------
    time_s : ndarray of float64
        At the bare patch of the root, on the run's clock.
    fibre : ndarray of int32
        Index into ``fibres``.
    cause : ndarray of int8
        Index into ``CAUSES``.
    """

    time_s: NDArray[np.float64]
    fibre: NDArray[np.int32]
    cause: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.time_s)

    def of(self, causes: Sequence[str]) -> NDArray[np.bool_]:
        """Return which impulses have one of these causes."""
        chosen = np.zeros(len(CAUSES), dtype=np.bool_)
        chosen[[CAUSES.index(cause) for cause in causes]] = True
        return chosen[self.cause]


@dataclass(frozen=True)
class Latent:
    """What no instrument sees, at 10 Hz.

    Attributes
    ----------
    time_s, x, h, s : ndarray
        Time; slow log rate of seeds; rate of seeds that recent events add, per second; mean
        availability of the bare axons.
    state : ndarray of int8
        Index into ``STATES``.
    """

    time_s: NDArray[np.float64]
    x: NDArray[np.float64]
    h: NDArray[np.float64]
    s: NDArray[np.float64]
    state: NDArray[np.int8]


@dataclass(frozen=True)
class PopulationRun:
    """One side's nerve over a span of time, with everything true."""

    condition: NerveCondition
    settings: PopulationSettings
    duration_s: float
    seed: int
    fibres: Fibres
    spikes: Spikes
    latent: Latent
    acts: tuple[Act, ...] = ()
    states: tuple[BrainState, ...] = ()
    ephaptic_r: float = field(default=0.0)

    @cached_property
    def arrival_s(self) -> NDArray[np.float64]:
        """Return when each impulse reaches its muscle (with jitter; not in order of time)."""
        arrival = np.empty(len(self.spikes))
        for first, part in self.arrivals():
            arrival[first : first + len(part)] = part
        return arrival

    def arrivals(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield ``arrival_s`` part by part, each with its first row: a long run fills memory."""
        if "arrival_s" in self.__dict__:
            yield 0, self.arrival_s
            return
        rng = np.random.default_rng([self.seed, 0x6172])
        spikes, jitter_ms = self.spikes, number("path.jitter_ms")
        for first in range(0, len(spikes), AT_HAND):
            rows = slice(first, min(first + AT_HAND, len(spikes)))
            part = rng.standard_normal(rows.stop - first)
            part *= jitter_ms
            part += self.fibres.conduction_ms[spikes.fibre[rows]]
            part /= 1000.0
            part += spikes.time_s[rows]
            yield first, part

    @cached_property
    def abnormal(self) -> NDArray[np.bool_]:
        """Return which impulses a healthy nerve would not have had."""
        return self.spikes.of(ABNORMAL)

    @cached_property
    def bursts(self) -> tuple[Burst, ...]:
        """Return runs of abnormal impulses without a pause of 50 ms."""
        return find_bursts(self)

    @cached_property
    def involuntary(self) -> tuple[Episode, ...]:
        """Return spasms and synkineses: bursts joined as an eye joins them, if large enough."""
        return find_episodes(self)

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Return the spasms."""
        return tuple(row for row in self.involuntary if row.kind == "spasm")

    @property
    def synkineses(self) -> tuple[Episode, ...]:
        """Return abnormal activity that starts and ends with a blink or movement."""
        return tuple(row for row in self.involuntary if row.kind == "synkinesis")

    def activation(
        self, rate_hz: float, *, causes: Sequence[str] | None = None
    ) -> NDArray[np.float32]:
        """Return the activation of every muscle, 0 to 1.

        Parameters
        ----------
        rate_hz : float
            Samples per second; sample k is at ``k / rate_hz``.
        causes : sequence of str, optional
            Only impulses with these causes (``ABNORMAL`` for the involuntary part).

        Returns
        -------
        ndarray of float32, shape (6, n)
            Twitches summed, scaled by what toxin leaves, saturating.
        """
        chosen = None if causes is None else self.spikes.of(causes)
        return draw_activation(self, rate_hz, chosen)


def laws_of(condition: NerveCondition, settings: PopulationSettings, fibres: Fibres) -> Laws:
    """Return the numbers that impulses obey in a condition under given assumptions."""
    repeat, cv = pair("patch.repeat_ms")
    loss, recovery = pair("patch.inactivation")
    depth, beats = pair("seeds.pulse")
    history, history_s = pair("seeds.history")
    delay, jitter = pair("nucleus.delay_ms")
    half, activity_s = pair("nucleus.activity")
    backfire, rise = pair("nucleus.backfire")
    spread, wider = pair("nucleus.backfire_spread_ms")
    share, pulled = pair("patch.step")
    milieu, milieu_ms = pair("patch.milieu")
    arousing, arousal_s = pair("patch.arousal")
    group, group_s = pair("seeds.group")
    gain = min(condition.nuclear_gain * settings.nuclear_factor, 1.0)
    key = "nucleus.reproduction_alone" if settings.arm == "nuclear" else "nucleus.reproduction"
    eager = np.exp(0.5 * number("seeds.threshold_over_noise") ** 2 * (1.0 - settings.threshold**2))
    seeds = number("seeds.per_s") * condition.ectopic_gain * float(fibres.ectopic.mean()) * eager
    return Laws(
        refractory_s=number("patch.refractory_ms") / 1000.0,
        repeat_s=repeat / 1000.0,
        repeat_cv=cv,
        repeat_gain=number("patch.repeat_gain"),
        crossing_jitter_s=number("patch.transfer_jitter_ms") / 1000.0,
        field_decay_s=number("patch.field_decay_ms") / 1000.0,
        volley_share_of_axons=share,
        pulled_after_s=pulled / 1000.0,
        milieu_sd=milieu,
        milieu_s=milieu_ms / 1000.0,
        resting_share=number("patch.resting_share"),
        arousing=arousing,
        arousal_s=arousal_s,
        inactivation=loss,
        recovery_s=recovery,
        seeds_per_s=seeds if settings.seeds else 0.0,
        pulse_depth=depth,
        pulse_hz=beats,
        history=history,
        history_s=history_s,
        full_event=number("seeds.full_event_share"),
        group=group,
        group_s=group_s,
        event_gap_s=number("burst.join_s"),
        nuclear_delay_s=delay / 1000.0,
        nuclear_jitter_s=jitter / 1000.0,
        nuclear_gain=0.0 if settings.arm == "ephaptic" else gain * number(key),
        volley_share=1.0 if settings.arm == "nuclear" else number("nucleus.volley_share"),
        activity_half=half,
        activity_s=activity_s,
        backfire=backfire * (1.0 + rise * gain),
        backfire_spread_s=spread * (1.0 + wider * gain) / 1000.0,
        latent_step_s=1.0 / LATENT_HZ,
    )


def coupling_r(condition: NerveCondition, settings: PopulationSettings) -> float:
    """Return R under given assumptions: none in the nuclear arm, more at a lower threshold."""
    if settings.arm == "nuclear":
        return 0.0
    return condition.ephaptic_r * settings.threshold ** -number("patch.elasticity")


def surround(
    states: tuple[BrainState, ...], duration_s: float, seed: int, volley: Volley
) -> tuple[Surroundings, NDArray[np.int8]]:
    """Return what changes from outside during a run, and the state of the brain at 10 Hz."""
    n = int(np.ceil(duration_s * LATENT_HZ))
    spread, tau = pair("seeds.wander")
    kept = np.exp(-1.0 / (tau * LATENT_HZ))
    noise = np.random.default_rng([seed, 0x6F75]).standard_normal(n)
    log_rate = np.empty(n)
    x = spread * float(noise[0]) if n else 0.0
    push = spread * np.sqrt(1.0 - kept**2)
    for k in range(n):
        log_rate[k] = x - 0.5 * spread**2
        x = kept * x + push * float(noise[k])
    state = np.zeros(n, dtype=np.int8)
    for change in sorted(states, key=lambda row: row.start_s):
        state[max(int(np.ceil(change.start_s * LATENT_HZ)), 0) :] = STATES.index(change.kind)
    return Surroundings(
        log_rate, state_factors("seeds")[state], state_factors("nucleus")[state], *volley
    ), state


def simulate_population(
    condition: NerveCondition,
    duration_s: float,
    seed: int,
    *,
    acts: tuple[Act, ...] = (),
    states: tuple[BrainState, ...] = (),
    settings: PopulationSettings | None = None,
) -> PopulationRun:
    """Simulate one side's facial nerve, impulse by impulse.

    Parameters
    ----------
    condition : NerveCondition
        What disease and treatment made of the nerve.
    duration_s : float
        Length of the run, s.
    seed : int
        Draws the activity, and the axons unless ``settings.anatomy_seed`` does. The same
        arguments give the same run, bit by bit.
    acts : tuple of Act
        Blinks, movements, speech; they run through the same axons and may set off spasms.
    states : tuple of BrainState
        Sleep, stress, hyperventilation; awake until the first.
    settings : PopulationSettings, optional
        Hypotheses, drugs, scale.

    Returns
    -------
    PopulationRun

    Raises
    ------
    UsageError
        If the duration is not positive, or the nerve fires without end.

    Examples
    --------
    >>> run = simulate_population(NerveCondition(), 2.0, seed=1)
    >>> len(run.spikes), run.episodes
    (0, ())
    """
    if not duration_s > 0.0:
        raise UsageError("population_span", "A run lasts longer than 0 s.", "Change duration_s.")
    chosen = settings or PopulationSettings()
    person = seed if chosen.anatomy_seed is None else chosen.anatomy_seed
    units = chosen.units_per_muscle or int(number("unit.per_muscle"))
    fibres = draw_fibres(condition, person, units)
    volley = drive_acts(fibres, acts, np.random.default_rng([seed, 0x6163]))
    return run_volley(condition, chosen, fibres, person, duration_s, seed, volley, acts, states)


def run_volley(
    condition: NerveCondition,
    settings: PopulationSettings,
    fibres: Fibres,
    person: int,
    duration_s: float,
    seed: int,
    volley: Volley,
    acts: tuple[Act, ...] = (),
    states: tuple[BrainState, ...] = (),
    antidromic_s: NDArray[np.float64] | None = None,
) -> PopulationRun:
    """Run given impulses through given axons: the core of spontaneous and evoked runs."""
    r = coupling_r(condition, settings)
    back = np.zeros(len(fibres)) if antidromic_s is None else antidromic_s
    around, state = surround(states, duration_s, seed, volley)
    start = int(np.random.SeedSequence([seed, 0x6576]).generate_state(1, np.uint64)[0])
    time_s, fibre, cause, latent = run_events(
        wire(fibres, couple(fibres, r, person), back),
        laws_of(condition, settings, fibres),
        around,
        duration_s,
        start,
        MOST_SPIKES,
    )
    if len(time_s) >= MOST_SPIKES:
        raise UsageError(
            "population_endless",
            f"The nerve carried more than {MOST_SPIKES} impulses.",
            "Run a shorter time, or lower R.",
        )
    spikes = Spikes(time_s, fibre, cause)
    grid = np.arange(len(latent)) / LATENT_HZ
    seen = Latent(grid, latent[:, 0], latent[:, 1], latent[:, 2], state)
    return PopulationRun(
        condition, settings, duration_s, seed, fibres, spikes, seen, acts, states, r
    )
