"""A follow-up video is counted with the side that earlier videos of the patient name."""

import numpy as np
import pytest
from face_signals import blink_train, make_signals, pulse

from hemispasm.measure.known_side import COUNTED, as_seen_alone, mark_counted, named_side
from hemispasm.measure.video.measure import measure_video, refind
from hemispasm.model import Event, EventKind, Mirrored, Side, TaskMark, VideoInfo

INFO = VideoInfo(sha256="0" * 64, duration_s=45, width=640, height=480, frame_rate_hz=30)
TIME = np.arange(0, 45, 1 / 30)
BLINKS = blink_train(TIME, np.arange(2, 45, 4.3))
AT_S = (5.0, 12.0, 20.0, 27.5, 36.0)


def pulls(height, times=AT_S):
    """Return one half-face's mouth corner: pulses of so many IOD."""
    return sum((height * pulse(TIME, t, 0.1, 0.2, 0.2, 1.0) for t in times), np.zeros(TIME.size))


def measure(mouth_left, *, left=BLINKS, right=BLINKS, known=None, mirrored=Mirrored.NO):
    """Measure a face whose left mouth corner (at the picture's right) is pulled."""
    mouth = np.stack([-mouth_left, mouth_left], axis=1) / 2
    signals = make_signals(TIME, right, left, mouth=mouth)
    return measure_video(signals, INFO, mirrored=mirrored, known_side=known).document


def spasms(document, side=Side.LEFT):
    return [e for e in document.events if e.kind is EventKind.SPASM and e.side is side]


def test_pulls_of_the_mouth_alone_count_only_on_the_known_side():
    alone, told = measure(pulls(0.04)), measure(pulls(0.04), known=Side.LEFT)
    assert spasms(alone) == []
    assert [e.start_s for e in spasms(told)] == pytest.approx(AT_S, abs=0.15)
    assert all(COUNTED in e.flags for e in spasms(told))
    assert told.find("video.spasm_rate", Side.LEFT).value == pytest.approx(5 / 0.75, rel=0.02)
    assert spasms(measure(pulls(0.04), known=Side.RIGHT)) == []


def test_a_side_that_was_told_is_not_a_side_that_was_seen():
    alone, told = measure(pulls(0.04)), measure(pulls(0.04), known=Side.LEFT)
    verdict = told.find("video.affected_side")
    assert verdict == alone.find("video.affected_side")
    assert verdict.value in ("none_seen", "uncertain")
    assert named_side([told]) is None
    assert refind(told, told.events).find("video.affected_side").value == verdict.value


def test_a_resting_face_gains_no_spasm_from_a_known_side():
    told = measure(pulls(0.0), known=Side.LEFT)
    assert spasms(told) == []
    assert not any(r.startswith("known_side") for r in told.quality.reasons)
    assert told.find("video.affected_side").value == "none_seen"


def test_the_faintest_pull_counts_only_beside_three_that_stand_out():
    faint, clear = pulls(0.0115, AT_S[:1]), pulls(0.03, AT_S[2:])
    assert spasms(measure(faint, known=Side.LEFT)) == []
    assert len(spasms(measure(clear, known=Side.LEFT))) == 3
    assert len(spasms(measure(faint + clear, known=Side.LEFT))) == 4


def test_a_known_side_brings_no_doubt_of_its_own():
    def event(kind, start_s):
        return Event(
            id=f"{kind}-{start_s}", kind=kind, side="left", start_s=start_s, end_s=start_s + 0.5,
            confidence=0.3, flags=("doubt:faint",),
        )  # fmt: skip

    told = [event("undetermined", 3.0), event("undetermined", 9.0)]
    assert mark_counted(told, [event("undetermined", 9.2)], Side.LEFT) == (told[1],)
    assert mark_counted(told, [], Side.RIGHT) == tuple(told)


def test_what_counts_only_for_the_known_side_is_said_in_the_quality():
    told = measure(pulls(0.04), known=Side.LEFT)
    (reason,) = [r for r in told.quality.reasons if r.startswith("known_side: 5 movements")]
    assert "left side" in reason
    assert told.provenance.settings["known_side"] == "left"


def test_spasms_that_the_video_shows_itself_are_not_flagged():
    twitches = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.7) for t in AT_S), np.zeros(TIME.size))
    told = measure(pulls(0.0), left=BLINKS + twitches, known=Side.LEFT)
    alone = measure(pulls(0.0), left=BLINKS + twitches)
    assert len(spasms(told)) == len(spasms(alone)) == 5
    assert not any(COUNTED in e.flags for e in told.events)
    assert as_seen_alone(told.events) == told.events


def test_a_video_that_names_the_other_side_is_counted_as_it_is():
    twitches = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.7) for t in AT_S), np.zeros(TIME.size))
    right = measure(pulls(0.0), right=BLINKS + twitches)
    told = measure(pulls(0.0), right=BLINKS + twitches, known=Side.LEFT)
    assert right.find("video.affected_side").value == "right"
    assert told.events == right.events
    assert told.provenance.settings["known_side_used"] is False


def test_pictures_whose_mirroring_nobody_knows_are_counted_as_they_are():
    unknown = measure(pulls(0.04), mirrored=Mirrored.UNKNOWN)
    told = measure(pulls(0.04), mirrored=Mirrored.UNKNOWN, known=Side.LEFT)
    assert told.events == unknown.events


def test_earlier_videos_that_name_two_sides_name_none():
    twitches = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.7) for t in AT_S), np.zeros(TIME.size))
    left = measure(pulls(0.0), left=BLINKS + twitches)
    right = measure(pulls(0.0), right=BLINKS + twitches)
    nothing = measure(pulls(0.0))
    assert named_side([left]) is named_side([left, nothing]) is Side.LEFT
    assert named_side([left, right]) is None
    assert named_side([nothing]) is None


def test_an_eye_that_stays_open_on_request_is_read_on_the_other_eyes_scale():
    ask = TaskMark(task="gentle_closure", start_s=40.0, end_s=44.0)
    shut = np.where((TIME > 41.0) & (TIME < 43.0), 0.9, 0.0)
    twitches = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.45) for t in AT_S), np.zeros(TIME.size))
    rest = (TaskMark(task="rest", start_s=0.0, end_s=40.0), ask)

    def depth(weak):
        signals = make_signals(TIME, BLINKS + shut, BLINKS + twitches + weak * shut)
        found = measure_video(signals, INFO, mirrored=Mirrored.NO, tasks=rest).document
        return found.find("video.spasm_closure", Side.LEFT)

    strong, weak = depth(1.0), depth(0.3)
    assert strong.extra("calibrated") is weak.extra("calibrated") is True
    assert weak.value == pytest.approx(strong.value, abs=0.05)
