"""What both recordings saw, what only one saw, and whether they name the same side."""

from __future__ import annotations

import numpy as np
import pytest
from joint_recordings import emg, video
from test_joint_clock import OFFSET_S, starts

from hemispasm.measure.joint.agree import judge_sides
from hemispasm.measure.joint.join import join_recordings
from hemispasm.measure.joint.onsets import Contraction
from hemispasm.model import Mirrored, Side
from hemispasm.model.vocabulary import load_vocabulary

SIDES = (Side.LEFT, Side.RIGHT)


def find(result, code, side=None):
    return result.document.find(code, side)


@pytest.mark.parametrize("side", SIDES)
def test_spasms_of_one_patient_are_seen_by_both_on_the_same_side(side):
    spasms, blinks = starts()
    result = join_recordings(video(spasms, blinks, side), emg(spasms, blinks, side))
    agreed = find(result, "joint.side_agreement")
    assert (agreed.value, agreed.extra("crossed")) == ("agree", 0)
    assert find(result, "joint.seen_by_both").value == 1.0
    assert {event.side for event in result.document.events} == {side}
    assert {event.flags[0] for event in result.document.events} == {"seen:both"}


@pytest.mark.parametrize("side", SIDES)
def test_a_mirrored_video_or_exchanged_electrodes_are_a_conflict_and_nothing_is_exchanged(side):
    spasms, blinks = starts()
    result = join_recordings(video(spasms, blinks, side.other), emg(spasms, blinks, side))
    found = find(result, "joint.side_agreement")
    assert found.value == "conflict"
    assert found.reason.startswith("side_conflict")
    assert found.extra("crossed") == found.extra("same") + found.extra("crossed") > 10
    shared = find(result, "joint.seen_by_both")
    assert shared.value is None
    assert shared.reason.startswith("side_conflict")
    assert find(result, "joint.only_video") is None
    assert all(e.side is None and "side_conflict" in e.flags for e in result.document.events)


@pytest.mark.parametrize("side", SIDES)
def test_a_picture_of_unknown_mirroring_is_matched_without_side_and_only_a_hint_is_given(side):
    spasms, blinks = starts()
    seen = video(spasms, blinks, side, mirrored=Mirrored.UNKNOWN)
    for electrodes, hint in ((side, "no"), (side.other, "yes")):
        result = join_recordings(seen, emg(spasms, blinks, electrodes))
        found = find(result, "joint.side_agreement")
        assert (found.value, found.extra("suggested_mirrored")) == ("side_unknown", hint)
        assert find(result, "joint.seen_by_both").value == 1.0
        assert {event.side for event in result.document.events} == {None}
        assert all(f.side is None for f in result.document.findings)


def test_electrodes_of_unknown_side_are_matched_without_side():
    spasms, blinks = starts()
    heard = emg(spasms, blinks, None)
    result = join_recordings(video(spasms, blinks), heard)
    assert find(result, "joint.side_agreement").value == "side_unknown"
    assert find(result, "joint.side_agreement").extra("suggested_mirrored") is None
    assert find(result, "joint.seen_by_both").value == 1.0


def test_what_only_one_saw_is_counted_per_minute_on_its_side():
    spasms, blinks = starts()
    result = join_recordings(
        video(spasms[2:], blinks, Side.RIGHT), emg(spasms[:-3], blinks, Side.RIGHT)
    )
    shared = find(result, "joint.seen_by_both")
    assert shared.extra("only_video") == 3
    assert shared.extra("only_emg") == 2
    assert shared.extra("count") == len(spasms) - 5
    assert find(result, "joint.only_video", Side.RIGHT).extra("count") == 3
    assert find(result, "joint.only_video", Side.LEFT).extra("count") == 0
    rate = find(result, "joint.only_emg", Side.RIGHT)
    assert rate.value == pytest.approx(2 * 60 / rate.extra("exposure_s"), abs=1e-3)
    assert rate.interval[0] < rate.value < rate.interval[1]
    alone = [e for e in result.document.events if e.flags[0] == "seen:only_emg"]
    assert [e.start_s for e in alone] == pytest.approx(spasms[:2], abs=0.06)


def test_one_sided_bursts_during_blinks_of_the_video_are_no_spasms():
    spasms, blinks = starts()
    heard = emg(np.sort(np.r_[spasms, blinks[:4]]), blinks[4:])
    shared = find(join_recordings(video(spasms, blinks), heard), "joint.seen_by_both")
    assert shared.extra("during_movement") == 4
    assert shared.value == 1.0
    assert shared.extra("total") == len(spasms)


def test_agreement_by_chance_is_far_below_that_of_one_patient():
    spasms, blinks = starts()
    shared = find(join_recordings(video(spasms, blinks), emg(spasms, blinks)), "joint.seen_by_both")
    assert 0.0 < shared.extra("chance") < 0.4 < shared.interval[0]


def test_no_spasm_in_either_gives_no_share():
    _, blinks = starts(3)
    blinks = np.sort(np.r_[blinks, starts(9)[1]])
    result = join_recordings(video(np.zeros(0), blinks), emg(np.zeros(0), blinks))
    assert result.clock.offset_s == pytest.approx(OFFSET_S, abs=0.03)
    assert find(result, "joint.seen_by_both").reason.startswith("no_spasm")


def test_few_one_sided_spasms_leave_the_sides_undecided():
    def spasm(start_s, side):
        return Contraction(start_s, start_s + 0.3, side, "spasm", 0.9, ("x",))

    video_side = [spasm(t, Side.LEFT) for t in (1.0, 9.0)]
    emg_side = [spasm(t, Side.RIGHT) for t in (1.0, 9.0)]
    assert judge_sides(video_side, emg_side).value == "undecided"
    more = [spasm(t, Side.LEFT) for t in range(1, 60, 5)]
    mixed = [spasm(t, Side.LEFT if k % 2 else Side.RIGHT) for k, t in enumerate(range(1, 60, 5))]
    assert judge_sides(more, mixed).value == "undecided"


def test_swapping_both_recordings_swaps_every_side_and_nothing_else():
    spasms, blinks = starts(5)
    results = [
        join_recordings(video(spasms[1:], blinks, side), emg(spasms[:-1], blinks, side))
        for side in SIDES
    ]
    left, right = (
        {(f.code, f.side): f.value for f in result.document.findings} for result in results
    )
    assert left == {(c, s.other if s else None): value for (c, s), value in right.items()}


def test_every_code_of_a_joint_document_is_in_the_vocabulary_of_joint():
    spasms, blinks = starts()
    result = join_recordings(video(spasms, blinks), emg(spasms, blinks))
    known = {code for code, d in load_vocabulary().items() if d.instrument == "joint"}
    assert {f.code for f in result.document.findings} <= known
