"""Contractions of either recording: when they began, on which side, and what they were called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hemispasm.measure.joint.limits import joint_limit
from hemispasm.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.model import Event, FindingsDocument, Side
    from hemispasm.model.side import ImageSide

NOT_A_MUSCLE = ("artefact", "evoked")


@dataclass(frozen=True)
class Contraction:
    """Something that the face did, seen by one recording.

    Attributes
    ----------
    start_s, end_s : float
        On that recording's clock.
    side : Side, ImageSide or None
        None: both sides, or nobody said.
    name : {"spasm", "other"}
        A spasm, or a movement that is called otherwise (a blink, a voluntary movement).
    confidence : float
        Of the most certain event in it.
    ids : tuple of str
        Events of the recording's document that it is made of.
    """

    start_s: float
    end_s: float
    side: Side | ImageSide | None
    name: Literal["spasm", "other"]
    confidence: float
    ids: tuple[str, ...]


def contractions_of_video(document: FindingsDocument) -> tuple[Contraction, ...]:
    """Return spasms and other movements of a video in order of time."""
    found = [
        Contraction(
            event.start_s,
            event.end_s,
            event.side or event.image_side,
            "spasm" if event.kind is EventKind.SPASM else "other",
            event.confidence,
            (event.id,),
        )
        for event in document.events
    ]
    return tuple(sorted(found, key=lambda c: (c.start_s, c.end_s)))


def contractions_of_emg(document: FindingsDocument) -> tuple[Contraction, ...]:
    """Return the spasms of an EMG recording and its other activity, in order of time.

    Bursts of both sides at once and those that the recording marks as movements are no spasm.
    Where nobody stated the side, all bursts of such channels that follow closely are one.
    """
    bursts = [e for e in document.events if e.kind is EventKind.BURST]
    bursts = [e for e in bursts if not set(e.flags) & set(NOT_A_MUSCLE)]
    found = [
        Contraction(e.start_s, e.end_s, e.side, "spasm", e.confidence, (e.id,))
        for e in document.events
        if e.kind is EventKind.SPASM
    ]
    sideless = [e for e in bursts if e.side is None and not e.flags]
    found += [_grouped(run, None, "spasm") for run in runs_of(sideless)]
    others = runs_of([e for e in bursts if e.flags])
    found += [_grouped(run, None, "other") for run in others]
    return tuple(sorted(found, key=lambda c: (c.start_s, c.end_s)))


def runs_of(events: Iterable[Event]) -> list[list[Event]]:
    """Return events in groups whose pauses do not exceed the limit."""
    gap_s = joint_limit("group.gap_s")
    runs: list[list[Event]] = []
    last_s = float("-inf")
    for event in sorted(events, key=lambda e: (e.start_s, e.end_s)):
        if event.start_s - last_s > gap_s:
            runs.append([])
            last_s = event.end_s
        runs[-1].append(event)
        last_s = max(last_s, event.end_s)
    return runs


def onsets_s(contractions: Iterable[Contraction]) -> tuple[float, ...]:
    """Return when the face began to move, sides and names left aside.

    Contractions of several sides that begin together are one onset, the earliest.
    """
    found: list[float] = []
    for start in sorted(c.start_s for c in contractions):
        if not found or start - found[-1] > joint_limit("align.tolerance_s"):
            found.append(start)
    return tuple(found)


def _grouped(run: list[Event], side: Side | None, name: Literal["spasm", "other"]) -> Contraction:
    return Contraction(
        run[0].start_s,
        max(event.end_s for event in run),
        side,
        name,
        max(event.confidence for event in run),
        tuple(event.id for event in run),
    )
