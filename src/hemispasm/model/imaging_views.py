"""Pictures of one MRI examination with their geometry: what a page draws without any volume."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.imaging import Role, Segment, Xyz
from hemispasm.model.side import Side

IMAGING_VIEWS_SCHEMA: Literal["hemispasm.imaging_views/1"] = "hemispasm.imaging_views/1"

Xy = tuple[float, float]
"""A place in a picture: millimetres to the right of and below its middle."""
Structure = Literal["VII", "VIII", "vessel", "other_vessel", "unsure"]
"""What a line or a tube shows.

``vessel`` is the one that the pictures of a side are about, ``unsure`` a dark line that may be a
vein, slow flow or no vessel.
"""


class Plane(StrEnum):
    """Planes of cuts. ``oblique`` is a sagittal cut turned until the facial nerve crosses it."""

    AXIAL = "axial"
    CORONAL = "coronal"
    OBLIQUE = "oblique"


class Basis(StrEnum):
    """What the pictures of a side are centred on."""

    CONFLICT = "conflict"
    ATTACHED = "attached"
    COURSE = "course"
    CLICKS = "clicks"


class Frame(Noun):
    """Where a picture lies in the patient, and how large it is.

    Attributes
    ----------
    centre_mm : tuple of float
        LPS of the middle of the picture.
    right, down : tuple of float
        LPS unit vectors of the picture's axes. Away from the viewer is ``right`` x ``down``.
    width_mm, height_mm : float
        Size of the field.
    letters : tuple of str
        Directions of the patient at the left, right, upper and lower edge: of L, R, A, P, H, F
        (left, right, front, back, head, feet), two where the picture is oblique.

    Examples
    --------
    >>> frame = Frame(centre_mm=(20, 0, 0), right=(1, 0, 0), down=(0, 1, 0), width_mm=30,
    ...               height_mm=30, letters=("R", "L", "A", "P"))
    >>> frame.place((22.0, 0.0, 5.0))
    (2.0, 0.0)
    """

    centre_mm: Xyz
    right: Xyz
    down: Xyz
    width_mm: float = Field(gt=0)
    height_mm: float = Field(gt=0)
    letters: tuple[str, str, str, str]

    def place(self, xyz_mm: Xyz) -> Xy:
        """Return where a point of the patient appears in the picture."""
        away = [p - c for p, c in zip(xyz_mm, self.centre_mm, strict=True)]
        x = sum(a * r for a, r in zip(away, self.right, strict=True))
        y = sum(a * d for a, d in zip(away, self.down, strict=True))
        return x, y


class Outline(Noun):
    """A line in a picture.

    ``outline`` is the cut through a fitted tube, ``course`` the tracked middle of a structure where
    it runs near the plane: its thickness was not measured there.
    """

    structure: Structure
    kind: Literal["outline", "course"]
    points: tuple[Xy, ...]
    closed: bool = False


class Mark(Noun):
    """A named place in a picture; ``structure`` None for a reader's click."""

    name: Literal["nerve_point", "vessel_point", "click", "label"]
    at: Xy
    structure: Structure | None = None


class CutPicture(Noun):
    """A cut through one series, without any lettering burned in.

    Attributes
    ----------
    plane, role : str
        Which cut, of which series.
    frame : Frame
        Where it lies. Both series of one plane share it.
    png : str
        Greyscale PNG, base64.
    native_voxel_mm : tuple of float
        Acquired voxel along the array's axes: the picture is interpolated, the resolution is not.
    moved : bool
        The series was moved onto the cisternogram by registration.
    outlines, marks
        What lies upon it.
    alt : str
        The picture in words.
    """

    plane: Plane
    role: Role
    frame: Frame
    png: str
    native_voxel_mm: Xyz
    moved: bool = False
    outlines: tuple[Outline, ...] = ()
    marks: tuple[Mark, ...] = ()
    alt: str

    @property
    def data(self) -> bytes:
        """The PNG itself."""
        return base64.b64decode(self.png)


class ScenePicture(Noun):
    """A rendered view of brainstem, nerves and vessels.

    Attributes
    ----------
    view : str
        ``front`` (the viewer faces the patient) or ``below`` (from the feet).
    frame, png, alt
        As of a cut; the PNG is in colour on white.
    marks : tuple of Mark
        ``label`` where a structure's name may stand, and the nearest points of the surfaces.
    surface : bool
        Whether the surface of the brainstem is shown.
    """

    view: Literal["front", "below"]
    frame: Frame
    png: str
    marks: tuple[Mark, ...] = ()
    surface: bool = False
    alt: str

    @property
    def data(self) -> bytes:
        """The PNG itself."""
        return base64.b64decode(self.png)


class ConflictView(Noun):
    """Where one vessel comes nearest to one stretch of VII; distances are findings, not here.

    Attributes
    ----------
    crossing_deg : float
        Angle of the courses of nerve and vessel, 0-90.
    arc_mm : float
        Along VII from its detachment.
    nerve_point_mm, vessel_point_mm : tuple of float
        The two points of the axes, LPS.
    contributor : str
        Largest contributor to the uncertainty, a code.
    """

    vessel: str
    segment: Segment
    crossing_deg: float
    arc_mm: float
    nerve_point_mm: Xyz
    vessel_point_mm: Xyz
    contributor: str = ""


class RegistrationView(Noun):
    """How well the second series lies on the first.

    Attributes
    ----------
    role : Role
        The series that was moved onto the cisternogram.
    accepted : bool
        Otherwise the headers' common frame was used as it is.
    moved_mm : float
        How far registration moved the reader's clicks, at most.
    repeat_mm : float, optional
        Difference between two registrations on disjoint samples: repeatability, not accuracy.
    shift_mm : float, optional
        What the fit of the tubes still moved.
    """

    role: Role = Role.TOF
    accepted: bool
    moved_mm: float
    repeat_mm: float | None = None
    shift_mm: float | None = None


class SeriesView(Noun):
    """A series that was at hand."""

    role: Role
    number: int | None = None
    spacing_mm: Xyz
    native_voxel_mm: Xyz
    sha256: str = ""
    simulated: bool = False


class SideView(Noun):
    """The pictures of one side.

    Attributes
    ----------
    side : Side
        The patient's.
    basis : Basis, optional
        What they are centred on; None: there is no picture.
    shown : str, optional
        Which vessel is outlined as the nearest one.
    segment : Segment, optional
        Where it comes nearest.
    draft : bool
        Nobody has confirmed the clicks: the pictures show clicks, not a measurement.
    """

    side: Side
    basis: Basis | None = None
    shown: str | None = None
    segment: Segment | None = None
    cuts: tuple[CutPicture, ...] = ()
    scenes: tuple[ScenePicture, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    registration: RegistrationView | None = None
    draft: bool = False


class ImagingViews(Noun):
    """Every picture of one examination, left side first, with the examination's SHA-256.

    Examples
    --------
    >>> views = ImagingViews(sha256="0" * 64)
    >>> ImagingViews.model_validate_json(views.model_dump_json(by_alias=True)) == views
    True
    >>> views.of_side(Side.LEFT) is None
    True
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.imaging_views/1"] = Field(
        default=IMAGING_VIEWS_SCHEMA, alias="schema"
    )
    sha256: str
    simulated: bool = False
    series: tuple[SeriesView, ...] = ()
    sides: tuple[SideView, ...] = ()

    def of_side(self, side: Side) -> SideView | None:
        """Return the pictures of a side, None where there are none."""
        return next((view for view in self.sides if view.side is side), None)
