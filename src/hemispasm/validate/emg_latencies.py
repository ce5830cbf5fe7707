"""Latencies of evoked responses against the truth, and whether their intervals hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.evoked import measure_evoked
from hemispasm.model.emg import Branch, Muscle
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.validate.emg_plan import FAMILIES, EmgJob
from hemispasm.validate.emg_scores import EmgScore, number_score, percent_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.evoked import EvokedResult
    from hemispasm.measure.emg.latency import Estimate
    from hemispasm.simulate.emg.truth import EmgTruth


SHORTEST = 10.0
"""F-waves: the tenth percentile, as the measurement says it reports; all others the median."""


@dataclass(frozen=True)
class Latency:
    """One true latency; value and interval are None when the response was not found."""

    kind: str
    true_ms: float
    value_ms: float | None
    interval_ms: tuple[float, float] | None


@dataclass(frozen=True)
class LatencyOutcome:
    """The latencies of one recording."""

    job: EmgJob
    latencies: tuple[Latency, ...]


def run_latencies(job: EmgJob) -> LatencyOutcome:
    """Simulate one evoked test and compare its latencies with the truth."""
    options = EmgOptions(
        job.scenario,
        generator=job.family,
        side=job.side,
        snr_db=job.snr_db,
        leading=Muscle.MENTALIS if job.scenario == "lsr" else Muscle.ORBICULARIS_OCULI,
        stimuli=_train(job.scenario),
    )
    made = simulate_emg(options, job.seed)
    found = _found(measure_evoked(made.recording, seed=job.seed))
    latencies = []
    for (kind, channel), estimate in found.items():
        true = _true(made.truth, kind, channel)
        if true is None:
            continue
        pair = None if estimate is None else (estimate.low, estimate.high)
        latencies.append(Latency(kind, true, None if estimate is None else estimate.value, pair))
    return LatencyOutcome(job, tuple(latencies))


def _train(scenario: str) -> StimulusTrain | None:
    if scenario != "blink_reflex":
        return None
    # A little faster than in a clinic, so that the recordings stay short.
    return StimulusTrain(site=Branch.SUPRAORBITAL, count=12, rate_hz=0.4)


def _found(result: EvokedResult) -> dict[tuple[str, str], Estimate | None]:
    """Return every measured latency by what it is and where."""
    found: dict[tuple[str, str], Estimate | None] = {}
    if result.blink_reflex is not None:
        for one in result.blink_reflex.components:
            if one.muscle is Muscle.ORBICULARIS_OCULI:
                found[one.kind, one.channel] = one.response.onset_ms
    for spread in result.lateral_spreads:
        found["LSR", spread.channel] = spread.response.onset_ms
    for wave in result.f_waves:
        found["F", wave.channel] = wave.onset_ms
    for direct in result.cmaps:
        found["M", direct.channel] = direct.onset_ms
    for artery in result.z_l:
        found["ZL", artery.channel] = artery.response.onset_ms
    return found


def _true(truth: EmgTruth, kind: str, channel: str) -> float | None:
    each = [r.onset_ms for r in truth.responses if (r.kind, r.channel) == (kind, channel)]
    # A response to a few of the stimuli only has no latency to speak of.
    if len(each) < max(3, len({r.sweep for r in truth.responses}) // 4):
        return None
    return float(np.percentile(each, SHORTEST if kind == "F" else 50.0))


def latency_scores(outcomes: Sequence[LatencyOutcome], rng: np.random.Generator) -> list[EmgScore]:
    """Return the error, the coverage and the share found of every kind of latency, by family."""
    scores = []
    for family in FAMILIES:
        every = [one for o in outcomes if o.job.family == family for one in o.latencies]
        for kind in dict.fromkeys(one.kind for one in every):
            these = [one for one in every if one.kind == kind]
            known = [(one.value_ms - one.true_ms, one) for one in these if one.value_ms is not None]
            errors = [abs(error) for error, _ in known]
            bias = f"bias {np.median([e for e, _ in known]):+.2f}" if known else None
            holds = [(_holds(one), 1) for _, one in known]
            endless = sum(
                one.interval_ms is not None and not np.isfinite(one.interval_ms).all()
                for _, one in known
            )
            name = kind.lower()
            scores += [
                number_score(
                    f"latency_error.{name}", errors, "median", rng, unit="ms",
                    of="responses measured", part="latencies", family=family, note=bias,
                ),
                percent_score(
                    f"latency_coverage.{name}", holds, rng, of="intervals", part="latencies",
                    family=family, note=f"{endless} endless" if endless else None,
                ),
                percent_score(
                    f"latency_measured.{name}",
                    [(int(one.value_ms is not None), 1) for one in these], rng,
                    of="responses truly there", part="latencies", family=family,
                ),
            ]  # fmt: skip
    return scores


def _holds(one: Latency) -> int:
    return int(
        one.interval_ms is not None and one.interval_ms[0] <= one.true_ms <= one.interval_ms[1]
    )
