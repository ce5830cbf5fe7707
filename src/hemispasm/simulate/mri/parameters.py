"""Defaults of the simulated MRI, each with its status, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, where they come from, and how far to believe them."""

    key: str
    value: tuple[float, ...]
    status: str
    note: str = ""
    source: str = ""


@cache
def load_parameters() -> dict[str, Parameter]:
    """Return every default by dotted key.

    Examples
    --------
    >>> load_parameters()["image.bias"].status
    'calibrated'
    """
    text = files("hemispasm.simulate.mri").joinpath("parameters.toml").read_text("utf-8")
    found: dict[str, Parameter] = {}
    for group, entries in tomllib.loads(text).items():
        for name, row in entries.items():
            raw = row["value"] if isinstance(row["value"], list) else [row["value"]]
            key = f"{group}.{name}"
            found[key] = Parameter(
                key,
                tuple(float(v) for v in raw),
                row["status"],
                row.get("note", ""),
                row.get("source", ""),
            )
    return found


def number(key: str) -> float:
    """Return a default that is a single number."""
    (value,) = load_parameters()[key].value
    return value


def pair(key: str) -> tuple[float, float]:
    """Return a default that is two numbers: a range, or a mean and a spread."""
    low, high = load_parameters()[key].value
    return low, high


def between(key: str, stream: np.random.Generator) -> float:
    """Return a draw from a default that is a range."""
    low, high = pair(key)
    return float(stream.uniform(low, high))
