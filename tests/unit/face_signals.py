"""Hand-made face signals for tests of event detection: no pictures, no simulator."""

from __future__ import annotations

import numpy as np

from hemispasm.measure.video.facesignals import FaceSignals

LEAK = 0.33


def pulse(time_s, start_s, rise_s, hold_s, fall_s, height=1.0):
    """A closure that rises, holds and falls in straight lines."""
    knots = np.cumsum([start_s, rise_s, hold_s, fall_s])
    return np.interp(time_s, knots, [0, height, height, 0], left=0, right=0)


def blink_train(time_s, onsets, height=0.95):
    """Conjugate blinks."""
    return sum((pulse(time_s, t, 0.07, 0.03, 0.15, height) for t in onsets), np.zeros(time_s.size))


def make_signals(time_s, left, right, *, mouth=None, brow_flow=None, noise=0.01, seed=0):
    """Signals as the mesh would give them: picture-left and picture-right true closures in.

    The plain closure leaks to the other eye as face meshes do; the mirrored one hardly does.
    """
    rng = np.random.default_rng(seed)
    n = time_s.size
    true = np.clip(np.stack([left, right], axis=1), 0, 1)
    plain = true + LEAK * np.clip(true[:, ::-1] - true, 0, None)
    wobble = lambda scale=noise: rng.normal(0, scale, (n, 2))  # noqa: E731
    mouth = np.zeros((n, 2)) if mouth is None else mouth
    brow = np.zeros((n, 2)) if brow_flow is None else brow_flow
    f32 = np.float32
    return FaceSignals(
        time_s=time_s,
        found=np.ones(n, bool),
        face_count=np.ones(n, np.int8),
        aperture=(0.3 * (1 - plain) + wobble(0.003)).astype(f32),
        closure=(plain + wobble()).astype(f32),
        closure_mirrored=(true + 0.05 * true[:, ::-1] + wobble()).astype(f32),
        blink_score=np.full((n, 2), np.nan, f32),
        mouth=(mouth + wobble(0.002)).astype(f32),
        mouth_down=wobble(0.002).astype(f32),
        mouth_out=wobble(0.002).astype(f32),
        cheek=wobble(0.002).astype(f32),
        brow=wobble(0.002).astype(f32),
        ala=wobble(0.002).astype(f32),
        platysma=wobble(0.002).astype(f32),
        brow_flow=(brow + wobble(0.002)).astype(f32),
        yaw_deg=rng.normal(0, 1, n).astype(f32),
        pitch_deg=rng.normal(0, 1, n).astype(f32),
        roll_deg=rng.normal(0, 1, n).astype(f32),
        iod_px=np.full(n, 120, f32),
        score=np.ones(n, f32),
        brightness=np.full(n, 120, f32),
        sharpness=np.full(n, 100, f32),
        in_frame=np.ones(n, bool),
        usable=np.ones(n, bool),
        gate=np.zeros(n, np.int32),
    )
