"""Movements too faint to count, which all come on one side: a doubt, and no resting face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measure.video.classify import enough_jerks
from hemispasm.measure.video.limits import event_limit
from hemispasm.model import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.video.observed import SideKey


def with_faint(
    events: Sequence[Event],
    keys: tuple[SideKey, SideKey],
    told: Sequence[Sequence[Event]],
    observed_s: float,
) -> list[Event]:
    """Return the events of a video without spasms, and what is faint and comes on one side alone.

    A few pulls of one mouth corner are too faint to be called spasms, and a resting face gives
    some. It gives them on both sides: where one side shows several and the other next to none,
    "none seen" would be wrong, and they are undetermined.

    Parameters
    ----------
    events : sequence of Event
        Without any spasm.
    keys : tuple of SideKey
        What the half-faces at the picture's left and right belong to.
    told : sequence of sequence of Event
        For each of the two: what would be found if that side were known to have spasms.
    observed_s : float
        Length of what was seen, s.

    Returns
    -------
    list of Event
        In order of time.

    Examples
    --------
    >>> from hemispasm.model import Side
    >>> def pulls(side, n):
    ...     return [Event(id=f"spasm-{side}-{k}", kind="spasm", side=side, start_s=5.0 * k,
    ...                   end_s=5.0 * k + 0.5, confidence=0.5) for k in range(n)]
    >>> sides = Side.RIGHT, Side.LEFT
    >>> [str(e.kind) for e in with_faint([], sides, [[], pulls("left", 3)], 60.0)]
    ['undetermined', 'undetermined', 'undetermined']
    >>> with_faint([], sides, [pulls("right", 2), pulls("left", 3)], 60.0)
    []
    """
    both = [e for e in events if e.kind in (EventKind.BLINK, EventKind.FORCED_CLOSURE)]
    mine = [
        [
            e
            for e in found
            if e.kind is EventKind.SPASM
            and (e.side or e.image_side) == key
            # What is uneven in a closure of both eyes is no movement of one side.
            and not any(e.start_s < b.end_s and b.start_s < e.end_s for b in both)
        ]
        for key, found in zip(keys, told, strict=True)
    ]
    few, many = sorted(mine, key=len)
    if len(many) < enough_jerks(observed_s):
        return list(events)
    if len(few) > event_limit("faint_other_share") * (len(few) + len(many)):
        return list(events)
    doubts = [_as_doubt(e) for e in many if not any(_same(e, other) for other in events)]
    return sorted([*events, *doubts], key=lambda e: (e.start_s, e.end_s, e.id))


def _as_doubt(event: Event) -> Event:
    return event.model_copy(
        update={
            "id": event.id.replace(EventKind.SPASM, EventKind.UNDETERMINED, 1),
            "kind": EventKind.UNDETERMINED,
            "pattern": None,
            "confidence": 0.3,
            "flags": (*event.flags, "doubt:faint"),
        }
    )


def _same(a: Event, b: Event) -> bool:
    """Tell whether a doubt of the same side is already there."""
    alike = b.kind is EventKind.UNDETERMINED
    alike = alike and (a.side, a.image_side) == (b.side, b.image_side)
    return alike and a.start_s < b.end_s and b.start_s < a.end_s
