"""A few tiny recordings go the whole way: simulated, measured, scored, printed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from hemispasm.cli.validate import command
from hemispasm.model.errors import UsageError
from hemispasm.validate import emg_peers
from hemispasm.validate.bars import load_bars
from hemispasm.validate.emg import BARS, EmgValidationReport, validate_emg
from hemispasm.validate.emg_page import render_emg_validation
from hemispasm.validate.emg_peers import SAME_FILES, run_peers
from hemispasm.validate.emg_plan import QUICK, EmgSizes
from hemispasm.validate.emg_tables import print_emg_report

TINY = EmgSizes(
    bursts=1, lsr=2, null_sets=1, theatre=1, synchrony=1, sides_hfs=1, sides_quiet=0, rates=0,
    latencies=1, evoked_second=1.0, rest_s=15.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    lines = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("hemispasm.validate.emg.QUICK_SPEED_REPEATS", 1)
        report = validate_emg(quick=True, seed_base=0, workers=1, sizes=TINY, told=lines.append)
    return report, lines


def invoke(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_every_promise_is_scored_in_both_families(tiny):
    report, _ = tiny
    for key in load_bars(BARS):
        families = {score.family for score in report.scores if score.key == key}
        assert families in ({"mechanistic", "phenomenological"}, {None}), key
        assert all(s.bar for s in report.scores if s.key == key and s.tool == "hemispasm"), key


def test_clear_bursts_of_the_first_family_are_found(tiny):
    report, _ = tiny
    (score,) = [s for s in report.scores if (s.key, s.family) == ("burst_f1.20_db", "mechanistic")]
    assert score.value > 0.8
    assert score.n > 10


def test_other_tools_that_were_not_named_are_said_not_to_have_run(tiny):
    report, _ = tiny
    assert [peer.ran for peer in report.peers] == [False] * 3
    assert all(peer.words.startswith("not run: ") for peer in report.peers)
    assert not any("NeuroKit2" in score.tool for score in report.scores)


def test_progress_is_told_part_by_part(tiny):
    _, lines = tiny
    assert "theatre 2/2" in lines


def test_a_report_survives_the_way_through_json_and_onto_page_and_screen(tiny):
    report, _ = tiny
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "hemispasm.emg_validation/1"
    assert EmgValidationReport.model_validate_json(text) == report
    page = render_emg_validation(report)
    assert "this is no validation" in page
    assert "lsr_auc_baseline.-6_db" in page
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115
    print_emg_report(report, console)
    shown = console.export_text()
    assert "TUNING SEEDS" in shown
    assert "average of 10 below half" in shown


def test_a_python_that_is_not_there_is_named_as_the_reason():
    beside = run_peers(Path("/no/such/python"), 0, QUICK, lambda _: None)
    assert beside.scores == []
    assert {peer.words for peer in beside.peers} == {"not run: No such file or directory"}


def test_a_python_without_the_tools_runs_none_and_invents_nothing(monkeypatch):
    monkeypatch.setattr(emg_peers, "QUICK_PATIENTS", 1)
    asked = []

    def without(_python, paths, _workers):
        asked.extend(paths)
        return dict.fromkeys(("neurokit2", "biosppy", "mne"), "absent: ModuleNotFoundError"), {}

    monkeypatch.setattr(emg_peers, "_ask", without)
    beside = run_peers(Path(sys.executable), 0, QUICK, lambda _: None)
    assert asked
    assert [peer.ran for peer in beside.peers] == [False] * 3
    assert {score.tool for score in beside.scores} == {SAME_FILES}


def test_what_another_tool_found_is_scored_like_ours(monkeypatch):
    monkeypatch.setattr(emg_peers, "QUICK_PATIENTS", 1)

    def perfect(_python, paths, _workers):
        answers = {}
        for path in paths:
            if "bursts" in path:
                answers[path] = {
                    "Silent": {"onsets_s": [], "cpu_s": 0.1},
                    "Broken": {"error": "TypeError: x"},
                }
            else:
                size = 9.0 if path.endswith("-0.npz") else 1.0
                answers[path] = {"MNE average": {"peak_to_peak_uv": size}}
        return dict.fromkeys(("neurokit2", "biosppy", "mne"), "1.0"), answers

    monkeypatch.setattr(emg_peers, "_ask", perfect)
    scores = run_peers(Path(sys.executable), 0, QUICK, lambda _: None).scores
    silent = [s for s in scores if s.tool == "Silent" and s.key.startswith("burst_f1")]
    assert [s.value for s in silent] == [0.0, 0.0]
    assert [s.note for s in scores if s.tool == "Broken"] == ["failed: TypeError: x"]
    assert {s.value for s in scores if s.key.startswith("lsr_auc")} == {1.0}
    speeds = {s.tool: s for s in scores if s.key == "burst_throughput"}
    assert speeds["Silent"].value == 300.0
    assert f"ours is {speeds[SAME_FILES].value / 300:.0f} times" in speeds["Silent"].note


def test_the_script_for_another_python_needs_nothing_of_ours():
    script = Path(emg_peers.__file__).with_name("emg_peer_script.py")
    done = subprocess.run(
        [sys.executable, "-I", str(script)], capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert set(answer["versions"]) == {"neurokit2", "biosppy", "mne"}
    assert "hemispasm" not in script.read_text(encoding="utf-8").split('"""', 2)[2]


@pytest.mark.parametrize(
    "arguments",
    [("emg", "--keep", "x"), ("emg", "--keep", "x", "--reuse"), ("video", "--peers", "python")],
)
def test_an_option_of_the_other_kind_is_refused(arguments):
    done = invoke(*arguments)
    assert isinstance(done.exception, UsageError)
    assert done.exception.code == "option_of_another_kind"


def test_a_broken_promise_ends_with_one_only_when_strict(monkeypatch, tiny):
    report, _ = tiny
    low = report.scores[0].model_copy(update={"passed": False})
    broken = report.model_copy(update={"scores": (low,)})
    monkeypatch.setattr("hemispasm.validate.emg.validate_emg", lambda **_: broken)
    assert invoke("emg").exit_code == 0
    assert invoke("emg", "--strict").exit_code == 1
    kept = report.model_copy(update={"scores": (low.model_copy(update={"passed": True}),)})
    monkeypatch.setattr("hemispasm.validate.emg.validate_emg", lambda **_: kept)
    assert invoke("emg", "--strict").exit_code == 0


def test_releases_start_at_their_own_seeds_and_options_arrive(monkeypatch, tiny):
    report, _ = tiny
    seen = {}

    def fake(**options):
        seen.update(options)
        return report

    monkeypatch.setattr("hemispasm.validate.emg.validate_emg", fake)
    invoke("emg", "--quick", "--jobs", "3", "--only", "lsr", "--peers", "other/python")
    assert (seen["seed_base"], seen["quick"], seen["workers"]) == (30_000, True, 3)
    assert (seen["only"], seen["peers"]) == ("lsr", Path("other/python"))
