"""The header of an EDF or BDF file, read with suspicion: no count in it is believed unchecked."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from hemispasm.model.errors import DecodeError

# A person's head has no more channels than this; a header that promises more is damaged.
MOST_SIGNALS = 512
# 8 GB in memory, three hours of eight channels at 20 kHz. A BDF takes four times as much to decode.
MOST_SAMPLES = 2_000_000_000
MOST_RATE_HZ = 1_000_000.0

# Name and width of the header fields of a signal, in the order in which the file groups them.
_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("unit", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefilter", 80),
    ("samples", 8),
    ("reserved", 32),
)
_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class EdfSignalHeader:
    """One signal of the header.

    ``physical_range`` and ``digital_range`` are None where they calibrate nothing: not a number,
    infinite, or minimum equal to maximum.
    """

    label: str
    unit: str
    prefilter: str
    physical_range: tuple[float, float] | None
    digital_range: tuple[int, int] | None
    samples_per_record: int
    is_annotations: bool


@dataclass(frozen=True)
class EdfHeader:
    """A checked header, and how much of the data that it promises is there.

    Attributes
    ----------
    sample_bytes : int
        2 (EDF) or 3 (BDF).
    records : int
        Whole records in the file that belong to the recording.
    record_s : float
        Seconds per record; 0 only where there are annotations and nothing else.
    kind : str
        ``""``, ``C`` (continuous) or ``D`` (discontinuous).
    started_at : datetime or None
        As the header says, to the second; None where it is unreadable.
    identification : str
        The fields of patient and recording, searched for our mark and never shown.
    notes : tuple of str
        What is wrong with the size, one ``code: sentence`` each.
    """

    name: str
    sample_bytes: int
    records: int
    record_s: float
    kind: str
    signals: tuple[EdfSignalHeader, ...]
    started_at: datetime | None
    identification: str
    notes: tuple[str, ...]

    @property
    def header_bytes(self) -> int:
        """Where the data begin."""
        return 256 * (len(self.signals) + 1)

    @property
    def record_bytes(self) -> int:
        """Bytes of one record, all signals."""
        return self.sample_bytes * sum(signal.samples_per_record for signal in self.signals)

    def rate_hz(self, index: int) -> float:
        """Return the samples per second of a signal."""
        # Exact division of the decimal in the header: 6250 samples in 0.256 s are 24414.0625 Hz.
        return float(self.signals[index].samples_per_record / Fraction(str(self.record_s)))


def read_edf_header(path: Path) -> EdfHeader:
    """Read and check the header of an EDF or BDF file.

    Parameters
    ----------
    path : Path
        The file. At most 132 kB of it are read.

    Returns
    -------
    EdfHeader
        What the file holds.

    Raises
    ------
    DecodeError
        ``file_missing``, ``is_a_directory``, ``file_not_readable``, ``empty_file``, ``not_an_edf``,
        ``damaged_header``, ``no_signals``, ``no_data`` or ``recording_too_large``.
    """
    head, size = _read_head(path)
    sample_bytes = _sample_bytes(head, path.name)
    count = _whole(head[252:256], "the number of signals", path.name)
    if not 0 < count <= MOST_SIGNALS:
        raise damaged_header(path.name, f"it promises {count} signals, not 1 to {MOST_SIGNALS}")
    said_bytes = _whole(head[184:192], "the length of the header", path.name)
    if said_bytes != 256 * (count + 1):
        raise damaged_header(
            path.name,
            f"it says that it is {said_bytes} bytes long; {count} signals need {256 * (count + 1)}",
        )
    if len(head) < said_bytes:
        raise damaged_header(path.name, f"the file ends within it, after {size} bytes")
    said_records = _whole(head[236:244], "the number of records", path.name)
    if said_records < -1:
        raise damaged_header(path.name, f"it promises {said_records} records")
    signals = _signals(
        head[256:said_bytes], count, path.name, "EDF" if sample_bytes == 2 else "BDF"
    )
    record_s = _record_s(head[244:252], signals, path.name)
    record_bytes = sample_bytes * sum(signal.samples_per_record for signal in signals)
    records, notes = _records(said_records, size - said_bytes, record_bytes, path.name)
    most = MOST_SAMPLES if sample_bytes == 2 else MOST_SAMPLES // 4
    if records * record_bytes // sample_bytes > most:
        raise DecodeError(
            "recording_too_large",
            f"{path.name} holds more than {most:,} samples.",
            "Export it in parts of a few hours.",
        )
    reserved = _text(head[192:236]).upper()
    return EdfHeader(
        name=path.name,
        sample_bytes=sample_bytes,
        records=records,
        record_s=record_s,
        kind=next((k for k in "CD" if reserved.startswith((f"EDF+{k}", f"BDF+{k}"))), ""),
        signals=signals,
        started_at=_started_at(head[168:184]),
        identification=f"{_text(head[8:88])} {_text(head[88:168])}",
        notes=notes,
    )


def _read_head(path: Path) -> tuple[bytes, int]:
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
        with open(path, "rb") as handle:
            head = handle.read(256 * (MOST_SIGNALS + 1))
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
    return head, size


def _sample_bytes(head: bytes, name: str) -> int:
    if head[:1] == b"\xff" and head[1:8] == b"BIOSEMI":
        found = 3
    elif head[:8].rstrip(b" \0") == b"0":
        found = 2
    else:
        raise DecodeError(
            "not_an_edf",
            f"{name} is not an EDF or BDF file.",
            "Export the recording as EDF+ or BDF+ from the console.",
        )
    if len(head) < 256:
        raise damaged_header(name, f"the file ends within it, after {len(head)} bytes")
    return found


def _signals(raw: bytes, count: int, name: str, family: str) -> tuple[EdfSignalHeader, ...]:
    columns: dict[str, list[bytes]] = {}
    start = 0
    for field, width in _FIELDS:
        columns[field] = [raw[start + i * width : start + (i + 1) * width] for i in range(count)]
        start += count * width
    found = []
    for index in range(count):
        label = _text(columns["label"][index])
        samples = _whole(columns["samples"][index], f"the samples of signal {index + 1}", name)
        if samples <= 0:
            raise damaged_header(name, f"signal {index + 1} has {samples} samples per record")
        found.append(
            EdfSignalHeader(
                label=label,
                unit=_text(columns["unit"][index]),
                prefilter=_text(columns["prefilter"][index]),
                physical_range=_range(
                    _number(columns["physical_min"][index]), _number(columns["physical_max"][index])
                ),
                digital_range=_digital_range(
                    columns["digital_min"][index], columns["digital_max"][index]
                ),
                samples_per_record=samples,
                is_annotations=label == f"{family} Annotations",
            )
        )
    return tuple(found)


def _record_s(raw: bytes, signals: tuple[EdfSignalHeader, ...], name: str) -> float:
    seconds = _number(raw)
    if seconds is None:
        raise damaged_header(name, f"the length of a record, {_text(raw)!r}, is no number")
    measured = [signal for signal in signals if not signal.is_annotations]
    if not measured:
        raise DecodeError(
            "no_signals",
            f"{name} holds annotations and no signal.",
            "Export the signals as well.",
        )
    if seconds <= 0:
        raise damaged_header(name, f"a record lasts {seconds:g} s")
    fastest = max(signal.samples_per_record for signal in measured) / seconds
    if fastest > MOST_RATE_HZ:
        raise damaged_header(name, f"it asks for {fastest:g} samples per second")
    return seconds


def _records(
    said: int, data_bytes: int, record_bytes: int, name: str
) -> tuple[int, tuple[str, ...]]:
    """Return the records to read, and what is wrong with their number."""
    there, rest = divmod(data_bytes, record_bytes)
    if there == 0:
        raise DecodeError(
            "no_data",
            f"{name} ends before its first whole record of data.",
            "Copy it again from the recorder; the copy may have been broken off.",
        )
    notes = []
    if said in (-1, 0):
        notes.append(
            f"unfinished_file: {name} was never closed by its recorder; {there} whole records"
            " were read."
        )
        said = there
    elif there < said:
        notes.append(
            f"truncated_file: {name} breaks off: {there} of {said} records are there, and the"
            " whole ones were read."
        )
    elif there > said or rest:
        extra = data_bytes - said * record_bytes
        notes.append(
            f"extra_bytes: {name} has {extra} bytes after its last record; they were not read."
        )
    return min(said, there), tuple(notes)


def _range(low: float | None, high: float | None) -> tuple[float, float] | None:
    if low is None or high is None or low == high:
        return None
    return low, high


def _digital_range(low: bytes, high: bytes) -> tuple[int, int] | None:
    texts = _text(low), _text(high)
    if not all(_INTEGER.fullmatch(text) for text in texts):
        return None
    numbers = int(texts[0]), int(texts[1])
    return numbers if numbers[0] < numbers[1] else None


def _number(raw: bytes) -> float | None:
    try:
        value = float(_text(raw))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(raw: bytes, what: str, name: str) -> int:
    text = _text(raw)
    if not _INTEGER.fullmatch(text):
        raise damaged_header(name, f"{what}, {text!r}, is no whole number")
    return int(text)


def _text(raw: bytes) -> str:
    """Decode a field; the standard says ASCII and consoles write what they like."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return "".join(c for c in text.replace("\0", " ") if c.isprintable()).strip()


def _started_at(raw: bytes) -> datetime | None:
    try:
        found = datetime.strptime(_text(raw), "%d.%m.%y%H.%M.%S")
    except ValueError:
        return None
    # The standard counts two-digit years from 1985.
    if found.year < 1985:
        return found.replace(year=found.year + 100)
    return found.replace(year=found.year - 100) if found.year > 2084 else found


def damaged_header(name: str, what: str) -> DecodeError:
    """Return the error for a header that contradicts itself or is no text."""
    return DecodeError(
        "damaged_header",
        f"The header of {name} is damaged: {what}.",
        "Copy the file again from the recorder, or export it anew.",
    )
