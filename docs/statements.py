"""The page that shows what honours each statement of the public pages on hemifacial spasm."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "data" / "statements.toml"
SOURCE_PAGES = {"S1": "the first page", "S2": "the second page"}


def load_statements() -> dict[str, dict[str, Any]]:
    """Return every statement by its identifier, in the order of the file."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def statements_page() -> str:
    """Return the page: each statement with the code and the tests that honour it, or later."""
    lines = [
        "# What honours each statement",
        "",
        "<!-- Written by `python3 dev.py docs`; do not edit. -->",
        "",
        "Two public pages for patients describe hemifacial spasm: what it is, its causes, its",
        "symptoms, the tests, the treatments, the outcome, the team and the way back to the",
        "referring doctor. Each of their statements, in our own words, is honoured by code and",
        "held by a test, or comes later for the reason given. Where the literature contradicts a",
        "statement, both are shown: the published figures are named beside it.",
        "",
    ]
    for page, title in SOURCE_PAGES.items():
        lines += [f"## Statements of {title}", ""]
        for ident, entry in load_statements().items():
            if ident.startswith(page):
                lines += _entry(ident, entry)
    return "\n".join(lines).rstrip() + "\n"


def _entry(ident: str, entry: dict[str, Any]) -> list[str]:
    lines = [f"### {ident}", "", f"{entry['says']}.", ""]
    if "later" in entry:
        return [*lines, f"- Later: {entry['later']}", ""]
    for key, label in (
        ("codes", "Findings"),
        ("evidence", "Published figures"),
        ("texts", "Sentences"),
        ("code", "Code"),
        ("tests", "Tests"),
    ):
        if entry.get(key):
            lines.append(f"- {label}: " + ", ".join(f"`{item}`" for item in entry[key]))
    return [*lines, ""]
