"""The `hemispasm` command: a table of sub-commands, each imported only when it is called."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from hemispasm.model.errors import HemispasmError

FOOTER = "Research software, not a medical device."

#: name -> (module, attribute, one-line help). ``app`` is a Typer group, ``command`` a function.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": (
        *("hemispasm.cli.demo", "command"),
        "Simulate a patient, measure before and after toxin, report.",
    ),
    "assess": (
        *("hemispasm.cli.assess", "command"),
        "Measure and report everything in one or several case folders.",
    ),
    "measure": (
        *("hemispasm.cli.measure", "app"),
        "Measure a video or an examination.",
    ),
    "emg": (
        *("hemispasm.cli.emg", "app"),
        "Look at EMG files and say which muscle and side a channel is.",
    ),
    "imaging": (
        *("hemispasm.cli.imaging", "app"),
        "Mark nerves and vessels on MRI, and read it blinded.",
    ),
    "export": (
        *("hemispasm.cli.export", "app"),
        "Write recordings and findings as EMG-BIDS.",
    ),
    "monitor": (
        *("hemispasm.cli.monitor", "command"),
        "Replay a recorded operation and follow its lateral spread.",
    ),
    "review": (
        *("hemispasm.cli.review", "command"),
        "Accept, reject or relabel events and findings; sign a report.",
    ),
    "simulate": (
        *("hemispasm.cli.simulate", "app"),
        "Make labelled recordings with known truth: face.",
    ),
    "validate": (
        *("hemispasm.cli.validate", "command"),
        "Score the measurement on freshly simulated recordings.",
    ),
    "evidence": (
        *("hemispasm.cli.evidence", "command"),
        "Show published numbers, each with its source.",
    ),
    "doctor": (
        *("hemispasm.cli.doctor", "command"),
        "Check this installation and say what to do about each fault.",
    ),
    "assets": (
        *("hemispasm.cli.assets", "app"),
        "List, fetch and replace model weights and meshes.",
    ),
}

#: Exit code for a fault of ours; 1 is kept for `--strict`.
UNEXPECTED_EXIT = 70


class _LazyGroup(TyperGroup):
    """A group that shows help from the table and imports a command only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(name=cmd_name, help=COMMANDS[cmd_name][2])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, stub, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name else stub, rest


def load_command(name: str) -> Any:
    """Import the module of a sub-command and return the command.

    Parameters
    ----------
    name : str
        A key of :data:`COMMANDS`.

    Returns
    -------
    TyperCommand or TyperGroup
        Ready to run.

    Raises
    ------
    UsageError
        ``command_not_installed`` when its module, or a package it needs, is not there.
    """
    module_name, attribute, help_text = COMMANDS[name]
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        from hemispasm.model.errors import UsageError

        missing = getattr(error, "name", None) or module_name
        raise UsageError(
            "command_not_installed",
            f"The command {name} cannot run: {missing} is not installed.",
            "Install hemispasm again, then run `hemispasm doctor`.",
        ) from error
    if attribute == "app":
        group = typer.main.get_group(found)
        group.name, group.help = name, group.help or help_text
        return group
    single = typer.Typer(add_completion=False, epilog=FOOTER)
    single.command(name, epilog=FOOTER)(found)
    return typer.main.get_command(single)


def build_app() -> Any:
    """Build the top-level command without importing any sub-command."""
    # Plain help at the top: Rich alone would cost more than the whole start-up budget.
    app = typer.Typer(
        cls=_LazyGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None
    )
    app.callback(epilog=FOOTER)(_top_level)
    return typer.main.get_group(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hemispasm {version('hemispasm')}")
        raise typer.Exit


def _top_level(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_print_version, help="Print the version."
    ),
    debug: bool = typer.Option(
        False, "--debug", help="Show the full traceback of an error. May stand anywhere."
    ),
) -> None:
    """Measured, explained findings from the recordings a hemifacial-spasm clinic already makes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        0 done, 1 not assessable under ``--strict``, 2 usage, 3 cannot be decoded, 4 integrity,
        5 refused, 70 a fault of ours.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    hemispasm ...
    0
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    as_json = "--json" in given
    try:
        result = build_app().main(given, prog_name="hemispasm", standalone_mode=not as_json)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException as error:
        if debug:
            raise
        return _report(error, as_json=as_json)
    return result if isinstance(result, int) else 0


def _report(error: BaseException, *, as_json: bool) -> int:
    """Say in one sentence what went wrong, in the one error shape, and choose the exit code."""
    if isinstance(error, KeyboardInterrupt):
        typer.echo("Stopped.", err=True)
        return 130
    shaped = _as_hemispasm_error(error)
    plain = {**shaped.to_json(), "exit_code": shaped.exit_code}
    if as_json:
        typer.echo(json.dumps({"schema": "hemispasm.error/1", "error": plain}, indent=2))
    message = f"error[{shaped.code}]: {shaped.cause} {shaped.next_step} ({shaped.docs_anchor})"
    typer.echo(message, err=True)
    return shaped.exit_code


def _as_hemispasm_error(error: BaseException) -> HemispasmError:
    from hemispasm.model.errors import HemispasmError, IntegrityError, UsageError

    if isinstance(error, HemispasmError):
        return error
    if hasattr(error, "format_message"):  # what Typer raises for wrong options
        text = str(error.format_message()).rstrip(".")
        return UsageError("usage", f"{text}.", "Run the command with --help.")
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return IntegrityError(
            "file_system",
            f"A file could not be read or written: {reason}.",
            "Check free space and permissions; nothing half-written was kept.",
        )
    unexpected = HemispasmError(
        "unexpected",
        f"Something happened that hemispasm did not foresee ({type(error).__name__}).",
        "Run it again with --debug and report what it prints, without patient data.",
    )
    unexpected.exit_code = UNEXPECTED_EXIT
    return unexpected
