"""Things before the face: glasses with their glare, and a hand that comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.simulate.face.camera import PIVOT_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.camera import CameraSettings, Occlusion, Projection
    from hemispasm.simulate.face.head import HeadMesh

ENTER_S = 0.35
FRACTION_BITS = 4
FAR_ARM = 0.06
"""The arm on the side to which the head turns disappears behind the temple."""
PLACES_MM = {
    "mouth": (0.0, -68.0),
    "left_eye": (32.0, -4.0),
    "right_eye": (-32.0, -4.0),
    "cheek_left": (45.0, -45.0),
    "cheek_right": (-45.0, -45.0),
}


def _rounded(half_w: float, half_h: float, count: int = 40) -> NDArray[np.float64]:
    """Return the outline (count, 2) of a lens: between an ellipse and a rectangle."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack(
        [half_w * np.sign(c) * np.abs(c) ** 0.6, half_h * np.sign(s) * np.abs(s) ** 0.6], axis=-1
    )


class Overlays:
    """Draws on the linear picture after the head, following its movement."""

    def __init__(self, head: HeadMesh, camera: CameraSettings, rng: np.random.Generator) -> None:
        self.head, self.camera = head, camera
        self.phase = float(rng.uniform(0, 2 * np.pi))
        front = float(head.rest_mm[:, 2].max())
        self.lens_z = max(float(head.eye_centre_mm[:, 2].max()) + head.eye_radius_mm + 14, 24.0)
        self.front_z = front
        self.skin = head.texture[: head.texture.shape[0] // 3].reshape(-1, 3)[::97]
        lit = self.skin[self.skin.sum(1) > 0].astype(np.float64) / 65535.0
        self.hand_albedo = np.median(lit, axis=0)

    def _place(
        self, points: NDArray[np.float64], turn: NDArray[np.float64], shift: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Move points of the head's frame (n, 3) with the head."""
        return ((points - PIVOT_MM) @ turn.T + PIVOT_MM + shift).astype(np.float32)

    def draw(
        self,
        picture: NDArray[np.float32],
        view: Projection,
        turn: NDArray[np.float64],
        shift_mm: NDArray[np.float64],
        t_s: float,
    ) -> None:
        """Draw what lies before the face at this time, in place."""
        if self.camera.glasses:
            self._glasses(picture, view, turn, shift_mm)
        for occlusion in self.camera.occlusions:
            self._hand(picture, view, turn, shift_mm, occlusion, t_s)

    def _polygon(
        self, view: Projection, points: NDArray[np.float64], turn: NDArray[np.float64],
        shift: NDArray[np.float64],
    ) -> NDArray[np.int32]:  # fmt: skip
        """Project points to fixed-point pixels for the drawing functions."""
        pixels = view.pixels(self._place(points, turn, shift))
        return np.rint(pixels * (1 << FRACTION_BITS)).astype(np.int32).reshape(-1, 1, 2)

    def _glasses(
        self,
        picture: NDArray[np.float32],
        view: Projection,
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
    ) -> None:
        """Draw frame, bridge and temples, and the window's reflection in the lenses."""
        colour = (0.02, 0.018, 0.016)
        thick = max(1, round(self.camera.iod_px / 45))
        for sign in (1.0, -1.0):
            centre = np.array([sign * 33.0, -5.0, self.lens_z])
            outline = _rounded(27.0, 20.0)
            bend = 0.10 * sign * (outline[:, 0])
            ring = np.column_stack([outline, -bend]) + centre
            shape = self._polygon(view, ring, turn, shift)
            if self.camera.glare > 0:
                self._glare(picture, shape, view, turn, shift, centre)
            cv2.polylines(picture, [shape], True, colour, thick, cv2.LINE_AA, FRACTION_BITS)
            if sign * (turn @ [0.0, 0.0, 1.0])[0] > FAR_ARM:
                continue
            arm = np.array([[sign * 60.0, 4.0, self.lens_z - 3], [sign * 74.0, 4.0, -55.0]])
            line = self._polygon(view, arm, turn, shift)
            cv2.polylines(picture, [line], False, colour, thick, cv2.LINE_AA, FRACTION_BITS)
        bridge = np.array(
            [[-7.0, -1.0, self.lens_z], [0, 2.0, self.lens_z + 2], [7.0, -1, self.lens_z]]
        )
        line = self._polygon(view, bridge, turn, shift)
        cv2.polylines(picture, [line], False, colour, thick, cv2.LINE_AA, FRACTION_BITS)

    def _glare(
        self,
        picture: NDArray[np.float32],
        shape: NDArray[np.int32],
        view: Projection,
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        centre: NDArray[np.float64],
    ) -> None:
        """Add a window's reflection, which slides across the lens as the head turns."""
        facing = turn @ [0.0, 0.0, 1.0]
        slide = np.array([-110.0 * facing[0] + 6.0, -110.0 * facing[1] + 6.0])
        pane = np.array([[-9, -7], [7, -9], [10, 6], [-6, 9]], dtype=np.float64) + slide
        points = np.column_stack([pane, np.full(4, 1.0)]) + centre
        bright = self._polygon(view, points, turn, shift)
        x0, y0 = (shape[:, 0].min(0) >> FRACTION_BITS) - 2
        x1, y1 = (shape[:, 0].max(0) >> FRACTION_BITS) + 3
        x0, y0 = max(int(x0), 0), max(int(y0), 0)
        window = picture[y0 : max(int(y1), 0), x0 : max(int(x1), 0)]
        if window.size == 0:
            return
        offset = np.array([[[x0 << FRACTION_BITS, y0 << FRACTION_BITS]]], dtype=np.int32)
        lens = np.zeros(window.shape[:2], np.float32)
        cv2.fillPoly(lens, [shape - offset], 1.0, cv2.LINE_8, FRACTION_BITS)
        pane_mask = np.zeros(window.shape[:2], np.float32)
        cv2.fillPoly(pane_mask, [bright - offset], 1.0, cv2.LINE_8, FRACTION_BITS)
        blur = max(0.8, self.camera.iod_px / 60)
        pane_mask = cv2.GaussianBlur(pane_mask, (0, 0), blur)
        window += (self.camera.glare * (0.75 * pane_mask + 0.04) * lens)[..., None]

    def _hand(
        self,
        picture: NDArray[np.float32],
        view: Projection,
        turn: NDArray[np.float64],
        shift: NDArray[np.float64],
        occlusion: Occlusion,
        t_s: float,
    ) -> None:
        """Draw a hand that comes up from below, stays, and leaves."""
        come = (t_s - occlusion.start_s) / ENTER_S
        leave = (occlusion.end_s - t_s) / ENTER_S
        near = float(np.clip(min(come, leave), 0.0, 1.0))
        if near <= 0:
            return
        near = near * near * (3 - 2 * near)
        x, y = PLACES_MM[occlusion.place]
        size = occlusion.cover
        lean = 1.0 if x >= 0 else -1.0
        tremble = 1.5 * np.sin(9.0 * t_s + self.phase)
        base = np.array(
            [x + lean * (1 - near) * 60, y - (1 - near) * 260 + tremble, self.front_z + 12]
        )
        colour = self.hand_albedo * (
            self.camera.light.direct * 0.62 + self.camera.light.ambient * 0.8
        )
        tilt = np.radians(-18.0 * lean)
        across = np.array([np.cos(tilt), np.sin(tilt), 0.0])
        along = np.array([-np.sin(tilt), np.cos(tilt), 0.0])
        limbs = [
            (base - size * along * 160, base - size * along * 70, 30 * size, 1.0),
            *(
                (base + across * o - along * 78 * size, base + across * o - along * 42 * size, r, 1)
                for o, r in ((-14 * size, 28 * size), (14 * size, 28 * size))
            ),
            *(
                (
                    base + size * (across * o - along * 35),
                    base + size * (across * o + along * (length - 30)),
                    10.5 * size,
                    t,
                )
                for o, length, t in (
                    (-30, 62, 0.95),
                    (-10, 72, 1.0),
                    (10, 70, 0.98),
                    (29, 56, 0.94),
                )
            ),
        ]
        # Rims first, then the flesh, so that the parts of the hand run into one another.
        for share, shade in ((1.0, 0.70), (0.86, 0.93), (0.5, 1.03)):
            for start, end, radius_mm, tint in limbs:
                points = np.array([start, end]) + shift
                _limb(picture, view, points, radius_mm * share, colour * shade * tint)


def _limb(
    picture: NDArray[np.float32],
    view: Projection,
    points: NDArray[np.float64],
    radius_mm: float,
    colour: NDArray[np.float64],
) -> None:
    """Draw a capsule between two points (2, 3)."""
    ends = np.rint(view.pixels(points.astype(np.float32)) * (1 << FRACTION_BITS)).astype(int)
    radius = radius_mm * view.focal_px / (view.distance_mm - points[0, 2])
    tint = tuple(float(v) for v in colour)
    first, last = ((int(column), int(row)) for column, row in ends)
    cv2.line(picture, first, last, tint, max(1, round(2 * radius)), cv2.LINE_AA, FRACTION_BITS)
