"""Which spasms both recordings saw, which only one did, and whether they name the same side."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.joint.limits import joint_limit
from hemispasm.model import Side
from hemispasm.model.side import ImageSide
from hemispasm.stats import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hemispasm.measure.joint.onsets import Contraction
    from hemispasm.measure.joint.watched import JointClock

Seen = Literal["both", "only_video", "only_emg", "named_differently", "during_movement"]
Verdict = Literal["agree", "conflict", "undecided", "side_unknown"]
Span = tuple[float, float]


@dataclass(frozen=True)
class SharedSpasm:
    """One spasm on the video's clock, as far as either recording saw it.

    Attributes
    ----------
    start_s, end_s : float
        From the first to the last sign of it.
    side : Side, ImageSide or None
        As stated; None where the recordings do not say the same.
    seen : str
        ``both``, ``only_video``, ``only_emg``, ``named_differently`` (a spasm of the video during
        which the EMG shows activity, though not of that side alone), or ``during_movement``
        (activity of the EMG during a blink or another movement that the video shows: no spasm).
    video, emg : tuple of Contraction
        What it is made of, both on the video's clock.
    """

    start_s: float
    end_s: float
    side: Side | ImageSide | None
    seen: Seen
    video: tuple[Contraction, ...]
    emg: tuple[Contraction, ...]


@dataclass(frozen=True)
class SideVerdict:
    """Whether the two recordings name the same side of the patient.

    ``same`` and ``crossed`` count the spasms that began together on one side each.
    ``mirrored`` is what the EMG's sides say about a picture of which nobody stated it.
    """

    value: Verdict
    same: int
    crossed: int
    mirrored: Literal["yes", "no"] | None = None


def on_video_clock(found: Sequence[Contraction], clock: JointClock) -> tuple[Contraction, ...]:
    """Return contractions of the EMG with their times on the video's clock."""
    return tuple(
        replace(c, start_s=clock.video_time(c.start_s), end_s=clock.video_time(c.end_s))
        for c in found
    )


def usable(
    found: Sequence[Contraction], shared: Span, left_out: Sequence[Span]
) -> tuple[Contraction, ...]:
    """Return contractions in the time that both recordings show."""
    reach = joint_limit("match.reach_s")

    def is_usable(one: Contraction) -> bool:
        if one.start_s - reach < shared[0] or one.end_s + reach > shared[1]:
            return False
        return not any(one.start_s < end and start < one.end_s for start, end in left_out)

    return tuple(one for one in found if is_usable(one))


def judge_sides(video: Sequence[Contraction], emg: Sequence[Contraction]) -> SideVerdict:
    """Return whether spasms that coincide are on the side that both recordings state.

    Parameters
    ----------
    video, emg : sequence of Contraction
        On one clock. Sides are compared as stated, never exchanged.
    """
    moved = [c for c in video if c.name == "spasm" and c.side is not None]
    fired = [c for c in emg if c.name == "spasm" and c.side is not None]
    by_picture = any(isinstance(c.side, ImageSide) for c in moved)
    same = crossed = 0
    for one in moved:
        sides = {c.side for c in fired if _overlap(one, c)}
        if len(sides) != 1 or one.side is Side.BOTH:
            continue
        (side,) = sides
        # A picture that is not mirrored shows the patient's left at its right edge.
        left = ImageSide.IMAGE_RIGHT if by_picture else Side.LEFT
        is_same = (one.side is left) == (side is Side.LEFT)
        same, crossed = same + is_same, crossed + (not is_same)
    value = _verdict(same, crossed)
    if not by_picture and moved and fired:
        return SideVerdict(value, same, crossed)
    told: dict[str, Literal["yes", "no"]] = {"agree": "no", "conflict": "yes"}
    return SideVerdict("side_unknown", same, crossed, told.get(value) if by_picture else None)


def compare_spasms(
    video: Sequence[Contraction], emg: Sequence[Contraction], *, by_side: bool
) -> tuple[SharedSpasm, ...]:
    """Return every spasm that either recording saw, in order of time.

    Parameters
    ----------
    video, emg : sequence of Contraction
        In the time that both show, on one clock.
    by_side : bool
        Spasms match only when both recordings state the same side; False where a side is unknown.
    """
    moved = [c for c in video if c.name == "spasm"]
    fired = [c for c in emg if c.name == "spasm"]
    clusters = _clusters(moved, fired, by_side)
    others_video = _InOrder([c for c in video if c.name == "other"])
    others_emg = _InOrder([c for c in emg if c.name == "other"])
    found = []
    for of_video, of_emg in clusters:
        parts = (*of_video, *of_emg)
        seen: Seen = "both"
        if not of_emg:
            seen = "named_differently" if others_emg.meet(of_video) else "only_video"
        elif not of_video:
            seen = "during_movement" if others_video.meet(of_emg) else "only_emg"
        sides = {c.side for c in parts if c.side is not None}
        found.append(
            SharedSpasm(
                min(c.start_s for c in parts),
                max(c.end_s for c in parts),
                sides.pop() if len(sides) == 1 else None,
                seen,
                tuple(of_video),
                tuple(of_emg),
            )
        )
    return tuple(sorted(found, key=lambda s: (s.start_s, s.end_s)))


def share_by_chance(
    video: Sequence[Contraction],
    emg: Sequence[Contraction],
    shared: Span,
    rng: np.random.Generator,
    *,
    by_side: bool,
) -> float:
    """Return the share that would be seen by both if the recordings had nothing to do together.

    The EMG is turned against the video by many shifts around the shared time.
    """
    length = shared[1] - shared[0]
    shares = []
    for _ in range(int(joint_limit("match.chance_draws"))):
        shift = float(rng.uniform(0.1, 0.9)) * length
        turned = []
        for one in emg:
            start = shared[0] + (one.start_s - shared[0] + shift) % length
            turned.append(replace(one, start_s=start, end_s=start + one.end_s - one.start_s))
        shares.append(share_of(compare_spasms(video, turned, by_side=by_side)))
    return float(np.mean(shares))


def share_of(spasms: Sequence[SharedSpasm]) -> float:
    """Return the share of spasms that both saw; 0 when there are none.

    Activity during blinks and other movements that the video shows is no spasm.
    """
    counted = [s for s in spasms if s.seen != "during_movement"]
    return sum(s.seen == "both" for s in counted) / len(counted) if counted else 0.0


def _verdict(same: int, crossed: int) -> Verdict:
    if same + crossed < joint_limit("side.least_events"):
        return "undecided"
    share = wilson_interval(crossed, same + crossed)
    if share.low > 0.5:
        return "conflict"
    return "agree" if share.high < 0.5 else "undecided"


def _overlap(one: Contraction, other: Contraction) -> bool:
    reach = joint_limit("match.reach_s")
    return one.start_s - reach < other.end_s and other.start_s - reach < one.end_s


class _InOrder:
    """Contractions in order of their start, so that those near a moment are found at once."""

    def __init__(self, found: Sequence[Contraction]) -> None:
        self._found = sorted(found, key=lambda c: c.start_s)
        self._starts = [c.start_s for c in self._found]
        self._longest = max((c.end_s - c.start_s for c in found), default=0.0)

    def near(self, one: Contraction) -> Iterator[int]:
        """Yield the places of those that overlap one of the other recording."""
        reach = joint_limit("match.reach_s")
        first = bisect_left(self._starts, one.start_s - self._longest - reach)
        last = bisect_right(self._starts, one.end_s + reach)
        return (k for k in range(first, last) if _overlap(one, self._found[k]))

    def meet(self, parts: Sequence[Contraction]) -> bool:
        """Whether any of them overlaps any of the parts."""
        return any(True for one in parts for _ in self.near(one))


def _clusters(
    moved: Sequence[Contraction], fired: Sequence[Contraction], by_side: bool
) -> list[tuple[list[Contraction], list[Contraction]]]:
    """Return groups of contractions that overlap across the two recordings."""
    root = list(range(len(moved) + len(fired)))

    def find(k: int) -> int:
        while root[k] != k:
            root[k] = root[root[k]]
            k = root[k]
        return k

    fired = sorted(fired, key=lambda c: c.start_s)
    in_order = _InOrder(fired)
    for i, one in enumerate(moved):
        for j in in_order.near(one):
            if not by_side or one.side in (fired[j].side, Side.BOTH):
                root[find(len(moved) + j)] = find(i)
    groups: dict[int, tuple[list[Contraction], list[Contraction]]] = {}
    for k in range(len(root)):
        of_video, of_emg = groups.setdefault(find(k), ([], []))
        if k < len(moved):
            of_video.append(moved[k])
        else:
            of_emg.append(fired[k - len(moved)])
    return list(groups.values())
