"""Something that happened between two times of a recording."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.side import ImageSide, Side


class EventKind(StrEnum):
    """What happened; the glossary defines each."""

    SPASM = "spasm"
    BLINK = "blink"
    FORCED_CLOSURE = "forced_closure"
    VOLUNTARY = "voluntary"
    SYNKINESIS = "synkinesis"
    UNDETERMINED = "undetermined"
    BURST = "burst"


class Pattern(StrEnum):
    """Temporal form of a spasm."""

    TWITCH = "twitch"
    CLONIC = "clonic"
    TONIC = "tonic"


class Region(StrEnum):
    """Part of the half-face that moved."""

    EYE = "eye"
    BROW = "brow"
    CHEEK = "cheek"
    NOSE = "nose"
    MOUTH = "mouth"
    PLATYSMA = "platysma"


class Event(Noun):
    """A time span with a kind, a side and per-event measures.

    ``id`` is stable for one recording and method version, so that a review can point at it.
    ``measures`` carries numbers whose unit is in the name (``peak_closure``: fraction of full
    closure 0-1, ``frequency_hz``, ``mouth_excursion_iod``: fraction of the inter-outer-canthal
    distance, ``upper_lower_lag_ms``, ``brow_lift_iod``, ``left_right_ratio``). ``flags`` carries
    observations without a number (``other_babinski``, ``mouth_down``, ``during_task:smile``).

    Examples
    --------
    >>> Event(id="spasm-1090", kind="spasm", side="left", start_s=1.09, end_s=2.54,
    ...       pattern="tonic", region=("eye", "mouth"), confidence=0.98).duration_s
    1.45
    """

    id: str
    kind: EventKind
    side: Side | None = None
    image_side: ImageSide | None = None
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    pattern: Pattern | None = None
    region: tuple[Region, ...] = ()
    confidence: float = Field(ge=0, le=1)
    measures: dict[str, float] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    channel: str | None = None

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if self.end_s < self.start_s:
            raise ValueError(f"event {self.id} ends before it starts")
        if self.side is not None and self.image_side is not None:
            raise ValueError(f"event {self.id} names a side and an image side; give one")
        return self

    @property
    def duration_s(self) -> float:
        """Length of the event in seconds."""
        return round(self.end_s - self.start_s, 6)
