"""Family D, face: an imitator's orders on a portrait, filmed by a hand-held camera.

The portrait's warps are those of the second family, which are geometry; what moves them, the
camera's sway and the light are of this family alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from hemispasm.model.recording import Frame
from hemispasm.model.side import Side
from hemispasm.model.truth import Truth
from hemispasm.simulate.face.clip import FaceClip
from hemispasm.simulate.face.mark import stamp_simulated
from hemispasm.simulate.face.photo_warp import PARTS as PORTRAIT_PARTS
from hemispasm.simulate.face.photo_warp import Portrait
from hemispasm.simulate.families.imitator_plant import GRID_HZ, move_parts, true_events
from hemispasm.simulate.families.imitators import BOTH, Score, stage_imitator
from hemispasm.simulate.families.parameters import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NOISE_BANK = 5
DROOP = 0.5


def imitator_clip(
    picture: NDArray[np.uint8],
    name: str,
    side: Side,
    seed: int,
    *,
    duration_s: float = 32.0,
    frame_rate_hz: float = 30.0,
    size: tuple[int, int] = (640, 480),
) -> FaceClip:
    """Return a clip of an imitator; nothing in it is hemifacial spasm.

    Parameters
    ----------
    picture : ndarray of uint8, shape (512, 512, 3)
        ``skimage.data.astronaut()``.
    name : str
        One of ``IMITATORS`` that a camera can see.
    side : Side
        Busy side, where the imitator has one.
    seed : int
        The same arguments give the same clip.
    duration_s, frame_rate_hz : float
        Length; frames per second.
    size : tuple of int
        Width and height in pixels.
    """
    acting, filming, noise = np.random.default_rng([seed, 7]).spawn(3)
    score = stage_imitator(name, side, duration_s, acting)
    moved = move_parts(score)
    times = np.arange(round(duration_s * frame_rate_hz)) / frame_rate_hz
    grid = np.arange(round(duration_s * GRID_HZ)) / GRID_HZ
    rows = {key: np.interp(times, grid, values) for key, values in moved.items()}
    if score.busy_side is not None and score.weakness > 0.0:
        rows["droop", score.busy_side] = np.full(len(times), DROOP * score.weakness)
    camera = _sway(times, filming)
    portrait = Portrait(picture, *size)
    frames = _film(portrait, rows, camera, times, noise)
    truth = _truth(score, seed, rows, times, moved, frame_rate_hz)
    return FaceClip(frames, (), lambda: truth)


def _sway(times: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Return the course of a hand-held camera: smoothed walks, as wide as the parameter says."""
    rate = 1.0 / (times[1] - times[0]) if len(times) > 1 else 30.0
    rows = {}
    for name, sd in (("yaw", 2.0), ("pitch", 1.3), ("roll", 1.0), ("x", 7.0), ("y", 5.0)):
        walk = gaussian_filter1d(rng.standard_normal(len(times)), 0.7 * rate, mode="reflect")
        rows[name] = number("camera.sway") * sd * walk / (walk.std() or 1.0)
    walk = gaussian_filter1d(rng.standard_normal(len(times)), 2.0 * rate, mode="reflect")
    rows["light"] = 1.0 + number("camera.light_sd") * walk / (walk.std() or 1.0)
    return rows


def _film(
    portrait: Portrait, rows: dict[tuple[str, Side], Array], camera: dict[str, Array],
    times: Array, rng: np.random.Generator,
) -> Iterator[Frame]:  # fmt: skip
    shape = (portrait.height + 32, portrait.width + 32, 3)
    bank = [rng.normal(0.0, number("camera.noise_sd"), shape) for _ in range(NOISE_BANK)]
    for k, time in enumerate(times):
        closures = {side: _lid(rows, side, k) for side in BOTH}
        moves: dict[str, float] = {}
        for (part, side), values in rows.items():
            name = part if part == "jaw" else f"{part}_{side}"
            if name in PORTRAIT_PARTS:
                moves[name] = float(values[k])
        tile = portrait.pose(moves, closures)
        angles = (camera["yaw"][k], camera["pitch"][k], camera["roll"][k])
        place = (float(camera["x"][k]), float(camera["y"][k]))
        picture = portrait.film(tile, angles, place, 1.0)
        grain = bank[int(rng.integers(len(bank)))]
        dy, dx = (int(d) for d in rng.integers(0, 32, 2))
        lit = (
            camera["light"][k] * picture
            + grain[dy : dy + picture.shape[0], dx:][:, : picture.shape[1]]
        )
        yield Frame(float(time), stamp_simulated(np.clip(lit, 0, 255).astype(np.uint8)))


def _lid(rows: dict[tuple[str, Side], Array], side: Side, k: int) -> float:
    values = rows.get(("lid", side))
    return 0.0 if values is None else float(np.clip(values[k], 0.0, 1.0))


def _truth(
    score: Score, seed: int, rows: dict[tuple[str, Side], Array], times: Array,
    moved: dict[tuple[str, Side], Array], frame_rate_hz: float,
) -> Truth:  # fmt: skip
    nothing = np.zeros(len(times))
    frames: dict[str, Any] = {"time_s": times}
    for side in BOTH:
        frames[f"closure_{side}"] = rows.get(("lid", side), nothing)
        frames[f"mouth_{side}"] = rows.get(("mouth", side), nothing)
        frames[f"spasm_{side}"] = nothing
    return Truth(
        generator="imitator",
        scenario=score.imitator,
        seed=seed,
        affected_side="none_seen",
        frame_rate_hz=frame_rate_hz,
        duration_s=score.duration_s,
        events=true_events(score, moved),
        frames={name: tuple(np.round(values, 4).tolist()) for name, values in frames.items()},
        values={"weakness": score.weakness},
        settings={"busy_side": None if score.busy_side is None else score.busy_side.value},
    )
