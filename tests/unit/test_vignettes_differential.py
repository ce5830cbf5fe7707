"""What the ranking says of the described patients. No accuracy may be read from this."""

from __future__ import annotations

import pytest

from hemispasm.reason.differential import rank_differential
from hemispasm.reason.gates import fire_gates
from hemispasm.reason.sides import view_side
from vignettes import load_vignettes

VIGNETTES = load_vignettes()


def first_class(vignette):
    side = view_side(vignette.chart).side
    return rank_differential(vignette.chart, side=side).shares[0].name


def is_named(vignette):
    """The right class is first, or every gate that the description calls for fires."""
    fired = {gate.code for gate in fire_gates(vignette.chart)}
    wanted = set(vignette.expect_gates)
    return first_class(vignette) == vignette.expect_class or (bool(wanted) and wanted <= fired)


def test_the_right_class_is_first_or_the_right_gate_fires():
    missed = [v.name for v in VIGNETTES if not is_named(v)]
    assert len(missed) <= 0.1 * len(VIGNETTES), missed


def test_typical_hemifacial_spasm_is_first_in_every_description_of_it():
    typical = [v for v in VIGNETTES if v.expect_class == "hfs"]
    assert len(typical) >= 5
    assert [v.name for v in typical if first_class(v) != "hfs"] == []


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda v: v.name)
def test_a_described_patient_in_a_mirror_is_ranked_alike(vignette):
    side = view_side(vignette.chart).side
    mirrored = vignette.chart.mirrored()
    assert view_side(mirrored).side == (side.other if side else None)
    here = rank_differential(vignette.chart, side=side)
    there = rank_differential(mirrored, side=side.other if side else None)
    assert here.shares == there.shares


def test_no_described_patient_is_led_to_another_disease():
    led = {
        v.name: rank_differential(v.chart, side=view_side(v.chart).side).leading for v in VIGNETTES
    }
    assert [
        v.name for v in VIGNETTES if v.expect_class and led[v.name] not in (None, v.expect_class)
    ] == []
