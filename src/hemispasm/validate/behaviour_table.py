"""What the simulated patient must do: the rows of ``behaviour.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import Field

from hemispasm.model.base import Noun

Use: TypeAlias = Literal["fit", "hold_out", "must", "seen"]
Level: TypeAlias = Literal["a", "b", "c"]

LEVEL_WORDS: dict[Level, str] = {
    "a": "bundle of fibres",
    "b": "population of motor units",
    "c": "course over years",
}

USE_WORDS: dict[Use, str] = {
    "fit": "fit",
    "hold_out": "hold-out",
    "must": "must",
    "seen": "seen",
}

USE_MEANINGS: dict[Use, str] = {
    "fit": "defaults of the simulator could be moved by this row",
    "hold_out": "no default was moved by it; only these rows are a test",
    "must": "without it nothing counts",
    "seen": "was a hold-out, failed at the first look on seeds 50000-50999, the model (or, where "
    "the row says so, its scoring) was mended since; it counts as fitted",
}
"""What each use means, in the words that are printed."""


class Check(Noun):
    """One number of a row with its tolerance.

    Attributes
    ----------
    key, statement, unit : str
        Name within the row, what is counted in words, UCUM unit.
    target : float
        What is published.
    within : tuple of float
        Ends of the tolerance, both inside.
    use : {"fit", "hold_out", "must", "seen"} or None
        Where it differs from the row's.
    assumed : bool
        The limits are ours: the source gives words and no numbers.
    evidence : str or None
        Key of the evidence item that holds the target.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    statement: str
    unit: str
    target: float
    within: tuple[float, float]
    use: Use | None = None
    assumed: bool = False
    evidence: str | None = None

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the tolerance.

        Examples
        --------
        >>> load_rows()[0].checks[0].holds(9.3)
        True
        """
        return self.within[0] <= value <= self.within[1]


class Row(Noun):
    """One published observation and how the simulated patient is held against it.

    Attributes
    ----------
    number, key, observation : int, str, str
        Place in the table, stable name, what was observed.
    use : {"fit", "hold_out", "must", "seen"}
        Whether defaults of the simulator may be moved by it; written down before any was, but for
        the hold-outs that became ``seen`` after the first look.
    level : {"a", "b", "c"}
        Bundle of fibres, population, or course over years.
    sources : tuple of str
        Keys of the evidence tables' sources.
    checks : tuple of Check
        All must hold for the row to pass.
    biased : bool
        The published sample is badly selected.
    why : str
        What is known of the reason, printed only where the row fails.
    caveat : str
        What a reader should know where the row passes.
    rescored : str
        How its scoring changed after a look at it, and why; empty where it did not. A hold-out
        that failed at the first look and was scored anew is ``seen``.
    seen_because : str
        Why a hold-out that passed at the first look is ``seen`` all the same.
    """

    number: int = Field(ge=1)
    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    observation: str
    use: Use
    level: Level
    sources: tuple[str, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = Field(alias="check", min_length=1)
    biased: bool = False
    why: str = ""
    caveat: str = ""
    rescored: str = ""
    seen_because: str = ""


@cache
def load_rows() -> tuple[Row, ...]:
    """Return every row in the order of the table.

    Examples
    --------
    >>> len(load_rows()), load_rows()[25].use
    (27, 'must')
    """
    text = files("hemispasm.validate").joinpath("behaviour.toml").read_text(encoding="utf-8")
    return tuple(Row.model_validate(entry) for entry in tomllib.loads(text)["row"])
