"""A case with EMG: what is read, measured, reused, refused and charted."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hemispasm.assessing import measure_case
from hemispasm.charting import make_chart
from hemispasm.cli import main
from hemispasm.formats.case import read_case
from hemispasm.measuring_emg import measure_emg_file
from hemispasm.model import Review, ReviewItem, Side
from hemispasm.model.errors import DecodeError, UsageError
from hemispasm.review import apply_review, stale_items, undecided_events, undecided_findings

sys.path.insert(0, str(Path(__file__).parent))
from emg_cases import FIRST, SECOND, add_evoked, add_rest, emg_case, emg_folder


def charted(case):
    folder = read_case(case)
    measured = measure_case(folder)
    return make_chart(folder, measured.findings)


def test_a_visit_lists_its_emg_recordings_and_names_what_is_none(tmp_path):
    case = emg_case(tmp_path)
    folder = emg_folder(case)
    for name in ("rest.EDF", "old.bdf", "needle.hea", "needle.dat", "console.txt", "notes.txt",
                 "rest.json", "rest.truth.json", "console.toml", "scan.xyz"):  # fmt: skip
        (folder / name).write_text("{}" if name.endswith(".json") else "")
    visit = read_case(case).visits[0]
    names = [[p.name for p in files.paths] for files in visit.emg]
    assert names == [["console.txt"], ["needle.hea"], ["old.bdf"], ["rest.EDF"]]
    assert visit.ignored == ("notes.txt", "scan.xyz")


def test_parts_of_one_recording_belong_together_in_the_order_of_their_numbers(tmp_path):
    case = emg_case(tmp_path)
    for name in ("rest_part10.edf", "rest_part2.edf", "lsr_split-01.edf", "other.edf"):
        (emg_folder(case) / name).write_text("")
    visit = read_case(case).visits[0]
    names = [[p.name for p in files.paths] for files in visit.emg]
    assert names == [["lsr_split-01.edf"], ["other.edf"], ["rest_part2.edf", "rest_part10.edf"]]
    assert visit.emg[2].sidecar.name == "rest.json"


def test_two_recordings_of_one_name_may_not_share_a_sidecar(tmp_path):
    case = emg_case(tmp_path)
    for name in ("rest.edf", "rest.bdf", "rest.json"):
        (emg_folder(case) / name).write_text("{}")
    with pytest.raises(UsageError) as problem:
        read_case(case)
    assert problem.value.code == "shared_sidecar"


def test_a_case_of_emg_alone_is_measured_and_charted_on_the_right_side(tmp_path):
    case = emg_case(tmp_path)
    add_rest(case)
    chart = charted(case)
    assert chart.value("emg.affected_side") == "right"
    assert chart.value("emg.burst_rate", Side.RIGHT) > 20


def test_what_was_measured_before_is_taken_from_the_latest_run_until_the_montage_changes(tmp_path):
    from hemispasm.assess import assess
    from hemispasm.results import latest_run

    case = emg_case(tmp_path)
    path = add_rest(case)
    first = assess(case)
    again = assess(case)
    assert (first.measured.reused, again.measured.reused) == (0, 1)
    assert again.findings == first.findings
    sha256 = again.findings.visits[0].recordings[0].recording.sha256
    names = {trace.name for trace in latest_run(read_case(case)).traces(sha256)}
    assert {"emg_envelope", "emg_z"} <= names
    beside = path.with_suffix(".json")
    text = beside.read_text().replace('"right"', '"x"').replace('"left"', '"right"')
    beside.write_text(text.replace('"x"', '"left"'))
    turned = assess(case)
    assert turned.measured.reused == 0
    assert turned.findings.visits[0].recordings[0].find("emg.affected_side").value == "left"


def test_one_file_in_two_visits_is_refused(tmp_path):
    case = emg_case(tmp_path, days=(FIRST, SECOND))
    path = add_rest(case, duration_s=5.0)
    shutil.copy(path, emg_folder(case, SECOND) / "again.edf")
    with pytest.raises(UsageError) as problem:
        measure_case(read_case(case))
    assert problem.value.code == "recording_twice"
    assert "EMG 1" in problem.value.cause


def test_a_file_that_is_no_edf_is_named_as_failed_and_the_rest_is_measured(tmp_path):
    case = emg_case(tmp_path)
    add_rest(case)
    (emg_folder(case) / "broken.edf").write_bytes(b"")
    measured = measure_case(read_case(case))
    visit = measured.findings.visits[0]
    assert [(f.kind, f.number) for f in visit.failures] == [("emg", 1)]
    assert visit.recordings[0].find("emg.affected_side").value == "right"


def test_only_broken_files_end_with_the_first_error(tmp_path):
    case = emg_case(tmp_path)
    (emg_folder(case) / "broken.edf").write_bytes(b"0       ")
    with pytest.raises(DecodeError):
        measure_case(read_case(case))


def test_findings_of_another_program_stay_beside_our_own_recordings(tmp_path):
    case = emg_case(tmp_path)
    path = add_rest(case)
    document = measure_emg_file(path).to_json()
    (emg_folder(case) / "theirs.findings.json").write_text(json.dumps(document))
    measured = measure_case(read_case(case))
    visit = measured.findings.visits[0]
    assert (len(visit.recordings), len(visit.others)) == (1, 1)


def test_the_longer_rest_recording_stands_for_the_visit_and_nothing_counts_twice(tmp_path):
    case = emg_case(tmp_path)
    add_rest(case, name="a_short", duration_s=12.0, seed=4)
    long = add_rest(case, name="b_long", duration_s=40.0)
    chart = charted(case)
    seen = [o.finding for o in chart.every("emg.affected_side")]
    rate = measure_emg_file(long).find("emg.burst_rate", Side.RIGHT).value
    assert len(seen) == 1
    assert chart.value("emg.burst_rate", Side.RIGHT) == rate


def test_a_response_found_in_one_train_is_not_hidden_by_a_train_without_it(tmp_path):
    case = emg_case(tmp_path)
    add_evoked(case, name="a_none", compression=0.0)
    add_evoked(case, name="b_lsr")
    chart = charted(case)
    assert chart.value("emg.lateral_spread", Side.RIGHT) == "present"
    assert len(list(chart.every("emg.lateral_spread"))) == 1
    assert len(list(chart.every("emg.lateral_spread_latency", Side.RIGHT))) == 1


def reviewed(document, *items):
    return apply_review(document, Review(items=tuple(items)))


def item(document, ident, decision="reject", target="event", **more):
    return ReviewItem(
        target=target, recording_sha256=document.recording.sha256, id=ident, decision=decision,
        initials="AB", time=datetime(2026, 3, 3, tzinfo=UTC), reason="seen", **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def resting(tmp_path_factory):
    case = emg_case(tmp_path_factory.mktemp("rest"))
    return measure_emg_file(add_rest(case))


def test_spasms_are_runs_of_bursts_of_their_own_side(resting):
    spasms = [e for e in resting.events if e.kind == "spasm"]
    right = [e for e in spasms if e.side is Side.RIGHT]
    assert len(right) == resting.find("emg.spasm_rate", Side.RIGHT).extra("count")
    assert {e.channel for e in spasms} == {None}
    assert len({e.id for e in resting.events}) == len(resting.events)
    burst_count = sum(e.measures["burst_count"] for e in right)
    assert burst_count == resting.find("emg.burst_rate", Side.RIGHT).extra("count")


def test_a_rejected_spasm_lowers_the_rates_of_its_side_alone(resting):
    gone = next(e for e in resting.events if e.kind == "spasm" and e.side is Side.RIGHT)
    after = reviewed(resting, item(resting, gone.id))
    for code in ("emg.spasm_rate", "emg.burst_rate", "emg.spasm_time_fraction"):
        assert after.find(code, Side.RIGHT).value < resting.find(code, Side.RIGHT).value
        assert after.find(code, Side.LEFT) == resting.find(code, Side.LEFT)
    duration = after.find("emg.burst_duration", Side.RIGHT)
    assert duration.value == resting.find("emg.burst_duration", Side.RIGHT).value
    assert duration.reason.startswith("before_review")


def test_a_side_without_a_spasm_left_is_no_longer_named(resting):
    spasms = [e for e in resting.events if e.kind == "spasm" and e.side is Side.RIGHT]
    after = reviewed(resting, *(item(resting, e.id) for e in spasms))
    assert resting.find("emg.affected_side").value == "right"
    assert after.find("emg.affected_side").value == "uncertain"
    assert after.find("emg.spasm_rate", Side.RIGHT).value == 0
    left = reviewed(resting, *(item(resting, e.id, "relabel", side=Side.LEFT) for e in spasms))
    assert left.find("emg.affected_side").value == "uncertain"
    assert left.find("emg.side_exclusivity").side is Side.LEFT


def test_hundreds_of_bursts_are_a_handful_of_questions(resting):
    asked = undecided_findings(resting, Review())
    assert undecided_events(resting, Review()) == ()
    assert len([e for e in resting.events if e.kind == "burst"]) > 50
    assert {f.key for f in asked} >= {"emg.affected_side", "emg.hfs_pattern:right"}
    assert len(asked) < 6
    decided = Review(items=tuple(item(resting, f.key, "accept", "finding") for f in asked))
    assert undecided_findings(resting, decided) == ()


def test_channels_without_a_side_are_decided_on_one_by_one(tmp_path):
    path = add_rest(emg_case(tmp_path), duration_s=20.0)
    data = json.loads(path.with_suffix(".json").read_text())
    for channel in data["channels"]:
        del channel["side"]
    labels = [channel["label"] for channel in data["channels"]]
    path.with_suffix(".json").write_text(json.dumps(data))
    document = measure_emg_file(path)
    keys = [f.key for f in document.findings]
    assert len(keys) == len(set(keys))
    key = f"emg.burst_rate@{labels[0]}"
    after = reviewed(document, item(document, key, target="finding"))
    assert [f.value for f in after.findings if f.key == key] == [None]
    others = [f for f in after.findings if f.code == "emg.burst_rate" and f.key != key]
    assert all(f.value is not None for f in others)
    assert stale_items(document, Review(items=(item(document, key, target="finding"),))) == ()


def test_a_text_file_that_nobody_described_is_named_and_never_lost_in_silence(tmp_path, capsys):
    case = emg_case(tmp_path)
    add_evoked(case, count=8)
    (emg_folder(case) / "console.txt").write_text("1\t2\n")
    assert main(["assess", str(case)]) == 0
    assert "console.txt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scenario", "gates", "named"),
    [("myokymia", {"myokymia"}, False), ("seizure_rhythm", set(), False), ("hfs", set(), True)],
)
def test_patterns_enter_the_plan_in_their_own_direction(tmp_path, scenario, gates, named):
    from hemispasm.reason.plan import make_plan

    case = emg_case(tmp_path)
    add_rest(case, scenario=scenario, duration_s=60.0, seed=11, rate_hz=10_000.0)
    chart = charted(case)
    plan = make_plan(chart, None)
    assert {gate.code for gate in plan.gates} == gates
    assert plan.side.side is (Side.RIGHT if named else None)
    assert not plan.side.conflict
    shares = {share.name: share for share in plan.differential.shares}
    moved = shares["hfs"].share - shares["hfs"].prior
    # Another pattern names no side of spasms and must not speak for them; nor is it their absence.
    assert moved > 0.05 if named else moved < 0.01
    assert chart.is_present("emg.hfs_pattern", Side.RIGHT) is named
    mirrored = make_plan(chart.mirrored(), None)
    assert mirrored.side.side is (Side.LEFT if named else None)
