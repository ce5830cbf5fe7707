"""What counts as a spasm only because the side is known: by this video, or other recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.model import Event, EventKind, FindingsDocument, Grade, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COUNTED = "counted:known_side"
"""Flag of an event that is a spasm only because the side was known."""


def named_side(documents: Iterable[FindingsDocument]) -> Side | None:
    """Return the one side that other recordings name, None where none does or two differ.

    Parameters
    ----------
    documents : iterable of FindingsDocument
        Videos of earlier visits of the patient, and EMG of this or an earlier visit.

    Examples
    --------
    >>> named_side([]) is None
    True
    """
    found = {
        str(finding.value)
        for document in documents
        for code in ("video.affected_side", "emg.affected_side")
        if (finding := document.find(code)) is not None
        and document.quality.grade is not Grade.NOT_ASSESSABLE
    } & {"left", "right", "both"}
    return Side(found.pop()) if found in ({"left"}, {"right"}) else None


def mark_counted(told: Sequence[Event], alone: Sequence[Event], side: Side) -> tuple[Event, ...]:
    """Return what a video shows alone, and the spasms that count because the side is known.

    After toxin an eye can be still while the mouth goes on; whoever knows the patient counts
    these movements, and a video that is read on its own cannot. What it shows itself stays as it
    is; what it leaves open, or does not note, is added with a flag.

    Parameters
    ----------
    told, alone : sequence of Event
        Of one video, found with and without knowledge of the side.
    side : Side
        The known side.

    Returns
    -------
    tuple of Event
        In order of time.

    Examples
    --------
    >>> def pull(kind, *flags):
    ...     return Event(id=f"{kind}-1", kind=kind, side="left", start_s=1.0, end_s=2.0,
    ...                  confidence=0.4, flags=flags)
    >>> (marked,) = mark_counted([pull("spasm")], [pull("undetermined", "doubt:faint")], Side.LEFT)
    >>> marked.flags
    ('counted:known_side', 'doubt:faint')
    >>> [str(e.kind) for e in as_seen_alone([marked])]
    ['undetermined']
    >>> as_seen_alone(mark_counted([pull("spasm")], [], Side.LEFT))
    ()
    """
    kept, added = list(alone), []
    for event in told:
        if event.side is not side or event.kind is not EventKind.SPASM:
            continue
        same = [e for e in alone if e.kind not in _OF_BOTH and _overlap(e, event)]
        if any(e.side is not side or e.kind is not EventKind.UNDETERMINED for e in same):
            continue
        doubts = [f for e in same for f in e.flags if f.startswith("doubt:")]
        flags = (*event.flags, COUNTED, *dict.fromkeys(doubts))
        added.append(event.model_copy(update={"flags": flags}))
        kept = [e for e in kept if e not in same]
    return tuple(sorted([*kept, *added], key=lambda e: (e.start_s, e.end_s, e.id)))


_OF_BOTH = (EventKind.BLINK, EventKind.FORCED_CLOSURE)
"""Closures of both eyes, beside which one side may move as well."""


def as_seen_alone(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events as this video shows them without any knowledge of the patient.

    The side is named from these: a side that was told must not come back as one that was seen.
    What was doubtful is doubtful again, what nobody would have noted is gone.
    """
    seen = []
    for event in events:
        if COUNTED not in event.flags:
            seen.append(event)
        elif any(flag.startswith("doubt:") for flag in event.flags):
            flags = tuple(f for f in event.flags if f != COUNTED)
            doubtful = {"kind": EventKind.UNDETERMINED, "pattern": None, "flags": flags}
            seen.append(event.model_copy(update=doubtful))
    return tuple(seen)


def _overlap(a: Event, b: Event) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s
