"""How a console writes text files: a profile, saved once as TOML and used for every export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tomli_w
from pydantic import Field, model_validator

from hemispasm.formats import atomic
from hemispasm.formats.parse import parse, read_toml
from hemispasm.model.base import Noun
from hemispasm.model.emg_sidecar import VoltageUnit

ASCII_PROFILE_SCHEMA = "hemispasm.emg-import/1"

Column = Annotated[int, Field(ge=1, le=10_000)]


class AsciiChannel(Noun):
    """A column that holds one channel; columns count from 1.

    ``unit`` absent: the numbers are no voltage and stay as they are, as in a trigger column.
    """

    column: Column
    label: str = Field(min_length=1)
    unit: VoltageUnit | None = None


class AsciiTime(Noun):
    """The column that holds the time of each row."""

    column: Column
    unit: Literal["s", "ms", "us"] = "s"

    @property
    def seconds(self) -> float:
        """Seconds in one unit."""
        return {"s": 1.0, "ms": 1e-3, "us": 1e-6}[self.unit]


class AsciiSweeps(Noun):
    """Sweeps of one channel.

    Attributes
    ----------
    label : str
        Of the channel.
    unit : {"nV", "uV", "mV", "V"}
        Of the numbers.
    first, last : int
        First and last column of the numbers; ``last`` absent: the row's end.
    stimulus_s : float, optional
        When in each sweep the stimulus is given, in seconds from its first sample.
    interval_s : float, optional
        From the start of one sweep to the next. Absent: only their order is known.
    """

    label: str = Field(min_length=1)
    unit: VoltageUnit
    first: Column = 1
    last: Column | None = None
    stimulus_s: float | None = Field(default=None, ge=0)
    interval_s: float | None = Field(default=None, gt=0)


class AsciiProfile(Noun):
    """How to read a text export.

    Attributes
    ----------
    layout : {"continuous", "sweep_columns", "sweep_rows"}
        A row per sample, with a channel in each column; or every column is a sweep of one channel;
        or every row is.
    delimiter, decimal, encoding, header_lines, comment
        How the text is written. Lines that start with ``comment`` are skipped.
    rate_hz : float, optional
        Samples per second; absent only where a time column says it.
    longest_hole_s : float
        Missing rows up to this length become NaN; a longer gap parts the recording.

    Examples
    --------
    >>> AsciiProfile(rate_hz=4000, channels=[{"column": 1, "label": "EMG", "unit": "mV"}]).layout
    'continuous'
    """

    schema_: Literal["hemispasm.emg-import/1"] | None = Field(default=None, alias="schema")
    name: str | None = None
    layout: Literal["continuous", "sweep_columns", "sweep_rows"] = "continuous"
    delimiter: Literal["whitespace", "tab", "comma", "semicolon"] = "whitespace"
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    header_lines: int = Field(default=0, ge=0, le=10_000)
    comment: str | None = Field(default=None, min_length=1)
    rate_hz: float | None = Field(default=None, gt=0, le=1_000_000)
    time: AsciiTime | None = None
    channels: tuple[AsciiChannel, ...] = ()
    sweeps: AsciiSweeps | None = None
    longest_hole_s: float = Field(default=0.01, ge=0, le=10)

    @model_validator(mode="after")
    def _check(self) -> AsciiProfile:
        if self.delimiter == "comma" and self.decimal == ",":
            raise ValueError("delimiter and decimal cannot both be a comma")
        if self.layout == "continuous":
            if not self.channels:
                raise ValueError("layout continuous needs at least one entry in channels")
            if self.rate_hz is None and self.time is None:
                raise ValueError("give rate_hz, or time with the column of the times")
        elif self.sweeps is None or self.rate_hz is None:
            raise ValueError(f"layout {self.layout} needs sweeps and rate_hz")
        return self


def read_ascii_profile(path: Path | str) -> AsciiProfile:
    """Read a saved profile.

    Raises
    ------
    UsageError
        The file is no TOML, or has an unknown key or a wrong value; the key is named.
    """
    path = Path(path)
    return parse(AsciiProfile, read_toml(path, path.name), path.name)


def write_ascii_profile(path: Path | str, profile: AsciiProfile) -> Path:
    """Save a profile for the next export of the same console."""
    path = Path(path)
    atomic.write_text(path, profile_text(profile))
    return path


def profile_text(profile: AsciiProfile) -> str:
    """Return a profile as the TOML that `read_ascii_profile` reads."""
    data = profile.model_dump(mode="json", by_alias=True, exclude_none=True)
    return tomli_w.dumps({"schema": ASCII_PROFILE_SCHEMA, **data})
