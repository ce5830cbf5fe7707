"""Scoring on hand-made cases, where the right answer can be counted on fingers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hemispasm.model import Event, Finding, FindingsDocument, Provenance, Quality, RecordingRef
from hemispasm.model.truth import Truth, TruthEvent
from hemispasm.validate.clips import (
    Band,
    ClipResult,
    ClipSpec,
    band_of,
    covered_s,
    true_spasm_fraction,
    true_spasm_rate,
)
from hemispasm.validate.intervals import pooled, resampled_interval
from hemispasm.validate.matching import match_events, overlap_ratio
from hemispasm.validate.scoring import score_clips
from hemispasm.validate.tallies import (
    SideOutcome,
    Tally,
    babinski_tally,
    blink_tally,
    side_outcome,
    spasm_pairs,
    spasm_tally,
    time_errors,
)


def span(start, end):
    return SimpleNamespace(start_s=start, end_s=end)


def true_event(start, end, kind="spasm", side="left", closure=0.8, flags=(), cause="ectopic"):
    return TruthEvent(
        kind=kind,
        side=side,
        start_s=start,
        end_s=end,
        cause=cause,
        flags=flags,
        measures={"peak_closure": closure},
    )


def found_event(start, end, kind="spasm", side="left", flags=()):
    return Event(
        id=f"{kind}-{round(1000 * start)}-{side}",
        kind=kind,
        side=side,
        start_s=start,
        end_s=end,
        confidence=0.9,
        flags=flags,
    )


def clip(  # one keyword per thing that a test varies
    true=(),
    found=(),
    *,
    affected="left",
    said="left",
    scenario="hfs",
    grade="measurable",
    findings=(),
    excluded=(),
    duration_s=60.0,
    fps=30.0,
    baselines=None,
):
    findings = list(findings)
    if said is not None:
        findings.append(
            Finding(code="video.affected_side", value=said, quality=grade, method="video/1")
        )
    lost = covered_s([(e["start_s"], e["end_s"]) for e in excluded])
    return ClipResult(
        spec=ClipSpec(
            clip_id="c",
            generator="head",
            scenario=scenario,
            seed=1,
            duration_s=duration_s,
            frame_rate_hz=fps,
        ),
        truth=Truth(
            generator="head",
            scenario=scenario,
            seed=1,
            affected_side=affected,
            frame_rate_hz=fps,
            duration_s=duration_s,
            events=tuple(true),
        ),
        document=FindingsDocument(
            recording=RecordingRef(kind="video", sha256="0" * 64),
            quality=Quality(grade=grade, analysed_s=duration_s - lost, excluded=tuple(excluded)),
            findings=tuple(findings),
            events=tuple(found),
            provenance=Provenance(hemispasm="0"),
        ),
        baselines=baselines or {},
    )


def scores_of(*results):
    return {score.key: score for score in score_clips(results)}


def test_a_match_needs_both_the_onset_and_the_overlap():
    true = [span(1.0, 2.0)]
    assert match_events(true, [span(1.14, 2.0)]).pairs == ((0, 0),)
    assert match_events(true, [span(1.16, 2.0)]).pairs == ()  # overlaps well, begins too late
    assert match_events(true, [span(1.0, 1.15)]).pairs == ()  # on time, overlap 0.15


def test_the_tolerances_themselves_are_inside():
    assert match_events([span(1.0, 2.0)], [span(1.15, 2.0)]).pairs == ((0, 0),)
    assert match_events([span(1.0, 2.0)], [span(1.0, 1.2)]).pairs == ((0, 0),)
    assert overlap_ratio(span(1.0, 2.0), span(1.0, 1.2)) == pytest.approx(0.2)


def test_one_true_event_split_in_two_is_found_once_and_false_once():
    matching = match_events([span(1.0, 2.0)], [span(1.0, 1.4), span(1.1, 2.0)])
    assert matching.pairs == ((0, 1),)  # the better overlap
    assert matching.extra == (0,)


def test_two_true_events_merged_into_one_are_found_once_and_missed_once():
    matching = match_events([span(1.0, 1.5), span(1.6, 2.0)], [span(1.0, 2.0)])
    assert matching.pairs == ((0, 0),)
    assert matching.missed == (1,)


def test_more_pairs_beat_a_better_single_pair():
    true = [span(1.0, 2.0), span(1.1, 2.1)]
    found = [span(1.1, 2.1), span(1.22, 2.0)]  # the second fits only the second true event
    assert set(match_events(true, found).pairs) == {(0, 0), (1, 1)}


def test_nothing_true_and_nothing_found_score_nothing():
    matching = match_events([], [])
    assert (matching.pairs, matching.missed, matching.extra) == ((), (), ())
    assert Tally().f1 is None
    assert Tally().precision is None
    assert Tally().recall is None


def test_a_spasm_found_on_the_wrong_side_is_false_and_missed():
    result = clip([true_event(1, 2)], [found_event(1, 2, side="right")])
    assert spasm_tally(result) == Tally(hits=0, false=1, missed=1)


def test_a_spasm_without_a_side_is_a_false_one():
    result = clip([true_event(1, 2)], [found_event(1, 2, side=None)])
    assert spasm_tally(result) == Tally(hits=0, false=1, missed=1)


def test_f1_is_counted_from_hits_false_and_missed():
    assert Tally(8, 1, 3).f1 == pytest.approx(16 / 20)
    assert pooled([Tally(1, 2, 3), Tally(4, 5, 6)]) == Tally(5, 7, 9)


@pytest.mark.parametrize(
    ("affected", "said", "grade", "expected"),
    [
        ("left", "left", "measurable", SideOutcome.RIGHT),
        ("left", "right", "measurable", SideOutcome.WRONG),
        ("left", "both", "measurable", SideOutcome.WRONG),
        ("left", "uncertain", "measurable", SideOutcome.UNCERTAIN),
        ("left", "none_seen", "measurable", SideOutcome.MISSED),
        ("left", "left", "not_assessable", SideOutcome.REFUSED),
        ("left", None, "limited", SideOutcome.REFUSED),
        ("none_seen", "none_seen", "limited", SideOutcome.RIGHT),
        ("none_seen", "uncertain", "measurable", SideOutcome.UNCERTAIN),
        ("none_seen", "left", "measurable", SideOutcome.WRONG),
        ("none_seen", "both", "measurable", SideOutcome.WRONG),
        ("both", "both", "measurable", SideOutcome.RIGHT),
        ("both", "right", "measurable", SideOutcome.WRONG),
    ],
)
def test_the_affected_side_is_judged_strictly(affected, said, grade, expected):
    assert side_outcome(clip(affected=affected, said=said, grade=grade)) is expected


def test_a_wrong_side_in_a_clip_without_spasm_is_counted_and_named():
    scores = scores_of(
        clip([true_event(1, 2)], said="left"),
        clip(affected="none_seen", said="right", scenario="weak_side"),
    )
    assert scores["side_wrong"].value == 1
    assert scores["side_wrong"].n == 2
    assert scores["side_wrong"].note == "c"
    assert scores["side_right_share"].value == 1.0  # of the one clip with spasm


def test_blinks_that_overlap_a_spasm_count_for_nothing():
    result = clip(
        [
            true_event(1, 2),
            true_event(1.5, 1.7, "blink", "both"),  # hidden by the spasm
            true_event(5.0, 5.2, "blink", "both"),
            true_event(7.0, 7.2, "blink", "both"),
        ],
        [
            found_event(1.1, 1.3, "blink", "both"),  # false, but inside a spasm
            found_event(5.14, 5.3, "blink", "both"),
            found_event(9.0, 9.2, "blink", "both"),
        ],
    )
    assert blink_tally(result) == Tally(hits=1, false=1, missed=1)


def test_the_other_babinski_sign_is_scored_per_event():
    sign = ("other_babinski",)
    result = clip(
        [true_event(1, 2, flags=sign), true_event(4, 5, flags=sign), true_event(7, 8)],
        [found_event(1, 2, flags=sign), found_event(7, 8, flags=sign)],
    )
    assert babinski_tally(result) == Tally(hits=1, false=1, missed=1)


def test_a_babinski_sign_on_blepharospasm_is_reported_whatever_event_carries_it():
    closure = found_event(3, 5, "forced_closure", "both", flags=("other_babinski",))
    result = clip((), [closure], affected="none_seen", said="none_seen", scenario="blepharospasm")
    assert scores_of(result)["babinski_false_blepharospasm"].value == 1
    assert scores_of(result)["false_spasms_per_min.blepharospasm"].value == 0


def test_false_spasms_are_counted_per_analysed_minute():
    quiet = {"affected": "none_seen", "said": "none_seen", "scenario": "talking"}
    hidden = {"start_s": 0.0, "end_s": 30.0, "reason": "turned"}
    scores = scores_of(clip((), [found_event(40, 41)], excluded=[hidden], **quiet))
    assert scores["false_spasms_per_min.talking"].value == pytest.approx(2.0)
    low, high = scores["false_spasms_per_min.talking"].interval
    assert low < 2.0 < high


def test_time_and_rate_leave_out_what_the_gate_excluded():
    hidden = {"start_s": 10.0, "end_s": 40.0, "reason": "turned"}
    result = clip(
        [true_event(5, 8), true_event(9, 12), true_event(20, 30)],
        excluded=[hidden],
        findings=[
            Finding(
                code="video.spasm_time_fraction",
                side="left",
                value=0.1,
                unit="1",
                quality="measurable",
                method="video/1",
            )
        ],
    )
    assert true_spasm_fraction(result, "left") == pytest.approx(4 / 30)
    assert true_spasm_rate(result, "left") == pytest.approx(4.0)
    assert time_errors(result) == [pytest.approx(100 * (0.1 - 4 / 30))]


def test_onset_error_is_signed_and_taken_at_thirty_frames_or_more():
    late = clip([true_event(1, 2)], [found_event(1.03, 2)])
    slow = clip([true_event(1, 2)], [found_event(1.14, 2)], fps=15.0)
    scores = scores_of(late, slow)
    assert scores["onset_error"].value == pytest.approx(30.0)
    assert scores["onset_bias"].value == pytest.approx(30.0)
    assert scores["onset_error"].n == 1
    assert spasm_pairs(late)[0][0].onset_error_s == pytest.approx(0.03)


def test_bands_split_at_the_promised_closures():
    assert [band_of(c) for c in (0.19, 0.20, 0.35, 0.599, 0.60, 1.0)] == [
        None,
        Band.LOW,
        Band.MIDDLE,
        Band.MIDDLE,
        Band.HIGH,
        Band.HIGH,
    ]


def test_a_clip_lands_in_the_band_of_its_median_spasm():
    weak = clip([true_event(1, 2, closure=c) for c in (0.2, 0.3, 0.9)])
    assert weak.band is Band.LOW
    scores = scores_of(weak, clip([true_event(1, 2, closure=0.9)], [found_event(1, 2)]))
    assert scores["spasm_f1.upper"].value == 1.0
    assert scores["spasm_f1.low"].value == 0.0
    assert scores["spasm_recall_by_event.high"].value == pytest.approx(0.5)


def test_baselines_are_scored_without_a_side_beside_us():
    result = clip(
        [true_event(1, 2)],
        [found_event(1, 2, side="right")],
        baselines={"mean": (found_event(1, 2, side=None), found_event(5, 6, side=None))},
    )
    scores = scores_of(result)
    assert scores["sideless_f1.hemispasm"].value == 1.0
    assert scores["sideless_f1.mean"].value == pytest.approx(2 / 3)


def test_resampling_whole_clips_widens_the_interval_of_clustered_failures():
    def f1(chosen):
        return pooled(chosen).f1

    spread = [Tally(9, 0, 1)] * 20
    clustered = [Tally(10, 0, 0)] * 18 + [Tally(0, 0, 10)] * 2
    even = resampled_interval(spread, f1, np.random.default_rng(1))
    lumped = resampled_interval(clustered, f1, np.random.default_rng(1))
    assert even[1] - even[0] < 1e-9
    assert lumped[1] - lumped[0] > 0.05
    assert resampled_interval(spread[:1], f1, np.random.default_rng(1)) is None


def test_a_perfect_score_on_few_events_still_has_a_wide_interval():
    perfect = clip([true_event(1, 2)], [found_event(1, 2)])
    low, high = scores_of(perfect, perfect)["spasm_f1.upper"].interval
    assert low < 0.6
    assert high == pytest.approx(1.0)
