"""The differential: its tables, its arithmetic, its sides, and what it leaves aside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

import numpy as np
import pytest
from differential_charts import DAY, FEATURES, chart_of, random_chart, see

from hemispasm.evidence import load_evidence
from hemispasm.model.case import ClinicType
from hemispasm.model.plan import CLASSES
from hemispasm.model.side import Side
from hemispasm.model.texts import load_texts
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.differential import NoLead, draw_posteriors, rank_differential
from hemispasm.reason.features import build_features, load_features
from hemispasm.reason.priors import find_prior, load_priors
from hemispasm.reason.readings import read_features

BROW = see("exam.other_babinski", "present", "left")


def share(found, name="hfs"):
    return next(s.share for s in found.shares if s.name == name)


def reason_for(found, code):
    return [i.reason for i in found.ignored if i.because.code == code]


def rank(*seen, side=Side.LEFT, clinic="movement_disorder", **more):
    return rank_differential(chart_of(*seen, clinic=clinic), side=side, **more)


# --- tables ---


def test_every_number_names_evidence_that_exists_or_is_an_expert_rule():
    evidence = load_evidence()
    rows = [
        (name, row)
        for name, feature in FEATURES.items()
        for row in (
            *feature.shares.values(),
            *feature.bells.values(),
            feature.default or feature.default_bell,
        )
    ]
    assert [name for name, row in rows if not row.evidence and not row.expert_rule] == []
    used = {key for _, row in rows for key in row.evidence}
    used |= {
        k for f in FEATURES.values() for r in f.readings if r.detector for k in r.detector.evidence
    }
    used |= {k for prior in load_priors().values() for k in prior.evidence}
    assert sorted(used - set(evidence)) == []


def test_published_counts_in_the_table_are_those_of_the_evidence():
    evidence = load_evidence()
    keys = {
        ("other_babinski", "hfs"): "other_babinski.hfs_pooled",
        ("other_babinski", "blepharospasm"): "other_babinski.bsp_pooled",
        ("other_babinski", "post_paralytic"): "other_babinski.post_paralytic_varanda",
        ("lateral_spread", "post_paralytic"): "lateral_spread.post_paralytic",
        ("jaw_closing", "hemimasticatory"): "hemimasticatory.masseter",
        ("masseter_silent_period", "hemimasticatory"): "hemimasticatory.silent_period_absent",
        ("first_site", "hfs"): "first_site.periocular_primary",
        ("palsy_or_injury", "hfs"): "past_palsy.hfs",
    }
    for (feature, name), key in keys.items():
        item = evidence[key]
        alpha = FEATURES[feature].shares[name].alpha
        assert (alpha[0] - 0.5, sum(alpha) - len(alpha) / 2) == (item.count, item.n), key


def test_every_code_of_the_table_is_in_the_vocabulary_with_its_values():
    for feature in FEATURES.values():
        for rule in feature.readings:
            definition = lookup_code(rule.code)
            if rule.kind == "value":
                assert set(rule.states) <= set(definition.values), rule.code
            if rule.code.startswith(("video.", "emg.", "imaging.")):
                assert rule.detector is not None, f"{rule.code} has no errors of its own"


def test_every_feature_and_every_reason_has_words():
    texts = load_texts()
    reasons = (
        *("other_side", "side_unknown", "not_assessable", "undetermined", "counted_once"),
        *("counted_together", "superseded", "contradicted", "not_weighed"),
    )
    keys = [f"feature.{name}" for name in FEATURES] + [f"ignored.{reason}" for reason in reasons]
    why = get_args(NoLead)
    keys += [f"differential.no_lead.{reason}" for reason in why]
    assert [key for key in keys if key not in texts] == []


def test_a_group_whose_weights_exceed_the_bound_is_refused():
    row = {
        "group": "one", "weight": 0.8, "states": ["present", "absent"],
        "default": {"values": [0.5, 0.5], "n": 10}, "readings": [{"code": "exam.spasm"}],
    }  # fmt: skip
    rules = load_features().rules
    model = {k: getattr(rules, k) for k in rules.__dataclass_fields__}
    with pytest.raises(ValueError, match="exceed"):
        build_features(
            {"model": model, "not_weighed": {"codes": []}, "feature": {"a": row, "b": row}}
        )


# --- arithmetic ---


def test_one_sign_gives_the_posterior_worked_out_by_hand():
    found = rank(BROW)
    prior = dict(zip(CLASSES, find_prior(ClinicType.MOVEMENT_DISORDER).shares(), strict=True))
    likelihood = dict.fromkeys(CLASSES, 0.2)
    likelihood |= {
        "hfs": 49.5 / 64, "blepharospasm": 0.5 / 54, "post_paralytic": 4.5 / 18,
        "functional": 0.5 / 19,
    }  # fmt: skip
    likelihood = {c: max(value, likelihood["hfs"] / 20) for c, value in likelihood.items()}
    total = sum(prior[c] * likelihood[c] for c in CLASSES)
    for name in CLASSES:
        expected = 0.95 * prior[name] * likelihood[name] / total + 0.05 * (name == "other")
        assert share(found, name) == pytest.approx(expected, rel=1e-12)


def test_a_ratio_beyond_the_cap_says_that_it_was_capped():
    found, before = rank(BROW, clinic="eye"), rank(clinic="eye")
    contribution = found.contributions[0]
    assert (contribution.favours, contribution.over) == ("hfs", "blepharospasm")
    assert contribution.capped
    assert contribution.ratio == pytest.approx(20)
    assert contribution.shift == pytest.approx(share(found) - share(before))
    assert set(contribution.basis.evidence) == {
        "other_babinski.hfs_pooled",
        "other_babinski.bsp_pooled",
    }


def test_an_absent_brow_lift_does_not_make_a_functional_spasm():
    found = rank(see("exam.other_babinski", "absent", "left"))
    assert share(found, "functional") < share(found, "hfs")


def test_the_prior_follows_the_clinic_and_the_widest_serves_where_none_is_named():
    shares = {c: share(rank(clinic=c)) for c in ("neurosurgery", "movement_disorder", "eye", None)}
    assert shares["neurosurgery"] > shares["movement_disorder"] > shares["eye"]
    unknown, community = rank(clinic=None), rank(clinic="community")
    assert unknown.clinic_type is None
    assert unknown.prior_clinic is ClinicType.COMMUNITY
    assert unknown.shares == community.shares
    first = {c: next(s for s in rank(clinic=c).shares if s.name == "hfs").band for c in shares}
    assert (
        first[None][1] - first[None][0]
        > first["movement_disorder"][1] - first["movement_disorder"][0]
    )


def test_nothing_leads_before_a_finding_says_something():
    assert rank().leading is None
    assert rank().no_lead == "nothing_said"
    assert rank(see("history.ear_click", "present", "left")).leading is None
    assert rank(BROW).leading == "hfs"


@pytest.mark.parametrize(
    "code",
    [
        "exam.palatal_movement",
        "history.brief_face_arm_attacks",
        "history.rhythmic_jerking",
        "history.spread_to_tongue_or_limb",
        "exam.stereotyped_orolingual",
    ],
)
def test_nothing_leads_over_a_finding_that_defines_another_disease(code):
    found = rank(BROW, see(code, "present"))
    assert found.shares[0].name == "hfs"
    assert (found.leading, found.no_lead) == (None, "defining_finding")
    assert rank(BROW, see(code, "absent")).leading == "hfs"


def test_age_at_onset_stays_within_its_small_cap():
    found = rank(see("history.onset_age", 90.0))
    assert max(c.ratio for c in found.contributions) <= 3 + 1e-9


def test_shares_do_not_depend_on_the_seed_and_bands_hardly_do():
    one, two = rank(BROW, seed=1), rank(BROW, seed=2)
    assert [s.share for s in one.shares] == [s.share for s in two.shares]
    ends = np.array([[s.band for s in found.shares] for found in (one, two)])
    assert np.abs(ends[0] - ends[1]).max() < 0.02
    assert rank(BROW, seed=1) == one


# --- what a machine saw ---


def test_a_sign_a_machine_saw_counts_less_than_the_examiners():
    seen = see("video.other_babinski_count", 8.0, "left", assessable_count=8)
    machine, person = rank(seen), rank(BROW)
    assert machine.contributions[0].detector
    assert not person.contributions[0].detector
    assert 1 < machine.contributions[0].ratio < person.contributions[0].ratio
    assert share(rank()) < share(machine) < share(person)


def test_the_same_code_from_a_report_is_a_human_reading():
    measured = rank(see("emg.lateral_spread", "present", "left"), clinic="eye").contributions[0]
    reported = rank(
        see("emg.lateral_spread", "present", "left", origin="reported"), clinic="eye"
    ).contributions[0]
    assert measured.detector
    assert not reported.detector
    assert measured.ratio < reported.ratio


def test_more_events_make_a_measured_sign_surer():
    ratios = [
        rank(see("video.other_babinski_count", k, "left", assessable_count=n))
        .contributions[0]
        .ratio
        for k, n in ((1.0, 3), (4.0, 12), (12.0, 36))
    ]
    assert ratios == sorted(ratios)


def test_an_interval_across_the_threshold_says_almost_nothing():
    wide = see("video.tonic_fraction", 0.5, "left", interval=(0.1, 0.9), level=0.95)
    bare = see("video.tonic_fraction", 0.9, "left")
    clear = see("video.tonic_fraction", 0.9, "left", interval=(0.85, 0.95), level=0.95)
    assert all(c.ratio < 1.02 for c in rank(wide).contributions)
    assert rank(bare).contributions == ()
    assert reason_for(rank(bare), "video.tonic_fraction") == ["undetermined"]
    assert share(rank(clear), "functional") > share(rank(), "functional")


def test_a_machine_that_is_unsure_is_believed_only_that_far():
    ratios = [
        rank(see("imaging.vessel_contact", "present", "left", p_contact=p, origin="measured"))
        .contributions[0]
        .ratio
        for p in (0.7, 0.95)
    ]
    assert ratios[0] < ratios[1]


def test_a_vessel_at_the_nerve_never_makes_the_diagnosis():
    seen = (
        see("imaging.vessel_contact", "present", "left"),
        see("imaging.nerve_deformity", "present", "left"),
    )
    found = rank(*seen, clinic="eye")
    assert (found.leading, found.no_lead) == (None, "vessel_only")
    assert all(c.ratio <= 2.5 for c in found.contributions)


def test_the_same_sign_examined_and_measured_counts_once():
    machine = see("video.other_babinski_count", 0.0, "left", assessable_count=9)
    both = rank(machine, BROW)
    assert both.shares == rank(BROW).shares
    assert reason_for(both, "video.other_babinski_count") == ["counted_once"]


def test_undetermined_results_say_nothing():
    unsure = (
        see("emg.lateral_spread", "undetermined", "left"),
        see("video.affected_side", "uncertain"),
        see("video.mouth_corner_direction", "not_assessable", "left"),
        see("imaging.vessel_contact", "not_assessable", "left"),
    )
    found = rank(*unsure)
    assert found.shares == rank().shares
    assert {i.reason for i in found.ignored} == {"undetermined"}


# --- sides ---


def test_a_finding_of_the_other_side_is_no_evidence_for_this_one():
    found = rank(BROW, side=Side.RIGHT)
    assert found.shares == rank(side=Side.RIGHT).shares
    assert reason_for(found, "exam.other_babinski") == ["other_side"]
    other = rank(see("video.affected_side", "right"), side=Side.LEFT)
    assert reason_for(other, "video.affected_side") == ["other_side"]


def test_no_sided_finding_is_weighed_while_the_side_is_open():
    found = rank(BROW, see("history.premonitory_urge", "present"), side=None)
    assert reason_for(found, "exam.other_babinski") == ["side_unknown"]
    assert [c.feature for c in found.contributions] == ["urge"]


def test_a_picture_side_is_not_a_side_of_the_patient():
    seen = see("video.other_babinski_count", 8.0, None, assessable_count=8, image_side="image_left")
    found = rank(seen)
    assert found.contributions == ()
    assert reason_for(found, "video.other_babinski_count") == ["side_unknown"]


def test_with_both_sides_affected_a_sign_of_either_counts():
    sides = (see("exam.other_babinski", "absent", "right"), BROW)
    assert rank(*sides, side=Side.BOTH).shares == rank(BROW, side=Side.BOTH).shares


def test_one_sided_needs_the_other_side_to_have_been_looked_at():
    left = see("exam.spasm", "present", "left")
    assert rank(left).shares == rank().shares
    both = rank(left, see("exam.spasm", "absent", "right"), clinic="eye")
    assert share(both, "blepharospasm") < share(rank(clinic="eye"), "blepharospasm")
    two = rank(left, see("exam.spasm", "present", "right"), side=Side.BOTH, clinic="eye")
    assert share(two, "blepharospasm") > share(rank(clinic="eye"), "blepharospasm")


# --- time, questions that belong together ---


def test_the_newest_look_counts_and_the_older_one_is_named():
    before = see("exam.other_babinski", "absent", "left", day=DAY - timedelta(days=90))
    found = rank(before, BROW)
    assert found.shares == rank(BROW).shares
    assert reason_for(found, "exam.other_babinski") == ["superseded"]


def test_an_unassessable_new_look_leaves_the_old_one_standing():
    later = see("exam.other_babinski", "absent", "left", quality="not_assessable", day=DAY)
    earlier = see("exam.other_babinski", "present", "left", day=date(2025, 1, 1))
    found = rank(earlier, later)
    assert share(found) == share(rank(BROW))
    assert reason_for(found, "exam.other_babinski") == ["not_assessable"]


def test_two_examiners_who_contradict_each_other_are_not_weighed():
    found = rank(BROW, see("exam.other_babinski", "absent", "left"))
    assert found.shares == rank().shares
    assert reason_for(found, "exam.other_babinski") == ["contradicted", "contradicted"]


def test_a_same_day_contradiction_leaves_the_sides_open():
    seen = (
        see("exam.spasm", "present", "left"),
        see("exam.spasm", "absent", "left"),
        see("exam.spasm", "present", "right"),
    )
    assert rank(*seen, side=Side.BOTH).shares == rank(side=Side.BOTH).shares


def test_no_palsy_and_no_injury_say_more_than_either():
    palsy = see("history.prior_facial_palsy", "absent", "left")
    injury = see("history.facial_nerve_injury", "absent", "left")
    one, two = rank(palsy), rank(palsy, injury)
    assert share(two, "post_paralytic") < share(one, "post_paralytic") < 0.17
    assert reason_for(two, "history.facial_nerve_injury") == ["counted_together"]
    injured = rank(palsy, see("history.facial_nerve_injury", "present", "left"))
    assert injured.shares[0].name == "post_paralytic"


def test_sleep_as_watched_replaces_sleep_as_told():
    told = see("history.sleep_persistence", "stops_reported", day=DAY - timedelta(days=9))
    watched = see("history.sleep_persistence", "persists_observed")
    found = rank(told, watched)
    assert found.shares == rank(watched).shares
    assert reason_for(found, "history.sleep_persistence") == ["counted_once"]
    persists = rank(watched)
    assert share(persists, "focal_seizure") >= share(rank(), "focal_seizure")


# --- bands ---


def test_bands_cover_the_truth_at_their_stated_rate():
    """Truth: one draw of every prior and share; the posterior under it is exact."""
    table = load_features()
    rng = np.random.default_rng(20260302)
    inside = []
    for number in range(120):
        chart = random_chart(rng)
        found = rank_differential(chart, side=Side.LEFT, seed=number)
        readings, _ = read_features(chart, Side.LEFT, table)
        truths = draw_posteriors(
            find_prior(chart.case.clinic_type), readings, table, seed=10_000 + number, draws=100
        )
        bands = {s.name: s.band for s in found.shares}
        low, high = np.array([bands[name] for name in CLASSES]).T
        inside.append(((truths >= low) & (truths <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.8, abs=0.02)
