"""Muscles of another nerve, clocks that do not start at nought, signals without noise."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from emg_bursting import CHIN, EYE, RATE_HZ, make_pair, quiet, recording

from hemispasm.measure.emg.background import measure_power
from hemispasm.measure.emg.filters import band_pass
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.model.emg import Annotation, Muscle
from hemispasm.model.side import Side

JAW = Muscle.MASSETER


def jaws(left, right, side=Side.LEFT):
    """Both masseters, and a quiet eye of either side."""
    montage = [(JAW, side), (JAW, side.other), (EYE, side), (EYE, side.other)]
    made = measure_spontaneous(recording([left, right, quiet(3), quiet(4)], montage))
    return {one.side: one for one in made.masseter}


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_masseter_that_fires_by_itself_is_named_with_its_side(side):
    found = jaws(make_pair(2, 12).noisy[0], quiet(1), side)
    assert found[side].present is True
    assert found[side].numbers["burst_count"] > 20
    assert found[side.other].present is False


def test_chewing_moves_both_masseters_and_is_no_discharge():
    clean = make_pair(2, 12).clean[0]
    found = jaws(clean + quiet(1), clean + quiet(2))
    assert found[Side.LEFT].present is False
    assert found[Side.RIGHT].present is False


def test_a_masseter_electrode_that_only_hears_the_cheek_says_nothing():
    made = make_pair(6, 20)
    heard = 0.3 * made.clean[0] + quiet(5, uv=1.0)
    montage = [(EYE, Side.LEFT), (CHIN, Side.LEFT), (JAW, Side.LEFT)]
    result = measure_spontaneous(recording([made.noisy[0], made.noisy[1], heard], montage))
    assert result.masseter[0].present is not True


def test_a_short_recording_does_not_call_the_masseter_quiet():
    montage = [(JAW, Side.LEFT)]
    result = measure_spontaneous(recording([quiet(1, 12.0)], montage))
    assert result.masseter[0].present is None
    assert result.masseter[0].reason.startswith("short")


def test_muscles_of_no_facial_nerve_give_no_side():
    made = make_pair(1, 12)
    montage = [(Muscle.OTHER, Side.LEFT), (JAW, Side.LEFT)]
    result = measure_spontaneous(recording(list(made.noisy), montage))
    assert result.sides == ()
    assert result.verdict.value == "uncertain"
    assert len(result.channels[0].bursts) > 20


def test_when_the_recording_began_changes_nothing():
    made = make_pair(1, 12, duration_s=20)
    note = Annotation(time_s=5.0, duration_s=6.0, text="smile")
    montage = [(EYE, Side.LEFT), (CHIN, Side.LEFT)]
    here = recording(list(made.noisy), montage, annotations=(note,))
    first, later = (measure_spontaneous(replace(here, start_s=s)) for s in (0.0, 500.0))
    assert first.sides[0].bursts == later.sides[0].bursts
    marked = [b for b in first.sides[0].bursts if b.label == "marked"]
    assert marked
    assert all(4.6 < b.start_s < 11.4 for b in marked)


def test_a_signal_without_noise_is_measured_without_a_warning():
    saw = (np.arange(int(20 * RATE_HZ)) % 100).astype(np.float32)
    spike = np.zeros(int(20 * RATE_HZ), np.float32)
    spike[100_000:100_050] = 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for signal in (saw, spike, np.zeros_like(spike)):
            traces = measure_power(band_pass(signal, RATE_HZ), RATE_HZ)
            assert np.isfinite(traces.z).all()


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_handful_of_bursts_on_one_side_is_not_called_none(side):
    rng = np.random.default_rng(9)
    eye = quiet(6)
    for at in np.linspace(2, 38, 7):
        a = int(at * RATE_HZ)
        eye[a : a + 300] += rng.normal(0, 40, 300)
    montage = [(EYE, side), (CHIN, side), (EYE, side.other), (CHIN, side.other)]
    result = measure_spontaneous(recording([eye, quiet(7), quiet(8), quiet(9)], montage))
    assert result.verdict.value == "uncertain"
    assert result.verdict.reason.startswith("unexplained_bursts")
    assert str(side) in result.verdict.reason
