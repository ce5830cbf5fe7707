"""One simulated face video: options in; pictures, and then the truth, out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.recording import Frame, TaskMark
from hemispasm.model.side import Mirrored, Side
from hemispasm.model.truth import Truth, TruthEvent
from hemispasm.simulate.face.mark import stamp_simulated
from hemispasm.simulate.face.scenarios import Protocol, Scenario, frame_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

GENERATORS = ("head", "photo")
HEAD_ONLY = ("glasses", "occlusion", "skin_tone", "protocol")


@dataclass(frozen=True)
class ClipOptions:
    """Everything that decides a simulated clip; the same options give the same clip.

    Attributes
    ----------
    generator : str
        ``head``: rendered 3-D head, events from muscle-like kinetics. ``photo``: warped portrait,
        events from a phenomenological process; never used for tuning.
    scenario : str
        A name of ``scenarios.SCENARIOS`` (the portrait knows fewer).
    side : str
        ``left`` or ``right``, the patient's; ``none`` where the scenario has no side.
    severity : float
        0-1; decides closure and pattern mix when ``closure_band`` is None.
    closure_band : tuple of float, optional
        Range of the true peak closure of every spasm.
    rate_per_min : float, optional
        Spasms (or tics, winks, closures) per minute.
    seed, person_seed : int
        Seed of the events; of the looks of the person (the same when None).
    duration_s, frame_rate_hz, width, height, crf : float or int
        Length, frame rate, picture size, x264 quality.
    mirrored : bool
        Flip the finished pictures as a selfie preview does. The truth stays the patient's.
    noise, light, light_change : float
        Sensor noise in grey levels, brightness factor, its slow changes.
    skin_tone : float, optional
        1 lightest to 6 darkest (Fitzpatrick-like); drawn when None.
    glasses, occlusion : bool
        Glare of glasses; a hand or hair over part of the face.
    frame_jitter_s : float
        Standard deviation of the frame times; above 0 the file has a variable frame rate.
    motion : float
        Head motion; 1 is a person who sits still on request.
    weakness, ptosis : float, optional
        Loss of movement and of lid gap on ``side``.
    other_babinski : bool
        The brow lifts while the same eye closes.
    protocol : str
        ``none``, ``short`` or ``full``: cued tasks.
    blink_rate_per_min : float, optional
        This person's blink rate.
    """

    generator: str = "head"
    scenario: str = "hfs"
    side: str = "left"
    severity: float = 0.6
    closure_band: tuple[float, float] | None = None
    rate_per_min: float | None = None
    seed: int = 0
    person_seed: int | None = None
    duration_s: float = 30.0
    frame_rate_hz: float = 30.0
    width: int = 640
    height: int = 480
    crf: int = 23
    mirrored: bool = False
    noise: float = 3.0
    light: float = 1.0
    light_change: float = 0.03
    skin_tone: float | None = None
    glasses: bool = False
    occlusion: bool = False
    frame_jitter_s: float = 0.0
    motion: float = 1.0
    weakness: float | None = None
    ptosis: float | None = None
    other_babinski: bool = True
    protocol: Protocol = "none"
    blink_rate_per_min: float | None = None

    def __post_init__(self) -> None:
        if self.generator not in GENERATORS:
            raise UsageError(
                "unknown_generator",
                f"There is no generator called {self.generator!r}.",
                f"Choose one of: {', '.join(GENERATORS)}.",
            )
        if self.side not in ("left", "right", "none"):
            raise UsageError("scenario_side", f"{self.side!r} is no side.", "Give left or right.")
        band = self.closure_band
        if band is not None and not 0.0 < band[0] < band[1] <= 1.0:
            raise UsageError(
                "bad_closure_band",
                f"The closure band {band[0]:g} to {band[1]:g} is not a range within 0 to 1.",
                "Give two rising fractions, such as 0.35 0.6.",
            )
        if self.width % 2 or self.height % 2 or not 64 <= min(self.width, self.height) <= 4096:
            raise UsageError(
                "bad_picture_size",
                f"{self.width} x {self.height} pixels cannot be encoded.",
                "Give an even width and height of at least 64.",
            )
        given = [name for name in HEAD_ONLY if getattr(self, name) not in (None, False, "none")]
        if self.generator == "photo" and given:
            raise UsageError(
                "head_only_option",
                f"The portrait has no {', '.join(given)}.",
                "Use the head generator, or leave the option out.",
            )

    @property
    def patient_side(self) -> Side:
        """The side as a noun; left where the scenario has none."""
        return Side.RIGHT if self.side == "right" else Side.LEFT

    def to_scenario(self) -> Scenario:
        """Return the scenario of the 3-D family."""
        return Scenario(
            self.scenario,
            side=self.patient_side,
            duration_s=self.duration_s,
            frame_rate_hz=self.frame_rate_hz,
            severity=self.severity,
            closure_band=self.closure_band,
            rate_per_min=self.rate_per_min,
            other_babinski=self.other_babinski,
            weakness=self.weakness,
            ptosis=self.ptosis,
            motion=self.motion,
            protocol=self.protocol,
            frame_jitter_s=self.frame_jitter_s,
            blink_rate_per_min=self.blink_rate_per_min,
        )


@dataclass(frozen=True)
class FaceClip:
    """Pictures to write and the truth about them.

    ``frames`` can be read once; ``truth()`` may be called when all frames have been read.
    """

    frames: Iterator[Frame]
    tasks: tuple[TaskMark, ...]
    truth: Callable[[], Truth]


def photo_clip(options: ClipOptions, picture: NDArray[np.uint8]) -> FaceClip:
    """Return a clip of the warped portrait.

    Parameters
    ----------
    options : ClipOptions
        With ``generator="photo"``.
    picture : ndarray of uint8, shape (512, 512, 3)
        ``skimage.data.astronaut()``.
    """
    from hemispasm.simulate.face.photo import simulate_photo_clip
    from hemispasm.simulate.face.photo_scenes import PhotoScene

    times, rng = np.random.default_rng(options.seed).spawn(2)
    scenario = Scenario("blinks_only", duration_s=options.duration_s,
                        frame_rate_hz=options.frame_rate_hz, severity=options.severity,
                        closure_band=options.closure_band,
                        frame_jitter_s=options.frame_jitter_s)  # fmt: skip
    scene = PhotoScene(
        options.scenario,
        side=options.patient_side,
        duration_s=options.duration_s,
        closure_band=scenario.peak_range(),
        rate_per_min=options.rate_per_min,
        brow_lift=options.other_babinski,
        weak_gain=None if options.weakness is None else 1.0 - options.weakness,
        motion=options.motion,
        blink_rate_per_min=options.blink_rate_per_min,
    )
    clip = simulate_photo_clip(
        picture,
        scene,
        frame_times(scenario, times),
        (options.width, options.height),
        rng,
        noise_sd=options.noise,
        light_change=options.light_change,
        brightness=options.light,
    )
    rows = {k: v for k, v in clip.truth.items() if not k.endswith("_share")}
    frames = (_finish(frame, options.mirrored) for frame in clip.frames())
    rows = {"time_s": clip.time_s, **rows}
    return FaceClip(
        frames, clip.tasks, lambda: build_truth(options, clip.events, rows, {}, options.mirrored)
    )


def _finish(frame: Frame, mirrored: bool) -> Frame:
    """Flip the picture when asked, then put the mark on it."""
    rgb = frame.rgb[:, ::-1] if mirrored else frame.rgb
    return Frame(frame.t_s, stamp_simulated(np.ascontiguousarray(rgb)))


def build_truth(
    options: ClipOptions,
    events: tuple[TruthEvent, ...],
    rows: Mapping[str, NDArray[np.float64]],
    values: Mapping[str, float],
    mirrored: bool,
) -> Truth:
    """Return the truth document of a clip; frame-wise values to four decimals."""
    spasms = [e for e in events if e.kind == "spasm"]
    flags = np.maximum(rows["spasm_left"], rows["spasm_right"])
    known = {
        "spasm_count": float(len(spasms)),
        "spasm_time_fraction": float(flags.mean()),
        "blink_count": float(sum(e.kind == "blink" for e in events)),
        **values,
    }
    settings: dict[str, Any] = {k: v for k, v in asdict(options).items() if v is not None}
    return Truth.model_validate(
        {
            "generator": options.generator,
            "scenario": options.scenario,
            "seed": options.seed,
            "affected_side": side_of(spasms),
            "mirrored": Mirrored.YES if mirrored else Mirrored.NO,
            "frame_rate_hz": options.frame_rate_hz,
            "duration_s": options.duration_s,
            "events": events,
            "frames": {k: tuple(np.round(v, 4).tolist()) for k, v in rows.items()},
            "values": {k: round(v, 6) for k, v in known.items()},
            "settings": settings,
        }
    )


def side_of(spasms: list[TruthEvent]) -> Literal["left", "right", "both", "none_seen"]:
    """Return the side of the spasms that were put in."""
    sides = {event.side for event in spasms}
    if not sides:
        return "none_seen"
    if len(sides) > 1 or Side.BOTH in sides:
        return "both"
    return "left" if Side.LEFT in sides else "right"
