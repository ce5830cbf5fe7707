"""A refusal withholds everywhere: no published figure of a treatment is left in the whole plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from reason_charts import DAY, chart, operation, seen, toxin

from hemispasm.evidence import Quantity, lookup_evidence
from hemispasm.model.chart import Chart
from hemispasm.model.plan import Plan
from hemispasm.model.side import Side
from hemispasm.model.texts import lookup_text
from hemispasm.model.treatment import Product, Treatments
from hemispasm.reason.plan import make_plan

SPASM = (seen("history.spasm", side="left"), seen("exam.spasm", side="left"))
CYCLES = (
    toxin(300, product=Product.ONABOTULINUM, side=Side.LEFT, benefit_until=DAY - timedelta(200)),
    toxin(30, product=Product.ONABOTULINUM, side=Side.LEFT),
)
RISKS = (
    seen("history.hypertension"),
    seen("history.hearing_dependence"),
    seen("imaging.offending_vessel", "va", "left"),
)
PATIENTS = {
    "child": seen("history.age", 9.0),
    "pregnancy": seen("history.pregnancy"),
    "post_paralytic": seen("history.prior_facial_palsy", side="left"),
    "tumour": seen("history.known_tumour", side="left"),
    "secondary_cause": seen("imaging.vascular_malformation", "seen", "left"),
}
# Not about a result: how often one comes, as a paper's introduction quotes it.
ALLOWED = {"choice.toxin_interval_quoted"}


def treated(*observations, operated: bool) -> Chart:
    done = (operation(20, side=Side.LEFT),) if operated else ()
    given = Treatments(toxin=CYCLES, operations=done)
    return chart(*SPASM, *RISKS, *observations, treatments=given)


def figures_in(plan: Plan) -> set[str]:
    """Return every published number that options, decompression and toxin would print."""
    return {key for key in _keys(plan) if lookup_evidence(key).quantity is not Quantity.STATEMENT}


def _keys(plan: Plan) -> Iterator[str]:
    texts = []
    for option in plan.options.options:
        for figures in option.figures:
            texts.append(figures.text)
            yield from figures.evidence
    for note in plan.options.notes:
        texts.append(note.text)
        yield from note.evidence
    if plan.mvd is not None:
        texts += plan.mvd.notes
        yield from plan.mvd.immediate
        yield from (row.evidence for row in plan.mvd.residual)
    for text in texts:
        yield from re.findall(r"\{=([a-z0-9_.]+)\}", lookup_text(text))


@pytest.mark.parametrize("operated", [False, True], ids=["not operated", "operated"])
@pytest.mark.parametrize("code", PATIENTS)
def test_no_figure_of_a_treatment_is_shown_to_whom_none_applies(code, operated):
    plan = make_plan(treated(PATIENTS[code], operated=operated))
    assert code in {refusal.code for refusal in plan.refusals}
    own = {"other_option.radiosurgery_tumour"} if code == "tumour" else set()
    assert figures_in(plan) <= ALLOWED | own
    if plan.mvd is not None:
        assert (plan.mvd.rate, plan.mvd.course, plan.mvd.waiting) == (None, (), None)
    assert plan.toxin is not None
    assert plan.toxin.forecasts == ()


def test_the_same_patient_without_a_refusal_sees_figures_of_every_treatment():
    shown = figures_in(make_plan(treated(operated=False)))
    topics = {key.partition(".")[0] for key in shown}
    assert {"toxin_response", "mvd_effect", "complication", "untreated", "other_option"} <= topics


def test_before_a_second_operation_only_figures_of_first_ones_are_withheld():
    twice = (operation(900, side=Side.LEFT), operation(500, side=Side.LEFT))
    plan = make_plan(chart(*SPASM, *RISKS, treatments=Treatments(toxin=CYCLES, operations=twice)))
    topics = {key.partition(".")[0] for key in figures_in(plan)}
    assert {"mvd_redo", "toxin_response"} <= topics
    first = {"mvd_effect", "mvd_timing", "mvd_recurrence", "complication", "mvd_technique"}
    assert not topics & first


def test_what_the_labels_warn_of_is_withheld_from_nobody():
    for observation in PATIENTS.values():
        plan = make_plan(treated(observation, operated=False))
        (option,) = (o for o in plan.options.options if o.name == "toxin")
        shown = {key for figures in option.figures for key in figures.evidence}
        assert {"toxin_label.spread_warning", "toxin_label.ona_uk_interval"} <= shown
