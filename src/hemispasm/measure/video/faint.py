"""Movements too faint to count, which all come on one side: a doubt, and no resting face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measure.video.limits import event_limit
from hemispasm.model import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.video.observed import SideKey


def with_faint(
    events: Sequence[Event],
    keys: tuple[SideKey, SideKey],
    told: Sequence[Sequence[Event]],
    unsupported: Sequence[Sequence[Event]],
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
        For each of the two: what would count if that side were known to have spasms.
    unsupported : sequence of sequence of Event
        The same with movements too few to count, as a resting face has them.

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
    >>> sides, many = (Side.RIGHT, Side.LEFT), [[], pulls("left", 3)]
    >>> [str(e.kind) for e in with_faint([], sides, many, many)]
    ['undetermined', 'undetermined', 'undetermined']
    >>> with_faint([], sides, many, [pulls("right", 2), pulls("left", 3)])
    []
    """
    both = [e for e in events if e.kind in (EventKind.BLINK, EventKind.FORCED_CLOSURE)]

    def alone(found: Sequence[Event], key: SideKey) -> list[Event]:
        # What is uneven in a closure of both eyes is no movement of one side.
        mine = [e for e in found if e.kind is EventKind.SPASM and (e.side or e.image_side) == key]
        return [e for e in mine if not any(_overlap(e, b) for b in both)]

    firm = [alone(found, key) for found, key in zip(told, keys, strict=True)]
    loose = [len(alone(found, key)) for found, key in zip(unsupported, keys, strict=True)]
    column = int(len(firm[1]) > len(firm[0]))
    many, few = firm[column], loose[1 - column]
    if len(many) < event_limit("known_side_events"):
        return list(events)
    if few > event_limit("faint_other_share") * (few + len(many)):
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
    return alike and (a.side, a.image_side) == (b.side, b.image_side) and _overlap(a, b)


def _overlap(a: Event, b: Event) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s
