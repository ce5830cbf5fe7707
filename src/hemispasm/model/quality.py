"""How far a recording, or a finding, can be trusted."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from hemispasm.model.base import Noun


class Grade(StrEnum):
    """The three answers to "can this be measured?"."""

    MEASURABLE = "measurable"
    LIMITED = "limited"
    NOT_ASSESSABLE = "not_assessable"


class Exclusion(Noun):
    """A time span that was left out, with the reason in words."""

    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    reason: str


class Quality(Noun):
    """Grade of a recording with the seconds that counted and why the rest did not.

    Each reason is ``code: sentence with the measured value and the limit that was crossed``.
    ``next_steps`` says what to do at the next recording.

    Examples
    --------
    >>> Quality(grade=Grade.LIMITED, analysed_s=12.0,
    ...         reasons=("short_recording: 12.0 s usable; a verdict needs 30 s",)).grade
    <Grade.LIMITED: 'limited'>
    """

    grade: Grade
    analysed_s: float = Field(ge=0)
    reasons: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
