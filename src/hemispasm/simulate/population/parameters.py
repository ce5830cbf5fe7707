"""Defaults of the population model, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from hemispasm.simulate.room_defaults import RoomDefaults

DEFAULTS = RoomDefaults("population")
number = DEFAULTS.number
pair = DEFAULTS.pair
numbers = DEFAULTS.numbers
