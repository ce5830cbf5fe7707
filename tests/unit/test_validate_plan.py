"""What a validation simulates is decided before anything is rendered, and can be checked."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from hemispasm.model.errors import UsageError
from hemispasm.validate.bars import judge, load_bars
from hemispasm.validate.clips import BAND_EDGES, Band
from hemispasm.validate.plan import (
    INVARIANCE_VIEWS,
    SEEDS,
    full_plan,
    invariance_specs,
    quick_plan,
)
from hemispasm.validate.running import kept_name
from hemispasm.validate.scoring import Score

FULL = full_plan(SEEDS.base)
HFS = [spec for spec in FULL if spec.scenario == "hfs"]
QUIET = [spec for spec in FULL if not spec.scenario.endswith("hfs")]


def test_hfs_clips_come_in_equal_thirds_of_true_closure():
    counts = Counter(spec.band for spec in HFS)
    assert set(counts) == set(Band)
    assert len(set(counts.values())) == 1
    assert [BAND_EDGES[band] for band in Band] == [(0.20, 0.35), (0.35, 0.60), (0.60, 1.0)]


def test_every_third_holds_both_generators_both_sides_and_the_same_views():
    for band in Band:
        specs = [spec for spec in HFS if spec.band is band]
        assert {spec.generator for spec in specs} == {"head", "photo"}
        assert {spec.side for spec in specs} == {"left", "right"}
        assert {spec.frame_rate_hz for spec in specs} == {24.0, 30.0, 60.0}


def test_the_full_plan_is_as_large_as_promised():
    assert len(FULL) >= 40
    assert sum(spec.duration_s for spec in QUIET) >= 600
    assert all(spec.duration_s > 30 for spec in HFS)  # a verdict needs 30 s of rest
    wanted = {"blinks_only", "blepharospasm", "voluntary", "talking", "weak_side"}
    assert wanted | {"winks", "tic", "synkinesis"} == {spec.scenario for spec in QUIET}
    assert any(spec.scenario == "weak_side_hfs" for spec in FULL)


def test_the_weak_side_is_seen_in_several_degrees_on_both_sides():
    weak = [spec for spec in QUIET if spec.scenario == "weak_side"]
    assert len({spec.extra["weakness"] for spec in weak}) >= 4
    assert {spec.side for spec in weak} == {"left", "right"}


def test_both_sides_are_seen_mirrored_and_not():
    seen = {(spec.side, spec.extra["mirrored"]) for spec in HFS}
    assert seen == {("left", True), ("left", False), ("right", True), ("right", False)}


def test_release_seeds_are_disjoint_from_tuning_seeds():
    assert not set(SEEDS.release) & set(SEEDS.tuning)
    for plan in (full_plan, quick_plan):
        assert {spec.seed for spec in plan(SEEDS.base)} <= set(SEEDS.release)
        assert {spec.seed for spec in plan(0)} <= set(SEEDS.tuning)


def test_no_two_clips_of_one_run_share_a_seed_or_a_name():
    specs = [*FULL, *quick_plan(SEEDS.base), *invariance_specs(SEEDS.base, 4, 35.0)]
    assert len({spec.seed for spec in specs}) == len(specs)
    assert len({spec.clip_id for spec in FULL}) == len(FULL)


@pytest.mark.parametrize("seed_base", [1, 500, 1000, 19_999, 29_500, -1000])
def test_a_run_cannot_leave_its_range_of_seeds(seed_base):
    with pytest.raises(UsageError, match="seeds cannot start"):
        SEEDS.check(seed_base)


def test_every_other_view_differs_from_the_first_in_one_thing():
    first, *others = INVARIANCE_VIEWS.values()
    for view in others:
        ways = (
            view.frame_rate_hz != first.frame_rate_hz,
            (view.width, view.height) != (first.width, first.height),
            view.crf != first.crf,
            view.motion != first.motion,
        )
        assert sum(ways) == 1
    assert {v.frame_rate_hz for v in INVARIANCE_VIEWS.values()} == {15.0, 30.0, 60.0}
    assert len({v.width for v in INVARIANCE_VIEWS.values()}) == 3
    assert len({v.crf for v in INVARIANCE_VIEWS.values()}) == 2


def test_signals_kept_for_one_clip_are_never_taken_for_another():
    spec = FULL[0]
    names = {
        kept_name(s) for s in (spec, spec.model_copy(update={"crf": 30}), full_plan(22_000)[0])
    }
    assert len(names) == 3


def test_seeds_that_were_looked_at_are_no_release_seeds():
    with pytest.raises(UsageError, match="cannot start at 20000"):
        SEEDS.check(20_000)


def test_bars_say_what_the_issue_promised():
    bars = load_bars()
    assert bars["spasm_f1.upper"].keeps(0.93)
    assert not bars["spasm_f1.upper"].keeps(0.929)
    assert not bars["side_wrong"].keeps(1.0)
    assert bars["rate_coverage"].keeps(0.95)
    assert not bars["rate_coverage"].keeps(0.99)
    assert all(bar.source for bar in bars.values())
    assert all(not (math.isinf(bar.low) and math.isinf(bar.high)) for bar in bars.values())


def test_a_promise_without_material_is_not_kept():
    empty = Score(key="blink_recall", value=None, n=0, of="events")
    free = Score(key="sideless_f1.hemispasm", value=0.1, n=1, of="events")
    judged = judge([empty, free])
    assert judged[0].passed is False
    assert judged[1].passed is None
    assert judged[0].bar == "≥ 0.98"
    assert judge([empty], complete=False)[0].passed is None
