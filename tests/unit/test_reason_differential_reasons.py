"""The reasons of the differential: which finding is shown, and between which classes it speaks."""

from __future__ import annotations

from datetime import date

import pytest
from differential_charts import chart_of, see

from hemispasm.model.side import Side
from hemispasm.reason.differential import rank_differential


def share_of_hfs(*seen):
    made = chart_of(*seen, clinic="movement_disorder")
    found = rank_differential(made, side=Side.LEFT)
    return next(s.share for s in found.shares if s.name == "hfs")


def test_what_shows_both_sides_is_the_newest_finding_and_reads_alike_in_a_mirror():
    left = see("exam.spasm", "present", "left", day=date(2025, 8, 28), quality="limited")
    right = see("exam.spasm", "present", "right", day=date(2025, 12, 22))
    made = chart_of(left, right)
    for side in (None, Side.BOTH):
        here, there = (rank_differential(c, side=side) for c in (made, made.mirrored()))
        assert here.shares == there.shares
        (shown,) = [c.because for c in here.contributions if c.feature == "sides"]
        assert shown.day == date(2025, 12, 22)
        assert [c.because for c in there.contributions if c.feature == "sides"] == [shown]


def test_a_finding_is_explained_between_the_two_largest_when_one_alone_is_in_play():
    made = chart_of(
        see("exam.other_babinski", "present", "left"),
        see("exam.mouth_corner", "lateral", "left"),
        see("history.premonitory_urge", "absent"),
        see("history.sleep_persistence", "persists_observed"),
        see("history.prior_facial_palsy", "absent", "left"),
        see("history.first_site", "lower_lid", "left"),
    )
    found = rank_differential(made, side=Side.LEFT)
    (told,) = [c for c in found.contributions if c.feature == "first_site"]
    assert (told.favours, told.over) == ("hfs", "post_paralytic")


@pytest.mark.parametrize("p", [0.0005, 0.04])
def test_a_small_p_value_never_turns_a_measured_lateral_spread_into_its_absence(p):
    seen = see("emg.lateral_spread", "present", "left", p=p, score=30.0)
    assert share_of_hfs(seen) > share_of_hfs()
    missing = see("emg.lateral_spread", "absent", "left", p=0.7, score=0.1)
    assert share_of_hfs(missing) < share_of_hfs()


def test_less_evidence_behind_a_prior_makes_wider_bands():
    wide, narrow = (
        next(s.band for s in rank_differential(made, side=Side.LEFT).shares if s.name == "hfs")
        for made in (
            chart_of(see("exam.other_babinski", "present", "left"), clinic=clinic)
            for clinic in ("community", "movement_disorder")
        )
    )
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
