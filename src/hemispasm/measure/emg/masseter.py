"""Whether a jaw-closing muscle fires by itself: it is no muscle of the facial nerve.

Bursts of the masseter are those of hemimasticatory spasm, or of another disease; hemifacial spasm
spares it. Its electrode hears the muscles of the cheek, so bursts that only go with theirs and
arrive through the tissue prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hemispasm.measure.emg.labels import label_bursts, overlaps_s
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.model import Grade
from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.spontaneous_result import ChannelBursts, SideActivity


@dataclass(frozen=True)
class MasseterActivity:
    """Spontaneous bursts of the masseter of one side.

    Attributes
    ----------
    side : Side
        From the montage.
    channel : int
        Place in the recording.
    present : bool or None
        None: too little to say, and ``reason`` tells why.
    numbers : dict of str to float
        ``burst_count``, and ``shared_share``: the share of them that goes with bursts of the facial
        muscles of this side, where those were recorded.
    reason : str or None
        ``code: sentence`` when ``present`` is None.
    """

    side: Side
    channel: int
    present: bool | None
    numbers: dict[str, float] = field(default_factory=dict)
    reason: str | None = None


def measure_masseter(
    channels: Sequence[ChannelBursts], sides: Sequence[SideActivity]
) -> tuple[MasseterActivity, ...]:
    """Return what the masseter of each side does at rest, for the sides on which one is recorded.

    Parameters
    ----------
    channels : sequence of ChannelBursts
        All channels, bursts labelled.
    sides : sequence of SideActivity
        Facial muscles of each side.
    """
    jaws = [c for c in channels if c.channel.muscle is Muscle.MASSETER]
    found = []
    for jaw in jaws:
        side = jaw.channel.side
        if side is None or side not in (Side.LEFT, Side.RIGHT):
            continue
        other = [
            c
            for c in jaws
            if c.channel.side is side.other and c.quality.grade is not Grade.NOT_ASSESSABLE
        ]
        across = [b for c in other for b in c.bursts] if other else None
        face = next((s for s in sides if s.side is side), None)
        found.append(_judge(jaw, side, across, face))
    return tuple(sorted(found, key=lambda one: (one.side, one.channel)))


def _judge(
    jaw: ChannelBursts, side: Side, across: Sequence[Burst] | None, face: SideActivity | None
) -> MasseterActivity:
    """Judge one channel."""
    if jaw.quality.grade is Grade.NOT_ASSESSABLE:
        reason = "not_assessable: the channel of the masseter could not be measured"
        return MasseterActivity(side, jaw.index, None, {}, reason)
    # Chewing moves both sides.
    still = [b for b in jaw.bursts if b.label not in ("marked", "evoked", "artefact")]
    own = [b for b in label_bursts(still, across or (), [], []) if b.label == "spontaneous"]
    numbers = {"burst_count": float(len(own))}
    if face is not None and own:
        spans = [(b.start_s, b.end_s) for b in face.bursts if b.label != "artefact"]
        numbers["shared_share"] = float((overlaps_s(own, spans) > 0).mean())
    if len(own) < limit("pattern.bursts_few"):
        wanted = limit("quality.seconds_full")
        if jaw.quality.analysed_s < wanted:
            reason = f"short: {jaw.quality.analysed_s:.0f} s; {wanted:g} s to call it absent"
            return MasseterActivity(side, jaw.index, None, numbers, reason)
        return MasseterActivity(side, jaw.index, False, numbers)
    if len(own) < limit("pattern.bursts_min"):
        reason = f"few_bursts: {len(own)} bursts; {limit('pattern.bursts_min'):g} needed"
        return MasseterActivity(side, jaw.index, None, numbers, reason)
    if across is None:
        reason = "one_side_recorded: without the other masseter, chewing cannot be told from it"
        return MasseterActivity(side, jaw.index, None, numbers, reason)
    if jaw.conducted_from and numbers.get("shared_share", 0.0) > limit("masseter.shared_most"):
        reason = "conducted: the electrode of the masseter hears the face and fires only with it"
        return MasseterActivity(side, jaw.index, None, numbers, reason)
    return MasseterActivity(side, jaw.index, True, numbers)
