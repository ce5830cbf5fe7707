"""A portrait that closes its eyes and moves its mouth: smooth warps of one photograph.

The picture is ``skimage.data.astronaut`` (NASA, public domain). The patient's left is at the
picture's right. Points were placed by eye on the photograph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTER_CANTHI_MM = 88.0
"""Assumed distance between the outer corners of the eyes; sets the millimetre scale."""

LIDS: dict[Side, tuple[list[tuple[float, float]], list[tuple[float, float]]]] = {
    Side.RIGHT: (
        [(192.6, 101.0), (197.3, 98.9), (202.6, 97.9), (207.3, 98.9), (213.3, 103.2)],
        [(192.6, 101.0), (196.6, 102.6), (202.3, 104.8), (208.0, 104.9), (213.3, 103.2)],
    ),
    Side.LEFT: (
        [(236.6, 105.1), (240.1, 101.9), (244.4, 100.2), (248.7, 99.9), (253.0, 101.0),
         (259.0, 104.0)],
        [(236.6, 105.1), (239.4, 106.0), (245.1, 107.0), (249.4, 107.0), (253.7, 106.0),
         (259.0, 104.0)],
    ),
}  # fmt: skip
"""Upper and lower lid margins, portrait pixels."""

ABOVE, BELOW = 7.5, 8.0
FACE_BOX = (178.0, 74.0, 272.0, 190.0)
CENTRE = (225.0, 126.0)

PARTS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "mouth_right": ((203.0, 140.0), (8.5, 7.5), (-5.2, -3.6)),
    "mouth_left": ((244.5, 141.0), (8.5, 7.5), (5.2, -3.6)),
    "droop_right": ((203.0, 140.0), (9.5, 8.5), (0.8, 4.0)),
    "droop_left": ((244.5, 141.0), (9.5, 8.5), (-0.8, 4.0)),
    "cheek_right": ((199.0, 121.0), (10.0, 7.0), (-0.4, -3.2)),
    "cheek_left": ((251.0, 123.0), (10.0, 7.0), (0.4, -3.2)),
    "brow_right": ((199.0, 89.5), (11.0, 4.5), (0.0, -3.6)),
    "brow_left": ((252.0, 92.5), (11.0, 4.5), (0.0, -3.6)),
    "frown_right": ((206.0, 91.0), (10.0, 4.0), (1.6, 2.2)),
    "frown_left": ((244.0, 93.0), (10.0, 4.0), (-1.6, 2.2)),
    "jaw": ((224.0, 163.0), (21.0, 15.0), (0.0, 6.0)),
    "purse_right": ((206.0, 142.0), (10.0, 9.0), (5.5, 0.5)),
    "purse_left": ((241.5, 143.0), (10.0, 9.0), (-5.5, 0.5)),
}
"""Movement of skin per part at full strength: centre, spread, displacement (portrait pixels)."""


@dataclass(frozen=True)
class _Eye:
    """One eye in tile pixels: where its lids are, and the pieces needed to close it."""

    x0: int
    y0: int
    x1: int
    y1: int
    columns: NDArray[np.float32]
    rows: NDArray[np.float32]
    upper: NDArray[np.float32]
    gap: NDArray[np.float32]
    reach: NDArray[np.float32]


def _smooth_line(points: list[tuple[float, float]], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return y along a smooth curve through points with increasing x."""
    from scipy.interpolate import PchipInterpolator

    px, py = np.array(points).T
    inside = np.clip(x, px[0], px[-1])
    return np.asarray(PchipInterpolator(px, py)(inside))


class Portrait:
    """The photograph, scaled for one frame size, ready to be warped.

    Parameters
    ----------
    picture : ndarray of uint8, shape (512, 512, 3)
        ``skimage.data.astronaut()``.
    width, height : int
        Frame size in pixels. The outer eye corners lie a quarter of the frame's width apart.
    """

    def __init__(self, picture: NDArray[np.uint8], width: int, height: int) -> None:
        self.width, self.height = width, height
        span_px = LIDS[Side.LEFT][0][-1][0] - LIDS[Side.RIGHT][0][0][0]
        self.scale = 0.25 * min(width, height * 4 / 3) / span_px
        self.mm_per_portrait_px = OUTER_CANTHI_MM / span_px
        margin = 34.0
        half_w, half_h = width / self.scale / 2 + margin, height / self.scale / 2 + margin
        self.left, self.top = CENTRE[0] - half_w, CENTRE[1] - half_h
        size = (round(2 * half_w * self.scale), round(2 * half_h * self.scale))
        grow = np.array(
            [[self.scale, 0, -self.left * self.scale], [0, self.scale, -self.top * self.scale]]
        )
        self.tile = cv2.warpAffine(
            picture, grow, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
        )
        self._eyes = {side: self._cut_eye(side) for side in LIDS}
        x0, y0 = self._to_tile(FACE_BOX[0], FACE_BOX[1])
        x1, y1 = self._to_tile(FACE_BOX[2], FACE_BOX[3])
        self._box = (int(x0), int(y0), int(x1), int(y1))
        self._fields = {name: self._field(name) for name in PARTS}
        gx, gy = np.meshgrid(np.arange(int(x1) - int(x0)), np.arange(int(y1) - int(y0)))
        self._grid = np.stack([gx, gy]).astype(np.float32)

    def _to_tile(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) * self.scale, (y - self.top) * self.scale

    def gap_mm(self, side: Side) -> float:
        """Return the lid gap of the open eye at its tallest column."""
        upper, lower = LIDS[side]
        x = np.linspace(upper[0][0], upper[-1][0], 200)
        return float((_smooth_line(lower, x) - _smooth_line(upper, x)).max()) * (
            self.mm_per_portrait_px
        )

    def _cut_eye(self, side: Side) -> _Eye:
        upper, lower = LIDS[side]
        x0, _ = self._to_tile(upper[0][0], 0)
        x1, _ = self._to_tile(upper[-1][0], 0)
        _, y0 = self._to_tile(0, min(y for _, y in upper) - ABOVE - 1)
        _, y1 = self._to_tile(0, max(y for _, y in lower) + BELOW + 1)
        box = (int(x0) - 2, int(y0), int(x1) + 3, int(y1))
        columns, rows = np.meshgrid(np.arange(box[0], box[2]), np.arange(box[1], box[3]))
        x = np.arange(box[0], box[2]) / self.scale + self.left
        top, bottom = _smooth_line(upper, x), _smooth_line(lower, x)
        gap = np.maximum(bottom - top, 0.0) * self.scale
        # Skin above the lid follows over this height; it shrinks towards the corners.
        reach = self.scale * (2.5 + (ABOVE - 2.5) * np.clip(gap / gap.max() * 1.6, 0.0, 1.0))
        return _Eye(
            *box,
            columns.astype(np.float32),
            rows.astype(np.float32),
            ((top - self.top) * self.scale).astype(np.float32),
            gap.astype(np.float32),
            reach.astype(np.float32),
        )

    def _field(self, name: str) -> NDArray[np.float32]:
        """Return the displacement of one part over the face box, kept off the eyes."""
        (cx, cy), (sx, sy), (dx, dy) = PARTS[name]
        x0, y0, x1, y1 = self._box
        x = np.arange(x0, x1) / self.scale + self.left
        y = (np.arange(y0, y1) / self.scale + self.top)[:, None]
        bump = np.exp(-0.5 * (((x - cx) / sx) ** 2 + ((y - cy) / sy) ** 2))
        if name.startswith(("brow", "frown")):
            bump = bump * np.clip((95.5 - y) / 3.0 + 0.5, 0.0, 1.0)
        else:
            bump = bump * np.clip((y - 113.0) / 5.0, 0.0, 1.0)
        edge = np.minimum(np.minimum(x - FACE_BOX[0], FACE_BOX[2] - x) / 6.0, 1.0)
        edge = np.minimum(edge, np.minimum((y - FACE_BOX[1]) / 5.0, 1.0))
        edge = np.minimum(edge, np.minimum((FACE_BOX[3] - y) / 6.0, 1.0))
        bump = bump * np.clip(edge, 0.0, 1.0) * self.scale
        return np.stack([dx * bump, dy * bump]).astype(np.float32)

    def close_eye(self, tile: NDArray[np.uint8], side: Side, closure: float) -> None:
        """Bring the lids of one eye together in place; the gap becomes (1 - closure) of its size.

        The upper lid travels 85 % of the way. Lid skin follows it and covers the eyeball, which
        stays where it is.
        """
        if closure <= 1e-3:
            return
        eye = self._eyes[side]
        below = self.scale * BELOW
        upper = eye.upper + 0.85 * closure * eye.gap
        lower = eye.upper + eye.gap - 0.15 * closure * eye.gap
        top = eye.upper - eye.reach
        rows = eye.rows
        lid = top + (rows - top) * (eye.upper - top) / (upper - top)
        bottom = eye.upper + eye.gap + below
        cheek = bottom - (bottom - rows) * (bottom - eye.upper - eye.gap) / (bottom - lower)
        source = np.where(rows <= 0.5 * (upper + lower), lid, cheek)
        source = np.where((rows < top) | (rows > bottom), rows, source).astype(np.float32)
        skin = cv2.remap(self.tile, eye.columns, source, cv2.INTER_LINEAR)
        seen = np.clip(np.minimum(rows - upper, lower - rows) + 0.5, 0.0, 1.0)[..., None]
        plain = tile[eye.y0 : eye.y1, eye.x0 : eye.x1]
        tile[eye.y0 : eye.y1, eye.x0 : eye.x1] = (seen * plain + (1.0 - seen) * skin + 0.5).astype(
            np.uint8
        )

    def pose(self, moves: dict[str, float], closures: dict[Side, float]) -> NDArray[np.uint8]:
        """Return the tile with the lids closed and the parts moved by their strengths."""
        tile = self.tile.copy()
        for side, closure in closures.items():
            self.close_eye(tile, side, closure)
        active = {name: size for name, size in moves.items() if abs(size) > 1e-3}
        if active:
            source = self._grid.copy()
            for name, size in active.items():
                source -= np.float32(size) * self._fields[name]
            x0, y0, x1, y1 = self._box
            box = np.ascontiguousarray(tile[y0:y1, x0:x1])
            tile[y0:y1, x0:x1] = cv2.remap(
                box, source[0], source[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
        return tile

    def film(
        self, tile: NDArray[np.uint8], angles_deg: tuple[float, float, float],
        shift_px: tuple[float, float], zoom: float,
    ) -> NDArray[np.uint8]:  # fmt: skip
        """Return the frame of the tile turned by (yaw, pitch, roll) as a flat picture in space.

        Yaw is positive towards the patient's left (the picture's right), pitch chin up, roll
        towards the patient's left shoulder.
        """
        yaw, pitch, roll = np.radians(angles_deg)
        focal = 1.6 * self.width
        turn_y = np.array(
            [[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]]
        )
        turn_x = np.array(
            [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
        )
        turn_z = np.array(
            [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        )
        turn = turn_z @ turn_x @ turn_y
        cx, cy = self._to_tile(*CENTRE)
        plane = np.column_stack([turn[:, 0], turn[:, 1], np.array([0.0, 0.0, focal / zoom])])
        lens = np.array(
            [
                [focal, 0, self.width / 2 + shift_px[0]],
                [0, focal, self.height / 2 + shift_px[1]],
                [0, 0, 1],
            ]
        )
        centre = np.array([[1, 0, -cx], [0, 1, -cy], [0, 0, 1]])
        return np.asarray(
            cv2.warpPerspective(
                tile,
                lens @ plane @ centre,
                (self.width, self.height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            ),
            dtype=np.uint8,
        )
