"""Defaults of the course over years, each with its status and anchor, from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from hemispasm.simulate.room_defaults import RoomDefaults

if TYPE_CHECKING:
    from collections.abc import Mapping


DEFAULTS = RoomDefaults("course")


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
        values = {key: entry.value for key, entry in DEFAULTS.items()}
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
