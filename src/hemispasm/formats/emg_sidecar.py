"""The JSON file beside an EMG recording: which channel is which muscle and side, the stimulus."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hemispasm.formats import atomic
from hemispasm.formats.findings import json_text
from hemispasm.formats.parse import parse, read_json_object
from hemispasm.model.emg import EmgRecording
from hemispasm.model.emg_sidecar import ChannelMontage, EmgSidecar, StimulusMontage
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

EMG_SIDECAR_SCHEMA = "hemispasm.emg-sidecar/1"


def emg_sidecar_path(recording: Path | str) -> Path:
    """Return where the sidecar of a recording stands, whether it exists or not.

    Examples
    --------
    >>> emg_sidecar_path("emg/rest.edf").name
    'rest.json'
    """
    return Path(recording).with_suffix(".json")


def read_emg_sidecar(recording: Path | str) -> EmgSidecar | None:
    """Read the sidecar of an EMG recording.

    Parameters
    ----------
    recording : path-like
        The recording, not the sidecar.

    Returns
    -------
    EmgSidecar or None
        None when there is none, or when the file of that name is the one that BIDS asks for.

    Raises
    ------
    UsageError
        The file is not a sidecar, or has an unknown key or a wrong value; the key is named.
    """
    path = emg_sidecar_path(recording)
    if not path.is_file():
        # A link that leads nowhere was meant to say something; without it a side would be guessed.
        if os.path.lexists(path):
            raise UsageError(
                "sidecar_not_readable",
                f"{path.name} beside the recording is no file that can be read.",
                "Put the file itself there, or take it away.",
            )
        return None
    data = read_json_object(path, path.name)
    if is_bids_json(data):
        return None
    schema = data.get("schema")
    if schema is not None and schema != EMG_SIDECAR_SCHEMA:
        raise UsageError(
            "not_a_sidecar",
            f"{path.name} stands beside the recording and is {schema!r}, not {EMG_SIDECAR_SCHEMA}.",
            "Move it elsewhere, or write the sidecar anew.",
        )
    return parse(EmgSidecar, data, path.name)


def write_emg_sidecar(recording: Path | str, sidecar: EmgSidecar) -> Path:
    """Write the sidecar of a recording and return its path."""
    data = sidecar.model_dump(mode="json", by_alias=True, exclude_none=True)
    data = {"schema": EMG_SIDECAR_SCHEMA, **data}
    path = emg_sidecar_path(recording)
    atomic.write_text(path, json_text(data))
    return path


def is_bids_json(data: dict[str, Any]) -> bool:
    """Whether this is the JSON that EMG-BIDS puts beside a recording."""
    return "schema" not in data and ("EMGPlacementScheme" in data or "SamplingFrequency" in data)


def sidecar_of(recording: EmgRecording, *, device: str | None = None) -> EmgSidecar:
    """Return what a sidecar must say for a recording to be read back as it is.

    Parameters
    ----------
    recording : EmgRecording
        With labels as they stand in the file.
    device : str, optional
        The recorder.
    """
    return EmgSidecar(
        channels=tuple(
            ChannelMontage(
                label=channel.label,
                kind=channel.kind,
                muscle=channel.muscle,
                side=channel.side if channel.side in (Side.LEFT, Side.RIGHT) else None,
                branch=channel.branch,
                electrode=channel.electrode,
            )
            for channel in recording.channels
            # What a rule read out of a label must not come back as a person's word.
            if channel.named_by != "label_rule"
        ),
        stimulus=StimulusMontage.model_validate(recording.stimulus.model_dump()),
        line_hz=recording.line_hz,
        device=device,
    )
