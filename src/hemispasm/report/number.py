"""Number: the only node that may print the digits of a result, and it says where they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from hemispasm.model import Finding, ImageSide, Side, lookup_code
from hemispasm.report.number_rules import RULES

# Fractions that people read as per cent; other unitless values stay as they are.
PERCENT_CODES = frozenset(
    {
        "video.spasm_closure",
        "video.incomplete_closure",
        "emg.branch_synchrony",
        "emg.side_exclusivity",
        "emg.blink_coupling",
        "emg.voluntary_coupling",
        "emg.f_wave_persistence",
    }
)
# Zero events in a short recording do not mean a rate of zero.
MISSABLE_CODES = frozenset(
    {
        "video.spasm_rate",
        "video.blink_rate",
        "video.spasm_time_fraction",
        "emg.spasm_rate",
        "emg.burst_rate",
        "emg.spasm_time_fraction",
    }
)
# Latencies of EMG differ by tenths of a millisecond.
TENTHS = {"ms": 1}

# Values of the vocabulary that people write in capitals.
ACRONYMS = {name: name.upper() for name in ("aica", "pica", "va", "ba", "mra", "ct", "cta", "dsa")}


@dataclass(frozen=True)
class FromFinding:
    """The number is a finding of the document, or a declared extra key of one."""

    code: str
    side: Side | None = None
    image_side: ImageSide | None = None
    key: str | None = None

    @property
    def text(self) -> str:
        """Stable name of the source."""
        side = self.side or self.image_side or "face"
        return ":".join(filter(None, ("finding", self.code, str(side), self.key)))


@dataclass(frozen=True)
class FromEvidence:
    """The number is a published one, by its evidence key."""

    key: str

    @property
    def text(self) -> str:
        """Stable name of the source."""
        return f"evidence:{self.key}"


@dataclass(frozen=True)
class FromRule:
    """The number follows from the document by a rule named in ``RULES``."""

    rule: str

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"{self.rule!r} is not a named rule; add it to RULES with its meaning")

    @property
    def text(self) -> str:
        """Stable name of the source."""
        return f"rule:{self.rule}"


Source: TypeAlias = FromFinding | FromEvidence | FromRule


@dataclass(frozen=True)
class Number:
    """A value with unit and interval that knows its source.

    Attributes
    ----------
    value : float, str or None
        None prints as words; a text value prints as it is.
    unit : str
        UCUM unit; ``%`` when the value has already been multiplied, ``1`` for none.
    interval, level
        Limits in the same unit, and their level (0-1).
    missable : bool
        Zero was counted: print how much could have been missed.
    absent : str
        Words for a value that is None.
    of : str
        What the value is a share of, printed before the interval: ``of the time``.
    decimals : int or None
        Decimals to print; None leaves them to the unit.

    Examples
    --------
    >>> source = FromFinding("video.spasm_rate", Side.LEFT)
    >>> Number(14.5, "/min", source, interval=(7.1, 25.4), level=0.95).text
    '14.5 /min (95 % interval 7.1 to 25.4)'
    >>> Number(0.0, "/min", source, interval=(0.0, 3.2), level=0.95, missable=True).text
    '0 /min, up to 3.2 could have been missed (95 % interval)'
    >>> Number(None, "/min", source).text
    'not assessable'
    """

    value: float | str | None
    unit: str
    source: Source
    interval: tuple[float, float] | None = None
    level: float | None = None
    missable: bool = False
    signed: bool = False
    absent: str = "not assessable"
    of: str = ""
    decimals: int | None = None
    kind: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        if not isinstance(self.source, FromFinding | FromEvidence | FromRule):
            raise TypeError("a Number needs a source: a finding, an evidence key or a named rule")
        if isinstance(self.value, float | int) and not math.isfinite(self.value):
            raise ValueError("a Number must be finite; use None for what could not be measured")
        if any(character.isnumeric() for character in self.of + self.absent):
            raise ValueError("the words around a Number must not hold digits")

    @property
    def value_text(self) -> str:
        """The value with its unit."""
        if self.value is None:
            return self.absent
        if isinstance(self.value, str):
            return ACRONYMS.get(self.value, self.value.replace("_", " "))
        sign = "+" if self.signed and self.value > 0 else ""
        tail = _unit_tail(self.unit, self.value) + (f" {self.of}" if self.of else "")
        return f"{sign}{self._digits(self.value)}{tail}"

    @property
    def limits_text(self) -> str:
        """The limits alone, such as ``7.1 to 25.4``; empty when there are none."""
        if self.interval is None or self.value is None:
            return ""
        low, high = self.interval
        return f"{self._digits(low)} to {self._digits(high)}"

    @property
    def upper_text(self) -> str:
        """The upper limit with its unit."""
        if self.interval is None:
            return self.absent
        return f"{self._digits(self.interval[1])}{_unit_tail(self.unit, self.interval[1])}"

    @property
    def level_text(self) -> str:
        """The level of the interval, such as ``95 %``."""
        return "" if self.level is None else f"{self.level * 100:g} %"

    @property
    def interval_text(self) -> str:
        """What follows the value: the interval in words, with its own punctuation."""
        if self.interval is None or self.value is None:
            return ""
        named = f"{self.level_text} interval".strip()
        if self.is_zero:
            high = self._digits(self.interval[1]) + (" %" if self.unit == "%" else "")
            return f", up to {high} could have been missed ({named})"
        tail = " %" if self.unit == "%" else ""
        return f" ({named} {self.limits_text}{tail})"

    @property
    def is_zero(self) -> bool:
        """Nothing was counted, so only an upper limit can be given."""
        return self.missable and self.value == 0 and self.interval is not None

    @property
    def text(self) -> str:
        """Value, unit and interval as printed."""
        return self.value_text + self.interval_text

    def _digits(self, value: float) -> str:
        largest = max(abs(v) for v in (value, *(self.interval or ())))
        if isinstance(self.value, float | int):
            largest = max(largest, abs(self.value))
        fixed = self.decimals
        decimals = decimals_for(self.unit, largest) if fixed is None else fixed
        printed = f"{value:,.{decimals}f}"
        return "0" if value == 0 else printed.replace(",", " ").replace("-", "−")


def decimals_for(unit: str, largest: float) -> int:
    """Return the decimals a unit is printed with, the same for a value and its limits.

    Fixed per unit, so that one value looks the same wherever the report repeats it; finer only
    where the values are small.

    Examples
    --------
    >>> decimals_for("/min", 16.8), decimals_for("%", 15.7), decimals_for("s", 0.31)
    (1, 0, 2)
    """
    fixed = {"/min": 1, "ms": 0, "Hz": 1, "{count}": 0, "days": 0}
    if unit in fixed:
        return fixed[unit]
    if unit in ("%", "percentage points"):
        return 1 if largest < 10 else 0
    if unit == "s":
        return 2 if largest < 10 else 1
    if unit == "1":
        return 3 if largest < 0.2 else 2
    return max(0, min(3, 2 - math.floor(math.log10(largest)))) if largest > 0 else 0


def _unit_tail(unit: str, value: float) -> str:
    if unit in ("1", ""):
        return ""
    if unit == "{count}":
        return " time" if value == 1 else " times"
    return f" {_SIGNS.get(unit, unit)}"


_SIGNS = {"uV": "µV"}


def seconds_by(rule: str, seconds: float) -> Number:
    """Return seconds of recording by a named rule, to a tenth."""
    return Number(round(seconds, 3), "s", FromRule(rule), decimals=1)


def is_percent(code: str) -> bool:
    """Whether a unitless code is a share that people read as per cent."""
    return lookup_code(code).unit == "1" and (code.endswith("_fraction") or code in PERCENT_CODES)


def number_of(finding: Finding) -> Number:
    """Return the Number that prints a finding.

    Examples
    --------
    >>> number_of(Finding(code="video.spasm_time_fraction", side="left", value=0.121, unit="1",
    ...     interval=(0.08, 0.17), level=0.95, quality="measurable", method="video/1")).text
    '12 % (95 % interval 8 to 17 %)'
    """
    source = FromFinding(finding.code, finding.side, finding.image_side)
    if finding.code == "video.change":
        return _change(finding, source)
    if finding.value is None or isinstance(finding.value, str):
        return Number(finding.value, finding.unit or "1", source)
    return _scaled(
        finding.code, finding.value, finding.unit or "1", finding.interval, finding.level, source
    )


def _scaled(
    code: str,
    value: float,
    unit: str,
    interval: tuple[float, float] | None,
    level: float | None,
    source: FromFinding,
) -> Number:
    if is_percent(code):
        value, unit = value * 100, "%"
        interval = None if interval is None else (interval[0] * 100, interval[1] * 100)
    decimals = TENTHS.get(unit) if code.startswith("emg.") else None
    missable = code in MISSABLE_CODES
    return Number(value, unit, source, interval, level, missable=missable, decimals=decimals)


UNIT_WORDS = {
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "a": "years",
    "{score}": "1",
    "{count}": "1",
    "1/(100000)": "per 100 000 people",
    "1/(100000.a)": "per 100 000 people and year",
}
"""UCUM units as they are printed; others stay as they are."""


def plain_decimals(values: Iterable[float], most: int = 2) -> int:
    """Return the decimals that numbers written by people need, at most ``most``.

    Examples
    --------
    >>> plain_decimals([61.0, 58.0]), plain_decimals([5.4, 12.0]), plain_decimals([0.11, 8.8])
    (0, 1, 2)
    """
    return max((len(f"{v:.{most}f}".rstrip("0").partition(".")[2]) for v in values), default=0)


def percent_decimals(percents: Iterable[float]) -> int:
    """Return the decimals of percentages: one where whole ones would print a false nought.

    Examples
    --------
    >>> percent_decimals([85.8, 54.8, 96.8]), percent_decimals([3.1, 0.5, 17.0])
    (0, 1)
    """
    found = [v for v in percents if v not in (0, 100)]
    small = bool(found) and max(found) < 10 and any(v % 1 for v in found)
    return 1 if small or any(0 < v < 1 or 99 < v < 100 for v in found) else 0


def observed_number(
    code: str,
    side: Side | None,
    value: float | str | None,
    interval: tuple[float, float] | None = None,
    level: float | None = None,
) -> Number:
    """Return the Number that prints a value of the chart, in the unit of its code.

    Examples
    --------
    >>> observed_number("history.age", None, 61.0).text
    '61 years'
    >>> observed_number("video.spasm_time_fraction", Side.LEFT, 0.12, (0.08, 0.17), 0.95).text
    '12 % (95 % interval 8 to 17 %)'
    """
    source = FromFinding(code, side)
    if value is None or isinstance(value, str):
        return Number(value, "1", source)
    unit = lookup_code(code).unit or "1"
    if unit not in UNIT_WORDS:
        return _scaled(code, value, unit, interval, level, source)
    decimals = plain_decimals((value, *(interval or ())))
    return Number(value, UNIT_WORDS[unit], source, interval, level, decimals=decimals)


def extra_number(finding: Finding, key: str, unit: str) -> Number:
    """Return the Number that prints a declared extra key of a finding (None when absent)."""
    source = FromFinding(finding.code, finding.side, finding.image_side, key)
    found = finding.extra(key)
    return Number(None if found is None else float(found), unit, source)


def earlier_or_later(finding: Finding, key: str) -> Number:
    """Return the Number of a change finding's ``earlier`` or ``later`` value."""
    source = FromFinding(finding.code, finding.side, finding.image_side, key)
    found = finding.extra(key)
    if found is None or isinstance(found, str):
        return Number(found, "1", source)
    of = str(finding.extra("of"))
    unit = lookup_code(of).unit or "1"
    shown = _scaled(of, float(found), unit, None, None, source)
    return Number(shown.value, shown.unit, source)


def _change(finding: Finding, source: FromFinding) -> Number:
    of = str(finding.extra("of"))
    if finding.value is None or isinstance(finding.value, str):
        return Number(finding.value, "1", source)
    unit = str(finding.extra("change_unit") or lookup_code(of).unit or "1")
    value, interval = finding.value, finding.interval
    if is_percent(of) and unit == "1":
        value, unit = value * 100, "percentage points"
        interval = None if interval is None else (interval[0] * 100, interval[1] * 100)
    return Number(value, unit, source, interval, finding.level, signed=True)
