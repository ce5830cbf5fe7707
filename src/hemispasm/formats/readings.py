"""Readers' readings of an examination in ``readings.json``: added to, never changed."""

from __future__ import annotations

from pathlib import Path

from hemispasm.formats.atomic import write_text
from hemispasm.formats.findings import json_text
from hemispasm.formats.parse import parse, read_json_object
from hemispasm.model.errors import IntegrityError, UsageError
from hemispasm.model.reading import READINGS_SCHEMA, Readings


def read_readings(path: Path | str) -> Readings:
    """Read the readings of an examination; without a file there are none.

    Raises
    ------
    UsageError
        The file is damaged or has a wrong key or value; the key is named.
    IntegrityError
        Another schema or version (``wrong_version``).

    Examples
    --------
    >>> read_readings("nowhere/readings.json").readers
    ()
    """
    file = Path(path)
    if not file.is_file():
        return Readings()
    data = read_json_object(file, file.name)
    if data.get("schema") != READINGS_SCHEMA:
        raise IntegrityError(
            "wrong_version",
            f"{file.name} is {data.get('schema')!r}, not {READINGS_SCHEMA!r}.",
            "Move it elsewhere; nothing was changed in it.",
        )
    return parse(Readings, data, file.name)


def write_readings(path: Path | str, readings: Readings) -> None:
    """Write the readings of an examination. What stands in the file already must stay.

    Raises
    ------
    UsageError
        A reading of the file is missing or changed (``readings_shortened``).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_readings(f"{folder}/readings.json", Readings())
    ...     read_readings(f"{folder}/readings.json").readings
    ()
    """
    file = Path(path)
    old = read_readings(file).readings
    if readings.readings[: len(old)] != old:
        raise UsageError(
            "readings_shortened",
            "The readings changed on disk meanwhile; they are only ever added to.",
            "Read again.",
        )
    data = readings.model_dump(mode="json", by_alias=True, exclude_none=True)
    write_text(file, json_text(data))
