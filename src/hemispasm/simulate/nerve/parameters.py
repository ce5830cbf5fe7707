"""Defaults of the nerve bundle, each with its status, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, where they come from, and which observation moves it."""

    key: str
    value: tuple[float, ...]
    status: str
    anchor: str
    note: str = ""
    source: str = ""
    range: tuple[float, ...] = ()


@cache
def load_parameters() -> dict[str, Parameter]:
    """Return every default by dotted key.

    Examples
    --------
    >>> load_parameters()["space.compressed"].status
    'calibrated'
    """
    text = files("hemispasm.simulate.nerve").joinpath("parameters.toml").read_text("utf-8")
    found: dict[str, Parameter] = {}
    for group, entries in tomllib.loads(text).items():
        for name, row in entries.items():
            raw = row["value"] if isinstance(row["value"], list) else [row["value"]]
            key = f"{group}.{name}"
            found[key] = Parameter(
                key,
                tuple(float(v) for v in raw),
                row["status"],
                row["anchor"],
                row.get("note", ""),
                row.get("source", ""),
                tuple(float(v) for v in row.get("range", ())),
            )
    return found


def number(key: str) -> float:
    """Return a default that is a single number."""
    (value,) = load_parameters()[key].value
    return value


def numbers(key: str) -> tuple[float, ...]:
    """Return a default that is several numbers."""
    return load_parameters()[key].value
