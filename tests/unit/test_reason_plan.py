"""The whole plan on whole charts: order, withholding, sides, and what every plan must hold."""

from __future__ import annotations

import pytest

from hemispasm.model.plan import CLASSES, Plan
from hemispasm.reason.gates import load_gate_rules
from hemispasm.reason.plan import QUESTION_DIAGNOSIS, make_plan
from vignettes import Vignette, load_vignettes

VIGNETTES = load_vignettes()
URGENCY_ORDER = ("emergency", "urgent", "soon", "check")


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda v: v.name)
def test_every_plan_is_whole_and_says_no_more_than_it_may(vignette: Vignette) -> None:
    plan = make_plan(vignette.chart)
    order = [URGENCY_ORDER.index(gate.urgency) for gate in plan.gates]
    assert order == sorted(order)
    withheld = {output for refusal in plan.refusals for output in refusal.outputs}
    assert ("differential" in withheld) == (plan.differential is None)
    if plan.differential is not None:
        assert {share.name for share in plan.differential.shares} == set(CLASSES)
        assert sum(share.share for share in plan.differential.shares) == pytest.approx(1)
        if QUESTION_DIAGNOSIS & {gate.code for gate in plan.gates}:
            assert plan.differential.leading is None
    if "mvd_figures" in withheld:
        assert plan.mvd is None or plan.mvd.rate is None
    if "relief_curve" in withheld:
        assert plan.mvd is None or not plan.mvd.course
    if "toxin_forecast" in withheld and plan.toxin is not None:
        assert plan.toxin.forecast is None
    if not any(o.finding.code.startswith("preference.") for o in vignette.chart.observations):
        assert plan.options.by_values is None
    if plan.causes.secondary_report_day is None:
        assert "secondary_excluded" in withheld


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda v: v.name)
def test_the_mirrored_patient_gets_the_mirrored_plan(vignette: Vignette) -> None:
    plan = make_plan(vignette.chart)
    twin = make_plan(vignette.chart.mirrored())
    assert sides_swapped(plan) == sides_swapped(twin, swap=False)


def sides_swapped(plan: Plan, *, swap: bool = True) -> str:
    """The plan as text with left and right exchanged, in an order that no side decides."""
    import json

    def of(value: object) -> object:
        if isinstance(value, dict):
            return {key: of(inner) for key, inner in sorted(value.items())}
        if isinstance(value, list):
            return sorted((of(inner) for inner in value), key=lambda v: json.dumps(v, default=str))
        if swap and value in ("left", "right"):
            return {"left": "right", "right": "left"}[str(value)]
        return round(value, 9) if isinstance(value, float) else value

    return json.dumps(of(plan.to_json()), sort_keys=True)


def test_gates_that_question_the_diagnosis_are_gates() -> None:
    assert {rule.code for rule in load_gate_rules()} >= QUESTION_DIAGNOSIS


def test_the_same_chart_gives_the_same_plan() -> None:
    chart = VIGNETTES[0].chart
    assert make_plan(chart) == make_plan(chart)
