"""Paint a head: skin, brows, lips, lashes, wrinkles, hair, eyes, shirt, as one texture.

Colours are functions of the place on the neutral template, so they move with the mesh and fit
every shape. All albedos are linear, 0-1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.ndimage import distance_transform_edt

from hemispasm.simulate.face import head_parts as hp
from hemispasm.simulate.face.skin_features import SkinPainter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.head import Person
    from hemispasm.simulate.face.head_parts import Parts

FACE_TEXELS_PER_UV = 1300.0
EYES_TEXELS_PER_UV = 3600.0
"""The lids and brows get a patch of their own with finer texels."""
TRUNK_TEXELS = 420.0
EYE_TEXELS = 176
EYE_RADIUS_DM = 0.15
SWATCH = 6
SWATCH_ALBEDO = {
    hp.MOUTH: (0.22, 0.06, 0.05),
    hp.SOCKET: (0.40, 0.20, 0.16),
    hp.TEETH: (0.72, 0.66, 0.54),
    hp.TONGUE: (0.42, 0.15, 0.14),
}


@njit(cache=True)
def _spread(
    corner: NDArray[np.float64],
    value: NDArray[np.float64],
    picture: NDArray[np.float64],
    hit: NDArray[np.bool_],
) -> None:
    """Interpolate corner values (t, 3, 3) over triangles (t, 3, 2) of the texture plane."""
    rows, columns = hit.shape
    for t in range(corner.shape[0]):
        xa, ya = corner[t, 0, 0], corner[t, 0, 1]
        xb, yb = corner[t, 1, 0], corner[t, 1, 1]
        xc, yc = corner[t, 2, 0], corner[t, 2, 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if abs(area) < 1e-12:
            continue
        for y in range(max(0, int(min(ya, yb, yc))), min(rows - 1, int(max(ya, yb, yc)) + 1) + 1):
            for x in range(
                max(0, int(min(xa, xb, xc))), min(columns - 1, int(max(xa, xb, xc)) + 1) + 1
            ):
                wb = ((x - xa) * (yc - ya) - (xc - xa) * (y - ya)) / area
                wc = ((xb - xa) * (y - ya) - (x - xa) * (yb - ya)) / area
                wa = 1.0 - wb - wc
                if wa >= -1e-6 and wb >= -1e-6 and wc >= -1e-6:
                    hit[y, x] = True
                    for k in range(3):
                        picture[y, x, k] = (
                            wa * value[t, 0, k] + wb * value[t, 1, k] + wc * value[t, 2, k]
                        )


def to_linear(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear light of sRGB values 0-1.

    Examples
    --------
    >>> float(to_linear(np.array(1.0)))
    1.0
    """
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))


def _eye_picture(person: Person, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the front of an eyeball seen along its axis, (EYE_TEXELS, EYE_TEXELS, 3)."""
    axis = (np.arange(EYE_TEXELS) / (EYE_TEXELS - 1) * 2 - 1) * EYE_RADIUS_DM
    x, y = np.meshgrid(axis, -axis)
    r = np.hypot(x, y)
    angle = np.arctan2(y, x)
    iris_r, pupil_r = 0.060, 0.024
    picture = np.empty((EYE_TEXELS, EYE_TEXELS, 3))
    picture[:] = [0.66, 0.62, 0.57]
    pink = np.clip((np.abs(x) - 0.06) / 0.07, 0, 1)[..., None]
    picture *= 1 - pink * [0.10, 0.28, 0.28]
    rays = np.zeros_like(r)
    for k in (11, 17, 23, 31):
        rays += rng.uniform(0.3, 1) * np.cos(k * angle + rng.uniform(0, 6.3))
    colour = to_linear(np.array(person.eye_colour)) * (1 + 0.14 * rays[..., None])
    colour = colour * (1.15 - 0.6 * np.clip((r - 0.045) / 0.015, 0, 1))[..., None]
    soft = 0.004
    iris = np.clip((iris_r - r) / soft + 0.5, 0, 1)[..., None]
    pupil = np.clip((pupil_r - r) / soft + 0.5, 0, 1)[..., None]
    picture = picture * (1 - iris) + np.clip(colour, 0.004, 1) * iris
    picture = picture * (1 - pupil) + 0.006 * pupil
    # Shade of the upper lid and its lashes on the eyeball.
    picture *= (1 - 0.45 * np.clip((y + 0.005) / 0.055, 0, 1))[..., None]
    glint = np.clip((0.0085 - np.hypot(x + 0.016, y - 0.018)) / 0.003, 0, 1)[..., None]
    return np.asarray(picture * (1 - glint) + 0.95 * glint)


def _fill_gaps(picture: NDArray[np.float64], hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give texels outside every triangle the colour of the nearest one inside."""
    row, column = distance_transform_edt(~hit, return_distances=False, return_indices=True)
    return np.asarray(picture[row, column])


def _island(
    parts: Parts, here: NDArray[np.bool_], neutral: NDArray[np.float64], texels_per_uv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Lay one patch out: corner texels (t, 3, 2), places (h, w, 3), painted (h, w), native uv."""
    native = parts.native_uv[here]
    low = native.reshape(-1, 2).min(0)
    high = native.reshape(-1, 2).max(0)
    width, height = np.ceil((high - low) * texels_per_uv).astype(int) + 5
    corner = np.empty_like(native)
    corner[..., 0] = (native[..., 0] - low[0]) * texels_per_uv + 2
    corner[..., 1] = (high[1] - native[..., 1]) * texels_per_uv + 2
    places = np.zeros((height, width, 3))
    hit = np.zeros((height, width), dtype=np.bool_)
    _spread(corner, neutral[parts.triangles[here]], places, hit)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
    back = np.empty((height, width, 2))
    back[..., 0] = (grid[..., 0] - 2) / texels_per_uv + low[0]
    back[..., 1] = high[1] - (grid[..., 1] - 2) / texels_per_uv
    return corner, places, hit, back


def _around_eyes(parts: Parts, neutral: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the triangles of lids and brows."""
    middle = neutral[parts.triangles].mean(axis=1)
    x, y, z = np.abs(middle[:, 0]), middle[:, 1], middle[:, 2]
    return np.asarray((x < 0.58) & (y > 7.12) & (y < 7.62) & (z > 0.95))


def paint(
    parts: Parts, neutral: NDArray[np.float64], person: Person, lips_mask: bytes
) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
    """Paint a person.

    Parameters
    ----------
    parts : Parts
        The cut mesh.
    neutral : ndarray, shape (v, 3)
        Template places of its vertices, decimetres.
    person : Person
        Colours, age and hair.
    lips_mask : bytes
        The data's JPEG that is white on the lips.

    Returns
    -------
    texture : ndarray of uint16, shape (rows, columns, 3)
        Linear albedo, 65535 is 1.
    uv : ndarray, shape (t, 3, 2)
        Texture column and row of every triangle corner.
    """
    rng = np.random.default_rng([person.seed, 7])
    painter = SkinPainter(parts, person, lips_mask, rng)
    uv = np.zeros((len(parts.triangles), 3, 2), dtype=np.float32)
    pictures: list[NDArray[np.float64]] = []
    top = 0
    trunk = parts.native_uv[parts.kind == hp.TRUNK].reshape(-1, 2)
    trunk_scale = TRUNK_TEXELS / float(np.ptp(trunk, axis=0).max())
    face, eyes = parts.kind == hp.FACE, _around_eyes(parts, neutral)
    for here, scale in (
        *((face & eyes, EYES_TEXELS_PER_UV), (face & ~eyes, FACE_TEXELS_PER_UV)),
        (parts.kind == hp.TRUNK, trunk_scale),
    ):
        corner, places, hit, back = _island(parts, here, neutral, scale)
        picture = np.zeros_like(places)
        picture[hit] = painter.colour(places[hit], back[hit])
        uv[here] = corner + np.array([0, top])
        pictures.append(_fill_gaps(picture, hit))
        top += len(picture)
    eye = parts.kind == hp.EYE
    for vertices in parts.eyes:
        mine = eye & np.isin(parts.triangles[:, 0], vertices)
        centre = (neutral[vertices].min(0) + neutral[vertices].max(0)) / 2
        flat = (neutral[parts.triangles[mine], :2] - centre[:2]) / EYE_RADIUS_DM
        half = (EYE_TEXELS - 1) / 2
        uv[mine] = np.stack([half * (1 + flat[..., 0]), half * (1 - flat[..., 1]) + top], -1)
        pictures.append(_eye_picture(person, rng))
        top += EYE_TEXELS
    for kind, albedo in SWATCH_ALBEDO.items():
        uv[parts.kind == kind] = [SWATCH / 2, top + SWATCH / 2]
        pictures.append(np.full((SWATCH, SWATCH, 3), albedo))
        top += SWATCH
    texture = np.zeros((top, max(p.shape[1] for p in pictures), 3), dtype=np.uint16)
    row = 0
    for picture in pictures:
        levels = np.clip(picture, 0, 1) * 65535 + 0.5
        texture[row : row + len(picture), : picture.shape[1]] = levels.astype(np.uint16)
        row += len(picture)
    return texture, uv
