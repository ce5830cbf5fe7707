"""Whole patients: the plan, and what findings are held against. No patient is simulated here."""

from collections import Counter
from datetime import date
from types import SimpleNamespace

import pytest

from hemispasm.formats.case_findings import CaseFindings, VisitDocuments
from hemispasm.model.errors import UsageError
from hemispasm.model.finding import Finding, FindingsDocument, Provenance, RecordingRef
from hemispasm.model.plan.gates import SideView
from hemispasm.model.protocol import load_video_protocol
from hemispasm.model.quality import Grade, Quality
from hemispasm.model.side import Side
from hemispasm.simulate.patient.acts import rest_script
from hemispasm.simulate.patient.seen import count_beforehand
from hemispasm.simulate.patient.visits import plan_course
from hemispasm.validate.patients_plan import (
    FULL,
    QUICK,
    SEEDS,
    filmed_options,
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


def test_a_patient_with_few_spasms_is_filmed_longer_at_every_visit():
    early, late = (
        next(j for j in plan_patients(0, FULL) if j.stage == stage) for stage in ("early", "late")
    )
    rare, often = filmed_options(early), filmed_options(late)
    conditions = plan_course(options_of(early)).visits[0].conditions
    few = load_video_protocol().few
    assert count_beforehand(options_of(early), conditions, 0, early.side) < few.fewer_than
    assert (rare.video_s, often.video_s) == (FULL.longer_s, FULL.video_s)
    assert rare.emg_s - rare.video_s == often.emg_s - often.video_s
    (rest, *_) = rest_script(rare, 1, 10.0, 340.0).tasks
    assert rest.end_s - rest.start_s >= few.rest_s


def test_a_full_run_films_the_rest_that_the_recording_protocol_asks_for():
    rest = [step.seconds for step in load_video_protocol().steps if step.task == "rest"]
    for job in plan_patients(0, FULL):
        marks = rest_script(options_of(job), 0, 10.0, 140.0).tasks
        filmed = sum(mark.end_s - mark.start_s for mark in marks if mark.task == "rest")
        assert filmed >= rest[0]
        assert any(mark.task == "gentle_closure" for mark in marks)


def test_seeds_of_a_release_are_never_mixed_with_tuning():
    assert SEEDS.check(SEEDS.base) == SEEDS.base == 70_300
    for base in (950, 1950, 69_990, 70_000, 70_250, 80_000):
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
