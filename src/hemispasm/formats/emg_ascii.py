"""Read text exports of EMG consoles by a profile; damaged lines are missing, gaps stay gaps."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.emg_ascii_clock import RowClock, decimals_around, read_clock
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
    rounding_s = time.seconds * 10.0 ** -decimals_around(rows.decimals)
    clock = read_clock(times_s, rounding_s, profile.rate_hz, path)
    rate_hz, places = clock.rate_hz, clock.places
    steps = np.diff(places)
    notes = (*notes, *_clock_notes(path, clock, profile))
    longest = round(profile.longest_hole_s * rate_hz)
    cuts = [0, *(np.flatnonzero(steps > longest + 1) + 1).tolist(), len(places)]
    segments = []
    total = 0
    for first, last in pairwise(cuts):
        own = places[first:last] - places[first]
        total += int(own[-1]) + 1
        if total * len(columns) > _MOST_NUMBERS:
            raise too_large(path)
        values = np.full((int(own[-1]) + 1, len(columns)), np.nan)
        values[own] = rows.values[first:last, 1:]
        start_s = float(places[first] / rate_hz)
        segments.append(_segment(values, profile, rate_hz, start_s, notes))
    return tuple(segments)


def _clock_notes(path: Path, clock: RowClock, profile: AsciiProfile) -> tuple[str, ...]:
    """Say what was read out of the times: the rate, late stamps, and rows that are gone."""
    notes = []
    if profile.rate_hz is None:
        notes.append(f"rate_from_times: the times in {path.name} give {clock.rate_hz:g} Hz.")
    if clock.jitter_s > 0:
        notes.append(
            f"late_times: rows of {path.name} are stamped up to {clock.jitter_s * 1e3:.3g} ms late;"
            " the samples were taken as evenly spaced."
        )
    gone = np.diff(clock.places) - 1
    if np.any(gone):
        notes.append(
            f"missing_rows: by its times {path.name} lacks {int(gone.sum())} rows in"
            f" {int(np.count_nonzero(gone))} places, at most"
            f" {gone.max() / clock.rate_hz * 1e3:.3g} ms in one; up to"
            f" {profile.longest_hole_s * 1e3:g} ms are missing samples, and more parts the"
            " recording."
        )
    return tuple(notes)


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
