"""What a reader saw on an MRI examination, side by side, blinded to the symptoms or not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.imaging import Segment, VesselName
from hemispasm.model.side import Side

READINGS_SCHEMA: Literal["hemispasm.readings/1"] = "hemispasm.readings/1"

#: Answers on contact, in order.
CONTACTS = ("absent", "uncertain", "present")
SIDES = (Side.LEFT, Side.RIGHT)


class SideReading(Noun):
    """What a reader saw on one side.

    Attributes
    ----------
    contact : str
        Whether a vessel touches the facial nerve: ``present``, ``absent`` or ``uncertain``.
    segment, vessel : optional
        Where, and by which vessel; None where there is no contact or it was not said.
    grade : int, optional
        0 none, 1 contact, 2 displacement, 3 indentation.
    note : str, optional
        In the reader's words.

    Raises
    ------
    ValueError
        The answers contradict one another.

    Examples
    --------
    >>> SideReading(contact="present", segment="attached", vessel="aica", grade=2).grade
    2
    """

    contact: Literal["present", "absent", "uncertain"]
    segment: Segment | None = None
    vessel: VesselName | None = None
    grade: int | None = Field(default=None, ge=0, le=3)
    note: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _check_answers(self) -> Self:
        where = self.segment is not None or self.vessel is not None
        if self.contact == "absent" and (where or self.grade):
            raise ValueError("without contact there is no segment, no vessel and no grade above 0")
        if self.contact == "present" and self.grade == 0:
            raise ValueError("with contact the grade is at least 1")
        return self


class Reading(Noun):
    """One sitting of one reader: one side or both.

    Attributes
    ----------
    reader : str
        Initials in capitals.
    time : datetime
        When.
    blind : bool
        The reader did not know the side of the symptoms.
    software : str
        Version of hemispasm that took it down.
    sides : dict of Side to SideReading
        What was seen, of the patient's left, right or both.
    reason : str, optional
        Why somebody read knowing the side without having read both sides blinded before.
    imaging_sha256 : str, optional
        Of the series as they lay there.
    """

    reader: str = Field(pattern=r"^\w{1,8}$")
    time: datetime
    blind: bool
    software: str
    sides: dict[Literal[Side.LEFT, Side.RIGHT], SideReading] = Field(min_length=1)
    reason: str | None = Field(default=None, min_length=1, max_length=500)
    imaging_sha256: str | None = None

    @model_validator(mode="after")
    def _check_reader(self) -> Self:
        if self.reader != self.reader.upper():
            raise ValueError("initials are written in capitals")
        if self.blind and self.reason is not None:
            raise ValueError("a blinded reading needs no reason")
        return self


class Readings(Noun):
    """``readings.json`` beside the series of a visit: readings are added, never changed.

    Examples
    --------
    >>> when, seen = datetime(2026, 3, 2, 9), SideReading(contact="absent")
    >>> one = Reading(reader="AB", time=when, blind=True, software="1", sides={"left": seen})
    >>> Readings(readings=(one,)).has_read_both_blinded("AB")
    False
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.readings/1"] = Field(default=READINGS_SCHEMA, alias="schema")
    readings: tuple[Reading, ...] = ()

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody who has read, in order of their first reading."""
        return tuple(dict.fromkeys(one.reader for one in self.readings))

    def current(self, reader: str, side: Side, *, blind: bool) -> SideReading | None:
        """Return a reader's last word on a side, blinded or not; None where there is none."""
        said = [
            seen
            for one in self.readings
            if one.reader == reader and one.blind is blind
            for on, seen in one.sides.items()
            if on is side
        ]
        return said[-1] if said else None

    def has_read_both_blinded(self, reader: str) -> bool:
        """Whether a reader has read the left and the right side without knowing the symptoms."""
        return all(self.current(reader, side, blind=True) is not None for side in SIDES)

    def knows_the_side(self, reader: str) -> bool:
        """Whether a reader may know the side of the symptoms: was shown it, or read unblinded."""
        unblinded = any(one.reader == reader and not one.blind for one in self.readings)
        return unblinded or self.has_read_both_blinded(reader)
