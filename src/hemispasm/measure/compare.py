"""Findings of two visits in, findings of change out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from hemispasm.measure.compare_depth import DEPTH, compare_depth, rate_of
from hemispasm.model import Finding, FindingsDocument, Grade
from hemispasm.stats import Interval, difference_interval

METHOD = "compare/1"
COMPARED = ("video.spasm_rate", "video.spasm_time_fraction", "video.eye_closed_fraction", DEPTH)
NO_INTERVAL = "not_assessable: one of the two visits gives no interval for this finding"

# Expert rules: days since the last toxin that belong to one phase of a cycle.
ONSET_UNTIL_DAY = 14
PEAK_UNTIL_DAY = 56
WANING_UNTIL_DAY = 98

# Method repeatability: the same simulated patient at several frame rates, sizes and compressions
# must agree within max(2/min, 15 %) and 5 points in 95 % (the release bar, on recordings of 35 s);
# half of that is taken as two standard deviations of one recording. Two a minute in 35 s is one
# movement read otherwise; such misreadings are independent, and average out in a longer recording.
REPEAT_RATE_PER_MIN = 0.5
REPEAT_RATE_S = 35.0
REPEAT_RATE_SHARE = 0.0375
REPEAT_FRACTION = 0.0125


class Phase(StrEnum):
    """Where in a toxin cycle a visit lies."""

    NEVER = "never_treated"
    ONSET = "onset"
    PEAK = "peak"
    WANING = "waning"
    WORN_OFF = "worn_off"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class VisitFindings:
    """One visit as the comparison needs it.

    ``toxin_days`` lists every recorded toxin day; None means that nobody recorded whether there
    were any.
    """

    day: date
    document: FindingsDocument
    toxin_days: tuple[date, ...] | None = None


def days_since_toxin(day: date, toxin_days: tuple[date, ...] | None) -> int | None:
    """Return the days from the last toxin before or on this day; None when there was none.

    Examples
    --------
    >>> days_since_toxin(date(2026, 3, 30), (date(2026, 3, 2),))
    28
    """
    before = [d for d in toxin_days or () if d <= day]
    return (day - max(before)).days if before else None


def toxin_phase(day: date, toxin_days: tuple[date, ...] | None) -> Phase:
    """Return the phase of the toxin cycle on a day.

    Examples
    --------
    >>> toxin_phase(date(2026, 3, 30), (date(2026, 3, 2),))
    <Phase.PEAK: 'peak'>
    """
    if toxin_days is None:
        return Phase.UNKNOWN
    days = days_since_toxin(day, toxin_days)
    if days is None:
        return Phase.NEVER
    if days <= ONSET_UNTIL_DAY:
        return Phase.ONSET
    if days <= PEAK_UNTIL_DAY:
        return Phase.PEAK
    return Phase.WANING if days <= WANING_UNTIL_DAY else Phase.WORN_OFF


def compare_visits(earlier: VisitFindings, later: VisitFindings) -> tuple[Finding, ...]:
    """Return what changed between two visits, or the refusal to say so.

    Parameters
    ----------
    earlier, later : VisitFindings
        Two visits of one patient, measured with one method.

    Returns
    -------
    tuple of Finding
        One ``video.change`` per compared code and side that both visits hold. ``verdict`` is
        ``higher``, ``lower``, ``no_change_shown`` or ``refused``. Toxin between the two visits is a
        response to treatment and is compared where the earlier visit was untreated or its toxin
        had worn off; other unlike phases of toxin cycles are not, and the finding says why.

    Raises
    ------
    ValueError
        The visits are in the wrong order.
    """
    if later.day < earlier.day:
        raise ValueError("the later visit lies before the earlier one")
    changes = []
    for code in COMPARED:
        for new in later.document.findings:
            if new.code != code:
                continue
            old = _same(earlier.document, new)
            if old is not None:
                changes.append(_change(old, new, earlier, later))
    return tuple(changes)


def _same(document: FindingsDocument, wanted: Finding) -> Finding | None:
    for finding in document.findings:
        same_side = (finding.side, finding.image_side) == (wanted.side, wanted.image_side)
        if finding.code == wanted.code and same_side and finding.side is not None:
            return finding
    return None


def refusal_reason(before: Phase, after: Phase) -> str | None:
    """Return why two phases cannot be compared, None when they can.

    Examples
    --------
    >>> refusal_reason(Phase.PEAK, Phase.WORN_OFF)
    'unlike_toxin_phases: the earlier visit is in phase peak, the later in phase worn_off'
    >>> refusal_reason(Phase.NEVER, Phase.PEAK) is None
    True

    A face in which the last toxin has worn off is as good a starting point as an untreated one:

    >>> refusal_reason(Phase.WORN_OFF, Phase.PEAK) is None
    True
    """
    from_baseline = before in (Phase.NEVER, Phase.WORN_OFF)
    alike = before is after or Phase.UNKNOWN in (before, after) or from_baseline
    if alike:
        return None
    return (
        f"unlike_toxin_phases: the earlier visit is in phase {before}, the later in phase {after}"
    )


def _change(old: Finding, new: Finding, earlier: VisitFindings, later: VisitFindings) -> Finding:
    before = toxin_phase(earlier.day, earlier.toxin_days)
    after = toxin_phase(later.day, later.toxin_days)
    shared: dict[str, Any] = {
        "code": "video.change",
        "side": new.side,
        "unit": None,
        "method": METHOD,
        "recording": new.recording,
        "of": new.code,
        "change_unit": new.unit,
        "earlier": old.value,
        "later": new.value,
        "earlier_day": earlier.day.isoformat(),
        "later_day": later.day.isoformat(),
        "days_since_toxin_earlier": days_since_toxin(earlier.day, earlier.toxin_days),
        "days_since_toxin_later": days_since_toxin(later.day, later.toxin_days),
        "phase_earlier": str(before),
        "phase_later": str(after),
    }
    reason = refusal_reason(before, after)
    change = _interval_of(old, new, earlier.document, later.document)
    if isinstance(change, str):
        reason = change
    elif old.method != new.method:
        reason = f"unlike_methods: {old.method} and {new.method}; measure the earlier visit anew"
    if reason is not None or isinstance(change, str):
        return Finding(
            value="refused",
            quality=Grade.NOT_ASSESSABLE,
            reason=reason,
            verdict="refused",
            **shared,
        )
    unknown = Phase.UNKNOWN in (before, after)
    limited = unknown or Grade.LIMITED in _grades(old, new, earlier.document, later.document)
    return Finding(
        value=round(_value(new) - _value(old), 4),
        interval=(round(change.low, 4), round(change.high, 4)),
        level=change.level,
        quality=Grade.LIMITED if limited else Grade.MEASURABLE,
        reason="toxin_history_unknown" if unknown else None,
        verdict=_verdict(change),
        **shared,
    )


def _interval_of(
    old: Finding, new: Finding, earlier: FindingsDocument, later: FindingsDocument
) -> Interval | str:
    """Return the interval of later minus earlier, or why there is none."""
    if Grade.NOT_ASSESSABLE in (old.quality, new.quality) or None in (old.value, new.value):
        return NO_INTERVAL
    if old.code == DEPTH:
        return compare_depth(old, new, earlier, later)
    if old.interval is None or new.interval is None:
        return NO_INTERVAL
    level = new.level or 0.95
    return difference_interval(
        _value(old),
        Interval(*old.interval, level),
        _value(new),
        Interval(*new.interval, level),
        repeat_sd=_repeat_sd(old, new),
    )


def _value(finding: Finding) -> float:
    if not isinstance(finding.value, float):
        raise ValueError(f"{finding.code} is not a number")
    return finding.value


def _grades(
    old: Finding, new: Finding, earlier: FindingsDocument, later: FindingsDocument
) -> tuple[Grade, ...]:
    """Return the grades of both visits; a median of few spasms is limited, their shift is not."""
    if old.code == DEPTH:
        rates = (rate_of(earlier, old), rate_of(later, new))
        return tuple(rate.quality for rate in rates if rate is not None)
    return old.quality, new.quality


def _verdict(change: Interval) -> str:
    if change.low > 0:
        return "higher"
    return "lower" if change.high < 0 else "no_change_shown"


def _repeat_sd(old: Finding, new: Finding) -> float:
    """Return how far two readings of the same film differ, as the unit of both has it."""
    if new.unit != "/min":
        return float(2**0.5 * REPEAT_FRACTION)
    least = REPEAT_RATE_SHARE * max(_value(old), _value(new))
    sds = []
    for finding in (old, new):
        longer = max(float(finding.extra("exposure_s") or 0.0), REPEAT_RATE_S) / REPEAT_RATE_S
        sds.append(max(REPEAT_RATE_PER_MIN / longer**0.5, least))
    return math.hypot(*sds)
