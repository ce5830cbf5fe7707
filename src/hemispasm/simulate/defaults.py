"""Every default of the simulated patient: its value, how far to believe it, what would move it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

STANDINGS = {
    "published": "sourced",
    "derived": "sourced",
    "sourced": "sourced",
    "calibrated": "calibrated",
    "assumed": "assumed",
    "definition": "definition",
}
"""Status as the tables write it, and the four kinds that a reader has to tell apart."""


@dataclass(frozen=True)
class Default:
    """One default of one room.

    Attributes
    ----------
    room, key : str
        Room of the simulator (``population``) and dotted key in its table.
    value : tuple of float
        One number, a range, a mean and a spread, or a list, as the note says.
    status : str
        As the table writes it: published, derived, sourced, calibrated, assumed, definition.
    source : str
        Key of the evidence tables' sources; empty where there is none.
    anchor : str
        Observation that would move it; empty where the table names none.
    note : str
        What the numbers mean.
    range : tuple of float
        Within which it may be varied; empty where the table gives none.
    interval : tuple of float or None
        Central 95 % of the values that fit the published rows about as well; None where the
        number was not fitted, or the table gives none.
    """

    room: str
    key: str
    value: tuple[float, ...]
    status: str
    source: str = ""
    anchor: str = ""
    note: str = ""
    range: tuple[float, ...] = ()
    interval: tuple[float, float] | None = None

    @property
    def standing(self) -> str:
        """``sourced``, ``calibrated``, ``assumed`` or ``definition``."""
        return STANDINGS.get(self.status, self.status)

    @property
    def value_words(self) -> str:
        """The value as it is printed.

        Examples
        --------
        >>> Default("emg", "unit.count", (80.0,), "derived").value_words
        '80'
        """
        return ", ".join(f"{v:g}" for v in self.value)


def default_rooms() -> tuple[str, ...]:
    """Return the rooms that have a table of defaults, by name.

    Examples
    --------
    >>> "emg" in default_rooms()
    True
    """
    return tuple(dict.fromkeys(default.room for default in load_defaults()))


def list_defaults(room: str | None = None) -> tuple[Default, ...]:
    """Return the defaults of one room, or of all.

    Raises
    ------
    UsageError
        No such room (``unknown_room``).

    Examples
    --------
    >>> {default.room for default in list_defaults("face")}
    {'face'}
    """
    if room is not None and room not in default_rooms():
        raise UsageError(
            "unknown_room",
            f"The simulator has no room called {room!r} with defaults.",
            f"Choose one of: {', '.join(default_rooms())}.",
        )
    return tuple(default for default in load_defaults() if room in (None, default.room))


@cache
def load_defaults() -> tuple[Default, ...]:
    """Return every default of every room, in the order of the tables."""
    house = files("hemispasm.simulate")
    rooms = sorted((place for place in house.iterdir() if place.is_dir()), key=lambda r: r.name)
    return tuple(default for room in rooms for default in read_room(room))


def read_room(room: Traversable) -> tuple[Default, ...]:
    """Return the defaults of the room in this folder, in the order of its tables.

    Parameters
    ----------
    room : importlib.resources.abc.Traversable
        Folder with one or more tables ``parameters*.toml``.

    Examples
    --------
    >>> from importlib.resources import files
    >>> read_room(files("hemispasm.simulate.face"))[0].room
    'face'
    """
    tables = sorted(
        (
            place
            for place in room.iterdir()
            if place.name.startswith("parameters") and place.name.endswith(".toml")
        ),
        key=lambda place: place.name,
    )
    found: list[Default] = []
    for table in tables:
        found += _read(room.name, tomllib.loads(table.read_text(encoding="utf-8")), "")
    return tuple(found)


def _read(room: str, table: dict[str, Any], prefix: str) -> list[Default]:
    found = []
    for name, entry in table.items():
        key = f"{prefix}{name}"
        if not isinstance(entry, dict):
            continue
        if "value" in entry:
            found.append(_default(room, key, entry))
        else:
            found += _read(room, entry, f"{key}.")
    return found


def _default(room: str, key: str, entry: dict[str, Any]) -> Default:
    source = entry.get("source", "")
    interval = entry.get("interval")
    return Default(
        room=room,
        key=key,
        value=_numbers(entry["value"]),
        status=entry["status"],
        source=", ".join(source) if isinstance(source, list) else source,
        anchor=entry.get("anchor", ""),
        note=entry.get("note", ""),
        range=_numbers(entry.get("range", [])),
        interval=(float(interval[0]), float(interval[1])) if interval else None,
    )


def _numbers(raw: float | list[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in (raw if isinstance(raw, list) else [raw]))
