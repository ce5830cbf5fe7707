"""Read videos: upright RGB pictures with their true times, one after the other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.video_open import no_frames, open_video, read_orientation
from hemispasm.formats.video_times import (
    TimedFrames,
    first_frame,
    header_duration_s,
    square_size,
)
from hemispasm.model.errors import UsageError
from hemispasm.model.recording import Frame, VideoInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from av.video.frame import VideoFrame

SIMULATED_MARK = "SIMULATED"


def probe_video(path: Path | str) -> VideoInfo:
    """Return what a video file is, by content.

    Parameters
    ----------
    path : path-like
        A local video file.

    Returns
    -------
    VideoInfo
        Size of the upright picture, nominal rate, SHA-256 of the file, whether it says that it
        is simulated.

    Raises
    ------
    DecodeError
        The file cannot be decoded; the code says why.
    """
    path = Path(path)
    container, stream = open_video(path)
    with container:
        frame = first_frame(container, stream)
        if frame is None:
            raise no_frames(path)
        orientation = read_orientation(frame)
        width, height = square_size(frame, stream)
        if orientation.transpose:
            width, height = height, width
        rate = stream.average_rate or stream.guessed_rate
        comments = [*container.metadata.values(), *stream.metadata.values()]
        return VideoInfo(
            sha256=hash_file(path),
            duration_s=header_duration_s(container, stream),
            width=width,
            height=height,
            frame_rate_hz=float(rate) if rate else None,
            rotation_deg=orientation.rotation_deg,
            codec=stream.codec_context.name,
            simulated=any(SIMULATED_MARK in text for text in comments),
        )


def read_frames(
    path: Path | str,
    start_s: float = 0.0,
    end_s: float | None = None,
    *,
    max_side: int | None = None,
) -> VideoReader:
    """Open a video and return an iterator over its upright RGB frames.

    Parameters
    ----------
    path : path-like
        A local video file.
    start_s, end_s : float
        Frames with ``start_s <= t_s < end_s`` are given; seconds from the file's first frame.
    max_side : int, optional
        Larger pictures are scaled down until their longer side is this many pixels.

    Returns
    -------
    VideoReader
        An iterator of `Frame`, with `notes` about what was wrong with the file.

    Raises
    ------
    DecodeError
        The file cannot be decoded; the code says why.
    UsageError
        The time range is empty (``empty_range``).
    """
    return VideoReader(path, start_s, end_s, max_side=max_side)


class VideoReader:
    """An iterator over frames, in flat memory, with notes on what had to be mended.

    A file that breaks off or holds damaged pictures is read as far as it decodes; ``notes`` then
    says so, one ``code: sentence`` each, complete once the iteration has ended. Frames come in
    strictly rising time.
    """

    def __init__(
        self,
        path: Path | str,
        start_s: float = 0.0,
        end_s: float | None = None,
        *,
        max_side: int | None = None,
    ) -> None:
        if start_s < 0 or (end_s is not None and end_s <= start_s):
            raise UsageError(
                "empty_range",
                f"The time range from {start_s:g} s to {end_s:g} s is empty."
                if end_s is not None
                else f"A time range cannot start at {start_s:g} s.",
                "Give --from and --to in seconds, the first smaller than the second.",
            )
        self._path = Path(path)
        self._source = TimedFrames(self._path, start_s)
        self._start_s = start_s
        self._end_s = end_s
        self._max_side = max_side
        self._given = 0
        self._frames = self._read()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended or missing so far, one ``code: sentence`` each."""
        return self._source.notes()

    @property
    def last_end_s(self) -> float | None:
        """When the last picture read so far gives way to the next; None before the first."""
        return self._source.last_end_s

    def __iter__(self) -> VideoReader:
        return self

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        """Close the file; the iteration ends."""
        self._frames.close()
        self._source.close()

    def _read(self) -> Generator[Frame]:
        try:
            for t_s, frame in self._source:
                if t_s < self._start_s:
                    continue
                if self._end_s is not None and t_s >= self._end_s:
                    break
                self._given += 1
                yield Frame(t_s=t_s, rgb=self._source.to_rgb(frame, self._max_side))
        finally:
            self._source.close()
        if self._given == 0:
            raise UsageError(
                "empty_range",
                f"{self._path.name} has no picture between the times that were asked for.",
                "Give --from and --to inside the length of the recording.",
            )


def read_frames_at(
    path: Path | str, times_s: Sequence[float], *, max_side: int | None = None
) -> list[Frame]:
    """Return the frame nearest to each time, in the order of the times.

    Parameters
    ----------
    path : path-like
        A local video file.
    times_s : sequence of float
        Seconds from the file's first frame; a time past the end gives the last frame.
    max_side : int, optional
        Larger pictures are scaled down until their longer side is this many pixels.

    Returns
    -------
    list of Frame
        One per time.
    """
    order = sorted(range(len(times_s)), key=lambda i: times_s[i])
    found: dict[int, Frame] = {}
    group: list[int] = []
    for index in order:
        # A seek costs decoding from the key frame before; near times share one.
        if group and times_s[index] - times_s[group[-1]] > 2.0:
            found.update(_nearest(Path(path), times_s, group, max_side))
            group = []
        group.append(index)
    if group:
        found.update(_nearest(Path(path), times_s, group, max_side))
    return [found[i] for i in range(len(times_s))]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _nearest(
    path: Path, times_s: Sequence[float], group: list[int], max_side: int | None
) -> dict[int, Frame]:
    """Find the nearest frame for a group of neighbouring times, given in rising order."""
    start_s = max(0.0, times_s[group[0]] - 0.5)
    source = TimedFrames(path, start_s)
    chosen: dict[int, tuple[float, VideoFrame]] = {}
    before: tuple[float, VideoFrame] | None = None
    waiting = list(group)
    try:
        for item in source:
            while waiting and item[0] >= times_s[waiting[0]]:
                index = waiting.pop(0)
                wanted = times_s[index]
                is_before = before is not None and wanted - before[0] <= item[0] - wanted
                chosen[index] = before if before is not None and is_before else item
            before = item
            if not waiting:
                break
        for index in waiting:
            if before is None:
                raise no_frames(path)
            chosen[index] = before
        return {
            i: Frame(t_s=t_s, rgb=source.to_rgb(frame, max_side))
            for i, (t_s, frame) in chosen.items()
        }
    finally:
        source.close()
