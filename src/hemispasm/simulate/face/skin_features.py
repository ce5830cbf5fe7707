"""The colour of skin and hair at a place of the template (decimetres, +x the patient's left)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from hemispasm.simulate.face.head_lids import LOWER_MARGIN, UPPER_MARGIN
from hemispasm.simulate.face.head_parts import hair_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.head import Person
    from hemispasm.simulate.face.head_parts import Parts

TONES_SRGB = np.array(
    [
        [0.930, 0.785, 0.700],
        [0.890, 0.720, 0.610],
        [0.810, 0.630, 0.490],
        [0.680, 0.490, 0.350],
        [0.520, 0.355, 0.250],
        [0.385, 0.258, 0.185],
    ]
)
"""Skin of types I to VI; assumed, spread over the range of published skin-tone charts."""

LIPS_LIGHT, LIPS_DARK = np.array([0.78, 0.46, 0.47]), np.array([0.90, 0.68, 0.72])
"""Lips relative to the skin around them, on the lightest and the darkest skin."""

NECKLINE_DM = 5.55
BROW_X = (0.105, 0.18, 0.30, 0.42, 0.515)
BROW_Y = (7.474, 7.496, 7.516, 7.505, 7.458)
BROW_HALF = (0.026, 0.030, 0.027, 0.019, 0.008)


class SkinPainter:
    """Colours places of the face, the neck and the trunk of one person."""

    def __init__(
        self, parts: Parts, person: Person, lips_mask: bytes, rng: np.random.Generator
    ) -> None:
        from hemispasm.simulate.face.skin import to_linear

        self.person = person
        self.rng = rng
        step = np.clip(person.skin_tone - 1, 0, 5)
        tone = [np.interp(step, np.arange(6), TONES_SRGB[:, k]) for k in range(3)]
        self.tone = to_linear(np.array(tone))
        self.hair = to_linear(np.array(person.hair_colour))
        self.shirt = to_linear(np.array(person.shirt))
        with Image.open(io.BytesIO(lips_mask)) as picture:
            self.lips = np.asarray(picture.convert("L"), dtype=np.float64) / 255.0
        margins = {}
        for name, ids in (("upper", UPPER_MARGIN), ("lower", LOWER_MARGIN)):
            lines = []
            for sign in (1.0, -1.0):
                knots = parts.neutral[[parts.twin(sign)[i] for i in ids]]
                t = np.linspace(0, len(knots) - 1, 200)
                lines.append(
                    np.stack([np.interp(t, range(len(knots)), knots[:, k]) for k in range(3)], -1)
                )
            margins[name] = cKDTree(np.concatenate(lines))
        self.margins = margins
        # Drawn once, so that patches of the texture meet without a seam.
        self.waves: dict[float, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self.brow_shift = 0.006 * rng.standard_normal(2)

    def colour(self, at: NDArray[np.float64], uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return linear albedo (n, 3) at template places (n, 3) with native uv (n, 2)."""
        skin = np.repeat(self.tone[None], len(at), axis=0)
        skin *= 1 + 0.05 * self._cloud(at, 0.35) + 0.035 * self._cloud(at, 0.07)
        skin *= 1 + 0.035 * self.rng.standard_normal((len(at), 1))
        self._blood(skin, at)
        self._wrinkles(skin, at)
        self._stubble(skin, at)
        self._lips(skin, at, uv)
        self._eyes(skin, at)
        self._brows(skin, at)
        self._scalp(skin, at)
        self._clothe(skin, at)
        return np.clip(skin, 0.002, 0.95)

    def _cloud(self, at: NDArray[np.float64], size_dm: float) -> NDArray[np.float64]:
        """Return smooth noise of unit variance with features of about ``size_dm``, (n, 1)."""
        if size_dm not in self.waves:
            scale = np.geomspace(0.45, 2.2, 12)[:, None] * (2.0 / size_dm)
            drawn = scale * self.rng.normal(0, 1, (12, 3)), self.rng.uniform(0, 6.3, 12)
            self.waves[size_dm] = drawn
        total = np.zeros(len(at))
        for wave, phase in zip(*self.waves[size_dm], strict=True):
            total += np.sin(at @ wave + phase + 0.5 * total)
        return np.asarray(total[:, None] / np.sqrt(6.0))

    def _blood(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Redden cheeks, nose, chin and ears; darken the hollows around the eyes."""
        x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
        red = 0.8 * np.exp(-(((x - 0.42) / 0.16) ** 2) - ((y - 6.93) / 0.14) ** 2) * (z > 0.8)
        red += 0.9 * np.exp(-((x / 0.12) ** 2) - ((y - 6.93) / 0.10) ** 2) * (z > 1.3)
        red += 0.7 * (x > 0.72) * (y > 6.7) * (y < 7.5) * (z < 0.9)
        skin *= 1 + red[:, None] * [0.03, -0.10, -0.09]
        hollow = np.exp(-(((x - 0.30) / 0.15) ** 2) - ((y - 7.20) / 0.055) ** 2) * (z > 1.0)
        hollow += 0.6 * np.exp(-(((x - 0.16) / 0.05) ** 2) - ((y - 7.28) / 0.08) ** 2) * (z > 1.0)
        skin *= 1 - (0.10 + 0.14 * self.person.age) * hollow[:, None] * [0.75, 1.0, 0.9]

    def _line(
        self,
        skin: NDArray[np.float64],
        off: NDArray[np.float64],
        along: NDArray[np.float64],
        depth: float,
        width: float,
    ) -> None:
        """Darken a line and lighten its lower edge, as a fold under light from above."""
        dark = np.exp(-((off / width) ** 2)) - 0.5 * np.exp(-(((off + 1.6 * width) / width) ** 2))
        skin *= 1 - depth * (dark * along)[:, None]

    def _wrinkles(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Draw forehead lines, crow's feet and the fold from nose to mouth, more with age."""
        age = self.person.age
        x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
        front = np.clip((z - 1.0) / 0.2, 0, 1)
        for k, height in enumerate((7.62, 7.70, 7.78, 7.86)):
            wave = 0.012 * np.sin(at[:, 0] * 9 + k * 1.9) + 0.03 * (x / 0.5) ** 2
            fade = front * np.clip(1.4 - x / 0.4, 0, 1)
            self._line(skin, y - height + wave, fade, 0.30 * max(age - 0.2, 0), 0.010)
        for k in (-1, 0, 1, 2):
            off = (y - 7.285) - k * (x - 0.46) * 0.45
            fade = np.clip((x - 0.475) / 0.02, 0, 1) * np.clip((0.60 - x) / 0.05, 0, 1)
            self._line(skin, off, fade * (z > 0.9), 0.32 * max(age - 0.25, 0), 0.007)
        path = np.interp(y, [6.55, 6.70, 6.85, 6.98], [0.335, 0.310, 0.245, 0.165])
        fade = np.clip((y - 6.55) / 0.06, 0, 1) * np.clip((6.98 - y) / 0.04, 0, 1) * (z > 1.1)
        self._line(skin, x - path, fade, 0.12 + 0.22 * age, 0.013)

    def _stubble(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Grey the beard area of men."""
        amount = 0.22 * np.clip((self.person.sex - 0.6) / 0.4, 0, 1)
        if amount <= 0:
            return
        x, y, z = np.abs(at[:, 0]), at[:, 1], at[:, 2]
        top = np.interp(x, [0, 0.18, 0.3, 0.6, 0.7], [6.83, 6.83, 6.62, 6.8, 7.1])
        area = np.clip((top - y) / 0.06, 0, 1) * np.clip((y - 6.05) / 0.15, 0, 1) * (z > 0.35)
        grain = 0.6 + 0.8 * self.rng.random(len(at))
        share = (amount * area * grain)[:, None]
        skin *= 1 - share * [1.0, 0.9, 0.75]

    def _lips(
        self, skin: NDArray[np.float64], at: NDArray[np.float64], uv: NDArray[np.float64]
    ) -> None:
        """Colour the lips where the data's mask is white."""
        rows, columns = self.lips.shape
        row = np.clip((1 - uv[:, 1]) * rows, 0, rows - 1).astype(int)
        column = np.clip(uv[:, 0] * columns, 0, columns - 1).astype(int)
        face = (at[:, 2] > 1.0) & (np.abs(at[:, 0]) < 0.4) & (np.abs(at[:, 1] - 6.6) < 0.25)
        share = 0.85 * self.lips[row, column] * face
        dark = (self.person.skin_tone - 1) / 5
        paint = self.tone * ((1 - dark) * LIPS_LIGHT + dark * LIPS_DARK)
        ridges = 1 + 0.06 * np.sin(at[:, 0] * 260)
        skin *= 1 - share[:, None]
        skin += share[:, None] * paint * ridges[:, None]

    def _eyes(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Draw lashes along the lid margins and the crease above the lid."""
        near = (np.abs(at[:, 1] - 7.3) < 0.16) & (np.abs(at[:, 0]) < 0.62) & (at[:, 2] > 0.9)
        spot = at[near]
        lash = 0.025 + 0.005 * (1 - self.person.sex)
        for name, dark, width in (("upper", 0.85, lash), ("lower", 0.42, 0.013)):
            apart, _ = self.margins[name].query(spot)
            roots = 1 + 0.25 * np.sin(spot[:, 0] * 420)
            skin[near] *= 1 - dark * np.exp(-((apart / (width * roots)) ** 4))[:, None]
        apart, nearest = self.margins["upper"].query(spot)
        above = spot[:, 1] > self.margins["upper"].data[nearest, 1]
        crease = np.exp(-(((apart - 0.058) / 0.009) ** 2)) * above
        skin[near] *= 1 - 0.34 * crease[:, None]
        skin[near] *= 1 - 0.10 * (above * (apart < 0.058))[:, None] * [0.6, 1.0, 1.0]

    def _brows(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Draw eyebrow hairs, a little different on each side."""
        for sign, shift in zip((1.0, -1.0), self.brow_shift, strict=True):
            x, y = sign * at[:, 0], at[:, 1]
            middle = np.interp(x, BROW_X, BROW_Y) + shift
            half = np.interp(x, BROW_X, BROW_HALF) * (0.85 + 0.35 * self.person.sex)
            inside = (x > 0.08) & (x < 0.54) & (np.abs(y - middle) < 0.07) & (at[:, 2] > 0.9)
            off = ((y - middle) / half)[inside]
            ends = np.clip((x[inside] - 0.095) / 0.03, 0, 1) * np.clip(
                (0.53 - x[inside]) / 0.05, 0, 1
            )
            slant = np.interp(x[inside], [0.1, 0.3, 0.5], [150.0, 330.0, 480.0])
            hairs = np.sin(x[inside] * 400 + y[inside] * slant + 3 * np.sin(x[inside] * 61))
            hairs = hairs + 0.6 * self.rng.standard_normal(len(hairs))
            share = np.clip(1.3 * (1 - off**2), 0, 1) * ends * (0.74 + 0.16 * hairs)
            share = np.clip(share, 0, 0.94)[:, None]
            skin[inside] = skin[inside] * (1 - share) + 0.75 * self.hair * share

    def _scalp(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Cover the scalp with hair."""
        share = hair_share(at) * (at[:, 1] > 6.6) * np.clip(0.55 + 0.45 * self.person.hair, 0, 1)
        x, y, z = at.T
        swirl = np.arctan2(x, z - 0.3) * 60 + y * 6 + 3 * np.sin(y * 11 + x * 7)
        swirl = swirl + 4.0 * self._cloud(at, 0.25)[:, 0]
        strands = 1 + 0.16 * np.sin(swirl) + 0.15 * np.sin(2.7 * swirl + y * 30)
        strands = strands * (1 + 0.15 * self.rng.standard_normal(len(at)))
        hair = self.hair[None] * strands[:, None]
        share = share[:, None]
        skin *= 1 - share
        skin += share * hair

    def _clothe(self, skin: NDArray[np.float64], at: NDArray[np.float64]) -> None:
        """Put a shirt on everything under the neckline."""
        line = NECKLINE_DM + 0.35 * np.clip((np.abs(at[:, 0]) - 0.35) / 0.5, 0, 1)
        line = line + 0.2 * (at[:, 2] < 0.2)
        cloth = np.clip((line - at[:, 1]) / 0.02, 0, 1)[:, None]
        weave = 1 + 0.06 * self._cloud(at, 0.5) + 0.04 * self.rng.standard_normal((len(at), 1))
        skin *= 1 - cloth
        skin += cloth * self.shirt * weave
