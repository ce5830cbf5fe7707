"""`hemispasm validate behaviour`: the simulated patient against what is published of patients."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.validate.behaviour_experiments import Experiment, load_experiments
from hemispasm.validate.behaviour_report import BehaviourReport, RowResult, judge_row
from hemispasm.validate.behaviour_scores import Measured
from hemispasm.validate.behaviour_table import Row, load_rows
from hemispasm.validate.pool import run_all
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

SEEDS = VALIDATION_SEEDS["behaviour"]
"""For tuning, to look, kept for releases; and those spent by the first look."""

Told = Callable[[str], None]


@dataclass(frozen=True)
class BehaviourJob:
    """One seed of one experiment."""

    experiment: str
    seed: int
    quick: bool
    cost: float


@dataclass(frozen=True)
class BehaviourOutcome:
    """What one seed showed, and the CPU seconds it took."""

    job: BehaviourJob
    seen: Any
    cpu_seconds: float


def validate_behaviour(
    *,
    quick: bool = False,
    seed_base: int = SEEDS.base,
    workers: int = 2,
    only: str | None = None,
    told: Told = lambda _: None,
) -> BehaviourReport:
    """Hold the simulated patient against the 27 published observations of ``behaviour.toml``.

    Parameters
    ----------
    quick : bool
        Few patients: a smoke test with numbers.
    seed_base : int
        First seed; below 2000 for tuning, 52000 and above for releases.
    workers : int
        Processes.
    only : str, optional
        Only these rows, their numbers separated by commas; the others count as not tried.
    told : callable
        Called with a line of progress.

    Returns
    -------
    BehaviourReport
        Every row with value, interval and whether it passes.

    Raises
    ------
    UsageError
        The seeds or a row (``bad_seed_base``, ``unknown_row``).
    """
    SEEDS.check(seed_base)
    numbers = chosen_rows(only)
    began = time.process_time()
    experiments = [e for e in load_experiments() if set(e.rows) & numbers]
    jobs = [
        BehaviourJob(e.name, seed_base + k, quick, e.cost)
        for e in experiments
        for k in range(e.quick_runs if quick else e.runs)
    ]
    outcomes = run_all(
        run_job, jobs, workers=workers, cost=lambda job: job.cost, done=_progress(told, jobs)
    )
    rows = [_row(row, experiments, outcomes, numbers, seed_base) for row in load_rows()]
    here = time.process_time() - began
    spent = sum(outcome.cpu_seconds for outcome in outcomes) if workers > 1 else 0.0
    return BehaviourReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        seed_base=seed_base,
        fresh=SEEDS.is_fresh(seed_base),
        rows=tuple(rows),
        cpu_seconds=round(here + spent, 1),
    )


def chosen_rows(only: str | None) -> set[int]:
    """Return the numbers of the rows to be tried.

    Raises
    ------
    UsageError
        There is no such row (``unknown_row``).

    Examples
    --------
    >>> sorted(chosen_rows("3, 26"))
    [3, 26]
    """
    known = {row.number for row in load_rows()}
    if only is None:
        return known
    words = [word.strip() for word in only.split(",")]
    if not all(word.isdigit() and int(word) in known for word in words):
        raise UsageError(
            "unknown_row",
            f"The table of behaviour has no row {only!r}.",
            f"Give numbers from 1 to {max(known)}, separated by commas.",
        )
    return {int(word) for word in words}


def run_job(job: BehaviourJob) -> BehaviourOutcome:
    """Observe one seed."""
    (experiment,) = (e for e in load_experiments() if e.name == job.experiment)
    began = time.process_time()
    seen = experiment.observe(job.seed, job.quick)
    return BehaviourOutcome(job, seen, time.process_time() - began)


def _row(
    row: Row,
    experiments: list[Experiment],
    outcomes: list[BehaviourOutcome],
    numbers: set[int],
    seed_base: int,
) -> RowResult:
    """Score one row from every experiment that answers it."""
    if row.number not in numbers:
        return judge_row(row, "not asked for in this run", None)
    found: dict[str, Measured] = {}
    seeds: list[int] = []
    for place, experiment in enumerate(load_experiments()):
        if experiment not in experiments or row.number not in experiment.rows:
            continue
        these = [o for o in outcomes if o.job.experiment == experiment.name]
        # Each experiment resamples from a stream of its own: no row depends on the others.
        scores = experiment.score(
            [o.seen for o in these], np.random.default_rng([seed_base, place])
        )
        found |= {
            key: measured for (number, key), measured in scores.items() if number == row.number
        }
        seeds += [o.job.seed for o in these]
    return judge_row(row, found, (min(seeds), max(seeds)) if seeds else None)


def _progress(told: Told, jobs: list[BehaviourJob]) -> Callable[[BehaviourOutcome], None]:
    finished: dict[str, int] = {}
    wanted = {
        name: sum(j.experiment == name for j in jobs) for name in {j.experiment for j in jobs}
    }

    def done(outcome: BehaviourOutcome) -> None:
        name = outcome.job.experiment
        finished[name] = finished.get(name, 0) + 1
        if finished[name] == wanted[name] or finished[name] % max(wanted[name] // 5, 1) == 0:
            told(f"{name} {finished[name]}/{wanted[name]}")

    return done
