"""`hemispasm validate video`: the whole path from seeds to scores."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.validate.bars import judge
from hemispasm.validate.clips import Band, ClipResult, ClipSpec
from hemispasm.validate.coverage import (
    EXPOSURES_S,
    Covered,
    Process,
    coverage_score,
    event_coverage,
)
from hemispasm.validate.invariance import PatientOutcome, invariance_scores, run_patient
from hemispasm.validate.plan import (
    HFS_S,
    INVARIANCE_VIEWS,
    SEEDS,
    full_plan,
    invariance_specs,
    quick_plan,
)
from hemispasm.validate.pool import run_all
from hemispasm.validate.real_clips import RealOutcome, find_real_clips, real_scores, run_real
from hemispasm.validate.running import one_thread, run_clip
from hemispasm.validate.scoring import Score, score_clips
from hemispasm.validate.signal_patients import signal_coverage

FOOTER = "Research software, not a medical device."
INVARIANCE_PATIENTS = 4
REPLICATES = 480
QUICK_REPLICATES = 60
EVENT_REPLICATES = 1000

Told = Callable[[str], None]


class ValidationReport(Noun):
    """Everything a validation found; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.validation/1"] = Field(
        default="hemispasm.validation/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    seed_base: int
    fresh: bool
    scores: tuple[Score, ...]
    clips: tuple[ClipResult, ...] = ()
    patients: tuple[PatientOutcome, ...] = ()
    real: tuple[RealOutcome, ...] = ()
    seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[Score, ...]:
        """Scores below what was promised."""
        return tuple(score for score in self.scores if score.passed is False)


def validate_video(
    *,
    quick: bool = False,
    seed_base: int = SEEDS.base,
    workers: int = 2,
    keep: Path | None = None,
    reuse: bool = False,
    real: Path | None = None,
    only: str | None = None,
    told: Told = lambda _: None,
) -> ValidationReport:
    """Score the video measurement on freshly simulated patients.

    Parameters
    ----------
    quick : bool
        A few short clips and no invariance study: a smoke test with numbers.
    seed_base : int
        First seed; 0 for tuning, 21000 and above for releases.
    workers : int
        Processes.
    keep : Path, optional
        Folder in which clips, truth and signals stay.
    reuse : bool
        Take signals kept by an earlier run; only events and findings are made anew.
    real : Path, optional
        Folder with real recordings of faces without spasm.
    only : str, optional
        Only the clips whose name contains this; no coverage and no invariance study.
    told : callable
        Called with a line of progress.

    Returns
    -------
    ValidationReport
        Scores with intervals, judged against ``bars.toml``.
    """
    began = time.perf_counter()
    SEEDS.check(seed_base)
    specs = [s for s in (quick_plan if quick else full_plan)(seed_base) if _wanted(s, only)]
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    clips = run_all(
        partial(run_clip, folder=keep, reuse=reuse),
        specs,
        workers=workers,
        cost=_cost,
        ready=one_thread,
        done=_progress(told, len(specs)),
    )
    scores = score_clips(clips, seed=seed_base)
    patients: list[PatientOutcome] = []
    if only is None:
        scores += coverage_scores(seed_base, QUICK_REPLICATES if quick else REPLICATES, workers)
        patients = run_invariance(seed_base, workers, told, quick=quick)
        scores += invariance_scores(patients)
    outcomes: list[RealOutcome] = []
    if real is not None:
        outcomes = [run_real(path, k + 1) for k, path in enumerate(find_real_clips(real))]
        scores += real_scores(outcomes)
    return ValidationReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        seed_base=seed_base,
        fresh=SEEDS.is_fresh(seed_base),
        scores=tuple(judge(scores, complete=only is None)),
        clips=tuple(clips),
        patients=tuple(patients),
        real=tuple(outcomes),
        seconds=round(time.perf_counter() - began, 1),
    )


def run_invariance(
    seed_base: int, workers: int, told: Told, *, quick: bool
) -> list[PatientOutcome]:
    """Measure the same patients in every view; the quick run has one patient and two views."""
    count, duration_s, views = INVARIANCE_PATIENTS, HFS_S, INVARIANCE_VIEWS
    if quick:
        count, duration_s = 1, 12.0
        views = {name: views[name] for name in ("usual", "15 fps")}
    specs = invariance_specs(seed_base, count, duration_s)
    return run_all(
        partial(run_patient, views=views),
        specs,
        workers=workers,
        cost=_cost,
        ready=one_thread,
        done=lambda outcome: told(f"{outcome.spec.clip_id} in {len(outcome.views)} views"),
    )


def coverage_scores(seed: int, replicates: int, workers: int) -> list[Score]:
    """Return the coverage of rate intervals: signals through the detector, and findings alone."""
    count = replicates // len(Band)
    jobs = [(seed * len(Band) + k, count, (band,)) for k, band in enumerate(Band)]
    parts = run_all(_cover, jobs, workers=workers, cost=lambda job: job[1], ready=one_thread)
    covered = [one for part in parts for one in part]
    session = [replace(c, rate_per_min=c.session_rate_per_min) for c in covered]
    processes: tuple[Process, ...] = ("renewal", "self_exciting")
    return [
        coverage_score("rate_coverage", covered, "signal level; the patient's rate"),
        coverage_score("rate_coverage_session", session, "the rate of the session itself"),
        *(
            coverage_score(
                f"rate_coverage_events.{process}",
                event_coverage(seed, replicates=EVENT_REPLICATES, process=process),
                "event level: findings without detector",
            )
            for process in processes
        ),
        *(
            coverage_score(f"rate_coverage.{s:g}_s", [c for c in covered if c.exposure_s == s])
            for s in EXPOSURES_S
        ),
        *(
            coverage_score(f"rate_coverage.{band.name.lower()}", part)
            for band, part in zip(Band, parts, strict=True)
        ),
    ]


def _cover(job: tuple[int, int, tuple[Band, ...]]) -> list[Covered]:
    return signal_coverage(*job)


def _wanted(spec: ClipSpec, only: str | None) -> bool:
    return only is None or only in spec.clip_id


def _cost(spec: ClipSpec) -> float:
    return spec.duration_s * spec.frame_rate_hz * spec.width * spec.height


def _progress(told: Told, total: int) -> Callable[[ClipResult], None]:
    finished = 0

    def done(result: ClipResult) -> None:
        nonlocal finished
        finished += 1
        spent = sum(result.cpu_seconds.values())
        told(f"{finished}/{total} {result.spec.clip_id}, {spent:.0f} CPU s")

    return done
