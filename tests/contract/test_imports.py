"""Who may import whom: the two walls, the floors, and a proof that the contract bites."""

import shutil
import subprocess
import sys

import pytest
from house import ROOT, SOURCE

LINTER = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]


def run_linter(source_folder, config):
    return subprocess.run(
        [*LINTER, "--config", str(config), "--no-cache"],
        cwd=source_folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_keeps_to_its_floor():
    done = run_linter(ROOT / "src", ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout[-3000:]


FORBIDDEN = {
    "wall 2: the simulator reads the detector": ("simulate", "hemispasm.measure"),
    "wall 2: the detector reads the simulator": ("measure/video", "hemispasm.simulate.face"),
    "the detector reads published numbers": ("measure/video", "hemispasm.evidence"),
    "the detector draws pages": ("measure", "hemispasm.report"),
    "the detector opens files": ("measure/video", "av"),
    "a format reads statistics": ("formats", "hemispasm.stats"),
    "the nouns know a room": ("model", "hemispasm.measure"),
    "the report measures": ("report", "hemispasm.measure.video"),
    "the simulator knows a whole path": ("simulate/face", "hemispasm.assets"),
    "a package that reports usage": ("measure/video", "mediapipe"),
}


@pytest.mark.parametrize("case", FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_planted_import_is_caught(tmp_path, case):
    room, planted = case
    shutil.copytree(SOURCE, tmp_path / "hemispasm", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hemispasm" / room / "planted.py").write_text(f"import {planted}\n")
    done = run_linter(tmp_path, ROOT / "pyproject.toml")
    assert done.returncode == 1
    assert "planted" in done.stdout


def test_a_room_that_is_on_no_floor_is_caught(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "hemispasm", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hemispasm" / "attic.py").write_text("")
    done = run_linter(tmp_path, ROOT / "pyproject.toml")
    assert done.returncode == 1
    assert "attic" in done.stdout


def test_wall_1_is_written_down_before_the_reasoning_room_exists(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "hemispasm", ignore=shutil.ignore_patterns("__pycache__"))
    room = tmp_path / "hemispasm" / "reason"
    room.mkdir(exist_ok=True)
    (room / "__init__.py").write_text("")
    (room / "planted.py").write_text("import hemispasm.measure\n")
    done = run_linter(tmp_path, ROOT / "pyproject.toml")
    assert done.returncode == 1
    assert "planted" in done.stdout
