"""What the brain asks for: blinks, movements, speech, sleep and stress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numba import njit

from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.parameters import number, numbers, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.fibres import Fibres

CAUSES = (
    "seed",
    "autoexcitation",
    "ephaptic",
    "f",
    "nuclear",
    "voluntary",
    "blink",
    "speech",
    "stimulus",
    "reflex",
)
"""Why an axon carried an impulse; the index is what a run stores."""

ABNORMAL = ("seed", "autoexcitation", "ephaptic", "f", "nuclear")
"""Causes that a healthy nerve at rest does not know."""

STATES = ("awake", "stress", "n1", "n2", "n3", "rem", "hyperventilation")
"""States of the brain; the index is what a run stores."""

USUAL = {
    "blink": (Muscle.ORBICULARIS_OCULI,),
    "voluntary": MUSCLES,
    "speech": (Muscle.ORBICULARIS_ORIS, Muscle.ZYGOMATICUS, Muscle.MENTALIS),
}
"""Muscles of an act that names none."""

GRID_S = 0.001
RISE = {"blink": 0.25, "voluntary": 0.35, "speech": 0.1}


@dataclass(frozen=True)
class Act:
    """One normal contraction, asked for by the brain.

    Attributes
    ----------
    kind : {"blink", "voluntary", "speech"}
        Sets the shape, the firing rate and the cause of the impulses.
    start_s, end_s : float
        Drive at the root, on the run's clock. Muscles move some 10-30 ms later.
    level : float
        Peak drive, 0 to 1.
    muscles : tuple of Muscle
        Those driven; empty means the usual ones of the kind.
    """

    kind: Literal["blink", "voluntary", "speech"]
    start_s: float
    end_s: float
    level: float = 0.5
    muscles: tuple[Muscle, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in USUAL:
            raise UsageError(
                "act_kind", f"There is no act {self.kind!r}.", "Use blink or voluntary."
            )
        if not (self.start_s < self.end_s and 0.0 <= self.level <= 1.0):
            raise UsageError(
                "act_span", "An act ends after it starts; its level is 0-1.", "Change it."
            )


@dataclass(frozen=True)
class BrainState:
    """State of the brain from a time on, until the next one."""

    kind: Literal["awake", "stress", "n1", "n2", "n3", "rem", "hyperventilation"]
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in STATES:
            raise UsageError(
                "brain_state", f"There is no state {self.kind!r}.", f"Use {', '.join(STATES)}."
            )


class Volley(NamedTuple):
    """Impulses that reach the root from elsewhere, in order of time."""

    time_s: NDArray[np.float64]
    fibre: NDArray[np.int32]
    cause: NDArray[np.int8]

    @classmethod
    def of(
        cls,
        time_s: NDArray[np.float64],
        fibre: NDArray[np.integer],
        cause: str | NDArray[np.int8],
    ) -> Volley:
        """Return impulses in order of time; one cause for all, or one each."""
        order = np.argsort(time_s, kind="stable")
        causes = (
            np.full(len(time_s), CAUSES.index(cause), np.int8) if isinstance(cause, str) else cause
        )
        return cls(
            np.asarray(time_s, dtype=np.float64)[order],
            np.asarray(fibre, dtype=np.int32)[order],
            np.asarray(causes, dtype=np.int8)[order],
        )

    @classmethod
    def merged(cls, parts: list[Volley]) -> Volley:
        """Return several as one."""
        if not parts:
            return cls(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.int8))
        return cls.of(
            np.concatenate([p.time_s for p in parts]),
            np.concatenate([p.fibre for p in parts]),
            np.concatenate([p.cause for p in parts]),
        )


@njit(cache=True)
def _fire(
    profile: NDArray[np.float64],
    threshold: NDArray[np.float64],
    low_hz: float,
    high_hz: float,
    steps: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return when units fire under a drive at 1 kHz; ``steps`` are unit-mean intervals."""
    n, most = steps.shape
    times, units = np.empty(n * most), np.empty(n * most, dtype=np.int32)
    found = 0
    for unit in range(n):
        gone, due, used = 0.0, steps[unit, 0] * 0.5, 1
        for k in range(len(profile)):
            above = (profile[k] - threshold[unit]) / (1.0 - threshold[unit])
            if above <= 0.0:
                continue
            rate = (low_hz + (high_hz - low_hz) * above) * GRID_S
            while gone + rate > due and used < most:
                times[found] = (k + (due - gone) / rate) * GRID_S
                units[found] = unit
                found += 1
                due += steps[unit, used]
                used += 1
            gone += rate
    return times[:found], units[:found]


def drive_profile(kind: str, length_s: float, level: float) -> NDArray[np.float64]:
    """Return the drive of an act at 1 kHz: it rises, holds and falls; speech has syllables.

    Examples
    --------
    >>> float(drive_profile("voluntary", 0.1, 0.5).max())
    0.5
    """
    n = max(round(length_s / GRID_S), 3)
    x = (np.arange(n) + 0.5) / n
    edge = np.clip(np.minimum(x, 1.0 - x) / RISE.get(kind, 0.3), 0.0, 1.0)
    shape = np.sin(0.5 * np.pi * edge) ** 2
    if kind == "speech":
        shape *= np.sin(np.pi * number("drive.syllable_hz") * GRID_S * np.arange(n)) ** 2
    return np.asarray(level * shape / max(float(shape.max()), 1e-9))


def fire_units(
    fibres: Fibres,
    muscle: Muscle,
    profile: NDArray[np.float64],
    rate_hz: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return times from the start of the drive, and fibres, of a muscle's units under a drive."""
    members = np.flatnonzero(fibres.muscle == MUSCLES.index(muscle))
    most = int(len(profile) * GRID_S * rate_hz[1] * 1.3) + 4
    shape = 1.0 / number("drive.isi_cv") ** 2
    steps = rng.gamma(shape, 1.0 / shape, (len(members), most))
    steps[:, 0] = 2.0 * rng.random(len(members))
    times, units = _fire(profile, fibres.threshold[members], rate_hz[0], rate_hz[1], steps)
    return times, members[units].astype(np.int32)


def drive_acts(fibres: Fibres, acts: tuple[Act, ...], rng: np.random.Generator) -> Volley:
    """Return the impulses that acts send down to the root."""
    parts = []
    for act in acts:
        rates = pair("drive.blink_rate_hz") if act.kind == "blink" else pair("drive.rate_hz")
        profile = drive_profile(act.kind, act.end_s - act.start_s, act.level)
        for muscle in act.muscles or USUAL[act.kind]:
            times, units = fire_units(fibres, muscle, profile, rates, rng)
            parts.append(Volley.of(act.start_s + times, units, act.kind))
    return Volley.merged(parts)


def draw_blinks(duration_s: float, seed: int, per_min: float | None = None) -> tuple[Act, ...]:
    """Return the spontaneous blinks of a person at rest.

    Examples
    --------
    >>> {act.kind for act in draw_blinks(30.0, 1)}
    {'blink'}
    """
    rng = np.random.default_rng([seed, 0x626C])
    median, spread = pair("drive.blinks_per_min")
    drawn = float(np.clip(median * np.exp(spread * rng.normal()), 7.0, 28.0))
    rate = drawn if per_min is None else per_min
    found: list[Act] = []
    now = float(rng.exponential(60.0 / rate)) if rate > 0.0 else np.inf
    while now < duration_s - 0.1:
        length = float(rng.uniform(*pair("drive.blink_s")))
        found.append(
            Act("blink", now, now + length, float(rng.uniform(*pair("drive.blink_level"))))
        )
        now += 0.5 + float(rng.gamma(1.5, max(60.0 / rate - 0.5, 0.05) / 1.5))
    return tuple(found)


def state_factors(name: str) -> NDArray[np.float64]:
    """Return the factor of every state of the brain; breathing alone changes neither."""
    return np.array([*numbers(f"state.{name}"), 1.0])
