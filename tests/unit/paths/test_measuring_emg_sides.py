"""What findings of EMG say of a side, of a pair of branches, and of the jaw."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hemispasm.measure.emg.findings import findings_from_spontaneous
from hemispasm.measure.emg.measure import measure_emg
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.spontaneous_sides import PairSynchrony
from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side

sys.path.insert(0, str(Path(__file__).parents[1]))
from emg_bursting import BOTH_SIDES, CHIN, EYE, make_pair, quiet, recording

JAW = Muscle.MASSETER


def found(result, code, side=None):
    return [f for f in findings_from_spontaneous(result) if f.code == code and f.side is side]


def test_channels_and_chance_stand_beside_the_number_of_their_own_pair():
    made = make_pair(5, 12)
    montage = [(EYE, Side.LEFT), (CHIN, Side.LEFT)]
    result = measure_spontaneous(recording(list(made.noisy), montage))
    activity = result.sides[0]
    pair = activity.features.pairs[0]
    higher = replace(pair.synchrony, peak=pair.synchrony.peak + 0.05)
    pairs = (pair, PairSynchrony(1, 1, higher, 0.0))
    features = replace(activity.features, pairs=pairs)
    other = replace(result, sides=(replace(activity, features=features),))
    (stated,) = found(other, "emg.synchrony", Side.LEFT)
    (alone,) = found(result, "emg.synchrony", Side.LEFT)
    assert stated.extra("channels") == alone.extra("channels")
    assert stated.extra("null_95") == alone.extra("null_95")


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_jaw_that_fires_by_itself_is_a_finding_of_its_side(side):
    montage = [(JAW, side), (JAW, side.other), (EYE, side), (EYE, side.other)]
    signals = [make_pair(2, 12).noisy[0], quiet(1), quiet(3), quiet(4)]
    result = measure_spontaneous(recording(signals, montage))
    assert [f.value for f in found(result, "emg.masseter_discharges", side)] == ["present"]
    assert [f.value for f in found(result, "emg.masseter_discharges", side.other)] == ["absent"]


def test_one_masseter_alone_may_chew():
    montage = [(JAW, Side.LEFT), (EYE, Side.LEFT), (EYE, Side.RIGHT)]
    signals = [make_pair(2, 12).noisy[0], quiet(3), quiet(4)]
    (jaw,) = found(
        measure_spontaneous(recording(signals, montage)), "emg.masseter_discharges", Side.LEFT
    )
    assert jaw.value is None
    assert jaw.reason.startswith("one_side_recorded")


def test_rates_of_one_recorded_side_say_that_blinks_may_be_among_them():
    made = make_pair(5, 12)
    montage = [(EYE, Side.LEFT), (CHIN, Side.LEFT)]
    result = measure_spontaneous(recording(list(made.noisy), montage))
    for code in ("emg.spasm_rate", "emg.burst_rate", "emg.spasm_time_fraction"):
        (stated,) = found(result, code, Side.LEFT)
        assert stated.reason.startswith("one_side_recorded")
    both = measure_spontaneous(recording([*made.noisy, quiet(8), quiet(9)], BOTH_SIDES))
    assert all(f.reason is None for f in found(both, "emg.spasm_rate", Side.LEFT))


def test_a_share_of_a_side_is_given_only_where_a_side_may_be_affected():
    made = make_pair(5, 12)
    result = measure_spontaneous(recording([*made.noisy, quiet(8), quiet(9)], BOTH_SIDES))
    assert found(result, "emg.side_exclusivity", Side.LEFT)
    spared = replace(result, verdict=replace(result.verdict, value="none_seen"))
    assert not found(spared, "emg.side_exclusivity", Side.LEFT)
    few = replace(result.verdict, exclusivity=replace(result.verdict.exclusivity, count=2))
    assert not found(replace(result, verdict=few), "emg.side_exclusivity", Side.LEFT)


def test_a_baseline_beside_a_recording_without_stimuli_is_said_to_be_of_no_use():
    still = recording([quiet(n) for n in range(6, 10)], BOTH_SIDES)
    said = measure_emg((still,), sha256="0" * 64, baseline=still).quality.reasons
    assert any(reason.startswith("baseline_not_used") for reason in said)
    assert not measure_emg((still,), sha256="0" * 64).quality.reasons
