"""Write EMG-BIDS: raw recordings with their tables, and results as derivatives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hemispasm.formats import atomic
from hemispasm.formats.bids_emg import DATASET_FILE, is_bids_folder, read_tsv
from hemispasm.formats.edf_write import edf_annotations, edf_bytes, edf_labels
from hemispasm.formats.findings import json_text
from hemispasm.model.emg import ChannelKind, EmgChannel, EmgRecording, Muscle
from hemispasm.model.errors import UsageError

BIDS_VERSION = "1.11.1"
_LABEL = re.compile(r"[A-Za-z0-9]+")
_TYPES = {
    ChannelKind.EMG: "EMG",
    ChannelKind.ECG: "ECG",
    ChannelKind.STIMULUS: "TRIG",
    ChannelKind.SYNC: "TRIG",
    ChannelKind.OTHER: "MISC",
}
_CHANNEL_COLUMNS = (
    "name",
    "type",
    "units",
    "sampling_frequency",
    "target_muscle",
    "side",
    "branch",
    "electrode",
    "kind",
    "named_by",
)
_PLACED_UNKNOWN = (
    "Electrodes stood over or in the muscles that channels.tsv names; how their sites were found"
    " was not recorded."
)
_PLACED_SIMULATED = "Simulated recording: no electrode was placed on a person."


@dataclass(frozen=True)
class BidsSite:
    """What the laboratory knows of its recordings and the files do not say.

    Attributes
    ----------
    placement : str, optional
        How the electrode sites were found, in a sentence: by palpation, by measured distance.
    reference : str
        Where the reference stood; ``Bipolar`` where each channel has two contacts of its own.
    software_filters : str
        Filters of the recorder's software, as its maker describes them.
    manufacturer, model : str, optional
        Of the recorder.
    task_description : str, optional
        What the patient did.
    """

    placement: str | None = None
    reference: str = "n/a"
    software_filters: str = "n/a"
    manufacturer: str | None = None
    model: str | None = None
    task_description: str | None = None


def write_bids(
    folder: Path | str,
    recording: EmgRecording,
    *,
    subject: str,
    task: str = "rest",
    session: str | None = None,
    run: str | None = None,
    site: BidsSite | None = None,
    source: Path | str | None = None,
) -> Path:
    """Add a recording to an EMG-BIDS folder, made when it does not exist.

    Parameters
    ----------
    folder : path-like
        The top folder of the data set.
    recording : EmgRecording
        A stretch without a pause; several stretches are runs of their own.
    subject, task, session, run : str
        Labels of letters and digits. ``subject`` is a pseudonym and never a name.
    site : BidsSite, optional
        What the laboratory knows; nothing is made up for what is absent.
    source : path-like, optional
        An EDF or BDF file to be taken over byte for byte in place of writing the signals anew.
        Its header then stays as it is, the fields for patient and date included.

    Returns
    -------
    Path
        The recording in the folder.

    Raises
    ------
    UsageError
        ``bad_bids_label``, or what `write_edf` refuses.
    RefusedError
        The recording is there already (``already_written``).
    """
    folder = Path(folder)
    stem = _stem(subject=subject, session=session, task=task, run=run)
    suffix = ".edf" if source is None else Path(source).suffix.lower()
    if suffix not in (".edf", ".bdf"):
        raise UsageError(
            "not_edf_source",
            f"EMG-BIDS holds EDF and BDF files, and {Path(source or '').name} is neither.",
            "Leave the source out; the signals are then written as EDF.",
        )
    place = folder / f"sub-{subject}" / (f"ses-{session}" if session else "") / "emg"
    place.mkdir(parents=True, exist_ok=True)
    _write_dataset(folder, recording.simulated)
    _add_participant(folder, subject)
    path = place / f"{stem}_emg{suffix}"
    if source is None:
        labels = edf_labels(recording.channels)
        data = edf_bytes(recording)
    else:
        labels = [channel.label for channel in recording.channels]
        data = Path(source).read_bytes()
    atomic.write_new_bytes(path, data)
    atomic.write_text(place / f"{stem}_emg.json", json_text(_about(recording, task, site)))
    _write_channels(place, stem, recording.channels, labels)
    _write_events(place, stem, recording)
    return path


def write_bids_derivative(
    folder: Path | str,
    recording_name: str,
    rows: Sequence[Mapping[str, object]],
    columns: Mapping[str, str],
    *,
    version: str,
) -> Path:
    """Write the events found in a recording as a derivative of an EMG-BIDS folder.

    The standard has no ``desc-`` for EMG results yet, so there is one table for each recording; its
    ``trial_type`` tells bursts, spasms and responses apart.

    Parameters
    ----------
    folder : path-like
        The top folder of the data set; the table goes below ``derivatives/hemispasm``.
    recording_name : str
        File name of the recording, such as ``sub-01_task-rest_emg.edf``.
    rows : sequence of mapping
        ``onset`` and ``duration`` in seconds, ``trial_type``, and whatever else ``columns``
        describes; what is absent is written as unknown.
    columns : mapping of str to str
        What each further column means, in a sentence.
    version : str
        Of hemispasm.

    Returns
    -------
    Path
        The table.

    Raises
    ------
    UsageError
        ``bad_bids_label``.
    """
    entities = recording_name.split("_")[:-1]
    parts = dict(part.split("-", 1) for part in entities if "-" in part)
    if not {"sub", "task"} <= set(parts) or not all(map(_LABEL.fullmatch, parts.values())):
        raise _bad_label(recording_name)
    top = Path(folder) / "derivatives" / "hemispasm"
    session = f"ses-{parts['ses']}" if "ses" in parts else ""
    place = top / f"sub-{parts['sub']}" / session / "emg"
    place.mkdir(parents=True, exist_ok=True)
    if not is_bids_folder(top):
        atomic.write_text(top / DATASET_FILE, json_text(_derivative_dataset(version)))
        atomic.write_text(top / "README.md", _DERIVATIVE_README)
    stem = "_".join(entities)
    names = ("onset", "duration", "trial_type", *columns)
    path = place / f"{stem}_events.tsv"
    atomic.write_text(path, _table(names, [[row.get(name) for name in names] for row in rows]))
    about = {
        "Description": f"Events that hemispasm {version} found in {recording_name}.",
        "trial_type": {"Description": "Kind of the event."},
        **{name: {"Description": text} for name, text in columns.items()},
    }
    atomic.write_text(place / f"{stem}_events.json", json_text(about))
    return path


_README = """# EMG recordings

Facial EMG in EMG-BIDS, written by hemispasm. Left and right are the patient's.
"""
_DERIVATIVE_README = """# hemispasm

What hemispasm measured in the recordings of this data set. Research software, not a medical device.
"""


def _stem(**entities: str | None) -> str:
    names = {"subject": "sub", "session": "ses", "task": "task", "run": "run"}
    parts = []
    for entity, label in entities.items():
        if label is None:
            continue
        if not _LABEL.fullmatch(label):
            raise _bad_label(label)
        parts.append(f"{names[entity]}-{label}")
    return "_".join(parts)


def _bad_label(label: str) -> UsageError:
    return UsageError(
        "bad_bids_label",
        f"{label!r} cannot be part of a BIDS file name.",
        "Use letters and digits only, such as rest or 01.",
    )


def _write_dataset(folder: Path, simulated: bool) -> None:
    if is_bids_folder(folder):
        return
    title = "Simulated facial EMG (no patient)" if simulated else "Facial EMG"
    data = {
        "Name": title,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "hemispasm"}],
    }
    atomic.write_text(folder / DATASET_FILE, json_text(data))
    atomic.write_text(folder / "README.md", _README)


def _derivative_dataset(version: str) -> dict[str, Any]:
    return {
        "Name": "hemispasm",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "hemispasm", "Version": version}],
        "SourceDatasets": [{"URL": "../../"}],
    }


def _add_participant(folder: Path, subject: str) -> None:
    path = folder / "participants.tsv"
    name = f"sub-{subject}"
    if not path.is_file():
        atomic.write_text(path, f"participant_id\n{name}\n")
        return
    rows = read_tsv(path)
    if any(row.get("participant_id") == name for row in rows):
        return
    columns = list(rows[0]) if rows else ["participant_id"]
    added = {"participant_id": name}
    values = [[row.get(column) for column in columns] for row in (*rows, added)]
    atomic.write_text(path, _table(columns, values))


def _about(recording: EmgRecording, task: str, site: BidsSite | None) -> dict[str, Any]:
    site = site or BidsSite()
    unknown = _PLACED_SIMULATED if recording.simulated else _PLACED_UNKNOWN
    kinds = [channel.kind for channel in recording.channels]
    rates = [c.rate_hz for c in recording.channels if c.kind is ChannelKind.EMG]
    optional = {
        "Manufacturer": site.manufacturer,
        "ManufacturersModelName": site.model,
        "TaskDescription": site.task_description,
    }
    return {
        "TaskName": task,
        **{key: value for key, value in optional.items() if value},
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": site.placement or unknown,
        "EMGReference": site.reference,
        "SamplingFrequency": max(rates, default=recording.channels[0].rate_hz),
        "PowerLineFrequency": recording.line_hz or "n/a",
        "RecordingType": "continuous",
        "RecordingDuration": recording.duration_s,
        "SoftwareFilters": site.software_filters,
        "EMGChannelCount": kinds.count(ChannelKind.EMG),
        "TriggerChannelCount": sum(_TYPES[kind] == "TRIG" for kind in kinds),
    }


def _write_channels(
    place: Path, stem: str, channels: Sequence[EmgChannel], labels: Sequence[str]
) -> None:
    rows = []
    for channel, label in zip(channels, labels, strict=True):
        is_voltage = channel.kind in (ChannelKind.EMG, ChannelKind.ECG)
        rows.append(
            [
                label,
                _TYPES[channel.kind],
                "uV" if is_voltage else "n/a",
                channel.rate_hz,
                _target(channel),
                channel.side,
                channel.branch,
                channel.electrode,
                channel.kind,
                # What a rule read out of a label must not come back as a person's word.
                "label_rule" if channel.named_by == "label_rule" else None,
            ]
        )
    atomic.write_text(place / f"{stem}_channels.tsv", _table(_CHANNEL_COLUMNS, rows))
    levels = {"left": "the patient's left", "right": "the patient's right"}
    described = {
        "side": {"Description": "Side of the patient.", "Levels": levels},
        "branch": {"Description": "Branch of the facial nerve."},
        "electrode": {"Description": "Kind of electrode: needle, hook or surface."},
        "kind": {"Description": "What hemispasm takes the channel for."},
        "named_by": {"Description": "label_rule: muscle and side were read from the label alone."},
    }
    atomic.write_text(place / f"{stem}_channels.json", json_text(described))


def _target(channel: EmgChannel) -> str | None:
    """Return the muscle in words, with its side: "left orbicularis oculi"."""
    if channel.muscle is None:
        return None
    if channel.muscle is Muscle.OTHER:
        return "other"
    words = channel.muscle.value.replace("_", " ")
    return f"{channel.side} {words}" if channel.side else words


def _write_events(place: Path, stem: str, recording: EmgRecording) -> None:
    rows = [
        [note.time_s, note.duration_s, note.text.replace("\t", " ")]
        for note in sorted(edf_annotations(recording), key=lambda note: note.time_s)
    ]
    if not rows:
        return
    text = _table(("onset", "duration", "trial_type"), rows)
    atomic.write_text(place / f"{stem}_events.tsv", text)
    described = {"trial_type": {"Description": "What was noted; stimulus marks each stimulus."}}
    atomic.write_text(place / f"{stem}_events.json", json_text(described))


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = ["\t".join(columns)]
    for row in rows:
        lines.append("\t".join("n/a" if cell in (None, "") else _cell(cell) for cell in row))
    return "\n".join(lines) + "\n"


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        # A whole number stays one; a time keeps its microseconds.
        return f"{cell:.9f}".rstrip("0").rstrip(".")
    return " ".join(str(cell).split())
