"""From one side's measurement to findings in the vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.naming import Naming, name_vessel
from hemispasm.model import Finding, Grade
from hemispasm.model.imaging import AssessabilityClass, Segment
from hemispasm.model.vocabulary import lookup_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.measure.imaging.conflict import ConflictMeasure
    from hemispasm.measure.imaging.one_side import SideMeasure
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

METHOD = "imaging/1"
LEVEL = 0.95
_DIGITS = 3
_GRADE = {
    AssessabilityClass.A: Grade.MEASURABLE,
    AssessabilityClass.B: Grade.LIMITED,
    AssessabilityClass.C: Grade.NOT_ASSESSABLE,
}


def findings_from_side(
    measured: SideMeasure, seeds: Seeds, names: Mapping[str, Naming] | None = None
) -> tuple[Finding, ...]:
    """Return the findings of one side.

    Class A: numbers with both intervals, categories, grades. Class B: categories and the interval,
    no number. Class C: the class and why.

    Parameters
    ----------
    measured : SideMeasure
        From :func:`~hemispasm.measure.imaging.one_side.measure_side`.
    seeds : Seeds
        Clicks may name vessels.
    names : mapping, optional
        Name of each candidate; a reader's clicks alone when None.
    """
    assessed = measured.assessability
    side, grade = measured.side, assessed.grade
    found = [
        _finding(
            "imaging.assessability",
            side,
            grade.value,
            quality=_GRADE[grade],
            reason="; ".join(assessed.reasons) or None,
            allowed=list(assessed.allowed),
        )
    ]
    if grade is AssessabilityClass.C:
        reason = "; ".join(assessed.reasons)
        found.append(_missing("imaging.vessel_nerve_distance", side, reason))
        return tuple(found)
    if not measured.conflicts:
        reason = "; ".join(measured.reasons) or "no_vessel: no vessel seen near VII on these series"
        found.append(_missing("imaging.vessel_nerve_distance", side, reason))
    for one in measured.conflicts:
        found += _of_conflict(one, measured, seeds, names or {})
    found += _of_attached(measured, seeds, names or {})
    return tuple(found)


def _of_conflict(
    one: ConflictMeasure, measured: SideMeasure, seeds: Seeds, names: Mapping[str, Naming]
) -> list[Finding]:
    side, grade = measured.side, measured.assessability.grade
    track = next(v for v in measured.vessels if v.ident == one.vessel)
    naming = names.get(one.vessel) or Naming(name_vessel(track, seeds, side), "reader")
    common: dict[str, Any] = {"segment": one.segment.value, "vessel": naming.name.value}
    common["candidate"] = one.vessel
    p_contact = round(one.p_contact, 4)
    numbered = grade is AssessabilityClass.A and not one.reasons
    quality = Grade.MEASURABLE if numbered else Grade.LIMITED
    reason = "; ".join(one.reasons) or None
    if grade is AssessabilityClass.B:
        reason = "; ".join((*one.reasons, "category_only: these series carry no number"))
    shown = not one.reasons
    alone = _is_structure(one, measured)
    found = [
        _finding(
            "imaging.vessel_nerve_distance",
            side,
            one.distance_mm if numbered else None,
            one.interval_mm if shown or alone else None,
            quality=quality,
            reason=reason,
            **common,
            **_name_extras(naming),
            p_contact=p_contact if shown else None,
            interval_phantom=_pair(one.interval_phantom_mm) if shown or alone else None,
            real_factor=limit("interval.real_factor") if shown or alone else None,
            contributor=one.contributor if shown or alone else None,
        ),
        _finding(
            "imaging.vessel_contact",
            side,
            _verdict(one.p_contact) if shown else "not_assessable",
            quality=quality,
            reason=reason,
            **common,
            p_contact=p_contact if shown else None,
        ),
    ]
    if not numbered:
        return found
    return [*found, *_of_deformity(one, side, quality, common)]


def _of_deformity(
    one: ConflictMeasure, side: Side, quality: Grade, common: dict[str, Any]
) -> list[Finding]:
    """Return grade, length of contact, displacement and indentation."""
    best = max(one.grades, key=lambda key: one.grades[key])
    found = [
        _finding(
            "imaging.conflict_grade",
            side,
            best,
            quality=quality,
            **common,
            probabilities=one.grades,
        )
    ]
    for code, (middle, low, high) in (
        ("imaging.contact_length", one.contact_length_mm),
        ("imaging.nerve_displacement", one.displacement_mm),
        ("imaging.nerve_indentation", one.indentation_mm),
    ):
        found.append(_finding(code, side, middle, (low, high), quality=quality, **common))
    return found


def _name_extras(naming: Naming) -> dict[str, Any]:
    """Return what the name stands on."""
    return {
        "vessel_source": naming.source,
        "vessel_names": naming.probabilities or None,
        "vessel_reason": naming.reason or None,
    }


def _is_structure(one: ConflictMeasure, measured: SideMeasure) -> bool:
    """Return whether only its kind is unsure, on a cisternogram alone: an interval, no category."""
    return "structure_interval" in measured.assessability.allowed and all(
        reason.startswith("vessel_unsure") for reason in one.reasons
    )


def _of_attached(measured: SideMeasure, seeds: Seeds, names: Mapping[str, Naming]) -> list[Finding]:
    """Return the distance to the brainstem's surface at the attached segment."""
    attached = measured.attached
    if attached is None:
        return []
    track = next((v for v in measured.vessels if v.ident == attached.vessel), None)
    common: dict[str, Any] = {"segment": Segment.ATTACHED.value}
    if track is not None:
        naming = names.get(track.ident) or Naming(
            name_vessel(track, seeds, measured.side), "reader"
        )
        common["vessel"] = naming.name.value
    code = "imaging.vessel_nerve_distance"
    inner = attached.interval_phantom_mm
    if attached.distance_mm is None or inner is None:
        return [_missing(code, measured.side, "; ".join(attached.reasons), **common)]
    factor = limit("interval.real_factor")
    half = 0.5 * (inner[1] - inner[0]) * factor
    outer = (attached.distance_mm - half, attached.distance_mm + half)
    sure = attached.sd_mm <= limit("fit.sd_mm")
    numbered = sure and measured.assessability.grade is AssessabilityClass.A
    reason = "to_surface: vessel to the brainstem's surface, not to the nerve itself"
    if not sure:
        reason += (
            f"; fit_uncertain: the distance has a spread of {attached.sd_mm:.2f} mm; "
            f"limit {limit('fit.sd_mm'):.2f}"
        )
    return [
        _finding(
            code,
            measured.side,
            attached.distance_mm if numbered else None,
            outer,
            quality=Grade.LIMITED,
            reason=reason,
            **common,
            interval_phantom=_pair(inner),
            real_factor=factor,
            candidate=attached.vessel,
        )
    ]


def _verdict(p_contact: float) -> str:
    """Return the category; between both limits nothing is claimed."""
    if p_contact >= limit("verdict.present"):
        return "present"
    return "absent" if p_contact <= limit("verdict.absent") else "not_assessable"


def _pair(ends: tuple[float, float]) -> tuple[float, float]:
    return round(ends[0], _DIGITS), round(ends[1], _DIGITS)


def _missing(code: str, side: Side, reason: str, **extra: Any) -> Finding:
    return _finding(code, side, None, quality=Grade.NOT_ASSESSABLE, reason=reason, **extra)


def _finding(
    code: str,
    side: Side,
    value: float | str | None,
    ends: tuple[float, float] | None = None,
    *,
    quality: Grade,
    reason: str | None = None,
    **extra: Any,
) -> Finding:
    kept = {key: entry for key, entry in extra.items() if entry is not None}
    number = round(value, _DIGITS) + 0.0 if isinstance(value, float) else value
    return Finding(
        code=code,
        side=side,
        value=number,
        unit=lookup_code(code).unit if isinstance(value, float) else None,
        interval=None if ends is None else _pair(ends),
        level=None if ends is None else LEVEL,
        quality=quality,
        method=METHOD,
        reason=reason,
        **kept,
    )
