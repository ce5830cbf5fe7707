"""Findings and events of two recordings on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.measure.joint.limits import joint_limit
from hemispasm.model import Event, EventKind, Finding, Grade, Side
from hemispasm.model.side import ImageSide
from hemispasm.model.vocabulary import lookup_code
from hemispasm.stats import rate_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.joint.agree import SharedSpasm, SideVerdict
    from hemispasm.measure.joint.watched import JointClock, Lag

METHOD = "joint/1"
LEVEL = 0.95


def clock_findings(
    clock: JointClock | None, lag: Lag | None, grade: Grade, reason: str | None
) -> tuple[Finding, ...]:
    """Return offset, drift and, where it is measured, the lag of the movement."""
    if clock is None:
        return (_finding("joint.clock_offset", None, grade=grade, reason=reason),)
    low, high = clock.offset_interval_s
    found = [
        _finding(
            "joint.clock_offset",
            round(clock.offset_s, 4),
            (round(low, 4), round(high, 4)),
            grade=grade,
            at_s=round(clock.at_s, 3),
            found_by=clock.method,
            count=clock.matched,
            of_video=clock.of_video,
            of_emg=clock.of_emg,
            p=None if clock.p is None else float(f"{clock.p:.2g}"),
            second_best=None if clock.second is None else round(clock.second, 3),
        )
    ]
    if clock.drift_known:
        low, high = clock.drift_interval
        ends = (round(1e6 * low, 1), round(1e6 * high, 1))
        found.append(_finding("joint.clock_drift", round(1e6 * clock.drift, 1), ends, grade=grade))
    else:
        short = "short: the recordings are too short to say more than is known of such clocks"
        found.append(_finding("joint.clock_drift", None, grade=grade, reason=short))
    if lag is not None:
        ends = (round(1000 * lag.interval_s[0], 1), round(1000 * lag.interval_s[1], 1))
        found.append(
            _finding(
                "joint.electromechanical_delay",
                round(1000 * lag.value_s, 1),
                ends,
                grade=grade,
                count=lag.count,
            )
        )
    return tuple(found)


def side_finding(verdict: SideVerdict, grade: Grade) -> Finding:
    """Return whether both recordings name the same side, with the reason where they do not."""
    reasons = {
        "agree": None,
        "conflict": (
            f"side_conflict: {verdict.crossed} of {verdict.same + verdict.crossed} spasms that"
            " begin together are on opposite sides; the video is mirrored or electrodes of both"
            " sides were exchanged"
        ),
        "undecided": (
            f"few_sided: {verdict.same} spasms agree in side and {verdict.crossed} do not"
        ),
        "side_unknown": "side_unknown: one of the recordings does not say which side is which",
    }
    return _finding(
        "joint.side_agreement",
        verdict.value,
        grade=grade,
        reason=reasons[verdict.value],
        same=verdict.same,
        crossed=verdict.crossed,
        suggested_mirrored=verdict.mirrored,
    )


def agreement_findings(
    spasms: Sequence[SharedSpasm],
    verdict: SideVerdict,
    exposure_s: float,
    chance: float,
    grade: Grade,
) -> tuple[Finding, ...]:
    """Return the share seen by both and the rates of those that only one saw.

    With sides in conflict no share is stated: matched by the stated sides it would be none, and
    without them it would hide the conflict.
    """
    if exposure_s < joint_limit("match.least_s"):
        reason = f"short: {max(exposure_s, 0.0):.0f} s are shown by both recordings"
        return (_finding("joint.seen_by_both", None, grade=grade, reason=reason),)
    if verdict.value == "conflict":
        reason = "side_conflict: the recordings state opposite sides; correct the wrong one first"
        return (_finding("joint.seen_by_both", None, grade=grade, reason=reason),)
    names = ("both", "only_video", "only_emg", "named_differently", "during_movement")
    counts = {name: sum(s.seen == name for s in spasms) for name in names}
    total, seconds = len(spasms) - counts["during_movement"], round(exposure_s, 3)
    extra: dict[str, Any] = {
        "count": counts.pop("both"), "total": total, "exposure_s": seconds, **counts
    }  # fmt: skip
    if total == 0:
        reason = "no_spasm: neither recording shows a spasm in the shared time"
        return (_finding("joint.seen_by_both", None, grade=grade, reason=reason, **extra),)
    share = wilson_interval(extra["count"], total)
    ends = (round(share.low, 4), round(share.high, 4))
    value = round(extra["count"] / total, 4)
    extra["chance"] = round(chance, 4)
    found = [_finding("joint.seen_by_both", value, ends, grade=grade, **extra)]
    sides = (Side.LEFT, Side.RIGHT) if verdict.value == "agree" else (None,)
    for code, name in (("joint.only_video", "only_video"), ("joint.only_emg", "only_emg")):
        for side in sides:
            own = [s for s in spasms if s.seen == name and (side is None or s.side is side)]
            rate = rate_interval(len(own), exposure_s)
            per_min = 60.0 * len(own) / exposure_s
            found.append(
                _finding(
                    code,
                    round(per_min, 4),
                    (round(rate.low, 4), round(rate.high, 4)),
                    grade=grade,
                    side=side,
                    count=len(own),
                    exposure_s=seconds,
                )
            )
    return tuple(found)


def events_of_both(spasms: Sequence[SharedSpasm], verdict: SideVerdict) -> tuple[Event, ...]:
    """Return every spasm as an event on the video's clock; activity during blinks is none.

    ``flags`` hold by whom it was seen, ``side_conflict`` where the recordings state opposite
    sides (then no side is named), and ``video:ID`` and ``emg:ID`` of the events behind it;
    ``measures`` how much later the movement began than the muscle's activity.
    """
    found = []
    conflict = verdict.value == "conflict"
    for spasm in spasms:
        if spasm.seen == "during_movement":
            continue
        side = None if conflict else spasm.side
        parts = (*spasm.video, *spasm.emg)
        measures = {}
        if spasm.video and spasm.emg:
            late = min(c.start_s for c in spasm.video) - min(c.start_s for c in spasm.emg)
            measures["movement_after_emg_ms"] = round(1000.0 * late, 1)
        start = max(spasm.start_s, 0.0)
        found.append(
            Event(
                id=f"joint-{side or 'unsided'}-{round(1000 * start)}",
                kind=EventKind.SPASM,
                side=side if isinstance(side, Side) else None,
                image_side=side if isinstance(side, ImageSide) else None,
                start_s=round(start, 4),
                end_s=round(max(spasm.end_s, start), 4),
                confidence=max(c.confidence for c in parts),
                measures=measures,
                flags=(
                    f"seen:{spasm.seen}",
                    *(("side_conflict",) if conflict else ()),
                    *(f"video:{ident}" for c in spasm.video for ident in c.ids),
                    *(f"emg:{ident}" for c in spasm.emg for ident in c.ids),
                ),
            )
        )
    return tuple(found)


def _finding(
    code: str,
    value: float | str | None,
    ends: tuple[float, float] | None = None,
    *,
    grade: Grade,
    side: Side | None = None,
    reason: str | None = None,
    **extra: Any,
) -> Finding:
    return Finding(
        code=code,
        side=side,
        value=value,
        unit=lookup_code(code).unit if isinstance(value, float) else None,
        interval=ends,
        level=LEVEL if ends is not None else None,
        quality=grade,
        method=METHOD,
        reason=reason,
        **{key: kept for key, kept in extra.items() if kept is not None},
    )
