"""Light, background and sensor noise of the simulated camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.camera import CameraSettings, Light

NOISE_FIELDS = 4
NOISE_MARGIN_PX = 64
NOISE_STEPS = 16.0


def _srgb_curve(steps: int = 4096) -> NDArray[np.float32]:
    """Return 8-bit sRGB levels over evenly spaced linear light 0-1."""
    linear = np.linspace(0.0, 1.0, steps)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (255.0 * coded).astype(np.float32)


SRGB_CURVE = _srgb_curve()


def light_colours(light: Light) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the linear colour of direct and of surrounding light, (3,) each."""
    tint = np.array([1.0 + 0.12 * light.warmth, 1.0, 1.0 - 0.18 * light.warmth])
    key = light.direct * tint
    fill = light.ambient * (0.6 + 0.4 * tint)
    return key.astype(np.float32), fill.astype(np.float32)


def shade_vertices(
    normals: NDArray[np.float32],
    occlusion: NDArray[np.float32],
    gloss: NDArray[np.float32],
    light: Light,
) -> NDArray[np.float32]:
    """Return diffuse, ambient and gloss terms of every vertex, (v, 3).

    Parameters
    ----------
    normals : ndarray, shape (v, 3)
    occlusion, gloss : ndarray, shape (v,)
    light : Light
    """
    azimuth, elevation = np.radians([light.azimuth_deg, light.elevation_deg])
    to_light = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        ]
    )
    between = to_light + np.array([0.0, 0.0, 1.0])
    between /= np.linalg.norm(between)
    wrap = np.float32(0.45 * light.softness)
    facing = normals @ to_light.astype(np.float32)
    out = np.empty_like(normals)
    lit = np.maximum((facing + wrap) / (1 + wrap), 0)
    # Folds lose some direct light as well.
    out[:, 0] = lit * (0.35 + 0.65 * occlusion)
    out[:, 1] = occlusion * (0.78 + 0.22 * normals[:, 1])
    shine = np.maximum(normals @ between.astype(np.float32), 0)
    out[:, 2] = gloss * shine**24
    return out


def make_background(camera: CameraSettings, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what is behind the person, linear (height, width, 3)."""
    height, width = camera.height, camera.width
    level = {"room": 0.34, "plain": 0.45, "dark": 0.06}[camera.background]
    base = level * rng.uniform(0.8, 1.2) * rng.uniform(0.88, 1.12, 3)
    slope = np.linspace(1.12, 0.88, height)[:, None] * np.linspace(
        1 + rng.uniform(-0.2, 0.2), 1.0, width
    )
    picture = (base * slope[..., None]).astype(np.float32)
    if camera.background == "room":
        for _ in range(int(rng.integers(3, 7))):
            x, y = int(rng.uniform(-0.1, 0.9) * width), int(rng.uniform(-0.1, 0.7) * height)
            w, h = int(rng.uniform(0.08, 0.4) * width), int(rng.uniform(0.1, 0.6) * height)
            colour = tuple(
                float(c) for c in base * rng.uniform(0.35, 1.6) * rng.uniform(0.7, 1.3, 3)
            )
            cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
        picture = cv2.GaussianBlur(picture, (0, 0), width / 90.0)
    return np.ascontiguousarray(picture, dtype=np.float32)


class NoisePool:
    """Sensor noise: a few fields made once, read at a random shift for every frame."""

    def __init__(self, camera: CameraSettings, rng: np.random.Generator) -> None:
        shape = (camera.height + NOISE_MARGIN_PX, camera.width + NOISE_MARGIN_PX)
        colour = float(np.clip(camera.chroma_noise, 0.0, 1.0))
        self.fields = []
        for _ in range(NOISE_FIELDS):
            common = rng.standard_normal((*shape, 1), dtype=np.float32)
            own = rng.standard_normal((*shape, 3), dtype=np.float32)
            mixed = np.sqrt(1 - colour) * common + np.sqrt(colour) * own
            scaled = np.rint(NOISE_STEPS * camera.noise_sd * mixed)
            self.fields.append(scaled.astype(np.int16))
        self.rng = rng

    def next(self) -> tuple[NDArray[np.int16], int, int]:
        """Return a field and the row and column to read it from."""
        which, top, left = self.rng.integers(
            [NOISE_FIELDS, NOISE_MARGIN_PX + 1, NOISE_MARGIN_PX + 1]
        )
        return self.fields[which], int(top), int(left)
