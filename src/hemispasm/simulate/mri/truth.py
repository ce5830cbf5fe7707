"""What the phantom knows: courses, radii, distances of every vessel to every part of the nerve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.imaging import Nerve, Role, Segment, VesselName, Xyz
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds

MRI_TRUTH_SCHEMA: Literal["hemispasm.mri_truth/1"] = "hemispasm.mri_truth/1"


class TrueNerve(Noun):
    """Centre line of a nerve from the brainstem outwards, LPS millimetres.

    Attributes
    ----------
    points_mm, arc_mm
        Centre line and its length from the detachment (below 0 on the brainstem).
    radius_mm : tuple of float
        Area-equivalent radius at each point.
    segments : dict
        First and last ``arc_mm`` of each part. Empty for VIII.
    root_exit_mm, detachment_mm, porus_mm, fundus_mm
        Where it leaves the brainstem tissue, detaches from the surface, enters and ends in the
        meatus.
    """

    nerve: Nerve
    side: Side
    points_mm: tuple[Xyz, ...]
    arc_mm: tuple[float, ...]
    radius_mm: tuple[float, ...]
    segments: dict[Segment, tuple[float, float]] = Field(default_factory=dict)
    root_exit_mm: Xyz
    detachment_mm: Xyz
    porus_mm: Xyz
    fundus_mm: Xyz


class TrueVessel(Noun):
    """Centre line and radius of a vessel; ``side`` both for the basilar artery."""

    id: str
    name: VesselName
    kind: Literal["artery", "vein"]
    side: Side
    points_mm: tuple[Xyz, ...]
    radius_mm: tuple[float, ...]


class TrueConflict(Noun):
    """One vessel and one segment of the facial nerve.

    Attributes
    ----------
    distance_mm : float
        Signed distance of the surfaces, exact by construction: below 0 the outlines overlap.
    surface_distance_mm : float, optional
        Vessel to brainstem or nerve surface, whichever is nearer, for ``root_exit`` and
        ``attached``: what can be measured where no CSF surrounds the nerve.
    point_nerve_mm, point_vessel_mm
        The two points of the centre lines that are nearest.
    arc_mm : float
        Of the nearest point, from the detachment.
    contact_length_mm : float
        Length of the nerve within the contact gap of ``parameters.toml``.
    displacement_mm : float
        How far the nerve lies from its undisturbed course, at most, in this segment; 0 for
        vessels that are not the cause.
    indentation_mm : float
        Depth of the vessel in the nerve's undisturbed outline.
    crossing_deg : float
        Angle of the two courses, 0-90.
    is_set : bool
        The pair that the options asked for.
    """

    side: Side
    vessel: str
    name: VesselName
    segment: Segment
    distance_mm: float
    surface_distance_mm: float | None = None
    point_nerve_mm: Xyz
    point_vessel_mm: Xyz
    arc_mm: float
    contact_length_mm: float
    displacement_mm: float = 0.0
    indentation_mm: float = 0.0
    crossing_deg: float
    is_set: bool = False


class TrueSeries(Noun):
    """How a series lies: ``moved`` is the 4x4 that the head moved by since the first series."""

    role: Role
    moved: tuple[tuple[float, ...], ...]
    noise_sd: float


class MriTruth(Noun):
    """Everything that was put in (``truth.json``). All places in LPS, as the first series lies."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.mri_truth/1"] = Field(default=MRI_TRUTH_SCHEMA, alias="schema")
    family: str
    seed: int
    affected_side: Side
    compression: float | None = None
    nerves: tuple[TrueNerve, ...]
    vessels: tuple[TrueVessel, ...]
    conflicts: tuple[TrueConflict, ...]
    lesions: dict[str, bool] = Field(default_factory=dict)
    series: tuple[TrueSeries, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)

    def nerve(self, nerve: Nerve, side: Side) -> TrueNerve | None:
        """Return a nerve's course, None when that side is not in the field."""
        return next((n for n in self.nerves if (n.nerve, n.side) == (nerve, side)), None)

    def nearest(self, side: Side, segment: Segment | None = None) -> TrueConflict | None:
        """Return the pair with the smallest distance on a side, in a segment where one is given."""
        found = [c for c in self.conflicts if c.side is side and segment in (None, c.segment)]
        return min(found, key=lambda c: c.distance_mm, default=None)

    def set_conflict(self, side: Side) -> TrueConflict | None:
        """Return the pair that the options asked for on a side."""
        return next((c for c in self.conflicts if c.side is side and c.is_set), None)


@dataclass(frozen=True)
class SimulatedMri:
    """The series, the reader's clicks, and the truth."""

    volumes: tuple[Volume, ...]
    seeds: Seeds
    truth: MriTruth
