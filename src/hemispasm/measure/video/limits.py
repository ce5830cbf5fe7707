"""The limits of the event detector, one value and one source key each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load_event_limits() -> dict[str, float]:
    """Return every event limit by name.

    Examples
    --------
    >>> load_event_limits()["verdict_rest_s"]
    30.0
    """
    text = files("hemispasm.measure.video").joinpath("limits_events.toml").read_text("utf-8")
    return {name: float(row["value"]) for name, row in tomllib.loads(text)["events"].items()}


def event_limit(name: str) -> float:
    """Return one event limit.

    Raises
    ------
    KeyError
        No such limit.
    """
    return load_event_limits()[name]
