"""Whole patients: scores against promises, kept results, tables and page. No patient is simulated
here; a stub stands for simulation and measurement.
"""

import io
import json

import numpy as np
import pytest
from rich.console import Console

from hemispasm.validate import patients_run
from hemispasm.validate.bars import load_bars
from hemispasm.validate.patients import BARS, PatientsReport, run_patients, validate_patients
from hemispasm.validate.patients_case import (
    ClockSaid,
    DistanceSaid,
    EffectSaid,
    PatientCase,
    RateSaid,
    SideSaid,
    SpreadSaid,
)
from hemispasm.validate.patients_page import render_patients
from hemispasm.validate.patients_plan import (
    QUICK,
    plan_patients,
)
from hemispasm.validate.patients_scores import patient_scores
from hemispasm.validate.patients_tables import print_patients


def made_case(place, **more):
    rate = 4.0 + place
    given = {
        "sides": tuple(
            SideSaid(instrument=name, true="left", said="left", outcome="right")
            for name in ("video", "emg", "imaging", "joint", "case")
        ),
        "rates": (RateSaid(visit=0, side="left", true_per_min=rate, long_run_per_min=rate + 1,
                           said_per_min=rate + 0.5 * (place % 2), interval=(1.0, 40.0)),),
        "distances": (DistanceSaid(visit=0, side="left", affected=True, attached=False,
                                   true_mm=-0.2, said_mm=-0.1, interval=(-0.4, 0.2)),),
        "spreads": (SpreadSaid(visit=0, side="left", affected=True, true="present",
                               said="present"),),
        "clocks": (ClockSaid(visit=0, marks=True, error_ms=2.0, inside=True, found_by="sync"),),
        "effects": (EffectSaid(measure="spasm_rate", side="left", true_change=-0.9, said=-5.0,
                               interval=(-9.0, -1.0)),),
    }  # fmt: skip
    who = {
        "place": place, "seed": place, "stage": "early", "side": "left", "treatment": "mvd",
        "result": "complete", "marks": True, "mirrored": False, "form": "nifti",
    }  # fmt: skip
    return PatientCase(**who, **{**given, **more})


def scored(cases):
    return {s.key: s for s in patient_scores(cases, np.random.default_rng(1))}


def test_a_run_without_a_fault_keeps_every_promise_it_has_material_for():
    scores = scored([made_case(k) for k in range(12)])
    assert scores["rate_correlation"].value > 0.98
    low, high = scores["rate_correlation"].interval
    assert low < scores["rate_correlation"].value < high
    for key, bar in load_bars(BARS).items():
        if scores[key].value is not None:
            assert bar.keeps(scores[key].value), key
    assert scores["effect_seen.mvd"].value == 100.0
    assert scores["effect_seen.toxin"].value is None


def test_every_kind_of_fault_breaks_the_promise_that_forbids_it():
    bars = load_bars(BARS)
    sides = (SideSaid(instrument="joint", true="left", said="right", outcome="wrong"),)
    cases = [
        made_case(0, sides=sides),
        made_case(1, spreads=(SpreadSaid(visit=0, side="left", affected=True, true="present",
                                         said="absent"),)),
        made_case(2, clocks=(ClockSaid(visit=0, marks=True, error_ms=None, reason="too few"),)),
        made_case(3, distances=(DistanceSaid(visit=0, side="left", affected=True, attached=True,
                                             true_mm=0.0, said_mm=None, reason="no number"),)),
        made_case(4, effects=(EffectSaid(measure="spasm_rate", side="left", true_change=-0.9,
                                         said=-1.0, interval=(-3.0, 1.0)),)),
        made_case(5, crashed="assess: ValueError: no"),
    ]  # fmt: skip
    scores = scored(cases)
    broken = {key for key, bar in bars.items() if scores[key].value is not None
              and not bar.keeps(scores[key].value)}  # fmt: skip
    assert broken == {
        "side_wrong.joint", "spread_right", "clock_within.marks", "distance_inside",
        "effect_seen.mvd", "crashed",
    }  # fmt: skip
    assert "seed 5" in scores["crashed"].note


def test_movements_below_the_visible_limit_are_counted_beside_the_spasms():
    rate = RateSaid(visit=0, side="left", true_per_min=6.0, long_run_per_min=6.0, said_per_min=6.0,
                    interval=(2.0, 12.0), visible=6, faint=2)  # fmt: skip
    found = scored([made_case(0, rates=(rate,)), made_case(1, rates=(rate,))])
    assert found["rate_below_visible"].value == 25.0
    assert found["rate_below_visible"].n == 16


def test_the_effect_of_a_patient_is_that_on_rate_or_depth_whichever_changed_more():
    rate = EffectSaid(measure="spasm_rate", side="left", true_change=-0.1, said=1.0,
                      interval=(-3.0, 5.0))  # fmt: skip
    time = EffectSaid(measure="time_in_spasm", side="left", true_change=-0.9, said=-0.1,
                      interval=(-0.3, 0.1))  # fmt: skip
    depth = EffectSaid(measure="closure", side="left", true_change=-0.6, said=-0.5,
                       interval=(-0.7, -0.2))  # fmt: skip
    found = scored([made_case(0, effects=(rate, time, depth))])
    assert found["effect_seen.mvd"].value == 100.0
    assert found["effect_seen.mvd.time_in_spasm"].value == 0.0


def test_small_true_effects_promise_nothing():
    small = EffectSaid(measure="closure", side="left", true_change=-0.3, said=0.1,
                       interval=(-0.2, 0.4))  # fmt: skip
    scores = scored([made_case(k, effects=(small,)) for k in range(3)])
    assert scores["effect_seen.mvd"].value is None
    assert scores["effect_against.mvd"].value == 0.0


def test_a_clock_without_marks_may_be_refused_but_not_be_far_off():
    refused = ClockSaid(visit=0, marks=False, error_ms=None, reason="few_matched")
    far = ClockSaid(visit=0, marks=False, error_ms=-80.0, found_by="events")
    near = ClockSaid(visit=0, marks=False, error_ms=40.0, found_by="events")
    found = scored([made_case(0, clocks=(refused,)), made_case(1, clocks=(near,))])
    assert found["clock_within.events"].value == 100.0
    assert found["clock_stated.events"].value == 50.0
    assert scored([made_case(0, clocks=(far,))])["clock_within.events"].value == 0.0


@pytest.fixture
def stubbed(monkeypatch):
    """Let every job become a made-up patient; the third one crashes."""
    ran = []

    def stub(job):
        ran.append(job.seed)
        crashed = "simulate: ValueError: no" if job.place == 2 else None
        case = patients_run.empty_case(job)
        return made_case(job.place, crashed=crashed).model_copy(
            update={"seed": case.seed, "stage": case.stage}
        )

    monkeypatch.setattr("hemispasm.validate.patients.run_patient", stub)
    return ran


def test_a_stopped_run_goes_on_and_tries_lost_patients_again(stubbed, tmp_path):
    lines = []
    first = validate_patients(quick=True, seed_base=5, workers=1, keep=tmp_path, told=lines.append)
    assert sorted(stubbed) == [5, 6, 7]
    again = validate_patients(quick=True, seed_base=5, workers=1, keep=tmp_path, told=lines.append)
    assert stubbed[3:] == [7]
    assert (first.reused, again.reused) == (0, 2)
    assert again.scores == first.scores
    assert "2 patients kept from an earlier run" in lines
    assert {score.key for score in again.failed} == {"crashed"}


def test_only_a_stage_or_treatment_is_run_on_request(stubbed):
    report = validate_patients(seed_base=0, workers=1, only="late")
    assert {case.stage for case in report.cases} == {"late"}
    assert len(stubbed) == 10


def test_tables_page_and_json_hold_every_score(stubbed):
    report = validate_patients(quick=True, seed_base=5, workers=1)
    console = Console(width=220, record=True, file=io.StringIO())
    print_patients(report, console)
    text, page = console.export_text(), render_patients(report)
    assert "TUNING SEEDS" in text
    assert "NOT kept" in text
    assert "Seeds open to tuning" in page
    for score in report.scores:
        assert score.key in text
        assert score.key in page
    assert "rate -90 %/-5.00 (-9.00 to -1.00)" in page
    told = report.model_dump_json(by_alias=True)
    assert json.loads(told)["schema"] == "hemispasm.patients_validation/1"
    assert PatientsReport.model_validate_json(told) == report


def test_the_truth_is_gone_while_a_case_is_measured(tmp_path):
    for name in ("patient.truth.json", "visits/2026-03-02/video/rest.truth.json",
                 "visits/2026-03-02/imaging/truth.json"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    (tmp_path / "case.toml").write_text('id = "P-1"', encoding="utf-8")
    (tmp_path / "visits/2026-03-02/imaging/truth.json").unlink()
    assert patients_run.take_truth(tmp_path) == {}
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["case.toml"]


def test_a_crash_names_its_step_and_costs_no_other_patient(monkeypatch):
    def refuse(*_, **__):
        raise ValueError("the vessel does\nnot fit")

    monkeypatch.setattr("hemispasm.simulated_patient.simulate_patient", refuse)
    jobs = plan_patients(0, QUICK)[:1]
    (case,), reused = run_patients(jobs, 1, None, lambda _: None)
    assert case.crashed == "simulate: ValueError: the vessel does not fit"
    assert reused == 0
