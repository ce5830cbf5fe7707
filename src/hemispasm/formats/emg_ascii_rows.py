"""Rows of numbers out of a text file, whatever stands between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from hemispasm.formats.emg_ascii_profile import AsciiProfile

_MOST_BYTES = 4_000_000_000
_MOST_NUMBERS = 200_000_000
_LONGEST_LINE = 4_000_000
# Copies and transfers damage a line here and there; where more is wrong, the profile is.
_MOST_DAMAGED = 0.02
DELIMITERS = {"whitespace": None, "tab": "\t", "comma": ",", "semicolon": ";"}


@dataclass(frozen=True)
class Rows:
    """Numbers of the wanted columns.

    Attributes
    ----------
    values : ndarray of float64, shape (n_rows, n_columns)
        NaN throughout a row that cannot be read.
    damaged_lines : tuple of int
        Numbers of those lines in the file.
    decimals : ndarray of int, shape (n_rows,)
        Digits after the point in the first wanted column: how finely a time is written.
    """

    values: NDArray[np.float64]
    damaged_lines: tuple[int, ...]
    decimals: NDArray[np.int64]


def read_rows(path: Path, profile: AsciiProfile, columns: Sequence[int]) -> Rows:
    """Read the wanted columns of every row.

    Parameters
    ----------
    path : Path
        The text file.
    profile : AsciiProfile
        How it is written.
    columns : sequence of int
        Counted from 1.

    Raises
    ------
    DecodeError
        ``empty_file``, ``profile_does_not_fit``, ``not_text`` or ``recording_too_large``.
    """
    places = [column - 1 for column in columns]
    missing = [float("nan")] * len(places)
    rows: list[list[float]] = []
    decimals: list[int] = []
    damaged: list[int] = []
    for number, cells in read_cells(path, profile):
        try:
            texts = [cells[place] for place in places]
            values = [parse_number(text, profile.decimal) for text in texts]
        except (ValueError, IndexError):
            damaged.append(number)
            rows.append(missing)
            decimals.append(0)
            continue
        rows.append(values)
        decimals.append(len(texts[0].strip().partition(profile.decimal)[2]))
        if len(rows) * len(places) > _MOST_NUMBERS:
            raise too_large(path)
    check_fit(path, len(rows), damaged)
    return Rows(np.array(rows, dtype=np.float64), tuple(damaged), np.array(decimals))


def read_cells(path: Path, profile: AsciiProfile) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that is neither header nor comment nor empty, and its cells."""
    check_file(path)
    delimiter = DELIMITERS[profile.delimiter]
    # A damaged byte damages its own line and no other.
    with open(path, encoding=profile.encoding, errors="replace", newline=None) as handle:
        number = 0
        while line := _next_line(handle, path):
            number += 1
            if not line.endswith("\n") and len(line) == _LONGEST_LINE:
                raise DecodeError(
                    "profile_does_not_fit",
                    f"Line {number} of {path.name} is longer than {_LONGEST_LINE:,} characters.",
                    "Check that the file is text, and its encoding.",
                )
            text = line.strip("\r\n\ufeff")
            if number <= profile.header_lines or not text.strip():
                continue
            if profile.comment and text.lstrip().startswith(profile.comment):
                continue
            yield number, text.split(delimiter)


def _next_line(handle: TextIO, path: Path) -> str:
    try:
        return handle.readline(_LONGEST_LINE)
    except UnicodeError:
        raise DecodeError(
            "profile_does_not_fit",
            f"{path.name} does not begin as UTF-16 text does.",
            "Correct the encoding in the profile.",
        ) from None


def check_fit(path: Path, count: int, damaged: Sequence[int]) -> None:
    """Refuse a file of which too much cannot be read.

    Raises
    ------
    DecodeError
        ``profile_does_not_fit``.
    """
    if count == 0:
        raise DecodeError(
            "profile_does_not_fit",
            f"{path.name} has no line of numbers below its header.",
            "Correct header_lines in the profile.",
        )
    if len(damaged) > max(3, _MOST_DAMAGED * count) or len(damaged) == count:
        raise DecodeError(
            "profile_does_not_fit",
            f"{len(damaged)} of {count} lines of {path.name} cannot be read, first line"
            f" {damaged[0]}.",
            "Correct the profile: delimiter, decimal sign, header lines, columns.",
        )


def damaged_note(path: Path, damaged: Sequence[int]) -> tuple[str, ...]:
    """Return the note on lines that could not be read, empty when all could."""
    if not damaged:
        return ()
    shown = ", ".join(str(number) for number in damaged[:5])
    more = ", ..." if len(damaged) > 5 else ""
    return (
        f"damaged_lines: {len(damaged)} lines of {path.name} cannot be read and are missing"
        f" samples (line {shown}{more}).",
    )


def too_large(path: Path) -> DecodeError:
    """Return the error for a file that would not fit into memory."""
    return DecodeError(
        "recording_too_large", f"{path.name} is too large to be read as text.", "Export it as EDF."
    )


def parse_number(text: str, decimal: str) -> float:
    """Return the number that a recorder wrote.

    Raises
    ------
    ValueError
        It is none, or infinite.

    Examples
    --------
    >>> parse_number("-0,25", ",")
    -0.25
    """
    # Python takes "1_000" and foreign digits for numbers; a recorder writes neither.
    if "_" in text or not text.isascii():
        raise ValueError(text)
    value = float(text.replace(",", ".") if decimal == "," else text)
    if np.isinf(value):
        raise ValueError(text)
    return value


def check_file(path: Path) -> None:
    """Refuse what cannot be a text export before it is opened.

    Raises
    ------
    DecodeError
        ``file_missing``, ``is_a_directory``, ``file_not_readable``, ``empty_file`` or
        ``recording_too_large``.
    """
    if path.is_dir():
        raise DecodeError(
            "is_a_directory",
            f"{path.name} is a folder, not an EMG file.",
            "Give the file itself, or use `hemispasm assess` for a case folder.",
        )
    try:
        size = path.stat().st_size
        # A pipe would make us wait for ever.
        if not path.is_file():
            raise OSError
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise DecodeError(
            "file_missing", f"There is no file {path.name}.", "Check the path and its spelling."
        ) from None
    except OSError:
        raise DecodeError(
            "file_not_readable",
            f"{path.name} may not be read.",
            "Check the permissions of the file and of its folder.",
        ) from None
    if size == 0:
        raise DecodeError(
            "empty_file",
            f"{path.name} is empty (0 bytes).",
            "Copy it again from the recorder; the copy may have been broken off.",
        )
    if size > _MOST_BYTES:
        raise too_large(path)
