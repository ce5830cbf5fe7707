"""Clicks proposed from the picture: where VII and VIII leave the brainstem and enter the bone.

No atlas and no learned weights: the midplane is found by mirror symmetry, the internal auditory
canal as a bright finger in dark bone, the nerves as the two dark courses that lead from there to
the brainstem. Proposed clicks are never confirmed: a reader looks at each of them. What is not
found is left out, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.propose_canal import find_canal
from hemispasm.measure.imaging.propose_courses import SidePoints, find_points
from hemispasm.measure.imaging.propose_midplane import find_midplane
from hemispasm.measure.imaging.propose_tissue import field_voxels, read_landscape
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import ImagingStudy, Nerve, Role, Xyz
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from typing import Literal

    import numpy as np
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume

_SIDES: tuple[tuple[Literal[Side.LEFT, Side.RIGHT], int], ...] = ((Side.LEFT, 1), (Side.RIGHT, -1))


@dataclass(frozen=True)
class SeedProposal:
    """Proposed clicks and what was not found.

    Attributes
    ----------
    seeds : Seeds
        Never confirmed; source ``proposed``.
    reasons : tuple of str
        ``code: sentence`` for everything that is not proposed.
    """

    seeds: Seeds
    reasons: tuple[str, ...] = ()


def propose_seeds(study: ImagingStudy) -> Seeds:
    """Return proposed clicks for both sides; see :func:`search_seeds` for what was not found.

    Parameters
    ----------
    study : ImagingStudy
        With a cisternogram of both sides.

    Returns
    -------
    Seeds
        Unconfirmed, with the spread that each place had on tuning phantoms; possibly none.

    Examples
    --------
    >>> propose_seeds(ImagingStudy(())).seeds
    ()
    """
    return search_seeds(study).seeds


def search_seeds(study: ImagingStudy) -> SeedProposal:
    """Return proposed clicks for both sides, and why others are missing.

    Parameters
    ----------
    study : ImagingStudy
        With a cisternogram of both sides. The same series give the same clicks.

    Examples
    --------
    >>> search_seeds(ImagingStudy(())).reasons[0].split(":")[0]
    'not_proposed_no_cisternogram'
    """
    volume = study.of_role(Role.CISS)
    if volume is None:
        return _nothing("no_cisternogram: clicks are proposed on a cisternogram only")
    why = _unfit(volume)
    if why:
        return _nothing(why)
    plane = find_midplane(volume)
    if plane.likeness < limit("propose.likeness"):
        return _nothing(
            f"no_midplane: the halves of the picture are alike by {plane.likeness:.2f}; "
            f"limit {limit('propose.likeness'):.2f}"
        )
    land = read_landscape(volume, plane)
    if land is None:
        return _nothing("no_brainstem: no brainstem is seen in bright fluid")
    found: list[Seed] = []
    reasons: list[str] = []
    for side, sign in _SIDES:
        canal = find_canal(land, sign)
        if canal is None:
            reasons.append(_missing(side, "no_canal: no internal auditory canal is seen in bone"))
            continue
        points = find_points(land, canal, sign)
        if isinstance(points, str):
            reasons.append(_missing(side, points))
            continue
        found += _clicks(points, side)
        if points.root_exit is None:
            reasons.append(_missing(side, "no_groove: the root exit of VII is not seen"))
    return SeedProposal(_checked(found, volume), tuple(reasons))


def _unfit(volume: Volume) -> str:
    thick, most = float(native_voxel(volume).max()), limit("propose.voxel_mm")
    if thick > most:
        return f"voxel_too_large: {thick:.2f} mm; limit {most:.2f}"
    if min(volume.shape) < 8 or field_voxels(volume) > 1e6 * limit("propose.field_millions"):
        return "field_unfit: the block is too thin or too large to be searched"
    return ""


def _clicks(points: SidePoints, side: Literal[Side.LEFT, Side.RIGHT]) -> list[Seed]:
    places: tuple[tuple[Nerve, SeedKind, NDArray[np.float64] | None, str], ...] = (
        (Nerve.VII, SeedKind.ROOT_EXIT, points.root_exit, "root_exit"),
        (Nerve.VII, SeedKind.DETACHMENT, points.detachment, "detachment"),
        (Nerve.VII, SeedKind.PORUS, points.porus, "porus"),
        (Nerve.VIII, SeedKind.ROOT_EXIT, points.eighth_exit, "eighth_exit"),
        (Nerve.VIII, SeedKind.PORUS, points.eighth_porus, "eighth_porus"),
    )
    return [
        Seed(
            nerve=nerve,
            side=side,
            kind=kind,
            xyz_mm=_rounded(place),
            source="proposed",
            sd_mm=limit(f"propose.sd_{name}_mm"),
        )
        for nerve, kind, place, name in places
        if place is not None
    ]


def _checked(found: list[Seed], volume: Volume) -> Seeds:
    return Seeds(confirmed=False, seeds=tuple(found), series_sha256=volume.sha256 or None)


def _rounded(place: NDArray[np.float64]) -> Xyz:
    x, y, z = (round(float(v), 2) for v in place)
    return x, y, z


def _nothing(why: str) -> SeedProposal:
    return SeedProposal(Seeds(confirmed=False), (f"not_proposed_{why}",))


def _missing(side: Side, why: str) -> str:
    code, _, sentence = why.partition(": ")
    return f"not_proposed_{code}: {side.value} side: {sentence}"
