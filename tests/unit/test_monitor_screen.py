"""The live screen and the printed lines: they fit, and they say what was called, held, unknown."""

from __future__ import annotations

import io

import pytest
from monitored_operation import BASE, make_operation, sweep_time
from rich.cells import cell_len
from rich.console import Console

from hemispasm.cli.monitor_screen import TAGS, Screen
from hemispasm.cli.monitor_summary import print_summary
from hemispasm.cli.monitor_trend import BLOCKS, Trace, event_marks
from hemispasm.cli.monitor_words import BANNER, Teller, channel_names, opening_lines
from hemispasm.model.monitor import ChannelMoment, TheatreEvent
from hemispasm.model.side import Side
from hemispasm.monitor.baseline import BaselineWish, prepare
from hemispasm.monitor.concluding import conclude
from hemispasm.monitor.following import follow
from hemispasm.monitor.operation import as_operation

COURSE = [1.0] * 30 + [0.0] * 30
EVENTS = {34: "dura open", 61: "vessel mobilised", 80: "felt placed"}
BURNT = range(45, 50)


def watched(**more):
    made = make_operation(COURSE, events=EVENTS, cautery=BURNT, **more)
    return prepare(as_operation((made,)), BaselineWish())


@pytest.fixture(scope="module")
def watch():
    return watched()


@pytest.fixture(scope="module")
def moments(watch):
    return tuple(follow(watch))


def drawn(watch, moments, until, width=80, height=24, *, unicode=True):
    screen = Screen(watch, "operation.edf", "10 x", unicode=unicode)
    for moment in moments:
        if moment.number <= until:
            screen.add(moment)
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, color_system=None
    )
    console.print(screen, height=height)
    return console.file.getvalue()


def row_of(text, name):
    return next(line for line in text.splitlines() if line.startswith(name))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 16), (100, 30), (160, 50)])
@pytest.mark.parametrize("until", [0, 31, 47, 90])
def test_the_screen_fits_the_terminal_and_always_says_what_it_is_not(
    watch, moments, until, width, height
):
    lines = drawn(watch, moments, until, width, height).splitlines()
    assert len(lines) == height
    assert max(len(line) for line in lines) <= width
    assert BANNER in lines[0]
    assert "Research software, not a medical device." in lines[-1]


@pytest.mark.parametrize(("width", "name"), [(80, "mentalis, left"), (160, "mentalis, left")])
def test_a_row_names_muscle_side_state_probability_and_interval(watch, moments, width, name):
    row = row_of(drawn(watch, moments, 90, width), name)
    said = moments[-1].channels[0]
    assert "ABSENT" in row
    assert ">0.99" in row
    low, high = said.ratio_interval
    assert (
        f"{100 * said.ratio:.0f} ({100 * low:.0f} to {100 * high:.0f})".replace("-0 ", "0 ") in row
    )
    assert f"{90 - said.since_sweep} ago" in row
    assert row.count(BLOCKS.levels[0]) >= 8


def test_the_header_holds_time_sweep_and_the_protocol_as_recorded(watch, moments):
    text = drawn(watch, moments, 40)
    assert "Sweep 40 of 90" in text
    assert "zygomatic, left" in text
    assert "current unknown" in text
    assert "; 3 Hz" in text
    assert f"sweeps 1-{BASE}" in text


def test_events_stand_under_the_trend_only_once_they_happened(watch, moments):
    early, late = drawn(watch, moments, 40), drawn(watch, moments, 90)
    assert "dura open" in early
    assert "vessel mobilised" not in early
    assert all(text in late for text in EVENTS.values())
    marks = next(line for line in late.splitlines() if line.split()[:3] == ["a", "b", "c"])
    assert marks.index("a") < marks.index("b") < marks.index("c")


def test_while_held_the_screen_says_since_when_and_keeps_the_last_state(watch, moments):
    text = drawn(watch, moments, 48)
    verdict = next(line for line in text.splitlines() if line.startswith("Lateral spread:"))
    assert "PRESENT" in verdict
    assert f"HELD since 0:{sweep_time(45):.1f}: cautery" in verdict
    assert "held since" in text
    assert text.count(BLOCKS.held) >= 4
    after = drawn(watch, moments, 55)
    assert "HELD" not in after


def test_a_channel_without_response_is_said_to_be_unwatchable_and_why(watch, moments):
    text = drawn(watch, moments, 60, width=140)
    assert "Cannot be watched: platysma, left" in text
    assert "no response" in text
    assert "1 excited directly, 1 on the other side" in text


def test_the_right_side_is_shown_as_right_and_an_unknown_one_as_unknown():
    right = watched(side=Side.RIGHT)
    text = drawn(right, tuple(follow(right, sweep_time(35))), 40)
    assert "mentalis, right" in text
    assert "left" not in text
    unknown = watched(side=None, others=False)
    text = drawn(unknown, tuple(follow(unknown, sweep_time(35))), 40)
    assert "mentalis, side ?" in text
    assert "side unknown" in text
    assert "left" not in text
    assert "right" not in text


def test_notes_in_wide_characters_or_with_control_codes_break_no_line():
    events = {34: "硬膜切開", 36: "cau\x1b[2Jtery\non", 38: "髄液排出", 40: "x" * 200}
    made = make_operation([1.0] * 20, events=events)
    odd = prepare(as_operation((made,)), BaselineWish())
    for width in (80, 140):
        text = drawn(odd, tuple(follow(odd)), 50, width)
        assert "\x1b" not in text
        assert "硬膜切開" in text
        assert "cau [2Jtery on" in text
        assert len(text.splitlines()) == 24
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_a_plain_terminal_gets_plain_characters(watch, moments):
    assert drawn(watch, moments, 90, unicode=False).isascii()


def test_no_state_is_shown_in_the_colours_of_an_alarm():
    assert not any("red" in style.split() or "green" in style.split() for style in TAGS.values())


def test_two_channels_of_one_muscle_are_told_apart_by_their_labels(watch):
    one = watch.channels[0]
    twin = one.model_copy(update={"label": "M2"})
    assert channel_names((one, twin)) == ["mentalis, left [M]", "mentalis, left [M2]"]


def test_lines_tell_every_change_once_and_in_order(watch, moments):
    teller = Teller(watch)
    lines = [line for moment in moments for line in teller.tell(moment)]
    told = " ".join(lines)
    assert told.count("event: ") == 3
    assert told.count("present -> ") == 1
    assert told.count("all held (cautery), last state present") == 1
    assert told.count("judged again; was held since 0:14.9 (cautery)") == 1
    call = next(line for line in lines if "-> absent" in line)
    assert "mentalis, left" in call
    assert "after 'vessel mobilised'" in call
    numbers = [int(line.split()[1]) for line in lines]
    assert numbers == sorted(numbers)


def test_the_opening_names_what_is_watched_and_what_is_not(watch):
    lines = list(opening_lines(watch, "operation.edf"))
    assert BANNER in lines
    assert any(line.startswith("Watched: mentalis, left") for line in lines)
    assert any(line.startswith("Not watched: platysma, left") for line in lines)
    assert any("sweeps 1 to 30" in line for line in lines)


def test_the_summary_says_when_after_what_and_how_much_was_held(watch, moments):
    console = Console(width=80, file=io.StringIO(), color_system=None)
    print_summary(conclude(watch, moments), "operation.edf", console)
    text = " ".join(console.file.getvalue().split())
    assert "after 'vessel mobilised'; not seen again" in text
    assert "5 of 60 sweeps (cautery)" in text
    assert "held as present" in text
    assert "no site value given" in text
    assert BANNER in text
    assert max(len(line) for line in console.file.getvalue().splitlines()) <= 80


def test_a_trend_shows_means_held_times_and_the_baseline():
    trace = Trace()
    for time_s, share in ((10.0, 0.0), (20.0, 1.5), (30.0, None)):
        trace.add(
            time_s,
            ChannelMoment(
                channel=0, state="present", probability=(1.0, 0.0, 0.0), since_sweep=1,
                amplitude=share,
            ),
        )  # fmt: skip
    (row,) = trace.chart((4, 1), (0.0, 40.0), BLOCKS, 5.0)
    assert [glyph for glyph, _ in row] == [BLOCKS.baseline, "▁", "█", BLOCKS.held]
    assert [state for _, state in row] == [None, "present", "present", None]


def test_marks_of_events_at_one_place_stay_apart():
    events = [TheatreEvent(time_s=9.99, text="x", sweep=1)] * 2
    assert len(event_marks(events, (0.0, 10.0), 10)) == 10
