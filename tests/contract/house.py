"""What the contract tests share: the repository's own files and their syntax trees."""

from __future__ import annotations

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hemispasm"
NOT_OURS = {".venv", ".git", "node_modules", "dist", "build", "_build", "results", "__pycache__"}


@cache
def own_files() -> tuple[Path, ...]:
    """Return the files that belong to the repository, with or without git on this machine."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=False
        )
        if listed.returncode == 0:
            names = listed.stdout.decode().split("\0")
            return tuple(path for name in names if name and (path := ROOT / name).is_file())
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file()
        and not NOT_OURS.intersection(path.relative_to(ROOT).parts)
        and not path.relative_to(ROOT).parts[0].startswith((".m", ".p", ".r", ".h", ".i"))
    )


@cache
def own_trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every Python file, by its path from the root."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in own_files()
        if path.suffix == ".py"
    }


def trees_under(*folders: str) -> dict[str, ast.Module]:
    """Return the syntax trees below some folders of the repository."""
    return {name: tree for name, tree in own_trees().items() if name.startswith(folders)}


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes, or an empty text."""
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""
