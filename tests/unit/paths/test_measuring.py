"""One recording from the command line: what is written, what is refused, which exit."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import jsonschema
import pytest
from made_cases import measurement, write_video

from hemispasm import measuring, reporting
from hemispasm.assets import asset_path
from hemispasm.cli import main
from hemispasm.formats.findings import read_findings
from hemispasm.formats.schemas import read_schema
from hemispasm.formats.traces import read_traces
from hemispasm.measuring import decide_mirroring, measure_video_file
from hemispasm.model import (
    Grade,
    HemispasmError,
    Mirrored,
    Quality,
    Side,
    UsageError,
    VideoSidecar,
)

FACES = Path(__file__).resolve().parents[4] / "shared" / "data" / "faces"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(
        measuring,
        "measure_video_file",
        lambda path, *, mirrored=None, **_: measurement(path, mirrored),
    )


@pytest.fixture
def clip(tmp_path):
    return write_video(tmp_path / "rest.mp4")


@pytest.mark.parametrize(
    ("flag", "beside", "known"),
    [
        (None, "unknown", "unknown"),
        (None, "yes", "yes"),
        ("yes", "unknown", "yes"),
        ("no", "no", "no"),
        ("unknown", "yes", "yes"),
        (Mirrored.NO, "unknown", "no"),
    ],
)
def test_mirroring_comes_from_whoever_states_it(flag, beside, known):
    assert decide_mirroring(flag, VideoSidecar(mirrored=beside)) == known


@pytest.mark.parametrize(("flag", "beside"), [("yes", "no"), ("no", "yes")])
def test_two_statements_on_mirroring_that_differ_are_never_weighed(flag, beside):
    with pytest.raises(UsageError) as caught:
        decide_mirroring(flag, VideoSidecar(mirrored=beside))
    assert caught.value.code == "mirroring_disagrees"


def test_the_command_refuses_a_flag_against_the_sidecar_and_other_words(clip):
    clip.with_suffix(".json").write_text('{"mirrored": "yes"}')
    assert main(["measure", "video", str(clip), "--mirrored", "no"]) == 2
    assert main(["measure", "video", str(clip), "--mirrored", "perhaps"]) == 2


def test_nothing_is_written_unasked(fake, clip, tmp_path, capsys):
    assert main(["measure", "video", str(clip), "--mirrored", "no"]) == 0
    assert os.listdir(tmp_path) == ["rest.mp4"]
    out = capsys.readouterr().out
    assert "Spasms per minute" in out
    assert "Research software, not a medical device." in out


def test_json_on_stdout_is_pure_and_fits_its_schema(fake, clip, capsys):
    assert main(["measure", "video", str(clip), "--mirrored", "no", "--json", "-"]) == 0
    captured = capsys.readouterr()
    data = json.loads(captured.out)
    jsonschema.Draft202012Validator(read_schema("findings-1")).validate(data)
    assert captured.err == ""


def test_every_output_can_be_asked_for_at_once(fake, clip, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    names = {"--json": "f.json", "--csv": "f.csv", "--report": "r.html", "--traces": "t.json"}
    options = [part for flag, name in names.items() for part in (flag, str(out / name))]
    assert main(["measure", "video", str(clip), "--mirrored", "no", *options]) == 0
    assert sorted(os.listdir(out)) == sorted(names.values())
    document = read_findings(out / "f.json")
    assert document.find("video.affected_side").value == "left"
    assert len(list(csv.DictReader((out / "f.csv").open()))) == len(document.findings)
    assert read_traces(out / "t.json")[0].side == "left"
    assert "DRAFT" in (out / "r.html").read_text()


def test_no_pictures_leaves_the_face_out(fake, clip, tmp_path):
    page = tmp_path / "r.html"
    given = ["measure", "video", str(clip), "--mirrored", "no", "--report", str(page)]
    assert main(given) == 0
    assert "data:image/jpeg" in page.read_text()
    assert main([*given, "--no-pictures"]) == 0
    assert "data:image/jpeg" not in page.read_text()


def test_several_videos_give_an_array_and_one_table(fake, clip, tmp_path, capsys):
    other = write_video(tmp_path / "other.mp4", shade=30)
    assert main(["measure", "video", str(clip), str(other), "--json", "-"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert len({d["recording"]["sha256"] for d in data}) == 2
    assert main(["measure", "video", str(clip), str(other), "--csv", "-"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len({r["sha256"] for r in rows}) == 2
    assert main(["measure", "video", str(clip), str(other), "--report", "r.html"]) == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--json", "rest.json"], 2),
        (["--json", "rest.mp4"], 2),
        (["--json", "a.json", "--csv", "a.json"], 2),
        (["--json", "nowhere/a.json"], 2),
    ],
)
def test_no_output_ever_replaces_the_recording_or_its_sidecar(
    fake, clip, tmp_path, monkeypatch, options, code
):
    monkeypatch.chdir(tmp_path)
    before = clip.read_bytes()
    assert main(["measure", "video", "rest.mp4", *options]) == code
    assert os.listdir(tmp_path) == ["rest.mp4"]
    assert clip.read_bytes() == before


def test_strict_turns_not_assessable_into_exit_1(clip, monkeypatch, capsys):
    def poor(path, **_):
        measured = measurement(path, "no")
        quality = Quality(grade=Grade.NOT_ASSESSABLE, analysed_s=0, reasons=("no_face: none",))
        document = measured.document.model_copy(update={"quality": quality})
        return type(measured)(document, measured.traces)

    monkeypatch.setattr(measuring, "measure_video_file", poor)
    assert main(["measure", "video", str(clip), "--json", "-"]) == 0
    assert main(["measure", "video", str(clip), "--json", "-", "--strict"]) == 1
    assert capsys.readouterr().out.count("not_assessable") >= 2


@pytest.mark.parametrize("content", [b"", b"text, no video\n" * 50])
def test_what_is_no_video_exits_3_with_one_error_shape(tmp_path, capsys, content):
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    assert main(["measure", "video", str(path), "--json", "-"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 3
    assert os.listdir(tmp_path) == ["bad.mp4"]


def test_pictures_are_cut_in_the_order_of_time_strongest_event_first(clip):
    document = measurement(clip, "no").document
    strips = reporting.take_pictures(clip, document)
    assert [s.event_id for s in strips] == ["spasm-0036000", "spasm-0031000", "spasm-0026000"]
    assert [p.moment for p in strips[0].pictures] == ["before", "onset", "peak", "offset"]
    assert all(p.media_type == "image/jpeg" for s in strips for p in s.pictures)


@pytest.fixture
def model():
    try:
        return asset_path("face_landmarker.task")
    except HemispasmError as error:
        pytest.skip(f"the face model is not here: {error}")


def test_a_clip_without_a_face_is_graded_and_never_an_error(model, tmp_path):
    path = write_video(tmp_path / "wall.mp4", n=40)
    seen = []
    measured = measure_video_file(path, mirrored="no", progress=lambda at, of: seen.append(at))
    document = measured.document
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert document.quality.reasons
    assert document.events == ()
    assert seen == sorted(seen)
    assert document.provenance.assets.keys() == {"face_landmarker.task"}
    assert str(tmp_path) not in json.dumps(document.to_json())


def test_a_real_face_is_measured_between_two_times(model):
    path = FACES / "frontal_woman_2.mp4"
    if not path.exists():
        pytest.skip("the real clips are not beside the repository")
    document = measure_video_file(path, mirrored="no", start_s=1.0, end_s=2.0).document
    assert (document.recording.span.start_s, document.recording.span.end_s) == (1.0, 2.0)
    assert document.quality.analysed_s == pytest.approx(1.0, abs=0.2)
    assert all(1.0 <= e.start_s <= 2.0 for e in document.events)
    assert document.find("video.affected_side").side is not Side.BOTH
