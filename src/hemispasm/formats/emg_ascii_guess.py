"""Look at a text export and propose a profile; what cannot be seen in it is asked, not guessed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.formats.emg_ascii_rows import DELIMITERS, check_file, parse_number
from hemispasm.formats.emg_units import voltage_unit
from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Delimiter = Literal["whitespace", "tab", "comma", "semicolon"]
Decimal = Literal[".", ","]
Encoding = Literal["utf-8", "latin-1", "utf-16"]
TimeUnit = Literal["s", "ms", "us"]

_LOOKED_AT_BYTES = 262_144
_MOST_LINES = 2000
# Consoles sample EMG within these rates; the bounds are a thousandfold apart, so that one unit of
# a time column alone can be meant.
_RATES_HZ = (200.0, 200_000.0)
_UNIT = re.compile(r"[\(\[/]\s*([^\)\]\s]+)\s*[\)\]]?\s*$")
_TIME_UNITS: dict[str, TimeUnit] = {
    "s": "s", "sec": "s", "seconds": "s", "sek": "s", "ms": "ms", "msec": "ms",
    "us": "us", "\u00b5s": "us", "\u03bcs": "us",
}  # fmt: skip
_SECONDS: dict[TimeUnit, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6}


@dataclass(frozen=True)
class AsciiColumn:
    """A column as the file shows it.

    Attributes
    ----------
    number : int
        Counted from 1.
    name : str
        From the header; empty when there is none.
    unit : str or None
        Voltage unit that its name states.
    smallest, largest : float
        Of the rows looked at.
    """

    number: int
    name: str
    unit: str | None
    smallest: float
    largest: float


@dataclass(frozen=True)
class AsciiLook:
    """What a text export looks like.

    Attributes
    ----------
    delimiter, decimal, encoding, header_lines
        As in a profile.
    columns : tuple of AsciiColumn
        All of them, the time included.
    time : int or None
        Number of the column that rises evenly; None when there is none.
    time_unit : {"s", "ms", "us"} or None
        The unit in which its rate is one at which EMG is recorded; None when there is no such.
    rate_hz : float or None
        About, by that column.
    first_rows : tuple of str
        The first lines of numbers as they stand.
    """

    delimiter: Delimiter
    decimal: Decimal
    encoding: Encoding
    header_lines: int
    columns: tuple[AsciiColumn, ...]
    time: int | None
    time_unit: TimeUnit | None
    rate_hz: float | None
    first_rows: tuple[str, ...]


def look_at_ascii(path: Path) -> AsciiLook:
    """Look at the beginning of a text export.

    Parameters
    ----------
    path : Path
        The file; at most 256 kB of it are read.

    Raises
    ------
    DecodeError
        ``file_missing``, ``empty_file``, or ``not_a_table`` (no columns of numbers, or two ways to
        read them).
    """
    check_file(path)
    with path.open("rb") as handle:
        raw = handle.read(_LOOKED_AT_BYTES)
    encoding = _encoding(raw)
    text = raw.decode(encoding, errors="replace").lstrip("\ufeff")
    lines = text.splitlines()[:_MOST_LINES]
    if len(raw) == _LOOKED_AT_BYTES and len(lines) > 1:
        lines.pop()
    table = _best_table(lines, path)
    names = _names(lines, table)
    columns = tuple(
        _column(number, names.get(number, ""), table.values[:, number - 1])
        for number in range(1, table.values.shape[1] + 1)
    )
    time = _time_column(columns, table.values)
    unit, rate_hz = _time_unit(columns[time - 1], table.values) if time else (None, None)
    return AsciiLook(
        delimiter=table.delimiter,
        decimal=table.decimal,
        encoding=encoding,
        header_lines=table.first,
        columns=columns,
        time=time,
        time_unit=unit,
        rate_hz=rate_hz,
        first_rows=tuple(line[:100] for line in lines[table.first : table.first + 3]),
    )


@dataclass(frozen=True)
class _Table:
    delimiter: Delimiter
    decimal: Decimal
    first: int
    values: NDArray[np.float64]


def _encoding(raw: bytes) -> Encoding:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[:400].count(0) > len(raw[:400]) // 4:
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        # The end of what was read may cut a character in two.
        return "utf-8" if fault.start >= len(raw) - 4 else "latin-1"
    return "utf-8"


def _best_table(lines: list[str], path: Path) -> _Table:
    """Return the reading that makes the most lines into rows of numbers."""
    ways: list[tuple[Delimiter, Decimal]] = [
        (delimiter, decimal)
        for delimiter in ("tab", "semicolon", "comma", "whitespace")
        for decimal in (".", ",")
        if (delimiter, decimal) != ("comma", ",")
    ]
    found = [table for way in ways if (table := _table(lines, *way)) is not None]
    if not found:
        raise _no_table(path, "shows no columns of numbers")
    most = max(len(table.values) for table in found)
    best = [table for table in found if len(table.values) >= 0.98 * most]
    chosen = best[0]
    if any(not _is_same(table.values, chosen.values) for table in best[1:]):
        # A comma may part two numbers or be the sign within one: "1,5".
        raise _no_table(path, "can be read in two ways: a comma may part columns or decimals")
    return chosen


def _is_same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other))


def _table(lines: list[str], delimiter: Delimiter, decimal: Decimal) -> _Table | None:
    rows: list[tuple[int, list[float]]] = []
    for number, line in enumerate(lines):
        cells = line.split(DELIMITERS[delimiter])
        while cells and not cells[-1].strip():
            cells.pop()
        try:
            values = [parse_number(cell.strip(), decimal) for cell in cells]
        except ValueError:
            continue
        if values:
            rows.append((number, values))
    if not rows:
        return None
    width = Counter(len(values) for _, values in rows).most_common(1)[0][0]
    kept = [(number, values) for number, values in rows if len(values) == width]
    if len(kept) < max(3, len([line for line in lines if line.strip()]) // 2):
        return None
    return _Table(delimiter, decimal, kept[0][0], np.array([values for _, values in kept]))


def _names(lines: list[str], table: _Table) -> dict[int, str]:
    """Return the names of the columns from the last header line that has as many."""
    width = table.values.shape[1]
    for line in reversed(lines[: table.first]):
        cells = [cell.strip(' "\t#;') for cell in line.split(DELIMITERS[table.delimiter])]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) == width and any(cells):
            return dict(enumerate(cells, start=1))
    return {}


def _column(number: int, name: str, values: NDArray[np.float64]) -> AsciiColumn:
    stated = _UNIT.search(name)
    unit = voltage_unit(stated[1]) if stated else None
    label = name[: stated.start()].strip() if stated and unit else name
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return AsciiColumn(number, label or name, unit, low, high)


def _time_column(columns: tuple[AsciiColumn, ...], values: NDArray[np.float64]) -> int | None:
    """Return the first column that rises evenly in nearly every row."""
    for column in columns:
        steps = np.diff(values[:, column.number - 1])
        middle = float(np.median(steps)) if steps.size else 0.0
        even = np.abs(steps - middle) <= 0.6 * middle
        if middle > 0 and column.unit is None and np.mean(even) > 0.9:
            return column.number
    return None


def _time_unit(
    column: AsciiColumn, values: NDArray[np.float64]
) -> tuple[TimeUnit | None, float | None]:
    times = values[:, column.number - 1]
    step = float((times[-1] - times[0]) / (len(times) - 1))
    middle = float(np.median(np.diff(times)))
    if abs(step - middle) > 0.5 * middle:
        step = middle
    stated = _UNIT.search(column.name)
    said = _TIME_UNITS.get((stated[1] if stated else column.name).casefold())
    if said is None and np.all(np.diff(times) == 1):
        # Rows that are merely counted look like milliseconds.
        return None, None
    units: tuple[TimeUnit, ...] = (said,) if said else ("s", "ms", "us")
    for unit in units:
        rate_hz = 1 / (step * _SECONDS[unit])
        if _RATES_HZ[0] <= rate_hz < _RATES_HZ[1]:
            return unit, rate_hz
    return None, None


def _no_table(path: Path, what: str) -> DecodeError:
    return DecodeError(
        "not_a_table",
        f"{path.name} {what}.",
        "Export it with semicolons or tabs between the columns, or write the profile by hand.",
    )
