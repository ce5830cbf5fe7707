"""Defaults of the bridges to the instruments, each with its status, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, how far to believe them, and which observation moves them.

    Attributes
    ----------
    key : str
        Group and name, with a dot between.
    value, range : tuple of float
        What is used; what it may be (empty when nobody said).
    status, note, source, anchor : str
        ``published``, ``derived``, ``calibrated``, ``assumed`` or ``definition``; what the numbers
        are; key of a source; which observation moves it.
    """

    key: str
    value: tuple[float, ...]
    range: tuple[float, ...]
    status: str
    note: str
    source: str
    anchor: str


def _numbers(raw: float | list[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in (raw if isinstance(raw, list) else [raw]))


@cache
def load_parameters() -> dict[str, Parameter]:
    """Return every default by dotted key.

    Examples
    --------
    >>> load_parameters()["visible.closure"].status
    'definition'
    """
    text = files("hemispasm.simulate.patient").joinpath("parameters.toml").read_text("utf-8")
    found: dict[str, Parameter] = {}
    for group, entries in tomllib.loads(text).items():
        for name, row in entries.items():
            key = f"{group}.{name}"
            found[key] = Parameter(
                key,
                _numbers(row["value"]),
                _numbers(row.get("range", [])),
                row["status"],
                row.get("note", ""),
                row.get("source", ""),
                row.get("anchor", ""),
            )
    return found


def numbers(key: str) -> tuple[float, ...]:
    """Return a default that is several numbers."""
    return load_parameters()[key].value


def number(key: str) -> float:
    """Return a default that is a single number."""
    (value,) = load_parameters()[key].value
    return value


def pair(key: str) -> tuple[float, float]:
    """Return a default that is two numbers: a range, or a mean and a spread."""
    low, high = load_parameters()[key].value
    return low, high


def group(name: str) -> dict[str, tuple[float, ...]]:
    """Return all defaults of a group by their own names.

    Examples
    --------
    >>> len(group("unit")["mouthSmile"])
    6
    """
    front = f"{name}."
    return {
        key.removeprefix(front): row.value
        for key, row in load_parameters().items()
        if key.startswith(front)
    }
