"""`hemispasm measure exam`: files, visits and cases in; tables, JSON, CSV and templates out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest

from hemispasm.cli import main
from hemispasm.formats.schemas import read_schema

EXAM = '[history]\nspasm = { left = "present" }\n[scales]\nsmc = { left = 2 }\n'


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case.toml").write_text('id = "P-1"\nbirth_year = 1961\n')
    for day in ("2026-03-02", "2026-04-02"):
        visit = tmp_path / "visits" / day
        visit.mkdir(parents=True)
        (visit / "exam.toml").write_text(EXAM)
    return tmp_path


def run(capsys, *arguments):
    code = main(["measure", "exam", *map(str, arguments)])
    return code, capsys.readouterr()


def test_the_example_of_the_guide_is_what_the_reader_accepts(tmp_path, capsys):
    guide = Path(__file__).parents[2] / "docs" / "howto" / "examine-a-patient.md"
    (example,) = re.findall(r"```text\n(# exam.toml\n.*?)```", guide.read_text(), re.DOTALL)
    (tmp_path / "exam.toml").write_text(example)
    code, printed = run(capsys, tmp_path / "exam.toml", "--day", "2026-03-02", "--json", "-")
    assert code == 0
    codes = {f["code"] for f in json.loads(printed.out)["findings"]}
    assert {"history.duration", "scale.tunc", "imaging.radiologist_report"} <= codes


def test_a_case_prints_a_table_for_each_visit_with_what_is_missing(case, capsys):
    code, printed = run(capsys, case)
    assert code == 0
    assert printed.out.count("SMC grade") == 2
    assert "P-1, 2026-03-02" in printed.out
    assert "not_filled: History, Alarm signs" in printed.out
    assert re.search(r"Involuntary movement of one side\s+│ left\s+│ present", printed.out)


def test_one_visit_gives_one_document_that_fits_the_schema(case, capsys):
    visit = case / "visits" / "2026-03-02"
    _, by_folder = run(capsys, visit, "--json", "-")
    _, by_file = run(capsys, visit / "exam.toml", "--json", "-")
    document = json.loads(by_folder.out)
    jsonschema.validate(document, read_schema("findings-1"))
    assert document["findings"] == json.loads(by_file.out)["findings"]
    assert document["recording"]["kind"] == "exam"
    digest = hashlib.sha256((visit / "exam.toml").read_bytes()).hexdigest()
    assert document["recording"]["sha256"] == digest
    age = next(f for f in document["findings"] if f["code"] == "history.age")
    assert age["value"] == 65


def test_the_csv_names_case_visit_and_side(case, capsys):
    _, printed = run(capsys, case, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    smc = [r for r in rows if r["code"] == "scale.smc"]
    assert [(r["case_id"], r["visit"], r["side"], r["value"]) for r in smc] == [
        ("P-1", "2026-03-02", "left", "2.0"),
        ("P-1", "2026-04-02", "left", "2.0"),
    ]


def test_a_template_on_standard_output_reads_back_as_an_empty_exam(tmp_path, capsys):
    code, printed = run(capsys, "--template")
    assert code == 0
    (tmp_path / "exam.toml").write_text(printed.out)
    code, printed = run(capsys, tmp_path / "exam.toml", "--day", "2026-03-02", "--strict")
    assert code == 1
    assert "not_assessable" in printed.out


def test_one_form_prints_only_its_questions(capsys):
    _, printed = run(capsys, "--form", "preferences", "--form", "scales")
    assert "lasting_relief" in printed.out
    assert "smc" in printed.out
    assert "other_babinski" not in printed.out


def test_agreement_over_cases_is_printed_and_few_pairs_are_refused(tmp_path, capsys):
    for number in range(12):
        visit = tmp_path / f"case-{number}" / "visits" / "2026-05-03"
        visit.mkdir(parents=True)
        (tmp_path / f"case-{number}" / "case.toml").write_text(f'id = "P-{number}"\n')
        a, b = number % 4, number % 4 + number % 2
        (visit / "exam.toml").write_text(
            f'[scales]\ntunc.left = [{{value={a}, rater="AB"}}, {{value={b}, rater="CD"}}]\n'
        )
    code, printed = run(capsys, tmp_path, "--agreement", "scale.tunc")
    assert code == 0
    assert "12 pairs of grades of 12 patients" in printed.out
    assert "Weighted kappa, linear" in printed.out
    code, printed = run(capsys, tmp_path, "--agreement", "scale.tunc", "--json", "-")
    found = json.loads(printed.out)
    assert (found["raters"], found["limits"]["mean"], found["resampled"]) == (
        ["AB", "CD"],
        0.5,
        False,
    )
    code, printed = run(capsys, tmp_path, "--agreement", "scale.smc")
    assert code == 5
    assert "error[too_few_pairs]" in printed.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "no_exam"),
        (("nowhere.toml",), "no_exam"),
        (("nowhere",), "no_case"),
        (("CASE/visits/2026-06-01",), "no_exam"),
        (("--form", "histori"), "unknown_form"),
        (("CASE", "--template"), "template_only"),
        (("CASE/loose.toml",), "day_missing"),
        (("CASE/loose.toml", "--day", "soon"), "bad_date"),
        (("CASE/visits/2026-03-02", "--day", "2026-03-03"), "bad_date"),
        (("CASE", "--agreement", "scale.tunc", "--raters", "AB"), "which_raters"),
        (("CASE", "--agreement", "scale.hfs7"), "not_rated"),
        (("CASE", "--json", "exam.toml"), "would_overwrite"),
        (("CASE", "--json", "-", "--csv", "-"), "same_target"),
    ],
)
def test_every_wrong_call_is_one_sentence_and_writes_nothing(case, capsys, arguments, code):
    (case / "loose.toml").write_text(EXAM)
    (case / "visits" / "2026-06-01").mkdir()
    given = [a.replace("CASE", str(case)) for a in arguments]
    before = {p: p.read_bytes() for p in case.rglob("*.toml")}
    exit_code, printed = run(capsys, *given)
    assert exit_code == 2
    assert printed.err.startswith(f"error[{code}]: ")
    assert {p: p.read_bytes() for p in case.rglob("*.toml")} == before
