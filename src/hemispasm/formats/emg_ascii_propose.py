"""Make a profile of a text export out of what the file shows and what a person adds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.emg_ascii_profile import AsciiChannel, AsciiProfile, AsciiTime
from hemispasm.formats.emg_labels import read_label
from hemispasm.model.emg import ChannelKind
from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.formats.emg_ascii_guess import AsciiColumn, AsciiLook
    from hemispasm.model.emg_sidecar import VoltageUnit

_NO_VOLTAGE = (ChannelKind.STIMULUS, ChannelKind.SYNC, ChannelKind.OTHER)


def propose_profile(
    path: Path,
    look: AsciiLook,
    *,
    unit: VoltageUnit | None = None,
    rate_hz: float | None = None,
    labels: Mapping[int, str] | None = None,
    name: str | None = None,
) -> AsciiProfile:
    """Return a profile for a continuous export: a row for each sample.

    Parameters
    ----------
    path : Path
        How messages name the file.
    look : AsciiLook
        What the file shows.
    unit : {"nV", "uV", "mV", "V"}, optional
        Of the columns whose names do not state one. It is never guessed.
    rate_hz : float, optional
        Samples per second; needed where no column gives the time.
    labels : mapping of int to str, optional
        Labels by column, in place of the header's; then only these columns are channels.
    name : str, optional
        Of the console.

    Raises
    ------
    UsageError
        ``rate_unknown``, ``unit_unknown``, ``no_such_column`` or ``no_channels``.
    """
    labels = dict(labels or {})
    has_clock = look.time is not None and look.time_unit is not None
    if not has_clock and rate_hz is None:
        raise UsageError(
            "rate_unknown",
            f"No column of {path.name} gives times at which EMG could have been recorded.",
            "Add the samples per second: --rate 10000.",
        )
    wrong = sorted(set(labels) - {column.number for column in look.columns})
    if wrong:
        raise UsageError(
            "no_such_column",
            f"{path.name} has {len(look.columns)} columns, and none is number {wrong[0]}.",
            "Count the columns from the left, beginning with 1.",
        )
    kept = [
        column
        for column in look.columns
        if (column.number in labels if labels else column.number != look.time)
    ]
    if not kept:
        raise UsageError(
            "no_channels",
            f"{path.name} has no column beside the times.",
            "Check the delimiter of the export.",
        )
    time = (
        AsciiTime(column=look.time, unit=look.time_unit)
        if look.time is not None and look.time_unit is not None
        else None
    )
    return AsciiProfile(
        name=name,
        delimiter=look.delimiter,
        decimal=look.decimal,
        encoding=look.encoding,
        header_lines=look.header_lines,
        rate_hz=rate_hz,
        time=time,
        channels=tuple(_channel(path, column, labels, unit) for column in kept),
    )


def _channel(
    path: Path, column: AsciiColumn, labels: Mapping[int, str], unit: VoltageUnit | None
) -> AsciiChannel:
    label = labels.get(column.number) or column.name or f"column {column.number}"
    said = column.unit or unit
    if column.unit is None and read_label(label).kind in _NO_VOLTAGE:
        return AsciiChannel(column=column.number, label=label)
    if said is None:
        raise UsageError(
            "unit_unknown",
            f"Column {column.number} of {path.name}, {label!r}, states no unit; its numbers run"
            f" from {column.smallest:g} to {column.largest:g}.",
            "Add the unit that the console uses: --unit uV, or mV.",
        )
    return AsciiChannel.model_validate({"column": column.number, "label": label, "unit": said})
