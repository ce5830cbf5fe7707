"""`hemispasm validate patients`: whole patients from their nerves to the findings of their case."""

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
from hemispasm.validate.kept_lines import KeptLines, digest_code
from hemispasm.validate.patients_case import PatientCase
from hemispasm.validate.patients_plan import (
    FULL,
    QUICK,
    SEEDS,
    PatientJob,
    PatientSizes,
    plan_patients,
)
from hemispasm.validate.patients_run import run_patient
from hemispasm.validate.patients_scores import PatientScore, patient_scores
from hemispasm.validate.pool import run_all

FOOTER = "Research software, not a medical device."
BARS = "bars_patients.toml"
CODE = (
    "model", "stats", "formats", "measure", "reason", "evidence", "simulate", "assess.py",
    "assessing.py", "charting.py", "joining.py", "measuring.py", "measuring_emg.py",
    "measuring_imaging.py", "imaging_of_case.py", "simulated_case.py", "simulated_emg.py",
    "simulated_mri.py", "simulated_pair.py", "simulated_patient.py", "validate/patients_case.py",
    "validate/patients_plan.py", "validate/patients_read.py", "validate/patients_run.py",
)  # fmt: skip
"""What decides a patient and what is said of one."""

Told = Callable[[str], None]


class PatientsReport(Noun):
    """Everything a run found; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.patients_validation/1"] = Field(
        default="hemispasm.patients_validation/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    code: str
    seed_base: int
    fresh: bool
    reused: int = 0
    scores: tuple[PatientScore, ...]
    cases: tuple[PatientCase, ...] = ()
    seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[PatientScore, ...]:
        """Scores below what was promised."""
        return tuple(score for score in self.scores if score.passed is False)


def validate_patients(
    *,
    quick: bool = False,
    seed_base: int = SEEDS.base,
    workers: int = 2,
    only: str | None = None,
    keep: Path | None = None,
    sizes: PatientSizes | None = None,
    told: Told = lambda _: None,
) -> PatientsReport:
    """Simulate whole patients, assess their case folders, and hold the findings against the truth.

    Parameters
    ----------
    quick : bool
        Three patients: a smoke test with numbers.
    seed_base : int
        First seed; below 2000 for tuning, 70300 and above for releases.
    workers : int
        Processes.
    only : str, optional
        Only patients of this stage or treatment; bars are held all the same.
    keep : Path, optional
        Folder in which each patient's result stays, line by line: a stopped run goes on from
        there. Results of other code are never taken.
    sizes : PatientSizes, optional
        How many patients, how long; those of the plan when None.
    told : callable
        Called with a line of progress.

    Returns
    -------
    PatientsReport
        Scores with intervals, judged against ``bars_patients.toml``, and every patient.

    Raises
    ------
    UsageError
        The seeds or the folder (``bad_seed_base``, ``no_folder``).
    """
    began = time.perf_counter()
    SEEDS.check(seed_base)
    jobs = [
        job
        for job in plan_patients(seed_base, sizes or (QUICK if quick else FULL))
        if only is None or only in (job.stage, job.treatment)
    ]
    digest = digest_code(CODE)
    store = None if keep is None else KeptLines(keep, f"patients-{digest}", PatientCase)
    cases, reused = run_patients(jobs, workers, store, told)
    scores = patient_scores(cases, np.random.default_rng(seed_base))
    return PatientsReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        code=digest,
        seed_base=seed_base,
        fresh=SEEDS.is_fresh(seed_base),
        reused=reused,
        scores=tuple(judge(scores, complete=not quick and only is None, bars=BARS)),
        cases=tuple(cases),
        seconds=round(time.perf_counter() - began, 1),
    )


def run_patients(
    jobs: list[PatientJob],
    workers: int,
    store: KeptLines[PatientCase] | None,
    told: Told,
) -> tuple[list[PatientCase], int]:
    """Run the patients that are not kept yet; return all in order, and how many were kept.

    A patient lost to an exception is never kept: the next run tries again.
    """
    kept = {} if store is None else store.read()
    found = {job.key: kept[job.key] for job in jobs if job.key in kept}
    reused = len(found)
    if reused:
        told(f"{reused} patients kept from an earlier run")
    todo = [job for job in jobs if job.key not in found]

    def done(outcome: tuple[str, PatientCase]) -> None:
        key, case = outcome
        found[key] = case
        if store is not None and case.crashed is None:
            store.append(key, case)
        told(f"{len(found)}/{len(jobs)} {progress_of(case)}")

    # In the plan's order: a run that is stopped has tried stages and treatments alike.
    run_all(
        keyed_patient, todo, workers=workers, cost=lambda j: -j.place, done=done, ready=one_core
    )
    return [found[job.key] for job in jobs], reused


def progress_of(case: PatientCase) -> str:
    """Return one line about a patient."""
    spent = case.made_cpu_s + case.measured_cpu_s
    who = f"{case.stage} {case.treatment} {case.side}, {spent:.0f} CPU s"
    if case.crashed is not None:
        return f"{who}: {case.crashed}"
    joint = next((s.said for s in case.sides if s.instrument == "joint"), "missing")
    return f"{who}: {joint}"


def keyed_patient(job: PatientJob) -> tuple[str, PatientCase]:
    """Run one patient; return it with its name."""
    return job.key, run_patient(job)


def one_core() -> None:
    """Keep this process to one thread, so that patients do not fight for cores."""
    import cv2
    import SimpleITK as sitk

    cv2.setNumThreads(1)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
