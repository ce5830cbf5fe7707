"""One TOML value on one line: sides and raters read better so than as tables."""

from __future__ import annotations

import re
from typing import Any

import tomli_w


def plain_number(value: float | str) -> float | str:
    """Return a number without a decimal point where it is whole."""
    return int(value) if isinstance(value, float) and value == int(value) else value


def toml_value(value: Any) -> str:
    """Return a value as TOML on one line.

    Examples
    --------
    >>> toml_value({"left": "present", "right": 2})
    '{ left = "present", right = 2 }'
    """
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(name)} = {toml_value(v)}" for name, v in value.items())
        return "{ " + inside + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(toml_value(entry) for entry in value) + " ]"
    return tomli_w.dumps({"v": value}).partition("= ")[2].strip()


def _key(name: str) -> str:
    return name if re.fullmatch(r"\w+", name, re.ASCII) else toml_value(name)
