"""The set-up installs what the locks say, once, and recovers from a half-made state."""

import importlib.util

import pytest
from house import ROOT


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """Load dev.py over an empty folder, with every command noted instead of run."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    for name, path in {
        "ROOT": tmp_path,
        "VENV": venv,
        "BIN": venv / "bin",
        "PYTHON": venv / "bin" / "python",
        "UV": venv / "bin" / "uv",
        "STAMP": venv / "stamp.json",
        "LOCKS": tmp_path / "requirements",
    }.items():
        monkeypatch.setattr(module, name, path)
    module.LOCKS.mkdir()
    for name in ("setup", "base", "test"):
        (module.LOCKS / f"{name}.lock.txt").write_text(name)
    (tmp_path / "pyproject.toml").write_text("")
    module.calls, module.failing = [], set()

    def run(command, quiet=False):
        if quiet and not module.PYTHON.exists() and "venv" not in command:
            return 1
        if "venv" in command:
            module.BIN.mkdir(parents=True)
            module.PYTHON.write_text("")
            module.UV.write_text("")
        if not quiet:
            module.calls.append(" ".join(command))
        return int(any(word in " ".join(command) for word in module.failing))

    monkeypatch.setattr(module, "run", run)
    return module


def installs(dev):
    found = [call for call in dev.calls if " install " in call]
    dev.calls.clear()
    return found


def test_the_first_set_up_installs_everything_by_hash(dev):
    dev.set_up(["base", "test"])
    found = installs(dev)
    assert len(found) == 4
    assert all("--require-hashes" in call or "--no-deps" in call for call in found)


def test_a_second_set_up_installs_nothing(dev):
    dev.set_up(["base", "test"])
    installs(dev)
    dev.set_up(["base", "test"])
    assert installs(dev) == []


def test_a_changed_lock_is_installed_and_nothing_else(dev):
    dev.set_up(["base", "test"])
    installs(dev)
    (dev.LOCKS / "test.lock.txt").write_text("newer")
    dev.set_up(["base", "test"])
    (only,) = installs(dev)
    assert "test.lock.txt" in only


def test_a_half_made_environment_is_made_anew(dev):
    dev.VENV.mkdir()
    (dev.VENV / "rubbish").write_text("")
    dev.set_up(["base"])
    assert not (dev.VENV / "rubbish").exists()
    assert len(installs(dev)) == 3


def test_an_installation_that_failed_is_tried_again(dev):
    dev.failing = {"base.lock.txt"}
    with pytest.raises(dev.SetupError, match="network"):
        dev.set_up(["base"])
    installs(dev)
    dev.failing = set()
    dev.set_up(["base"])
    assert any("base.lock.txt" in call for call in installs(dev))


def test_where_uv_finds_no_registry_pip_is_tried(dev):
    dev.failing = {"uv pip install"}
    dev.set_up(["base"])
    assert any("-m pip install" in call and "base.lock" in call for call in installs(dev))


def test_all_checks_run_and_the_exit_code_tells_of_any_failure(dev, capsys):
    dev.failing = {"ruff check", "-m pytest"}
    assert dev.main(["test", "-k", "side"]) == 1
    for name in ("ruff format", "mypy", "lint-imports", "-m pytest"):
        assert any(name in call for call in dev.calls), name
    assert any(call.endswith("-k side") for call in dev.calls)
    assert "failed: ruff check, pytest" in capsys.readouterr().out


def test_a_set_up_that_fails_is_one_sentence(dev, capsys):
    dev.failing = {"assets"}
    assert dev.main(["demo"]) == 2
    assert capsys.readouterr().err.startswith("dev.py: the assets could not be fetched")


@pytest.mark.parametrize("arguments", [[], ["frobnicate"]])
def test_without_a_known_sub_command_the_usage_is_shown(dev, capsys, arguments):
    assert dev.main(arguments) == 2
    assert "python3 dev.py test" in capsys.readouterr().out
