"""Open a video file safely, or say in one sentence why it cannot be opened."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.error import FFmpegError

from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray
    from typing_extensions import Buffer

# Containers that hold a recording. Play lists, stills and text art are left out on purpose: a play
# list names further files and addresses, and nothing outside the given file may be opened.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,asf,flv,ogg,mxf,dv,nut,h264,hevc,"
    "m4v,mjpeg,ivf,obu,gif,wav,mp3,aac,flac,aiff,ac3,caf"
)
_OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file and pick its video stream, with one decoding thread.

    Parameters
    ----------
    path : Path
        A local file. Nothing that it refers to is opened.

    Returns
    -------
    container, stream
        The caller closes the container.

    Raises
    ------
    DecodeError
        ``file_missing``, ``is_a_directory``, ``file_not_readable``, ``empty_file``,
        ``not_a_video``, ``unfinished_file`` or ``audio_only``.
    """
    _check_file(path)
    container = _open(path)
    streams = [s for s in container.streams.video if not _is_cover_art(s)]
    if not streams:
        has_audio = bool(container.streams.audio)
        container.close()
        if has_audio:
            raise DecodeError(
                "audio_only",
                f"{path.name} holds sound and no picture.",
                "Give the file with the picture; a recorder may have saved the sound apart.",
            )
        raise _not_a_video(path)
    stream = streams[0]
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    return container, stream


def no_frames(path: Path) -> DecodeError:
    """Return the error for a video stream in which nothing decodes."""
    return DecodeError(
        "no_frames",
        f"No picture of {path.name} can be decoded.",
        "Play the file to see whether it is damaged, and copy it again from the recorder.",
    )


@dataclass(frozen=True)
class Orientation:
    """How to turn a stored picture upright: transpose first, then flip.

    Examples
    --------
    A phone held upright stores the picture lying on its side:

    >>> Orientation(transpose=True, flip_x=True).rotation_deg
    90
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """Clockwise turn; for a flipped picture the turn before its left-right flip."""
        flip_x = self.flip_x ^ self.is_flipped
        if self.transpose:
            return 90 if flip_x else 270
        return 180 if flip_x else 0

    @property
    def is_flipped(self) -> bool:
        """Whether the file itself asks for a left-right flip, which a rotation never does."""
        return self.transpose ^ self.flip_x ^ self.flip_y

    def apply(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the upright picture, contiguous, shape (height, width, 3)."""
        if not (self.transpose or self.flip_x or self.flip_y):
            return np.ascontiguousarray(rgb)
        # One item per pixel: NumPy then moves three bytes at once and not one by one.
        view = np.ascontiguousarray(rgb).view("V3")[..., 0]
        if self.transpose:
            view = view.T
        if self.flip_x:
            view = view[:, ::-1]
        if self.flip_y:
            view = view[::-1]
        turned = np.ascontiguousarray(view)
        return turned.view(np.uint8).reshape(*turned.shape, 3)


def read_orientation(frame: VideoFrame) -> Orientation:
    """Return the orientation that a decoded frame's display matrix asks for.

    The matrix maps stored to shown pixels (x right, y down): x' = a x + c y, y' = b x + d y.
    Angles between the quarter turns are taken to the nearest one.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    a, b, _, c, d = struct.unpack("=5i", memoryview(cast("Buffer", data))[:20])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(flip_x=a < 0, flip_y=d < 0)
    return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise DecodeError(
            "is_a_directory",
            f"{path.name} is a folder, not a video file.",
            "Give the video file itself, or use `hemispasm assess` for a case folder.",
        )
    try:
        size = path.stat().st_size
        with open(path, "rb"):
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


def _open(path: Path) -> InputContainer:
    try:
        # The prefix keeps a colon in a file name from being read as a protocol.
        return av.open(f"file:{path}", metadata_errors="replace", container_options=_OPEN_OPTIONS)
    except (FFmpegError, ValueError, UnicodeError):
        if _lacks_index(path):
            raise DecodeError(
                "unfinished_file",
                f"{path.name} was never finished: the index that players need is missing.",
                "Copy it again from the recorder; if that is the original, record again.",
            ) from None
        raise _not_a_video(path) from None


def _not_a_video(path: Path) -> DecodeError:
    return DecodeError(
        "not_a_video",
        f"{path.name} is not a video.",
        "Give a recording as MP4, MOV, WebM, MKV or AVI.",
    )


def _is_cover_art(stream: VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _lacks_index(path: Path) -> bool:
    """Whether this is an MP4 or MOV whose ``moov`` box never came."""
    names: list[bytes] = []
    with open(path, "rb") as handle:
        size_of_file = path.stat().st_size
        position = 0
        while position + 8 <= size_of_file and len(names) < 1000:
            handle.seek(position)
            size, name = struct.unpack(">I4s", handle.read(8))
            names.append(name)
            if size == 1:
                raw = handle.read(8)
                size = struct.unpack(">Q", raw)[0] if len(raw) == 8 else 0
            if size < 8:
                break
            position += size
    return bool(names) and names[0] == b"ftyp" and b"moov" not in names
