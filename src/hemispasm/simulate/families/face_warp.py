"""Family C, face: close one eye and pull one half of any frontal face, in place.

Each picture is sampled once, along displacements that are written in the first frame's pixels and
carried along with the face. The portrait of the second family has its points built in; this warp
takes any face whose points are known, and shares no code with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from hemispasm.model.side import Side
from hemispasm.simulate.families.parameters import number, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.families.real_faces import FaceMarks, Points

    Array = NDArray[np.float64]
    Picture = NDArray[np.uint8]

ROOM = 0.25
"""Around the eyes, mouth and brows, as a share of the width between the eyes' outer corners."""


@dataclass(frozen=True)
class Pull:
    """How strongly each part of one half-face moves, 0-1."""

    lid: float = 0.0
    mouth: float = 0.0
    cheek: float = 0.0
    brow: float = 0.0


def warp_half(
    picture: NDArray[np.uint8],
    place: NDArray[np.float64],
    marks: FaceMarks,
    side: Side,
    pull: Pull,
) -> NDArray[np.uint8]:
    """Return the picture with one half of the face moved.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        One frame.
    place : ndarray, shape (2, 3)
        Turns points of the first frame into points of this one.
    marks : FaceMarks
        On the first frame.
    side : Side
        The half that moves.
    pull : Pull
        How far.
    """
    if max(pull.lid, pull.mouth, pull.cheek, pull.brow) < 1e-3:
        return picture
    x0, y0, x1, y1 = _box(marks, side, place, picture.shape)
    px, py = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
    back = cv2.invertAffineTransform(place)
    u = back[0, 0] * px + back[0, 1] * py + back[0, 2]
    v = back[1, 0] * px + back[1, 1] * py + back[1, 2]
    # Skin first, then the lids over it, as far as they are drawn there.
    du, dv = _skin(u, v, marks, side, pull)
    moved = _sample(picture, place, u - du, v - dv)
    if pull.lid >= 1e-3:
        source, seen = _lids(u - du, v - dv, marks.upper[side], marks.lower[side], marks, pull.lid)
        lid = _sample(picture, place, u - du, source)
        moved = seen[..., None] * moved + (1.0 - seen[..., None]) * lid
    out = picture.copy()
    out[y0:y1, x0:x1] = np.clip(moved + 0.5, 0, 255).astype(np.uint8)
    return out


def _box(
    marks: FaceMarks, side: Side, place: Array, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    spots = [*marks.upper[side], *marks.lower[side], marks.mouth[side], marks.brow[side]]
    room = ROOM * marks.width
    low, high = np.min(spots, axis=0) - room, np.max(spots, axis=0) + room
    corners = np.array([low, (low[0], high[1]), (high[0], low[1]), high])
    where = corners @ place[:, :2].T + place[:, 2]
    x0, y0 = np.maximum(np.floor(where.min(axis=0)).astype(int), 0)
    x1, y1 = np.ceil(where.max(axis=0)).astype(int) + 1
    return int(x0), int(y0), int(min(x1, shape[1])), int(min(y1, shape[0]))


def _sample(picture: Picture, place: Array, u: Array, v: Array) -> Array:
    x = place[0, 0] * u + place[0, 1] * v + place[0, 2]
    y = place[1, 0] * u + place[1, 1] * v + place[1, 2]
    sampled = cv2.remap(
        picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(sampled, dtype=np.float64)


def _skin(u: Array, v: Array, marks: FaceMarks, side: Side, pull: Pull) -> tuple[Array, Array]:
    """Return how far the skin goes at each point: corner of the mouth, cheek, brow."""
    width = marks.width
    outward = 1.0 if side is Side.LEFT else -1.0
    mouth, brow = np.array(marks.mouth[side]), np.array(marks.brow[side])
    eye = np.mean(marks.lower[side], axis=0)
    lowest = max(y for _, y in marks.lower[side])
    highest = min(y for _, y in marks.upper[side])
    below = np.clip((v - lowest - 0.03 * width) / (0.08 * width), 0.0, 1.0)
    above = np.clip((highest - 0.03 * width - v) / (0.05 * width), 0.0, 1.0)
    out, up = pair("warp.mouth")
    parts = (
        (pull.mouth, mouth, (0.13, 0.11), (outward * out, -up), below),
        (pull.cheek, 0.6 * eye + 0.4 * mouth, (0.15, 0.1), (0.0, -number("warp.cheek")), below),
        (pull.brow, brow, (0.16, 0.06), (0.0, -number("warp.brow")), above),
    )
    du, dv = np.zeros_like(u, dtype=float), np.zeros_like(v, dtype=float)
    for size, centre, spread, way, gate in parts:
        if size < 1e-3:
            continue
        far = ((u - centre[0]) / (spread[0] * width)) ** 2
        far = far + ((v - centre[1]) / (spread[1] * width)) ** 2
        bump = size * gate * np.exp(-0.5 * far)
        # Nothing moves at the edge of the box, so that no seam shows.
        bump = np.where(far < 9.0, bump, 0.0)
        du += way[0] * width * bump
        dv += way[1] * width * bump
    return du, dv


def _lids(
    u: Array, v: Array, upper: Points, lower: Points, marks: FaceMarks, closure: float
) -> tuple[Array, Array]:
    """Return the row each lid's skin comes from, and how far the open eye is seen, 0-1.

    The upper lid goes down over the eyeball, the lower a little up; skin above and below is drawn
    after them over a limited height.
    """
    x0, x1 = upper[0][0], upper[-1][0]
    inside = np.clip(u, x0, x1)
    top = PchipInterpolator(*np.array(upper).T)(inside)
    bottom = np.maximum(PchipInterpolator(*np.array(lower).T)(inside), top)
    gap = bottom - top
    share = number("warp.upper_lid_share")
    new_top, new_bottom = top + share * closure * gap, bottom - (1.0 - share) * closure * gap
    thin = np.clip(1.6 * gap / (gap.max() or 1.0), 0.0, 1.0)
    reach = marks.width * (0.03 + (number("warp.lid_reach") - 0.03) * thin)
    over, under = top - reach, bottom + reach
    lid = over + (v - over) * (top - over) / np.maximum(new_top - over, 1e-6)
    cheek = under - (under - v) * (under - bottom) / np.maximum(under - new_bottom, 1e-6)
    source = np.where(v <= 0.5 * (new_top + new_bottom), lid, cheek)
    moves = (v > over) & (v < under) & (u >= x0) & (u <= x1)
    seen = np.clip(np.minimum(v - new_top, new_bottom - v) + 0.5, 0.0, 1.0)
    return np.where(moves, source, v), np.where(moves, seen, 1.0)
