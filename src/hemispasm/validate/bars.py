"""What was promised, and whether a score keeps it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.validate.scoring import Score

AnyScore = TypeVar("AnyScore", bound="Score")


@dataclass(frozen=True)
class Bar:
    """A promise about one score.

    ``low`` and ``high`` are the ends between which the score must lie, both inside.
    """

    key: str
    low: float
    high: float
    source: str

    def keeps(self, value: float) -> bool:
        """Return whether a value keeps the promise.

        Examples
        --------
        >>> Bar("onset_error", float("-inf"), 35.0, "video target 2").keeps(35.0)
        True
        """
        return self.low <= value <= self.high

    @property
    def words(self) -> str:
        """The promise as it is printed."""
        if self.low == float("-inf"):
            return f"≤ {self.high:g}"
        if self.high == float("inf"):
            return f"≥ {self.low:g}"
        return f"{self.low:g} to {self.high:g}"


@cache
def load_bars(name: str = "bars.toml") -> dict[str, Bar]:
    """Return every bar of a table by the key of its score."""
    text = files("hemispasm.validate").joinpath(name).read_text(encoding="utf-8")
    return {bar.key: bar for bar in _read(tomllib.loads(text), "")}


def _read(table: dict[str, Any], prefix: str) -> list[Bar]:
    bars = []
    for name, entry in table.items():
        key = f"{prefix}{name}"
        if "at" in entry:
            bars.append(_bar(key, entry))
        else:
            bars += _read(entry, f"{key}.")
    return bars


def _bar(key: str, entry: dict[str, Any]) -> Bar:
    limit = entry["limit"]
    ends = {
        "most": lambda: (float("-inf"), float(limit)),
        "least": lambda: (float(limit), float("inf")),
        "within": lambda: (float(limit[0]), float(limit[1])),
    }[entry["at"]]()
    return Bar(key, *ends, entry["source"])


def judge(
    scores: Sequence[AnyScore], *, complete: bool = True, bars: str = "bars.toml"
) -> list[AnyScore]:
    """Return the scores with their bars and whether each was kept.

    A score that was promised and has no value (no material) is not passed in a complete run, and
    is left open in a run of chosen clips. ``bars`` is the table of promises.
    """
    judged = []
    for score in scores:
        bar = load_bars(bars).get(score.key)
        if bar is not None:
            passed = bar.keeps(score.value) if score.value is not None else None
            if passed is None and complete:
                passed = False
            score = score.model_copy(
                update={"bar": bar.words, "source": bar.source, "passed": passed}
            )
        judged.append(score)
    return judged
