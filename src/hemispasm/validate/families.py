"""`hemispasm validate families`: four families of simulated recordings, scored alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.validate.bars import judge
from hemispasm.validate.families_plan import (
    COST,
    FULL,
    QUICK,
    SEEDS,
    FamilyJob,
    FamilySizes,
    check_part,
    plan_families,
)
from hemispasm.validate.families_real import check_real
from hemispasm.validate.families_run import Outcome, run_family
from hemispasm.validate.families_scores import (
    FamilyGap,
    FamilyScore,
    family_gaps,
    family_scores,
)
from hemispasm.validate.pool import run_all
from hemispasm.validate.running import one_thread

FOOTER = "Research software, not a medical device."
PROMISED = ("side_wrong",)
"""Scores that a bar of `bars.toml` holds for families A and B alike; C and D promise nothing."""

Told = Callable[[str], None]


class FamiliesReport(Noun):
    """Every family's scores, and the gaps; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.families/1"] = Field(default="hemispasm.families/1", alias="schema")
    hemispasm: str
    plan: Literal["full", "quick"]
    seed_base: int
    fresh: bool
    recordings: int
    real_signals: bool
    scores: tuple[FamilyScore, ...]
    gaps: tuple[FamilyGap, ...]
    seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[FamilyScore, ...]:
        """Scores below what was promised."""
        return tuple(score for score in self.scores if score.passed is False)


def validate_families(
    *,
    quick: bool = False,
    seed_base: int = SEEDS.base,
    workers: int = 2,
    only: str | None = None,
    real: Path | None = None,
    sizes: FamilySizes | None = None,
    told: Told = lambda _: None,
) -> FamiliesReport:
    """Score the measurement on every family of simulated recordings, and the gaps between them.

    Parameters
    ----------
    quick : bool
        A few recordings of each: a smoke test with numbers.
    seed_base : int
        First seed; 0 to 500 for tuning, 60000 and above for releases.
    workers : int
        Processes.
    only : str, optional
        A part (``video``, ``emg``, ``lsr``) or a family (``A`` to ``D``).
    real : Path, optional
        Folder with real signals (``emg/*.txt``, ``faces/*.mp4``); without it family C is left out.
    sizes : FamilySizes, optional
        How many recordings; those of the plan when None.
    told : callable
        Called with a line of progress.

    Returns
    -------
    FamiliesReport
        Scores with intervals, and the gaps A-B and A-C.

    Raises
    ------
    UsageError
        The seeds, the part, or a folder without real signals (``bad_seed_base``,
        ``unknown_part``, ``no_real_signals``).
    """
    began = time.perf_counter()
    SEEDS.check(seed_base)
    check_part(only)
    check_real(real)
    if real is None:
        told("no real signals: family C is left out; --real names a folder")
    jobs = plan_families(seed_base, sizes or (QUICK if quick else FULL), real, only)
    outcomes = run_all(
        run_family,
        jobs,
        workers=workers,
        cost=lambda job: COST[job.part, job.family],
        ready=one_thread,
        done=_progress(told, jobs),
    )
    scores = [judged(s) for s in family_scores(outcomes, np.random.default_rng(seed_base))]
    return FamiliesReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        seed_base=seed_base,
        fresh=SEEDS.is_fresh(seed_base),
        recordings=len(jobs),
        real_signals=real is not None,
        scores=tuple(scores),
        gaps=tuple(family_gaps(scores)),
        seconds=round(time.perf_counter() - began, 1),
    )


def judged(score: FamilyScore) -> FamilyScore:
    """Hold a score against the promise where families A and B have one."""
    if score.family in ("A", "B") and score.part == "video" and score.key in PROMISED:
        return judge([score], complete=False)[0]
    return score


def _progress(told: Told, jobs: list[FamilyJob]) -> Callable[[Outcome], None]:
    finished = 0

    def done(outcome: Outcome) -> None:
        nonlocal finished
        finished += 1
        job = outcome.job
        if job.part == "video" or finished % 20 == 0 or finished == len(jobs):
            told(f"{finished}/{len(jobs)} {job.part} {job.family} {job.scenario}")

    return done
