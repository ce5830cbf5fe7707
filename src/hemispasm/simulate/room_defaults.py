"""The defaults of one room, as its code asks for them: by key, in the shape it needs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from hemispasm.simulate.defaults import Default, read_room

if TYPE_CHECKING:
    from collections.abc import Iterator


class RoomDefaults(Mapping[str, Default]):
    """The defaults of one room by dotted key, read from its ``parameters.toml`` when first asked.

    Every room makes one in its ``parameters.py`` and hands out the questions its code asks, so that
    a line of the model reads ``number("toxin.onset_d")``. A key that the table lacks is a fault in
    the code and raises ``KeyError``; a default of another length than asked for, ``ValueError``.

    Parameters
    ----------
    room : str
        Folder below ``hemispasm.simulate``.

    Examples
    --------
    >>> face = RoomDefaults("face")
    >>> face["lid.tau_close_s"].status
    'assumed'
    >>> face.number("lid.tau_close_s") > 0
    True
    """

    def __init__(self, room: str) -> None:
        self.room = room

    @cached_property
    def _by_key(self) -> dict[str, Default]:
        place = files("hemispasm.simulate").joinpath(self.room)
        return {default.key: default for default in read_room(place)}

    def __getitem__(self, key: str) -> Default:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def number(self, key: str) -> float:
        """Return a default that is a single number."""
        (value,) = self._by_key[key].value
        return value

    def pair(self, key: str) -> tuple[float, float]:
        """Return a default that is two numbers: a range, or a mean and a spread."""
        low, high = self._by_key[key].value
        return low, high

    def triple(self, key: str) -> tuple[float, float, float]:
        """Return a default that is three numbers."""
        first, second, third = self._by_key[key].value
        return first, second, third

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a default that is several numbers, such as one per muscle."""
        return self._by_key[key].value

    def group(self, name: str) -> dict[str, tuple[float, ...]]:
        """Return all defaults of a group by their own names.

        Examples
        --------
        >>> len(RoomDefaults("patient").group("unit")["mouthSmile"])
        6
        """
        front = f"{name}."
        return {
            key.removeprefix(front): default.value
            for key, default in self._by_key.items()
            if key.startswith(front)
        }
