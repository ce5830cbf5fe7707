"""Suggestions for rating scales, for a clinician to accept or change. Never assertions."""

from __future__ import annotations

from hemispasm.measure.video.observed import (
    METHOD,
    Observed,
    SideKey,
    events_of,
    rest_only,
    side_fields,
)
from hemispasm.model import Event, EventKind, Finding, Pattern, Region

# Source: Lee 2012, doi 10.1159/000330396 (grades I-IV in our words); thresholds are expert rules.
LOWER_SHARE = 0.2
TONIC_CLOSED_FRACTION = 0.15
TONIC_SHARE = 0.3
# Source: Jankovic rating scale, frequency part, as paraphrased in our evidence table.
MAJORITY_CLOSED = 0.5
FLUTTER_S = 1.0

LOWER_REGIONS = {Region.MOUTH, Region.CHEEK, Region.PLATYSMA, Region.NOSE}


def suggest_scales(
    events: tuple[Event, ...],
    observed: Observed,
    key: SideKey,
    closed_fraction: float | None,
    blink_rate_per_min: float | None,
) -> list[Finding]:
    """Suggest the SMC grade and the Jankovic frequency score of the affected side.

    Returns
    -------
    list of Finding
        Empty where the recording allows no verdict.
    """
    if not observed.verdict_allowed:
        return []
    spasms = rest_only(events_of(events, EventKind.SPASM, key), observed.rest_spans)
    smc, smc_why = _smc_grade(spasms, closed_fraction)
    jrs, jrs_why = _jrs_frequency(spasms, closed_fraction, blink_rate_per_min)
    shared = {
        **side_fields(key),
        "unit": None,
        "quality": observed.grade,
        "method": METHOD,
        "recording": observed.recording,
        "reason": "suggestion_not_assertion",
    }
    return [
        Finding(code="video.smc_grade_suggestion", value=smc, why=smc_why, **shared),
        Finding(code="video.jrs_frequency_suggestion", value=jrs, why=jrs_why, **shared),
    ]


def _smc_grade(spasms: list[Event], closed_fraction: float | None) -> tuple[str, str]:
    if not spasms:
        return "0", "no spasm was seen in this recording"
    lower = sum(bool(LOWER_REGIONS & set(e.region)) for e in spasms) / len(spasms)
    tonic = sum(e.pattern is Pattern.TONIC for e in spasms) / len(spasms)
    if tonic >= TONIC_SHARE and (closed_fraction or 0) >= TONIC_CLOSED_FRACTION:
        return "3", "frequent tonic spasms close the eye for a good part of the time"
    if lower >= LOWER_SHARE:
        return "2", "spasms reach the lower face"
    return "1", "spasms stay around the eye"


def _jrs_frequency(
    spasms: list[Event], closed_fraction: float | None, blink_rate_per_min: float | None
) -> tuple[str, str]:
    if closed_fraction is not None and closed_fraction > MAJORITY_CLOSED:
        return "4", "the eye is closed for more than half of the time"
    if any(e.duration_s > FLUTTER_S for e in spasms):
        return "3", "some spasms last longer than one second; the eye is open most of the time"
    if spasms:
        return "2", "spasms shorter than one second"
    if blink_rate_per_min is not None and blink_rate_per_min > 30:
        return "1", "more blinks than usual and no spasm"
    return "0", "no spasm was seen in this recording"
