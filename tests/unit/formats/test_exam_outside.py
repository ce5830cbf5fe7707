"""Findings that others wrote, and a clinic's own results: what may enter, and what is refused."""

from __future__ import annotations

import json

import pytest

from hemispasm.formats.case import read_case
from hemispasm.formats.centre import read_centre
from hemispasm.formats.outside_findings import read_outside_findings
from hemispasm.model import HemispasmError, Side, UsageError


def document(kind="emg", **finding):
    made = {
        "code": "emg.lateral_spread",
        "side": "left",
        "value": "present",
        "quality": "measurable",
        "method": "other/1",
        **finding,
    }
    return {
        "schema": "hemispasm.findings/1",
        "recording": {"kind": kind, "sha256": "0" * 64},
        "quality": {"grade": "measurable", "analysed_s": 0},
        "findings": [made],
        "provenance": {"hemispasm": "other program"},
    }


def put(folder, data, name="a.findings.json", kind="emg"):
    path = folder / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def test_what_another_program_wrote_is_read_with_its_side(tmp_path):
    found = read_outside_findings(put(tmp_path, document()))
    assert found.find("emg.lateral_spread", Side.LEFT).value == "present"
    assert found.find("emg.lateral_spread", Side.RIGHT) is None


def test_a_case_lists_the_exam_and_the_findings_files_of_a_visit(tmp_path):
    (tmp_path / "case.toml").write_text('id = "P-1"')
    visit = tmp_path / "visits" / "2026-03-02"
    put(visit, document(), "b.findings.json")
    put(visit, document(), "a.findings.json")
    put(visit, "x", "raw.edf")
    put(visit, document("imaging"), kind="imaging")
    (visit / "exam.toml").write_text("")
    (tmp_path / "visits" / "2026-04-02").mkdir()
    first, second = read_case(tmp_path).visits
    assert [p.name for p in first.emg_findings] == ["a.findings.json", "b.findings.json"]
    assert [p.name for p in first.imaging_findings] == ["a.findings.json"]
    assert first.exam == visit / "exam.toml"
    assert first.has_exam
    assert (second.exam, second.has_exam, second.emg_findings) == (None, False, ())


REPORT = {"code": "imaging.radiologist_report", "side": None, "value": "no_secondary_cause"}
WRONG = {
    "schema": ({**document(), "schema": "hemispasm.findings/2"}, "emg", "wrong_version"),
    "no schema": ({"findings": []}, "emg", "wrong_version"),
    "no object": ("[]", "emg", "bad_json"),
    "broken": ("{", "emg", "bad_json"),
    "kind": (document("imaging"), "emg", "wrong_kind"),
    "video": (document("video"), "emg", "wrong_kind"),
    "foreign code": (document(code="exam.spasm"), "emg", "foreign_code"),
    "unknown code": (document(code="emg.nothing"), "emg", "bad_value"),
    "value": (document(value="maybe"), "emg", "bad_value"),
    "unit": (document(code="emg.burst_rate", value=3, unit="Hz"), "emg", "bad_value"),
    "no side": (document(side=None), "emg", "side_missing"),
    "both sides": (document(side="both"), "emg", "side_missing"),
    "edge of a picture": (document(side=None, image_side="image_left"), "emg", "side_missing"),
    "side unwanted": (
        document(code="emg.affected_side", value="left"),
        "emg",
        "side_not_wanted",
    ),
    "a program's conclusion": (
        document("imaging", **REPORT, origin="measured"),
        "imaging",
        "not_from_this_report",
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_cannot_enter_a_chart_is_refused_with_its_file(tmp_path, case):
    data, kind, code = case
    with pytest.raises(HemispasmError) as caught:
        read_outside_findings(put(tmp_path, data, kind=kind))
    assert caught.value.code == code
    assert caught.value.exit_code == (4 if code == "wrong_version" else 2)
    assert f"{kind}/a.findings.json" in caught.value.cause


def test_a_radiologists_conclusion_enters_as_reported(tmp_path):
    data = document("imaging", **REPORT, origin="reported")
    found = read_outside_findings(put(tmp_path, data, kind="imaging"))
    assert found.find("imaging.radiologist_report").value == "no_secondary_cause"


CENTRE = 'name="A"\noperated=120\ngood=104\ndefinition="no spasm"\nmonths=12\n'


def test_a_clinics_own_results_are_read_from_file_or_folder(tmp_path):
    (tmp_path / "centre.toml").write_text(CENTRE + "since=2020-01-01\n")
    assert read_centre(tmp_path) == read_centre(tmp_path / "centre.toml")
    assert (read_centre(tmp_path).good, read_centre(tmp_path).operated) == (104, 120)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CENTRE.replace("104", "121"), "bad_value"),
        (CENTRE.replace("months=12\n", ""), "missing_key"),
        (CENTRE + "rate=0.9\n", "unknown_key"),
    ],
)
def test_impossible_results_of_a_clinic_are_refused(tmp_path, text, code):
    (tmp_path / "centre.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_centre(tmp_path)
    assert caught.value.code == code
