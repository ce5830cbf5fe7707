"""Defaults of the course over years, each with its status and anchor, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Parameter:
    """One default: its numbers, where they come from, and how far to believe them.

    Attributes
    ----------
    key : str
        Group and name, as ``coupling.middle``.
    value : tuple of float
        One number, a mean and a spread, or one number per muscle, as the note says.
    status : str
        published, derived, calibrated, assumed or definition.
    note, source, anchor : str
        What it means; a key of the evidence's sources; the row of the table of behaviour that
        moves it.
    interval : tuple of float or None
        Central 95 % of the values that fit the rows marked fit about as well.
    """

    key: str
    value: tuple[float, ...]
    status: str
    note: str = ""
    source: str = ""
    anchor: str = ""
    interval: tuple[float, float] | None = None


@cache
def load_parameters() -> dict[str, Parameter]:
    """Return every default by dotted key.

    Examples
    --------
    >>> load_parameters()["toxin.light_chain_half_life_d"].status
    'assumed'
    """
    text = files("hemispasm.simulate.course").joinpath("parameters.toml").read_text("utf-8")
    found: dict[str, Parameter] = {}
    for group, entries in tomllib.loads(text).items():
        for name, row in entries.items():
            raw = row["value"] if isinstance(row["value"], list) else [row["value"]]
            interval = row.get("interval")
            key = f"{group}.{name}"
            found[key] = Parameter(
                key,
                tuple(float(v) for v in raw),
                row["status"],
                row.get("note", ""),
                row.get("source", ""),
                row.get("anchor", ""),
                (float(interval[0]), float(interval[1])) if interval else None,
            )
    return found


class CourseSettings:
    """The numbers of one run: the defaults, or the defaults with some of them changed.

    Parameters
    ----------
    changes : mapping of str to float or tuple of float, optional
        New values by dotted key. An unknown key is refused with a ``KeyError``.

    Examples
    --------
    >>> CourseSettings({"coupling.middle": 0.4}).number("coupling.middle")
    0.4
    """

    def __init__(self, changes: Mapping[str, float | tuple[float, ...]] | None = None) -> None:
        values = {key: entry.value for key, entry in load_parameters().items()}
        for key, value in (changes or {}).items():
            if key not in values:
                raise KeyError(key)
            values[key] = value if isinstance(value, tuple) else (float(value),)
        self._values = MappingProxyType(values)

    def number(self, key: str) -> float:
        """Return a setting that is a single number."""
        (value,) = self._values[key]
        return value

    def pair(self, key: str) -> tuple[float, float]:
        """Return a setting that is two numbers: a middle and a spread, or a range."""
        low, high = self._values[key]
        return low, high

    def row(self, key: str) -> tuple[float, ...]:
        """Return a setting that is several numbers, such as one per muscle."""
        return self._values[key]

    def has(self, key: str) -> bool:
        """Say whether there is such a setting."""
        return key in self._values


@cache
def default_settings() -> CourseSettings:
    """Return the defaults as they stand in the file."""
    return CourseSettings()


@cache
def fitting_settings() -> tuple[CourseSettings, ...]:
    """Return settings that fit the published rows about as well as the defaults do.

    They come from the fit, from ``fitting.toml``: each a whole set, so that what trades off against
    what is kept.

    Examples
    --------
    >>> len(fitting_settings()) >= 10
    True
    """
    text = files("hemispasm.simulate.course").joinpath("fitting.toml").read_text("utf-8")
    return tuple(
        CourseSettings({key: tuple(map(float, value)) for key, value in row.items()})
        for row in tomllib.loads(text)["set"]
    )
