"""Findings, traces, tables and their published schemas."""

from __future__ import annotations

import csv
import io
import json
import os

import jsonschema
import numpy as np
import pytest

from hemispasm.formats.csv import COLUMNS, TableEntry, findings_csv, rows_csv
from hemispasm.formats.findings import read_findings, write_findings
from hemispasm.formats.schemas import make_schema, read_schema, schema_names
from hemispasm.formats.traces import read_traces, traces_text, write_traces
from hemispasm.model import (
    Event,
    Finding,
    FindingsDocument,
    IntegrityError,
    Provenance,
    Quality,
    RecordingRef,
    Trace,
)

SHA = "a" * 64


def document(**more):
    rate = Finding(
        code="video.spasm_rate",
        side="left",
        value=14.5,
        unit="/min",
        interval=(7.1, 25.4),
        count_interval=(13.4, 15.5),
        level=0.95,
        quality="measurable",
        method="video/1",
        count=14,
    )
    side = Finding(code="video.affected_side", value="left", quality="measurable", method="video/1")
    event = Event(
        id="spasm-1090",
        kind="spasm",
        side="left",
        start_s=1.09,
        end_s=2.54,
        pattern="tonic",
        region=("eye", "mouth"),
        confidence=0.98,
        measures={"peak_closure": 0.9},
    )
    whole = {
        "recording": RecordingRef(kind="video", sha256=SHA, duration_s=61.2),
        "quality": Quality(grade="measurable", analysed_s=58.0),
        "findings": (side, rate),
        "events": (event,),
        "provenance": Provenance(hemispasm="0.1.0"),
    }
    return FindingsDocument(**{**whole, **more})


def test_findings_come_back_as_they_went(tmp_path):
    path = tmp_path / "findings.json"
    write_findings(path, document())
    assert read_findings(path).to_json() == document().to_json()
    first = path.read_bytes()
    write_findings(path, read_findings(path))
    assert path.read_bytes() == first
    assert os.listdir(tmp_path) == ["findings.json"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[: len(text) // 2], "damaged_file"),
        (lambda text: text.replace("findings/1", "findings/2"), "wrong_version"),
        (lambda text: "[]", "wrong_version"),
        (lambda text: text.replace('"grade": "measurable"', '"grade": "fine"'), "damaged_file"),
        (lambda text: text.replace('"video.spasm_rate"', '"video.nonsense"'), "damaged_file"),
    ],
)
def test_half_written_or_foreign_findings_are_an_integrity_error(tmp_path, change, code):
    path = tmp_path / "findings.json"
    write_findings(path, document())
    path.write_text(change(path.read_text()))
    with pytest.raises(IntegrityError) as caught:
        read_findings(path)
    assert (caught.value.code, caught.value.exit_code) == (code, 4)


def test_missing_findings_are_an_integrity_error(tmp_path):
    with pytest.raises(IntegrityError):
        read_findings(tmp_path / "findings.json")


def traces():
    time_s = np.arange(5) / 30
    values = np.array([0.0, 0.123456, np.nan, 1.0, 0.5])
    other = np.arange(3) / 10
    return (
        Trace("eye_closure", "1", time_s, values, side="left"),
        Trace("eye_closure", "1", time_s.copy(), values[::-1], side="right"),
        Trace("score", "1", other, other, image_side="image_left", meta={"k": 1}),
    )


def test_traces_share_a_time_axis_and_come_back(tmp_path):
    write_traces(tmp_path / "t.json", traces(), SHA)
    assert len(json.loads(traces_text(traces(), SHA))["times_s"]) == 2
    for before, after in zip(traces(), read_traces(tmp_path / "t.json"), strict=True):
        assert (before.name, before.side, before.image_side, before.meta) == (
            after.name,
            after.side,
            after.image_side,
            after.meta,
        )
        np.testing.assert_allclose(after.values, before.values, atol=5.1e-5)
        np.testing.assert_allclose(after.time_s, before.time_s, atol=5.1e-5)


def test_a_table_has_a_row_per_finding_per_recording():
    text = findings_csv([TableEntry(document(), "P-1", "2026-03-02"), TableEntry(document())])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert [r["code"] for r in rows] == ["video.affected_side", "video.spasm_rate"] * 2
    assert rows[1] == {
        **dict.fromkeys(COLUMNS, ""),
        "case_id": "P-1",
        "visit": "2026-03-02",
        "sha256": SHA,
        "code": "video.spasm_rate",
        "side": "left",
        "value": "14.5",
        "unit": "/min",
        "lo": "7.1",
        "hi": "25.4",
        "level": "0.95",
        "quality": "measurable",
    }
    assert rows[2]["case_id"] == ""


def test_text_that_a_spreadsheet_would_run_is_defused():
    text = rows_csv(("reason", "value"), [["=1+1", -3.5], ["@x", 1]])
    assert list(csv.reader(io.StringIO(text)))[1:] == [["'=1+1", "-3.5"], ["'@x", "1"]]


@pytest.mark.parametrize("name", schema_names())
def test_published_schemas_are_those_of_the_models(name):
    assert read_schema(name) == make_schema(name), "run python -m hemispasm.formats.schemas"
    jsonschema.Draft202012Validator.check_schema(read_schema(name))


def test_what_is_written_fits_its_schema_and_what_is_wrong_does_not():
    findings = jsonschema.Draft202012Validator(read_schema("findings-1"))
    findings.validate(document().to_json())
    bad = document().to_json()
    bad["quality"]["grade"] = "fine"
    assert not findings.is_valid(bad)
    unversioned = document().to_json()
    del unversioned["schema"]
    assert not findings.is_valid(unversioned)
    signals = jsonschema.Draft202012Validator(read_schema("traces-1"))
    signals.validate(json.loads(traces_text(traces(), SHA)))


def test_the_example_of_the_design_fits_the_schema_without_nulls():
    plain = document().model_dump(mode="json", by_alias=True, exclude_none=True)
    jsonschema.Draft202012Validator(read_schema("findings-1")).validate(plain)
    assert FindingsDocument.model_validate(plain).to_json() == document().to_json()


def test_hand_written_files_fit_their_schemas():
    for name, data in {
        "case-1": {"id": "P-1", "onset": {"side": "left", "month": "2019"}},
        "visit-1": {"context": "home"},
        "treatments-1": {"toxin": [{"day": "2026-03-02", "units": {"a": 2.5}}]},
        "video-sidecar-1": {"mirrored": "no", "tasks": []},
        "review-1": {"items": []},
    }.items():
        validator = jsonschema.Draft202012Validator(read_schema(name))
        validator.validate(data)
        assert not validator.is_valid({**data, "surprise": 1}), name
