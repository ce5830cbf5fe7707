"""Write an MP4: H.264, true frame times, tags; written beside its name, then renamed."""

from __future__ import annotations

import os
import secrets
import struct
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hemispasm.model.recording import Frame

TICKS_PER_S = 90_000
_MATRICES = {
    90: (0, 1, 0, -1, 0, 0, 0, 0, 1),
    180: (-1, 0, 0, 0, -1, 0, 0, 0, 1),
    270: (0, -1, 0, 1, 0, 0, 0, 0, 1),
}


def write_video(
    path: Path | str,
    frames: Iterable[Frame],
    frame_rate_hz: float,
    *,
    crf: int = 23,
    preset: str = "veryfast",
    variable: bool = False,
    metadata: Mapping[str, str] | None = None,
    rotation_deg: int = 0,
) -> int:
    """Write pictures to an MP4 file, in flat memory and on one thread.

    Parameters
    ----------
    path : path-like
        The file to make or replace.
    frames : iterable of Frame
        Upright RGB pictures of one even size, in rising time.
    frame_rate_hz : float
        Nominal rate; without ``variable`` every frame lasts exactly 1/rate.
    crf : int
        x264 quality, 0 (lossless) to 51.
    variable : bool
        Keep each frame's own ``t_s`` (variable frame rate, 1/90000 s).
    metadata : mapping, optional
        Tags of the file such as ``comment``.
    rotation_deg : int
        0, 90, 180 or 270: store the pictures turned, with a tag that tells a player to turn them
        clockwise by this angle.

    Returns
    -------
    int
        Number of frames written.

    Raises
    ------
    UsageError
        No frames, an odd or changing size, or another angle.
    """
    if rotation_deg not in (0, *_MATRICES):
        raise UsageError(
            "bad_rotation",
            f"A video cannot be tagged with a turn of {rotation_deg} degrees.",
            "Give 0, 90, 180 or 270.",
        )
    path = Path(path)
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part.mp4")
    try:
        count = _encode(
            beside, frames, frame_rate_hz, crf, preset, variable, dict(metadata or {}), rotation_deg
        )
        if rotation_deg:
            _tag_rotation(beside, rotation_deg)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    return count


def _encode(
    path: Path,
    frames: Iterable[Frame],
    rate_hz: float,
    crf: int,
    preset: str,
    variable: bool,
    metadata: dict[str, str],
    rotation_deg: int,
) -> int:
    """Encode all frames; the stream is set up from the first."""
    import av

    rate = Fraction(rate_hz).limit_denominator(1001)
    tick = Fraction(1, TICKS_PER_S) if variable else 1 / rate
    count = 0
    size: tuple[int, ...] | None = None
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        container.metadata.update(metadata)
        stream = container.add_stream("libx264", rate=rate)
        stream.codec_context.thread_count = 1
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(crf), "preset": preset, "threads": "1"}
        stream.time_base = tick
        stream.codec_context.time_base = tick
        for frame in frames:
            stored = np.ascontiguousarray(np.rot90(frame.rgb, rotation_deg // 90))
            if size is None:
                size = stored.shape
                _check_size(size)
                stream.height, stream.width = size[:2]
            elif stored.shape != size:
                raise UsageError(
                    "changing_size",
                    "The pictures of a video must all have one size.",
                    "Scale them to one size first.",
                )
            picture = av.VideoFrame.from_ndarray(stored, format="rgb24")
            picture.pts = round(frame.t_s * TICKS_PER_S) if variable else count
            picture.time_base = tick
            container.mux(stream.encode(picture))
            count += 1
        if count == 0:
            raise UsageError(
                "no_frames_to_write", "There are no pictures to write.", "Give at least one."
            )
        container.mux(stream.encode(None))
    return count


def _check_size(size: tuple[int, ...]) -> None:
    if len(size) != 3 or size[2] != 3 or size[0] % 2 or size[1] % 2 or min(size[:2]) < 16:
        raise UsageError(
            "bad_picture_size",
            f"A picture of shape {size} cannot be encoded.",
            "Use RGB pictures whose width and height are even and at least 16.",
        )


def _tag_rotation(path: Path, rotation_deg: int) -> None:
    """Write the turn into the track header's matrix (ISO 14496-12, box ``tkhd``).

    PyAV offers no way to set it, so the 36 bytes of the matrix are replaced in the file.
    """
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd")
    if at < 0:
        raise ValueError("the file has no track header")
    matrix = at + 4 + (40 if data[at + 4] == 0 else 52)
    unit = (1 << 16, 1 << 16, 1 << 30) * 3
    values = [m * u for m, u in zip(_MATRICES[rotation_deg], unit, strict=True)]
    data[matrix : matrix + 36] = struct.pack(">9i", *values)
    path.write_bytes(data)
