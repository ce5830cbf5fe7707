"""One tiny clip goes the whole way: simulated, measured, scored, printed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hemispasm.assets import asset_path
from hemispasm.model.errors import HemispasmError, UsageError
from hemispasm.validate.clips import Band, ClipSpec
from hemispasm.validate.running import run_clip
from hemispasm.validate.scoring import score_clips
from hemispasm.validate.video import ValidationReport
from hemispasm.validate.video_page import render_validation


def has_face_model():
    try:
        return asset_path("face_landmarker.task").exists()
    except HemispasmError:
        return False


needs_model = pytest.mark.skipif(
    not has_face_model(), reason="the face model is absent: run `hemispasm assets fetch`"
)
SPEC = ClipSpec(
    clip_id="tiny",
    generator="photo",
    scenario="hfs",
    side="left",
    band=Band.HIGH,
    seed=3,
    duration_s=8.0,
    frame_rate_hz=15.0,
    width=480,
    height=360,
    extra={"rate_per_min": 20.0},
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    return folder, run_clip(SPEC, folder)


@needs_model
def test_one_clip_is_simulated_measured_and_scored(tiny):
    _, result = tiny
    assert result.truth.affected_side == "left"
    assert result.document.recording.simulated
    assert result.analysed_s > 6
    assert set(result.baselines) == {"mean_eye_threshold", "matched_eye_peaks"}
    keys = {score.key for score in score_clips([result])}
    assert {"spasm_f1.upper", "side_wrong", "blink_recall"} <= keys


@needs_model
def test_kept_signals_give_the_same_events_without_rendering_again(tiny, monkeypatch):
    folder, result = tiny

    def never(*_):
        raise AssertionError("rendered again")

    monkeypatch.setattr("hemispasm.validate.running.render_spec", never)
    again = run_clip(SPEC, folder, reuse=True)
    assert again.document.events == result.document.events
    assert again.truth.events == result.truth.events


@needs_model
def test_without_a_folder_to_keep_nothing_stays(tiny, monkeypatch, tmp_path):
    _, result = tiny
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("hemispasm.validate.running.render_spec", lambda *_: result.truth)
    with pytest.raises(HemispasmError):  # nothing was rendered, so nothing can be read
        run_clip(SPEC)
    assert list(tmp_path.iterdir()) == []


@needs_model
def test_a_validation_survives_the_way_through_json_and_onto_a_page(tiny):
    _, result = tiny
    report = ValidationReport(
        hemispasm="0",
        plan="quick",
        seed_base=0,
        fresh=False,
        scores=tuple(score_clips([result])),
        clips=(result,),
        seconds=1.0,
    )
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "hemispasm.validation/1"
    assert json.loads(text)["footer"] == "Research software, not a medical device."
    assert ValidationReport.model_validate_json(text).model_dump_json(by_alias=True) == text
    page = render_validation(report)
    assert "this is no validation" in page
    assert "spasm_f1.upper" in page


def test_scoring_kept_signals_again_asks_where_they_are():
    import typer

    from hemispasm.cli.validate import command

    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, ["video", "--reuse"])
    assert isinstance(done.exception, UsageError)
    assert done.exception.code == "reuse_without_keep"
