"""Second family: events as marked points and hand-shaped pulses, in continuous time.

Written from published descriptions of what spasms look like (isolated twitches, grouped bursts,
holds; smaller and slower than blinks), without muscles: self-exciting arrival times, pulses with a
raised-cosine rise and an exponential fall. It shares neither code nor constants with the first
family (``scenarios``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE_SHARE = 0.1


@dataclass(frozen=True)
class Pulse:
    """A bump: raised-cosine rise, plateau with a sag, exponential fall."""

    onset_s: float
    rise_s: float
    hold_s: float
    fall_s: float
    height: float
    sag: float = 0.0

    def at(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height at each time.

        Examples
        --------
        >>> Pulse(0.0, 0.1, 0.2, 0.1, 0.8).at(np.array([-0.1, 0.2, 2.0])).round(3).tolist()
        [0.0, 0.8, 0.0]
        """
        u = t_s - self.onset_s
        rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(u / self.rise_s, 0.0, 1.0))
        within = np.clip((u - self.rise_s) / max(self.hold_s, 1e-6), 0.0, 1.0)
        after = np.maximum(u - self.rise_s - self.hold_s, 0.0)
        # A Gaussian-like shoulder keeps the release smooth; the tail is exponential.
        fall = np.exp(-(after**1.5) / (self.fall_s**1.5))
        return np.asarray(self.height * rise * (1.0 - self.sag * within) * fall)

    @property
    def end_s(self) -> float:
        """When less than a percent is left."""
        return self.onset_s + self.rise_s + self.hold_s + 2.8 * self.fall_s


@dataclass(frozen=True)
class Movement:
    """Pulses that belong together; the largest one rules at each moment."""

    pulses: tuple[Pulse, ...]

    def at(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the movement at each time, 0-1."""
        out = np.zeros(len(t_s))
        for pulse in self.pulses:
            near = (t_s >= pulse.onset_s) & (t_s <= pulse.end_s + 0.5)
            out[near] = np.maximum(out[near], pulse.at(t_s[near]))
        return out

    @property
    def peak(self) -> float:
        """Largest height."""
        return max(p.height for p in self.pulses)

    def edges(self) -> tuple[float, float]:
        """Return the first and last moment above 10 % of the peak (1 ms)."""
        first = min(p.onset_s for p in self.pulses)
        last = max(p.end_s for p in self.pulses)
        t = np.arange(first, last + 0.001, 0.001)
        inside = np.flatnonzero(self.at(t) > EDGE_SHARE * self.peak)
        return float(t[inside[0]]), float(t[inside[-1]])

    def scaled(self, gain: float, later_s: float = 0.0) -> Movement:
        """Return the same movement, smaller and later, for another part of the face."""
        return Movement(
            tuple(
                Pulse(p.onset_s + later_s, p.rise_s, p.hold_s, p.fall_s, gain * p.height, p.sag)
                for p in self.pulses
            )
        )


def self_exciting_times(
    duration_s: float, rate_per_min: float, rng: np.random.Generator, branching: float = 0.3
) -> list[float]:
    """Return points of a Hawkes process: every event raises the rate for a few seconds.

    The long-run rate before thinning by the dead time is ``rate_per_min``; the process runs for a
    minute before the recording starts.
    """
    base = rate_per_min / 60.0 * (1.0 - branching)
    immigrants = rng.uniform(-60.0, duration_s, rng.poisson(base * (duration_s + 60.0)))
    points = list(immigrants)
    generation = points
    while generation:
        children: list[float] = []
        for parent in generation:
            n = rng.poisson(branching)
            children += [float(parent + d) for d in 0.5 + rng.exponential(2.2, n)]
        generation = [c for c in children if c < duration_s]
        points += generation
    return sorted(float(p) for p in points if p >= 0.0)


def weibull_times(
    duration_s: float, mean_s: float, shape: float, shortest_s: float, rng: np.random.Generator
) -> list[float]:
    """Return renewal times with Weibull intervals of about the given mean."""
    from math import gamma

    scale = max(mean_s - shortest_s, 0.05) / gamma(1.0 + 1.0 / shape)
    now, found = float(rng.uniform(0.2, mean_s)), []
    while now < duration_s:
        found.append(now)
        now += shortest_s + float(scale * rng.weibull(shape))
    return found


def draw_spasm(onset_s: float, height: float, rng: np.random.Generator) -> tuple[str, Movement]:
    """Return the form of one spasm (``twitch``, ``clonic``, ``hold``) and its closure course."""
    lot = rng.random()
    if lot < 0.4:
        return "twitch", Movement((_twitch(onset_s, height, rng),))
    if lot < 0.72:
        return "clonic", Movement(_train(onset_s, height, rng))
    return "hold", Movement(_hold(onset_s, height, rng))


def _twitch(onset_s: float, height: float, rng: np.random.Generator) -> Pulse:
    return Pulse(
        onset_s,
        rng.uniform(0.05, 0.085),
        rng.uniform(0.0, 0.05),
        rng.uniform(0.06, 0.11),
        height,
    )


def _train(onset_s: float, height: float, rng: np.random.Generator) -> tuple[Pulse, ...]:
    """Return 3-9 pulses that slow down a little towards the end."""
    hz, n, pulses = rng.uniform(3.2, 6.5), int(rng.integers(3, 10)), []
    now, tallest = onset_s, int(rng.integers(0, 3))
    for k in range(n):
        step = (1.0 + 0.03 * k + rng.normal(0.0, 0.05)) / hz
        tall = height if k == tallest else height * rng.uniform(0.65, 0.98)
        pulses.append(Pulse(now, 0.34 * step, 0.08 * step, 0.3 * step, tall))
        now += step
    return tuple(pulses)


def _hold(onset_s: float, height: float, rng: np.random.Generator) -> tuple[Pulse, ...]:
    """Return one long contraction that sags, refreshed by smaller kicks."""
    length = float(np.clip(rng.gamma(3.0, 0.5), 0.55, 3.2))
    sag = rng.uniform(0.05, 0.3)
    body = Pulse(onset_s, rng.uniform(0.06, 0.12), length, rng.uniform(0.1, 0.2), height, sag)
    kicks = [
        Pulse(onset_s + d, 0.06, 0.03, 0.09, height * rng.uniform(0.85, 1.0))
        for d in rng.uniform(0.2, length, rng.poisson(2.0 * length))
    ]
    return (body, *kicks)


def true_frequency_hz(pulses: Sequence[Pulse]) -> float:
    """Return the mean rate of the pulses of a train."""
    onsets = [p.onset_s for p in pulses]
    return (len(onsets) - 1) / (max(onsets) - min(onsets))
