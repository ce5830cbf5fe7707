"""Defaults of families C and D, each with its status, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, where they come from, and which observation moves it.

    Attributes
    ----------
    key : str
        Group and name.
    value : tuple of float
        One number; two are a range or as the note says.
    status : str
        ``published``, ``derived``, ``calibrated``, ``assumed`` or ``definition``.
    note, source, anchor : str
        In words; the key of a source; the observation that would move the number.
    """

    key: str
    value: tuple[float, ...]
    status: str
    note: str = ""
    source: str = ""
    anchor: str = ""


@cache
def load_parameters() -> dict[str, Parameter]:
    """Return every default by dotted key.

    Examples
    --------
    >>> load_parameters()["blink_run.blinks"].status
    'assumed'
    """
    text = files("hemispasm.simulate.families").joinpath("parameters.toml").read_text("utf-8")
    found: dict[str, Parameter] = {}
    for group, entries in tomllib.loads(text).items():
        for name, row in entries.items():
            raw = row["value"] if isinstance(row["value"], list) else [row["value"]]
            key = f"{group}.{name}"
            more = {word: row.get(word, "") for word in ("note", "source", "anchor")}
            found[key] = Parameter(key, tuple(float(v) for v in raw), row["status"], **more)
    return found


def number(key: str) -> float:
    """Return a default that is a single number."""
    (value,) = load_parameters()[key].value
    return value


def pair(key: str) -> tuple[float, float]:
    """Return a default that is a range."""
    low, high = load_parameters()[key].value
    return low, high
