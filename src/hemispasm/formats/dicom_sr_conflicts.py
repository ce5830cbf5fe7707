"""Findings of imaging gathered into conflicts, each with its side, segment and place checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.dicom_seg import Structure, nerve_centre
from hemispasm.model.errors import RefusedError
from hemispasm.model.imaging import Nerve, Segment, VesselName, Xyz
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.formats.dicom_seg_source import SourceSeries
    from hemispasm.model.finding import Finding, FindingsDocument

_DISTANCE = "imaging.vessel_nerve_distance"
_LENGTH = "imaging.contact_length"
_GRADE = "imaging.conflict_grade"
_CONTACT = "imaging.vessel_contact"
_DISPLACEMENT = "imaging.nerve_displacement"
_INDENTATION = "imaging.nerve_indentation"
_TOLD = (_DISTANCE, _LENGTH, _GRADE, _CONTACT, _DISPLACEMENT, _INDENTATION)
_ASSESSABILITY = "imaging.assessability"
_PAIR = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True)
class NearestPoints:
    """Where vessel and nerve of one conflict come nearest, LPS millimetres."""

    side: Side
    segment: Segment
    vessel: VesselName
    nerve_xyz_mm: Xyz
    vessel_xyz_mm: Xyz
    candidate: str | None = None


@dataclass(frozen=True)
class ConflictGroup:
    """What is known of one vessel at one segment of one facial nerve.

    ``number`` is the segment of the segmentation that shows the vessel, or else the nerve.
    """

    side: Side
    segment: str
    vessel: str
    candidate: str | None
    number: int
    distance: Finding | None
    contact_length: Finding | None
    grade: Finding | None
    points: NearestPoints | None
    contact: Finding | None = None
    displacement: Finding | None = None
    indentation: Finding | None = None

    @property
    def name(self) -> str:
        """Name for people and for tracking."""
        words = [str(self.side), "facial nerve", self.segment, self.vessel]
        return " ".join([*words, self.candidate] if self.candidate else words)


_Key = tuple[Side, str, str, str | None]


def group_conflicts(
    source: SourceSeries,
    document: FindingsDocument,
    structures: Sequence[Structure],
    points: Sequence[NearestPoints] = (),
) -> tuple[ConflictGroup, ...]:
    """Return the conflicts of a document in its order; see `build_report` for what is refused."""
    told = _gather(document)
    places: dict[_Key, NearestPoints] = {}
    for place in points:
        key = (place.side, str(place.segment), str(place.vessel), place.candidate)
        _check_place(source, structures, place)
        if key in places or key not in told:
            raise _unclear(key)
        places[key] = place
    return tuple(
        ConflictGroup(
            *key,
            number=_segment_number(structures, key),
            distance=entry.get(_DISTANCE),
            contact_length=entry.get(_LENGTH),
            grade=entry.get(_GRADE),
            points=places.get(key),
            contact=entry.get(_CONTACT),
            displacement=entry.get(_DISPLACEMENT),
            indentation=entry.get(_INDENTATION),
        )
        for key, entry in told.items()
    )


def assessed_sides(document: FindingsDocument) -> tuple[Finding, ...]:
    """Return the assessability of each side that has one."""
    found = tuple(f for f in document.findings if f.code == _ASSESSABILITY and f.value is not None)
    for finding in found:
        _check_side(finding)
    return found


def _gather(document: FindingsDocument) -> dict[_Key, dict[str, Finding]]:
    told: dict[_Key, dict[str, Finding]] = {}
    before: _Key | None = None
    for finding in document.findings:
        if finding.code in (*_TOLD, _ASSESSABILITY):
            _check_side(finding)
        named = finding.extra("vessel") or finding.extra("candidate")
        # A category without a vessel speaks of the whole side.
        alone = finding.value is not None and finding.code != _CONTACT
        if finding.code not in _TOLD or not (named or alone):
            continue
        key = _key(finding)
        if finding.code == _DISTANCE:
            before = key if finding.value is not None else None
        elif key[3] is None and before is not None and before[:3] == key[:3]:
            # Grade and length name no candidate: they follow the distance that they belong to.
            key = before
        entry = told.setdefault(key, {})
        if finding.code in entry:
            raise _unclear(key)
        entry[finding.code] = finding
    for key, entry in told.items():
        alike = [told[k] for k in told if k[:3] == key[:3]]
        measured = [e for e in alike if _DISTANCE in e and e[_DISTANCE].value is not None]
        counts = {len(e) for e in measured}
        lone = key[3] is None and _DISTANCE not in entry and len(alike) > 1
        # Where only one of two vessels of a name has a grade, nobody can tell whose it is.
        if lone or (len(measured) > 1 and len(counts) > 1):
            raise _unclear(key)
    return told


def _key(finding: Finding) -> _Key:
    side = Side(str(finding.side))
    candidate = finding.extra("candidate")
    return (
        side,
        str(finding.extra("segment") or "unknown"),
        str(finding.extra("vessel") or VesselName.UNNAMED),
        None if candidate is None else str(candidate),
    )


def _segment_number(structures: Sequence[Structure], key: _Key) -> int:
    side, _, vessel, candidate = key
    shown = [
        number
        for number, s in enumerate(structures, start=1)
        if s.kind is VesselName(vessel)
        and s.side in (side, None)
        and candidate in (None, s.candidate)
    ]
    nerve = [
        number
        for number, s in enumerate(structures, start=1)
        if s.kind is Nerve.VII and s.side is side
    ]
    if len(shown) == 1:
        return shown[0]
    if nerve:
        return nerve[0]
    raise RefusedError(
        "conflict_without_segment",
        f"Neither vessel nor nerve of the {side} conflict is in the segmentation.",
        "Segment at least the facial nerve of that side.",
    )


def _check_side(finding: Finding) -> None:
    if finding.side not in _PAIR:
        raise RefusedError(
            "finding_without_side",
            f"A finding ({finding.code}) has no side of the patient.",
            "State left or right; it is never exported without.",
        )


def _check_place(
    source: SourceSeries, structures: Sequence[Structure], place: NearestPoints
) -> None:
    both = np.array([place.nerve_xyz_mm, place.vessel_xyz_mm], dtype=np.float64)
    inside = np.all(np.isfinite(both)) and bool(np.all(source.volume.contains(both)))
    own, other = (
        nerve_centre(source, structures, Nerve.VII, side)
        for side in (_PAIR if place.side is Side.LEFT else _PAIR[::-1])
    )
    crossed = False
    if inside and own is not None and other is not None:
        # Left and right only: along the other axes a nerve of this side may lie further off.
        crossed = abs(both[0, 0] - own[0]) > abs(both[0, 0] - other[0])
    if not inside or crossed:
        raise RefusedError(
            "point_on_wrong_side",
            f"The nearest points of the {place.side} conflict lie outside the series or on the "
            "other side.",
            "Measure the study anew; nothing was exported.",
        )


def _unclear(key: _Key) -> RefusedError:
    side, segment, vessel, _ = key
    return RefusedError(
        "conflict_unclear",
        f"Findings or points of the {side} {segment} conflict ({vessel}) cannot be told apart.",
        "Name the candidate of each, and give one set of findings and points for each.",
    )
