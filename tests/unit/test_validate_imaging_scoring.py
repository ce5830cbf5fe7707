"""Scores of imaging sessions made by hand, plans, kept results, and the usual ways on a phantom."""

from dataclasses import replace

import numpy as np
import pytest

from hemispasm.model import FindingsDocument
from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Nerve, Segment, VesselName
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, fusion_series
from hemispasm.simulate.mri.phantom import simulate_mri
from hemispasm.validate.bars import load_bars
from hemispasm.validate.imaging import BARS, judged, scores_of
from hemispasm.validate.imaging_baselines import ROUTES, STEPS
from hemispasm.validate.imaging_case import (
    Beside,
    ImagingCase,
    Said,
    measure_beside,
    moved_seeds,
    run_imaging_case,
)
from hemispasm.validate.imaging_keep import CaseFile, missing
from hemispasm.validate.imaging_plan import (
    DISTANCES_MM,
    FULL,
    QUICK,
    RELEASE_BASE,
    ROWS,
    ImagingJob,
    check_imaging_seed_base,
    check_rows,
    options_of,
    plan_imaging_jobs,
)
from hemispasm.validate.imaging_scores import category_of
from hemispasm.validate.imaging_sides import (
    mirror_conflict,
    mirror_seeds,
    mirror_volume,
    side_said,
)


def case(row="iso_half", true=0.5, found=None, **changes):
    said = None
    if found is not None:
        details = {"printed": True, "interval_mm": (found - 0.2, found + 0.2), "p_contact": 0.5}
        said = Said(distance_mm=found, **{**details, **changes.pop("said", {})})
    return ImagingCase(
        row=row, seed=1, drawn_seed=1, side="left", vessel="aica", segment="transition",
        true_mm=true, said=said, **{"nearest_true_mm": true, "grade": "A", **changes},
    )  # fmt: skip


def score(cases, key, tool="hemispasm"):
    found = [s for s in judged(scores_of(cases, 0)) if (s.key, s.tool) == (key, tool)]
    assert len(found) == 1, key
    return found[0]


def test_bias_and_spread_are_those_of_printed_numbers_alone():
    cases = [case(true=1.0, found=1.0 + e) for e in (-0.1, 0.1, 0.3)]
    cases.append(case(true=1.0, found=3.0, said={"printed": False, "reasons": ("path_faint",)}))
    assert score(cases, "distance_bias.iso_half").value == pytest.approx(0.1)
    assert score(cases, "distance_sd.iso_half").value == pytest.approx(0.2)
    assert score(cases, "distance_sd.iso_half").passed is False
    assert score(cases, "distance_sd_all.iso_half").value > 0.5


def test_refused_counts_what_was_not_found_and_what_was_withheld():
    cases = [case(found=0.5) for _ in range(8)]
    cases += [case(), case(found=0.5, said={"printed": False, "reasons": ("path_faint",)})]
    refused = score(cases, "refused.iso_half")
    assert refused.value == pytest.approx(20.0)
    assert refused.interval[0] < 20.0 < refused.interval[1]
    assert refused.passed is False
    assert "not found 1, withheld 1; path_faint 1" in refused.note


def test_a_large_error_is_gross_only_where_the_number_is_printed():
    wrong = case(true=0.0, found=0.8)
    flagged = case(true=0.0, found=0.8, said={"printed": False})
    assert score([wrong, flagged], "gross_unflagged.iso_half").value == 1
    assert score([wrong, flagged], "gross_unflagged.iso_half").passed is False
    assert score([flagged], "gross_unflagged.iso_half").passed is True


def test_a_printed_number_of_no_vessel_is_gross_beside_a_right_one():
    ghost = case(true=1.0, found=1.0, nearest_printed_mm=-0.2)
    assert score([ghost], "gross_unflagged.iso_half").value == 1
    other_stretch = case(true=1.0, found=1.0, nearest_printed_mm=0.9)
    assert score([other_stretch], "gross_unflagged.iso_half").value == 0


def test_contact_is_told_from_a_gap_by_its_probability():
    told = ((0.0, 0.9), (-0.3, 0.8), (0.5, 0.2), (2.0, 0.85), (0.25, 0.99))
    cases = [case(true=t, found=t, said={"p_contact": p}) for t, p in told]
    assert score(cases, "contact_auc.iso_half").value == pytest.approx(3 / 4)
    assert score(cases, "contact_auc_small_gap.iso_half").value == pytest.approx(3 / 6)


def test_coverage_counts_intervals_of_withheld_numbers_too():
    cases = [case(true=0.5, found=0.5), case(true=0.5, found=0.9)]
    cases.append(case(true=0.5, found=0.5, said={"printed": False}))
    cases.append(case(true=0.5, found=0.5, said={"interval_mm": None}))
    assert score(cases, "coverage.iso_half").value == pytest.approx(200 / 3)
    assert score(cases, "coverage.iso_half").n == 3


def test_a_category_is_right_wrong_or_uncertain():
    verdicts = {"present": ("right", "wrong"), "absent": ("wrong", "right")}
    for verdict, (contact, gap) in verdicts.items():
        assert category_of(case(true=0.0, found=0.0, said={"verdict": verdict})) == contact
        assert category_of(case(true=0.5, found=0.0, said={"verdict": verdict})) == gap
    assert category_of(case(true=0.0)) == "uncertain"
    assert category_of(case(found=0.0, said={"verdict": "not_assessable"})) == "uncertain"


def test_a_number_in_the_row_of_categories_breaks_the_promise():
    cases = [case("slices_15", grade="B"), case("slices_15", grade="B", numbers_printed=1)]
    assert score(cases, "numbers_printed.slices_15").passed is False
    assert score(cases[:1], "numbers_printed.slices_15").passed is True


def test_hopeless_series_are_refused_only_without_any_number():
    refused = case("slices_20", grade="C")
    talkative = case("slices_20", grade="C", numbers=1)
    assert score([refused], "refused.slices_20").passed is True
    assert score([refused, talkative], "refused.slices_20").passed is False
    assert score([refused, case("slices_20", grade="B")], "refused.slices_20").passed is False


def test_a_moved_click_counts_by_the_change_and_by_what_it_loses():
    moved = [case("jitter", found=0.5, moved=Said(distance_mm=d, printed=True)) for d in (0.45, 1)]
    moved.append(case("jitter", found=0.5))
    assert score(moved, "change_median.jitter").value == pytest.approx(0.275)
    assert score(moved, "lost.jitter").value == pytest.approx(100 / 3)


def test_the_attached_segment_is_scored_printed_or_not():
    cases = [
        case("attached", true=1.0, found=1.0 + e, said={"printed": False}) for e in (-0.2, 0.2)
    ]
    assert score(cases, "distance_sd.attached").value == pytest.approx(0.2828, abs=1e-3)
    assert score(cases, "gross_unflagged.attached").value == 0


def test_a_usual_way_has_no_bar_and_its_own_count():
    beside = {"masks": Beside(distance_mm=0.9, cpu_s=1.0)}
    none = {"masks": Beside(distance_mm=None, cpu_s=1.0, reason="no vessel")}
    cases = [case(true=0.5, found=0.5, beside=beside), case(true=0.5, beside=none)]
    bias = score(cases, "distance_bias.iso_half", "masks")
    assert bias.value == pytest.approx(0.4)
    assert (bias.bar, bias.passed) == (None, None)
    assert score(cases, "refused.iso_half", "masks").value == 50.0


def test_a_crash_is_a_broken_promise_and_no_result():
    cases = [case(found=0.5), case(crashed="ValueError", grade="")]
    assert score(cases, "crashes.iso_half").passed is False
    assert score(cases, "refused.iso_half").value == 50.0


def said_on(side, value):
    entry = {
        "code": "imaging.vessel_contact", "side": side, "value": value, "quality": "measurable",
        "method": "imaging/1", "segment": "transition",
    }  # fmt: skip
    return entry


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ("present", "absent", "right"),
        ("absent", "absent", "missed"),
        ("not_assessable", "absent", "uncertain"),
        (None, "absent", "refused"),
        ("present", "present", "wrong"),
        ("absent", "present", "wrong"),
    ],
)
def test_contact_named_on_the_other_side_is_wrong(left, right, outcome):
    found = [said_on(s, v) for s, v in (("left", left), ("right", right)) if v]
    document = FindingsDocument.model_validate(
        {
            "recording": {"kind": "imaging", "sha256": "0" * 64},
            "quality": {"grade": "measurable", "analysed_s": 0.0},
            "findings": found,
            "provenance": {"hemispasm": "0"},
        }
    )
    assert side_said(document, Side.LEFT) == outcome


def test_rows_have_seeds_of_their_own_on_release_seeds():
    jobs = plan_imaging_jobs(RELEASE_BASE, FULL)
    assert len({job.seed for job in jobs}) == len(jobs)
    for row in set(ROWS) - {"attached_10", "jitter", "sides", "speed"}:
        assert sum(job.row == row for job in jobs) >= 200
    assert min(sum(j.row == r for j in plan_imaging_jobs(0, QUICK)) for r in ROWS[:6]) == 24


def test_every_distance_meets_every_segment_artery_and_side():
    met = set()
    for place in range(FULL.iso_half):
        job = ImagingJob("iso_half", place, place)
        wanted = options_of(job)
        met.add((wanted.conflict.distance_mm, wanted.conflict.segment, job.side))
        assert wanted.sides == (job.side,)
        assert (wanted.series[0].offset_mm[0] > 0) == (job.side is Side.LEFT)
    assert len(met) == 4 * len(DISTANCES_MM)
    arteries = {options_of(ImagingJob("organic", p, p)).conflict.vessel for p in range(30)}
    assert arteries == {VesselName.AICA, VesselName.PICA, VesselName.VA}
    assert options_of(ImagingJob("attached", 1, 1)).conflict.segment is Segment.ATTACHED


@pytest.mark.parametrize("base", [-1, 900, 39_999, 48_000])
def test_a_run_that_would_leave_its_seeds_is_refused(base):
    with pytest.raises(UsageError, match="cannot start"):
        check_imaging_seed_base(base)


def test_an_unknown_row_is_refused_by_name():
    with pytest.raises(UsageError, match="'thin'"):
        check_rows("iso_half,thin")


def test_every_promise_belongs_to_a_row():
    for key in load_bars(BARS):
        assert key.rpartition(".")[2] in ROWS, key


def test_kept_results_come_back_and_a_torn_line_is_left_out(tmp_path):
    store = CaseFile(tmp_path / "kept", "abc")
    store.append("one", case(found=0.4))
    with store.path.open("a", encoding="utf-8") as handle:
        handle.write('{"key": "two", "case": {"row"')
    store.append("three", case())
    kept = CaseFile(tmp_path / "kept", "abc").read()
    assert kept["one"] == case(found=0.4)
    assert missing(["one", "two", "three"], kept) == ["two"]
    assert CaseFile(tmp_path / "kept", "other").read() == {}


@pytest.fixture(scope="module")
def phantom():
    series = fusion_series((0.6, 0.6, 0.6), extent_mm=(40.0, 34.0, 28.0), offset_mm=(22.0, 0, 0))
    options = MriOptions(
        conflict=Conflict(VesselName.AICA, Segment.PROXIMAL_CISTERNAL, 2.0),
        sides=(Side.LEFT,),
        series=series,
    )
    return simulate_mri(options, 4)


def test_the_usual_ways_see_a_clear_gap(phantom):
    found = measure_beside(phantom, Side.LEFT)
    assert set(found) == set(ROUTES) == set(STEPS)
    for one in found.values():
        assert one.reason is None
        assert one.distance_mm == pytest.approx(2.0, abs=0.8)
        assert one.cpu_s > 0


def test_the_mirror_image_has_everything_on_the_other_side(phantom):
    volume, seeds = phantom.volumes[0], mirror_seeds(phantom.seeds)
    image = mirror_volume(volume)
    true = phantom.truth.set_conflict(Side.LEFT)
    other = mirror_conflict(true)
    assert np.linalg.det(image.direction) == pytest.approx(np.linalg.det(volume.direction))
    assert seeds.sides == (Side.RIGHT,)
    porus = [s.point(Nerve.VII, side, SeedKind.PORUS) for s, side in
             ((phantom.seeds, Side.LEFT), (seeds, Side.RIGHT))]  # fmt: skip
    assert porus[1] == pytest.approx((-porus[0][0], porus[0][1], porus[0][2]))
    for here, there in ((true.point_vessel_mm, other.point_vessel_mm), porus):
        one = tuple(np.rint(volume.to_voxel([here])[0]).astype(int))
        two = tuple(np.rint(image.to_voxel([there])[0]).astype(int))
        assert volume.array[one] == image.array[two]


def test_clicks_are_moved_alike_for_the_same_seed_and_never_twice_the_same(phantom):
    one, again = moved_seeds(phantom.seeds, 3), moved_seeds(phantom.seeds, 3)
    assert one == again
    moved = [
        np.subtract(a.xyz_mm, b.xyz_mm) for a, b in zip(one.seeds, phantom.seeds.seeds, strict=True)
    ]
    assert 0.3 < np.std(moved) < 1.4
    assert replace(phantom, seeds=one).seeds != phantom.seeds


def test_a_session_that_cannot_be_drawn_is_counted_and_stops_nothing(monkeypatch):
    def never(*_, **__):
        raise ValueError("zero-size array")

    monkeypatch.setattr("hemispasm.simulate.mri.phantom.simulate_mri", never)
    monkeypatch.setattr("hemispasm.simulated_mri.write_simulated_mri", never)
    for row in ("iso_half", "sides"):
        lost = run_imaging_case(ImagingJob(row, 0, 3, beside=True))
        assert (lost.crashed, lost.true_mm, lost.said) == ("undrawn", -0.3, None)
        assert score([lost], f"crashes.{row}").passed is False


def test_a_smaller_run_keeps_every_row():
    small = FULL.at_most(30)
    assert [small.of(row) for row in ROWS[:5]] == [30] * 5
    assert small.of("speed") == FULL.of("speed")
