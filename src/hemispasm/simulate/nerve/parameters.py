"""Defaults of the nerve bundle, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemispasm.simulate.room_defaults import RoomDefaults

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int64]

DEFAULTS = RoomDefaults("nerve")
number = DEFAULTS.number
numbers = DEFAULTS.numbers
