"""`hemispasm validate imaging`: the whole path from seeds to scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.validate.bars import judge, load_bars
from hemispasm.validate.imaging_case import ImagingCase, run_imaging_case
from hemispasm.validate.imaging_keep import CaseFile, code_digest
from hemispasm.validate.imaging_plan import (
    FULL,
    ORDER,
    QUICK,
    RELEASE_BASE,
    RELEASE_SEEDS,
    ROWS,
    ImagingJob,
    ImagingSizes,
    Row,
    check_imaging_seed_base,
    check_rows,
    plan_imaging_jobs,
)
from hemispasm.validate.imaging_scores import row_scores
from hemispasm.validate.imaging_speed import cost_alone, cost_scores
from hemispasm.validate.imaging_statistics import OURS, ImagingScore
from hemispasm.validate.pool import run_all

FOOTER = "Research software, not a medical device."
BARS = "bars_imaging.toml"

Told = Callable[[str], None]


class ImagingValidationReport(Noun):
    """Everything a validation found; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.imaging_validation/1"] = Field(
        default="hemispasm.imaging_validation/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    code: str
    seed_base: int
    fresh: bool
    sessions: int
    reused: int = 0
    scores: tuple[ImagingScore, ...]
    cases: tuple[ImagingCase, ...] = ()
    seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[ImagingScore, ...]:
        """Scores below what was promised."""
        return tuple(score for score in self.scores if score.passed is False)


def validate_imaging(
    *,
    quick: bool = False,
    seed_base: int = RELEASE_BASE,
    workers: int = 2,
    only: str | None = None,
    keep: Path | None = None,
    sizes: ImagingSizes | None = None,
    sessions: int | None = None,
    told: Told = lambda _: None,
) -> ImagingValidationReport:
    """Score the imaging measurement on freshly simulated sessions of both families.

    Parameters
    ----------
    quick : bool
        A few sessions of each kind: a smoke test with numbers.
    seed_base : int
        First seed; 0 to 750 for tuning, 82500 and above for releases.
    workers : int
        Processes. The speed is measured after they have ended.
    only : str, optional
        Only these rows, separated by commas.
    keep : Path, optional
        Folder in which each session's result stays, line by line: a stopped run goes on from
        there. Results of other code are never taken.
    sizes : ImagingSizes, optional
        How many sessions; those of the plan when None.
    sessions : int, optional
        No row larger than this.
    told : callable
        Called with a line of progress.

    Returns
    -------
    ImagingValidationReport
        Scores with intervals, judged against ``bars_imaging.toml``, and every session.

    Raises
    ------
    UsageError
        The seeds, a row, or the folder (``bad_seed_base``, ``unknown_part``, ``no_folder``).
    """
    began = time.perf_counter()
    check_imaging_seed_base(seed_base)
    rows = check_rows(only)
    chosen = sizes or (QUICK if quick else FULL)
    if sessions is not None:
        chosen = chosen.at_most(sessions)
    jobs = plan_imaging_jobs(seed_base, chosen, rows)
    digest = code_digest()
    cases, reused = run_jobs(jobs, workers, None if keep is None else CaseFile(keep, digest), told)
    scores = scores_of(cases, seed_base)
    if "speed" in rows:
        told("speed, with nothing else running")
        scores += cost_scores(cost_alone(seed_base, chosen.speed))
    return ImagingValidationReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        code=digest,
        seed_base=seed_base,
        fresh=seed_base in RELEASE_SEEDS,
        sessions=len(cases),
        reused=reused,
        scores=tuple(judged(scores)),
        cases=tuple(cases),
        seconds=round(time.perf_counter() - began, 1),
    )


def run_jobs(
    jobs: list[ImagingJob], workers: int, store: CaseFile | None, told: Told
) -> tuple[list[ImagingCase], int]:
    """Run the sessions that are not kept yet; return all of them in order, and how many were kept.

    Rows are run one after the other, so that a stopped run leaves whole rows behind.
    """
    kept = {} if store is None else store.read()
    found = {job.key: kept[job.key] for job in jobs if job.key in kept}
    reused = len(found)
    if reused:
        told(f"{reused} sessions kept from an earlier run")
    todo = [job for job in jobs if job.key not in found]
    progress = _progress(told, jobs, found)

    def done(outcome: tuple[str, ImagingCase]) -> None:
        key, case = outcome
        found[key] = case
        if store is not None:
            store.append(key, case)
        progress(case)

    # A cost that falls row by row keeps the rows in their order.
    run_all(
        keyed_case,
        todo,
        workers=workers,
        cost=lambda job: 1000.0 * (len(ROWS) - ORDER[job.row]) + job.cost,
        done=done,
        ready=one_core,
    )
    return [found[job.key] for job in jobs], reused


def keyed_case(job: ImagingJob) -> tuple[str, ImagingCase]:
    """Run one session; return it with its name."""
    return job.key, run_imaging_case(job)


def one_core() -> None:
    """Keep this process to one thread, so that sessions do not fight for cores."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def scores_of(cases: list[ImagingCase], seed_base: int) -> list[ImagingScore]:
    """Return the scores of every row with sessions; each row resamples by a stream of its own."""
    scores: list[ImagingScore] = []
    for row in ROWS:
        these = [case for case in cases if case.row == row]
        scores += row_scores(row, these, np.random.default_rng([seed_base, ORDER[row]]))
    return scores


def judged(scores: list[ImagingScore]) -> list[ImagingScore]:
    """Hold our own scores against the promises; the usual ways promised nothing."""
    return [judge([score], bars=BARS)[0] if score.tool == OURS else score for score in scores]


def unscored(report: ImagingValidationReport) -> tuple[str, ...]:
    """Return promises of which this run says nothing, because their rows were left out."""
    told = {score.key for score in report.scores if score.tool == OURS}
    return tuple(key for key in load_bars(BARS) if key not in told)


def _progress(
    told: Told, jobs: list[ImagingJob], found: dict[str, ImagingCase]
) -> Callable[[ImagingCase], None]:
    wanted: Counter[Row] = Counter(job.row for job in jobs)
    finished: Counter[Row] = Counter(case.row for case in found.values())

    def done(case: ImagingCase) -> None:
        row = case.row
        finished[row] += 1
        if finished[row] == wanted[row] or finished[row] % max(wanted[row] // 10, 1) == 0:
            told(f"{row} {finished[row]}/{wanted[row]}")

    return done
