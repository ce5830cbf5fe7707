"""What a vessel near the nerve is called: a reader's word, a traced trunk, or unnamed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.vessel_tree import trace_to_trunk
from hemispasm.model.imaging import Nerve, VesselName
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.vessels import VesselTrack
    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

# Weak priors, an expert's rule: AICA leaves the basilar artery above the level of the root exit,
# PICA the vertebral artery below it. Never more than this is claimed.
_FROM_ABOVE = {"aica": 0.8, "pica": 0.1, "unnamed": 0.1}
_FROM_BELOW = {"pica": 0.8, "aica": 0.1, "unnamed": 0.1}
_WIDE = {"va": 0.8, "ba": 0.1, "unnamed": 0.1}
_BETWEEN = {"aica": 0.4, "pica": 0.4, "unnamed": 0.2}
_UNKNOWN = {"unnamed": 1.0}


@dataclass(frozen=True)
class Naming:
    """The name of one candidate and what it stands on.

    Attributes
    ----------
    name : VesselName
        ``unnamed`` where nothing reaches the limit of ``naming.least``.
    source : str
        ``reader`` (a click says so; it wins), ``traced`` (to its trunk) or ``withheld``.
    probabilities : dict
        By name; an expert's weak priors, empty for a reader's word.
    reason : str
        ``code: sentence``.
    """

    name: VesselName
    source: str
    probabilities: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def name_vessel(track: VesselTrack, seeds: Seeds, side: Side) -> VesselName:
    """Return the name that a reader gave to a vessel by a click into it; otherwise unnamed."""
    for click in seeds.select(side=side, kind=SeedKind.VESSEL):
        apart = np.linalg.norm(track.points_mm - np.array(click.xyz_mm), axis=1).min()
        near = float(apart) <= max(limit("vessel.click_mm"), track.radius_mm)
        if click.vessel is not None and near:
            return click.vessel
    return VesselName.UNNAMED


def name_candidate(
    track: VesselTrack, angiogram: Volume | None, seeds: Seeds, side: Side
) -> Naming:
    """Return the name of a candidate vessel with its probabilities.

    Parameters
    ----------
    track : VesselTrack
        Found near the nerve.
    angiogram : Volume, optional
        The trunk is looked for here; without one no name is guessed.
    seeds : Seeds
        A click may name the vessel; that wins.
    side : Side
        The patient's.

    Notes
    -----
    The place of the loop is no ground for a name: loops of AICA and PICA reach the same nerve.
    Readers of angiograms alone name AICA rightly in about half of the cases (Radiology 1995,
    10.1148/radiology.197.1.7568828), so a name is given only where the trunk is in the field.
    """
    told = name_vessel(track, seeds, side)
    if told is not VesselName.UNNAMED:
        return Naming(told, "reader", reason="name_of_reader: a click of the reader names it")
    root, porus = (
        seeds.point(Nerve.VII, side, kind) for kind in (SeedKind.ROOT_EXIT, SeedKind.PORUS)
    )
    if angiogram is None or track.kind != "artery" or root is None or porus is None:
        return _withheld("name_withheld: no angiogram shows where this vessel comes from")
    place = _nearest_to_way(track.points_mm, np.array(root), np.array(porus))
    radius, trunk = trace_to_trunk(angiogram, place, np.array(root))
    if radius >= limit("naming.wide_mm"):
        return _best(_WIDE, f"name_by_calibre: inner radius {radius:.1f} mm")
    if trunk is None:
        return _withheld("name_withheld: the trunk that it comes from is not in the field")
    above = float(trunk[2] - root[2])
    if above >= limit("naming.above_mm"):
        return _best(_FROM_ABOVE, _traced(above))
    if above <= -limit("naming.below_mm"):
        return _best(_FROM_BELOW, _traced(above))
    return _best(_BETWEEN, _traced(above))


def _traced(above_mm: float) -> str:
    where = "above" if above_mm > 0 else "below"
    return f"name_by_trunk: it leaves a trunk {abs(above_mm):.0f} mm {where} the root exit"


def _best(shares: dict[str, float], reason: str) -> Naming:
    name = max(shares, key=lambda key: shares[key])
    if shares[name] < limit("naming.least"):
        return Naming(VesselName.UNNAMED, "withheld", dict(shares), reason)
    return Naming(VesselName(name), "traced", dict(shares), reason)


def _withheld(reason: str) -> Naming:
    return Naming(VesselName.UNNAMED, "withheld", dict(_UNKNOWN), reason)


def _nearest_to_way(
    points: NDArray[np.float64], root: NDArray[np.float64], porus: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the point of a vessel that is nearest to the straight way from root exit to porus."""
    way = porus - root
    share = np.clip((points - root) @ way / float(way @ way), 0.0, 1.0)
    away = np.linalg.norm(points - (root + share[:, None] * way), axis=1)
    found: NDArray[np.float64] = points[int(away.argmin())]
    return found
