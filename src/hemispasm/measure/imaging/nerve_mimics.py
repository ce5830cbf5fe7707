"""Lines that pass for a vessel and are a nerve, in the cistern or further on in the canal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.courses import nearest_on, prolonged
from hemispasm.measure.imaging.limits import imaging_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.vessels import Levels, VesselTrack

# A vessel that crosses a nerve shares two millimetres with it, one that presses on it none: the
# axes stay apart by both radii.
_NERVE_MM = 0.7
_MOSTLY = 0.4


def canal_of(nerve: NerveTrack) -> NDArray[np.float64]:
    """Return where a nerve goes on, straight, beyond its click at the porus."""
    return prolonged(nerve.points_mm, limit("vessel.canal_mm"))[len(nerve.points_mm) :]


def runs_along(
    points_mm: NDArray[np.float64],
    nerves: Sequence[NDArray[np.float64]],
    canals: Sequence[NDArray[np.float64]] = (),
) -> bool:
    """Return whether most of a course lies within a nerve, or in the canal that it goes through.

    The canal's own course is known from one click alone, so all its width counts.

    Examples
    --------
    >>> nerve = np.linspace([0.0, 0, 0], [12.0, 0, 0], 40)
    >>> runs_along(nerve[10:30] + [0.0, 0.2, 0.0], [nerve])
    True
    >>> runs_along(np.linspace([5.0, -5, 0], [5.0, 5, 0], 30), [nerve])
    False
    >>> runs_along(nerve + [12.0, 1.5, 0.0], [nerve], [nerve + [12.0, 0.0, 0.0]])
    True
    """
    inside = np.zeros(len(points_mm), dtype=np.bool_)
    reach = [(n, _NERVE_MM) for n in nerves] + [
        (c, limit("vessel.canal_radius_mm")) for c in canals
    ]
    for line, radius in reach:
        if len(line):
            inside |= nearest_on(points_mm, line)[0] < radius
    return bool(inside.mean() > _MOSTLY)


def with_doubt(
    tracks: Sequence[VesselTrack],
    angiogram: Region,
    soft: NDArray[np.float32],
    levels: Levels,
    nerves: Sequence[NerveTrack],
) -> list[VesselTrack]:
    """Return the arteries, faint ones along a nerve or in its canal as ``unsure``.

    A nerve is brighter than the fluid round it on an angiogram too. What is hardly brighter than
    parenchyma and runs where a nerve runs may be that nerve, unless a reader pointed at it.
    """
    lines = [nerve.points_mm for nerve in nerves]
    canals = [canal_of(nerve) for nerve in nerves]
    return [
        replace(track, kind="unsure")
        if not track.clicked
        and _share(track, angiogram, soft, levels) < limit("vessel.faint_share")
        and runs_along(track.points_mm, lines, canals)
        else track
        for track in tracks
    ]


def _share(
    track: VesselTrack, angiogram: Region, soft: NDArray[np.float32], levels: Levels
) -> float:
    """Return how bright a course is, from parenchyma (0) to the brightest vessels (1)."""
    most = np.array(soft.shape) - 1
    index = np.clip(np.rint(angiogram.to_voxel(track.points_mm)).astype(int), 0, most)
    bright = float(np.median(soft[tuple(index.T)]))
    return (bright - levels.tissue) / max(levels.vessel - levels.tissue, 1e-6)
