"""Defaults of the simulated MRI, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.simulate.room_defaults import RoomDefaults

if TYPE_CHECKING:
    import numpy as np

DEFAULTS = RoomDefaults("mri")
number = DEFAULTS.number
pair = DEFAULTS.pair
numbers = DEFAULTS.numbers


def between(key: str, stream: np.random.Generator) -> float:
    """Return a draw from a default that is a range."""
    low, high = pair(key)
    return float(stream.uniform(low, high))
