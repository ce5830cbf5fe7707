"""What one clip contributes to each score: counts and errors, before any pooling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hemispasm.model import EventKind, Grade, Side
from hemispasm.validate.clips import (
    SIDES,
    ClipResult,
    found_value,
    true_spasm_fraction,
    true_spasm_rate,
)
from hemispasm.validate.matching import match_events, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.model import Event, TruthEvent

BABINSKI = "other_babinski"


@dataclass(frozen=True)
class Tally:
    """Hits, false alarms and misses."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.false + other.false, self.missed + other.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where there was nothing to find."""
        total = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / total if total else None

    @property
    def precision(self) -> float | None:
        """Share of the found that is true; None when nothing was found."""
        found = self.hits + self.false
        return self.hits / found if found else None

    @property
    def recall(self) -> float | None:
        """Share of the true that was found; None when there was nothing to find."""
        true = self.hits + self.missed
        return self.hits / true if true else None


class SideOutcome(StrEnum):
    """How the affected side came out. Only ``wrong`` can hurt a patient."""

    RIGHT = "right"
    UNCERTAIN = "uncertain"
    MISSED = "missed"
    REFUSED = "refused"
    WRONG = "wrong"


@dataclass(frozen=True)
class SpasmPair:
    """A true spasm and the event that found it."""

    true: TruthEvent
    found: Event

    @property
    def onset_error_s(self) -> float:
        """Found minus true onset."""
        return self.found.start_s - self.true.start_s


def spasm_pairs(result: ClipResult) -> tuple[list[SpasmPair], list[TruthEvent], list[Event]]:
    """Return matched spasms, missed ones and false ones of a clip.

    A spasm found on the wrong side is a false one and the true one is missed.
    """
    pairs: list[SpasmPair] = []
    missed: list[TruthEvent] = []
    false: list[Event] = [e for e in result.found_spasms if e.side is None]
    for side in Side:
        true = [e for e in result.true_spasms if e.side is side]
        found = [e for e in result.found_spasms if e.side is side]
        matching = match_events(true, found)
        pairs += [SpasmPair(true[i], found[j]) for i, j in matching.pairs]
        missed += [true[i] for i in matching.missed]
        false += [found[j] for j in matching.extra]
    return pairs, missed, false


def spasm_tally(result: ClipResult) -> Tally:
    """Count found, false and missed spasms of a clip, side included."""
    pairs, missed, false = spasm_pairs(result)
    return Tally(len(pairs), len(false), len(missed))


def sideless_tally(result: ClipResult, found: Sequence[Event]) -> Tally:
    """Count spasms of a clip whatever side they were given; baselines name none."""
    matching = match_events(result.true_spasms, found)
    return Tally(len(matching.pairs), len(matching.extra), len(matching.missed))


def side_outcome(result: ClipResult) -> SideOutcome:
    """Judge the affected side of one clip.

    ``none_seen`` where spasms exist is a miss. Any side named where no spasm exists, or a side
    beyond the affected one, is wrong.

    Returns
    -------
    SideOutcome
        ``refused`` when the recording was graded not assessable or no side finding exists.
    """
    said = found_value(result, "video.affected_side")
    if said is None or result.document.quality.grade is Grade.NOT_ASSESSABLE:
        return SideOutcome.REFUSED
    if said == result.truth.affected_side:
        return SideOutcome.RIGHT
    if said == "uncertain":
        return SideOutcome.UNCERTAIN
    return SideOutcome.MISSED if said == "none_seen" else SideOutcome.WRONG


def blink_tally(result: ClipResult) -> Tally:
    """Count blinks away from spasms; those that overlap a true spasm count for nothing.

    A blink is found when its onset lies within 150 ms; no overlap is asked, since a blink lasts
    only a few frames.
    """
    true = [e for e in result.truth.events if e.kind == EventKind.BLINK]
    found = [e for e in result.document.events if e.kind is EventKind.BLINK]
    spasms = result.true_spasms
    matching = match_events(true, found, min_overlap=0.0)
    return Tally(
        sum(not overlaps(true[i], spasms) for i, _ in matching.pairs),
        sum(not overlaps(found[j], spasms) for j in matching.extra),
        sum(not overlaps(true[i], spasms) for i in matching.missed),
    )


def babinski_tally(result: ClipResult) -> Tally:
    """Count the other Babinski sign per true spasm; a missed spasm misses its sign.

    False ones are spasms without the sign that were given it, and events that are no true spasm.
    """
    pairs, missed, _ = spasm_pairs(result)
    matched = {id(pair.found) for pair in pairs}
    shown = [pair for pair in pairs if BABINSKI in pair.true.flags]
    hits = sum(BABINSKI in pair.found.flags for pair in shown)
    false = sum(
        BABINSKI in pair.found.flags and BABINSKI not in pair.true.flags for pair in pairs
    ) + sum(BABINSKI in e.flags and id(e) not in matched for e in result.document.events)
    lost = len(shown) - hits + sum(BABINSKI in e.flags for e in missed)
    return Tally(hits, false, lost)


def babinski_reported(result: ClipResult) -> int:
    """Return how often the sign was reported in a clip, in events or in findings."""
    in_events = sum(BABINSKI in e.flags for e in result.document.events)
    counts = [
        finding.value
        for finding in result.document.findings
        if finding.code == "video.other_babinski_count" and isinstance(finding.value, float)
    ]
    return max(in_events, int(sum(counts)))


def affected_sides(result: ClipResult) -> tuple[Side, ...]:
    """Return the patient's truly affected sides."""
    return tuple(
        side for side in SIDES if result.truth.affected_side in (side.value, Side.BOTH.value)
    )


def time_errors(result: ClipResult) -> list[float]:
    """Return found minus true time in spasm, in percentage points, per affected side."""
    return [
        100 * (_number(result, "video.spasm_time_fraction", side) - truth)
        for side in affected_sides(result)
        if (truth := true_spasm_fraction(result, side)) == truth
    ]


def rate_pairs(result: ClipResult) -> list[tuple[float, float]]:
    """Return (true, found) spasms per minute, per affected side."""
    return [
        (truth, _number(result, "video.spasm_rate", side))
        for side in affected_sides(result)
        if (truth := true_spasm_rate(result, side)) == truth
    ]


def _number(result: ClipResult, code: str, side: Side) -> float:
    """Return a numeric finding; absent means that nothing was reported, so 0."""
    value = found_value(result, code, side)
    return float(value) if isinstance(value, float | int) else 0.0
