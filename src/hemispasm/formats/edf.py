"""Read EDF, EDF+ and BDF: signals in microvolt, notes with their times, pauses kept as pauses."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import edfio
import numpy as np

from hemispasm.formats.edf_header import (
    EdfHeader,
    EdfSignalHeader,
    damaged_header,
    read_edf_header,
)
from hemispasm.formats.edf_missing import is_missing_note, without_missing
from hemispasm.formats.edf_times import Stretch, find_stretches, parse_record
from hemispasm.formats.emg_raw import RawSegment, RawSignal
from hemispasm.formats.emg_units import UV_PER_UNIT, voltage_unit
from hemispasm.model.emg import Annotation
from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SIMULATED_MARK = "SIMULATED"
SIMULATED_NOTE = "SIMULATED - not a patient"
# Python reads the notes one by one; files beyond this were not made by a recorder.
MOST_RECORDS = 2_000_000
MOST_ANNOTATIONS = 500_000
_LARGEST_PHYSICAL = 1e12


def read_edf_raw(
    path: Path | str, units: Mapping[str, str] | None = None
) -> tuple[RawSegment, ...]:
    """Read an EDF, EDF+ or BDF file as the stretches that were recorded without a pause.

    Parameters
    ----------
    path : path-like
        A local file.
    units : mapping of str to str, optional
        Voltage unit by label where a person says that the header is wrong.

    Returns
    -------
    tuple of RawSegment
        In order of time. A gap is never closed: what lies on its two sides are two segments.

    Raises
    ------
    DecodeError
        The file cannot be read; the code says why.
    """
    path = Path(path)
    header = read_edf_header(path)
    stretches, annotations, notes = _read_clock(path, header)
    scales = [
        None if signal.is_annotations else _Scale.of(signal, (units or {}).get(signal.label))
        for signal in header.signals
    ]
    decoded = _decode(path, header, [scale is not None for scale in scales])
    all_notes = (*header.notes, *notes, *(s.note for s in scales if s is not None and s.note))
    first_s = stretches[0].onset_s
    begun = header.started_at + timedelta(seconds=first_s) if header.started_at else None
    simulated = SIMULATED_MARK in header.identification
    segments = []
    for index, stretch in enumerate(stretches):
        own = _own_annotations(annotations, stretches, index)
        raw = [
            RawSignal(
                label=signal.label,
                rate_hz=header.rate_hz(number),
                values=scale.apply(digital[stretch.first : stretch.last].reshape(-1)),
                is_voltage=scale.is_voltage,
                unit=signal.unit,
            )
            for number, (signal, scale, digital) in enumerate(
                zip(header.signals, scales, decoded, strict=True)
            )
            if scale is not None and digital is not None
        ]
        labels = [signal.label for signal in raw]
        kept = without_missing(
            [signal.values for signal in raw], labels, [signal.rate_hz for signal in raw], own
        )
        segments.append(
            RawSegment(
                signals=tuple(
                    replace(signal, values=values) for signal, values in zip(raw, kept, strict=True)
                ),
                annotations=tuple(
                    note
                    for note in own
                    if not is_missing_note(note) and not (simulated and note.text == SIMULATED_NOTE)
                ),
                start_s=stretch.onset_s - first_s,
                started_at=begun + timedelta(seconds=stretch.onset_s - first_s) if begun else None,
                # A time stamp off the full second says that the recorder keeps fractions.
                is_start_exact=first_s % 1 != 0,
                simulated=simulated,
                notes=all_notes,
            )
        )
    return tuple(segments)


@dataclass(frozen=True)
class _Scale:
    """How digital numbers become microvolt."""

    gain: float
    offset: float
    is_voltage: bool
    is_exact_in_single: bool
    note: str = ""

    @classmethod
    def of(cls, signal: EdfSignalHeader, said_unit: str | None) -> _Scale:
        unit = said_unit or voltage_unit(signal.unit)
        if not _is_calibrated(signal):
            if unit is not None:
                raise DecodeError(
                    "not_calibrated",
                    f"The signal {signal.label!r} has no valid calibration: its physical or digital"
                    " minimum and maximum are equal, no numbers or beyond all bounds.",
                    "Export the recording again; microvolts cannot be had from this file.",
                )
            note = f"not_calibrated: {signal.label} has no calibration; its raw numbers were kept."
            return cls(1.0, 0.0, False, True, note)
        assert signal.physical_range is not None
        assert signal.digital_range is not None
        (low, high), (digital_low, digital_high) = signal.physical_range, signal.digital_range
        factor = 1.0 if unit is None else UV_PER_UNIT[unit]
        gain = (high - low) / (digital_high - digital_low)
        # Single precision holds 24 bits: enough for EDF's 16 and not for BDF's 24 and an offset.
        is_small = max(abs(digital_low), abs(digital_high)) <= 32768
        return cls(gain * factor, (low - gain * digital_low) * factor, unit is not None, is_small)

    def apply(self, digital: NDArray[np.integer]) -> NDArray[np.floating]:
        single = self.is_exact_in_single
        made: NDArray[np.floating]
        made = np.empty(len(digital), dtype=np.float32 if single else np.float64)
        # In blocks, so that double precision never stands beside the whole signal.
        for start in range(0, len(digital), 1 << 20):
            part = slice(start, start + (1 << 20))
            made[part] = digital[part] * self.gain + self.offset
        return made


def _is_calibrated(signal: EdfSignalHeader) -> bool:
    """Whether there are two different numbers on both scales, of a size that electrodes give."""
    if signal.physical_range is None or signal.digital_range is None:
        return False
    return max(map(abs, signal.physical_range)) <= _LARGEST_PHYSICAL


def _decode(
    path: Path, header: EdfHeader, wanted: Sequence[bool]
) -> list[NDArray[np.integer] | None]:
    """Return the digital numbers of the wanted signals, one row per record."""
    with warnings.catch_warnings():
        # Our own header has checked and said everything that edfio would warn of.
        warnings.simplefilter("ignore")
        read_file: Any = edfio.read_edf if header.sample_bytes == 2 else edfio.read_bdf
        try:
            # Unlike `signals`, this tuple has the annotation signals too: positions agree.
            sources = read_file(path, header_encoding="latin-1")._signals
        except ValueError as problem:
            raise damaged_header(path.name, f"a field cannot be read ({problem})") from None
        found: list[NDArray[np.integer] | None] = []
        for signal, is_wanted, read in zip(header.signals, wanted, sources, strict=True):
            if not is_wanted:
                found.append(None)
                continue
            rows = read.digital.reshape(-1, signal.samples_per_record)
            found.append(rows[: header.records])
    return found


def _read_clock(
    path: Path, header: EdfHeader
) -> tuple[tuple[Stretch, ...], tuple[Annotation, ...], tuple[str, ...]]:
    """Return the stretches without a pause, all annotations, and what is wrong with them."""
    whole = (Stretch(0, header.records, 0.0),)
    places = _annotation_places(header)
    if not places:
        if header.kind == "D":
            raise DecodeError(
                "lost_time",
                f"{header.name} says that it has pauses, and has no time stamps to place them.",
                "Export the recording again, as EDF+C if it never paused.",
            )
        return whole, (), ()
    if header.records > MOST_RECORDS:
        raise DecodeError(
            "recording_too_large",
            f"{header.name} has {header.records:,} records with time stamps.",
            "Export it with longer records, or in parts.",
        )
    onsets_s, annotations, damaged = _read_records(path, header, places)
    notes = []
    if damaged:
        notes.append(
            f"damaged_annotations: {damaged} annotations of {header.name} cannot be read and were"
            " left out."
        )
    if header.kind != "D" and any(onset is None for onset in onsets_s):
        notes.append(
            f"no_time_stamps: some records of {header.name} have no time stamp; the file says that"
            " it never paused."
        )
        return whole, tuple(annotations), tuple(notes)
    measured = [s.samples_per_record for s in header.signals if not s.is_annotations]
    stretches = find_stretches(
        onsets_s, header.record_s, header.record_s / max(measured), header.name
    )
    if len(stretches) > 1 and header.kind != "D":
        notes.append(
            f"hidden_pause: {header.name} says that it never paused, and its time stamps say that"
            f" it did; it was split into {len(stretches)} segments."
        )
    return stretches, tuple(annotations), tuple(notes)


def _read_records(
    path: Path, header: EdfHeader, places: Sequence[slice]
) -> tuple[list[float | None], list[Annotation], int]:
    """Return each record's time stamp, all annotations, and how many cannot be read."""
    onsets_s: list[float | None] = []
    annotations: list[Annotation] = []
    damaged = 0
    data = np.memmap(
        path,
        dtype=np.uint8,
        mode="r",
        offset=header.header_bytes,
        shape=(header.records, header.record_bytes),
    )
    for row in data:
        parsed = parse_record([row[place].tobytes() for place in places])
        onsets_s.append(parsed.onset_s)
        annotations += parsed.annotations
        damaged += parsed.damaged
        if len(annotations) > MOST_ANNOTATIONS:
            raise DecodeError(
                "too_many_annotations",
                f"{header.name} holds more than {MOST_ANNOTATIONS:,} annotations.",
                "Export it in parts.",
            )
    return onsets_s, annotations, damaged


def _annotation_places(header: EdfHeader) -> list[slice]:
    """Return where in the bytes of a record the annotation signals lie."""
    places = []
    start = 0
    for signal in header.signals:
        end = start + signal.samples_per_record * header.sample_bytes
        if signal.is_annotations:
            places.append(slice(start, end))
        start = end
    return places


def _own_annotations(
    annotations: Sequence[Annotation], stretches: Sequence[Stretch], index: int
) -> list[Annotation]:
    """Return the annotations of one stretch; one made in a pause stays with the stretch before."""
    begin_s = stretches[index].onset_s if index else -np.inf
    end_s = stretches[index + 1].onset_s if index + 1 < len(stretches) else np.inf
    origin_s = stretches[index].onset_s
    return sorted(
        (
            note.model_copy(update={"time_s": note.time_s - origin_s})
            for note in annotations
            if begin_s <= note.time_s < end_s
        ),
        key=lambda note: note.time_s,
    )
