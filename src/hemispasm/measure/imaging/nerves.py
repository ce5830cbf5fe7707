"""The facial and the vestibulocochlear nerve between the reader's clicks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import ndimage
from skimage.graph import MCP_Geometric

from hemispasm.measure.imaging.courses import (
    arc_of,
    frames,
    nearest_on,
    resample,
    smooth,
)
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.region import Region, cut_region, tube_strength
from hemispasm.model.imaging import Nerve
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

STEP_MM = 0.35
_WIDTHS_MM = (0.45, 0.65)
_STRONG = 0.12
_FLOOR = 0.04
_REPULSION = 8.0
_REPULSION_MM = 0.7
_BLOCKED_MM = 1.1
_TOUCH_MM = 1.1
_BRIDGE_MM = 1.4
_BRIDGE_TRUST = 0.01
_ROUNDS_FREED = 3


class Touching(Protocol):
    """What a nerve must know of a vessel."""

    @property
    def points_mm(self) -> NDArray[np.float64]:
        """Axis."""

    @property
    def radius_mm(self) -> float:
        """About."""


@dataclass(frozen=True)
class NerveTrack:
    """The course of one nerve, from the brainstem outwards.

    Attributes
    ----------
    points_mm : ndarray of shape (n, 3)
        Evenly spaced, LPS.
    arc_mm : ndarray of shape (n,)
        From the detachment; below 0 on the brainstem.
    cost : float
        Mean cost per millimetre; 1 on a clear dark line.
    alternative : float
        Cost of the best path elsewhere over the cost of this one; large where there is none.
    separation_mm : float, optional
        Median distance of the two nerves' axes in the cistern.
    reasons : tuple of str
        Why the path is uncertain; empty when it is not.
    """

    nerve: Nerve
    side: Side
    points_mm: NDArray[np.float64]
    arc_mm: NDArray[np.float64]
    cost: float
    alternative: float
    separation_mm: float | None = None
    reasons: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether nothing speaks against this path."""
        return not self.reasons


@dataclass(frozen=True)
class NerveField:
    """What tracking needs of a side; computed once, used again after a click was moved.

    Attributes
    ----------
    region : Region
        The cisternogram over the brightness of CSF.
    cost : ndarray
        Of a step in each voxel.
    """

    region: Region
    cost: NDArray[np.float32]


def prepare_nerves(volume: Volume, seeds: Seeds, side: Side, *, dark: bool = True) -> NerveField:
    """Return the up-sampled surroundings of a side's clicks with the cost of a step.

    Parameters
    ----------
    volume, seeds, side
        The cisternogram (or T1) with the clicks of one side.
    dark : bool
        The nerve is darker than what surrounds it, as on a cisternogram; on T1 it is brighter.
    """
    places = [s.xyz_mm for s in seeds.select(side=side)]
    region = cut_region(volume, places, 7.0, limit("nerve.grid_mm"))
    scale = float(np.percentile(region.array[region.inside], 95.0)) or 1.0
    region = replace(region, array=region.array / np.float32(scale))
    widths = tuple(w / region.step_mm for w in _WIDTHS_MM)
    strength = tube_strength(region.array, widths, bright=not dark)
    strength = np.where(region.inside, strength, 0.0)
    cost = 1.0 / (_FLOOR + np.minimum(strength / _STRONG, 1.0 - _FLOOR))
    return NerveField(region, cost.astype(np.float32))


def track_nerves(field: NerveField, seeds: Seeds, side: Side) -> tuple[NerveTrack, ...]:
    """Return the courses of VII and, where it is marked, VIII.

    VIII is tracked first and repels VII: of two neighbours the thicker one would attract both.

    Parameters
    ----------
    field : NerveField
        From :func:`prepare_nerves` with the same side; clicks may have moved since.
    seeds, side
        Both ends of VII must be marked.
    """
    eighth = _track_one(field, seeds, side, Nerve.VIII, None)
    seventh = _track_one(field, seeds, side, Nerve.VII, eighth)
    if seventh is None:
        return ()
    if eighth is None:
        reason = "single_nerve: VIII is not marked, so nothing tells the two nerves apart"
        return (replace(seventh, reasons=(*seventh.reasons, reason)),)
    seventh, eighth = _centred(field, seventh, eighth)
    return _judged(seventh, eighth), eighth


def _track_one(
    field: NerveField, seeds: Seeds, side: Side, nerve: Nerve, other: NerveTrack | None
) -> NerveTrack | None:
    ends = [seeds.point(nerve, side, kind) for kind in (SeedKind.ROOT_EXIT, SeedKind.PORUS)]
    if ends[0] is None or ends[1] is None:
        return None
    detached = seeds.point(nerve, side, SeedKind.DETACHMENT)
    start = np.array(detached or ends[0])
    cost = field.cost
    if other is not None:
        cost = cost * _repulsion(field.region, other.points_mm)
    if detached is not None:
        start = _on_the_line(field.region, cost, start, np.array(ends[1]))
    path, total = _path(field.region, cost, start, np.array(ends[1]))
    points = smooth(field.region.to_patient(path), STEP_MM, 0.7)
    length = max(float(arc_of(points)[-1]), 1e-6)
    alternative = _alternative(field.region, cost, points, start, np.array(ends[1]), total)
    arc = arc_of(points)
    if detached is not None:
        root = resample(np.array([ends[0], points[0]]), STEP_MM)[:-1]
        below = -arc_of(root[::-1])[::-1] - float(np.linalg.norm(points[0] - root[-1]))
        points, arc = np.concatenate([root, points]), np.concatenate([below, arc])
    mean_cost = total * field.region.step_mm / length
    reasons = []
    if mean_cost > limit("nerve.cost_mean"):
        reasons.append(
            f"path_faint: the course of {nerve.value} costs {mean_cost:.1f} per mm; "
            f"limit {limit('nerve.cost_mean'):.1f}"
        )
    if alternative < limit("nerve.alternative_ratio"):
        reasons.append(
            f"path_ambiguous: another course of {nerve.value} costs {alternative:.2f} times as "
            f"much; limit {limit('nerve.alternative_ratio'):.2f}"
        )
    return NerveTrack(nerve, side, points, arc, mean_cost, alternative, None, tuple(reasons))


def _path(
    region: Region,
    cost: NDArray[np.float32],
    start_mm: NDArray[np.float64],
    end_mm: NDArray[np.float64],
) -> tuple[NDArray[np.int64], float]:
    search = MCP_Geometric(cost)
    end = region.nearest(end_mm)
    totals, _ = search.find_costs([region.nearest(start_mm)], [end])
    return np.array(search.traceback(end)), float(totals[end])


def _on_the_line(
    region: Region,
    cost: NDArray[np.float32],
    click_mm: NDArray[np.float64],
    end_mm: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the nerve's line begins near the click on its detachment.

    A path that must begin at a click beside the line runs through fluid or another structure, and
    ends nowhere near the nerve where a vessel lies. Moving the mark costs the square of the way.
    """
    centre, reach = region.nearest(click_mm), limit("nerve.slip_mm")
    half = int(reach / region.step_mm)
    low = np.maximum(np.array(centre) - half, 0)
    high = np.minimum(np.array(centre) + half + 1, region.array.shape)
    box = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(box - np.array(centre), axis=1) * region.step_mm
    box, apart = box[apart <= reach], apart[apart <= reach]
    search = MCP_Geometric(cost)
    totals, _ = search.find_costs([region.nearest(end_mm)], [centre, *map(tuple, box.tolist())])
    paid = totals[tuple(box.T)] * region.step_mm + limit("nerve.slip_cost") * apart**2
    best = box[int(np.argmin(paid))]
    return np.asarray(region.to_patient(best[None].astype(np.float64))[0])


def _repulsion(region: Region, points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the factor that keeps a path off a nerve, except near the nerve's ends."""
    free = np.ones(region.array.shape, dtype=np.bool_)
    middle = resample(points, region.step_mm)
    arc = arc_of(middle)
    middle = middle[(arc > 1.0) & (arc < arc[-1] - 1.0)]
    for point in middle:
        free[region.nearest(point)] = False
    away = ndimage.distance_transform_edt(free, sampling=region.step_mm)
    factor = 1.0 + _REPULSION * np.exp(-0.5 * (away / _REPULSION_MM) ** 2)
    return np.asarray(factor, dtype=np.float32)


def _alternative(
    region: Region,
    cost: NDArray[np.float32],
    points: NDArray[np.float64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    total: float,
) -> float:
    """Return the cost of the best path around the middle of this one, over its cost."""
    arc = arc_of(points)
    middle = points[(arc > 0.35 * arc[-1]) & (arc < 0.65 * arc[-1])]
    free = np.ones(region.array.shape, dtype=np.bool_)
    for point in middle:
        free[region.nearest(point)] = False
    away = ndimage.distance_transform_edt(free, sampling=region.step_mm)
    closed = np.where(away < _BLOCKED_MM, np.float32(1e4), cost)
    _, other = _path(region, closed, start, end)
    return other / max(total, 1e-9)


def _centred(
    field: NerveField, seventh: NerveTrack, eighth: NerveTrack
) -> tuple[NerveTrack, NerveTrack]:
    """Return both courses moved onto the centre of their darkness, each in its own half."""
    one, two = seventh, eighth
    for _ in range(3):
        new_one = _centre(field.region, one, two.points_mm)
        two = _centre(field.region, two, one.points_mm)
        one = new_one
    return one, two


def freed_nerves(
    field: NerveField, nerves: tuple[NerveTrack, ...], vessels: Sequence[Touching]
) -> tuple[NerveTrack, ...]:
    """Return the courses without the detours that they took through vessels beside them.

    A vessel is darker than a nerve on a cisternogram: where both touch, the darkest line runs into
    the vessel. There the course is bridged from both sides, and then centred on what darkness the
    vessel leaves.

    Parameters
    ----------
    field : NerveField
        What the courses were tracked in.
    nerves : tuple of NerveTrack
        VII, then VIII.
    vessels : sequence
        Arteries that the angiogram shows: ``points_mm`` and ``radius_mm``.
    """
    if not vessels:
        return nerves
    found = [_bridged(nerve, vessels) for nerve in nerves]
    for _ in range(_ROUNDS_FREED):
        found = [
            track
            if track is nerve
            else _centre(
                field.region,
                track,
                found[1 - n].points_mm if len(found) > 1 else None,
                vessels,
            )
            for n, (track, nerve) in enumerate(zip(found, nerves, strict=True))
        ]
    return tuple(found)


def _bridged(nerve: NerveTrack, vessels: Sequence[Touching]) -> NerveTrack:
    """Return the course with a smooth bridge past each vessel that it touches."""
    free = nerve.arc_mm >= 0.0
    course = nerve.points_mm[free]
    weight = np.ones(len(course))
    for vessel in vessels:
        apart, _ = nearest_on(course, vessel.points_mm)
        weight[apart < vessel.radius_mm + _TOUCH_MM] = _BRIDGE_TRUST
    if len(course) < 8 or weight.min() == 1.0:
        return nerve
    # The ends are clicks: they stay.
    weight[[0, -1]] = 50.0
    bend = np.diff(np.eye(len(course)), 2, axis=0)
    stiff = _BRIDGE_MM / STEP_MM
    matrix = np.diag(weight) + stiff**4 * bend.T @ bend
    moved = np.asarray(np.linalg.solve(matrix, weight[:, None] * course), dtype=np.float64)
    points = np.concatenate([nerve.points_mm[~free], moved])
    return replace(
        nerve,
        points_mm=points,
        arc_mm=np.concatenate([nerve.arc_mm[~free], arc_of(moved)]),
    )


def _centre(
    region: Region,
    track: NerveTrack,
    other: NDArray[np.float64] | None,
    vessels: Sequence[Touching] = (),
) -> NerveTrack:
    """Return the course moved by up to 0.3 mm onto the centre of its darkness."""
    free = track.arc_mm >= 0.0
    course = track.points_mm[free]
    if len(course) < 6:
        return track
    e1, e2 = frames(course)
    offsets = np.arange(-1.05, 1.06, 0.15)
    u, v = np.meshgrid(offsets, offsets, indexing="ij")
    disc = u**2 + v**2 <= 1.1
    u, v = u[disc], v[disc]
    places = course[:, None, :] + u[None, :, None] * e1[:, None] + v[None, :, None] * e2[:, None]
    index = region.to_voxel(places.reshape(-1, 3)).T
    values = ndimage.map_coordinates(region.array, index, order=1, mode="nearest")
    values = values.reshape(len(course), -1)
    bright = np.percentile(values, 90.0, axis=1, keepdims=True)
    dark = np.clip(0.75 * bright - values, 0.0, None)
    dark *= np.exp(-0.5 * (u**2 + v**2) / 0.6**2)
    # A neighbour's part of the disc is the neighbour's darkness.
    beside = [] if other is None else [(other, 0.5, 0.0)]
    beside += [(v.points_mm, 1.0, v.radius_mm) for v in vessels]
    for line, share, radius in beside:
        _, nearest = nearest_on(course, line)
        away = line[nearest] - course
        gap = np.linalg.norm(away, axis=1)[:, None]
        toward = np.einsum("nk,nk->n", away, e1)[:, None] * u
        toward = toward + np.einsum("nk,nk->n", away, e2)[:, None] * v
        dark = np.where(toward > share * gap**2 - radius * gap, 0.0, dark)
    weight = dark.sum(axis=1) + 1e-6
    shift = np.stack([(dark * u).sum(axis=1) / weight, (dark * v).sum(axis=1) / weight], axis=1)
    shift = np.clip(shift, -0.3, 0.3)
    arc = track.arc_mm[free]
    # The ends are clicks in tissue: what surrounds them says nothing about the nerve's centre.
    shift *= np.clip(np.minimum(arc, arc[-1] - arc) / 1.0, 0.0, 1.0)[:, None]
    shift = ndimage.gaussian_filter1d(shift, 1.0 / STEP_MM, axis=0, mode="nearest")
    moved = course + shift[:, :1] * e1 + shift[:, 1:] * e2
    moved = smooth(moved, STEP_MM, 0.35)
    root = track.points_mm[~free]
    points = np.concatenate([root, moved])
    arc = np.concatenate([track.arc_mm[~free], arc_of(moved)])
    return replace(track, points_mm=points, arc_mm=arc)


def _judged(seventh: NerveTrack, eighth: NerveTrack) -> NerveTrack:
    """Return VII with the reasons that only the pair shows."""
    free = seventh.arc_mm >= 0.0
    course = seventh.points_mm[free]
    arc = seventh.arc_mm[free]
    middle = (arc > 0.2 * arc[-1]) & (arc < 0.8 * arc[-1])
    apart, index = nearest_on(course[middle], eighth.points_mm)
    separation = float(np.median(apart))
    reasons = list(seventh.reasons)
    low, high = limit("nerve.separation_least_mm"), limit("nerve.separation_most_mm")
    if not low <= separation <= high:
        reasons.append(
            f"path_separation: VII and VIII lie {separation:.1f} mm apart; {low:.1f} to {high:.1f}"
        )
    behind = eighth.points_mm[index][:, 1] - course[middle][:, 1]
    if float(np.median(behind)) < -0.3:
        reasons.append("path_order: the course of VII lies behind that of VIII; clicks exchanged?")
    return replace(seventh, separation_mm=separation, reasons=tuple(reasons))
