"""What lies in the cistern of one side, as tubes: fitted pieces, and the courses beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.one_side import SideMeasure
    from hemispasm.measure.imaging.pair_fit import PairFit
    from hemispasm.model.imaging_views import Structure

#: Where nothing was fitted, a nerve or vessel is drawn with about this radius.
_USUAL_MM = {"VII": 0.68, "VIII": 0.85}
_FINE_MM = 0.05
_BEYOND_MM = 0.3
_PATCH_MM = 4.4

Shape = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


@dataclass(frozen=True)
class DrawnTube:
    """One tube.

    Attributes
    ----------
    structure : str
        What it is.
    points_mm : ndarray of shape (n, 3)
        Axis, closely spaced, LPS.
    radii_mm : ndarray of shape (n,)
        At each point.
    fitted : bool
        Otherwise only the course was found, and the thickness is a usual one.
    """

    structure: Structure
    points_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    fitted: bool


def tubes_of(measured: SideMeasure, shown: str | None) -> list[DrawnTube]:
    """Return every tube of one side.

    Parameters
    ----------
    measured : SideMeasure
        Courses and fits.
    shown : str or None
        The vessel whose fit shapes the nerves.
    """
    fits = measured.fits or {}
    found = _fitted(fits[shown], measured) if shown in fits else []
    for nerve in measured.nerves:
        own = [tube for tube in found if tube.structure == nerve.nerve.value]
        usual = _USUAL_MM[nerve.nerve.value]
        found += _beyond(nerve.nerve.value, nerve.points_mm, own, usual)
    for track in measured.vessels:
        structure: Structure = "other_vessel" if track.kind == "artery" else "unsure"
        own = []
        if track.ident == shown:
            structure, own = "vessel", [tube for tube in found if tube.structure == "vessel"]
        elif track.ident in fits:
            points, radii = _in_patch(fits[track.ident].fit.shapes())[-1]
            own = [_dense(structure, points, radii, fitted=True)]
            found += own
        # A dark line that is on no angiogram may be no vessel at all: only a fitted one is drawn.
        if track.kind == "artery" or track.ident in fits:
            found += _beyond(structure, track.points_mm, own, track.radius_mm)
    return found


def _fitted(pair: PairFit, measured: SideMeasure) -> list[DrawnTube]:
    """Return VII, VIII where it runs here, and the vessel of one fit."""
    shapes = _in_patch(pair.fit.shapes())
    names: list[Structure] = ["VII", *(["VIII"] if len(shapes) > 2 else []), "vessel"]  # type: ignore[list-item]
    made = []
    for name, (points, radii) in zip(names, shapes, strict=False):
        if name != "vessel":
            # The fit goes on straight beyond the clicks; a nerve ends there.
            track = next((n for n in measured.nerves if n.nerve.value == name), None)
            points, radii = _within(points, radii, None if track is None else track.points_mm)
        if len(points) > 1:
            made.append(_dense(name, points, radii, fitted=True))
    return made


def _in_patch(shapes: list[Shape]) -> list[Shape]:
    """Return axes and radii where voxels were fitted; beyond it the axes go on by rule alone."""
    nerve, vessel = shapes[0][0], shapes[-1][0]
    apart, index = cKDTree(vessel).query(nerve)
    at = int(np.argmin(apart))
    centre = 0.5 * (nerve[at] + vessel[index[at]])
    kept = []
    for points, radii in shapes:
        near = np.linalg.norm(points - centre, axis=1) <= _PATCH_MM
        kept.append((points[near], radii[near]) if np.count_nonzero(near) > 1 else (points, radii))
    return kept


def _within(
    points: NDArray[np.float64], radii: NDArray[np.float64], track: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the part of a fitted axis that runs beside the tracked course, not past its ends."""
    if track is None or len(track) < 2:
        return points, radii
    first, last = track[1] - track[0], track[-1] - track[-2]
    kept = ((points - track[0]) @ first >= 0) & ((points - track[-1]) @ last <= 0)
    return points[kept], radii[kept]


def _beyond(
    structure: Structure,
    course: NDArray[np.float64],
    own: list[DrawnTube],
    usual_mm: float,
) -> list[DrawnTube]:
    """Return the stretches of a course that its fitted piece does not cover."""
    if not own:
        return [_dense(structure, course, np.full(len(course), usual_mm), fitted=False)]
    axis = np.concatenate([tube.points_mm for tube in own])
    radius = float(np.median(np.concatenate([tube.radii_mm for tube in own])))
    tree = cKDTree(axis)
    apart, foot = tree.query(course)
    ends = {0, len(axis) - 1}
    # Beside the fitted piece the fit is the better course, however far it has moved.
    outside = np.array([i in ends and a > _BEYOND_MM for a, i in zip(apart, foot, strict=True)])
    made = []
    for start, stop in _runs(outside):
        piece = course[max(0, start - 1) : stop + 1]
        if len(piece) > 1:
            made.append(_dense(structure, piece, np.full(len(piece), radius), fitted=False))
    return made


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return start and stop of every stretch that is true."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]


def _dense(
    structure: str, points: NDArray[np.float64], radii: NDArray[np.float64], *, fitted: bool
) -> DrawnTube:
    """Return a tube with its axis drawn in small steps."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    count = max(2, int(arc[-1] / _FINE_MM) + 1)
    places = np.linspace(0.0, arc[-1], count)
    axis = np.stack([np.interp(places, arc, points[:, k]) for k in range(3)], axis=1)
    return DrawnTube(
        structure,  # type: ignore[arg-type]
        axis,
        np.asarray(np.interp(places, arc, radii), dtype=np.float64),
        fitted,
    )
