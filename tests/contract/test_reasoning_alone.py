"""Reasoning without recordings is software of its own: nothing that measures one is loaded."""

import subprocess
import sys

EXAM = """\
schema = "hemispasm.exam/1"
[history]
onset = "2023-05"
spasm = { left = "present", right = "absent" }
first_site = { left = "lower_lid" }
[examination]
other_babinski = { left = "present" }
[scales]
smc = { left = 2 }
"""

SCRIPT = """\
import sys
from hemispasm.assess import assess
made = assess(sys.argv[1])
assert made.plan.differential is not None
assert made.plan.side.side == "left"
assert made.report.is_file() and made.report_pdf.is_file()
measuring = ("hemispasm.measure.video", "hemispasm.measure.emg", "hemispasm.measure.imaging")
heavy = ("cv2", "ai_edge_litert", "hemispasm.simulate")
print([name for name in sys.modules if name.startswith(measuring + heavy)])
"""


def test_a_case_of_history_and_examination_loads_nothing_that_measures_a_recording(tmp_path):
    case = tmp_path / "case"
    visit = case / "visits" / "2026-03-02"
    visit.mkdir(parents=True)
    (case / "case.toml").write_text('id = "P-001"\nbirth_year = 1968\n', encoding="utf-8")
    (visit / "exam.toml").write_text(EXAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(case)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_reasoning_names_no_room_that_measures():
    from house import SOURCE

    for path in sorted((SOURCE / "reason").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for room in ("measure", "simulate", "formats", "report"):
            assert f"hemispasm.{room}" not in text, f"{path.name} names hemispasm.{room}"
