"""Defaults of the population model, each with its status and its anchor."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, where they come from, how far to believe them.

    Attributes
    ----------
    key : str
        Group and name, joined by a point.
    value : tuple of float
        One number, or several as the note says.
    range : tuple of float
        Between which it may be varied; empty when nobody knows.
    status : str
        published, derived, calibrated, assumed or definition.
    note, source, anchor : str
        What it means; key of a source; which observation moves it.
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
    >>> load_parameters()["patch.repeat_ms"].status
    'derived'
    """
    text = files("hemispasm.simulate.population").joinpath("parameters.toml").read_text("utf-8")
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
