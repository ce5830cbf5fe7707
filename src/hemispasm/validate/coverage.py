"""Do the rate intervals cover? Many patients with a known rate, seen by an imperfect observer.

No picture is made. The spasms come from the simulator's clustered event process; the signals
that a camera would give are written down directly (``signal_patients``) and go through the whole
event detection, or, faster, events are dropped and invented at given rates and go through the
findings only. Either way the interval under test is the one a clinician reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.video.findings import findings_from_events
from hemispasm.measure.video.observed import Observed
from hemispasm.model import Event, EventKind, Grade, RecordingRef, Side
from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.photo_process import self_exciting_times
from hemispasm.simulate.face.scenarios import Scenario
from hemispasm.simulate.face.scenarios_spasms import build_spasm, draw_starts
from hemispasm.stats import wilson_interval
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Process = Literal["renewal", "self_exciting"]

EXPOSURES_S = (30.0, 60.0, 120.0)
RATES_PER_MIN = (2.0, 25.0)
"""Spasms per minute: about the range of blink-like spasms in untreated patients
(``graefes-2019-hfs-blinks``: 0.3-24.7); the lowest rates give no event to learn from."""


@dataclass(frozen=True)
class Observer:
    """How a detector errs: share of spasms found, and false ones per minute.

    ``spread`` is the number of events that the share is worth (a beta distribution from recording
    to recording), since one face is harder than another.
    """

    recall: float = 0.95
    false_per_min: float = 0.1
    spread: float = 30.0


@dataclass(frozen=True)
class Covered:
    """One replicate: the patient's true rate, and the interval given for it.

    ``session_rate_per_min`` is the rate at which spasms came during this recording; the
    patient's own rate differs from it as one day differs from another.
    """

    rate_per_min: float
    session_rate_per_min: float
    low: float
    high: float
    exposure_s: float

    @property
    def inside(self) -> bool:
        """Whether the interval covers the patient's rate."""
        return self.low <= self.rate_per_min <= self.high

    @property
    def session_inside(self) -> bool:
        """Whether the interval covers the rate of this session."""
        return self.low <= self.session_rate_per_min <= self.high


def draw_rates(rng: np.random.Generator) -> tuple[float, float]:
    """Return a patient's rate, log-uniform, and the rate of one session, spasms per minute."""
    low, high = np.log(RATES_PER_MIN)
    rate = float(np.exp(rng.uniform(low, high)))
    shape = number("spasm.session_cv") ** -2
    return rate, rate * float(rng.gamma(shape, 1 / shape))


@cache
def spasm_lengths(seed: int, n: int = 240) -> NDArray[np.float64]:
    """Return durations of simulated spasms of all severities, seconds."""
    rng = np.random.default_rng(seed)
    severities = np.linspace(0.2, 0.9, n)
    return np.array(
        [build_spasm(Scenario("hfs", severity=float(s)), rng).duration_s for s in severities]
    )


def self_exciting_patient(
    rate_per_min: float, exposure_s: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return onsets and durations, seconds, from the second family's self-exciting process."""
    starts = np.array(self_exciting_times(exposure_s, rate_per_min, rng))
    return starts, rng.choice(spasm_lengths(0), len(starts))


def renewal_patient(
    rate_per_min: float, exposure_s: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return onsets and durations, seconds, from the first family's renewal process.

    Returns
    -------
    onset_s, duration_s : ndarray, shape (n,)
        Onsets inside the recording.
    """
    durations = rng.choice(spasm_lengths(0), 40)
    # A patient cannot have more spasms than fit: long ones at a high rate are made shorter.
    room = 60.0 / rate_per_min - number("spasm.minimum_gap_s") - 0.3
    durations *= min(1.0, max(room, 0.2) / float(durations.mean()))
    starts = draw_starts(durations, rate_per_min, exposure_s, rng)
    lengths = np.array([durations[k % len(durations)] for k in range(len(starts))])
    return starts, lengths


def observe(
    onset_s: NDArray[np.float64],
    duration_s: NDArray[np.float64],
    exposure_s: float,
    observer: Observer,
    rng: np.random.Generator,
) -> tuple[Event, ...]:
    """Return the events that an imperfect detector reports, as a real document holds them."""
    a = observer.recall * observer.spread
    recall = rng.beta(a, observer.spread - a) if observer.recall < 1 else 1.0
    kept = rng.random(len(onset_s)) < recall
    extra = rng.uniform(0, exposure_s, rng.poisson(observer.false_per_min * exposure_s / 60))
    spans = [(float(t), float(d)) for t, d in zip(onset_s[kept], duration_s[kept], strict=True)]
    spans += [(float(t), 0.3) for t in extra]
    return tuple(
        Event(
            id=f"spasm-{k}",
            kind=EventKind.SPASM,
            side=Side.LEFT,
            start_s=start,
            end_s=start + length,
            confidence=0.95,
        )
        for k, (start, length) in enumerate(sorted(spans))
    )


def event_replicate(rng: np.random.Generator, observer: Observer, process: Process) -> Covered:
    """Return one replicate through the findings (no signals).

    The renewal process is even within a session, so a patient's sessions differ in rate; the
    self-exciting one clusters by itself.
    """
    rate, session_rate = draw_rates(rng)
    exposure_s = float(rng.choice(EXPOSURES_S))
    if process == "renewal":
        onset_s, duration_s = renewal_patient(session_rate, exposure_s, rng)
    else:
        session_rate = rate
        onset_s, duration_s = self_exciting_patient(rate, exposure_s, rng)
    events = observe(onset_s, duration_s, exposure_s, observer, rng)
    observed = Observed(
        recording=RecordingRef(kind="video", sha256="0" * 64, simulated=True),
        keys=(Side.LEFT, Side.RIGHT),
        analysed_s=exposure_s,
        rest_s=exposure_s,
        rest_spans=((0.0, exposure_s),),
        grade=Grade.MEASURABLE,
        verdict_allowed=True,
        frame_rate_hz=30.0,
    )
    for finding in findings_from_events(events, observed):
        if finding.code == "video.spasm_rate" and finding.side is Side.LEFT and finding.interval:
            return Covered(rate, session_rate, *finding.interval, exposure_s)
    raise ValueError("the findings hold no spasm rate with an interval")


def coverage_score(key: str, replicates: Sequence[Covered], note: str | None = None) -> Score:
    """Return the share of replicates whose interval covers, with Wilson's interval.

    Examples
    --------
    >>> coverage_score("rate_coverage", [Covered(1, 1, 0, 2, 60), Covered(3, 3, 0, 2, 60)]).value
    0.5
    """
    inside = sum(replicate.inside for replicate in replicates)
    n = len(replicates)
    return Score(
        key=key,
        value=inside / n if n else None,
        interval=wilson_interval(inside, n).pair if n else None,
        n=n,
        of="replicates",
        note=note,
    )


def event_coverage(
    seed: int,
    *,
    replicates: int,
    process: Process = "renewal",
    observer: Observer | None = None,
) -> list[Covered]:
    """Return replicates through the findings, for a seed.

    Parameters
    ----------
    seed : int
        Every replicate has its own generator spawned from it.
    replicates : int
        How many.
    process : {"renewal", "self_exciting"}
        How the spasms of one patient come.
    observer : Observer, optional
        The detector's errors.
    """
    streams = np.random.default_rng(seed).spawn(replicates)
    return [event_replicate(rng, observer or Observer(), process) for rng in streams]
