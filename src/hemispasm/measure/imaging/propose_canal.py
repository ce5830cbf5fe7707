"""The internal auditory canal: a bright finger in dark bone, and the plane of its mouth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.propose_tissue import grow, shrink

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.propose_tissue import Landscape

# Closing bone by so much fills a canal and leaves the cistern open.
_CLOSING_MM = 5.0
_RIM_MM = (4.5, 10.0)
_ROUNDS = 8
_FRONT_MM = (-14.0, 32.0)


@dataclass(frozen=True)
class Canal:
    """One canal.

    Attributes
    ----------
    start : ndarray of bool
        Voxels a few millimetres inside, from which nerves are followed to the brainstem.
    mouth_mm : ndarray of shape (3,)
        Middle of its opening.
    plane_mm, outward : ndarray of shape (3,)
        A point of the plane in which the back of the petrous bone lies, and its unit normal
        into the bone.
    depth_mm : float
        How deep it goes within the picture.
    """

    start: NDArray[np.bool_]
    mouth_mm: NDArray[np.float64]
    plane_mm: NDArray[np.float64]
    outward: NDArray[np.float64]
    depth_mm: float


def find_canal(land: Landscape, sign: int) -> Canal | None:
    """Return the canal of one side; None where no hollow in bone is deep enough.

    Parameters
    ----------
    land : Landscape
        From :func:`~hemispasm.measure.imaging.propose_tissue.read_landscape`.
    sign : int
        1 left, -1 right.
    """
    step = land.step_mm
    closed = _closed(land.bone, step)
    beside = sign * land.left_mm
    hollow = closed & ~land.bone & land.region.inside
    hollow &= (beside > limit("propose.porus_least_mm")) & (beside < limit("propose.porus_most_mm"))
    hollow &= _beside_the_pons(land)
    depth = ndimage.distance_transform_edt(closed | ~land.region.inside, sampling=step)
    pieces, count = ndimage.label(hollow)
    if count == 0:
        return None
    index = np.arange(1, count + 1)
    deep = ndimage.maximum(depth, pieces, index)
    size = ndimage.sum_labels(hollow, pieces, index) * step**3
    wet = ndimage.mean(land.fluid, pieces, index)
    opened = ndimage.sum_labels(grow(land.fluid & ~closed, 2.0 * step, step), pieces, index)
    fit = (size >= limit("propose.canal_mm3")) & (opened * step**3 >= 2.0) & (wet > 0.25)
    deep = np.where(fit, deep, 0.0)
    best = int(np.argmax(deep))
    if deep[best] < limit("propose.canal_depth_mm"):
        return None
    canal = pieces == best + 1
    mouth = land.region.to_patient(np.argwhere(canal & (depth < 1.2)).mean(axis=0))
    plane = _face(land, closed, canal, mouth, sign)
    if plane is None:
        return None
    start = canal & (depth >= 2.0) & (depth <= 4.5)
    return Canal(start, mouth, plane[0], plane[1], float(deep[best]))


def _closed(bone: NDArray[np.bool_], step_mm: float) -> NDArray[np.bool_]:
    """Return bone with its hollows; beyond the rim the picture goes on as at the rim."""
    pad = int(np.ceil(2.0 * _CLOSING_MM / step_mm)) + 1
    wide = np.pad(bone, pad, mode="edge")
    closed = shrink(grow(wide, _CLOSING_MM, step_mm), _CLOSING_MM, step_mm)
    return closed[pad:-pad, pad:-pad, pad:-pad]


def _beside_the_pons(land: Landscape) -> NDArray[np.bool_]:
    """Return the voxels between the front of the brainstem and its back."""
    middle = land.stem & (np.abs(land.left_mm) < 4.0)
    rows = np.flatnonzero(middle.any(axis=(0, 2)))
    y = land.region.origin_mm[1] + land.step_mm * np.arange(land.stem.shape[1])
    front = y[rows[0]] if len(rows) else y[0]
    near = (y > front + _FRONT_MM[0]) & (y < front + _FRONT_MM[1])
    return np.broadcast_to(near[None, :, None], land.stem.shape)


def _face(
    land: Landscape,
    closed: NDArray[np.bool_],
    canal: NDArray[np.bool_],
    mouth: NDArray[np.float64],
    sign: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the plane of the bone around the mouth; voxels off it count little."""
    points = land.region.points()
    away = np.linalg.norm(points - mouth, axis=-1)
    open_ = grow(land.fluid & ~closed & ~canal, 1.8 * land.step_mm, land.step_mm)
    rim = points[land.bone & open_ & (away > _RIM_MM[0]) & (away < _RIM_MM[1])]
    if len(rim) < 60:
        return None
    weight = np.ones(len(rim))
    centre, normal = rim.mean(axis=0), np.array([1.0, 0.0, 0.0])
    for _ in range(_ROUNDS):
        centre = np.average(rim, axis=0, weights=weight)
        spread = (rim - centre) * np.sqrt(weight)[:, None]
        normal = np.linalg.svd(spread, full_matrices=False)[2][2]
        off = np.abs((rim - centre) @ normal)
        weight = 1.0 / (1.0 + (off / max(1.5 * float(np.median(off)), 0.3)) ** 2)
    return centre, normal * np.sign(normal[0] * sign or 1.0)
