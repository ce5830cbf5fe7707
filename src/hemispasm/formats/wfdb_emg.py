"""Read WFDB records (PhysioNet): a text header and signals of format 16 or 212."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.emg_raw import RawSegment, RawSignal
from hemispasm.formats.emg_units import UV_PER_UNIT, voltage_unit
from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_HEADER_BYTES = 1_000_000
_MOST_SIGNALS = 512
_MOST_SAMPLES = 1_000_000_000
_GAIN = re.compile(r"([-+0-9.eE]+)(?:\(([-+0-9]+)\))?(?:/(\S+))?")
_COUNT = re.compile(r"[0-9]{1,15}")
# The lowest number of each format stands for a missing sample.
_MISSING = {16: -32768, 212: -2048}
# What the standard takes for the gain where none is given.
_DEFAULT_GAIN = 200.0


@dataclass(frozen=True)
class _Signal:
    file: str
    format: int
    gain: float
    baseline: int
    unit: str
    label: str


def read_wfdb_raw(path: Path | str) -> tuple[RawSegment, ...]:
    """Read a WFDB record.

    Parameters
    ----------
    path : path-like
        The header (``.hea``) or the signal file (``.dat``) beside it.

    Returns
    -------
    tuple of RawSegment
        One; a missing sample is NaN.

    Raises
    ------
    DecodeError
        ``not_a_wfdb_record``, ``damaged_header``, ``wfdb_format`` (a format other than 16 and 212,
        several segments, or several samples per frame), ``file_missing`` or ``no_data``.
    """
    header = Path(path).with_suffix(".hea")
    rate_hz, length, signals = _read_header(header)
    files = {signal.file for signal in signals}
    formats = {signal.format for signal in signals}
    if len(files) != 1 or len(formats) != 1:
        raise _unread(header, "spreads its signals over several files")
    name = files.pop()
    if Path(name).name != name or name == header.name:
        raise _damaged(header, f"its signal file {name!r} lies elsewhere")
    numbers, notes = _read_numbers(header.with_name(name), formats.pop(), len(signals), length)
    made = []
    for index, signal in enumerate(signals):
        digital = numbers[:, index]
        unit = voltage_unit(signal.unit)
        factor = UV_PER_UNIT[unit] if unit else 1.0
        values = (digital - signal.baseline) / signal.gain * factor
        values[digital == _MISSING[signal.format]] = np.nan
        made.append(RawSignal(signal.label, rate_hz, values, unit is not None, signal.unit))
    return (RawSegment(signals=tuple(made), notes=notes),)


def _read_header(path: Path) -> tuple[float, int | None, list[_Signal]]:
    if not path.is_file():
        raise DecodeError(
            "file_missing",
            f"There is no header {path.name}.",
            "Put the .hea file beside the signal file.",
        )
    if path.stat().st_size > _MOST_HEADER_BYTES:
        raise _not_wfdb(path)
    text = path.read_text(encoding="latin-1")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0].split() if lines else []
    if len(first) < 2 or not _COUNT.fullmatch(first[1]):
        raise _not_wfdb(path)
    if "/" in first[0]:
        raise _unread(path, "has several segments")
    count = int(first[1])
    if not 0 < count <= _MOST_SIGNALS or len(lines) <= count:
        raise _damaged(path, f"it promises {count} signals and describes {len(lines) - 1}")
    rate_hz = _number(first[2].split("/")[0].split("(")[0]) if len(first) > 2 else 250.0
    if rate_hz is None or not 0 < rate_hz <= 1_000_000:
        raise _damaged(path, "its sampling rate is no number")
    length = int(first[3]) if len(first) > 3 and _COUNT.fullmatch(first[3]) else None
    return (
        rate_hz,
        length or None,
        [_signal(line, number, path) for number, line in enumerate(lines[1 : count + 1], start=1)],
    )


def _signal(line: str, number: int, path: Path) -> _Signal:
    fields = line.split(None, 8)
    if len(fields) < 2:
        raise _damaged(path, f"signal {number} lacks its file or format")
    if fields[1] not in ("16", "212"):
        raise _unread(path, f"holds format {fields[1]}")
    gain, baseline, unit = _DEFAULT_GAIN, None, "mV"
    if len(fields) > 2:
        match = _GAIN.fullmatch(fields[2])
        said = _number(match[1]) if match else None
        if match is None or said is None or (said and not 1e-6 <= abs(said) <= 1e9):
            raise _damaged(path, f"the gain of signal {number}, {fields[2]!r}, cannot be")
        gain = said or _DEFAULT_GAIN
        baseline = _small_int(match[2]) if match[2] else None
        unit = match[3] or "mV"
    zero = _small_int(fields[4]) if len(fields) > 4 else 0
    return _Signal(
        file=fields[0],
        format=int(fields[1]),
        gain=gain,
        baseline=zero if baseline is None else baseline,
        unit=unit,
        label=fields[8].strip() if len(fields) > 8 else f"signal {number}",
    )


def _read_numbers(
    path: Path, code: int, count: int, length: int | None
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the digital numbers, shape (n_samples, n_signals), and what is wrong with the file."""
    try:
        size = path.stat().st_size
        # A pipe would make us wait for ever.
        if not path.is_file():
            raise OSError
        if size > 2 * _MOST_SAMPLES:
            raise DecodeError(
                "recording_too_large", f"{path.name} is too large.", "Read it in parts."
            )
        raw = np.fromfile(path, dtype=np.uint8)
    except OSError:
        raise DecodeError(
            "file_missing",
            f"There is no signal file {path.name} that may be read.",
            "Put it beside its header.",
        ) from None
    flat = raw[: len(raw) // 2 * 2].view("<i2").astype(np.int32) if code == 16 else _unpack(raw)
    there = len(flat) // count
    if there == 0:
        raise DecodeError(
            "no_data",
            f"{path.name} ends before its first sample.",
            "Copy it again; the copy may have been broken off.",
        )
    notes = []
    if length is not None and there < length:
        notes.append(
            f"truncated_file: {path.name} breaks off: {there} of {length} samples are there."
        )
    kept = there if length is None else min(there, length)
    return flat[: kept * count].reshape(kept, count), tuple(notes)


def _unpack(raw: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Take two 12-bit numbers from every three bytes."""
    triples = raw[: len(raw) // 3 * 3].reshape(-1, 3).astype(np.int32)
    pairs = np.empty((len(triples), 2), dtype=np.int32)
    pairs[:, 0] = triples[:, 0] | (triples[:, 1] & 0x0F) << 8
    pairs[:, 1] = triples[:, 2] | (triples[:, 1] & 0xF0) << 4
    pairs[pairs >= 2048] -= 4096
    flat = pairs.reshape(-1)
    # An odd number of samples ends with two bytes.
    if len(raw) % 3 == 2:
        last = int(raw[-2]) | (int(raw[-1]) & 0x0F) << 8
        flat = np.append(flat, np.int32(last - 4096 if last >= 2048 else last))
    return flat


def _small_int(text: str) -> int:
    """Return a whole number of at most 32 bits, 0 for anything else."""
    if not re.fullmatch(r"[-+]?[0-9]{1,10}", text):
        return 0
    return max(min(int(text), 2**31), -(2**31))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _not_wfdb(path: Path) -> DecodeError:
    return DecodeError(
        "not_a_wfdb_record", f"{path.name} is no WFDB header.", "Give the .hea file of a record."
    )


def _damaged(path: Path, what: str) -> DecodeError:
    return DecodeError(
        "damaged_header", f"The header {path.name} is damaged: {what}.", "Fetch the record again."
    )


def _unread(path: Path, what: str) -> DecodeError:
    return DecodeError(
        "wfdb_format",
        f"{path.name} {what}; only signals of format 16 or 212 in one file are read.",
        "Convert the record to EDF with mit2edf.",
    )
