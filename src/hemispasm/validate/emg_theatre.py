"""The theatre replayed: how soon a loss is called, and how often wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.emg.monitor_state import start_monitor
from hemispasm.measure.emg.monitor_step import step
from hemispasm.measure.emg.monitor_sweeps import cut_run
from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain, TheatrePlan
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.validate.emg_plan import FAMILIES, EmgJob
from hemispasm.validate.emg_scores import OURS, EmgScore, Family, number_score, percent_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.monitor_state import ChannelModel, MonitorState
    from hemispasm.measure.emg.monitor_sweeps import SweepRun

BASELINE, PRESENT, ABSENT = 30, 240, 60
"""Sweeps of the baseline, with the response, and after its loss."""

RULE_SWEEPS, RULE_SHARE = 10, 0.5
RULE = "average of 10 below half"
"""The rule of thumb: the peak-to-peak size of a running average against the baseline's."""


@dataclass(frozen=True)
class Calls:
    """What one way said of one run.

    ``false`` when the loss was called while the response was there; ``delay`` counts the sweeps
    without a response up to and including the one at which it was called, None when never.
    """

    false: bool
    delay: int | None


@dataclass(frozen=True)
class TheatreOutcome:
    """One operation, by the tracker and by the rule; None when the baseline shows no response."""

    job: EmgJob
    ours: Calls | None
    rule: Calls | None


def run_theatre(job: EmgJob) -> TheatreOutcome:
    """Replay one operation sweep by sweep."""
    options = EmgOptions(
        "theatre",
        generator=job.family,
        side=job.side,
        snr_db=job.snr_db,
        muscles=(Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS),
        leading=Muscle.MENTALIS,
        record_sides=(job.side,),
        stimuli=StimulusTrain(count=BASELINE + PRESENT + ABSENT),
        theatre=TheatrePlan(vanish_sweep=BASELINE + PRESENT),
    )
    recording = simulate_emg(options, job.seed).recording
    before, after = cut_run(recording, 0, BASELINE), cut_run(recording, BASELINE)
    state = start_monitor(before)
    model = state.channels[0].model if state.channels else None
    if model is None or model.detector is None or model.cleaner is None:
        return TheatreOutcome(job, None, None)
    states = []
    for sweep in after.sweeps:
        state = step(state, sweep)
        states.append(state)
    called = [one.label == "absent" for one in states]
    return TheatreOutcome(
        job, judge_calls(called), judge_calls(_by_rule(model, before, after, states))
    )


def judge_calls(called: Sequence[bool], present: int = PRESENT) -> Calls:
    """Return what a run's calls were worth.

    Parameters
    ----------
    called : sequence of bool
        After every sweep: is the response said to be gone?
    present : int
        So many sweeps hold the response; those after them do not.

    Examples
    --------
    >>> judge_calls([False, False, False, True, True], present=2)
    Calls(false=False, delay=2)
    """
    late = next((k + 1 for k, gone in enumerate(called[present:]) if gone), None)
    return Calls(any(called[:present]), late)


def _by_rule(
    model: ChannelModel, before: SweepRun, after: SweepRun, states: Sequence[MonitorState]
) -> list[bool]:
    """Return the rule's calls on the same cleaned sweeps, frozen ones left out as well."""
    assert model.cleaner is not None

    def cleaned(row: np.ndarray) -> np.ndarray:
        return np.asarray(model.cleaner @ (row - row.mean()))

    def noise(row: np.ndarray) -> float:
        return float(np.std(np.diff(row)))

    first = [s.rows_uv[0] for s in before.sweeps if np.isfinite(s.rows_uv[0]).all()]
    loud = 3.0 * np.median([noise(row) for row in first])
    baseline = np.ptp(np.mean([cleaned(row) for row in first if noise(row) <= loud], axis=0))
    recent: list[np.ndarray] = []
    gone, called = False, []
    for sweep, state in zip(after.sweeps, states, strict=True):
        if state.channels[0].frozen is None:
            recent = [*recent, cleaned(sweep.rows_uv[0])][-RULE_SWEEPS:]
            full = len(recent) == RULE_SWEEPS
            gone = full and np.ptp(np.mean(recent, axis=0)) < RULE_SHARE * baseline
        called.append(bool(gone))
    return called


def theatre_scores(outcomes: Sequence[TheatreOutcome], rng: np.random.Generator) -> list[EmgScore]:
    """Return delay, misses and false calls, by family, beside the rule of thumb."""
    scores = []
    for family in FAMILIES:
        these = [o for o in outcomes if o.job.family == family]
        if not these:
            continue
        level = f"{these[0].job.snr_db:g}_db"
        for tool, calls in ((OURS, [o.ours for o in these]), (RULE, [o.rule for o in these])):
            known = [c for c in calls if c is not None]
            scores += _of_calls(known, family, tool, level, rng)
        unknown = [(int(o.ours is None), 1) for o in these]
        words = "operations whose baseline showed no response"
        key = f"theatre_not_watched.{level}"
        scores.append(percent_score(key, unknown, rng, of=words, part="theatre", family=family))
    return scores


def _of_calls(
    known: Sequence[Calls], family: Family, tool: str, level: str, rng: np.random.Generator
) -> list[EmgScore]:
    delays = [float(c.delay) for c in known if c.delay is not None and not c.false]
    ways: tuple[Literal["median", "p95"], ...] = ("median", "p95")
    found = [
        number_score(
            f"theatre_delay_{how}.{level}", delays, how, rng, unit="{sweep}", of="losses called",
            part="theatre", family=family, tool=tool,
        )
        for how in ways
    ]  # fmt: skip
    rows = {
        "theatre_false_calls": ([c.false for c in known], f"runs of {PRESENT} sweeps"),
        "theatre_missed": ([c.delay is None for c in known], f"losses, within {ABSENT} sweeps"),
    }
    found += [
        percent_score(
            f"{key}.{level}", [(int(hit), 1) for hit in hits], rng, of=of, part="theatre",
            family=family, tool=tool,
        )
        for key, (hits, of) in rows.items()
    ]  # fmt: skip
    return found
