"""Paint a scene on the fine grid: each part over what lies below it, edges by their coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from hemispasm.simulate.mri.parameters import number
from hemispasm.simulate.mri.signals import inflow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.mri.scene import Course, Cover, Grid, Part, Scene
    from hemispasm.simulate.mri.signals import Contrast

# Blood at the wall creeps: a floor keeps its transit time finite.
_CREEP = 0.04


def paint(
    scene: Scene,
    grid: Grid,
    contrast: Contrast,
    stream: np.random.Generator,
    csf_pulsation: float,
    drift: tuple[NDArray[np.float64], float] | None = None,
) -> NDArray[np.float32]:
    """Return the signal on the fine grid.

    Parameters
    ----------
    drift : (unit vector, mm at 450 mm/s), optional
        Where the picture of moving blood is displaced to, in the anatomy's frame.
    """
    mottle = smooth_noise(grid.shape, grid.pitch_mm, 5.0, stream)
    image = (contrast.still["csf"] * (1.0 + csf_pulsation * mottle)).astype(np.float32)
    fine = number("image.brain_texture")
    grain = fine * smooth_noise(grid.shape, grid.pitch_mm, 1.2, stream) if fine > 0 else None
    for part in scene.parts:
        shape = part.shape
        if drift is not None and part.speed > 0 and drift[1] != 0.0:
            share = drift[1] * part.speed / 450.0
            shape = cast("Course", shape).drifted(drift[0], share)
        cover = shape.cover(grid)
        if cover is not None:
            _lay(image, part, cover, grid, contrast, grain)
    return image


def _lay(
    image: NDArray[np.float32],
    part: Part,
    cover: Cover,
    grid: Grid,
    contrast: Contrast,
    grain: NDArray[np.float32] | None,
) -> None:
    share = cover.depth_mm * np.float32(-1.0 / grid.pitch_mm)
    share += np.float32(0.5)
    np.clip(share, 0.0, 1.0, out=share)
    if part.opacity < 1.0:
        share *= np.float32(part.opacity)
    value = _value(part, cover, grid, contrast, grain)
    under = image[cover.part]
    under += share * (value - under)


def _value(
    part: Part, cover: Cover, grid: Grid, contrast: Contrast, grain: NDArray[np.float32] | None
) -> NDArray[np.float32] | np.float32:
    still = contrast.still[part.tissue]
    if part.speed > 0 and contrast.blood_scale > 0 and cover.travel_mm is not None:
        radius = cast("NDArray[np.float32]", cover.radius_mm)
        out = np.clip(1.0 + cover.depth_mm / radius, 0.0, 1.0)
        speed = (part.speed * np.maximum(1.0 - out**2, _CREEP)).astype(np.float32)
        way = cover.travel_mm + np.float32(part.entered_mm)
        moving = inflow(way, speed, contrast.blood_t1_ms, contrast.sequence)
        return moving * np.float32(contrast.blood_scale)
    if part.texture == "none" or grain is None:
        return np.float32(still)
    value = still * (1.0 + grain[cover.part])
    if part.texture == "folia":
        csf = contrast.still["csf"]
        x, y, z = grid.points(cover.part)
        wave = np.cos(2 * np.pi / number("image.fold_mm") * (0.85 * z + 0.45 * y + 0.2 * np.abs(x)))
        gap = np.clip((wave - 0.75) * 4.0, 0.0, 1.0) * np.exp(np.minimum(cover.depth_mm, 0) / 4.0)
        value = value + 0.45 * (csf - still) * gap
    return value.astype(np.float32)


def smooth_noise(
    shape: tuple[int, int, int], pitch_mm: float, length_mm: float, stream: np.random.Generator
) -> NDArray[np.float32]:
    """Return smooth noise of unit variance with a correlation of about ``length_mm``."""
    coarse = [max(4, int(np.ceil(n * pitch_mm / length_mm)) + 3) for n in shape]
    fine = stream.standard_normal(coarse).astype(np.float32)
    # Along the slowest axis last: there whole planes are blended.
    for axis in (2, 1, 0):
        at = np.linspace(0.0, coarse[axis] - 1.001, shape[axis])
        low = at.astype(int)
        share = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        below, above = np.take(fine, low, axis=axis), np.take(fine, low + 1, axis=axis)
        above -= below
        above *= share
        fine = below + above
    fine *= np.float32(1.0 / max(float(fine[::4, ::4, ::4].std()), 1e-6))
    return fine
