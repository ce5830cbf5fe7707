"""Options: the reasons that apply to a patient, what is refused, and what must not matter."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from reason_charts import DAY, chart, operation, seen, toxin
from reason_options import LEFT_REASONS, audit, codes, differential, gate, grid_of, refusal

from hemispasm.model.chart import Chart
from hemispasm.model.plan import ToxinView, Urgency
from hemispasm.model.side import Side
from hemispasm.model.treatment import Treatments
from hemispasm.reason.mvd import view_mvd
from hemispasm.reason.option_rules import load_rules
from hemispasm.reason.plan import make_plan
from hemispasm.reason.values import RANKED


@pytest.mark.parametrize(("observation", "option", "kind", "code"), LEFT_REASONS)
def test_a_finding_gives_its_reason_and_points_at_itself(observation, option, kind, code):
    assert code not in codes(grid_of(), option, kind)
    grid = grid_of(chart(observation))
    found = next(o for o in grid.options if o.name == option)
    (reason,) = (r for r in getattr(found, kind) if r.code == code)
    assert [b.code for b in reason.because] == [observation.finding.code]
    assert reason.basis.expert_rule


@pytest.mark.parametrize(
    "observation",
    [
        seen("scale.smc", 2.0, "right"),
        seen("imaging.vessel_contact", side="right"),
        seen("report.audiogram", "abnormal", "left"),
        seen("history.incomplete_eye_closure", side="right"),
        seen("history.prior_decompression", side="right"),
    ],
)
def test_a_finding_of_the_wrong_side_gives_no_reason(observation):
    silent, spoken = grid_of(chart()), grid_of(chart(observation))
    assert spoken.options == silent.options


def test_while_the_side_is_unknown_sided_findings_are_silent_and_operating_is_ruled_out():
    grid = grid_of(chart(seen("imaging.vessel_contact", side="left")), side=None)
    assert "vessel_contact" not in codes(grid, "mvd", "suits")
    assert {"side_unclear"} <= codes(grid, "mvd", "against") & codes(grid, "toxin", "against")


def test_an_empty_chart_gives_no_reason_but_the_missing_report():
    reasons = [r.code for o in grid_of().options for r in (*o.suits, *o.against)]
    assert set(reasons) == {"no_radiologist_report"}


def test_a_finding_of_unknown_value_or_quality_gives_no_reason():
    unassessable = seen("imaging.vessel_contact", side="left", quality="not_assessable")
    absent = seen("history.double_vision", "absent")
    assert grid_of(chart(unassessable, absent)).options == grid_of().options


@pytest.mark.parametrize(
    ("fired", "option", "kind", "code"),
    [
        ("post_paralytic", "mvd", "against", "post_paralytic"),
        ("post_paralytic", "toxin", "suits", "post_paralytic"),
        ("post_paralytic", "physiotherapy", "suits", "post_paralytic_rehabilitation"),
        ("bilateral_or_switching", "mvd", "against", "bilateral"),
        ("toxin_spread", "toxin", "against", "toxin_spread"),
    ],
)
def test_a_gate_gives_its_reason(fired, option, kind, code):
    assert code in codes(grid_of(gates=(gate(fired),)), option, kind)


def test_an_urgent_gate_speaks_against_watching_and_treating_alike():
    grid = grid_of(gates=(gate("focal_seizure", Urgency.URGENT),))
    for option in RANKED:
        assert "red_flag" in codes(grid, option, "against")


def test_pregnancy_speaks_against_toxin_and_operation_until_a_specialist_is_asked():
    grid = grid_of(refusals=(refusal("pregnancy", "mvd_figures", "ranking"),))
    for option in ("toxin", "mvd", "drugs"):
        assert "pregnancy" in codes(grid, option, "against")


@pytest.mark.parametrize(
    ("leading", "share", "suits", "against"),
    [
        ("hfs", 0.9, {"hfs_leads"}, set()),
        ("hfs", 0.6, set(), {"diagnosis_unsure"}),
        (None, 0.6, set(), {"diagnosis_unsure"}),
        ("tic", 0.6, set(), {"other_diagnosis_leads"}),
    ],
)
def test_an_operation_asks_for_a_sure_diagnosis(leading, share, suits, against):
    grid = grid_of(differential=differential(leading, share))
    assert codes(grid, "mvd", "suits") == suits
    assert codes(grid, "mvd", "against") == against | {"no_radiologist_report"}


@pytest.mark.parametrize(
    ("leading", "share", "urgency", "suits"),
    [
        ("hfs", 0.6, None, True),
        ("hfs", 0.6, Urgency.SOON, True),
        ("hfs", 0.6, Urgency.URGENT, False),
        ("hfs", 0.6, Urgency.EMERGENCY, False),
        ("hfs", 0.4, None, False),
        ("hfs", 0.9, None, False),
        (None, 0.6, None, False),
        ("tic", 0.6, None, False),
    ],
)
def test_toxin_is_the_smaller_commitment_only_where_spasm_is_likely(leading, share, urgency, suits):
    gates = () if urgency is None else (gate("focal_seizure", urgency),)
    grid = grid_of(differential=differential(leading, share), gates=gates)
    assert ("diagnosis_likely" in codes(grid, "toxin", "suits")) is suits


def test_nothing_known_suits_no_treatment():
    plan = make_plan(chart())
    assert {option.suits for option in plan.options.options} == {()}


def test_a_failing_toxin_speaks_for_decompression_and_names_the_cycles():
    cycles = (toxin(300), toxin(200), toxin(100))
    view = ToxinView(cycles=(), failing=True, failing_cycles=(cycles[1].day, cycles[2].day))
    grid = grid_of(chart(treatments=Treatments(toxin=cycles)), toxin=view)
    assert "toxin_failing" in codes(grid, "mvd", "suits") & codes(grid, "toxin", "against")
    found = next(o for o in grid.options if o.name == "mvd")
    (reason,) = (r for r in found.suits if r.code == "toxin_failing")
    assert [b.day for b in reason.because] == [cycles[1].day, cycles[2].day]


def test_small_impact_counts_only_when_enough_was_asked_and_nothing_is_large():
    names = ("work", "reading", "social")
    mild = [seen(f"history.impact_{on}", "mild") for on in names]
    assert "low_impact" not in codes(grid_of(chart(*mild[:2])), "observation", "suits")
    assert "low_impact" in codes(grid_of(chart(*mild)), "observation", "suits")
    worse = seen("history.impact_sleep", "moderate")
    assert "low_impact" not in codes(grid_of(chart(*mild, worse)), "observation", "suits")


def test_a_recent_decompression_of_this_side_rules_out_another_and_the_other_side_does_not():
    def against(days: int, side: str) -> set[str]:
        done = Treatments(operations=(operation(days, side=side),))
        return codes(grid_of(chart(treatments=done)), "mvd", "against")

    assert {"decompressed_before", "decompressed_recently"} <= against(100, "left")
    assert "decompressed_recently" not in against(400, "left")
    assert "decompressed_before" not in against(100, "right")


@pytest.mark.parametrize("output", ["mvd_figures", "mvd_option_figures"])
def test_withheld_figures_of_decompression_are_not_shown_anywhere(output):
    grid = grid_of(refusals=(refusal("child", output),), centre=audit())
    option = next(o for o in grid.options if o.name == "mvd")
    assert option.withheld == ("child",)
    shown = {k for f in option.figures for k in f.evidence}
    assert not {k for k in shown if k.startswith(("mvd_", "complication"))}
    assert not {k for n in grid.notes for k in n.evidence if k.startswith("mvd_effect")}
    assert {f.aspect for f in option.figures} == {"burden", "unknown"}


def test_withheld_relief_curve_and_untreated_course_take_their_figures_away():
    grid = grid_of(refusals=(refusal("child", "relief_curve", "untreated_course"),))
    shown = {k for o in grid.options for f in o.figures for k in f.evidence}
    assert not {k for k in shown if k.startswith(("untreated.", "mvd_timing."))}
    assert [o.withheld for o in grid.options][:3] == [("child",), (), ("child",)]


def test_series_of_second_operations_stay_for_a_patient_operated_before_and_for_nobody_else():
    kept = grid_of(refusals=(refusal("redo", "mvd_figures", "mvd_option_figures"),))
    both = grid_of(refusals=(refusal("redo", "mvd_figures"), refusal("child", "mvd_figures")))
    keys = [{k for o in g.options for f in o.figures for k in f.evidence} for g in (kept, both)]
    assert "mvd_redo.relief" in keys[0]
    assert "mvd_effect.random_effects" not in keys[0]
    assert "mvd_redo.relief" not in keys[1]


def test_a_refused_ranking_is_not_made_whatever_the_values():
    valued = chart(seen("preference.lasting_relief", "most"))
    grid = grid_of(valued, refusals=(refusal("pregnancy", "ranking"),))
    assert grid.by_values is None
    assert grid.no_ranking == "refused"


REFUSED = tomllib.loads(
    files("hemispasm.reason").joinpath("data", "refusals.toml").read_text("utf-8")
)["refusal"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["code"])
def test_every_refusal_is_honoured_in_options_and_in_the_view_on_decompression(row):
    outputs = set(row["outputs"])
    refused = (refusal(row["code"], *row["outputs"]),)
    valued = chart(
        seen("preference.lasting_relief", "most"),
        treatments=Treatments(operations=(operation(100, side="left"),)),
    )
    grid = grid_of(valued, refusals=refused)
    view = view_mvd(valued, side=Side.LEFT, refusals=refused)
    assert view is not None
    shown = {o.name: {k for f in o.figures for k in f.evidence} for o in grid.options}
    effect = "mvd_effect.random_effects" in shown["mvd"]
    assert effect is not bool(outputs & {"mvd_figures", "mvd_option_figures"})
    assert ("untreated.remission" in shown["observation"]) is not ("untreated_course" in outputs)
    assert (view.rate is None) is ("mvd_figures" in outputs)
    assert (view.course == ()) is bool(outputs & {"mvd_figures", "relief_curve"})
    assert (view.residual == ()) is bool(outputs & {"mvd_figures", "lateral_spread_update"})
    if "ranking" in outputs:
        assert (grid.by_values, grid.no_ranking) == (None, "refused")


def test_the_clinics_own_audit_is_pointed_at_without_a_number():
    figures = next(o for o in grid_of(centre=audit()).options if o.name == "mvd").figures
    assert figures[0].text == "option_figure.mvd.own_centre"


def full_chart(**case: Any) -> Chart:
    observations = [case.pop("extra")] if "extra" in case else []
    return chart(*(row[0] for row in LEFT_REASONS), *observations, **case)


def test_age_sex_and_ancestry_change_nothing():
    plain = grid_of(full_chart())
    for case in ({"sex": "male", "birth_year": 1931}, {"sex": "female", "birth_year": 2001}):
        assert grid_of(full_chart(**case)) == plain
    for age in (19.0, 91.0):
        assert grid_of(full_chart(extra=seen("history.age", age))) == plain
        assert grid_of(full_chart(extra=seen("history.onset_age", age))) == plain
    read = {c.code for rule in load_rules() for c in (*rule.every, *rule.one_of)}
    assert not {c for c in read if re.search(r"age$|sex|ancestry|ethnic", c)}


def test_severity_changes_nothing_about_decompression():
    options = [
        next(o for o in grid_of(chart(seen("scale.smc", grade, "left"))).options if o.name == "mvd")
        for grade in (1.0, 4.0)
    ]
    assert options[0] == options[1]


def test_a_mirrored_chart_swaps_the_sides_and_nothing_else():
    done = Treatments(operations=(operation(100, side="left"),))
    of_left = full_chart(treatments=done)
    left = grid_of(of_left).model_dump_json()
    right = grid_of(of_left.mirrored(), side=Side.RIGHT).model_dump_json()
    names = {"left": "right", "right": "left"}
    swapped = re.sub(r'"(left|right)"', lambda found: f'"{names[found[1]]}"', right)
    assert left != right
    assert left == swapped


def test_the_day_of_every_reason_is_the_day_it_was_seen():
    earlier = seen("history.double_vision", days=-30)
    found = next(o for o in grid_of(chart(earlier)).options if o.name == "toxin")
    assert found.against[0].because[0].day == earlier.day < DAY
