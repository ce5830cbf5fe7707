"""Families C and D: pieces of real signals put together, and imitators; with tiny stand-ins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from hemispasm.model.errors import DecodeError, UsageError
from hemispasm.model.side import Side
from hemispasm.simulate.face.photo_warp import LIDS
from hemispasm.simulate.families.face_warp import Pull, warp_half
from hemispasm.simulate.families.imitator_emg import make_imitator_emg
from hemispasm.simulate.families.imitator_evoked import SWEEP_IMITATORS, make_imitator_sweeps
from hemispasm.simulate.families.imitator_face import imitator_clip
from hemispasm.simulate.families.imitators import IMITATORS, stage_imitator
from hemispasm.simulate.families.parameters import DEFAULTS
from hemispasm.simulate.families.real_faces import (
    blink_courses,
    follow_face,
    known_marks,
    read_marks,
)
from hemispasm.simulate.families.real_traces import (
    cut_pieces,
    long_background,
    parse_trace,
)
from hemispasm.simulate.families.resampled_emg import (
    ResampledOptions,
    make_resampled_emg,
    spans_above,
)
from hemispasm.simulate.families.resampled_evoked import SpreadOptions, make_resampled_spread
from hemispasm.simulate.families.resampled_face import FaceOptions, resampled_face_clip

REAL_EMG = Path(__file__).parents[3] / "shared" / "data" / "emg"


def made_up_trace(seed=1, seconds=6.0):
    """Return the text of a trace like a slight contraction: noise, and two units at 9 and 12 Hz."""
    rng = np.random.default_rng(seed)
    count = round(4000 * seconds)
    signal = 0.006 * rng.standard_normal(count)
    wave = np.sin(np.linspace(0, 3 * np.pi, 24)) * np.hanning(24)
    for pace, size in ((9.0, 0.5), (12.0, -0.3)):
        for at in np.arange(0.05, seconds - 0.05, 1.0 / pace):
            first = round(4000 * (at + 0.004 * rng.standard_normal()))
            signal[first : first + 24] += size * wave[: len(signal[first : first + 24])]
    rows = [f"{(k + 1) / 4000:.5f} {value:.4f}" for k, value in enumerate(signal)]
    rows[100] = "0.02525 0.1117+\ufffd.1050"
    return "\n".join(rows)


@pytest.fixture(scope="module")
def pieces():
    return cut_pieces([parse_trace(made_up_trace())], 10_000.0)


def portrait_face(blink=True):
    """Return a stand-in for a real clip: the portrait, still, but for one blink of both eyes."""
    picture = astronaut()[40:240, 120:330].copy()
    move = lambda points: [[x - 120, y - 40] for x, y in points]  # noqa: E731
    row = {f"upper_{s}": move(LIDS[s][0]) for s in LIDS} | {
        f"lower_{s}": move(LIDS[s][1]) for s in LIDS
    }
    row |= {"mouth_right": [83, 100], "mouth_left": [124, 101]}
    row |= {"brow_right": [79, 49], "brow_left": [132, 52]}
    marks = read_marks(row)
    frames = [picture] * 90
    if blink:
        for k, closure in enumerate((0.4, 1.0, 0.6, 0.2)):
            shut = picture
            for side in Side.LEFT, Side.RIGHT:
                shut = warp_half(shut, np.eye(2, 3), marks, side, Pull(lid=closure))
            frames[8 + k] = shut
        marks = read_marks({**row, "blinks": [[7, 12]]})
    return frames, marks


def test_every_default_says_how_far_to_believe_it():
    for key, parameter in DEFAULTS.items():
        assert parameter.status in ("published", "derived", "assumed", "definition"), key
        assert parameter.source or parameter.status in ("assumed", "definition"), key


def test_a_trace_with_a_corrupt_line_is_read_without_it():
    trace = parse_trace(made_up_trace())
    assert trace.rate_hz == 4000.0
    assert len(trace.signal_uv) == 4000 * 6 - 1


def test_what_is_no_trace_is_refused():
    with pytest.raises(DecodeError, match="two columns"):
        parse_trace("a b\nc d\n")


def test_noise_alone_gives_no_pieces():
    rng = np.random.default_rng(0)
    text = "\n".join(f"{k / 4000} {0.01 * x:.4f}" for k, x in enumerate(rng.standard_normal(8000)))
    with pytest.raises(DecodeError, match="no motor unit"):
        cut_pieces([parse_trace(text)], 4000.0)


def test_shapes_begin_and_end_at_zero_and_are_one_peak_to_peak(pieces):
    for shape in pieces.shapes:
        assert np.ptp(shape) == pytest.approx(1.0)
        assert abs(shape[0]) < 0.05
        assert abs(shape[-1]) < 0.05


def test_background_of_any_length_has_no_motor_unit_in_it(pieces):
    signal = long_background(pieces, 40_000, np.random.default_rng(1))
    assert signal.std() == pytest.approx(1.0, rel=0.05)
    assert np.abs(signal).max() < 6.0


def test_bursts_lie_on_the_affected_side_alone(pieces):
    made = make_resampled_emg(ResampledOptions("hfs", Side.RIGHT, 12.0), pieces, 3)
    ectopic = [burst for burst in made.truth.bursts if burst.cause == "ectopic"]
    assert made.truth.affected_side == "right"
    assert len(ectopic) >= len(made.truth.spasms) > 0
    assert {burst.side for burst in ectopic} == {Side.RIGHT}


def test_a_healthy_face_of_real_pieces_has_no_spasm(pieces):
    made = make_resampled_emg(ResampledOptions("healthy", Side.LEFT, 12.0), pieces, 3)
    assert made.truth.affected_side == "none_seen"
    assert not made.truth.spasms
    assert {burst.cause for burst in made.truth.bursts} <= {"blink", "voluntary"}


def test_the_same_seed_gives_the_same_resampled_recording(pieces):
    one, other = (make_resampled_emg(ResampledOptions(duration_s=3.0), pieces, 5) for _ in range(2))
    for a, b in zip(one.recording.signals_uv, other.recording.signals_uv, strict=True):
        assert np.array_equal(a, b)


def test_a_spread_is_there_only_where_it_was_put(pieces):
    there, away = (
        make_resampled_spread(SpreadOptions(present=present, snr_db=20.0), pieces, 2)
        for present in (True, False)
    )
    after = [round((t + 0.008) * 10_000) for t in there.recording.stimuli_s]
    power = [
        np.mean([np.std(made.recording.signals_uv[1][a : a + 150]) for a in after])
        for made in (there, away)
    ]
    assert power[0] > 3 * power[1]


def test_activity_shorter_than_two_milliseconds_is_no_burst():
    line = np.zeros(1000)
    line[500] = 90.0
    assert spans_above(line, 1000.0, 0.01) == []


@pytest.mark.parametrize("name", IMITATORS)
def test_no_imitator_has_a_spasm_in_its_truth(name):
    made = make_imitator_emg(name, Side.LEFT, 1, duration_s=12.0)
    assert made.truth.affected_side == "none_seen"
    assert not made.truth.spasms
    assert not any(burst.cause == "ectopic" for burst in made.truth.bursts)


def test_only_the_injured_side_may_be_named_and_only_after_a_palsy():
    named = [name for name, row in IMITATORS.items() if row.allows("left", Side.LEFT)]
    assert named == ["synkinesis"]
    assert not IMITATORS["synkinesis"].allows("right", Side.LEFT)
    assert not IMITATORS["synkinesis"].allows("both", Side.LEFT)


def test_synkinesis_follows_a_blink_within_a_few_hundredths_of_a_second():
    score = stage_imitator("synkinesis", Side.RIGHT, 40.0, np.random.default_rng(2))
    follows = [o for o in score.orders if o.cause == "synkinesis"]
    leads = [o for o in score.orders if o.cause in ("spontaneous_blink", "spontaneous_smile")]
    assert {o.side for o in follows} == {Side.RIGHT}
    assert all(min(abs(o.start_s - lead.start_s) for lead in leads) <= 0.02 for o in follows)


def test_an_unknown_imitator_is_refused():
    with pytest.raises(UsageError, match="no imitator"):
        stage_imitator("sneeze", Side.LEFT, 5.0, np.random.default_rng(0))
    with pytest.raises(UsageError, match="lateral spread"):
        make_imitator_sweeps("sneeze", Side.LEFT, 0)


@pytest.mark.parametrize("kind", SWEEP_IMITATORS)
def test_sweeps_of_an_imitator_say_that_they_are_simulated(kind):
    made = make_imitator_sweeps(kind, Side.LEFT, 3)
    assert made.simulated
    assert len(made.stimuli_s) == 8


def test_a_wink_closes_the_eye_of_its_side_and_is_no_spasm():
    clip = imitator_clip(
        astronaut(), "wink_series", Side.LEFT, 1, duration_s=6.0, frame_rate_hz=10.0,
        size=(320, 240),
    )  # fmt: skip
    frames = list(clip.frames)
    truth = clip.truth()
    assert len(frames) == 60
    winks = [e for e in truth.events if e.kind == "wink"]
    assert winks
    assert {e.side for e in winks} == {Side.LEFT}
    assert truth.affected_side == "none_seen"
    assert max(truth.frames["closure_left"]) > 2 * max(
        c for e in winks for t, c in zip(truth.frames["time_s"], truth.frames["closure_right"],
                                         strict=True) if e.start_s <= t <= e.end_s
    )  # fmt: skip
    assert frames[0].rgb[:12].max() > 150, "the mark"


def test_marks_of_public_clips_have_left_at_the_right_of_the_picture():
    for marks in known_marks().values():
        assert marks.mouth[Side.LEFT][0] > marks.mouth[Side.RIGHT][0]
        assert marks.upper[Side.LEFT][0][0] > marks.upper[Side.RIGHT][-1][0]


def test_marks_without_a_mouth_are_refused():
    with pytest.raises(DecodeError, match="lids, mouth"):
        read_marks({"upper_left": [[1, 2], [3, 4]]})


def test_closing_one_eye_leaves_the_other_half_of_the_picture_alone():
    frames, marks = portrait_face(blink=False)
    moved = warp_half(frames[0], np.eye(2, 3), marks, Side.LEFT, Pull(1.0, 1.0, 0.7, 1.0))
    middle = round((marks.mouth[Side.LEFT][0] + marks.mouth[Side.RIGHT][0]) / 2)
    assert np.array_equal(moved[:, : middle - 12], frames[0][:, : middle - 12])
    assert not np.array_equal(moved[:, middle:], frames[0][:, middle:])


def test_a_real_blink_gives_the_course_of_a_spasm_on_one_side():
    frames, marks = portrait_face()
    face = follow_face(frames, marks)
    courses = blink_courses(face)
    assert len(courses) == 1
    assert int(np.argmax(courses[0])) == 2
    clip = resampled_face_clip(
        face, courses, FaceOptions(side=Side.RIGHT, duration_s=8.0, rate_per_min=30.0), 2
    )
    pictures = list(clip.frames)
    truth = clip.truth()
    assert len(pictures) == 240
    assert truth.affected_side == "right"
    assert max(truth.frames["closure_left"]) == 0.0
    assert max(truth.frames["closure_right"]) >= 0.35


def test_a_healthy_real_face_keeps_its_pictures():
    frames, marks = portrait_face(blink=False)
    face = follow_face(frames, marks)
    clip = resampled_face_clip(
        face, [np.array([0, 1.0, 0])], FaceOptions("healthy", duration_s=1), 1
    )
    assert all(np.array_equal(f.rgb[100:], frames[0][100:]) for f in clip.frames)
    assert clip.truth().affected_side == "none_seen"


def test_real_traces_have_silences_units_and_interference():
    files = sorted(REAL_EMG.glob("emg_*.txt"))
    if not files:
        pytest.skip("the folder ../shared/data/emg with real recordings is absent")
    found = cut_pieces([parse_trace(f.read_text(errors="replace")) for f in files], 10_000.0)
    assert len(found.quiet) > 50
    assert len(found.shapes) > 20
    made = make_resampled_emg(ResampledOptions(duration_s=5.0), found, 1)
    assert made.truth.generator == "resampled"
