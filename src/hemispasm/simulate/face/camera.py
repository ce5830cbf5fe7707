"""Where the camera stands, what it sees, and how the head turns in front of it.

Picture axes: column to the right, row downwards. In an unmirrored picture the patient's left is at
the picture's right. Yaw is positive when the face turns to the picture's right (the patient's
left), pitch when the chin goes up, roll when the head tilts towards the patient's left shoulder.
Translations go to the patient's left, upwards and towards the camera. A mirrored picture flips all
of this after rendering; only the words on the mark stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.face.parameters import number, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.head import HeadMesh

PIVOT_MM = np.array([0.0, *pair("head.pivot_mm")])
"""Where the head turns, from the midpoint between the eyes: the top of the neck (assumed)."""


@dataclass(frozen=True)
class Light:
    """Direct light and surroundings.

    Attributes
    ----------
    azimuth_deg, elevation_deg : float
        Where the direct light comes from: 0, 0 is the camera, positive azimuth the picture's
        right, positive elevation above.
    direct, ambient : float
        Strength of both; about 1 together exposes skin well.
    warmth : float
        -1 bluish to 1 yellowish.
    softness : float
        0 a point, 1 a wide window.
    """

    azimuth_deg: float = number("light.azimuth_deg")
    elevation_deg: float = number("light.elevation_deg")
    direct: float = number("light.direct")
    ambient: float = number("light.ambient")
    warmth: float = 0.1
    softness: float = 0.5


@dataclass(frozen=True)
class Occlusion:
    """A hand or a cup before the face for a while.

    ``place`` is ``mouth``, ``left_eye``, ``right_eye`` or ``cheek_left``, ``cheek_right`` (the
    patient's sides). ``cover`` is its size relative to a hand's breadth.
    """

    start_s: float
    end_s: float
    place: str = "mouth"
    cover: float = 1.0


@dataclass(frozen=True)
class CameraSettings:
    """How the face is filmed.

    Attributes
    ----------
    width, height : int
        Picture size in pixels, both even for the codecs that ask for it.
    iod_px : float
        Distance between the outer eye corners of a frontal face, in pixels.
    distance_mm : float
        Camera to eyes.
    centre : tuple of two floats
        Where the middle of the face lies, as shares of width and height.
    mirrored : bool
        Flip the picture left to right, like a selfie preview.
    noise_sd : float
        Standard deviation of sensor noise in 8-bit counts.
    chroma_noise : float
        Share of that noise that differs between colours.
    flicker : float
        Relative size of brightness changes between frames.
    blur_px : float
        Standard deviation of the defocus blur.
    exposure : float
        Overall brightness, 1 is well exposed.
    light : Light
    glasses : bool
        A frame before the eyes.
    glare : float
        Strength of the reflection in the lenses, 0-1; needs glasses.
    background : ``room``, ``plain`` or ``dark``
    occlusions : tuple of Occlusion

    Raises
    ------
    UsageError
        ``camera_unusable`` when a size, a distance or a strength is out of range.

    Examples
    --------
    >>> CameraSettings(width=320, height=240, iod_px=55).distance_mm
    750.0
    """

    width: int = 640
    height: int = 480
    iod_px: float = number("camera.iod_px")
    distance_mm: float = number("camera.distance_mm")
    centre: tuple[float, float] = (0.5, 0.5)
    mirrored: bool = False
    noise_sd: float = number("camera.noise_sd")
    chroma_noise: float = number("camera.chroma_noise")
    flicker: float = number("camera.flicker")
    blur_px: float = 0.0
    exposure: float = 1.0
    light: Light = field(default_factory=Light)
    glasses: bool = False
    glare: float = 0.0
    background: Literal["room", "plain", "dark"] = "room"
    occlusions: tuple[Occlusion, ...] = ()

    def __post_init__(self) -> None:
        usable = (
            self.width >= 32
            and self.height >= 32
            and 5 <= self.iod_px <= self.width
            and self.distance_mm >= 250
            and min(self.noise_sd, self.flicker, self.blur_px, self.exposure) >= 0
        )
        if not usable:
            raise UsageError(
                "camera_unusable",
                "The simulated camera has a size, distance or strength out of range.",
                "Give at least 32 x 32 pixels, eyes 5 pixels apart and 250 mm distance.",
            )


@dataclass(frozen=True)
class Projection:
    """A pinhole camera on the +z axis, looking at the face.

    ``focal_px`` is its focal length, ``middle`` the column and row that the axis meets.
    """

    focal_px: float
    distance_mm: float
    middle: tuple[float, float]

    def pixels(self, xyz_mm: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return column and row (n, 2) of points (n, 3)."""
        scale = self.focal_px / (self.distance_mm - xyz_mm[:, 2].astype(np.float64))
        column = self.middle[0] + scale * xyz_mm[:, 0]
        return np.stack([column, self.middle[1] - scale * xyz_mm[:, 1]], axis=-1)

    def samples(self, xyz_mm: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return sample column, sample row (2 per pixel) and inverse distance, (n, 3)."""
        inverse = 1.0 / (self.distance_mm - xyz_mm[:, 2])
        out = np.empty_like(xyz_mm)
        # Pixel p covers samples 2p and 2p + 1, whose centres lie at p - 1/4 and p + 1/4.
        out[:, 0] = 2.0 * (self.middle[0] + self.focal_px * xyz_mm[:, 0] * inverse) + 0.5
        out[:, 1] = 2.0 * (self.middle[1] - self.focal_px * xyz_mm[:, 1] * inverse) + 0.5
        out[:, 2] = inverse
        return out


def place_camera(head: HeadMesh, camera: CameraSettings) -> Projection:
    """Choose the focal length that gives the wanted face size on this head."""
    left, right = head.outer_canthi_mm
    depth = camera.distance_mm - (left[2] + right[2]) / 2
    focal = camera.iod_px * depth / abs(left[0] - right[0])
    # The middle of the face lies about a quarter of the eye distance under the eyes.
    drop = 0.28 * camera.iod_px
    middle = (camera.centre[0] * camera.width - 0.5, camera.centre[1] * camera.height - 0.5 - drop)
    return Projection(float(focal), camera.distance_mm, middle)


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Return the head's rotation matrix (3, 3): yaw first, then pitch, then roll.

    Examples
    --------
    >>> turned = rotation(90, 0, 0) @ [0, 0, 1]
    >>> [round(float(v), 6) + 0.0 for v in turned]
    [1.0, 0.0, 0.0]
    """
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    cy, sy, cp, sp, cr, sr = (
        *(np.cos(yaw), np.sin(yaw), np.cos(pitch)),
        *(np.sin(pitch), np.cos(roll), np.sin(roll)),
    )
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return np.asarray(tilt @ nod @ turn)


def move_head(
    xyz_mm: NDArray[np.float32],
    rigid: NDArray[np.float32],
    turn: NDArray[np.float64],
    shift_mm: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Turn the head on its neck and move the whole person.

    Parameters
    ----------
    xyz_mm : ndarray, shape (v, 3)
    rigid : ndarray, shape (v,)
        Share of the rotation that each vertex follows.
    turn : ndarray, shape (3, 3)
    shift_mm : ndarray, shape (3,)
    """
    pivot = PIVOT_MM.astype(np.float32)
    turned = (xyz_mm - pivot) @ turn.T.astype(np.float32) + pivot
    return np.asarray(xyz_mm + rigid[:, None] * (turned - xyz_mm) + shift_mm.astype(np.float32))
