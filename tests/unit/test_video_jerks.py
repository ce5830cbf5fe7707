"""Quick pulls of the lower face are told from a resting face, which moves slowly and by pose."""

import numpy as np
import pytest
from face_signals import blink_train, make_signals, pulse

from hemispasm.measure.video.detect import detect_events
from hemispasm.measure.video.motion import brief_part, extract_motion, noise_level
from hemispasm.measure.video.onesided import _add_jerks
from hemispasm.model import EventKind, Mirrored, Side

TIME = np.arange(0, 60, 1 / 30)
BLINKS = blink_train(TIME, np.arange(2, 60, 4.3))
AT_S = (4.2, 12.7, 21.4, 30.0, 38.6, 47.2)


def quick(height, times=AT_S):
    return sum((height * pulse(TIME, t, 0.05, 0.07, 0.06, 1.0) for t in times), np.zeros(TIME.size))


def wander(seed, size=0.012):
    """Return how a mouth corner of a resting face moves: by as much as a pull, and slowly."""
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, 6)
    rates = rng.uniform(0.02, 0.06, 6)
    slow = sum(np.sin(2 * np.pi * f * TIME + p) for f, p in zip(rates, phases, strict=True))
    return size * slow / np.abs(slow).max()


def faces(left, right):
    noise = np.random.default_rng(3).normal(0, 0.0008, (TIME.size, 2))
    mouth = np.stack([right, left], axis=1) + noise
    return make_signals(TIME, BLINKS, BLINKS, mouth=mouth)


def counted(signals, side=Side.LEFT):
    found = detect_events(signals, Mirrored.NO, (), side).events
    return [e for e in found if e.kind is EventKind.SPASM and e.side is side]


def test_quick_pulls_are_found_in_slow_movement_as_large():
    found = counted(faces(wander(1) + quick(0.016), wander(2)))
    assert [e.start_s for e in found] == pytest.approx(AT_S, abs=0.12)
    assert counted(faces(wander(1), wander(2))) == []


def jerks(left, right):
    """Return the evidence that the quick part alone gives for the left, at each pull."""
    motion = extract_motion(faces(left, right))
    quiet = motion.valid & (motion.plain.max(axis=1) < 0.1)
    mouth, lift = np.zeros((2, TIME.size, 2))
    _add_jerks(motion, quiet, 1, mouth, lift, np.ones(TIME.size))
    return np.array([mouth[np.abs(TIME - t - 0.07) < 0.1, 1].max() for t in AT_S])


def test_what_both_sides_do_in_opposite_senses_is_no_pull():
    turn = quick(0.01)
    assert jerks(wander(1) + turn, wander(2) - turn).max() < 1.0
    assert jerks(wander(1) + 2.0 * turn, wander(2)).min() > 1.5
    assert jerks(wander(1) + 2.5 * turn, wander(2) + 0.5 * turn).min() > 1.5


def test_what_both_sides_do_alike_is_no_pull_of_one():
    smile = quick(0.02)
    assert counted(faces(wander(1) + smile, wander(2) + smile)) == []


def test_a_pull_of_one_side_counts_for_that_side_only():
    signals = faces(wander(1) + quick(0.011), wander(2))
    assert counted(signals, Side.RIGHT) == []


@pytest.mark.parametrize("frame_rate_hz", [15.0, 24.0, 60.0])
def test_the_quick_part_of_a_motion_is_the_same_at_every_frame_rate(frame_rate_hz):
    time_s = np.arange(0, 20, 1 / frame_rate_hz)
    slow = 0.01 * np.sin(2 * np.pi * 0.05 * time_s)
    jerk = 0.02 * np.exp(-0.5 * ((time_s - 10.0) / 0.15) ** 2)
    part = brief_part(slow + jerk, frame_rate_hz)
    assert part.max() == pytest.approx(0.02, rel=0.2)
    assert np.abs(part[np.abs(time_s - 10.0) > 2.0]).max() < 0.003


def test_slow_movement_adds_nothing_to_the_noise_of_the_quick_part():
    motion = extract_motion(faces(wander(1), wander(2)))
    still = extract_motion(faces(np.zeros(TIME.size), np.zeros(TIME.size)))
    quiet = motion.valid & (motion.plain.max(axis=1) < 0.1)
    levels = [noise_level(brief_part(m.mouth[:, 0], 30.0), quiet) for m in (motion, still)]
    assert levels[0] == pytest.approx(levels[1], rel=0.3)
    assert noise_level(motion.mouth[:, 0], quiet) > 1.5 * levels[0]
