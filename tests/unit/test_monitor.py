"""A replayed operation: calls, events, frozen sweeps, what cannot be watched, sides."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from monitored_operation import BASE, make_operation, paused, sweep_time

from hemispasm.measure.emg.monitor_sweeps import LiveSweep
from hemispasm.model.emg import Annotation, Branch, StimulusInfo
from hemispasm.model.errors import UsageError
from hemispasm.model.monitor import MonitorDocument
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.monitor.baseline import BaselineWish, prepare
from hemispasm.monitor.concluding import conclude
from hemispasm.monitor.following import follow, follow_sweeps
from hemispasm.monitor.operation import as_operation

LOSS = [1.0] * 30 + [0.0] * 30
EVENTS = {34: "dura open", 61: "vessel mobilised", 80: "felt placed"}


def replayed(*segments, wish=None, until_s=None):
    watch = prepare(as_operation(segments), wish or BaselineWish())
    return conclude(watch, tuple(follow(watch, until_s)))


@pytest.fixture(scope="module")
def lost():
    return replayed(make_operation(LOSS, events=EVENTS))


def test_a_loss_is_called_soon_and_named_with_the_event_before_it(lost):
    whole = lost.summary[0]
    assert whole.channel is None
    assert whole.state == "absent"
    assert 61 <= whole.first_absent_sweep <= 71
    assert lost.events[whole.first_absent_event].text == "vessel mobilised"
    assert (whole.returned, whole.returned_sweeps, whole.losses) == (False, 0, 1)
    assert whole.sweeps == 60
    assert lost.complete
    assert lost.quality.grade is Grade.MEASURABLE


def test_before_the_loss_nothing_but_presence_is_called(lost):
    early = [moment for moment in lost.sweeps if moment.number <= 60]
    assert {moment.state for moment in early} == {"present"}
    assert {moment.since_sweep for moment in early} == {BASE}
    assert early[0].number == BASE + 1
    assert early[0].time_s == pytest.approx(sweep_time(BASE + 1))


def test_every_moment_counts_the_sweeps_since_the_call(lost):
    last = lost.sweeps[-1].channels[0]
    assert last.since_sweep == lost.summary[1].since_sweep == lost.changes[-1].sweep
    assert last.chance == last.probability[2] > 0.9
    assert last.ratio_interval[0] <= last.ratio <= last.ratio_interval[1] < 0.5


def test_events_carry_the_number_of_the_sweep_before_them(lost):
    assert [(event.text, event.sweep) for event in lost.events] == [
        ("dura open", 33), ("vessel mobilised", 60), ("felt placed", 79),
    ]  # fmt: skip


def test_a_response_that_comes_back_is_said_to_have_returned():
    document = replayed(make_operation([1.0] * 10 + [0.0] * 20 + [1.0] * 25))
    whole = document.summary[0]
    assert whole.returned
    assert whole.returned_sweeps >= 10
    assert whole.state in ("present", "reduced")
    assert whole.first_absent_event is None


def test_under_cautery_the_last_state_is_held_and_no_new_one_is_called():
    numbers = range(50, 65)
    document = replayed(make_operation([1.0] * 60, cautery=numbers))
    held = [moment for moment in document.sweeps if moment.number in numbers]
    before = next(moment for moment in document.sweeps if moment.number == 49)
    assert {moment.frozen for moment in held} == {"cautery"}
    assert {moment.held_since_s for moment in held} == {held[0].time_s}
    assert held[0].time_s == pytest.approx(sweep_time(50))
    for moment in held:
        channel = moment.channels[0]
        assert channel.amplitude is None
        assert channel.probability == before.channels[0].probability
        assert (channel.state, channel.since_sweep) == ("present", BASE)
    spans = [span for span in document.frozen if span.channel is None]
    assert [(span.first_sweep, span.last_sweep, span.held) for span in spans] == [
        (50, 64, "present")
    ]
    assert document.summary[0].frozen_sweeps == 15
    assert not [change for change in document.changes if change.sweep in numbers]


def test_a_loss_under_cautery_is_called_only_after_it():
    course = [1.0] * 20 + [0.0] * 40
    document = replayed(make_operation(course, cautery=range(48, 70)))
    assert document.summary[0].first_absent_sweep >= 70


def test_one_held_channel_does_not_hold_the_others():
    made = make_operation([1.0] * 30, others=False)
    twin = made.channels[0].model_copy(update={"label": "M2"})
    torn = made.signals_uv[0].copy()
    torn[int(sweep_time(40) * 10000.0)] = np.nan
    both = replace(made, channels=(made.channels[0], twin), signals_uv=(made.signals_uv[0], torn))
    document = replayed(both)
    moment = next(one for one in document.sweeps if one.number == 40)
    assert moment.frozen is None
    assert [one.frozen for one in moment.channels] == [None, "gap"]
    assert [(s.channel, s.reasons) for s in document.frozen] == [(1, ("gap",))]


def test_a_lost_electrode_is_held_and_then_unknown_but_never_absent():
    made = make_operation([1.0] * 30, others=False)
    torn = made.signals_uv[0].copy()
    torn[int((sweep_time(45) - 0.1) * 10000.0) :] = 0.0
    document = replayed(replace(made, signals_uv=(torn,)))
    assert {moment.frozen for moment in document.sweeps if moment.number >= 45} == {"flat"}
    assert {change.after for change in document.changes} == {"undetermined"}
    assert document.summary[0].losses == 0
    assert document.frozen[0].held == "undetermined"


def test_each_channel_is_watched_or_told_why_not(lost):
    reasons = {one.label: (one.reason or "").partition(":")[0] for one in lost.channels}
    assert reasons == {
        "M": "", "OO": "answers_directly", "X": "other_side", "P": "no_response_in_baseline",
    }  # fmt: skip
    silent = next(one for one in lost.channels if one.label == "P")
    assert silent.p >= 0.05
    assert f"{silent.p:.2g}" in silent.reason


def test_without_any_response_in_the_baseline_nothing_is_called():
    made = make_operation([0.0] * 30, snr_db=-60.0)
    document = replayed(made)
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert document.quality.reasons[0].startswith("no_response_to_watch: ")
    assert "mentalis, left" in document.quality.reasons[0]
    assert (document.sweeps, document.summary, document.changes) == ((), (), ())


def test_sides_swapped_in_the_montage_swap_every_side_and_no_number(lost):
    turned = replayed(make_operation(LOSS, events=EVENTS, side=Side.RIGHT))
    assert turned.sweeps == lost.sweeps
    assert turned.stimulus.side is Side.RIGHT
    assert [one.side for one in turned.channels] == [one.side.other for one in lost.channels]
    assert turned.channels[0].name == "mentalis, right"
    assert "the right" in turned.channels[2].reason


def test_a_side_that_nobody_stated_is_said_to_be_unknown():
    document = replayed(make_operation([1.0] * 20, side=None))
    assert document.quality.grade is Grade.LIMITED
    codes = {reason.partition(":")[0] for reason in document.quality.reasons}
    assert {"stimulus_side_unknown", "side_unknown"} <= codes
    assert document.channels[0].name == "mentalis, side unknown"
    assert "left" not in document.model_dump_json()
    assert "right" not in document.model_dump_json()


def test_the_baseline_may_end_at_an_event_a_time_or_a_number():
    made = make_operation(LOSS, events={21: "Dura open", 26: "cautery on"})
    ends = {
        number: replayed(made, wish=wish).baseline.last_sweep
        for number, wish in {
            20: BaselineWish(until="dura"),
            25: BaselineWish(until=str(sweep_time(26))),
            15: BaselineWish(sweeps=15),
            40: BaselineWish(start=str(sweep_time(11)), sweeps=30),
        }.items()
    }
    assert all(number == last for number, last in ends.items())


def test_a_step_of_the_operation_within_the_baseline_is_pointed_out():
    document = replayed(make_operation(LOSS, events={20: "dura open"}))
    assert document.quality.grade is Grade.LIMITED
    assert any(r.startswith("event_in_baseline: ") for r in document.quality.reasons)
    calm = replayed(make_operation(LOSS, events={20: "coffee"}))
    assert calm.quality.grade is Grade.MEASURABLE


def test_a_wish_that_contradicts_itself_is_refused_in_one_sentence():
    operation = as_operation((make_operation([1.0] * 20, events={33: "dura open"}),))
    for wish, code in (
        (BaselineWish(sweeps=20, until="dura open"), "baseline_twice"),
        (BaselineWish(until="5", start="9"), "baseline_reversed"),
        (BaselineWish(until="dura closed"), "unknown_event"),
    ):
        with pytest.raises(UsageError) as caught:
            prepare(operation, wish)
        assert caught.value.code == code
    assert "dura open" in caught.value.next_step


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"stimuli_s": np.zeros(0)}, "no_stimuli"),
        ({"stimulus": StimulusInfo(side=Side.LEFT)}, "no_stimulus_site"),
        ({"stimulus": StimulusInfo(site=Branch.SUPRAORBITAL)}, "no_spread_from_site"),
        ({"stimulus": StimulusInfo(site=Branch.TRUNK, side=Side.LEFT)}, "no_channel_to_watch"),
        ({"stimuli_s": np.array([0.001])}, "no_whole_sweep"),
        ({"stimuli_s": 0.2 + 0.333 * np.arange(9)}, "too_few_baseline_sweeps"),
        ({"stimuli_s": 0.2 + 0.333 * np.arange(30)}, "no_sweep_after_baseline"),
    ],
)
def test_what_cannot_be_watched_is_said_in_one_sentence_with_a_next_step(change, code):
    document = replayed(replace(make_operation([1.0] * 5), **change))
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert document.quality.reasons[0].startswith(f"{code}: ")
    assert document.quality.reasons[0].count(". ") == 0
    assert document.quality.next_steps
    assert document.summary == ()
    assert not document.complete


def test_a_recording_without_facial_muscles_names_its_channels():
    made = make_operation([1.0] * 5, others=False)
    bare = made.channels[0].model_copy(update={"muscle": None})
    document = replayed(replace(made, channels=(bare,)))
    assert document.quality.reasons[0].startswith("no_channel_to_watch: ")
    assert "'M'" in document.quality.reasons[0]


def test_a_pause_stays_a_pause_and_changes_no_state(lost):
    whole = make_operation(LOSS, events=EVENTS)
    document = replayed(*paused(whole, 45, gap_s=600.0))
    assert [one.number for one in document.sweeps] == [one.number for one in lost.sweeps]
    assert [one.state for one in document.sweeps] == [one.state for one in lost.sweeps]
    assert document.sweeps[-1].time_s == pytest.approx(lost.sweeps[-1].time_s + 600.0)
    assert document.events[-1].time_s == pytest.approx(lost.events[-1].time_s + 600.0)
    assert any(note.startswith("has_pauses: ") for note in document.notes)


def test_marks_of_stimuli_in_any_language_are_no_events():
    made = make_operation([1.0] * 10, events={33: "Dura offen"})
    notes = tuple(
        Annotation(time_s=n.time_s, text="Reiz" if n.text == "stimulus" else n.text)
        for n in made.annotations
    )
    document = replayed(replace(made, annotations=notes))
    assert [event.text for event in document.events] == ["Dura offen"]


def test_stimuli_that_stand_too_close_are_left_out_and_counted():
    made = make_operation([1.0] * 20)
    doubled = np.sort(np.append(made.stimuli_s, made.stimuli_s[40] + 0.01))
    document = replayed(replace(made, stimuli_s=doubled))
    assert any("2 of 51 stimuli" in note for note in document.notes)
    assert len(document.sweeps) == 19
    assert document.sweeps[-1].number == 51


def test_noise_that_forbids_a_call_is_said_with_how_many_sweeps_it_takes():
    document = replayed(make_operation([1.0] * 60, seed=5, snr_db=-9.0, others=False))
    if document.quality.grade is Grade.NOT_ASSESSABLE:
        pytest.skip("this patient's baseline shows no response in such noise")
    assert any(reason.startswith("noise_forbids: ") for reason in document.quality.reasons)
    assert max(moment.more_sweeps or 0 for moment in document.sweeps) > 10


def test_a_replay_that_ends_early_says_that_it_is_not_complete():
    document = replayed(make_operation(LOSS), until_s=sweep_time(40) + 0.01)
    assert document.sweeps[-1].number == 40
    assert not document.complete


def test_a_replay_that_shows_no_sweep_claims_nothing():
    document = replayed(make_operation(LOSS), until_s=sweep_time(10))
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert document.quality.reasons[0].startswith("no_sweep_followed: ")
    assert document.summary == ()


def test_a_live_source_is_followed_without_reading_ahead():
    watch = prepare(as_operation((make_operation([1.0] * 10),)), BaselineWish())
    given: list[LiveSweep] = []

    def source():
        for sweep in watch.run.sweeps:
            given.append(sweep)
            yield sweep

    moments = follow_sweeps(watch.state, source(), watch.places, watch.operation.number_of, BASE)
    for count in range(1, 4):
        assert next(moments).number == BASE + count
        assert len(given) == count


def test_the_document_fits_its_schema_and_reads_back_the_same(lost):
    data = lost.to_json()
    assert data["schema"] == "hemispasm.monitor/1"
    jsonschema.validate(data, MonitorDocument.model_json_schema(by_alias=True))
    assert MonitorDocument.model_validate(data) == lost


def test_the_criteria_say_whether_the_site_set_them():
    made = make_operation([1.0] * 20)
    assert replayed(made).criteria.reduced_share_from == "default"
    stated = made.stimulus.model_copy(update={"reduced_share": 0.3})
    criteria = replayed(replace(made, stimulus=stated)).criteria
    assert (criteria.reduced_share, criteria.reduced_share_from) == (0.3, "site")
