"""Findings of a video and an EMG recording with known events, for tests of joining them."""

from __future__ import annotations

import numpy as np

from hemispasm.measure.joint.watched import Watched
from hemispasm.model import (
    Event,
    Finding,
    FindingsDocument,
    Mirrored,
    Provenance,
    Quality,
    RecordingRef,
    Side,
)
from hemispasm.model.side import ImageSide

LAG_S = 0.018


def draw_starts(seed: int, length_s: float = 90.0, mean_s: float = 3.0) -> np.ndarray:
    """Return irregular moments at which the face moves."""
    rng = np.random.default_rng([seed, 5])
    steps = 0.6 + rng.gamma(1.3, (mean_s - 0.6) / 1.3, int(3 * length_s / mean_s))
    times = 1.0 + np.cumsum(steps)
    return times[times < length_s - 2.0]


def events_at(starts, kind, side=None, *, image_side=None, length_s=0.3, flags=(), channel=None):
    return tuple(
        Event(id=f"{kind}-{side or image_side or 'x'}-{round(1000 * t)}", kind=kind, side=side,
              image_side=image_side, start_s=round(float(t), 4),
              end_s=round(float(t) + length_s, 4), confidence=0.9, flags=flags, channel=channel)
        for t in starts
    )  # fmt: skip


def document(kind, events, length_s, *, digest="0", grade="measurable", excluded=(), settings=None):
    code = "video.affected_side" if kind == "video" else "emg.affected_side"
    return FindingsDocument(
        recording=RecordingRef(kind=kind, sha256=digest * 64, duration_s=length_s),
        quality=Quality(grade=grade, analysed_s=length_s, excluded=excluded),
        findings=(Finding(code=code, value="left", quality=grade, method="test/1"),),
        events=tuple(sorted(events, key=lambda e: e.start_s)),
        provenance=Provenance(hemispasm="0", settings=settings or {}),
    )


def video(spasms, blinks=(), side=Side.LEFT, *, length_s=90.0, marks=(), precision=None, fps=30.0,
          mirrored=Mirrored.NO, jitter_s=0.006, seed=1, excluded=()):  # fmt: skip
    """Return a video of spasms on one side and blinks of both."""
    rng = np.random.default_rng([seed, 6])
    where = {"side": side}
    if mirrored is Mirrored.UNKNOWN:
        edge = ImageSide.IMAGE_RIGHT if side is Side.LEFT else ImageSide.IMAGE_LEFT
        where = {"image_side": edge}
    events = events_at(spasms + rng.normal(0, jitter_s, len(spasms)), "spasm", **where)
    events += events_at(blinks + rng.normal(0, jitter_s, len(blinks)), "blink", Side.BOTH)
    settings = {"mirrored": str(mirrored), "frame_rate_hz": fps}
    found = document("video", events, length_s, settings=settings, excluded=excluded)
    return Watched(found, (), tuple(marks), precision)


def emg(spasms, blinks=(), side=Side.LEFT, *, offset_s=7.0, drift=0.0, length_s=110.0, marks=(),
        jitter_s=0.003, lag_s=LAG_S, seed=2):  # fmt: skip
    """Return an EMG recording of the same patient on its own clock."""
    rng = np.random.default_rng([seed, 8])

    def on_clock(moves):
        moves = np.asarray(moves, dtype=float)
        fires = moves - lag_s + rng.normal(0, jitter_s, moves.size)
        return [t for t in offset_s + (1 + drift) * fires if 0 < t < length_s - 1]

    events = events_at(on_clock(spasms), "spasm", side)
    events += events_at(on_clock(spasms), "burst", side, channel="orb oculi")
    for one in (Side.LEFT, Side.RIGHT):
        both = on_clock(blinks)
        events += events_at(both, "burst", one, length_s=0.06, flags=("bilateral",), channel="oo")
    return Watched(document("emg", events, length_s, digest="1"), (), tuple(marks))
