"""Findings from events: rates, durations, amplitudes, patterns, signs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hemispasm.measure.known_side import COUNTED
from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.observed import (
    LEVEL,
    METHOD,
    Observed,
    SideKey,
    events_of,
    rest_clock,
    rest_only,
    side_fields,
)
from hemispasm.measure.video.side import decide_side
from hemispasm.measure.video.suggest import LOWER_REGIONS, suggest_scales
from hemispasm.model import Event, EventKind, Finding, Grade, Pattern, Region, Side
from hemispasm.stats import (
    Interval,
    dispersion_estimate,
    fraction_interval,
    median_interval,
    observed_count_interval,
    rate_interval,
    time_fraction_interval,
)

Maker = Callable[..., Finding]


def findings_from_events(
    events: tuple[Event, ...], observed: Observed, kept: tuple[Finding, ...] = ()
) -> tuple[Finding, ...]:
    """Return every finding that follows from events and exposure alone.

    Parameters
    ----------
    events : tuple of Event
        Events of the recording, machine's or as reviewed.
    observed : Observed
        Exposure, sides and grade.
    kept : tuple of Finding
        Findings that come from signals and not from events (resting asymmetry, closed time);
        they are passed through and used by the suggestions.

    Returns
    -------
    tuple of Finding
        The affected side first, then the findings of the more active half-face, then the other.
    """
    verdict = decide_side(events, observed)
    findings = [
        Finding(
            code="video.affected_side",
            value=verdict.value,
            confidence=verdict.confidence,
            reason=verdict.reason,
            quality=observed.grade,
            method=METHOD,
            recording=observed.recording,
        )
    ]
    if observed.grade is Grade.NOT_ASSESSABLE or observed.rest_s < event_limit("assessable_s"):
        return (*findings, *_not_assessable(observed), *kept)
    keys = sorted(
        observed.keys, key=lambda k: -sum(e.confidence for e in events_of(events, _SPASM, k))
    )
    for key in keys:
        findings += _side_findings(events, observed, key)
    findings += _blink_findings(events, observed)
    if verdict.value in ("left", "right"):
        closed = _value_of(kept, "video.eye_closed_fraction", keys[0])
        blinks = next((f.value for f in findings if f.code == "video.blink_rate"), None)
        blink_rate = blinks if isinstance(blinks, float) else None
        findings += suggest_scales(events, observed, keys[0], closed, blink_rate)
    return (*findings, *kept)


_SPASM = EventKind.SPASM


def _not_assessable(observed: Observed) -> list[Finding]:
    """Say of each main finding that it could not be assessed, rather than leave it out."""
    found = []
    for key in observed.keys:
        make = _maker(observed, key)
        why = {"reason": "not_assessable", "quality": Grade.NOT_ASSESSABLE}
        exposure = {"exposure_s": round(observed.rest_s, 3), "rest_spans": []}
        found.append(make("video.spasm_rate", None, **why, **exposure))
        found.append(make("video.spasm_time_fraction", None, **why))
    return found


def _maker(observed: Observed, key: SideKey | None) -> Maker:
    def make(code: str, value: float | str | None, interval: Interval | None = None, **more: Any):  # type: ignore[no-untyped-def]
        ends = None
        if interval is not None:
            ends = (round(interval.low, 4), round(interval.high, 4))
        return Finding(
            code=code,
            value=round(value, 4) if isinstance(value, float) else value,
            interval=ends,
            level=LEVEL if ends else None,
            quality=more.pop("quality", observed.grade),
            method=METHOD,
            recording=observed.recording,
            **side_fields(key),
            **more,
        )

    return make


def _side_findings(events: tuple[Event, ...], observed: Observed, key: SideKey) -> list[Finding]:
    make = _maker(observed, key)
    spasms = rest_only(events_of(events, _SPASM, key), observed.rest_spans)
    doubtful = rest_only(events_of(events, EventKind.UNDETERMINED, key), observed.rest_spans)
    if _outnumbered(spasms, doubtful):
        return [*_not_stated(make, spasms, doubtful, observed), *_synkinesis(make, events, key)]
    onsets = rest_clock([e.start_s for e in spasms], observed.rest_spans)
    dispersion = dispersion_estimate(onsets, observed.rest_s)
    findings = [_rate(make, "video.spasm_rate", spasms, doubtful, observed, dispersion)]
    durations = np.array([e.duration_s for e in spasms])
    findings.append(
        make(
            "video.spasm_time_fraction",
            float(min(1.0, durations.sum() / observed.rest_s)),
            time_fraction_interval(
                durations,
                observed.rest_s,
                dispersion=dispersion,
                edge_error_s=event_limit("edge_error_s"),
            ),
            unit="1",
        )
    )
    if spasms:
        findings += _spasm_measures(make, spasms, durations)
        findings += _spasm_signs(make, spasms)
    return [*findings, *_synkinesis(make, events, key)]


def _synkinesis(make: Maker, events: tuple[Event, ...], key: SideKey) -> list[Finding]:
    synkinesis = events_of(events, EventKind.SYNKINESIS, key)
    if not synkinesis:
        return []
    return [
        make(
            "video.synkinesis_count",
            float(len(synkinesis)),
            unit="{count}",
            eye_with_mouth=sum("eye_with_mouth" in e.flags for e in synkinesis),
            mouth_with_blink=sum("mouth_with_blink" in e.flags for e in synkinesis),
        )
    ]


def _outnumbered(spasms: list[Event], doubtful: list[Event]) -> bool:
    """Tell whether so much is undetermined that a count of the rest would mislead."""
    return len(doubtful) >= event_limit("faint_unstated") and len(doubtful) > len(spasms)


def _not_stated(
    make: Maker, spasms: list[Event], doubtful: list[Event], observed: Observed
) -> list[Finding]:
    """Say that no rate and no time can be stated; few or none would be wrong as well as many."""
    why: dict[str, Any] = {
        "reason": f"undetermined_movements: {len(doubtful)} movements of this side could be spasms"
        f" or not, {len(spasms)} count; decide them in a review, or record EMG with the video",
        "quality": Grade.NOT_ASSESSABLE,
    }
    exposure = {
        "exposure_s": round(observed.rest_s, 3),
        "rest_spans": [[round(a, 3), round(b, 3)] for a, b in observed.rest_spans],
    }
    return [
        make("video.spasm_rate", None, **why, **exposure),
        make("video.spasm_time_fraction", None, **why),
    ]


def _rate(
    make: Maker,
    code: str,
    counted: list[Event],
    doubtful: list[Event],
    observed: Observed,
    dispersion: float,
) -> Finding:
    minutes = observed.rest_s / 60
    seen = observed_count_interval(
        [e.confidence for e in counted], doubtful=[1 - e.confidence for e in doubtful]
    )
    return make(
        code,
        len(counted) / minutes,
        rate_interval(
            len(counted),
            observed.rest_s,
            dispersion=dispersion,
            recall=_recall(counted),
            false_per_min=event_limit("assumed_false_per_min"),
            session_cv=event_limit("session_cv"),
        ),
        unit="/min",
        count=len(counted),
        count_interval=(round(seen.low / minutes, 4), round(seen.high / minutes, 4)),
        exposure_s=round(observed.rest_s, 3),
        rest_spans=[[round(a, 3), round(b, 3)] for a, b in observed.rest_spans],
    )


def _recall(counted: list[Event]) -> float:
    """Return the share of movements found: less where they count only as the side is known."""
    faint = sum(COUNTED in e.flags for e in counted)
    share = faint / len(counted) if counted else 0.0
    usual, less = event_limit("assumed_recall"), event_limit("assumed_recall_faint")
    return (1.0 - share) * usual + share * less


def _median(make: Maker, code: str, values: list[float], unit: str, **more: Any) -> list[Finding]:
    if not values:
        return []
    x = np.asarray(values)
    interval = median_interval(x)
    if interval is None:
        more["reason"] = "interval_needs_six_events"
        more["quality"] = Grade.LIMITED
    return [make(code, float(np.median(x)), interval, unit=unit, count=len(values), **more)]


def _spasm_measures(
    make: Maker, spasms: list[Event], durations: np.ndarray[Any, Any]
) -> list[Finding]:
    def quartiles(values: Any) -> tuple[float, ...]:
        return tuple(round(float(q), 4) for q in np.percentile(values, [25, 50, 75]))

    def pick(name: str) -> list[float]:
        return [e.measures[name] for e in spasms if name in e.measures]

    closures = pick("peak_closure")
    calibrated = any("calibrated" in e.flags for e in spasms)
    found = _median(
        make, "video.spasm_duration", list(durations), "s", quartiles=quartiles(durations)
    )
    if closures:
        found += _median(
            make,
            "video.spasm_closure",
            closures,
            "1",
            calibrated=calibrated,
            quartiles=quartiles(closures),
        )
    mouth = [e.measures["mouth_excursion_iod"] for e in spasms if Region.MOUTH in e.region]
    found += _median(make, "video.mouth_excursion", mouth, "1")
    found += _median(make, "video.upper_lower_lag", pick("upper_lower_lag_ms"), "ms")
    found += _median(make, "video.twitch_frequency", pick("frequency_hz"), "Hz")
    return found


def _spasm_signs(make: Maker, spasms: list[Event]) -> list[Finding]:
    n = len(spasms)
    tonic = sum(e.pattern is Pattern.TONIC for e in spasms)
    lower = sum(bool(LOWER_REGIONS & set(e.region)) for e in spasms)
    patterns = {str(p): sum(e.pattern is p for e in spasms) for p in Pattern}
    found = [
        make(
            "video.tonic_fraction",
            tonic / n,
            fraction_interval(tonic, n),
            unit="1",
            count=n,
            patterns=patterns,
        ),
        make(
            "video.lower_face_fraction", lower / n, fraction_interval(lower, n), unit="1", count=n
        ),
    ]
    assessable = [e for e in spasms if "brow_assessable" in e.flags]
    lifted = sum("other_babinski" in e.flags for e in assessable)
    found.append(
        make(
            "video.other_babinski_count",
            float(lifted),
            unit="{count}",
            assessable_count=len(assessable),
        )
    )
    if assessable:
        found.append(
            make(
                "video.other_babinski_fraction",
                lifted / len(assessable),
                fraction_interval(lifted, len(assessable)),
                unit="1",
                count=lifted,
                assessable_count=len(assessable),
            )
        )
    directions = [f.removeprefix("mouth:") for e in spasms for f in e.flags if f[:6] == "mouth:"]
    value = max(sorted(set(directions)), key=directions.count) if directions else "not_moved"
    down = directions.count("down") / len(directions) if directions else 0.0
    found.append(
        make(
            "video.mouth_corner_direction",
            value,
            count=len(directions),
            down_fraction=round(down, 4),
        )
    )
    return found


def _blink_findings(events: tuple[Event, ...], observed: Observed) -> list[Finding]:
    blinks = rest_only(events_of(events, EventKind.BLINK), observed.rest_spans)
    make = _maker(observed, None)
    both = {} if not observed.side_known else {"side": Side.BOTH}
    onsets = rest_clock([e.start_s for e in blinks], observed.rest_spans)
    dispersion = dispersion_estimate(onsets, observed.rest_s)
    rate = _rate(make, "video.blink_rate", blinks, [], observed, dispersion)
    found = [rate.model_copy(update=both)]
    for key in observed.keys:
        other = observed.keys[1] if key == observed.keys[0] else observed.keys[0]
        asymmetry = []
        for e in blinks:
            mine, theirs = (e.measures.get(f"peak_closure_{k}") for k in (key, other))
            if mine is not None and theirs is not None and mine + theirs > 0:
                asymmetry.append((mine - theirs) / (mine + theirs))
        found += _median(_maker(observed, key), "video.blink_asymmetry", asymmetry, "1")
    return found


def _value_of(findings: tuple[Finding, ...], code: str, key: SideKey) -> float | None:
    for f in findings:
        if f.code == code and key in (f.side, f.image_side) and isinstance(f.value, float):
            return f.value
    return None
