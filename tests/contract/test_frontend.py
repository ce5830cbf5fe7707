"""What runs in a browser: small files, strict types, a lock without addresses, built or absent."""

import importlib.util
import json
import shutil
import subprocess

import pytest
from house import ROOT, own_files

FRONTEND = ROOT / "frontend"
INSTALLED = (FRONTEND / "node_modules" / ".installed").is_file() and shutil.which("node")
needs_node = pytest.mark.skipif(not INSTALLED, reason="no Node.js, or its packages are absent")


@pytest.fixture
def building(monkeypatch):
    spec = importlib.util.spec_from_file_location("page_build", FRONTEND / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_script_or_style_of_the_page_is_too_long():
    faults = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in own_files()
        if path.suffix in {".ts", ".mjs", ".css", ".html"}
        and FRONTEND in path.parents
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) >= 400
    ]
    assert not faults, "\n" + "\n".join(faults)


def test_the_lock_pins_every_package_by_hash_and_names_no_address_to_fetch_from():
    lock = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert packages
    for name, row in packages.items():
        assert "resolved" not in row, name
        assert row["integrity"].startswith("sha512-"), name


def test_every_package_the_page_asks_for_is_pinned_exactly():
    wanted = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert version[0].isdigit(), name


def test_nothing_built_is_kept_in_the_repository():
    built = ROOT / "src" / "hemispasm" / "imaging_page" / "built"
    assert not [path for path in own_files() if built in path.parents]


def test_without_node_the_build_is_one_sentence_and_no_fault(building, monkeypatch, capsys):
    monkeypatch.setattr(building, "find_node", lambda: None)
    monkeypatch.setattr(building, "is_built", lambda *_: False)
    assert building.main([]) == 0
    said = capsys.readouterr().err
    assert "Node.js" in said
    assert len(said.strip().splitlines()) == 1
    assert building.main(["--required"]) == 1


def test_a_page_of_the_same_sources_is_not_built_again(building, tmp_path, monkeypatch):
    for name in building.PAGE_FILES:
        (tmp_path / name).write_text("")
    (tmp_path / building.STAMP).write_text(building.digest_of_sources())
    monkeypatch.setattr(building, "find_node", lambda: pytest.fail("asked for Node"))
    assert building.build_page(tmp_path) is False
    (tmp_path / building.STAMP).write_text("older")
    assert not building.is_built(tmp_path)


@needs_node
def test_the_page_is_strictly_typed():
    script = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", str(script), "--noEmit"], cwd=FRONTEND, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@needs_node
def test_the_tests_of_the_page_pass_in_node():
    subprocess.run(["node", "build.mjs", "--tests"], cwd=FRONTEND, check=True, capture_output=True)
    done = subprocess.run(
        ["node", "--test", ".tests/"], cwd=FRONTEND, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout
