"""Activity that nothing but membrane noise starts: ectopic firing of the bare patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hemispasm.simulate.nerve.bundle import Bundle
from hemispasm.simulate.nerve.bursts import burst_rates, intervals_in_bursts
from hemispasm.simulate.nerve.parameters import Indices, Numbers, number
from hemispasm.simulate.nerve.run import run_bundle


@dataclass(frozen=True)
class SpontaneousEvent:
    """Activity of the bundle without a longer pause.

    Attributes
    ----------
    start_ms, end_ms : float
        First and last impulse.
    fibres, impulses : int
        How many took part, and how often.
    """

    start_ms: float
    end_ms: float
    fibres: int
    impulses: int


@dataclass(frozen=True)
class Spontaneous:
    """What a bundle does when it is left alone.

    Attributes
    ----------
    duration_ms : float
        Time watched.
    events : tuple of SpontaneousEvent
        In order.
    fibres : int
        Fibres that fired at all.
    intervals_s, burst_rates_hz : array
        Intervals inside bursts of single fibres, and one rate per burst of three or more.
    """

    duration_ms: float
    events: tuple[SpontaneousEvent, ...]
    fibres: int
    intervals_s: Numbers
    burst_rates_hz: Numbers

    @property
    def events_per_s(self) -> float:
        """Events per second."""
        return 1e3 * len(self.events) / self.duration_ms

    @property
    def impulses_per_s(self) -> float:
        """Impulses of the whole bundle per second."""
        return 1e3 * sum(event.impulses for event in self.events) / self.duration_ms


def watch_spontaneous(
    bundle: Bundle, duration_ms: float = 200.0, *, seed: int = 0, dt_us: float | None = 5.0
) -> Spontaneous:
    """Run a bundle without stimuli.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    duration_ms : float
        Simulated time.
    seed : int
        Of the membrane noise.
    dt_us : float
        Step; 5 us is enough here, where no single crossing is judged.

    Returns
    -------
    Spontaneous
        Impulses as they pass 3 mm distal of the patch.
    """
    run = run_bundle(bundle, (), duration_ms, seed=seed, dt_us=dt_us)
    fibre, time = run.at("distal")
    return Spontaneous(
        duration_ms,
        _events(fibre, time),
        int(np.unique(fibre).size),
        intervals_in_bursts(fibre, time),
        burst_rates(fibre, time),
    )


def _events(fibre: Indices, time_ms: Numbers) -> tuple[SpontaneousEvent, ...]:
    """Return the events of the bundle, joined over short pauses."""
    if time_ms.size == 0:
        return ()
    cuts = np.flatnonzero(np.diff(time_ms) > number("read.event_gap_ms")) + 1
    return tuple(
        SpontaneousEvent(
            float(time_ms[part[0]]),
            float(time_ms[part[-1]]),
            int(np.unique(fibre[part]).size),
            int(part.size),
        )
        for part in np.split(np.arange(time_ms.size), cuts)
    )
