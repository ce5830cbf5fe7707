"""Second generator of simulated faces: a warped portrait. Never used for tuning.

Its pictures come from a photograph, its events from a phenomenological process; it shares nothing
with the 3-D family but the nouns of ``model``, so the gap between the two is an honest estimate of
what a detector owes to its generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hemispasm.model.recording import Frame, TaskMark
from hemispasm.model.side import Side
from hemispasm.simulate.face.photo_scenes import Act, PhotoScene, stage
from hemispasm.simulate.face.photo_warp import Portrait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hemispasm.model.truth import TruthEvent

NOISE_BANK = 6


@dataclass(frozen=True)
class PhotoClip:
    """A clip that is ready to be filmed, with its truth.

    ``truth`` maps the frame-wise names of ``model.truth.Truth`` to arrays of shape (n,).
    """

    scene: PhotoScene
    time_s: NDArray[np.float64]
    truth: dict[str, NDArray[np.float64]]
    events: tuple[TruthEvent, ...]
    tasks: tuple[TaskMark, ...]
    _act: Act
    _portrait: Portrait
    _light: NDArray[np.float64]
    _noise_sd: float
    _noise_seed: int

    def frames(self) -> Iterator[Frame]:
        """Yield the pictures one after the other (flat memory)."""
        levels = {part: self._act.level(part, self.time_s) for part in self._act.moves}
        rng = np.random.default_rng(self._noise_seed)
        bank = _noise_bank(self._portrait, self._noise_sd, rng)
        shift = 24.0 * self._portrait.scale / 2.4
        for i, t in enumerate(self.time_s):
            row = {name: float(values[i]) for name, values in self.truth.items()}
            tile = self._portrait.pose(
                {part: float(values[i]) for part, values in levels.items()},
                {Side.LEFT: row["closure_left"], Side.RIGHT: row["closure_right"]},
            )
            angles = (row["yaw_deg"], row["pitch_deg"], row["roll_deg"])
            place = (shift * row["x_share"], shift * row["y_share"])
            picture = self._portrait.film(tile, angles, place, 1.0 + 0.05 * row["zoom_share"])
            yield Frame(float(t), _expose(picture, float(self._light[i]), bank, rng))


def _noise_bank(portrait: Portrait, sd: float, rng: np.random.Generator) -> list[NDArray[np.int16]]:
    """Return a few oversized noise pictures to cut from; making noise per frame costs too much."""
    if sd <= 0.0:
        return []
    size = (portrait.height + 64, portrait.width + 64, 3)
    return [np.round(rng.normal(0.0, sd, size)).astype(np.int16) for _ in range(NOISE_BANK)]


def _expose(
    picture: NDArray[np.uint8], light: float, bank: list[NDArray[np.int16]],
    rng: np.random.Generator,
) -> NDArray[np.uint8]:  # fmt: skip
    """Return the picture under this light, with sensor noise."""
    lit = cv2.convertScaleAbs(picture, alpha=light)
    if not bank:
        return np.asarray(lit, dtype=np.uint8)
    noise = bank[int(rng.integers(len(bank)))]
    dy, dx = int(rng.integers(64)), int(rng.integers(64))
    h, w = picture.shape[:2]
    return np.asarray(cv2.add(lit, noise[dy : dy + h, dx : dx + w], dtype=cv2.CV_8U), np.uint8)


def _wander(
    t_s: NDArray[np.float64], periods_s: tuple[float, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a sum of slow sines with random periods and phases, about unit variance."""
    out = np.zeros(len(t_s))
    for period in periods_s:
        own = period * rng.uniform(0.7, 1.4)
        out += np.sin(2 * np.pi * (t_s / own + rng.random()))
    return np.asarray(out * np.sqrt(2.0 / len(periods_s)))


def _glances(
    t_s: NDArray[np.float64], rng: np.random.Generator, per_min: float
) -> NDArray[np.float64]:
    """Return occasional quick turns there and back, in degrees."""
    out = np.zeros(len(t_s))
    length = float(t_s[-1]) if len(t_s) else 0.0
    for _ in range(rng.poisson(per_min * length / 60.0)):
        begin, stay = rng.uniform(0.0, length), rng.uniform(0.3, 1.0)
        up = 1.0 / (1.0 + np.exp(-np.clip((t_s - begin) / 0.05, -50, 50)))
        down = 1.0 / (1.0 + np.exp(-np.clip((t_s - begin - stay) / 0.06, -50, 50)))
        out += rng.choice((-1.0, 1.0)) * rng.uniform(2.0, 6.0) * (up - down)
    return out


def simulate_photo_clip(
    picture: NDArray[np.uint8],
    scene: PhotoScene,
    time_s: NDArray[np.float64],
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    noise_sd: float = 3.0,
    light_change: float = 0.05,
    brightness: float = 1.0,
) -> PhotoClip:
    """Return a clip of the portrait with true lid gaps.

    Parameters
    ----------
    picture : ndarray of uint8, shape (512, 512, 3)
        ``skimage.data.astronaut()``.
    scene : PhotoScene
        Who does what.
    time_s : ndarray, shape (n,)
        Frame times in seconds.
    size : tuple of int
        Width and height in pixels.
    noise_sd : float
        Sensor noise in grey levels.
    light_change : float
        Standard deviation of slow changes of light, as a share.

    Returns
    -------
    PhotoClip
        ``frames()`` yields the pictures; ``truth`` and ``events`` say what is in them. Lid gaps
        assume 88 mm between the outer corners of the eyes.
    """
    acting, moving, lighting, seeds = rng.spawn(4)
    act = stage(scene, acting)
    portrait = Portrait(picture, *size)
    truth = _performance(act, scene, time_s, moving)
    for side in (Side.LEFT, Side.RIGHT):
        open_share = 1.0 - truth[f"closure_{side}"]
        truth[f"lid_gap_{side}_mm"] = portrait.gap_mm(side) * open_share
    light = brightness * (1.0 + light_change * _wander(time_s, (7.0, 19.0), lighting))
    return PhotoClip(
        scene,
        time_s,
        truth,
        tuple(e for e in act.events if e.start_s < scene.duration_s),
        tuple(act.tasks),
        act,
        portrait,
        light,
        noise_sd,
        int(seeds.integers(2**31)),
    )


def _performance(
    act: Act, scene: PhotoScene, time_s: NDArray[np.float64], rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Return every frame-wise value: closures, parts, spasm flags, head."""
    zero = np.zeros(len(time_s))
    out: dict[str, NDArray[np.float64]] = {}
    drift = np.clip(0.015 + 0.01 * _wander(time_s, (1.7, 4.3), rng), 0.0, 0.05)
    for side in (Side.LEFT, Side.RIGHT):
        own = np.clip(0.004 * _wander(time_s, (1.1, 2.9), rng), -0.01, 0.01)
        out[f"closure_{side}"] = np.clip(act.closure(side, time_s) + drift + own, 0.0, 1.0)
        for part in ("mouth", "brow"):
            name = f"{part}_{side}"
            out[name] = act.level(name, time_s) if name in act.moves else zero
        flag = zero.copy()
        for event in act.events:
            if event.kind == "spasm" and event.side is side:
                flag[(time_s >= event.start_s) & (time_s <= event.end_s)] = 1.0
        out[f"spasm_{side}"] = flag
    out["yaw_deg"] = scene.motion * (
        2.0 * _wander(time_s, (2.3, 5.1, 11.0), rng) + _glances(time_s, rng, 1.5)
    )
    out["pitch_deg"] = scene.motion * 1.5 * _wander(time_s, (1.9, 6.7), rng)
    out["roll_deg"] = scene.motion * 1.2 * _wander(time_s, (3.1, 8.3), rng)
    out["x_share"] = scene.motion * 0.4 * _wander(time_s, (2.7, 9.0), rng)
    out["y_share"] = scene.motion * 0.3 * _wander(time_s, (2.1, 7.0), rng)
    out["zoom_share"] = scene.motion * 0.4 * _wander(time_s, (6.0, 13.0), rng)
    return out
