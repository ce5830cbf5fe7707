"""Defaults of the simulated face, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from hemispasm.simulate.room_defaults import RoomDefaults

DEFAULTS = RoomDefaults("face")
number = DEFAULTS.number
pair = DEFAULTS.pair
triple = DEFAULTS.triple
