"""The limits of the spontaneous EMG engine, one value and one source key each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_spontaneous_limits() -> dict[str, float]:
    """Return every limit by its dotted name.

    Examples
    --------
    >>> load_spontaneous_limits()["detect.start_sd"]
    4.8
    """
    text = files("hemispasm.measure.emg").joinpath("limits_spontaneous.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return {
        f"{topic}.{name}": float(row["value"])
        for topic, rows in tables.items()
        for name, row in rows.items()
    }


def spontaneous_limit(name: str) -> float:
    """Return one limit.

    Raises
    ------
    KeyError
        No such limit.
    """
    return load_spontaneous_limits()[name]
