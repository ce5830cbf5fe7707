"""What decides a simulated MRI; the same options and seed give the same patient and pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Role, Segment, VesselName, Xyz
from hemispasm.model.side import Side

FAMILIES = ("analytic", "organic")
ORIENTATIONS = ("axial", "coronal", "sagittal")
LESIONS = ("vein", "ectatic_va", "mass", "avm", "aneurysm", "plaque")
MRI_ROLES = (Role.CISS, Role.TOF, Role.T1, Role.T1_CONTRAST, Role.T2, Role.FLAIR)
SIMULATED_ROLES = (*MRI_ROLES, Role.CT)
ARTERIES = (VesselName.AICA, VesselName.PICA, VesselName.VA)


@dataclass(frozen=True)
class Conflict:
    """A vessel that meets, or passes, the facial nerve of one side.

    Attributes
    ----------
    vessel : VesselName
        ``aica``, ``pica``, ``va`` or ``vein``.
    segment : Segment
        Where the vessel comes nearest.
    distance_mm : float
        Signed distance of the surfaces, -0.3 to 6: below 0 the vessel lies in the nerve's outline
        (it indents it), 0 it touches.
    displacement_mm : float
        How far the vessel has pushed the nerve out of its course.
    crossing_deg, radius_mm, bend_per_mm : float, optional
        Angle of the courses, radius of the vessel, curvature of its loop; drawn when None.
    """

    vessel: VesselName = VesselName.AICA
    segment: Segment = Segment.TRANSITION
    distance_mm: float = 0.0
    displacement_mm: float = 0.0
    crossing_deg: float | None = None
    radius_mm: float | None = None
    bend_per_mm: float | None = None

    def __post_init__(self) -> None:
        if self.vessel not in (*ARTERIES, VesselName.VEIN):
            raise UsageError(
                "conflict_vessel",
                "That vessel is not simulated.",
                "Choose among: aica, pica, va, vein.",
            )
        if not -0.5 <= self.distance_mm <= 6.0 or not 0.0 <= self.displacement_mm <= 4.0:
            raise UsageError(
                "conflict_size",
                "The distance lies between -0.5 and 6 mm, the displacement between 0 and 4 mm.",
                "Change the value.",
            )


@dataclass(frozen=True)
class SeriesPlan:
    """How one series is acquired.

    Attributes
    ----------
    role : Role
        What it is.
    voxel_mm : tuple of float
        Acquired voxel along the rows, the columns and the slices.
    recon_voxel_mm : tuple of float, optional
        Zero-filled to this voxel; the acquired one when None.
    orientation, tilt_deg
        Plane of the slices, and its tilt about the left-right axis (``sagittal``: about up-down).
    extent_mm : tuple of float
        Of the block: left-right, front-back, up-down, before the tilt.
    snr : float
        CSF (cisternogram, T2), fresh blood (TOF) or brain (others) over the noise in one channel.
    bias, csf_pulsation, contrast_sd : float, optional
        Smooth field, mottle of the CSF, spread of the contrast; ``parameters.toml`` when None.
    ghost_mm : float
        Amplitude of the head's periodic movement: it makes ghosts along the columns.
    flow_shift_mm : float
        Displacement of moving blood along the columns at the speed of the basilar artery.
    banding_hz : float
        SD of the smooth off-resonance that one acquisition shows as bands; 0 none.
    misalignment_mm, misalignment_deg : float, optional
        SD per axis of the head's movement since the first series; the first series has none.
    offset_mm : tuple of float
        Centre of the block from the middle of the two nerves.
    """

    role: Role = Role.CISS
    voxel_mm: Xyz = (0.5, 0.5, 0.5)
    recon_voxel_mm: Xyz | None = None
    orientation: Literal["axial", "coronal", "sagittal"] = "axial"
    tilt_deg: float = 0.0
    extent_mm: Xyz = (76.0, 44.0, 34.0)
    snr: float = 25.0
    bias: float | None = None
    csf_pulsation: float | None = None
    contrast_sd: float | None = None
    ghost_mm: float = 0.0
    flow_shift_mm: float = 0.0
    banding_hz: float = 0.0
    misalignment_mm: float | None = None
    misalignment_deg: float | None = None
    offset_mm: Xyz = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if self.role not in SIMULATED_ROLES:
            raise UsageError(
                "series_role",
                f"A series of role {self.role.value} is not simulated.",
                _choices(role.value for role in SIMULATED_ROLES),
            )
        if self.orientation not in ORIENTATIONS:
            raise UsageError("series_orientation", "That plane is unknown.", _choices(ORIENTATIONS))
        recon = self.recon_voxel_mm or self.voxel_mm
        sizes = (*self.voxel_mm, *recon)
        if any(not 0.2 <= size <= 6.0 for size in sizes) or self.snr <= 0:
            raise UsageError(
                "series_voxel", "Voxels are 0.2 to 6 mm, the SNR above 0.", "Change the value."
            )
        if any(r > v + 1e-9 for r, v in zip(recon, self.voxel_mm, strict=True)):
            raise UsageError(
                "series_voxel",
                "The reconstructed voxel is larger than the acquired one.",
                "Zero-filling makes voxels smaller.",
            )
        if any(not 10.0 <= size <= 220.0 for size in self.extent_mm) or self.voxels > 60e6:
            raise UsageError(
                "series_extent", "The block is too small or too large.", "Take 10 to 220 mm a side."
            )

    @property
    def voxels(self) -> float:
        """Voxels of the fine grid on which the anatomy is drawn, about."""
        count = 1.0
        for size, extent in zip(sorted(self.voxel_mm), sorted(self.extent_mm), strict=True):
            count *= extent / min(size / 2.0, 0.3)
        return count


CISS_05 = SeriesPlan()
TOF_05 = SeriesPlan(Role.TOF, snr=20.0)


@dataclass(frozen=True)
class MriOptions:
    """Everything that decides a simulated MRI.

    Attributes
    ----------
    family : str
        ``analytic``, or ``organic`` (an independent geometry, never used for tuning).
    side : Side
        The affected side.
    compression : float, optional
        0 (free nerve) to 1, the dial that also drives the simulated EMG. It sets distance and
        displacement of ``conflict`` (see ``conflict_of``); None: ``conflict`` says them.
    conflict, other : Conflict, optional
        On the affected and on the other side. None: an artery passes at a distance.
    sides : tuple of Side
        Sides with nerves and vessels in the field.
    lesions : tuple of str
        Among ``LESIONS``: ``vein`` (a distractor), ``ectatic_va``, ``mass``, ``avm``, ``aneurysm``,
        ``plaque``; on the affected side.
    series : tuple of SeriesPlan
        The first one defines where the head lies.
    seed_jitter_mm : float
        SD per axis of the reader's clicks.
    seeds_confirmed : bool
        Whether the clicks count as confirmed.
    head_tilt_deg, head_shift_mm : float
        SD of the head's pose in the scanner, so that neither axis nor origin marks the midline.

    Examples
    --------
    >>> MriOptions(compression=1.0).affected_conflict().distance_mm
    -0.3
    """

    family: str = "analytic"
    side: Side = Side.LEFT
    compression: float | None = None
    conflict: Conflict | None = field(default_factory=Conflict)
    other: Conflict | None = None
    sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)
    lesions: tuple[str, ...] = ()
    series: tuple[SeriesPlan, ...] = (CISS_05, TOF_05)
    seed_jitter_mm: float = 0.0
    seeds_confirmed: bool = True
    head_tilt_deg: float = 3.0
    head_shift_mm: float = 8.0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UsageError("unknown_generator", "That family is unknown.", _choices(FAMILIES))
        if self.side is Side.BOTH or Side.BOTH in self.sides or not self.sides:
            raise UsageError(
                "scenario_side", "A simulated nerve has one side.", "Give left or right."
            )
        unknown = [name for name in self.lesions if name not in LESIONS]
        if unknown:
            raise UsageError(
                "unknown_lesion", f"There is no lesion called {unknown[0]}.", _choices(LESIONS)
            )
        if self.compression is not None and not 0.0 <= self.compression <= 1.0:
            raise UsageError(
                "scenario_fraction", "The compression lies between 0 and 1.", "Change the value."
            )
        if not self.series:
            raise UsageError("no_series", "Nothing would be acquired.", "Name a series.")

    def affected_conflict(self) -> Conflict | None:
        """Return the conflict of the affected side, as the compression says where it is given."""
        if self.compression is None:
            return self.conflict
        from hemispasm.simulate.mri.compression import conflict_of

        return conflict_of(self.compression, self.conflict or Conflict())

    def conflict_on(self, side: Side) -> Conflict | None:
        """Return the conflict of a side."""
        return self.affected_conflict() if side is self.side else self.other


def fusion_series(
    voxel_mm: Xyz, tof_voxel_mm: Xyz | None = None, **changes: Any
) -> tuple[SeriesPlan, ...]:
    """Return a cisternogram and a TOF of one session; ``changes`` apply to both.

    Examples
    --------
    >>> [plan.role.value for plan in fusion_series((0.6, 0.6, 1.0))]
    ['ciss', 'tof']
    """
    ciss = SeriesPlan(Role.CISS, voxel_mm=voxel_mm)
    tof = SeriesPlan(Role.TOF, voxel_mm=tof_voxel_mm or voxel_mm, snr=20.0)
    return replace(ciss, **changes), replace(tof, **changes)


def _choices(names: Iterable[str]) -> str:
    return f"Choose among: {', '.join(names)}."
