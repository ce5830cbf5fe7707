"""Which side is affected, how far the other is spared, and whether the recording allows to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.measured import Measured, missing
from hemispasm.model import Grade, Quality
from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.stats import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.channel_quality import ChannelQuality
    from hemispasm.measure.emg.spontaneous_result import ChannelBursts, SideActivity
    from hemispasm.model.emg import EmgChannel

#: Muscles of another nerve, or nobody said of which: they tell nothing of the facial nerve.
NOT_FACIAL_NERVE = (Muscle.MASSETER, Muscle.OTHER)

_NO_FACIAL_MUSCLE = "no_facial_muscle: no measured channel is one of the facial muscles known here"

Answer = Literal["left", "right", "both", "none_seen", "uncertain"]


@dataclass(frozen=True)
class SideVerdict:
    """Which side shows bursts of hemifacial spasm.

    Attributes
    ----------
    value : {"left", "right", "both", "none_seen", "uncertain"}
        ``none_seen`` only in a recording of both sides that is long and good enough.
    confidence : float
        0-1; a rule, not a probability measured on patients.
    exclusivity : Measured
        Share of all one-sided spasms that lie on the side with more of them.
    reason : str or None
        ``code: sentence`` why it is uncertain, or what limits the answer.
    """

    value: Answer
    confidence: float
    exclusivity: Measured
    reason: str | None = None


def judge_side(
    sides: Sequence[SideActivity], channels: Sequence[ChannelBursts], quality: Quality
) -> SideVerdict:
    """Return the affected side.

    Parameters
    ----------
    sides : sequence of SideActivity
        Sides that the montage names.
    channels : sequence of ChannelBursts
        All EMG channels.
    quality : Quality
        Of the recording.
    """
    exclusive = measure_exclusivity(sides)
    if quality.grade is Grade.NOT_ASSESSABLE:
        return SideVerdict("uncertain", 0.0, exclusive, "not_assessable: nothing could be measured")
    if not sides:
        named = any(c.channel.side is not None for c in channels)
        reason = "side_unknown: the montage names no side"
        if named:
            reason = "not_assessable: no channel with a known side could be measured"
        if channels and all(c.channel.muscle in NOT_FACIAL_NERVE for c in channels):
            reason = _NO_FACIAL_MUSCLE
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    ill = [s for s in sides if s.pattern("hfs_like").present]
    if ill:
        return _affected(ill, sides, exclusive)
    return _unaffected(sides, exclusive)


def measure_exclusivity(sides: Sequence[SideActivity]) -> Measured:
    """Return the share of one-sided spasms on the side that has more of them."""
    if len(sides) < 2:
        return missing("one_side_recorded: exclusivity needs channels on both sides")
    counts = sorted(len(s.spasms) for s in sides)
    total = sum(counts)
    if total == 0:
        return missing("no_bursts: no one-sided spasm on either side")
    return Measured(counts[-1] / total, wilson_interval(counts[-1], total), total)


def _affected(
    ill: Sequence[SideActivity], sides: Sequence[SideActivity], exclusive: Measured
) -> SideVerdict:
    """Return the verdict where bursts of hemifacial spasm were found."""
    sure = min(_sureness(s) for s in ill)
    if len(ill) == 2:
        return SideVerdict("both", sure, exclusive)
    value: Answer = "left" if ill[0].side is Side.LEFT else "right"
    if len(sides) < 2:
        reason = "one_side_recorded: the other side was not recorded"
        return SideVerdict(value, 0.8 * sure, exclusive, reason)
    other = next(s for s in sides if s is not ill[0])
    if len(other.spasms) > len(ill[0].spasms):
        reason = "side_conflict: the other side has more one-sided events of another kind"
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    if any(company.is_there for company in ill[0].company):
        reason = (
            f"other_side_faint: the side opposite to the {ill[0].side} takes part in these bursts, "
            "too faintly to be seen in each; they are not one-sided"
        )
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    if exclusive.value is not None and exclusive.value < limit("side.exclusivity_min"):
        low = exclusive.value
        reason = (
            f"other_side_active: only {low:.0%} of the one-sided events lie on the "
            f"{ill[0].side} side, and hemifacial spasm keeps to one"
        )
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    return SideVerdict(value, sure, exclusive)


def _sureness(side: SideActivity) -> float:
    """Return how clear the bursts of a side are, 0-1."""
    found = side.features
    if found.synchrony_p is None:
        return 0.7
    return 1 - found.synchrony_p


def _unaffected(sides: Sequence[SideActivity], exclusive: Measured) -> SideVerdict:
    """Return the verdict where no bursts of hemifacial spasm were found."""
    for side in sides:
        for name in ("myokymia_like", "rhythmic", "co_contraction"):
            if side.pattern(name).present:
                reason = f"other_pattern: {name} activity on the {side.side} side"
                return SideVerdict("uncertain", 0.0, exclusive, reason)
    for side in sides:
        if _is_unexplained(side) and len(sides) < 2:
            reason = (
                f"one_side_recorded: {side.features.spasm_rate.count} events on the {side.side} "
                "side; without the other, blinks and movements cannot be told from spasms"
            )
            return SideVerdict("uncertain", 0.0, exclusive, reason)
        if _is_unexplained(side):
            reason = (
                f"unexplained_bursts: {side.features.spasm_rate.count} one-sided events on the "
                f"{side.side} side without common firing of branches"
            )
            return SideVerdict("uncertain", 0.0, exclusive, reason)
    wanted = limit("quality.seconds_full")
    if len(sides) < 2:
        reason = "one_side_recorded: nothing on this side; the other was not recorded"
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    shortest = min(s.analysed_s for s in sides)
    if shortest < wanted:
        reason = (
            f"short: {shortest:.0f} s of rest; {wanted:g} s are needed to say that none is seen"
        )
        return SideVerdict("uncertain", 0.0, exclusive, reason)
    return SideVerdict("none_seen", 0.9, exclusive)


def _is_unexplained(side: SideActivity) -> bool:
    """Tell whether a side has more one-sided events than chance and electrodes give."""
    rate = side.features.spasm_rate
    if rate.interval is not None and rate.interval.low > limit("side.unexplained_per_min"):
        return True
    by_chance = 2 * limit("rate.false_per_min") * side.analysed_s / 60
    return len(side.spontaneous) >= max(limit("pattern.bursts_few"), by_chance)


def recording_quality(grades: Sequence[ChannelQuality], channels: Sequence[EmgChannel]) -> Quality:
    """Return the grade of a recording from those of its EMG channels."""
    reasons = [
        f"{reason.split(': ', 1)[0]}: channel {channel.label}: {reason.split(': ', 1)[1]}"
        for grade, channel in zip(grades, channels, strict=True)
        for reason in grade.reasons
    ]
    good = [g for g in grades if g.grade is not Grade.NOT_ASSESSABLE]
    if not good:
        if not grades:
            reasons = ["no_emg: the recording has no EMG channel"]
        return Quality(grade=Grade.NOT_ASSESSABLE, analysed_s=0.0, reasons=tuple(reasons))
    facial = [
        c
        for g, c in zip(grades, channels, strict=True)
        if g.grade is not Grade.NOT_ASSESSABLE and c.muscle not in NOT_FACIAL_NERVE
    ]
    sides = {c.side for c in facial}
    steps = []
    if not facial:
        reasons.append(_NO_FACIAL_MUSCLE)
        steps.append("Name the facial muscle of every channel in the montage.")
    elif not sides & {Side.LEFT, Side.RIGHT}:
        reasons.append("side_unknown: no channel has a side; name them in the montage")
        steps.append("Name muscle and side of every channel in the montage.")
    elif len(sides & {Side.LEFT, Side.RIGHT}) == 1:
        reasons.append("one_side_recorded: channels of one side only")
        steps.append("Record the same muscles of both sides.")
    return Quality(
        grade=Grade.LIMITED if reasons else Grade.MEASURABLE,
        analysed_s=max(g.analysed_s for g in good),
        reasons=tuple(reasons),
        next_steps=tuple(steps),
    )
