"""The lateral spread in eight sweeps: whether it is told from nothing, and how far it moved.

One patient gives a baseline with the response in half the noise, eight sweeps in which it is still
there but comes later or earlier by a known time, and null sets after its loss. The shifted response
is the difference between the same recording with and without it, so that artefact, direct response
and noise stay where they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.evoked import measure_lateral_spreads, spread_train
from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.options import (
    THEATRE_ARTEFACTS,
    EmgOptions,
    StimulusTrain,
    TheatrePlan,
)
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.validate.emg_plan import FAMILIES, EmgJob
from hemispasm.validate.emg_scores import (
    EmgScore,
    Family,
    auc_with_interval,
    number_score,
    percent_score,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording

BASELINE_SWEEPS, SWEEPS = 16, 8
BASELINE_GAIN_DB = 6.0
"""The baseline stands so much clearer out of the noise than the sweeps that are judged."""

LARGEST_SHIFT_MS = 0.5
"""The response is moved by at most so much, either way, evenly distributed."""

RATE_HZ = 20_000.0
WINDOW_MS = (7.5, 16.0)
"""Where the usual way looks for a peak."""

ALPHA = 0.05
BEFORE_S = 0.15


@dataclass(frozen=True)
class SetScores:
    """What eight sweeps gave: without baseline, with it, and the usual way."""

    score: float
    p: float
    score_baseline: float
    p_baseline: float
    peak_to_peak_uv: float


@dataclass(frozen=True)
class SpreadOutcome:
    """One patient: a set with the response, null sets, and the change of latency.

    ``has_template`` is False when the baseline showed no response; ``change_ms`` is None when no
    change was reported.
    """

    job: EmgJob
    present: SetScores
    absent: tuple[SetScores, ...]
    has_template: bool
    shift_ms: float
    change_ms: float | None
    interval_ms: tuple[float, float] | None


def run_lateral_spread(job: EmgJob) -> SpreadOutcome:
    """Simulate one patient and judge every set of sweeps with and without the baseline."""
    clearer = replace(_options(job), snr_db=job.snr_db + BASELINE_GAIN_DB)
    baseline = cut_out(simulate_emg(clearer, job.seed).recording, 0, BASELINE_SWEEPS)
    moved, *empty = sets_of(job)
    shift_ms = _shift_ms(job)
    present, change, has_template = _judge(moved, baseline, job.seed)
    absent = tuple(_judge(one, baseline, job.seed)[0] for one in empty)
    value, interval = (None, None) if change is None else (change[0], change[1:])
    return SpreadOutcome(job, present, absent, has_template, shift_ms, value, interval)


def sets_of(job: EmgJob) -> list[EmgRecording]:
    """Return the sets of eight sweeps of one patient: with the moved response, then without."""
    options = _options(job)
    kept = simulate_emg(options, job.seed).recording
    lost = simulate_emg(replace(options, theatre=TheatrePlan(vanish_sweep=0)), job.seed).recording
    first, last = BASELINE_SWEEPS, BASELINE_SWEEPS + SWEEPS
    moved = shifted(cut_out(kept, first, last), cut_out(lost, first, last), _shift_ms(job))
    starts = range(last, last + SWEEPS * job.sets, SWEEPS)
    return [moved, *(cut_out(lost, a, a + SWEEPS) for a in starts)]


def _shift_ms(job: EmgJob) -> float:
    rng = np.random.default_rng([job.seed, 8])
    return float(rng.uniform(-LARGEST_SHIFT_MS, LARGEST_SHIFT_MS))


def _options(job: EmgJob) -> EmgOptions:
    return EmgOptions(
        "lsr",
        generator=job.family,
        side=job.side,
        rate_hz=RATE_HZ,
        snr_db=job.snr_db,
        muscles=(Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS),
        leading=Muscle.MENTALIS,
        record_sides=(job.side,),
        artefacts=THEATRE_ARTEFACTS,
        stimuli=StimulusTrain(count=BASELINE_SWEEPS + SWEEPS * (1 + job.sets)),
        theatre=TheatrePlan(vanish_sweep=None),
    )


def cut_out(recording: EmgRecording, first: int, last: int) -> EmgRecording:
    """Return the recording of some stimuli alone, signals cut to them.

    Parameters
    ----------
    recording : EmgRecording
        Channels of one rate.
    first, last : int
        Stimuli, as in a slice.
    """
    rate, times = recording.channels[0].rate_hz, recording.stimuli_s
    start = max(times[first] - BEFORE_S, 0.0) if first else 0.0
    size = len(recording.signals_uv[0])
    end = times[last] - BEFORE_S if last < len(times) else size / rate
    a, b = round(start * rate), min(round(end * rate), size)
    return replace(
        recording,
        signals_uv=tuple(signal[a:b] for signal in recording.signals_uv),
        stimuli_s=times[first:last] - a / rate,
        annotations=(),
    )


def shifted(kept: EmgRecording, lost: EmgRecording, shift_ms: float) -> EmgRecording:
    """Return a recording whose response, and nothing else, comes later.

    Parameters
    ----------
    kept, lost : EmgRecording
        The same recording with the response and without it.
    shift_ms : float
        Negative when it shall come earlier.
    """
    signals = []
    pairs = zip(kept.channels, kept.signals_uv, lost.signals_uv, strict=True)
    for channel, with_it, without in pairs:
        response = np.asarray(with_it, dtype=float) - without
        signals.append(without + _delayed(response, shift_ms * channel.rate_hz / 1000))
    return replace(kept, signals_uv=tuple(signals))


def _delayed(signal: NDArray[np.float64], samples: float) -> NDArray[np.float64]:
    place = np.arange(len(signal)) - samples
    return np.asarray(np.interp(place, np.arange(len(signal)), signal, left=0.0, right=0.0))


def _judge(
    recording: EmgRecording, baseline: EmgRecording, seed: int
) -> tuple[SetScores, tuple[float, float, float] | None, bool]:
    index = next(k for k, c in enumerate(recording.channels) if c.muscle is Muscle.MENTALIS)
    label = recording.channels[index].label
    (plain,) = [o for o in measure_lateral_spreads(recording, None, seed) if o.channel == label]
    (known,) = [o for o in measure_lateral_spreads(recording, baseline, seed) if o.channel == label]
    train = spread_train(recording, index)
    inside = train.sweeps.window(*WINDOW_MS)
    usual = float(np.ptp(train.rows_uv.mean(axis=0)[inside])) if train.count else 0.0
    scores = SetScores(
        plain.response.score, plain.response.p, known.response.score, known.response.p, usual
    )
    change = known.response.latency_change_ms
    return (
        scores,
        None if change is None else (change.value, change.low, change.high),
        known.response.method == "own_template",
    )


def lateral_spread_scores(
    outcomes: Sequence[SpreadOutcome], rng: np.random.Generator
) -> list[EmgScore]:
    """Return AUC, false positives, sensitivity and change of latency, by family."""
    scores = []
    for family in FAMILIES:
        these = [o for o in outcomes if o.job.family == family]
        if these:
            level = f"{these[0].job.snr_db:g}_db"
            scores += _areas(these, family, level, rng)
            scores += _shares(these, family, level, rng)
            scores += _changes(these, family, level, rng)
    return scores


def _areas(
    these: Sequence[SpreadOutcome], family: Family, level: str, rng: np.random.Generator
) -> list[EmgScore]:
    templates = [o for o in these if o.has_template]
    rows = [
        ("lsr_auc_baseline", templates, "score_baseline", "hemispasm"),
        ("lsr_auc", these, "score", "hemispasm"),
        ("lsr_auc", these, "peak_to_peak_uv", "peak-to-peak of the average"),
    ]
    scores = []
    for key, chosen, name, tool in rows:
        units = [([getattr(o.present, name)], [getattr(s, name) for s in o.absent]) for o in chosen]
        value, interval = auc_with_interval(units, rng)
        sets = sum(len(o.absent) for o in chosen)
        scores.append(
            EmgScore(
                key=f"{key}.{level}",
                value=value,
                interval=interval,
                n=len(chosen),
                of=f"recordings with and {sets} sets without",
                part="lsr",
                family=family,
                tool=tool,
            )
        )
    return scores


def _shares(
    these: Sequence[SpreadOutcome], family: Family, level: str, rng: np.random.Generator
) -> list[EmgScore]:
    def share(key: str, units: list[tuple[int, int]], of: str) -> EmgScore:
        return percent_score(f"{key}.{level}", units, rng, of=of, part="lsr", family=family)

    templates = [o for o in these if o.has_template]
    null = [(sum(s.p <= ALPHA for s in o.absent), len(o.absent)) for o in these]
    known = [(sum(s.p_baseline <= ALPHA for s in o.absent), len(o.absent)) for o in templates]
    found = [(int(o.present.p <= ALPHA), 1) for o in these]
    recognised = [(int(o.present.p_baseline <= ALPHA), 1) for o in templates]
    return [
        share("lsr_false_positives", null, "null sets"),
        share("lsr_false_positives_baseline", known, "null sets"),
        share("lsr_sensitivity", found, "sets with the response, p up to 0.05"),
        share("lsr_sensitivity_baseline", recognised, "sets with the response, p up to 0.05"),
        share(
            "lsr_baseline_unusable", [(int(not o.has_template), 1) for o in these], "baselines"
        ),
    ]  # fmt: skip


def _changes(
    these: Sequence[SpreadOutcome], family: Family, level: str, rng: np.random.Generator
) -> list[EmgScore]:
    known = [o for o in these if o.change_ms is not None and o.interval_ms is not None]
    errors = [abs(o.change_ms - o.shift_ms) for o in known if o.change_ms is not None]
    holds = [
        (int(o.interval_ms[0] <= o.shift_ms <= o.interval_ms[1]), 1)
        for o in known
        if o.interval_ms is not None
    ]
    widths = [o.interval_ms[1] - o.interval_ms[0] for o in known if o.interval_ms is not None]
    note = None
    if known:
        note = (
            f"p90 {np.percentile(errors, 90):.2f} ms; interval {np.median(widths):.2f} ms wide "
            "(median)"
        )
    return [
        number_score(
            f"lsr_change_error.{level}", errors, "median", rng, unit="ms",
            of="responses found with baseline", part="lsr", family=family, note=note,
        ),
        percent_score(
            f"lsr_change_coverage.{level}", holds, rng, of="intervals", part="lsr", family=family
        ),
    ]  # fmt: skip
