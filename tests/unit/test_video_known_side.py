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
    mouth = np.stack([np.clip(-mouth_left, 0, None), np.clip(mouth_left, 0, None)], axis=1)
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
    faint, clear = pulls(0.0085, AT_S[:1]), pulls(0.03, AT_S[2:])
    assert spasms(measure(faint, known=Side.LEFT)) == []
    assert len(spasms(measure(clear, known=Side.LEFT))) == 3
    assert len(spasms(measure(faint + clear, known=Side.LEFT))) == 4


def test_a_known_side_brings_no_doubt_of_its_own():
    def event(kind, start_s):
        return Event(
            id=f"{kind}-{start_s}", kind=kind, side="left", start_s=start_s, end_s=start_s + 0.5,
            confidence=0.3, flags=("doubt:faint",),
        )  # fmt: skip

    alone = (event("undetermined", 9.2), event("synkinesis", 20.0), event("voluntary", 30.0))
    told = [event("undetermined", 3.0), event("synkinesis", 9.0), event("spasm", 20.1),
            event("spasm", 30.1)]  # fmt: skip
    assert mark_counted(told, alone, Side.LEFT) == alone
    assert mark_counted(told, alone, Side.RIGHT) == alone


def test_what_is_faint_is_missed_more_often_and_its_interval_reaches_further_up():
    told = measure(pulls(0.03), known=Side.LEFT).find("video.spasm_rate", Side.LEFT)
    clear = measure(pulls(0.0), left=BLINKS + twitches_of_the_eye(AT_S))
    clear = clear.find("video.spasm_rate", Side.LEFT)
    assert told.extra("count") == clear.extra("count") == 5
    assert told.interval[0] == clear.interval[0]
    assert told.interval[1] == pytest.approx(clear.interval[1] * 0.95 / 0.8, rel=1e-3)


def test_spasms_that_a_video_shows_itself_stay_as_they_are():
    def spasm(start_s, end_s):
        return Event(id=f"spasm-{start_s}", kind="spasm", side="left", start_s=start_s,
                     end_s=end_s, confidence=0.9)  # fmt: skip

    alone = (spasm(3.0, 3.3), spasm(4.0, 4.4))
    assert mark_counted([spasm(3.0, 4.4)], alone, Side.LEFT) == alone
    assert mark_counted([spasm(2.9, 3.4)], alone, Side.LEFT) == alone


def twitches_of_the_eye(times, depth=0.7):
    return sum((depth * pulse(TIME, t, 0.06, 0.08, 0.12, 1.0) for t in times), np.zeros(TIME.size))


def test_a_first_visit_is_counted_as_finely_as_those_that_follow():
    clear = twitches_of_the_eye(AT_S[:3])
    first = measure(pulls(0.03, AT_S[3:]), left=BLINKS + clear)
    later = measure(pulls(0.03, AT_S[3:]), left=BLINKS + clear, known=Side.LEFT)
    assert first.events == later.events
    assert first.find("video.affected_side").value == "left"
    assert [COUNTED in e.flags for e in spasms(first)].count(False) == 3
    (reason,) = [r for r in first.quality.reasons if r.startswith("known_side: ")]
    assert "the other movements in this video name this side" in reason
    assert "known_side" not in first.provenance.settings


def test_what_counts_for_the_side_that_a_video_names_names_no_side():
    clear = twitches_of_the_eye(AT_S[:3])
    first = measure(pulls(0.03, AT_S[3:]), left=BLINKS + clear)
    alone = measure(pulls(0.0), left=BLINKS + clear)
    verdict, bare = (d.find("video.affected_side") for d in (first, alone))
    assert (verdict.value, verdict.confidence) == (bare.value, bare.confidence)


def test_faint_pulls_of_one_side_alone_are_a_doubt_and_no_resting_face():
    faint = measure(pulls(0.03))
    assert [e.kind for e in faint.events if e.side is Side.LEFT] == ["undetermined"] * 5
    verdict = faint.find("video.affected_side")
    assert (verdict.value, verdict.reason) == ("uncertain", "faint")
    assert named_side([faint]) is None


def test_faint_pulls_of_both_sides_are_those_of_a_resting_face():
    both = pulls(0.03, AT_S[:3]) - pulls(0.03, AT_S[3:])
    found = measure(both)
    assert not [e for e in found.events if e.kind is EventKind.UNDETERMINED]
    assert found.find("video.affected_side").value == "none_seen"


def test_no_rate_is_stated_where_doubts_outnumber_the_spasms():
    faint = measure(pulls(0.03))
    rate, other = (faint.find("video.spasm_rate", side) for side in (Side.LEFT, Side.RIGHT))
    assert (rate.value, rate.interval, str(rate.quality)) == (None, None, "not_assessable")
    assert rate.reason.startswith("undetermined_movements: 5 movements")
    assert rate.extra("rest_spans")
    assert rate.extra("exposure_s") > 40
    assert faint.find("video.spasm_time_fraction", Side.LEFT).value is None
    assert other.value == 0.0
    assert other.interval is not None


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
