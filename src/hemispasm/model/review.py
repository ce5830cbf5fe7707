"""A person's word on what the machine found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.event import EventKind, Pattern
from hemispasm.model.side import Side

REVIEW_SCHEMA: Literal["hemispasm.review/1"] = "hemispasm.review/1"


class Decision(StrEnum):
    """What the reviewer decided."""

    ACCEPT = "accept"
    REJECT = "reject"
    RELABEL = "relabel"


class ReviewItem(Noun):
    """One decision on one event or finding, with initials, time and reason.

    A relabel names what changes: ``kind``, ``side``, ``pattern`` (events) or ``value`` (findings).
    """

    target: Literal["event", "finding"]
    recording_sha256: str
    id: str
    decision: Decision
    initials: str = Field(min_length=1, max_length=8)
    time: datetime
    reason: str = Field(min_length=1)
    kind: EventKind | None = None
    side: Side | None = None
    pattern: Pattern | None = None
    value: float | str | None = None

    @model_validator(mode="after")
    def _check_relabel(self) -> Self:
        changes = (self.kind, self.side, self.pattern, self.value)
        if self.decision is Decision.RELABEL and all(c is None for c in changes):
            raise ValueError(f"the relabel of {self.id} changes nothing: give kind, side or value")
        if self.decision is not Decision.RELABEL and any(c is not None for c in changes):
            raise ValueError(f"the {self.decision} of {self.id} carries a new label: use relabel")
        return self


class Signature(Noun):
    """A named person takes responsibility for one report, identified by content.

    ``plan_sha256`` is None where nothing was reasoned.
    """

    initials: str = Field(min_length=1, max_length=8)
    role: str = Field(min_length=1)
    time: datetime
    findings_sha256: str
    plan_sha256: str | None = None


class Review(Noun):
    """``review.json`` beside a visit."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.review/1"] = Field(default=REVIEW_SCHEMA, alias="schema")
    items: tuple[ReviewItem, ...] = ()
    signatures: tuple[Signature, ...] = ()
