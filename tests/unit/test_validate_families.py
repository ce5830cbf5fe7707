"""Four families scored alike: counting, gaps, a tiny run of EMG, and the folder of real signals."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from rich.console import Console
from test_simulated_families import made_up_trace, portrait_face

from hemispasm.formats.video_write import write_video
from hemispasm.model.errors import UsageError
from hemispasm.model.recording import Frame
from hemispasm.model.side import Side
from hemispasm.validate.families import FamiliesReport, judged, validate_families
from hemispasm.validate.families_page import render_families
from hemispasm.validate.families_plan import (
    FULL,
    QUICK,
    SEEDS,
    FamilyJob,
    FamilySizes,
    check_part,
    plan_families,
)
from hemispasm.validate.families_real import check_real, real_faces, real_pieces
from hemispasm.validate.families_run import SidedOutcome, SpreadOutcome, judge_answer
from hemispasm.validate.families_scores import family_gaps, family_scores
from hemispasm.validate.families_tables import print_families
from hemispasm.validate.tallies import Tally

NOTHING = FamilySizes(0, 0, 0, 0, 0, 0, 0, 0)
TINY = FamilySizes(
    video_hfs=0, video_quiet=0, emg_hfs=1, emg_quiet=1, lsr=1, video_imitators=0,
    emg_imitators=0, lsr_imitators=1, emg_s=12.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory):
    """Return a folder with one made-up trace and one made-up clip with its marks."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "emg").mkdir()
    (folder / "faces").mkdir()
    (folder / "emg" / "trace.txt").write_text(made_up_trace(), encoding="utf-8")
    pictures, marks = portrait_face()
    path = folder / "faces" / "clip.mp4"
    write_video(path, (Frame(k / 30, rgb) for k, rgb in enumerate(pictures)), 30.0, crf=18)
    row = {f"upper_{s}": marks.upper[s] for s in marks.upper}
    row |= {f"lower_{s}": marks.lower[s] for s in marks.lower}
    row |= {f"mouth_{s}": marks.mouth[s] for s in marks.mouth}
    row |= {f"brow_{s}": marks.brow[s] for s in marks.brow} | {"blinks": marks.blinks}
    path.with_suffix(".marks.json").write_text(json.dumps(row), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tiny(real_folder):
    lines = []
    report = validate_families(
        seed_base=0, workers=1, real=real_folder, sizes=TINY, told=lines.append
    )
    return report, lines


def rest(family, right, *, wrong=False, tally=None, part="emg", scenario="hfs", said="left"):
    return SidedOutcome(
        FamilyJob(part, family, scenario, 0, 0), "left", said, right, wrong, tally or Tally(9, 1, 0)
    )


def score(scores, key, family, scenario=None):
    (found,) = [s for s in scores if (s.key, s.family, s.scenario) == (key, family, scenario)]
    return found


def test_every_family_gets_the_same_patients_and_c_only_with_real_signals(tmp_path):
    without = plan_families(0, FULL, None)
    with_real = plan_families(0, FULL, tmp_path)
    assert {job.family for job in without} == {"A", "B", "D"}
    for letter in "ABC":
        mine = [(j.part, j.scenario, j.seed, j.side) for j in with_real if j.family == letter]
        assert mine == [(j.part, j.scenario, j.seed, j.side) for j in without if j.family == "A"]


def test_no_seed_of_a_group_is_used_twice_and_none_leaves_the_run():
    jobs = plan_families(0, FULL, None)
    assert max(job.seed for job in jobs) < SEEDS.per_run
    for family in "ABD":
        mine = [(j.part, j.scenario, j.seed) for j in jobs if j.family == family]
        assert len(mine) == len(set(mine))


def test_seeds_between_tuning_and_release_are_refused():
    assert SEEDS.check(SEEDS.base) == SEEDS.base
    with pytest.raises(UsageError, match="cannot start"):
        SEEDS.check(50_000)
    with pytest.raises(UsageError, match="no part or family"):
        check_part("E")


def test_a_quick_run_has_something_of_every_part():
    parts = {(job.part, job.family) for job in plan_families(0, QUICK, None)}
    assert parts == {(part, family) for part in ("video", "emg", "lsr") for family in "ABD"}


def test_naming_a_side_on_an_imitator_is_wrong_but_uncertain_is_right():
    job = FamilyJob("video", "D", "tic", 0, 0)
    assert judge_answer(job, "uncertain", "none_seen") == (True, False)
    assert judge_answer(job, "right", "none_seen") == (False, True)


def test_missing_a_spasm_is_neither_right_nor_wrong():
    job = FamilyJob("emg", "A", "hfs", 0, 0)
    assert judge_answer(job, "none_seen", "left") == (False, False)
    assert judge_answer(job, "left", "left") == (True, False)
    assert judge_answer(job, "both", "left") == (False, True)


def test_the_gap_is_the_first_family_minus_the_second():
    outcomes = [rest("A", True) for _ in range(20)]
    outcomes += [rest("B", k < 5, tally=Tally(5, 5, 5)) for k in range(20)]
    scores = family_scores(outcomes, np.random.default_rng(1))
    gaps = {(gap.key, gap.pair): gap for gap in family_gaps(scores)}
    side = gaps["side_right", "A-B"]
    assert side.value == pytest.approx(75.0)
    assert side.interval[0] > 0
    assert side.flattered is True
    assert gaps["burst_f1", "A-B"].value == pytest.approx(18 / 19 - 0.5)
    assert not any(gap.pair == "A-C" for gap in gaps.values())


def test_a_lower_share_of_wrong_sides_in_the_first_family_is_flattery_too():
    outcomes = [rest("A", True) for _ in range(30)]
    outcomes += [rest("C", False, wrong=k < 25) for k in range(30)]
    gaps = {g.key: g for g in family_gaps(family_scores(outcomes, np.random.default_rng(1)))}
    assert gaps["side_wrong"].pair == "A-C"
    assert gaps["side_wrong"].value < 0
    assert gaps["side_wrong"].flattered is True


def test_families_that_score_alike_have_no_flattery():
    outcomes = [rest(letter, k < 15) for letter in "AB" for k in range(20)]
    gaps = family_gaps(family_scores(outcomes, np.random.default_rng(1)))
    assert [gap.flattered for gap in gaps if gap.key == "side_right"] == [False]


def test_imitators_are_scored_one_by_one_with_what_was_said():
    outcomes = [
        rest("D", False, wrong=True, scenario="tic", said="left"),
        rest("D", True, scenario="tic", said="uncertain"),
        rest("D", True, scenario="speech", said="none_seen"),
    ]
    scores = family_scores(outcomes, np.random.default_rng(1))
    assert score(scores, "answer_right", "D", "tic").value == 50.0
    assert score(scores, "answer_right", "D", "tic").note == "said: left 1, uncertain 1"
    assert score(scores, "answer_right", "D").n == 3


def test_false_alarms_are_counted_per_set_without_the_response():
    job = FamilyJob("lsr", "B", "hfs", 0, 0)
    outcomes = [SpreadOutcome(job, (3.0,), (0.1, 0.4), (0.5, 0.01)) for _ in range(4)]
    scores = family_scores(outcomes, np.random.default_rng(1))
    assert score(scores, "lsr_false_alarms", "B").value == 50.0
    assert score(scores, "lsr_auc", "B").value == 1.0


def test_only_the_first_two_families_are_held_to_a_promise():
    outcomes = [
        rest(letter, True, part="video", wrong=letter == "C") for letter in "ABC" for _ in range(3)
    ]
    scores = [judged(s) for s in family_scores(outcomes, np.random.default_rng(1))]
    passed = {s.family: s.passed for s in scores if s.key == "side_wrong"}
    assert passed == {"A": True, "B": True, "C": None}


def test_a_folder_without_real_signals_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no EMG trace"):
        check_real(tmp_path)
    assert check_real(None) is None


def test_real_signals_are_found_read_and_followed(real_folder):
    assert check_real(real_folder) == real_folder
    assert real_pieces(real_folder).shapes
    faces, courses = real_faces(real_folder)
    assert len(faces[0].frames) == 90
    assert len(courses) == 1
    still = np.array(faces[0].places)
    assert np.abs(still[:, :, 2]).max() < 1.0


def test_a_tiny_run_scores_all_four_families_and_prints_the_gaps(tiny):
    report, lines = tiny
    assert report.recordings == 13
    assert {s.family for s in report.scores} == {"A", "B", "C", "D"}
    assert {gap.pair for gap in report.gaps} == {"A-B", "A-C"}
    assert score(report.scores, "burst_f1", "A").value > 0.6
    assert not report.fresh
    assert any("13/13" in line for line in lines)


def test_the_report_goes_to_json_and_back_and_to_a_page(tiny):
    report, _ = tiny
    text = report.model_dump_json(by_alias=True)
    assert FamiliesReport.model_validate_json(text) == report
    page = render_families(report)
    for words in ("A-B", "resampled real signals", "this is no validation", "wink series"):
        assert words in page


def test_the_terminal_says_what_is_no_validation(tiny):
    report, _ = tiny
    console = Console(record=True, width=170, file=io.StringIO())
    print_families(report, console)
    text = console.export_text()
    assert "TUNING SEEDS" in text
    assert "nothing is promised" in text


def test_without_real_signals_the_run_says_that_family_c_is_left_out():
    lines = []
    report = validate_families(seed_base=0, workers=1, sizes=NOTHING, told=lines.append)
    assert "family C is left out" in lines[0]
    assert report.recordings == 0
    assert "Family C was left out" in render_families(report)


def test_sides_go_round_so_that_both_are_scored():
    assert [FamilyJob("emg", "A", "hfs", 0, k).side for k in (0, 1)] == [Side.LEFT, Side.RIGHT]
