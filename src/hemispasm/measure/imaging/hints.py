"""Hints beside the checklist of other causes: a measured value over its limit, never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.lesion_measures import (
    bright_spot_mm3,
    enhancing_ml,
    fluid_share,
    vessel_length_mm,
    widest_vessel_mm,
)
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.side_check import other_side
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import Nerve, Role
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import ImagingStudy, Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

_Ends = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


@dataclass(frozen=True)
class Hint:
    """What one measure says about one question of the checklist.

    Attributes
    ----------
    code : str
        Question, as in the vocabulary.
    side : Side
        The patient's.
    measure : str
        What was measured: ``fluid_asymmetry`` (share of a ball at the porus), ``enhancing_ml``,
        ``widest_vessel_mm``, ``thin_vessels_mm``, ``bright_spot_mm3``.
    value, limit : float
        Measured, and the value above which it is a hint.
    role : Role
        Series that it was measured on.
    """

    code: str
    side: Side
    measure: str
    value: float
    limit: float
    role: Role

    @property
    def is_over(self) -> bool:
        """Whether a reader should look at the place first."""
        return self.value > self.limit


def find_hints(study: ImagingStudy, seeds: Seeds, side: Side) -> tuple[Hint, ...]:
    """Return every measure that the series of one side allow.

    Parameters
    ----------
    study : ImagingStudy
        Every series of the session.
    seeds : Seeds
        Clicks; a side without both ends of VII has no hints.
    side : Side
        The patient's.

    Returns
    -------
    tuple of Hint
        Over and under their limits. A measure under its limit excludes nothing: small, flat or
        isointense lesions stay below it.

    Notes
    -----
    Limits are an expert's rule, set between simulated heads with and without a lesion of 2.5 mm
    radius and more (``limits.toml``, ``hint``). Adhesions have no measure.
    """
    ends = _ends(seeds, side)
    if ends is None:
        return ()
    root, porus = ends
    found: list[Hint] = []

    def take(code: str, measure: str, value: float, role: Role) -> None:
        row = limit(f"hint.{measure}")
        found.append(Hint(f"imaging.{code}", side, measure, round(value, 3), row, role))

    ciss, other = _usable(study, Role.CISS, ends), _ends(seeds, other_side(side))
    if ciss is not None and other is not None and _holds(ciss, other):
        own, opposite = (fluid_share(ciss, e[1], e[0]) for e in (ends, other))
        take("cpa_mass", "fluid_asymmetry", opposite - own, Role.CISS)
    contrast = _usable(study, Role.T1_CONTRAST, ends)
    if contrast is not None:
        take("cpa_mass", "enhancing_ml", enhancing_ml(contrast, porus, root), Role.T1_CONTRAST)
    angiogram = _usable(study, Role.TOF, ends)
    if angiogram is not None:
        wide, _ = widest_vessel_mm(angiogram, root)
        take("aneurysm_or_ectasia", "widest_vessel_mm", wide, Role.TOF)
        length = vessel_length_mm(angiogram, root)
        take("vascular_malformation", "thin_vessels_mm", length, Role.TOF)
    flair = _usable(study, Role.FLAIR, ends)
    if flair is not None:
        spot = bright_spot_mm3(flair, porus, root)
        take("demyelination", "bright_spot_mm3", spot, Role.FLAIR)
        take("brainstem_lesion", "bright_spot_mm3", spot, Role.FLAIR)
    return tuple(found)


def _ends(seeds: Seeds, side: Side) -> _Ends | None:
    marked = [seeds.point(Nerve.VII, side, k) for k in (SeedKind.ROOT_EXIT, SeedKind.PORUS)]
    if marked[0] is None or marked[1] is None:
        return None
    return np.array(marked[0]), np.array(marked[1])


def _usable(study: ImagingStudy, role: Role, ends: _Ends) -> Volume | None:
    """Return the series of a role when it is fine enough and holds both ends."""
    volume = study.of_role(role)
    if volume is None or not _holds(volume, ends):
        return None
    most = limit("hint.voxel_mm") if role is not Role.FLAIR else limit("hint.flair_voxel_mm")
    return volume if float(native_voxel(volume).max()) <= most else None


def _holds(volume: Volume, ends: _Ends) -> bool:
    return bool(np.all(volume.contains(np.array(ends), limit("coverage.margin_mm"))))
