"""First family of simulated faces: what the patient does, from muscle-like kinetics.

``make_timeline`` turns a ``Scenario`` into a ``FaceTimeline`` with the truth of every event. The
second family (``photo``) shares no code or constant with this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side
from hemispasm.simulate.face import scenarios_acts as acts
from hemispasm.simulate.face import scenarios_rest as rest
from hemispasm.simulate.face.scenarios_canvas import SIDES, Canvas, sided
from hemispasm.simulate.face.timeline import FaceTimeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENARIOS = (
    "hfs",
    "blinks_only",
    "blepharospasm",
    "voluntary",
    "synkinesis",
    "tic",
    "talking",
    "weak_side",
    "weak_side_hfs",
    "winks",
)
CLOSURE_BANDS = {"low": (0.20, 0.35), "middle": (0.35, 0.60), "high": (0.60, 1.00)}
"""True peak closure of the spasms that validation asks for, in equal thirds."""

Protocol = Literal["none", "short", "full"]


@dataclass(frozen=True)
class Scenario:
    """What a simulated patient has, and what the recording asks of them.

    Attributes
    ----------
    name : str
        One of ``SCENARIOS``.
    side : Side
        Affected (hfs), weak (weak_side, synkinesis) or winking side; ignored elsewhere.
    duration_s, frame_rate_hz : float
        Length of the clip and nominal frame rate.
    severity : float
        0-1; sets the range of true peak closure and the share of tonic spasms when
        ``closure_band`` is not given.
    closure_band : tuple of float, optional
        True peak closure of every spasm lies in this range.
    rate_per_min : float, optional
        Spasms (or tics, winks, closures) per minute; the scenario's default when None.
    twitch, clonic, hold : float
        Relative shares of the patterns; None derives them from the severity.
    other_babinski : bool
        The brow of the same side lifts while the eye closes.
    lower_share, mouth_gain : float
        Share of spasms that reach the lower face, and how far it moves.
    mouth_down : bool
        The mouth corner goes down instead of up and out (a clue to functional spasm).
    platysma : bool
        The neck takes part in stronger spasms.
    weakness, ptosis : float
        Loss of blink and voluntary movement on ``side`` (0-1), and of the resting lid gap.
    motion : float
        Head motion, 1 is a person who sits still on request.
    protocol : str
        ``none``, ``short`` or ``full``: cued tasks with marks.
    frame_jitter_s : float
        Standard deviation of frame times (variable frame rate); 0 is regular.
    blink_rate_per_min : float, optional
        This person's rate; drawn when None.

    Examples
    --------
    >>> Scenario("hfs", side=Side.RIGHT, closure_band=(0.35, 0.6)).peak_range()
    (0.35, 0.6)
    """

    name: str
    side: Side = Side.LEFT
    duration_s: float = 30.0
    frame_rate_hz: float = 30.0
    severity: float = 0.6
    closure_band: tuple[float, float] | None = None
    rate_per_min: float | None = None
    twitch: float | None = None
    clonic: float | None = None
    hold: float | None = None
    other_babinski: bool = True
    lower_share: float | None = None
    mouth_gain: float = 0.8
    mouth_down: bool = False
    platysma: bool = True
    weakness: float | None = None
    ptosis: float | None = None
    motion: float = 1.0
    protocol: Protocol = "none"
    frame_jitter_s: float = 0.0
    blink_rate_per_min: float | None = None

    def __post_init__(self) -> None:
        if self.name not in SCENARIOS:
            raise UsageError(
                "unknown_scenario",
                f"There is no face scenario called {self.name!r}.",
                f"Choose one of: {', '.join(SCENARIOS)}.",
            )
        if self.side is Side.BOTH:
            raise UsageError(
                "scenario_side",
                "A simulated spasm has one side.",
                "Give left or right.",
            )
        if not 0.5 <= self.duration_s <= 14_400 or not 5 <= self.frame_rate_hz <= 240:
            raise UsageError(
                "scenario_size",
                "The clip must last 0.5 s to 4 h at 5 to 240 frames per second.",
                "Change the duration or the frame rate.",
            )

    def peak_range(self) -> tuple[float, float]:
        """Return the range of true peak closure of the spasms."""
        if self.closure_band is not None:
            return self.closure_band
        middle = 0.25 + 0.6 * float(np.clip(self.severity, 0.0, 1.0))
        return max(0.15, middle - 0.2), min(1.0, middle + 0.2)

    def pattern_shares(self) -> tuple[float, float, float]:
        """Return the shares of twitches, clonic bursts and holds, summing to 1."""
        severity = float(np.clip(self.severity, 0.0, 1.0))
        drawn = (0.65 - 0.4 * severity, 0.25 + 0.15 * severity, 0.10 + 0.25 * severity)
        given = (self.twitch, self.clonic, self.hold)
        if all(g is None for g in given):
            raw = np.array(drawn)
        else:
            raw = np.array([0.0 if g is None else g for g in given])
        twitch, clonic, hold = raw / raw.sum()
        return float(twitch), float(clonic), float(hold)


def with_closure_band(scenario: Scenario, band: str) -> Scenario:
    """Return the scenario with all true closures in a named band of ``CLOSURE_BANDS``.

    Examples
    --------
    >>> with_closure_band(Scenario("hfs"), "low").peak_range()
    (0.2, 0.35)
    """
    if band not in CLOSURE_BANDS:
        raise UsageError(
            "unknown_closure_band",
            f"There is no closure band called {band!r}.",
            f"Choose one of: {', '.join(CLOSURE_BANDS)}.",
        )
    return replace(scenario, closure_band=CLOSURE_BANDS[band])


def make_timeline(scenario: Scenario, rng: np.random.Generator) -> FaceTimeline:
    """Return what the face does, frame by frame, with the truth of every event.

    The same generator state gives the same patient at any frame rate. Event times in the truth
    are those of the underlying movement (1/240 s): a part of the face moves when it exceeds 10 % of
    its own peak in that event; the event starts with the first and ends with the last part.

    Examples
    --------
    >>> line = make_timeline(Scenario("hfs", duration_s=20), np.random.default_rng(3))
    >>> {e.side.value for e in line.events if e.kind == "spasm"}
    {'left'}
    """
    streams = rng.spawn(8)
    canvas = Canvas(scenario.duration_s)
    rest.weaken_side(canvas, scenario, streams[0])
    acts.act(canvas, scenario, streams[1])
    blinks = rest.add_blinks(canvas, scenario, streams[2])
    acts.lock_to_blinks(canvas, scenario, blinks, streams[3])
    rest.add_fluctuation(canvas, streams[4])
    rest.add_gaze(canvas, streams[5])
    rest.add_head_motion(canvas, scenario.motion, streams[6])
    return sample(canvas, scenario, streams[7])


def frame_times(scenario: Scenario, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the frame times: regular, or jittered but strictly increasing from 0."""
    n = max(round(scenario.duration_s * scenario.frame_rate_hz), 1)
    step = 1.0 / scenario.frame_rate_hz
    regular: NDArray[np.float64] = np.arange(n, dtype=np.float64) * step
    if scenario.frame_jitter_s <= 0.0:
        return regular
    limit = 0.45 * step
    jitter = np.clip(rng.normal(0.0, scenario.frame_jitter_s, n), -limit, limit)
    jitter[0] = 0.0
    return np.asarray(np.maximum(regular + jitter, 0.0))


def sample(canvas: Canvas, scenario: Scenario, rng: np.random.Generator) -> FaceTimeline:
    """Read the fine grid at the frame times."""
    time_s = frame_times(scenario, rng)

    def at(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.interp(time_s, canvas.time_s, values))

    units = {name: np.clip(at(values), 0.0, 1.0) for name, values in canvas.units.items()}
    closure = {side: np.clip(at(canvas.closure(side)), 0.0, 1.0) for side in SIDES}
    for side in SIDES:
        units[sided("eyeBlink", side)] = closure[side]
    nearest = np.clip(np.searchsorted(canvas.time_s, time_s), 0, len(canvas.time_s) - 1)
    seen = [e for e in canvas.events if e.start_s < scenario.duration_s]
    return FaceTimeline(
        time_s=time_s,
        units=units,
        **{name: at(values) for name, values in canvas.pose.items()},
        closure_left=closure[Side.LEFT],
        closure_right=closure[Side.RIGHT],
        spasm_left=canvas.spasm[Side.LEFT][nearest],
        spasm_right=canvas.spasm[Side.RIGHT][nearest],
        events=tuple(sorted(seen, key=lambda e: e.start_s)),
        tasks=tuple(t for t in canvas.tasks if t.end_s <= scenario.duration_s),
        rest_gap_left=canvas.rest_gap[Side.LEFT],
        rest_gap_right=canvas.rest_gap[Side.RIGHT],
        values=dict(canvas.values),
    )
