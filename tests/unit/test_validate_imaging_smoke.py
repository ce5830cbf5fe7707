"""A few tiny sessions go the whole way: simulated, measured, scored, kept, printed."""

import io
import json
import re

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from hemispasm.cli.validate import command
from hemispasm.model.errors import UsageError
from hemispasm.validate.imaging import ImagingValidationReport, unscored, validate_imaging
from hemispasm.validate.imaging_page import render_imaging_validation
from hemispasm.validate.imaging_plan import ImagingSizes
from hemispasm.validate.imaging_speed import Cost, cost_scores
from hemispasm.validate.imaging_tables import print_imaging_report

TINY = ImagingSizes(
    iso_half=0, slices_10=1, slices_15=0, slices_20=2, organic=0, attached=0, attached_10=0,
    jitter=0, sides=0, beside=1, speed=1,
)  # fmt: skip
ROWS = "slices_10,slices_20"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    keep = tmp_path_factory.mktemp("kept")
    lines = []
    report = validate_imaging(
        seed_base=3, workers=1, only=ROWS, keep=keep, sizes=TINY, told=lines.append
    )
    return report, lines, keep


def invoke(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_a_session_is_measured_and_held_against_its_truth(tiny):
    report, lines, _ = tiny
    (case,) = [c for c in report.cases if c.row == "slices_10"]
    assert (case.grade, case.crashed) == ("A", None)
    assert case.said is not None
    assert abs(case.said.distance_mm - case.true_mm) < 0.6
    assert case.line_vii_mm < 0.4
    assert set(case.beside) == {"masks", "surfaces"}
    assert "slices_10 1/1" in lines


def test_thick_slices_are_refused_in_every_session(tiny):
    report, _, _ = tiny
    refused = [c for c in report.cases if c.row == "slices_20"]
    assert [(c.grade, c.numbers, c.said) for c in refused] == [("C", 0, None)] * 2
    (score,) = [s for s in report.scores if s.key == "refused.slices_20"]
    assert score.passed is True


def test_a_stopped_run_goes_on_where_it_was(tiny, monkeypatch):
    report, _, keep = tiny
    monkeypatch.setattr("hemispasm.validate.imaging.code_digest", lambda: report.code)
    lines = []
    again = validate_imaging(
        seed_base=3, workers=1, only=ROWS, keep=keep, sizes=TINY, told=lines.append
    )
    assert again.reused == 3
    assert again.cases == report.cases
    assert again.scores == report.scores
    assert lines == ["3 sessions kept from an earlier run"]


def test_tables_say_kept_or_not_kept_and_what_was_not_tried(tiny):
    report, _, _ = tiny
    console = Console(width=200, record=True, file=io.StringIO())
    print_imaging_report(report, console)
    text = console.export_text()
    assert re.search(r"refused +hemispasm +100\.0 % .* kept", text)
    assert "NOT kept" in text
    assert "TUNING SEEDS" in text
    assert f"Not tried in this run: {len(unscored(report))} promises." in text
    assert "surfaces" in text


def test_the_page_holds_every_score_and_warns_of_tuning_seeds(tiny):
    report, _, _ = tiny
    page = render_imaging_validation(report)
    assert "Seeds open to tuning" in page
    for score in report.scores:
        assert score.key in page


def test_the_report_comes_back_from_its_json(tiny):
    report, _, _ = tiny
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "hemispasm.imaging_validation/1"
    assert ImagingValidationReport.model_validate_json(text) == report


def test_costs_are_medians_beside_their_bars():
    seconds = {"side": [3.0, 9.0, 4.0], "retrack": [0.1], "masks": [1.0], "surfaces": [2.0]}
    cost = Cost(
        wall_s=seconds, cpu_s=seconds, before_mb=300.0, peak_mb=1000.0, voxels=(180, 140, 80)
    )
    scores = {(s.key, s.tool): s for s in cost_scores(cost)}
    assert scores["side_wall.speed", "hemispasm"].value == 4.0
    assert scores["side_wall.speed", "hemispasm"].interval == (3.0, 9.0)
    assert scores["side_memory.speed", "hemispasm"].value == 1000.0
    assert "7 steps" in scores["side_wall.speed", "masks"].note


def test_the_command_refuses_options_of_another_kind():
    result = invoke("imaging", "--peers", "python", "--quick")
    assert isinstance(result.exception, UsageError)
    assert "hemispasm validate emg" in result.exception.next_step
    assert isinstance(invoke("emg", "--rows", "organic").exception, UsageError)


def test_the_command_names_an_unknown_row():
    result = invoke("imaging", "--rows", "thin", "--seed-base", "0")
    assert isinstance(result.exception, UsageError)
    assert result.exception.code == "unknown_part"
