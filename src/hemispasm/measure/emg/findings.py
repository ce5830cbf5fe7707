"""Findings and events from spontaneous activity: side, rates, durations, spacing, common firing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hemispasm.measure.emg.as_finding import make_finding, rounded
from hemispasm.measure.emg.limits import spontaneous_limit
from hemispasm.measure.emg.patterns import fires_together, shared_share
from hemispasm.measure.emg.spontaneous_sides import median
from hemispasm.model import Event, EventKind, Finding, Grade, Pattern
from hemispasm.model.side import Side
from hemispasm.stats import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.coupling import Coupling
    from hemispasm.measure.emg.measured import Measured
    from hemispasm.measure.emg.spasms import Spasm
    from hemispasm.measure.emg.spontaneous_result import (
        ChannelBursts,
        SideActivity,
        SpontaneousResult,
    )

METHOD = "emg_spontaneous/1"

# Code and the feature of a side that it states; these are left out where there is no number.
_FEATURES = (
    ("emg.burst_duration", "burst_duration_ms"),
    ("emg.burst_spacing_cv", "spacing_cv"),
    ("emg.burst_local_variation", "local_variation"),
    ("emg.burst_repetition", "repetition_hz"),
    ("emg.tonic_fraction", "tonic_fraction"),
)
_ONE_SIDE = "one_side_recorded: without the other side, blinks and movements may be among them"
_PATTERNS = (
    ("emg.hfs_pattern", "hfs_like"),
    ("emg.myokymic_discharges", "myokymia_like"),
    ("emg.rhythmic_discharges", "rhythmic"),
    ("emg.co_contraction", "co_contraction"),
)


def findings_from_spontaneous(result: SpontaneousResult) -> tuple[Finding, ...]:
    """Return every finding of the activity at rest.

    Parameters
    ----------
    result : SpontaneousResult
        From :func:`~hemispasm.measure.emg.spontaneous.measure_spontaneous`.

    Returns
    -------
    tuple of Finding
        The affected side first, then left, then right. Channels whose side nobody stated give
        their bursts without a side.
    """
    verdict, grade = result.verdict, result.quality.grade
    found = [
        make_finding(
            "emg.affected_side",
            None,
            verdict.value,
            grade=grade,
            reason=verdict.reason,
            method=METHOD,
            confidence=verdict.confidence,
        )
    ]
    found += _exclusivity(result)
    for activity in result.sides:
        found += _side_findings(activity, result)
    found += _masseter(result)
    for channel in result.channels:
        if channel.channel.side not in (Side.LEFT, Side.RIGHT):
            found += _sideless(channel, grade)
    return tuple(found)


def events_from_spontaneous(
    result: SpontaneousResult, true_time: Callable[[float], float] = float
) -> tuple[Event, ...]:
    """Return every burst of every channel, and every spasm of a side, in order of time.

    Parameters
    ----------
    result : SpontaneousResult
        What was measured.
    true_time : callable, optional
        Maps times of the result to seconds from the recording's first sample.

    Notes
    -----
    ``confidence`` is one half at the height that the detector asks for and grows with the burst; it
    is no probability. ``flags`` hold the burst's label unless it is spontaneous. A spasm is a run
    of spontaneous bursts of one side; it names no channel, and its confidence is that of its
    highest burst.
    """
    asked = spontaneous_limit("detect.start_sd")
    events = [
        _event(channel, burst, asked, true_time)
        for channel in result.channels
        for burst in channel.bursts
    ]
    events += [
        _spasm_event(activity, spasm, asked, true_time)
        for activity in result.sides
        for spasm in activity.spasms
    ]
    return tuple(sorted(events, key=lambda e: (e.start_s, e.id)))


def _spasm_event(
    activity: SideActivity, spasm: Spasm, asked: float, true_time: Callable[[float], float]
) -> Event:
    start_s = round(max(0.0, true_time(spasm.start_s)), 4)
    within = [b.z for b in activity.spontaneous if spasm.start_s <= b.start_s <= spasm.end_s]
    height = max([0.0, *within]) ** 2
    return Event(
        id=f"spasm-{activity.side}-{round(start_s * 1000)}",
        kind=EventKind.SPASM,
        side=activity.side,
        start_s=start_s,
        end_s=round(start_s + spasm.duration_s, 4),
        pattern=_pattern_of(spasm),
        confidence=round(height / (height + asked**2), 3),
        measures={
            "burst_count": float(spasm.burst_count),
            "active_s": rounded(spasm.active_s),
            "tonic_s": rounded(spasm.tonic_s),
        },
    )


def _pattern_of(spasm: Spasm) -> Pattern:
    """Name the form of a spasm: continuous activity, several bursts, or a single one."""
    if spasm.tonic_s > 0:
        return Pattern.TONIC
    return Pattern.TWITCH if spasm.burst_count == 1 else Pattern.CLONIC


def _event(
    channel: ChannelBursts, burst: Burst, asked: float, true_time: Callable[[float], float]
) -> Event:
    start_s = round(max(0.0, true_time(burst.start_s)), 4)
    end_s = round(start_s + burst.duration_s, 4)
    height = max(burst.z, 0.0) ** 2
    return Event(
        id=f"burst-{channel.index}-{round(start_s * 1000)}",
        kind=EventKind.BURST,
        side=channel.channel.side,
        start_s=start_s,
        end_s=end_s,
        confidence=round(height / (height + asked**2), 3),
        measures={"rms_uv": rounded(burst.rms_uv), "snr_db": rounded(burst.snr_db)},
        flags=() if burst.label == "spontaneous" else (burst.label,),
        channel=channel.channel.label,
    )


def _exclusivity(result: SpontaneousResult) -> list[Finding]:
    """Return the share of one-sided spasms on the side that has more; a handful prefers none."""
    few = result.verdict.exclusivity.count < spontaneous_limit("pattern.bursts_few")
    if few or result.verdict.value == "none_seen":
        return []
    counts = {activity.side: len(activity.spasms) for activity in result.sides}
    if len(set(counts.values())) < 2:
        return []
    side = max(counts, key=lambda one: counts[one])
    return _number("emg.side_exclusivity", side, result.verdict.exclusivity, result.quality.grade)


def _side_findings(activity: SideActivity, result: SpontaneousResult) -> list[Finding]:
    grade, side, features = result.quality.grade, activity.side, activity.features
    seconds = round(activity.analysed_s, 3)
    spasm_rate, burst_rate = features.spasm_rate, features.burst_rate
    share = features.time_fraction
    if len(result.sides) < 2:
        spasm_rate, burst_rate, share = (
            replace(one, reason=one.reason or _ONE_SIDE) for one in (spasm_rate, burst_rate, share)
        )
    found = _number("emg.spasm_rate", side, spasm_rate, grade, True, exposure_s=seconds)
    found += _number("emg.burst_rate", side, burst_rate, grade, True)
    for code, name in _FEATURES:
        found += _number(code, side, getattr(features, name), grade)
    found += _number("emg.spasm_time_fraction", side, share, grade)
    channel = _label(result, features.intraburst_channel)
    found += _number("emg.intraburst_rate", side, features.intraburst_rate, grade, channel=channel)
    found += _common_firing(activity, result)
    found += _patterns(activity, result)
    found += _coupled("emg.blink_coupling", side, activity.blink_coupling, grade)
    found += _coupled("emg.voluntary_coupling", side, activity.movement_coupling, grade)
    return found


def _number(
    code: str,
    side: Side | None,
    measured: Measured,
    grade: Grade,
    always: bool = False,
    **extra: Any,
) -> list[Finding]:
    """Return a measured number; one that is missing is said where its absence matters."""
    if measured.value is None and not always:
        return []
    ends, seen = measured.interval, measured.count_interval
    if code.endswith("_rate") and seen is not None:
        extra["count_interval"] = (seen.low, seen.high)
    return [
        make_finding(
            code,
            side,
            measured.value,
            None if ends is None else (ends.low, ends.high),
            grade=grade,
            reason=measured.reason,
            method=METHOD,
            count=measured.count,
            **extra,
        )
    ]


def _common_firing(activity: SideActivity, result: SpontaneousResult) -> list[Finding]:
    """Return how two branches fire together: correlation, lag, and the share of shared bursts."""
    grade, side, features = result.quality.grade, activity.side, activity.features
    pair = features.best_pair
    known: dict[str, Any] = {"p": features.synchrony_p}
    if pair is not None:
        known["channels"] = [_label(result, pair.first), _label(result, pair.second)]
    null = None if pair is None else pair.synchrony.null_95
    found = _number("emg.synchrony", side, features.synchrony, grade, True, **known, null_95=null)
    found += _number("emg.synchrony_lag", side, features.synchrony_lag_ms, grade, **known)
    # Bursts may overlap by chance, or because both muscles are used at will: only muscles that
    # fire impulse by impulse together are branches firing together.
    if pair is None or not fires_together(features):
        return found
    bursts = {c.index: c.spontaneous for c in result.channels}
    fewer, more = sorted((bursts[pair.first], bursts[pair.second]), key=len)
    if not fewer:
        return found
    share, count = shared_share(fewer, more), len(fewer)
    ends = wilson_interval(round(share * count), count)
    return [
        *found,
        make_finding(
            "emg.branch_synchrony",
            side,
            share,
            (ends.low, ends.high),
            grade=grade,
            method=METHOD,
            count=count,
            lag_ms=features.synchrony_lag_ms.value,
            **known,
        ),
    ]


def _masseter(result: SpontaneousResult) -> list[Finding]:
    """Return whether the jaw-closing muscle of a side fires by itself; one electrode suffices."""
    found = []
    for side in (Side.LEFT, Side.RIGHT):
        jaws = [jaw for jaw in result.masseter if jaw.side is side]
        if not jaws:
            continue
        order = (True, None, False)
        jaw = min(jaws, key=lambda one: order.index(one.present))
        value = {True: "present", False: "absent", None: None}[jaw.present]
        found.append(
            make_finding(
                "emg.masseter_discharges",
                side,
                value,
                grade=result.quality.grade,
                reason=jaw.reason,
                method=METHOD,
            )
        )
    return found


def _patterns(activity: SideActivity, result: SpontaneousResult) -> list[Finding]:
    """Return named patterns; absent is said only of a recording that is long enough."""
    grade, side, found = result.quality.grade, activity.side, []
    wanted = spontaneous_limit("quality.seconds_full")
    for code, name in _PATTERNS:
        pattern = activity.pattern(name)
        value = {True: "present", False: "absent", None: None}[pattern.present]
        reason = pattern.reason
        if value == "absent" and activity.analysed_s < wanted:
            value = None
            reason = f"short: {activity.analysed_s:.0f} s of rest; {wanted:g} s to call it absent"
        if value is None and reason is None:
            reason = "few_bursts: too few bursts to tell"
        extra: dict[str, Any] = {
            "channel": _label(result, pattern.channel),
            "numbers": dict(pattern.numbers) or None,
        }
        if code == "emg.rhythmic_discharges":
            extra["rate_hz"] = pattern.numbers.get("repetition_hz") if value == "present" else None
        found.append(
            make_finding(code, side, value, grade=grade, reason=reason, method=METHOD, **extra)
        )
    return found


def _coupled(code: str, side: Side, coupling: Coupling | None, grade: Grade) -> list[Finding]:
    if coupling is None:
        return []
    ends = (coupling.interval.low, coupling.interval.high)
    return [
        make_finding(
            code,
            side,
            coupling.share,
            ends,
            grade=grade,
            method=METHOD,
            p=coupling.p,
            chance=coupling.chance,
            count=coupling.count,
            source=coupling.source,
        )
    ]


def _sideless(channel: ChannelBursts, grade: Grade) -> list[Finding]:
    """Return what a channel without a side shows: bursts, of which some may be of both sides."""
    if channel.quality.grade is Grade.NOT_ASSESSABLE:
        return []
    label = channel.channel.label
    durations = [1000 * burst.duration_s for burst in channel.spontaneous]
    long = median(durations, "no_bursts: no burst in this channel")
    rate = make_finding(
        "emg.burst_rate",
        None,
        channel.rate.value,
        None
        if channel.rate.interval is None
        else (channel.rate.interval.low, channel.rate.interval.high),
        grade=grade,
        reason="side_unknown: nobody stated the side, so blinks and movements are counted too",
        method=METHOD,
        count=channel.rate.count,
        channel=label,
    )
    return [rate, *_number("emg.burst_duration", None, long, grade, channel=label)]


def _label(result: SpontaneousResult, index: int | None) -> str | None:
    """Return the label of a channel by its place in the recording."""
    return next((c.channel.label for c in result.channels if c.index == index), None)
