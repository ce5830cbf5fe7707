"""The whole path for one recording: read the file, track the face, measure, keep provenance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import UsageError
from hemispasm.model.finding import Provenance, TimeSpan
from hemispasm.model.recording import Frame, VideoInfo, VideoSidecar
from hemispasm.model.side import Mirrored, Side

if TYPE_CHECKING:
    from hemispasm.formats.video import VideoReader
    from hemispasm.measure.video.landmarks import Landmarker
    from hemispasm.measure.video.measure import VideoMeasurement

FACE_ASSET = "face_landmarker.task"

# The face crop that the models see is a few hundred pixels; 4k pictures only cost time.
MAX_SIDE_PX = 1920

Progress = Callable[[float, float | None], None]


def measure_video_file(
    path: Path | str,
    *,
    mirrored: Mirrored | str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    known_side: Side | None = None,
    progress: Progress | None = None,
    landmarker: Landmarker | None = None,
) -> VideoMeasurement:
    """Measure one face video; its sidecar is read when there is one.

    Parameters
    ----------
    path : path-like
        A video file.
    mirrored : {"yes", "no"}, optional
        Whether the picture is flipped, as in a selfie preview. Without it the sidecar says so;
        without that it is unknown, and no side of the patient is named.
    start_s, end_s : float, optional
        Only this part is analysed; seconds from the first frame of the file.
    known_side : Side, optional
        The side that other recordings of this patient name; fainter movements of it then count.
    progress : callable, optional
        Called with the seconds read so far and the seconds there are, None when not known.
    landmarker : Landmarker, optional
        One to share between several recordings; made from the fetched asset otherwise.

    Returns
    -------
    VideoMeasurement
        The findings document and its traces. A recording that decodes always gets here, with a
        grade.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    UsageError
        The flag and the sidecar disagree on mirroring, or the time range is empty.
    IntegrityError
        The face model is missing or damaged.

    Examples
    --------
    >>> measure_video_file("rest.mp4", mirrored="no").document.find("video.affected_side").value
    ... # doctest: +SKIP
    'left'

    What cannot be decoded is said in one sentence:

    >>> measure_video_file("nowhere.mp4")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.DecodeError: There is no file nowhere.mp4. Check the path and its \
spelling.
    """
    from hemispasm.assets import asset_digest, read_asset
    from hemispasm.formats.sidecar import read_sidecar
    from hemispasm.formats.video import probe_video, read_frames
    from hemispasm.measure.video.extract import extract_signals
    from hemispasm.measure.video.landmarks import Landmarker
    from hemispasm.measure.video.measure import measure_video

    began = time.perf_counter()
    path = Path(path)
    sidecar = read_sidecar(path)
    stated = decide_mirroring(mirrored, sidecar, path.name)
    info = probe_video(path)
    frames = read_frames(path, start_s or 0.0, end_s, max_side=MAX_SIDE_PX)
    landmarker = landmarker or Landmarker(read_asset(FACE_ASSET))
    signals = extract_signals(_watched(frames, info, end_s, progress), landmarker)
    info = _with_length(info, frames)
    return measure_video(
        signals,
        info,
        mirrored=stated,
        tasks=sidecar.tasks,
        span=_span(start_s, end_s, info),
        known_side=known_side,
        notes=(*frames.notes, *signals.notes),
        provenance=Provenance(
            hemispasm=version("hemispasm"),
            assets={FACE_ASSET: asset_digest(FACE_ASSET)},
            seconds=round(time.perf_counter() - began, 2),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )


def decide_mirroring(
    flag: Mirrored | str | None, sidecar: VideoSidecar, shown: str = "the video"
) -> Mirrored:
    """Return what is known about mirroring; two statements that differ are never weighed.

    Parameters
    ----------
    flag : {"yes", "no", "unknown"}, optional
        What the caller says.
    sidecar : VideoSidecar
        What the file beside the video says.
    shown : str
        How messages name the video.

    Raises
    ------
    UsageError
        They disagree (``mirroring_disagrees``), or the flag is no answer (``bad_mirroring``).

    Examples
    --------
    >>> decide_mirroring("yes", VideoSidecar())
    <Mirrored.YES: 'yes'>
    >>> decide_mirroring(None, VideoSidecar(mirrored="no"))
    <Mirrored.NO: 'no'>
    """
    try:
        said = Mirrored.UNKNOWN if flag is None else Mirrored(flag)
    except ValueError:
        raise UsageError(
            "bad_mirroring", f"Mirrored is yes or no, not {flag!r}.", "Give --mirrored yes or no."
        ) from None
    if said is Mirrored.UNKNOWN:
        return sidecar.mirrored
    if sidecar.mirrored not in (Mirrored.UNKNOWN, said):
        raise UsageError(
            "mirroring_disagrees",
            f"--mirrored {said} contradicts the file beside {shown}, which says "
            f"mirrored: {sidecar.mirrored}.",
            "Look at the video, correct the one that is wrong, and run again.",
        )
    return said


def _watched(
    frames: VideoReader, info: VideoInfo, end_s: float | None, progress: Progress | None
) -> Iterator[Frame]:
    known = [t for t in (info.duration_s, end_s) if t is not None]
    total_s = min(known) if known else None
    for frame in frames:
        if progress is not None:
            progress(frame.t_s, total_s)
        yield frame


def _with_length(info: VideoInfo, frames: VideoReader) -> VideoInfo:
    """Put in the true length where the header has none (browsers) or promises too much."""
    early = any(note.startswith("file_ends_early") for note in frames.notes)
    if frames.last_end_s is None or (info.duration_s is not None and not early):
        return info
    return replace(info, duration_s=round(frames.last_end_s, 3))


def _span(start_s: float | None, end_s: float | None, info: VideoInfo) -> TimeSpan | None:
    if start_s is None and end_s is None:
        return None
    last = info.duration_s if info.duration_s is not None else (end_s or start_s or 0.0)
    end = min(end_s, last) if end_s is not None else last
    return TimeSpan(start_s=start_s or 0.0, end_s=max(end, start_s or 0.0))
