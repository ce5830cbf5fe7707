"""Pieces of one artery that an angiogram shows with a gap between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.courses import joined, nearest_on, smooth
from hemispasm.measure.imaging.limits import imaging_limit as limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.vessels import VesselTrack

_STEP_MM = 0.35
_LIMB_MM = 4.0
_MOST_JOINTS = 4


def join_pieces(
    tracks: list[VesselTrack],
    region: Region,
    strength: NDArray[np.float32],
    nerve: NerveTrack,
) -> list[VesselTrack]:
    """Return the tracks with pieces of one vessel joined.

    An artery does not end in the cistern: a piece that ends beside another one goes on there, and
    the signal was lost between. Of two limbs it goes on along the more vessel-like one.

    Parameters
    ----------
    tracks : list of VesselTrack
        Arteries.
    region, strength
        How vessel-like each voxel is.
    nerve : NerveTrack
        VII.
    """
    tracks = list(tracks)
    for _ in range(_MOST_JOINTS):
        pairs = [(a, b) for a in tracks for b in tracks if a is not b]
        new = next((w for a, b in pairs if (w := _joint(a, b, region, strength, nerve))), None)
        if new is None:
            break
        whole, one, two = new
        tracks = [whole, *(t for t in tracks if t is not one and t is not two)]
    return tracks


def _joint(
    one: VesselTrack,
    two: VesselTrack,
    region: Region,
    strength: NDArray[np.float32],
    nerve: NerveTrack,
) -> tuple[VesselTrack, VesselTrack, VesselTrack] | None:
    """Return one vessel made of two pieces, with the pieces; None where they are two vessels."""
    found = joined(one.points_mm, two.points_mm, limit("vessel.join_mm"))
    if found is None:
        return None
    course, *limbs = found
    lengths = [_STEP_MM * (len(limb) - 1) for limb in limbs]
    likeness = []
    for limb in limbs:
        index = region.to_voxel(limb).T
        values = ndimage.map_coordinates(strength, index, order=1, mode="nearest")
        likeness.append(float(values.mean()))
    # A limb shorter than this says nothing of its own.
    scores = [v * min(n, _LIMB_MM) for v, n in zip(likeness, lengths, strict=True)]
    best = int(np.argmax(scores))
    if lengths[1 - best] > _LIMB_MM and scores[1 - best] > 0.6 * scores[best]:
        # Both go on: a branch, or two vessels that cross.
        return None
    points = smooth(np.concatenate([course, limbs[best]]), _STEP_MM, 0.5)
    gap, _ = nearest_on(points, nerve.points_mm)
    radius = max(one.radius_mm, two.radius_mm)
    clicked = one.clicked or two.clicked
    whole = replace(
        one,
        points_mm=points,
        radius_mm=radius,
        gap_mm=float(gap.min()),
        clicked=clicked,
    )
    return whole, one, two
