"""Film a moving head: one picture per frame, with the lid gaps that were really there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.simulate.face.appearance import (
    SRGB_CURVE,
    NoisePool,
    light_colours,
    make_background,
    shade_vertices,
)
from hemispasm.simulate.face.camera import CameraSettings, move_head, place_camera, rotation
from hemispasm.simulate.face.head import LIFTS_LOWER_LID, HeadMesh
from hemispasm.simulate.face.head_lids import close_lids, lift_over_eye
from hemispasm.simulate.face.mark import stamp_simulated
from hemispasm.simulate.face.overlays import Overlays
from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.raster import add_units, cover, develop, resolve, vertex_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.timeline import FaceTimeline

LOWER_LID_SHARE = number("lid.lower_share")
LOWER_LID_FREE = number("lid.lower_free")
"""Squinting may lift the lower lid by this share of the closure plus this share of the gap; more
would have to be undone by the upper lid to keep the wanted gap."""


@dataclass(frozen=True)
class RenderedFrame:
    """One simulated picture and its truth.

    Attributes
    ----------
    t_s : float
    rgb : ndarray of uint8, shape (height, width, 3)
        Already mirrored when the camera is, and marked as simulated.
    lid_gap_left_mm, lid_gap_right_mm : float
        Vertical gap between the middles of the lid margins, in the head's own frame.
    closure_left, closure_right : float
        Share of the resting gap that is lost, 0-1, measured on the moved mesh.
    """

    t_s: float
    rgb: NDArray[np.uint8]
    lid_gap_left_mm: float
    lid_gap_right_mm: float
    closure_left: float
    closure_right: float


@dataclass(frozen=True)
class Pose:
    """A face at one moment: vertices in the head's frame and the true lid gaps."""

    xyz_mm: NDArray[np.float32]
    gap_mm: tuple[float, float]
    closure: tuple[float, float]


class FaceMover:
    """Applies a timeline to a head, frame by frame."""

    def __init__(self, head: HeadMesh, timeline: FaceTimeline) -> None:
        self.head = head
        self.closure = (timeline.closure_left, timeline.closure_right)
        self.rest_gap = (timeline.rest_gap_left, timeline.rest_gap_right)
        self.weights = np.zeros((len(timeline), len(head.units.names)), dtype=np.float32)
        for column, name in enumerate(head.units.names):
            self.weights[:, column] = np.clip(timeline.unit(name), 0.0, 1.2)
        self._limit_lower_lid()

    def _limit_lower_lid(self) -> None:
        """Scale squinting down where it would close the eye more than the closure says."""
        units = self.head.units
        for lids, closure, side in zip(
            self.head.lids, self.closure, ("Left", "Right"), strict=True
        ):
            columns = [units.names.index(n) for n in LIFTS_LOWER_LID if n.endswith(side)]
            rise = np.zeros(len(closure))
            for column in columns:
                trial = self.head.rest_mm.copy()
                one = np.zeros(len(units.names), dtype=np.float32)
                one[column] = 1.0
                add_units(trial, units.index, units.delta_mm, units.start, one)
                share = 1 - lids.middle_gap_mm(trial) / lids.normal_gap_mm
                rise += max(share, 0.0) * self.weights[:, column]
            allowed = LOWER_LID_SHARE * closure + LOWER_LID_FREE
            factor = np.minimum(1.0, allowed / np.maximum(rise, 1e-6))
            self.weights[:, columns] *= factor[:, None].astype(np.float32)

    def pose(self, frame: int) -> Pose:
        """Return the face at one frame, in the head's own frame."""
        head, units = self.head, self.head.units
        xyz = head.rest_mm.copy()
        add_units(xyz, units.index, units.delta_mm, units.start, self.weights[frame])
        gaps, closures = [], []
        for k, lids in enumerate(head.lids):
            share = self.rest_gap[k] * (1.0 - float(self.closure[k][frame]))
            gap = close_lids(lids, xyz, share)
            lift_over_eye(lids, xyz, head.eye_centre_mm[k], head.eye_radius_mm)
            gaps.append(gap)
            open_mm = max(lids.normal_gap_mm * self.rest_gap[k], 1e-6)
            closures.append(1.0 - gap / open_mm)
        return Pose(xyz, (gaps[0], gaps[1]), (closures[0], closures[1]))


class Studio:
    """Everything that stays the same from frame to frame of one clip."""

    def __init__(self, head: HeadMesh, camera: CameraSettings, rng: np.random.Generator) -> None:
        self.head, self.camera = head, camera
        self.view = place_camera(head, camera)
        self.background = make_background(camera, rng)
        self.noise = NoisePool(camera, rng)
        self.overlays = Overlays(head, camera, rng)
        self.key, self.fill = light_colours(camera.light)
        rows, columns = 2 * camera.height, 2 * camera.width
        self.depth = np.zeros((rows, columns), dtype=np.float32)
        self.owner = np.zeros((rows, columns), dtype=np.int32)
        self.plane = np.zeros((len(head.triangles), 6), dtype=np.float32)
        self.normals = np.zeros_like(head.rest_mm)

    def shoot(
        self, pose: Pose, turn: NDArray[np.float64], shift_mm: NDArray[np.float64], t_s: float,
        gain: float,
    ) -> NDArray[np.uint8]:  # fmt: skip
        """Return the picture of a posed face, mirrored and marked as asked."""
        head, camera = self.head, self.camera
        xyz = move_head(pose.xyz_mm, head.rigid, turn, shift_mm)
        vertex_normals(xyz, head.triangles, self.normals)
        light = shade_vertices(self.normals, head.occlusion, head.gloss, camera.light)
        cover(self.view.samples(xyz), head.triangles, self.depth, self.owner, self.plane)
        picture = self.background.copy()
        resolve(
            *(self.owner, head.triangles, self.plane, head.uv, light),
            *(self.key, self.fill, head.texture, picture),
        )
        self.overlays.draw(picture, self.view, turn, shift_mm, t_s)
        if camera.blur_px > 0:
            picture = cv2.GaussianBlur(picture, (0, 0), camera.blur_px)
        rgb = np.empty((camera.height, camera.width, 3), dtype=np.uint8)
        field, top, left = self.noise.next()
        develop(picture, gain, SRGB_CURVE, field, top, left, rgb)
        if camera.mirrored:
            rgb = np.ascontiguousarray(rgb[:, ::-1])
        return stamp_simulated(rgb)


def render_face(
    head: HeadMesh, timeline: FaceTimeline, camera: CameraSettings, rng: np.random.Generator
) -> Iterator[RenderedFrame]:
    """Render a clip, one frame at a time.

    Parameters
    ----------
    head : HeadMesh
        From ``build_head``.
    timeline : FaceTimeline
        What the face does. Its ``closure_*`` and ``rest_gap_*`` are realised exactly; squinting
        only changes how much of the closure the lower lid makes.
    camera : CameraSettings
        Picture size, light, noise, mirroring, glasses, occlusions.
    rng : numpy.random.Generator
        Draws background, noise and flicker.

    Yields
    ------
    RenderedFrame
        Picture and true lid gaps of every time in ``timeline.time_s``.
    """
    studio = Studio(head, camera, rng)
    mover = FaceMover(head, timeline)
    drift = 0.0
    for frame, t_s in enumerate(timeline.time_s):
        pose = mover.pose(frame)
        turn = rotation(
            float(timeline.yaw_deg[frame]),
            float(timeline.pitch_deg[frame]),
            float(timeline.roll_deg[frame]),
        )
        shift = np.array([timeline.x_mm[frame], timeline.y_mm[frame], timeline.z_mm[frame]])
        drift = 0.9 * drift + float(rng.normal())
        gain = camera.exposure * (1.0 + camera.flicker * (0.43 * drift))
        rgb = studio.shoot(pose, turn, shift, float(t_s), gain)
        yield RenderedFrame(float(t_s), rgb, *pose.gap_mm, *pose.closure)
