"""Scoring EMG on hand-made cases, where the right answer can be counted on fingers."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from hemispasm.model.emg import EmgChannel, EmgRecording, Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.emg.truth import TrueBurst
from hemispasm.validate.bars import load_bars
from hemispasm.validate.emg import BARS, check_peers, judged
from hemispasm.validate.emg_bursts import (
    RateOutcome,
    SideOutcome,
    SynchronyOutcome,
    rate_scores,
    side_scores,
    synchrony_scores,
)
from hemispasm.validate.emg_latencies import Latency, LatencyOutcome, latency_scores
from hemispasm.validate.emg_lateral_spread import (
    SetScores,
    SpreadOutcome,
    cut_out,
    lateral_spread_scores,
    shifted,
)
from hemispasm.validate.emg_matching import (
    BurstCount,
    count_bursts,
    match_onsets,
    true_spans,
    united,
)
from hemispasm.validate.emg_plan import (
    FULL,
    SEEDS,
    EmgJob,
    check_part,
    plan_jobs,
)
from hemispasm.validate.emg_scores import (
    EmgScore,
    auc,
    auc_with_interval,
    f1_score,
    onset_error_score,
    percent_score,
)
from hemispasm.validate.emg_theatre import Calls, TheatreOutcome, judge_calls, theatre_scores
from hemispasm.validate.tallies import Tally

NOTHING = np.zeros((0, 2))


def rng():
    return np.random.default_rng(0)


def job(part, scenario="hfs", seed=0, level=10.0, family="mechanistic"):
    return EmgJob(part, family, seed, level, scenario)


def by_key(scores, tool="hemispasm"):
    return {score.key: score for score in scores if score.tool == tool}


def test_a_burst_found_twice_counts_once_and_once_as_false():
    count = count_bursts(np.array([[1.0, 1.1]]), NOTHING, np.array([1.002, 1.012]))
    assert count.tally == Tally(hits=1, false=1, missed=0)
    assert count.errors_s == pytest.approx((0.002,))


def test_two_true_bursts_are_not_both_hit_by_one_onset():
    count = count_bursts(np.array([[1.0, 1.005], [1.015, 1.05]]), NOTHING, np.array([1.01]))
    assert count.tally == Tally(hits=1, false=0, missed=1)


def test_an_onset_later_than_the_tolerance_is_a_miss_and_a_false_one():
    at_the_edge = count_bursts(np.array([[1.0, 1.1]]), NOTHING, np.array([1.020]))
    beyond = count_bursts(np.array([[1.0, 1.1]]), NOTHING, np.array([1.0205]))
    assert at_the_edge.tally == Tally(1, 0, 0)
    assert beyond.tally == Tally(0, 1, 1)


def test_as_many_onsets_are_paired_as_can_be_even_where_the_nearest_would_block():
    # The nearest partner of 1.010 is 1.012; taking it would leave 0.995 and 1.025 alone.
    pairs = match_onsets(np.array([0.995, 1.012]), np.array([1.010, 1.025]))
    assert pairs == [(0, 0), (1, 1)]


def test_what_the_skin_conducts_is_neither_hit_nor_false():
    own, conducted = np.array([[1.0, 1.1]]), np.array([[3.0, 3.2]])
    found = np.array([1.0, 2.985, 3.1, 3.3])
    assert count_bursts(own, conducted, found).tally == Tally(hits=1, false=1, missed=0)


def test_own_and_conducted_bursts_of_a_channel_are_told_apart():
    class Made:
        bursts = (
            TrueBurst(channel="L eye", start_s=1.0, end_s=1.1, cause="ectopic"),
            TrueBurst(channel="L eye", start_s=2.0, end_s=2.1, cause="volume_conduction"),
            TrueBurst(channel="L chin", start_s=3.0, end_s=3.1, cause="ectopic"),
        )

    assert true_spans(Made, "L eye").tolist() == [[1.0, 1.1]]
    assert true_spans(Made, "L eye", own=False).tolist() == [[2.0, 2.1]]


def test_bursts_of_two_channels_closer_than_ten_milliseconds_are_one_of_the_side():
    spans = np.array([[1.0, 1.1], [1.05, 1.2], [1.209, 1.3], [1.311, 1.4]])
    assert united(spans).tolist() == [[1.0, 1.3], [1.311, 1.4]]
    assert united(NOTHING).shape == (0, 2)


def test_the_area_counts_pairs_in_order_and_ties_as_half():
    present, absent = [3.0, 1.0, 2.0, 2.0], [2.0, 0.0, 1.0]
    pairs = [(p > a) + 0.5 * (p == a) for p in present for a in absent]
    assert auc(present, absent) == pytest.approx(np.mean(pairs))
    assert auc([], absent) is None


def test_a_perfect_area_of_few_patients_keeps_a_wide_interval():
    few, _ = [([2.0], [1.0])] * 5, None
    many = [([2.0], [1.0])] * 500
    value, (low, high) = auc_with_interval(few, rng())
    assert (value, high) == (1.0, 1.0)
    assert low < 0.8
    assert auc_with_interval(many, rng())[1][0] > 0.99


def test_the_interval_of_an_area_resamples_patients_not_sets():
    # Every patient's ten null sets agree with each other: they say no more than one.
    draw = np.random.default_rng(3)
    units = [([draw.normal(1)], [draw.normal()] * 10) for _ in range(40)]
    single = [(one, null[:1]) for one, null in units]
    wide, narrow = (np.diff(auc_with_interval(chosen, rng())[1])[0] for chosen in (units, single))
    assert wide == pytest.approx(narrow, rel=0.05)


def test_sets_of_one_patient_that_fail_together_widen_the_share():
    alone = percent_score("x", [(k % 20 == 0, 1) for k in range(400)], rng(), of="sets",
                          part="lsr", family=None)  # fmt: skip
    together = percent_score("x", [(10 * (k % 20 == 0), 10) for k in range(40)], rng(), of="sets",
                             part="lsr", family=None)  # fmt: skip
    assert alone.value == together.value == 5.0
    assert np.diff(together.interval) > 1.5 * np.diff(alone.interval)


def test_no_material_gives_no_number():
    score = percent_score("x", [], rng(), of="sets", part="lsr", family=None)
    assert (score.value, score.interval, score.n) == (None, None, 0)
    assert f1_score("x", [], rng(), part="bursts", family=None).value is None


def test_onset_errors_are_averaged_without_their_sign():
    counts = [BurstCount(Tally(2), (0.001, -0.003)), BurstCount(Tally(1), (0.002,))]
    score = onset_error_score("x", counts, rng(), part="bursts", family=None)
    assert score.value == pytest.approx(2.0)
    assert score.n == 3
    assert "bias +0.00" in score.note


def test_the_delay_counts_empty_sweeps_up_to_the_call():
    assert judge_calls([False] * 4 + [False, True], present=4) == Calls(False, 2)
    assert judge_calls([False] * 4 + [True], present=4) == Calls(False, 1)
    assert judge_calls([False] * 6, present=4) == Calls(False, None)
    assert judge_calls([False, True, False, False, True], present=4) == Calls(True, 1)


def test_falsely_called_operations_do_not_shorten_the_delay():
    calls = [Calls(False, 4), Calls(True, 1), Calls(False, None)]
    outcomes = [TheatreOutcome(job("theatre", level=0.0), one, one) for one in calls]
    outcomes.append(TheatreOutcome(job("theatre", level=0.0), None, None))
    scores = by_key(theatre_scores(outcomes, rng()))
    assert scores["theatre_delay_median.0_db"].value == 4.0
    assert scores["theatre_false_calls.0_db"].value == pytest.approx(100 / 3)
    assert scores["theatre_false_calls.0_db"].n == 3
    assert scores["theatre_missed.0_db"].value == pytest.approx(100 / 3)
    assert scores["theatre_not_watched.0_db"].value == 25.0


def spread(present, absent, shift, change, interval, *, template=True):
    sets = [SetScores(score, p, 2 * score, p, score) for score, p in [present, *absent]]
    return SpreadOutcome(
        job("lsr", "lsr", level=-6.0), sets[0], tuple(sets[1:]), template, shift, change, interval
    )


def test_lateral_spread_scores_count_false_positives_and_holding_intervals():
    outcomes = [
        spread((5.0, 0.001), [(0.0, 0.5), (1.0, 0.05)], 0.2, 0.25, (0.1, 0.4)),
        spread((4.0, 0.001), [(0.0, 0.5), (1.0, 0.2)], -0.2, 0.1, (0.0, 0.2)),
        spread((0.5, 0.6), [(0.0, 0.5), (1.0, 0.2)], 0.1, None, None, template=False),
    ]
    scores = by_key(lateral_spread_scores(outcomes, rng()))
    assert scores["lsr_false_positives.-6_db"].value == pytest.approx(100 / 6)
    assert scores["lsr_false_positives_baseline.-6_db"].value == 25.0
    assert scores["lsr_sensitivity.-6_db"].value == pytest.approx(200 / 3)
    assert scores["lsr_baseline_unusable.-6_db"].value == pytest.approx(100 / 3)
    assert scores["lsr_change_error.-6_db"].value == pytest.approx((0.05 + 0.3) / 2)
    assert scores["lsr_change_coverage.-6_db"].value == 50.0
    assert scores["lsr_auc_baseline.-6_db"].value == 1.0
    assert scores["lsr_auc.-6_db"].value == pytest.approx((6 + 6 + 3) / 18)


def recording(signal, stimuli, rate=10_000.0):
    channel = EmgChannel(label="chin", muscle=Muscle.MENTALIS, rate_hz=rate)
    return EmgRecording((channel,), (signal,), np.array(stimuli))


def test_only_the_response_moves_and_by_as_much_as_is_said():
    noise = np.random.default_rng(1).normal(size=2000)
    time = np.arange(2000) / 10_000
    response = 50 * np.exp(-0.5 * ((time - 0.1) / 0.001) ** 2)
    kept, lost = recording(noise + response, [0.09]), recording(noise, [0.09])
    moved = shifted(kept, lost, 0.33).signals_uv[0] - noise
    centre = float((time * moved).sum() / moved.sum())
    assert centre == pytest.approx(0.1 + 0.00033, abs=2e-6)
    assert np.array_equal(shifted(lost, lost, 0.33).signals_uv[0], noise)


def test_cutting_out_stimuli_keeps_each_at_its_sample():
    signal = np.zeros(30_000)
    stimuli = [0.5, 1.0, 1.5, 2.0, 2.5]
    for at in stimuli:
        signal[round(at * 10_000)] = 1.0
    part = cut_out(recording(signal, stimuli), 1, 3)
    assert part.signals_uv[0].sum() == 2.0
    assert [part.signals_uv[0][round(at * 10_000)] for at in part.stimuli_s] == [1.0, 1.0]


def test_a_side_named_wrongly_or_where_there_is_none_counts_as_wrong():
    said = [("left", "left"), ("right", "left"), ("both", "left"), ("uncertain", "left"),
            ("none_seen", "left")]  # fmt: skip
    outcomes = [SideOutcome(job("sides"), one, truth, True) for one, truth in said]
    outcomes += [
        SideOutcome(job("sides", "myokymia"), one, "none_seen", one == "left")
        for one in ("uncertain", "none_seen", "left", "none_seen")
    ]
    scores = by_key(side_scores(outcomes, rng()))
    assert scores["side_right.hfs"].value == 20.0
    assert scores["side_wrong.hfs"].value == 40.0
    assert scores["side_uncertain.hfs"].value == 20.0
    assert scores["side_missed.hfs"].value == 20.0
    assert scores["side_wrong.myokymia"].value == 25.0
    assert scores["spasm_invented.myokymia"].value == 25.0
    assert scores["side_wrong.myokymia"].note == "said: left 1, none_seen 2, uncertain 1"


def test_unmeasured_common_firing_counts_as_none_and_is_said():
    outcomes = [SynchronyOutcome(job("synchrony"), peak) for peak in (0.5, None)]
    outcomes += [SynchronyOutcome(job("synchrony", "cocontraction"), 0.1)]
    (score,) = synchrony_scores(outcomes, rng())
    assert score.value == 0.5
    assert "1 unmeasured" in score.note


def test_each_interval_of_a_rate_is_held_against_what_it_promises():
    outcomes = [
        RateOutcome(job("rates"), 100.0, 120.0, 115.0, (90.0, 140.0), (110.0, 118.0)),
        RateOutcome(job("rates"), 150.0, 120.0, 115.0, (90.0, 140.0), (110.0, 122.0)),
        RateOutcome(job("rates"), 10.0, 0.0, None, None, None),
    ]
    scores = by_key(rate_scores(outcomes, rng()))
    assert scores["burst_rate_coverage"].value == 50.0
    assert scores["burst_rate_count_coverage"].value == 50.0
    assert scores["burst_rate_coverage"].note.startswith("1 without interval")


def test_a_latency_that_was_not_found_lowers_the_share_and_not_the_error():
    rows = (
        Latency("R1", 10.0, 10.5, (10.1, 10.9)),
        Latency("R1", 10.0, 10.1, (9.9, 10.3)),
        Latency("R1", 10.0, None, None),
    )
    scores = by_key(latency_scores([LatencyOutcome(job("latencies", "blink_reflex"), rows)], rng()))
    assert scores["latency_error.r1"].value == pytest.approx(0.3)
    assert scores["latency_coverage.r1"].value == 50.0
    assert scores["latency_measured.r1"].value == pytest.approx(200 / 3)


def scored(key, value, tool="hemispasm"):
    return EmgScore(key=key, value=value, n=1, of="x", part="bursts", tool=tool)


@pytest.mark.parametrize(
    ("key", "kept", "broken"),
    [
        ("burst_f1.12_db", 0.97, 0.969),
        ("burst_f1.3_db", 0.90, 0.899),
        ("burst_f1.0_db", 0.80, 0.799),
        ("burst_f1_joint.0_db", 0.90, 0.899),
        ("burst_onset_error.6_db", 2.0, 2.01),
        ("burst_throughput", 300.0, 299.0),
        ("lsr_auc_baseline.-6_db", 0.97, 0.969),
        ("lsr_auc.-6_db", 0.90, 0.899),
        ("lsr_false_positives.-6_db", 3.0, 2.9),
        ("lsr_false_positives_baseline.-6_db", 7.0, 7.1),
        ("lsr_change_error.-6_db", 0.1, 0.101),
        ("lsr_change_coverage.-6_db", 98.0, 98.1),
        ("theatre_delay_median.0_db", 5.0, 5.5),
        ("theatre_delay_p95.0_db", 10.0, 10.5),
        ("theatre_false_calls.0_db", 1.0, 1.01),
        ("theatre_sweep_time", 5.0, 5.1),
        ("synchrony_auc.10_db", 0.95, 0.949),
    ],
)
def test_a_bar_is_kept_at_its_limit_and_broken_just_beyond(key, kept, broken):
    assert [one.passed for one in judged([scored(key, kept)], complete=True)] == [True]
    assert [one.passed for one in judged([scored(key, broken)], complete=True)] == [False]


def test_other_tools_are_held_against_no_bar():
    (one,) = judged([scored("burst_f1.12_db", 0.1, "NeuroKit2 mixture, 1 kHz")], complete=True)
    assert (one.passed, one.bar) == (None, None)


def test_a_promise_without_material_is_broken_only_in_a_whole_run():
    missing = scored("burst_f1.12_db", None)
    assert judged([missing], complete=True)[0].passed is False
    assert judged([missing], complete=False)[0].passed is None


def test_every_bar_says_where_it_was_promised():
    text = files("hemispasm.validate").joinpath(BARS).read_text(encoding="utf-8")
    assert "EMG target 1" in text
    assert all(bar.source.startswith("EMG target ") for bar in load_bars(BARS).values())
    assert len(load_bars(BARS)) == 19
    assert tomllib.loads(text)["synchrony_auc"]["10_db"]["limit"] == 0.95


def test_a_full_run_has_the_promised_numbers_and_stays_on_its_seeds():
    jobs = plan_jobs(SEEDS.base, FULL)
    first = [one for one in jobs if one.family == "mechanistic"]
    spreads = [one for one in first if one.part == "lsr"]
    assert len(spreads) >= 300
    assert sum(one.sets for one in spreads) >= 1000
    assert sum(one.part == "theatre" for one in first) >= 300
    seeds = [one.seed for one in jobs]
    assert min(seeds) == SEEDS.base
    assert max(seeds) < SEEDS.base + SEEDS.per_run


def test_both_sides_are_affected_in_turn():
    sides = {one.side for one in plan_jobs(0, FULL) if one.part == "sides"}
    assert len(sides) == 2


@pytest.mark.parametrize("base", [-1, 501, 1000, 20_000, 39_600])
def test_seeds_between_tuning_and_release_are_refused(base):
    with pytest.raises(UsageError, match="cannot start"):
        SEEDS.check(base)


def test_other_tools_beside_a_part_without_work_for_them_are_refused():
    with pytest.raises(UsageError, match="nothing to do in the part lsr"):
        check_peers(Path("python"), "lsr")
    assert check_peers(Path("python"), "bursts") is None
    assert check_peers(None, "lsr") is None


def test_a_part_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="no part called"):
        check_part("burst")
    assert check_part(None) is None
