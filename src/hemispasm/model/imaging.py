"""A volume as measurement sees it: voxels, where they lie in the patient, what the header says.

One frame everywhere: the patient's LPS in millimetres. x grows to the patient's left, y to the
back, z to the head. Readers turn every other convention into it at the door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from hemispasm.model.base import Noun
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.seeds import Seeds

Xyz = tuple[float, float, float]
"""A point or a vector in LPS, millimetres."""


class Role(StrEnum):
    """What a series is for. ``ciss`` stands for every heavily T2-weighted 3-D cisternogram."""

    CISS = "ciss"
    TOF = "tof"
    T1 = "t1"
    T1_CONTRAST = "t1_contrast"
    T2 = "t2"
    FLAIR = "flair"
    CT = "ct"
    CTA = "cta"
    DSA = "dsa"
    UNKNOWN = "unknown"


class Nerve(StrEnum):
    """The two nerves that cross the cistern together."""

    VII = "VII"
    VIII = "VIII"


class Segment(StrEnum):
    """Parts of the facial nerve from the brainstem outwards.

    ``root_exit``: where it leaves the brainstem at the pontomedullary sulcus; ``attached``: it
    runs on the pons; ``transition``: from its detachment some millimetres outwards;
    ``proximal_cisternal``, ``distal_cisternal``: the halves of the rest of the free course;
    ``meatal``: beyond the porus.
    """

    ROOT_EXIT = "root_exit"
    ATTACHED = "attached"
    TRANSITION = "transition"
    PROXIMAL_CISTERNAL = "proximal_cisternal"
    DISTAL_CISTERNAL = "distal_cisternal"
    MEATAL = "meatal"


class VesselName(StrEnum):
    """Names of vessels, as `imaging.offending_vessel` knows them."""

    AICA = "aica"
    PICA = "pica"
    VA = "va"
    BA = "ba"
    VEIN = "vein"
    UNNAMED = "unnamed"


class AssessabilityClass(StrEnum):
    """What one side's series allow: A a number, B a category, C neither."""

    A = "A"
    B = "B"
    C = "C"


class Assessability(Noun):
    """The class of one side, why, and what to order next time.

    Each reason is ``code: sentence with the measured value and the limit that was crossed``.
    ``allowed`` names the statements that these series carry, as codes.
    """

    side: Side
    grade: AssessabilityClass
    reasons: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


class SequenceFacts(Noun):
    """What the header of a series says about its acquisition; None: it does not say.

    Attributes
    ----------
    modality : str, optional
        ``MR``, ``CT``, ``XA``.
    acquired_3d : bool, optional
        A volume acquisition, not single slices.
    repetition_ms, echo_ms, inversion_ms, flip_deg, field_t : float, optional
        TR, TE, TI, flip angle, field strength.
    slice_thickness_mm, slice_spacing_mm : float, optional
        As the header gives them. The affine holds what the positions of the slices say.
    acquired_matrix, reconstructed_matrix : tuple of int, optional
        In plane, along the columns and rows of the picture. A reconstructed matrix above the
        acquired one is interpolation, not resolution.
    acquired_voxel_mm : tuple of float, optional
        Native voxel along the three array axes where the header allows to know it.
    contrast : bool, optional
        A contrast agent was given.
    laterality : Side, optional
        Side that the header says was imaged.
    sequence : str
        Short code of the pulse sequence as the vendor's header names it; empty when not given.
    """

    modality: str | None = None
    acquired_3d: bool | None = None
    repetition_ms: float | None = Field(default=None, ge=0)
    echo_ms: float | None = Field(default=None, ge=0)
    inversion_ms: float | None = Field(default=None, ge=0)
    flip_deg: float | None = Field(default=None, ge=0, le=360)
    field_t: float | None = Field(default=None, ge=0)
    slice_thickness_mm: float | None = Field(default=None, gt=0)
    slice_spacing_mm: float | None = Field(default=None, gt=0)
    acquired_matrix: tuple[int, int] | None = None
    reconstructed_matrix: tuple[int, int] | None = None
    acquired_voxel_mm: Xyz | None = None
    contrast: bool | None = None
    laterality: Side | None = None
    sequence: str = ""


class SourceUids(Noun):
    """Where a series stands in the archive; what a result must refer to. Never a name."""

    study: str | None = None
    series: str | None = None
    frame_of_reference: str | None = None
    sop_class: str | None = None
    instances: tuple[str, ...] = ()


@dataclass(frozen=True)
class Volume:
    """One regular volume in the patient.

    Attributes
    ----------
    array : ndarray of int16 or float32, shape (ni, nj, nk)
        Voxels; rescaling already applied.
    affine : ndarray of float64, shape (4, 4)
        (i, j, k, 1) to LPS millimetres, at the centre of a voxel. Never sheared.
    role, role_confidence, role_source
        What the series is for, 0-1, and what said so, in words (``simulated``, ``sidecar``, a
        header rule, ``nobody``).
    facts : SequenceFacts
        What the header says.
    uids : SourceUids
        Where the series stands in the archive; ``instances`` in the order of k.
    series_number : int, optional
        As the scanner counts.
    sha256 : str
        Of the file, or of the files of a series in the order of their slices.
    simulated : bool
        Marked as such in the file.
    notes : tuple of str
        What reading mended or took from a rule, one ``code: sentence`` each.

    Examples
    --------
    >>> affine = lps_affine((0.5, 0.5, 1.0), origin_mm=(-10.0, 2.0, 3.0))
    >>> volume = Volume(np.zeros((4, 5, 6), np.float32), affine)
    >>> volume.spacing_mm, volume.origin_mm
    ((0.5, 0.5, 1.0), (-10.0, 2.0, 3.0))
    >>> volume.to_patient([[2, 0, 0]]).tolist()
    [[-9.0, 2.0, 3.0]]
    """

    array: NDArray[np.int16] | NDArray[np.float32]
    affine: NDArray[np.float64]
    role: Role = Role.UNKNOWN
    role_confidence: float = 0.0
    role_source: str = "nobody"
    facts: SequenceFacts = field(default_factory=SequenceFacts)
    uids: SourceUids = field(default_factory=SourceUids)
    series_number: int | None = None
    sha256: str = ""
    simulated: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.array.ndim != 3 or self.array.dtype not in (np.int16, np.float32):
            raise ValueError("a volume is a 3-D array of int16 or float32")
        if self.affine.shape != (4, 4) or not np.all(np.isfinite(self.affine)):
            raise ValueError("the affine is a finite 4x4 matrix")
        if abs(np.linalg.det(self.affine[:3, :3])) < 1e-9:
            raise ValueError("the affine has no volume")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along i, j, k."""
        ni, nj, nk = self.array.shape
        return int(ni), int(nj), int(nk)

    @property
    def spacing_mm(self) -> Xyz:
        """Millimetres between voxel centres along i, j, k."""
        return _xyz(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def origin_mm(self) -> Xyz:
        """LPS position of the centre of voxel (0, 0, 0)."""
        return _xyz(self.affine[:3, 3])

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit vectors of i, j, k in LPS, as the columns of a 3x3 matrix."""
        matrix: NDArray[np.float64] = self.affine[:3, :3] / np.array(self.spacing_mm)
        return matrix

    def to_patient(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """Return LPS millimetres of voxel positions, shape (n, 3)."""
        points: NDArray[np.float64] = np.asarray(ijk, dtype=np.float64)
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_voxel(self, xyz_mm: ArrayLike) -> NDArray[np.float64]:
        """Return (fractional) voxel positions of LPS points, shape (n, 3)."""
        points = np.asarray(xyz_mm, dtype=np.float64) - self.affine[:3, 3]
        return points @ np.linalg.inv(self.affine[:3, :3]).T

    def contains(self, xyz_mm: ArrayLike, margin_mm: float = 0.0) -> NDArray[np.bool_]:
        """Return for each LPS point whether it lies inside, at least ``margin_mm`` from the rim."""
        index = self.to_voxel(xyz_mm)
        margin = margin_mm / np.array(self.spacing_mm)
        last = np.array(self.shape) - 1.0
        inside: NDArray[np.bool_] = np.all((index >= margin) & (index <= last - margin), axis=-1)
        return inside


def lps_affine(
    spacing_mm: ArrayLike,
    origin_mm: ArrayLike = (0.0, 0.0, 0.0),
    direction: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Return the affine of a volume from spacing, origin and direction (columns: i, j, k).

    Examples
    --------
    >>> lps_affine((1.0, 1.0, 2.0), (0.0, 0.0, 5.0)).diagonal().tolist()
    [1.0, 1.0, 2.0, 1.0]
    """
    turned = np.eye(3) if direction is None else np.asarray(direction, dtype=np.float64)
    affine = np.eye(4)
    affine[:3, :3] = turned * np.asarray(spacing_mm, dtype=np.float64)
    affine[:3, 3] = np.asarray(origin_mm, dtype=np.float64)
    return affine


class SeenSeries(Noun):
    """A series that is there and is no volume: recorded, shown to nobody's measurement.

    Attributes
    ----------
    role : Role
        What it is for, such as ``dsa``.
    role_confidence, role_source
        As of a `Volume`.
    series_number : int, optional
        As the scanner counts.
    pictures : int
        How many it holds.
    reason : str
        Why it is no volume, ``code: sentence``.
    sha256 : str
        Of its identifier in the archive.
    """

    role: Role
    role_confidence: float = Field(default=0.0, ge=0, le=1)
    role_source: str = "nobody"
    series_number: int | None = None
    pictures: int = Field(default=0, ge=0)
    reason: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class ImagingStudy:
    """The series of one session in one frame, with the reader's clicks.

    ``seen`` holds series that are no volumes (a projection angiogram): they confirm by eye and
    are never measured.
    """

    volumes: tuple[Volume, ...]
    seeds: Seeds | None = None
    notes: tuple[str, ...] = ()
    seen: tuple[SeenSeries, ...] = ()

    def of_role(self, role: Role) -> Volume | None:
        """Return the series of a role, the finest where there are several."""
        found = [volume for volume in self.volumes if volume.role is role]
        return min(found, key=lambda v: float(np.prod(v.spacing_mm)), default=None)


def _xyz(values: Iterable[float]) -> Xyz:
    x, y, z = (float(value) for value in values)
    return x, y, z
