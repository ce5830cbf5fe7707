"""One whole patient: simulated as a case folder, measured as a clinic would, held against truth."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hemispasm.simulate.mri.truth import MriTruth
from hemispasm.validate.patients_case import PatientCase
from hemispasm.validate.patients_plan import PatientJob, filmed_options
from hemispasm.validate.patients_read import (
    read_clocks,
    read_distances,
    read_effects,
    read_grades,
    read_rates,
    read_sides,
    read_spreads,
)

if TYPE_CHECKING:
    from hemispasm.formats.case_findings import CaseFindings
    from hemispasm.model.plan.gates import SideView

SECRETS = ("*.truth.json", "truth.json")
"""Files that hold the truth; none of them is there while the case is measured."""


def run_patient(job: PatientJob) -> PatientCase:
    """Simulate, measure and compare one patient; an unforeseen exception becomes a result."""
    from hemispasm.simulated_patient import simulate_patient

    case = empty_case(job)
    with TemporaryDirectory(prefix="hemispasm-patient-") as place:
        folder = Path(place) / "case"
        began = processor_s()
        try:
            truth = simulate_patient(folder, filmed_options(job))
        except Exception as fault:
            return crashed(case, "simulate", fault, made_cpu_s=processor_s() - began)
        made_cpu_s = processor_s() - began
        scans = take_truth(folder)
        began = processor_s()
        try:
            read = read_patient(case, *measure_patient(folder), truth, scans)
        except Exception as fault:
            return crashed(case, "assess", fault, made_cpu_s=made_cpu_s)
    spent = {"made_cpu_s": made_cpu_s, "measured_cpu_s": processor_s() - began}
    return case.model_copy(update={**read, **{k: round(v, 1) for k, v in spent.items()}})


def measure_patient(folder: Path) -> tuple[CaseFindings, SideView]:
    """Return findings and side as `assess` does, which then writes a report that nobody scores."""
    from hemispasm.assessing import compare_case, measure_case
    from hemispasm.charting import make_chart
    from hemispasm.formats.case import read_case
    from hemispasm.reason.plan import make_plan

    case = read_case(folder)
    found = compare_case(case, measure_case(case, pictures=False).findings)
    return found, make_plan(make_chart(case, found, None), None).side


def empty_case(job: PatientJob) -> PatientCase:
    """Return what is known of a patient before anything was simulated."""
    return PatientCase(
        place=job.place,
        seed=job.seed,
        stage=job.stage,
        side=job.side.value,
        treatment=job.treatment,
        result=job.result if job.treatment == "mvd" else "",
        marks=job.marks,
        mirrored=job.mirrored,
        form=job.form,
    )


def crashed(case: PatientCase, step: str, fault: Exception, *, made_cpu_s: float) -> PatientCase:
    """Return a patient who was lost to an exception."""
    words = " ".join(str(fault).split())[:160]
    return case.model_copy(
        update={
            "crashed": f"{step}: {type(fault).__name__}: {words}",
            "made_cpu_s": round(made_cpu_s, 1),
        }
    )


def take_truth(folder: Path) -> dict[int, MriTruth]:
    """Read the truth of every MRI by number of the visit, and remove every file that holds any.

    What measures the case can then not have read it.
    """
    scans = {}
    for number, visit in enumerate(sorted((folder / "visits").iterdir())):
        path = visit / "imaging" / "truth.json"
        if path.exists():
            scans[number] = MriTruth.model_validate(json.loads(path.read_text(encoding="utf-8")))
    for pattern in SECRETS:
        for path in folder.rglob(pattern):
            path.unlink()
    return scans


def read_patient(
    case: PatientCase,
    found: CaseFindings,
    view: SideView,
    truth: dict[str, Any],
    scans: dict[int, MriTruth],
) -> dict[str, Any]:
    """Return everything that is compared."""
    sides = case.affected
    return {
        "sides": read_sides(found, view, truth),
        "rates": read_rates(found, truth, sides),
        "distances": read_distances(found, scans, sides),
        "spreads": read_spreads(found, truth, sides),
        "clocks": read_clocks(found, truth, marks=case.marks),
        "effects": read_effects(found, truth, sides),
        "grades": read_grades(found),
    }


def processor_s() -> float:
    """Return the processor seconds of this process and of those that it waited for."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
