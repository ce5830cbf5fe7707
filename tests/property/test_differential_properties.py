"""What must hold for the differential on any chart."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from differential_charts import FEATURES, chart_of, observe, random_chart, see

from hemispasm.model.plan import CLASSES, Differential
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.reason.differential import plug_in_terms, rank_differential
from hemispasm.reason.features import load_features
from hemispasm.reason.readings import read_features

seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(sorted(FEATURES))
few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
CAP = 20.0


def shares_of(found: Differential) -> dict[str, float]:
    return {share.name: share.share for share in found.shares}


def with_more(chart, *seen):
    return chart.model_copy(update={"observations": (*chart.observations, *seen)})


@few
@given(seeds, names)
def test_a_finding_most_likely_under_a_class_never_lowers_it(seed, name):
    rng = np.random.default_rng(seed)
    chart = random_chart(rng, leave=name)
    added = observe(FEATURES[name], rng)
    readings, _ = read_features(chart_of(*added), Side.LEFT, load_features())
    if name not in readings:
        return  # e.g. a share without a threshold's worth of information
    term = plug_in_terms(readings, load_features())[name]
    most_likely = [c for c, value in zip(CLASSES, term, strict=True) if value > -1e-12]
    before = shares_of(rank_differential(chart, side=Side.LEFT))
    after = shares_of(rank_differential(with_more(chart, *added), side=Side.LEFT))
    assert all(after[c] >= before[c] - 1e-12 for c in most_likely)


@few
@given(seeds)
def test_swapping_sides_swaps_the_output_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    chart = with_more(random_chart(rng), *random_chart(rng, most=4, side=Side.RIGHT).observations)
    left = rank_differential(chart, side=Side.LEFT)
    right = rank_differential(chart.mirrored(), side=Side.RIGHT)
    assert left.shares == right.shares
    assert (left.leading, left.first_in) == (right.leading, right.first_in)

    def swapped(because):
        value = because.value
        if because.code.endswith(".affected_side"):
            value = {"left": "right", "right": "left"}.get(value, value)
        side = because.side.other if because.side else None
        return because.model_copy(update={"side": side, "value": value})

    assert [c.model_copy(update={"because": swapped(c.because)}) for c in left.contributions] == [
        *right.contributions
    ]
    assert {(swapped(i.because), i.reason) for i in left.ignored} == {
        (i.because, i.reason) for i in right.ignored
    }


@few
@given(seeds)
def test_both_sides_and_no_side_are_alike_in_a_mirror(seed):
    rng = np.random.default_rng(seed)
    chart = with_more(random_chart(rng), *random_chart(rng, most=4, side=Side.RIGHT).observations)
    for side in (Side.BOTH, None):
        here = rank_differential(chart, side=side)
        assert here.shares == rank_differential(chart.mirrored(), side=side).shares


@few
@given(seeds, names, st.booleans())
def test_unknown_input_never_moves_a_posterior(seed, name, without_value):
    rng = np.random.default_rng(seed)
    chart = random_chart(rng, leave=name)
    blank = [
        seen.model_copy(
            update={
                "finding": seen.finding.model_copy(
                    update={"value": None} if without_value else {"quality": Grade.NOT_ASSESSABLE}
                )
            }
        )
        for seen in observe(FEATURES[name], rng)
    ]
    before = rank_differential(chart, side=Side.LEFT)
    after = rank_differential(with_more(chart, *blank), side=Side.LEFT)
    assert after.shares == before.shares
    assert after.contributions == before.contributions


@few
@given(seeds)
def test_findings_that_are_no_feature_never_move_a_posterior(seed):
    chart = random_chart(np.random.default_rng(seed))
    more = (
        see("history.ear_click", "present", "left"),
        see("history.hypertension", "present"),
        see("preference.avoid_surgery", "most", origin="told"),
        see("exam.gait", "abnormal"),
    )
    before = rank_differential(chart, side=Side.LEFT)
    assert rank_differential(with_more(chart, *more), side=Side.LEFT).shares == before.shares


@few
@given(seeds)
def test_sex_is_not_used_by_the_ranking(seed):
    chart = random_chart(np.random.default_rng(seed))
    as_sex = [
        rank_differential(
            chart.model_copy(update={"case": chart.case.model_copy(update={"sex": sex})}),
            side=Side.LEFT,
        )
        for sex in ("female", "male", None)
    ]
    assert as_sex[0] == as_sex[1] == as_sex[2]


@few
@given(seeds)
def test_shares_sum_to_one_and_lie_in_their_bands(seed):
    found = rank_differential(random_chart(np.random.default_rng(seed)), side=Side.LEFT, seed=seed)
    assert abs(sum(s.share for s in found.shares) - 1) < 1e-9
    assert sorted(s.name for s in found.shares) == sorted(CLASSES)
    assert all(s.band[0] <= s.share <= s.band[1] for s in found.shares)
    assert [s.share for s in found.shares] == sorted((s.share for s in found.shares), reverse=True)


@few
@given(seeds)
def test_something_else_never_vanishes(seed):
    found = rank_differential(random_chart(np.random.default_rng(seed), most=40), side=Side.LEFT)
    other = next(s for s in found.shares if s.name == "other")
    assert other.share >= 0.05
    assert other.band[0] >= 0.05
    assert found.leading != "other"


@few
@given(seeds, names)
def test_every_single_likelihood_ratio_is_within_its_cap(seed, name):
    feature = FEATURES[name]
    seen = observe(feature, np.random.default_rng(seed))
    readings, _ = read_features(chart_of(*seen), Side.LEFT, load_features())
    cap = {"onset_age": 3.0, "nerve_deformity": 10.0}.get(name, CAP)
    for term in plug_in_terms(readings, load_features()).values():
        assert np.ptp(term) <= np.log(cap) * feature.weight + 1e-9
    found = rank_differential(chart_of(*seen), side=Side.LEFT)
    assert all(1 <= c.ratio <= cap + 1e-9 for c in found.contributions)


@few
@given(seeds)
def test_the_order_of_observations_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    chart = random_chart(rng, most=20)
    shuffled = [chart.observations[i] for i in rng.permutation(len(chart.observations))]
    again = chart.model_copy(update={"observations": tuple(shuffled)})
    assert rank_differential(again, side=Side.LEFT) == rank_differential(chart, side=Side.LEFT)


@few
@given(seeds)
def test_worse_quality_never_makes_a_finding_stronger(seed):
    rng = np.random.default_rng(seed)
    name = sorted(FEATURES)[rng.integers(len(FEATURES))]
    seen = observe(FEATURES[name], rng, quality="measurable")
    worse = [
        s.model_copy(update={"finding": s.finding.model_copy(update={"quality": Grade.LIMITED})})
        for s in seen
    ]
    spans = []
    for each in (seen, worse):
        readings, _ = read_features(chart_of(*each), Side.LEFT, load_features())
        spans += [np.ptp(t) for t in plug_in_terms(readings, load_features()).values()]
    assert spans == [] or spans[1] <= spans[0] / 2 + 1e-9
