"""The limits of reading an examination, one value and one source each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_exam_limits() -> dict[str, float]:
    """Return every limit by name.

    Examples
    --------
    >>> load_exam_limits()["pairs_min"]
    10.0
    """
    text = files("hemispasm.measure.exam").joinpath("limits.toml").read_text("utf-8")
    return {name: float(row["value"]) for name, row in tomllib.loads(text)["exam"].items()}
