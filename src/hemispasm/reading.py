"""The whole path of reading MRI blinded: who may read how, what is shown to whom, agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from hemispasm.formats.case import CaseFolder, VisitFolder, read_case
from hemispasm.formats.readings import read_readings, write_readings
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.reading import CONTACTS, SIDES, Reading, Readings, SideReading
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.formats.case_imaging import ImagingFiles
    from hemispasm.stats.agreement import Agreement

#: Below so many sides read by both the interval of kappa does not hold. Expert rule.
FEWEST_SIDES = 10
_GRADES = (0, 1, 2, 3)


@dataclass(frozen=True)
class Place:
    """The examination that is read: its case, visit and files."""

    case: CaseFolder
    visit: VisitFolder
    files: ImagingFiles

    @property
    def readings(self) -> Readings:
        """What was read of it so far."""
        return read_readings(self.files.readings)


@dataclass(frozen=True)
class PairAgreement:
    """How far two readers agree, from the blinded readings of both.

    Attributes
    ----------
    readers : tuple of str
        Two of them.
    contact, grade : Agreement or None
        Kappa with linear weights; None while fewer sides were read than its interval needs.
    agreed, sides : int
        Sides with the same answer on contact, of the sides that both have read.
    """

    readers: tuple[str, str]
    agreed: int
    sides: int
    contact: Agreement | None = None
    grade: Agreement | None = None


def find_place(folder: Path | str, day: str | None = None) -> Place:
    """Return the examination to read.

    Parameters
    ----------
    folder : path-like
        A case folder.
    day : str, optional
        Which visit, YYYY-MM-DD; needed where several have series.

    Raises
    ------
    UsageError
        No visit has series (``no_imaging``), or several do and none is named (``which_visit``).
    """
    case = read_case(folder)
    held = [(visit, visit.imaging) for visit in case.visits if visit.imaging is not None]
    days = [visit.day.isoformat() for visit, _ in held]
    wanted = [pair for pair in held if day is None or pair[0].day.isoformat() == day]
    if not held or not wanted:
        named = "The case" if day is None else f"The visit of {day}"
        raise UsageError(
            "no_imaging",
            f"{named} holds no MRI series.",
            f"Name one of {', '.join(days)}." if days else "Put series into visits/DAY/imaging/.",
        )
    if len(wanted) > 1:
        raise UsageError(
            "which_visit",
            f"{len(wanted)} visits hold MRI series: {', '.join(days)}.",
            "Name one with --visit DAY.",
        )
    return Place(case, *wanted[0])


def make_side_reading(**answers: Any) -> SideReading:
    """Return a side's reading, or say which answer does not fit.

    Raises
    ------
    UsageError
        An answer is none of the allowed ones, or contradicts another (``bad_reading``).

    Examples
    --------
    >>> make_side_reading(contact="absent", grade=2)
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.UsageError: This reading does not fit: without contact there is no \
segment, no vessel and no grade above 0. Correct it and read again.
    """
    try:
        return SideReading.model_validate(answers)
    except ValidationError as problem:
        raise _bad(problem) from None


def add_reading(
    place: Place,
    *,
    reader: str,
    side: Side,
    seen: SideReading,
    blind: bool = True,
    reason: str | None = None,
    now: datetime | None = None,
) -> Readings:
    """Add a reading of one side; earlier ones stay as they are.

    Parameters
    ----------
    place : Place
        From `find_place`.
    reader : str
        Initials.
    side : Side
        The patient's left or right.
    seen : SideReading
        What was seen.
    blind : bool
        False: the reader knows the side of the symptoms. Allowed after both sides were read
        blinded, otherwise with a reason.
    reason : str, optional
        Why it is read unblinded before.
    now : datetime, optional
        Time of the reading.

    Returns
    -------
    Readings
        All of the examination.

    Raises
    ------
    RefusedError
        An unblinded reading before both blinded ones and without a reason (``not_read_blind``), or
        a blinded one by somebody who knows the side (``side_is_known``).
    UsageError
        Initials that are none (``bad_reading``).
    """
    reader = reader.strip().upper()
    old = place.readings
    if blind:
        _refuse_known(place, reader)
        reason = None
    elif not old.has_read_both_blinded(reader) and not (reason and reason.strip()):
        raise RefusedError(
            "not_read_blind",
            f"{reader} has not read both sides blinded yet.",
            "Read both sides blinded first, or say with --reason why not.",
        )
    try:
        one = Reading(
            reader=reader,
            time=now or datetime.now(UTC).replace(microsecond=0),
            blind=blind,
            software=version("hemispasm"),
            sides={Side(side): seen},
            reason=reason.strip() if reason and reason.strip() else None,
            imaging_sha256=place.files.digest(),
        )
    except ValidationError as problem:
        raise _bad(problem) from None
    made = Readings(readings=(*old.readings, one))
    write_readings(place.files.readings, made)
    return made


def side_for_reader(place: Place, reader: str) -> Side | None:
    """Return the side of the symptoms for a reader who has read both sides blinded.

    Parameters
    ----------
    place : Place
        From `find_place`.
    reader : str
        Initials.

    Returns
    -------
    Side or None
        As the latest run found it from all sources, else as the case file says; None where nobody
        knows it.

    Raises
    ------
    RefusedError
        The reader has not read both sides blinded (``not_read_blind``).
    """
    from hemispasm.results import latest_run

    if not place.readings.knows_the_side(reader.strip().upper()):
        raise RefusedError(
            "not_read_blind",
            f"{reader.strip().upper()} has not read both sides blinded yet.",
            "Read the left and the right side, then ask again.",
        )
    run = latest_run(place.case)
    if run is not None and run.plan is not None:
        return run.plan.side.side
    onset = place.case.case.onset
    return None if onset is None else onset.side


def readings_for(place: Place, reader: str | None) -> tuple[Reading, ...]:
    """Return the readings that may be shown to somebody.

    Parameters
    ----------
    place : Place
        From `find_place`.
    reader : str or None
        Initials. One who has not finished sees only readings of their own, so that nobody reads
        after somebody else's eyes. None: all of them.
    """
    found = place.readings
    if reader is None:
        return found.readings
    own = reader.strip().upper()
    if found.knows_the_side(own):
        return found.readings
    return tuple(one for one in found.readings if one.reader == own)


def agree_readers(examinations: Iterable[Readings]) -> tuple[PairAgreement, ...]:
    """Return how far every two readers agree over examinations.

    Parameters
    ----------
    examinations : iterable of Readings
        One for each examination. Blinded readings alone count, each reader's last word on a side.

    Returns
    -------
    tuple of PairAgreement
        Pairs that have read a side in common. Sides of one patient are not independent, so the
        intervals of kappa are somewhat too narrow.
    """
    every = tuple(examinations)
    readers = tuple(dict.fromkeys(r for one in every for r in one.readers))
    found = (_pair(every, first, second) for first, second in combinations(readers, 2))
    return tuple(pair for pair in found if pair.sides)


def _pair(every: Sequence[Readings], first: str, second: str) -> PairAgreement:
    both = [
        (a, b)
        for one in every
        for side in SIDES
        if (a := one.current(first, side, blind=True)) is not None
        and (b := one.current(second, side, blind=True)) is not None
    ]
    contacts = [(CONTACTS.index(a.contact), CONTACTS.index(b.contact)) for a, b in both]
    grades = [(a.grade, b.grade) for a, b in both if a.grade is not None and b.grade is not None]
    return PairAgreement(
        readers=(first, second),
        agreed=sum(a == b for a, b in contacts),
        sides=len(both),
        contact=_kappa(contacts, range(len(CONTACTS))),
        grade=_kappa(grades, _GRADES),
    )


def _kappa(pairs: Sequence[tuple[int, int]], scale: Sequence[int]) -> Agreement | None:
    if len(pairs) < FEWEST_SIDES:
        return None
    from hemispasm.stats.agreement import weighted_kappa

    first, second = zip(*pairs, strict=True)
    return weighted_kappa(first, second, list(scale), weights="linear")


def _refuse_known(place: Place, reader: str) -> None:
    """Refuse a blinded reading by somebody who was shown the side at any visit of the case."""
    known = [
        visit.day.isoformat()
        for visit in place.case.visits
        if visit.imaging is not None
        and read_readings(visit.imaging.readings).knows_the_side(reader)
    ]
    if known:
        raise RefusedError(
            "side_is_known",
            f"{reader} knows the side of the symptoms from the reading of {known[0]}.",
            "Add the reading with --unblinded; the blinded one stays beside it.",
        )


def _bad(problem: ValidationError) -> UsageError:
    first = problem.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    named = f"{key}: " if key else ""
    return UsageError(
        "bad_reading", f"This reading does not fit: {named}{said}.", "Correct it and read again."
    )
