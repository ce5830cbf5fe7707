"""The vignettes themselves: enough of them, every class and gate, nothing against its own text."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from hemispasm.model.plan import CLASSES
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code
from vignettes import ALL_GATES, EMERGENCY_GATES, URGENT_GATES, Vignette, load_vignettes

VIGNETTES = load_vignettes()
OUTPUTS = {"mvd_figures", "toxin_forecast"}
BOTH_SIDES = {Side.LEFT, Side.RIGHT}

each_vignette = pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda v: v.name)


def test_there_are_enough_vignettes_with_different_names() -> None:
    assert len(VIGNETTES) >= 50
    assert len({v.name for v in VIGNETTES}) == len(VIGNETTES)
    assert len({v.text for v in VIGNETTES}) == len(VIGNETTES)


def test_every_class_but_the_rest_has_a_vignette_and_hemifacial_spasm_many() -> None:
    seen = Counter(v.expect_class for v in VIGNETTES if v.expect_class)
    assert set(seen) == set(CLASSES) - {"other"}
    assert seen["hfs"] >= 8


def test_every_emergency_and_urgent_gate_is_expected_somewhere() -> None:
    expected = {gate for v in VIGNETTES for gate in v.expect_gates}
    assert set(EMERGENCY_GATES) <= expected
    assert set(URGENT_GATES) <= expected
    assert expected == set(ALL_GATES)


@each_vignette
def test_a_vignette_cites_its_source_and_expects_something_known(vignette: Vignette) -> None:
    assert len(vignette.citation) > 10
    assert vignette.text.count(".") >= 1
    assert vignette.expect_class or vignette.expect_gates
    assert vignette.expect_class in (None, *CLASSES)
    assert {*vignette.expect_gates, *vignette.expect_no_gates} <= set(ALL_GATES)
    assert not set(vignette.expect_gates) & set(vignette.expect_no_gates)
    assert set(vignette.expect_withheld) <= OUTPUTS


@each_vignette
def test_findings_of_a_vignette_have_a_side_where_the_vocabulary_asks_for_one(
    vignette: Vignette,
) -> None:
    for seen in vignette.chart.observations:
        definition = lookup_code(seen.finding.code)
        if definition.instrument != "video":
            assert definition.sided == (seen.finding.side is not None), seen.finding.code
        if definition.values:
            assert seen.finding.value in definition.values
        assert seen.day <= vignette.chart.as_of


@each_vignette
def test_no_finding_of_a_vignette_stands_twice(vignette: Vignette) -> None:
    keys = Counter((o.day, o.finding.code, o.finding.side) for o in vignette.chart.observations)
    assert max(keys.values()) == 1


@each_vignette
def test_age_onset_and_duration_of_a_vignette_agree_with_its_text(vignette: Vignette) -> None:
    chart = vignette.chart
    age = chart.value("history.age")
    assert isinstance(age, float)
    stated = re.search(r"\b(?:woman|man|boy|girl) of (\d+)", vignette.text)
    if stated:
        assert float(stated[1]) == age
    onset, months = chart.value("history.onset_age"), chart.value("history.duration")
    if isinstance(onset, float) and isinstance(months, float):
        assert -0.01 <= age - onset - (months - 12) / 12 <= 2.01


@each_vignette
def test_the_spasm_of_a_vignette_is_on_a_side_that_its_text_names(vignette: Vignette) -> None:
    chart = vignette.chart
    sides = {
        *chart.sides_with("history.spasm", "present"),
        *chart.sides_with("exam.spasm", "present"),
    }
    if Side.BOTH in sides or sides >= BOTH_SIDES:
        return
    for side in sides:
        assert re.search(rf"\b{side}\b", vignette.text) or "left is used here" in vignette.citation


@each_vignette
def test_a_mirrored_vignette_has_every_finding_on_the_other_side(vignette: Vignette) -> None:
    swapped = vignette.chart.mirrored()
    assert swapped.mirrored() == vignette.chart
    for code in {o.finding.code for o in vignette.chart.observations}:
        for side in BOTH_SIDES:
            assert vignette.chart.value(code, side) == swapped.value(code, side.other)
