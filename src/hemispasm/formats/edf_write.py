"""Write EDF+ and BDF+: nothing is scaled by its neighbours, nothing missing becomes a number."""

from __future__ import annotations

import io
import math
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import edfio
import numpy as np

from hemispasm.formats import atomic
from hemispasm.formats.edf import SIMULATED_MARK, SIMULATED_NOTE
from hemispasm.formats.edf_missing import END_TEXT, MISSING_TEXT, find_missing, missing_note
from hemispasm.formats.edf_records import choose_record, exact_rate
from hemispasm.model.emg import Annotation, ChannelKind, EmgChannel, EmgRecording
from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Round numbers, so that minimum and maximum fit the eight characters of the header exactly.
_DIGITAL_LIMIT = {2: 32_000, 3: 8_000_000}
_LARGEST_UV = 6_400_000.0
_STIMULUS_TEXT = "stimulus"


def write_edf(
    path: Path | str, recording: EmgRecording, *, started_at: datetime | None = None
) -> Path:
    """Write a recording as EDF+C, or as BDF+C when the name ends in ``.bdf``.

    Parameters
    ----------
    path : path-like
        The file to make or replace.
    recording : EmgRecording
        Signals in microvolt. The step of the 16-bit numbers is 1, 2 or 5 times a power of ten, the
        smallest with which the signal fits; a BDF has 250 times as many steps. Missing samples
        (NaN) are noted and come back as NaN.
    started_at : datetime, optional
        Date and time of the first sample. Absent, the file is anonymous in this, too. No name of
        a person is ever written.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        ``no_channels``, ``empty_recording``, ``same_label``, ``signal_too_large``, ``odd_rate`` or
        ``bad_label``.
    """
    path = Path(path)
    is_bdf = path.suffix.lower() == ".bdf"
    atomic.write_bytes(path, edf_bytes(recording, is_bdf=is_bdf, started_at=started_at))
    return path


def edf_bytes(
    recording: EmgRecording, *, is_bdf: bool = False, started_at: datetime | None = None
) -> bytes:
    """Return the file that `write_edf` writes."""
    sample_bytes = 3 if is_bdf else 2
    _check(recording)
    rates_hz = [channel.rate_hz for channel in recording.channels]
    lengths = [len(signal) for signal in recording.signals_uv]
    record_s, records = choose_record(rates_hz, lengths, sample_bytes)
    labels = edf_labels(recording.channels)
    signals = []
    notes = edf_annotations(recording)
    for channel, signal, label in zip(
        recording.channels, recording.signals_uv, labels, strict=True
    ):
        wanted = int(records * record_s * exact_rate(channel.rate_hz))
        notes += [
            missing_note(MISSING_TEXT, start_s, duration_s, label)
            for start_s, duration_s in find_missing(signal, channel.rate_hz)
        ]
        if wanted > len(signal):
            end_s = len(signal) / channel.rate_hz
            rest_s = (wanted - len(signal)) / channel.rate_hz
            notes.append(missing_note(END_TEXT, end_s, rest_s, label))
        signals.append(_signal(channel, signal, label, wanted, sample_bytes))
    day = started_at.date() if started_at else None
    mark = SIMULATED_MARK if recording.simulated else "X"
    family: Any = edfio.Edf if sample_bytes == 2 else edfio.Bdf
    made = family(
        signals,
        patient=edfio.Patient(name=mark),
        recording=edfio.Recording(startdate=day, equipment_code=f"hemispasm_{mark}"),
        starttime=started_at.time() if started_at else None,
        data_record_duration=float(record_s),
        annotations=[edfio.EdfAnnotation(n.time_s, n.duration_s or None, n.text) for n in notes],
    )
    buffer = io.BytesIO()
    made.write(buffer)
    return buffer.getvalue()


def edf_labels(channels: tuple[EmgChannel, ...]) -> list[str]:
    """Return the labels as EDF can hold them: ASCII, at most 16 characters, all different.

    Raises
    ------
    UsageError
        Two are the same (``same_label``), or one is empty (``bad_label``).

    Examples
    --------
    >>> edf_labels((EmgChannel(label="Schließmuskel für Lid", rate_hz=1000),))
    ['Schliessmuskel f']
    """
    labels = []
    for channel in channels:
        text = unicodedata.normalize("NFKD", channel.label.replace("ß", "ss"))
        text = text.encode("ascii", "ignore").decode("ascii")
        label = "".join(c for c in text if c.isprintable())[:16].strip()
        if not label or label in ("EDF Annotations", "BDF Annotations"):
            raise UsageError(
                "bad_label",
                f"The channel {channel.label!r} has no name that EDF can hold.",
                "Give it a label of at most 16 plain letters and digits.",
            )
        if label in labels:
            raise UsageError(
                "same_label",
                f"Two channels would both be called {label!r} in the file.",
                "Give each channel a label of its own, at most 16 characters long.",
            )
        labels.append(label)
    return labels


def _check(recording: EmgRecording) -> None:
    if not recording.channels:
        raise UsageError(
            "no_channels", "The recording has no channel.", "Write one with at least one signal."
        )
    if min(len(signal) for signal in recording.signals_uv) == 0:
        raise UsageError("empty_recording", "A channel has no sample.", "Leave that channel out.")


def _signal(
    channel: EmgChannel, signal: NDArray[np.floating], label: str, wanted: int, sample_bytes: int
) -> edfio.EdfSignal | edfio.BdfSignal:
    """Return one signal in digital numbers, as long as its records."""
    values = np.zeros(wanted, dtype=np.float64)
    values[: len(signal)] = np.nan_to_num(signal, nan=0.0, posinf=np.inf, neginf=-np.inf)
    largest = float(np.abs(values).max(initial=0.0))
    if not largest <= _LARGEST_UV:
        raise UsageError(
            "signal_too_large",
            f"The channel {channel.label!r} reaches {largest:g} microvolt, more than any electrode"
            " gives.",
            "Check its unit.",
        )
    limit = _DIGITAL_LIMIT[sample_bytes]
    step = _step(largest / limit)
    is_voltage = channel.kind in (ChannelKind.EMG, ChannelKind.ECG)
    made = edfio.EdfSignal if sample_bytes == 2 else edfio.BdfSignal
    dtype = np.int16 if sample_bytes == 2 else np.int32
    return made.from_digital(
        np.clip(np.rint(values / step), -limit, limit).astype(dtype),
        float(channel.rate_hz),
        label=label,
        physical_dimension="uV" if is_voltage else "",
        physical_range=(-round(limit * step, 9), round(limit * step, 9)),
        digital_range=(-limit, limit),
    )


def _step(smallest: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below ``smallest``."""
    smallest = max(smallest, 1e-6)
    power = 10.0 ** math.floor(math.log10(smallest))
    return next(f * power for f in (1.0, 2.0, 5.0, 10.0) if f * power >= smallest * (1 - 1e-12))


def edf_annotations(recording: EmgRecording) -> list[Annotation]:
    """Return all annotations, with those of the stimuli and of our mark that are not among them."""
    notes = [note.model_copy(update={"text": _plain(note.text)}) for note in recording.annotations]
    noted = np.array(
        [note.time_s for note in notes if note.text.casefold() == _STIMULUS_TEXT], dtype=np.float64
    )
    for time_s in recording.stimuli_s:
        if noted.size == 0 or np.abs(noted - time_s).min() > 1e-6:
            notes.append(Annotation(time_s=float(time_s), text=_STIMULUS_TEXT))
    if recording.simulated:
        notes.append(Annotation(time_s=0.0, duration_s=1.0, text=SIMULATED_NOTE))
    return notes


def _plain(text: str) -> str:
    # Control characters part the annotations of EDF+ from one another.
    return "".join(c if c.isprintable() else " " for c in text)
