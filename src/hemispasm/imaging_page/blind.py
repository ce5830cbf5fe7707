"""A blinded reading typed on the page, which learns nothing of the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from hemispasm.imaging_page.messages import read_message
from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError
from hemispasm.model.reading import SIDES
from hemispasm.model.side import Side
from hemispasm.reading import add_reading, find_place, make_side_reading

if TYPE_CHECKING:
    from hemispasm.imaging_page.examination import Examination


class ReadingToKeep(Noun):
    """What a reader says about one side."""

    reader: str
    side: Literal[Side.LEFT, Side.RIGHT]
    contact: str
    segment: str | None = None
    vessel: str | None = None
    grade: int | None = None
    note: str | None = None


def keep_reading(examination: Examination, body: bytes) -> dict[str, Any]:
    """Keep a blinded reading of one side and say which sides this reader has read.

    Readings of others are not sent: nobody reads after somebody else's eyes. Nor is the side of
    the symptoms.

    Parameters
    ----------
    examination : Examination
        Of a visit of a case.
    body : bytes
        The page's message.

    Raises
    ------
    UsageError
        The series belong to no case (``no_case``), or answers do not fit (``bad_reading``).
    RefusedError
        The reader knows the side of the symptoms already (``side_is_known``).
    """
    asked = read_message(ReadingToKeep, body)
    if examination.case is None:
        raise UsageError(
            "no_case",
            "These series belong to no case, so no reading can be kept.",
            "Put them into visits/<day>/imaging/ of a case folder.",
        )
    place = find_place(examination.case, examination.day)
    seen = make_side_reading(
        contact=asked.contact,
        segment=asked.segment,
        vessel=asked.vessel,
        grade=asked.grade,
        note=asked.note or None,
    )
    made = add_reading(place, reader=asked.reader, side=asked.side, seen=seen)
    own = asked.reader.strip().upper()
    read = [side.value for side in SIDES if made.current(own, side, blind=True) is not None]
    return {"reader": own, "read": read}
