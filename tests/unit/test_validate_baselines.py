"""The baselines do what they say on signals drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.video.facesignals import FaceSignals
from hemispasm.model import Mirrored, Side
from hemispasm.validate.baselines import matched_eye_peaks, mean_eye_threshold, open_share
from hemispasm.validate.running import load_signals, save_signals

N, FPS = 600, 30.0


def signals_with(left=(), right=()):
    """Dips of the eye at the picture's left and right: (start_s, end_s, depth)."""
    time_s = np.arange(N) / FPS
    aperture = np.full((N, 2), 0.3, dtype=np.float32)
    for column, dips in enumerate((left, right)):
        for start, end, depth in dips:
            phase = np.clip((time_s - start) / (end - start), 0, 1)
            aperture[:, column] *= 1 - depth * np.sin(np.pi * phase) ** 2
    two, one = np.zeros((N, 2), np.float32), np.zeros(N, np.float32)
    yes = np.ones(N, dtype=bool)
    return FaceSignals(
        time_s, yes, np.ones(N, np.int8), aperture, *(two for _ in range(11)),
        *(one for _ in range(7)), yes, yes, np.zeros(N, np.int32), notes=("a note",),
    )  # fmt: skip


def test_the_mean_threshold_sees_closures_and_names_no_side():
    events = mean_eye_threshold(signals_with(left=[(5, 6, 1.0)], right=[(5, 6, 1.0)]))
    assert len(events) == 1
    assert events[0].side is None
    assert 5.0 < events[0].start_s < 5.5 < events[0].end_s < 6.0


def test_the_mean_threshold_is_blind_to_a_small_closure_of_one_eye():
    assert mean_eye_threshold(signals_with(left=[(5, 6, 0.4)])) == ()


@pytest.mark.parametrize(
    ("mirrored", "side"), [(Mirrored.NO, Side.RIGHT), (Mirrored.YES, Side.LEFT)]
)
def test_matched_peaks_keep_the_lone_ones_with_the_patients_side(mirrored, side):
    signals = signals_with(left=[(5, 6, 0.8), (10, 10.4, 1.0)], right=[(10, 10.4, 1.0)])
    events = matched_eye_peaks(signals, mirrored)
    assert [e.side for e in events] == [side]
    assert events[0].start_s == pytest.approx(5.2, abs=0.15)


def test_frames_without_a_face_are_bridged_and_an_unseen_face_has_no_events():
    signals = signals_with(left=[(5, 6, 0.8)])
    signals.aperture[300:310] = np.nan
    assert np.isfinite(open_share(signals)).all()
    signals.aperture[:] = np.nan
    assert mean_eye_threshold(signals) == ()
    assert matched_eye_peaks(signals, Mirrored.NO) == ()


def test_kept_signals_come_back_as_they_were(tmp_path):
    signals = signals_with(left=[(5, 6, 0.8)])
    save_signals(tmp_path / "kept.npz", signals)
    again = load_signals(tmp_path / "kept.npz")
    np.testing.assert_array_equal(again.aperture, signals.aperture)
    np.testing.assert_array_equal(again.usable, signals.usable)
    assert again.usable.dtype == bool
    assert again.notes == ("a note",)
