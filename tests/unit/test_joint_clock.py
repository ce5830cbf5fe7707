"""One clock for video and EMG: found from marks or from events, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from joint_recordings import LAG_S, draw_starts, emg, video

from hemispasm.measure.joint.join import join_recordings
from hemispasm.measure.joint.watched import Watched
from hemispasm.model import Exclusion, Grade, Trace

OFFSET_S = 7.0


def starts(seed=0, length_s=90.0):
    spasms = draw_starts(seed, length_s, 4.0)
    blinks = [t for t in draw_starts(seed + 100, length_s, 6.0) if abs(spasms - t).min() > 0.6]
    return spasms, np.asarray(blinks)


def joined(seed=0, *, offset_s=OFFSET_S, drift=0.0, length_s=90.0, marks=(), noted=(), **of_video):
    spasms, blinks = starts(seed, length_s)
    return join_recordings(
        video(spasms, blinks, marks=marks, length_s=length_s, **of_video),
        emg(spasms, blinks, offset_s=offset_s, drift=drift, length_s=length_s + 30, marks=noted),
    )


def flashes(*times_s, fps=30.0, offset_s=OFFSET_S):
    """Return when a video first shows flashes, and when the EMG notes them."""
    times = np.asarray(times_s)
    seen = tuple(round(float(t), 4) for t in np.ceil(times * fps) / fps)
    return {"marks": seen, "noted": tuple(float(t) for t in times + offset_s), "fps": fps}


def reason(result):
    return result.document.find("joint.clock_offset").reason


def test_without_a_mark_the_offset_lies_in_an_interval_below_fifty_milliseconds():
    result = joined()
    found = result.document.find("joint.clock_offset")
    assert found.extra("found_by") == "events"
    assert found.interval[0] <= OFFSET_S <= found.interval[1]
    assert found.interval[1] - found.interval[0] <= 0.050
    assert found.value == pytest.approx(OFFSET_S, abs=0.015)
    assert result.document.recording.kind == "joint"


@pytest.mark.parametrize("offset_s", [-40.0, 0.0, 25.0])
def test_recorders_started_long_apart_are_found_as_well(offset_s):
    result = joined(offset_s=offset_s)
    assert result.clock.offset_s == pytest.approx(offset_s, abs=0.03)


def test_the_interval_without_a_mark_holds_delays_from_five_to_thirty_five_milliseconds():
    spasms, blinks = starts(4)
    for lag_s in (0.005, 0.035):
        heard = emg(spasms, blinks, lag_s=lag_s)
        found = join_recordings(video(spasms, blinks), heard).document.find("joint.clock_offset")
        assert found.interval[0] <= OFFSET_S <= found.interval[1]


def test_events_of_another_patient_are_refused():
    for seed in range(1, 9):
        spasms, blinks = starts(seed)
        others, winks = starts(seed + 50)
        result = join_recordings(video(spasms, blinks), emg(others, winks))
        assert result.clock is None
        assert result.document.quality.grade is Grade.NOT_ASSESSABLE
        assert reason(result).split(":")[0] in ("chance", "not_unique", "few_matched")
        assert result.document.find("joint.clock_offset").value is None
        assert result.document.find("joint.seen_by_both") is None


def test_regular_activity_is_refused_because_it_fits_in_many_ways():
    regular = np.arange(2.0, 86.0, 1.5)
    result = join_recordings(video(regular), emg(regular))
    assert result.clock is None
    assert reason(result).split(":")[0] in ("chance", "not_unique")


def test_few_events_are_refused_and_the_sentence_says_how_many():
    spasms = np.array([4.0, 11.0, 31.0, 60.0])
    result = join_recordings(video(spasms), emg(spasms))
    assert reason(result).startswith("few_events: 4 events in the video and 4 in the EMG")


def test_a_mark_fixes_the_clock_even_where_nobody_moves():
    seen = flashes(3.111, fps=60.0)
    result = join_recordings(
        video(np.zeros(0), marks=seen["marks"], fps=60.0), emg(np.zeros(0), marks=seen["noted"])
    )
    found = result.document.find("joint.clock_offset")
    assert found.extra("found_by") == "sync"
    assert found.interval[0] <= OFFSET_S <= found.interval[1]


def test_one_mark_at_sixty_frames_or_several_at_thirty_leave_ten_milliseconds():
    def traced(fps):
        return Trace("eye_closure", "1", np.arange(0, 90, 1 / fps), np.zeros(int(90 * fps)))

    for marks in (
        flashes(3.113, fps=60.0),
        flashes(2.031, 2.712, 3.333, 84.107, 85.001, 86.618),
    ):
        spasms, blinks = starts()
        seen = video(spasms, blinks, marks=marks["marks"], fps=marks["fps"])
        seen = Watched(seen.document, (traced(marks["fps"]),), seen.sync_marks_s)
        result = join_recordings(seen, emg(spasms, blinks, marks=marks["noted"]))
        low, high = result.clock.offset_interval_s
        assert low <= OFFSET_S <= high
        assert high - low <= 0.020


def test_a_mark_read_off_the_sound_is_as_exact_as_is_stated():
    result = joined(marks=(3.112,), noted=(3.112 + OFFSET_S,), precision=0.002)
    low, high = result.clock.offset_interval_s
    assert low <= OFFSET_S <= high
    assert high - low < 0.008


def test_rounded_marks_widen_the_interval():
    exact = joined(**flashes(3.113)).clock.offset_interval_s
    rounded = joined(marks=(3.1,), noted=(3.113 + OFFSET_S,)).clock.offset_interval_s
    assert rounded[0] <= OFFSET_S <= rounded[1]
    assert rounded[1] - rounded[0] > exact[1] - exact[0] + 0.05


def test_a_dropped_frame_before_a_mark_widens_the_interval_by_that_frame():
    frames = np.delete(np.arange(0, 90, 0.04), [77, 78])
    spasms, blinks = starts()
    seen = video(spasms, blinks, marks=(float(frames[77]),), fps=25.0)
    trace = Trace("eye_closure", "1", frames, np.zeros(frames.size))
    heard = emg(spasms, blinks, marks=(3.05 + OFFSET_S,))
    low, high = join_recordings(Watched(seen.document, (trace,), seen.sync_marks_s), heard).clock \
        .offset_interval_s  # fmt: skip
    assert high - low == pytest.approx(0.95 * 0.12, abs=0.008)
    assert low <= OFFSET_S <= high


def test_marks_that_contradict_one_another_are_said_and_not_averaged():
    marks = flashes(3.1, 40.2, 80.3)
    noted = (marks["noted"][0], marks["noted"][1] + 0.4, marks["noted"][2])
    result = joined(**{**marks, "noted": noted})
    assert any(note.startswith("sync_contradiction") for note in result.notes)
    assert result.clock.method == "events"
    assert result.document.quality.grade is Grade.LIMITED


def test_marks_that_fit_in_more_than_one_way_are_not_used():
    result = joined(marks=(3.1333,), noted=(10.1, 13.1, 16.1))
    assert any(note.startswith("sync_ambiguous") for note in result.notes)
    assert result.clock.method == "events"


def test_a_mark_that_one_recorder_missed_is_left_out_with_a_note():
    marks = flashes(3.113, 4.087, 71.553)
    result = joined(**{**marks, "noted": marks["noted"][1:]})
    assert result.clock.method == "sync"
    assert result.clock.matched == 2
    assert any(note.startswith("sync_unpaired: 1") for note in result.notes)
    assert result.clock.offset_s == pytest.approx(OFFSET_S, abs=0.017)


def test_marks_outside_the_recording_or_of_one_recording_alone_are_ignored_with_a_reason():
    outside = joined(marks=(500.0,), noted=(10.0,))
    assert [n.split(":")[0] for n in outside.notes] == ["sync_outside", "sync_one_sided"]
    assert outside.clock.method == "events"
    alone = joined(noted=(10.0,))
    assert alone.notes[0].startswith("sync_one_sided: only the EMG")


def test_marks_against_which_the_events_speak_leave_no_clock():
    marks = flashes(3.113, 4.087)
    result = joined(**{**marks, "noted": tuple(t + 2.0 for t in marks["noted"])})
    assert result.clock is None
    assert reason(result).startswith("sync_against_events: the marks place the clocks 2.0 s")


def test_the_delay_from_muscle_to_movement_is_measured_where_a_mark_fixes_the_clock():
    marks = flashes(2.031, 2.712, 3.333, 84.107, 85.001, 86.618)
    found = joined(**marks).document.find("joint.electromechanical_delay")
    assert found.interval[0] <= 1000 * LAG_S <= found.interval[1]
    assert found.value == pytest.approx(1000 * LAG_S, abs=10)
    assert joined().document.find("joint.electromechanical_delay") is None


def test_the_drift_of_a_long_recording_is_followed_and_stated():
    for drift in (-120e-6, 120e-6):
        result = joined(drift=drift, length_s=900.0)
        found = result.document.find("joint.clock_drift")
        assert found.interval[0] <= 1e6 * drift <= found.interval[1]
        end = result.clock.emg_time(880.0)
        assert end == pytest.approx(OFFSET_S + (1 + drift) * 880.0, abs=0.03)


def test_the_drift_of_a_short_recording_is_not_stated():
    found = joined().document.find("joint.clock_drift")
    assert found.value is None
    assert found.reason.startswith("short")


def test_time_that_the_video_lost_is_not_counted_as_missed_by_it():
    spasms, blinks = starts(2)
    gone = (20.0, 50.0)
    left = np.array([t for t in spasms if not gone[0] < t < gone[1]])
    excluded = (Exclusion(start_s=gone[0], end_s=gone[1], reason="no_face"),)
    seen = video(left, blinks, excluded=excluded)
    found = join_recordings(seen, emg(spasms, blinks)).document.find("joint.seen_by_both")
    assert found.extra("only_emg") == 0
    assert found.extra("exposure_s") == pytest.approx(60.0, abs=1.0)


def test_the_same_recordings_give_the_same_document():
    assert joined().document == joined().document
