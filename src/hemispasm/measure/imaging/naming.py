"""What a vessel near the nerve is called: a reader's word, or unnamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.model.imaging import VesselName
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from hemispasm.measure.imaging.vessels import VesselTrack
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side


def name_vessel(track: VesselTrack, seeds: Seeds, side: Side) -> VesselName:
    """Return the name that a reader gave to a vessel by a click into it; otherwise unnamed.

    Nothing is guessed from the place: AICA and PICA loops reach the same nerve.
    """
    for click in seeds.select(side=side, kind=SeedKind.VESSEL):
        apart = np.linalg.norm(track.points_mm - np.array(click.xyz_mm), axis=1).min()
        near = float(apart) <= max(limit("vessel.click_mm"), track.radius_mm)
        if click.vessel is not None and near:
            return click.vessel
    return VesselName.UNNAMED
