"""The limits of the imaging engine, one value and one source key each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_imaging_limits() -> dict[str, float]:
    """Return every limit by its dotted name.

    Examples
    --------
    >>> load_imaging_limits()["contact.gap_mm"]
    0.2
    """
    text = files("hemispasm.measure.imaging").joinpath("limits.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return {
        f"{topic}.{name}": float(row["value"])
        for topic, rows in tables.items()
        for name, row in rows.items()
    }


def imaging_limit(name: str) -> float:
    """Return one limit.

    Raises
    ------
    KeyError
        No such limit.
    """
    return load_imaging_limits()[name]
