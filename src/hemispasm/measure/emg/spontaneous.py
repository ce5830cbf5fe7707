"""Spontaneous activity of facial muscles: the public verb for bursts.

Every channel is measured alone, then with the others of its side; what both sides do together,
what the recording notes as a movement and what an electrode did is told apart from what one side
does by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.emg.accompanied import Company, measure_company
from hemispasm.measure.emg.bursts import Burst, find_joint_bursts, find_supported_bursts
from hemispasm.measure.emg.coupling import (
    find_blinks,
    measure_blink_coupling,
    measure_movement_coupling,
)
from hemispasm.measure.emg.labels import (
    evoked_spans,
    label_bursts,
    merge_spans,
    movement_spans,
    overlaps_s,
    unite_bursts,
)
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.masseter import measure_masseter
from hemispasm.measure.emg.patterns import find_patterns
from hemispasm.measure.emg.side import NOT_FACIAL_NERVE, judge_side, recording_quality
from hemispasm.measure.emg.spasms import merge_bursts
from hemispasm.measure.emg.spontaneous_channels import PreparedChannel, prepare_channels
from hemispasm.measure.emg.spontaneous_result import (
    ChannelBursts,
    SideActivity,
    SpontaneousResult,
)
from hemispasm.measure.emg.spontaneous_sides import burst_rate, measure_side
from hemispasm.measure.emg.weighting import measure_size
from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.model.emg import EmgRecording

_UPPER_FACE = (Muscle.ORBICULARIS_OCULI, Muscle.FRONTALIS)


def measure_spontaneous(recording: EmgRecording, *, seed: int = 0) -> SpontaneousResult:
    """Measure bursts, spasms, common firing and patterns of a recording at rest.

    Parameters
    ----------
    recording : EmgRecording
        Signals with muscles and sides as the montage names them. Times of the result count from
        its first sample.
    seed : int
        Of the draws behind bootstrap intervals and shuffled bursts.

    Returns
    -------
    SpontaneousResult
        Also for recordings in which nothing can be measured: then with a grade and reasons.

    Examples
    --------
    >>> from hemispasm.model.emg import EmgChannel
    >>> channel = EmgChannel(label="L oculi", muscle="orbicularis_oculi", side="left", rate_hz=5000)
    >>> noise = np.random.default_rng(0).normal(0, 5, 60 * 5000)
    >>> from hemispasm.model.emg import EmgRecording
    >>> result = measure_spontaneous(EmgRecording((channel,), (noise,), np.zeros(0)))
    >>> result.channels[0].quality.grade.value
    'measurable'
    """
    channels = prepare_channels(recording)
    marked, told = movement_spans(recording.annotations)
    evoked = evoked_spans(recording.stimuli_s)
    used = {side: _channels_of(channels, side) for side in (Side.LEFT, Side.RIGHT)}
    joint = {side: _joint(found) for side, found in used.items()}
    own = _own_bursts(channels, used, joint)
    raw = {side: unite_bursts([joint[side], *(own[c.index] for c in used[side])]) for side in used}
    seen = {side: unite_bursts([raw[side], _faint_blinks(side, used, own)]) for side in used}
    sides_bursts = {
        side: label_bursts(raw[side], seen[side.other], marked, evoked) for side in used
    }
    labelled = {
        c.index: label_bursts(
            own[c.index],
            seen[c.channel.side.other] if c.channel.side in seen else (),
            marked,
            evoked,
        )
        for c in channels
    }
    blinks = told or _detected_blinks(used, own)
    sides = tuple(
        _side(
            side,
            used[side],
            used[side.other],
            sides_bursts[side],
            labelled,
            own,
            (blinks, "marked" if told else "detected"),
            marked,
            evoked,
            recording.duration_s,
            seed,
        )
        for side in used
        if used[side]
    )
    results = tuple(_channel(c, labelled[c.index], channels) for c in channels)
    quality = recording_quality([c.quality for c in results], [c.channel for c in results])
    return SpontaneousResult(
        channels=results,
        sides=sides,
        verdict=judge_side(sides, results, quality),
        quality=quality,
        blinks_s=tuple(blinks),
        masseter=measure_masseter(results, sides),
    )


def _channels_of(channels: Sequence[PreparedChannel], side: Side) -> list[PreparedChannel]:
    """Return the assessable channels of a side whose muscles the facial nerve moves."""
    return [
        c
        for c in channels
        if c.is_assessable and c.channel.side is side and c.channel.muscle not in NOT_FACIAL_NERVE
    ]


def _joint(channels: Sequence[PreparedChannel]) -> tuple[Burst, ...]:
    """Return what the channels of a side show together, where they share a grid."""
    groups: dict[tuple[float, int], list[PreparedChannel]] = {}
    for c in channels:
        assert c.traces is not None
        groups.setdefault((round(c.traces.step_s, 9), c.traces.power.size), []).append(c)
    found = [
        find_joint_bursts([c.traces for c in group if c.traces is not None])
        for group in groups.values()
    ]
    bursts = unite_bursts(sorted(found, key=len, reverse=True))
    # What only an electrode did is no burst of the side.
    jumps = [(b.start_s, b.end_s) for c in channels for b in c.bursts if b.label == "artefact"]
    real = [(b.start_s, b.end_s) for c in channels for b in c.bursts if b.label != "artefact"]
    by_jump, by_muscle = overlaps_s(bursts, jumps), overlaps_s(bursts, real)
    return tuple(
        b for b, jump, muscle in zip(bursts, by_jump, by_muscle, strict=True) if muscle or not jump
    )


def _own_bursts(
    channels: Sequence[PreparedChannel],
    used: dict[Side, list[PreparedChannel]],
    joint: dict[Side, tuple[Burst, ...]],
) -> dict[int, tuple[Burst, ...]]:
    """Return the bursts of every channel, supported by its side where it has company."""
    own = {}
    for c in channels:
        bursts = c.bursts
        side = c.channel.side
        if c.traces is not None and side in used and c in used[side] and len(used[side]) > 1:
            jumps = [(b.start_s, b.end_s) for b in c.bursts if b.label == "artefact"]
            found = find_supported_bursts(c.traces, joint[side])
            by_jump = overlaps_s(found, jumps)
            bursts = tuple(
                replace(b, label="artefact") if jump else b
                for b, jump in zip(found, by_jump, strict=True)
            )
        kept = [b for b in bursts if b.label != "artefact"]
        own[c.index] = measure_size(kept, c.filtered, c.channel.rate_hz, c.noise_power)
    return own


def _eye(channels: Sequence[PreparedChannel]) -> PreparedChannel | None:
    """Return the first channel of an orbicularis oculi."""
    return next((c for c in channels if c.channel.muscle is Muscle.ORBICULARIS_OCULI), None)


def _faint_blinks(
    side: Side, used: dict[Side, list[PreparedChannel]], own: dict[int, tuple[Burst, ...]]
) -> tuple[Burst, ...]:
    """Return what the eye of a side hardly shows while the other eye closes.

    A blink that sinks into the noise of one channel would else look like activity of one side.
    """
    here, there = _eye(used[side]), _eye(used[side.other])
    if here is None or there is None or here.traces is None:
        return ()
    shortest = limit("blink.shortest_s")
    long = [b for b in own[there.index] if b.duration_s > shortest]
    found = find_supported_bursts(here.traces, long, support_sd=limit("blink.faint_sd"))
    known = {b.start_s for b in own[here.index]}
    return tuple(b for b in found if b.start_s not in known)


def _detected_blinks(
    used: dict[Side, list[PreparedChannel]], own: dict[int, tuple[Burst, ...]]
) -> list[float]:
    """Return the blinks that both orbicularis oculi show."""
    left, right = _eye(used[Side.LEFT]), _eye(used[Side.RIGHT])
    if left is None or right is None:
        return []
    # The eye that moves less decides, so that the order of the sides does not matter.
    both = own[left.index], own[right.index]
    return sorted(find_blinks(*sorted(both, key=lambda e: (len(e), sum(b.duration_s for b in e)))))


def _side(
    side: Side,
    channels: Sequence[PreparedChannel],
    across: Sequence[PreparedChannel],
    bursts: tuple[Burst, ...],
    labelled: dict[int, tuple[Burst, ...]],
    own: dict[int, tuple[Burst, ...]],
    blinks: tuple[Sequence[float], Literal["marked", "detected"]],
    marked: list[tuple[float, float]],
    evoked: list[tuple[float, float]],
    duration_s: float,
    seed: int,
) -> SideActivity:
    """Measure one side."""
    spontaneous = [b for b in bursts if b.label == "spontaneous"]
    by_channel = [[b for b in labelled[c.index] if b.label == "spontaneous"] for c in channels]
    set_aside_s = sum(
        min(e, duration_s) - max(a, 0.0)
        for a, e in merge_spans([*marked, *evoked])
        if a < duration_s
    )
    analysed = max(c.quality.analysed_s for c in channels)
    exposure = max(0.0, analysed - set_aside_s)
    # One seed for either side: swapping the sides swaps the numbers.
    features = measure_side(
        channels, spontaneous, by_channel, exposure, np.random.default_rng(seed)
    )
    muscles = {c.channel.muscle for c in across}
    compared = [c.index for c in channels if c.channel.muscle in muscles]
    lower = [own[c.index] for c in channels if c.channel.muscle not in _UPPER_FACE]
    return SideActivity(
        side=side,
        channels=tuple(c.index for c in channels),
        analysed_s=exposure,
        bursts=bursts,
        spasms=merge_bursts(spontaneous),
        features=features,
        patterns=find_patterns(features, channels, spontaneous, by_channel, compared),
        blink_coupling=(
            measure_blink_coupling(blinks[0], unite_bursts(lower), duration_s, blinks[1])
            if lower
            else None
        ),
        movement_coupling=measure_movement_coupling(bursts, marked, duration_s),
        company=_company(channels, across, by_channel, seed),
    )


def _company(
    channels: Sequence[PreparedChannel],
    across: Sequence[PreparedChannel],
    by_channel: Sequence[Sequence[Burst]],
    seed: int,
) -> tuple[Company, ...]:
    """Return what the same muscles of the other side do during this side's bursts."""
    found = []
    for channel, bursts in zip(channels, by_channel, strict=True):
        for other in across:
            if other.channel.muscle is not channel.channel.muscle:
                continue
            if other.channel.rate_hz != channel.channel.rate_hz:
                continue
            rng = np.random.default_rng(seed)
            found.append(
                measure_company(
                    channel.filtered, other.filtered, bursts, channel.channel.rate_hz, rng
                )
            )
    return tuple(company for company in found if company is not None)


def _channel(
    channel: PreparedChannel, bursts: tuple[Burst, ...], channels: Sequence[PreparedChannel]
) -> ChannelBursts:
    """Return one channel's result."""
    names = {c.index: c.channel.label for c in channels}
    own = [b for b in bursts if b.label == "spontaneous"]
    return ChannelBursts(
        index=channel.index,
        channel=channel.channel,
        quality=channel.quality,
        bursts=bursts,
        rate=burst_rate(own, channel.quality.analysed_s if channel.is_assessable else 0.0),
        conducted_from={names[i]: v for i, v in channel.conducted_from.items()},
    )
