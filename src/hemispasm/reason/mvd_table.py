"""The table of decompression: limits and evidence keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load_mvd_table() -> Mapping[str, Any]:
    """Return the parsed table.

    Examples
    --------
    >>> load_mvd_table()["course"][0]["day"]
    7
    """
    text = files("hemispasm.reason").joinpath("data", "mvd.toml").read_text("utf-8")
    return tomllib.loads(text)


def mvd_limit(name: str) -> float:
    """Return one limit, in the unit that the table gives.

    Examples
    --------
    >>> mvd_limit("failure_from_days")
    365.0
    """
    return float(load_mvd_table()["limit"][name]["value"])
