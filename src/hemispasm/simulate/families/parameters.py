"""Defaults of families C and D, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from hemispasm.simulate.room_defaults import RoomDefaults

DEFAULTS = RoomDefaults("families")
number = DEFAULTS.number
pair = DEFAULTS.pair
