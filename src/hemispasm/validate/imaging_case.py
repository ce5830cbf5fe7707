"""One simulated session: measured, read as a clinician reads it, and held against its truth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field
from scipy.spatial import cKDTree

from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import ImagingStudy, Nerve
from hemispasm.validate.imaging_plan import (
    CISTERN,
    MOVED_SD_MM,
    ImagingJob,
    Row,
    attempts_of,
    options_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.measure.imaging.one_side import SideMeasure
    from hemispasm.model import Finding, FindingsDocument
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side
    from hemispasm.simulate.mri.truth import MriTruth, SimulatedMri, TrueConflict

SAME_VESSEL_MM = 1.5
"""A candidate whose course passes the true vessel's nearest point so closely is that vessel."""

END_MM = 0.5
"""Of the course at either end, which are the clicks themselves, is left out of its error."""

DISTANCE = "imaging.vessel_nerve_distance"


class Beside(Noun):
    """What a usual way gave on the same phantom.

    ``distance_mm`` is None where it gave nothing, and ``reason`` says why. ``cpu_s`` has everything
    from the read series to the number.
    """

    distance_mm: float | None
    cpu_s: float
    reason: str | None = None


class Said(Noun):
    """What the findings say of the true vessel, or of its surface in the attached segment.

    Attributes
    ----------
    distance_mm : float
        As measured, printed or not.
    printed : bool
        Whether the finding carries the number.
    interval_mm : tuple of float, optional
        The one for simulated series.
    p_contact : float, optional
        Where it is said.
    verdict : str, optional
        ``present``, ``absent`` or ``not_assessable``.
    reasons : tuple of str
        Codes of what stands against a number.
    """

    distance_mm: float
    printed: bool
    interval_mm: tuple[float, float] | None = None
    p_contact: float | None = None
    verdict: str | None = None
    displacement_mm: float | None = None
    reasons: tuple[str, ...] = ()


class ImagingCase(Noun):
    """Truth and result of one session.

    Attributes
    ----------
    drawn_seed : int
        The seed itself, or another one where its geometry could not be laid out.
    true_mm : float
        Distance that the phantom was given: to the nerve, or in the attached segment to the
        surface.
    grade : str
        Class of the side.
    said : Said, optional
        None where the true vessel was not found.
    nearest_printed_mm, nearest_true_mm : float, optional
        Smallest printed distance of any vessel, and the smallest true one.
    numbers : int
        Findings of the side in millimetres that carry a value or an interval.
    numbers_printed : int
        Those with a value.
    moved : Said, optional
        The same with clicks moved further.
    side_outcome : str, optional
        ``right``, ``uncertain``, ``missed``, ``refused`` or ``wrong``, of two sides.
    mirrored_mm : float, optional
        Distance found in the mirror image on the other side, less the one found here.
    crashed : str, optional
        Name of an exception that no session should raise.
    """

    row: Row
    seed: int
    drawn_seed: int
    side: str
    vessel: str
    segment: str
    true_mm: float
    true_displacement_mm: float = 0.0
    grade: str = ""
    reasons: tuple[str, ...] = ()
    said: Said | None = None
    nearest_printed_mm: float | None = None
    nearest_true_mm: float | None = None
    numbers: int = 0
    numbers_printed: int = 0
    line_vii_mm: float | None = None
    line_viii_mm: float | None = None
    moved: Said | None = None
    side_outcome: str | None = None
    mirrored_mm: float | None = None
    cpu_s: float = 0.0
    made_cpu_s: float = 0.0
    beside: dict[str, Beside] = Field(default_factory=dict)
    crashed: str | None = None


@dataclass(frozen=True)
class Measured:
    """One side's measurement beside the findings made of it."""

    side: SideMeasure
    document: FindingsDocument

    def findings(self, code: str | None = None) -> list[Finding]:
        """Return the findings of this side."""
        return [
            f for f in self.document.findings if f.side is self.side.side and code in (None, f.code)
        ]


def run_imaging_case(job: ImagingJob) -> ImagingCase:
    """Simulate, measure and compare one session; an unforeseen exception becomes a result."""
    from hemispasm.validate.imaging_sides import run_sides

    if job.row == "sides":
        return run_sides(job)
    began = time.process_time()
    try:
        made = make_phantom(job)
    except UsageError:
        return undrawn_case(job)
    made_cpu_s = time.process_time() - began
    case = empty_case(job, made.truth)
    began = time.process_time()
    try:
        measured = measure_made(made, job.side, attached=job.row not in CISTERN)
        found: dict[str, Any] = read_side(measured, made.truth, job)
        found["cpu_s"] = round(time.process_time() - began, 2)
        if job.row == "jitter":
            moved = moved_seeds(made.seeds, job.seed)
            again = measure_made(made, job.side, moved, attached=False)
            found["moved"] = said_of(again, made.truth.set_conflict(job.side), attached=False)
    except Exception as fault:
        found = {"crashed": type(fault).__name__}
    if job.beside:
        found["beside"] = measure_beside(made, job.side)
    return case.model_copy(update={"made_cpu_s": round(made_cpu_s, 2), **found})


def make_phantom(job: ImagingJob) -> SimulatedMri:
    """Return the simulated session, drawn again where its geometry cannot be laid out.

    Raises
    ------
    UsageError
        No attempt could be laid out.
    """
    from hemispasm.simulate.mri.phantom import simulate_mri

    fault: Exception | None = None
    for options, seed in attempts_of(job):
        try:
            return simulate_mri(options, seed)
        except (UsageError, ValueError) as found:
            fault = found
    raise UsageError("no_session", "No session was drawn.", "Choose another seed.") from fault


def undrawn_case(job: ImagingJob) -> ImagingCase:
    """Return a session that could not be drawn; it counts as a crash."""
    wanted = options_of(job).conflict
    return ImagingCase(
        row=job.row,
        seed=job.seed,
        drawn_seed=-1,
        side=job.side.value,
        vessel=wanted.vessel.value if wanted else "",
        segment=wanted.segment.value if wanted else "",
        true_mm=wanted.distance_mm if wanted else 0.0,
        crashed="undrawn",
    )


def empty_case(job: ImagingJob, truth: MriTruth) -> ImagingCase:
    """Return the truth of a session."""
    true = truth.set_conflict(job.side)
    if true is None:
        raise ValueError("the phantom has no conflict that was asked for")
    surface = true.surface_distance_mm
    attached = job.row in ("attached", "attached_10")
    near = [
        c.distance_mm for c in truth.conflicts if c.side is job.side and c.segment != "attached"
    ]
    return ImagingCase(
        row=job.row,
        seed=job.seed,
        drawn_seed=truth.seed,
        side=job.side.value,
        vessel=true.name.value,
        segment=true.segment.value,
        true_mm=surface if attached and surface is not None else true.distance_mm,
        true_displacement_mm=true.displacement_mm,
        nearest_true_mm=min(near, default=None),
    )


def measure_made(
    made: SimulatedMri, side: Side, seeds: Seeds | None = None, *, attached: bool = True
) -> Measured:
    """Return one side's measurement and the findings, as the product makes them."""
    from hemispasm.measure.imaging.measure import measure_imaging_study

    clicks = seeds or made.seeds
    whole = measure_imaging_study(
        ImagingStudy(made.volumes, clicks), seeds=clicks, attached=attached
    )
    return one_side_of(whole, side)


def one_side_of(whole: ImagingMeasurement, side: Side) -> Measured:
    """Return one side of a measurement."""
    return Measured(next(m for m in whole.sides if m.side is side), whole.document)


def read_side(measured: Measured, truth: MriTruth, job: ImagingJob) -> dict[str, Any]:
    """Return what a case keeps of one side."""
    side = measured.side
    true = truth.set_conflict(job.side)
    attached = job.row in ("attached", "attached_10")
    numbered = [f for f in measured.findings() if f.unit == "mm" or f.code == DISTANCE]
    own = [f for f in numbered if f.code == DISTANCE and f.extra("segment") != "attached"]
    printed = [float(f.value) for f in own if isinstance(f.value, float | int)]
    lines = {
        f"line_{track.nerve.value.lower()}_mm": _line_error(track.points_mm, track.arc_mm, course)
        for track in side.nerves
        if (course := _true_course(truth, track.nerve, job.side)) is not None
    }
    return {
        "grade": side.assessability.grade.value,
        "reasons": _codes((*side.assessability.reasons, *side.reasons)),
        "said": said_of(measured, true, attached=attached),
        "nearest_printed_mm": min(printed, default=None),
        "numbers": sum(f.value is not None or f.interval is not None for f in numbered),
        "numbers_printed": sum(f.value is not None for f in numbered),
        **lines,
    }


def said_of(measured: Measured, true: TrueConflict | None, *, attached: bool) -> Said | None:
    """Return what the findings say of the true vessel; None where no candidate lies there."""
    if true is None:
        return None
    if attached:
        return _said_of_surface(measured)
    point = np.array(true.point_vessel_mm)
    there = {
        v.ident
        for v in measured.side.vessels
        if v.kind == "artery" and _nearest(v.points_mm, point) < SAME_VESSEL_MM
    }
    ours = [c for c in measured.side.conflicts if c.vessel in there]
    if not ours:
        return None
    one = min(ours, key=lambda c: c.distance_mm)
    place = (one.vessel, one.segment.value)
    finding = _of_place(measured.findings(DISTANCE), place)
    verdict = _of_place(measured.findings("imaging.vessel_contact"), place)
    pushed = _of_place(measured.findings("imaging.nerve_displacement"), place)
    inner = finding.extra("interval_phantom") if finding else None
    p_contact = finding.extra("p_contact") if finding else None
    return Said(
        distance_mm=one.distance_mm,
        printed=finding is not None and finding.value is not None,
        interval_mm=None if inner is None else (float(inner[0]), float(inner[1])),
        p_contact=None if p_contact is None else float(p_contact),
        verdict=None if verdict is None else str(verdict.value),
        displacement_mm=_number(pushed),
        reasons=_codes(one.reasons),
    )


def _said_of_surface(measured: Measured) -> Said | None:
    attached = measured.side.attached
    if attached is None or attached.distance_mm is None:
        return None
    finding = next(
        (f for f in measured.findings(DISTANCE) if f.extra("segment") == "attached"), None
    )
    return Said(
        distance_mm=attached.distance_mm,
        printed=finding is not None and finding.value is not None,
        interval_mm=attached.interval_phantom_mm,
        reasons=_codes(attached.reasons),
    )


def moved_seeds(seeds: Seeds, seed: int) -> Seeds:
    """Return the clicks moved further, each axis by `MOVED_SD_MM`."""
    rng = np.random.default_rng([seed, 7])
    moved = tuple(
        s.model_copy(
            update={
                "xyz_mm": tuple(
                    float(v) for v in np.array(s.xyz_mm) + MOVED_SD_MM * rng.standard_normal(3)
                )
            }
        )
        for s in seeds.seeds
    )
    return seeds.model_copy(update={"seeds": moved})


def measure_beside(made: SimulatedMri, side: Side) -> dict[str, Beside]:
    """Return what the usual ways give on the same series with the same clicks."""
    from hemispasm.validate.imaging_baselines import ROUTES

    found = {}
    for name, route in ROUTES.items():
        began = time.process_time()
        value: float | None = None
        try:
            value, reason = route(made.volumes, made.seeds, side)
        except Exception as fault:
            reason = f"crashed: {type(fault).__name__}"
        seconds = round(time.process_time() - began, 2)
        found[name] = Beside(distance_mm=value, cpu_s=seconds, reason=reason)
    return found


def _of_place(findings: Sequence[Finding], place: tuple[str, str]) -> Finding | None:
    same = (f for f in findings if (f.extra("candidate"), f.extra("segment")) == place)
    return next(same, None)


def _number(finding: Finding | None) -> float | None:
    value = None if finding is None else finding.value
    return float(value) if isinstance(value, float | int) else None


def _codes(reasons: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.partition(":")[0] for reason in reasons))


def _nearest(points: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(points - place, axis=1).min())


def _true_course(truth: MriTruth, nerve: Nerve, side: Side) -> NDArray[np.float64] | None:
    true = truth.nerve(nerve, side)
    return None if true is None else np.array(true.points_mm)


def _line_error(
    points: NDArray[np.float64], arc_mm: NDArray[np.float64], true: NDArray[np.float64]
) -> float | None:
    """Return the mean distance of a course to the true one, its ends and its root left out."""
    free = points[(arc_mm > END_MM) & (arc_mm < arc_mm[-1] - END_MM)]
    if not len(free):
        return None
    fine = np.linspace(0, len(true) - 1, 40 * len(true))
    dense = np.stack([np.interp(fine, np.arange(len(true)), true[:, k]) for k in range(3)], axis=1)
    return float(np.mean(cKDTree(dense).query(free)[0]))
