"""Named patterns of spontaneous activity, each with the numbers behind it.

A name is a description of the recording, not a diagnosis: what it may mean is for reasoning, and
for the reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.spasms import burst_intervals, local_variation, merge_bursts

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.spontaneous_channels import PreparedChannel
    from hemispasm.measure.emg.spontaneous_sides import SideFeatures

PATTERNS = ("hfs_like", "myokymia_like", "rhythmic", "co_contraction", "tonic")


@dataclass(frozen=True)
class PatternFinding:
    """Whether one pattern is there.

    Attributes
    ----------
    name : str
        One of ``PATTERNS``.
    present : bool or None
        None: too little to say, and ``reason`` tells what was missing.
    numbers : dict of str to float
        What it was decided on; the unit is in the name.
    channel : int or None
        Channel that shows it best, where it is a channel's pattern.
    reason : str or None
        ``code: sentence`` when ``present`` is None.
    """

    name: str
    present: bool | None
    numbers: dict[str, float] = field(default_factory=dict)
    channel: int | None = None
    reason: str | None = None


def find_patterns(
    features: SideFeatures,
    channels: Sequence[PreparedChannel],
    bursts: Sequence[Burst],
    by_channel: Sequence[Sequence[Burst]],
    compared: Container[int],
) -> tuple[PatternFinding, ...]:
    """Return every pattern of one side, present or not.

    Parameters
    ----------
    features : SideFeatures
        Numbers of the side.
    channels : sequence of PreparedChannel
        Its channels.
    bursts : sequence of Burst
        Its spontaneous bursts.
    by_channel : sequence of sequence of Burst
        Spontaneous bursts of each channel.
    compared : container of int
        Places of the channels whose muscle was recorded on the other side as well.
    """
    return (
        _hfs_like(features, bursts, compared, len(channels)),
        _myokymia_like(features, channels, by_channel),
        _rhythmic(features, bursts),
        _co_contraction(features, channels, by_channel),
        _tonic(features),
    )


def fires_together(features: SideFeatures) -> bool | None:
    """Tell whether branches of one side fire together impulse by impulse; None if not known."""
    peak, p, excess = features.synchrony.value, features.synchrony_p, features.synchrony_excess
    if peak is None or p is None or excess is None:
        return None
    return (
        p <= limit("pattern.synchrony_p")
        and peak >= limit("pattern.synchrony_peak")
        and excess >= limit("pattern.synchrony_excess")
        and (features.synchrony_share or 0.0) >= limit("pattern.common_share")
    )


def _fast_impulses(features: SideFeatures) -> bool:
    """Tell whether impulses within bursts follow at 150 to 400 a second."""
    rate = features.intraburst_rate.value
    low, high = limit("pattern.impulse_low_hz"), limit("pattern.impulse_high_hz")
    return rate is not None and low <= rate <= high


def _is_run_of_impulses(features: SideFeatures) -> bool:
    """Tell whether the usual burst is long enough to hold several impulses at its own rate.

    A single potential of a few milliseconds, or a pair of them, is another kind of discharge,
    whatever interval a few longer ones among them show.
    """
    rate, length_ms = features.intraburst_rate.value, features.burst_duration_ms.value
    if rate is None or length_ms is None:
        return False
    return length_ms >= 1000 * limit("pattern.impulse_intervals") / rate


def _is_told_twice(features: SideFeatures) -> bool:
    """Tell whether both lines of evidence point to a compressed nerve, though neither is strong.

    Branches fire together more than chance allows, and impulses follow fast: muscles moved at will
    hardly ever show one of them, so a lower height is asked of the first.
    """
    peak, p, share = features.synchrony.value, features.synchrony_p, features.synchrony_share
    if peak is None or p is None or not _fast_impulses(features):
        return False
    return (
        _is_run_of_impulses(features)
        and p <= limit("pattern.synchrony_p")
        and peak >= limit("pattern.synchrony_peak")
        and (share or 0.0) >= limit("pattern.common_share")
    )


def _hfs_like(
    features: SideFeatures, bursts: Sequence[Burst], compared: Container[int], muscles: int
) -> PatternFinding:
    """Short one-sided bursts in which branches fire together, or impulses follow fast."""
    least = limit("pattern.bursts_min")
    numbers = _known(
        burst_count=float(len(bursts)),
        burst_duration_ms=features.burst_duration_ms.value,
        synchrony=features.synchrony.value,
        synchrony_p=features.synchrony_p,
        shared_share=features.synchrony_share,
        synchrony_lag_ms=features.synchrony_lag_ms.value,
        intraburst_rate_hz=features.intraburst_rate.value,
    )
    if len(bursts) < least:
        present = False if len(bursts) < limit("pattern.bursts_few") else None
        reason = None if present is False else f"few_bursts: {len(bursts)} bursts; {least:g} needed"
        return PatternFinding("hfs_like", present, numbers, None, reason)
    together = fires_together(features)
    if together is None:
        # One muscle alone cannot show spread: fast impulses must stand for it.
        where = features.intraburst_channel
        fast = _fast_impulses(features) and _is_run_of_impulses(features)
        if fast and where in compared and muscles > 1:
            # Here spread could have been seen, and was not.
            reason = "no_spread: one muscle alone has fast impulses; the others hardly fire"
            return PatternFinding("hfs_like", None, numbers, where, reason)
        if fast and where in compared:
            return PatternFinding("hfs_like", True, numbers, where)
        if fast:
            # Blinks and movements of both sides have them too.
            reason = (
                "one_side_recorded: one muscle alone shows them, and it was not recorded on the "
                "other side; blinks cannot be told from spasms"
            )
            return PatternFinding("hfs_like", None, numbers, where, reason)
        reason = features.synchrony.reason or "no_synchrony: common firing could not be measured"
        return PatternFinding("hfs_like", None, numbers, None, reason)
    return PatternFinding("hfs_like", together or _is_told_twice(features), numbers)


def _myokymia_like(
    features: SideFeatures,
    channels: Sequence[PreparedChannel],
    by_channel: Sequence[Sequence[Burst]],
) -> PatternFinding:
    """Short discharges in groups at 2 to 60 a second with pauses, in muscles each on its own."""
    best: PatternFinding | None = None
    for channel, bursts in zip(channels, by_channel, strict=True):
        numbers = group_numbers(bursts)
        if numbers is None:
            continue
        fast = features.intraburst_channel == channel.index and _fast_impulses(features)
        present = (
            not fires_together(features)
            and not fast
            and numbers["discharge_ms"] <= limit("pattern.discharge_ms")
            and numbers["groups"] >= limit("pattern.groups_min")
            and numbers["grouped_share"] >= limit("pattern.grouped_share")
            and limit("pattern.group_low_hz") <= numbers["group_rate_hz"]
            and numbers["group_rate_hz"] <= limit("pattern.group_high_hz")
            and numbers["local_variation"] >= limit("pattern.rhythm_variation")
        )
        found = PatternFinding("myokymia_like", present, numbers, channel.index)
        if best is None or (present, numbers["groups"]) > (
            bool(best.present),
            best.numbers["groups"],
        ):
            best = found
    if best is not None:
        return best
    few = all(len(b) < limit("pattern.discharges_min") for b in by_channel)
    return PatternFinding("myokymia_like", False if few else None)


def group_numbers(bursts: Sequence[Burst]) -> dict[str, float] | None:
    """Return how discharges of one channel are grouped; None with too few of them."""
    if len(bursts) < limit("pattern.discharges_min"):
        return None
    spasms = merge_bursts(bursts)
    gaps = burst_intervals(spasms)
    variation = local_variation(spasms)
    if variation is None:
        return None
    large = [s for s in spasms if s.burst_count >= limit("pattern.group_size")]
    return {
        "discharges": float(len(bursts)),
        "discharge_ms": 1000 * float(np.median([b.duration_s for b in bursts])),
        "groups": float(len(large)),
        "grouped_share": sum(s.burst_count for s in large) / len(bursts),
        "group_rate_hz": float(1 / np.median(gaps)),
        "local_variation": variation,
    }


def _rhythmic(features: SideFeatures, bursts: Sequence[Burst]) -> PatternFinding:
    """Bursts whose neighbouring intervals hardly differ."""
    variation, count = features.local_variation.value, features.local_variation.count
    numbers = _known(
        local_variation=variation,
        spacing_cv=features.spacing_cv.value,
        repetition_hz=features.repetition_hz.value,
        intervals=float(count),
        longest_run=float(max((x.burst_count for x in merge_bursts(bursts)), default=0)),
    )
    if variation is None or count < limit("pattern.rhythm_count"):
        few = features.burst_rate.count < limit("pattern.rhythm_count")
        reason = None if few else features.local_variation.reason
        return PatternFinding("rhythmic", False if few else None, numbers, None, reason)
    present = (
        variation < limit("pattern.rhythm_variation")
        and numbers["longest_run"] >= limit("pattern.rhythm_run")
        and not fires_together(features)
    )
    return PatternFinding("rhythmic", present, numbers)


def _co_contraction(
    features: SideFeatures,
    channels: Sequence[PreparedChannel],
    by_channel: Sequence[Sequence[Burst]],
) -> PatternFinding:
    """Long bursts of several muscles at the same time without common impulses."""
    if len(channels) < 2:
        reason = "one_channel: co-contraction needs two muscles of one side"
        return PatternFinding("co_contraction", None, {}, None, reason)
    busy = sorted(by_channel, key=len)[-2:]
    if len(busy[0]) < limit("pattern.bursts_min"):
        return PatternFinding("co_contraction", False, {"burst_count": float(len(busy[0]))})
    shared = shared_share(busy[0], busy[1])
    length = 1000 * float(np.median([b.duration_s for b in busy[0]]))
    numbers = _known(
        shared_share=shared,
        burst_duration_ms=length,
        synchrony=features.synchrony.value,
        synchrony_p=features.synchrony_p,
    )
    together = fires_together(features)
    present = (
        together is False
        and shared >= limit("pattern.shared_share")
        and length >= limit("pattern.contraction_ms")
    )
    return PatternFinding("co_contraction", None if together is None else present, numbers)


def shared_share(first: Sequence[Burst], second: Sequence[Burst]) -> float:
    """Return the share of the first's bursts during which the second has one, 0 without any."""
    if not first or not second:
        return 0.0
    starts, ends = (np.array([getattr(b, name) for b in second]) for name in ("start_s", "end_s"))
    hit = [bool(np.any((starts < b.end_s) & (ends > b.start_s))) for b in first]
    return float(np.mean(hit))


def _tonic(features: SideFeatures) -> PatternFinding:
    """Continuous activity of at least a second."""
    share = features.tonic_fraction.value
    return PatternFinding(
        "tonic", bool(share), _known(tonic_fraction=share, spasms=float(features.spasm_rate.count))
    )


def _known(**numbers: float | None) -> dict[str, float]:
    """Return the numbers that were measured."""
    return {name: value for name, value in numbers.items() if value is not None}
