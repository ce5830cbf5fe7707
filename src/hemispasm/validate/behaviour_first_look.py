"""The first look: what each row gave when release seeds were used for the first time.

Rows that failed it are mended, and then a fresh run is no longer a test of them: the result of the
first look stays beside every later one.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field

from hemispasm.model.base import Noun
from hemispasm.validate.behaviour_table import Use


class FirstRow(Noun):
    """One row at the first look.

    Attributes
    ----------
    number : int
        Place in the table.
    use : {"fit", "hold_out", "must"}
        As it was tagged before anything was fitted.
    passed : bool
        Its outcome.
    values : dict of str to float
        By the key of each check that had something to count, in the check's unit.
    """

    number: int = Field(ge=1)
    use: Use
    passed: bool
    values: dict[str, float]


class FirstLook(Noun):
    """The whole first look.

    Attributes
    ----------
    hemispasm, code : str
        Version, and the commit whose patients were looked at.
    seed_base : int
        First seed of the run.
    seeds : tuple of int
        First and last seed that are spent with it.
    rows : tuple of FirstRow
        In the order of the table.
    """

    hemispasm: str
    code: str
    seed_base: int
    seeds: tuple[int, int]
    rows: tuple[FirstRow, ...]

    def of(self, number: int) -> FirstRow | None:
        """Return a row by its number; None for one that is younger than the first look."""
        return next((row for row in self.rows if row.number == number), None)


class SecondLook(Noun):
    """What a second run on release seeds gave, after the mends that the first one asked for.

    Attributes
    ----------
    code : str
        The commit whose patients were looked at.
    seed_base : int
        First seed of the run.
    seeds : tuple of int
        First and last seed that are spent with it.
    failed : tuple of int
        Numbers of the rows that failed; all others passed.
    """

    code: str
    seed_base: int
    seeds: tuple[int, int]
    failed: tuple[int, ...]


@cache
def load_second_look() -> SecondLook:
    """Return what was found at the second look.

    Examples
    --------
    >>> load_second_look().failed
    (5, 6, 16, 20)
    """
    return SecondLook(**_read_looks()["second_look"])


@cache
def load_first_look() -> FirstLook:
    """Return what was found at the first look.

    Examples
    --------
    >>> look = load_first_look()
    >>> look.seed_base, sum(row.passed for row in look.rows), len(look.rows)
    (50000, 17, 27)
    """
    found = _read_looks()
    return FirstLook(**found["look"], rows=tuple(FirstRow(**row) for row in found["row"]))


def _read_looks() -> dict[str, Any]:
    place = files("hemispasm.validate").joinpath("behaviour_first_look.toml")
    return tomllib.loads(place.read_text(encoding="utf-8"))
