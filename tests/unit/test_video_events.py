"""Events and findings from hand-made signals."""

import numpy as np
import pytest
from face_signals import blink_train, make_signals, pulse

from hemispasm.measure.video.measure import measure_video, refind
from hemispasm.model import EventKind, Grade, Mirrored, Pattern, Side, VideoInfo

INFO = VideoInfo(sha256="0" * 64, duration_s=45, width=640, height=480, frame_rate_hz=30)
TIME = np.arange(0, 45, 1 / 30)
BLINKS = blink_train(TIME, np.arange(2, 45, 4.3))
SPASM_AT = (5.0, 12.0, 20.0, 27.5, 36.0)
TWITCHES = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.7) for t in SPASM_AT), np.zeros(TIME.size))


def measure(left, right, mirrored=Mirrored.NO, **more):
    signals = make_signals(TIME[: left.size], left, right, **more)
    return measure_video(signals, INFO, mirrored=mirrored).document


def kinds(document, kind):
    return [e for e in document.events if e.kind is kind]


def test_closures_of_one_eye_are_spasms_of_that_side():
    document = measure(BLINKS, BLINKS + TWITCHES)
    spasms = kinds(document, EventKind.SPASM)
    assert [e.side for e in spasms] == [Side.LEFT] * 5
    assert [e.start_s for e in spasms] == pytest.approx(SPASM_AT, abs=0.05)
    assert document.find("video.affected_side").value == "left"
    assert document.quality.grade is Grade.MEASURABLE


def test_a_flipped_picture_names_the_other_side_for_the_same_half_of_the_picture():
    plain = measure(BLINKS, BLINKS + TWITCHES, Mirrored.NO)
    flipped = measure(BLINKS, BLINKS + TWITCHES, Mirrored.YES)
    assert plain.find("video.affected_side").value == "left"
    assert flipped.find("video.affected_side").value == "right"


def test_unknown_mirroring_gives_picture_sides_and_no_verdict():
    document = measure(BLINKS, BLINKS + TWITCHES, Mirrored.UNKNOWN)
    side = document.find("video.affected_side")
    assert (side.value, side.reason) == ("uncertain", "mirroring_unknown")
    spasms = kinds(document, EventKind.SPASM)
    assert {(e.side, str(e.image_side)) for e in spasms} == {(None, "image_right")}
    assert all(e.side is None for e in document.events)


def test_even_blinks_are_blinks_and_nothing_else():
    document = measure(BLINKS, BLINKS)
    assert {e.kind for e in document.events} == {EventKind.BLINK}
    assert len(document.events) == 10
    rate = document.find("video.spasm_rate", Side.LEFT)
    assert rate.value == 0
    assert rate.interval[0] == 0
    assert rate.interval[1] > 3
    assert document.find("video.affected_side").value == "none_seen"


@pytest.mark.parametrize("gain", [0.0, 0.2, 0.4, 0.6])
def test_a_weak_side_is_no_spasm_of_the_healthy_side(gain):
    document = measure(BLINKS, gain * BLINKS)
    assert kinds(document, EventKind.SPASM) == []
    assert len(kinds(document, EventKind.BLINK)) == 10
    assert document.find("video.affected_side").value in ("none_seen", "uncertain")


def test_spasms_of_a_weak_side_are_found_on_that_side():
    document = measure(BLINKS, 0.5 * BLINKS + TWITCHES)
    assert document.find("video.affected_side").value == "left"


def test_slow_single_closures_of_one_eye_may_be_winks_and_name_no_side():
    winks = sum((pulse(TIME, t, 0.2, 0.15, 0.25, 0.9) for t in SPASM_AT), np.zeros(TIME.size))
    document = measure(BLINKS, BLINKS + winks)
    side = document.find("video.affected_side")
    assert (side.value, side.reason) == ("uncertain", "possible_wink")
    assert kinds(document, EventKind.SPASM) == []


def test_a_burst_is_one_clonic_event_with_its_frequency():
    burst = np.where((TIME > 10) & (TIME < 12), 0.7 * np.sin(np.pi * 4 * TIME) ** 2, 0)
    document = measure(BLINKS, BLINKS + TWITCHES + burst)
    clonic = [e for e in kinds(document, EventKind.SPASM) if e.pattern is Pattern.CLONIC]
    assert len(clonic) == 1
    assert clonic[0].measures["frequency_hz"] == pytest.approx(4, abs=0.4)


def test_a_held_closure_is_tonic():
    held = pulse(TIME, 7, 0.08, 1.6, 0.2, 0.8)
    document = measure(BLINKS, BLINKS + TWITCHES + held)
    tonic = [e for e in kinds(document, EventKind.SPASM) if e.pattern is Pattern.TONIC]
    assert [e.duration_s for e in tonic] == pytest.approx([1.85], abs=0.12)


def test_short_rest_gives_events_and_side_but_no_scale_suggestion():
    n = 20 * 30
    document = measure(BLINKS[:n], (BLINKS + TWITCHES)[:n])
    assert document.quality.grade is Grade.LIMITED
    assert document.find("video.affected_side").value == "left"
    assert document.find("video.smc_grade_suggestion") is None


def test_under_five_seconds_nothing_is_assessed():
    document = measure(BLINKS[:120], BLINKS[:120])
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert document.events == ()
    assert document.find("video.affected_side").value == "uncertain"


def test_rejecting_every_spasm_changes_the_findings_that_follow_from_them():
    document = measure(BLINKS, BLINKS + TWITCHES)
    kept = tuple(e for e in document.events if e.kind is not EventKind.SPASM)
    reviewed = refind(document, kept)
    assert reviewed.find("video.affected_side").value == "none_seen"
    assert reviewed.find("video.spasm_rate", Side.LEFT).value == 0
    same = refind(document, document.events)
    assert same.findings == document.findings


def test_brow_lift_with_closure_is_the_other_babinski_sign():
    lift = np.zeros((TIME.size, 2))
    lift[:, 1] = 0.05 * TWITCHES / 0.7
    with_lift = measure(BLINKS, BLINKS + TWITCHES, brow_flow=lift)
    without = measure(BLINKS, BLINKS + TWITCHES)
    assert with_lift.find("video.other_babinski_count", Side.LEFT).value == 5
    assert without.find("video.other_babinski_count", Side.LEFT).value == 0


def test_twitches_of_bursts_do_not_pass_for_the_blinks_of_a_weak_side():
    few_blinks = blink_train(TIME, [4.0, 22.0, 41.0])
    burst = np.zeros(TIME.size)
    for start in (8.0, 14.0, 18.0, 26.0, 33.0):
        inside = (start < TIME) & (start + 1.5 > TIME)
        burst += np.where(inside, 0.5 * np.sin(np.pi * 4.5 * (TIME - start)) ** 2, 0)
    document = measure(few_blinks, few_blinks + burst)
    assert document.find("video.affected_side").value == "left"
    assert len(kinds(document, EventKind.SPASM)) == 5
    assert len(kinds(document, EventKind.BLINK)) == 3
