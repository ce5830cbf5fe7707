"""What the page shows beside the marks: courses of the nerves, vessels, a draft of the measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.evidence import lookup_evidence
from hemispasm.imaging_page.shown import series_to_mark
from hemispasm.measure.imaging.findings import findings_from_side
from hemispasm.measure.imaging.nerves import NerveField, NerveTrack, prepare_nerves, track_nerves
from hemispasm.measure.imaging.one_side import measure_side
from hemispasm.measure.imaging.vessels import VesselTrack, find_dark_tubes, find_vessels
from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Role
from hemispasm.model.seeds import SeedKind
from hemispasm.model.vocabulary import lookup_code

if TYPE_CHECKING:
    from hemispasm.model.finding import Finding
    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

HEALTHY_CONTACT = "vessel_contact.other_side_traylor"
# No cistern is wider; a mark that lies farther off is a slip of the hand.
_FARTHEST_MM = 60.0
# A field is used again while every mark lies this far inside it.
_MARGIN_MM = 3.0
_LISTED = (
    "imaging.assessability",
    "imaging.vessel_nerve_distance",
    "imaging.vessel_contact",
    "imaging.conflict_grade",
)


@dataclass
class Tracker:
    """Tracks one examination again and again while marks move; keeps what is costly.

    Attributes
    ----------
    study : ImagingStudy
        The series.
    """

    study: ImagingStudy
    _fields: dict[Side, NerveField] = field(default_factory=dict)

    def track(self, seeds: Seeds, side: Side) -> dict[str, Any]:
        """Return courses and vessels of one side as plain data, LPS millimetres.

        Raises
        ------
        UsageError
            The facial nerve's ends are not both marked (``ends_unmarked``), or lie outside the
            series or too far apart (``marks_far_apart``).
        """
        self._check(seeds, side)
        near = self._field(seeds, side)
        nerves = track_nerves(near, seeds, side)
        vessels = self._vessels(near, nerves, seeds, side)
        return {
            "side": side.value,
            "nerves": [_nerve(one) for one in nerves],
            "vessels": [_vessel(one) for one in vessels],
        }

    def draft(self, seeds: Seeds, side: Side) -> dict[str, Any]:
        """Return what would be measured if a reader confirmed these marks, as plain data.

        It is shown as a draft and kept nowhere.
        """
        self._check(seeds, side)
        seeds = seeds.model_copy(update={"confirmed": True})
        cisternogram = self.study.of_role(Role.CISS)
        near = self._field(seeds, side) if cisternogram is not None else None
        measured = measure_side(self.study, seeds, side, field=near)
        assessed = measured.assessability
        found = findings_from_side(measured, seeds)
        known = lookup_evidence(HEALTHY_CONTACT)
        return {
            "side": side.value,
            "grade": assessed.grade.value,
            "reasons": [reason.split(": ", 1)[-1] for reason in assessed.reasons],
            "next_steps": list(assessed.next_steps),
            "findings": [_finding(one) for one in found if one.code in _LISTED],
            "healthy_contact": known.value,
        }

    def _check(self, seeds: Seeds, side: Side) -> None:
        if side not in seeds.sides:
            raise UsageError(
                "ends_unmarked",
                f"On the {side.value} the facial nerve's root exit and porus are not both marked.",
                "Mark both.",
            )
        places = np.array([mark.xyz_mm for mark in seeds.select(side=side)])
        inside = series_to_mark(self.study).contains(places)
        if np.ptp(places, axis=0).max() > _FARTHEST_MM or not inside.all():
            raise UsageError(
                "marks_far_apart",
                f"Marks of the {side.value} lie outside the series or far from one another.",
                "Move the mark that lies off.",
            )

    def _field(self, seeds: Seeds, side: Side) -> NerveField:
        near = self._fields.get(side)
        if near is None or not _holds(near, seeds, side):
            volume = series_to_mark(self.study)
            dark = volume.role not in (Role.T1, Role.T1_CONTRAST)
            near = self._fields[side] = prepare_nerves(volume, seeds, side, dark=dark)
        return near

    def _vessels(
        self, near: NerveField, nerves: tuple[NerveTrack, ...], seeds: Seeds, side: Side
    ) -> tuple[VesselTrack, ...]:
        if not nerves or self.study.of_role(Role.CISS) is None:
            return ()
        angiogram = self.study.of_role(Role.TOF)
        clicks = [np.array(m.xyz_mm) for m in seeds.select(side=side, kind=SeedKind.VESSEL)]
        bright: tuple[VesselTrack, ...] = ()
        if angiogram is not None:
            bright = find_vessels(near.region, angiogram, nerves[0], clicks, beside=nerves[1:])
        return (*bright, *find_dark_tubes(near.region, nerves, bright))


def _holds(near: NerveField, seeds: Seeds, side: Side) -> bool:
    region = near.region
    index = region.to_voxel([mark.xyz_mm for mark in seeds.select(side=side)])
    margin = _MARGIN_MM / region.step_mm
    last = np.array(region.array.shape) - 1.0 - margin
    return bool(np.all((index >= margin) & (index <= last)))


def _nerve(track: NerveTrack) -> dict[str, Any]:
    return {
        "nerve": track.nerve.value,
        "points_mm": np.round(track.points_mm, 3).tolist(),
        "reasons": [reason.split(": ", 1)[-1] for reason in track.reasons],
    }


def _vessel(track: VesselTrack) -> dict[str, Any]:
    return {
        "kind": track.kind,
        "points_mm": np.round(track.points_mm, 3).tolist(),
        "radius_mm": round(float(track.radius_mm), 2),
        "gap_mm": round(float(track.gap_mm), 2),
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "label": lookup_code(one.code).label,
        "value": one.value,
        "unit": one.unit,
        "interval": None if one.interval is None else list(one.interval),
        "reason": one.reason,
        "segment": one.extra("segment"),
        "vessel": one.extra("vessel"),
        "p_contact": one.extra("p_contact"),
    }
