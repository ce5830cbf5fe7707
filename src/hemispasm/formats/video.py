"""Read videos: upright RGB pictures with their true times, one after the other."""

from __future__ import annotations

import hashlib
import heapq
from pathlib import Path
from typing import TYPE_CHECKING, cast

from av.error import FFmpegError

from hemispasm.formats.video_open import no_frames, open_video, read_orientation
from hemispasm.model.errors import UsageError
from hemispasm.model.recording import Frame, VideoInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

SIMULATED_MARK = "SIMULATED"

# Frames held back to put slightly disordered times in order. Decoders deliver display order, so
# only broken files need it; eight frames cover a whole group of B-frames.
_REORDER_DEPTH = 8


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
        frame = _first_frame(container, stream)
        if frame is None:
            raise no_frames(path)
        orientation = read_orientation(frame)
        width, height = _square_size(frame, stream)
        if orientation.transpose:
            width, height = height, width
        rate = stream.average_rate or stream.guessed_rate
        comments = [*container.metadata.values(), *stream.metadata.values()]
        return VideoInfo(
            sha256=hash_file(path),
            duration_s=_header_duration_s(container, stream),
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
        self._source = _TimedFrames(self._path, start_s)
        self._start_s = start_s
        self._end_s = end_s
        self._max_side = max_side
        self._given = 0
        self._frames = self._read()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended or missing so far, one ``code: sentence`` each."""
        return self._source.notes()

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


class _TimedFrames:
    """Decoded frames with seconds from the first frame of the file, strictly rising."""

    def __init__(self, path: Path, start_s: float) -> None:
        self._path, self._start_s = path, start_s
        self._container, self._stream = open_video(path)
        self._damaged = self._dropped = self._reordered = self._invented = 0
        self._broke_off = self._reached_end = False
        self._last_s: float | None = None
        first = _first_frame(self._container, self._stream)
        if first is None:
            self.close()
            raise no_frames(path)
        self._orientation = read_orientation(first)
        self._time_base = self._stream.time_base
        self._zero_pts = first.pts
        rate = self._stream.average_rate or self._stream.guessed_rate
        self._period_s = float(1 / rate) if rate else 1 / 25
        self._duration_s = _header_duration_s(self._container, self._stream)
        self._count = 0
        self._pending: VideoFrame | None = None
        if not (start_s > 0 and self._seek(start_s)):
            self._reopen()

    def close(self) -> None:
        self._container.close()

    def to_rgb(self, frame: VideoFrame, max_side: int | None) -> NDArray[np.uint8]:
        width, height = _square_size(frame, self._stream)
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
        if self._last_s is None or not (self._broke_off or self._reached_end):
            return None
        end_s = self._last_s + self._period_s
        if self._duration_s is not None and end_s < self._duration_s - max(1.0, self._period_s):
            return (
                f"file_ends_early: the pictures end at {end_s:.1f} s although the file says "
                f"{self._duration_s:.1f} s; what is there was analysed"
            )
        if self._broke_off:
            return f"file_ends_early: the file breaks off at {end_s:.1f} s; the rest is missing"
        return None


def _nearest(
    path: Path, times_s: Sequence[float], group: list[int], max_side: int | None
) -> dict[int, Frame]:
    """Find the nearest frame for a group of neighbouring times, given in rising order."""
    start_s = max(0.0, times_s[group[0]] - 0.5)
    source = _TimedFrames(path, start_s)
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


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
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


def _square_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Return the stored picture's (width, height) with square pixels."""
    ratio = stream.sample_aspect_ratio
    if ratio is None or not 0.25 <= ratio <= 4.0 or ratio == 1:
        return frame.width, frame.height
    return round(frame.width * float(ratio)), frame.height


def _header_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and container.duration > 0:
        return float(container.duration / 1_000_000)
    return None
