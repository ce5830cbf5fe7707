"""Bursts, common firing, sides and rates: recordings at rest against their truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.options import EmgOptions
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.validate.emg_matching import BurstCount, count_bursts, true_spans, united
from hemispasm.validate.emg_plan import BURST_LEVELS_DB, FAMILIES, EmgJob
from hemispasm.validate.emg_scores import (
    EmgScore,
    auc_with_interval,
    f1_score,
    onset_error_score,
    percent_score,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg

COMPRESSIONS = (0.5, 0.7, 1.0)
"""Of the patients whose common firing is compared with co-contraction: mild to severe."""

LONG_RUN_S = 900.0
LONG_RUN_HZ = 2000.0
"""The patient's own rate of bursts is counted in the truth of so long a recording."""


@dataclass(frozen=True)
class BurstOutcome:
    """What one patient's bursts gave on one channel, and on two of a side together."""

    job: EmgJob
    one: BurstCount
    joint: BurstCount


@dataclass(frozen=True)
class SynchronyOutcome:
    """Common firing of the moving side; None where too few bursts were found."""

    job: EmgJob
    peak: float | None


@dataclass(frozen=True)
class SideOutcome:
    """What was said of the side, and whether spasm-like bursts were seen anywhere."""

    job: EmgJob
    said: str
    truth: str
    spasm_like: bool


@dataclass(frozen=True)
class RateOutcome:
    """A rate with its two intervals and what they should hold."""

    job: EmgJob
    patient_rate: float
    session_rate: float
    value: float | None
    interval: tuple[float, float] | None
    count_interval: tuple[float, float] | None


def run_bursts(job: EmgJob) -> BurstOutcome:
    """Simulate one patient, once with one channel and once with two on both sides."""
    side = job.side
    single = one_channel(job)
    label = single.recording.channels[0].label
    found = measure_spontaneous(single.recording).channels[0].bursts
    one = count_bursts(
        true_spans(single.truth, label), true_spans(single.truth, label, own=False), onsets(found)
    )
    both = simulate_emg(_options(job), job.seed)
    activity = measure_spontaneous(both.recording).side(side)
    joint = count_bursts(
        united(_of_side(both, side)),
        np.zeros((0, 2)),
        onsets(() if activity is None else activity.bursts),
    )
    return BurstOutcome(job, one, joint)


def one_channel(job: EmgJob) -> SimulatedEmg:
    """Return the recording of the leading muscle alone, as the peers get it too."""
    options = EmgOptions(
        "hfs",
        generator=job.family,
        side=job.side,
        duration_s=job.duration_s,
        snr_db=job.snr_db,
        muscles=(Muscle.ORBICULARIS_OCULI,),
        record_sides=(job.side,),
    )
    return simulate_emg(options, job.seed)


def onsets(bursts: Sequence[Burst]) -> np.ndarray:
    """Return the starts of bursts in seconds."""
    return np.array([burst.start_s for burst in bursts], dtype=float)


def _options(job: EmgJob, **more: object) -> EmgOptions:
    settings: dict[str, object] = {
        "generator": job.family,
        "side": job.side,
        "duration_s": job.duration_s,
        "snr_db": job.snr_db,
        **more,
    }
    return EmgOptions(job.scenario, **settings)  # type: ignore[arg-type]


def _of_side(made: SimulatedEmg, side: Side) -> np.ndarray:
    channels = [c.label for c in made.recording.channels if c.side is side]
    return np.concatenate([true_spans(made.truth, label) for label in channels])


def run_synchrony(job: EmgJob) -> SynchronyOutcome:
    """Measure how far two branches of the moving side fire together."""
    compression = COMPRESSIONS[job.seed % len(COMPRESSIONS)]
    options = _options(job, record_sides=(job.side,), compression=compression)
    activity = measure_spontaneous(simulate_emg(options, job.seed).recording).side(job.side)
    return SynchronyOutcome(job, None if activity is None else activity.features.synchrony.value)


def run_side(job: EmgJob) -> SideOutcome:
    """Ask for the affected side of one patient, or of a face without spasm."""
    made = simulate_emg(_options(job), job.seed)
    found = measure_spontaneous(made.recording)
    like = any(side.pattern("hfs_like").present for side in found.sides)
    return SideOutcome(job, found.verdict.value, made.truth.affected_side, like)


def run_rate(job: EmgJob) -> RateOutcome:
    """Compare the rate of bursts of one session with the patient's own over a long time."""
    made = simulate_emg(_options(job), job.seed)
    long_run = simulate_emg(
        _options(job, duration_s=LONG_RUN_S, rate_hz=LONG_RUN_HZ, record_sides=(job.side,)),
        job.seed,
    )
    activity = measure_spontaneous(made.recording).side(job.side)
    rate = None if activity is None else activity.features.burst_rate
    pair = None if rate is None or rate.interval is None else rate.interval.pair
    counted = None if rate is None or rate.count_interval is None else rate.count_interval.pair
    return RateOutcome(
        job,
        _ectopic_per_min(long_run.truth, LONG_RUN_S),
        _ectopic_per_min(made.truth, job.duration_s),
        None if rate is None else rate.value,
        pair,
        counted,
    )


def _ectopic_per_min(truth: EmgTruth, duration_s: float) -> float:
    spans = [(b.start_s, b.end_s) for b in truth.bursts if b.cause == "ectopic"]
    return 60.0 * len(united(np.array(spans, dtype=float).reshape(-1, 2))) / duration_s


def burst_scores(outcomes: Sequence[BurstOutcome], rng: np.random.Generator) -> list[EmgScore]:
    """Return F1 and onset error by family and noise."""
    scores = []
    for family in FAMILIES:
        for level in BURST_LEVELS_DB:
            these = [o for o in outcomes if (o.job.family, o.job.snr_db) == (family, level)]
            if not these:
                continue
            one, joint = [o.one for o in these], [o.joint for o in these]
            name = f"{level:g}_db"
            scores += [
                f1_score(f"burst_f1.{name}", one, rng, part="bursts", family=family),
                f1_score(f"burst_f1_joint.{name}", joint, rng, part="bursts", family=family),
                onset_error_score(
                    f"burst_onset_error.{name}", one, rng, part="bursts", family=family
                ),
            ]
    return scores


def synchrony_scores(
    outcomes: Sequence[SynchronyOutcome], rng: np.random.Generator
) -> list[EmgScore]:
    """Return how well common firing tells spasm from co-contraction; unmeasured counts as none."""
    scores = []
    for family in FAMILIES:
        these = [o for o in outcomes if o.job.family == family]
        if not these:
            continue
        values = [(o.job.scenario, 0.0 if o.peak is None else o.peak) for o in these]
        units = [([v], []) if name == "hfs" else ([], [v]) for name, v in values]
        value, interval = auc_with_interval(units, rng)
        medians = [
            float(np.median([v for name, v in values if name == wanted] or [np.nan]))
            for wanted in ("hfs", "cocontraction")
        ]
        missing = sum(o.peak is None for o in these)
        scores.append(
            EmgScore(
                key=f"synchrony_auc.{these[0].job.snr_db:g}_db",
                value=value,
                interval=interval,
                n=len(these),
                of="recordings, half with spasm",
                part="synchrony",
                family=family,
                note=f"median {medians[0]:.2f} in spasm, {medians[1]:.2f} in co-contraction; "
                f"{missing} unmeasured",
            )
        )
    return scores


def side_scores(outcomes: Sequence[SideOutcome], rng: np.random.Generator) -> list[EmgScore]:
    """Return what was said of the affected side, scenario by scenario."""
    scores = []
    for family in FAMILIES:
        mine = [o for o in outcomes if o.job.family == family]
        for scenario in dict.fromkeys(o.job.scenario for o in mine):
            these = [o for o in mine if o.job.scenario == scenario]
            said = Counter(o.said for o in these)
            words = ", ".join(f"{name} {count}" for name, count in sorted(said.items()))
            if scenario == "hfs":
                rows = {
                    "side_right": [o.said == o.truth for o in these],
                    "side_uncertain": [o.said == "uncertain" for o in these],
                    "side_missed": [o.said == "none_seen" for o in these],
                }
                words = ""
            else:
                rows = {"spasm_invented": [o.spasm_like for o in these]}
            named = ("left", "right", "both")
            rows["side_wrong"] = [o.said in named and o.said != o.truth for o in these]
            for name, hits in rows.items():
                scores.append(
                    percent_score(
                        f"{name}.{scenario}",
                        [(int(hit), 1) for hit in hits],
                        rng,
                        of="recordings",
                        part="sides",
                        family=family,
                        note=f"said: {words}" if words and name == "side_wrong" else None,
                    )
                )
    return scores


def rate_scores(outcomes: Sequence[RateOutcome], rng: np.random.Generator) -> list[EmgScore]:
    """Return how often the intervals of the burst rate hold what they should."""
    scores = []
    for family in FAMILIES:
        these = [o for o in outcomes if o.job.family == family]
        if not these:
            continue
        without = sum(o.interval is None for o in these)
        ratios = [o.value / o.session_rate for o in these if o.value and o.session_rate]
        note = f"{without} without interval"
        if ratios:
            note += f"; measured over true count, median {np.median(ratios):.2f}"
        patient = [(_holds(o.interval, o.patient_rate), 1) for o in these if o.interval]
        session = [(_holds(o.count_interval, o.session_rate), 1) for o in these if o.count_interval]
        scores += [
            percent_score(
                "burst_rate_coverage", patient, rng, of="patients: their long-run rate",
                part="rates", family=family, note=note,
            ),
            percent_score(
                "burst_rate_count_coverage", session, rng, of="sessions: bursts truly there",
                part="rates", family=family,
            ),
        ]  # fmt: skip
    return scores


def _holds(interval: tuple[float, float] | None, value: float) -> int:
    return int(interval is not None and interval[0] <= value <= interval[1])
