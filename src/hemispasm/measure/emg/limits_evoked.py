"""The limits of the evoked engine, one value and one source key each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from hemispasm.model.emg import Branch, Muscle


@cache
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    text = files("hemispasm.measure.emg").joinpath("limits_evoked.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def load_evoked_limits() -> dict[str, dict[str, float]]:
    """Return every limit by group and name.

    Examples
    --------
    >>> load_evoked_limits()["lateral_spread"]["p_max"]
    0.05
    """
    return {
        group: {name: float(row["value"]) for name, row in rows.items()}
        for group, rows in _table().items()
        if group != "direct"
    }


def evoked_limit(group: str, name: str) -> float:
    """Return one limit.

    Raises
    ------
    KeyError
        No such limit.

    Examples
    --------
    >>> evoked_limit("lateral_spread", "lag_ms")
    1.0
    """
    return load_evoked_limits()[group][name]


def direct_muscles(site: Branch) -> frozenset[Muscle]:
    """Return the muscles that answer directly when a branch is stimulated.

    Examples
    --------
    >>> Muscle.MENTALIS in direct_muscles(Branch.ZYGOMATIC)
    False
    """
    row = _table()["direct"].get(site.value, {})
    return frozenset(Muscle(name) for name in row.get("muscles", ()))
