"""What is simulated for a validation, and what came back for each clip."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from hemispasm.model import Event, EventKind, FindingsDocument, Side, Truth
from hemispasm.model.base import Noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.model import TruthEvent

SIDES = (Side.LEFT, Side.RIGHT)


class Band(StrEnum):
    """Thirds of true eye closure in spasms: 0.20-0.35, 0.35-0.60, 0.60-1.0."""

    LOW = "0.20-0.35"
    MIDDLE = "0.35-0.60"
    HIGH = "0.60-1.00"


BAND_EDGES = {Band.LOW: (0.20, 0.35), Band.MIDDLE: (0.35, 0.60), Band.HIGH: (0.60, 1.0)}
UPPER_BANDS = (Band.MIDDLE, Band.HIGH)


def band_of(closure: float) -> Band | None:
    """Return the third that a true closure falls in; None below the lowest.

    Examples
    --------
    >>> band_of(0.35), band_of(0.1) is None
    (<Band.MIDDLE: '0.35-0.60'>, True)
    """
    for band in reversed(Band):
        if closure >= BAND_EDGES[band][0]:
            return band
    return None


class ClipSpec(Noun):
    """One clip to simulate; everything that decides its pixels.

    ``severity`` is the simulator's; ``band`` is the third of true closure it is meant for.
    """

    clip_id: str
    generator: Literal["head", "photo"]
    scenario: str
    side: Literal["left", "right", "none"] = "none"
    severity: float = Field(default=0.0, ge=0, le=1)
    band: Band | None = None
    seed: int = Field(ge=0)
    duration_s: float = Field(gt=0)
    frame_rate_hz: float = 30.0
    width: int = 640
    height: int = 480
    crf: int = 23
    extra: dict[str, float | str | bool] = Field(default_factory=dict)


class ClipResult(Noun):
    """Truth and findings of one clip, without its frames.

    ``baselines`` maps a baseline's name to the events it found on the same signals.
    """

    spec: ClipSpec
    truth: Truth
    document: FindingsDocument
    baselines: dict[str, tuple[Event, ...]] = Field(default_factory=dict)
    cpu_seconds: dict[str, float] = Field(default_factory=dict)

    @property
    def true_spasms(self) -> tuple[TruthEvent, ...]:
        """Spasms that were put in."""
        return tuple(e for e in self.truth.events if e.kind == EventKind.SPASM)

    @property
    def found_spasms(self) -> tuple[Event, ...]:
        """Spasms that were reported."""
        return tuple(e for e in self.document.events if e.kind is EventKind.SPASM)

    @property
    def has_spasm(self) -> bool:
        """Whether the simulated patient has spasms at all."""
        return bool(self.true_spasms) or self.truth.affected_side != "none_seen"

    @property
    def band(self) -> Band | None:
        """The third of true closure this clip fell in: that of its median spasm."""
        peaks = [
            e.measures["peak_closure"] for e in self.true_spasms if "peak_closure" in e.measures
        ]
        return band_of(float(np.median(peaks))) if peaks else self.spec.band

    @property
    def analysed_s(self) -> float:
        """Seconds the quality gate let through."""
        return self.document.quality.analysed_s


def covered_s(spans: Sequence[tuple[float, float]]) -> float:
    """Return the length of the union of time spans.

    Examples
    --------
    >>> covered_s([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)])
    4.0
    """
    total, reached = 0.0, -np.inf
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return float(total)


def true_spasm_fraction(result: ClipResult, side: Side) -> float:
    """Return the true fraction of the assessable time spent in spasm on one side.

    Time that the quality gate excluded counts neither as spasm nor as time, because the finding
    is about the usable rest only.
    """
    excluded = [(e.start_s, e.end_s) for e in result.document.quality.excluded]
    spasms = [(e.start_s, e.end_s) for e in result.true_spasms if e.side in (side, Side.BOTH)]
    usable_s = result.truth.duration_s - covered_s(excluded)
    if usable_s <= 0:
        return float("nan")
    return (covered_s(spasms + excluded) - covered_s(excluded)) / usable_s


def true_spasm_rate(result: ClipResult, side: Side) -> float:
    """Return the true spasms per minute that begin in assessable time on one side."""
    excluded = [(e.start_s, e.end_s) for e in result.document.quality.excluded]
    usable_s = result.truth.duration_s - covered_s(excluded)
    onsets = [e.start_s for e in result.true_spasms if e.side in (side, Side.BOTH)]
    seen = sum(not any(a <= t < b for a, b in excluded) for t in onsets)
    return 60.0 * seen / usable_s if usable_s > 0 else float("nan")


def found_value(result: ClipResult, code: str, side: Side | None = None) -> float | str | None:
    """Return the value of a finding, None when it is absent."""
    finding = result.document.find(code, side)
    return None if finding is None else finding.value
