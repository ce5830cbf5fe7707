"""One imaging study in, its findings document and what a page needs to draw out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hemispasm.measure.imaging.artefacts import course_contrast
from hemispasm.measure.imaging.findings import findings_from_side
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.naming import name_candidate
from hemispasm.measure.imaging.one_side import SideMeasure, measure_side
from hemispasm.measure.imaging.orders import order_next
from hemispasm.measure.imaging.other_series import series_findings
from hemispasm.measure.imaging.rule_out import rule_out_findings
from hemispasm.measure.imaging.statements import side_statements
from hemispasm.model import FindingsDocument, Grade, Provenance, Quality, RecordingRef
from hemispasm.model.imaging import AssessabilityClass, Role
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.measure.imaging.naming import Naming
    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.model.seeds import Seeds

_GRADE = {
    AssessabilityClass.A: Grade.MEASURABLE,
    AssessabilityClass.B: Grade.LIMITED,
    AssessabilityClass.C: Grade.NOT_ASSESSABLE,
}
_ORDER = (AssessabilityClass.A, AssessabilityClass.B, AssessabilityClass.C)


@dataclass(frozen=True)
class ImagingMeasurement:
    """Everything that measuring one study yields.

    Attributes
    ----------
    document : FindingsDocument
        Findings of both sides, quality.
    sides : tuple of SideMeasure
        Courses, vessels, fits, for pictures and pages; left first.
    """

    document: FindingsDocument
    sides: tuple[SideMeasure, ...]


def measure_imaging(
    study: ImagingStudy,
    *,
    seeds: Seeds,
    seed: int = 0,
    sha256: str | None = None,
    provenance: Provenance | None = None,
) -> FindingsDocument:
    """Measure one study and return its findings alone; see :func:`measure_imaging_study`."""
    return measure_imaging_study(
        study, seeds=seeds, seed=seed, sha256=sha256, provenance=provenance
    ).document


def measure_imaging_study(
    study: ImagingStudy,
    *,
    seeds: Seeds,
    seed: int = 0,
    sha256: str | None = None,
    provenance: Provenance | None = None,
    draft: bool = False,
    attached: bool = True,
) -> ImagingMeasurement:
    """Measure both sides of one study.

    Parameters
    ----------
    study : ImagingStudy
        Series of one session in one frame.
    seeds : Seeds
        The reader's clicks. A side without both ends of VII is class C and says so.
    seed : int
        Of every draw; the same seed gives the same document.
    sha256 : str, optional
        Name of the study; of the series' hashes when None.
    provenance : Provenance, optional
        Versions, from the caller.
    draft : bool
        Measure also where nobody has confirmed the clicks. The numbers stay in ``sides``; the
        document has none.
    attached : bool
        False leaves out the stretch on the brainstem, which nothing else depends on.
    """
    sides = tuple(
        _with_course(
            study, measure_side(study, seeds, side, seed=seed, draft=draft, attached=attached)
        )
        for side in (Side.LEFT, Side.RIGHT)
    )
    recording = RecordingRef(
        kind="imaging",
        sha256=sha256 or _name_of(study),
        simulated=any(volume.simulated for volume in study.volumes),
    )
    found = [
        finding
        for measured in sides
        for finding in findings_from_side(measured, seeds, _names(study, measured, seeds))
    ]
    doubted = tuple(m.side for m in sides if _is_doubted(m))
    found += rule_out_findings(study, seeds, doubted)
    found += series_findings(study)
    base = provenance or Provenance(hemispasm="unknown")
    document = FindingsDocument(
        recording=recording,
        quality=_quality(study, sides),
        findings=tuple(f.model_copy(update={"recording": recording}) for f in found),
        provenance=base.model_copy(
            update={"settings": {**base.settings, **_settings(study, seeds, sides, seed)}}
        ),
    )
    return ImagingMeasurement(document, sides)


def _with_course(study: ImagingStudy, measured: SideMeasure) -> SideMeasure:
    """Lower the class where the nerve's course hardly shows against the fluid."""
    cisternogram = study.of_role(Role.CISS)
    assessed = measured.assessability
    if cisternogram is None or not measured.nerves:
        return measured
    track = measured.nerves[0]
    free = track.points_mm[(track.arc_mm > 1.0) & (track.arc_mm < track.arc_mm[-1] - 1.0)]
    contrast = course_contrast(cisternogram, free) if len(free) > 4 else 0.0
    least = limit("class_a.contrast")
    if contrast >= least:
        return measured
    grade = max(assessed.grade, AssessabilityClass.B, key=_ORDER.index)
    reason = f"course_faint: VII is {contrast:.2f} darker than fluid; limit {least:.2f}"
    lowered = assessed.model_copy(
        update={
            "grade": grade,
            "reasons": (*assessed.reasons, reason),
            "next_steps": tuple(dict.fromkeys((*assessed.next_steps, order_next("cisternogram")))),
            "allowed": side_statements(study, grade) if assessed.allowed else (),
        }
    )
    return replace(measured, assessability=lowered)


def _names(study: ImagingStudy, measured: SideMeasure, seeds: Seeds) -> dict[str, Naming]:
    """Return the name of every candidate that is listed."""
    listed = {one.vessel for one in measured.conflicts}
    if measured.attached is not None:
        listed.add(measured.attached.vessel)
    angiogram = study.of_role(Role.TOF)
    return {
        track.ident: name_candidate(track, angiogram, seeds, measured.side)
        for track in measured.vessels
        if track.ident in listed
    }


def _is_doubted(measured: SideMeasure) -> bool:
    """Return whether the clicks of a side contradict its name."""
    return any(r.startswith("side_conflict") for r in measured.assessability.reasons)


def _name_of(study: ImagingStudy) -> str:
    whole = hashlib.sha256()
    for volume in study.volumes:
        whole.update((volume.sha256 or hashlib.sha256(volume.array.tobytes()).hexdigest()).encode())
    for series in study.seen:
        whole.update(series.sha256.encode())
    return whole.hexdigest()


def _quality(study: ImagingStudy, sides: tuple[SideMeasure, ...]) -> Quality:
    """Return the better side's grade with the reasons of both."""
    best = min((m.assessability.grade for m in sides), key=_ORDER.index)
    reasons: list[str] = list(study.notes)
    steps: list[str] = []
    for measured in sides:
        assessed = measured.assessability
        reasons += [
            _sided(reason, measured.side) for reason in (*assessed.reasons, *measured.reasons)
        ]
        reasons += [_sided(r, measured.side) for nerve in measured.nerves for r in nerve.reasons]
        steps += assessed.next_steps
    return Quality(
        grade=_GRADE[best],
        analysed_s=0.0,
        reasons=tuple(dict.fromkeys(reasons)),
        next_steps=tuple(dict.fromkeys(steps)),
    )


def _sided(reason: str, side: Side) -> str:
    code, _, sentence = reason.partition(": ")
    return f"{code}: {side.value} side: {sentence}"


def _settings(
    study: ImagingStudy, seeds: Seeds, sides: tuple[SideMeasure, ...], seed: int
) -> dict[str, str | float | bool | None]:
    settings: dict[str, str | float | bool | None] = {
        "seed": float(seed),
        "seeds confirmed": seeds.confirmed,
        "series": ", ".join(volume.role.value for volume in study.volumes),
    }
    for measured in sides:
        moved = measured.registration
        if moved is not None:
            settings[f"registration moved {measured.side.value}"] = round(moved.moved_mm, 3)
            settings[f"registration repeat {measured.side.value}"] = (
                round(moved.residual_mm, 3) if moved.residual_mm < 1e3 else None
            )
        for nerve in measured.nerves:
            if nerve.separation_mm is not None:
                settings[f"separation {measured.side.value}"] = round(nerve.separation_mm, 3)
    return settings
