"""The JSON file beside a video: mirrored or not, device, task marks."""

from __future__ import annotations

import json
from pathlib import Path

from hemispasm.formats import atomic
from hemispasm.formats.parse import parse, read_json_object
from hemispasm.model.errors import UsageError
from hemispasm.model.recording import VideoSidecar

SIDECAR_SCHEMA = "hemispasm.video-sidecar/1"


def sidecar_path(video: Path | str) -> Path:
    """Return where the sidecar of a video stands, whether it exists or not.

    Examples
    --------
    >>> sidecar_path("video/rest.mp4").name
    'rest.json'
    """
    return Path(video).with_suffix(".json")


def read_sidecar(video: Path | str) -> VideoSidecar:
    """Read the sidecar of a video; without one everything is unknown.

    Raises
    ------
    UsageError
        The file is not a sidecar, or has an unknown key or a wrong value; the key is named.
    """
    path = sidecar_path(video)
    if not path.is_file():
        return VideoSidecar()
    data = read_json_object(path, path.name)
    schema = data.get("schema")
    if schema is not None and schema != SIDECAR_SCHEMA:
        raise UsageError(
            "not_a_sidecar",
            f"{path.name} stands beside the video and is {schema!r}, not {SIDECAR_SCHEMA}.",
            "Move it elsewhere, or write the sidecar anew.",
        )
    sidecar = parse(VideoSidecar, data, path.name)
    for mark in sidecar.tasks:
        if mark.end_s <= mark.start_s:
            raise UsageError(
                "bad_value",
                f"{path.name}: the task {mark.task} ends at {mark.end_s:g} s, before it starts.",
                "Correct the task mark.",
            )
    return sidecar


def write_sidecar(video: Path | str, sidecar: VideoSidecar) -> Path:
    """Write the sidecar of a video and return its path."""
    data = sidecar.model_dump(mode="json", by_alias=True, exclude_none=True)
    data = {"schema": SIDECAR_SCHEMA, **data}
    path = sidecar_path(video)
    atomic.write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    return path
