"""The first family of simulated faces: what is put in is what the truth says."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from hemispasm.model import EventKind, Side, UsageError
from hemispasm.simulate.face.clip import side_of
from hemispasm.simulate.face.parameters import DEFAULTS
from hemispasm.simulate.face.scenarios import (
    CLOSURE_BANDS,
    SCENARIOS,
    Scenario,
    make_timeline,
    with_closure_band,
)
from hemispasm.simulate.face.scenarios_counts import simulate_face_events


def line_of(name="hfs", seed=1, **more):
    return make_timeline(Scenario(name, **more), np.random.default_rng(seed))


def events_of(line, kind):
    return [e for e in line.events if e.kind == kind]


def closure(line, side):
    return line.closure_left if side is Side.LEFT else line.closure_right


def within(line, event, margin_s=0.0):
    return (line.time_s >= event.start_s - margin_s) & (line.time_s <= event.end_s + margin_s)


def away_from_others(line, event):
    return not any(
        o is not event and o.start_s < event.end_s + 0.1 and o.end_s > event.start_s - 0.1
        for o in line.events
    )


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_seed_gives_the_same_face_and_another_seed_another(name):
    one, same, other = (line_of(name, seed=s, duration_s=12.0) for s in (4, 4, 5))
    assert one.events == same.events
    assert all(np.array_equal(v, same.units[k]) for k, v in one.units.items())
    assert np.array_equal(one.yaw_deg, same.yaw_deg)
    assert not np.array_equal(one.yaw_deg, other.yaw_deg)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_activation_is_a_share_and_both_sides_use_the_same_names(name):
    line = line_of(name, duration_s=20.0)
    for unit, values in line.units.items():
        assert values.min() >= 0.0, unit
        assert values.max() <= 1.0, unit
    assert np.array_equal(line.unit("eyeBlinkLeft"), line.closure_left)
    assert np.array_equal(line.unit("eyeBlinkRight"), line.closure_right)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_spasms_move_the_side_that_the_truth_names_and_not_the_other(side):
    line = line_of(side=side, duration_s=60.0)
    spasms = [e for e in events_of(line, EventKind.SPASM) if away_from_others(line, e)]
    assert len(spasms) >= 4
    assert side_of(events_of(line, EventKind.SPASM)) == side.value
    own, other = side.value.capitalize(), side.other.value.capitalize()
    for event in spasms:
        here = within(line, event)
        assert event.side is side
        assert closure(line, side)[here].max() > event.measures["peak_closure"] - 0.08
        assert closure(line, side.other)[here].max() < 0.12
        assert line.unit(f"cheekSquint{own}")[here].max() > 0.1
        assert line.unit(f"cheekSquint{other}")[here].max() < 0.05
    flagged = line.spasm_left if side is Side.LEFT else line.spasm_right
    unflagged = line.spasm_right if side is Side.LEFT else line.spasm_left
    assert flagged.any()
    assert not unflagged.any()


@pytest.mark.parametrize("band", CLOSURE_BANDS)
def test_true_closures_lie_in_the_band_that_was_asked_for(band):
    low, high = CLOSURE_BANDS[band]
    asked = with_closure_band(
        Scenario("hfs", duration_s=90.0, rate_per_min=20, frame_rate_hz=240), band
    )
    line = make_timeline(asked, np.random.default_rng(2))
    spasms = events_of(line, EventKind.SPASM)
    peaks = [e.measures["peak_closure"] for e in spasms]
    assert len(peaks) > 10
    assert low - 1e-3 <= min(peaks)
    assert max(peaks) <= high + 1e-3
    clear = [e for e in spasms if away_from_others(line, e)]
    assert clear
    for event in clear:
        seen = line.closure_left[within(line, event)].max()
        assert seen == pytest.approx(event.measures["peak_closure"], abs=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_spasms_keep_their_distance_and_their_names(seed):
    line = line_of(seed=seed, duration_s=120.0, rate_per_min=22)
    spasms = events_of(line, EventKind.SPASM)
    gaps = [b.start_s - a.end_s for a, b in itertools.pairwise(spasms)]
    assert min(gaps) >= 0.4 - 1e-3
    for event in spasms:
        length = event.end_s - event.start_s
        if event.pattern == "twitch":
            assert length < 0.45
        elif event.pattern == "tonic":
            assert length > 1.0
        elif event.pattern == "clonic":
            assert 2.5 <= event.measures["frequency_hz"] <= 9.0


def test_the_same_patient_has_the_same_spasms_at_any_frame_rate():
    slow, fast = (line_of(duration_s=20.0, frame_rate_hz=f) for f in (15.0, 60.0))
    assert slow.events == fast.events
    np.testing.assert_allclose(slow.closure_left, fast.closure_left[::4], atol=1e-9)


def test_blinks_are_even_except_where_one_side_is_weak():
    for blink in events_of(line_of("blinks_only", duration_s=60.0), EventKind.BLINK):
        left, right = (blink.measures[f"peak_closure_{s}"] for s in ("left", "right"))
        assert left == pytest.approx(right, rel=0.06)
    weak = line_of("weak_side", side=Side.RIGHT, weakness=0.6, duration_s=60.0)
    blinks = events_of(weak, EventKind.BLINK)
    assert blinks
    for blink in blinks:
        left, right = (blink.measures[f"peak_closure_{s}"] for s in ("left", "right"))
        assert right == pytest.approx(0.4 * left, rel=0.06)
    assert weak.closure_right.max() < 0.55
    assert weak.closure_left.max() > 0.9


def test_lids_close_faster_than_they_open():
    line = line_of("blinks_only", duration_s=60.0, frame_rate_hz=240.0, blink_rate_per_min=20)
    ratios = []
    for blink in events_of(line, EventKind.BLINK):
        if away_from_others(line, blink):
            course = line.closure_left[within(line, blink)]
            speed = np.diff(course)
            ratios.append(speed.max() / -speed.min())
    assert 1.2 < np.median(ratios) < 4.0


@pytest.mark.parametrize("name", [n for n in SCENARIOS if n not in ("hfs", "weak_side_hfs")])
def test_nothing_but_hemifacial_spasm_is_called_a_spasm(name):
    line = line_of(name, duration_s=60.0)
    assert not events_of(line, EventKind.SPASM)
    assert not line.spasm_left.any()
    assert not line.spasm_right.any()


def test_winks_are_slow_and_narrow_the_other_eye_too():
    line = line_of("winks", duration_s=60.0)
    winks = [e for e in events_of(line, "wink") if away_from_others(line, e)]
    assert winks
    for wink in winks:
        here = within(line, wink)
        assert line.closure_left[here].max() > 0.8
        assert 0.06 < line.closure_right[here].max() < 0.5


def test_spasm_of_a_weak_side_is_on_that_side_while_blinks_favour_the_healthy_one():
    line = line_of("weak_side_hfs", weakness=0.8, closure_band=(0.6, 1.0), duration_s=60.0)
    assert side_of(events_of(line, EventKind.SPASM)) == "left"
    assert line.closure_left[line.spasm_left].max() > 0.55
    assert all(
        b.measures["peak_closure_left"] < 0.3 * b.measures["peak_closure_right"]
        for b in events_of(line, EventKind.BLINK)
    )


def test_the_brow_lifts_during_spasms_only_when_asked_and_never_in_blepharospasm():
    on, off = (line_of(other_babinski=b, duration_s=60.0) for b in (True, False))
    flagged = [e for e in events_of(on, EventKind.SPASM) if "other_babinski" in e.flags]
    assert len(flagged) >= 0.6 * len(events_of(on, EventKind.SPASM))
    for event in flagged:
        assert on.unit("browOuterUpLeft")[within(on, event)].max() > 0.2
        assert on.unit("browOuterUpRight")[within(on, event)].max() < 0.05
    assert not any("other_babinski" in e.flags for e in off.events)
    assert off.unit("browOuterUpLeft").max() < 0.05
    lid = line_of("blepharospasm", duration_s=60.0)
    assert lid.unit("browOuterUpLeft").max() < 0.05
    assert lid.unit("browDownLeft").max() > 0.4


def test_synkinesis_is_locked_to_smiles_and_blinks():
    line = line_of("synkinesis", duration_s=60.0)
    found = events_of(line, EventKind.SYNKINESIS)
    assert {r for e in found for r in e.region} == {"eye", "mouth"}
    causes = [e.start_s for e in line.events if e.kind in ("blink", "voluntary")]
    assert all(min(abs(e.start_s - c) for c in causes) < 0.35 for e in found)


def test_the_voluntary_recording_carries_every_task_of_the_protocol():
    line = line_of("voluntary", protocol="full", duration_s=150.0)
    assert [t.task for t in line.tasks] == [
        "rest", "gentle_closure", "forced_closure", "brow_raise", "smile", "pucker", "platysma",
        "reading", "rest",
    ]  # fmt: skip
    for event in line.events:
        if event.cause.startswith("cued_"):
            task = event.cause.removeprefix("cued_")
            assert any(
                t.task == task and t.start_s <= event.start_s and event.end_s <= t.end_s + 0.05
                for t in line.tasks
            )


def test_frame_times_jitter_but_always_rise():
    line = line_of(duration_s=10.0, frame_jitter_s=0.01)
    steps = np.diff(line.time_s)
    assert steps.min() > 0.0
    assert steps.std() > 0.005


def test_counts_have_the_patients_rate_and_more_spread_than_a_poisson_process():
    scenario = Scenario("hfs", rate_per_min=10.0)
    streams = np.random.default_rng(11).spawn(250)
    counts = np.array([len(simulate_face_events(scenario, r, 60.0).start_s) for r in streams])
    assert counts.mean() == pytest.approx(10.0, rel=0.08)
    assert counts.var() > 1.1 * counts.mean()
    steady = [
        len(simulate_face_events(scenario, r, 60.0, session_cv=0.0).start_s)
        for r in np.random.default_rng(12).spawn(120)
    ]
    assert np.mean(steady) == pytest.approx(10.0, rel=0.08)
    assert np.var(steady) < counts.var()


def test_a_rate_is_kept_in_rendered_timelines():
    found = [
        len(events_of(line_of(seed=s, duration_s=60.0, rate_per_min=15), EventKind.SPASM))
        for s in range(16)
    ]
    assert np.mean(found) == pytest.approx(15.0, rel=0.15)


def test_impossible_scenarios_are_refused_in_one_sentence():
    with pytest.raises(UsageError, match="no face scenario"):
        Scenario("measles")
    with pytest.raises(UsageError, match="one side"):
        Scenario("hfs", side=Side.BOTH)
    with pytest.raises(UsageError, match="must last"):
        replace(Scenario("hfs"), duration_s=0.0)
    with pytest.raises(UsageError, match="band"):
        with_closure_band(Scenario("hfs"), "enormous")


def test_every_default_says_how_far_to_believe_it():
    for key, parameter in DEFAULTS.items():
        assert parameter.status in ("published", "derived", "assumed"), key
        assert parameter.source or parameter.status == "assumed", key
