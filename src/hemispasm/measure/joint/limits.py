"""The limits of joining two recordings, one value and one source each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_joint_limits() -> dict[str, float]:
    """Return every limit by its dotted name.

    Examples
    --------
    >>> load_joint_limits()["align.least_matched"]
    6.0
    """
    text = files("hemispasm.measure.joint").joinpath("limits.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return {
        f"{topic}.{name}": float(row["value"])
        for topic, rows in tables.items()
        for name, row in rows.items()
    }


def joint_limit(name: str) -> float:
    """Return one limit.

    Raises
    ------
    KeyError
        No such limit.
    """
    return load_joint_limits()[name]
