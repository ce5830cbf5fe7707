"""Read text exports of EMG consoles by a profile; damaged lines are missing, gaps stay gaps."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from hemispasm.formats.emg_ascii_profile import AsciiProfile, AsciiSweeps
from hemispasm.formats.emg_ascii_rows import (
    check_fit,
    damaged_note,
    read_cells,
    read_rows,
    too_large,
)
from hemispasm.formats.emg_raw import RawSegment, RawSignal
from hemispasm.formats.emg_units import UV_PER_UNIT
from hemispasm.model.emg import Annotation
from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_SWEEPS = 100_000
_LONGEST_S = 30 * 86_400.0
_MOST_NUMBERS = 200_000_000


def read_ascii_raw(path: Path | str, profile: AsciiProfile) -> tuple[RawSegment, ...]:
    """Read a text export as the stretches, or the sweeps, that it holds.

    Parameters
    ----------
    path : path-like
        The text file.
    profile : AsciiProfile
        How it is written.

    Returns
    -------
    tuple of RawSegment
        In order of time. A line that cannot be read is a missing sample (NaN); a gap in the times
        longer than ``longest_hole_s`` parts two segments.

    Raises
    ------
    DecodeError
        The file cannot be read by this profile; the code says why.
    """
    path = Path(path)
    if profile.layout == "continuous":
        return _read_continuous(path, profile)
    assert profile.sweeps is not None
    if profile.layout == "sweep_rows":
        sweeps, notes = _read_sweep_rows(path, profile, profile.sweeps)
    else:
        sweeps, notes = _read_sweep_columns(path, profile, profile.sweeps)
    return _sweep_segments(sweeps, profile, profile.sweeps, notes)


def _read_continuous(path: Path, profile: AsciiProfile) -> tuple[RawSegment, ...]:
    time = profile.time
    columns = [channel.column for channel in profile.channels]
    rows = read_rows(path, profile, [*([time.column] if time else []), *columns])
    notes = damaged_note(path, rows.damaged_lines)
    if time is None:
        assert profile.rate_hz is not None
        return (_segment(rows.values, profile, profile.rate_hz, 0.0, notes),)
    times_s = rows.values[:, 0] * time.seconds
    rounding_s = time.seconds * 10.0 ** -_decimals_around(rows.decimals)
    rate_hz = profile.rate_hz or _rate(times_s, float(np.median(rounding_s)), path)
    if profile.rate_hz is None:
        notes = (*notes, f"rate_from_times: the times in {path.name} give {rate_hz:g} Hz.")
    steps = _steps(times_s, rate_hz, rounding_s, path)
    places = np.concatenate([[0], np.cumsum(steps)])
    longest = round(profile.longest_hole_s * rate_hz)
    cuts = [0, *(np.flatnonzero(steps > longest + 1) + 1).tolist(), len(places)]
    segments = []
    for first, last in pairwise(cuts):
        own = places[first:last] - places[first]
        values = np.full((int(own[-1]) + 1, len(columns)), np.nan)
        values[own] = rows.values[first:last, 1:]
        start_s = float(places[first] / rate_hz)
        segments.append(_segment(values, profile, rate_hz, start_s, notes))
    return tuple(segments)


def _rate(times_s: NDArray[np.float64], rounding_s: float, path: Path) -> float:
    """Return the rate that a time column shows, rounded to what rounded times can show."""
    known = np.flatnonzero(~np.isnan(times_s))
    span = min(10, known.size - 1)
    period_s = 0.0
    if span > 0:
        # The median over ten rows is blind to a gap, and coarse where times are rounded ...
        slopes = (times_s[known[span:]] - times_s[known[:-span]]) / (known[span:] - known[:-span])
        period_s = float(np.median(slopes))
    if period_s <= 0:
        raise DecodeError(
            "no_rate", f"The times in {path.name} do not rise.", "Give rate_hz in the profile."
        )
    # ... and the longest stretch without a gap is fine.
    off_s = np.abs(np.diff(times_s[known]) - np.diff(known) * period_s)
    breaks = np.flatnonzero(off_s > 0.5 * period_s + rounding_s)
    edges = np.concatenate([[-1], breaks, [known.size - 1]])
    longest = int(np.argmax(np.diff(edges)))
    first, last = known[edges[longest] + 1], known[edges[longest + 1]]
    length_s = float(times_s[last] - times_s[first])
    if length_s <= 0:
        return 1 / period_s
    rate_hz = (last - first) / length_s
    # Recorders run at round rates: the shortest number that the rounding of the times allows.
    candidates = (float(f"{rate_hz:.{digits}g}") for digits in range(1, 16))
    allowed = rate_hz * rounding_s / length_s
    return next((rate for rate in candidates if abs(rate - rate_hz) <= allowed), float(rate_hz))


def _steps(
    times_s: NDArray[np.float64], rate_hz: float, rounding_s: NDArray[np.float64], path: Path
) -> NDArray[np.int64]:
    """Return how many samples each row lies behind the row before it: 1 where nothing is missing.

    A row without a time is taken to follow the one before it.
    """
    steps = np.ones(max(len(times_s) - 1, 0), dtype=np.int64)
    known = np.flatnonzero(~np.isnan(times_s))
    if known.size < 2:
        return steps
    known = _without_outliers(known, times_s, rate_hz, rounding_s)
    excess_s = np.diff(times_s[known]) - np.diff(known) / rate_hz
    backwards = np.flatnonzero(np.diff(times_s[known]) < -rounding_s[known[1:]])
    if backwards.size:
        raise DecodeError(
            "time_backwards",
            f"The time in {path.name} runs backwards after {times_s[known[backwards[0]]]:g} s.",
            "Export the recording again, or as sweeps where each begins at zero.",
        )
    if times_s[known[-1]] - times_s[known[0]] > _LONGEST_S:
        raise DecodeError(
            "profile_does_not_fit",
            f"The times in {path.name} span more than {_LONGEST_S / 86_400:g} days.",
            "Correct the column or the unit of the times in the profile.",
        )
    for index in np.flatnonzero(excess_s > 0.5 / rate_hz + rounding_s[known[1:]]):
        steps[known[index + 1] - 1] += round(excess_s[index] * rate_hz)
    return steps


def _decimals_around(decimals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the most decimals among each row's neighbours: 10.366 may stand for 10.3660."""
    padded = np.pad(decimals, 20, mode="edge")
    return sliding_window_view(padded, 41).max(axis=1).astype(np.float64)


def _without_outliers(
    known: NDArray[np.intp],
    times_s: NDArray[np.float64],
    rate_hz: float,
    rounding_s: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Leave out single times that their two neighbours, which agree, contradict: damaged digits."""
    tolerance_s = 0.5 / rate_hz + rounding_s[known]
    off_s = np.abs(np.diff(times_s[known]) - np.diff(known) / rate_hz)
    over_s = np.abs(times_s[known[2:]] - times_s[known[:-2]] - (known[2:] - known[:-2]) / rate_hz)
    is_off = off_s > tolerance_s[1:]
    is_outlier = np.zeros(known.size, dtype=bool)
    is_outlier[1:-1] = is_off[:-1] & is_off[1:] & (over_s <= tolerance_s[2:])
    return known[~is_outlier]


def _segment(
    values: NDArray[np.float64],
    profile: AsciiProfile,
    rate_hz: float,
    start_s: float,
    notes: tuple[str, ...],
) -> RawSegment:
    offset = values.shape[1] - len(profile.channels)
    return RawSegment(
        signals=tuple(
            RawSignal(
                label=channel.label,
                rate_hz=rate_hz,
                values=values[:, offset + number]
                * (UV_PER_UNIT[channel.unit] if channel.unit else 1.0),
                is_voltage=channel.unit is not None,
                unit=channel.unit or "",
            )
            for number, channel in enumerate(profile.channels)
        ),
        start_s=start_s,
        notes=notes,
    )


def _read_sweep_rows(
    path: Path, profile: AsciiProfile, sweeps: AsciiSweeps
) -> tuple[list[NDArray[np.float64]], tuple[str, ...]]:
    """Read one sweep from each row; a number that cannot be read is a missing sample."""
    found = []
    damaged = []
    total = 0
    for number, cells in read_cells(path, profile):
        wanted = [cell for cell in cells[sweeps.first - 1 : sweeps.last] if cell.strip()]
        values = np.array([_value(cell, profile.decimal) for cell in wanted])
        if values.size == 0 or np.all(np.isnan(values)):
            damaged.append(number)
            continue
        if np.any(np.isnan(values)):
            damaged.append(number)
        found.append(values)
        total += values.size
        if len(found) > _MOST_SWEEPS or total > _MOST_NUMBERS:
            raise too_large(path)
    check_fit(path, len(found), damaged)
    return found, damaged_note(path, damaged)


def _read_sweep_columns(
    path: Path, profile: AsciiProfile, sweeps: AsciiSweeps
) -> tuple[list[NDArray[np.float64]], tuple[str, ...]]:
    """Read one sweep from each column."""
    last = sweeps.last
    if last is None:
        last = _usual_width(path, profile)
    if not sweeps.first <= last < sweeps.first + _MOST_SWEEPS:
        raise DecodeError(
            "profile_does_not_fit",
            f"{path.name} has {last} columns, and its sweeps would begin in column {sweeps.first}.",
            "Correct the delimiter, or first and last in the profile.",
        )
    rows = read_rows(path, profile, range(sweeps.first, last + 1))
    return list(rows.values.T.copy()), damaged_note(path, rows.damaged_lines)


def _usual_width(path: Path, profile: AsciiProfile) -> int:
    """Return how many cells the first lines have; the median, for one of them may be damaged."""
    first = islice(read_cells(path, profile), 50)
    widths = [len(cells) - (not cells[-1].strip()) for _, cells in first]
    return int(np.median(widths)) if widths else 0


def _sweep_segments(
    sweeps: list[NDArray[np.float64]],
    profile: AsciiProfile,
    about: AsciiSweeps,
    notes: tuple[str, ...],
) -> tuple[RawSegment, ...]:
    rate_hz = profile.rate_hz
    assert rate_hz is not None
    if about.interval_s is None:
        notes = (
            *notes,
            "sweep_times_unknown: the file does not say when each sweep was recorded; only their"
            " order is known.",
        )
    segments = []
    start_s = 0.0
    for values in sweeps:
        stimulus = about.stimulus_s
        segments.append(
            RawSegment(
                signals=(
                    RawSignal(
                        about.label, rate_hz, values * UV_PER_UNIT[about.unit], True, about.unit
                    ),
                ),
                annotations=()
                if stimulus is None
                else (Annotation(time_s=stimulus, text="stimulus"),),
                start_s=start_s,
                notes=notes,
            )
        )
        start_s += about.interval_s or len(values) / rate_hz
    return tuple(segments)


def _value(text: str, decimal: str) -> float:
    try:
        value = float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")
