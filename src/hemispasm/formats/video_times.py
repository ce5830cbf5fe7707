"""Decoded pictures with strictly rising times, and notes on what had to be mended."""

from __future__ import annotations

import heapq
from pathlib import Path
from typing import TYPE_CHECKING, cast

from av.error import FFmpegError

from hemispasm.formats.video_open import no_frames, open_video, read_orientation

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

# Frames held back to put slightly disordered times in order. Decoders deliver display order, so
# only broken files need it; eight frames cover a whole group of B-frames.
_REORDER_DEPTH = 8


class TimedFrames:
    """Decoded frames with seconds from the first frame of the file, strictly rising."""

    def __init__(self, path: Path, start_s: float) -> None:
        self._path, self._start_s = path, start_s
        self._container, self._stream = open_video(path)
        self._damaged = self._dropped = self._reordered = self._invented = 0
        self._broke_off = self._reached_end = False
        self._last_s: float | None = None
        first = first_frame(self._container, self._stream)
        if first is None:
            self.close()
            raise no_frames(path)
        self._orientation = read_orientation(first)
        self._time_base = self._stream.time_base
        self._zero_pts = first.pts
        rate = self._stream.average_rate or self._stream.guessed_rate
        self._period_s = float(1 / rate) if rate else 1 / 25
        self._duration_s = header_duration_s(self._container, self._stream)
        self._count = 0
        self._pending: VideoFrame | None = None
        if not (start_s > 0 and self._seek(start_s)):
            self._reopen()

    @property
    def last_end_s(self) -> float | None:
        """When the last picture given so far gives way to the next; None before the first."""
        return None if self._last_s is None else self._last_s + self._period_s

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def to_rgb(self, frame: VideoFrame, max_side: int | None) -> NDArray[np.uint8]:
        """Return a decoded frame as an upright RGB picture with square pixels."""
        width, height = square_size(frame, self._stream)
        if max_side is not None and max(width, height) > max_side:
            scale = max_side / max(width, height)
            width, height = max(2, round(width * scale)), max(2, round(height * scale))
        picture = frame.reformat(
            width=width, height=height, format="rgb24", interpolation="AREA", threads=1
        ).to_ndarray()
        return self._orientation.apply(cast("NDArray[np.uint8]", picture))

    def __iter__(self) -> Iterator[tuple[float, VideoFrame]]:
        held: list[tuple[float, int, VideoFrame]] = []
        newest = float("-inf")
        for number, frame in enumerate(self._decoded()):
            t_s = self._seconds(frame)
            self._reordered += t_s < newest
            newest = max(newest, t_s)
            heapq.heappush(held, (t_s, number, frame))
            if len(held) > _REORDER_DEPTH:
                yield from self._in_order(heapq.heappop(held))
        while held:
            yield from self._in_order(heapq.heappop(held))
        self._reached_end = True

    def _in_order(self, item: tuple[float, int, VideoFrame]) -> Iterator[tuple[float, VideoFrame]]:
        t_s, _, frame = item
        if t_s < 0 or (self._last_s is not None and t_s <= self._last_s):
            self._dropped += 1
            return
        self._last_s = t_s
        yield t_s, frame

    def _decoded(self) -> Iterator[VideoFrame]:
        if self._pending is not None:
            yield self._pending
            self._pending = None
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (FFmpegError, ValueError):
                self._broke_off = True
                yield from self._flushed()
                return
            try:
                frames = packet.decode()
            except EOFError:
                return
            except FFmpegError:
                self._damaged += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    # Right after a seek, pictures before the asked time lack their references.
                    self._damaged += self._seconds(frame) >= self._start_s
                else:
                    yield frame

    def _flushed(self) -> list[VideoFrame]:
        try:
            return self._stream.decode(None)
        except (FFmpegError, EOFError):
            return []

    def _seconds(self, frame: VideoFrame) -> float:
        self._count += 1
        if frame.pts is None or self._zero_pts is None or self._time_base is None:
            self._invented += 1
            return (self._count - 1) * self._period_s
        return float((frame.pts - self._zero_pts) * self._time_base)

    def _seek(self, start_s: float) -> bool:
        """Go to the key frame at or before a time; False where the file cannot."""
        if self._zero_pts is None or self._time_base is None:
            return False
        target = self._zero_pts + int(start_s / self._time_base)
        try:
            self._container.seek(target, stream=self._stream, backward=True)
            frame = next(self._decoded(), None)
        except FFmpegError:
            return False
        # Some files have an index that lies: landing late would lose frames without a word.
        if frame is None or frame.pts is None or frame.pts > target:
            return False
        self._pending = frame
        return True

    def _reopen(self) -> None:
        self._container.close()
        self._container, self._stream = open_video(self._path)
        self._damaged, self._broke_off, self._count = 0, False, 0

    def notes(self) -> tuple[str, ...]:
        """Return what was mended or missing so far, one ``code: sentence`` each."""
        notes = []
        if self._damaged:
            notes.append(f"damaged_pictures: {self._damaged} damaged pictures were left out")
        if self._reordered:
            notes.append(
                f"times_out_of_order: {self._reordered} pictures carried a time before that of "
                "the picture ahead of them and were put in order where possible"
            )
        if self._dropped:
            notes.append(
                f"times_repeated: {self._dropped} pictures with a repeated or backward time "
                "were left out"
            )
        if self._invented:
            notes.append(
                "times_missing: the file carries no times; the nominal frame rate was used"
            )
        if self._orientation.is_flipped:
            notes.append("flip_tag: the file asks players to flip the picture; that was done")
        early = self._ends_early()
        if early:
            notes.append(early)
        return tuple(notes)

    def _ends_early(self) -> str | None:
        end_s = self.last_end_s
        if end_s is None or not (self._broke_off or self._reached_end):
            return None
        if self._duration_s is not None and end_s < self._duration_s - max(1.0, self._period_s):
            return (
                f"file_ends_early: the pictures end at {end_s:.1f} s although the file says "
                f"{self._duration_s:.1f} s; what is there was analysed"
            )
        if self._broke_off:
            return f"file_ends_early: the file breaks off at {end_s:.1f} s; the rest is missing"
        return None


def first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Return the first picture in display order that decodes without damage."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, FFmpegError, ValueError):
            return None
        try:
            frames = packet.decode()
        except EOFError:
            return None
        except FFmpegError:
            continue
        for frame in frames:
            if not frame.is_corrupt:
                return frame


def square_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the stored picture's (width, height) with square pixels."""
    ratio = stream.sample_aspect_ratio
    if ratio is None or not 0.25 <= ratio <= 4.0 or ratio == 1:
        return frame.width, frame.height
    return round(frame.width * float(ratio)), frame.height


def header_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the length in seconds that the file claims, None where it claims none."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and container.duration > 0:
        return float(container.duration / 1_000_000)
    return None
