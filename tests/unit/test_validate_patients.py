"""Whole patients: the plan, what findings are held against, scores, kept results, page. No patient
is simulated here; a stub stands for simulation and assessment.
"""

import io
import json
from collections import Counter
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from hemispasm.formats.case_findings import CaseFindings, VisitDocuments
from hemispasm.model.errors import UsageError
from hemispasm.model.finding import Finding, FindingsDocument, Provenance, RecordingRef
from hemispasm.model.plan.gates import SideView
from hemispasm.model.protocol import load_video_protocol
from hemispasm.model.quality import Grade, Quality
from hemispasm.model.side import Side
from hemispasm.simulate.patient.acts import rest_script
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
    FULL,
    QUICK,
    SEEDS,
    options_of,
    plan_patients,
)
from hemispasm.validate.patients_read import (
    read_clocks,
    read_distances,
    read_effects,
    read_rates,
    read_sides,
    read_spreads,
)
from hemispasm.validate.patients_scores import patient_scores
from hemispasm.validate.patients_tables import print_patients


def finding(code, value, unit=None, **more):
    return Finding(
        code=code, value=value, unit=unit, quality=Grade.MEASURABLE, method="test/1", **more
    )


def document(kind, *findings):
    return FindingsDocument(
        recording=RecordingRef(kind=kind, sha256=f"{kind:0<64}", duration_s=44.0, simulated=True),
        quality=Quality(grade=Grade.MEASURABLE, analysed_s=40.0),
        findings=findings,
        provenance=Provenance(hemispasm="test"),
    )


def visit(day, rate, *, side="left", closure=0.7, spread="present", offset=12.011, fraction=0.2):
    spasm = {"side": side, "level": 0.95}
    video = document(
        "video",
        finding("video.affected_side", side),
        finding("video.spasm_rate", rate, "/min", interval=(0.6 * rate, 1.5 * rate + 2), **spasm),
        finding("video.spasm_closure", closure, "1", interval=(closure - 0.1, closure + 0.1),
                **spasm),
        finding("video.spasm_time_fraction", fraction, "1", interval=(0.0, 0.3), **spasm),
    )  # fmt: skip
    emg = document("emg", finding("emg.affected_side", side))
    evoked = document("emg", finding("emg.lateral_spread", spread, side=side))
    other = document("emg", finding("emg.lateral_spread", "absent", side="right"))
    imaging = document(
        "imaging",
        finding("imaging.vessel_contact", "present", side=side, segment="transition",
                vessel="aica", candidate="v1"),
        finding("imaging.vessel_nerve_distance", -0.2, "mm", side=side, interval=(-0.5, 0.1),
                interval_phantom=[-0.4, 0.0], segment="transition", vessel="aica", candidate="v1"),
        finding("imaging.vessel_nerve_distance", None, None, side="right", segment="attached",
                reason="attached: no number"),
    )  # fmt: skip
    joint = document(
        "joint",
        finding("joint.clock_offset", offset, "s", interval=(offset - 0.02, offset + 0.02),
                at_s=20.0, found_by="sync"),
        finding("joint.side_agreement", "agree"),
    )  # fmt: skip
    return VisitDocuments(day=day, recordings=(video, emg, evoked, other, imaging), joint=(joint,))


def change(of, value, interval, side="left"):
    return finding(
        "video.change", value, None, side=side, of=of, interval=interval, level=0.95
    ) if value is not None else finding("video.change", "refused", side=side, of=of)  # fmt: skip


FOUND = CaseFindings(
    case="SIM-00001",
    visits=(visit(date(2026, 3, 2), 12.0), visit(date(2026, 6, 2), 2.0, closure=0.3)),
    changes=(
        Finding(code="video.change", value=-10.0, unit=None, quality=Grade.MEASURABLE,
                method="test/1", side="left", of="video.spasm_rate", interval=(-18.0, -3.0),
                level=0.95),
        Finding(code="video.change", value=-0.4, unit=None, quality=Grade.MEASURABLE,
                method="test/1", side="left", of="video.spasm_closure", interval=(-0.6, -0.2),
                level=0.95),
    ),
)  # fmt: skip


def true_visit(rate, long_run, fraction, closure):
    side = {"rate_per_min": rate, "time_fraction": fraction, "median_closure": closure,
            "count": 12, "faint": 4}  # fmt: skip
    longer = {**side, "rate_per_min": long_run}
    return {
        "video": {"left": side, "long_run": {"left": longer}, "affected_side": "left"},
        "emg": {"offset_s": 12.0, "drift_ppm": 50.0},
        "lateral_spread": {"left": {"present": True}, "right": {"present": False}},
        "imaging": {"left": {}, "right": {}},
    }


TRUTH = {
    "affected_side": "left",
    "treatment": "mvd",
    "visits": [true_visit(13.0, 11.0, 0.2, 0.7), true_visit(1.5, 2.0, 0.02, 0.3)],
}


def scan():
    def conflict(side, segment, mm, surface=None):
        return SimpleNamespace(
            side=side, segment=SimpleNamespace(value=segment), distance_mm=mm,
            surface_distance_mm=surface,
        )  # fmt: skip

    left = conflict(Side.LEFT, "transition", -0.25)
    nearer = conflict(Side.LEFT, "distal_cisternal", -0.3)
    right = conflict(Side.RIGHT, "attached", 1.2, 0.4)
    return SimpleNamespace(
        set_conflict=lambda side: {Side.LEFT: left, Side.RIGHT: right}[side],
        nearest=lambda side: None,
        conflicts=(left, nearer, right),
    )


def test_stages_treatments_sides_and_marks_are_crossed():
    jobs = plan_patients(0, FULL)
    pairs = Counter((job.stage, job.treatment) for job in jobs)
    assert len(pairs) == 9
    assert max(pairs.values()) - min(pairs.values()) <= 1
    assert Counter(job.side.value for job in jobs).most_common() == [
        ("left", 15), ("right", 14), ("both", 1)
    ]  # fmt: skip
    for chosen in (lambda j: j.mirrored, lambda j: not j.marks):
        assert {job.stage for job in jobs if chosen(job)} == {"early", "established", "late"}
        assert {job.treatment for job in jobs if chosen(job)} == {"toxin", "mvd", "none"}
    assert {job.result for job in jobs if job.treatment == "mvd"} == {
        "complete", "partial", "failed"
    }  # fmt: skip


def test_the_simulator_takes_every_planned_patient():
    jobs = [*plan_patients(0, FULL), *plan_patients(0, QUICK)]
    for job in jobs:
        made = options_of(job)
        assert (made.seed, made.stage, made.side) == (job.seed, job.stage, job.side)
        assert made.sync_marks == 0 or job.marks
        assert made.mirrored is job.mirrored
        assert made.has_second_visit == (job.treatment != "none")
    assert len({job.key for job in jobs}) == len(jobs)


def test_a_full_run_films_the_rest_that_the_recording_protocol_asks_for():
    rest = [step.seconds for step in load_video_protocol().steps if step.task == "rest"]
    for job in plan_patients(0, FULL):
        marks = rest_script(options_of(job), 0, 10.0, 140.0).tasks
        filmed = sum(mark.end_s - mark.start_s for mark in marks if mark.task == "rest")
        assert filmed >= rest[0]
        assert any(mark.task == "gentle_closure" for mark in marks)


def test_seeds_of_a_release_are_never_mixed_with_tuning():
    assert SEEDS.check(SEEDS.base) == SEEDS.base == 70_000
    for base in (950, 1950, 69_990, 80_000):
        with pytest.raises(UsageError, match="seeds"):
            SEEDS.check(base)


def test_each_instrument_is_asked_for_the_side_and_mirrored_names_are_wrong():
    view = SideView(side=Side.LEFT)
    rows = {s.instrument: (s.said, s.outcome) for s in read_sides(FOUND, view, TRUTH)}
    assert rows == dict.fromkeys(("video", "emg", "joint", "imaging", "case"), ("left", "right"))
    wrong = {s.instrument: s.outcome for s in read_sides(
        FOUND, SideView(conflict=True), {**TRUTH, "affected_side": "right"}
    )}  # fmt: skip
    # The video's own truth says what that recording shows.
    assert wrong == {
        "video": "right", "emg": "wrong", "joint": "wrong", "imaging": "wrong", "case": "refused"
    }  # fmt: skip


def test_rates_spreads_and_clocks_are_held_against_the_truth_of_their_visit():
    first, second = read_rates(FOUND, TRUTH, ["left"])
    assert (first.true_per_min, first.long_run_per_min, first.said_per_min) == (13.0, 11.0, 12.0)
    assert (second.visit, second.said_per_min) == (1, 2.0)
    assert (first.visible, first.faint) == (12, 4)
    spreads = {(s.visit, s.side): (s.true, s.said) for s in read_spreads(FOUND, TRUTH, ["left"])}
    assert spreads[0, "left"] == ("present", "present")
    assert spreads[1, "right"] == ("absent", "absent")
    clock = read_clocks(FOUND, TRUTH, marks=True)[0]
    # Twelve seconds, and a millisecond that the drift has gained after twenty.
    assert clock.error_ms == pytest.approx(10.0)
    assert clock.inside is True


def test_the_nearest_distance_of_the_place_is_compared_and_a_refusal_keeps_its_reason():
    left, right = read_distances(FOUND, {0: scan()}, ["left"])
    assert (left.true_mm, left.said_mm, left.attached, left.affected) == (-0.3, -0.2, False, True)
    assert left.interval_phantom == (-0.4, 0.0)
    assert (right.true_mm, right.said_mm, right.attached, right.affected) == (
        0.4, None, True, False
    )  # fmt: skip
    assert right.reason == "attached: no number"


def test_effects_are_taken_from_the_changes_that_the_product_states():
    effects = {e.measure: e for e in read_effects(FOUND, TRUTH, ["left"])}
    assert effects["spasm_rate"].true_change == pytest.approx(-9 / 11, abs=1e-4)
    assert effects["spasm_rate"].shown == -1
    assert effects["time_in_spasm"].reason == "not_compared"
    assert effects["closure"].said == pytest.approx(-0.4)
    assert effects["closure"].shown == -1
    assert read_effects(FOUND, {**TRUTH, "treatment": "none"}, ["left"]) == ()


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
