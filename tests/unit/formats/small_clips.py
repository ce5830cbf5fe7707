"""Small videos of every healthy and broken kind, made on the spot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

CODEC = "mpeg4"


def picture(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """Red at the top left, and a grey level that tells the frame's number."""
    rgb = np.full((height, width, 3), 40 + (number * 3) % 180, np.uint8)
    rgb[: height // 2, : width // 2] = (230, 20, 20)
    return rgb


def write_clip(
    path: Path,
    times_ms: list[int] | None = None,
    *,
    n: int = 30,
    width: int = 64,
    height: int = 48,
    rotation: tuple[int, bool] | None = None,
    comment: str | None = None,
    options: dict[str, str] | None = None,
    codec: str = CODEC,
    gop: int = 10,
) -> Path:
    """Write a clip whose frame times are given in milliseconds."""
    times_ms = times_ms if times_ms is not None else [i * 40 for i in range(n)]
    with av.open(str(path), "w", options=options or {}) as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = 0
        if rotation is not None:
            stream.set_display_rotation(rotation[0], hflip=rotation[1])
        for number, time_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(picture(number, width, height))
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """Write a file that holds sound only."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 16000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_without_frames(path: Path) -> Path:
    """Write a video stream that holds no picture."""
    whole = write_clip(path.with_suffix(".avi"), n=3)
    data = whole.read_bytes()
    whole.unlink()
    path.write_bytes(data[: data.index(b"movi") + 4])
    return path


def write_with_times(path: Path, pts: list[int]) -> Path:
    """Write packets with the given presentation times, in the file's order, however odd."""
    source = write_clip(path.with_suffix(".mkv"), n=len(pts), gop=1)
    with av.open(str(source)) as reader, av.open(str(path), "w") as writer:
        stream = writer.add_stream_from_template(reader.streams.video[0])
        packets = [p for p in reader.demux(video=0) if p.size]
        for number, packet in enumerate(packets):
            packet.stream = stream
            packet.time_base = Fraction(1, 1000)
            packet.pts, packet.dts = pts[number], min(pts[number], number)
            writer.mux(packet)
    source.unlink()
    return path
