"""Read an EMG recording of any format we know: signals in microvolt, muscles, sides, stimuli."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.bids_emg import BidsContext, read_bids_context, with_events
from hemispasm.formats.edf import read_edf_raw
from hemispasm.formats.emg_ascii import read_ascii_raw
from hemispasm.formats.emg_ascii_profile import AsciiProfile, read_ascii_profile
from hemispasm.formats.emg_montage import BareChannel, name_channels
from hemispasm.formats.emg_raw import RawSegment, RawSignal
from hemispasm.formats.emg_sidecar import read_emg_sidecar
from hemispasm.formats.emg_stimuli import find_stimuli
from hemispasm.formats.emg_units import voltage_unit
from hemispasm.formats.wfdb_emg import read_wfdb_raw
from hemispasm.model.emg import EmgRecording
from hemispasm.model.emg_sidecar import EmgSidecar, StimulusMontage
from hemispasm.model.errors import DecodeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

EMG_SUFFIXES = (".edf", ".bdf", ".hea")
TEXT_SUFFIXES = (".txt", ".asc", ".ascii", ".csv", ".tsv", ".dat")


def read_emg(
    path: Path | str, *, montage: EmgSidecar | None = None, profile: AsciiProfile | None = None
) -> EmgRecording:
    r"""Read an EMG recording that never paused.

    Parameters
    ----------
    path : path-like
        An EDF, EDF+, BDF or WFDB file, or a text export.
    montage : EmgSidecar, optional
        What the channels are; in place of the sidecar beside the file.
    profile : AsciiProfile, optional
        How a text export is written; in place of the profile beside it (``rest.toml`` for
        ``rest.txt``).

    Returns
    -------
    EmgRecording
        Signals in microvolt. Muscles and sides come from the sidecar, else from ``channels.tsv``,
        else from the labels; each channel says which, and ``notes`` says what was mended.

    Raises
    ------
    DecodeError
        The file cannot be read, or has pauses (``has_pauses``); the code says why.
    UsageError
        The sidecar or the profile is wrong, or a text export has no profile (``no_profile``).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     text = Path(folder) / "rest.txt"
    ...     _ = text.write_text("0.1\n0.2\n0.3\n")
    ...     column = {"column": 1, "label": "L mentalis", "unit": "mV"}
    ...     recording = read_emg(text, profile=AsciiProfile(rate_hz=1000, channels=[column]))
    >>> recording.channels[0].side.value, recording.channels[0].named_by
    ('left', 'label_rule')
    >>> recording.signals_uv[0].tolist()
    [100.0, 200.0, 300.0]
    """
    segments = read_emg_segments(path, montage=montage, profile=profile)
    if len(segments) > 1:
        raise DecodeError(
            "has_pauses",
            f"{Path(path).name} was paused: it holds {len(segments)} stretches with gaps between"
            " them.",
            "Read it as segments; a gap is never closed.",
        )
    return segments[0]


def read_emg_segments(
    path: Path | str, *, montage: EmgSidecar | None = None, profile: AsciiProfile | None = None
) -> tuple[EmgRecording, ...]:
    """Read an EMG recording as the stretches that were recorded without a pause.

    Parameters
    ----------
    path, montage, profile
        As for `read_emg`.

    Returns
    -------
    tuple of EmgRecording
        In order of time; ``start_s`` counts from the first sample of the file.
    """
    path = Path(path)
    sidecar = montage or read_emg_sidecar(path)
    around = read_bids_context(path)
    units = {c.label: c.unit for c in sidecar.channels if c.unit} if sidecar else {}
    segments = read_raw_segments(path, units, profile)
    return tuple(
        name_segment(segment, sidecar, around if number == 0 else replace(around, events=()))
        for number, segment in enumerate(segments)
    )


def read_raw_segments(
    path: Path, units: Mapping[str, str], profile: AsciiProfile | None = None
) -> tuple[RawSegment, ...]:
    """Read a file of any format we know, before anybody says what its channels are."""
    suffix = path.suffix.lower()
    if suffix == ".hea" or (suffix == ".dat" and path.with_suffix(".hea").is_file()):
        return read_wfdb_raw(path)
    if profile is not None or suffix in TEXT_SUFFIXES:
        return read_ascii_raw(path, profile or _profile_beside(path))
    return read_edf_raw(path, units)


def _profile_beside(path: Path) -> AsciiProfile:
    beside = path.with_suffix(".toml")
    if not beside.is_file():
        raise UsageError(
            "no_profile",
            f"{path.name} is a text export, and nothing says which column is what.",
            f"Write a profile {beside.name} beside it, or give one.",
        )
    return read_ascii_profile(beside)


def name_segment(
    segment: RawSegment, sidecar: EmgSidecar | None, around: BidsContext
) -> EmgRecording:
    """Say what the channels are and where the stimuli stand.

    Parameters
    ----------
    segment : RawSegment
        As the file holds it.
    sidecar : EmgSidecar or None
        What a person says.
    around : BidsContext
        What ``channels.tsv`` and its neighbours say. Its events count from the first sample of the
        file, so they belong to its first segment only.
    """
    channels, channel_notes = name_channels(
        [BareChannel(s.label, s.rate_hz, s.is_voltage) for s in segment.signals],
        sidecar,
        around.listed,
    )
    annotations = with_events(segment.annotations, around.events)
    signals = tuple(signal.values for signal in segment.signals)
    stimulus = sidecar.stimulus if sidecar else StimulusMontage()
    stimuli_s, stimulus_notes = find_stimuli(channels, signals, annotations, stimulus)
    line_hz = sidecar.line_hz if sidecar else None
    return EmgRecording(
        channels=channels,
        signals_uv=signals,
        stimuli_s=stimuli_s,
        start_s=segment.start_s,
        stimulus=stimulus.info,
        annotations=annotations,
        line_hz=line_hz or around.line_hz,
        simulated=segment.simulated,
        notes=(
            *segment.notes,
            *around.notes,
            *_unlisted_notes(segment.signals, around),
            *_unit_notes(segment.signals, around),
            *channel_notes,
            *stimulus_notes,
        ),
    )


def _unlisted_notes(signals: tuple[RawSignal, ...], around: BidsContext) -> list[str]:
    """Say which rows of ``channels.tsv`` describe no channel of the recording."""
    there = {signal.label for signal in signals}
    lost = [name for name in around.listed or () if name not in there]
    if not lost:
        return []
    shown = ", ".join(repr(name) for name in lost[:10])
    return [f"unknown_channel: channels.tsv describes what the recording does not have: {shown}."]


def _unit_notes(signals: tuple[RawSignal, ...], around: BidsContext) -> list[str]:
    """Say where ``channels.tsv`` claims another unit than the file, whose calibration counts."""
    unlike = []
    for signal in signals:
        said = voltage_unit(around.units.get(signal.label, ""))
        own = voltage_unit(signal.unit)
        if said and own and said != own:
            unlike.append(f"{signal.label!r} ({said}, not {own})")
    if not unlike:
        return []
    return [
        "unit_conflict: channels.tsv has other units than the file, whose calibration counts:"
        f" {', '.join(unlike)}."
    ]
