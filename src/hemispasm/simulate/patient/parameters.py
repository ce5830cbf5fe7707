"""Defaults of the bridges to the instruments, each with its status, from ``parameters.toml``."""

from __future__ import annotations

from hemispasm.simulate.room_defaults import RoomDefaults

DEFAULTS = RoomDefaults("patient")
number = DEFAULTS.number
pair = DEFAULTS.pair
numbers = DEFAULTS.numbers
group = DEFAULTS.group
