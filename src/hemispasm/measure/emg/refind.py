"""EMG findings made anew after a person corrected the spasms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measure.emg.as_finding import make_finding
from hemispasm.measure.emg.findings import METHOD
from hemispasm.measure.emg.measured import Measured, missing
from hemispasm.measure.emg.spasms import Spasm
from hemispasm.measure.emg.spontaneous_sides import burst_rate_of, rate
from hemispasm.model import Event, EventKind, Finding, FindingsDocument, Grade
from hemispasm.model.side import Side
from hemispasm.stats import dispersion_estimate, time_fraction_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIDES = (Side.LEFT, Side.RIGHT)
_RECOUNTED = ("emg.spasm_rate", "emg.burst_rate", "emg.spasm_time_fraction")
#: What was measured in the signals of all spasms and cannot be told from events alone.
_FROM_SIGNALS = (
    "emg.burst_duration",
    "emg.burst_spacing_cv",
    "emg.burst_local_variation",
    "emg.burst_repetition",
    "emg.tonic_fraction",
    "emg.intraburst_rate",
    "emg.synchrony",
    "emg.synchrony_lag",
    "emg.branch_synchrony",
    "emg.hfs_pattern",
    "emg.myokymic_discharges",
    "emg.rhythmic_discharges",
    "emg.co_contraction",
)
BEFORE_REVIEW = "before_review: measured with every spasm that was found, also those now rejected"


def refind_emg(document: FindingsDocument, events: tuple[Event, ...]) -> FindingsDocument:
    """Return the document with other events and the findings that follow from them.

    Parameters
    ----------
    document : FindingsDocument
        The machine's document.
    events : tuple of Event
        Events after a person's review.

    Returns
    -------
    FindingsDocument
        Rates and the share of time in spasm are counted anew on each side whose spasms changed;
        what came from the signals stays and says so. An affected side that has lost all its spasms
        is uncertain: what a recording without them shows, the reviewer says by the finding itself.
    """
    changed = [side for side in _SIDES if _spasms(document.events, side) != _spasms(events, side)]
    if not changed:
        return document.model_copy(update={"events": events})
    findings = [
        _again(finding, document, events) if finding.side in changed else finding
        for finding in document.findings
        if finding.code != "emg.side_exclusivity"
    ]
    findings = [_verdict(f, events) if f.code == "emg.affected_side" else f for f in findings]
    findings[1:1] = _exclusivity(document, events)
    return document.model_copy(update={"events": events, "findings": tuple(findings)})


def _spasms(events: Sequence[Event], side: Side) -> list[Event]:
    return [e for e in events if e.kind is EventKind.SPASM and e.side is side and e.channel is None]


def _again(finding: Finding, document: FindingsDocument, events: tuple[Event, ...]) -> Finding:
    assert finding.side is not None
    if finding.code in _FROM_SIGNALS and finding.method == METHOD:
        reason = BEFORE_REVIEW if finding.value is not None else finding.reason
        return finding.model_copy(update={"reason": reason})
    if finding.code not in _RECOUNTED:
        return finding
    exposure_s = _exposure_s(document, finding.side)
    if exposure_s is None:
        return finding
    spasms = [_as_spasm(event) for event in _spasms(events, finding.side)]
    if finding.code == "emg.spasm_time_fraction":
        return _renewed(finding, _time_share(spasms, exposure_s))
    if finding.code == "emg.burst_rate":
        return _renewed(finding, burst_rate_of(spasms, exposure_s))
    return _renewed(finding, rate([s.start_s for s in spasms], exposure_s))


def _time_share(spasms: Sequence[Spasm], exposure_s: float) -> Measured:
    if exposure_s <= 0:
        return missing("no_exposure: no usable second on this side")
    lengths = [spasm.duration_s for spasm in spasms]
    dispersion = dispersion_estimate([spasm.start_s for spasm in spasms], exposure_s)
    interval = time_fraction_interval(lengths, exposure_s, dispersion=dispersion)
    return Measured(min(1.0, sum(lengths) / exposure_s), interval, len(spasms))


def _as_spasm(event: Event) -> Spasm:
    measures = event.measures
    return Spasm(
        event.start_s,
        event.end_s,
        max(1, round(measures.get("burst_count", 1.0))),
        measures.get("active_s", event.duration_s),
        measures.get("tonic_s", 0.0),
        (event.start_s,),
    )


def _renewed(finding: Finding, measured: Measured) -> Finding:
    ends, seen = measured.interval, measured.count_interval
    extra = {"count": measured.count, "exposure_s": finding.extra("exposure_s")}
    if finding.code.endswith("_rate") and seen is not None:
        extra["count_interval"] = (seen.low, seen.high)
    if finding.code != "emg.spasm_rate":
        extra.pop("exposure_s")
    made = make_finding(
        finding.code,
        finding.side,
        measured.value,
        None if ends is None else (ends.low, ends.high),
        grade=finding.quality,
        reason=measured.reason or finding.reason,
        method=finding.method,
        **extra,
    )
    return made.model_copy(update={"recording": finding.recording})


def _exposure_s(document: FindingsDocument, side: Side) -> float | None:
    found = document.find("emg.spasm_rate", side)
    seconds = None if found is None else found.extra("exposure_s")
    return None if seconds is None else float(seconds)


def _exclusivity(document: FindingsDocument, events: tuple[Event, ...]) -> list[Finding]:
    old = document.find("emg.side_exclusivity")
    counts = {side: len(_spasms(events, side)) for side in _SIDES}
    total = sum(counts.values())
    sides = {f.side for f in document.findings if f.code == "emg.spasm_rate"}
    if old is None or len(sides) < len(_SIDES) or counts[Side.LEFT] == counts[Side.RIGHT]:
        return []
    side = max(counts, key=lambda one: counts[one])
    ends = wilson_interval(counts[side], total)
    made = make_finding(
        "emg.side_exclusivity",
        side,
        counts[side] / total,
        (ends.low, ends.high),
        grade=old.quality,
        method=METHOD,
        count=total,
    )
    return [made.model_copy(update={"recording": document.recording})]


def _verdict(finding: Finding, events: tuple[Event, ...]) -> Finding:
    """Take back a side that has no spasm left; a side is never given by a rejection."""
    named = {"left": (Side.LEFT,), "right": (Side.RIGHT,), "both": _SIDES}.get(
        str(finding.value), ()
    )
    if all(_spasms(events, side) for side in named):
        return finding
    made = make_finding(
        finding.code,
        None,
        "uncertain",
        grade=Grade(finding.quality),
        reason="reviewed: no spasm is left on a side that was named; say the side by hand",
        method=finding.method,
        confidence=0.0,
    )
    return made.model_copy(update={"recording": finding.recording})
