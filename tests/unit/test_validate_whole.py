"""Everything in one run: one form for all scores, kept parts, page, and the record to be signed.

No instrument is run here; stubs stand for the parts.
"""

import io
import json
import re

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from hemispasm.assets import ASSETS
from hemispasm.cli.validate import command
from hemispasm.cli.validate_kinds import KINDS
from hemispasm.model.errors import UsageError
from hemispasm.validate.emg import EmgValidationReport
from hemispasm.validate.emg_scores import EmgScore
from hemispasm.validate.families import FamiliesReport
from hemispasm.validate.families_scores import FamilyScore
from hemispasm.validate.imaging_statistics import ImagingScore
from hemispasm.validate.machine import AssetSeen, Machine, Package, describe_machine
from hemispasm.validate.patients import PatientsReport
from hemispasm.validate.patients_scores import PatientScore
from hemispasm.validate.qualification import qualification_document, render_qualification
from hemispasm.validate.scoring import Score
from hemispasm.validate.video import ValidationReport
from hemispasm.validate.whole import WholeReport, validate_all
from hemispasm.validate.whole_page import render_all
from hemispasm.validate.whole_parts import PARTS, chosen_parts
from hemispasm.validate.whole_rows import accuracy_rows
from hemispasm.validate.whole_tables import print_all

BASES = {"video": 21_000, "emg": 30_000, "families": 60_000, "patients": 70_300}
FRESH = {"hemispasm": "0", "plan": "full", "fresh": True, "seconds": 1.0}
VIDEO = ValidationReport(
    **FRESH,
    seed_base=BASES["video"],
    scores=(
        Score(key="spasm_f1.upper", value=0.95, interval=(0.93, 0.97), n=100, of="events",
              bar="≥ 0.93", source="video target 2", passed=True),
        Score(key="spasm_f1.upper_photo", value=0.94, n=40, of="events"),
        Score(key="sideless_f1.hemispasm", value=0.96, interval=(0.9, 0.98), n=90, of="events"),
        Score(key="sideless_f1.mean_eye_threshold", value=0.44, interval=(0.4, 0.5), n=90,
              of="events"),
    ),
)  # fmt: skip
EMG = EmgValidationReport(
    **FRESH,
    seed_base=BASES["emg"],
    patients=9,
    scores=(
        EmgScore(key="burst_f1.6_db", value=0.9, interval=(0.88, 0.92), n=300, of="bursts",
                 part="bursts", family="mechanistic", bar="≥ 0.95", source="emg target 2",
                 passed=False),
        EmgScore(key="burst_f1.6_db", value=0.7, n=300, of="bursts", part="bursts",
                 family="mechanistic", tool="NeuroKit2"),
        EmgScore(key="burst_f1", value=None, n=0, of="recordings", part="bursts", tool="MNE",
                 note="no detector"),
        EmgScore(key="burst_f1.6_db", value=0.88, n=300, of="bursts", part="bursts",
                 family="phenomenological"),
    ),
)  # fmt: skip
FAMILIES = FamiliesReport(
    **FRESH,
    seed_base=BASES["families"],
    recordings=8,
    real_signals=False,
    gaps=(),
    scores=(
        FamilyScore(key="answer_right", value=90.0, unit="%", n=10, of="recordings", part="emg",
                    family="D", scenario="myokymia"),
    ),
)  # fmt: skip
PATIENTS = PatientsReport(
    **FRESH,
    code="abc",
    seed_base=BASES["patients"],
    scores=(
        PatientScore(key="crashed", value=0.0, unit="{patients}", n=30, of="patients", part="run",
                     bar="≤ 0", source="patient target 3", passed=True),
    ),
)  # fmt: skip
MADE = {"video": VIDEO, "emg": EMG, "families": FAMILIES, "patients": PATIENTS}
ONLY = ",".join(MADE)
HERE = Machine(
    system="Linux 6 (x86_64)", processor="A processor", cores=2, memory_gb=8.0,
    python="CPython 3.11.2", hemispasm="0", code="0123456789ab",
    packages=(Package(name="numpy", asked=">=2", found="2.1.3"),),
    assets=(AssetSeen(name="face", expected="a" * 64, found="a" * 64, whole=True),),
)  # fmt: skip


class StubPart:
    """Stands for a part; returns a made-up report and notes what it was asked."""

    def __init__(self, name, asked):
        self.title, self.takes, self._name, self._asked = (
            PARTS[name].title, PARTS[name].takes, name, asked,
        )  # fmt: skip

    def load(self):
        def run(*, told, **options):
            told("half way")
            self._asked.append((self._name, options))
            return MADE[self._name]

        return run


@pytest.fixture
def asked(monkeypatch):
    """Replace the parts and the machine by stubs."""
    found = []
    monkeypatch.setattr(
        "hemispasm.validate.whole.PARTS", {name: StubPart(name, found) for name in MADE}
    )
    monkeypatch.setattr("hemispasm.validate.whole.describe_machine", lambda: HERE)
    return found


def made_report(**more):
    """Return a report on made-up parts."""
    from hemispasm.validate.whole import PartResult

    parts = tuple(
        PartResult(
            name=name, title=PARTS[name].title, plan="full", seed_base=report.seed_base,
            fresh=report.fresh, seconds=report.seconds, rows=accuracy_rows(name, report),
        )
        for name, report in MADE.items()
    )  # fmt: skip
    given = {
        "hemispasm": "0", "plan": "full", "began": "2026-11-23T01:02+00:00", "machine": HERE,
        "parts": parts, "seconds": 4.0,
    }  # fmt: skip
    return WholeReport(**{**given, **more})


def test_the_usual_ways_stand_beside_ours_on_the_same_family():
    emg = {(row.key, row.family): row for row in accuracy_rows("emg", EMG)}
    first = emg["burst_f1.6_db", "A"]
    assert (first.value, first.expected, first.passed) == (0.9, "≥ 0.95", False)
    assert [(one.tool, one.value) for one in first.beside] == [("NeuroKit2", 0.7)]
    assert emg["burst_f1.6_db", "B"].beside == ()
    assert emg["burst_f1", ""].value is None
    assert emg["burst_f1", ""].beside[0].note == "no detector"


def test_video_scores_that_name_their_tool_become_one_row():
    video = {row.key: row for row in accuracy_rows("video", VIDEO)}
    assert video["sideless_f1"].value == 0.96
    assert [one.tool for one in video["sideless_f1"].beside] == ["mean_eye_threshold"]
    assert video["spasm_f1.upper"].family == "A, B"
    assert video["spasm_f1.upper_photo"].family == "B"


def test_families_and_rows_of_series_keep_their_letter_and_material():
    (row,) = accuracy_rows("families", FAMILIES)
    assert (row.family, row.material) == ("D", "emg myokymia")
    scores = tuple(
        ImagingScore(key=f"refused.{row}", value=1.0, unit="%", n=9, of="sessions", row=row)
        for row in ("iso_half", "organic", "speed")
    )
    found = accuracy_rows("imaging", type("Report", (), {"scores": scores}))
    assert [(r.family, r.material) for r in found] == [
        ("A", "iso_half"), ("B", "organic"), ("", "speed")
    ]  # fmt: skip


def test_every_part_is_a_kind_of_its_own_with_the_same_run():
    for name, part in PARTS.items():
        assert part.run == KINDS[name].run
        assert part.load() is KINDS[name].load()[0]
    assert set(KINDS) == {*PARTS, "all"}


def test_parts_are_run_in_order_with_their_own_seeds(asked, tmp_path):
    lines = []
    report = validate_all(only=ONLY, keep=tmp_path, workers=1, told=lines.append)
    assert [name for name, _ in asked] == [part.name for part in report.parts]
    assert all("seed_base" not in options for _, options in asked)
    assert dict(asked)["patients"]["keep"] == tmp_path
    assert "keep" not in dict(asked)["video"]
    assert "video: half way" in lines
    assert report.left_out == ()
    assert report.fresh
    assert len(report.failed) == 1


def test_a_stopped_run_takes_finished_parts_from_its_folder(asked, tmp_path):
    first = validate_all(only="video,emg", keep=tmp_path, workers=1)
    again = validate_all(only=ONLY, keep=tmp_path, workers=1)
    assert again.reused == ("emg", "video")
    assert len(asked) == 4
    assert again.parts[:2] == first.parts
    validate_all(only="video", keep=tmp_path, workers=1, seed_base=0)
    assert asked[-1][1]["seed_base"] == 0


def test_an_unknown_part_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="smell"):
        chosen_parts("emg,smell")


def test_the_machine_is_described_without_names_of_people_or_places():
    machine = describe_machine()
    assert {a.name for a in machine.assets} == set(ASSETS)
    assert any(p.name == "numpy" and p.found for p in machine.packages)
    assert not re.search(r"/home|/root|/work", machine.model_dump_json())


def test_page_and_terminal_show_families_beside_baselines_and_what_failed():
    report = made_report()
    page = render_all(report)
    console = Console(width=200, record=True, file=io.StringIO())
    print_all(report, console)
    text = console.export_text()
    for words in ("NeuroKit2", "mean_eye_threshold", "0123456789ab", "burst_f1.6_db"):
        assert words in page
        assert words in text
    assert "Family B: phenomenological" in page
    assert "Families A and B together" in page
    assert "not run: no detector" in page
    assert "What was not kept" in page
    assert WholeReport.model_validate_json(report.model_dump_json(by_alias=True)) == report


def test_tuning_seeds_short_plans_and_left_out_parts_are_said_first():
    stale = made_report().parts[0].model_copy(update={"fresh": False})
    page = render_all(made_report(parts=(stale,), plan="quick", left_out=("imaging",)))
    for words in ("Seeds open to tuning", "Quick plan", "Parts left out", "imaging."):
        assert words in page


def test_the_record_lists_steps_deviations_and_lines_to_sign():
    document = qualification_document(made_report())
    steps = [row for name in ("installed", "video", "emg", "patients")
             for block in document.section(name).children if block.kind == "table"
             for group in block.groups for row in group.rows]  # fmt: skip
    numbers = [row[0][0].text for row in steps]
    assert numbers == [str(k) for k in range(1, 6)]
    (table,) = [b for b in document.section("deviations").children if b.kind == "table"]
    assert "burst_f1.6_db" in table.groups[0].rows[0][1][0].text
    roles = [row[0][0] for block in document.section("signatures").children
             if block.kind == "table" for group in block.groups for row in group.rows]  # fmt: skip
    assert len(roles) == 3
    assert "DRAFT" in document.mark[0]


def test_a_missing_asset_is_a_deviation():
    broken = AssetSeen(name="face", expected="a" * 64, found="asset_missing", whole=False)
    report = made_report(machine=HERE.model_copy(update={"assets": (broken,)}))
    assert "asset face" in report.failed
    document = qualification_document(report)
    (table,) = [b for b in document.section("deviations").children if b.kind == "table"]
    assert len(table.groups[0].rows) == 2


def invoke(*arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_writes_page_json_and_the_record(asked, tmp_path):
    result = invoke(
        "all", "--only", ONLY, "--jobs", "1", "--json", str(tmp_path / "all.json"),
        "--report", str(tmp_path / "all.html"), "--qualification", str(tmp_path / "iq.pdf"),
        "--strict",
    )  # fmt: skip
    assert result.exit_code == 1, result.output
    assert json.loads((tmp_path / "all.json").read_text())["schema"] == (
        "hemispasm.whole_validation/1"
    )
    assert "What was not kept" in (tmp_path / "all.html").read_text(encoding="utf-8")
    assert (tmp_path / "iq.pdf").read_bytes()[:5] == b"%PDF-"
    assert render_qualification(made_report()) == render_qualification(made_report())


def test_only_a_run_of_everything_can_be_qualified():
    refused = invoke("video", "--qualification", "iq.pdf")
    assert isinstance(refused.exception, UsageError)
    assert "hemispasm validate all" in refused.exception.next_step
